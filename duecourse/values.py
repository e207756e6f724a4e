"""One value of an answer as plain JSON: numbers, texts, dates, and what is missing.

Whatever pandas, numpy and Python call a number, a missing value or a date becomes one thing here,
so that an answer does not depend on how a learner came to it.
"""

import datetime as dt
import decimal
import math
import numbers
from typing import Any

from duecourse.language import _, pick
from duecourse.tasks import Value


class Unfit(ValueError):
    """A value has not the form that is asked for; the message says so to the learner."""


def plain(value: Any, form: Value) -> float | int | str | bool | None:
    """Return the value as JSON knows it.

    Missing is what pandas calls missing (None, NaN, NaT, NA). A whole number may come as a float
    without a fraction. A truth value is no number. Dates lose their time of day. Intervals and
    other labels become their text.

    Raises:
        Unfit: the value is of another type, missing, infinite, or outside its limits.
    """
    if _missing(value):
        if form.null:
            return None
        raise Unfit(_("a value is missing"))
    item = getattr(value, "item", None)
    if callable(item) and type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        value = value if form.type == "date" else item()
    match form.type:
        case "number" | "integer":
            return _number(value, form)
        case "boolean":
            if not isinstance(value, bool):
                raise Unfit(_("{found} is not True or False").format(found=shown(value)))
            return value
        case "date":
            return _date(value)
        case "text":
            return _text(value, form)


def shown(value: Any) -> str:
    """Return a short text of any value, for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _missing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, numbers.Number) and not isinstance(value, complex):
        return value != value  # noqa: PLR0124  # NaN is what differs from itself
    return type(value).__name__ in ("NaTType", "NAType")


def _number(value: Any, form: Value) -> float | int:
    if isinstance(value, bool) or not isinstance(value, numbers.Real | decimal.Decimal):
        raise Unfit(_("{found} is not a number").format(found=shown(value)))
    if isinstance(value, numbers.Integral):
        number: float | int = int(value)
    else:
        number = float(value)
    if not math.isfinite(number):
        raise Unfit(_("a number is infinite"))
    if form.type == "integer":
        if number != int(number):
            raise Unfit(_("{found} is not a whole number").format(found=shown(value)))
        number = int(number)
    if (form.low is not None and number < form.low) or (
        form.high is not None and number > form.high
    ):
        raise Unfit(
            _("{found} lies outside {limits}").format(found=shown(value), limits=limits(form))
        )
    return number


def limits(form: Value) -> str:
    """Return the allowed range with its unit, such as ``0 to 1 (share)``."""
    if form.high is None:
        span = _("{low} or more").format(low=f"{form.low:g}")
    elif form.low is None:
        span = _("{high} or less").format(high=f"{form.high:g}")
    else:
        span = _("{low} to {high}").format(low=f"{form.low:g}", high=f"{form.high:g}")
    return f"{span} ({_(pick(form.unit))})" if form.unit else span


def _date(value: Any) -> str:
    if type(value).__module__ == "numpy":
        import pandas as pd

        value = pd.Timestamp(value)
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value.strip())
        except ValueError:
            raise Unfit(
                _("{found} is not a date such as 2026-03-31").format(found=shown(value))
            ) from None
    if isinstance(value, dt.datetime):
        value = value.date()
    if not isinstance(value, dt.date):
        raise Unfit(_("{found} is not a date such as 2026-03-31").format(found=shown(value)))
    return value.isoformat()


def _text(value: Any, form: Value) -> str:
    if isinstance(value, bool | list | tuple | dict | set):
        raise Unfit(_("{found} is not a text").format(found=shown(value)))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if form.options is not None and text not in form.options:
        raise Unfit(
            _("{found} is not one of: {options}").format(
                found=shown(text), options=", ".join(form.options)
            )
        )
    return text
