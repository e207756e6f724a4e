"""What a household can pay and keep paying: surplus, instalment, debt service, buffer.

Amounts are money per month in one currency, given as numbers or as Series with one row per person.
A missing amount in a Series stays missing in the result: nobody's income is invented.
"""

from typing import Any, TypeVar, cast

import numpy as np
from pandas import Series

from duecourse.columns import Unmeasurable, aligned
from duecourse.language import _

Money = TypeVar("Money", float, Series)

_HALF_A_CENT = 0.005


def surplus(income: Money, essentials: Money, priority_debts: Money) -> Money:
    """Return income - essentials - priority debts: what is left each month; may be negative.

    Args:
        income: net income, money a month, at least 0.
        essentials: what living costs (rent, food, heating, care), money a month, at least 0.
        priority_debts: debts whose loss would hurt most (home, energy), money a month, at least 0.
    """
    given = _rows(income=income, essentials=essentials, priority_debts=priority_debts)
    return cast("Money", given[0] - given[1] - given[2])


def instalment(principal: Money, months: int, annual_rate: float) -> Money:
    """Return the equal monthly payment that clears a loan: P r / (1 - (1 + r) ** -n), r = rate / 12.

    Args:
        principal: money owed today, at least 0.
        months: number of payments n, a whole number of at least 1.
        annual_rate: nominal rate a year as a share, 0.12 for 12%, between 0 and 1; 0 gives P / n.
    """
    (owed,) = _rows(principal=principal)
    if months != int(months) or months < 1:
        raise Unmeasurable(
            _("'{name}' must be a whole number of at least 1. Found: {found}.").format(
                name="months", found=f"{months:g}"
            )
        )
    if not 0 <= annual_rate <= 1:
        raise Unmeasurable(
            _("'annual_rate' is a share: write 0.12 for 12%. Found: {found}.").format(
                found=f"{annual_rate:g}"
            )
        )
    rate = annual_rate / 12
    # expm1 and log1p keep the digits that 1 - (1 + r) ** -n loses when the rate is tiny
    factor = rate / -np.expm1(-months * np.log1p(rate)) if rate > 0 else 1 / months
    return cast("Money", owed * float(factor))


def debt_service_ratio(payment: Money, income: Money) -> Money:
    """Return payment / income, the share of the month's income that goes to debts.

    Raises:
        Unmeasurable: somebody has no income at all; the ratio does not exist for that person.
    """
    paid, earned = _rows(payment=payment, income=income)
    if none := int(np.sum(np.asarray(earned) == 0)):
        raise Unmeasurable(
            _(
                "{count} of the incomes are 0, and payment / income does not exist there. Look at "
                "these people separately."
            ).format(count=none)
        )
    return cast("Money", paid / earned)


def affordable_payment(surplus: Money, buffer: float = 0.1) -> Money:
    """Return the largest payment a month that leaves a buffer: max(surplus, 0) * (1 - buffer).

    Args:
        surplus: as `surplus` gives it; without a surplus nothing is affordable.
        buffer: share of the surplus kept for what nobody foresees, in [0, 1).
    """
    if not 0 <= buffer < 1:
        raise Unmeasurable(
            _("'{name}' must lie between {low} and {high}. Found: {found}.").format(
                name="buffer", low="0", high="1", found=f"{buffer:g}"
            )
        )
    (left,) = _rows(low=-np.inf, surplus=surplus)
    room = left.clip(lower=0) if isinstance(left, Series) else max(left, 0.0)
    return cast("Money", room * (1 - buffer))


def fits(payment: Money, surplus: Money, buffer: float = 0.1) -> bool | Series:
    """Return whether the payment is affordable; a missing surplus counts as no.

    Half a cent is allowed for rounding.
    """
    paid, left = _rows(low=-np.inf, payment=payment, surplus=surplus)
    if np.any(np.asarray(paid) < 0):
        raise Unmeasurable(_negative("payment"))
    fit = paid <= affordable_payment(left, buffer) + _HALF_A_CENT
    return fit if isinstance(fit, Series) else bool(fit)


def _negative(name: str) -> str:
    return _(
        "'{name}' has amounts below 0. Give what is paid or earned as a positive number."
    ).format(name=name)


def _rows(low: float = 0, **values: float | Series) -> list[Any]:
    """Return the amounts as floats, matched by their index where they are Series."""
    series = {name: value for name, value in values.items() if isinstance(value, Series)}
    if len(series) > 1:
        aligned(**cast("Any", series))
    given: dict[str, Any] = {}
    for name, value in values.items():
        if not isinstance(value, (Series, int, float, np.number)):
            raise Unmeasurable(
                _("'{name}' must hold numbers. Found: {found}.").format(
                    name=name, found=repr(value)
                )
            )
        given[name] = value.astype(float) if isinstance(value, Series) else float(value)
        if np.any(np.asarray(given[name]) < low):
            raise Unmeasurable(_negative(name))
    return list(given.values())
