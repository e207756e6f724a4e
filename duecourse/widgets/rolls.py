"""Choose a month and a bucket: where its accounts went, and what the flows lead to."""

from dataclasses import dataclass

import ipywidgets as widgets
from pandas import DataFrame, Timestamp, isna

from duecourse.ageing import bucket_names
from duecourse.columns import Floats, Unmeasurable
from duecourse.drawing import Picture, percent
from duecourse.language import _, tag
from duecourse.markup import as_percent, html_table
from duecourse.panels.rolls import ForecastPanel, forecast_panel, heat_map
from duecourse.rolls import FLOWS, Weight, as_shares, flow_sums, forecast, ratio, roll_counts
from duecourse.widgets.explorer import Explorer

AHEAD = 6
"""months that are forecast, and months that the flows are averaged over"""


@dataclass(frozen=True, eq=False)
class RollView:
    """What the explorer shows for one month and bucket; no widget in it."""

    month: Timestamp
    """the month-end from which accounts move"""
    bucket: int
    weight: Weight
    counts: DataFrame
    """accounts, or yuan at the start, by bucket and where they are a month later"""
    next_flow: float
    """net flow of the bucket in this month"""
    coming: DataFrame | None
    """forecast of the months after the next month-end; None where a bucket was empty throughout"""
    actual: tuple[float, ...]
    """what was charged off in these months, as far as the table goes"""

    @property
    def unit(self) -> str:
        """What is counted."""
        return _("yuan") if self.weight == "balance" else _("accounts")

    def title(self) -> str:
        """Return the finding: how much of the bucket got worse."""
        row = self.counts.loc[self.bucket].to_numpy(dtype=float)
        if not row.sum():
            return _("No account was in this bucket at the end of {month}: {bucket}").format(
                month=f"{self.month:%Y-%m}", bucket=bucket_names()[self.bucket]
            )
        return _(
            "Days past due: {bucket}. {share} were worse a month after the end of {month}"
        ).format(
            bucket=bucket_names()[self.bucket],
            share=percent(100 * _worse(row, self.bucket) / row.sum()),
            month=f"{self.month:%Y-%m}",
        )

    def html(self) -> str:
        """Return the chosen bucket and the forecast as tables."""
        row = self.counts.loc[self.bucket].to_numpy(dtype=float)
        total, stays = float(row.sum()), float(row[self.bucket])
        worse = _worse(row, self.bucket)
        rows = [
            (_("Better or closed"), *self._part(total - stays - worse, total)),
            (_("The same bucket"), *self._part(stays, total)),
            (_("Worse or written off"), *self._part(worse, total)),
            (_("All"), f"{total:,.0f}", ""),
            (_("Net flow into the next bucket"), "", _ratio(self.next_flow)),
        ]
        caption = _("{bucket}, from {month} to a month later").format(
            bucket=bucket_names()[self.bucket], month=f"{self.month:%Y-%m}"
        )
        parts = [html_table(rows, ("", self.unit, _("share")), caption)]
        if self.coming is not None:
            lines = [(_("Forecast"), f"{self.coming['cumulative'].iloc[-1]:,.0f}")]
            if self.actual:
                name = _("What came, in {months} months").format(months=len(self.actual))
                lines.append((name, f"{sum(self.actual):,.0f}"))
            caption = _("Charged off in {months} months ({unit})").format(
                months=len(self.coming) - 1, unit=self.unit
            )
            parts.append(html_table(lines, caption=caption))
        return f'<div lang="{tag()}" style="line-height:1.5">{"".join(parts)}</div>'

    def _part(self, value: float, total: float) -> tuple[str, str]:
        return f"{value:,.0f}", as_percent(value / total if total else float("nan"))


@dataclass(frozen=True, eq=False)
class RollBook:
    """All months of one weighting, counted once to be looked at often."""

    weight: Weight
    counts: DataFrame
    held: DataFrame
    reached: DataFrame

    def view(self, place: int, bucket: int) -> RollView:
        """Return what happened from a month's end to the next, and where it leads.

        Args:
            place: position of the start month, 0 = the first.
            bucket: 0 to 6.
        """
        month = self.reached.index[place]
        there = self.counts.index.get_level_values("month") == month
        known = slice(max(0, place + 1 - AHEAD), place + 1)
        flows = ratio(self.held.iloc[known], self.reached.iloc[known])
        coming = None
        if flows.notna().all():
            coming = forecast(self.held.iloc[place + 1], flows, AHEAD)
        actual = self.reached[FLOWS - 1].iloc[place + 1 : place + 1 + AHEAD]
        held = self.held[bucket].iloc[place]
        return RollView(
            month,
            bucket,
            self.weight,
            self.counts[there].droplevel("month"),
            self.reached[bucket].iloc[place] / held if held else float("nan"),
            coming,
            tuple(actual),
        )


def roll_book(snapshot: DataFrame, weight: Weight = "count", using: str = "bucket") -> RollBook:
    """Return all months of a `rolls` snapshot, counted by accounts or by yuan."""
    counts = roll_counts(snapshot, weight, using)
    return RollBook(weight, counts, *flow_sums(snapshot, weight, using))


