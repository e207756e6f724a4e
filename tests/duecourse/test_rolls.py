"""Rolls and flows between buckets, against a book of five accounts counted by hand."""

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix

from duecourse import portfolio, rolls
from duecourse.columns import ColumnMissing, Unmeasurable
from duecourse.snapshots import read_snapshots
from tests.duecourse.test_snapshots import account

# balances: 1000 in the first month of each account, 100 less every month
BOOK = pd.concat(
    [
        account(1, "2024-01", [0, 1, 2, 3]),
        account(2, "2024-01", [0, 1, 0, 0]),
        account(3, "2024-01", [1, 1], "closed"),
        account(4, "2024-01", [5, 6, 7], "written_off", balance=2000.0),
        account(5, "2024-02", [0, 0, 1]),
    ]
)


# --- roll matrices ---


def test_a_row_says_where_the_accounts_of_a_bucket_are_a_month_later():
    matrix = rolls.roll_matrix(BOOK, "2024-02")
    # at the end of February: 1 and 2 in bucket 1, 4 in bucket 6, 5 in bucket 0; 3 is closed already
    assert matrix.loc[1, 0] == matrix.loc[1, 2] == 0.5
    assert matrix.loc[0, 0] == 1
    assert matrix.loc[6, "written_off"] == 1
    assert matrix.loc[[2, 3, 4, 5, 7]].isna().all(axis=None)


def test_rows_sum_to_one_with_closed_and_written_off_among_them():
    matrix = rolls.roll_matrix(BOOK)
    assert list(matrix.columns) == [*range(8), "closed", "written_off"]
    there = matrix.dropna()
    assert there.index.tolist() == [0, 1, 2, 5, 6]
    assert there.sum(axis=1).tolist() == pytest.approx([1] * 5)
    # January to April: bucket 1 was left by 3 (closed), 1 (to 2) and 2 (to 0)
    assert matrix.loc[1, [0, 2, "closed"]].tolist() == pytest.approx([1 / 3] * 3)


def test_money_counts_with_the_balance_of_the_start_month():
    counts = rolls.roll_counts(BOOK, "balance")
    row = counts.loc[(pd.Timestamp("2024-01-31"), 0)]
    assert row[1] == 2000
    assert counts.loc[(pd.Timestamp("2024-02-29"), 6), "written_off"] == 1900
    heavier = BOOK.assign(balance=BOOK["balance"].where(BOOK["account_id"] != 1, 2700.0))
    matrix = rolls.roll_matrix(heavier, "2024-02", weight="balance")
    assert matrix.loc[1, 2] == 2700 / 3600


def test_counts_are_whole_numbers():
    counts = rolls.roll_counts(BOOK)
    assert counts.to_numpy().sum() == 4 + 4 + 3
    assert (counts.dtypes == np.int64).all()


def test_the_matrices_of_all_months_stand_below_each_other():
    every = rolls.roll_matrices(BOOK)
    assert len(every) == 3 * 8
    pd.testing.assert_frame_equal(
        every.loc[pd.Timestamp("2024-02-29")], rolls.roll_matrix(BOOK, "2024-02-29")
    )


def test_re_ageing_hides_a_roll():
    told = account(1, "2024-01", [1, 2, 3], reported=[1, 0, 0])
    assert rolls.roll_matrix(told, "2024-01").loc[1, 2] == 1
    assert rolls.roll_matrix(told, "2024-01", using="reported_bucket").loc[1, 0] == 1


def test_the_last_month_leads_nowhere_yet():
    with pytest.raises(Unmeasurable, match="2024-04 is the last month"):
        rolls.roll_matrix(BOOK, "2024-04")
    with pytest.raises(Unmeasurable, match="one month only"):
        rolls.roll_matrix(account(1, "2024-01", [0]))
    with pytest.raises(Unmeasurable, match=r"'weight' is .* Found: 'yuan'"):
        rolls.roll_matrix(BOOK, weight="yuan")
    with pytest.raises(ColumnMissing, match="no column 'balance'"):
        rolls.roll_matrix(BOOK.drop(columns="balance"), weight="balance")


def test_counts_agree_with_a_confusion_matrix():
    book = portfolio.practice(accounts=400, months=8).monthly_snapshot
    grid = read_snapshots(book)
    now, after = grid.states[:, 3], grid.states[:, 4]
    active = (now >= 0) & (now < 8)
    expected = confusion_matrix(now[active], after[active], labels=range(10))[:8]
    found = rolls.roll_counts(book).loc[grid.months[3]]
    assert found.to_numpy().tolist() == expected.tolist()
    assert found.to_numpy().sum() > 100


