"""Whether early warning works: what became of the alerts, month by month, and how much time they gave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Index, Series, Timestamp
from pandas.tseries.offsets import MonthEnd

from duecourse import warning
from duecourse.columns import Unmeasurable, column, flags, numbers
from duecourse.days import Day, day, days
from duecourse.language import _
from duecourse.risk import psi, rate_interval


@dataclass(frozen=True)
class AlertQuality:
    """What a set of alerts was worth, once the outcome is known."""

    watched: int
    """accounts that could have been alerted"""
    events: int
    """of these, the accounts that fell behind within the horizon"""
    alerts: int
    hits: int
    """alerted accounts that fell behind"""
    precision_low: float
    precision_high: float
    """Wilson's 95% interval of the precision"""
    lead_days: float
    """median days from alert to arrears over the hits; NaN without hits"""

    @property
    def precision(self) -> float:
        """Hits / alerts; NaN without alerts."""
        return self.hits / self.alerts if self.alerts else float("nan")

    @property
    def recall(self) -> float:
        """Hits / events; NaN without events."""
        return self.hits / self.events if self.events else float("nan")

    @property
    def base_rate(self) -> float:
        """Events / accounts watched: the precision of alerts drawn by lot."""
        return self.events / self.watched if self.watched else float("nan")

    @property
    def lift(self) -> float:
        """Precision / base rate; NaN without alerts or events."""
        return self.precision / self.base_rate if self.events else float("nan")


def first_arrears(snapshot: DataFrame, days_past_due: int = 30, after: Day | None = None) -> Series:
    """Return the first month end at which each account was more than so many days past due.

    Args:
        snapshot: `account_id`, `month` (month end), `days_past_due`.
        days_past_due: 30 asks for the bucket 31-60 or worse; 0 for any arrears.
        after: look only at month ends after this day.

    Returns:
        index: `account_id`, every account of the snapshot, ascending; the day, or NaT if there is none.
    """
    ids = column(snapshot, "account_id", "account_id")
    month = Series(days(column(snapshot, "month", "month"), "month"))
    late = numbers(column(snapshot, "days_past_due", "days_past_due"), "days_past_due")
    behind = Series(late > days_past_due)
    if after is not None:
        behind &= month > Timestamp(day(after, "after"))
    found = month.where(behind).groupby(ids).min()
    return found.rename("first_arrears").rename_axis("account_id")


def outcomes(
    snapshot: DataFrame,
    as_of: Day,
    months: int = 6,
    days_past_due: int = 30,
    *,
    up_to_days: int = 0,
    accounts: Index | None = None,
) -> DataFrame:
    """Return which watched accounts fell behind within some months after a day.

    Args:
        snapshot: as in `warning.indicators`, reaching at least `months` month ends beyond `as_of`.
        as_of: the day of the alert.
        months: the horizon in month ends.
        days_past_due: an account fell behind at the first month end with more days past due than these.
        up_to_days: as in `warning.watched`.
        accounts: whom to judge; without it those that were watched.

    Returns:
        index: `account_id`; columns `event` (bool), `first_on` (day or NaT), `lead_days` (from `as_of`,
        NaN without event). An account paid off in between had no event.

    Raises:
        Unmeasurable: the snapshot ends before the horizon does, so that good luck would count as good.
    """
    now = Timestamp(day(as_of, "as_of"))
    end = now + MonthEnd(0) + MonthEnd(months) if months else now
    month = Series(days(column(snapshot, "month", "month"), "month"))
    if month.max() < end:
        raise Unmeasurable(
            _(
                "The outcome is not known yet: {months} months after {day} end on {end}, and the snapshot "
                "ends on {last}."
            ).format(
                months=months,
                day=f"{now:%Y-%m-%d}",
                end=f"{end:%Y-%m-%d}",
                last=f"{month.max():%Y-%m-%d}",
            )
        )
    ids = warning.watched(snapshot, now, up_to_days) if accounts is None else accounts
    seen = snapshot[(month <= end).to_numpy()]
    first = first_arrears(seen, days_past_due, after=now).reindex(ids)
    lead = (first - now).dt.days
    return DataFrame({"event": first.notna(), "first_on": first, "lead_days": lead}, index=ids)


def alert_quality(
    alerts: DataFrame | Series | Index | Iterable[Any], outcomes: DataFrame
) -> AlertQuality:
    """Return how many alerts were right, how many events were caught, and how early.

    Args:
        alerts: the alerted accounts: a table or Series with them as its index, or the numbers alone.
        outcomes: as `outcomes` gives them, one row per account watched.

    Raises:
        Unmeasurable: an alerted account was not watched, or stands twice.
    """
    chosen = Index(alerts.index if isinstance(alerts, (DataFrame, Series)) else list(alerts))
    if not chosen.is_unique:
        raise Unmeasurable(_("An account is alerted twice."))
    if strange := int((~chosen.isin(outcomes.index)).sum()):
        raise Unmeasurable(
            _("{count} alerted accounts are not among those watched.").format(count=strange)
        )
    event = flags(column(outcomes, "event", "event"), "event")
    there = outcomes.index.isin(chosen)
    hits = int(event[there].sum())
    low, high = rate_interval([hits], [len(chosen)])
    lead = column(outcomes, "lead_days", "lead_days")[there & (event == 1)]
    return AlertQuality(
        watched=len(event),
        events=int(event.sum()),
        alerts=len(chosen),
        hits=hits,
        precision_low=float(low[0]),
        precision_high=float(high[0]),
        lead_days=float(lead.median()) if len(lead) else float("nan"),
    )


