"""The command that marks written answers: a thin edge of `grader.rubrics`."""

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.commands.shared import AssignmentName, CourseName, LanguageName, example, opened

if TYPE_CHECKING:
    from grader.rubrics.session import Session

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="rubric",
    help=example(
        _(
            "Mark the written answers of a task along its rubric, one answer after the other.\n\n"
            "Answers come without names and in an order of their own. Everything is done with "
            "keys; every mark is kept at once, so you can stop at any moment and go on later. "
            "Points and comments go into the gradebook. A second marker sees what somebody else "
            "has marked, but not how; --agreement compares the two, and --moderate settles where "
            "they differ."
        ),
        "rubric account-ageing",
        "rubric case-failure --task lawful-notice --marker wang-li",
        "rubric account-ageing --marker chen --second",
        "rubric account-ageing --agreement",
    ),
)
def rubric(
    assignment: AssignmentName,
    task: Annotated[
        str | None,
        typer.Option("--task", metavar="ID", help=_("The task; needed where there are several.")),
    ] = None,
    marker: Annotated[
        str | None,
        typer.Option(
            "--marker", metavar="NAME", help=_("Who marks; your name on this machine by default.")
        ),
    ] = None,
    second: Annotated[
        bool, typer.Option("--second", help=_("Mark what another marker has marked already."))
    ] = False,
    moderate: Annotated[
        bool, typer.Option("--moderate", help=_("Settle where two markers differ."))
    ] = False,
    agreement: Annotated[
        bool,
        typer.Option("--agreement", help=_("Show how far two markers agree, and mark nothing.")),
    ] = False,
    settle: Annotated[
        bool,
        typer.Option(
            "--settle", help=_("Only bring the gradebook to what was marked, after grading again.")
        ),
    ] = False,
    notebook: Annotated[
        bool,
        typer.Option(
            "--notebook", help=_("Write a notebook to mark in, instead of this terminal.")
        ),
    ] = False,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Mark, compare, or settle."""
    if sum((second, moderate, agreement, settle)) > 1:
        text = _("--second, --moderate, --agreement and --settle exclude each other.")
        raise typer.BadParameter(text)
    with opened(course, language) as chosen:
        from grader.rubrics.log import Role
        from grader.rubrics.session import opened as session_of

        role = Role.SECOND if second else Role.MODERATOR if moderate else Role.FIRST
        session = session_of(chosen, assignment, task, marker or _myself(), role)
        for line in session.warnings():
            print(line)
        if agreement:
            _compare(session)
        elif settle:
            _settle(session)
        elif notebook:
            from grader.rubrics.notebooks import write

            print(_("To mark in JupyterLab, open: {file}").format(file=write(session)))
        else:
            _mark(session)


def _mark(session: "Session") -> None:
    if not session.marking.queue():
        _settle(session)
        print(session.nothing_to_mark())
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise DuecourseError(
            _("Marking needs a terminal with a keyboard; or write a notebook: --notebook")
        )
    from grader.rubrics.terminal import run

    run(session)
    print(session.summary())


def _settle(session: "Session") -> None:
    session.settle()
    print(session.summary())


def _compare(session: "Session") -> None:
    from rich.console import Console

    from grader.rubrics.screen import comparison

    console = Console(width=None if sys.stdout.isatty() else 110)
    for part in comparison(session.marking):
        console.print(part)


def _myself() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        # A container may run under a number that has no name.
        raise DuecourseError(_("Say who marks: --marker NAME")) from error
