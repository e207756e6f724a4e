"""Measures of credit risk: from columns of a portfolio to numbers and tables.

Everywhere `bad` holds 1 (or True) for an account that went bad and 0 (or False) for a good one,
`risk` is any number that is higher where a bad outcome is likelier (a PD, or the points of a
scorecard times -1), and `pd` is a probability of default in [0, 1]. How columns are matched and
refused is told in `duecourse.columns`.
"""

import math
from statistics import NormalDist
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike
from pandas import DataFrame, Series

from duecourse.columns import Flags, Floats, Unmeasurable, Values, aligned, column, flags, numbers
from duecourse.language import _

Number = TypeVar("Number", float, Series, Floats)


def bad_rate(bad: Values) -> float:
    """Return the share of bads, bads / accounts, in [0, 1]."""
    return float(flags(aligned(bad=bad)[0], "bad").mean())


def rate_interval(bads: ArrayLike, count: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the low and the high end of Wilson's interval for each rate bads / count (1927).

    It stays within [0, 1] and is honest for small groups; a group without accounts has no interval (NaN).
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    k, n = np.asarray(bads, dtype=float), np.asarray(count, dtype=float)
    n = np.where(n == 0, np.nan, n)
    middle = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(k * (n - k) / n + z**2 / 4)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def rate_table(frame: DataFrame, by: str | Series, bad: str | Series = "bad") -> DataFrame:
    """Return counts and bad rates by group, one row a group, in the order of the groups.

    Args:
        frame: one row per account.
        by: the column of groups, or a Series such as `pandas.cut` gives. Missing values are a group (NaN).
        bad: the column of labels.

    Returns:
        index: the group; columns `count`, `bads`, `bad_rate` (NaN in a band that nobody falls
        into) and `share` (of all accounts).
    """
    table = _counts(column(frame, by, "by"), flags(column(frame, bad, "bad"), "bad"))
    table["bad_rate"] = table["bads"] / table["count"]
    table["share"] = table["count"] / table["count"].sum()
    return table


def woe_table(groups: Values, bad: Values, smoothing: float = 0.5) -> DataFrame:
    """Return the weight of evidence of every group, WOE = ln[(g / G) / (b / B)]; above 0 = safer.

    g and b are the goods and bads of the group, G and B those of all groups. A group without goods
    or without bads has no logarithm: `smoothing` is added to its own g and b only, and `smoothed`
    says so. A band that nobody falls into carries no evidence (WOE 0). Source: Siddiqi, Credit
    Risk Scorecards, chapter 6.

    Returns:
        index: the group (missing values are a group, NaN); columns `goods`, `bads`, `share_good` = g / G,
        `share_bad` = b / B (as counted), `bad_rate`, `woe`, `iv` = (g / G - b / B) * WOE,
        `smoothed`.
    """
    if not 0 < smoothing < math.inf:
        raise Unmeasurable(_("'{name}' must be above 0.").format(name="smoothing"))
    kinds, labels = aligned(groups=groups, bad=bad)
    table = _counts(kinds, _both(flags(labels, "bad")))
    count = table.pop("count")
    table.insert(0, "goods", count - table["bads"])
    goods, bads = table["goods"], table["bads"]
    table["share_good"], table["share_bad"] = goods / goods.sum(), bads / bads.sum()
    table["bad_rate"] = bads / count
    smoothed = (goods == 0) | (bads == 0)
    extra = smoothing * smoothed
    woe = np.log((goods + extra) / goods.sum()) - np.log((bads + extra) / bads.sum())
    table["woe"] = woe.where(count > 0, 0.0)
    table["iv"] = (table["share_good"] - table["share_bad"]) * table["woe"]
    table["smoothed"] = smoothed
    return table


def information_value(groups: Values, bad: Values, smoothing: float = 0.5) -> float:
    """Return IV, the sum of (g / G - b / B) * WOE over the groups; 0 = no information."""
    return float(woe_table(groups, bad, smoothing)["iv"].sum())


def ks_curve(risk: Values, bad: Values) -> DataFrame:
    """Return the shares of goods and of bads at or below every distinct risk.

    Returns:
        index: `risk`, ascending; columns `cumulative_good`, `cumulative_bad` and `gap`, the first
        less the second, which is positive where the score ranks bads behind goods.
    """
    values, bads = _ranked(risk, bad)
    table = DataFrame({"cumulative_good": 1 - bads, "cumulative_bad": bads}).groupby(values).sum()
    table = table.cumsum() / table.sum()
    table["gap"] = table["cumulative_good"] - table["cumulative_bad"]
    return table.rename_axis("risk")


def ks(risk: Values, bad: Values) -> float:
    """Return the Kolmogorov-Smirnov distance max |F_bad - F_good|, in [0, 1]; ties are one step."""
    return float(ks_curve(risk, bad)["gap"].abs().max())


def auc(risk: Values, bad: Values) -> float:
    """Return the area under the ROC curve: how often a bad outranks a good, a tie counting half."""
    from sklearn.metrics import roc_auc_score

    values, bads = _ranked(risk, bad)
    return float(roc_auc_score(bads, values))


def gini(risk: Values, bad: Values) -> float:
    """Return Gini = 2 AUC - 1, in [-1, 1]; 0 = no better than chance."""
    return 2 * auc(risk, bad) - 1


def psi(expected: Values, actual: Values, floor: float = 0.0001) -> float:
    """Return the population stability index, the sum of (a - e) ln(a / e) over the bins.

    Args:
        expected: accounts or shares per bin at development, each bin at least 0.
        actual: the same bins later; both are turned into shares of 1.
        floor: the share that an empty bin counts as, since ln 0 does not exist.

    Below 0.10 is usually read as stable and above 0.25 as shifted: a habit of the trade, not a test.
    """
    first, second = aligned(expected=expected, actual=actual)
    e, a = numbers(first, "expected", low=0), numbers(second, "actual", low=0)
    if not (e.sum() > 0 and a.sum() > 0):
        raise Unmeasurable(_("All bins are empty: there is nothing to compare."))
    e, a = np.maximum(e / e.sum(), floor), np.maximum(a / a.sum(), floor)
    return float(((a - e) * np.log(a / e)).sum())


def calibration_table(pd: Values, bad: Values, bins: int = 10) -> DataFrame:
    """Return predicted and observed bad rates in bins of about equally many accounts.

    Equal PDs share a bin, so that there can be fewer bins than asked for.

    Returns:
        index: `bin`, 1 = the lowest PDs; columns `count`, `bads`, `mean_pd`, `bad_rate` and `gap`,
        observed less predicted (positive = the risk was understated).
    """
    values, labels = aligned(pd=pd, bad=bad)
    p, y = numbers(values, "pd", 0, 1), flags(labels, "bad")
    if bins < 1:
        raise Unmeasurable(_("'{name}' must be above 0.").format(name="bins"))
    edges = np.unique(np.quantile(p, np.arange(1, bins) / bins, method="lower"))
    bin_of = np.unique(np.searchsorted(edges, p, side="left"), return_inverse=True)[1] + 1
    groups = DataFrame({"pd": p, "bad": y}).groupby(bin_of)
    table = DataFrame({"count": groups["bad"].size(), "bads": groups["bad"].sum()})
    table["mean_pd"] = groups["pd"].mean()
    table["bad_rate"] = table["bads"] / table["count"]
    table["gap"] = table["bad_rate"] - table["mean_pd"]
    return table.rename_axis("bin")


def calibration_error(pd: Values, bad: Values, bins: int = 10) -> float:
    """Return the mean |observed - predicted| bad rate over the bins, weighted by accounts, in [0, 1].

    Known as the expected calibration error (Naeini, Cooper, Hauskrecht, 2015), here with equal counts.
    """
    table = calibration_table(pd, bad, bins)
    return float((table["gap"].abs() * table["count"]).sum() / table["count"].sum())


def scorecard_points(
    odds: Number, pdo: float = 20, base: float = 600, base_odds: float = 50
) -> Number:
    """Return Offset + Factor * ln(odds), where Factor = pdo / ln 2 and `base_odds` earn `base` points.

    Args:
        odds: goods per bad, above 0: a number, a Series or an array. A PD has the odds (1 - PD) / PD.
        pdo: points that double the odds. With 20, 600 and 50 Factor is 28.854 and Offset 487.123.
        base: points of the base odds.
        base_odds: goods per bad at the base.
    """
    for name, value in (("odds", odds), ("pdo", pdo), ("base_odds", base_odds)):
        _positive(value, name)
    points: Any = base + pdo / math.log(2) * np.log(cast("Any", odds) / base_odds)
    return cast("Number", float(points) if np.ndim(points) == 0 else points)


def points_to_odds(
    points: Number, pdo: float = 20, base: float = 600, base_odds: float = 50
) -> Number:
    """Return the odds good:bad of scorecard points, base_odds * 2 ** ((points - base) / pdo)."""
    for name, value in (("pdo", pdo), ("base_odds", base_odds)):
        _positive(value, name)
    return cast("Number", base_odds * 2.0 ** ((cast("Any", points) - base) / pdo))


def _counts(groups: Series, bads: Flags) -> DataFrame:
    """Count accounts and bads by group; missing values are a group, unused bands are empty ones."""
    people = DataFrame({"count": 1, "bads": bads})
    table: DataFrame = people.groupby(groups, dropna=False, observed=False).sum()
    table.index.name = groups.name
    return table


def _both(bads: Flags) -> Flags:
    """Return the labels if there are goods and bads among them."""
    for wanted, kind in ((1, _("bads (1)")), (0, _("goods (0)"))):
        if wanted not in bads:
            raise Unmeasurable(
                _(
                    "There are no {kind} among the {count} labels, so this measure is not defined."
                ).format(kind=kind, count=len(bads))
            )
    return bads


def _ranked(risk: Values, bad: Values) -> tuple[Floats, Flags]:
    """Return risks and labels of the same rows, with goods and bads among them."""
    values, labels = aligned(risk=risk, bad=bad)
    return numbers(values, "risk"), _both(flags(labels, "bad"))


def _positive(value: float | Series | Floats, name: str) -> None:
    """Raise Unmeasurable unless every value is above 0 (a missing one in a Series passes)."""
    if bool(np.any(np.asarray(value, dtype=float) <= 0)):
        raise Unmeasurable(_("'{name}' must be above 0.").format(name=name))
