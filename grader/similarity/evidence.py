"""What learners answered, made comparable: from the autograded notebooks of an assignment."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pandas as pd

from duecourse.tasks import TextTask
from grader.assignments import Assignment
from grader.course import Course
from grader.reporting.answers import answers as marked
from grader.results import Results
from grader.similarity.index import compare

_DIGITS: Final = 9
_SHORTEST: Final = 40
"""Characters that a written answer needs to say anything about who wrote it."""
COLUMNS: Final = ["learner", "task", "world", "answer", "right", "known"]


def pairs(course: Course, results: Results) -> pd.DataFrame:
    """Compare all learners of an assignment; see `grader.similarity.index.compare` for the columns."""
    return compare(answers(course, results))


def answers(course: Course, results: Results) -> pd.DataFrame:
    """Return the answers of an assignment as texts that are the same for the same answer.

    Returns:
        One row a learner and task, in the order of the tasks: learner, task, world (missing where
        there is none), answer, right (full points; never of a written text), known (a known
        mistake). What was not answered or could not be read is left out, and so is a written text
        of fewer than 40 characters or as it was handed out.
    """
    assignment = course.assignment(results.assignment)
    given = marked(course, assignment, results)
    about = results.marks.set_index(["learner", "task"])[["world", "mistake"]]
    table = given.join(about, on=["learner", "task"])
    table["answer"] = [canonical(value) for value in table["value"]]
    table["right"] = table["points"] >= table["max"]
    table["known"] = table["mistake"].notna()
    written = pd.DataFrame(list(_written(course, assignment, results)), columns=COLUMNS)
    parts = [part for part in (table[COLUMNS], written) if len(part)]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    order = {task: number for number, task in enumerate(results.tasks["task"])}
    whole["order"] = whole["task"].map(order)
    return whole.sort_values(["order", "learner"], ignore_index=True)[COLUMNS]


def canonical(value: Any) -> str:
    """Return JSON data as a text; numbers that differ by rounding alone give the same."""
    return json.dumps(_rounded(value), ensure_ascii=False, sort_keys=True)


def plain_text(text: str) -> str:
    """Return a written text without what says nothing: width, case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _rounded(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value]


def _written(
    course: Course, assignment: Assignment, results: Results
) -> Iterator[tuple[str, str, None, str, bool, bool]]:
    tasks = {task.id for task in assignment.tasks if isinstance(task, TextTask)}
    handed_out = dict(_texts(course.folder / "release" / assignment.name, assignment, tasks))
    for learner in results.read["learner"]:
        folder = course.folder / "autograded" / str(learner) / assignment.name
        for task, text in _texts(folder, assignment, tasks):
            if len(text) >= _SHORTEST and text != handed_out.get(task):
                yield str(learner), task, None, text, False, False


def _texts(folder: Path, assignment: Assignment, tasks: set[str]) -> Iterator[tuple[str, str]]:
    for name in assignment.notebooks:
        file = folder / f"{name}.ipynb"
        if not file.is_file():
            continue
        for cell in json.loads(file.read_text("utf-8")).get("cells", []):
            task = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
            if task in tasks and cell.get("cell_type") == "markdown":
                source = cell.get("source", "")
                yield task, plain_text(source if isinstance(source, str) else "".join(source))
