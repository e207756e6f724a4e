"""Payment plans that clear a debt and fit a household.

Amounts are yuan, surplus and payments yuan a month; `affordability` says how a surplus is found. A
plan is the lender's offer to somebody who is willing and cannot pay at once: in China the parties
*may* agree on a personalised plan of at most five years for a card debt (信用卡业务监督管理办法, article
70; CN-29, provisional, read second-hand). It is no right to demand.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame, Series, Timestamp

from duecourse.affordability import affordable_payment, fits, instalment, surplus
from duecourse.columns import Unmeasurable
from duecourse.days import Day, day
from duecourse.language import _

MOST_MONTHS = 60
"""The longest personalised plan (CN-29, provisional)."""
TERMS = (6, 12, 24, 36, 48, 60)
"""Terms in months that are usually offered."""


@dataclass(frozen=True)
class Household:
    """What a household has and needs each month, in yuan."""

    income: float
    essentials: float
    """rent, food, heating, care, school"""
    priority_debts: float = 0.0
    """debts whose loss would hurt most: home, energy"""
    buffer: float = 0.1
    """share of the surplus kept for what nobody foresees, in [0, 1)"""

    @property
    def surplus(self) -> float:
        """What is left each month; may be negative."""
        return float(surplus(self.income, self.essentials, self.priority_debts))

    @property
    def limit(self) -> float:
        """The largest payment that leaves the buffer."""
        return float(affordable_payment(self.surplus, self.buffer))


@dataclass(frozen=True)
class Plan:
    """So much a month, for so many months."""

    payment: float
    """yuan a month, above 0"""
    months: int
    """number of payments"""
    start: Timestamp | None = None
    """day of the first payment"""

    def __post_init__(self) -> None:
        whole(self.months, "months")
        if not 0 < self.payment < math.inf:
            raise Unmeasurable(_("'{name}' must be above 0.").format(name="payment"))

    @property
    def total(self) -> float:
        """What is paid in all, in yuan."""
        return round(self.payment * self.months, 2)

    def due_dates(self) -> pd.DatetimeIndex:
        """Return the days of the payments: the same day every month, or the month's last one."""
        if self.start is None:
            raise Unmeasurable(_("The plan has no 'start', so its payments have no days."))
        first = self.start.normalize()
        return pd.DatetimeIndex([first + pd.DateOffset(months=n) for n in range(self.months)])


def shortest_term(
    balance: float,
    surplus: float,
    buffer: float = 0.1,
    *,
    annual_rate: float = 0.0,
    most_months: int = MOST_MONTHS,
) -> int | None:
    """Return the fewest months in which affordable payments clear the balance; None = there is none.

    Args:
        balance: yuan owed, above 0.
        surplus: yuan left each month; NaN (unknown) and amounts up to 0 afford no plan.
        buffer: share of the surplus kept for what nobody foresees, in [0, 1).
        annual_rate: interest while the plan runs, a share a year; 0 = interest stopped.
        most_months: the longest term that is allowed.

    Source: the annuity solved for n, n = -ln(1 - P r / A) / ln(1 + r), rounded up; P / A without interest.
    """
    _owed(balance)
    whole(most_months, "most_months")
    most = float(affordable_payment(float(surplus), buffer))
    instalment(balance, most_months, annual_rate)
    rate = annual_rate / 12
    if not most > 0 or balance * rate >= most:
        return None
    needed = -math.log1p(-balance * rate / most) / math.log1p(rate) if rate else balance / most
    # half a cent, which `fits` allows too, must not cost a whole month
    months = max(1, math.ceil(needed) - 1)
    while months <= most_months:
        if fits(float(instalment(balance, months, annual_rate)), float(surplus), buffer):
            return months
        months += 1
    return None


def plan_options(
    balance: float,
    surplus: float,
    buffer: float = 0.1,
    *,
    annual_rate: float = 0.0,
    most_months: int = MOST_MONTHS,
    terms: Iterable[int] | None = None,
) -> DataFrame:
    """Return every plan of equal payments that clears the balance, and whether the household can pay it.

    Args:
        balance: yuan owed, above 0.
        surplus: yuan left each month; with NaN (unknown) nothing fits.
        buffer: share of the surplus kept for what nobody foresees, in [0, 1).
        annual_rate: interest while the plan runs, a share a year; 0 = interest stopped.
        most_months: the longest term that is allowed.
        terms: the terms to look at; without them every one from 1 month on.

    Returns:
        index: `months`; columns `payment` (yuan a month, to the cent), `total`, `interest` (yuan in
        all), `left` = surplus - payment, `share` = payment / surplus (NaN without a surplus), `fits`.
    """
    _owed(balance)
    whole(most_months, "most_months")
    chosen = range(1, most_months + 1) if terms is None else sorted({int(term) for term in terms})
    if not chosen:
        raise Unmeasurable(_("There is no term to look at."))
    if chosen[-1] > most_months:
        raise Unmeasurable(
            _("A term of {found} months is longer than the {most} that are allowed.").format(
                found=chosen[-1], most=most_months
            )
        )
    exact = np.array([float(instalment(balance, months, annual_rate)) for months in chosen])
    table = DataFrame({"payment": exact.round(2)}, index=pd.Index(chosen, name="months"))
    table["total"] = (exact * np.array(chosen)).round(2)
    table["interest"] = (table["total"] - balance).round(2)
    table["left"] = (surplus - table["payment"]).round(2)
    table["share"] = table["payment"] / surplus if surplus > 0 else np.nan
    table["fits"] = Series([bool(fits(p, float(surplus), buffer)) for p in exact], table.index)
    return table


def personalised(
    balance: float,
    surplus: float,
    buffer: float = 0.1,
    *,
    annual_rate: float = 0.0,
    start: Day | None = None,
    most_months: int = MOST_MONTHS,
) -> Plan | None:
    """Return the shortest plan of equal payments that fits the household, or None if none does.

    None is an answer too: not even the longest plan is affordable, so a demand for one would only
    break; look at a pause, a lower sum or advice instead.

    Args:
        balance: as in `shortest_term`, like the next three.
        surplus: yuan left each month.
        buffer: share of the surplus kept.
        annual_rate: interest while the plan runs, a share a year.
        start: the day of the first payment.
        most_months: the longest term, 60 by default (CN-29, provisional).
    """
    months = shortest_term(
        balance, surplus, buffer, annual_rate=annual_rate, most_months=most_months
    )
    if months is None:
        return None
    # a cent too much each month clears the debt, a cent too little leaves a rest
    exact = float(instalment(balance, months, annual_rate))
    payment = math.ceil(round(exact * 100, 4)) / 100
    return Plan(payment, months, None if start is None else Timestamp(day(start, "start")))


def _owed(balance: float) -> None:
    if not 0 < balance < math.inf:
        raise Unmeasurable(_("'{name}' must be above 0.").format(name="balance"))


def whole(value: float, name: str) -> None:
    """Raise Unmeasurable unless the value is a whole number of at least 1."""
    if value != int(value) or value < 1:
        raise Unmeasurable(
            _("'{name}' must be a whole number of at least 1. Found: {found}.").format(
                name=name, found=f"{value:g}"
            )
        )
