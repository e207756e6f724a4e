"""What a case file holds: ``case.yaml``, the facts as a learner reads them.

It tells what happened and never what to think of it: labels, causes and worth of choices stand in
``key.yaml`` (`duecourse.cases.key`).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from duecourse.cases.scripts import CallScript, Part
from duecourse.tasks import Name, Text

Jurisdiction = Literal["CN", "US", "UK"]
Role = Literal[
    "debtor",
    "guarantor",
    "collector",
    "supervisor",
    "colleague",
    "third_party",
    "wrong_party",
    "representative",
    "regulator",
    "other",
]
Kind = Literal[
    "contract",
    "payment",
    "missed_payment",
    "call",
    "message",
    "letter",
    "visit",
    "meeting",
    "document",
    "decision",
    "dispute",
    "complaint",
    "system",
    "life",
]


class Person(Part):
    """Somebody in the case; all names are invented."""

    id: Name
    role: Role
    name: Text
    about: Text | None = None


class Fact(Part):
    """A figure or a circumstance of the case, such as a balance or a due date."""

    id: Name
    name: Text
    value: float | int | date | str | Text
    unit: Text | str | None = None


class Event(Part):
    """Something that happened."""

    id: Name
    at: datetime | date
    kind: Kind
    who: tuple[Name, ...] = ()
    text: Text


class Document(Part):
    """A paper of the file, as the trainee would see it; the text is Markdown."""

    id: Name
    title: Text
    kind: Literal[
        "letter", "message", "form", "note", "policy", "report", "contract", "email", "record"
    ]
    at: date
    sender: Text | None = None
    receiver: Text | None = None
    text: Text


class Column(Part):
    """A column of an attached table."""

    name: Text
    unit: Text | str | None = None


class Table(Part):
    """A CSV file (UTF-8) beside the case file."""

    id: Name
    title: Text
    file: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*\.csv$")]
    columns: dict[str, Column]


class Turn(Part):
    """What one person says in one go."""

    id: Name
    who: Name
    text: Text


class Transcript(Part):
    """A conversation, written down.

    Attributes:
        codes: what a turn can be labelled with: skills of the code book (``skill:listening``),
            ``violation:CN-11``, ``disclosure``, ``turning_point``.
    """

    id: Name
    title: Text
    at: datetime
    channel: Literal["call", "visit", "chat", "meeting"] = "call"
    codes: Annotated[list[str], Field(min_length=2)]
    turns: Annotated[list[Turn], Field(min_length=2)]


class Case(Part):
    """A case of collection: its facts, people, course and papers."""

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*$")]
    """Short name in the course, such as S1 or F3."""
    outcome: Literal["success", "failure"]
    use: Literal["practice", "exam"]
    """The key of an exam case never leaves the instructor's side."""
    title: Text
    summary: Text
    jurisdiction: Jurisdiction
    timezone: str
    currency: Text
    product: Text
    minutes: int = Field(gt=0)
    """Minutes that reading the case takes."""
    mirror: Name | None = None
    """Folder of the case on the same facts that took the other way."""
    people: Annotated[list[Person], Field(min_length=1)]
    facts: tuple[Fact, ...] = ()
    timeline: Annotated[list[Event], Field(min_length=1)]
    documents: tuple[Document, ...] = ()
    tables: tuple[Table, ...] = ()
    transcripts: tuple[Transcript, ...] = ()
    calls: tuple[CallScript, ...] = ()
    language: Literal["en", "zh"] | None = None
    """The language that a release kept."""

    @model_validator(mode="after")
    def _everything_that_is_named_exists(self) -> "Case":
        people = {person.id for person in self.people}
        for kind in ("people", "facts", "timeline", "documents", "tables", "transcripts", "calls"):
            _unique(kind, (one.id for one in getattr(self, kind)))
        talks = [one.id for one in self.transcripts] + [one.id for one in self.calls]
        _unique("transcripts and calls", talks)
        for event in self.timeline:
            _among(f"timeline.{event.id}.who", event.who, people)
        for transcript in self.transcripts:
            _unique(f"transcripts.{transcript.id}", (turn.id for turn in transcript.turns))
            _among(f"transcripts.{transcript.id}", (one.who for one in transcript.turns), people)
        for call in self.calls:
            _among(f"calls.{call.id}", (call.player, call.partner), people)
            for name, node in call.nodes.items():
                said = (line.who for line in node.says if line.who)
                _among(f"calls.{call.id}.{name}.says", said, people)
        return self

    def person(self, name: str) -> Person:
        """Return a person by id."""
        return next(one for one in self.people if one.id == name)


def _unique(where: str, ids: Iterable[str]) -> None:
    if twice := sorted(name for name, count in Counter(ids).items() if count > 1):
        raise ValueError(f"{where}: these ids stand twice: {twice}")


def _among(where: str, names: Iterable[str], known: Any) -> None:
    if lost := sorted(set(names) - set(known)):
        raise ValueError(f"{where}: {lost} are not among the people {sorted(known)}")
