"""Gradebooks and their backups without a learner, down to the free pages of their files."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, delete, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.forgetting.person import names_of
from grader.integrity import PATIENCE, gradebook_file, opened

_HEAD: Final = b"SQLite format 3\0"


def is_sqlite(file: Path) -> bool:
    """Return whether a file is an SQLite database."""
    with file.open("rb") as content:
        return content.read(len(_HEAD)) == _HEAD


def holds_learners(file: Path) -> bool:
    """Return whether an SQLite file is a gradebook of nbgrader; a damaged one is none."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as book:
            row = book.execute("SELECT 1 FROM sqlite_master WHERE name = 'student'").fetchone()
    except sqlite3.Error:
        return False
    return row is not None


def everybody(db_url: str) -> dict[str, tuple[str, ...]]:
    """Return the ids of a gradebook's learners with their names and addresses.

    Raises:
        DuecourseError: the gradebook cannot be read.
    """
    from nbgrader.api import Student

    table = Student.__table__
    asked = select(table.c.id, table.c.first_name, table.c.last_name, table.c.email)
    with _connected(db_url) as connection:
        return {str(row[0]): tuple(names_of(*row[1:])) for row in connection.execute(asked)}


def count(db_url: str, learner: str) -> dict[str, int]:
    """Return how many rows of each table belong to a learner; tables without any are left out."""
    with _connected(db_url) as connection:
        found = {
            table.name: connection.scalar(select(func.count()).select_from(table).where(of)) or 0
            for table, of in _rows_of(learner)
        }
    return {name: number for name, number in found.items() if number}


def erase(db_url: str, learner: str) -> None:
    """Delete a learner's rows in one transaction, and leave no trace of them in an SQLite file.

    Raises:
        DuecourseError: the gradebook is damaged, or another program keeps it locked. Then it holds
            what it held, or the rows are gone and only the free pages wait for the next run.
    """
    file = gradebook_file(db_url)
    with _connected(db_url) as connection:
        if file is not None:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        for table, of in _rows_of(learner):
            connection.execute(delete(table).where(of))
        connection.commit()
    if file is not None:
        _vacuum(file)


def _vacuum(file: Path) -> None:
    """Write a database anew, so that no free page or journal keeps what was deleted."""
    try:
        with closing(opened(file)) as book:
            book.execute("PRAGMA secure_delete = ON")
            book.execute("VACUUM")
            book.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise _troubled(file, error) from error


def _rows_of(learner: str) -> Sequence[tuple[Any, Any]]:
    """Return the tables that know learners, each with the condition for this one's rows."""
    from nbgrader.api import Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook

    grade, comment = Grade.__table__, Comment.__table__
    notebook, work = SubmittedNotebook.__table__, SubmittedAssignment.__table__
    student = Student.__table__
    works = select(work.c.id).where(work.c.student_id == learner)
    notebooks = select(notebook.c.id).where(notebook.c.assignment_id.in_(works))
    return (
        (comment, comment.c.notebook_id.in_(notebooks)),
        (grade, grade.c.notebook_id.in_(notebooks)),
        (notebook, notebook.c.assignment_id.in_(works)),
        (work, work.c.student_id == learner),
        (student, student.c.id == learner),
    )


@contextmanager
def _connected(db_url: str) -> Iterator[Connection]:
    file = gradebook_file(db_url)
    engine = create_engine(db_url, connect_args={"timeout": PATIENCE} if file else {})
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise _troubled(file or engine.url.get_backend_name(), error) from error
    finally:
        engine.dispose()


def _troubled(place: object, error: Exception) -> DuecourseError:
    reason = " ".join(str(getattr(error, "orig", None) or error).split())
    if isinstance(error, OperationalError | sqlite3.OperationalError) and "locked" in reason:
        text = _("Another program keeps {file} locked. Close it and run the same command again.")
        return DuecourseError(text.format(file=place))
    text = _("{file} cannot be worked on: {why}. Run the same command again once it is mended.")
    return DuecourseError(text.format(file=place, why=reason))
