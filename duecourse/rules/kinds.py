"""The kinds of machine tests that a rule can carry, as data.

A test looks at contacts (or at accounts) one by one. It finds a breach where everything under
`when` holds, nothing under `unless` does, and what its kind asks of the figures is not met. How a
test is carried out on a table stands in `duecourse.rules.audit`, on a single contact in
`duecourse.rules.contact`.
"""

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from duecourse.tasks import Name, Text

Severity = Literal["critical", "serious", "moderate", "advisory"]
Match = bool | tuple[str, ...]
"""What a column must hold: yes or no, or one of some words; of labels, any of them."""
Conditions = dict[str, Match]
Group = Literal["account", "debtor", "number", "party", "role"]


class Part(BaseModel):
    """A part of the rule base: nothing that is not asked for, and never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Test(Part):
    """What all tests have in common.

    Attributes:
        law: the source of this very duty, where the rule rests on several; its evidence counts.
        severity: where it differs from the rule's.
        of: contacts, or accounts at the day in the column `at`.
        when: a breach is only possible where all of these hold.
        unless: and where none of these does.
        assume: columns that a log may lack, and what is then taken for granted.
        why: what is said of a breach; `{names}` are filled with its figures.
    """

    __test__ = False  # its name makes pytest curious

    name: Name
    law: Name | None = None
    severity: Severity | None = None
    of: Literal["contacts", "accounts"] = "contacts"
    at: str | None = None
    when: Conditions = {}
    unless: Conditions = {}
    assume: dict[str, bool | str] = {}
    why: Text

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it cannot do without, besides account, time and channel."""
        named = [*self.when, *self.unless, *self.own]
        return tuple(dict.fromkeys(name for name in named if name not in self.assume))

    @property
    def own(self) -> tuple[str, ...]:
        """The columns that its kind needs besides its conditions."""
        return (self.at,) if self.at else ()

    @model_validator(mode="after")
    def _accounts_have_a_day(self) -> "Test":
        if (self.of == "accounts") != (self.at is not None):
            raise ValueError("a test on accounts, and no other, names the column of its day: at")
        return self


class Condition(Test):
    """A breach wherever its conditions hold."""

    kind: Literal["condition"] = "condition"


class Complete(Test):
    """Each of these flags must be set."""

    kind: Literal["complete"]
    flags: Annotated[tuple[str, ...], Field(min_length=1)]

    @property
    def own(self) -> tuple[str, ...]:
        """The flags."""
        return (*super().own, *self.flags)


class Hours(Test):
    """A contact lies within these hours of the debtor's own day.

    Attributes:
        opens: the first moment that is allowed.
        before: the first moment that no longer is.
        until: the last minute that still is; one of the two is given.
    """

    kind: Literal["hours"]
    opens: time
    before: time | None = None
    until: time | None = None

    @model_validator(mode="after")
    def _it_closes_once(self) -> "Hours":
        if (self.before is None) == (self.until is None):
            raise ValueError("hours close either before or until a time")
        return self

    @property
    def closes(self) -> time:
        """The closing time, whether or not it is still allowed itself."""
        return self.before or self.until or time.max


class Limit(Test):
    """At most so many contacts of this kind for one debtor, number, ... in so many days.

    Attributes:
        by: what is counted together.
        most: how many are allowed; each further one is a breach.
        days: length of the window in calendar days that ends with the contact's; None is for ever.
    """

    kind: Literal["limit"]
    by: Annotated[tuple[Group, ...], Field(min_length=1)]
    most: Annotated[int, Field(ge=1)]
    days: Annotated[int, Field(ge=1)] | None

    @property
    def own(self) -> tuple[str, ...]:
        """The number, where it is counted by number, and so on."""
        return (*super().own, *_columns(self.by))


