"""Month-end snapshots as a grid, and the rows that may not be lost."""

import pandas as pd
import pytest

from duecourse.columns import ColumnMissing, Unmeasurable
from duecourse.snapshots import ABSENT, CLOSED, WRITTEN_OFF, money, read_snapshots


def account(number, start, buckets, end="active", reported=None, balance=1000.0):
    """The rows of one account: a bucket a month; the last row has the status `end`."""
    size = len(buckets)
    return pd.DataFrame(
        {
            "account_id": number,
            "month": pd.date_range(start, periods=size, freq="ME"),
            "months_on_book": range(size),
            "balance": [balance - 100 * k for k in range(size)],
            "bucket": buckets,
            "reported_bucket": reported or buckets,
            "status": ["active"] * (size - 1) + [end],
        }
    )


TWO = pd.concat([account(1, "2024-01", [0, 1, 2]), account(2, "2024-01", [0, 0], "closed")])


def test_the_grid_holds_a_state_for_every_account_and_month():
    grid = read_snapshots(TWO)
    assert grid.accounts.tolist() == [1, 2]
    assert [f"{month:%Y-%m-%d}" for month in grid.months] == [
        "2024-01-31",
        "2024-02-29",
        "2024-03-31",
    ]
    assert grid.states.tolist() == [[0, 1, 2], [0, CLOSED, ABSENT]]


def test_closed_and_written_off_last_and_what_comes_before_the_opening_does_not():
    late = pd.concat([TWO, account(3, "2024-02", [6, 7], "written_off")])
    grid = read_snapshots(late)
    assert grid.states[2].tolist() == [ABSENT, 6, WRITTEN_OFF]
    assert grid.lasting().tolist() == [
        [0, 1, 2],
        [0, CLOSED, CLOSED],
        [ABSENT, 6, WRITTEN_OFF],
    ]


def test_balances_stand_in_the_same_places():
    assert money(TWO, read_snapshots(TWO)).tolist() == [[1000, 900, 800], [1000, 900, 0]]


def test_the_order_of_the_rows_and_the_day_of_the_month_do_not_matter():
    moved = TWO.sample(frac=1, random_state=1)
    moved = moved.assign(month=moved["month"] - pd.Timedelta(days=3))
    assert read_snapshots(moved).states.tolist() == read_snapshots(TWO).states.tolist()


def test_a_month_is_found_by_any_of_its_days():
    grid = read_snapshots(TWO)
    assert grid.at("2024-02") == grid.at("2024-02-11") == 1
    with pytest.raises(Unmeasurable, match=r"no snapshot of 2025-01. There are 2024-01 to 2024-03"):
        grid.at("2025-01-31")


def test_dropping_closed_or_written_off_rows_is_refused():
    gone = pd.concat([TWO, account(3, "2024-01", [6, 7], "written_off")])
    alive = gone[gone["status"] == "active"]
    with pytest.raises(
        Unmeasurable, match=r"2 accounts vanish.*such as 2 after 2024-01.*looks better"
    ):
        read_snapshots(alive)


def test_a_month_left_out_is_refused():
    with pytest.raises(Unmeasurable, match=r"1 accounts vanish.*such as 1 after 2024-01"):
        read_snapshots(TWO[TWO["month"] != "2024-02-29"].iloc[:2])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"bucket": [0, 1, 8, 0, 0]}, "'bucket' must lie between 0 and 7. Found: 8"),
        ({"bucket": [0, 1, 1.5, 0, 0]}, "'bucket' holds whole numbers from 0 to 7. Found: 1.5"),
        ({"bucket": [0, None, 1, 0, 0]}, "'bucket' has 1 missing"),
        ({"status": ["active", "lost", "active", "active", "closed"]}, "no status 'lost'"),
        ({"month": "2024-01"}, "'month' must hold dates"),
    ],
)
def test_unknown_values_are_refused(changed, message):
    with pytest.raises(Unmeasurable, match=message):
        read_snapshots(TWO.assign(**changed))


def test_rows_that_stand_twice_and_missing_columns_are_refused():
    with pytest.raises(Unmeasurable, match="Account 1 has two rows in 2024-02"):
        read_snapshots(pd.concat([TWO, TWO.iloc[[1]]]))
    with pytest.raises(ColumnMissing, match="no column 'reported_bucket'"):
        read_snapshots(TWO.drop(columns="reported_bucket"), "reported_bucket")
    with pytest.raises(Unmeasurable, match="'account_id' is empty"):
        read_snapshots(TWO.iloc[:0])
