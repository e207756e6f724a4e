"""What a cut-off does: whom it approves, what that loses and what it forgoes.

`pd` is a probability of default in [0, 1] and `bad` holds 1 (or True) for an applicant who went bad;
how columns are matched and refused is told in `duecourse.columns`.
"""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series

from duecourse.columns import Values, aligned, flags, numbers


@dataclass(frozen=True)
class CutoffResult:
    """What one cut-off does to the applicants whose outcome is known."""

    cutoff: float
    """the highest PD that is still approved"""
    applicants: int
    approved: int
    approval_rate: float
    bads_approved: int
    bad_rate: float
    """bads / approved; NaN if nobody is approved"""
    goods_refused: int
    loss: float
    """money lost on approved bads"""
    forgone: float
    """profit not made on refused goods"""
    cost: float
    """loss + forgone, the price of wrong decisions"""
    profit: float
    """profit on approved goods less loss"""


def cutoff_table(
    pd: Values,
    bad: Values,
    cutoffs: Values,
    loss: float | Values,
    profit: float | Values,
    *,
    amount: float | Values = 1.0,
) -> DataFrame:
    """Return what every cut-off would have done: everyone with PD <= cut-off is approved.

    Args:
        pd: probability of default, one per applicant.
        bad: what happened to them.
        cutoffs: PDs in [0, 1].
        loss: lost on a bad loan, as a share of its amount (LGD), or in money if `amount` is left at 1.
        profit: earned on a good loan, in the same way.
        amount: money lent. These three are one number for all or one value per applicant.

    Returns:
        index: `cutoff` as given; columns as in `CutoffResult`. The lowest cost is the highest profit.
    """
    prices = {"loss": loss, "profit": profit, "amount": amount}
    each = {name: v for name, v in prices.items() if not np.isscalar(v)}
    rows = dict(
        zip(["pd", "bad", *each], aligned(pd=pd, bad=bad, **cast("Any", each)), strict=True)
    )
    p, y = numbers(rows["pd"], "pd", 0, 1), flags(rows["bad"], "bad")
    money = {
        name: np.broadcast_to(numbers(rows.get(name, Series([v])), name, low=0), p.shape)
        for name, v in prices.items()
    }
    limits = numbers(aligned(cutoffs=cutoffs)[0], "cutoffs", 0, 1)
    order = np.argsort(p, kind="stable")
    approved = np.searchsorted(p[order], limits, side="right")

    def up_to(values: NDArray[Any]) -> NDArray[Any]:
        """Sum over the approved, for each cut-off."""
        return np.concatenate([[0], np.cumsum(values[order])])[approved]

    earned = money["profit"] * money["amount"] * (1 - y)
    table = DataFrame({"cutoff": limits, "applicants": len(p), "approved": approved})
    table["approval_rate"] = table["approved"] / len(p)
    table["bads_approved"] = up_to(y)
    table["bad_rate"] = table["bads_approved"] / table["approved"]
    table["goods_refused"] = (1 - y).sum() - up_to(1 - y)
    table["loss"] = up_to(money["loss"] * money["amount"] * y)
    table["forgone"] = earned.sum() - up_to(earned)
    table["cost"] = table["loss"] + table["forgone"]
    table["profit"] = up_to(earned) - table["loss"]
    return table.set_index("cutoff")


def cutoff_result(
    pd: Values,
    bad: Values,
    cutoff: float,
    loss: float | Values,
    profit: float | Values,
    *,
    amount: float | Values = 1.0,
) -> CutoffResult:
    """Return what one cut-off would have done; arguments as in `cutoff_table`."""
    row = (
        cutoff_table(pd, bad, [cutoff], loss, profit, amount=amount)
        .reset_index()
        .to_dict("records")[0]
    )
    return CutoffResult(**cast("Any", row))


def cheapest(table: DataFrame) -> float:
    """Return the cut-off of the lowest cost; of equals the lowest."""
    return float(table.index.to_numpy()[table["cost"].to_numpy().argmin()])


def cost_at(table: DataFrame, cutoff: float) -> float:
    """Return the cost of a cut-off, on a straight line between those of the table."""
    return float(np.interp(cutoff, table.index.to_numpy(dtype=float), table["cost"].to_numpy()))
