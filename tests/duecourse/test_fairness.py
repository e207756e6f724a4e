"""Who is treated how, against a table counted by hand."""

import math

import pandas as pd
import pytest

from duecourse.columns import ColumnMissing, Unmeasurable
from duecourse.fairness import equal_risk_gaps, gap_table, per_thousand


@pytest.fixture
def applicants():
    """Five who own, four who rent (one of them bad), one unknown; the index repeats."""
    return pd.DataFrame(
        {
            "住房": ["自有"] * 5 + ["租房"] * 4 + [None],
            "approved": [1, 1, 1, 1, 0, 1, 0, 0, 0, 1],
            "bad": [0, 0, 0, 1, 1, 0, 0, 0, 1, 1],
        },
        index=[0, 1, 2, 3, 4, 0, 1, 2, 3, 4],
    )


def test_rates_and_gaps_by_hand(applicants):
    table = gap_table(applicants, "住房", "approved")
    own, rent = table.loc["自有"], table.loc["租房"]
    assert own[["count", "approved", "bads_approved", "goods", "goods_refused"]].tolist() == [
        5, 4, 1, 3, 0,
    ]  # fmt: skip
    assert own[["approval_rate", "bad_rate", "false_refusal_rate"]].tolist() == [4 / 5, 1 / 4, 0]
    # one of four approved, no bad among them, two of three goods refused
    assert rent[["approval_rate", "bad_rate", "false_refusal_rate"]].tolist() == [1 / 4, 0, 2 / 3]
    # the largest group is the one to compare with
    assert rent["approval_gap"] == pytest.approx(1 / 4 - 4 / 5)
    assert rent["bad_rate_gap"] == pytest.approx(0 - 1 / 4)
    assert rent["false_refusal_gap"] == pytest.approx(2 / 3 - 0)
    assert rent["approval_ratio"] == pytest.approx((1 / 4) / (4 / 5))
    assert own["approval_gap"] == 0


def test_the_unknown_are_a_group_and_without_goods_there_is_no_refusal_rate(applicants):
    table = gap_table(applicants, "住房", "approved")
    unknown = table[table.index.isna()].iloc[0]
    assert unknown["count"] == 1
    assert unknown["bad_rate"] == 1
    assert math.isnan(unknown["false_refusal_rate"])


def test_another_reference_turns_the_gaps(applicants):
    table = gap_table(applicants, "住房", "approved", reference="租房")
    assert table.loc["自有", "approval_gap"] == pytest.approx(4 / 5 - 1 / 4)
    assert table.loc["自有", "approval_ratio"] == pytest.approx((4 / 5) / (1 / 4))


def test_decisions_and_groups_can_be_columns_of_their_own(applicants):
    frame = applicants.reset_index(drop=True)
    same = gap_table(frame[["bad"]], frame["住房"], frame["approved"] == 1)
    pd.testing.assert_frame_equal(same, gap_table(frame, "住房", "approved"))


def test_a_group_that_nobody_approves_has_no_bad_rate():
    frame = pd.DataFrame({"g": ["a", "b"], "yes": [0, 0], "bad": [0, 1]})
    table = gap_table(frame, "g", "yes")
    assert table["bad_rate"].isna().all()
    assert table["approval_ratio"].isna().all()
    assert table["approval_gap"].tolist() == [0, 0]


def test_an_unknown_reference_names_the_groups(applicants):
    with pytest.raises(Unmeasurable, match=r"There is no group '公寓'. There are: 租房, 自有"):
        gap_table(applicants, "住房", "approved", reference="公寓")


def test_what_is_missing_is_named(applicants):
    with pytest.raises(ColumnMissing, match=r"no column 'Approved'.* Did you mean 'approved'"):
        gap_table(applicants, "住房", "Approved")
    with pytest.raises(Unmeasurable, match=r"'approved' is empty"):
        gap_table(applicants.iloc[:0], "住房", "approved")
    with pytest.raises(Unmeasurable, match=r"'bad' has 10 missing"):
        gap_table(applicants.assign(bad=None), "住房", "approved")


# --- at equal risk ---


