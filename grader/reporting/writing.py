"""Writing reports into the course's folder, each file as a whole."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from duecourse.language import speaking
from grader.course import Course
from grader.reporting import overview
from grader.reporting.evidence import Evidence, gather
from grader.reporting.files import write_csv, write_xlsx
from grader.reporting.page import render
from grader.reporting.pseudonyms import secret, without_names
from grader.reporting.tables import LEARNERS, named, tables

FOLDER: Final = "report"
"""Folder of the reports inside a course's folder."""
COURSE: Final = "index"
"""What the report of the whole course is called."""
_UNNAMED: Final = "-pseudonymous"


class Format(StrEnum):
    """What a report is written as."""

    HTML = "html"
    CSV = "csv"
    XLSX = "xlsx"


def write(
    course: Course,
    assignment: str,
    formats: Collection[Format] = tuple(Format),
    *,
    pseudonymous: bool = False,
) -> Path:
    """Write the report of an assignment, in the course's language.

    Args:
        course: the course.
        assignment: the assignment's name.
        formats: as what it is written.
        pseudonymous: whether learners bear pseudonyms; the files' names then say so.

    Returns:
        The page, or the first table where no page is asked for. The tables bear the page's name.

    Raises:
        DuecourseError: there is no such assignment, or it was not released in this course.
    """
    with speaking(course.language):
        evidence = known(course, assignment, pseudonymous=pseudonymous)
        return write_known(course, evidence, formats, pseudonymous=pseudonymous)


def write_course(
    course: Course,
    assignments: Iterable[str],
    formats: Collection[Format] = tuple(Format),
    *,
    pseudonymous: bool = False,
) -> Iterator[Path]:
    """Write the reports of several assignments, and one of all of them together.

    Yields:
        The page of each assignment when it is written, and that of the course at last; or the first
        table of each where no page is asked for.

    Raises:
        DuecourseError: as `write`.
    """
    parts = []
    for name in assignments:
        with speaking(course.language):
            parts.append(known(course, name, pseudonymous=pseudonymous))
            file = write_known(course, parts[-1], formats, pseudonymous=pseudonymous)
        yield file
    whole = overview.Overview(parts)

    def page(files: tuple[str, ...]) -> str:
        now = datetime.now(UTC)
        return overview.render(whole, course.name, now, files=files, pseudonymous=pseudonymous)

    with speaking(course.language):
        found = overview.tables(whole)
        file = put(course, COURSE, found, page, formats, pseudonymous=pseudonymous)
    yield file


def known(course: Course, assignment: str, *, pseudonymous: bool = False) -> Evidence:
    """Return what is known of an assignment, in the current language, with names or pseudonyms."""
    evidence = gather(course, assignment)
    return without_names(evidence, secret(course)) if pseudonymous else evidence


def write_known(
    course: Course,
    evidence: Evidence,
    formats: Collection[Format] = tuple(Format),
    *,
    pseudonymous: bool = False,
) -> Path:
    """Write the report of what is known of an assignment; see `write`."""
    name = evidence.assignment.name

    def page(files: tuple[str, ...]) -> str:
        now = datetime.now(UTC)
        return render(evidence, course.name, now, files=files, pseudonymous=pseudonymous)

    return put(course, name, tables(evidence), page, formats, pseudonymous=pseudonymous)


def put(
    course: Course,
    name: str,
    found: Mapping[str, pd.DataFrame],
    page: Callable[[tuple[str, ...]], str],
    formats: Collection[Format],
    *,
    pseudonymous: bool,
) -> Path:
    """Write a page and tables under one name.

    Args:
        course: the course; the files go into its folder ``report/``.
        name: what the files are called.
        found: the tables by name; that of the learners bears the files' name alone.
        page: from the names of the tables' files to the page.
        formats: as what it is written.
        pseudonymous: whether the files' names say that there are pseudonyms.

    Returns:
        The page, or the first table where no page is asked for.
    """
    folder = course.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    stem = name + (_UNNAMED if pseudonymous else "")
    files: list[Path] = []
    if Format.XLSX in formats:
        sheets = [(title, table) for _name, title, table in named(found)]
        files.append(_whole(folder / f"{stem}.xlsx", lambda file: write_xlsx(sheets, file)))
    if Format.CSV in formats:
        for one, table in found.items():
            file = folder / (f"{stem}.csv" if one == LEARNERS else f"{stem}-{one}.csv")
            files.append(_whole(file, partial(write_csv, table)))
    if Format.HTML not in formats:
        return files[0]
    text = page(tuple(file.name for file in files))
    return _whole(
        folder / f"{stem}.html", lambda file: file.write_text(text, "utf-8", errors="replace")
    )


def _whole(file: Path, write_to: Callable[[Path], object]) -> Path:
    """Let a file be written beside its place and put there when it is whole."""
    new = file.with_name(f".{file.name}.new")
    try:
        write_to(new)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    return file
