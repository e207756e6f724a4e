"""The instructor's commands of `duecourse`; each is a thin edge of a function that can be imported.

What a command needs is imported when it runs, so that help appears at once.
"""

import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from duecourse.errors import DuecourseError
from duecourse.language import VARIABLE, _, known, speaking

if TYPE_CHECKING:
    from grader.course import Course
    from grader.grading import Graded

T = TypeVar("T")
COURSE: Final = "DUECOURSE_COURSE"

app = typer.Typer(rich_markup_mode=None)


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


@app.command(
    name="workshop",
    help=example(
        _(
            "Build a course with an invented class of 24, grade it, and open JupyterLab.\n\n"
            "Everything lies in course/demonstration (Chinese: course/demonstration-zh) and is "
            "built anew each time; a real class in course/ is not touched."
        ),
        "workshop",
        "workshop --language zh --no-open",
    ),
)
def workshop(
    language: LanguageName = None,
    open_: Annotated[
        bool, typer.Option("--open/--no-open", help=_("Whether to open JupyterLab at the end."))
    ] = True,
) -> None:
    """Build the demonstration course and show it."""
    from datetime import UTC, datetime

    from rich.console import Console

    from grader.course import open_course
    from grader.results import collect
    from grader.workshop import build, class_table, demonstration, lab, what_to_click

    real = open_course(language=language)
    course = demonstration(real.root, real.language)
    with speaking(course.language):
        for _step in _followed(build(course, datetime.now(UTC)), _of_step):
            pass
        console = Console(width=None if sys.stdout.isatty() else 110)
        for name in course.assignments():
            console.print()
            console.print(class_table(collect(course, name)))
        print(f"\n{what_to_click(course)}")
        if open_:
            print(_("JupyterLab is starting; close it with Ctrl-C."), flush=True)
            raise typer.Exit(lab(course))


@app.command(
    name="release",
    help=example(
        _(
            "Build what learners get, in one language, without solutions.\n\n"
            "The result lies in release/ of the course's folder, and with the lessons in learner/: "
            "copy that folder to each learner. Without a name, every assignment is released."
        ),
        "release risk-assessment",
        "release --language zh --course course-zh",
    ),
)
def release(
    assignment: MaybeAssignment = None, course: CourseName = None, language: LanguageName = None
) -> None:
    """Release one assignment or all of them."""
    with _opened(course, language) as chosen:
        from grader.release import lay_out
        from grader.release import release as release_one

        for name in [assignment] if assignment else _all(chosen):
            print(_("released: {folder}").format(folder=release_one(chosen, name)), flush=True)
        learner = chosen.folder / "learner"
        for file in lay_out(chosen, learner):
            print(_("changed by somebody, left as it is: {file}").format(file=file))
        print(_("for learners: {folder}").format(folder=learner))


