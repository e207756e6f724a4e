"""Counting in columns, by hand."""

import numpy as np

from duecourse.rules.counts import before, first, together, windowed


def test_a_window_counts_the_days_up_to_each_row():
    groups = np.array([0, 0, 1, 0, 0])
    days = np.array([10, 10, 10, 11, 17])
    assert windowed(groups, days, 1).tolist() == [1, 2, 1, 1, 1]
    assert windowed(groups, days, 7).tolist() == [1, 2, 1, 3, 2]
    assert windowed(groups, days, None).tolist() == [1, 2, 1, 3, 4]


def test_rows_without_a_group_are_not_counted():
    groups = np.array([-1, 0, -1, 0])
    assert windowed(groups, np.array([1, 1, 1, 1]), 1).tolist() == [0, 1, 0, 2]
    assert first(groups, np.ones(4, dtype=bool)).tolist() == [False, True, False, False]
    assert before(groups, np.ones(4, dtype=bool)).tolist() == [-1, -1, -1, 1]


def test_the_nearest_marked_row_before_lies_in_the_same_group():
    groups = np.array([0, 1, 0, 1, 0])
    marked = np.array([True, True, False, False, True])
    assert before(groups, marked).tolist() == [-1, -1, 0, 1, 0]
    assert before(groups, np.zeros(5, dtype=bool)).tolist() == [-1] * 5


def test_the_first_is_the_first_among_the_marked():
    groups = np.array([0, 0, 1, 0])
    assert first(groups, np.array([False, True, False, True])).tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_several_parts_make_one_group():
    made = together(np.array([0, 0, 1, 1]), np.array([0, 1, 0, -1]))
    assert len(set(made.tolist())) == 4
    assert made[3] == -1


def test_nothing_is_counted_in_nothing():
    none = np.array([], dtype=np.int64)
    assert windowed(none, none, 7).tolist() == []
    assert before(none, none.astype(bool)).tolist() == []
    assert first(none, none.astype(bool)).tolist() == []
