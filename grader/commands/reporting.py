"""The command that reports: a thin edge of `grader.reporting`."""

from typing import Annotated

import typer

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.commands.shared import (
    CourseName,
    LanguageName,
    MaybeAssignment,
    example,
    names_of,
    opened,
)

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="report",
    help=example(
        _(
            "Write the report of an assignment: scores, how good the tasks are, mistakes, what each "
            "learner does next.\n\n"
            "One page to be read in any browser, offline, or printed, and the same as tables for a "
            "spreadsheet. Without a name, every released assignment is reported, and the course as "
            "a whole."
        ),
        "report risk-assessment",
        "report --pseudonymous --format html,xlsx",
    ),
)
def report(
    assignment: MaybeAssignment = None,
    pseudonymous: Annotated[
        bool,
        typer.Option(
            "--pseudonymous",
            help=_("Write pseudonyms in place of names, for eyes outside the class."),
        ),
    ] = False,
    formats: Annotated[
        str,
        typer.Option("--format", metavar="LIST", help=_("Any of html, csv and xlsx, with commas.")),
    ] = "html,csv,xlsx",
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Write one report, or all of them and that of the course."""
    with opened(course, language) as chosen:
        from grader.reporting.writing import Format, write, write_course

        asked = [word.strip().lower() for word in formats.split(",") if word.strip()]
        if not asked or (strange := [word for word in asked if word not in tuple(Format)]):
            text = _("--format takes html, csv and xlsx, with commas between them; found: {found}")
            raise typer.BadParameter(text.format(found=", ".join(strange if asked else [formats])))
        wanted = [Format(word) for word in asked]
        if assignment:
            files = iter([write(chosen, assignment, wanted, pseudonymous=pseudonymous)])
        else:
            released = [
                name for name in names_of(chosen) if (chosen.folder / "release" / name).is_dir()
            ]
            if not released:
                raise DuecourseError(_("Nothing is released yet. First: duecourse release"))
            files = write_course(chosen, released, wanted, pseudonymous=pseudonymous)
        for file in files:
            print(_("report: {file}").format(file=file), flush=True)
