"""How a rate or a score has changed between before and after, and how sure that is."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from duecourse.risk import rate_interval
from duecourse.trials import difference_interval

DRAWS: Final = 2000
ENOUGH: Final = 10
"""Agents from which on their own spread can be measured."""


@dataclass(frozen=True)
class Rate:
    """A rate of one period, with Wilson's 95 % interval (1927); a share in [0, 1].

    Attributes:
        count: of what happened.
        of: how many times it could have.
    """

    count: int
    of: int

    @property
    def share(self) -> float:
        """The rate; NaN where there was no occasion."""
        return self.count / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Low and high end."""
        low, high = rate_interval([self.count], [self.of])
        return float(low[0]), float(high[0])


@dataclass(frozen=True)
class Change:
    """A rate before and after.

    Attributes:
        before: the rate of the period before the training.
        after: the rate of the period after it.
        low: low end of the 95 % interval of after less before; NaN where a period is empty.
        high: its high end.
        agents: whose spread the interval rests upon; 0 where it rests on the counts alone.
    """

    before: Rate
    after: Rate
    low: float
    high: float
    agents: int = 0

    @property
    def difference(self) -> float:
        """After less before, a share."""
        return self.after.share - self.before.share

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out no change at all."""
        return self.low > 0 or self.high < 0


def change(before: Rate, after: Rate) -> Change:
    """Return a change with the interval of Newcombe (1998), which takes every occasion as its own."""
    k, n, m, c = np.array([[after.count], [after.of], [before.count], [before.of]], dtype=float)
    low, high = difference_interval(k, n, m, c)
    return Change(before, after, float(low[0]), float(high[0]))


def change_by_agents(counts: ArrayLike, seed: int = 1) -> Change:
    """Return a change with an interval that knows that contacts of one agent are alike.

    The agents are drawn again and again with replacement, each with all contacts (cluster
    bootstrap, Davison and Hinkley 1997, percentiles); under ten agents that says too little, and
    the interval of Newcombe is given.

    Args:
        counts: one row an agent: happened before, contacts before, happened after, contacts after.
        seed: of the draws; the same counts give the same interval.
    """
    table = np.asarray(counts, dtype=np.int64).reshape(-1, 4)
    total = [int(one) for one in table.sum(axis=0)]
    plain = change(Rate(total[0], total[1]), Rate(total[2], total[3]))
    if len(table) < ENOUGH:
        return plain
    rows = np.random.default_rng(seed).integers(0, len(table), (DRAWS, len(table)))
    drawn = table[rows].sum(axis=1)
    drawn = drawn[(drawn[:, 1] > 0) & (drawn[:, 3] > 0)]
    if not len(drawn):
        return plain
    differences = drawn[:, 2] / drawn[:, 3] - drawn[:, 0] / drawn[:, 1]
    low, high = np.percentile(differences, [2.5, 97.5])
    return Change(plain.before, plain.after, float(low), float(high), len(table))


@dataclass(frozen=True)
class Gain:
    """What the same learners scored before and after, as shares in [0, 1].

    Attributes:
        n: how many learners.
        before: mean share before.
        after: mean share after.
        low: low end of the 95 % interval of the mean difference (paired t); NaN for one learner.
        high: its high end.
        normalised: gain over what was still to be gained, (after - before) / (1 - before), of the
            means (Hake 1998); NaN where nothing was left to gain.
    """

    n: int
    before: float
    after: float
    low: float
    high: float
    normalised: float

    @property
    def difference(self) -> float:
        """Mean of after less before."""
        return self.after - self.before


def gain(before: ArrayLike, after: ArrayLike) -> Gain:
    """Return the gain of learners who were measured twice.

    Args:
        before: shares in [0, 1], one a learner, at least one.
        after: shares of the same learners in the same order.
    """
    from scipy.stats import t

    first, second = (np.asarray(one, dtype=float) for one in (before, after))
    moved, n = second - first, len(first)
    low = high = math.nan
    if n > 1:
        half = float(t.ppf(0.975, n - 1)) * float(moved.std(ddof=1)) / math.sqrt(n)
        low, high = float(moved.mean()) - half, float(moved.mean()) + half
    start, end = float(first.mean()), float(second.mean())
    normalised = (end - start) / (1 - start) if start < 1 else math.nan
    return Gain(n, start, end, low, high, normalised)
