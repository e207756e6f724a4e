"""Cures: who left a bucket for good, who came back, and who was cured on paper only."""

import numpy as np
from pandas import DataFrame, Index, Series

from duecourse.columns import Unmeasurable, numbers
from duecourse.language import _
from duecourse.snapshots import BUCKETS, CLOSED, WRITTEN_OFF, read_snapshots


def cure_table(
    snapshot: DataFrame,
    horizon_months: int = 3,
    redefault_days: int = 90,
    redefault_bucket: int = 1,
) -> DataFrame:
    """Return how many accounts of each bucket are cured within a horizon, and for how long.

    Cured means nothing past due by the contract's own schedule at one of the next month-ends, or
    paid off and closed. An account that only the servicing system shows as not past due, because an
    agreed plan re-aged it, is `restructured` and no cure. Every start month counts whose horizon and
    time after it lie inside the table, so that an account late for two months is two cases.

    Args:
        snapshot: one row per account and month, with `bucket` and `reported_bucket`.
        horizon_months: month-ends after the start within which a cure counts.
        redefault_days: days after the cure in which a re-default counts, 30 to a month-end.
        redefault_bucket: the bucket from which on an account counts as past due again.

    Returns:
        index: `bucket` 1 to 7; columns `accounts` (cases), `cured`, `redefaulted` (cured, then past due
        again), `lasting` = cured - redefaulted, `restructured` (not cured), `cure_rate`,
        `lasting_rate`, and `paper_rate` = (cured + restructured) / accounts, what re-ageing pretends.

    Raises:
        Unmeasurable: the table has too few months, or accounts vanish between months.
    """
    for name, value in (("horizon_months", horizon_months), ("redefault_days", redefault_days)):
        numbers(Series([value]), name, low=1)
    after = max(1, round(redefault_days / 30))
    grid = read_snapshots(snapshot)
    states, reported = grid.lasting(), read_snapshots(snapshot, "reported_bucket").states
    starts = states.shape[1] - horizon_months - after
    if starts < 1:
        raise Unmeasurable(
            _(
                "{needed} months are needed for this horizon and what follows; there are {found}."
            ).format(needed=horizon_months + after + 1, found=states.shape[1])
        )
    well = (states == 0) | (states == CLOSED)
    again = ((states >= redefault_bucket) & (states < BUCKETS)) | (states == WRITTEN_OFF)
    sums = np.zeros((4, BUCKETS), dtype=np.int64)
    for start in range(starts):
        rows = np.flatnonzero((states[:, start] > 0) & (states[:, start] < BUCKETS))
        window = slice(start + 1, start + 1 + horizon_months)
        cured = well[rows, window].any(axis=1)
        when = start + 1 + well[rows, window].argmax(axis=1)
        following = when[:, None] + np.arange(1, after + 1)
        back = cured & again[rows[:, None], following].any(axis=1)
        paper = ~cured & (reported[rows, window] == 0).any(axis=1)
        for line, part in enumerate((np.ones(len(rows), dtype=bool), cured, back, paper)):
            sums[line] += np.bincount(states[rows[part], start], minlength=BUCKETS)
    names = ["accounts", "cured", "redefaulted", "restructured"]
    table = DataFrame(sums.T[1:], columns=names, index=Index(range(1, BUCKETS), name="bucket"))
    table.insert(3, "lasting", table["cured"] - table["redefaulted"])
    cases = table["accounts"].where(table["accounts"] > 0)
    table["cure_rate"] = table["cured"] / cases
    table["lasting_rate"] = table["lasting"] / cases
    table["paper_rate"] = (table["cured"] + table["restructured"]) / cases
    return table


def cure_rate(
    snapshot: DataFrame, bucket: int, horizon_months: int = 3, redefault_days: int = 90
) -> Series:
    """Return the row of `cure_table` for one bucket, 1 to 7: counts and rates."""
    numbers(Series([bucket]), "bucket", 1, BUCKETS - 1)
    return cure_table(snapshot, horizon_months, redefault_days).T[bucket]
