"""The alert budget in a picture that is drawn once and marked often: how many alerts are right."""

import html
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame

from duecourse.columns import Unmeasurable
from duecourse.drawing import BAD, GOOD, GRID, INK, QUIET, Picture, beside, percent, picture, plot
from duecourse.language import _

_LEFT, _TOP, _WIDE, _HIGH = 56, 28, 400, 220
_NAMES = {"known": 0.95, "lot": 0.86, "budget": 0.77, "ahead": 0.68}


@dataclass(frozen=True)
class AlertPanel:
    """The ground for budget curves: alerts to the right, those that were right upwards."""

    svg: str
    most: int
    """the largest budget that is drawn"""
    watched: int
    events: int

    def at(self, budget: int, curve: DataFrame, pretended: DataFrame | None = None) -> Picture:
        """Return the picture with the curve of a score, marked at a budget.

        Args:
            budget: how many alerts are looked at.
            curve: from `monitoring.budget_curve`.
            pretended: the curve of a score that looked ahead, drawn as a warning.
        """
        last = int(min(max(budget, 0), len(curve), self.most))
        hits = int(curve["hits"].iloc[last - 1]) if last else 0
        top = self._top(curve, pretended)
        marks = self._scale(top) + self._line(curve, GOOD, top) + self._mark(last, hits, GOOD, top)
        finding = _(
            "{hits} of {alerts} alerts were right: {precision}, against {base} by lot"
        ).format(
            hits=f"{hits:,}",
            alerts=f"{last:,}",
            precision=percent(100 * hits / last) if last else "–",
            base=percent(100 * self.events / self.watched),
        )
        if pretended is not None:
            there = min(last, len(pretended))
            claimed = int(pretended["hits"].iloc[there - 1]) if there else 0
            marks += self._line(pretended, BAD, top) + self._mark(there, claimed, BAD, top)
            marks += _beside(_NAMES["ahead"], _("with look-ahead"), BAD)
            finding = _(
                "With look-ahead {claimed} of {alerts} alerts seem right; on the day it was {hits}"
            ).format(claimed=f"{claimed:,}", alerts=f"{last:,}", hits=f"{hits:,}")
        alt = _(
            "{title}. Accounts watched: {watched}; fell behind: {events}; of these alerted: {hits}."
        ).format(
            title=finding, watched=f"{self.watched:,}", events=f"{self.events:,}", hits=f"{hits:,}"
        )
        return Picture(self.svg.replace("</svg>", marks + "</svg>"), finding, alt)

    def _top(self, *curves: DataFrame | None) -> int:
        """Return a round upper end of the upright axis that jumps only now and then."""
        by_lot = self.events * self.most / self.watched
        ends = [
            float(curve["hits"].iloc[-1]) for curve in curves if curve is not None and len(curve)
        ]
        needed = max(1.05 * by_lot, 5.0, *ends)
        tens = 10 ** int(np.log10(needed))
        return next(int(n * tens) for n in (1, 2, 5, 10) if n * tens >= needed)

    def _scale(self, top: int) -> str:
        """Draw the upright axis' numbers and the line of a draw by lot."""
        parts = []
        for value in range(0, top + 1, max(top // 5, 1)):
            x, y = self._point(0, value, top)
            parts.append(
                f'<path d="M{x:.1f} {y:.1f}h{_WIDE}" stroke="{GRID}"/><text x="{x - 7:.1f}" '
                f'y="{y + 4:.1f}" text-anchor="end" style="font-size:12px;fill:{INK}">{value:,}</text>'
            )
        x, y = self._point(self.most, self.events * self.most / self.watched, top)
        parts.append(
            f'<path d="M{_LEFT} {_TOP + _HIGH}L{x:.1f} {y:.1f}" stroke="{QUIET}" stroke-dasharray="4 3"/>'
        )
        return "".join(parts)

    def _point(self, budget: float, hits: float, top: int) -> tuple[float, float]:
        return _LEFT + _WIDE * budget / self.most, _TOP + _HIGH * (1 - hits / top)

    def _line(self, curve: DataFrame, colour: str, top: int) -> str:
        """Draw a curve from corner to corner."""
        hits = np.concatenate([[0], curve["hits"].to_numpy()[: self.most]])
        bends = np.flatnonzero(np.diff(hits, n=2)) + 1
        points = (self._point(float(n), float(hits[n]), top) for n in [0, *bends, len(hits) - 1])
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'

    def _mark(self, budget: int, hits: int, colour: str, top: int) -> str:
        x, y = self._point(budget, hits, top)
        return (
            f'<path d="M{x:.1f} {_TOP}V{_TOP + _HIGH}" stroke="{INK}" stroke-dasharray="2 3"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
        )


def alert_panel(watched: int, events: int, most: int) -> AlertPanel:
    """Draw the ground for budget curves.

    Args:
        watched: accounts that could be alerted.
        events: how many of them fell behind.
        most: the largest budget to draw.
    """
    if watched < 1 or most < 1:
        raise Unmeasurable(_("No account is watched: there is nothing to draw."))
    most = min(most, watched)

    def paint(figure: Figure) -> None:
        axes = plot(figure, (_LEFT, _TOP, _WIDE, _HIGH), _("right alerts (account fell behind)"))
        axes.set(xlim=(0, most), ylim=(0, 1))
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_yticks([])
        axes.set_xlabel(_("alerts a month (budget)"))
        beside(axes, _NAMES["known"], _("as known on the day"), color=GOOD, weight="bold")
        beside(axes, _NAMES["lot"], _("dashed: drawn by lot"), color=QUIET)
        beside(axes, _NAMES["budget"], _("dotted: the budget"), color=QUIET)

    return AlertPanel(picture("", "", 290, paint).svg, most, watched, events)


def _beside(height: float, words: str, colour: str) -> str:
    """Write to the right of the plot, at a share of its height, as `drawing.beside` does."""
    x, y = _LEFT + 1.03 * _WIDE, _TOP + _HIGH * (1 - height)
    return (
        f'<text x="{x:.1f}" y="{y + 4:.1f}" style="font-size:12px;font-weight:bold;fill:{colour}">'
        f"{html.escape(words)}</text>"
    )
