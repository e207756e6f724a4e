"""How hard each task was, and how well it tells learners apart: measures of classical test theory.

The measures take points as a table: a row a learner, a column a task, missing where an answer still
waits for a person's mark. Only tasks whose marks are all there are compared with one another.
"""

from typing import Final

import pandas as pd
from scipy import stats

from duecourse.risk import rate_interval
from grader.results import Results

LEVEL: Final = 0.95
"""Confidence level of every interval."""
GROUP: Final = 0.27
"""Share of the class in the upper and in the lower group: where their difference is told apart best
(T. L. Kelley, "The selection of upper and lower groups for the validation of test items", Journal of
Educational Psychology 30, 1939)."""
_SAME: Final = 1e-9
"""A spread below this is rounding."""


def matrix(results: Results, *, everybody: bool = False) -> pd.DataFrame:
    """Return the points of everybody whose submission could be read.

    No answer, and one that cannot be read, count as they do in the gradebook: 0.

    Args:
        results: what the class achieved.
        everybody: whether those are there too whose submission could not be read.

    Returns:
        index: the learner's id; one column a task, in the order of the notebook; points, missing
        where the answer waits for a person's mark.
    """
    marks = results.marks
    if not everybody:
        marks = marks[marks["learner"].isin(results.read["learner"])]
    points = marks["points"].astype(float).where(marks["outcome"] != "waiting")
    # A pivot table would count a missing mark as 0.
    by = points.groupby([marks["learner"], marks["task"]])
    table = by.sum(min_count=1).unstack("task")  # noqa: PD010
    return table.reindex(columns=list(results.tasks["task"])).astype(float)


def settled(points: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the tasks in which every mark is there."""
    return points.dropna(axis="columns")


def shares(points: pd.DataFrame, most: pd.Series) -> pd.DataFrame:
    """Return the points as shares in [0, 1] of what each task gives; extra points add nothing.

    Args:
        points: a row a learner, a column a task.
        most: the points of each task; one that gives none has no shares.
    """
    return points.div(most.where(most > 0).reindex(points.columns)).clip(0, 1)


def facility(points: pd.DataFrame, most: pd.Series) -> pd.DataFrame:
    """Return how easy each task was: the mean share of its points.

    The interval is Wilson's (1927). It is exact in kind for tasks that are right or wrong. With
    partial credit it is somewhat too wide and never too narrow, because no variable in [0, 1] with
    mean p varies more than p(1 - p) (R. Bhatia and C. Davis, "A better bound on the variance", American
    Mathematical Monthly 107, 2000).

    Args:
        points: a row a learner, a column a task.
        most: the points of each task.

    Returns:
        index: the task; columns: n (marks), mean (points), facility, facility_low, facility_high. All
        but n are missing while a mark is: blank answers are marked first, and would make it look hard.
    """
    known, n = settled(points), points.count()
    share = shares(known, most).mean().reindex(points.columns)
    low, high = rate_interval(share * n, n)
    ends = {"facility_low": low, "facility_high": high}
    return pd.DataFrame(
        {"n": n, "mean": known.mean().reindex(points.columns), "facility": share, **ends},
        index=points.columns,
    )


def discrimination(points: pd.DataFrame) -> pd.DataFrame:
    """Return how each task goes together with the rest: the corrected item-rest correlation.

    It is Pearson's correlation of a task's points with the sum of the points of all others (for a task
    that is right or wrong: the point-biserial correlation). Without the correction a task would
    correlate with itself (E. E. Cureton, "Corrected item-test correlations", Psychometrika 31, 1966).
    The interval is Fisher's (z transformation, 1921); it needs four learners.

    Returns:
        index: the task; columns: r, r_low, r_high. They are missing for a task that waits for marks,
        or where either side is the same for everybody.
    """
    known = settled(points)
    total = known.sum(axis="columns")
    rows = [_with_the_rest(known[task], total - known[task]) for task in known.columns]
    table = pd.DataFrame(rows, columns=["r", "r_low", "r_high"], index=known.columns, dtype=float)
    return table.reindex(points.columns)


def _with_the_rest(item: pd.Series, rest: pd.Series) -> tuple[float, float, float]:
    unknown = float("nan")
    if len(item) < 2 or item.std() < _SAME or rest.std() < _SAME:
        return unknown, unknown, unknown
    found = stats.pearsonr(item, rest)
    if len(item) < 4:
        return float(found.statistic), unknown, unknown
    ends = found.confidence_interval(LEVEL)
    return float(found.statistic), float(ends.low), float(ends.high)


def upper_lower(points: pd.DataFrame, most: pd.Series, group: float = GROUP) -> pd.Series:
    """Return the upper-lower index of each task: its facility in the best 27 % less in the last 27 %.

    The groups are made by the points of all tasks together (A. P. Johnson, "Notes on a suggested index
    of item validity: the U-L index", Journal of Educational Psychology 42, 1951). Learners with the
    same total share the places at the border between them, so no order of names matters.

    Args:
        points: a row a learner, a column a task.
        most: the points of each task.
        group: share of the class in either group.

    Returns:
        index: the task; in [-1, 1]; missing for a task that waits for marks.
    """
    known = settled(points)
    total = known.sum(axis="columns").round(9)
    size = group * len(known)
    if not size:
        return pd.Series(float("nan"), index=points.columns)
    won = shares(known, most)
    upper, lower = _places(total, size), _places(-total, size)
    found = won.mul(upper - lower, axis="index").sum(min_count=1) / size
    return found.reindex(points.columns)


def _places(value: pd.Series, size: float) -> pd.Series:
    """Return which part of each learner belongs to the group of this size with the highest values."""
    above = value.rank(method="min", ascending=False) - 1
    tied = value.groupby(value).transform("size")
    return ((size - above) / tied).clip(0, 1)
