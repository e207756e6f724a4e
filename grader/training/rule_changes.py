"""What happened to the rules between two days, what it touches, and which certificates are older."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from duecourse.competencies import matrix
from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.rules.book import Change, changes, day
from duecourse.rules.models import Version
from duecourse.rules.names import evidence_name, severity_name
from duecourse.rules.shelf import book, entry
from duecourse.rules.standing import Rule
from grader.certificates.register import read
from grader.course import Course
from grader.training.touched import Material, Touched


@dataclass(frozen=True)
class RuleChange:
    """A rule that comes, changes or ends.

    Attributes:
        change: day, kind and versions.
        touched: what of the course it touches.
    """

    change: Change
    touched: Touched

    @property
    def before(self) -> Rule | None:
        """The rule as it was the day before."""
        return self._rule(self.change.before)

    @property
    def after(self) -> Rule | None:
        """The rule as it is from the day on."""
        return self._rule(self.change.after)

    @property
    def now(self) -> Rule:
        """The rule after the change, or before its end."""
        found = self.after or self.before
        assert found is not None
        return found

    def _rule(self, version: Version | None) -> Rule | None:
        return Rule(entry(self.change.id), version) if version else None

    @property
    def evidence(self) -> str:
        """How well the rule is known, and that it is provisional where it is."""
        known = evidence_name(self.now.evidence)
        text = _("{evidence}; provisional: to be checked in the text before real use")
        return text.format(evidence=known) if self.now.provisional else known

    def differences(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, text before and text after of each part that is not the same."""
        parts = {
            _("Duty"): lambda one: pick(one.duty),
            _("Source"): _sources,
            _("Weight of a breach"): lambda one: severity_name(one.severity),
            _("Tests of a contact log"): self._tests,
            _("Note"): lambda one: pick(one.notes) if one.notes else "",
        }
        for name, told in parts.items():
            was, is_ = (told(one) if one else "" for one in (self.before, self.after))
            if was != is_:
                yield name, was or "–", is_ or "–"

    def _tests(self, rule: Rule) -> str:
        """Return the tests of a rule, and which of them are not what they were."""
        was = {test.name: test for test in self.change.before.tests} if self.change.before else {}
        text = _("{name} (works differently)")
        return "\n".join(
            text.format(name=one.name) if was.get(one.name, one) != one else one.name
            for one in rule.tests
        )

    def __str__(self) -> str:
        """Return day, what happens and the rule, and that it is provisional where it is."""
        text = _("{change} (provisional)") if self.now.provisional else "{change}"
        return text.format(change=self.change)


@dataclass(frozen=True)
class Older:
    """A certificate that is older than a change. It is named by its number: packs are handed on.

    Attributes:
        rules: ids of the rules that have changed since.
    """

    number: str
    issued: date
    expires: date
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Changed:
    """What happened to the rules between two days, both included.

    Attributes:
        changes: in the order of their days.
        certificates: those that are valid after one of the changes and older than it.
    """

    first: date
    last: date
    changes: tuple[RuleChange, ...]
    certificates: tuple[Older, ...] = ()


def between(
    course: Course, first: str | date, last: str | date, jurisdiction: str | None = None
) -> Changed:
    """Return what happened to the rules between two days, and what it touches.

    Args:
        course: where the lessons, cases and assignments lie.
        first: a rule that is new on this day counts.
        last: the last day that counts.
        jurisdiction: CN, US or UK; None is all three.

    Raises:
        UnknownRule: there are no rules for the jurisdiction.
        DuecourseError: a day is none, or the last one is before the first.
    """
    low, high = day(first), day(last)
    if high < low:
        text = _("The last day, {last}, is before the first, {first}.")
        raise DuecourseError(text.format(first=low, last=high))
    material = Material(course, matrix())
    found = tuple(
        RuleChange(one, material.touched(one.id)) for one in changes(low, high, jurisdiction)
    )
    return Changed(low, high, found, tuple(_older(course, found)))


def _older(course: Course, found: Sequence[RuleChange]) -> Iterator[Older]:
    """Yield the certificates that were issued before a change and are valid after it."""
    for issued in read(course.folder).latest().values():
        one = issued.document.certificate
        rules = [it.change.id for it in found if one.issued < it.change.on <= one.expires]
        if rules:
            yield Older(one.number, one.issued, one.expires, tuple(dict.fromkeys(rules)))


def _sources(rule: Rule) -> str:
    laws = book(rule.jurisdiction).laws
    lines = []
    for one in rule.version.sources:
        name = pick(laws[one.law].name)
        if one.articles:
            name = _("{law}, {articles}").format(law=name, articles=pick(one.articles))
        text = _("{source} ({evidence})")
        lines.append(text.format(source=name, evidence=evidence_name(one.evidence)))
    return "\n".join(lines)
