"""What nbgrader's gradebook says of an assignment, as plain data, and the preprocessors that ask it.

A worker has no gradebook: `Definition` answers in its place the three questions that nbgrader's
preprocessors ask while a submission is put back into its form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor, OverwriteCells


@dataclass(frozen=True)
class SourceCell:
    """A cell as the gradebook keeps it when an assignment is released."""

    name: str
    cell_type: str
    locked: bool
    source: str
    checksum: str


@dataclass(frozen=True)
class PointsCell:
    """A cell that earns points: a graded cell or a task cell.

    Attributes:
        automatic: whether its score can come from execution; a person gives the others.
    """

    name: str
    max_score: float
    automatic: bool


@dataclass(frozen=True)
class NamedCell:
    """A cell of which only the name matters here."""

    name: str


@dataclass(frozen=True)
class NotebookDefinition:
    """One notebook of an assignment: its kernel, and its cells in the gradebook's order."""

    name: str
    kernelspec: Mapping[str, Any] | None
    source_cells: tuple[SourceCell, ...]
    grade_cells: tuple[PointsCell, ...]
    solution_cells: tuple[NamedCell, ...]
    task_cells: tuple[PointsCell, ...]


@dataclass(frozen=True)
class Definition:
    """The notebooks of an assignment by name; it answers as nbgrader's gradebook does."""

    assignment: str
    notebooks: Mapping[str, NotebookDefinition]

    def find_notebook(self, name: str, _assignment: str) -> NotebookDefinition:
        """Return a notebook's definition."""
        return self.notebooks[name]

    def find_source_cell(self, name: str, notebook: str, _assignment: str) -> SourceCell:
        """Return a cell as it was released."""
        return _named(self.notebooks[notebook].source_cells, name)

    def find_graded_cell(self, name: str, notebook: str, _assignment: str) -> PointsCell:
        """Return a cell that earns points."""
        there = self.notebooks[notebook]
        return _named((*there.grade_cells, *there.task_cells), name)


class OverwriteKnownCells(OverwriteCells):
    """nbgrader's OverwriteCells, asking a `Definition` in place of a gradebook."""

    definition: Definition

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Put the released cells back into one notebook."""
        self.notebook_id = resources["nbgrader"]["notebook"]
        self.assignment_id = resources["nbgrader"]["assignment"]
        self.gradebook = self.definition
        nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
        if self.add_missing_cells:
            nb, resources = self.add_missing_grade_cells(nb, resources)
            nb, resources = self.add_missing_task_cells(nb, resources)
        return nb, resources


class OverwriteKnownKernelspec(NbGraderPreprocessor):
    """nbgrader's OverwriteKernelspec, asking a `Definition` in place of a gradebook."""

    definition: Definition

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Put the released kernel's name back into one notebook."""
        if kernelspec := self.definition.notebooks[resources["nbgrader"]["notebook"]].kernelspec:
            nb.metadata["kernelspec"] = NotebookNode(kernelspec)
        return nb, resources


def _named(cells: Any, name: str) -> Any:
    for cell in cells:
        if cell.name == name:
            return cell
    raise MissingEntry(f"No such cell: {name}")
