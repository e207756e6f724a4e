"""How accounts move between buckets from one month's end to the next, and what that leads to.

Tables of snapshots are told in `duecourse.snapshots`. Weights: "count" counts accounts, "balance"
their yuan at the start month. Bucket 7 (over 180 days) and write-off are where the flow ends.
"""

from typing import Final, Literal

import numpy as np
from pandas import DataFrame, Index, MultiIndex, RangeIndex, Series

from duecourse.columns import Floats, Unmeasurable, numbers
from duecourse.days import Day
from duecourse.language import _
from duecourse.snapshots import (
    ABSENT,
    BUCKETS,
    CLOSED,
    STATES,
    WRITTEN_OFF,
    Grid,
    money,
    read_snapshots,
)

Weight = Literal["count", "balance"]
FLOWS: Final = BUCKETS - 1
"""Number of flows: from buckets 0 to 6, each into the next one."""
_TO: Final = Index(STATES, dtype=object, name="to")


def roll_counts(snapshot: DataFrame, weight: Weight = "count", using: str = "bucket") -> DataFrame:
    """Return how many accounts, or yuan, moved from each bucket to where, month by month.

    Args:
        snapshot: one row per account and month, closing and write-off months included.
        weight: "count" for accounts, "balance" for their yuan at the start month.
        using: the column of buckets: `bucket`, or `reported_bucket` to see what re-ageing hides.

    Returns:
        index: `month` (start, a month-end) and `bucket` 0 to 7; columns: the buckets one month later,
        `closed` and `written_off`.
    """
    grid = read_snapshots(snapshot, using)
    counts = _counts(grid, _amounts(snapshot, grid, weight))
    return counts.astype(np.int64) if weight == "count" else counts


def roll_matrices(
    snapshot: DataFrame, weight: Weight = "count", using: str = "bucket"
) -> DataFrame:
    """Return the transition matrix of every month, one below the other; see `roll_matrix`."""
    return as_shares(roll_counts(snapshot, weight, using))


def roll_matrix(
    snapshot: DataFrame,
    month: Day | None = None,
    weight: Weight = "count",
    using: str = "bucket",
) -> DataFrame:
    """Return where accounts of each bucket are one month later, as shares of their bucket.

    Args:
        snapshot: one row per account and month, closing and write-off months included.
        month: the start month; without one, all months of the table together.
        weight: "count" for accounts, "balance" for their yuan at the start month.
        using: the column of buckets: `bucket`, or `reported_bucket` to see what re-ageing hides.

    Returns:
        index: `bucket` 0 to 7; columns: the buckets one month later, `closed` and `written_off`. A row
        sums to 1, or is NaN where nobody was.

    Raises:
        Unmeasurable: the month is not there or the last one, or accounts vanish between months.
    """
    grid = read_snapshots(snapshot, using)
    counts = _counts(grid, _amounts(snapshot, grid, weight))
    if month is None:
        return as_shares(counts.groupby(level="bucket").sum())
    place = grid.at(month)
    if place == len(grid.months) - 1:
        raise Unmeasurable(
            _("{month} is the last month: where its accounts go is not known yet.").format(
                month=f"{grid.months[place]:%Y-%m}"
            )
        )
    there = counts.index.get_level_values("month") == grid.months[place]
    return as_shares(counts[there].droplevel("month"))


def as_shares(counts: DataFrame) -> DataFrame:
    """Return each row of counts as shares of its sum; a row of nothing as NaN."""
    totals = counts.sum(axis=1)
    return counts.div(totals.where(totals > 0), axis=0)


def gross_roll(snapshot: DataFrame, weight: Weight = "count", using: str = "bucket") -> DataFrame:
    """Return the share of each bucket that is in a worse one a month later (write-off included).

    Args:
        snapshot: as in `roll_matrix`.
        weight: as in `roll_matrix`.
        using: as in `roll_matrix`.

    Returns:
        index: start `month`; columns: buckets 0 to 6; NaN where a bucket was empty.
    """
    shares = roll_matrices(snapshot, weight, using)
    table = {
        k: shares[shares.index.get_level_values("bucket") == k][_worse(k)]
        .sum(axis=1, min_count=1)
        .droplevel("bucket")
        for k in range(FLOWS)
    }
    return DataFrame(table).rename_axis(columns="bucket")


def net_flow(snapshot: DataFrame, weight: Weight = "balance", using: str = "bucket") -> DataFrame:
    """Return what a bucket holds a month later against what the bucket before it holds now.

    Net flow of k = B(k+1, t+1) / B(k, t), both as they stand at their month's end. It is no
    probability: it can exceed 1 and growth of the book distorts it. That of bucket 6 counts what
    newly comes into bucket 7 or is written off.

    Args:
        snapshot: as in `roll_matrix`.
        weight: "balance" for yuan (the usual one), "count" for accounts.
        using: as in `roll_matrix`.

    Returns:
        index: start `month`; columns: buckets 0 to 6; NaN where a bucket was empty.
    """
    held, reached = flow_sums(snapshot, weight, using)
    return reached / held.iloc[:-1].where(held.iloc[:-1] > 0)


