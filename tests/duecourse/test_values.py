"""One value of an answer becomes one plain JSON value, whatever it was made with."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from duecourse.tasks import Value
from duecourse.values import Unfit, plain

NUMBER, WHOLE, TEXT = Value(type="number"), Value(type="integer"), Value(type="text")
DATE, TRUTH = Value(type="date"), Value(type="boolean")


@pytest.mark.parametrize(
    ("given", "form", "expected"),
    [
        (np.float64(0.5), NUMBER, 0.5),
        (np.int32(7), NUMBER, 7),
        (Decimal("1.25"), NUMBER, 1.25),
        (Fraction(1, 4), NUMBER, 0.25),
        (3.0, WHOLE, 3),
        (np.int64(3), WHOLE, 3),
        (pd.Interval(0, 10), TEXT, "(0, 10]"),
        ("  李明 ", TEXT, "李明"),
        (3.0, TEXT, "3"),
        (12, TEXT, "12"),
        (pd.Timestamp("2024-02-29 13:00"), DATE, "2024-02-29"),
        (pd.Timestamp("2024-02-29", tz="Asia/Shanghai"), DATE, "2024-02-29"),
        (np.datetime64("2024-02-29"), DATE, "2024-02-29"),
        (dt.date(2024, 2, 29), DATE, "2024-02-29"),
        ("2024-02-29", DATE, "2024-02-29"),
        (np.bool_(True), TRUTH, True),
        (False, TRUTH, False),
    ],
)
def test_every_way_of_writing_a_value_gives_the_same_json(given, form, expected):
    found = plain(given, form)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, float("nan"), Decimal("NaN")])
def test_whatever_pandas_calls_missing_is_null_where_that_is_allowed(missing):
    assert plain(missing, Value(type="number", null=True)) is None
    with pytest.raises(Unfit, match="missing"):
        plain(missing, NUMBER)


@pytest.mark.parametrize(
    ("given", "form", "reason"),
    [
        (True, NUMBER, "True is not a number"),
        (np.bool_(True), NUMBER, "not a number"),
        ("12", NUMBER, "'12' is not a number; write numbers without quotation marks"),
        ("12 %", NUMBER, "without quotation marks"),
        ("many", NUMBER, "'many' is not a number$"),
        ([1, 2], NUMBER, "a list of several values is given where one number is asked for"),
        (pd.Series([1, 2]), NUMBER, "a Series of several values"),
        (1 + 2j, NUMBER, "not a number"),
        (float("inf"), NUMBER, "infinite"),
        (np.float64("-inf"), NUMBER, "infinite"),
        (2.5, WHOLE, "not a whole number"),
        (1, TRUTH, "not True or False"),
        ("31.03.2026", DATE, "is not a date such as 2026-03-31"),
        (20260331, DATE, "is not a date"),
        (["a"], TEXT, "is not a text"),
        (True, TEXT, "is not a text"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_was_found(given, form, reason):
    with pytest.raises(Unfit, match=reason):
        plain(given, form)


def test_limits_are_named_with_their_unit():
    with pytest.raises(Unfit, match=r"12.5 lies outside 0 to 1 \(share\)"):
        plain(12.5, Value(low=0, high=1, unit="share"))
    with pytest.raises(Unfit, match=r"a share of one half is written 0\.5"):
        plain(59.02, Value(low=0, high=1, unit="share"))
    with pytest.raises(Unfit, match="outside 0 or more"):
        plain(-1, Value(low=0))
    with pytest.raises(Unfit, match="outside 9 or less"):
        plain(10, Value(high=9))


def test_a_text_must_be_one_of_the_allowed_ones():
    with pytest.raises(Unfit, match="'M9' is not one of: M0, M1"):
        plain("M9", Value(type="text", options=["M0", "M1"]))
