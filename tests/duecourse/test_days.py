"""Days are read as people write them, and what is no day is refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from duecourse.columns import Unmeasurable
from duecourse.days import day, days

LEAP = np.datetime64("2024-02-29")


@pytest.mark.parametrize(
    "written",
    [
        "2024-02-29",
        dt.date(2024, 2, 29),
        np.datetime64("2024-02-29T23:59"),
        LEAP,
        pd.Timestamp(LEAP),
    ],
)
def test_a_day_has_many_spellings(written):
    assert day(written, "as_of") == LEAP


@pytest.mark.parametrize("written", ["2023-02-29", "soon", "明天", pd.NaT, None])
def test_what_is_no_day_is_refused(written):
    with pytest.raises(Unmeasurable, match="'as_of' is a day such as 2026-03-31"):
        day(written, "as_of")


def test_a_column_loses_its_times_of_day():
    column = pd.Series(pd.to_datetime(["2024-02-29 08:00", "2024-03-01"], format="ISO8601"))
    assert days(column, "paid_on").tolist() == [dt.date(2024, 2, 29), dt.date(2024, 3, 1)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "is empty"),
        (["2024-01-01"], "must hold dates. Found: '2024-01-01'"),
        ([20240101], "must hold dates. Found: 20240101"),
    ],
)
def test_a_column_of_something_else_is_refused(values, message):
    with pytest.raises(Unmeasurable, match=message):
        days(pd.Series(values), "paid_on")


def test_a_missing_date_is_refused():
    with pytest.raises(Unmeasurable, match="'paid_on' has 1 missing values of 2"):
        days(pd.Series(pd.to_datetime(["2024-01-01", None])), "paid_on")
