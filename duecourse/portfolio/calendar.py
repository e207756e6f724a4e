"""Months and due dates as whole numbers of days, so that a million accounts are quick."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duecourse.columns import Unmeasurable
from duecourse.language import _

Days = NDArray[np.int64]
"""Days since 1970-01-01."""


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


def calendar(until: str, months: int) -> Calendar:
    """Return the calendar of ``months`` months that ends with the month of ``until``.

    Args:
        until: a day of the last month, such as ``2026-06-30``.
        months: at least 2.

    Raises:
        Unmeasurable: it is no date, or there are too few months.
    """
    try:
        last = np.datetime64(until, "M")
    except ValueError as error:
        raise Unmeasurable(_("'{found}' is no date.").format(found=until)) from error
    if months < 2:
        raise Unmeasurable(
            _("'{name}' must be a whole number of at least {least}. Found: {found}.").format(
                name="months", least=2, found=months
            )
        )
    starts = np.arange(last - months + 1, last + 2)
    return Calendar(starts.astype("datetime64[D]").astype(np.int64))


def dates(days: Days) -> NDArray[np.datetime64]:
    """Return days as dates that tables and Parquet keep as they are."""
    return days.astype("datetime64[D]").astype("datetime64[ms]")
