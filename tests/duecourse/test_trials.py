"""What treatments change: case S2 by hand, trial rows of a small snapshot, intervals."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from duecourse import trials
from duecourse.columns import ColumnMissing, Unmeasurable

# 1,000 accounts by lot: a message to 600, of whom 522 were cured; a call to 400, of whom 352 were
SMS, CALL = (522, 600), (352, 400)


def history(*accounts):
    """Return a snapshot of (account, treatment, trial, buckets by month from January 2024 on).

    The treatment is that of February; a text in place of a bucket is the status that ends the account.
    """
    rows = []
    for account, treatment, trial, *buckets in accounts:
        for at, bucket in enumerate(buckets):
            ended = isinstance(bucket, str)
            end = {"closed": 0, "written_off": 7}
            rows.append(
                {
                    "account_id": account,
                    "month": pd.Timestamp("2024-01-31") + pd.offsets.MonthEnd(at),
                    "bucket": end[bucket] if ended else bucket,
                    "status": bucket if ended else "active",
                    "treatment": treatment if at == 1 else "none",
                    "trial": trial and at == 1,
                }
            )
    return pd.DataFrame(rows)


# --- two groups ---


def test_case_s2_by_hand():
    found = trials.compare(CALL, SMS)
    assert (found.treated_rate, found.control_rate) == pytest.approx((0.88, 0.87))
    # pooled 874 / 1,000; standard error sqrt(0.874 * 0.126 * (1 / 400 + 1 / 600)) = 0.021421
    assert found.z == pytest.approx(0.01 / 0.0214211, abs=1e-4)
    assert round(found.z, 2) == 0.47
    assert round(found.p, 2) == 0.64
    assert found.low < 0 < found.high


def test_the_extra_cure_of_case_s2_costs_595_yuan():
    assert trials.cost_per_incremental_cure(CALL, SMS, 6.00 - 0.05) == pytest.approx(595)


def test_without_an_extra_cure_nothing_is_bought():
    assert trials.cost_per_incremental_cure(SMS, CALL, 1) == math.inf
    assert trials.cost_per_incremental_cure((1, 2), (1, 2), 1) == math.inf


def test_the_test_agrees_with_scipys_chi_square():
    (k, n), (m, c) = CALL, SMS
    result = chi2_contingency([[k, n - k], [m, c - m]], correction=False)
    assert trials.compare(CALL, SMS).p == pytest.approx(result.pvalue)
    assert trials.compare(CALL, SMS).z ** 2 == pytest.approx(result.statistic)


def test_newcombes_interval_as_he_printed_it():
    # Newcombe (1998), table II, method 10: 56/70 - 48/80 gives 0.0524 to 0.3339
    found = trials.compare((56, 70), (48, 80))
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    # 9/10 - 3/10 gives 0.1705 to 0.8090
    found = trials.compare((9, 10), (3, 10))
    assert (found.low, found.high) == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_if_everybody_is_cured_there_is_no_test():
    found = trials.compare((5, 5), (3, 3))
    assert found.effect == 0
    assert math.isnan(found.z)
    assert math.isnan(found.p)


@pytest.mark.parametrize("group", [(0, 0), (3, 2), (-1, 2)])
def test_a_group_must_be_possible(group):
    with pytest.raises(Unmeasurable, match=r"A group is \(cured, accounts\)"):
        trials.compare(group, (1, 2))


# --- rows drawn by lot ---


def test_only_rows_drawn_by_lot_that_began_past_due_count():
    snapshot = history(
        (1, "call", True, 1, 0),
        (2, "call", False, 1, 0),
        (3, "none", True, 0, 0),
        (4, "none", True, 2, 3),
        (5, "plan", True, 3, 2),
    )
    rows = trials.trial_rows(snapshot.sample(frac=1, random_state=3))
    assert rows["account_id"].tolist() == [1, 4, 5]
    assert rows["bucket"].tolist() == [1, 2, 3]
    assert rows["treatment"].tolist() == ["call", "none", "plan"]
    assert rows["cured"].tolist() == [True, False, False]
    assert rows["held"].tolist() == [True, False, True]


def test_a_closed_account_is_cured_and_a_written_off_one_is_not():
    rows = trials.trial_rows(
        history((1, "none", True, 1, "closed"), (2, "none", True, 6, "written_off"))
    )
    assert rows["cured"].tolist() == [True, False]
    assert rows["held"].tolist() == [True, False]


def test_a_plan_that_is_only_reported_as_current_is_no_cure():
    snapshot = history((1, "plan", True, 3, 3)).assign(reported_bucket=0)
    assert trials.trial_rows(snapshot)["cured"].tolist() == [False]


def test_waiting_longer_leaves_out_what_is_not_known_yet():
    snapshot = history(
        (1, "call", True, 1, 2, 0),
        (2, "call", True, 1, 2),
        (3, "call", True, 1, "closed"),
        (4, "call", True, 6, "written_off"),
    )
    rows = trials.trial_rows(snapshot, months=2)
    assert rows["account_id"].tolist() == [1, 3, 4]
    assert rows["cured"].tolist() == [True, True, False]
    assert trials.trial_rows(snapshot)["cured"].tolist() == [False, False, True, False]


def test_a_month_without_a_row_before_it_says_not_where_an_account_began():
    snapshot = history((1, "call", True, 1, 0)).query("month > '2024-01-31'")
    assert trials.trial_rows(snapshot).empty
    assert trials.trial_rows(snapshot.iloc[:0]).empty


def test_rows_that_stand_twice_and_missing_columns_are_named():
    snapshot = history((1, "call", True, 1, 0))
    with pytest.raises(Unmeasurable, match="two rows for one account and month"):
        trials.trial_rows(pd.concat([snapshot, snapshot]))
    with pytest.raises(ColumnMissing, match="no column 'trial'"):
        trials.trial_rows(snapshot.drop(columns="trial"))
    with pytest.raises(Unmeasurable, match="'months' must be a whole number"):
        trials.trial_rows(snapshot, months=0)


# --- effects ---


@pytest.fixture
def tried():
    """Segment 甲: calls cure 3 of 4, nothing cures 1 of 2; 乙: a letter cures 1 of 1, no control."""
    return history(
        *[(number, "call", True, 1, 0) for number in (1, 2, 3)],
        (4, "call", True, 1, 2),
        (5, "none", True, 1, 0),
        (6, "none", True, 1, 2),
        (7, "letter", True, 2, 0),
        (8, "reminder", True, 1, 0),
    )


SEGMENT = pd.Series({**dict.fromkeys(range(1, 7), "甲"), 7: "乙"})


def test_effects_by_segment_by_hand(tried):
    found = trials.effects(tried, by=SEGMENT)
    call = found.loc[("甲", "call")]
    assert call[["accounts", "successes", "control_accounts", "control_successes"]].tolist() == [
        4, 3, 2, 1,
    ]  # fmt: skip
    assert call["effect"] == pytest.approx(3 / 4 - 1 / 2)
    low, high = trials.difference_interval(*(np.array([v]) for v in (3.0, 4.0, 1.0, 2.0)))
    assert call[["low", "high"]].tolist() == pytest.approx([low[0], high[0]])


def test_without_a_control_group_there_is_no_effect(tried):
    found = trials.effects(tried, by=SEGMENT)
    assert found.loc[("乙", "letter"), ["accounts", "control_accounts"]].tolist() == [1, 0]
    assert found.loc[[("乙", "letter")], ["effect", "low", "high"]].isna().all(axis=None)
    alone = trials.effects(tried[tried["account_id"] == 7])
    assert alone["effect"].isna().all()


def test_accounts_without_a_segment_are_a_segment_of_their_own(tried):
    found = trials.effects(tried, by=SEGMENT)
    assert found.index.get_level_values("segment").isna().sum() == 1
    assert found["accounts"].sum() + 2 == 8


def test_effects_over_all_and_by_bucket_keep_the_order_of_the_treatments(tried):
    assert trials.effects(tried).index.tolist() == [
        ("all", "reminder"), ("all", "call"), ("all", "letter"),
    ]  # fmt: skip
    by_bucket = trials.effects(tried, by="bucket", outcome="held")
    assert by_bucket.index.tolist() == [(1, "reminder"), (1, "call"), (2, "letter")]


def test_a_book_without_a_trial_shows_no_effect():
    with pytest.raises(Unmeasurable, match="No account was treated by lot"):
        trials.effects(history((1, "call", False, 1, 0)))
