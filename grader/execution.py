"""Executing a submission to its end, whatever its code does."""

import os
import time
from pathlib import Path
from typing import Any, Final

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.preprocessors.execute import UnresponsiveKernelError
from traitlets import Integer

from duecourse.answers import UNSEEN
from duecourse.cases.files import BESIDE
from duecourse.language import _
from duecourse.tasks import FILE
from duecourse.worlds import FOLDER, VARIABLE
from grader.assignments import Assignment
from grader.cases import place
from grader.dealing import world_of
from grader.submissions import NOTE
from grader.worlds import remove, worlds_of

NOT_EXECUTED: Final = "NotExecuted"
"""Name of the error that stands where a cell was not executed; its value says why."""
_KEPT: Final = 2000


class ExecuteToTheEnd(Execute):
    """nbgrader's Execute that loses no submission.

    A dead kernel, a cell that ignores the interrupt and a notebook over its total time turn the
    remaining code cells into explained errors. Output over the limit is cut. The unseen inputs of
    function tasks, the learner's own world and the instructor's own cases without their keys lie
    beside the notebook while it runs, and only then.
    """

    total_seconds = Integer(
        300, help="Seconds that all cells of a notebook may take together."
    ).tag(config=True)
    most_output = Integer(8 * 1024 * 1024, help="Bytes of output that one cell may have.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Any, km: Any = None) -> tuple[Any, Any]:
        """Execute one notebook."""
        self._stopped = ""
        self._deadline = time.monotonic() + self.total_seconds
        self.timeout_func = self._seconds_left
        if nb.metadata.get("duecourse", {}).get(NOTE):
            return nb, resources
        beside = Path(CourseDirectory(config=self.config).root, resources["metadata"]["path"])
        self._world: int | None = None
        try:
            self._place_inputs(resources, beside)
            return super().preprocess(nb, resources, km)
        except (DeadKernelError, CellTimeoutError, UnresponsiveKernelError, RuntimeError) as error:
            for cell in nb.cells:
                if cell.cell_type == "code" and cell.get("execution_count") is None:
                    _explain(cell, self._stopped or f"{type(error).__name__}: {error}")
            return nb, resources
        finally:
            _clear(beside)

    def _seconds_left(self, _cell: NotebookNode) -> int:
        return max(1, min(self.timeout, int(self._deadline - time.monotonic())))

    def _place_inputs(self, resources: Any, beside: Path) -> None:
        """Lay down what only the grader gives: unseen inputs, the learner's own world, cases."""
        course = CourseDirectory(config=self.config)
        about = resources["nbgrader"]
        name = about["assignment"]
        source = Path(course.root, course.format_path(course.source_directory, ".", name))
        _clear(beside)
        if not (source / FILE).is_file():
            return
        assignment = Assignment(source)
        if inputs := assignment.unseen():
            (beside / UNSEEN).mkdir(parents=True)
            for file, text in inputs.items():
                (beside / UNSEEN / file).write_text(text, "utf-8")
        place(assignment.cases.values(), beside, key=False)
        folder = Path(course.root, course.format_path(course.release_directory, ".", name))
        ours = folder.parents[1]
        if worlds := worlds_of(assignment, ours / "keys"):
            self._world = world_of(ours, worlds, about["student"])
            worlds.place(self._world, beside)

    def start_new_kernel(self, **more: Any) -> None:
        """Start a kernel that knows the number of the learner's world and of no other."""
        surroundings = {name: value for name, value in os.environ.items() if name != VARIABLE}
        if self._world:
            surroundings[VARIABLE] = str(self._world)
        super().start_new_kernel(**{"env": surroundings, **more})

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[Any, Any]:
        """Execute one cell, or explain why it is not executed any more."""
        if cell.cell_type != "code":
            return cell, resources
        if not self._stopped and time.monotonic() > self._deadline:
            text = _("the notebook took longer than {seconds} seconds")
            self._stopped = text.format(seconds=self.total_seconds)
        if self._stopped:
            _explain(cell, self._stopped)
            return cell, resources
        self._bytes = 0
        try:
            return super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._stopped = _("the kernel ended while a cell was running")
        except (CellTimeoutError, UnresponsiveKernelError):
            self._stopped = _("a cell ran too long and did not stop when it was interrupted")
        _explain(cell, self._stopped)
        return cell, resources

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        """Keep one output, unless the cell's limit is reached."""
        before, self._bytes = self._bytes, self._bytes + _size(msg["content"])
        if self._bytes <= self.most_output:
            return super().output(outs, msg, display_id, cell_index)
        if before <= self.most_output:
            text = _("... more than {most} bytes of output; the rest was cut ...")
            text = text.format(most=self.most_output)
            outs.append(new_output("stream", name="stdout", text=text))
        return None


def _clear(beside: Path) -> None:
    for name in (UNSEEN, FOLDER, BESIDE):
        remove(beside / name)


def _size(content: Any) -> int:
    if isinstance(content, dict):
        return sum(_size(value) for value in content.values())
    if isinstance(content, list):
        return sum(_size(value) for value in content)
    return len(content) if isinstance(content, str) else 8


def _explain(cell: NotebookNode, why: str) -> None:
    cell.outputs = [
        *cell.get("outputs", []),
        new_output("error", ename=NOT_EXECUTED, evalue=why[:_KEPT], traceback=[why[:_KEPT]]),
    ]
