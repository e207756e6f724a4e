"""The values of a column: read as what they should be, or refused by name."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import Series
from pandas.api.types import is_datetime64_any_dtype

from duecourse.columns import Unmeasurable
from duecourse.language import _


def days_of(values: Series, name: str) -> NDArray[np.datetime64]:
    """Return a column of days, NaT where there is none.

    Raises:
        Unmeasurable: it holds something else than days.
    """
    if values.isna().all():
        return np.full(len(values), np.datetime64("NaT"), dtype="datetime64[D]")
    if values.dtype == object and values.dropna().map(lambda one: isinstance(one, date)).all():
        values = pd.to_datetime(values)
    if not is_datetime64_any_dtype(values):
        raise wrong(name, _("calendar days"), values.dropna().iloc[0])
    if values.dt.tz is not None:
        values = values.dt.tz_localize(None)
    return values.to_numpy().astype("datetime64[D]")


def wrong(name: str, wanted: str, found: Any) -> Unmeasurable:
    """Return the error that names what a column must hold and what was found in it."""
    return Unmeasurable(
        _("'{name}' must hold {wanted}. Found: {found}.").format(
            name=name, wanted=wanted, found=repr(found)
        )
    )
