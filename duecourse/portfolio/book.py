"""A book of accounts: its tables, and the schedule that they were opened with."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pandas as pd
from pandas import DataFrame, Timestamp

from duecourse.columns import column


@dataclass(frozen=True)
class Book:
    """The tables of a book. What each column means: `duecourse.portfolio.dictionary`."""

    accounts: DataFrame
    monthly_snapshot: DataFrame
    contact_log: DataFrame
    promises: DataFrame
    payments: DataFrame
    hardship: DataFrame
    complaints: DataFrame

    @property
    def until(self) -> Timestamp:
        """The last month end that the book covers."""
        return Timestamp(self.monthly_snapshot["month"].max())

    @property
    def instalments(self) -> DataFrame:
        """Everything that fell due up to the end of the book, from `schedule`."""
        return schedule(self.accounts, self.until)

    def tables(self) -> dict[str, DataFrame]:
        """Return all tables by name."""
        return {name: getattr(self, name) for name in TABLES}


TABLES: Final = tuple(one.name for one in fields(Book))


def schedule(accounts: DataFrame, until: object) -> DataFrame:
    """Return the instalments agreed with each account that have fallen due by a day.

    The first instalment falls due in the month after the opening, on the account's due day; then
    one every month to the end of the term, each of the same amount.

    Args:
        accounts: columns ``account_id``, ``opened_on``, ``due_day``, ``term_months`` and
            ``instalment`` (yuan).
        until: the last day that counts.

    Returns:
        one row an instalment: ``account_id``, ``number`` from 1, ``due_on``, ``amount`` (yuan).

    Raises:
        ColumnMissing: a column does not exist.
    """
    opened, day, term, amount, ids = (
        column(accounts, name, name).to_numpy()
        for name in ("opened_on", "due_day", "term_months", "instalment", "account_id")
    )
    last = Timestamp(until)  # type: ignore[arg-type]  # whatever pandas takes for a day
    first = opened.astype("datetime64[M]") + 1
    whole = (np.datetime64(last.date(), "M") - first).astype(np.int64) + 1
    count = np.clip(np.minimum(whole, term), 0, None)
    at = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    due = (first[at] + number).astype("datetime64[D]") + (day[at] - 1)
    table = pd.DataFrame(
        {
            "account_id": ids[at],
            "number": number + 1,
            "due_on": due.astype("datetime64[ms]"),
            "amount": amount[at],
        }
    )
    return table[table["due_on"] <= last].reset_index(drop=True)
