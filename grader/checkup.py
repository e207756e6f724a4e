"""What `duecourse doctor` looks at where somebody grades: the gradebook, and how safe it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine, text

from duecourse.checkup import Check
from duecourse.language import _
from grader.course import open_course
from grader.integrity import begun, gradebook_file, integrity
from grader.kernels.jail import missing
from grader.safekeeping import BACKUPS, UNFINISHED, OtherRun, backups, own_backup, sole_run

STOCK: Final = ("gradebook.db", "submitted", "autograded")
"""What nbgrader keeps of a course in its root, unless its configuration names other places."""
LEFT: Final = (UNFINISHED, ".old")
"""What the names of files and folders end with that a run removes before it ends."""


def checks(root: Path) -> list[Check]:
    """Return what there is to say about grading in a course.

    Args:
        root: the course root, the folder of ``nbgrader_config.py``.
    """
    try:
        course = open_course(root)
        # Reading the configuration makes the course's folder, and a doctor only looks.
        if not any(place.exists() for place in (course.folder, *(root / one for one in STOCK))):
            return [isolation()]
        coursedir = CourseDirectory(config=course.config())
    except Exception as error:  # noqa: BLE001  # a configuration is a program: it raises anything
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        advice = _("Mend nbgrader_config.py, or what it imports.")
        return [Check(_("Gradebook"), False, reason, advice), isolation()]
    file = gradebook_file(coursedir.db_url)
    folder = file.parent if file else course.folder
    return [
        *gradebook(coursedir.db_url, folder),
        *unfinished(coursedir, folder),
        isolation(),
    ]


def gradebook(db_url: str, folder: Path) -> Iterator[Check]:
    """Check that the gradebook is sound, and look for its backups; without one there is no check.

    Args:
        db_url: the gradebook, as SQLAlchemy names it.
        folder: where its backups lie.
    """
    file = gradebook_file(db_url)
    kept = backups(folder)
    if problems := integrity(db_url):
        advice = own_backup(db_url)
        if file is not None:
            advice = _("Put a backup in the place of {file}, or move it away and grade again.")
        if kept:
            advice = _("Put a backup in the place of {file}; the newest is {backup}.")
        backup = kept[-1] if kept else ""
        advice = advice.format(file=file, backup=backup)
        yield Check(_("Gradebook"), False, "; ".join(problems), advice)
        return
    if not begun(db_url):
        return
    yield Check(_("Gradebook"), True, _("{number} submissions").format(number=_graded(db_url)))
    if file is None:
        yield Check(_("Backups"), None, _("not made here"), own_backup(db_url))
    elif kept:
        found = _("{number}, the newest is {backup}")
        yield Check(_("Backups"), True, found.format(number=len(kept), backup=kept[-1].name))
    else:
        yield Check(_("Backups"), True, _("none yet; 'duecourse autograde' makes them"))


def _graded(db_url: str) -> int:
    engine = create_engine(db_url)
    try:
        with engine.connect() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM submitted_assignment")) or 0)
    finally:
        engine.dispose()


def unfinished(coursedir: CourseDirectory, folder: Path) -> Iterator[Check]:
    """Look for what a run left behind that did not come to its end, unless one is going on.

    Args:
        coursedir: nbgrader's folders of the course.
        folder: where the gradebook and its backups lie.
    """
    pattern = coursedir.format_path(coursedir.autograded_directory, "*", ".*")
    graded = Path(coursedir.root).glob(str(Path(pattern).relative_to(coursedir.root)))
    left = [one for one in graded if one.suffix in LEFT]
    left += (folder / BACKUPS).glob(f"*{UNFINISHED}")
    left += folder.glob("gradebook.db-journal")
    if not left:
        return
    name = _("Unfinished run")
    try:
        with sole_run(folder):
            pass
    except OtherRun as other:
        yield Check(name, True, str(other))
        return
    found = ", ".join(sorted(str(one.relative_to(coursedir.root)) for one in left))
    advice = _("Run 'duecourse autograde' again: it goes on where the last run was broken off.")
    yield Check(name, None, found, advice)


def isolation() -> Check:
    """Say whether learners' code can be kept apart while it is graded."""
    if why := missing():
        advice = _(
            "Without it 'duecourse autograde' refuses to grade, unless --no-isolation is given."
        )
        return Check(_("Isolation"), None, why, advice)
    return Check(_("Isolation"), True, _("learners' code is kept apart by bubblewrap"))
