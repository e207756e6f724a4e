"""Everything that a class says about each task, in one table."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from duecourse.tasks import CallTask
from grader.assignments import Assignment
from grader.cases import key_of
from grader.reporting import reliability
from grader.reporting.advice import FEW, advice, verdict
from grader.reporting.measures import discrimination, facility, matrix, shares, upper_lower
from grader.results import Results

CRITICAL: Final = "critical"
"""The topic of tasks that everybody must master."""


def items(
    results: Results,
    critical: Mapping[str, bool] | None = None,
    worktime: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the measures of every task, and what to do about it.

    Every measure rests upon the learners whose submission could be read; what they are, and who found
    them, stands with `grader.reporting.measures` and `grader.reporting.reliability`.

    Args:
        results: what the class achieved.
        critical: the tasks that everybody must master, by id, and whether each must be wholly right (see
            `critical`); they are not judged by their difficulty.
        worktime: attempts and minutes, of `grader.reporting.worktime`.

    Returns:
        One row a task, in their order: task, title, max, by_hand, critical, n (learners with a mark),
        answered (learners with an answer), waiting, whole (learners with all points), missed
        (learners who missed a critical task), mean (points),
        facility with facility_low and facility_high, r with r_low and r_high (item-rest correlation),
        upper_lower, alpha_without, logs (learners with a log), attempts (mean), minutes (median),
        few (fewer than 30 learners), verdict, advice.
    """
    points = matrix(results)
    most = results.tasks.set_index("task")["max"].astype(float)
    table = results.tasks.set_index("task")
    critical = critical or {}
    table["critical"] = [task in critical for task in table.index]
    table = table.join(facility(points, most))
    marks = results.marks[results.marks["learner"].isin(results.read["learner"])]
    answered = marks[~marks["outcome"].isin(("not-answered", "unreadable"))]
    table["missed"] = _missed(marks, critical).reindex(table.index).fillna(0).astype(int)
    counts = {"answered": answered, "waiting": marks[marks["outcome"] == "waiting"]}
    for name, rows in counts.items():
        table[name] = rows["task"].value_counts().reindex(table.index).fillna(0).astype(int)
    table["whole"] = (shares(points, most) >= 1).sum().reindex(table.index).astype(int)
    table = table.join(discrimination(points))
    table["upper_lower"] = upper_lower(points, most)
    table["alpha_without"] = reliability.without(points)
    table = table.join(_work(worktime)).reset_index()
    table["logs"] = table["logs"].fillna(0).astype(int)
    table["few"] = table["n"] < FEW
    records = table.to_dict("records")
    table["verdict"] = [str(verdict(row)) for row in records]
    table["advice"] = [advice(row) for row in records]
    return table


def _work(worktime: pd.DataFrame | None) -> pd.DataFrame:
    if worktime is None or worktime.empty:
        return pd.DataFrame(columns=["logs", "attempts", "minutes"], dtype=float)
    by = worktime.groupby("task")
    return by.agg(
        logs=("learner", "nunique"), attempts=("attempts", "mean"), minutes=("minutes", "median")
    ).astype(float)


def critical(assignment: Assignment) -> dict[str, bool]:
    """Return the tasks that everybody must master, and whether each must be wholly right.

    Those with the topic ``critical`` must; in a call with a step that must not be missed, it is the step
    that counts.

    Raises:
        DuecourseError: a case that a call is played in is not there.
    """
    found = {task.id: True for task in assignment.tasks if CRITICAL in task.topics}
    for task in assignment.tasks:
        if isinstance(task, CallTask) and task.id not in found:
            key = key_of(assignment.cases[task.case]).calls[task.call]
            if key.critical:
                found[task.id] = False
    return found


def _missed(marks: pd.DataFrame, critical: Mapping[str, bool]) -> pd.Series:
    """Return by how many learners each critical task was missed."""
    own = marks[marks["task"].isin(critical) & (marks["outcome"] != "waiting")]
    step = own["critical"].fillna(0).astype(float) > 0
    nothing = own["outcome"].isin(("not-answered", "unreadable"))
    partly = own["task"].map(critical).astype(bool) & (own["points"] < own["max"])
    return own.loc[step | nothing | partly, "task"].value_counts()
