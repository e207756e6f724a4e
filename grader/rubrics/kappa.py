"""How far two markers agree beyond chance: Cohen's kappa of ordered levels, with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

NORMAL: Final = 1.959963984540054
"""Standard errors on each side of an interval of 95 %."""
FEW: Final = 30
"""Below so many answers an interval is rough."""


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance.

    Attributes:
        value: 1 where all agree, 0 where they agree as often as by chance.
        error: its standard error; None where the answers cannot tell it (all agree).
    """

    value: float
    error: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The interval of 95 %, cut off at -1 and 1."""
        if self.error is None:
            return None
        half = NORMAL * self.error
        return max(-1.0, self.value - half), min(1.0, self.value + half)


def kappa(pairs: Sequence[tuple[int, int]], levels: int, *, weighted: bool) -> Kappa | None:
    """Return Cohen's kappa of two markers.

    Args:
        pairs: for each answer, the numbers of the two levels, from 0.
        levels: how many levels there are, at least 2.
        weighted: whether neighbouring levels count as half agreement and so on (linear weights,
            Cicchetti & Allison 1971); otherwise only the same level counts.

    Returns:
        Kappa, or None where chance alone would agree in everything (or there is no pair).

    Kappa is Cohen's (1960, 1968); its large-sample standard error is that of Fleiss, Cohen and
    Everitt (1969), Psychological Bulletin 72(5), 323-327.
    """
    count = len(pairs)
    if not count:
        return None
    table = [[0.0] * levels for _row in range(levels)]
    for one, other in pairs:
        table[one][other] += 1 / count
    rows = [sum(row) for row in table]
    columns = [sum(row[level] for row in table) for level in range(levels)]
    weight = [
        [1 - abs(i - j) / (levels - 1) if weighted else float(i == j) for j in range(levels)]
        for i in range(levels)
    ]
    cells = [(i, j) for i in range(levels) for j in range(levels)]
    observed = sum(weight[i][j] * table[i][j] for i, j in cells)
    chance = sum(weight[i][j] * rows[i] * columns[j] for i, j in cells)
    if 1 - chance < 1e-12:
        return None
    value = (observed - chance) / (1 - chance)
    if 1 - observed < 1e-12:
        # The formula would give an error of 0, as if few answers could prove it.
        return Kappa(1.0, None)
    of_row = [sum(weight[i][j] * columns[j] for j in range(levels)) for i in range(levels)]
    of_column = [sum(weight[i][j] * rows[i] for i in range(levels)) for j in range(levels)]
    spread = sum(
        table[i][j] * (weight[i][j] - (of_row[i] + of_column[j]) * (1 - value)) ** 2
        for i, j in cells
    )
    variance = (spread - (value - chance * (1 - value)) ** 2) / (count * (1 - chance) ** 2)
    return Kappa(value, sqrt(max(0.0, variance)))
