"""What a worker does with one submission: put back, execute, mark; no gradebook is in reach.

The steps are those of ``nbgrader autograde`` with the course's own preprocessors. What they would
ask the gradebook they ask the snapshot, and what they would write into it is returned.
"""

import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    DeduplicateIds,
    Execute,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets.utils.importstring import import_item

from duecourse.language import speaking
from grader.cells import MarkAnswers
from grader.execution import ExecuteToTheEnd
from grader.grading.definition import OverwriteKnownCells, OverwriteKnownKernelspec
from grader.grading.snapshot import Snapshot
from grader.handed_in import Submission, emptied, plain
from grader.submissions import CONTENT, NOTE, RestoreCells, as_submitted

_STANDS_FOR: Final[Mapping[type, type]] = {
    DeduplicateIds: RestoreCells,
    OverwriteCells: OverwriteKnownCells,
    OverwriteKernelspec: OverwriteKnownKernelspec,
    Execute: ExecuteToTheEnd,
}
"""What takes the place of nbgrader's own preprocessors in a worker."""
_LEFT_OUT: Final = (SaveAutoGrades, AssignLatePenalties, CheckCellMetadata)
"""What a worker does not do: writing is the writer's, and all metadata are the released ones."""
_TEXT: Final = 500


@dataclass(frozen=True)
class Score:
    """What a cell earned: points, or None where a person decides."""

    points: float | None


@dataclass(frozen=True)
class GradedNotebook:
    """One graded notebook.

    Attributes:
        text: the autograded notebook as nbgrader writes it.
        scores: the automatic scores of its graded cells and task cells.
        comments: the automatic comments of its solution cells and task cells.
        note: why it could not be read; empty if it could.
    """

    text: bytes
    scores: Mapping[str, Score]
    comments: Mapping[str, str | None]
    note: str = ""


@dataclass(frozen=True)
class Result:
    """What came of one submission.

    Attributes:
        submission: what was graded, without its files.
        notebooks: the graded notebooks by name.
        files: the other files of the graded folder that are not the assignment's own.
        failed: why it was not graded; then nothing of it is to be written.
    """

    submission: Submission
    notebooks: Mapping[str, GradedNotebook] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    failed: str = ""


