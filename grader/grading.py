"""Grading submissions: mark what was answered, and lose nobody.

`MarkAnswers` stands between execution and nbgrader's own saving of scores, so that
``nbgrader autograde``, the formgrader and ``duecourse autograde`` give the same gradebook.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    NbGraderPreprocessor,
    OverwriteCells,
    SaveAutoGrades,
)
from traitlets import List, Unicode

from duecourse.answers import MIME
from duecourse.errors import DuecourseError
from duecourse.language import _, speaking
from duecourse.tasks import FILE, Task, TextTask
from grader.assignments import Assignment, find
from grader.course import Course, reason_of
from grader.dealing import in_use, world_of
from grader.execution import NOT_EXECUTED
from grader.feedback import MARK_MIME, as_html, as_record, points_of
from grader.key import Key, KeyedTask, key_of, keys_of
from grader.marking import NotAnswered, Outcome, Unreadable, mark, other_world
from grader.submissions import CONTENT, NOTE, content_of
from grader.worlds import worlds_of

MARKED: Final = "execute_result"


class MarkAnswers(NbGraderPreprocessor):
    """Replaces the outputs of every graded cell by its mark and the feedback.

    What a cell printed or returned counts for nothing; only the answer that it published does.
    Cells of assignments without ``tasks.yaml``, and cells marked by hand, stay as they are.
    """

    language = Unicode("en", help="The language of the feedback.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Mark one executed notebook."""
        course = CourseDirectory(config=self.config)
        name = resources["nbgrader"]["assignment"]
        source = Path(course.root, course.format_path(course.source_directory, ".", name))
        if not (source / FILE).is_file():
            return nb, resources
        assignment = Assignment(source)
        released = Path(course.root, course.format_path(course.release_directory, ".", name))
        keys = Keys(assignment, released.parents[1], resources["nbgrader"]["student"])
        note = nb.metadata.get("duecourse", {}).get(NOTE)
        with speaking(self.language):
            for cell in nb.cells:
                if utils.is_grade(cell) and not utils.is_solution(cell):
                    self._mark(cell, assignment, keys, note)
        return nb, resources

    def _mark(self, cell: NotebookNode, assignment: Assignment, keys: "Keys", note: Any) -> None:
        name = cell.metadata.nbgrader.grade_id
        if cell.cell_type != "code" or name not in assignment.tasks:
            return
        task, most = assignment.tasks[name], float(cell.metadata.nbgrader.points)
        if isinstance(task, TextTask):
            return
        record = recorded(cell, name)
        right = keys.own.tasks[name]
        outcome = _outcome(cell, task, record, right, note)
        others = ((world, key.tasks[name]) for world, key in keys.others())
        data = {
            "text/plain": repr(points_of(outcome, most)),
            "text/html": as_html(outcome, task, most),
            MARK_MIME: as_record(outcome, task, most, right)
            | {"world": keys.own.world, "other_world": other_world(task, record, outcome, others)},
        }
        if record is not None:
            data[MIME] = record
        cell.outputs = [
            new_output(MARKED, data=data, execution_count=cell.get("execution_count") or 1)
        ]


class Keys:
    """The key of one learner's world, and those of the others that the class uses.

    Attributes:
        own: the key of the learner's own world, or the only one there is.
    """

    def __init__(self, assignment: Assignment, course: Path, learner: str) -> None:
        self._assignment, self._course = assignment, course
        self._worlds = worlds_of(assignment, course / "keys")
        number = world_of(course, self._worlds, learner) if self._worlds else None
        self.own = key_of(assignment, course / "keys", number)
        self._others: dict[int, Key] | None = None

    def others(self) -> Iterator[tuple[int, Key]]:
        """Yield the numbers and keys of the other worlds in use; nothing is read before."""
        if self._others is None:
            used = in_use(self._course, self._worlds) if self._worlds else []
            numbers = [number for number in used if number != self.own.world]
            self._others = keys_of(self._assignment, self._course / "keys", numbers)
        yield from self._others.items()


def recorded(cell: NotebookNode, task: str) -> Any:
    """Return what the cell published last as its answer to the task, or None.

    Answers to other tasks in this cell do not count, and neither do answers in other cells.
    """
    found = [
        output.data[MIME]
        for output in cell.get("outputs", [])
        if MIME in (output.get("data") or {})
    ]
    ours = [one for one in found if isinstance(one, dict) and one.get("task") == task]
    return ours[-1] if ours else None


def _outcome(cell: NotebookNode, task: Task, record: Any, right: KeyedTask, note: Any) -> Outcome:
    if note:
        return Unreadable(_("the notebook could not be read: {why}").format(why=note))
    if record is not None:
        return mark(task, record, right)
    for output in cell.get("outputs", []):
        before = (output.get("data") or {}).get(MARK_MIME)
        if isinstance(before, dict) and before.get("reason"):
            return NotAnswered(str(before["reason"]))
        if output.output_type == "error":
            if output.ename == NOT_EXECUTED:
                return NotAnswered(output.evalue)
            error = f"{output.ename}: {output.evalue}"[:200]
            return NotAnswered(_("its cell raised {error}").format(error=error))
    return NotAnswered(_("nothing was handed in"))


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
