"""Columns of a portfolio: found by name, matched row by row and refused with the reason.

Two Series are matched by the labels of their index, anything else by position. Values that do not
define a measure raise `Unmeasurable`, a missing column raises `ColumnMissing`; both are a
`DuecourseError`.
"""

import difflib
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series
from pandas.api.types import is_numeric_dtype

from duecourse.errors import DuecourseError
from duecourse.language import _

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.int64]
Values: TypeAlias = Series | NDArray[Any] | Sequence[Any]


class Unmeasurable(DuecourseError, ValueError):
    """The values given do not define the measure; the message says why and what to do."""


class ColumnMissing(DuecourseError, ValueError):
    """The table lacks a column; the message names those that it has."""


def column(frame: DataFrame, name: str | Values, role: str) -> Series:
    """Return a column of the table by its name, or values of the same rows in the table's order.

    Raises:
        ColumnMissing: the table has no such column.
        Unmeasurable: the values do not describe the table's rows.
    """
    if not isinstance(name, str):
        return aligned(table=Series(0, index=frame.index), **{role: name})[1]
    if name in frame.columns:
        return frame[name].reset_index(drop=True)
    known = [str(label) for label in frame.columns]
    lowered = {label.lower(): label for label in known}
    close = difflib.get_close_matches(str(name).lower(), list(lowered), n=1)
    message = _("the table has no column '{column}'. It has: {columns}.").format(
        column=name, columns=", ".join(known) or "-"
    )
    if close:
        message += " " + _("Did you mean '{column}'?").format(column=lowered[close[0]])
    raise ColumnMissing(message)


def aligned(**values: Values) -> list[Series]:
    """Return the columns as Series that hold the same rows in the same order, numbered from 0.

    Raises:
        Unmeasurable: their lengths differ, or the labels of two Series do.
    """
    columns = {name: v if isinstance(v, Series) else Series(v) for name, v in values.items()}
    first, *others = columns
    labelled = [name for name, value in values.items() if isinstance(value, Series)]
    for name in others:
        if len(columns[name]) != len(columns[first]):
            raise Unmeasurable(
                _(
                    "'{first}' has {n} values and '{second}' has {m}. They must describe the same rows."
                ).format(first=first, n=len(columns[first]), second=name, m=len(columns[name]))
            )
    for name in labelled[1:]:
        index, wanted = columns[name].index, columns[labelled[0]].index
        if index.equals(wanted):
            continue
        if not (index.is_unique and wanted.is_unique and wanted.isin(index).all()):
            raise Unmeasurable(
                _(
                    "'{first}' and '{second}' carry different index labels, so it is unclear which rows belong "
                    "together. Take both from the same table, or reset both indexes."
                ).format(first=labelled[0], second=name)
            )
        columns[name] = columns[name].reindex(wanted)
    return [value.reset_index(drop=True) for value in columns.values()]


def complete(values: Series, name: str) -> None:
    """Raise Unmeasurable unless there are values and none of them is missing."""
    if values.empty:
        raise Unmeasurable(_("'{name}' is empty: there is nothing to measure.").format(name=name))
    if missing := int(values.isna().sum()):
        raise Unmeasurable(
            _(
                "'{name}' has {missing} missing values of {count}. Decide about them first: leave those rows out "
                "and say so, or give them a group of their own."
            ).format(name=name, missing=missing, count=len(values))
        )


def flags(values: Series, name: str) -> Flags:
    """Return labels as 0 and 1; anything else, a missing label or no label raises Unmeasurable."""
    complete(values, name)
    wrong = [v for v in values.drop_duplicates().tolist() if isinstance(v, str) or v not in (0, 1)]
    if wrong:
        raise Unmeasurable(
            _("'{name}' must hold only 0 and 1, or False and True. Found: {found}.").format(
                name=name, found=", ".join(repr(v) for v in wrong[:3])
            )
        )
    return np.asarray(values.to_numpy(), dtype=np.int64)


def numbers(values: Series, name: str, low: float = -math.inf, high: float = math.inf) -> Floats:
    """Return numbers within low..high; anything else, a missing one or none raises Unmeasurable."""
    complete(values, name)
    if not is_numeric_dtype(values.infer_objects()):
        raise Unmeasurable(
            _("'{name}' must hold numbers. Found: {found}.").format(
                name=name, found=repr(values.tolist()[0])
            )
        )
    found = np.asarray(values.to_numpy(), dtype=np.float64)
    outside = found[~np.isfinite(found) | (found < low) | (found > high)]
    if outside.size:
        raise Unmeasurable(
            _("'{name}' must lie between {low} and {high}. Found: {found}.").format(
                name=name, low=f"{low:g}", high=f"{high:g}", found=f"{outside[0]:g}"
            )
        )
    return found
