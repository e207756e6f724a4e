"""Weigh the warning signs, set an alert budget, and see what the alerts were worth."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
from pandas import DataFrame
from pandas.tseries.offsets import MonthEnd

from duecourse.columns import Unmeasurable
from duecourse.days import Day
from duecourse.drawing import Picture
from duecourse.foresight import last_day
from duecourse.language import _, tag
from duecourse.markup import as_percent, html_table
from duecourse.monitoring import (
    AlertQuality,
    alert_quality,
    budget_curve,
    month_ends,
    outcomes,
    pretended,
)
from duecourse.panels.alerts import AlertPanel, alert_panel
from duecourse.warning import WEIGHTS, alerts, indicator_name, indicators, score
from duecourse.widgets.explorer import Explorer

MOST_POINTS = 5


@dataclass(frozen=True)
class AlertView:
    """What the alert board shows for one set of weights and one budget; no widget in it."""

    panel: AlertPanel
    budget: int
    quality: AlertQuality
    curve: DataFrame
    claimed: AlertQuality | None
    """what the same weights would pretend with look-ahead; None = not shown"""
    claimed_curve: DataFrame | None

    def picture(self) -> Picture:
        """Return the budget curve with the budget marked."""
        return self.panel.at(self.quality.alerts, self.curve, self.claimed_curve)

    def html(self) -> str:
        """Return the numbers as a table, with those of look-ahead beside them if they are shown."""
        shown = [self.quality, *([self.claimed] if self.claimed else [])]
        rows = [
            (_("Accounts watched"), *(f"{q.watched:,}" for q in shown)),
            (_("Fell behind later"), *(f"{q.events:,}" for q in shown)),
            (_("Alerts"), *(f"{q.alerts:,} / {self.budget:,}" for q in shown)),
            (_("Right alerts"), *(f"{q.hits:,}" for q in shown)),
            (_("Precision (right / alerts)"), *(as_percent(q.precision) for q in shown)),
            (_("95% interval"), *(_interval(q) for q in shown)),
            (_("Recall (right / fell behind)"), *(as_percent(q.recall) for q in shown)),
            (_("Lift against a draw by lot"), *(_times(q.lift) for q in shown)),
            (_("Lead time, median (days)"), *(_days(q.lead_days) for q in shown)),
        ]
        head = (_("Measure"), _("as known on the day"), _("with look-ahead"))
        note = (
            f"<p>{_('No alert of that day could have known this: the values were measured later.')}</p>"
            if self.claimed
            else ""
        )
        table = html_table(rows, head[: 1 + len(shown)])
        return f'<div lang="{tag()}" style="line-height:1.5">{table}{note}</div>'


@dataclass(frozen=True)
class AlertCase:
    """One day of the past on which alerts could have been given, with what became of the accounts."""

    known: DataFrame
    """indicators as known on the day"""
    later: DataFrame
    """the same as look-ahead would have them"""
    outcome: DataFrame
    panel: AlertPanel

    def view(self, weights: Mapping[str, float], budget: int, *, ahead: bool = False) -> AlertView:
        """Return what the alerts of these weights are worth within a budget.

        Args:
            weights: points by indicator.
            budget: how many accounts can be looked at.
            ahead: whether to show beside it what look-ahead would have pretended.
        """
        quality, curve = self._worth(self.known, weights, budget)
        claimed = self._worth(self.later, weights, budget) if ahead else (None, None)
        return AlertView(self.panel, budget, quality, curve, *claimed)

    def _worth(
        self, measured: DataFrame, weights: Mapping[str, float], budget: int
    ) -> tuple[AlertQuality, DataFrame]:
        points = score(measured, weights)
        curve = budget_curve(points[points > 0], self.outcome, self.panel.most)
        return alert_quality(alerts(points, budget), self.outcome), curve


def alert_case(
    snapshot: DataFrame,
    payments: DataFrame,
    as_of: Day | None = None,
    *,
    months: int = 6,
    days_past_due: int = 30,
    up_to_days: int = 0,
    most: int = 400,
    ahead: int = 2,
) -> AlertCase:
    """Measure a day of the past and what followed.

    Args:
        snapshot: as in `warning.indicators`, reaching `months` beyond the day.
        payments: as in `warning.indicators`.
        as_of: the day; without it the last month end whose outcome is known.
        months: the horizon in which an account may fall behind.
        days_past_due: it does so with more days past due than these.
        up_to_days: days past due with which an account is still watched; 0 = nothing is past due.
        most: the largest alert budget.
        ahead: months by which look-ahead measures too late.
    """
    if as_of is None:
        ends = month_ends(snapshot)
        ready = ends[ends + MonthEnd(months) <= ends[-1]]
        if not len(ready):
            raise Unmeasurable(
                _("The snapshot must reach more than {months} months.").format(months=months)
            )
        as_of = ready[-1]
    now = last_day(as_of)
    outcome = outcomes(snapshot, now, months, days_past_due, up_to_days=up_to_days)
    panel = alert_panel(len(outcome), int(outcome["event"].sum()), most)
    known = indicators(snapshot, payments, now, up_to_days=up_to_days)
    later = pretended(snapshot, payments, now, ahead, up_to_days=up_to_days)
    return AlertCase(known, later, outcome, panel)


class AlertBoard(Explorer):
    """Points for every warning sign and a budget of alerts, over what the alerts were worth.

    The values can also be read and set from code: `board.weights["bounced_debits"].value = 3`,
    `board.budget.value = 150`, `board.ahead.value = True`. It is a place to look from, no answer: running
    the cell again starts anew.

    Args:
        snapshot: as in `alert_case`.
        payments: as in `alert_case`.
        as_of: as in `alert_case`.
        weights: points to start with, whole numbers from 0 to 5; without them 1 for each sign.
        budget: alerts to start with.
        options: `months`, `days_past_due`, `up_to_days`, `most` and `ahead` of `alert_case`.
    """

    def __init__(
        self,
        snapshot: DataFrame,
        payments: DataFrame,
        as_of: Day | None = None,
        *,
        weights: Mapping[str, float] = WEIGHTS,
        budget: int = 100,
        **options: int,
    ) -> None:
        self.case = alert_case(snapshot, payments, as_of, **options)
        self.weights = {
            name: _slider(indicator_name(name), int(weights.get(name, 0)), 0, MOST_POINTS)
            for name in WEIGHTS
        }
        most = self.case.panel.most
        self.budget = _slider(_("Alerts a month (budget)"), min(budget, most), 1, most)
        self.ahead = widgets.Checkbox(
            value=False,
            indent=False,
            description=_("Show what look-ahead would have pretended"),
            layout={"width": "95%"},
        )
        self.picture, self.numbers = widgets.HTML(), widgets.HTML()
        for control in (*self.weights.values(), self.budget, self.ahead):
            control.observe(self._show, names="value")
        self._show()
        said = widgets.HTML(_("Points for each warning sign (0 = left out):"))
        controls = [said, *self.weights.values(), self.budget, self.ahead]
        super().__init__([*controls, self.picture, self.numbers])

    def view(self) -> AlertView:
        """Return what is shown now."""
        weights = {name: float(slider.value) for name, slider in self.weights.items()}
        return self.case.view(weights, self.budget.value, ahead=self.ahead.value)

    def _show(self, _change: object = None) -> None:
        view = self.view()
        self.picture.value, self.numbers.value = view.picture()._repr_html_(), view.html()

    def still(self) -> str:
        """Return what is shown now, as HTML."""
        return str(self.picture.value + self.numbers.value)


def _slider(name: str, value: int, low: int, high: int) -> Any:
    return widgets.IntSlider(
        value=value,
        min=low,
        max=high,
        description=name,
        continuous_update=True,
        style={"description_width": "14em"},
        layout={"width": "95%", "max_width": "460px" if high <= MOST_POINTS else "680px"},
    )


def _interval(quality: AlertQuality) -> str:
    low, high = quality.precision_low, quality.precision_high
    return f"{low:.1%} – {high:.1%}" if quality.alerts else "–"


def _times(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}×"


def _days(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:,.0f}"