def budget_curve(scores: Series, outcomes: DataFrame, most: int | None = None) -> DataFrame:
    """Return hits, precision and recall of every alert budget, in the order that `alerts` takes.

    Args:
        scores: points by account; accounts left out of it are never alerted.
        outcomes: as `outcomes` gives them, for all accounts watched.
        most: the largest budget; without it as many as there are scores.

    Returns:
        index: `budget` from 1; columns `hits`, `precision`, `recall` (of all events; NaN without any).
    """
    of = warning.ranking(scores).index
    event = column(outcomes, "event", "event").set_axis(outcomes.index)
    here = event.reindex(of).reset_index(drop=True)
    y = flags(here, "event")[:most] if len(of) else np.zeros(0, dtype=np.int64)
    hits, budget = y.cumsum(), np.arange(1, len(y) + 1)
    events = float(event.sum()) or np.nan
    table = DataFrame({"hits": hits, "precision": hits / budget, "recall": hits / events}, budget)
    return table.rename_axis("budget")


def indicator_table(fired: DataFrame, outcomes: DataFrame) -> DataFrame:
    """Return for each indicator how many of the accounts in which it fired fell behind.

    Args:
        fired: as `warning.fired` gives it.
        outcomes: as `outcomes` gives them, for the same accounts.

    Returns:
        index: `indicator`; columns `fired`, `events`, `event_rate` (NaN if it never fired), `low`, `high`
        (Wilson's 95% interval), `lift` = event rate / event rate of all.
    """
    y = Series(flags(column(outcomes, "event", "event"), "event"), outcomes.index)
    y = y.reindex(fired.index)
    table = DataFrame(
        {"fired": fired.sum(), "events": fired.mul(y, axis=0).sum()}, index=fired.columns
    ).astype(int)
    table["event_rate"] = table["events"] / table["fired"]
    table["low"], table["high"] = rate_interval(table["events"], table["fired"])
    table["lift"] = table["event_rate"] / (y.mean() or np.nan)
    return table.rename_axis("indicator")


def monitoring(
    snapshot: DataFrame,
    payments: DataFrame,
    months: Iterable[Day],
    budget: int,
    *,
    weights: Mapping[str, float] = warning.WEIGHTS,
    limits: Mapping[str, float] = warning.LIMITS,
    horizon: int = 6,
    up_to_days: int = 0,
    bands: Iterable[float] = (0, 1, 2, 3),
) -> DataFrame:
    """Return how an early warning does month by month: its load, its drift and what came of it.

    Args:
        snapshot: as in `warning.indicators`.
        payments: as in `warning.indicators`.
        months: days on which the warning ran; the first one is what the drift is measured from.
        budget: alerts a month.
        weights: as in `warning.score`.
        limits: as in `warning.score`.
        horizon: months until an outcome counts.
        up_to_days: as in `warning.watched`.
        bands: upper ends of the score bands of the PSI; above the last is a band too.

    Returns:
        index: `month`; columns `watched`, `alerts`, `mean_score`, `psi` (of the scores against the first
        month), `events`, `hits`, `precision`, `recall`, `lead_days`: the last five are missing while the
        outcome is not known.
    """
    ends = np.array(sorted(bands), dtype=float)
    rows, first = [], None
    last = Series(days(column(snapshot, "month", "month"), "month")).max()
    for one in months:
        now = Timestamp(day(one, "months"))
        measured = warning.indicators(snapshot, payments, now, up_to_days=up_to_days)
        points = warning.score(measured, weights, limits)
        chosen = warning.alerts(points, budget)
        spread = np.bincount(np.searchsorted(ends, points, "left"), minlength=len(ends) + 1)
        first = spread if first is None else first
        row: dict[str, Any] = {
            "month": now,
            "watched": len(points),
            "alerts": len(chosen),
            "mean_score": points.mean(),
            "psi": psi(first, spread),
        }
        if now + MonthEnd(0) + MonthEnd(horizon) <= last:
            quality = alert_quality(chosen, outcomes(snapshot, now, horizon, up_to_days=up_to_days))
            for name in ("events", "hits", "precision", "recall", "lead_days"):
                row[name] = getattr(quality, name)
        rows.append(row)
    if not rows:
        raise Unmeasurable(_("There is no month to look at."))
    names = ["watched", "alerts", "mean_score", "psi", "events", "hits", "precision", "recall"]
    table = DataFrame(rows).set_index("month").reindex(columns=[*names, "lead_days"])
    return table.astype({"events": "Int64", "hits": "Int64"})


def pretended(
    snapshot: DataFrame,
    payments: DataFrame,
    as_of: Day,
    ahead: int = 2,
    *,
    window: int = 3,
    up_to_days: int = 0,
) -> DataFrame:
    """Return, as a warning example, the indicators of `as_of` as if some months more had been known.

    This is the mistake that look-ahead makes: the same accounts, measured later, when their trouble
    already shows. No alert of that day could have had these values.

    Args:
        snapshot: as in `warning.indicators`.
        payments: as in `warning.indicators`.
        as_of: the day of the alert.
        ahead: months by which the measurement comes too late.
        window: months that are looked back on.
        up_to_days: as in `warning.watched`.
    """
    now = Timestamp(day(as_of, "as_of"))
    ids = warning.watched(snapshot, now, up_to_days)
    later = now + MonthEnd(0) + MonthEnd(ahead) if ahead else now
    return warning.indicators(snapshot, payments, later, window=window, accounts=ids)


def month_ends(snapshot: DataFrame) -> pd.DatetimeIndex:
    """Return the month ends of a snapshot, ascending."""
    return pd.DatetimeIndex(np.unique(days(column(snapshot, "month", "month"), "month")))
