"""What one choice of a call is worth: rules broken, empathy, critical steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from duecourse.cases.key import CallKey, ChoiceKey, CriticalStep, Weights
from duecourse.cases.scripts import Option
from duecourse.rules.book import NotInForce, penalty, rule
from duecourse.tasks import Text


@dataclass(frozen=True)
class Breach:
    """A rule that a choice breaks.

    Attributes:
        rule: its id.
        title: its name.
        duty: what it asks, as it stood on the day of the call.
        source: the texts that it rests on.
        severity: critical, serious, moderate or advisory.
        penalty: what breaking it takes off lawfulness, in [0, 1].
        provisional: whether the rule's wording has not been checked against its primary text.
    """

    rule: str
    title: Text
    duty: Text
    source: Text
    severity: str
    penalty: float
    provisional: bool


@dataclass(frozen=True)
class Worth:
    """What one choice is worth at its moment.

    Attributes:
        key: what the key says of it; None where it says nothing.
        breaches: the rules that it breaks.
        empathy: how well it answers the person, among what was offered: 0 = least, 1 = best; None
            where all options were alike.
        steps: the critical steps of this moment. Where nothing of what one demands is offered, nobody
            can miss it, and it does not stand here.
        missed: those that were missed.
    """

    key: ChoiceKey | None
    breaches: tuple[Breach, ...]
    empathy: float | None
    steps: tuple[CriticalStep, ...]
    missed: tuple[CriticalStep, ...]

    @property
    def penalty(self) -> float:
        """What it takes off lawfulness."""
        return sum(breach.penalty for breach in self.breaches)


def worth_of(key: CallKey, node: str, offered: Sequence[Option], chosen: Option, on: date) -> Worth:
    """Return what a choice is worth.

    Args:
        key: the call's key.
        node: where the choice is made.
        offered: what can be chosen there.
        chosen: one of them.
        on: the day of the call; rules count as they stood on it.
    """
    known = key.choices.get(f"{node}.{chosen.id}")
    felt = [_empathy(key, node, option) for option in offered]
    least, most = min(felt), max(felt)
    empathy = (_empathy(key, node, chosen) - least) / (most - least) if most > least else None
    names = {option.id for option in offered}
    steps = tuple(one for one in key.critical if one.node == node and names & {*one.must})
    return Worth(
        key=known,
        breaches=tuple(_breach(rule, on) for rule in (known.breaks if known else ())),
        empathy=empathy,
        steps=steps,
        missed=tuple(step for step in steps if chosen.id not in step.must),
    )


def _empathy(key: CallKey, node: str, option: Option) -> int:
    found = key.choices.get(f"{node}.{option.id}")
    return found.empathy if found else 0


@lru_cache(maxsize=256)
def _breach(name: str, on: date) -> Breach:
    # A key that names a rule of another time is the author's slip: its wording of today is shown.
    found = rule(name, on)
    if isinstance(found, NotInForce):
        found = rule(name)
    return Breach(
        rule=name,
        title=found.title,
        duty=found.duty,
        source=found.source,
        severity=found.severity,
        penalty=penalty(found.severity),
        provisional=found.provisional,
    )


def lawfulness(penalty: float) -> float:
    """Return the share of lawfulness that is left after penalties."""
    return max(0.0, 1.0 - penalty)


def weighted(weights: Weights, outcome: float, lawful: float, empathy: float) -> float:
    """Return the weighted mean of the three shares."""
    whole = weights.outcome + weights.lawfulness + weights.empathy
    parts = weights.outcome * outcome + weights.lawfulness * lawful + weights.empathy * empathy
    return parts / whole if whole else 0.0
