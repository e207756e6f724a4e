"""Who is treated how, against a table counted by hand."""

import math

import pandas as pd
import pytest

from duecourse.columns import ColumnMissing, Unmeasurable
from duecourse.fairness import gap_table


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
