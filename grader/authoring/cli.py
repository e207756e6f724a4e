"""The author's commands of `duecourse`; each is a thin edge of a function that can be imported."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from duecourse.language import _
from grader.commands.shared import example

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="lint",
    help=example(
        _(
            "Check cases, lessons and assignments and say what to mend.\n\n"
            "Every finding has a code, which docs/authoring.md explains. Ends with exit code 1 when "
            "something must be mended."
        ),
        "lint",
        "lint plan-that-fits 04-promises-and-plans risk-assessment",
    ),
)
def lint(
    names: Annotated[
        list[str] | None,
        typer.Argument(help=_("Names or paths of what to check; everything by default.")),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help=_("Let warnings fail too."))] = False,
) -> None:
    """Check content."""
    from grader.authoring.lint import lint as check
    from grader.course import open_course

    root = open_course().root
    findings = check(root, names or ())
    for finding in findings:
        where = (
            finding.file.relative_to(root) if finding.file.is_relative_to(root) else finding.file
        )
        place = f": {finding.place}" if finding.place else ""
        level = _("error") if finding.error else _("warning")
        print(f"{finding.code} {level} {where}{place}: {finding.text}\n    {finding.mend}")
    errors = sum(finding.error for finding in findings)
    text = _("{errors} to mend, {warnings} to consider")
    print(text.format(errors=errors, warnings=len(findings) - errors), file=sys.stderr)
    raise typer.Exit(int(bool(errors or (strict and findings))))


@app.command(
    name="schema",
    help=example(
        _(
            "Write the JSON schemas of case.yaml and key.yaml, by which editors complete and check "
            "them."
        ),
        "schema case_studies",
    ),
)
def schema(
    folder: Annotated[
        Path, typer.Argument(help=_("Folder that the two files are written to."))
    ] = Path("case_studies"),
) -> None:
    """Write the schemas."""
    from grader.authoring.schema import write_schemas

    for file in write_schemas(folder):
        print(file)


new = typer.Typer(
    name="new",
    rich_markup_mode=None,
    no_args_is_help=True,
    help=example(
        _("Start a case, a lesson or an assignment that passes every check at once."),
        "new case returned-debit",
    ),
)
app.add_typer(new)

Name = Annotated[
    str, typer.Argument(help=_("Name of its folder or file: lower-case letters, digits, hyphens."))
]
FromCase = Annotated[
    str | None, typer.Option("--case", metavar="SLUG", help=_("Make it from this case."))
]


@new.command(
    name="case",
    help=example(
        _("Start a case: facts, conversation, call and key, with comments, to write over."),
        "new case returned-debit",
        "new case lost-letter --failure",
    ),
)
def case(
    name: Name,
    failure: Annotated[
        bool, typer.Option("--failure", help=_("It tells of a collection that went badly."))
    ] = False,
) -> None:
    """Start a case."""
    from grader.authoring.new import new_case
    from grader.course import open_course

    _started(new_case(open_course().root, name, failure=failure))


@new.command(
    name="lesson",
    help=example(
        _(
            "Start a lesson with its practice questions and its row on the map of the course.\n\n"
            "From a practice case it takes the file to read, the questions, the conversations to "
            "code and the calls to play."
        ),
        "new lesson a-returned-debit --case returned-debit",
    ),
)
def lesson(name: Name, case: FromCase = None) -> None:
    """Start a lesson."""
    from grader.authoring.new_lesson import new_lesson
    from grader.course import open_course

    _started(new_lesson(open_course().root, name, case))


@new.command(
    name="assignment",
    help=example(
        _(
            "Start an assignment: the solved notebook, its tasks, its row on the map of the course."
            "\n\nFrom a case it takes tasks whose solutions stand in the case's key."
        ),
        "new assignment debit-exam --case returned-debit",
    ),
)
def assignment(name: Name, case: FromCase = None) -> None:
    """Start an assignment."""
    from grader.authoring.new_assignment import new_assignment
    from grader.course import open_course

    _started(new_assignment(open_course().root, name, case))


def _started(path: Path) -> None:
    print(path)
    print(_("Check it while you write: duecourse lint {name}").format(name=path.stem))
