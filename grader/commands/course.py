"""The instructor's commands of `duecourse`; each is a thin edge of a function that can be imported.

What a command needs is imported when it runs, so that help appears at once.
"""

import sys
from typing import Annotated, Any

import typer

from duecourse.language import _, speaking
from grader.commands.shared import (
    AssignmentName,
    CourseName,
    LanguageName,
    Learners,
    MaybeAssignment,
    example,
    followed,
    names_of,
    opened,
)

app = typer.Typer(rich_markup_mode=None)


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
    from grader.kernels.jail import missing
    from grader.results import collect
    from grader.workshop import build, class_table, demonstration, lab, what_to_click

    real = open_course(language=language)
    course = demonstration(real.root, real.language)
    with speaking(course.language):
        if why := missing():
            print(_("The invented class is graded without isolation: {why}").format(why=why))
        steps = build(course, datetime.now(UTC), isolated=not why)
        for _step in followed(steps, _of_step):
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
    with opened(course, language) as chosen:
        from grader.release import lay_out
        from grader.release import release as release_one

        for name in [assignment] if assignment else names_of(chosen):
            print(_("released: {folder}").format(folder=release_one(chosen, name)), flush=True)
        learner = chosen.folder / "learner"
        for file in lay_out(chosen, learner):
            print(_("changed by somebody, left as it is: {file}").format(file=file))
        print(_("for learners: {folder}").format(folder=learner))


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
    with opened(course, language) as chosen:
        from grader.handback import HandedBack, graded
        from grader.handback import feedback as write

        total = len(learner or graded(chosen, assignment))
        stage = _("Writing the feedback of {name}").format(name=assignment)

        def place(number: int, back: HandedBack) -> tuple[str, str, int, int]:
            return stage, back.learner, number, total

        done = list(followed(write(chosen, assignment, learner or (), early=early), place))
        pages = sum(len(back.pages) for back in done)
        folder = chosen.folder / "feedback"
        print(_("feedback pages: {count}, in {folder}").format(count=pages, folder=folder))
        lost = [back for back in done if not back.pages]
        for back in lost:
            print(_("no feedback for {learner}: {reason}").format(**vars(back)))
        if lost:
            raise typer.Exit(1)


def _of_step(_number: int, step: Any) -> tuple[str, str, int, int]:
    return step.stage, step.item, step.number, step.total
