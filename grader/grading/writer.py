"""The one writer: puts what came of a submission into nbgrader's gradebook and folders.

Each submission is one transaction, by nbgrader's own rules for what needs a person, for automatic
comments, missing notebooks and late penalties. Its graded folder is put in place after that: a run
that ends between the two finds the old folder, and grades the submission again.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import OperationalError

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.grading.folders import PART, put, swapped
from grader.grading.pipeline import GradedNotebook, Result
from grader.grading.snapshot import Snapshot

PATIENCE: Final = 60.0
"""Seconds that a run waits altogether while another program keeps the gradebook locked."""

LEAST: Final = 1.0
"""Seconds that a submission may wait for a server's lock after others have used up the patience."""
_WAITED_IN_VAIN: Final = {"55P03", "40P01"}
"""PostgreSQL's states for a lock that could not be had in time, and for a deadlock."""


class GradebookBusy(DuecourseError):
    """Another program keeps the gradebook locked; nothing of this submission was written."""


class Writer:
    """Writes results of one assignment; use it in a ``with`` statement."""

    def __init__(self, snapshot: Snapshot, coursedir: CourseDirectory) -> None:
        self._snapshot, self._coursedir = snapshot, coursedir
        self._converter = Autograde(coursedir=coursedir, config=coursedir.config)
        self._penalties = AssignLatePenalties(config=coursedir.config)
        self._penalties.init_plugin()
        self._permissions = int(str(self._converter.permissions), 8)
        self._given = snapshot.beside()
        self._patience = PATIENCE
        self._gradebook = Gradebook(coursedir.db_url, coursedir.course_id)
        self._db = self._gradebook.db
        entry = self._gradebook.find_assignment(snapshot.assignment)
        self._assignment, self._due = entry.id, entry.duedate
        self._notebooks = {row.name: _Rows(row) for row in entry.notebooks}
        self._db.rollback()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._gradebook.close()

    def write(self, result: Result) -> None:
        """Write one result of grading, which must not be a failed one.

        Raises:
            GradebookBusy: the gradebook stays locked; nothing was changed.
            OSError: the disk is full or a file cannot be written; the gradebook is as before, or
                it holds the scores and the folder is the old one: the next run grades it again.
        """
        folder = self._folder(result)
        new = self._prepared(result, folder) if result.notebooks else None
        try:
            self._patiently(result, self._grade)
        except BaseException:
            if new:
                _dropped(new)
            raise
        swapped(new, folder)
        if self._coursedir.groupshared:
            self._converter.set_permissions(self._snapshot.assignment, result.submission.learner)

    def rewrite(self, result: Result) -> None:
        """Write one result of marking again: scores, and the notebooks that changed.

        Raises:
            GradebookBusy: the gradebook stays locked; nothing was changed.
            OSError: a file cannot be written.
        """
        self._patiently(result, self._regrade)
        folder = self._folder(result)
        for name, graded in result.notebooks.items():
            file = folder / f"{name}.ipynb"
            if not file.is_file() or file.read_bytes() != graded.text:
                part = folder / f".{name}{PART}"
                put(part, graded.text, self._permissions)
                part.replace(file)

    def _folder(self, result: Result) -> Path:
        where = self._coursedir.format_path(
            self._coursedir.autograded_directory,
            result.submission.learner,
            self._snapshot.assignment,
        )
        return Path(where)

    def _prepared(self, result: Result, folder: Path) -> Path:
        """Write the graded folder beside its place, down to the disk."""
        new = folder.with_name(f".{folder.name}{PART}")
        shutil.rmtree(new, ignore_errors=True)
        notebooks = {f"{name}.ipynb": one.text for name, one in result.notebooks.items()}
        try:
            for name, content in {**self._given, **result.files, **notebooks}.items():
                put(new / name, content, self._permissions)
        except OSError:
            _dropped(new)
            raise
        return new

    def _patiently(self, result: Result, store: Callable[[Result], None]) -> None:
        while True:
            begun = time.monotonic()
            try:
                self._limit_waiting()
                store(result)
                self._db.commit()
            except OperationalError as error:
                self._db.rollback()
                if not waited_in_vain(error):
                    raise
                self._patience -= time.monotonic() - begun + 0.1
                if self._patience < 0:
                    text = _("another program keeps the gradebook locked")
                    raise GradebookBusy(text) from error
                time.sleep(0.1)
            except BaseException:
                self._db.rollback()
                raise
            else:
                return

    def _limit_waiting(self) -> None:
        """Let no statement of this transaction wait longer for a lock; SQLite has a limit itself."""
        if self._gradebook.engine.dialect.name == "postgresql":
            milliseconds = round(1000 * max(self._patience, LEAST))
            self._db.execute(select(func.set_config("lock_timeout", str(milliseconds), True)))

    def _grade(self, result: Result) -> None:
        learner = result.submission.learner
        if not self._db.scalar(select(Student.id).where(Student.id == learner)):
            self._db.execute(insert(Student.__table__).values(id=learner))
        about, notebooks = self._submission(result)
        for name, rows in self._notebooks.items():
            if name in result.notebooks:
                self._score(rows, notebooks[name], result.notebooks[name])
                self._penalize(learner, notebooks[name], self._seconds_late(about))
            else:
                self._nothing(notebooks[name], handed_in=bool(result.notebooks))

    def _regrade(self, result: Result) -> None:
        about, notebooks = self._submission(result)
        for name, graded in result.notebooks.items():
            self._score(self._notebooks[name], notebooks[name], graded)
            late = self._seconds_late(about)
            self._penalize(result.submission.learner, notebooks[name], late)

    def _submission(self, result: Result) -> tuple[Any, Mapping[str, str]]:
        """Return the submission's row and the ids of its notebooks, made if they are not there."""
        learner, when = result.submission.learner, result.submission.timestamp
        table = SubmittedAssignment.__table__
        where = (table.c.assignment_id == self._assignment) & (table.c.student_id == learner)
        found = self._db.execute(select(table).where(where)).one_or_none()
        if found is None:
            row = {"id": new_uuid(), "assignment_id": self._assignment, "student_id": learner}
            self._db.execute(insert(table).values(**row, timestamp=when))
        elif when is not None and when != found.timestamp:
            self._db.execute(update(table).where(where).values(timestamp=when))
        about = self._db.execute(select(table).where(where)).one()
        return about, {
            name: self._notebook(rows, about.id) for name, rows in self._notebooks.items()
        }

    def _notebook(self, rows: "_Rows", submission: str) -> str:
        table = SubmittedNotebook.__table__
        where = (table.c.assignment_id == submission) & (table.c.notebook_id == rows.id)
        notebook: str | None = self._db.scalar(select(table.c.id).where(where))
        if notebook is None:
            notebook = new_uuid()
            row = {"id": notebook, "assignment_id": submission, "notebook_id": rows.id}
            self._db.execute(insert(table).values(**row, flagged=False))
        self._complete(Grade.__table__, notebook, rows.graded, needs_manual_grade=True)
        self._complete(Comment.__table__, notebook, rows.commented)
        return notebook

    def _complete(self, table: Any, notebook: str, cells: Mapping[str, str], **more: Any) -> None:
        """Add the rows of cells that a submission has none for yet."""
        wanted = set(cells.values())
        there = select(table.c.cell_id).where(
            table.c.cell_id.in_(wanted), table.c.notebook_id == notebook
        )
        lost = [one for one in cells.values() if one not in set(self._db.scalars(there))]
        if lost:
            rows = [{"id": new_uuid(), "notebook_id": notebook, "cell_id": one} for one in lost]
            self._db.execute(insert(table), [row | more for row in rows])

    def _score(self, rows: "_Rows", notebook: str, graded: GradedNotebook) -> None:
        grades, comments = Grade.__table__, Comment.__table__
        there = select(grades.c.cell_id, grades.c.manual_score).where(
            grades.c.cell_id.in_(rows.graded.values()), grades.c.notebook_id == notebook
        )
        by_hand = {cell: score is not None for cell, score in self._db.execute(there)}
        scored = [
            {
                "of": (cell := rows.graded[name]),
                "auto_score": score.points,
                "needs_manual_grade": score.points is None or by_hand[cell],
            }
            for name, score in graded.scores.items()
        ]
        said = [
            {"of": rows.commented[name], "auto_comment": comment}
            for name, comment in graded.comments.items()
        ]
        for table, values in ((grades, scored), (comments, said)):
            if values:
                ours = (table.c.cell_id == bindparam("of")) & (table.c.notebook_id == notebook)
                self._db.connection().execute(update(table).where(ours), values)

    def _nothing(self, notebook: str, *, handed_in: bool) -> None:
        """Give zeros for a notebook that was not handed in.

        nbgrader does so where another notebook was; where there is none at all it passes the
        submission by, and what a person gave is asked to be looked at again.
        """
        grades = Grade.__table__
        ours = grades.c.notebook_id == notebook
        waits = False if handed_in else grades.c.manual_score.is_not(None)
        self._db.execute(
            update(grades).where(ours).values(auto_score=0.0, needs_manual_grade=waits)
        )

    def _seconds_late(self, about: Any) -> float:
        if about.timestamp is None or self._due is None:
            return 0.0
        due = self._due + about.extension if about.extension is not None else self._due
        return max(0.0, float((about.timestamp - due).total_seconds()))

    def _penalize(self, learner: str, notebook: str, late: float) -> None:
        table = SubmittedNotebook.__table__
        penalty = None
        if late > 0:
            score = self._db.scalar(
                select(SubmittedNotebook.score).where(SubmittedNotebook.id == notebook)
            )
            plugin = self._penalties.plugin_inst
            given = plugin.late_submission_penalty(learner, score, late)
            penalty = None if given is None else min(max(given, 0), score)
        where = table.c.id == notebook
        self._db.execute(update(table).where(where).values(late_submission_penalty=penalty))


def _dropped(new: Path) -> None:
    """Remove a folder that is not to be put in place, and a learner's that was made for it."""
    shutil.rmtree(new, ignore_errors=True)
    with suppress(OSError):
        new.parent.rmdir()


def waited_in_vain(error: OperationalError) -> bool:
    """Return whether a lock of another program was waited for in vain."""
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return state in _WAITED_IN_VAIN or (state is None and "locked" in str(error.orig))


class _Rows:
    """The ids of an assignment's notebook and its cells in the gradebook."""

    def __init__(self, row: Any) -> None:
        self.id: str = row.id
        self.graded = {cell.name: cell.id for cell in (*row.grade_cells, *row.task_cells)}
        self.commented = {cell.name: cell.id for cell in (*row.solution_cells, *row.task_cells)}
