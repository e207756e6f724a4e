"""How a plan is built: stages, blocks of a session, and the occasions that no lesson brings."""

from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import Field, model_validator

from duecourse.tasks import Name, Text
from duecourse.tasks.forms import Part

FILE: Final = Path(__file__).with_suffix(".yaml")
Minutes = Annotated[int, Field(gt=0, le=480)]
OccasionName = Literal[
    "mentor",
    "diagnosis",
    "test",
    "roleplay",
    "exam",
    "repeat",
    "refresher",
    "quarter",
    "law",
    "renewal",
    "teach",
]


class Block(Part):
    """A part of a session: what is done, for how many minutes."""

    id: Name
    minutes: Minutes
    title: Text


class Stage(Part):
    """A stage of the first months; without a length it lasts until the stated months are over."""

    id: Name
    title: Text
    about: Text
    days: int | None = Field(default=None, gt=0)
    months: int | None = Field(default=None, gt=0)


class Occasion(Part):
    """Something that no lesson, case or assignment brings: a test, a review, an exam."""

    minutes: Minutes
    title: Text


class Levels(Part):
    """From which level of need on a kind of work belongs to a role."""

    lesson: int
    case: int
    assignment: int
    teach: int


class Programme(Part):
    """What every plan is built from.

    Attributes:
        lesson: the blocks of a session with a lesson.
        case: the blocks of a case's discussion, after its reading.
        alone: the longest that somebody works alone in one go, in minutes.
        half_day: the blocks of half a day on a changed rule.
        stages: the stages of somebody who is new.
        stated_months: how long the stages take as the source says.
        stage_note: what is to be said of that.
        staged: the roles that pass through the stages.
        afterwards: the role that somebody has after them.
    """

    lesson: Annotated[tuple[Block, ...], Field(min_length=1)]
    case: Annotated[tuple[Block, ...], Field(min_length=1)]
    alone: Minutes
    half_day: Annotated[tuple[Block, ...], Field(min_length=1)]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    stated_months: Annotated[int, Field(gt=0, le=24)]
    stage_note: Text
    occasions: dict[OccasionName, Occasion]
    levels: Levels
    staged: tuple[Name, ...]
    afterwards: dict[Name, Name]

    @model_validator(mode="after")
    def _nothing_is_missing(self) -> "Programme":
        if lost := sorted(set(OccasionName.__args__) - set(self.occasions)):  # type: ignore[attr-defined]
            raise ValueError(f"these occasions are missing: {lost}")
        if open_ := [one.id for one in self.stages[:-1] if not (one.days or one.months)]:
            raise ValueError(f"only the last stage may have no length, not {open_}")
        return self

    @property
    def work_minutes(self) -> int:
        """Minutes of one session in which a lesson's notebook can be worked on."""
        return sum(one.minutes for one in self.lesson if one.id in {"introduction", "practice"})


@cache
def programme() -> Programme:
    """Return what every plan is built from."""
    return Programme.model_validate(yaml.safe_load(FILE.read_text("utf-8")))
