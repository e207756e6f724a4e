"""Segments of a book: ability by willingness, what is at risk, and what cures by itself.

A segment says what an account needs next, not what a person is like. Scores rest on what was observed
(budget, payments, promises, conversations); who somebody is must not enter them.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from pandas import DataFrame, Series

from duecourse.columns import Unmeasurable, Values, aligned, column, numbers
from duecourse.evidence import refuse_protected
from duecourse.language import _
from duecourse.risk import rate_interval
from duecourse.trials import trial_rows

ABILITY: Final = {"inflow": 0.4, "room": 0.4, "spared": 0.1, "steady": 0.1}
WILLINGNESS: Final = {"paid": 0.55, "kept": 0.3, "answered": 0.15}
"""weights of the shares of `evidence.evidence`: an assumption for teaching, to be tried and replaced"""

QUADRANTS: Final = ("able_willing", "able_reluctant", "unable_willing", "unable_reluctant")
"""segments of ability by willingness; `unknown` stands beside them where a score is missing"""


def ability(evidence: DataFrame, weights: Mapping[str, float] = ABILITY) -> Series:
    """Return how well each household can pay, in [0, 1], missing where nothing is known.

    Args:
        evidence: one row per account, columns in [0, 1], as `evidence.evidence` gives them.
        weights: how much each column counts, at least 0. A missing value is left out of its account's mean.

    Raises:
        ProtectedAttribute: a weight is put on a protected attribute.
    """
    return _score(evidence, weights, "ability")


def willingness(evidence: DataFrame, weights: Mapping[str, float] = WILLINGNESS) -> Series:
    """Return how willing each customer has shown to be, in [0, 1], missing where nothing is known.

    Args:
        evidence: one row per account, columns in [0, 1], as `evidence.evidence` gives them.
        weights: how much each column counts, at least 0. A missing value is left out of its account's mean.

    Raises:
        ProtectedAttribute: a weight is put on a protected attribute.
    """
    return _score(evidence, weights, "willingness")


def quadrant(
    ability: Values, willingness: Values, cut_a: float = 0.5, cut_w: float = 0.5
) -> Series:
    """Return the segment of every account: one of QUADRANTS, or `unknown` where a score is missing.

    Args:
        ability: scores in [0, 1].
        willingness: scores in [0, 1] of the same accounts.
        cut_a: able from this score on.
        cut_w: willing from this score on.

    Returns:
        one segment per account, with the index of `ability` if that is a Series.
    """
    a, w = aligned(ability=ability, willingness=willingness)
    for name, values in (("ability", a), ("willingness", w)):
        if values.notna().any():
            numbers(values.dropna(), name, 0, 1)
    for name, cut in (("cut_a", cut_a), ("cut_w", cut_w)):
        numbers(Series([cut]), name, 0, 1)
    names = np.array(QUADRANTS, dtype=object)
    found = names[2 * (a < cut_a).to_numpy() + (w < cut_w).to_numpy()]
    found[(a.isna() | w.isna()).to_numpy()] = "unknown"
    index = ability.index if isinstance(ability, Series) else None
    return Series(found, index=index, name="segment", dtype=object)


def segment_name(segment: str) -> str:
    """Return the name of a segment in the language spoken now; an unknown one as it is."""
    names = {
        "able_willing": _("able, willing"),
        "able_reluctant": _("able, hesitant"),
        "unable_willing": _("short of money, willing"),
        "unable_reluctant": _("short of money, hesitant"),
        "unknown": _("not known yet"),
        "out_of_reach": _("out of reach"),
        "small": _("little at risk"),
    }
    return names.get(segment, segment)


def value_at_risk(
    balance: Values, probability: float | Values, loss: float | Values = 1.0
) -> Series:
    """Return balance * probability * loss: the money that is expected to be lost, by account.

    It ranks accounts for attention. It is no quantile of losses, which banks call value at risk, too.

    Args:
        balance: yuan owed, at least 0.
        probability: chance of being lost, in [0, 1]: a PD, or the roll rates up to write-off multiplied.
        loss: share of the balance that is lost then (LGD), in [0, 1].
    """
    given: dict[str, Values] = {"balance": balance}
    shares = {"probability": probability, "loss": loss}
    given |= {name: value for name, value in shares.items() if not isinstance(value, (int, float))}
    rows = dict(zip(given, aligned(**given), strict=True))
    expected = numbers(rows["balance"], "balance", low=0)
    for name, value in shares.items():
        part = rows[name] if name in rows else Series([value])
        expected = expected * numbers(part, name, 0, 1)
    index = balance.index if isinstance(balance, Series) else None
    return Series(expected, index=index, name="value_at_risk")


def segment_table(
    segment: Series, balance: Values, value_at_risk: Values | None = None
) -> DataFrame:
    """Return how many accounts and how much money each segment holds.

    Args:
        segment: one per account; missing values are a segment (NaN).
        balance: yuan, one per account.
        value_at_risk: yuan, one per account.

    Returns:
        index: the segment, the quadrants in their order first; columns `accounts`, `share`, `balance`,
        `balance_share` (NaN if nothing is owed at all) and, if given, `value_at_risk` and `value_share`.
    """
    given: dict[str, Values] = {"segment": segment, "balance": balance}
    if value_at_risk is not None:
        given["value_at_risk"] = value_at_risk
    kinds, *amounts = aligned(**given)
    if kinds.empty:
        raise Unmeasurable(
            _("'{name}' is empty: there is nothing to measure.").format(name="segment")
        )
    people = DataFrame({"accounts": np.ones(len(kinds), dtype=int)})
    for name, values in zip(list(given)[1:], amounts, strict=True):
        people[name] = numbers(values, name)
    table: DataFrame = people.groupby(kinds, dropna=False, observed=False).sum()
    table.insert(1, "share", table["accounts"] / table["accounts"].sum())
    for name, share in (("balance", "balance_share"), ("value_at_risk", "value_share")):
        if name in table:
            table[share] = table[name] / (table[name].sum() or np.nan)
    first = [name for name in (*QUADRANTS, "unknown") if name in table.index]
    order = first + [name for name in table.index if name not in first]
    columns = [c for c in ("accounts", "share", "balance", "balance_share") if c in table]
    columns += [name for name in table.columns if name not in columns]
    return table.loc[order, columns].rename_axis("segment")


def self_cure(
    snapshot: DataFrame, by: str | Series = "bucket", outcome: str = "cured", months: int = 1
) -> DataFrame:
    """Return how many accounts cure though nobody does anything, from those left alone by lot.

    Whoever is left alone for a reason (too small, too good, not reached) says nothing about the others.

    Args:
        snapshot: a `monthly_snapshot` with rows of `trial` = True and `treatment` = none.
        by: a column of `trials.trial_rows` such as `bucket`, or a segment per account, by account_id.
        outcome: `cured`, or `held` = not further past due than at the beginning.
        months: how long to wait; 1 = the end of the month.

    Returns:
        index: the group; columns `accounts`, `successes`, `rate` and `low`, `high` (Wilson's 95% interval).
    """
    rows = trial_rows(snapshot, months)
    alone = rows[rows["treatment"] == "none"]
    if alone.empty:
        raise Unmeasurable(
            _("No account was left alone by lot, so it cannot be seen what cures by itself.")
        )
    groups = (
        alone["account_id"].map(by.astype(object))
        if isinstance(by, Series)
        else column(alone, by, "by").set_axis(alone.index)
    )
    table: DataFrame = alone.groupby(groups, dropna=False)[outcome].agg(["size", "sum"])
    table = table.set_axis(["accounts", "successes"], axis=1).astype(int)
    table["rate"] = table["successes"] / table["accounts"]
    table["low"], table["high"] = rate_interval(table["successes"], table["accounts"])
    return table.rename_axis(by if isinstance(by, str) else "segment")


def _score(evidence: DataFrame, weights: Mapping[str, float], name: str) -> Series:
    """Return the weighted mean of the columns that are known for each account."""
    refuse_protected(weights)
    if not weights or not sum(weights.values()) > 0 or min(weights.values()) < 0:
        raise Unmeasurable(_("The weights must be at least 0, and one of them above 0."))
    parts = {key: column(evidence, key, key).astype(float) for key in weights}
    for key, values in parts.items():
        if values.notna().any():
            numbers(values.dropna(), key, 0, 1)
    table, weight = DataFrame(parts), Series(dict(weights), dtype=float)
    known = table.notna().mul(weight)
    score = table.mul(weight).sum(axis=1) / known.sum(axis=1).replace(0, np.nan)
    return Series(score.to_numpy(dtype=float), index=evidence.index, name=name)
