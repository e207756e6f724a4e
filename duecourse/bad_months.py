"""What bad months do to a payment plan: whether it holds, when it breaks and how long it takes to heal.

Amounts are yuan, surplus and payments yuan a month.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame

from duecourse.affordability import fits
from duecourse.columns import Unmeasurable
from duecourse.language import _
from duecourse.plans import Plan, whole

_HALF_A_CENT = 0.005
_PATIENCE = 120
"""Months after its end in which a plan that fell behind may still catch up."""


@dataclass(frozen=True)
class Shock:
    """A stretch of bad months: less income, or a cost that nobody foresaw."""

    month: int
    """the first bad month, counted from the plan's first payment as 1"""
    loss: float
    """yuan a month that are missing from the surplus"""
    months: int = 1
    """how many months it lasts"""

    def __post_init__(self) -> None:
        whole(self.month, "month")
        whole(self.months, "months")
        if not 0 <= self.loss < math.inf:
            raise Unmeasurable(_("'loss' is what a bad month costs, 0 or more."))


@dataclass(frozen=True)
class Stress:
    """What became of a plan, month by month."""

    plan: Plan
    course: DataFrame
    """index `month` from 1; columns `surplus`, `due` (payment and what was behind), `paid`, `behind`
    (still owed after the month), `reserve` (put aside after the month) and `uncovered` (essentials
    that month that neither surplus nor reserve paid for), in yuan"""

    @property
    def holds(self) -> bool:
        """Whether every payment was made in full in its month."""
        return self.first_missed is None

    @property
    def first_missed(self) -> int | None:
        """The month of the first payment that was not made in full; None = none."""
        late = self.course.index[self.course["behind"] > _HALF_A_CENT]
        return int(late[0]) if len(late) else None

    @property
    def months_behind(self) -> int:
        """How many months ended with something still owed."""
        return int((self.course["behind"] > _HALF_A_CENT).sum())

    @property
    def most_behind(self) -> float:
        """The most that was owed at a month's end, in yuan."""
        return float(self.course["behind"].max())

    @property
    def cleared_in(self) -> int | None:
        """The month in which all is paid; None = not within ten years after the plan's end."""
        return (
            int(self.course.index[-1]) if self.course["behind"].iloc[-1] <= _HALF_A_CENT else None
        )


def stress(
    plan: Plan,
    surplus: float,
    shock: Shock | Sequence[Shock] = (),
    reserve: float = 0.0,
    saved: float = 1.0,
) -> Stress:
    """Return what bad months do to a plan: when it breaks, how far it falls behind, how long.

    Each month the household has its surplus, less the shock, and its reserve. It pays what is due and
    what is behind, as far as that reaches, and puts aside the share `saved` of the rest. Essentials
    always come first, so a month with a negative surplus eats the reserve and pays nothing.

    Args:
        plan: the plan.
        surplus: yuan left in a usual month.
        shock: one stretch of bad months, or several.
        reserve: yuan put aside before the plan starts, 0 or more.
        saved: share of what a month leaves that is really put aside, in [0, 1].
    """
    shocks = [shock] if isinstance(shock, Shock) else list(shock)
    if not math.isfinite(surplus):
        raise Unmeasurable(_("The surplus is unknown: ask before a plan is made."))
    if not (0 <= reserve < math.inf and 0 <= saved <= 1):
        raise Unmeasurable(_("'reserve' is 0 or more and 'saved' a share from 0 to 1."))
    kept, behind, rows = float(reserve), 0.0, []
    for month in range(1, plan.months + _PATIENCE + 1):
        if month > plan.months and behind <= _HALF_A_CENT:
            break
        lost = sum(s.loss for s in shocks if s.month <= month < s.month + s.months)
        have = kept + surplus - lost
        due = behind + (plan.payment if month <= plan.months else 0.0)
        paid = min(max(have, 0.0), due)
        rest = surplus - lost - paid
        kept = max(kept + (saved * rest if rest > 0 else rest), 0.0)
        behind = due - paid
        rows.append((surplus - lost, due, paid, behind, kept, max(-have, 0.0)))
    names = ["surplus", "due", "paid", "behind", "reserve", "uncovered"]
    course = DataFrame(rows, columns=names).round(2)
    course.index = pd.RangeIndex(1, len(course) + 1, name="month")
    return Stress(plan, course)


def stress_table(
    plans: Iterable[Plan],
    surplus: float,
    shock: Shock | Sequence[Shock] = (),
    buffer: float = 0.1,
    *,
    reserve: float = 0.0,
    saved: float = 1.0,
) -> DataFrame:
    """Return for several plans whether they fit a usual month and how they get through the bad ones.

    Args:
        plans: plans of different terms.
        surplus: yuan left in a usual month.
        shock: as in `stress`, like `reserve` and `saved`.
        buffer: share of the surplus kept, as in `plan_options`.
        reserve: yuan put aside before the plan starts.
        saved: share of what a month leaves that is put aside.

    Returns:
        index: `months`; columns `payment`, `total`, `fits`, `holds`, `first_missed` (month; <NA> = none),
        `months_behind`, `most_behind` (yuan), `cleared_in` (month; <NA> = not within ten years after its end).
    """
    rows = []
    for plan in plans:
        found = stress(plan, surplus, shock, reserve=reserve, saved=saved)
        rows.append(
            {
                "months": plan.months,
                "payment": plan.payment,
                "total": plan.total,
                "fits": bool(fits(plan.payment, float(surplus), buffer)),
                "holds": found.holds,
                "first_missed": found.first_missed,
                "months_behind": found.months_behind,
                "most_behind": found.most_behind,
                "cleared_in": found.cleared_in,
            }
        )
    if not rows:
        raise Unmeasurable(_("There is no plan to look at."))
    table = DataFrame(rows).set_index("months")
    return table.astype({"first_missed": "Int64", "cleared_in": "Int64"})
