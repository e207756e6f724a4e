"""What learners answered: read from the autograded notebooks, where the answer stands beside its mark."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from duecourse.answers import MIME
from grader.assignments import Assignment
from grader.course import Course
from grader.feedback import MARK_MIME
from grader.results import Results
from grader.shapes import value_of

COLUMNS: Final = ["learner", "task", "value", "points", "max"]


def answers(course: Course, assignment: Assignment, results: Results) -> pd.DataFrame:
    """Return every answer that was marked by the machine.

    Answers that could not be read, that are written by hand, or that have another form than their task
    are left out: nothing can be counted in them.

    Returns:
        One row a learner and task: learner, task, value (plain JSON), points, max.
    """
    marked = results.marks[results.marks["outcome"] == "marked"]
    known = marked[marked["learner"].isin(results.read["learner"])]
    rows = []
    for learner, own in known.groupby("learner", sort=True):
        values = dict(_values(course, assignment, str(learner)))
        rows += [
            (learner, task, values[task], points, most)
            for task, points, most in own[["task", "points", "max"]].itertuples(index=False)
            if task in values
        ]
    # As text, pandas would not take half a character, which a learner's answer can hold.
    table = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    return table.astype({"points": float, "max": float})


def _values(course: Course, assignment: Assignment, learner: str) -> Iterator[tuple[str, Any]]:
    folder = course.folder / "autograded" / learner / assignment.name
    for name in assignment.notebooks:
        file = folder / f"{name}.ipynb"
        if not file.is_file():
            continue
        for cell in json.loads(file.read_text("utf-8")).get("cells", []):
            task = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                if MARK_MIME in data and MIME in data and task in assignment.tasks:
                    try:
                        value = value_of(assignment.tasks[task], data[MIME])
                    except (ValueError, RecursionError):
                        continue
                    if value is not None:
                        yield task, value
