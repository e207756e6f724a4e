"""The definition of an assignment: its solved notebooks, their graded cells, its tasks and files."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import nbformat
import pandas as pd
from nbformat import NotebookNode

import duecourse
from duecourse.answers import unseen_file
from duecourse.cases.files import BESIDE, SHELF, CaseFile
from duecourse.cases.files import KEY as KEY_OF_CASE
from duecourse.errors import DuecourseError
from duecourse.kept import ANSWERS
from duecourse.tasks import FILE, FunctionTask, PredictionsTask, Tasks, load
from duecourse.worlds import FOLDER as WORLDS
from grader.cases import cases_of, files_of

KEY: Final = "key"
"""Folder of an assignment that never leaves the instructor's side."""
_OWN: Final = (KEY, FILE, WORLDS, BESIDE, ANSWERS)
"""What of an assignment's folder goes out in its own way or not at all."""
_CODE: Final = Path(duecourse.__file__).parent


@dataclass(frozen=True)
class GradedCell:
    """A cell that earns points.

    Attributes:
        notebook: the name of its notebook, without ending.
        task: its grade_id, which is the task's id.
        points: its points.
        by_hand: whether a person marks it.
    """

    notebook: str
    task: str
    points: float
    by_hand: bool


@dataclass(frozen=True)
class Assignment:
    """An assignment as its author wrote it.

    Attributes:
        folder: its folder below ``assignments/``.
    """

    folder: Path

    @property
    def name(self) -> str:
        """The assignment's name, as nbgrader knows it."""
        return self.folder.name

    @cached_property
    def tasks(self) -> Tasks:
        """What is asked."""
        return load(self.folder)

    @cached_property
    def notebooks(self) -> dict[str, NotebookNode]:
        """The solved notebooks by name.

        Raises:
            DuecourseError: there is none, or one is not readable.
        """
        files = sorted(self.folder.glob("*.ipynb"))
        if not files:
            raise DuecourseError(f"There is no notebook in {self.folder}.")
        try:
            return {file.stem: nbformat.read(file, as_version=4) for file in files}
        except (ValueError, OSError) as error:
            raise DuecourseError(f"A notebook in {self.folder} is not readable: {error}") from error

    @cached_property
    def graded(self) -> tuple[GradedCell, ...]:
        """All cells that earn points, in their order."""
        return tuple(
            GradedCell(
                notebook=name,
                task=cell.metadata.nbgrader.grade_id,
                points=float(cell.metadata.nbgrader.points),
                by_hand=bool(cell.metadata.nbgrader.solution),
            )
            for name, notebook in self.notebooks.items()
            for cell in notebook.cells
            if cell.metadata.get("nbgrader", {}).get("grade")
        )

    @cached_property
    def cases(self) -> dict[str, CaseFile]:
        """The instructor's own files of the cases that its tasks name, by slug.

        Raises:
            DuecourseError: a case is not there, or its files are not as they should be.
        """
        return cases_of(self.folder.parents[1], self.tasks.all_cases)

    @property
    def points(self) -> float:
        """The points of the whole assignment."""
        return sum(cell.points for cell in self.graded)

    def public_files(self) -> list[Path]:
        """Return what is handed out beside the notebooks, without ``tasks.yaml``."""
        return [
            file
            for file in sorted(self.folder.rglob("*"))
            if file.is_file()
            and file.relative_to(self.folder).parts[0] not in _OWN
            and file.suffix != ".ipynb"
            and file.name != KEY_OF_CASE
            and not {"__pycache__", ".ipynb_checkpoints"} & set(file.parts)
        ]

    def unseen(self) -> dict[str, str]:
        """Return the unseen inputs of every function task, as JSON text by file name.

        Raises:
            DuecourseError: a function task has none.
        """
        return {
            unseen_file(task.id): self._kept(unseen_file(task.id))
            for task in self.tasks
            if isinstance(task, FunctionTask)
        }

    def labels(self, task: PredictionsTask) -> dict[str, int]:
        """Return the outcomes (1: bad) that the predictions of a task are marked by, by id."""
        file = self.folder / KEY / "labels.csv"
        if not file.is_file():
            raise DuecourseError(f"{self.name}: there is no {file} for the task '{task.id}'.")
        table = pd.read_csv(file, dtype={task.key: str}).set_index(task.key)
        return {str(name): int(bad) for name, bad in table.iloc[:, 0].items()}

    def _kept(self, name: str) -> str:
        file = self.folder / KEY / name
        if not file.is_file():
            raise DuecourseError(f"{self.name}: the unseen inputs {file} are missing.")
        return file.read_text("utf-8")

    @cached_property
    def digest(self) -> str:
        """What tells this content from any other: notebooks, files, cases, the package."""
        taken = hashlib.sha256()
        sources: list[Any] = [
            [cell.cell_type, cell.source, cell.metadata]
            for notebook in self.notebooks.values()
            for cell in notebook.cells
        ]
        taken.update(json.dumps(sources, sort_keys=True, ensure_ascii=False).encode())
        kept = sorted(file for file in (self.folder / KEY).rglob("*") if file.is_file())
        cases = [file for case in self.cases.values() for file in files_of(case, key=True)]
        code = sorted(_CODE.rglob("*.py"))
        for file in (self.folder / FILE, *self.public_files(), *kept, *cases, *code):
            taken.update(file.name.encode() + b"\0" + file.read_bytes())
        return taken.hexdigest()[:20]


def opened(folder: Path) -> Assignment:
    """Return the assignment in a folder; it is read once as long as none of its files changes."""
    return _opened(folder, _state(folder))


@lru_cache(maxsize=16)
def _opened(folder: Path, _state: Any) -> Assignment:
    return Assignment(folder)


def _state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return the names, times and sizes of all that an assignment is read from."""
    shelves = (folder, folder.parents[1] / SHELF)
    files = (file for shelf in shelves for file in shelf.rglob("*") if file.is_file())
    return tuple(
        (str(file), about.st_mtime_ns, about.st_size)
        for file, about in ((file, file.stat()) for file in sorted(files))
    )


def find(root: Path, name: str) -> Assignment:
    """Return the assignment of this name below ``root``/assignments.

    Raises:
        DuecourseError: there is none.
    """
    folder = root / "assignments" / name
    if not (folder / FILE).is_file():
        have = sorted(file.parent.name for file in root.glob(f"assignments/*/{FILE}"))
        raise DuecourseError(
            f"There is no assignment '{name}' in {root / 'assignments'}. "
            f"It has: {', '.join(have) or 'none'}."
        )
    return Assignment(folder)
