"""How far the points of an assignment can be relied upon: Cronbach's alpha and what follows from it.

Points come as a table: a row a learner, a column a task. Tasks with a missing mark are left out.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from scipy import stats

from grader.reporting.measures import LEVEL, settled


@dataclass(frozen=True)
class Reliability:
    """How far the points can be relied upon.

    Attributes:
        n: learners.
        tasks: tasks whose marks are all there.
        alpha: Cronbach's alpha; at most 1, and below 0 where tasks contradict each other.
        low: low end of its interval.
        high: high end of its interval.
        error: its standard error.
        measurement: standard error of measurement, in points: how far the points of one learner would
            vary from one such assignment to another.
    """

    n: int
    tasks: int
    alpha: float
    low: float
    high: float
    error: float
    measurement: float


def reliability(points: pd.DataFrame) -> Reliability | None:
    """Return the reliability of the sum of the points, or None where it cannot be known.

    Alpha: L. J. Cronbach, "Coefficient alpha and the internal structure of tests", Psychometrika 16,
    1951. Interval: L. S. Feldt, "The approximate sampling distribution of Kuder-Richardson reliability
    coefficient twenty", Psychometrika 30, 1965. Standard error: A. Duhachek and D. Iacobucci, "Alpha's
    standard error (ASE)", Journal of Applied Psychology 89, 2004. Standard error of measurement: the
    deviation of the totals times the root of 1 - alpha (Lord and Novick 1968).

    It needs two tasks, two learners, and totals that differ.
    """
    known = settled(points)
    found = alpha(known)
    if found is None:
        return None
    n, tasks = known.shape
    low, high = interval(found, n, tasks)
    deviation = float(known.sum(axis="columns").std())
    return Reliability(
        n, tasks, found, low, high, standard_error(known), deviation * sqrt(1 - found)
    )


def alpha(points: pd.DataFrame) -> float | None:
    """Return Cronbach's alpha of complete points, or None where it is not defined."""
    n, tasks = points.shape
    if n < 2 or tasks < 2:
        return None
    whole = float(points.sum(axis="columns").var())
    if whole < 1e-12:
        return None
    return tasks / (tasks - 1) * (1 - float(points.var().sum()) / whole)


def without(points: pd.DataFrame) -> pd.Series:
    """Return what alpha would be without each task; missing where it is not defined."""
    known = settled(points)
    found = {task: alpha(known.drop(columns=task)) for task in known.columns}
    return pd.Series(found, dtype=float).reindex(points.columns)


def interval(value: float, n: int, tasks: int, level: float = LEVEL) -> tuple[float, float]:
    """Return Feldt's interval of an alpha of so many learners and tasks."""
    outside = (1 - level) / 2
    spread = stats.f(n - 1, (n - 1) * (tasks - 1))
    return (
        1 - (1 - value) * float(spread.ppf(1 - outside)),
        1 - (1 - value) * float(spread.ppf(outside)),
    )


def standard_error(points: pd.DataFrame) -> float:
    """Return the standard error of alpha of complete points, as Duhachek and Iacobucci give it."""
    n, k = points.shape
    covariance = points.cov().to_numpy()
    whole, own = covariance.sum(), np.trace(covariance)
    squared = covariance @ covariance
    spread = whole * (np.trace(squared) + own**2) - 2 * own * squared.sum()
    return sqrt(max(0.0, float(2 * k**2 / ((k - 1) ** 2 * whole**3) * spread)) / n)
