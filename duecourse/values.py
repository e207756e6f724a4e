"""Answers and their single values as plain JSON: numbers, texts, dates, and what is missing.

Whatever pandas, numpy and Python call a number, a missing value or a date becomes one thing here,
so that an answer does not depend on how a learner came to it.
"""

import datetime as dt
import decimal
import math
import numbers
import re
from dataclasses import dataclass
from typing import Any, Final

from duecourse.language import _, pick
from duecourse.tasks import Value

LARGEST: Final = 1024 * 1024
"""Bytes of JSON that an answer may have."""


@dataclass(frozen=True)
class Answer:
    """An answer as plain JSON, and what is wrong with its form.

    The value is None where nothing of the answer can be read. With problems but a value, what can
    be read is marked.
    """

    value: Any
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blank: bool = False
    """Whether nothing was answered at all, which is no mistake of form."""


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


def shown(value: Any, most: int = 60) -> str:
    """Return a text of any value in at most so many characters, for a message."""
    text = repr(value)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _missing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, numbers.Number) and not isinstance(value, complex):
        return value != value  # noqa: PLR0124  # NaN is what differs from itself
    return type(value).__name__ in ("NaTType", "NAType")


def _number(value: Any, form: Value) -> float | int:
    if isinstance(value, bool) or not isinstance(value, numbers.Real | decimal.Decimal):
        raise Unfit(_no_number(value))
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
        text = _("{found} lies outside {limits}").format(found=shown(value), limits=limits(form))
        if form.unit == "share" and 1 < number <= 100:
            text += _("; a share of one half is written 0.5, not 50")
        raise Unfit(text)
    return number


def _no_number(value: Any) -> str:
    if getattr(value, "ndim", 0) > 0 or isinstance(value, list | tuple | set | dict):
        found = type(value).__name__
        return _("a {found} of several values is given where one number is asked for").format(
            found=found
        )
    text = _("{found} is not a number").format(found=shown(value))
    if isinstance(value, str) and re.fullmatch(r"\s*-?[\d.,]*\d\s*%?\s*", value):
        text += _("; write numbers without quotation marks")
    return text


def limits(form: Value) -> str:
    """Return the allowed range with its unit, such as ``0 to 1 (share)``."""
    if form.high is None:
        span = _("{low} or more").format(low=f"{form.low:g}")
    elif form.low is None:
        span = _("{high} or less").format(high=f"{form.high:g}")
    else:
        span = _("{low} to {high}").format(low=f"{form.low:g}", high=f"{form.high:g}")
    return _("{span} ({unit})").format(span=span, unit=_(pick(form.unit))) if form.unit else span


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