def test_a_gap_that_is_all_risk_vanishes_at_equal_risk():
    # low risk: 1 of 2 in each group; high risk: 3 of 3 in each; 乙 has more of the high
    rows = [("甲", 0.1, e) for e in (1, 0, 1, 0)] + [("甲", 0.9, 1)]
    rows += [("乙", 0.1, e) for e in (1, 0)] + [("乙", 0.9, 1)] * 2
    frame = pd.DataFrame(rows, columns=["g", "risk", "event"])
    found = equal_risk_gaps(frame, "g", "event", "risk", bands=2)
    # the larger group is the reference: 乙 3/4 against 甲 3/5
    assert found.loc["乙", "gap"] == pytest.approx(3 / 4 - 3 / 5)
    assert found.loc["乙", "equal_risk_gap"] == pytest.approx(0)
    assert found.loc["乙", "low"] < 0 < found.loc["乙", "high"]
    assert found.loc["甲", ["equal_risk_gap", "low", "high", "covered"]].tolist() == [0, 0, 0, 1]


def test_bands_are_weighed_by_all_their_accounts():
    rows = [("甲", 0.1, 0)] * 4 + [("甲", 0.9, 1)] * 2 + [("乙", 0.1, 1)] * 2 + [("乙", 0.9, 1)] * 2
    frame = pd.DataFrame(rows, columns=["g", "risk", "event"])
    found = equal_risk_gaps(frame, "g", "event", "risk", bands=2)
    # low band: 1 - 0 with 6 of 10 accounts; high band: 1 - 1 with 4 of 10
    assert found.loc["乙", "equal_risk_gap"] == pytest.approx(0.6)


def test_a_band_that_holds_only_one_of_them_is_left_out_and_said_so():
    frame = pd.DataFrame(
        {"g": ["甲", "甲", "甲", None], "risk": [1, 1, 2, 2], "event": [True, False, False, True]}
    )
    found = equal_risk_gaps(frame, "g", "event", "risk", bands=2)
    unknown = found[found.index.isna()].iloc[0]
    assert unknown[["equal_risk_gap", "covered"]].tolist() == [1, 0.5]
    apart = equal_risk_gaps(frame.assign(risk=[1, 1, 1, 2]), "g", "event", "risk", bands=2)
    assert math.isnan(apart[apart.index.isna()].iloc[0]["equal_risk_gap"])
    assert apart[apart.index.isna()].iloc[0]["covered"] == 0


def test_equal_risk_needs_a_risk_and_a_band():
    frame = pd.DataFrame({"g": ["a"], "risk": [None], "event": [1]})
    with pytest.raises(Unmeasurable, match="'risk' has 1 missing"):
        equal_risk_gaps(frame, "g", "event", "risk")
    with pytest.raises(Unmeasurable, match="'bands' must be above 0"):
        equal_risk_gaps(frame.assign(risk=1), "g", "event", "risk", bands=0)
    one = equal_risk_gaps(frame.assign(risk=1), "g", "event", "risk")
    assert one.loc["a", ["rate", "equal_risk_gap"]].tolist() == [1, 0]


def test_events_per_thousand_with_their_exact_interval():
    accounts = pd.DataFrame({"account_id": range(500), "g": ["甲"] * 400 + ["乙"] * 100})
    found = per_thousand(accounts, "g", pd.Series([0, 0, 1, 399]))
    assert found.loc["甲", ["accounts", "events", "per_thousand"]].tolist() == [400, 4, 10]
    # Garwood: 4 events stand for 1.0899 to 10.2416
    assert found.loc["甲", ["low", "high"]].tolist() == pytest.approx([2.72, 25.60], abs=0.01)
    # none stands for 0 to 3.6889
    assert found.loc["乙", ["per_thousand", "low", "high"]].tolist() == pytest.approx(
        [0, 0, 36.889], abs=0.001
    )


def test_events_of_strangers_are_not_dropped_in_silence():
    accounts = pd.DataFrame({"account_id": [1], "g": ["a"]})
    with pytest.raises(Unmeasurable, match="2 events belong to accounts that are not in the table"):
        per_thousand(accounts, "g", pd.Series([1, 2, 3]))
    assert per_thousand(accounts, "g", pd.Series([], dtype=int))["events"].tolist() == [0]
