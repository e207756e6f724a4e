"""A course in nbgrader's classic style, and a class that hands in all sorts of work.

Nothing in it knows this kit: a plain ``nbgrader_config.py``, nbgrader's own folders, and the
notebooks of `classic_cells`. The same number of submissions is always the same class, byte by byte.
"""  # noqa: INP001 - beside a script, no package

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
import numpy as np
import pandas as pd
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from benchmarks.classic_answers import LOUD, MISTAKEN, RAISING
from benchmarks.classic_cells import NOTEBOOKS, Cell

ASSIGNMENT: Final = "arrears"
DUE: Final = "2026-03-08 23:59:59 UTC"
_SOLUTION: Final = re.compile(r"### BEGIN SOLUTION\n(.*?)\n### END SOLUTION", re.DOTALL)
_KERNEL: Final = {
    "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
}
_CONFIG: Final = """\
c = get_config()
c.CourseDirectory.course_id = "classic"
c.ClearSolutions.code_stub = {{"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}}
c.LateSubmissionPlugin.penalty_method = "{penalty}"
"""

Submission = dict[str, NotebookNode]
"""The notebooks of one learner, by name."""


def build(root: Path, submissions: int, *, penalty: str = "none") -> list[str]:
    """Write the course, release its assignment and hand in the work of a class.

    Args:
        root: an empty or missing folder; it becomes nbgrader's course root.
        submissions: how many learners hand something in; their kinds of work follow one another
            in the order of `KINDS`.
        penalty: what nbgrader does about late work: ``none`` or ``zero``.

    Returns:
        the learners' ids, in the order of their kinds.
    """
    root.mkdir(parents=True, exist_ok=True)
    (root / "nbgrader_config.py").write_text(_CONFIG.format(penalty=penalty), "utf-8")
    write_source(root / "source" / ASSIGNMENT)
    released(root)
    return hand_in(root, submissions)


def write_source(folder: Path) -> None:
    """Write the instructor's version of the assignment: two notebooks and their data."""
    (folder / "data").mkdir(parents=True)
    for name, cells in NOTEBOOKS.items():
        notebook = new_notebook(cells=[_source_cell(cell) for cell in cells], metadata=_KERNEL)
        for number, cell in enumerate(notebook.cells):
            cell.id = f"{name}-{number:02}"
        nbformat.write(notebook, folder / f"{name}.ipynb")
    chance = np.random.default_rng(2026)
    due = pd.Timestamp("2026-03-31") - pd.to_timedelta(chance.integers(-20, 140, 400), unit="D")
    paid = pd.Series(due + pd.to_timedelta(chance.integers(-5, 60, 400), unit="D"))
    accounts = pd.DataFrame(
        {
            "account_id": [f"A{i:05}" for i in range(400)],
            "balance": chance.lognormal(8, 1, 400).round(2),
            "due": due,
            "paid": paid.where(pd.Series(chance.random(400) < 0.3)),
        }
    )
    accounts.to_csv(folder / "data" / "accounts.csv", index=False)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(chance.integers(0, 365, 2000), unit="D")
    payments = pd.DataFrame({"day": days, "amount": chance.gamma(2, 150, 2000).round(2)})
    payments.to_csv(folder / "data" / "payments.csv", index=False)


def released(root: Path) -> None:
    """Release the assignment with nbgrader and set its due date."""
    with plain(root) as api:
        done = api.generate_assignment(ASSIGNMENT)
        if not done["success"]:
            raise RuntimeError(done["log"])
        with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
            gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)


@contextmanager
def plain(root: Path) -> Iterator[Any]:
    """Lend nbgrader's own interface for a course root, configured by its own file and nothing else."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.merge(Config({"CourseDirectory": {"root": str(root)}}))
    before = os.environ.get("PATH", "")
    # nbgrader calls the command `alembic` of its own environment by its bare name.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield NbGraderAPI(CourseDirectory(config=config), config=config)
    finally:
        os.environ["PATH"] = before


def hand_in(root: Path, submissions: int) -> list[str]:
    """Hand in the work of so many learners; return their ids.

    No two learners hand in the same bytes, so that nothing can be graded once for two of them.
    """
    release = root / "release" / ASSIGNMENT
    handed_out = {name: nbformat.read(release / f"{name}.ipynb", 4) for name in NOTEBOOKS}
    names = list(KINDS)
    learners = []
    for number in range(submissions):
        name = names[number % len(names)]
        learner = f"{name}-{number:04}"
        folder = root / "submitted" / learner / ASSIGNMENT
        shutil.copytree(release, folder, ignore=shutil.ignore_patterns("*.ipynb"))
        day = 10 if name == "late" else 1 + number % 7
        (folder / "timestamp.txt").write_text(f"2026-03-{day:02} 12:{number % 60:02}:00 UTC")
        kind = KINDS[name]
        work = answered(handed_out, kind.answers, learner)
        kind.change(work, folder)
        write(work, folder)
        learners.append(learner)
    return learners


def answered(handed_out: Submission, answers: Mapping[str, str], learner: str) -> Submission:
    """Return the released notebooks with these answers by grade_id, signed by the learner."""
    work = {name: nbformat.from_dict(notebook) for name, notebook in handed_out.items()}
    for name, notebook in work.items():
        given = {cell.grade_id: _SOLUTION.sub("", cell.source) for cell in NOTEBOOKS[name]}
        for cell in notebook.cells:
            about = cell.metadata.get("nbgrader")
            if about is None:
                cell.source += f"\n# {learner}" if cell.cell_type == "code" else f" ({learner})"
            elif about.solution and about.grade_id in answers:
                cell.source = given[about.grade_id] + answers[about.grade_id]
    return work


def write(work: Submission, folder: Path) -> None:
    """Write the notebooks of a submission into its folder."""
    for name, notebook in work.items():
        nbformat.write(notebook, folder / f"{name}.ipynb")


def cell_named(work: Submission, grade_id: str) -> tuple[NotebookNode, int]:
    """Return the notebook that holds a cell, and the cell's place in it."""
    for notebook in work.values():
        for place, cell in enumerate(notebook.cells):
            if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
                return notebook, place
    raise KeyError(grade_id)


