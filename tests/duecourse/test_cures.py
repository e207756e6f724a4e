"""Cures within a horizon, those that last, and those that stand on paper only."""

import numpy as np
import pandas as pd
import pytest

from duecourse import cures
from duecourse.columns import Unmeasurable
from tests.duecourse.test_snapshots import account


def row(*accounts, bucket=1, horizon=1, days=30):
    return cures.cure_rate(pd.concat(accounts), bucket, horizon, days)


def test_cured_are_those_with_nothing_past_due_within_the_horizon():
    cured = account(1, "2024-01", [1, 0, 0])
    stays = account(2, "2024-01", [1, 1, 1])
    late = account(3, "2024-01", [1, 1, 0])
    found = row(cured, stays, late)
    assert found[["accounts", "cured", "redefaulted", "lasting"]].tolist() == [3, 1, 0, 1]
    assert found["cure_rate"] == pytest.approx(1 / 3)


def test_a_longer_horizon_finds_later_cures():
    late = account(1, "2024-01", [1, 2, 0, 0])
    assert row(late, horizon=2)["cured"] == 1
    assert row(late, horizon=1).loc["cured"] == 0


def test_a_cure_that_does_not_last_is_a_redefault():
    back = account(1, "2024-01", [1, 0, 1])
    found = row(back)
    assert found[["cured", "redefaulted", "lasting"]].tolist() == [1, 1, 0]
    assert found["cure_rate"] == 1
    assert found["lasting_rate"] == 0


def test_redefault_is_looked_for_as_long_as_asked():
    back = account(1, "2024-01", [1, 0, 0, 0, 1])
    assert row(back, days=60)["redefaulted"] == 0
    assert row(back, days=90)["redefaulted"] == 1


def test_the_line_of_a_redefault_can_lie_higher():
    back = account(1, "2024-01", [1, 0, 1, 2])
    assert cures.cure_table(back, 1, 30, redefault_bucket=2).loc[1, "redefaulted"] == 0
    assert cures.cure_table(back, 1, 60, redefault_bucket=2).loc[1, "redefaulted"] == 1


def test_a_re_aged_account_is_no_cure():
    plan = account(1, "2024-01", [2, 3, 4], reported=[2, 0, 0])
    found = row(plan, bucket=2)
    assert found[["cured", "restructured"]].tolist() == [0, 1]
    assert found["cure_rate"] == 0
    assert found["paper_rate"] == 1


def test_an_account_that_truly_recovers_on_a_plan_is_a_cure():
    plan = account(1, "2024-01", [2, 1, 0, 0], reported=[2, 0, 0, 0])
    found = row(plan, bucket=2, horizon=2)
    assert found[["cured", "restructured"]].tolist() == [1, 0]


def test_paid_off_is_cured_and_written_off_is_not():
    others = account(9, "2024-01", [0, 0, 0])
    gone = account(1, "2024-01", [1, 0], "closed")
    lost = account(2, "2024-01", [6, 7], "written_off")
    assert row(gone, others)[["cured", "redefaulted"]].tolist() == [1, 0]
    assert row(lost, others, bucket=6)[["cured", "restructured"]].tolist() == [0, 0]


def test_only_starts_with_a_whole_window_count():
    # four months; horizon 1 and one month after it leave the starts January and February
    book = account(1, "2024-01", [1, 1, 1, 1])
    assert row(book)["accounts"] == 2


def test_a_table_has_all_late_buckets_and_nan_where_nobody_was():
    table = cures.cure_table(account(1, "2024-01", [1, 0, 0]), 1, 30)
    assert table.index.tolist() == list(range(1, 8))
    assert np.isnan(table.loc[5, "cure_rate"])


def test_too_few_months_and_unknown_buckets_are_refused():
    book = account(1, "2024-01", [1, 0, 0])
    with pytest.raises(Unmeasurable, match=r"7 months are needed.*there are 3"):
        cures.cure_table(book)
    with pytest.raises(Unmeasurable, match=r"'bucket' must lie between 1 and 7. Found: 0"):
        row(book, bucket=0)
    with pytest.raises(Unmeasurable, match="'horizon_months' must lie between 1"):
        row(book, horizon=0)
