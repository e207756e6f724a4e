"""The command of the evaluation: a thin edge of `grader.evaluation`."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from duecourse.language import _
from grader.commands.shared import CourseName, LanguageName, example, opened

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="evaluate",
    help=example(
        _(
            "Say what the training has changed, on Kirkpatrick's four levels.\n\n"
            "1 survey, 2 the diagnosis before and after, 3 audited contacts, 4 business figures. A "
            "level without data is named as such. Writes one page and a workbook into evaluation/ "
            "of the course. Call it once with --keep-start when the first diagnosis is graded."
        ),
        "evaluate --keep-start",
        "evaluate --trained 2026-03-01 --contacts log.csv --figures figures.csv --survey survey.csv",
    ),
)
def evaluate(
    keep_start: Annotated[
        bool,
        typer.Option(
            "--keep-start", help=_("Keep the diagnosis as it is graded now, as the start.")
        ),
    ] = False,
    trained: Annotated[
        str | None,
        typer.Option(
            "--trained", metavar="DATE", help=_("First day after the training; for levels 3 and 4.")
        ),
    ] = None,
    contacts: Annotated[
        Path | None,
        typer.Option("--contacts", metavar="FILE", help=_("Contact log (CSV) to be audited.")),
    ] = None,
    figures: Annotated[
        Path | None,
        typer.Option("--figures", metavar="FILE", help=_("Business figures by month (CSV).")),
    ] = None,
    survey: Annotated[
        Path | None,
        typer.Option("--survey", metavar="FILE", help=_("Answers to the survey (CSV).")),
    ] = None,
    diagnosis: Annotated[
        str, typer.Option("--diagnosis", metavar="NAME", help=_("Assignment taken twice."))
    ] = "diagnosis",
    jurisdiction: Annotated[
        str,
        typer.Option("--jurisdiction", metavar="CN|US|UK", help=_("Whose rules are audited.")),
    ] = "CN",
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Keep the start, or write the evaluation."""
    with opened(course, language) as chosen:
        if keep_start:
            from grader.evaluation.learning import keep_start as keep

            count, file = keep(chosen, diagnosis)
            text = _("kept as the start: {count} learners, in {file}")
            print(text.format(count=count, file=file))
            return
        from grader.evaluation.page import write
        from grader.evaluation.sources import Sources

        sources = Sources(
            trained=_day(trained) if trained else None,
            contacts=contacts,
            figures=figures,
            survey=survey,
            diagnosis=diagnosis,
            jurisdiction=jurisdiction,
        )
        page, book = write(chosen, sources, datetime.now().astimezone())
        print(_("evaluation: {file}").format(file=page))
        print(_("the same as a workbook: {file}").format(file=book))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = _("'{text}' is no day. Write it as 2026-12-31.")
        raise typer.BadParameter(message.format(text=text)) from error
