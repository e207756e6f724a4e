"""Cronbach's alpha and its company, against published and hand-worked values."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest

from grader.reporting.reliability import alpha, interval, reliability, standard_error, without

SIX = pd.DataFrame(
    [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 0]],
    columns=["one", "two", "three", "four"],
    dtype=float,
)
# The example of pingouin's cronbach_alpha: ten items by fifteen persons, alpha 0.59172 [0.195, 0.84].
PUBLISHED = pd.DataFrame(
    [
        [3, 5, 7, 2, 6, 1, 4, 2, 6, 5, 4, 4, 5, 6, 4],
        [2, 4, 3, 4, 5, 2, 3, 4, 5, 4, 3, 2, 5, 5, 3],
        [4, 6, 5, 3, 6, 3, 5, 4, 5, 6, 5, 3, 6, 5, 5],
        [1, 3, 5, 3, 5, 4, 3, 3, 5, 4, 2, 2, 2, 4, 5],
        [4, 5, 6, 2, 4, 2, 5, 7, 1, 3, 5, 5, 3, 2, 3],
        [5, 1, 4, 2, 4, 5, 2, 2, 6, 5, 3, 3, 3, 2, 1],
        [1, 2, 3, 2, 4, 2, 1, 2, 5, 3, 2, 4, 2, 1, 3],
        [4, 5, 3, 6, 6, 3, 2, 4, 2, 1, 3, 2, 4, 4, 2],
        [3, 5, 6, 6, 7, 5, 4, 6, 3, 7, 4, 3, 4, 6, 3],
        [2, 5, 5, 3, 5, 2, 3, 5, 2, 2, 1, 4, 5, 5, 4],
    ],
    dtype=float,
).T


def test_alpha_of_a_small_class_as_worked_out_by_hand():
    # variances of the tasks 4 * 4/15, of the totals 2: alpha = 4/3 (1 - (16/15) / 2) = 28/45
    assert alpha(SIX) == pytest.approx(28 / 45)
    # without the last one: 3/2 (1 - (12/15) / (22/15)) = 15/22
    assert without(SIX)["four"] == pytest.approx(15 / 22)


def test_alpha_and_its_interval_agree_with_a_published_example():
    found = reliability(PUBLISHED)
    assert found.alpha == pytest.approx(0.5917188485995826)
    assert (found.low, found.high) == (
        pytest.approx(0.195, abs=5e-4),
        pytest.approx(0.84, abs=5e-4),
    )
    assert (found.n, found.tasks) == (15, 10)


def test_the_interval_holds_the_true_value_as_often_as_it_promises():
    draw = np.random.default_rng(5)
    covariance = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    # alpha of four parallel tasks that correlate by 0.5: 4 * 0.5 / (1 + 3 * 0.5)
    held = 0
    for _again in range(500):
        points = draw.multivariate_normal(np.zeros(4), covariance, 20)
        low, high = interval(alpha(pd.DataFrame(points)), n=20, tasks=4)
        held += low <= 0.8 <= high
    assert 0.92 * 500 <= held <= 0.98 * 500


def test_the_standard_error_as_worked_out_by_hand():
    # with V in fifteenths: j'Vj = 30/15, tr V = 16/15, tr V^2 = 94/225, j'V^2 j = 234/225
    spread = 2 * (94 + 256) / 225 - 2 * 16 / 15 * 234 / 225
    assert standard_error(SIX) == pytest.approx(sqrt(2 * 16 / (9 * 8) * spread / 6))
    assert standard_error(SIX) == pytest.approx(0.25711, abs=1e-5)


def test_the_standard_error_is_what_alpha_varies_by_from_class_to_class():
    draw = np.random.default_rng(11)
    covariance = np.full((5, 5), 0.4) + 0.6 * np.eye(5)
    classes = [
        pd.DataFrame(draw.multivariate_normal(np.zeros(5), covariance, 120))
        for _again in range(300)
    ]
    varied = float(np.std([alpha(one) for one in classes]))
    assert np.mean([standard_error(one) for one in classes]) == pytest.approx(varied, rel=0.12)


def test_the_standard_error_of_measurement_is_in_points():
    # deviation of the totals sqrt(2), alpha 28/45
    assert reliability(SIX).measurement == pytest.approx(sqrt(2 * 17 / 45))


def test_tasks_that_say_the_same_are_wholly_reliable():
    twice = pd.DataFrame({"a": [1.0, 2, 4], "b": [1.0, 2, 4]})
    assert alpha(twice) == pytest.approx(1)


@pytest.mark.parametrize(
    "points",
    [
        SIX.iloc[:0],
        SIX.iloc[:1],
        SIX[["one"]],
        pd.DataFrame({"a": [1.0, 1], "b": [2.0, 2]}),
        pd.DataFrame({"a": [1.0, 0], "b": [0.0, 1]}),
        pd.DataFrame({"a": [np.nan, 1], "b": [1.0, 2]}),
    ],
)
def test_where_alpha_is_not_defined_nothing_is_said(points):
    assert reliability(points) is None


def test_a_task_that_waits_for_marks_is_left_out():
    waits = SIX.assign(waits=[1, np.nan, 0, 1, 1, 0])
    assert reliability(waits) == reliability(SIX)
    assert np.isnan(without(waits)["waits"])
    assert without(waits)["four"] == pytest.approx(15 / 22)
