"""Marking the cells of an executed notebook, each by the answer that it published.

`MarkAnswers` stands between execution and nbgrader's own saving of scores, so that
``nbgrader autograde``, the formgrader and ``duecourse autograde`` give the same gradebook.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from duecourse.answers import MIME
from duecourse.language import _, speaking
from duecourse.tasks import FILE, Task, TextTask
from grader.assignments import Assignment, opened
from grader.conversations import missed_steps
from grader.dealing import in_use, world_of
from grader.execution import NOT_EXECUTED
from grader.feedback import MARK_MIME, as_html, as_record, points_of
from grader.key import Key, KeyedTask, key_of, keys_of
from grader.marking import Marked, NotAnswered, Outcome, Unreadable, mark, other_world
from grader.submissions import LOST, NOTE
from grader.worlds import worlds_of

MARKED: Final = "execute_result"


class MarkAnswers(NbGraderPreprocessor):
    """Replaces the outputs of every graded cell by its mark and the feedback.

    What a cell printed or returned counts for nothing; only the answer that it published does.
    Cells of assignments without ``tasks.yaml``, and cells marked by hand, stay as they are.
    """

    language = Unicode("en", help="The language of the feedback.").tag(config=True)
    executed: Mapping[int | None, Key] | None = None
    """The keys of all worlds in use, where they are known already."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Mark one executed notebook."""
        course = CourseDirectory(config=self.config)
        name = resources["nbgrader"]["assignment"]
        source = Path(course.root, course.format_path(course.source_directory, ".", name))
        if not (source / FILE).is_file():
            return nb, resources
        assignment = opened(source)
        released = Path(course.root, course.format_path(course.release_directory, ".", name))
        learner = resources["nbgrader"]["student"]
        keys = Keys(assignment, released.parents[1], learner, self.executed)
        about = nb.metadata.get("duecourse", {})
        note, lost = about.get(NOTE), about.get(LOST) or {}
        with speaking(self.language):
            for cell in nb.cells:
                if utils.is_grade(cell) and not utils.is_solution(cell):
                    self._mark(cell, assignment, keys, note, lost)
        return nb, resources

    def _mark(
        self, cell: NotebookNode, assignment: Assignment, keys: "Keys", note: Any, lost: Any
    ) -> None:
        name = cell.metadata.nbgrader.grade_id
        if cell.cell_type != "code" or name not in assignment.tasks:
            return
        task, most = assignment.tasks[name], float(cell.metadata.nbgrader.points)
        if isinstance(task, TextTask):
            return
        record = recorded(cell, name)
        right = keys.own.tasks[name]
        outcome = _outcome(cell, task, record, right, note, lost.get(name))
        missed = missed_steps(outcome.parts) if isinstance(outcome, Marked) else 0
        others = ((world, key.tasks[name]) for world, key in keys.others())
        data = {
            "text/plain": repr(points_of(outcome, most)),
            "text/html": as_html(outcome, task, most),
            MARK_MIME: as_record(outcome, task, most, right)
            | {
                "world": keys.own.world,
                "other_world": other_world(task, record, outcome, others),
                "critical": missed,
            },
        }
        if record is not None:
            data[MIME] = record
        cell.outputs = [
            new_output(MARKED, data=data, execution_count=cell.get("execution_count") or 1)
        ]


class Keys:
    """The key of one learner's world, and those of the others that the class uses.

    Args:
        assignment: the assignment.
        course: the course's folder.
        learner: the learner's id.
        executed: the keys by the number of their world, where they are known already; otherwise
            they are read, or executed, as they are needed.

    Attributes:
        own: the key of the learner's own world, or the only one there is.
    """

    def __init__(
        self,
        assignment: Assignment,
        course: Path,
        learner: str,
        executed: Mapping[int | None, Key] | None = None,
    ) -> None:
        self._assignment, self._course = assignment, course
        self._worlds = worlds_of(assignment, course / "keys")
        number = world_of(course, self._worlds, learner) if self._worlds else None
        self._others: Mapping[int, Key] | None = None
        if executed is None:
            self.own = key_of(assignment, course / "keys", number)
        else:
            self.own = executed[number]
            others = {world: key for world, key in executed.items() if world != number}
            self._others = {world: key for world, key in others.items() if world is not None}

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


def _outcome(
    cell: NotebookNode, task: Task, record: Any, right: KeyedTask, note: Any, lost: str | None
) -> Outcome:
    if note:
        return Unreadable(_("the notebook could not be read: {why}").format(why=note))
    if record is not None:
        outcome = mark(task, record, right)
        # What the notebook could make of it says less than why it was of no use.
        return Unreadable(lost) if lost and isinstance(outcome, Unreadable) else outcome
    if lost:
        return Unreadable(lost)
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
