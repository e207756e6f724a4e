"""Measures of tasks, against values worked out by hand and against scipy."""

from math import atanh, sqrt, tanh

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from grader.reporting.measures import discrimination, facility, upper_lower

# Six learners, four tasks of one point.
SIX = pd.DataFrame(
    [
        [1, 1, 1, 1],
        [1, 1, 1, 0],
        [1, 1, 0, 0],
        [1, 0, 0, 1],
        [0, 1, 0, 0],
        [0, 0, 0, 0],
    ],
    columns=["one", "two", "three", "four"],
    index=list("ABCDEF"),
    dtype=float,
)
POINT = pd.Series(1.0, index=SIX.columns)


def test_facility_is_the_mean_share_of_the_points_with_wilsons_interval():
    table = facility(SIX, POINT)
    assert table["facility"].tolist() == pytest.approx([4 / 6, 4 / 6, 2 / 6, 2 / 6])
    # Wilson for 4 of 6: (4 + 1.9208 -/+ 1.96 sqrt(4 * 2 / 6 + 0.9604)) / (6 + 3.8415)
    assert table.loc["one", "facility_low"] == pytest.approx(0.3000, abs=5e-5)
    assert table.loc["one", "facility_high"] == pytest.approx(0.9032, abs=5e-5)
    theirs = stats.binomtest(4, 6).proportion_ci(method="wilson")
    assert table.loc["one", "facility_low"] == pytest.approx(theirs.low)
    assert table.loc["one", "facility_high"] == pytest.approx(theirs.high)


def test_partial_points_count_as_far_as_they_go():
    table = facility(pd.DataFrame({"a": [4.0, 2.0]}), pd.Series({"a": 4.0}))
    assert table.loc["a", ["n", "mean", "facility"]].tolist() == [2, 3, 0.75]


def test_a_task_that_waits_for_marks_does_not_look_hard_by_its_blank_answers():
    points = pd.DataFrame({"waits": [0.0, np.nan, np.nan], "none": [np.nan] * 3})
    table = facility(points, pd.Series({"waits": 4.0, "none": 2.0}))
    assert table["n"].to_dict() == {"waits": 1, "none": 0}
    assert table.drop(columns="n").isna().all(axis=None)


def test_extra_points_make_nothing_easier_than_easy():
    table = facility(pd.DataFrame({"a": [5.0, 3.0]}), pd.Series({"a": 4.0}))
    assert table.loc["a", "mean"] == 4
    assert table.loc["a", "facility"] == pytest.approx((1 + 0.75) / 2)
    assert 0 <= table.loc["a", "facility_low"] <= table.loc["a", "facility_high"] <= 1


def test_wilsons_interval_holds_what_it_promises_for_partial_points():
    draw = np.random.default_rng(7)
    kept = 0
    for _again in range(400):
        shares = pd.DataFrame({"a": draw.beta(4, 2, 25)})
        row = facility(shares, pd.Series({"a": 1.0})).loc["a"]
        kept += row["facility_low"] <= 4 / 6 <= row["facility_high"]
    assert kept >= 0.95 * 400


def test_discrimination_is_the_correlation_with_the_rest_and_not_with_itself():
    table = discrimination(SIX)
    # rest of task one: 3, 2, 1, 1, 1, 0; Sxy = 5/3, Sxx = 4/3, Syy = 16/3, so r = (5/3) / (8/3)
    assert table.loc["one", "r"] == pytest.approx(0.625)
    # Fisher: tanh(atanh(0.625) -/+ 1.96 / sqrt(3))
    half = 1.959964 / sqrt(3)
    assert table.loc["one", "r_low"] == pytest.approx(tanh(atanh(0.625) - half), abs=1e-6)
    assert table.loc["one", "r_high"] == pytest.approx(tanh(atanh(0.625) + half), abs=1e-6)


def test_discrimination_agrees_with_the_point_biserial_correlation_of_scipy():
    draw = np.random.default_rng(3)
    able = draw.normal(size=200)
    items = {f"t{n}": (able + draw.normal(size=200) > n / 4).astype(float) for n in range(6)}
    points = pd.DataFrame(items)
    table = discrimination(points)
    for task in points:
        rest = points.drop(columns=task).sum(axis=1)
        theirs = stats.pointbiserialr(points[task], rest)
        assert table.loc[task, "r"] == pytest.approx(theirs.statistic)


def test_what_is_the_same_for_everybody_has_no_discrimination():
    points = SIX.assign(same=1.0)
    assert discrimination(points).loc["same"].isna().all()
    assert discrimination(points).loc["one", "r"] == pytest.approx(0.625)


def test_a_task_that_waits_for_marks_is_no_part_of_the_rest():
    points = SIX.assign(waits=[1, np.nan, 0, 1, 1, 0])
    table = discrimination(points)
    assert table.loc["waits"].isna().all()
    assert table.loc["one", "r"] == pytest.approx(0.625)


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_very_small_classes_have_no_interval(size):
    table = discrimination(SIX.iloc[[0, 2, 5][:size]] if size else SIX.iloc[:0])
    assert table["r_low"].isna().all()


def test_the_upper_lower_index_compares_the_best_and_the_last_27_percent():
    # 27% of six are 1.62 places. Above: A whole and 0.62 of B; below: F whole and 0.62 of E.
    found = upper_lower(SIX, POINT)
    part = 0.62 / 1.62
    assert found.tolist() == pytest.approx([1, 1 - part, 1, 1 - part])


def test_learners_with_the_same_total_share_the_places_whatever_their_order():
    points = pd.DataFrame({"a": [1, 0, 1, 0], "b": [0, 1, 0, 1]}, dtype=float)
    most = pd.Series({"a": 1.0, "b": 1.0})
    assert upper_lower(points, most).tolist() == [0, 0]
    turned = SIX.iloc[::-1]
    assert upper_lower(turned, POINT).tolist() == pytest.approx(upper_lower(SIX, POINT).tolist())


def test_a_task_that_the_best_fail_has_a_negative_index():
    points = SIX.assign(against=[0, 0, 0, 1, 1, 1])
    assert upper_lower(points, pd.Series(1.0, index=points.columns))["against"] < 0
    assert discrimination(points).loc["against", "r"] < 0


def test_nobody_has_no_upper_and_no_lower_group():
    assert upper_lower(SIX.iloc[:0], POINT).isna().all()
    assert facility(SIX.iloc[:0], POINT)["facility"].isna().all()
