"""Cells of notebooks, as the kit's lessons and assignments have them."""

from typing import Any, Final

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

_KERNEL: Final = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def texts(name: str, en: str, zh: str) -> list[NotebookNode]:
    """Return the two cells of a text, side by side."""
    return [
        _named(new_markdown_cell(text, metadata={"lang": language}), f"{name}-{language}")
        for language, text in (("en", en), ("zh", zh))
    ]


def code(name: str, source: str, **metadata: Any) -> NotebookNode:
    """Return a code cell."""
    return _named(new_code_cell(source, metadata=metadata), name)


def locked(name: str, source: str) -> NotebookNode:
    """Return a code cell that comes back as it was handed out."""
    return code(name, source, nbgrader=_nbgrader(name, locked=True))


def solution(name: str, before: str, solved: str, after: str = "") -> NotebookNode:
    """Return the cell of an answer: the solution, and what learners find before and after it."""
    source = f"{before}\n### BEGIN SOLUTION\n{solved}\n### END SOLUTION\n{after}".rstrip()
    return code(name, source, nbgrader=_nbgrader(name, solution=True))


def graded(task: str, variable: str, points: float) -> NotebookNode:
    """Return the cell that hands a task's answer in."""
    source = f'check("{task}", {variable})'
    return code(f"{task}-check", source, nbgrader=_nbgrader(task, locked=True, points=points))


def written(task: str, answer: str, points: float) -> NotebookNode:
    """Return the cell of a written answer, with the model answer in it."""
    source = f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
    about = _nbgrader(task, solution=True, points=points)
    return _named(new_markdown_cell(source, metadata={"nbgrader": about}), task)


def notebook(cells: list[NotebookNode]) -> NotebookNode:
    """Return a notebook of these cells, as the kit saves it."""
    metadata = {"kernelspec": dict(_KERNEL), "language_info": {"name": "python"}}
    return new_notebook(cells=cells, metadata=metadata)


def _named(cell: NotebookNode, name: str) -> NotebookNode:
    cell.id = name
    return cell


def _nbgrader(
    name: str, *, solution: bool = False, locked: bool = False, points: float | None = None
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "grade": points is not None,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return about if points is None else {**about, "points": points}
