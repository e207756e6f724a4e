"""How late an account is: days past due, buckets, arrears and the ageing of a whole book.

Days past due (DPD) are counted from the due date of the oldest instalment that is not wholly paid:
0 on that date, 1 on the next day. A part payment does not reset them, and neither does the last
payment's date. What `instalments` and `payments` must hold is told in `duecourse.ledger`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, TypeVar

import numpy as np
from pandas import DataFrame, DatetimeIndex, Series

from duecourse.columns import Unmeasurable, Values, aligned, numbers
from duecourse.days import Day, day
from duecourse.language import _
from duecourse.ledger import Ledger, read_ledger, yuan

EDGES: Final = (0, 30, 60, 90, 120, 150, 180)
"""The last day of each bucket but the open one: 0 = not past due, 1 = 1-30 days, ... 7 = over 180.

A lender who counts 1-29, 30-59 and so on has the edges 0, 29, 59.
"""
_Number = TypeVar("_Number", int, float, Series)


def bucket(days: _Number, edges: Sequence[int] = EDGES) -> _Number:
    """Return the bucket of days past due, 0 = not past due.

    Args:
        days: days past due, at least 0: a number, or a Series with one row per account.
        edges: the last day of each bucket but the open one, ascending from 0.

    Returns:
        a whole number, or a Series of them with the same index.
    """
    _ascending(edges)
    given = days if isinstance(days, Series) else Series([days])
    found = np.searchsorted(edges, numbers(given, "days", low=0), side="left")
    if isinstance(days, Series):
        return Series(found, index=days.index, name="bucket")
    return int(found[0])


def bucket_names(edges: Sequence[int] = EDGES) -> list[str]:
    """Return what the buckets are called, in days past due: "not past due", "1–30", ... "over 180"."""
    _ascending(edges)
    between = [f"{low + 1}–{high}" for low, high in pairwise(edges)]
    return [_("not past due"), *between, _("over {days}").format(days=edges[-1])]


def days_past_due(instalments: DataFrame, payments: DataFrame, as_of: Day) -> Series:
    """Return the days past due of every account at the end of a day.

    Args:
        instalments: `account_id`, `due_on`, `amount` (yuan).
        payments: `account_id`, `paid_on`, `amount` (yuan, below 0 for reversals), `kind`; those after
            `as_of` are not looked at.
        as_of: the day.

    Returns:
        whole days, one per account with an instalment, by `account_id`, ascending; 0 where nothing is
        past due, or nothing has fallen due yet. An account whose first instalment is not in the
        table has no row: `.reindex(accounts["account_id"], fill_value=0)` adds it.

    Raises:
        ColumnMissing, Unmeasurable: as in `duecourse.ledger.read_ledger`.
    """
    return oldest_unpaid(instalments, payments, as_of)["days_past_due"]


def oldest_unpaid(instalments: DataFrame, payments: DataFrame, as_of: Day) -> DataFrame:
    """Return where every account stands at the end of a day.

    Args:
        instalments: as in `days_past_due`.
        payments: as in `days_past_due`.
        as_of: the day.

    Returns:
        index: `account_id`, ascending; columns `oldest_due_on` (of the oldest instalment that is due
        and not wholly paid; NaT without one), `lacking` (yuan still missing from that instalment),
        `instalments_unpaid` (due and not wholly paid), `unpaid` (yuan due up to and including that
        day), `arrears` (yuan past due: what falls due on the day itself is late from the next day
        on) and `days_past_due`.
    """
    return _standing(read_ledger(instalments, payments), day(as_of, "as_of"))


def arrears(instalments: DataFrame, payments: DataFrame, as_of: Day) -> Series:
    """Return the yuan past due of every account at the end of a day; above 0 just where DPD are."""
    return oldest_unpaid(instalments, payments, as_of)["arrears"]


def outstanding(instalments: DataFrame, payments: DataFrame, as_of: Day) -> Series:
    """Return the yuan of instalments not paid yet, due or still to come, at the end of a day.

    It holds the interest inside the instalments to come, so that it is more than the principal
    outstanding (the `balance` of a snapshot).
    """
    ledger = read_ledger(instalments, payments)
    left = ledger.promised() - ledger.settled(day(as_of, "as_of"))
    return Series(yuan(left.clip(min=0)), index=ledger.accounts, name="outstanding")


def timeline(
    instalments: DataFrame, payments: DataFrame, start: Day, end: Day, account: object = None
) -> DataFrame:
    """Return one account's ledger day by day.

    Args:
        instalments: as in `days_past_due`.
        payments: as in `days_past_due`.
        start: the first day shown; what happened before is counted.
        end: the last day shown.
        account: which account, if the tables hold several.

    Returns:
        index: `day`, every day from start to end; columns `due` and `paid` (yuan on that day, `paid`
        net of reversals), `due_so_far`, `paid_so_far`, `unpaid` (yuan due up to and including that
        day and not paid) and `days_past_due`.
    """
    ledger = read_ledger(instalments, payments)
    if account is not None:
        ledger = ledger.of(account)
    elif len(ledger.accounts) > 1:
        raise Unmeasurable(
            _(
                "A timeline shows one account, and the table holds {count}. Say which: account=..."
            ).format(count=len(ledger.accounts))
        )
    return day_by_day(ledger, start, end)


def day_by_day(ledger: Ledger, start: Day, end: Day) -> DataFrame:
    """Return the `timeline` of a ledger that holds one account."""
    first, last = day(start, "start"), day(end, "end")
    if last < first:
        raise Unmeasurable(
            _("The end, {end}, lies before the start, {start}.").format(end=last, start=first)
        )
    ledger.settled(last)
    calendar = np.arange(first, last + 1)
    running = np.cumsum(ledger.due)
    fallen = np.searchsorted(ledger.due_on, calendar, side="right")
    due = np.concatenate([[0], running])[fallen]
    come = np.searchsorted(ledger.paid_on, calendar, side="right")
    paid = np.concatenate([[0], np.cumsum(ledger.paid)])[come]
    oldest = np.searchsorted(running, paid, side="right")
    since = ledger.due_on[oldest.clip(max=len(running) - 1)]
    late = np.where(oldest < fallen, (calendar - since).astype(np.int64), 0)
    table = DataFrame(index=DatetimeIndex(calendar.astype("datetime64[ns]"), name="day"))
    for name, total, entries, on in (
        ("due", due, ledger.due, ledger.due_on),
        ("paid", paid, ledger.paid, ledger.paid_on),
    ):
        table[name] = yuan(np.diff(total, prepend=entries[on < first].sum()))
        table[f"{name}_so_far"] = yuan(total)
    table["unpaid"] = yuan((due - paid).clip(min=0))
    table["days_past_due"] = late
    return table[["due", "paid", "due_so_far", "paid_so_far", "unpaid", "days_past_due"]]


def ageing_table(
    days: Values, balance: Values | None = None, edges: Sequence[int] = EDGES
) -> DataFrame:
    """Return how many accounts and how much money lie in each bucket.

    Args:
        days: days past due, one per account.
        balance: yuan, one per account; without it only accounts are counted.
        edges: as in `bucket`.

    Returns:
        index: `bucket`, all of them; columns `days` (its name), `accounts`, `account_share` and, with
        balances, `balance` (yuan) and `balance_share` (NaN if nobody owes anything).
    """
    given = aligned(days=days) if balance is None else aligned(days=days, balance=balance)
    buckets = bucket(given[0], edges)
    names = bucket_names(edges)
    count = np.bincount(buckets, minlength=len(names))
    table = DataFrame({"days": names, "accounts": count, "account_share": count / count.sum()})
    if balance is not None:
        money = numbers(given[1], "balance", low=0)
        table["balance"] = np.bincount(buckets, money, minlength=len(names))
        table["balance_share"] = table["balance"] / (table["balance"].sum() or np.nan)
    return table.rename_axis("bucket")


def _standing(ledger: Ledger, at: np.datetime64) -> DataFrame:
    """Return `oldest_unpaid` of a ledger."""
    rows, lacking = ledger.unpaid(at)
    of = ledger.due_of[rows]
    first = np.flatnonzero(np.diff(of, prepend=-1))
    size = len(ledger.accounts)
    due_on = np.full(size, np.datetime64("NaT"), dtype="datetime64[ns]")
    due_on[of[first]] = ledger.due_on[rows[first]]
    oldest = np.zeros(size, dtype=np.int64)
    oldest[of[first]] = lacking[first]
    late = np.zeros(size, dtype=np.int64)
    late[of[first]] = (at - ledger.due_on[rows[first]]).astype(np.int64)
    passed = ledger.due_on[rows] < at
    sums: dict[str, Any] = {
        "unpaid": np.bincount(of, lacking, size),
        "arrears": np.bincount(of[passed], lacking[passed], size),
    }
    table = DataFrame({"oldest_due_on": due_on, "lacking": yuan(oldest)}, index=ledger.accounts)
    table["instalments_unpaid"] = np.bincount(of, minlength=size)
    for name, total in sums.items():
        table[name] = yuan(np.rint(total).astype(np.int64))
    table["days_past_due"] = late
    return table


def _ascending(edges: Sequence[int]) -> None:
    """Raise Unmeasurable unless the edges begin at 0 and ascend."""
    if len(edges) < 2 or edges[0] != 0 or any(np.diff(edges) <= 0):
        raise Unmeasurable(
            _("The edges of the buckets begin with 0 and ascend. Found: {found}.").format(
                found=", ".join(str(edge) for edge in edges)
            )
        )
