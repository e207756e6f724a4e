"""Pictures of rolls that are drawn once and filled often: the heat map and the flow forecast."""

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from pandas import DataFrame, Series

from duecourse.ageing import bucket_names
from duecourse.drawing import BAD, GOOD, GRID, INK, QUIET, WIDTH, Picture, percent, picture, plot
from duecourse.language import _, current
from duecourse.rolls import FLOWS
from duecourse.snapshots import BUCKETS, STATES

_LEFT, _TOP, _CELL, _ROW = 104, 70, 53, 30
_PLACE = (76, 28, 540, 150)


def heat_map(matrix: DataFrame, title: str | None = None, bucket: int | None = None) -> Picture:
    """Return a `rolls.roll_matrix` as coloured cells: blue got better, orange got worse, grey stayed.

    Args:
        matrix: shares, one row per bucket; a row of NaN is drawn as empty.
        title: the finding; computed if it is left out.
        bucket: a row to be framed.
    """
    marks = []
    for row, shares in enumerate(matrix.to_numpy(dtype=float)):
        y = _TOP + row * _ROW
        if np.isnan(shares).all():
            marks.append(_words(_LEFT + 8, y + _ROW / 2, _("no accounts"), QUIET, "start"))
            continue
        for place, share in enumerate(shares):
            if share == 0:
                continue
            x = _LEFT + place * _CELL
            colour = QUIET if place == row else GOOD if _better(place, row) else BAD
            marks.append(
                f'<rect x="{x + 1}" y="{y + 1}" width="{_CELL - 2}" height="{_ROW - 2}" '
                f'fill="{colour}" fill-opacity="{0.08 + 0.92 * share:.3f}"/>'
            )
            text = "<1%" if share < 0.005 else f"{share:.0%}"
            # dark words read better on orange, and on pale blue and grey
            ink = "#FFFFFF" if share > 0.85 and colour != BAD else INK
            marks.append(_words(x + _CELL / 2, y + _ROW / 2, text, ink))
    if bucket is not None:
        marks.append(
            f'<rect x="{_LEFT}" y="{_TOP + bucket * _ROW}" width="{len(STATES) * _CELL}" '
            f'height="{_ROW}" fill="none" stroke="{INK}" stroke-width="2"/>'
        )
    finding = title or _steepest(matrix)
    worse = worse_shares(matrix)
    said = "; ".join(
        f"{name} {percent(100 * share)}"
        for name, share in zip(bucket_names(), worse, strict=False)
        if not np.isnan(share)
    )
    alt = _("{title}. Worse a month later, by days past due: {values}").format(
        title=finding, values=said
    )
    return Picture(
        _heat_frame(current()).replace("</svg>", "".join(marks) + "</svg>"), finding, alt
    )


def worse_shares(matrix: DataFrame) -> Series:
    """Return the share of each bucket 0 to 6 that is in a worse one a month later, or written off."""
    values = matrix.to_numpy(dtype=float)
    return Series(
        [values[k, k + 1 : BUCKETS].sum() + values[k, -1] for k in range(FLOWS)], name="worse"
    )


def state_names() -> list[str]:
    """Return what the states a month later are called: the buckets, closed, written off."""
    return [*bucket_names(), _("closed"), _("written off")]


@dataclass(frozen=True)
class ForecastPanel:
    """Axes for charge-offs of the coming months, drawn once for all forecasts up to `reach`."""

    svg: str
    reach: float
    months: int
    unit: str

    def at(
        self,
        charge_offs: Sequence[float],
        actual: Sequence[float] = (),
        title: str | None = None,
    ) -> Picture:
        """Return the picture with a bar for every month to come and, where it is known, what came.

        Args:
            charge_offs: forecast of each month, from the next one on.
            actual: what really was charged off, from the next month on; may be shorter.
            title: the finding; computed if it is left out.
        """
        left, top, width, height = _PLACE
        step = width / self.months
        marks = []
        for month, value in enumerate(charge_offs):
            high = height * value / self.reach
            marks.append(
                f'<rect x="{left + (month + 0.2) * step:.1f}" y="{top + height - high:.1f}" '
                f'width="{0.6 * step:.1f}" height="{high:.1f}" fill="{BAD}" fill-opacity="0.75"/>'
            )
        for month, value in enumerate(actual):
            y = top + height * (1 - value / self.reach)
            marks.append(
                f'<path d="M{left + (month + 0.1) * step:.1f} {y:.1f}h{0.8 * step:.1f}" '
                f'stroke="{INK}" stroke-width="3"/>'
            )
        finding = title or _(
            "If the flows stay as they are, {amount} are charged off in {months} months"
        ).format(amount=_amount(sum(charge_offs), self.unit), months=len(charge_offs))
        said = ", ".join(f"{value:,.0f}" for value in charge_offs)
        alt = _("{title}. Month by month: {values}").format(title=finding, values=said)
        if len(actual):
            alt += ". " + _("What came: {values}").format(
                values=", ".join(f"{value:,.0f}" for value in actual)
            )
        return Picture(self.svg.replace("</svg>", "".join(marks) + "</svg>"), finding, alt)


