"""Practice questions as data: ``practice/<lesson>.yaml``, checked on load, and how to judge one.

Each question has the form of a task (see `duecourse.tasks`), hints, and a solution in Python. The
solution is shown to whoever asks for it, and running it yields the expected answer, so that no
expected value is written a second time.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from duecourse.agreement import Part, agree
from duecourse.answers import read
from duecourse.errors import DuecourseError
from duecourse.tasks import Task, Text, complaints

FILES: Final = "practice/*.yaml"
NAME: Final = "answer"
"""What a solution calls its result."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mistake(_Part):
    """A classic wrong answer, computed by its code, and a kind word about it."""

    code: str
    en: str
    zh: str


class Question(_Part):
    """One question: the form of its answer, hints, a solution, classic mistakes."""

    task: Task
    hints: Annotated[list[Text], Field(min_length=1)]
    solution: str
    """Python that assigns the expected answer to `answer`."""
    note: Text | None = None
    """What a right answer means; said when the answer is right."""
    mistakes: list[Mistake] = []

    @model_validator(mode="before")
    @classmethod
    def _own_fields_stand_beside_those_of_the_task(cls, found: Any) -> Any:
        if not isinstance(found, dict) or "task" in found:
            return found
        own = {name: found[name] for name in cls.model_fields if name in found}
        return {**own, "task": {name: found[name] for name in found if name not in own}}

    @model_validator(mode="after")
    def _its_answer_can_be_compared(self) -> "Question":
        if self.task.kind == "text":
            raise ValueError("a written text cannot be compared with a solution")
        return self


class Lesson(_Part):
    """Everything that file of practice questions holds."""

    setup: str = ""
    """Python that runs before every solution, as the lesson's own first cells do."""
    questions: Annotated[list[Question], Field(min_length=1)]


@dataclass(frozen=True)
class NotAttempted:
    """There is no answer yet."""


@dataclass(frozen=True)
class Unreadable:
    """The answer has not the form that is asked for."""

    problems: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """The answer was compared with the solution's: how much is right, and of which parts."""

    share: float
    parts: tuple[Part, ...] = ()
    mistake: Mistake | None = None

    @property
    def right(self) -> bool:
        """Whether everything is right."""
        return self.share >= 1 - 1e-9


Outcome = NotAttempted | Unreadable | Judged


def load(file: Path) -> Lesson:
    """Read the questions of one lesson.

    Raises:
        DuecourseError: something in the file is not allowed; the message names the place in it,
            what was found and what is allowed.
    """
    try:
        return Lesson.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise DuecourseError(f"{file} is not readable as YAML: {error}") from error
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, str(file)))) from error


@dataclass(frozen=True)
class Asked:
    """A question and the file that asks it."""

    question: Question
    file: Path

    @property
    def id(self) -> str:
        """The question's id."""
        return self.question.task.id

    def judge(self, answer: Any) -> Outcome:
        """Compare an answer with that of the solution, without showing anything."""
        if answer is None:
            return NotAttempted()
        given = read(self.question.task, answer, self.file.parents[1])
        if given.problems or given.value is None:
            return Unreadable(given.problems)
        agreed = agree(self.question.task, given.value, self.value(self.question.solution))
        if agreed.whole:
            return Judged(1.0)
        for mistake in self.question.mistakes:
            if agree(self.question.task, given.value, self.value(mistake.code)).whole:
                return Judged(agreed.share, agreed.parts, mistake)
        return Judged(agreed.share, agreed.parts)

    def value(self, code: str) -> Any:
        """Run code of this question and return the answer it comes to, as plain JSON.

        Raises:
            DuecourseError: the code raises, makes no `answer`, or one of the wrong form.
        """
        place = f"{self.file}: {self.id}"
        names = _run(code, _surroundings(self.file, self.file.stat().st_mtime_ns), place)
        if NAME not in names:
            raise DuecourseError(f"{place}: the code assigns nothing to `{NAME}`.")
        found = read(self.question.task, names[NAME], self.file.parents[1])
        if found.problems:
            raise DuecourseError(f"{place}: {'; '.join(found.problems)}")
        return found.value


def find(folder: Path) -> dict[str, "Asked"]:
    """Return the questions of all lessons in ``folder`` by their ids.

    Raises:
        DuecourseError: a file is not allowed as it is, or an id stands in two places.
    """
    found: dict[str, Asked] = {}
    for file in sorted(folder.glob(FILES)):
        for question in _lesson(file, file.stat().st_mtime_ns).questions:
            name = question.task.id
            if name in found:
                raise DuecourseError(
                    f"The question '{name}' stands twice: in {found[name].file} and in {file}. "
                    "Give one of them another id."
                )
            found[name] = Asked(question, file)
    return found


@cache
def _lesson(file: Path, _changed: int) -> Lesson:
    return load(file)


@cache
def _surroundings(file: Path, changed: int) -> dict[str, Any]:
    return _run(_lesson(file, changed).setup, {}, f"{file}: setup")


def _run(code: str, names: dict[str, Any], place: str) -> dict[str, Any]:
    names = dict(names)
    try:
        exec(compile(code, place, "exec"), names)  # noqa: S102  # the lesson's own code
    except Exception as error:
        raise DuecourseError(f"{place} raised {type(error).__name__}: {error}") from error
    return names
