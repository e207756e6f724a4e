"""Month-end snapshots of a portfolio as a grid, accounts by months, checked once.

Every account has one row a month from its opening to the month in which it is closed or written
off. A table that lost some of these rows is refused: measures of the accounts that are left would
look better than the book is.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, DatetimeIndex, Index, factorize

from duecourse.ageing import EDGES
from duecourse.columns import Floats, Unmeasurable, column, complete, numbers
from duecourse.days import Day, day, days
from duecourse.language import _

BUCKETS: Final = len(EDGES) + 1
CLOSED: Final = BUCKETS
WRITTEN_OFF: Final = BUCKETS + 1
ABSENT: Final = -1
STATES: Final[tuple[int | str, ...]] = (*range(BUCKETS), "closed", "written_off")
"""What an account can be at a month's end: in a bucket, closed, or written off."""
_STATUSES: Final = ("active", "closed", "written_off")
States = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Grid:
    """States of all accounts at all month-ends; positions in STATES, ABSENT where there is no row."""

    accounts: Index
    months: DatetimeIndex
    """month-ends, all between the first and the last"""
    rows: tuple[NDArray[np.int64], NDArray[np.int64]]
    """account and month of each row of the table, as positions"""
    states: States

    def at(self, month: Day) -> int:
        """Return the position of a month.

        Raises:
            Unmeasurable: the snapshots do not hold it.
        """
        wanted = day(month, "month").astype("datetime64[M]")
        place = int((wanted - _month(self.months[0])).astype(int))
        if not 0 <= place < len(self.months):
            raise Unmeasurable(
                _("There is no snapshot of {month}. There are {first} to {last}.").format(
                    month=wanted, first=_month(self.months[0]), last=_month(self.months[-1])
                )
            )
        return place

    def spread(self, values: Floats) -> Floats:
        """Return one number a row as a grid, 0 where there is no row."""
        grid = np.zeros(self.states.shape)
        grid[self.rows] = values
        return grid

    def lasting(self) -> States:
        """Return the states with `closed` and `written_off` kept for all months that follow."""
        last = np.where(self.states == ABSENT, 0, np.arange(self.states.shape[1]))
        kept = np.take_along_axis(self.states, np.maximum.accumulate(last, axis=1), axis=1)
        return np.where(kept >= CLOSED, kept, self.states)


def read_snapshots(snapshot: DataFrame, using: str = "bucket") -> Grid:
    """Check month-end snapshots and return them as a grid.

    Args:
        snapshot: `account_id`, `month` (any day of it), `status` (active, closed, written_off) and the
            buckets, in any order; one row per account and month.
        using: the column of buckets, `bucket` or `reported_bucket`.

    Raises:
        ColumnMissing: a column does not exist.
        Unmeasurable: a value is missing or unknown, an account has two rows in a month, or its rows
            end although it is neither closed nor written off.
    """
    ids = column(snapshot, "account_id", "snapshot")
    complete(ids, "account_id")
    codes, accounts = factorize(ids, sort=True)
    months = days(column(snapshot, "month", "snapshot"), "month").astype("datetime64[M]")
    first, last = months.min(), months.max()
    places = (months - first).astype(np.int64)
    span = int((last - first).astype(int)) + 1
    grid = np.full((len(accounts), span), ABSENT, dtype=np.int8)
    if np.bincount(codes * span + places).max() > 1:
        row = int(DataFrame({"a": codes, "m": places}).duplicated().to_numpy().argmax())
        raise Unmeasurable(
            _("Account {account} has two rows in {month}. Does a row stand twice?").format(
                account=ids.iloc[row], month=months[row]
            )
        )
    grid[codes, places] = _states(snapshot, using)
    ends = np.arange(first + 1, last + 2).astype("datetime64[D]") - 1
    made = Grid(
        Index(accounts, name="account_id"),
        DatetimeIndex(ends.astype("datetime64[ns]"), name="month"),
        (codes, places),
        grid,
    )
    _without_gaps(made)
    return made


def _states(snapshot: DataFrame, using: str) -> States:
    """Return the state of every row."""
    buckets = numbers(column(snapshot, using, "snapshot"), using, 0, BUCKETS - 1)
    if (buckets % 1).any():
        raise Unmeasurable(
            _("'{name}' holds whole numbers from 0 to {high}. Found: {found}.").format(
                name=using, high=BUCKETS - 1, found=f"{buckets[buckets % 1 > 0][0]:g}"
            )
        )
    status = column(snapshot, "status", "snapshot")
    complete(status, "status")
    if not (known := status.isin(_STATUSES)).all():
        raise Unmeasurable(
            _("There is no status '{found}'. There are: {known}.").format(
                found=status[~known].iloc[0], known=", ".join(_STATUSES)
            )
        )
    ended = np.where(status == "closed", CLOSED, WRITTEN_OFF)
    return np.where(status == "active", buckets, ended).astype(np.int8)


def _without_gaps(grid: Grid) -> None:
    """Raise Unmeasurable where an account is active and has no row in the next month."""
    now, after = grid.states[:, :-1], grid.states[:, 1:]
    lost = (now >= 0) & (now < CLOSED) & (after == ABSENT)
    if lost.any():
        account, month = np.argwhere(lost)[0]
        raise Unmeasurable(
            _(
                "{count} accounts vanish: active at one month's end, without a row at the next, neither "
                "closed nor written off (such as {account} after {month}). Keep the rows of closed and "
                "written-off accounts; without them the book looks better than it is."
            ).format(
                count=f"{int(lost.any(axis=1).sum()):,}",
                account=grid.accounts[account],
                month=_month(grid.months[month]),
            )
        )


def _month(stamp: object) -> np.datetime64:
    return np.datetime64(str(stamp)[:7], "M")


def money(snapshot: DataFrame, grid: Grid) -> Floats:
    """Return the balances (yuan) of the snapshots as a grid."""
    return grid.spread(numbers(column(snapshot, "balance", "snapshot"), "balance", low=0))
