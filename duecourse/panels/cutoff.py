"""Pictures of cut-offs: the curve of their costs, and a panel that is drawn once and marked often."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from pandas import DataFrame

from duecourse.columns import aligned
from duecourse.cutoffs import cheapest
from duecourse.drawing import BAD, DASHED, GOOD, INK, Picture, beside, percent, picture, plot
from duecourse.language import _


@dataclass(frozen=True)
class CutoffPanel:
    """The costs of all cut-offs above the spread of the applicants, drawn once to be marked often."""

    svg: str
    table: DataFrame

    def at(self, cutoff: float) -> Picture:
        """Return the picture with a line at a cut-off of the table and the refused shaded."""
        cutoffs = self.table.index.to_numpy(dtype=float)
        row, best = self.table.iloc[np.abs(cutoffs - cutoff).argmin()], cheapest(self.table)
        x = _PANEL.left + cutoff / cutoffs[-1] * _PANEL.width
        y = _PANEL.top + _PANEL.height * (1 - row["cost"] / _ceiling(self.table))
        refused = _PANEL.left + _PANEL.width - x
        mark = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{INK}"/>'
        for top, height in (
            (_PANEL.top, _PANEL.height),
            (_PANEL.lower_top, _PANEL.lower_height),
        ):
            mark += (
                f'<rect x="{x:.1f}" y="{top}" width="{refused:.1f}" height="{height}" '
                f'opacity="0.07"/><path d="M{x:.1f} {top}v{height}" stroke="{INK}" '
                'stroke-width="1.5"/>'
            )
        title = _("Cut-off {cutoff}: wrong decisions cost {cost}").format(
            cutoff=percent(100 * cutoff), cost=f"{row['cost']:,.0f}"
        )
        alt = _(
            "{title}. Approved: {approved} of {applicants}. The cheapest cut-off is {best}."
        ).format(
            title=title,
            approved=f"{row['approved']:,.0f}",
            applicants=f"{row['applicants']:,.0f}",
            best=percent(100 * best),
        )
        return Picture(self.svg.replace("</svg>", mark + "</svg>"), title, alt)


def cutoff_panel(pd: Any, bad: Any, table: DataFrame, unit: str | None = None) -> CutoffPanel:
    """Draw the costs of a `cutoffs.cutoff_table` above the PDs of its applicants.

    The cut-offs of the table ascend from 0.
    """
    values, labels = (column.to_numpy(dtype=float) for column in aligned(pd=pd, bad=bad))
    reach = 100 * float(table.index[-1])
    edges = np.linspace(0, reach, 26)
    all_of, bads = (np.histogram(100 * part, edges)[0] for part in (values, values[labels == 1]))

    def paint(figure: Figure) -> None:
        box = _PANEL
        cost_plot(figure, (box.left, box.top, box.width, box.height), table, unit)
        lower = (box.left, box.lower_top, box.width, box.lower_height)
        below = plot(figure, lower, _("applicants"))
        below.stairs(all_of, edges, baseline=bads, color=GOOD, fill=True)
        below.stairs(bads, edges, color=BAD, fill=True)
        beside(below, 0.82, _("goods"), color=GOOD, weight="bold")
        beside(below, 0.60, _("bads"), color=BAD, weight="bold")
        beside(below, 0.38, _("shaded: refused"))
        below.set_xlim(0, reach)
        below.yaxis.set_major_locator(MaxNLocator(3))
        below.set_xlabel(_("predicted PD (%)"))

    return CutoffPanel(picture("", "", 400, paint).svg, table)


def cost_plot(
    figure: Figure, place: tuple[float, float, float, float], table: DataFrame, unit: str | None
) -> Axes:
    """Add a plot of the cost of every cut-off and the two parts that it is made of.

    Args:
        figure: where it is added.
        place: left, top, width and height in pixels.
        table: a `cutoffs.cutoff_table` in the order of its cut-offs.
        unit: what the money is counted in.
    """
    label = _("cost of wrong decisions ({unit})").format(unit=unit or _("currency units"))
    axes = plot(figure, place, label)
    x = 100 * table.index.to_numpy(dtype=float)
    axes.plot(x, table["loss"], color=BAD, linewidth=1.2, linestyle=DASHED)
    axes.plot(x, table["forgone"], color=GOOD, linewidth=1.2, linestyle=DASHED)
    axes.plot(x, table["cost"], color=INK, linewidth=2)
    axes.set(xlim=(x[0], x[-1]), ylim=(0, _ceiling(table)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _at: f"{value:,.0f}"))
    beside(axes, 0.95, _("cost = sum of both"), weight="bold")
    beside(axes, 0.85, _("lost on bads"), color=BAD)
    beside(axes, 0.75, _("forgone on goods"), color=GOOD)
    return axes


@dataclass(frozen=True)
class _Panel:
    """Pixels of the two plots of a cut-off panel."""

    left: int = 76
    top: int = 28
    width: int = 424
    height: int = 180
    lower_top: int = 256
    lower_height: int = 94


_PANEL = _Panel()


def _ceiling(table: DataFrame) -> float:
    """Return the upper end of the cost axis."""
    return 1.05 * float(table["cost"].max()) or 1.0
