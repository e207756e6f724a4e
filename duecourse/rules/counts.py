"""Counting in columns: how many in a window, what came before, and which one is first.

All functions take rows in the order of time and the group of each row as a whole number; rows with a
group below 0 belong to none.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


def windowed(groups: Ints, days: Ints, window: int | None) -> Ints:
    """Return how many rows of the group lie in the days up to and including each row.

    Args:
        groups: group of each row.
        days: day of each row, as a number, ascending.
        window: calendar days that end with the row's own; None is all days before it.

    Returns:
        the count, the row itself included; 0 where it has no group.
    """
    found = np.zeros(len(groups), dtype=np.int64)
    rows = np.flatnonzero(groups >= 0)
    if not len(rows):
        return found
    order = rows[np.argsort(groups[rows], kind="stable")]
    group = groups[order]
    if window is None:
        left = np.searchsorted(group, group, side="left")
    else:
        low = int(days[order].min()) - window
        span = int(days[order].max()) - low + 1
        key = group * span + (days[order] - low)
        left = np.searchsorted(key, key - window + 1, side="left")
    found[order] = np.arange(len(order)) - left + 1
    return found


def before(groups: Ints, marked: Bools) -> Ints:
    """Return the nearest marked row before each row in its group, by position; -1 is none."""
    found = np.full(len(groups), -1, dtype=np.int64)
    rows = np.flatnonzero(groups >= 0)
    if not len(rows) or not marked.any():
        return found
    order = rows[np.argsort(groups[rows], kind="stable")]
    group = groups[order]
    last = np.maximum.accumulate(np.where(marked[order], np.arange(len(order)), -1))
    last = np.concatenate([[-1], last[:-1]])
    same = (last >= 0) & (group[last] == group)
    found[order[same]] = order[last[same]]
    return found


def first(groups: Ints, among: Bools) -> Bools:
    """Return which rows are the first among the marked ones of their group."""
    found = np.zeros(len(groups), dtype=bool)
    rows = np.flatnonzero(among & (groups >= 0))
    if len(rows):
        _group, at = np.unique(groups[rows], return_index=True)
        found[rows[at]] = True
    return found


def together(*codes: Ints) -> Ints:
    """Return one group a row out of several; a row that lacks one of them has none."""
    whole = codes[0]
    for code in codes[1:]:
        joined = whole * (int(code.max(initial=0)) + 1) + code
        whole = np.where((whole < 0) | (code < 0), -1, joined)
    return whole
