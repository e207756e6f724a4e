"""A rule as it stands on a day, or that it does not."""

from dataclasses import dataclass
from datetime import date

from duecourse.language import _, pick
from duecourse.rules.kinds import AnyTest, Severity
from duecourse.rules.models import Entry, Evidence, Force, Version
from duecourse.rules.shelf import book
from duecourse.tasks import Text


@dataclass(frozen=True, repr=False)
class Rule:
    """A rule as it stands on a day.

    Attributes:
        entry: the rule with all its versions.
        version: the one that holds.
    """

    entry: Entry
    version: Version

    @property
    def id(self) -> str:
        """Such as CN-05."""
        return self.entry.id

    @property
    def jurisdiction(self) -> str:
        """CN, US or UK."""
        return self.entry.jurisdiction

    @property
    def title(self) -> Text:
        """What it is called, in both languages."""
        return self.entry.title

    @property
    def name(self) -> str:
        """What it is called, in the language spoken now."""
        return pick(self.entry.title)

    @property
    def binds(self) -> Text:
        """Who has to keep it."""
        return self.entry.binds

    @property
    def applies_to(self) -> Text:
        """Which debts, products or channels it is about."""
        return self.entry.applies_to

    @property
    def duty(self) -> Text:
        """What has to be done or left."""
        return self.version.duty

    @property
    def notes(self) -> Text | None:
        """What is uncertain or easily misread."""
        return self.version.notes

    @property
    def severity(self) -> Severity:
        """How much a breach weighs."""
        return self.version.severity

    @property
    def force(self) -> Force:
        """The strongest force among its sources."""
        return book(self.jurisdiction).force(self.version)

    @property
    def evidence(self) -> Evidence:
        """How well its weakest source is known."""
        return self.version.evidence

    @property
    def provisional(self) -> bool:
        """Whether some source was not read in its own text."""
        return self.version.provisional

    @property
    def start(self) -> date:
        """The first day of this version."""
        return self.version.start

    @property
    def end(self) -> date | None:
        """The last day of this version; None is still in force."""
        return self.entry.last_day(self.version)

    @property
    def tests(self) -> tuple[AnyTest, ...]:
        """What a log or a table of accounts can show of it."""
        return self.version.tests

    def test(self, name: str) -> AnyTest:
        """Return one of its tests.

        Raises:
            KeyError: this version has none of this name.
        """
        return {one.name: one for one in self.tests}[name]

    def severity_of(self, test: AnyTest) -> Severity:
        """Return how much a breach found by one of its tests weighs."""
        return self.version.severity_of(test)

    def provisional_by(self, test: AnyTest) -> bool:
        """Return whether what a test rests on was not read in its own text."""
        return self.version.provisional_by(test)

    @property
    def source(self) -> Text:
        """Its texts with their articles, in both languages."""
        laws = book(self.jurisdiction).laws
        parts = [(laws[one.law].name, one.articles or {}) for one in self.version.sources]
        return {
            "en": "; ".join(f"{law['en']}, {a['en']}" if a else law["en"] for law, a in parts),
            "zh": "；".join(f"{law['zh']}{a['zh']}" if a else law["zh"] for law, a in parts),
        }

    def __repr__(self) -> str:
        return f"<Rule {self.id} from {self.start}>"

    def __str__(self) -> str:
        """Return id and title, and that it is provisional where it is."""
        label = _("{id} {title} (provisional)") if self.provisional else "{id} {title}"
        return label.format(id=self.id, title=self.name)


@dataclass(frozen=True, repr=False)
class NotInForce:
    """There is such a rule, but not on that day. It counts as false.

    Attributes:
        entry: the rule with all its versions.
        on: the day that was asked about.
        since: the first day of the next version after it, if there is one.
        until: the last day of the version before it, if there was one.
    """

    entry: Entry
    on: date
    since: date | None
    until: date | None

    @property
    def id(self) -> str:
        """Such as CN-05."""
        return self.entry.id

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<NotInForce {self.id} on {self.on}>"

    def __str__(self) -> str:
        """Return when it was, or will be, in force."""
        if self.since:
            text = _("{id} {title} was not in force on {day}; it holds from {since} on.")
        else:
            text = _("{id} {title} was no longer in force on {day}; it held until {until}.")
        name = pick(self.entry.title)
        return text.format(id=self.id, title=name, day=self.on, since=self.since, until=self.until)
