"""Kappa agrees with a published table, and says nothing where nothing can be said."""

import pytest

from grader.rubrics.kappa import kappa

HUSBANDS_AND_WIVES = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]
"""Agresti (1990), Categorical Data Analysis, table 2.10, four ordered levels of 91 couples."""


def pairs_of(table):
    return [
        (i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)
    ]


@pytest.mark.parametrize(
    ("weighted", "value", "error"), [(False, 0.1293, 0.0686), (True, 0.2374, 0.0783)]
)
def test_a_published_example_has_its_published_values(weighted, value, error):
    found = kappa(pairs_of(HUSBANDS_AND_WIVES), 4, weighted=weighted)
    assert found.value == pytest.approx(value, abs=5e-5)
    assert found.error == pytest.approx(error, abs=5e-5)
    low, high = found.interval
    assert low == pytest.approx(value - 1.96 * error, abs=2e-4)
    assert high == pytest.approx(value + 1.96 * error, abs=2e-4)


def test_a_small_table_by_hand():
    # 2x2: [[20, 5], [10, 15]]: observed 0.7, chance 0.5*0.6 + 0.5*0.4 = 0.5, kappa 0.4.
    for weighted in (False, True):
        assert kappa(pairs_of([[20, 5], [10, 15]]), 2, weighted=weighted).value == pytest.approx(
            0.4
        )


def test_markers_who_always_agree_have_one_and_no_interval():
    found = kappa([(0, 0), (1, 1), (2, 2)], 3, weighted=True)
    assert (found.value, found.interval) == (1.0, None)


def test_where_chance_agrees_in_everything_nothing_is_said():
    assert kappa([(1, 1)] * 20, 3, weighted=False) is None
    assert kappa([], 3, weighted=True) is None


def test_markers_who_always_differ_are_below_chance():
    found = kappa([(0, 1), (1, 0)] * 10, 2, weighted=False)
    assert found.value == pytest.approx(-1)
    assert found.interval[0] == -1


def test_neighbours_count_for_something_when_weighted():
    near = [(0, 1), (1, 2), (2, 3), (3, 3), (0, 0), (2, 2)]
    assert kappa(near, 4, weighted=True).value > kappa(near, 4, weighted=False).value
