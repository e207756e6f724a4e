"""What a marker has beside the public rubric: example sentences for its levels, and comments.

It lies in ``key/rubric.yaml`` of the assignment's folder; nothing below ``key`` is ever released::

    tasks:
      recommendation:
        examples:
          limits:                       # one text for each level, from the lowest up
            - {en: "...", zh: "..."}
        comments:
          - {id: whose, criterion: evidence, text: {en: "...", zh: "..."}}
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from duecourse.errors import DuecourseError
from duecourse.language import LANGUAGES, _
from duecourse.tasks import Name, Text, TextTask, complaints
from grader.assignments import KEY, Assignment

FILE: Final = "rubric.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Comment(_Part):
    """A comment that many answers call for."""

    id: Name
    text: Text
    criterion: Name | None = None
    """The criterion that it belongs to; None: the answer as a whole."""


class Guide(_Part):
    """The marker's own part of one rubric."""

    examples: dict[Name, list[Text]] = {}
    """By criterion: what an answer on each level says, from the lowest level up."""
    comments: tuple[Comment, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Guide":
        ids = [comment.id for comment in self.comments]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"comments {twice} stand twice")
        return self

    def example(self, criterion: str, level: int) -> Text | None:
        """Return what an answer on a level of a criterion says, if there is an example of it."""
        texts = self.examples.get(criterion, [])
        return texts[level] if 0 <= level < len(texts) else None

    def comments_on(self, criterion: str | None) -> list[Comment]:
        """Return the comments on one criterion; None: those on the answer as a whole."""
        return [comment for comment in self.comments if comment.criterion == criterion]


class Guides(_Part):
    """Everything that ``key/rubric.yaml`` holds."""

    tasks: dict[Name, Guide] = Field(default={})


def guides_of(assignment: Assignment) -> Guides:
    """Return the marker's own part of all rubrics of an assignment; an empty one without a file.

    Raises:
        DuecourseError: the file is not as it should be; the message says where.
    """
    file = assignment.folder / KEY / FILE
    if not file.is_file():
        return Guides()
    try:
        data: Any = yaml.safe_load(file.read_text("utf-8-sig"))
        return Guides.model_validate(data if data is not None else {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        text = _("{file} is not readable as YAML: {why}")
        raise DuecourseError(text.format(file=file, why=error)) from error
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, str(file)))) from error


def guide_of(assignment: Assignment, task: str) -> Guide:
    """Return the marker's own part of one rubric; an empty one where nothing is written for it."""
    return guides_of(assignment).tasks.get(task, Guide())


def written_tasks(assignment: Assignment) -> list[TextTask]:
    """Return the tasks of an assignment that a person marks along a rubric, in their order."""
    return [task for task in assignment.tasks if isinstance(task, TextTask)]


def lacking(assignment: Assignment) -> Iterator[tuple[Path, str, str]]:
    """Yield what the rubrics of an assignment lack, each as its file, the place in it, and why.

    A rubric is whole where every criterion and level has a title or text in both languages, every
    level has an example in both, there are comments, and nothing names what does not exist.

    Raises:
        DuecourseError: a file is not readable at all.
    """
    tasks = {task.id: task for task in written_tasks(assignment)}
    own, public = assignment.folder / KEY / FILE, assignment.folder / "tasks.yaml"
    guides = guides_of(assignment).tasks
    for name in sorted(guides.keys() - tasks.keys()):
        yield own, name, _("there is no written task of this name")
    for name, task in tasks.items():
        guide = guides.get(name, Guide())
        for place, text in _public_texts(task):
            yield from _both(public, f"{name}.{place}", text)
        yield from _examples(own, task, guide)
        if not guide.comments:
            yield own, name, _("there is no comment to choose from")
        known = {criterion.id for criterion in task.rubric}
        for comment in guide.comments:
            place = f"{name}.comments.{comment.id}"
            yield from _both(own, place, comment.text)
            if comment.criterion is not None and comment.criterion not in known:
                yield own, place, _("the rubric has no criterion of this name")


def _public_texts(task: TextTask) -> Iterator[tuple[str, Text]]:
    for criterion in task.rubric:
        yield f"rubric.{criterion.id}.title", criterion.title
        for number, level in enumerate(criterion.levels):
            yield f"rubric.{criterion.id}.levels.{number}", level.text


def _examples(file: Path, task: TextTask, guide: Guide) -> Iterator[tuple[Path, str, str]]:
    known = {criterion.id: len(criterion.levels) for criterion in task.rubric}
    for name in sorted(guide.examples.keys() - known.keys()):
        yield file, f"{task.id}.examples.{name}", _("the rubric has no criterion of this name")
    for name, levels in known.items():
        place, texts = f"{task.id}.examples.{name}", guide.examples.get(name, [])
        if len(texts) != levels:
            why = _("there are {found} examples for {levels} levels")
            yield file, place, why.format(found=len(texts), levels=levels)
        for number, text in enumerate(texts):
            yield from _both(file, f"{place}.{number}", text)


def _both(file: Path, place: str, text: Text) -> Iterator[tuple[Path, str, str]]:
    for language in LANGUAGES:
        if not str(text.get(language) or "").strip():
            yield file, place, _("the text in '{language}' is missing").format(language=language)
