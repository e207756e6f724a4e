"""What the instructor's commands share: their options, the course, how progress is shown."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from duecourse.errors import DuecourseError
from duecourse.language import VARIABLE, _, known, speaking

if TYPE_CHECKING:
    from grader.course import Course

T = TypeVar("T")
COURSE: Final = "DUECOURSE_COURSE"


def _language(value: str) -> str:
    try:
        return known(value)
    except DuecourseError as error:
        raise typer.BadParameter(str(error)) from error


AssignmentName = Annotated[str, typer.Argument(help=_("Name of the assignment's folder."))]
MaybeAssignment = Annotated[
    str | None, typer.Argument(help=_("Name of the assignment's folder; all by default."))
]
Learners = Annotated[
    list[str] | None,
    typer.Option("--learner", metavar="ID", help=_("Only this learner; may be given repeatedly.")),
]
CourseName = Annotated[
    str | None,
    typer.Option("--course", envvar=COURSE, metavar="FOLDER", help=_("Folder of the course.")),
]
LanguageName = Annotated[
    str | None,
    typer.Option(
        "--language",
        envvar=VARIABLE,
        metavar="en|zh",
        parser=_language,
        help=_("Language of the course."),
    ),
]


def example(text: str, *lines: str) -> str:
    """Return the help of a command: its text, and how it is called."""
    shown = "\n".join(f"  duecourse {line}" for line in lines)
    return text + "\n\n" + _("Example:") + "\n\n\b\n" + shown


@contextmanager
def opened(course: str | None, language: str | None) -> "Iterator[Course]":
    """Open the course that a command names, and speak its language."""
    from grader.course import open_course

    chosen = open_course(name=course, language=language)
    with speaking(chosen.language):
        yield chosen


def names_of(course: "Course") -> list[str]:
    """Return the names of all assignments.

    Raises:
        DuecourseError: there is none.
    """
    names = course.assignments()
    if not names:
        text = _("There is no assignment in {folder}.")
        raise DuecourseError(text.format(folder=course.root / "assignments"))
    return names


def followed(
    steps: Iterable[T], place: Callable[[int, T], tuple[str, str, int, int]]
) -> Iterator[T]:
    """Yield the steps and show how far they are: a bar on a terminal, lines elsewhere.

    Args:
        steps: what is done, one after the other.
        place: from a step and its number to its stage, what was finished, and how much of how much.
    """
    if not sys.stderr.isatty():
        for number, step in enumerate(steps, 1):
            stage, item, done, total = place(number, step)
            if item:
                print(f"{stage} {done}/{total} {item}", flush=True)
            yield step
        return
    from grader.commands.progress import bars

    yield from bars(steps, place)