def flow_sums(
    snapshot: DataFrame, weight: Weight = "balance", using: str = "bucket"
) -> tuple[DataFrame, DataFrame]:
    """Return the two sides of the net flow: what the buckets hold, and what the next ones hold later.

    Args:
        snapshot: as in `roll_matrix`.
        weight: as in `net_flow`.
        using: as in `roll_matrix`.

    Returns:
        B(k, t) by `month` t, all of them, and bucket k, 0 to 6; B(k+1, t+1) by start `month` t and
        bucket k.
    """
    grid = read_snapshots(snapshot, using)
    values, states = _amounts(snapshot, grid, weight), grid.states
    sums = np.stack([(values * (states == k)).sum(axis=0) for k in range(FLOWS)], axis=1)
    now, after = states[:, :-1], states[:, 1:]
    lost = (after == FLOWS) | (after == WRITTEN_OFF)
    new = (values[:, 1:] * (lost & (now != FLOWS) & (now != ABSENT))).sum(axis=0)
    buckets = RangeIndex(FLOWS, name="bucket")
    held = DataFrame(sums, index=grid.months, columns=buckets)
    reached = np.column_stack([sums[1:, 1:], new])
    return held, DataFrame(reached, index=grid.months[:-1], columns=buckets)


def average_flow(
    snapshot: DataFrame,
    months: int | None = None,
    weight: Weight = "balance",
    using: str = "bucket",
) -> Series:
    """Return the net flow of each bucket over several months together, sum over sum.

    Args:
        snapshot: as in `roll_matrix`.
        months: how many of the newest start months; without a number, all of them.
        weight: as in `net_flow`.
        using: as in `roll_matrix`.

    Returns:
        one flow per bucket 0 to 6, by `bucket`; NaN where a bucket was always empty.
    """
    held, reached = flow_sums(snapshot, weight, using)
    starts = len(reached)
    if months is not None and not 1 <= months <= starts:
        raise Unmeasurable(
            _("'{name}' must lie between {low} and {high}. Found: {found}.").format(
                name="months", low="1", high=starts, found=months
            )
        )
    first = starts - (months or starts)
    return ratio(held.iloc[first:-1], reached.iloc[first:])


def ratio(held: DataFrame, reached: DataFrame) -> Series:
    """Return the net flow of the months of `flow_sums` that are given, sum over sum."""
    below = held.sum()
    return (reached.sum() / below.where(below > 0)).rename("net_flow")


def forecast(balances: Series, flows: Series, months: int, growth: float = 0.0) -> DataFrame:
    """Return what the buckets will hold and what will be charged off, if the flows stay as they are.

    B(k+1, t+1) = B(k, t) x flow of k; what flows out of bucket 6 is charged off.

    Args:
        balances: yuan today by bucket 0 to 6; a bucket 7 is lost already and left as it is.
        flows: net flow by bucket 0 to 6, such as `average_flow` gives.
        months: how many months to look ahead.
        growth: growth of bucket 0 a month as a share. 0 keeps it as large as today, -1 lets nothing
            new become late after the first month.

    Returns:
        index: `month`, 0 = today; columns: buckets 0 to 6 (yuan), `charge_off` (yuan in that month) and
        `cumulative` (charged off since today).
    """
    given = _first_buckets(balances, "balances")
    rates = _first_buckets(flows, "flows")
    (months,) = numbers(Series([months]), "months", low=1).astype(int)
    (growth,) = numbers(Series([growth]), "growth", low=-1)
    held = [given]
    lost = [0.0]
    for _month in range(months):
        flowing = held[-1] * rates
        held.append(np.concatenate([[held[-1][0] * (1 + growth)], flowing[:-1]]))
        lost.append(float(flowing[-1]))
    table = DataFrame(held, index=RangeIndex(months + 1, name="month"))
    table["charge_off"] = lost
    table["cumulative"] = table["charge_off"].cumsum()
    return table


def _counts(grid: Grid, amounts: Floats) -> DataFrame:
    """Return what moved from where to where, by start month and bucket."""
    now, after = grid.states[:, :-1], grid.states[:, 1:]
    starts = now.shape[1]
    if starts == 0:
        raise Unmeasurable(_("There is one month only: where its accounts go is not known yet."))
    account, start = np.nonzero((now >= 0) & (now < CLOSED))
    move = start * BUCKETS + now[account, start]
    flat = np.bincount(
        move * len(STATES) + after[account, start],
        amounts[account, start],
        starts * BUCKETS * len(STATES),
    )
    index = MultiIndex.from_product([grid.months[:-1], range(BUCKETS)], names=["month", "bucket"])
    return DataFrame(flat.reshape(-1, len(STATES)), index=index, columns=_TO)


def _worse(bucket: int) -> list[int | str]:
    return [*range(bucket + 1, BUCKETS), "written_off"]


def _amounts(snapshot: DataFrame, grid: Grid, weight: Weight) -> Floats:
    """Return what each account counts for at each month's end."""
    if weight not in ("count", "balance"):
        raise Unmeasurable(
            _('\'weight\' is "count" or "balance". Found: {found}.').format(found=repr(weight))
        )
    if weight == "balance":
        return money(snapshot, grid)
    return np.where(grid.states == ABSENT, 0.0, 1.0)


def _first_buckets(values: Series, name: str) -> Floats:
    """Return the numbers of buckets 0 to 6; one that is not there is a missing one."""
    return numbers(values.reindex(range(FLOWS)), name, low=0)
