"""Vintages: loans opened together, followed by their age in months (months on book).

The denominator is what the vintage began with and never shrinks: all its accounts, or all the
principal lent. An age is shown when the whole vintage has reached it; before, the curve would only
know the vintage's older loans and lie too low.
"""

from typing import Final, Literal

import numpy as np
from pandas import DataFrame, DatetimeIndex, Index, Series

from duecourse.columns import Floats, Unmeasurable, column, numbers
from duecourse.days import days
from duecourse.language import _
from duecourse.ledger import Integers
from duecourse.snapshots import ABSENT, BUCKETS, WRITTEN_OFF, Grid, money, read_snapshots

By = Literal["quarter", "month"]
MEASURES: Final = (
    *(f"ever_{days}" for days in range(30, 181, 30)),
    *(f"balance_{days}" for days in range(30, 181, 30)),
    "written_off",
    "charge_off",
)
"""What can be followed: see `vintage_table`."""


def vintage_sizes(accounts: DataFrame, by: By = "quarter") -> DataFrame:
    """Return the accounts and the principal (yuan) of every vintage, the denominators of its curves.

    Args:
        accounts: one row per account, with `opened_on` and `principal`.
        by: "quarter" or "month" of opening.
    """
    vintage, principal = _vintages(accounts, by), _principal(accounts)
    groups = DataFrame({"accounts": 1, "principal": principal}).groupby(vintage)
    return groups.sum().rename_axis("vintage")


def vintage_table(
    snapshot: DataFrame,
    accounts: DataFrame,
    measure: str = "ever_90",
    by: By = "quarter",
    *,
    mature_only: bool = True,
) -> DataFrame:
    """Return one curve per vintage: a share of what it began with, by months on book.

    Args:
        snapshot: one row per account and month, with `months_on_book`; with `balance` for money.
        accounts: one row per account, with `account_id`, `opened_on` and `principal`.
        measure: `ever_90`: share of accounts that were ever over 90 days past due (also 30, 60, 120, 150,
            180) or written off; `balance_90`: balance now over 90 days past due plus all that is
            written off, / principal lent; `written_off`: share of accounts; `charge_off`: balance at
            write-off / principal lent.
        by: "quarter" or "month" of opening.
        mature_only: False also shows ages that only a part of the vintage has reached, which is the
            classic mistake: those ends lie too low.

    Returns:
        index: `vintage` ("2024Q1" or "2024-01"), oldest first; columns: `months_on_book`; shares in
        [0, 1], NaN where the vintage is not old enough.

    Raises:
        ColumnMissing: a column does not exist.
        Unmeasurable: the tables do not hold the same accounts, an account stands twice or vanishes
            from the snapshots, or there is no such measure.
    """
    if measure not in MEASURES:
        raise Unmeasurable(
            _("There is no measure '{found}'. There are: {known}.").format(
                found=measure, known=", ".join(MEASURES)
            )
        )
    grid = read_snapshots(snapshot)
    order = _same_accounts(accounts, grid)
    names, vintage = np.unique(_vintages(accounts, by).to_numpy()[order], return_inverse=True)
    born = _born(snapshot, grid)
    oldest = grid.states.shape[1] - 1 - born
    youngest = ((grid.states != ABSENT).argmax(axis=1) - born).min()
    ages = np.arange(youngest, oldest.max() + 1)

    def by_age(values: Floats) -> Floats:
        account, month = np.nonzero(values)
        cell = vintage[account] * len(ages) + month - born[account] - youngest
        sums = np.bincount(cell, values[account, month], len(names) * len(ages))
        return sums.reshape(len(names), len(ages)).astype(np.float64)

    joined, standing, whole = _parts(snapshot, grid, measure, _principal(accounts)[order])
    shares = by_age(joined).cumsum(axis=1) + by_age(standing)
    shares /= np.bincount(vintage, whole)[:, None]
    reached = [
        oldest[vintage == v].min() if mature_only else oldest[vintage == v].max()
        for v in range(len(names))
    ]
    shares[ages > np.array(reached)[:, None]] = np.nan
    return DataFrame(
        shares, index=Index(names, name="vintage"), columns=Index(ages, name="months_on_book")
    )


def _parts(
    snapshot: DataFrame, grid: Grid, measure: str, principal: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return what joins a curve for good, what stands in it for a month, and what it is a share of.

    The first two are accounts by months, the last one number an account.
    """
    gone = grid.states == WRITTEN_OFF
    nothing = np.zeros(grid.states.shape)
    everybody = np.ones(len(grid.accounts))
    if measure == "written_off":
        return gone.astype(float), nothing, everybody
    if measure == "charge_off":
        return gone * money(snapshot, grid), nothing, principal
    kind, limit = measure.split("_")
    late = (grid.states > int(limit) // 30) & (grid.states < BUCKETS)
    if kind == "balance":
        balance = money(snapshot, grid)
        return gone * balance, late * balance, principal
    ever = late | gone
    first = ever & (ever.cumsum(axis=1) == 1)
    return first.astype(float), nothing, everybody


def _born(snapshot: DataFrame, grid: Grid) -> Integers:
    """Return the position of the month in which each account had age 0; it may lie before the table."""
    ages = numbers(column(snapshot, "months_on_book", "snapshot"), "months_on_book").astype(int)
    account, month = grid.rows
    born = np.zeros(len(grid.accounts), dtype=np.int64)
    born[account] = month - ages
    if (wrong := born[account] != month - ages).any():
        raise Unmeasurable(
            _("The months on book of account {account} do not grow by 1 a month.").format(
                account=grid.accounts[account[wrong.argmax()]]
            )
        )
    return born


def _same_accounts(accounts: DataFrame, grid: Grid) -> Integers:
    """Return the row in `accounts` of every account of the snapshots."""
    ids = Index(column(accounts, "account_id", "accounts"))
    if ids.has_duplicates:
        raise Unmeasurable(
            _("Account {account} stands twice in the table of accounts.").format(
                account=ids[ids.duplicated()][0]
            )
        )
    for there, other, text in (
        (
            ids,
            grid.accounts,
            _(
                "{count} accounts have no snapshot, such as {account}. A vintage counts all that it began with."
            ),
        ),
        (
            grid.accounts,
            ids,
            _(
                "{count} accounts of the snapshots are not in the table of accounts, such as {account}."
            ),
        ),
    ):
        strange = there.difference(other)
        if len(strange):
            raise Unmeasurable(text.format(count=f"{len(strange):,}", account=strange[0]))
    return np.asarray(ids.get_indexer(grid.accounts), dtype=np.int64)


def _vintages(accounts: DataFrame, by: By) -> Series:
    """Return the name of every account's vintage."""
    frequency = {"quarter": "Q", "month": "M"}.get(by)
    if frequency is None:
        raise Unmeasurable(
            _('\'by\' is "quarter" or "month". Found: {found}.').format(found=repr(by))
        )
    opened = days(column(accounts, "opened_on", "accounts"), "opened_on")
    return Series(DatetimeIndex(opened).to_period(frequency).astype(str), name="vintage")


def _principal(accounts: DataFrame) -> Floats:
    return numbers(column(accounts, "principal", "accounts"), "principal", low=0)
