"""The rule base: found by id and day, explained, and compared between two days.

Rules are data, one file a jurisdiction beside this module, each with its texts, its force and how
well it is known. Every event is judged by the rules of its own day. Training material, no legal
advice; needs no pandas.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, TypeAlias, get_args, overload

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.rules.kinds import Severity
from duecourse.rules.models import Version
from duecourse.rules.shelf import book, entries, entry
from duecourse.rules.standing import NotInForce, Rule
from duecourse.tasks import did_you_mean

__all__ = [
    "PENALTIES",
    "SEVERITIES",
    "Change",
    "Day",
    "NotInForce",
    "Rule",
    "book",
    "changes",
    "day",
    "entries",
    "entry",
    "penalty",
    "prime_rate",
    "rule",
    "rules",
    "severity",
]
Day: TypeAlias = str | date | datetime
"""A day as people write it: "2026-03-31", a date, a moment (its time of day is left out)."""
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From the gravest to the lightest."""
PENALTIES: Final[dict[Severity, float]] = {
    "critical": 1.0,
    "serious": 0.5,
    "moderate": 0.25,
    "advisory": 0.1,
}


@dataclass(frozen=True, repr=False)
class Change:
    """What happens to a rule on a day.

    Attributes:
        kind: it begins, it changes from one version to another, or it has ended the day before.
        before: the version of the day before.
        after: the version of this day.
    """

    on: date
    kind: Literal["begins", "changes", "ends"]
    id: str
    before: Version | None
    after: Version | None

    def __repr__(self) -> str:
        return f"<Change {self.on} {self.id} {self.kind}>"

    def __str__(self) -> str:
        """Return day, what happens, and the rule."""
        texts = {
            "begins": _("{day}: {id} {title} begins"),
            "changes": _("{day}: {id} {title} changes"),
            "ends": _("{day}: {id} {title} is no longer in force"),
        }
        return texts[self.kind].format(day=self.on, id=self.id, title=pick(entry(self.id).title))


@overload
def rule(rule_id: str, on: None = None) -> Rule: ...
@overload
def rule(rule_id: str, on: Day) -> Rule | NotInForce: ...
def rule(rule_id: str, on: Day | None = None) -> Rule | NotInForce:
    """Return a rule as it stood on a day; without a day, its newest version.

    Args:
        rule_id: such as "CN-05".
        on: the day of the event that is judged, not today.

    Returns:
        the rule, or `NotInForce` (which counts as false) where it did not hold on that day.

    Raises:
        UnknownRule: there is no rule with this id; the message names the nearest.
        DuecourseError: the day is none.
    """
    found = entry(rule_id)
    if on is None:
        return Rule(found, found.versions[-1])
    at = day(on)
    version = found.at(at)
    if version is not None:
        return Rule(found, version)
    later = [one.start for one in found.versions if one.start > at]
    ended = [last for one in found.versions if (last := found.last_day(one)) and last < at]
    return NotInForce(found, at, min(later, default=None), max(ended, default=None))


def rules(jurisdiction: str | None = None, on: Day | None = None) -> list[Rule]:
    """Return the rules in force on a day, in the order of their ids.

    Args:
        jurisdiction: CN, US or UK; None is all three.
        on: the day; without one, the newest version of every rule.

    Raises:
        UnknownRule: there are no rules for the jurisdiction.
        DuecourseError: the day is none.
    """
    at = None if on is None else day(on)
    found = ((one, one.at(at)) for one in entries(jurisdiction))
    return [Rule(one, version) for one, version in found if version is not None]


def changes(first: Day, last: Day, jurisdiction: str | None = None) -> list[Change]:
    """Return what begins, changes or ends from the first day to the last, both included.

    Args:
        first: a rule that is new on this day counts.
        last: the last day that counts.
        jurisdiction: CN, US or UK; None is all three.

    Returns:
        changes in the order of their days; a rule that was in force up to and including a day
        `ends` on the day after it.

    Raises:
        UnknownRule, DuecourseError: as `rules`.
    """
    low, high = day(first), day(last)
    found = []
    for one in entries(jurisdiction):
        before: Version | None = None
        for version in one.versions:
            kind: Literal["begins", "changes"] = "changes" if before else "begins"
            found.append(Change(version.start, kind, one.id, before, version))
            before, end = version, one.last_day(version)
            if end and one.at(following := date.fromordinal(end.toordinal() + 1)) is None:
                found.append(Change(following, "ends", one.id, version, None))
                before = None
    return sorted(
        (change for change in found if low <= change.on <= high),
        key=lambda change: (change.on, change.id),
    )


def severity(rule_id: str, on: Day | None = None) -> Severity:
    """Return how much a breach of a rule weighs; on a day without it, as in its newest version.

    Raises:
        UnknownRule, DuecourseError: as `rule`.
    """
    found = rule(rule_id) if on is None else rule(rule_id, on)
    return found.severity if isinstance(found, Rule) else found.entry.versions[-1].severity


def penalty(weight: str) -> float:
    """Return what a breach of this severity takes from the score for lawfulness, in [0, 1].

    Raises:
        DuecourseError: there is no such severity.
    """
    for name, value in PENALTIES.items():
        if name == weight:
            return value
    text = _("There is no severity '{name}'.").format(name=weight)
    raise DuecourseError(text + did_you_mean(str(weight), list(PENALTIES)))


def prime_rate(on: Day) -> float | None:
    """Return China's one-year loan prime rate of a day, where it is known; 0.03 is 3%.

    Its table is from memory: provisional. See `cn.yaml`.
    """
    table = book("CN").prime_rates
    assert table is not None
    at = day(on)
    known = [one for one in table.table if one.start <= at]
    return max(known, key=lambda one: one.start).rate if known else None


def day(value: Day) -> date:
    """Return a day.

    Raises:
        DuecourseError: it is none, such as "30 February".
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        text = _("A day is written as 2026-03-31. Found: {found}.").format(found=repr(value))
        raise DuecourseError(text) from None
