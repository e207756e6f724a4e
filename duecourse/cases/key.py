"""What an expert reads in a case: ``key.yaml``.

Practice cases bring their key for the debrief; the key of an exam case stays with the instructor.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from duecourse.cases.scripts import Part
from duecourse.tasks import Criterion, Name, Text

Factor = Literal["communication", "teamwork", "flexible_means", "needs_and_risk"]
"""Why collections succeed (source document 003, chapter 6)."""
Cause = Literal["law", "knowledge_of_debtor", "conflict", "follow_up"]
"""Why they fail (the same chapter)."""


class Lesson(Part):
    """What the case illustrates, and the evidence for it in the file."""

    illustrates: Factor | Cause
    also: tuple[Factor | Cause, ...] = ()
    evidence: tuple[str, ...] = ()
    """Where it shows: ``timeline.EVENT``, ``TRANSCRIPT.TURN``, ``documents.DOCUMENT``."""
    debrief: Text
    """What to take home, in Markdown."""


class MirrorKey(Part):
    """What the mirrored case shares, and the decision that parts the two."""

    shared: Annotated[list[Name], Field(min_length=1)]
    """Events of the timeline that stand in both files with the same day, kind and text."""
    parting: Name
    """The event of this case's timeline in which it takes its own way."""
    decision: Text


class TurnKey(Part):
    """The labels of one turn, and why."""

    codes: Annotated[list[str], Field(min_length=1)]
    why: Text


class TranscriptKey(Part):
    """The labels of a transcript; turns that are not named have none."""

    turns: Annotated[dict[Name, TurnKey], Field(min_length=1)]


class ChoiceKey(Part):
    """What one choice of a call is worth.

    Attributes:
        skill: the code-book skill that it shows, such as ``listening``.
        breaks: the rules that it breaks; their severity lowers lawfulness.
        empathy: how well it answers the person, compared with the node's other options.
        why: what it did and what stands behind it, said to the player.
    """

    skill: Name | None = None
    breaks: tuple[str, ...] = ()
    empathy: int = Field(default=0, ge=-2, le=2)
    why: Text


class CriticalStep(Part):
    """Something that must not be missed: whoever passes this node must choose one of these."""

    id: Name
    node: Name
    must: Annotated[list[Name], Field(min_length=1)]
    rules: tuple[str, ...] = ()
    why: Text


class Weights(Part):
    """What counts how much in a call."""

    outcome: float = Field(default=0.4, ge=0)
    lawfulness: float = Field(default=0.35, ge=0)
    empathy: float = Field(default=0.25, ge=0)


class CallKey(Part):
    """How a call is scored.

    Attributes:
        best: the choices of a best course; it earns full marks.
        ends: the share that reaching each end is worth.
        choices: by ``node.option``; every option of the script stands here.
    """

    best: Annotated[list[Name], Field(min_length=1)]
    ends: dict[Name, Annotated[float, Field(ge=0, le=1)]]
    choices: dict[str, ChoiceKey]
    critical: tuple[CriticalStep, ...] = ()
    weights: Weights = Weights()


class WriteUp(Part):
    """A written task of the case, with its model answer and rubric."""

    id: Name
    question: Text
    answer: Text
    rubric: Annotated[list[Criterion], Field(min_length=1)]


class Answer(Part):
    """A question about the file with a definite answer, and how it is worked out.

    Attributes:
        value: a number; a day; with `options` the name of one, or a list of names.
        options: what can be chosen.
        ordered: whether a list of options is asked for in its order.
        how: how an expert gets there, step by step.
    """

    id: Name
    title: Text
    question: Text
    value: float | int | date | str | list[str]
    unit: Text | str | None = None
    tolerance: float = Field(default=0.0, ge=0)
    options: Annotated[dict[Name, Text], Field(min_length=2)] | None = None
    ordered: bool = False
    how: Text

    @model_validator(mode="after")
    def _a_choice_exists(self) -> "Answer":
        chosen = [self.value] if isinstance(self.value, str) else self.value
        if isinstance(chosen, list):
            if lost := [name for name in chosen if name not in (self.options or {})]:
                raise ValueError(f"{lost} are not among the options {list(self.options or {})}")
        elif self.options:
            raise ValueError(f"{self.value!r} is not among the options {list(self.options)}")
        return self


class CaseKey(Part):
    """The key of a case."""

    lesson: Lesson
    rules: Annotated[dict[str, Text], Field(min_length=1)]
    """The rules that the case turns on, and how."""
    mirror: MirrorKey | None = None
    answers: tuple[Answer, ...] = ()
    transcripts: Annotated[dict[Name, TranscriptKey], Field(default_factory=dict)]
    calls: Annotated[dict[Name, CallKey], Field(default_factory=dict)]
    write_ups: tuple[WriteUp, ...] = ()
    language: Literal["en", "zh"] | None = None
    """The language that a release kept."""

    @model_validator(mode="after")
    def _answers_are_unique(self) -> "CaseKey":
        ids = [one.id for one in self.answers] + [one.id for one in self.write_ups]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"these ids stand twice: {twice}")
        return self
