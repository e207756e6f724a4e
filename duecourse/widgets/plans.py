"""Make a plan with a household: move its month and the bad one, and see which plans fit and hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from duecourse.affordability import fits
from duecourse.bad_months import Shock, Stress, stress
from duecourse.drawing import Picture
from duecourse.language import _, tag
from duecourse.markup import html_table
from duecourse.panels.plans import plan_courses
from duecourse.plans import Household, Plan, plan_options, shortest_term
from duecourse.widgets.explorer import Explorer

TERMS = (12, 24, 36, 48, 60)


@dataclass(frozen=True)
class PlanView:
    """What the plan maker shows; no widget in it."""

    household: Household
    shock: Shock
    courses: tuple[Stress, ...]
    shortest: int | None
    """months of the shortest plan that fits; None = none does"""

    def picture(self) -> Picture:
        """Return the household's month and the course of every plan."""
        return plan_courses(self.household, self.courses, self.shock)

    def html(self) -> str:
        """Return the numbers as a table."""
        home = self.household
        rows = [
            (_("Surplus"), _money(home.surplus)),
            (_("Largest payment that leaves the buffer"), _money(home.limit)),
            (
                _("Shortest plan that fits"),
                _("none up to 60 months")
                if self.shortest is None
                else _("{months} months").format(months=self.shortest),
            ),
        ]
        head = (
            _("Payment × months"),
            _("Left each month"),
            _("Fits"),
            _("Holds"),
            _("First missed"),
            _("Months behind"),
            _("Most behind"),
        )
        lines = [
            (
                f"{course.plan.payment:,.0f}\u00a0×\u00a0{course.plan.months}",
                _money(home.surplus - course.plan.payment),
                _said(bool(fits(course.plan.payment, home.surplus, home.buffer))),
                _said(course.holds),
                str(course.first_missed or "–"),
                _("no end") if course.cleared_in is None else f"{course.months_behind}",
                _money(course.most_behind),
            )
            for course in self.courses
        ]
        parts = html_table(rows) + html_table(lines, head, _("Plans for this household"))
        return f'<div lang="{tag()}" style="line-height:1.5">{parts}</div>'


def plan_view(
    balance: float,
    household: Household,
    shock: Shock,
    terms: Sequence[int] = TERMS,
    annual_rate: float = 0.0,
) -> PlanView:
    """Return which plans for a debt fit a household and how they get through bad months.

    Args:
        balance: yuan owed, above 0.
        household: what the household has and needs each month.
        shock: the bad months; a loss of 0 = none.
        terms: the terms to look at, in months; the shortest that fits is added to them.
        annual_rate: interest while a plan runs, a share a year.
    """
    left = household.surplus
    shortest = shortest_term(balance, left, household.buffer, annual_rate=annual_rate)
    chosen = sorted({*terms, *([shortest] if shortest else [])})
    options = plan_options(balance, left, household.buffer, annual_rate=annual_rate, terms=chosen)
    made = (Plan(paid, term) for term, paid in zip(chosen, options["payment"], strict=True))
    return PlanView(household, shock, tuple(stress(plan, left, shock) for plan in made), shortest)


class PlanMaker(Explorer):
    """Sliders for a household's month and for a bad one, over the plans for its debt.

    The values can also be read and set from code, `maker.income.value = 5800`. It is a place to look
    from, no answer: running the cell again starts anew.

    Args:
        balance: yuan owed.
        income: yuan a month, like the next two.
        essentials: rent, food, heating, care, school.
        priority_debts: debts whose loss would hurt most.
        buffer: share of the surplus kept for what nobody foresees.
        terms: the terms to look at, in months; the shortest that fits is added to them.
        annual_rate: interest while a plan runs, a share a year; 0 = interest stopped.
    """

    def __init__(
        self,
        balance: float = 36_000,
        income: float = 6_200,
        essentials: float = 4_700,
        priority_debts: float = 600,
        *,
        buffer: float = 0.1,
        terms: Sequence[int] = TERMS,
        annual_rate: float = 0.0,
    ) -> None:
        self._balance, self._terms, self._rate = float(balance), tuple(terms), annual_rate
        top = 2 * max(income, essentials + priority_debts, 1000)
        self.income = _slider(_("Income (yuan a month)"), income, top, 50)
        self.essentials = _slider(_("Essentials (yuan a month)"), essentials, top, 50)
        self.priority_debts = _slider(
            _("Priority debts (yuan a month)"), priority_debts, top / 2, 50
        )
        self.buffer = _slider(_("Buffer (% of the surplus)"), round(100 * buffer), 50, 1)
        self.loss = _slider(_("A bad month costs (yuan)"), 0, max(3000, income), 50)
        self.first_bad = _slider(_("First bad month"), 6, 60, 1, low=1)
        self.bad_months = _slider(_("Bad months in a row"), 1, 12, 1, low=1)
        self.sliders = (
            self.income,
            self.essentials,
            self.priority_debts,
            self.buffer,
            self.loss,
            self.first_bad,
            self.bad_months,
        )
        self.picture, self.numbers = widgets.HTML(), widgets.HTML()
        for slider in self.sliders:
            slider.observe(self._show, names="value")
        self._show()
        super().__init__([*self.sliders, self.picture, self.numbers])

    def view(self) -> PlanView:
        """Return what is shown now."""
        household = Household(
            self.income.value,
            self.essentials.value,
            self.priority_debts.value,
            self.buffer.value / 100,
        )
        shock = Shock(self.first_bad.value, self.loss.value, self.bad_months.value)
        return plan_view(self._balance, household, shock, self._terms, self._rate)

    def _show(self, _change: object = None) -> None:
        view = self.view()
        self.picture.value, self.numbers.value = view.picture()._repr_html_(), view.html()

    def still(self) -> str:
        """Return what is shown now, as HTML."""
        return str(self.picture.value + self.numbers.value)


def _slider(name: str, value: float, high: float, step: int, low: int = 0) -> Any:
    """Return a slider; a value between two steps keeps its place by a finer step."""
    whole = round(value)
    return widgets.IntSlider(
        value=whole,
        min=low,
        max=max(int(high), whole),
        step=step if whole % step == 0 else 1,
        description=name,
        continuous_update=True,
        style={"description_width": "17em"},
        layout={"width": "95%", "max_width": "640px"},
    )


def _said(yes: bool) -> str:
    return _("yes") if yes else _("no")


def _money(amount: float) -> str:
    return f"{amount:,.0f}".replace("-", "−")
