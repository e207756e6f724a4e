"""What can still be reached from each moment of a call."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from duecourse.calls.engine import State
from duecourse.calls.moments import Moment, Moments, explore
from duecourse.calls.worth import Worth, lawfulness, weighted, worth_of
from duecourse.cases.key import CallKey, Weights
from duecourse.cases.scripts import CallScript, Option

_EXACT: Final = 9
"""Decimals to which sums of penalties and of empathy are told apart."""


@dataclass(frozen=True)
class Prospect:
    """What a way from a moment to an end is worth, counted from that moment on.

    Attributes:
        missed: critical steps that are missed on it.
        penalty: sum of the penalties of the rules that are broken on it.
        outcome: what its end is worth.
        empathy: sum over its choices between options that differ in empathy.
        felt: the number of those choices.
        choices: the choices.
    """

    missed: int
    penalty: float
    outcome: float
    empathy: float
    felt: int
    choices: tuple[str, ...] = ()

    def total(self, weights: Weights) -> float:
        """Return its total score, in [0, 1]."""
        if self.missed:
            return 0.0
        return self.shares(weights)

    def shares(self, weights: Weights) -> float:
        """Return the weighted mean of its three shares, whatever is missed on it."""
        felt = self.empathy / self.felt if self.felt else 1.0
        return weighted(weights, self.outcome, lawfulness(self.penalty), felt)

    def rank(self, weights: Weights) -> tuple[int, float, float]:
        """Return what orders prospects: first what must be done, then the law, then the rest.

        No better end makes up for a broken rule here, so that nobody is ever advised to break one.
        """
        return -self.missed, -self.penalty, round(self.shares(weights), _EXACT)

    def before(self, option: Option, worth: Worth) -> "Prospect":
        """Return the prospect of an option that leads to this one."""
        return Prospect(
            missed=self.missed + len(worth.missed),
            penalty=round(self.penalty + worth.penalty, _EXACT),
            outcome=self.outcome,
            empathy=round(self.empathy + (worth.empathy or 0.0), _EXACT),
            felt=self.felt + (worth.empathy is not None),
            choices=(option.id, *self.choices),
        )


class Prospects:
    """What can be reached in a call, from its start and from every moment.

    Args:
        script: the call.
        key: what it is worth.
        moments: of the script, if they are known already.
    """

    def __init__(self, script: CallScript, key: CallKey, moments: Moments | None = None) -> None:
        self.script, self.key = script, key
        self.moments = moments or explore(script)
        self._of: dict[Moment, tuple[Prospect, ...]] = {}
        self._options: dict[Moment, Mapping[str, Prospect]] = {}
        for moment in self.moments.backwards or ():
            self._of[moment] = _worth_keeping(self._onwards(moment))

    def best(self) -> Prospect | None:
        """Return the course with the highest total; None where the script cannot be surveyed."""
        ways = self._of.get(next(iter(self.moments.ways)), ())
        return max(ways, key=lambda one: one.total(self.key.weights), default=None)

    def options(self, node: str, state: State) -> Mapping[str, Prospect]:
        """Return the best prospect of each option that is offered at a node in a state."""
        now = self.moments.at(node, state)
        if now not in self._options:
            self._options[now] = dict(self._best_of_each(now))
        return self._options[now]

    def _best_of_each(self, now: Moment) -> Iterator[tuple[str, Prospect]]:
        ways = self.moments.ways.get(now, ())
        offered = [option for option, _following in ways]
        for option, following in ways:
            worth = self._worth(now.node, offered, option)
            found = [one.before(option, worth) for one in self._of.get(following, ())]
            if found:
                yield option.id, max(found, key=lambda one: one.rank(self.key.weights))

    def _onwards(self, moment: Moment) -> Iterable[Prospect]:
        node = self.script.nodes[moment.node]
        if node.end is not None:
            yield Prospect(0, 0.0, self.key.ends.get(moment.node, 0.0), 0.0, 0)
        ways = self.moments.ways[moment]
        offered = [option for option, _following in ways]
        for option, following in ways:
            worth = self._worth(moment.node, offered, option)
            yield from (one.before(option, worth) for one in self._of[following])

    def _worth(self, node: str, offered: list[Option], option: Option) -> Worth:
        return worth_of(self.key, node, offered, option, self.script.at.date())


def prospects_of(script: CallScript, key: CallKey) -> Prospects:
    """Return the prospects of a call, which are looked at once.

    A class hands in the same call again and again, and each time its files may be read anew: equal
    ones count as the same.
    """
    both = id(script), id(key)
    if both not in _OF_OBJECTS:
        content = script.model_dump_json() + key.model_dump_json()
        found = _OF_CONTENT.get(content) or Prospects(script, key)
        if len(_OF_OBJECTS) >= _MOST_KNOWN:
            _OF_OBJECTS.clear()
        if len(_OF_CONTENT) >= _MOST_KNOWN:
            _OF_CONTENT.clear()
        _OF_CONTENT[content] = found
        # what stands here keeps script and key alive, so that nothing else gets their ids
        _OF_OBJECTS[both] = script, key, found
    return _OF_OBJECTS[both][2]


_MOST_KNOWN: Final = 32
_OF_OBJECTS: Final[dict[tuple[int, int], tuple[CallScript, CallKey, Prospects]]] = {}
_OF_CONTENT: Final[dict[str, Prospects]] = {}


def _worth_keeping(prospects: Iterable[Prospect]) -> tuple[Prospect, ...]:
    """Leave out prospects to which another one is better or equal in everything."""
    kinds: defaultdict[int, list[Prospect]] = defaultdict(list)
    for one in prospects:
        others = kinds[one.felt]
        if not any(_as_good(other, one) for other in others):
            others[:] = [other for other in others if not _as_good(one, other)]
            others.append(one)
    return tuple(one for others in kinds.values() for one in others)


def _as_good(one: Prospect, other: Prospect) -> bool:
    return (
        one.missed <= other.missed
        and one.penalty <= other.penalty
        and one.outcome >= other.outcome
        and one.empathy >= other.empathy
    )
