"""Grading submissions: execute and mark each that changed, and lose nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters.base import BaseConverter
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    OverwriteCells,
    SaveAutoGrades,
)
from traitlets import List

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.assignments import Assignment, find
from grader.cells import MarkAnswers
from grader.course import Course, reason_of
from grader.dealing import in_use
from grader.key import key_of, keys_of
from grader.submissions import CONTENT, NOTE, content_of
from grader.worlds import worlds_of


class Remark(BaseConverter):
    """Marks autograded notebooks again from the answers kept in them, without executing anything.

    Changed points, a changed key and changed tolerances take effect; manual scores and comments
    are kept, and reviewed scores wait for review again, as nbgrader does after any regrading.
    """

    preprocessors = List(
        [OverwriteCells, MarkAnswers, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
    )

    @property
    def _input_directory(self) -> str:
        return str(self.coursedir.autograded_directory)

    @property
    def _output_directory(self) -> str:
        return str(self.coursedir.autograded_directory)

    def init_destination(self, assignment_id: str, student_id: str) -> bool:  # noqa: ARG002  # nbgrader's signature
        """Process every submission, in place."""
        return True

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Make this submission's files writable; nothing is copied."""
        folder = Path(self.coursedir.root, self._format_source(assignment_id, student_id))
        for file in folder.glob("*.ipynb"):
            file.chmod(0o644)


@dataclass(frozen=True)
class Graded:
    """What grading did with one submission.

    Attributes:
        learner: the learner's id.
        state: graded; remarked; unchanged: nothing newer was handed in; explained: graded, and
            something of it could not be read; failed: not graded, the gradebook is as before.
        reason: why, where there is something to explain.
    """

    learner: str
    state: Literal["graded", "remarked", "unchanged", "explained", "failed"]
    reason: str = ""


def submitted(course: Course, assignment: str) -> list[str]:
    """Return the ids of all learners with a folder for the assignment, in order."""
    return sorted(
        folder.parent.name
        for folder in (course.folder / "submitted").glob(f"*/{assignment}")
        if folder.is_dir()
    )


def autograde(
    course: Course,
    assignment: str,
    learners: Sequence[str] = (),
    *,
    again: bool = False,
    remark: bool = False,
) -> Iterator[Graded]:
    """Grade the submissions of an assignment one after the other; each is yielded when done.

    Args:
        course: the course.
        assignment: the assignment's name.
        learners: only these; everybody by default.
        again: execute unchanged submissions too.
        remark: mark what was graded before anew from the kept answers, executing nothing.

    Raises:
        DuecourseError: there is no such assignment or learner, it was not released, or its solved
            notebook fails.
    """
    known = submitted(course, assignment)
    definition = find(course.root, assignment)
    if lost := sorted(set(learners) - set(known)):
        raise DuecourseError(
            f"Nothing was handed in for '{assignment}' by: {', '.join(lost)}. "
            f"There are submissions by: {', '.join(known) or 'nobody'}."
        )
    if not (course.folder / "release" / assignment).is_dir():
        raise DuecourseError(
            f"'{assignment}' is not released yet. First: duecourse release {assignment}"
        )
    if worlds := worlds_of(definition, course.keys):
        keys_of(definition, course.keys, in_use(course.folder, worlds))
    else:
        key_of(definition, course.keys)
    one = _Grading(course, definition, again=again)
    for learner in learners or known:
        with course.environment():
            yield one.remark(learner) if remark else one.grade(learner)


class _Grading:
    """nbgrader's own grading, one submission at a time."""

    def __init__(self, course: Course, assignment: Assignment, *, again: bool) -> None:
        self.course, self.assignment, self.again = course, assignment, again
        with course.environment():
            self.api = course.api()
            self.done = self.api.get_autograded_students(assignment.name)

    def grade(self, learner: str) -> Graded:
        folder = self.course.folder / "submitted" / learner / self.assignment.name
        found = sorted(file.name for file in folder.glob("*.ipynb"))
        if not {f"{name}.ipynb" for name in self.assignment.notebooks} & set(found):
            self._nothing(learner)
            text = _("there is no {file} in the submission; it has: {found}")
            names = ", ".join(f"{name}.ipynb" for name in self.assignment.notebooks)
            what = ", ".join(found) or _("no notebook")
            return Graded(learner, "explained", text.format(file=names, found=what))
        if not self.again and not self._changed(learner):
            return Graded(learner, "unchanged")
        done = self.api.autograde(self.assignment.name, learner, force=True, create=True)
        if not done["success"]:
            return Graded(learner, "failed", reason_of(done))
        return self._noticed(learner, "graded")

    def remark(self, learner: str) -> Graded:
        if not any(file.is_file() for file in self._autograded(learner)):
            return Graded(learner, "unchanged", _("it has not been graded yet"))
        coursedir = self.api.coursedir
        coursedir.assignment_id, coursedir.student_id = self.assignment.name, learner
        converter = Remark(coursedir=coursedir, parent=self.api)
        try:
            converter.start()
        except Exception as error:  # noqa: BLE001  # one submission must not stop the class
            return Graded(learner, "failed", f"{type(error).__name__}: {error}")
        return self._noticed(learner, "remarked")

    def _autograded(self, learner: str) -> Iterator[Path]:
        folder = self.course.folder / "autograded" / learner / self.assignment.name
        return (folder / f"{name}.ipynb" for name in self.assignment.notebooks)

    def _changed(self, learner: str) -> bool:
        """Whether this very submission, by its time and its content, is not graded yet."""
        if learner not in self.done:
            return True
        folder = self.course.folder / "submitted" / learner / self.assignment.name
        now = content_of(folder)
        graded = [file for file in self._autograded(learner) if file.is_file()]
        return not graded or any(_about(file).get(CONTENT) != now for file in graded)

    def _noticed(self, learner: str, state: Literal["graded", "remarked"]) -> Graded:
        for file in self._autograded(learner):
            if not file.is_file():
                return Graded(learner, "explained", _("{file} is missing").format(file=file.name))
            if note := _about(file).get(NOTE):
                return Graded(learner, "explained", f"{file.name}: {note}")
        return Graded(learner, state)

    def _nothing(self, learner: str) -> None:
        """Give explained zeros for a submission without any notebook, which nbgrader passes by."""
        name = self.assignment.name
        with Gradebook(self.api.coursedir.db_url, self.api.coursedir.course_id) as gradebook:
            gradebook.update_or_create_student(learner)
            folder = self.course.folder / "submitted" / learner / name
            when = self.api.coursedir.get_existing_timestamp(str(folder))
            more = {"timestamp": when} if when else {}
            submission = gradebook.update_or_create_submission(name, learner, **more)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score = 0.0
                    grade.needs_manual_grade = grade.manual_score is not None
            gradebook.db.commit()


def _about(file: Path) -> Any:
    return nbformat.read(file, as_version=4).metadata.get("duecourse", {})
