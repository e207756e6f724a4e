"""The commands that take work in and give work out: thin edges of `grader.collecting`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duecourse.language import _
from grader.commands.shared import CourseName, LanguageName, example, opened

if TYPE_CHECKING:
    from grader.collecting import Collected

app = typer.Typer(rich_markup_mode=None)


@app.command(
    name="collect",
    help=example(
        _(
            "Take in what learners sent: archives, folders, single notebooks.\n\n"
            "Downloads of a learning platform, renamed files and archives within archives are "
            "sorted by learner and assignment into submitted/ of the course. A newer submission "
            "is never overwritten, an older version is kept in earlier/, and what cannot be placed "
            "lies in unplaced/ with its reason. Nothing is lost, and it may be repeated."
        ),
        "collect downloads/submissions.zip",
        "collect mail/ --assignment risk-assessment",
        'collect "work (1).ipynb" --learner li-ming',
    ),
)
def collect(
    source: Annotated[
        Path, typer.Argument(metavar="ZIP|FOLDER", help=_("What came back: a file or a folder."))
    ],
    assignment: Annotated[
        str | None,
        typer.Option(
            "--assignment",
            metavar="NAME",
            help=_("Take only this assignment; it also counts where a file does not say its own."),
        ),
    ] = None,
    learner: Annotated[
        str | None,
        typer.Option(
            "--learner", metavar="ID", help=_("Whose work it is, where nothing in it says so.")
        ),
    ] = None,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Take in one archive, folder or file, and say what became of each piece."""
    with opened(course, language) as chosen:
        from grader.collecting import collect as take_in

        done = take_in(chosen, source, assignment=assignment, learner=learner)
        print("\n".join(_lines(done)))
        if done.unplaced:
            raise typer.Exit(1)


@app.command(
    name="handout",
    help=example(
        _(
            "Pack what a learner needs into one zip archive, in the course's language.\n\n"
            "Lessons, practice cases and the released assignments, the kit's own wheel, start "
            "scripts for Windows, macOS and Linux, and a page that says how to begin. It is looked "
            "through for whatever only an instructor may see before it is written."
        ),
        "handout",
        "handout --course course-zh",
        "handout --wheels downloads/wheels",
    ),
)
def handout(
    wheels: Annotated[
        Path | None,
        typer.Option(
            "--wheels",
            metavar="FOLDER",
            help=_("Wheels that come along, so that learners need no network."),
        ),
    ] = None,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Pack the course for its learners."""
    with opened(course, language) as chosen:
        from grader.handouts.build import handout as pack

        done = pack(chosen, wheels)
        size = f"{done.file.stat().st_size / 1024**2:.1f}"
        print(_("for learners: {file} ({size} MiB)").format(file=done.file, size=size))
        print(_("lessons: {count}").format(count=done.lessons))
        print(_("assignments: {names}").format(names=", ".join(done.assignments)))
        if done.wheels:
            print(_("libraries: {count}").format(count=done.wheels))


def _lines(done: "Collected") -> list[str]:
    lines: list[str] = []
    for state, text in (
        ("new", _("handed in: {count}")),
        ("newer", _("newer than before, put in its place: {count}")),
        ("older", _("older than what is there, kept in earlier/: {count}")),
        ("same", _("there already: {count}")),
    ):
        ours = sorted(
            (one for one in done.placed if one.state == state),
            key=lambda one: (one.learner, one.assignment),
        )
        if ours:
            lines.append(text.format(count=len(ours)))
            if state != "same":
                lines += [f"  {one.learner}: {one.assignment}" for one in ours]
        lines += [f"  {one.learner}: {one.note}" for one in ours if one.note]
    if done.untouched:
        text = _("lessons, and files as they were handed out: {count}")
        lines.append(text.format(count=done.untouched))
    if done.unplaced:
        text = _("not placed, see {folder}: {count}")
        lines.append(text.format(folder=done.folder, count=len(done.unplaced)))
        lines += [f"  {one.name}: {one.reason}" for one in done.unplaced]
    return lines or [_("There is nothing in it.")]
