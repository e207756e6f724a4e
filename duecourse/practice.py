"""Questions to try things out on inside a lesson: checked at once, never graded.

The questions of a lesson lie beside it in ``<lesson>.practice.yaml``. Each has the form of a task
(see `duecourse.tasks`), hints, and a solution in Python. The solution is shown to whoever asks for
it, and running it yields the expected answer, so that no expected value is written a second time.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from duecourse.agreement import Part, agree
from duecourse.answers import read
from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.tasks import Task, Text, complaints, did_you_mean

FILES: Final = "*.practice.yaml"
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
    """Everything that one ``*.practice.yaml`` holds."""

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


def questions(folder: Path) -> dict[str, "Practice"]:
    """Return the questions of all lessons in ``folder`` by their ids.

    Raises:
        DuecourseError: a file is not allowed as it is, or an id stands in two places.
    """
    found: dict[str, Practice] = {}
    for file in sorted(folder.glob(FILES)):
        for question in _lesson(file, file.stat().st_mtime_ns).questions:
            name = question.task.id
            if name in found:
                raise DuecourseError(
                    f"The question '{name}' stands twice: in {found[name].file} and in {file}. "
                    "Give one of them another id."
                )
            found[name] = Practice(question, file)
    return found


def practice(question: str) -> "Practice":
    """Return a question of the lesson in the current folder.

    Args:
        question: the id of the question.

    Raises:
        DuecourseError: there is no such question, or none at all in this folder.
    """
    known = questions(Path.cwd())
    if not known:
        raise DuecourseError(
            f"There is no {FILES} in {Path.cwd()}. Open the lesson from the folder it lies in."
        )
    if question not in known:
        raise DuecourseError(
            f"There is no question '{question}' in {Path.cwd()}."
            + did_you_mean(question, list(known))
        )
    return known[question]


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


_hints_given: dict[str, int] = {}


class Practice:
    """A question to try. In a notebook: `check` an answer, ask for a `hint`, see a `solution`."""

    def __init__(self, question: Question, file: Path) -> None:
        self.question = question
        self.file = file

    @property
    def id(self) -> str:
        """The question's id."""
        return self.question.task.id

    def __repr__(self) -> str:
        return _as_text(*self._invitation())

    def _repr_html_(self) -> str:
        return _as_html(*self._invitation(), "open")

    def check(self, answer: Any = None) -> None:
        """Say whether the answer is right, partly right or not yet, and how to go on.

        Args:
            answer: the answer; None means that there is none yet.
        """
        outcome = self.judge(answer)
        match outcome:
            case NotAttempted():
                _say(*self._invitation(), "open")
            case Unreadable(problems):
                title = _("Nearly there: this answer cannot be read yet.")
                _say(title, [*problems, self._help()], "form")
            case Judged(right=True):
                note = self.question.note
                _say(_("Right: {title}").format(title=self._title), [pick(note or "")], "right")
            case Judged(share, parts, mistake):
                title = _("Not yet, and this is the place to try things out.")
                if share > 0:
                    title = _("Partly right: you are on the way.")
                said = [pick({"en": mistake.en, "zh": mistake.zh})] if mistake else []
                said += [f"{part.name}: {part.note}" for part in parts]
                if share > 0 and not parts and not mistake:
                    said.append(_("Very close. Look at the rounding."))
                _say(title, [*said, self._help()], "part" if share > 0 else "not yet")

    def hint(self) -> None:
        """Show the next hint; after the last one they begin again."""
        hints, given = self.question.hints, _hints_given.get(self.id, 0)
        number = given % len(hints)
        _hints_given[self.id] = given + 1
        title = _("Hint {number} of {all}: {title}").format(
            number=number + 1, all=len(hints), title=self._title
        )
        _say(title, [pick(hints[number])], "hint")

    def solution(self) -> None:
        """Show one way to the answer."""
        title = _("One way to do it: {title}").format(title=self._title)
        _say(title, [], "hint", code=self.question.solution.rstrip())

    def judge(self, answer: Any) -> Outcome:
        """Compare an answer with that of the solution, without showing anything."""
        if answer is None:
            return NotAttempted()
        given = read(self.question.task, answer, self.file.parent)
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
        found = read(self.question.task, names[NAME], self.file.parent)
        if found.problems:
            raise DuecourseError(f"{place}: {'; '.join(found.problems)}")
        return found.value

    @property
    def _title(self) -> str:
        return pick(self.question.task.title)

    def _invitation(self) -> tuple[str, list[str]]:
        title = _("Your turn: {title}").format(title=self._title)
        first = _("Put your answer in place of `None` and run the cell again.")
        return title, [f"{first} {self._help()}"]

    def _help(self) -> str:
        text = _("A hint: `{hint}`. One way to do it: `{solution}`.")
        call = f'practice("{self.id}")'
        return text.format(hint=f"{call}.hint()", solution=f"{call}.solution()")


_COLOURS: Final = {
    "open": "#6b7280",
    "form": "#b45309",
    "part": "#b45309",
    "not yet": "#b45309",
    "hint": "#2563eb",
    "right": "#0f766e",
}


def _say(title: str, lines: Iterable[str], state: str, code: str = "") -> None:
    from IPython.display import publish_display_data

    lines = [line for line in lines if line]
    publish_display_data(
        {
            "text/plain": _as_text(title, lines) + (f"\n\n{code}" if code else ""),
            "text/html": _as_html(title, lines, state, code),
        }
    )


def _as_text(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *lines])


def _as_html(title: str, lines: Iterable[str], state: str, code: str = "") -> str:
    said = "".join(f'<div style="margin-top:.2em">{_marked(line)}</div>' for line in lines)
    block = f'<pre style="margin:.5em 0 0"><code>{html.escape(code)}</code></pre>' if code else ""
    return (
        f'<div role="status" style="border-left:4px solid {_COLOURS[state]};'
        'padding:.3em .8em;line-height:1.5">'
        f"<strong>{html.escape(title)}</strong>{said}{block}</div>"
    )


def _marked(line: str) -> str:
    pieces = html.escape(line).split("`")
    return "".join(
        f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces)
    )
