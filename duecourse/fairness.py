"""Who is treated how: approvals, bad rates and wrong refusals of groups, side by side.

A gap is a reason to look, not yet a proof: groups differ in risk, small groups differ by chance, and
a decision can be unequal through a proxy although no group was ever named.
"""

import numpy as np
from pandas import DataFrame, Series

from duecourse.columns import Floats, Unmeasurable, column, flags, numbers
from duecourse.language import _
from duecourse.treatments import once


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


def equal_risk_gaps(
    frame: DataFrame,
    group: str | Series,
    outcome: str | Series,
    risk: str | Series,
    bands: int = 5,
    reference: object = None,
) -> DataFrame:
    """Return how far an outcome differs between groups, as it is and among accounts of equal risk.

    The accounts are cut into bands of about equally many by their risk. In each band a group is compared
    with the reference, and the differences are averaged with the band's share of all accounts as weight
    (direct standardisation). Bands in which either of them has nobody are left out, and `covered` says how
    much of the book the others are. Equal in this risk is not equal in everything.

    Args:
        frame: one row per account.
        group: the column of groups, or a Series of the same rows. Missing values are a group (NaN).
        outcome: 1 or True for those it happened to, as a column or a Series.
        risk: any number that is higher where the accounts are riskier, as a column or a Series.
        bands: how many bands, at least 1; equal risks share a band, so that there can be fewer.
        reference: the group that the gaps are measured from; without one, the largest.

    Returns:
        index: the group; columns `count`, `events`, `rate` = events / count, `gap` = the rate less that of the
        reference, `equal_risk_gap` (NaN if no band holds both) with `low` and `high`, its 95% interval
        (normal, with one event and one other added to each cell: Agresti and Caffo, 2000), and `covered`
        in [0, 1].
    """
    groups = column(frame, group, "group")
    happened = flags(column(frame, outcome, "outcome"), "outcome")
    values = numbers(column(frame, risk, "risk"), "risk")
    if bands < 1:
        raise Unmeasurable(_("'{name}' must be above 0.").format(name="bands"))
    edges = np.unique(np.quantile(values, np.arange(1, bands) / bands, method="lower"))
    band = np.searchsorted(edges, values, side="left")
    people = DataFrame({"count": 1, "events": happened})
    table: DataFrame = people.groupby(groups, dropna=False, observed=True).sum()
    table.index.name = groups.name
    at = _position(table, reference)
    table["rate"] = table["events"] / table["count"]
    table["gap"] = table["rate"] - table["rate"].iloc[at]

    # the order of the groups in the table, a missing one last, as groupby has it
    row = np.asarray(people.groupby(groups, dropna=False, observed=True).ngroup(), dtype=np.int64)
    shape = len(table), len(edges) + 1
    cell = row * shape[1] + band
    n, k = (
        np.bincount(cell, weights=weight, minlength=shape[0] * shape[1])
        .reshape(shape)
        .astype(float)
        for weight in (None, happened)
    )
    gap, table["covered"], weight = standardised_gap(k, n, at)
    smoothed = (k + 1) / (n + 2)
    spread = smoothed * (1 - smoothed) / (n + 2)
    error = np.sqrt((weight**2 * (spread + spread[at])).sum(axis=1))
    error[at] = 0.0
    table["equal_risk_gap"] = gap
    table["low"], table["high"] = gap - 1.959964 * error, gap + 1.959964 * error
    return table[["count", "events", "rate", "gap", "equal_risk_gap", "low", "high", "covered"]]


def standardised_gap(sums: Floats, counts: Floats, at: int) -> tuple[Floats, Floats, Floats]:
    """Return how far each group's mean lies from that of one of them, band by band, averaged over the bands.

    Args:
        sums: what happened to each group (rows) in each band (columns), counted or added up.
        counts: accounts of each group in each band.
        at: the row of the reference.

    Returns:
        the gaps, one per group, NaN where no band holds the group and the reference; the share of all
        accounts in the bands that hold both; and the weights of the bands, one row per group.
    """
    both = (counts > 0) & (counts[at] > 0)
    shares = np.where(both, counts.sum(axis=0), 0) / counts.sum()
    covered = shares.sum(axis=1)
    means = sums / np.where(counts > 0, counts, 1)
    weights = shares / np.where(covered > 0, covered, 1)[:, None]
    gaps = (weights * (means - means[at])).sum(axis=1)
    return np.where(covered > 0, gaps, np.nan), covered, weights


def per_thousand(accounts: DataFrame, group: str | Series, events: Series) -> DataFrame:
    """Return events per 1,000 accounts by group, such as complaints or disclosed hardships.

    Args:
        accounts: one row per account, with the column `account_id`.
        group: the column of groups, or a Series of the same rows. Missing values are a group (NaN).
        events: the account_id of every event, such as `complaints["account_id"]`; one account may have
            several. Events of other accounts raise Unmeasurable.

    Returns:
        index: the group; columns `accounts`, `events`, `per_thousand`, `low`, `high` (exact 95% interval of a
        Poisson count: Garwood, 1936).
    """
    from scipy.stats import chi2

    groups, ids = column(accounts, group, "group"), column(accounts, "account_id", "account_id")
    once(ids, "accounts")
    if strange := int((~events.isin(ids)).sum()):
        raise Unmeasurable(
            _("{count} events belong to accounts that are not in the table.").format(count=strange)
        )
    counts = events.value_counts().reindex(ids).fillna(0).to_numpy(dtype=int)
    table: DataFrame = (
        DataFrame({"accounts": 1, "events": counts})
        .groupby(groups, dropna=False, observed=True)
        .sum()
    )
    table.index.name = groups.name
    happened, among = table["events"], table["accounts"] / 1000
    table["per_thousand"] = happened / among
    table["low"] = chi2.ppf(0.025, 2 * happened) / 2 / among
    table["low"] = table["low"].where(happened > 0, 0.0)
    table["high"] = chi2.ppf(0.975, 2 * happened + 2) / 2 / among
    return table
