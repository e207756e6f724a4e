"""Move the cut-off of a score and see who is approved, what it costs and whom it hits."""

from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
from pandas import DataFrame, Series, isna

from duecourse.columns import Values, aligned, numbers
from duecourse.cutoffs import CutoffResult, cutoff_result, cutoff_table
from duecourse.fairness import gap_table
from duecourse.language import _, tag
from duecourse.markup import as_percent, html_table
from duecourse.panels.cutoff import CutoffPanel, cutoff_panel
from duecourse.widgets.explorer import Explorer


@dataclass(frozen=True)
class CutoffView:
    """What the explorer shows for one cut-off; no widget in it."""

    result: CutoffResult
    groups: DataFrame | None
    """good applicants by group: `goods`, `goods_refused`, `false_refusal_rate`"""

    def html(self) -> str:
        """Return the numbers as a table, and the groups as a second one."""
        r = self.result
        rows = [
            (_("Approved"), f"{r.approved:,} / {r.applicants:,} ({r.approval_rate:.1%})"),
            (_("Bad rate among the approved"), as_percent(r.bad_rate)),
            (_("Lost on approved bads"), f"{r.loss:,.0f}"),
            (_("Forgone on refused goods"), f"{r.forgone:,.0f}"),
            (_("Cost of wrong decisions"), f"{r.cost:,.0f}"),
            (_("Profit after losses"), f"{r.profit:,.0f}"),
            (_("Good applicants refused"), f"{r.goods_refused:,}"),
        ]
        parts = [html_table(rows)]
        if self.groups is not None:
            head = (_("Group"), _("Good applicants"), _("Refused"), _("Share refused"))
            lines = [
                (
                    _("missing") if isna(group) else str(group),
                    f"{goods:,}",
                    f"{refused:,}",
                    as_percent(rate),
                )
                for group, goods, refused, rate in self.groups.itertuples(name=None)
            ]
            parts.append(html_table(lines, head, _("Who would have paid, and was refused?")))
        return f'<div lang="{tag()}" style="line-height:1.5">{"".join(parts)}</div>'


def cutoff_view(
    pd: Values,
    bad: Values,
    cutoff: float,
    group: Values | None = None,
    *,
    amount: float | Values = 1.0,
    loss: float | Values = 1.0,
    profit: float | Values = 0.1,
) -> CutoffView:
    """Return what one cut-off does to applicants whose outcome is known.

    Args:
        pd: probability of default, one per applicant; everyone with PD <= cut-off is approved.
        bad: 1 = went bad.
        cutoff: the highest PD approved, in [0, 1].
        group: groups to compare, one per applicant; missing values are a group.
        amount: money lent, one number for all or one per applicant.
        loss: share of the amount lost on a bad loan; money, if `amount` is left at 1.
        profit: share of the amount earned on a good loan, in the same way.
    """
    result = cutoff_result(pd, bad, cutoff, loss, profit, amount=amount)
    if group is None:
        return CutoffView(result, None)
    p, y, groups = aligned(pd=pd, bad=bad, group=group)
    table = gap_table(DataFrame({"bad": y}), groups, p <= cutoff)
    return CutoffView(result, table[["goods", "goods_refused", "false_refusal_rate"]])


class CutoffExplorer(Explorer):
    """A slider for the cut-off over costs, approvals and the good applicants refused.

    The cut-off can also be read and set from code, `explorer.cutoff = 0.3`. It is a place to look
    from, no answer: running the cell again starts at `start`, and nothing is lost by it.

    Args:
        pd, bad, group, amount, loss, profit: as in `cutoff_view`.
        start: the first cut-off, a share.
        unit: what the money is counted in.
    """

    def __init__(
        self,
        pd: Values,
        bad: Values,
        group: Values | None = None,
        *,
        amount: float | Values = 1.0,
        loss: float | Values = 1.0,
        profit: float | Values = 0.1,
        start: float = 0.5,
        unit: str | None = None,
    ) -> None:
        self._given: dict[str, Any] = {"pd": pd, "bad": bad, "group": group}
        self._prices: dict[str, Any] = {"amount": amount, "loss": loss, "profit": profit}
        highest = numbers(aligned(pd=pd)[0], "pd", 0, 1).max()
        # a book of small risks needs small steps: a hundred of them up to a round end
        self._end = next(end for end in (0.1, 0.25, 0.5, 1.0) if end >= highest)
        cutoffs = [self._share_at(self._end * step) for step in range(101)]
        table = cutoff_table(pd, bad, cutoffs, loss, profit, amount=amount)
        self._panel: CutoffPanel = cutoff_panel(pd, bad, table, unit)
        self.slider = widgets.FloatSlider(
            value=self._percents(start),
            min=0,
            max=100 * self._end,
            step=self._end,
            readout_format={1.0: ".0f", 0.25: ".2f"}.get(self._end, ".1f"),
            description=_("Approve up to PD (%)"),
            continuous_update=True,
            style={"description_width": "initial"},
            layout={"width": "90%", "max_width": "600px"},
        )
        self.picture, self.numbers = widgets.HTML(), widgets.HTML()
        self.slider.observe(self._show, names="value")
        self._show()
        super().__init__([self.slider, self.picture, self.numbers])

    @property
    def cutoff(self) -> float:
        """The highest PD approved, a share; set one and the slider goes to the nearest step."""
        return self._share_at(self.slider.value)

    @cutoff.setter
    def cutoff(self, share: float) -> None:
        self.slider.value = self._percents(share)

    def _share_at(self, percents: float) -> float:
        return round(percents / 100, 6)

    def _percents(self, share: float) -> float:
        """Return the nearest step of the slider; beyond its end everybody is approved anyway."""
        numbers(Series([share]), "cutoff", 0, 1)
        return round(min(round(100 * share / self._end), 100) * self._end, 4)

    def view(self) -> CutoffView:
        """Return the numbers that are shown now."""
        return cutoff_view(**self._given, cutoff=self.cutoff, **self._prices)

    def _show(self, _change: object = None) -> None:
        self.picture.value = self._panel.at(self.cutoff)._repr_html_()
        self.numbers.value = self.view().html()

    def still(self) -> str:
        """Return what is shown now, as HTML."""
        return str(self.picture.value + self.numbers.value)
