"""Calendar days in tables: read as they are, and refused with the reason when they are none."""

from datetime import date, datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pandas import NaT, Series, Timestamp, to_datetime
from pandas.api.types import is_datetime64_dtype

from duecourse.columns import Unmeasurable, complete
from duecourse.language import _

Day: TypeAlias = str | date | datetime | np.datetime64 | Timestamp
"""A day as people write it: "2026-03-31", a date, a Timestamp (its time of day is left out)."""
Days: TypeAlias = NDArray[np.datetime64]


def day(value: Day, name: str) -> np.datetime64:
    """Return one day.

    Raises:
        Unmeasurable: the value is no date, such as "30 February".
    """
    found = to_datetime(value, errors="coerce") if isinstance(value, str) else Timestamp(value)
    if found is NaT or not isinstance(found, Timestamp):
        raise Unmeasurable(
            _("'{name}' is a day such as 2026-03-31. Found: {found}.").format(
                name=name, found=repr(value)
            )
        )
    return np.datetime64(found.date(), "D")


def days(values: Series, name: str) -> Days:
    """Return a column of dates as days, one per row, without the time of day.

    Raises:
        Unmeasurable: a date is missing, or the column holds something else than dates.
    """
    complete(values, name)
    if not is_datetime64_dtype(values.dtype):
        raise Unmeasurable(
            _(
                "'{name}' must hold dates. Found: {found}. Turn the column into dates first: "
                "pandas.to_datetime(table['{name}'])."
            ).format(name=name, found=repr(values.tolist()[0]))
        )
    return values.to_numpy().astype("datetime64[D]")