# --- gross rolls and net flows ---


def test_the_gross_roll_is_the_share_that_got_worse():
    table = rolls.gross_roll(BOOK)
    assert table.loc["2024-01-31", 0] == 1
    assert table.loc["2024-02-29", 1] == 0.5
    assert table.loc["2024-02-29", 6] == 1
    assert np.isnan(table.loc["2024-02-29", 3])
    assert list(table.columns) == list(range(7))


def test_the_net_flow_is_one_stock_over_the_other():
    flows = rolls.net_flow(BOOK)
    # January: bucket 0 holds 1 and 2 (2000); February: bucket 1 holds the same two (1800)
    assert flows.loc["2024-01-31", 0] == pytest.approx(0.9)
    # January: bucket 5 holds 2000, February: bucket 6 holds 1900, March: 1800 is written off
    assert flows.loc["2024-01-31", 5] == pytest.approx(0.95)
    assert flows.loc["2024-02-29", 6] == pytest.approx(1800 / 1900)
    assert np.isnan(flows.loc["2024-01-31", 3])


def test_a_net_flow_can_exceed_one():
    grown = pd.concat([account(1, "2024-01", [1, 2]), account(2, "2024-01", [2, 2])])
    assert rolls.net_flow(grown).loc["2024-01-31", 1] == pytest.approx(1800 / 1000)


def test_what_stays_over_180_days_flows_in_once():
    stays = account(1, "2024-01", [6, 7, 7])
    flows = rolls.net_flow(pd.concat([stays, account(2, "2024-01", [0, 6, 6])]))
    assert flows[6].tolist() == pytest.approx([0.9, 0.0])


def test_the_average_flow_is_sum_over_sum():
    # bucket 0 holds 2000, 1000 (account 5) and 800 + 900; bucket 1 then 1800, 0, 800
    assert rolls.average_flow(BOOK)[0] == pytest.approx(2600 / 4700)
    assert rolls.average_flow(BOOK, months=1)[0] == pytest.approx(800 / 1700)
    assert np.isnan(rolls.average_flow(BOOK)[4])
    with pytest.raises(Unmeasurable, match=r"'months' must lie between 1 and 3. Found: 4"):
        rolls.average_flow(BOOK, months=4)


# --- the flow forecast ---

HELD = pd.Series([1000.0, 100, 60, 40, 30, 20, 10, 500])
FLOWS = pd.Series([0.05, 0.2, 0.5, 0.8, 0.9, 0.9, 0.9])


def test_the_forecast_passes_balances_from_bucket_to_bucket():
    table = rolls.forecast(HELD, FLOWS, months=3)
    assert table.loc[0, list(range(7))].tolist() == HELD[:7].tolist()
    assert table.loc[1, list(range(7))].tolist() == pytest.approx([1000, 50, 20, 30, 32, 27, 18])
    assert table["charge_off"].tolist() == pytest.approx([0, 9, 16.2, 21.87])
    assert table["cumulative"].tolist() == pytest.approx([0, 9, 25.2, 47.07])


def test_seven_months_of_flows_are_their_product():
    table = rolls.forecast(HELD, FLOWS, months=7)
    assert table.loc[7, "charge_off"] == pytest.approx(1000 * FLOWS.prod())


def test_growth_moves_what_is_not_late_yet():
    grown = rolls.forecast(HELD, FLOWS, 8, growth=0.1)
    assert grown.loc[2, 0] == pytest.approx(1210)
    ended = rolls.forecast(HELD, FLOWS, 8, growth=-1)
    # what became late in the first month is charged off in the seventh; then nothing is left
    assert ended.loc[7, "charge_off"] == pytest.approx(1000 * FLOWS.prod())
    assert ended.loc[8, "charge_off"] == 0


def test_a_forecast_without_a_flow_is_refused():
    with pytest.raises(Unmeasurable, match="'flows' has 1 missing values of 7"):
        rolls.forecast(HELD, FLOWS.drop(4), 3)
    with pytest.raises(Unmeasurable, match="'months' must lie between 1"):
        rolls.forecast(HELD, FLOWS, 0)


def test_a_large_book_is_quick():
    snapshot = portfolio.practice(accounts=2000, months=12).monthly_snapshot
    begun = time.process_time()
    rolls.roll_matrix(snapshot)
    assert time.process_time() - begun < 0.5
