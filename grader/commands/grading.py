"""The command that grades a class: a thin edge of `grader.grading`."""

import shlex
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from duecourse.language import _
from grader.commands.shared import (
    AssignmentName,
    CourseName,
    LanguageName,
    Learners,
    example,
    followed,
    opened,
)

if TYPE_CHECKING:
    from grader.course import Course
    from grader.grading import Graded

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="autograde",
    help=example(
        _(
            "Grade the submissions of an assignment.\n\n"
            "Several are graded at once, each in isolation: a learner's code sees its own files and "
            "nothing else of this machine. What was graded before and has not changed is passed "
            "over. A submission that cannot be read gets an explained zero, and everybody else is "
            "graded. A run that was broken off can simply be started again."
        ),
        "autograde risk-assessment",
        "autograde risk-assessment --learner li-ming --again",
        "autograde risk-assessment --remark",
        "autograde risk-assessment --cluster tcp://10.0.0.5:8786",
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
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help=_("How many submissions at once; one more than there are cores by default."),
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            "--cluster", metavar="ADDRESS", help=_("Let the workers of a Dask scheduler do it.")
        ),
    ] = None,
    no_isolation: Annotated[
        bool,
        typer.Option(
            "--no-isolation",
            help=_("Let learners' code see and do what you can; for work of people you trust."),
        ),
    ] = False,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare-with-stock",
            help=_("Change nothing; grade two copies, one with nbgrader alone, and compare them."),
        ),
    ] = False,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Grade everybody, or some, and say what became of each."""
    if again and remark:
        raise typer.BadParameter(_("--again executes and --remark does not: choose one of them."))
    if not (remark or cluster or compare):
        from grader.kernels.serving import begin

        begin(isolated=not no_isolation)
    with opened(course, language) as chosen:
        if compare:
            raise typer.Exit(
                _compared(chosen, assignment, learner or [], isolated=not no_isolation)
            )
        from grader.grading import autograde as grade
        from grader.grading import submitted
        from grader.safekeeping import own_backup

        total = len(learner or submitted(chosen, assignment))
        stage = _("Grading {name}").format(name=assignment)
        steps = grade(
            chosen,
            assignment,
            learner or (),
            again=again,
            remark=remark,
            jobs=jobs,
            cluster=cluster,
            isolated=not no_isolation,
        )

        def place(number: int, done: "Graded") -> tuple[str, str, int, int]:
            return stage, done.learner, number, total

        done = list(followed(steps, place))
        print(_summary(done))
        if backup := own_backup(chosen.db_url):
            print(backup)
        failed = [one.learner for one in done if one.state == "failed"]
        if failed:
            words = ["duecourse", "autograde", assignment]
            words += [word for one in failed for word in ("--learner", one)]
            switches = (("--again", again), ("--remark", remark), ("--no-isolation", no_isolation))
            words += [flag for flag, on in switches if on]
            valued = (
                ("--jobs", jobs),
                ("--cluster", cluster),
                ("--course", course),
                ("--language", language),
            )
            words += [word for flag, value in valued if value for word in (flag, str(value))]
            print(_("To repeat only these: {command}").format(command=shlex.join(words)))
            raise typer.Exit(1)


def _compared(course: "Course", assignment: str, learners: list[str], *, isolated: bool) -> int:
    from grader.comparison import compare

    found = compare(course, assignment, learners, isolated=isolated)
    print("\n".join(found.lines()))
    return 0 if found.same else 1


def _summary(done: "list[Graded]") -> str:
    if not done:
        return _("Nothing was handed in yet.")
    counts = Counter[str](one.state for one in done)
    lines: list[str] = []
    for state, text in (
        ("graded", _("graded: {count}")),
        ("remarked", _("marked again: {count}")),
        ("unchanged", _("unchanged, passed over: {count}")),
        ("explained", _("zero with a reason: {count}")),
        ("failed", _("not graded: {count}")),
    ):
        if counts[state]:
            lines.append(text.format(count=counts[state]))
            ours = (one for one in done if one.state == state and one.reason)
            lines += [f"  {one.learner}: {one.reason}" for one in sorted(ours, key=_learner)]
    return "\n".join(lines)


def _learner(one: "Graded") -> str:
    return one.learner
