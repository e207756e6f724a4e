"""The commands about learners' data: thin edges of `exports`, `forgetting` and `similarity`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duecourse.language import _
from grader.commands.shared import (
    AssignmentName,
    CourseName,
    LanguageName,
    MaybeAssignment,
    example,
    opened,
)

if TYPE_CHECKING:
    from grader.course import Course
    from grader.forgetting import Plan

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="export",
    help=example(
        _(
            "Write the marks as a table: for a spreadsheet, for Moodle or for Canvas.\n\n"
            "csv and xlsx have one row a learner and one column a task; moodle and canvas are what "
            "these platforms import, one column an assignment. Without a name, all released "
            "assignments stand side by side. The file holds personal data: give it to nobody who "
            "needs none."
        ),
        "export risk-assessment --to xlsx",
        "export --to moodle",
    ),
)
def export(
    assignment: MaybeAssignment = None,
    to: Annotated[
        str,
        typer.Option("--to", metavar="csv|xlsx|moodle|canvas", help=_("What the file is for.")),
    ] = "csv",
    file: Annotated[
        Path | None,
        typer.Option("--file", help=_("Where to; by default export/ of the course's folder.")),
    ] = None,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Write the marks of one assignment or of the course."""
    with opened(course, language) as chosen:
        from grader.exports import write

        done = write(chosen, to, assignment, file)
        print(_("exported: {file} ({count} learners)").format(file=done.file, count=done.learners))
        for note in done.notes:
            print(f"  {note}")


@app.command(
    name="forget",
    help=example(
        _(
            "Remove a learner from the course: marks, work, lists, reports, backups.\n\n"
            "Without --yes it only says what would happen where. It cannot be taken back. "
            "Afterwards every byte of the course's folder is searched for the id and the name; "
            "exit code 1 says that something is left that a person must look at. A run that was "
            "broken off is started again."
        ),
        "forget li-ming",
        "forget li-ming --yes",
    ),
)
def forget(
    learner: Annotated[str, typer.Argument(help=_("The learner's id."))],
    yes: Annotated[bool, typer.Option("--yes", help=_("Do it."))] = False,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Say what forgetting a learner would do, or do it."""
    with opened(course, language) as chosen:
        from grader.forgetting import forget as do
        from grader.forgetting import plan

        done = (do if yes else plan)(chosen, learner)
        _tell(chosen, done, done=yes)
        if not yes:
            print(
                _("Nothing was changed. To do it: {command}").format(
                    command=_again(learner, course)
                )
            )
        elif done.left:
            print(_("The search still finds them in:"))
            for file in done.left:
                print(f"  {_place(chosen, file)}")
            raise typer.Exit(1)
        else:
            print(_("Searched every file of {folder}: not found.").format(folder=chosen.folder))


def _tell(course: "Course", plan: "Plan", *, done: bool) -> None:
    print(" · ".join((plan.person.id, *plan.person.names)))
    told = (
        ("removed", _("removed:"), _("to be removed:")),
        ("rewritten", _("rewritten without them:"), _("to be rewritten without them:")),
        ("rebuilt", _("removed, to be made anew:"), _("to be removed and made anew:")),
        ("remains", _("left alone:"), _("to be left alone:")),
    )
    for kind, past, future in told:
        steps = [step for step in plan.steps if step.kind == kind]
        if steps:
            print(past if done else future)
        for step in steps:
            detail = f" ({step.detail})" if step.detail else ""
            print(f"  {_place(course, step.place)}{detail}")
    if plan.namesakes:
        count = len(plan.namesakes)
        print(_("The same name stands in {count} of the course's own texts.").format(count=count))
    for note in plan.notes:
        print(note)


def _place(course: "Course", place: Path | str) -> str:
    if isinstance(place, Path) and place.is_relative_to(course.root):
        return place.relative_to(course.root).as_posix()
    return str(place)


def _again(learner: str, course: str | None) -> str:
    import shlex

    more = ["--course", course] if course else []
    return shlex.join(["duecourse", "forget", learner, *more, "--yes"])


@app.command(
    name="similarity",
    help=example(
        _(
            "Show whose work is worth a look, and what speaks against it.\n\n"
            "Identical wrong answers beyond chance, answers from another learner's world, the same "
            "log twice, choices faster than reading. None of it is a verdict, none of it changes a "
            "mark: read the work, and talk with the people."
        ),
        "similarity risk-assessment",
    ),
)
def similarity(
    assignment: AssignmentName, course: CourseName = None, language: LanguageName = None
) -> None:
    """Show what is worth a look in an assignment."""
    with opened(course, language) as chosen:
        from grader.similarity import look

        found = look(chosen, assignment)
        names = dict(
            zip(found.results.learners["learner"], found.results.learners["name"], strict=True)
        )
        for remark in found.remarks:
            print(" – ".join(f"{names[one]} ({one})" for one in remark.learners))
            print(f"  {remark.seen}")
            print("  " + _("Against it: {text}").format(text=remark.against))
        pairs = found.pairs.attrs["pairs"]
        print(
            _("Worth a look: {count}. Pairs compared: {pairs}.").format(
                count=len(found.remarks), pairs=pairs
            )
        )
        if found.remarks:
            print(
                _(
                    "These are things to look at, and no verdicts. Read the work, and talk with the people."
                )
            )
