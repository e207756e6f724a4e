"""Promises to pay: which were kept, how much came of them, and how far they can be relied on.

A promise is judged from two sides. *Strictly* it is kept if its whole amount arrived by its day;
*tolerantly* if at least 90% of it arrived within three days more, which is how the trade usually
counts (tolerances of 90 to 95% and 3 to 5 days are common; industry practice, no rule). A promise
whose day has not come is neither kept nor broken and stands apart. Those who promise chose to do so:
a kept rate describes them and does not show what asking for a promise would do to others.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from duecourse.columns import Floats, Unmeasurable, column, complete, numbers
from duecourse.days import Day, day, days
from duecourse.language import _
from duecourse.risk import rate_interval

KEPT, PARTLY, BROKEN, NOT_DUE = STATES = ("kept", "partly", "broken", "not_due")
_HALF_A_CENT = 0.005


def outcome(
    promises: DataFrame,
    payments: DataFrame,
    as_of: Day,
    tolerance: float = 0.9,
    grace_days: int = 3,
) -> DataFrame:
    """Return what became of every promise as it is known at the end of a day.

    Money counts from the day on which the promise was made until its grace ends, net of the
    reversals booked until `as_of`: a payment that bounced kept nothing. Every yuan counts once. Where
    promises of one account overlap, a payment goes to the one that is due first, up to its amount,
    and what is left goes to the next; of equals the one made first, then the lower number.

    Args:
        promises: one row per promise: `promise_id`, `account_id`, `made_on`, `due_on`, `amount`
            (yuan, above 0). Other columns are kept.
        payments: `payment_id`, `account_id`, `paid_on`, `amount` (yuan; below 0 for a reversal, which
            names its payment in `reverses`). Where there is a column `kind`, rows of the kind `sale`
            are left out: that money comes from the buyer of a debt, not from the customer.
        as_of: the last day that is known; later payments and reversals do not count.
        tolerance: the share of the amount that is enough for a tolerantly kept promise, in (0, 1].
        grace_days: days after the due day that the tolerant view adds.

    Returns:
        The rows and columns of `promises` in their order, and
        `paid_by_due`, `paid_within_grace` (yuan, at most the amount; the second includes the first),
        `strict`: kept | partly | broken, or not_due until the due day is over,
        `tolerant`: the same, or not_due until the grace is over.
        Whoever paid early stays not_due until the day comes, else the early would be counted before
        the late and the rate be too high. A table without promises gives one without rows.

    Raises:
        ColumnMissing: a column does not exist.
        Unmeasurable: a number stands twice, a value is missing, an amount is not above 0, a promise is
            due before it was made, or a reversal names no payment of its account.
    """
    now = pd.Timestamp(day(as_of, "as_of"))
    if not 0 < tolerance <= 1:
        raise Unmeasurable(_("'tolerance' is a share above 0 and at most 1, such as 0.9."))
    if grace_days != int(grace_days) or grace_days < 0:
        raise Unmeasurable(_("'grace_days' is a whole number of days, 0 or more."))
    made = _promises(promises)
    by_due, within = _allocated(made, _money(payments, now), int(grace_days))
    amount = made["amount"].to_numpy()
    over = (made["due_on"] <= now).to_numpy()
    grace_over = (made["due_on"] + pd.Timedelta(days=int(grace_days)) <= now).to_numpy()
    table = promises.reset_index(drop=True)
    table["paid_by_due"], table["paid_within_grace"] = by_due, within
    table["strict"] = _states(by_due, amount, over)
    table["tolerant"] = _states(within, tolerance * amount, grace_over)
    return table


def kept_rates(outcomes: DataFrame, by: str | Series | None = None) -> DataFrame:
    """Return how many promises were kept, strictly and tolerantly, and how much of the money came.

    Both rates and the cash ratio are taken over the same promises, those whose grace is over.

    Args:
        outcomes: as `outcome` gives them.
        by: a column of groups, or a Series of the same rows; missing values are a group (NaN). Without
            it all promises are one group, "all".

    Returns:
        index: the group; columns
        `promises`, of which `not_due` (their day has not come), `in_grace` (the day is over, the grace
        is not) and `due`, the denominator,
        `kept_strict`, `strict_rate`, `strict_low`, `strict_high` (Wilson's 95% interval),
        `kept_tolerant`, `tolerant_rate`, `tolerant_low`, `tolerant_high`,
        `promised`, `paid` (yuan, of the promises due), `cash_ratio` = paid / promised.
        A group in which nothing is due has no rates (NaN).
    """
    frame = _judged(outcomes)
    groups: Any = Series("all", index=frame.index) if by is None else column(outcomes, by, "by")
    table: DataFrame = frame.groupby(groups, dropna=False, observed=True).sum()
    if by is None and table.empty:
        table = DataFrame(0, index=["all"], columns=frame.columns)
    table.index.name = by.name if isinstance(by, Series) else by
    for view in ("strict", "tolerant"):
        low, high = rate_interval(table[f"kept_{view}"], table["due"])
        table[f"{view}_rate"] = table[f"kept_{view}"] / table["due"]
        table[f"{view}_low"], table[f"{view}_high"] = low, high
    table["cash_ratio"] = table["paid"] / table["promised"]
    order = ["promises", "not_due", "in_grace", "due"]
    for view in ("strict", "tolerant"):
        order += [f"kept_{view}", f"{view}_rate", f"{view}_low", f"{view}_high"]
    return table[[*order, "promised", "paid", "cash_ratio"]]


def reliability(
    outcomes: DataFrame, by: str | Series = "account_id", view: str = "tolerant", weight: float = 5
) -> DataFrame:
    """Return how far the promises of each group can be relied on, though most made only a few.

    One kept promise of one is no certainty. The rate of a group is therefore drawn towards that of the
    whole book, as if every group had `weight` promises of the book's kind besides its own:
    reliability = (kept + weight * book's rate) / (due + weight). Source: the mean of a beta-binomial
    model with a prior of that weight.

    Args:
        outcomes: as `outcome` gives them.
        by: a column of groups, such as `account_id` or `bucket`, or a Series of the same rows.
        view: `strict` or `tolerant`.
        weight: promises that the book's rate is worth, above 0.

    Returns:
        index: the group; columns `due`, `kept`, `kept_rate` (NaN if nothing is due), `reliability` in
        [0, 1]. A group in which nothing is due has the reliability of the book.

    Raises:
        Unmeasurable: no promise at all is due yet.
    """
    if view not in {"strict", "tolerant"}:
        raise Unmeasurable(_("'view' is 'strict' or 'tolerant'."))
    if not weight > 0:
        raise Unmeasurable(_("'{name}' must be above 0.").format(name="weight"))
    frame = _judged(outcomes)[["due", f"kept_{view}"]].set_axis(["due", "kept"], axis=1)
    if not frame["due"].sum():
        raise Unmeasurable(_("No promise is due yet, so nothing can be said of their reliability."))
    book = float(frame["kept"].sum() / frame["due"].sum())
    groups = column(outcomes, by, "by")
    table: DataFrame = frame.groupby(groups, dropna=False, observed=True).sum()
    table.index.name = groups.name
    table["kept_rate"] = table["kept"] / table["due"]
    table["reliability"] = (table["kept"] + weight * book) / (table["due"] + weight)
    return table


def _promises(promises: DataFrame) -> DataFrame:
    """Return the columns that outcomes need, checked."""
    made = DataFrame(
        {
            "promise_id": column(promises, "promise_id", "promise_id"),
            "account_id": column(promises, "account_id", "account_id"),
            "made_on": _days(promises, "made_on"),
            "due_on": _days(promises, "due_on"),
            "amount": _amounts(promises),
        }
    )
    unique(made["promise_id"], "promise_id")
    if early := int((made["due_on"] < made["made_on"]).sum()):
        raise Unmeasurable(_("{count} promises are due before they were made.").format(count=early))
    if nothing := int((made["amount"] <= 0).sum()):
        raise Unmeasurable(
            _("{count} promises have an amount that is not above 0.").format(count=nothing)
        )
    return made


def _money(payments: DataFrame, now: pd.Timestamp) -> DataFrame:
    """Return the payments known on a day, each less what was taken back of it until then."""
    paid = DataFrame(
        {
            "payment_id": column(payments, "payment_id", "payment_id"),
            "account_id": column(payments, "account_id", "account_id"),
            "paid_on": _days(payments, "paid_on"),
            "amount": _amounts(payments),
        }
    )
    unique(paid["payment_id"], "payment_id")
    if (paid["amount"] < 0).any():
        paid["reverses"] = column(payments, "reverses", "reverses")
    known = paid["paid_on"] <= now
    if "kind" in payments.columns:
        known &= payments["kind"].reset_index(drop=True) != "sale"
    paid = paid[known]
    back = paid[paid["amount"] < 0]
    money = paid[paid["amount"] > 0].set_index("payment_id", drop=False)
    if not back.empty:
        there = back["reverses"].isin(money.index)
        same = there & (back["account_id"] == back["reverses"].map(money["account_id"]))
        if lost := int((~same).sum()):
            raise Unmeasurable(
                _(
                    "{count} reversals name no payment of their account in 'reverses', so it is "
                    "unclear which money went back."
                ).format(count=lost)
            )
        money["amount"] = money["amount"].add(
            back.groupby("reverses")["amount"].sum(), fill_value=0
        )
    return money[money["amount"] > _HALF_A_CENT].reset_index(drop=True)


def _allocated(made: DataFrame, money: DataFrame, grace_days: int) -> tuple[Floats, Floats]:
    """Share the money out among the promises, each yuan once, the promise due first going first."""
    by_due, within = np.zeros(len(made)), np.zeros(len(made))
    wanted, left = (
        made["amount"].to_numpy(dtype=float),
        money["amount"].to_numpy(dtype=float).copy(),
    )
    for payment, promise, in_time in _pairs(made, money, grace_days):
        share = min(left[payment], wanted[promise] - within[promise])
        left[payment] -= share
        within[promise] += share
        by_due[promise] += share * in_time
    return by_due.round(2), within.round(2)


def _pairs(made: DataFrame, money: DataFrame, grace_days: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the rows of payments and promises that may belong together, in the order of settling."""
    last = made["due_on"] + pd.Timedelta(days=grace_days)
    ours = made.assign(promise=made.index, last=last).drop(columns="amount")
    theirs = money.assign(payment=money.index).drop(columns="amount")
    both = theirs[theirs["account_id"].isin(ours["account_id"])].merge(ours, on="account_id")
    both = both[(both["made_on"] <= both["paid_on"]) & (both["paid_on"] <= both["last"])]
    both = both.sort_values(["paid_on", "payment_id", "due_on", "made_on", "promise_id"])
    in_time = both["paid_on"] <= both["due_on"]
    yield from zip(
        both["payment"].tolist(), both["promise"].tolist(), in_time.tolist(), strict=True
    )


def _states(paid: Floats, enough: Floats, over: Any) -> Any:
    """Name the state of every promise."""
    kept, some = paid >= enough - _HALF_A_CENT, paid > 0
    return np.select([~over, kept, some], [NOT_DUE, KEPT, PARTLY], default=BROKEN)


def _judged(outcomes: DataFrame) -> DataFrame:
    """Return for every promise what it adds to the counts of its group."""
    strict, tolerant = (column(outcomes, view, view) for view in ("strict", "tolerant"))
    for view in (strict, tolerant):
        strange = view[~view.isin(STATES)]
        if len(strange):
            raise Unmeasurable(
                _("'{name}' must hold {allowed}. Found: {found}.").format(
                    name=view.name, allowed=", ".join(STATES), found=strange.tolist()[0]
                )
            )
    due = tolerant != NOT_DUE
    amount, paid = (column(outcomes, name, name) for name in ("amount", "paid_within_grace"))
    counts = DataFrame(
        {
            "promises": 1,
            "not_due": strict == NOT_DUE,
            "in_grace": ~due & (strict != NOT_DUE),
            "due": due,
            "kept_strict": due & (strict == KEPT),
            "kept_tolerant": due & (tolerant == KEPT),
        },
        index=strict.index,
    ).astype(int)
    return counts.assign(promised=amount.where(due, 0.0), paid=paid.where(due, 0.0))


def unique(values: Series, name: str) -> None:
    """Raise Unmeasurable unless every value is there and stands once."""
    if values.empty:
        return
    complete(values, name)
    if twice := int(values.duplicated().sum()):
        raise Unmeasurable(
            _("'{name}' must be unique, but {count} rows repeat one, such as {found}.").format(
                name=name, count=twice, found=values[values.duplicated()].tolist()[0]
            )
        )


def _days(frame: DataFrame, name: str) -> Series:
    """Return a column of days; a table without rows has none."""
    values = column(frame, name, name)
    found = days(values, name) if len(values) else np.zeros(0, dtype="datetime64[s]")
    return Series(pd.DatetimeIndex(found), name=name)


def _amounts(frame: DataFrame) -> Floats:
    values = column(frame, "amount", "amount")
    return numbers(values, "amount") if len(values) else np.zeros(0)
