"""Level 4, results: the firm's own figures before and after the training.

They say that something changed, not why: the season, the portfolio and other measures change too.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd
from pandas import DataFrame

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.evaluation.changes import Change, Rate, change
from grader.evaluation.sources import numbers, read_csv

PAIRS: Final = {
    "kept": ("promises_kept", "promises"),
    "complaints": ("complaints", "contacts"),
    "redefault": ("redefaulted", "cured"),
}
"""Columns of each figure: what happened, and out of how many."""


@dataclass(frozen=True)
class Figures:
    """The figures that a file holds.

    Attributes:
        changes: by figure: kept (kept promises), complaints (of contacts), redefault (of cured
            accounts).
        before: the months before the training, in their order.
        after: the months after it.
        left_out: the month in which the training fell, if it is there.
    """

    changes: dict[str, Change]
    before: tuple[str, ...]
    after: tuple[str, ...]
    left_out: str = ""


def figures(file: Path, trained: date) -> Figures:
    """Read a table of months and compare those before the training with those after it.

    Args:
        file: CSV with `month` (2026-03) and pairs of columns: promises_kept and promises,
            complaints and contacts, redefaulted and cured.
        trained: the first day after the training; its month counts only if it is the first day.

    Raises:
        DuecourseError: something of it is not as it must be; the message says where.
    """
    table = read_csv(file, ("month",))
    months = pd.to_datetime(table["month"].str.strip(), errors="coerce", format="%Y-%m")
    if months.isna().any():
        wrong = int(months.index[months.isna()][0])
        text = _("{file}, row {row}: '{found}' is no month. Write it as 2026-03.")
        found = table["month"].iloc[wrong]
        raise DuecourseError(text.format(file=file, row=wrong + 2, found=found))
    if months.duplicated().any():
        text = _("{file}: the month {month} stands there twice.")
        twice = months[months.duplicated()].iloc[0]
        raise DuecourseError(text.format(file=file, month=f"{twice:%Y-%m}"))
    border = pd.Timestamp(trained).normalize()
    last = border.replace(day=1)
    before, after = months < last, months >= border
    if not (before.any() and after.any()):
        text = _("{file} needs whole months before and after {day}.")
        raise DuecourseError(text.format(file=file, day=trained))
    changes = {
        name: change(_rate(table[before], pair, file), _rate(table[after], pair, file))
        for name, pair in PAIRS.items()
        if set(pair) <= set(table.columns)
    }
    if not changes:
        pairs = "; ".join(" + ".join(pair) for pair in PAIRS.values())
        text = _("{file} holds none of the pairs of columns: {pairs}")
        raise DuecourseError(text.format(file=file, pairs=pairs))
    between = months[~before & ~after]
    return Figures(
        changes,
        tuple(sorted(months[before].dt.strftime("%Y-%m"))),
        tuple(sorted(months[after].dt.strftime("%Y-%m"))),
        f"{between.iloc[0]:%Y-%m}" if len(between) else "",
    )


def _rate(table: DataFrame, pair: tuple[str, str], file: Path) -> Rate:
    counts = [numbers(table[name], file) for name in pair]
    for values in counts:
        wrong = values[values.isna() | (values < 0) | (values % 1 != 0)]
        if len(wrong):
            text = _("{file}, column '{column}', row {row}: a count is a whole number from 0 on.")
            row = int(wrong.index[0]) + 2
            raise DuecourseError(text.format(file=file, column=values.name, row=row))
    more = counts[0] > counts[1]
    if more.any():
        text = _("{file}, row {row}: '{column}' is larger than '{whole}'.")
        row = int(more.index[more][0]) + 2
        raise DuecourseError(text.format(file=file, row=row, column=pair[0], whole=pair[1]))
    return Rate(int(counts[0].sum()), int(counts[1].sum()))
