"""The marks of a class as data frames: one row a learner, every task one column.

A task's column is called ``assignment/task``, so that it meets no other column and no other
assignment. Points that still wait for a person's mark are missing, never zero.
"""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from grader.findings import noticed
from grader.results import Results

_ABOUT: Final = ["learner", "name", "status", "handed_in", "hours_late", "penalty", "waiting"]


def of_assignment(results: Results) -> pd.DataFrame:
    """Return the marks of one assignment.

    Returns:
        One row a learner of the class: learner (id), name, status (of `grader.results.Status`),
        handed_in (UTC), hours_late, penalty (points taken for lateness), waiting (answers that
        wait for a person's mark), points (missing where nothing is graded), max, a column of
        points for every task in the assignment's order, and noticed (a text).
    """
    table = results.learners.reset_index(drop=True)
    marks = _by_task(results).reindex(table["learner"]).reset_index(drop=True)
    given = results.marks.groupby("learner")["points"].sum().reindex(table["learner"])
    lost = given.reset_index(drop=True).astype(float) - table["points"].astype(float)
    table = table.assign(penalty=lost.round(10))
    about = table[[*_ABOUT, "points", "max"]].astype({"points": float})
    remarks = pd.Series([noticed(row) for row in _rows(table)], name="noticed", dtype=object)
    return pd.concat([about, marks, remarks], axis="columns")


def of_course(results: Sequence[Results], *, tasks: bool = True) -> pd.DataFrame:
    """Return the marks of several assignments side by side.

    Args:
        results: of each assignment.
        tasks: whether every task is a column too, after the assignments.

    Returns:
        One row a learner: learner, name, a column of points for every assignment (missing where
        nothing of it is graded), points (their sum), max (of all these assignments), waiting, and
        the tasks.
    """
    tables = [of_assignment(one).set_index("learner") for one in results]
    learners = sorted({learner for table in tables for learner in table.index})
    names: dict[Any, Any] = {}
    for table in tables:
        names |= table["name"].to_dict()
    whole = pd.DataFrame({"learner": learners, "name": [names[one] for one in learners]})
    whole = whole.set_index("learner", drop=False)
    points = {
        one.assignment: table["points"].reindex(learners)
        for one, table in zip(results, tables, strict=True)
    }
    side = pd.DataFrame(points, index=learners, dtype=float)
    waits = [table["waiting"].reindex(learners).fillna(0) for table in tables]
    sums = pd.DataFrame(
        {
            "points": side.sum(axis="columns", min_count=1),
            "max": float(sum(one.max for one in results)),
            "waiting": sum(waits, pd.Series(0, index=learners)).astype(int),
        },
        index=learners,
    )
    single = [_by_task(one).reindex(learners) for one in results] if tasks else []
    return pd.concat([whole, side, sums, *single], axis="columns").reset_index(drop=True)


def of_tasks(results: Sequence[Results]) -> pd.DataFrame:
    """Return what the columns of tasks stand for.

    Returns:
        One row a task: column, assignment, task, title (in the current language), max, by_hand.
    """
    parts = [
        one.tasks.assign(
            assignment=one.assignment,
            column=[column_of(one.assignment, str(task)) for task in one.tasks["task"]],
        )
        for one in results
    ]
    columns = ["column", "assignment", "task", "title", "max", "by_hand"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def column_of(assignment: str, task: str) -> str:
    """Return the name of a task's column."""
    return f"{assignment}/{task}"


def _by_task(results: Results) -> pd.DataFrame:
    """Return the points by learner (rows) and task (columns); missing while a person is asked."""
    known = results.marks[results.marks["outcome"] != "waiting"]
    wide = known.pivot_table(index="learner", columns="task", values="points", aggfunc="first")
    wide = wide.reindex(columns=results.tasks["task"]).astype(float)
    wide.columns = pd.Index([column_of(results.assignment, str(task)) for task in wide.columns])
    return wide


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
