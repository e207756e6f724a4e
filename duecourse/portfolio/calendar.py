"""Months and due dates as whole numbers of days, so that a million accounts are quick."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from duecourse.columns import Unmeasurable
from duecourse.days import Day, day
from duecourse.language import _
from duecourse.portfolio.sizes import MOST_MONTHS, whole

Days = NDArray[np.int64]
"""Days since 1970-01-01."""
_YEARS: Final = (1970, 2200)


@dataclass(frozen=True)
class Calendar:
    """The months that a book covers, numbered from 0.

    Attributes:
        first: the first day of every month and of one month more.
    """

    first: Days

    @property
    def months(self) -> int:
        """How many months there are."""
        return len(self.first) - 1

    def end(self, month: int) -> int:
        """Return the last day of a month."""
        return int(self.first[month + 1]) - 1

    def length(self, month: int) -> int:
        """Return how many days a month has."""
        return int(self.first[month + 1] - self.first[month])

    def longer(self, by: int) -> "Calendar":
        """Return the calendar with so many months more."""
        last = self.first[-1].astype("datetime64[D]").astype("datetime64[M]")
        return Calendar(np.concatenate([self.first, _starts(last + 1, by)]))


def calendar(until: Day, months: int) -> Calendar:
    """Return the calendar of ``months`` months that ends with the month of ``until``.

    Args:
        until: a day of the last month, such as ``2026-06-30``; it need not be the month's end.
        months: 2 to 600.

    Raises:
        Unmeasurable: it is no date, lies outside 1970 to 2200, or there are too few or too many months.
    """
    whole(months, "months", 2, MOST_MONTHS)
    return Calendar(_starts(_month(until) - months + 1, months + 1))


def _starts(first: np.datetime64, months: int) -> Days:
    """Return the first day of each of some months."""
    return (first + np.arange(months)).astype("datetime64[D]").astype(np.int64)


def _month(until: Day) -> np.datetime64:
    """Return the month of a day. A text must be a whole date: "2026" would be January."""
    # a number would be nanoseconds since 1970
    wrong = not isinstance(until, str | date | np.datetime64)
    try:
        found = day(date.fromisoformat(until) if isinstance(until, str) else until, "until")
    except (ValueError, TypeError):
        wrong = True
    if wrong:
        raise Unmeasurable(
            _("'until' is a day such as 2026-06-30. Found: {found}.").format(found=repr(until))
        )
    if not _YEARS[0] <= found.astype("datetime64[Y]").astype(int) + 1970 <= _YEARS[1]:
        raise Unmeasurable(
            _("'until' must lie between the years {first} and {last}. Found: {found}.").format(
                first=_YEARS[0], last=_YEARS[1], found=found
            )
        )
    month: np.datetime64 = found.astype("datetime64[M]")
    return month


def dates(days: Days) -> NDArray[np.datetime64]:
    """Return days as dates that tables and Parquet keep as they are."""
    return days.astype("datetime64[D]").astype("datetime64[ms]")
