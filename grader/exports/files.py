"""Writing the exports of a course: which file holds what, and each of them whole or not at all."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import pandas as pd

from duecourse.errors import DuecourseError
from duecourse.language import _, speaking
from grader.course import Course
from grader.exports import platforms
from grader.exports.sheets import as_csv, as_xlsx
from grader.exports.table import of_assignment, of_course, of_tasks
from grader.results import Results, Status, collect

Format = Literal["csv", "xlsx", "moodle", "canvas"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
FOLDER: Final = "export"
"""Folder of the exports inside a course's folder."""


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        file: the file.
        learners: how many learners stand in it.
        notes: what to know before it is used, in words.
    """

    file: Path
    learners: int
    notes: tuple[str, ...] = ()


def write(
    course: Course, to: str, assignment: str | None = None, file: Path | None = None
) -> Exported:
    """Write the marks of an assignment, or of all that are released, in the course's language.

    Args:
        course: the course; of it only the file is written.
        to: one of `FORMATS`.
        assignment: its name; all released assignments by default.
        file: where to; by default into ``export/`` of the course's folder.

    Raises:
        DuecourseError: there is no such format or assignment, nothing is released, or the file
            cannot be written.
    """
    if to not in FORMATS:
        text = _("There is no format '{name}'. There are: {names}.")
        raise DuecourseError(text.format(name=to, names=", ".join(FORMATS)))
    with speaking(course.language):
        results = [
            collect(course, name) for name in ([assignment] if assignment else released(course))
        ]
        content, notes = _content(course, to, results, whole=assignment is None)
    place = file or course.folder / FOLDER / _name(to, assignment)
    put(place, content)
    everybody = {learner for one in results for learner in one.learners["learner"]}
    return Exported(place, len(everybody), tuple(notes))


def released(course: Course) -> list[str]:
    """Return the names of the assignments that are released in a course.

    Raises:
        DuecourseError: there is none.
    """
    names = [name for name in course.assignments() if (course.folder / "release" / name).is_dir()]
    if not names:
        raise DuecourseError(_("Nothing is released yet. First: duecourse release"))
    return names


def spreadsheet(results: Sequence[Results], ending: str, *, whole: bool) -> bytes:
    """Return the table of one assignment, or of a course, as the bytes of a file.

    Args:
        results: of the assignment, or of each of a course's.
        ending: ``.csv`` or ``.xlsx``.
        whole: whether they are a course: learners by assignments and tasks.
    """
    if ending == ".csv":
        table = of_course(results) if whole else _told(of_assignment(results[0]))
        # The mark at the beginning tells Excel that this is UTF-8.
        return as_csv(table, heads()).encode("utf-8-sig", "replace")
    sheets: dict[str, pd.DataFrame] = (
        {_("Overview"): of_course(results, tasks=False)} if whole else {}
    )
    sheets |= {one.assignment: _told(of_assignment(one)) for one in results}
    sheets[_("Tasks")] = of_tasks(results)
    return as_xlsx(sheets, heads())


def heads() -> Mapping[str, str]:
    """Return what the columns are called in a spreadsheet, in the current language."""
    return {
        "learner": _("learner"),
        "name": _("name"),
        "status": _("status"),
        "handed_in": _("handed in (UTC)"),
        "hours_late": _("hours late"),
        "penalty": _("taken off for lateness"),
        "waiting": _("waiting for a mark by hand"),
        "points": _("total points"),
        "max": _("out of"),
        "noticed": _("noticed"),
        "column": _("column"),
        "assignment": _("assignment"),
        "task": _("task"),
        "title": _("title"),
        "by_hand": _("marked by hand"),
    }


def put(file: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        DuecourseError: it cannot be written; what stood there before stays.
    """
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        text = _("{file} cannot be written: {why}")
        raise DuecourseError(text.format(file=file, why=error.strerror or error)) from error


def _told(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its states in words."""
    said = {
        Status.ON_TIME: _("on time"),
        Status.LATE: _("late"),
        Status.DAMAGED: _("not readable"),
        Status.MISSING: _("missing work"),
        Status.UNGRADED: _("not graded"),
    }
    return table.assign(status=[said[Status(one)] for one in table["status"]])


def _content(
    course: Course, to: str, results: Sequence[Results], *, whole: bool
) -> tuple[bytes, list[str]]:
    if to in {"csv", "xlsx"}:
        return spreadsheet(results, f".{to}", whole=whole), []
    known = platforms.people(course)
    notes = platforms.notes(results, known, to)
    if to == "moodle":
        return platforms.moodle(results, known).encode("utf-8-sig", "replace"), notes
    return platforms.canvas(results, known).encode("utf-8", "replace"), notes


def _name(to: str, assignment: str | None) -> str:
    name = assignment or "course"
    return f"{name}.{to}" if to in {"csv", "xlsx"} else f"{name}-{to}.csv"