def forecast_panel(
    reach: float, months: int, unit: str | None = None, *, actual: bool = False
) -> ForecastPanel:
    """Draw the axes for charge-offs.

    Args:
        reach: the highest value to be shown.
        months: how many months to come.
        unit: what is counted; yuan if it is left out.
        actual: whether what came will be marked too.
    """
    unit, reach = unit or _("yuan"), 1.06 * reach or 1.0

    def paint(figure: Figure) -> None:
        label = _("charged off in the month ({unit})").format(unit=unit)
        axes = plot(figure, _PLACE, label)
        axes.set(xlim=(0.5, months + 0.5), ylim=(0, reach))
        axes.set_xticks(range(1, months + 1))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _at: f"{value:,.0f}"))
        label = _("months ahead")
        if actual:
            label = _("months ahead; bars: forecast, lines: what came")
        axes.set_xlabel(label)

    return ForecastPanel(picture("", "", 226, paint).svg, reach, months, unit)


def _amount(value: float, unit: str) -> str:
    number = f"{value:,.0f}"
    return (
        _("{number} accounts").format(number=number)
        if unit == _("accounts")
        else f"{number} {unit}"
    )


def _better(place: int, row: int) -> bool:
    return place < row or STATES[place] == "closed"


def _steepest(matrix: DataFrame) -> str:
    """Return the finding of a matrix: the late bucket from which most get worse."""
    worse = worse_shares(matrix).iloc[1:]
    if worse.isna().all():
        return _("Nobody was past due")
    steepest = 1 + int(np.nanargmax(worse))
    return _(
        "The steepest step: of “{bucket}” days past due, {share} are worse a month later"
    ).format(bucket=bucket_names()[steepest], share=percent(100 * float(worse.max())))


@cache
def _heat_frame(_language: str) -> str:
    """Draw names and lines of the heat map in the language spoken now, once for each language."""
    height = _TOP + BUCKETS * _ROW + 34

    def paint(figure: Figure) -> None:
        def write(x: float, y: float, text: str, colour: str, across: str) -> None:
            figure.text(x / WIDTH, 1 - y / height, text, color=colour, ha=across, va="center")

        write(8, 12, _("days past due"), QUIET, "left")
        write(_LEFT, 12, _("one month later (% of the row)"), QUIET, "left")
        for place, name in enumerate(state_names()):
            lines = textwrap.wrap(name, 8)
            for line, words in enumerate(lines):
                above = _TOP - 13 - 15 * (len(lines) - 1 - line)
                write(_LEFT + (place + 0.5) * _CELL, above, words, INK, "center")
        for row, name in enumerate(bucket_names()):
            write(_LEFT - 10, _TOP + (row + 0.5) * _ROW, name, INK, "right")
        for x, text, colour in (
            (_LEFT, _("blue: better"), GOOD),
            (_LEFT + 150, _("grey: the same"), QUIET),
            (_LEFT + 300, _("orange: worse"), BAD),
        ):
            write(x, height - 14, text, colour, "left")

    svg = picture("", "", height, paint).svg
    lines = "".join(
        f'<path d="M{_LEFT} {_TOP + row * _ROW}h{len(STATES) * _CELL}" stroke="{GRID}"/>'
        for row in range(BUCKETS + 1)
    )
    return svg.replace("</svg>", lines + "</svg>")


def _words(x: float, y: float, text: str, colour: str, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="{anchor}" fill="{colour}" '
        f'style="font-size:12px">{html.escape(text)}</text>'
    )
