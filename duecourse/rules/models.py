"""The form of the rule base: laws, rules, and the versions of a rule.

A rule keeps its id for good. What it asks, and on which texts it rests, can change: each state of
it is a version with its own days. On any day at most one version of a rule is in force.
"""

from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Final, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from duecourse.rules.kinds import AnyTest, Conditions, Part, PrimeRate, Severity, with_kind
from duecourse.tasks import Name, Text

Jurisdiction = Literal["CN", "US", "UK"]
JURISDICTIONS: Final[tuple[Jurisdiction, ...]] = get_args(Jurisdiction)
Force = Literal[
    "criminal",
    "statute",
    "administrative_regulation",
    "judicial_interpretation",
    "ministry_rule",
    "handbook_rule",
    "standard",
    "self_regulation",
]
FORCES: Final[tuple[Force, ...]] = get_args(Force)
"""From the strongest to the weakest."""
Evidence = Literal["verified", "secondary", "memory"]
EVIDENCE: Final[tuple[Evidence, ...]] = get_args(Evidence)
"""The primary text was read; a report of it was; neither was."""


class Law(Part):
    """A text that rules rest on: a statute, a regulation, a standard.

    Attributes:
        names: how else it is cited.
        start: from this day on it is in force.
        end: up to and including this day; None is still in force.
    """

    name: Text
    names: tuple[str, ...] = ()
    force: Force
    start: date = Field(alias="from")
    end: date | None = Field(default=None, alias="to")


class Source(Part):
    """What a rule rests on: articles of a law, and how well they are known."""

    law: Name
    articles: Text | None = None
    evidence: Evidence


class Version(Part):
    """A state of a rule.

    Attributes:
        start: it is in force from this day on.
        end: up to and including this day; None is until the next version, or still.
        dated: how well the first day is known.
        sources: the texts it rests on.
        severity: how much a breach weighs.
        duty: what has to be done or left, in plain words.
        tests: what a log or a table of accounts can show of it; empty where nothing can or may.
        notes: what is uncertain or easily misread.
    """

    start: date = Field(alias="from")
    end: date | None = Field(default=None, alias="to")
    dated: Evidence = "verified"
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    severity: Severity
    duty: Text
    tests: tuple[Annotated[AnyTest, BeforeValidator(with_kind)], ...] = ()
    notes: Text | None = None

    @property
    def evidence(self) -> Evidence:
        """How well its weakest source is known."""
        return max((one.evidence for one in self.sources), key=EVIDENCE.index)

    @property
    def provisional(self) -> bool:
        """Whether some source of it was not read in its own text."""
        return self.evidence != "verified"

    def severity_of(self, test: AnyTest) -> Severity:
        """Return how much a breach found by this test weighs."""
        return test.severity or self.severity

    def provisional_by(self, test: AnyTest) -> bool:
        """Return whether the source of this very test was not read in its own text."""
        if isinstance(test, PrimeRate):
            return True  # the table of prime rates is from memory
        if test.law is None:
            return self.provisional
        return any(one.evidence != "verified" for one in self.sources if one.law == test.law)

    @model_validator(mode="after")
    def _tests_are_told_apart(self) -> "Version":
        names = [one.name for one in self.tests]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"these tests stand twice: {twice}")
        laws = {one.law for one in self.sources}
        if lost := sorted({one.law for one in self.tests if one.law} - laws):
            raise ValueError(f"tests name {lost}, which are not among the sources {sorted(laws)}")
        if self.end and self.end < self.start:
            raise ValueError(f"it ends on {self.end}, before it begins on {self.start}")
        return self


class Entry(Part):
    """A rule with all its versions, as it stands in the file.

    Attributes:
        binds: who has to keep it.
        applies_to: which debts, products or channels it is about.
        versions: in the order of their days; one ends where the next begins.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}-\d{2}$")]
    title: Text
    binds: Text
    applies_to: Text
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]

    @property
    def jurisdiction(self) -> str:
        """CN, US or UK."""
        return self.id.partition("-")[0]

    def last_day(self, version: Version) -> date | None:
        """Return the last day on which a version is in force; None is still in force."""
        later = [one.start for one in self.versions if one.start > version.start]
        return version.end or (min(later) - timedelta(days=1) if later else None)

    def at(self, day: date | None) -> Version | None:
        """Return the version in force on a day, the newest without one; None: there is none."""
        if day is None:
            return self.versions[-1]
        for one in self.versions:
            if one.start <= day <= (self.last_day(one) or date.max):
                return one
        return None

    @model_validator(mode="after")
    def _one_version_at_a_time(self) -> "Entry":
        for one, following in pairwise(self.versions):
            if following.start <= (one.end or one.start):
                raise ValueError(f"the version from {following.start} begins before the last ends")
        return self


class Rate(Part):
    """A rate from a day on."""

    start: date = Field(alias="from")
    rate: Annotated[float, Field(gt=0, lt=1)]
    evidence: Evidence
    dated: Evidence


class PrimeRates(Part):
    """The one-year loan prime rate, as far as it is known."""

    notes: Text
    table: Annotated[tuple[Rate, ...], Field(min_length=1)]


class Everywhere(Part):
    """What holds for every test on contacts of a jurisdiction, as in a test.

    Attributes:
        why: what is said of contacts that no rule of the file binds.
    """

    unless: Conditions = Field(default_factory=dict)
    assume: dict[str, bool | str] = Field(default_factory=dict)
    why: Text | None = None


class Book(Part):
    """The file of one jurisdiction.

    Attributes:
        everywhere: what holds for all of its tests on contacts.
    """

    jurisdiction: Jurisdiction
    everywhere: Everywhere = Everywhere()
    laws: dict[Name, Law]
    prime_rates: PrimeRates | None = None
    rules: Annotated[tuple[Entry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _what_holds_everywhere_stands_in_every_test(self) -> "Book":
        for entry in self.rules:
            for version in entry.versions:
                for test in (one for one in version.tests if one.of == "contacts"):
                    test.unless.update(self.everywhere.unless)
                    test.assume.update(self.everywhere.assume)
        return self

    @model_validator(mode="after")
    def _everything_that_is_named_exists(self) -> "Book":
        ids = [one.id for one in self.rules]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"these rules stand twice: {twice}")
        for entry in self.rules:
            if entry.jurisdiction != self.jurisdiction:
                raise ValueError(f"rule '{entry.id}' does not belong to {self.jurisdiction}")
            for version in entry.versions:
                named = {one.law for one in version.sources}
                named |= {law for test in version.tests for law in getattr(test, "laws", ())}
                if lost := sorted(named - self.laws.keys()):
                    raise ValueError(
                        f"rule '{entry.id}' names {lost}: no such laws; there are {[*self.laws]}"
                    )
        return self

    def force(self, version: Version) -> Force:
        """Return the strongest force among a version's sources."""
        return min((self.laws[one.law].force for one in version.sources), key=FORCES.index)