def _source_cell(cell: Cell) -> NotebookNode:
    make = new_markdown_cell if cell.kind in {"text", "written", "task"} else new_code_cell
    if not cell.grade_id:
        return make(cell.source)
    about = {
        "grade_id": cell.grade_id,
        "grade": cell.points is not None and cell.kind != "task",
        "solution": cell.kind in {"answer", "written", "written code"},
        "locked": cell.kind in {"fixed", "test", "task"},
        "task": cell.kind == "task",
        "schema_version": 3,
    }
    if cell.points is not None:
        about["points"] = cell.points
    return make(cell.source, metadata={"nbgrader": about})


SOLUTIONS: Final = {
    cell.grade_id: found[1]
    for cells in NOTEBOOKS.values()
    for cell in cells
    if (found := _SOLUTION.search(cell.source))
}
"""What the instructor would write, by grade_id."""


# What a learner does to answered work before it is handed in.


def _nothing(work: Submission, folder: Path) -> None:
    """Leave everything as it is."""


def _remark(_work: Submission, folder: Path) -> None:
    (folder / "remarks.txt").write_text("please look at the second notebook first\n")


def _fewer_cells(work: Submission, _folder: Path) -> None:
    """Delete an answer, two tests and a written answer."""
    for name in ("bucket-answer", "table-parts", "schedule", "why"):
        notebook, place = cell_named(work, name)
        del notebook.cells[place]


def _more_cells(work: Submission, _folder: Path) -> None:
    """Add cells, change what is locked, and leave old outputs behind."""
    notebook, place = cell_named(work, "note")
    note = new_markdown_cell("*current*, *1-30*: call them first.", id="own-1")
    notebook.cells[place + 1 : place + 1] = [note, new_code_cell("len(accounts)", id="own-2")]
    notebook, place = cell_named(work, "value")
    notebook.cells[place].source = "assert True"
    notebook.cells[place].metadata.nbgrader.points = 50
    notebook.cells[place].outputs = [new_output("stream", text="old output\n")]


def _one_notebook(work: Submission, _folder: Path) -> None:
    del work["measures"]


def _more_files(_work: Submission, folder: Path) -> None:
    """Hand in a notebook that nobody asked for, a folder, and other data than were given."""
    own = new_notebook(cells=[new_code_cell("1 + 1", id="own-1")], metadata=_KERNEL)
    nbformat.write(own, folder / "scratch.ipynb")
    (folder / "more").mkdir()
    (folder / "more" / "readme.md").write_text("# 说明\n", "utf-8")
    (folder / "data" / "accounts.csv").write_text("account_id,balance,due,paid\nA1,1,2026-01-01,\n")


@dataclass(frozen=True)
class Kind:
    """A kind of work: the answers by grade_id, and what is done to the notebooks and the folder."""

    answers: Mapping[str, str]
    change: Callable[[Submission, Path], None] = _nothing


_PARTLY: Final = {
    **SOLUTIONS,
    **{name: MISTAKEN[name] for name in ("bucket-answer", "value-answer")},
}
KINDS: Final[Mapping[str, Kind]] = {
    "right": Kind(SOLUTIONS),
    "wrong": Kind({**SOLUTIONS, **MISTAKEN}),
    "raising": Kind({**SOLUTIONS, **RAISING}),
    "partly": Kind(_PARTLY),
    "late": Kind(_PARTLY),
    "fewer-cells": Kind(SOLUTIONS, _fewer_cells),
    "loud": Kind({**SOLUTIONS, **LOUD}, _remark),
    "one-notebook": Kind(SOLUTIONS, _one_notebook),
    "more-cells": Kind(SOLUTIONS, _more_cells),
    "untouched": Kind({}),
    "more-files": Kind(SOLUTIONS, _more_files),
}
"""The kinds of work that learners hand in; a class goes through them in this order."""
