"""Executing a submission to its end, whatever its code does."""

import os
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

from nbclient.client import timestamp
from nbclient.util import run_hook, run_sync
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.coursedir import CourseDirectory
from traitlets import Bool, Integer

from duecourse.answers import UNSEEN
from duecourse.cases.files import BESIDE
from duecourse.language import _
from duecourse.tasks import FILE
from duecourse.worlds import FOLDER, VARIABLE
from grader.assignments import Assignment, opened
from grader.cases import place
from grader.dealing import world_of
from grader.kernels.client import Kernel
from grader.kernels.ending import KernelStopped
from grader.kernels.starting import Limits
from grader.outputs import LimitedOutputs, size_of
from grader.submissions import NOTE
from grader.worlds import remove, worlds_of

NOT_EXECUTED: Final = "NotExecuted"
"""Name of the error that stands where a cell was not executed; its value says why."""
_KEPT: Final = 2000
_READABLE: Final = 1024 * 1024
"""Bytes of one message that are read in any case: a small limit of output is none of a message."""


class ExecuteToTheEnd(LimitedOutputs):
    """nbgrader's Execute that loses no submission, and needs no event loop.

    A dead kernel, a cell that ignores the interrupt, a flood of output, messages that no honest
    kernel sends and a notebook over its total time turn the remaining code cells into explained
    errors. Output over the limit of a cell is cut. Otherwise notebooks come out as from nbclient,
    which makes their outputs here too. Tags of cells keep nothing from being executed. The unseen
    inputs of function tasks, the learner's own world and the instructor's own cases without their
    keys lie beside the notebook while it runs, and only then.
    """

    kc: Any
    killed = False
    """Whether a kernel was killed by something outside, so that executing again may help."""
    total_seconds = Integer(
        300, help="Seconds that all cells of a notebook may take together."
    ).tag(config=True)
    isolated = Bool(
        True,
        help="Whether the kernel sees nothing of this machine but the libraries and the "
        "submission's own files. Needs Linux and bubblewrap.",
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any, km: Any = None) -> tuple[Any, Any]:  # noqa: ARG002  # the kernel is always our own
        """Execute one notebook.

        Raises:
            NotIsolated: isolation is asked for and impossible here.
            KernelNotStarted: no kernel could be started; nothing of the notebook was executed.
        """
        if nb.metadata.get("duecourse", {}).get(NOTE):
            return nb, resources
        self._begin(nb, resources)
        course = CourseDirectory(config=self.config)
        beside = Path(course.root, resources.get("metadata", {}).get("path", ""))
        assignment = _assignment(course, resources)
        try:
            if assignment:
                self._place_inputs(assignment, course, resources, beside)
            with self._kernel(beside) as kernel:
                self.kc = kernel
                self._deadline = time.monotonic() + self.total_seconds
                self._call(self.on_notebook_start, notebook=nb)
                nb.metadata["language_info"] = kernel.info["language_info"]
                for index, cell in enumerate(nb.cells):
                    self.preprocess_cell(cell, resources, index)
        finally:
            self.kc = None
            if assignment:
                _clear(beside)
        self.cut_updated()
        if self.store_widget_state:
            self.set_widgets_metadata()
        self._call(self.on_notebook_complete, notebook=nb)
        return nb, resources

    def _begin(self, nb: NotebookNode, resources: Any) -> None:
        self.nb = nb
        self._check_assign_resources(resources)
        self.begin_outputs()
        self._world: int | None = None
        self._stopped = ""

    def _place_inputs(
        self, assignment: Assignment, course: CourseDirectory, resources: Any, beside: Path
    ) -> None:
        """Lay down what only the grader gives: unseen inputs, the learner's own world, cases."""
        _clear(beside)
        about = resources["nbgrader"]
        if inputs := assignment.unseen():
            (beside / UNSEEN).mkdir(parents=True)
            for file, text in inputs.items():
                (beside / UNSEEN / file).write_text(text, "utf-8")
        place(assignment.cases.values(), beside, key=False)
        folder = Path(
            course.root, course.format_path(course.release_directory, ".", about["assignment"])
        )
        ours = folder.parents[1]
        if worlds := worlds_of(assignment, ours / "keys"):
            self._world = world_of(ours, worlds, about["student"])
            worlds.place(self._world, beside)

    def _kernel(self, folder: Path) -> Kernel:
        """Start a kernel that knows the number of the learner's world and of no other."""
        surroundings = {name: value for name, value in os.environ.items() if name != VARIABLE}
        if self._world:
            surroundings[VARIABLE] = str(self._world)
        arguments = list(self.extra_arguments)
        if not any(one.startswith("--HistoryManager.hist_file") for one in arguments):
            arguments.append(f"--HistoryManager.hist_file={self.ipython_hist_file}")
        return Kernel(
            folder,
            surroundings,
            isolated=self.isolated,
            limits=Limits(cpu_seconds=2 * self.total_seconds),
            arguments=arguments,
            most=self.all_output,
            most_at_once=max(self.most_output, _READABLE),
            patience=self.iopub_timeout,
            start_seconds=self.startup_timeout,
        )

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
        try:
            self._execute(cell, index)
        except KernelStopped as error:
            self._stopped = str(error)
            self.killed = self.killed or self.kc.killed
            _explain(cell, self._stopped)
        return cell, resources

    def _execute(self, cell: NotebookNode, index: int) -> None:
        """Do what nbclient's ``async_execute_cell`` does."""
        about = {"cell": cell, "cell_index": index}
        self._call(self.on_cell_start, **about)
        if not cell.source.strip():
            return
        if self.record_timing:
            cell["metadata"]["execution"] = {}
        self._call(self.on_cell_execute, **about)
        self.code_cells_executed += 1
        self.begin_cell(cell)
        left = max(1.0, self._deadline - time.monotonic())
        seconds = min(self._get_timeout(cell) or left, left)
        received = partial(self.received, cell, index)
        try:
            reply = self.kc.execute(cell.source, received, seconds)
        finally:
            self._call(self.on_cell_complete, **about)
        if self.record_timing:
            cell["metadata"]["execution"]["shell.execute_reply"] = timestamp(reply)
        content = _told(reply["content"], self.most_output)
        if self.kc.late and self.error_on_timeout:
            content = {**self.error_on_timeout, "status": "error"}
        about["execute_reply"] = {**reply, "content": content}
        self._call(self.on_cell_executed, **about)
        if content["status"] == "error":
            self._call(self.on_cell_error, **about)
        self.tell_kernel()

    def _call(self, hook: Any, **about: Any) -> None:
        if hook == self.on_cell_executed:
            # nbgrader's own, a plain method
            hook(**about)
        elif hook is not None:
            run_sync(run_hook)(hook, **about)


def _assignment(course: CourseDirectory, resources: Any) -> Assignment | None:
    """Return the assignment of a notebook, if it is one of the kit's form."""
    about = resources.get("nbgrader")
    if not about:
        return None
    folder = course.format_path(course.source_directory, ".", about["assignment"])
    source = Path(course.root, folder)
    return opened(source) if (source / FILE).is_file() else None


def _clear(beside: Path) -> None:
    for name in (UNSEEN, FOLDER, BESIDE):
        remove(beside / name)


def _told(content: Any, most: int) -> dict[str, Any]:
    """Return a reply's content in the form that an honest kernel gives it."""
    if content.get("status") != "error":
        return {**content, "status": "ok"}
    lines = content.get("traceback")
    lines = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
    return {
        "status": "error",
        "ename": str(content.get("ename"))[:_KEPT],
        "evalue": str(content.get("evalue"))[:most],
        "traceback": lines if size_of(lines) <= most else [],
    }


def _explain(cell: NotebookNode, why: str) -> None:
    cell.outputs = [
        *cell.get("outputs", []),
        new_output("error", ename=NOT_EXECUTED, evalue=why[:_KEPT], traceback=[why[:_KEPT]]),
    ]