class RollExplorer(Explorer):
    """Month, bucket and weighting over the heat map of rolls and the forecast of charge-offs.

    The forecast starts at the month-end after the chosen month, with the flows of the six months up
    to it; where the table goes on, what really came is marked beside it. Month and bucket can also
    be read and set from code, `explorer.month = "2024-05"`.

    Args:
        snapshot: one row per account and month, closing and write-off months included.
        month: the first month shown; without one, the last that has a next month.
        bucket: the first bucket framed, 0 to 6.
    """

    def __init__(
        self, snapshot: DataFrame, month: str | Timestamp | None = None, bucket: int = 1
    ) -> None:
        self._snapshot = snapshot
        self._books: dict[tuple[Weight, str], tuple[RollBook, ForecastPanel]] = {}
        wide = {"style": {"description_width": "initial"}}
        months = list(self._book("count", "bucket")[0].reached.index)
        self.months = widgets.SelectionSlider(
            options=[(f"{end:%Y-%m}", place) for place, end in enumerate(months)],
            value=len(months) - 1,
            description=_("From the end of"),
            layout={"width": "90%", "max_width": "600px"},
            **wide,
        )
        self.buckets = widgets.Dropdown(
            options=[(name, k) for k, name in enumerate(bucket_names()[:FLOWS])],
            value=bucket,
            description=_("Days past due"),
            **wide,
        )
        self.weights = widgets.ToggleButtons(
            options=[(_("accounts"), "count"), (_("yuan"), "balance")],
            description=_("Count"),
            **wide,
        )
        self.reported = widgets.Checkbox(
            value=False,
            description=_("as the system reports it: accounts on a plan look up to date"),
            indent=False,
            layout={"width": "auto"},
        )
        self.heat, self.ahead = widgets.HTML(), widgets.HTML()
        self.numbers = widgets.HTML()
        if month is not None:
            self.month = month
        controls = [self.months, self.buckets, self.weights]
        if "reported_bucket" in snapshot:
            controls.append(self.reported)
        for control in controls:
            control.observe(self._show, names="value")
        self._show()
        super().__init__([*controls, self.heat, self.numbers, self.ahead])

    @property
    def month(self) -> str:
        """The start month, such as "2024-05"."""
        return str(self.months.options[self.months.value][0])

    @month.setter
    def month(self, month: str | Timestamp) -> None:
        names = [name for name, _place in self.months.options]
        wanted = f"{Timestamp(month):%Y-%m}"
        if wanted not in names:
            raise Unmeasurable(
                _("There is no snapshot of {month}. There are {first} to {last}.").format(
                    month=wanted, first=names[0], last=names[-1]
                )
            )
        self.months.value = names.index(wanted)

    @property
    def bucket(self) -> int:
        """The bucket that is framed, 0 to 6."""
        return int(self.buckets.value)

    @bucket.setter
    def bucket(self, bucket: int) -> None:
        self.buckets.value = bucket

    def view(self) -> RollView:
        """Return the numbers that are shown now."""
        return self._chosen()[0].view(self.months.value, self.bucket)

    def _chosen(self) -> tuple[RollBook, ForecastPanel]:
        using = "reported_bucket" if self.reported.value else "bucket"
        return self._book(self.weights.value, using)

    def _book(self, weight: Weight, using: str) -> tuple[RollBook, ForecastPanel]:
        """Return the months of one weighting and axes on which all their forecasts fit."""
        if (weight, using) not in self._books:
            book = roll_book(self._snapshot, weight, using)
            views = [book.view(place, 0) for place in range(len(book.reached))]
            highest = [max(v.coming["charge_off"]) for v in views if v.coming is not None]
            highest += [value for v in views for value in v.actual]
            panel = forecast_panel(max(highest, default=0), AHEAD, views[0].unit, actual=True)
            self._books[weight, using] = book, panel
        return self._books[weight, using]

    def _show(self, _change: object = None) -> None:
        book, panel = self._chosen()
        view = book.view(self.months.value, self.bucket)
        heat = heat_map(as_shares(view.counts), view.title(), view.bucket)
        self.heat.value = heat._repr_html_()
        self.numbers.value = view.html()
        self.ahead.value = _ahead(view, panel)._repr_html_() if view.coming is not None else _none()

    def still(self) -> str:
        """Return what is shown now, as HTML."""
        return str(self.heat.value + self.numbers.value + self.ahead.value)


def _ahead(view: RollView, panel: ForecastPanel) -> Picture:
    assert view.coming is not None
    return panel.at(list(view.coming["charge_off"].iloc[1:]), view.actual)


def _none() -> str:
    said = _("No forecast: in the months up to here some bucket was always empty.")
    return f'<p lang="{tag()}">{said}</p>'


def _worse(row: Floats, bucket: int) -> float:
    return float(row[bucket + 1 : FLOWS + 1].sum() + row[-1])


def _ratio(value: float) -> str:
    return "–" if isna(value) else f"{value:.2f}"
