"""Pictures of the measures, one module for each room that they belong to.

Every chart takes a table or columns of the measures and returns a `Picture`, the same one for the
same data on every machine. Titles state the finding; pass `title` to say it better.
"""

from duecourse.charts.risk import (
    bad_rates,
    calibration,
    costs,
    difficulty,
    distributions,
    gaps,
    points,
    roc,
    woe,
)

__all__ = [
    "bad_rates",
    "calibration",
    "costs",
    "difficulty",
    "distributions",
    "gaps",
    "points",
    "roc",
    "woe",
]
