"""Pictures of early warning: indicators, budgets, lead times and drift."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame, Index, Series

from duecourse.columns import Unmeasurable
from duecourse.drawing import (
    BAD,
    DASHED,
    GOOD,
    INK,
    QUIET,
    Picture,
    beside,
    lying_bars,
    percent,
    picture,
    plot,
)
from duecourse.language import _
from duecourse.monitoring import alert_quality
from duecourse.panels.alerts import alert_panel
from duecourse.warning import indicator_name


def indicator_rates(table: DataFrame, title: str | None = None) -> Picture:
    """Draw for each indicator the share of accounts that fell behind after it had fired.

    Args:
        table: from `monitoring.indicator_table`; indicators that never fired are left out.
        title: the finding; computed if it is left out.
    """
    rows = table[table["fired"] > 0].sort_values("event_rate", ascending=False, kind="stable")
    if rows.empty:
        raise Unmeasurable(_("No indicator fired: there is nothing to draw."))
    rows = rows.set_axis([indicator_name(str(name)) for name in rows.index])
    best = rows.iloc[0]
    base = float(best["event_rate"] / best["lift"]) if best["lift"] > 0 else np.nan
    finding = (
        _("Of the accounts with “{indicator}”, {rate} fell behind; of all, {base}").format(
            indicator=rows.index[0],
            rate=percent(100 * best["event_rate"]),
            base=percent(100 * base),
        )
        if best["events"]
        else _("After no indicator did an account fall behind")
    )
    # an interval that reaches the rate of all is no evidence
    pale = list((rows["low"] <= base) | np.isnan(base))
    notes = [f"{n:,.0f} / {of:,.0f}" for n, of in zip(rows["events"], rows["fired"], strict=True)]
    label = _("fell behind (%), with 95% interval; pale: not surely above all accounts")
    ends = (100 * rows["low"].to_numpy(dtype=float), 100 * rows["high"].to_numpy(dtype=float))
    return lying_bars(
        100 * rows["event_rate"],
        title or finding,
        label,
        notes,
        [BAD] * len(rows),
        pale=pale,
        ends=ends,
        head=_("fell behind / fired"),
    )


def alert_budget(
    curve: DataFrame,
    outcomes: DataFrame,
    budget: int,
    pretended: DataFrame | None = None,
    title: str | None = None,
) -> Picture:
    """Draw how many alerts are right as the budget grows, against a draw by lot.

    Args:
        curve: from `monitoring.budget_curve`.
        outcomes: from `monitoring.outcomes`, of the same accounts.
        budget: the budget to be marked.
        pretended: the curve of a score that looked ahead.
        title: the finding; computed if it is left out.
    """
    panel = alert_panel(len(outcomes), int(outcomes["event"].sum()), len(curve))
    drawn = panel.at(budget, curve, pretended)
    return Picture(drawn.svg, title or drawn.title, drawn.alt)


def lead_times(
    alerts: DataFrame | Series | Index, outcomes: DataFrame, title: str | None = None
) -> Picture:
    """Draw how long before the arrears the alerts came, and what was missed.

    Args:
        alerts: from `warning.alerts`.
        outcomes: from `monitoring.outcomes`.
        title: the finding; computed if it is left out.
    """
    quality = alert_quality(alerts, outcomes)
    events = outcomes[outcomes["event"]]
    if events.empty:
        raise Unmeasurable(_("Nobody fell behind: there is no lead time to draw."))
    chosen = alerts.index if isinstance(alerts, (DataFrame, Series)) else alerts
    caught = events.index.isin(chosen)
    months = (events["lead_days"] / 30.44).round().clip(lower=1).astype(int)
    last = int(months.max())
    at = np.arange(1, last + 1)
    all_of = np.bincount(months, minlength=last + 1)[1:]
    right = np.bincount(months[caught], minlength=last + 1)[1:]
    finding = (
        _("{hits} of {events} were seen coming, half of them {days} days or more ahead").format(
            hits=f"{quality.hits:,}", events=f"{quality.events:,}", days=f"{quality.lead_days:,.0f}"
        )
        if quality.hits
        else _("None of {events} was seen coming").format(events=f"{quality.events:,}")
    )

    def paint(figure: Figure) -> None:
        axes = plot(figure, (56, 28, 400, 180), _("accounts that fell behind"))
        axes.bar(at, all_of, color=BAD, alpha=0.3, width=0.7)
        axes.bar(at, right, color=GOOD, width=0.7)
        beside(axes, 0.92, _("alerted"), color=GOOD, weight="bold")
        beside(axes, 0.80, _("not alerted"), color=BAD, weight="bold")
        axes.set_xticks(at)
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_xlabel(_("months from the alert to the arrears"))

    said = "; ".join(f"{m}: {r} / {a}" for m, r, a in zip(at, right, all_of, strict=True))
    label = _("alerted / all, by months ahead")
    alt = _("{title}. {label}: {values}").format(title=finding, label=label, values=said)
    return picture(title or finding, alt, 262, paint)


def drift(table: DataFrame, title: str | None = None) -> Picture:
    """Draw month by month how far the scores have shifted and what share of the alerts was right.

    Args:
        table: from `monitoring.monitoring`.
        title: the finding; computed if it is left out.
    """
    if table.empty:
        raise Unmeasurable(_("There is no month to look at."))
    largest = float(table["psi"].max())
    at_most = pd.DatetimeIndex(table.index)[int(table["psi"].to_numpy().argmax())]
    known = table["precision"].dropna()
    finding = _("PSI is at most {psi} ({month}); of the alerts {precision} were right").format(
        psi=f"{largest:.2f}",
        month=f"{at_most:%Y-%m}",
        precision=percent(100 * float(known.mean())) if len(known) else "–",
    )
    at = np.arange(len(table))
    names = [f"{month:%Y-%m}" for month in pd.DatetimeIndex(table.index)]
    step = max(1, -(-len(names) // 6))

    def paint(figure: Figure) -> None:
        above = plot(figure, (56, 28, 420, 130), _("PSI of the scores against the first month"))
        above.plot(at, table["psi"], "o-", color=INK, linewidth=2, markersize=4)
        for limit, words in ((0.1, _("0.10: look closer")), (0.25, _("0.25: shifted"))):
            above.axhline(limit, color=BAD, linewidth=1, linestyle=DASHED)
            above.text(
                1.03, limit, words, color=BAD, va="center", transform=above.get_yaxis_transform()
            )
        above.set_ylim(0, max(0.3, 1.1 * largest))
        above.set_xticks(at[::step], [])
        below = plot(figure, (56, 206, 420, 130), _("alerts that were right (%)"))
        rate = 100 * table["precision"].to_numpy(dtype=float)
        below.plot(at, rate, "o-", color=GOOD, linewidth=2, markersize=4)
        waiting = at[np.isnan(rate)]
        if len(waiting):
            below.axvspan(waiting[0] - 0.5, at[-1] + 0.5, color=QUIET, alpha=0.12, linewidth=0)
            beside(below, 0.5, _("grey: not known yet"), color=QUIET)
        below.set_ylim(0, max(10.0, 1.15 * float(np.nanmax(rate))) if len(known) else 10.0)
        below.set_xticks(at[::step], names[::step])
        for axes in (above, below):
            axes.set_xlim(-1, len(at) - 0.5)

    said = "; ".join(f"{name} {psi:.2f}" for name, psi in zip(names, table["psi"], strict=True))
    alt = _("{title}. {label}: {values}").format(title=finding, label="PSI", values=said)
    return picture(title or finding, alt, 376, paint)
