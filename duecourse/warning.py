"""Early warning: what changes in an account before it falls behind, and who is looked at first.

Everything is measured as it was known at the end of one day, `as_of`; what came later is cut away or
refused. `foresight` tells whether a measure of one's own kept to that.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from pandas import DataFrame, Index, Series, Timestamp

from duecourse.columns import Unmeasurable, column, complete, numbers
from duecourse.days import Day, days
from duecourse.foresight import known, last_day, refuse_later
from duecourse.language import _

LIMITS: Final[Mapping[str, float]] = {
    "inflow_drop": 0.2,
    "utilisation_rise": 0.1,
    "bounced_debits": 1,
    "new_lenders": 2,
    "contact_changed": 1,
    "payment_drop": 0.1,
    "late_months": 1,
    "first_payment_default": 1,
}
"""From which value on an indicator fires: habits to start from, not tested limits."""
WEIGHTS: Final[Mapping[str, float]] = dict.fromkeys(LIMITS, 1.0)
"""Points of an indicator that fires: one each, until the data say better."""


def indicator_name(indicator: str) -> str:
    """Return an indicator's name as people say it, in the current language.

    A name of one's own is shown as it is written, with spaces for its underscores.
    """
    return {
        "inflow_drop": _("less money coming in"),
        "utilisation_rise": _("other credit lines fuller"),
        # not among `LIMITS`: the course's example of a signal that learners add
        "utilisation_level": _("other credit lines full"),
        "bounced_debits": _("bounced debits"),
        "new_lenders": _("new lenders"),
        "contact_changed": _("contact details changed"),
        "payment_drop": _("paid less than usual"),
        "late_months": _("late at a month's end"),
        "first_payment_default": _("first instalment late"),
    }.get(indicator, indicator.replace("_", " ").strip() or indicator)


def watched(snapshot: DataFrame, as_of: Day, up_to_days: int = 0) -> Index:
    """Return the accounts that an early warning is about: active and not behind at the last month end.

    Args:
        snapshot: as in `indicators`.
        as_of: the day that is known; its last month end counts.
        up_to_days: days past due that still count as early; 0 = nothing is past due.
    """
    rows = _checked(snapshot)
    now = _last_month(snapshot, last_day(as_of))
    active = column(snapshot, "status", "status") == "active"
    early = (rows["month"] == now) & active & (rows["days_past_due"] <= up_to_days)
    found: Index = Index(np.sort(rows["account_id"][early].to_numpy()), name="account_id")
    return found


def indicators(
    snapshot: DataFrame,
    payments: DataFrame,
    as_of: Day,
    *,
    window: int = 3,
    up_to_days: int = 0,
    accounts: Index | None = None,
    future: str = "cut",
) -> DataFrame:
    """Return the early-warning indicators of every watched account as they were known on one day.

    `now` is the last month end of the snapshot up to `as_of`.

    Args:
        snapshot: one row per account and month end: `account_id`, `month`, `months_on_book`, `status`,
            `days_past_due`, `inflow` (yuan), `utilisation` (share), `bounced_debits`, `new_lenders`
            (counts) and `contact_changed`.
        payments: `account_id`, `paid_on`, `amount` (yuan, reversals below 0), `kind` if there is one.
        as_of: the last day that is known.
        window: months that are looked back on.
        up_to_days: as in `watched`.
        accounts: whom to measure; without it those that `watched` names.
        future: "cut" leaves later rows out, "raise" refuses tables that hold any.

    Returns:
        index: `account_id`; columns
        `inflow_drop` = 1 - inflow of the last month / mean of the `window` months before it,
        `utilisation_rise` = utilisation now - mean of the `window` months before,
        `bounced_debits`, `new_lenders`: counts in the last `window` months,
        `contact_changed`: 1 if it happened in the last `window` months,
        `payment_drop` = 1 - paid in the last month / mean of the `window` months before,
        `late_months`: month ends of the last `window` with something past due,
        `first_payment_default`: 1 if something was past due at a month end of the first two months on
        book, shown for the first twelve.
        A value is missing (NaN) where the history is too short or the mean is 0.

    Raises:
        LookAhead: a table reaches beyond `as_of`, and `future` is "raise".
        Unmeasurable: an account has two rows for a month, or there is no month end up to `as_of`.
    """
    now = last_day(as_of)
    if future == "raise":
        refuse_later(snapshot, "month", now)
        refuse_later(payments, "paid_on", now)
    last = _last_month(snapshot, now)
    snapshot = known(snapshot, "month", now)
    rows = _checked(snapshot)
    ids = watched(snapshot, now, up_to_days) if accounts is None else accounts
    ours = rows["account_id"].isin(ids)
    rows = rows[ours].assign(ago=_months(last) - _months(rows["month"][ours]))
    for name in _MEASURED:
        rows[name] = column(snapshot, name, name)[ours].astype(float)
    recent = rows[rows["ago"].between(0, window)]

    def by_month(name: str) -> DataFrame:
        wide = recent.pivot_table(index="account_id", columns="ago", values=name, dropna=False)
        return wide.reindex(index=ids, columns=range(window + 1))

    table = DataFrame(index=ids.rename("account_id"))
    table["inflow_drop"] = _drop(by_month("inflow"))
    usage = by_month("utilisation")
    table["utilisation_rise"] = usage[0] - usage.drop(columns=0).mean(axis=1, skipna=False)
    for name in ("bounced_debits", "new_lenders"):
        table[name] = by_month(name)[list(range(window))].sum(axis=1, min_count=1)
    changed = by_month("contact_changed")[list(range(window))]
    table["contact_changed"] = changed.max(axis=1)
    table["payment_drop"] = _drop(_paid(payments, now, last, by_month("inflow").notna()))
    late = by_month("days_past_due")[list(range(window))]
    table["late_months"] = (late > 0).sum(axis=1).where(late[0].notna())
    early = rows[(rows["months_on_book"] <= 2) & (rows["days_past_due"] > 0)]
    young = rows[(rows["ago"] == 0) & (rows["months_on_book"] <= 12)]
    missed = ids.isin(early["account_id"]) & ids.isin(young["account_id"])
    table["first_payment_default"] = missed.astype(float)
    return table


def fired(indicators: DataFrame, limits: Mapping[str, float] = LIMITS) -> DataFrame:
    """Return which indicators reach their limit, True or False; a missing value does not fire.

    Args:
        indicators: one row per account.
        limits: from which value on each indicator fires; those not named are left out.
    """
    return DataFrame(
        {
            name: column(indicators, name, name).ge(limit).to_numpy()
            for name, limit in limits.items()
        },
        index=indicators.index,
    )


def score(
    indicators: DataFrame,
    weights: Mapping[str, float] = WEIGHTS,
    limits: Mapping[str, float] = LIMITS,
) -> Series:
    """Return the points of every account: the sum of the weights of the indicators that fire.

    Args:
        indicators: as `indicators` gives them, one row per account.
        weights: points by indicator, at least 0; an indicator left out or with weight 0 does not count.
        limits: from which value on each indicator fires.
    """
    if missing := sorted(set(weights) - set(limits)):
        raise Unmeasurable(
            _("There is no limit for {names}: from which value on do they fire?").format(
                names=", ".join(missing)
            )
        )
    given = Series(list(weights.values()), dtype=float)
    points = numbers(given, "weights", low=0) if weights else np.zeros(0)
    hits = fired(indicators, {name: limits[name] for name in weights})
    return Series(hits.to_numpy(dtype=float) @ points, hits.index, name="score")


def alerts(scores: Series, budget: int, least: float = 0.0) -> DataFrame:
    """Return the accounts that are looked at: the highest scores, as many as the budget allows.

    Points tie often. Equal scores are taken in the order of their account number: arbitrary, but the
    same for everybody. `tied` says where that decided, so that nobody reads a reason into it.

    Args:
        scores: points by account.
        budget: how many accounts can be looked at, 0 or more.
        least: only scores above this one are alerts; what is left of the budget stays unused.

    Returns:
        index: `account_id`, the most urgent first; columns `rank` from 1, `score`, `tied` (True if
        others with the same score found no place).
    """
    if budget != int(budget) or budget < 0:
        raise Unmeasurable(_("'budget' is a number of accounts, 0 or more."))
    if not scores.index.is_unique:
        raise Unmeasurable(_("'scores' holds an account twice."))
    ranked = ranking(scores)
    ranked = ranked[ranked > least]
    top = ranked.iloc[: int(budget)]
    rest = ranked.iloc[int(budget) :]
    return DataFrame(
        {"rank": np.arange(1, len(top) + 1), "score": top, "tied": top.isin(rest.iloc[:1])},
        index=top.index.rename("account_id"),
    )


def ranking(scores: Series) -> Series:
    """Return the scores from the highest down, equal ones in the order of their account number."""
    if len(scores):
        complete(scores, "scores")
    return scores.sort_index().sort_values(ascending=False, kind="stable")


_MEASURED = ("inflow", "utilisation", "bounced_debits", "new_lenders", "contact_changed")


def _checked(snapshot: DataFrame) -> DataFrame:
    """Return account, month, months on book and days past due; one row per account and month."""
    ids = column(snapshot, "account_id", "account_id")
    rows = DataFrame(
        {"account_id": ids, "month": days(column(snapshot, "month", "month"), "month")}
    )
    if twice := int(rows.duplicated().sum()):
        raise Unmeasurable(
            _("The snapshot has {count} rows too many: one per account and month.").format(
                count=twice
            )
        )
    for name in ("months_on_book", "days_past_due"):
        rows[name] = numbers(column(snapshot, name, name), name)
    return rows


def _last_month(snapshot: DataFrame, now: Timestamp) -> Timestamp:
    """Return the last month end that is known."""
    months = days(column(snapshot, "month", "month"), "month")
    seen = months[months <= now.to_datetime64()]
    if not seen.size:
        raise Unmeasurable(
            _("The snapshot has no month end up to {day}.").format(day=f"{now:%Y-%m-%d}")
        )
    return Timestamp(seen.max())


def _months(when: Any) -> Any:
    """Count months, so that two days can be subtracted."""
    parts = when.dt if isinstance(when, Series) else when
    return 12 * parts.year + parts.month


def _drop(by_month: DataFrame) -> Series:
    """Return 1 - last month / mean of the months before; NaN where there is none or it is 0."""
    usual = by_month.drop(columns=0).mean(axis=1, skipna=False)
    return 1 - by_month[0] / usual.where(usual > 0)


def _paid(payments: DataFrame, now: Timestamp, last: Timestamp, there: DataFrame) -> DataFrame:
    """Return what was paid by account and months ago, net of reversals; NaN before the account's time."""
    payments = known(payments, "paid_on", now)
    ago = _months(last) - _months(column(payments, "paid_on", "paid_on")) if len(payments) else []
    paid = DataFrame(
        {
            "account_id": column(payments, "account_id", "account_id"),
            "ago": ago,
            "amount": column(payments, "amount", "amount"),
        }
    )
    if "kind" in payments:
        paid = paid[(payments["kind"] != "sale").to_numpy()]
    sums = paid.pivot_table(index="account_id", columns="ago", values="amount", aggfunc="sum")
    return sums.reindex(index=there.index, columns=there.columns).fillna(0.0).where(there)
