"""The command that says what a team still has to learn: a thin edge of `grader.needs`."""

from pathlib import Path
from typing import Annotated

import typer

from duecourse.language import _
from grader.commands.shared import CourseName, LanguageName, Learners, example, opened

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="needs",
    help=example(
        _(
            "Compare what learners have shown with what their role needs.\n\n"
            "Everything that has been graded counts, or only the assignments that you name. The page "
            "and the workbook name, for each learner and the team, the lessons and cases that close "
            "each gap. Few tasks show little: how many a level rests upon is always said."
        ),
        "needs new-collector",
        "needs --team team.csv --assignment diagnosis",
    ),
)
def needs(
    role: Annotated[
        str | None,
        typer.Argument(
            metavar="ROLE",
            help=_(
                "Role of everybody who stands on no list: new-collector, working-collector, "
                "analyst, team-lead."
            ),
        ),
    ] = None,
    team: Annotated[
        Path | None,
        typer.Option(
            "--team",
            metavar="FILE",
            help=_("List with the columns learner and role, as CSV or XLSX."),
        ),
    ] = None,
    assignment: Annotated[
        list[str] | None,
        typer.Option(
            "--assignment",
            metavar="NAME",
            help=_("Only what this assignment shows; may be given repeatedly."),
        ),
    ] = None,
    learner: Learners = None,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Write the report of needs and say where it is."""
    with opened(course, language) as chosen:
        from grader.needs import collect, roles_of, write

        roles = roles_of(team) if team else {}
        found = collect(chosen, role, roles, assignments=assignment or (), learners=learner or ())
        for file in write(chosen, found):
            print(file)
