"""What a treatment really changes: accounts treated by lot, against those left alone by lot.

Whoever is treated because they look promising, or hopeless, differs from the others beforehand. Only
the rows of a monthly snapshot with `trial` = True were drawn by lot and can be compared.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from pandas import DataFrame, Series

from duecourse.columns import Floats, Unmeasurable, column, flags
from duecourse.language import _
from duecourse.risk import rate_interval
from duecourse.treatments import TREATMENTS, known_treatments

_COLUMNS: Final = ("account_id", "month", "bucket", "status", "treatment", "trial")


@dataclass(frozen=True)
class Comparison:
    """Two groups drawn by lot, and how far their shares of cures differ."""

    treated_rate: float
    control_rate: float
    effect: float
    """treated less control, a share: the cures that would not have come by themselves"""
    low: float
    """low end of the 95% interval of the effect (Newcombe, 1998)"""
    high: float
    z: float
    """effect / its standard error if there were none; NaN if everybody, or nobody, is cured"""
    p: float
    """two-sided chance of a difference at least as large if there were no effect"""


def compare(treated: tuple[int, int], control: tuple[int, int]) -> Comparison:
    """Return the difference between two shares, with its interval and the pooled two-sided z test.

    Args:
        treated: (cured, accounts) of the treated.
        control: the same of those left alone, or treated the old way.
    """
    from scipy.stats import norm

    (k, n), (m, c) = (_group(pair) for pair in (treated, control))
    rates, pooled = (k / n, m / c), (k + m) / (n + c)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / c))
    effect = rates[0] - rates[1]
    z = effect / error if error else math.nan
    low, high = difference_interval(np.array([k]), np.array([n]), np.array([m]), np.array([c]))
    chance = float(2 * norm.sf(abs(z)))
    return Comparison(*rates, effect, float(low[0]), float(high[0]), z, chance)


def cost_per_incremental_cure(
    treated: tuple[int, int], control: tuple[int, int], cost: float
) -> float:
    """Return the extra cost an account / the extra share of cures: yuan for one cure more.

    Crediting all cures of the treated would count those that come by themselves. Without an extra cure
    nothing is bought, and the result is infinite. It is as uncertain as the effect: look at `compare`.

    Args:
        treated: (cured, accounts) of the treated.
        control: the same of the control group.
        cost: yuan that one treated account costs more than one of the control group.
    """
    effect = compare(treated, control).effect
    return cost / effect if effect > 0 else math.inf


def trial_rows(snapshot: DataFrame, months: int = 1) -> DataFrame:
    """Return the accounts treated by lot, with how they began the month and where they stood later.

    Args:
        snapshot: a `monthly_snapshot`, one row per account and month, in any order.
        months: how long to wait; 1 = the end of the month of treatment.

    Returns:
        columns `account_id`, `month` (of treatment), `bucket` (at its beginning, at least 1), `treatment`,
        `cured` (nothing past due any more, or closed) and `held` (not further past due than at the
        beginning; includes the cured). Real days past due count, not what a re-aged account is reported as.
        Rows whose outcome lies beyond the end of the snapshot are not among them.

    Raises:
        Unmeasurable: an account has two rows for one month, or an unknown treatment.
    """
    if months != int(months) or months < 1:
        raise Unmeasurable(
            _("'{name}' must be a whole number of at least 1. Found: {found}.").format(
                name="months", found=f"{months:g}"
            )
        )
    read = DataFrame({name: column(snapshot, name, name) for name in _COLUMNS})
    when = read["month"].dt.year * 12 + read["month"].dt.month
    who = read["account_id"].factorize(sort=True)[0]
    # one growing number per account and month, with room between the accounts
    read["key"] = who * (2 * 12 * 10_000) + when
    read = read.sort_values("key", ignore_index=True)
    key = read["key"].to_numpy(dtype=np.int64)
    if (np.diff(key) == 0).any():
        raise Unmeasurable(_("The snapshot has two rows for one account and month."))
    bucket, status = read["bucket"].to_numpy(dtype=float), read["status"].to_numpy(dtype=object)
    before = np.where(np.diff(key, prepend=-1) == 1, np.roll(bucket, 1), np.nan)
    later = np.searchsorted(key, key + months - 1, side="right") - 1
    ended = np.isin(status[later], ("closed", "written_off"))
    mature = (key[later] == key + months - 1) | ended
    lost = status[later] == "written_off"
    read["bucket"] = before
    read["cured"] = (bucket[later] == 0) & ~lost
    read["held"] = (bucket[later] <= before) & ~lost
    drawn = flags(read["trial"], "trial") == 1 if len(read) else np.zeros(0, dtype=bool)
    rows: DataFrame = read[drawn & mature & (before >= 1)]
    known_treatments(rows["treatment"])
    rows = rows.astype({"bucket": int, "treatment": object}).reset_index(drop=True)
    return rows[["account_id", "month", "bucket", "treatment", "cured", "held"]]


def effects(
    snapshot: DataFrame,
    by: Series | Literal["bucket"] | None = None,
    outcome: Literal["cured", "held"] = "cured",
    months: int = 1,
) -> DataFrame:
    """Return how many more accounts each treatment cures than no treatment, by segment.

    An account that was drawn in several months counts each time, so the intervals are somewhat too
    narrow. Segments should not be made of anything that the treatment itself can change.

    Args:
        snapshot: a `monthly_snapshot` with rows drawn by lot.
        by: a segment per account, by account_id (accounts without one are a segment NaN), or "bucket" for
            the bucket at the beginning of the month; without it all are one segment, "all".
        outcome: `cured`, or `held` = not further past due than before.
        months: as in `trial_rows`.

    Returns:
        index: (`segment`, `treatment`), without `none`; columns `accounts`, `successes`, `rate`,
        `control_accounts`, `control_successes`, `control_rate`, `effect` = rate - control rate, and `low`, `high`,
        its 95% interval (Newcombe, 1998). Without a control group the effect is missing.
    """
    rows = trial_rows(snapshot, months)
    if rows.empty:
        raise Unmeasurable(_("No account was treated by lot, so no effect can be measured."))
    if by is None:
        rows["segment"] = "all"
    elif isinstance(by, Series):
        rows["segment"] = rows["account_id"].map(by.astype(object))
    else:
        rows["segment"] = rows[by]
    rows["segment"] = rows["segment"].astype(object)
    # from the lightest treatment to the heaviest, not by the alphabet
    rows["treatment"] = rows["treatment"].map(TREATMENTS.index)
    tallies = rows.groupby(["segment", "treatment"], dropna=False)[outcome].agg(["size", "sum"])
    tallies = tallies.set_axis(["accounts", "successes"], axis=1).astype(float)
    tallies = tallies.rename(index=dict(enumerate(TREATMENTS)), level="treatment")
    alone = tallies.index.get_level_values("treatment") == "none"
    table, control = tallies[~alone], tallies[alone].droplevel("treatment")
    control = control.reindex(table.index.get_level_values("segment")).fillna(0)
    control = control.set_axis(table.index)
    table.insert(2, "rate", table["successes"] / table["accounts"])
    table = table.join(control.add_prefix("control_"))
    table["control_rate"] = control["successes"] / control["accounts"]
    table["effect"] = table["rate"] - table["control_rate"]
    counts = ["successes", "accounts", "control_successes", "control_accounts"]
    k, n, m, c = (table[name].to_numpy(dtype=float) for name in counts)
    table["low"], table["high"] = difference_interval(k, n, m, c)
    return table.astype(dict.fromkeys(counts, int))


def difference_interval(
    k: Floats, n: Floats, m: Floats, c: Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return the interval of k / n - m / c after Newcombe (1998), built from Wilson's two intervals.

    Args:
        k: successes of the first group.
        n: accounts of the first group; without any there is no interval (NaN).
        m: successes of the second group.
        c: accounts of the second group.
        level: how sure the interval is to hold the true difference.
    """
    (low1, high1), (low2, high2) = rate_interval(k, n, level), rate_interval(m, c, level)
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = np.divide(k, n), np.divide(m, c)
    low = p - q - np.hypot(p - low1, high2 - q)
    high = p - q + np.hypot(high1 - p, q - low2)
    return low, high


def _group(pair: tuple[int, int]) -> tuple[int, int]:
    cured, accounts = pair
    if not 0 <= cured <= accounts or accounts == 0:
        raise Unmeasurable(
            _(
                "A group is (cured, accounts), with at least one account and no more cured than accounts. "
                "Found: {found}."
            ).format(found=pair)
        )
    return cured, accounts
