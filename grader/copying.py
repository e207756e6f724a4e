"""A copy of a course that grading can work in without touching the original."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from shutil import copytree
from typing import Final

from nbgrader.coursedir import CourseDirectory

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.course import CONFIG, Course
from grader.handed_in import folders
from grader.integrity import gradebook_file

_WORK: Final = ("submitted_directory", "autograded_directory", "feedback_directory")
_PLACES: Final = ("source_directory", "release_directory", *_WORK)


def copied(course: Course, assignment: str, learners: Sequence[str], root: Path) -> Course:
    """Copy a course with the work of some learners for one assignment.

    Hidden files beside ``nbgrader_config.py`` and all other submissions stay behind; the gradebook
    is copied whole, even while another program writes to it.

    Args:
        course: the course; it is only read.
        assignment: the assignment's name.
        learners: whose work is copied.
        root: the folder of the copy, which must not exist.

    Raises:
        DuecourseError: the gradebook is no SQLite file, or a copy of the course would still reach
            for the original.
    """
    coursedir = CourseDirectory(config=course.config())
    book = _fit_to_be_copied(coursedir)
    here = course.root.resolve()
    work = [(here / getattr(coursedir, place)).resolve() for place in _WORK]
    kept = [
        folder.resolve()
        for place in _WORK
        for learner, folder in folders(coursedir, getattr(coursedir, place), assignment).items()
        if learner in learners
    ]

    def stays(place: Path) -> bool:
        if any(top in place.parents for top in work):
            return not any(
                place == one or place in one.parents or one in place.parents for one in kept
            )
        hidden = place.name.startswith(".") and place.parent == here
        # its journal too
        ledger = place.name.startswith(book.name) and place.parent == book.parent.resolve()
        return hidden or ledger or place.name == "__pycache__"

    copytree(
        here,
        root,
        symlinks=True,
        ignore=lambda folder, names: {
            name for name in names if stays(Path(folder).resolve() / name)
        },
    )
    copy = root / "gradebook-copied.db"
    with closing(sqlite3.connect(book)) as one, closing(sqlite3.connect(copy)) as other:
        one.backup(other)
    settings = {"root": str(root), "db_url": f"sqlite:///{copy.as_posix()}"}
    with (root / CONFIG).open("a", encoding="utf-8") as config:
        for name, value in settings.items():
            config.write(f"\nget_config().CourseDirectory.{name} = {value!r}\n")
    return Course(root, course.name, course.language)


def _fit_to_be_copied(coursedir: CourseDirectory) -> Path:
    """Return the gradebook's file of a course that can be copied; refuse any other."""
    book = gradebook_file(coursedir.db_url)
    if book is None:
        text = _("A course can be copied if its gradebook is an SQLite file. This one is {kind}.")
        raise DuecourseError(text.format(kind=coursedir.db_url.partition(":")[0]))
    for name in _PLACES:
        if Path(getattr(coursedir, name)).is_absolute():
            text = _(
                "CourseDirectory.{name} in {file} is the absolute path {folder}: a copy of the course "
                "would work in the original. Name it relative to the course's folder."
            )
            folder = getattr(coursedir, name)
            raise DuecourseError(text.format(name=name, file=CONFIG, folder=folder))
    return book
