"""The guard against look-ahead: what was known on a day, and what would have been used too early.

A warning that already knows the outcome looks excellent on paper and is worth nothing on the day.
"""

from collections.abc import Callable

import pandas as pd
from pandas import DataFrame, Timestamp

from duecourse.columns import Unmeasurable, column
from duecourse.days import Day, day, days
from duecourse.language import _


class LookAhead(Unmeasurable):
    """A table reaches beyond the day on which something is to be known."""


def look_ahead(frame: DataFrame, as_of: Day) -> DataFrame:
    """Return the columns of dates that hold days after `as_of`, and how many rows do.

    Days of things that happened must not lie ahead; days on which something falls due may.

    Returns:
        index: `column`; columns `rows` (with a later day) and `latest`. No row = nothing lies ahead.
    """
    now = last_day(as_of)
    found = {
        str(name): ((values.dt.normalize() > now).sum(), values.max())
        for name, values in frame.items()
        if pd.api.types.is_datetime64_dtype(values.dtype)
    }
    ahead = {name: about for name, about in found.items() if about[0]}
    table = DataFrame.from_dict(ahead, orient="index", columns=["rows", "latest"])
    return table.rename_axis("column")


def leaks(
    build: Callable[[DataFrame, DataFrame], DataFrame],
    snapshot: DataFrame,
    payments: DataFrame,
    as_of: Day,
) -> list[str]:
    """Return the columns that a way of measuring takes from the future; none = an empty list.

    The measure is taken twice, from the whole tables and from what was known at `as_of`. Nothing that
    looks back only can change by that.

    Args:
        build: takes snapshot and payments and returns one row per account (the index) with its indicators.
        snapshot: as in `indicators`, reaching beyond `as_of`.
        payments: as in `indicators`.
        as_of: the day on which the indicators are to be known.

    Returns:
        Names of columns that change; "account_id" if the accounts themselves do.
    """
    now = last_day(as_of)
    whole = build(snapshot, payments)
    then = build(known(snapshot, "month", now), known(payments, "paid_on", now))
    if not whole.index.sort_values().equals(then.index.sort_values()):
        return [str(whole.index.name or "account_id")]
    then = then.reindex(index=whole.index)
    names = [*whole.columns, *(name for name in then.columns if name not in whole.columns)]
    return [
        str(name)
        for name in names
        if name not in whole or name not in then or not whole[name].equals(then[name])
    ]


def last_day(as_of: Day) -> Timestamp:
    """Return the last day that is known."""
    return Timestamp(day(as_of, "as_of"))


def known(frame: DataFrame, name: str, now: Timestamp) -> DataFrame:
    """Return the rows whose day is not after `now`."""
    if frame.empty:
        return frame
    return frame[days(column(frame, name, name), name) <= now.to_datetime64()]


def refuse_later(frame: DataFrame, name: str, now: Timestamp) -> None:
    """Raise LookAhead if a row's day is after `now`."""
    later = len(frame) - len(known(frame, name, now))
    if later:
        raise LookAhead(
            _(
                "{count} rows have a '{name}' after {day}. What was not known on that day must not "
                "be measured: cut the table first."
            ).format(count=later, name=name, day=f"{now:%Y-%m-%d}")
        )