@app.command(
    name="autograde",
    help=example(
        _(
            "Grade the submissions of an assignment.\n\n"
            "What was graded before and has not changed is passed over. A submission that cannot "
            "be read gets an explained zero, and everybody else is graded."
        ),
        "autograde risk-assessment",
        "autograde risk-assessment --learner li-ming --again",
        "autograde risk-assessment --remark",
    ),
)
def autograde(
    assignment: AssignmentName,
    learner: Learners = None,
    again: Annotated[
        bool, typer.Option("--again", help=_("Execute unchanged submissions too."))
    ] = False,
    remark: Annotated[
        bool,
        typer.Option(
            "--remark", help=_("Apply a changed key to what is graded, executing nothing.")
        ),
    ] = False,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Grade everybody, or some, and say what became of each."""
    if again and remark:
        raise typer.BadParameter(_("--again executes and --remark does not: choose one of them."))
    with _opened(course, language) as chosen:
        from grader.grading import autograde as grade
        from grader.grading import submitted

        total = len(learner or submitted(chosen, assignment))
        stage = _("Grading {name}").format(name=assignment)
        steps = grade(chosen, assignment, learner or (), again=again, remark=remark)

        def place(number: int, done: "Graded") -> tuple[str, str, int, int]:
            return stage, done.learner, number, total

        done = list(_followed(steps, place))
        print(_summary(done))
        failed = [one.learner for one in done if one.state == "failed"]
        if failed:
            words = ["duecourse", "autograde", assignment]
            words += [word for one in failed for word in ("--learner", one)]
            words += [flag for flag, on in (("--again", again), ("--remark", remark)) if on]
            words += ["--course", course] if course else []
            words += ["--language", language] if language else []
            print(_("To repeat only these: {command}").format(command=shlex.join(words)))
            raise typer.Exit(1)


def _summary(done: "list[Graded]") -> str:
    if not done:
        return _("Nothing was handed in yet.")
    lines: list[str] = []
    for state, text in (
        ("graded", _("graded: {count}")),
        ("remarked", _("marked again: {count}")),
        ("unchanged", _("unchanged, passed over: {count}")),
        ("explained", _("zero with a reason: {count}")),
        ("failed", _("not graded: {count}")),
    ):
        ours = [one for one in done if one.state == state]
        if ours:
            lines.append(text.format(count=len(ours)))
            lines += [f"  {one.learner}: {one.reason}" for one in ours if one.reason]
    return "\n".join(lines)


@app.command(
    name="feedback",
    help=example(
        _(
            "Write the feedback pages of graded submissions.\n\n"
            "They say what is right, so they are held back until the due date has passed."
        ),
        "feedback risk-assessment",
        "feedback risk-assessment --learner li-ming --early",
    ),
)
def feedback(
    assignment: AssignmentName,
    learner: Learners = None,
    early: Annotated[
        bool, typer.Option("--early", help=_("Write them before the due date too."))
    ] = False,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Write feedback pages, unless it is too early."""
    with _opened(course, language) as chosen:
        from grader.handback import HandedBack, graded
        from grader.handback import feedback as write

        total = len(learner or graded(chosen, assignment))
        stage = _("Writing the feedback of {name}").format(name=assignment)

        def place(number: int, back: HandedBack) -> tuple[str, str, int, int]:
            return stage, back.learner, number, total

        done = list(_followed(write(chosen, assignment, learner or (), early=early), place))
        pages = sum(len(back.pages) for back in done)
        folder = chosen.folder / "feedback"
        print(_("feedback pages: {count}, in {folder}").format(count=pages, folder=folder))
        lost = [back for back in done if not back.pages]
        for back in lost:
            print(_("no feedback for {learner}: {reason}").format(**vars(back)))
        if lost:
            raise typer.Exit(1)


@app.command(
    name="report",
    help=example(
        _(
            "Write the report of an assignment: scores, difficulty, mistakes, what waits.\n\n"
            "One page to be read in any browser, offline, or printed, and a table for a "
            "spreadsheet beside it. Without a name, every released assignment is reported."
        ),
        "report risk-assessment",
    ),
)
def report(
    assignment: MaybeAssignment = None, course: CourseName = None, language: LanguageName = None
) -> None:
    """Write one report or all of them."""
    with _opened(course, language) as chosen:
        from grader.report import write

        released = [name for name in _all(chosen) if (chosen.folder / "release" / name).is_dir()]
        if not (assignment or released):
            raise DuecourseError(_("Nothing is released yet. First: duecourse release"))
        for name in [assignment] if assignment else released:
            print(_("report: {file}").format(file=write(chosen, name)), flush=True)


@contextmanager
def _opened(course: str | None, language: str | None) -> "Iterator[Course]":
    from grader.course import open_course

    chosen = open_course(name=course, language=language)
    with speaking(chosen.language):
        yield chosen


def _all(course: "Course") -> list[str]:
    names = course.assignments()
    if not names:
        text = _("There is no assignment in {folder}.")
        raise DuecourseError(text.format(folder=course.root / "assignments"))
    return names


def _of_step(_number: int, step: Any) -> tuple[str, str, int, int]:
    return step.stage, step.item, step.number, step.total


def _followed(
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
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[item]}", markup=False),
    )
    bars: dict[str, Any] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for number, step in enumerate(steps, 1):
            stage, item, done, total = place(number, step)
            if stage not in bars:
                bars[stage] = progress.add_task(stage, total=total, item="")
            progress.update(bars[stage], completed=done, item=item if done < total else "")
            yield step