class After(Test):
    """No contact of this kind in the days after an earlier one of another kind.

    Attributes:
        by: whose contacts belong together.
        earlier: what the earlier contact was like.
        days: how long, counting the earlier contact's day as the first.
    """

    kind: Literal["after"]
    by: Annotated[tuple[Group, ...], Field(min_length=1)]
    earlier: Annotated[Conditions, Field(min_length=1)]
    days: Annotated[int, Field(ge=1)]

    @property
    def own(self) -> tuple[str, ...]:
        """The columns of the earlier contact."""
        return (*super().own, *_columns(self.by), *self.earlier)


class First(Test):
    """A breach where the conditions hold for the first contact of a group.

    Attributes:
        by: whose contacts belong together.
        among: the contacts of which the first one is meant.
    """

    kind: Literal["first"]
    by: Annotated[tuple[Group, ...], Field(min_length=1)]
    among: Conditions

    @property
    def own(self) -> tuple[str, ...]:
        """The columns by which the first contact is found."""
        return (*super().own, *_columns(self.by), *self.among)


class DayOff(Test):
    """A day in a column lies so many days from the contact's day.

    Attributes:
        column: the column with the day.
        low: at least so many days after the contact; below 0 is before it.
        high: at most so many days after the contact.
        years: at least so many whole years after the contact.
        missing: what it means if there is no day.
        first_of: only the first contact of the account among these is asked.
    """

    kind: Literal["day"]
    column: str
    low: int | None = None
    high: int | None = None
    years: int | None = None
    missing: Literal["breach", "unknown"] = "unknown"
    first_of: Conditions = {}

    @property
    def own(self) -> tuple[str, ...]:
        """The column, and those by which the first contact is found."""
        return (*super().own, self.column, *self.first_of)


class Period(Test):
    """No contact in a period of the account.

    Attributes:
        begins: the column with its first day; without one there is no period.
        before: the column with the first day that is free again.
        through: the column with the last day of the period.
        days: its length, counting the first day, where no such day is known; None is open.
    """

    kind: Literal["period"]
    begins: str
    before: str | None = None
    through: str | None = None
    days: Annotated[int, Field(ge=1)] | None = None

    @property
    def own(self) -> tuple[str, ...]:
        """Its columns; with a length of its own the last day need not be known."""
        last = self.before or self.through
        return (*super().own, self.begins, *([last] if last and self.days is None else []))


class Number(Test):
    """A number lies within limits.

    Attributes:
        column: the column with the number.
        other: a column that takes the place of `high`.
    """

    kind: Literal["number"]
    column: str
    low: float | None = None
    high: float | None = None
    other: str | None = None

    @property
    def own(self) -> tuple[str, ...]:
        """Its columns."""
        return (*super().own, self.column, *([self.other] if self.other else []))


class PrimeRate(Test):
    """A yearly rate is at most so many times the loan prime rate of the day."""

    kind: Literal["prime_rate"]
    column: str
    times: float

    @property
    def own(self) -> tuple[str, ...]:
        """The column with the rate."""
        return (*super().own, self.column)


class Cited(Test):
    """A law that is named was in force on the day of the facts.

    Attributes:
        laws: the laws that are looked for, by their id.
        facts_on: the column with the day of the facts; the contact's day where there is none.
    """

    kind: Literal["cited"]
    laws: Annotated[tuple[Name, ...], Field(min_length=1)]
    facts_on: str = "fact_on"

    @property
    def own(self) -> tuple[str, ...]:
        """The law that was named."""
        return (*super().own, "cites")


AnyTest = Annotated[
    Condition
    | Complete
    | Hours
    | Limit
    | After
    | First
    | DayOff
    | Period
    | Number
    | PrimeRate
    | Cited,
    Field(discriminator="kind"),
]


def with_kind(found: Any) -> Any:
    """Say of a test without a kind that it is a plain condition."""
    return {"kind": "condition", **found} if isinstance(found, dict) else found


def _columns(by: tuple[Group, ...]) -> tuple[str, ...]:
    """Return the columns of a group that a log may lack."""
    return tuple(name for name in by if name in {"number", "party", "role"})
