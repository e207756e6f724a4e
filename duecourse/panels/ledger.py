"""One account's ledger as a picture, drawn once and marked at the day that is read."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from pandas import DataFrame, Series, Timestamp

from duecourse.drawing import BAD, GOOD, INK, Picture, beside, picture, plot
from duecourse.language import _


@dataclass(frozen=True)
class LedgerPanel:
    """What fell due and was paid above the days past due, drawn once to be marked often."""

    svg: str
    table: DataFrame

    def at(self, day: Timestamp, title: str | None = None) -> Picture:
        """Return the picture with a line at a day of the timeline.

        Args:
            day: one of the table's days.
            title: the finding; computed if it is left out.
        """
        place = int(self.table.index.searchsorted(day))
        row = self.table.iloc[place]
        x = _BOX.left + _BOX.width * place / max(1, len(self.table) - 1)
        y = _BOX.lower_top + _BOX.lower_height * (1 - row["days_past_due"] / _reach(self.table))
        mark = "".join(
            f'<path d="M{x:.1f} {top}v{height}" stroke="{INK}" stroke-width="1.5"/>'
            for top, height in ((_BOX.top, _BOX.height), (_BOX.lower_top, _BOX.lower_height))
        )
        mark += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{INK}"/>'
        finding = title or _("{day}: {days} days past due, {unpaid} yuan unpaid").format(
            day=f"{day:%Y-%m-%d}",
            days=f"{row['days_past_due']:.0f}",
            unpaid=f"{row['unpaid']:,.2f}",
        )
        return Picture(self.svg.replace("</svg>", mark + "</svg>"), finding, self.alt(finding))

    def alt(self, title: str) -> str:
        """Return the picture in words."""
        last, most = self.table.iloc[-1], self.table["days_past_due"]
        return _(
            "{title}. From {start} to {end}: {due} yuan fell due, {paid} were paid; at most {most} days "
            "past due, on {when}."
        ).format(
            title=title,
            start=f"{self.table.index[0]:%Y-%m-%d}",
            end=f"{self.table.index[-1]:%Y-%m-%d}",
            due=f"{last['due_so_far']:,.2f}",
            paid=f"{last['paid_so_far']:,.2f}",
            most=int(most.max()),
            when=f"{most.idxmax():%Y-%m-%d}",
        )


def ledger_panel(table: DataFrame) -> LedgerPanel:
    """Draw the `ageing.timeline` of an account."""
    days = np.arange(len(table))
    firsts = np.flatnonzero(Series(table.index).dt.day == 1)
    ticks = firsts[:: max(1, len(firsts) // 6)]

    def paint(figure: Figure) -> None:
        box = _BOX
        above = plot(
            figure, (box.left, box.top, box.width, box.height), _("yuan since the opening")
        )
        due, paid = table["due_so_far"].to_numpy(), table["paid_so_far"].to_numpy()
        turns = np.flatnonzero(np.diff(due, prepend=np.nan) + np.diff(paid, prepend=np.nan) != 0)
        turns = np.union1d(turns, [len(days) - 1])
        x = days[turns]
        above.fill_between(
            x, due[turns], np.minimum(paid, due)[turns], step="post", color=BAD, alpha=0.25, lw=0
        )
        above.step(x, due[turns], where="post", color=INK, linewidth=1.5)
        above.step(x, paid[turns], where="post", color=GOOD, linewidth=2)
        above.set_ylim(0, 1.06 * max(due.max(), paid.max()) or 1)
        above.yaxis.set_major_locator(MaxNLocator(4))
        above.yaxis.set_major_formatter(FuncFormatter(lambda value, _at: f"{value:,.0f}"))
        beside(above, 0.92, _("fallen due"), color=INK, weight="bold")
        beside(above, 0.80, _("paid"), color=GOOD, weight="bold")
        beside(above, 0.68, _("shaded: unpaid"), color=BAD)
        lower = (box.left, box.lower_top, box.width, box.lower_height)
        below = plot(figure, lower, _("days past due"))
        below.plot(days, table["days_past_due"], color=BAD, linewidth=2)
        below.set_ylim(0, _reach(table))
        below.set_yticks(np.arange(0, _reach(table), _step(_reach(table))))
        for axes in (above, below):
            axes.set_xlim(0, max(1, len(table) - 1))
            axes.set_xticks(ticks, [f"{table.index[place]:%Y-%m}" for place in ticks])
        above.tick_params(labelbottom=False)
        below.tick_params(axis="x", pad=8)

    return LedgerPanel(picture("", "", 366, paint).svg, table)


@dataclass(frozen=True)
class _Box:
    """Pixels of the two plots of a ledger panel."""

    left: int = 70
    top: int = 28
    width: int = 440
    height: int = 150
    lower_top: int = 218
    lower_height: int = 110


_BOX = _Box()


def _reach(table: DataFrame) -> float:
    """Return the upper end of the axis of days."""
    return max(32.0, 1.08 * float(table["days_past_due"].max()))


def _step(reach: float) -> int:
    """Return the days between two lines: buckets as long as there is room for them."""
    return next((step for step in (30, 90, 180) if reach / step < 7), 360)
