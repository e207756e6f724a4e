"""Scores, quadrants, what is at risk and what cures by itself, by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from duecourse import language, segments
from duecourse.columns import ColumnMissing, Unmeasurable
from duecourse.evidence import ProtectedAttribute

EVIDENCE = pd.DataFrame(
    {"paid": [1.0, 0.5, np.nan], "kept": [0.0, np.nan, np.nan], "sex": ["f", "m", "f"]},
    index=[11, 12, 13],
)


def test_a_score_is_the_mean_of_what_is_known():
    found = segments.willingness(EVIDENCE, {"paid": 3, "kept": 1})
    # (3 * 1 + 1 * 0) / 4; the missing promise is left out of the second; nothing is known of the third
    assert found.tolist()[:2] == [0.75, 0.5]
    assert math.isnan(found[13])
    assert found.index.tolist() == [11, 12, 13]
    assert segments.ability(EVIDENCE, {"kept": 1}).name == "ability"


@pytest.mark.parametrize(
    "name", ["sex", "age_band", "Age", "性别", "marital status", "age_band_60+"]
)
def test_who_somebody_is_must_not_enter_a_score(name):
    frame = EVIDENCE.assign(**{name: 1.0})
    with pytest.raises(ProtectedAttribute, match="must not decide how somebody is treated"):
        segments.ability(frame, {"paid": 1, name: 1})


def test_months_on_book_are_no_age():
    assert (
        segments.ability(EVIDENCE.assign(account_age=1.0), {"account_age": 1}).tolist() == [1] * 3
    )


def test_scores_need_shares_columns_and_weights():
    with pytest.raises(ColumnMissing, match="no column 'promises'"):
        segments.willingness(EVIDENCE, {"promises": 1})
    with pytest.raises(Unmeasurable, match="'paid' must lie between 0 and 1"):
        segments.willingness(EVIDENCE * {"paid": 2, "kept": 1, "sex": 1}, {"paid": 1})
    for weights in ({}, {"paid": 0}, {"paid": 1, "kept": -1}):
        with pytest.raises(Unmeasurable, match="The weights must be at least 0"):
            segments.willingness(EVIDENCE, weights)


def test_the_cut_belongs_to_the_upper_side():
    a = pd.Series([0.5, 0.5, 0.49, 0.0, np.nan], index=list("abcde"))
    w = pd.Series([0.6, 0.59, 0.6, 0.0, 1.0], index=list("abcde"))
    found = segments.quadrant(a, w, 0.5, 0.6)
    assert found.to_dict() == {
        "a": "able_willing",
        "b": "able_reluctant",
        "c": "unable_willing",
        "d": "unable_reluctant",
        "e": "unknown",
    }
    assert segments.quadrant([], []).empty


def test_scores_outside_0_and_1_are_refused():
    with pytest.raises(Unmeasurable, match="'willingness' must lie between 0 and 1"):
        segments.quadrant([0.5], [1.5])
    with pytest.raises(Unmeasurable, match="'cut_a' must lie between 0 and 1"):
        segments.quadrant([0.5], [0.5], 5)


def test_value_at_risk_is_balance_by_probability_by_loss():
    balance = pd.Series([1000.0, 200, 0], index=[3, 2, 1])
    chance = pd.Series([0.5, 0.1, 1], index=[1, 2, 3])
    assert segments.value_at_risk(balance, chance, 0.5).to_dict() == {3: 500, 2: 10, 1: 0}
    assert segments.value_at_risk([100], 0.25).tolist() == [25]
    with pytest.raises(Unmeasurable, match="'probability' must lie between 0 and 1"):
        segments.value_at_risk([100], 25)


def test_a_segment_table_counts_accounts_and_money():
    kinds = pd.Series(["unable_willing", "able_willing", None, "unable_willing"])
    found = segments.segment_table(kinds, pd.Series([100, 300, 0, 0]), [10, 30, 0, 0])
    assert list(found.columns) == [
        "accounts", "share", "balance", "balance_share", "value_at_risk", "value_share",
    ]  # fmt: skip
    assert found.index.tolist()[:2] == ["able_willing", "unable_willing"]
    assert found.loc["unable_willing"].tolist() == [2, 0.5, 100, 0.25, 10, 0.25]
    assert found[found.index.isna()].iloc[0, :3].tolist() == [1, 0.25, 0]


def test_segments_that_owe_nothing_have_no_share_of_it():
    found = segments.segment_table(pd.Series(["甲"]), [0])
    assert found.loc["甲", ["accounts", "share"]].tolist() == [1, 1]
    assert math.isnan(found.loc["甲", "balance_share"])
    with pytest.raises(Unmeasurable, match="'segment' is empty"):
        segments.segment_table(pd.Series([], dtype=object), [])


def test_names_are_kind_in_both_languages():
    assert segments.segment_name("unable_willing") == "short of money, willing"
    language.use("zh")
    assert segments.segment_name("unable_willing") == "能力不足、有意愿"
    assert segments.segment_name("甲") == "甲"


def cured_alone(account, bucket, cured, treatment="none", trial=True):
    """Return the two months of an account that is past due, then cured or not."""
    return pd.DataFrame(
        {
            "account_id": account,
            "month": pd.to_datetime(["2024-01-31", "2024-02-29"]),
            "bucket": [bucket, 0 if cured else bucket + 1],
            "status": "active",
            "treatment": ["none", treatment],
            "trial": [False, trial],
        }
    )


def test_self_cure_counts_only_who_was_left_alone_by_lot():
    snapshot = pd.concat(
        [
            cured_alone(1, 1, cured=True),
            cured_alone(2, 1, cured=True),
            cured_alone(3, 1, cured=False),
            cured_alone(4, 2, cured=False),
            cured_alone(5, 1, cured=True, treatment="call"),
            cured_alone(6, 1, cured=False, trial=False),
        ]
    )
    found = segments.self_cure(snapshot)
    assert found.loc[1, ["accounts", "successes", "rate"]].tolist() == [3, 2, 2 / 3]
    assert found.loc[2, "rate"] == 0
    wilson = binomtest(2, 3).proportion_ci(method="wilson")
    assert found.loc[1, ["low", "high"]].tolist() == pytest.approx([wilson.low, wilson.high])
    by_segment = segments.self_cure(snapshot, by=pd.Series({1: "甲", 2: "乙", 3: "甲"}))
    assert by_segment["rate"].tolist() == [1, 0.5, 0]
    assert by_segment.index.tolist()[:2] == ["乙", "甲"]


def test_without_a_control_group_self_cure_is_not_seen():
    with pytest.raises(Unmeasurable, match="No account was left alone by lot"):
        segments.self_cure(cured_alone(1, 1, cured=True, treatment="call"))
