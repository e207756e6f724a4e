"""The best table within capacity, against all tables there are."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment

from duecourse import allocation, trials
from duecourse.columns import Unmeasurable
from duecourse.treatments import TREATMENTS


def worth(table, value):
    """Return what a table is worth; no treatment is worth 0 if it has no column."""
    whole = value.assign(none=0.0) if "none" not in value else value
    return sum(whole.loc[account, kind] for account, kind in table.items())


def test_scarce_places_go_where_they_gain_most():
    value = pd.DataFrame({"call": [10.0, 9, 8], "reminder": [9.0, 1, 7]}, index=[1, 2, 3])
    # one call: 1 gains 1 by it, 2 gains 8, 3 gains 1
    assert allocation.assign(value, {"call": 1}).to_dict() == {
        1: "reminder",
        2: "call",
        3: "reminder",
    }
    assert allocation.assign(value, {}).to_dict() == {1: "call", 2: "call", 3: "call"}
    assert allocation.assign(value, {"call": 0, "reminder": 0}).tolist() == ["none"] * 3


def test_what_is_not_allowed_or_loses_is_left_undone():
    value = pd.DataFrame({"call": [np.nan, -5.0], "none": [0.0, 0.0]}, index=["甲", "乙"])
    assert allocation.assign(value, {"call": 2}).to_dict() == {"甲": "none", "乙": "none"}


def test_nobody_gets_an_empty_table():
    empty = pd.DataFrame({"call": []}, dtype=float)
    assert allocation.assign(empty, {"call": 1}).empty


@pytest.mark.parametrize("seed", range(6))
def test_no_table_within_capacity_is_better(seed):
    rng = np.random.default_rng(seed)
    value = pd.DataFrame(rng.normal(2, 10, (5, 4)), columns=list(TREATMENTS[1:])).round(1)
    value = value.mask(rng.random(value.shape) < 0.2)
    room = {"call": 1, "plan": 2, "letter": 1}
    best = max(
        total
        for kinds in product(TREATMENTS, repeat=5)
        if all(kinds.count(kind) <= places for kind, places in room.items())
        if not np.isnan(total := worth(pd.Series(kinds), value))
    )
    found = allocation.assign(value, room)
    assert worth(found, value) == pytest.approx(best)
    assert (found.value_counts().reindex(list(room), fill_value=0) <= pd.Series(room)).all()


def test_a_larger_book_is_as_good_as_scipys_assignment():
    rng = np.random.default_rng(7)
    value = pd.DataFrame(rng.normal(0, 10, (60, 2)), columns=["call", "plan"])
    seats = ["call"] * 12 + ["plan"] * 9 + ["none"] * 60
    gain = value.assign(none=0.0)[seats].to_numpy()
    rows, columns = linear_sum_assignment(gain, maximize=True)
    found = allocation.assign(value, {"call": 12, "plan": 9})
    assert worth(found, value) == pytest.approx(gain[rows, columns].sum())


def test_a_value_table_with_an_account_twice_is_refused():
    with pytest.raises(Unmeasurable, match="Account 1 stands more than once"):
        allocation.assign(pd.DataFrame({"call": [1.0, 2.0]}, index=[1, 1]), {})
    with pytest.raises(Unmeasurable, match="There is no treatment 'visit'"):
        allocation.assign(pd.DataFrame({"visit": [1.0]}), {})


@pytest.fixture
def effects():
    """Effects of calls in two segments, and of letters in one."""
    snapshot = pd.DataFrame(
        [
            (account, month, bucket, "active", treatment, True)
            for account, treatment, end in [
                (1, "none", 2), (2, "none", 0), (3, "call", 0), (4, "call", 0),
                (5, "none", 2), (6, "call", 2), (7, "letter", 0),
            ]
            for month, bucket in ((pd.Timestamp("2026-01-31"), 1), (pd.Timestamp("2026-02-28"), end))
        ],
        columns=["account_id", "month", "bucket", "status", "treatment", "trial"],
    )  # fmt: skip
    segment = pd.Series({1: "甲", 2: "甲", 3: "甲", 4: "甲", 5: "乙", 6: "乙", 7: "乙"})
    return trials.effects(snapshot, by=segment)


def test_expected_cures_are_the_rates_of_the_segment(effects):
    found = allocation.expected_cures(pd.Series({11: "甲", 12: "乙", 13: "丙"}), effects)
    assert found.loc[11, ["none", "call"]].tolist() == [0.5, 1.0]
    assert found.loc[12, ["none", "call", "letter"]].tolist() == [0, 0, 1]
    assert found.loc[11, ["reminder", "plan", "letter"]].isna().all()
    assert found.loc[13].isna().all()


def test_expected_net_benefit_by_hand(effects):
    segment, value = pd.Series({11: "甲", 12: "乙"}), pd.Series({12: 1000.0, 11: 400.0})
    found = allocation.expected_net_benefit(segment, effects, value)
    # 0.5 * 400 - 6 - 0.001 * 1,200;  0 - 7.2;  1 * 1,000 - 15 - 0.00025 * 1,200
    assert found["call"].tolist() == pytest.approx([192.8, -7.2])
    assert found.loc[12, "letter"] == pytest.approx(984.7)
    assert found["none"].tolist() == [0, 0]
    assert np.isnan(found.loc[11, "letter"])
    rules = pd.DataFrame(True, index=[12, 11], columns=list(TREATMENTS))
    rules.loc[11, "call"] = False
    assert np.isnan(allocation.expected_net_benefit(segment, effects, value, rules).loc[11, "call"])
