"""Who is treated how: approvals, bad rates and wrong refusals of groups, side by side.

A gap is a reason to look, not yet a proof: groups differ in risk, small groups differ by chance, and
a decision can be unequal through a proxy although no group was ever named.
"""

import numpy as np
from pandas import DataFrame, Series

from duecourse.columns import Unmeasurable, column, flags
from duecourse.language import _


def gap_table(
    frame: DataFrame,
    group: str | Series,
    approved: str | Series,
    bad: str | Series = "bad",
    reference: object = None,
) -> DataFrame:
    """Return approvals, bad rates and wrong refusals by group, with the gaps to one of them.

    Args:
        frame: one row per applicant with a known outcome.
        group: the column of groups, or a Series of the same rows. Missing values are a group (NaN).
        approved: 1 or True for approved, as a column or a Series such as `held_out["pd"] <= 0.3`.
        bad: 1 or True for bad, as a column or a Series.
        reference: the group that the gaps are measured from; without one, the largest.

    Returns:
        index: the group; columns
        `count`, `approved`, `approval_rate` = approved / count,
        `bads_approved`, `bad_rate` = bads among the approved / approved (NaN if nobody was),
        `goods`, `goods_refused`, `false_refusal_rate` = goods refused / goods (NaN without goods),
        `approval_gap`, `bad_rate_gap`, `false_refusal_gap` = the rate less that of the reference,
        `approval_ratio` = approval rate / that of the reference. To look closer below 0.8, "four
        fifths", is a common screening habit, not a rule of credit law: it comes from the US
        guidelines on hiring (29 CFR 1607.4 D), which compare with the group of the highest rate.

    Raises:
        ColumnMissing: a column does not exist.
        Unmeasurable: labels are missing or not 0 and 1, or nobody is in the reference group.
    """
    groups = column(frame, group, "group")
    yes, y = (
        flags(column(frame, name, role), role)
        for name, role in ((approved, "approved"), (bad, "bad"))
    )
    people = DataFrame(
        {
            "count": 1,
            "approved": yes,
            "bads_approved": yes * y,
            "goods": 1 - y,
            "goods_refused": (1 - yes) * (1 - y),
        }
    )
    table: DataFrame = people.groupby(groups, dropna=False, observed=True).sum()
    table.index.name = groups.name
    table.insert(2, "approval_rate", table["approved"] / table["count"])
    table.insert(4, "bad_rate", table["bads_approved"] / table["approved"])
    table["false_refusal_rate"] = table["goods_refused"] / table["goods"]
    base = table.iloc[_position(table, reference)]
    table["approval_gap"] = table["approval_rate"] - base["approval_rate"]
    table["bad_rate_gap"] = table["bad_rate"] - base["bad_rate"]
    table["false_refusal_gap"] = table["false_refusal_rate"] - base["false_refusal_rate"]
    table["approval_ratio"] = table["approval_rate"] / (base["approval_rate"] or np.nan)
    return table


def _position(table: DataFrame, reference: object) -> int:
    """Return the row of the reference group, or of the largest group (the first of equals)."""
    if reference is None:
        return int(table["count"].to_numpy().argmax())
    names = list(table.index)
    if reference not in names:
        raise Unmeasurable(
            _("There is no group '{group}'. There are: {groups}.").format(
                group=reference, groups=", ".join(str(name) for name in names)
            )
        )
    return names.index(reference)
