"""Every moment that a call can come to.

Two ways into a node are one moment if nothing that follows can tell them apart: how much trust there
is no longer counts where no later condition asks for it. So a call of thousands of courses has some
hundred moments, and what holds for all courses is found by looking at those.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Final

from duecourse.calls.engine import State, begin, leads_to, offered
from duecourse.cases.scripts import CallScript, Condition, Option

MOST_MOMENTS: Final = 200_000
"""A script with more is looked at no further; it would take minutes."""


@dataclass(frozen=True)
class Moment:
    """A node, and as much of the call's state as still counts there."""

    node: str
    state: State


@dataclass(frozen=True)
class Moments:
    """The moments of a script.

    Attributes:
        script: the script.
        parts: by node which parts of the state still count there.
        latest: from so many minutes on, more make no difference.
        ways: by moment what is offered there and which moment follows; nothing at an end. The
            first one is the start.
        whole: whether these are all; a script has more than MOST_MOMENTS otherwise.
    """

    script: CallScript
    parts: Mapping[str, set[str]]
    latest: int
    ways: Mapping[Moment, tuple[tuple[Option, Moment], ...]]
    whole: bool = True

    def at(self, node: str, state: State) -> Moment:
        """Return the moment of a node in a state."""
        return Moment(node, _as_it_counts(state, self.parts[node], self.latest))

    @cached_property
    def backwards(self) -> tuple[Moment, ...] | None:
        """All moments, each after those that follow it.

        None where a call can go on for ever, or where there are too many.
        """
        if not self.whole:
            return None
        try:
            return tuple(self._sorter().static_order())
        except CycleError:
            return None

    @cached_property
    def circle(self) -> tuple[str, ...]:
        """The nodes of a way on which a call can go on for ever; none where there is no such way."""
        try:
            self._sorter().prepare()
        except CycleError as error:
            # the sorter names each moment before the one that leads to it
            return tuple(moment.node for moment in reversed(error.args[1]))
        return ()

    def _sorter(self) -> TopologicalSorter[Moment]:
        return TopologicalSorter(
            {
                moment: [following for _option, following in ways]
                for moment, ways in self.ways.items()
            }
        )

    @cached_property
    def counts(self) -> Mapping[Moment, int]:
        """How many courses lead from each moment to an end; empty without `backwards`."""
        counts: dict[Moment, int] = {}
        for moment in self.backwards or ():
            ended = self.script.nodes[moment.node].end is not None
            counts[moment] = ended + sum(counts[to] for _option, to in self.ways[moment])
        return counts


def explore(script: CallScript) -> Moments:
    """Return all moments of a script."""
    latest = 1 + max((one.minutes or 0 for one in _conditions(script)), default=0)
    ways: dict[Moment, tuple[tuple[Option, Moment], ...]] = {}
    moments = Moments(script, _what_counts(script), latest, ways)
    course = begin(script)
    waiting = deque([moments.at(course.node, course.state)])
    seen = set(waiting)
    while waiting:
        now = waiting.popleft()
        found = []
        for option in offered(script.nodes[now.node], now.state):
            after = now.state.after(option)
            following = moments.at(leads_to(option, after), after)
            found.append((option, following))
            if following not in seen:
                seen.add(following)
                waiting.append(following)
        ways[now] = tuple(found)
        if len(seen) > MOST_MOMENTS:
            return replace(moments, whole=False)
    return moments


def _conditions(script: CallScript) -> Iterator[Condition]:
    for node in script.nodes.values():
        for option in node.options:
            yield from _of(option)


def _of(option: Option) -> Iterator[Condition]:
    yield option.when
    if not isinstance(option.to, str):
        yield from (branch.when for branch in option.to)


def _named(condition: Condition) -> set[str]:
    """Return the parts of the state that a condition looks at; a fact by its name after a colon."""
    single = {
        "trust": condition.trust,
        "stress": condition.calm,
        "vulnerable": condition.vulnerable,
        "promise": condition.promised,
        "minutes": condition.minutes,
    }
    facts = {f":{name}" for name in (*condition.disclosed, *condition.hidden)}
    return {name for name, value in single.items() if value is not None} | facts


def _what_counts(script: CallScript) -> dict[str, set[str]]:
    """Return by node which parts of the state some condition there or later looks at."""
    found = {
        name: {part for option in node.options for one in _of(option) for part in _named(one)}
        for name, node in script.nodes.items()
    }
    changed = True
    while changed:
        changed = False
        for name, node in script.nodes.items():
            later = {part for one in node.options for to in one.targets for part in found[to]}
            if not later <= found[name]:
                found[name] |= later
                changed = True
    return found


def _as_it_counts(state: State, parts: set[str], latest: int) -> State:
    return State(
        trust=state.trust if "trust" in parts else 0,
        stress=state.stress if "stress" in parts else 0,
        disclosed=frozenset(name for name in state.disclosed if f":{name}" in parts),
        vulnerable=state.vulnerable and "vulnerable" in parts,
        promise=state.promise if "promise" in parts else None,
        minutes=min(state.minutes, latest) if "minutes" in parts else 0,
    )
