"""Cut a book by ability and willingness, choose treatments, and see what is expected to come of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets as widgets
from pandas import DataFrame, isna

from duecourse.language import _, tag
from duecourse.markup import as_percent, html_table
from duecourse.panels.policies import PolicyPanel, policy_panel
from duecourse.policies import SEGMENTS, Policy, PolicyBook, PolicyOutcome
from duecourse.segments import segment_name
from duecourse.treatments import TREATMENTS, treatment_name
from duecourse.widgets.explorer import Explorer

_REACHES = ("any", "partly", "reachable")
_WIDE = {"description_width": "initial"}


@dataclass(frozen=True)
class SegmentationView:
    """What the board shows for one policy; no widget in it."""

    outcome: PolicyOutcome
    group: str | None

    def html(self) -> str:
        """Return segments, totals and groups as tables."""
        o = self.outcome
        parts = [self._segments(), self._totals()]
        if o.groups is not None:
            parts.append(self._groups(o.groups))
        return f'<div lang="{tag()}" style="line-height:1.5">{"".join(parts)}</div>'

    def _segments(self) -> str:
        head = (
            _("Segment"),
            _("Treatment"),
            _("Accounts"),
            _("Balance (yuan)"),
            _("Barred by a rule"),
            _("More cures"),
            _("Cost (yuan)"),
            _("Net (yuan)"),
        )
        rows = [
            (
                segment_name(str(name)),
                treatment_name(row["treatment"]),
                f"{row['accounts']:,}",
                f"{row['balance']:,.0f}",
                f"{row['held_back']:,}",
                f"{row['extra_cures']:,.1f}".replace("-", "−"),
                f"{row['cost']:,.0f}",
                f"{row['net']:,.0f}".replace("-", "−"),
            )
            for name, row in self.outcome.segments.to_dict("index").items()
        ]
        return html_table(rows, head, _("What each segment gets, and what is expected of it"))

    def _totals(self) -> str:
        o, table = self.outcome, self.outcome.segments
        rows = [
            (_("Cures expected in all"), f"{o.cures:,.0f}"),
            (_("of these only because of the treatment"), f"{table['extra_cures'].sum():,.0f}"),
            (_("Upheld complaints expected"), f"{table['complaints'].sum():,.1f}"),
            (_("Net benefit over doing nothing (yuan)"), f"{o.net:,.0f}"),
        ]
        return html_table(rows)

    def _groups(self, groups: DataFrame) -> str:
        head = (
            _group_name(self.group or ""),
            _("Accounts"),
            *(treatment_name(kind) for kind in TREATMENTS),
            _("More cures per 1,000"),
            _("Complaints per 1,000"),
            _("Gap in cures"),
            _("Gap at equal risk"),
        )
        rows = [
            (
                _("missing") if isna(name) else _group_name(str(name)),
                f"{row['accounts']:,.0f}",
                *(as_percent(row[kind]) for kind in TREATMENTS),
                f"{row['extra_cures']:.1f}",
                f"{row['complaints']:.2f}",
                _signed(row["gap"]),
                _signed(row["equal_risk_gap"]),
            )
            for name, row in zip(groups.index, groups.to_dict("records"), strict=True)
        ]
        caption = _("Are groups treated alike? Gaps are to the largest group, per 1,000 accounts")
        return html_table(rows, head, caption)


class SegmentationBoard(Explorer):
    """Two cut-offs, two limits and a treatment for every segment, over what comes of them.

    The policy can also be read and set from code: `board.policy = Policy(cut_ability=0.4)`; `board.table()`
    is the treatment table that it makes. Running the cell again starts at `start`.

    Args:
        accounts: the book that policies are tried on, as in `policies.PolicyBook`.
        cures: chance of a cure by account and treatment, as `allocation.expected_cures` gives it.
        allowed: True where a treatment breaks no rule, as `strategy.allowed` gives it.
        groups: columns of `accounts` to be compared, such as `("sex", "age_band")`.
        capacity: accounts that can be treated, by treatment.
        start: the first policy.
    """

    def __init__(
        self,
        accounts: DataFrame,
        cures: DataFrame,
        allowed: DataFrame | None = None,
        groups: Sequence[str] = (),
        capacity: Mapping[str, int] | None = None,
        start: Policy | None = None,
    ) -> None:
        self.book = PolicyBook(accounts, cures, allowed, groups, capacity)
        self._panel: PolicyPanel = policy_panel(self.book)
        # a round step of which some forty reach beyond nine tenths of the accounts
        step = _round(float(_quantile(self.book)) / 40)
        self.ability = _score(_("Able from a score of"))
        self.willingness = _score(_("Willing from a score of"))
        self.reach = widgets.Dropdown(
            options=[(_reach_name(one), one) for one in _REACHES],
            description=_("In reach are"),
            style=_WIDE,
        )
        self.value = widgets.FloatSlider(
            min=0,
            max=40 * step,
            step=step,
            readout_format=",.0f",
            description=_("Small below a value at risk of (yuan)"),
            style=_WIDE,
            layout={"width": "90%", "max_width": "600px"},
        )
        self.treatments = {
            one: widgets.Dropdown(
                options=[(treatment_name(kind), kind) for kind in TREATMENTS],
                description=segment_name(one),
                style={"description_width": "170px"},
                layout={"width": "330px"},
            )
            for one in SEGMENTS
        }
        self.group = widgets.Dropdown(
            options=[(_("no groups"), ""), *((_group_name(name), name) for name in groups)],
            value=groups[0] if groups else "",
            description=_("Compare groups by"),
            style=_WIDE,
        )
        self.picture, self.numbers = widgets.HTML(), widgets.HTML()
        self._controls = [self.ability, self.willingness, self.reach, self.value, self.group]
        self._controls += self.treatments.values()
        self.policy = start or Policy()
        for control in self._controls:
            control.observe(self._show, names="value")
        choices = widgets.Box(
            list(self.treatments.values()), layout={"flex_flow": "row wrap", "max_width": "1010px"}
        )
        limits = [self.ability, self.willingness, self.value, self.reach, self.group]
        super().__init__([*limits, choices, self.picture, self.numbers])

    @property
    def policy(self) -> Policy:
        """The policy on the board; set one and all controls follow."""
        return Policy(
            cut_ability=round(self.ability.value, 2),
            cut_willingness=round(self.willingness.value, 2),
            least_reach=self.reach.value,
            least_value=self.value.value,
            treatments={name: control.value for name, control in self.treatments.items()},
        )

    @policy.setter
    def policy(self, policy: Policy) -> None:
        whole = replace(policy, least_value=min(policy.least_value, self.value.max))
        self._quiet = True
        self.ability.value, self.willingness.value = whole.cut_ability, whole.cut_willingness
        self.reach.value, self.value.value = whole.least_reach, whole.least_value
        for name, control in self.treatments.items():
            control.value = whole.treatments.get(name, "none")
        self._quiet = False
        self._show()

    def view(self) -> SegmentationView:
        """Return the numbers that are shown now."""
        group = self.group.value or None
        return SegmentationView(self.book.outcome(self.policy, group), group)

    def table(self) -> DataFrame:
        """Return the treatment table that the policy makes, one row per account."""
        return self.book.table(self.policy)

    def _show(self, _change: object = None) -> None:
        if self._quiet:
            return
        view = self.view()
        self.picture.value = self._panel.at(self.policy, view.outcome)._repr_html_()
        self.numbers.value = view.html()

    def still(self) -> str:
        """Return what is shown now, as HTML."""
        return str(self.picture.value + self.numbers.value)


def _score(name: str) -> Any:
    return widgets.FloatSlider(
        min=0,
        max=1,
        step=0.01,
        description=name,
        continuous_update=True,
        style=_WIDE,
        layout={"width": "90%", "max_width": "600px"},
    )


def _reach_name(limit: str) -> str:
    return {
        "any": _("all accounts"),
        "partly": _("all but the lost"),
        "reachable": _("the reachable only"),
    }[limit]


def _group_name(name: str) -> str:
    """Return a column or a group of the portfolio in the spoken language; others as they are."""
    return {
        "sex": _("sex"),
        "age_band": _("age"),
        "employment": _("employment"),
        "f": _("women"),
        "m": _("men"),
    }.get(name, name)


def _signed(value: float) -> str:
    return "–" if isna(value) else f"{value:+.1f}".replace("-", "−")


def _quantile(book: PolicyBook) -> float:
    return float(sorted(book.value)[int(0.9 * (len(book.value) - 1))])


def _round(step: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** len(str(int(step))) / 10 if step >= 1 else 1.0
    return next(times * power for times in (1, 2, 5, 10) if times * power >= step)