class Pipeline:
    """Grades submissions of one assignment in a folder of its own.

    Attributes:
        snapshot: the assignment.
        root: the folder that the snapshot is unpacked into.
    """

    def __init__(self, snapshot: Snapshot, root: Path) -> None:
        self.snapshot, self.root = snapshot, root
        config = snapshot.unpack(root)
        # what is remarkable about a submission is returned; the log of a worker is nobody's
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)
        self.coursedir = CourseDirectory(config=config)
        converter = Autograde(coursedir=self.coursedir, config=config)
        self._config = config
        self._given = snapshot.beside()
        sanitize = _resolved(converter.sanitize_preprocessors)
        if not {RestoreCells, DeduplicateIds} & set(sanitize):
            sanitize.insert(0, RestoreCells)
        self._sanitize = self._built(sanitize)
        self._autograde = self._built(_resolved(converter.autograde_preprocessors))
        self._restore = self._built([OverwriteCells])
        self._remark = self._built([MarkAnswers])

    def grade(self, submission: Submission) -> Result:
        """Put a submission back into its form, execute it and mark it."""
        return self._kept_from_failing(submission, self._graded)

    def remark(self, submission: Submission) -> Result:
        """Mark what was graded before from the answers kept in it, executing nothing."""
        return self._kept_from_failing(submission, self._remarked)

    def _kept_from_failing(
        self, submission: Submission, work: Callable[[Submission], Result]
    ) -> Result:
        try:
            with speaking(self.snapshot.language), utils.setenv(NBGRADER_EXECUTION="autograde"):
                return work(submission)
        except Exception as error:  # noqa: BLE001  # one submission must not stop the class
            text = f"{type(error).__name__}: {error}".strip()
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            return Result(_without_files(submission), failed=" ".join(lines)[:_TEXT])
        finally:
            for step in ("submitted", "autograded"):
                shutil.rmtree(self.root / "course" / step, ignore_errors=True)

    def _graded(self, submission: Submission) -> Result:
        """Grade a submission, and once more if its kernel was killed from outside."""
        executors = [one for one in self._autograde if isinstance(one, ExecuteToTheEnd)]
        for one in executors:
            one.killed = False
        result = self._attempted(submission)
        return self._attempted(submission) if any(one.killed for one in executors) else result

    def _attempted(self, submission: Submission) -> Result:
        handed_in = self._place("submitted_directory", submission)
        graded = self._place("autograded_directory", submission)
        submission.lay_out(emptied(handed_in))
        self._lay_out_beside(submission, emptied(graded))
        done = {}
        for name in self.snapshot.definition.notebooks:
            if f"{name}.ipynb" in submission.notebooks:
                done[name] = self._graded_notebook(submission, name, handed_in, graded)
        return Result(_without_files(submission), done, self._left(graded))

    def _graded_notebook(
        self, submission: Submission, name: str, handed_in: Path, graded: Path
    ) -> GradedNotebook:
        resources = self._resources(submission, name, handed_in)
        notebook, note = as_submitted(handed_in / f"{name}.ipynb", self._config, resources)
        notebook, resources = _through(self._sanitize, notebook, resources)
        notebook = _whole(notebook)
        resources["metadata"]["path"] = str(graded)
        notebook, _resources = _through(self._autograde, notebook, resources)
        notebook.metadata.setdefault("duecourse", NotebookNode())[CONTENT] = submission.content
        return _finished(notebook, note)

    def _remarked(self, submission: Submission) -> Result:
        done = {}
        graded = emptied(self._place("autograded_directory", submission))
        for name in self.snapshot.definition.notebooks:
            if content := submission.files.get(f"{name}.ipynb"):
                notebook = nbformat.v4.reads_json(content.decode())
                resources = self._resources(submission, name, graded)
                notebook, resources = _through(self._restore, notebook, resources)
                notebook, resources = _through(self._remark, _whole(notebook), resources)
                note = str(notebook.metadata.get("duecourse", {}).get(NOTE, ""))
                done[name] = _finished(notebook, note)
        return Result(_without_files(submission), done)

    def _place(self, step: str, submission: Submission) -> Path:
        folder = getattr(self.coursedir, step)
        where = self.coursedir.format_path(folder, submission.learner, self.snapshot.assignment)
        return Path(where)

    def _lay_out_beside(self, submission: Submission, graded: Path) -> None:
        """Lay the learner's other files beside the notebook, and the assignment's over them."""
        others = {name: text for name, text in submission.files.items() if name[-6:] != ".ipynb"}
        for name, content in {**others, **self._given}.items():
            file = graded / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def _left(self, graded: Path) -> Mapping[str, bytes]:
        """Return what lies in the graded folder beyond notebooks and the assignment's own files."""
        found = {}
        for file in plain(graded, []):
            name = file.relative_to(graded).as_posix()
            if file.suffix != ".ipynb" and file.is_file() and not file.is_symlink():
                content = file.read_bytes()
                if self._given.get(name) != content:
                    found[name] = content
        return found

    def _resources(self, submission: Submission, name: str, folder: Path) -> Any:
        return ResourcesDict(
            metadata=ResourcesDict(name=name, path=str(folder)),
            unique_key=name,
            output_files_dir=f"{name}_files",
            nbgrader={
                "student": submission.learner,
                "assignment": self.snapshot.assignment,
                "notebook": name,
                "db_url": "",
            },
        )

    def _built(self, classes: list[type]) -> list[NbGraderPreprocessor]:
        built = []
        for one in classes:
            if issubclass(one, _LEFT_OUT):
                continue
            made = _STANDS_FOR.get(one, one)(config=self._config)
            if isinstance(made, OverwriteKnownCells | OverwriteKnownKernelspec):
                made.definition = self.snapshot.definition
            if isinstance(made, MarkAnswers):
                made.executed = self.snapshot.keys
            built.append(made)
        return built


def _through(
    chain: list[NbGraderPreprocessor], notebook: NotebookNode, resources: Any
) -> tuple[NotebookNode, Any]:
    for one in chain:
        notebook, resources = one(notebook, resources)
    return notebook, resources


def _whole(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook as if it had been written and read: cells put back are whole ones then."""
    if all("id" in cell for cell in notebook.cells):
        return notebook
    return nbformat.from_dict(nbformat.validator.normalize(notebook)[1])


def _finished(notebook: NotebookNode, note: str) -> GradedNotebook:
    scores: dict[str, Score] = {}
    comments: dict[str, str | None] = {}
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if utils.is_grade(cell):
            scores[about["grade_id"]] = Score(utils.determine_grade(cell)[0])
        if utils.is_solution(cell) or utils.is_task(cell):
            open_ = about.get("checksum") == utils.compute_checksum(cell)
            silent = open_ and not utils.is_task(cell)
            comments[about["grade_id"]] = "No response." if silent else None
    # a lone surrogate, which a learner's code can print, is no Unicode text
    text = nbformat.v4.writes_json(notebook).encode("utf-8", "replace")
    return GradedNotebook(text + b"\n", scores, comments, note)


def _without_files(submission: Submission) -> Submission:
    return Submission(
        submission.learner,
        {},
        (),
        submission.content,
        submission.timestamp,
        submission.trouble,
    )


def _resolved(classes: Any) -> list[type]:
    return [import_item(one) if isinstance(one, str) else one for one in classes]
