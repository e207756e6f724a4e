"""The ledger of instalments and payments: fen, order, one account out of many."""

import numpy as np
import pandas as pd
import pytest

from duecourse.columns import Unmeasurable
from duecourse.ledger import fen, read_ledger, yuan

DUE = pd.DataFrame(
    {
        "account_id": [2, 1, 1],
        "due_on": pd.to_datetime(["2024-01-05", "2024-02-10", "2024-01-10"]),
        "amount": [50.0, 100.0, 100.0],
    }
)
PAID = pd.DataFrame(
    {
        "account_id": [1, 2, 1, 2],
        "paid_on": pd.to_datetime(["2024-02-01", "2024-01-05", "2024-01-12", "2024-01-09"]),
        "amount": [20.25, 50.0, 100.0, -50.0],
        "kind": ["payment", "payment", "payment", "reversal"],
    }
)


def test_entries_stand_in_the_order_of_accounts_and_days():
    ledger = read_ledger(DUE, PAID)
    assert ledger.accounts.tolist() == [1, 2]
    assert ledger.due_of.tolist() == [0, 0, 1]
    assert ledger.due.tolist() == [10_000, 10_000, 5_000]
    assert ledger.paid.tolist() == [10_000, 2_025, 5_000, -5_000]


def test_sums_are_by_account_and_up_to_the_days_end():
    ledger = read_ledger(DUE, PAID)
    assert ledger.settled(np.datetime64("2024-01-08")).tolist() == [0, 5_000]
    assert ledger.settled(np.datetime64("2024-02-01")).tolist() == [12_025, 0]
    assert ledger.fallen_due(np.datetime64("2024-01-10")).tolist() == [10_000, 5_000]
    assert ledger.promised().tolist() == [20_000, 5_000]


def test_unpaid_instalments_and_what_each_still_needs():
    rows, lacking = read_ledger(DUE, PAID).unpaid(np.datetime64("2024-02-10"))
    assert rows.tolist() == [1, 2]
    assert lacking.tolist() == [7_975, 5_000]


def test_one_account_is_a_ledger_of_its_own():
    own = read_ledger(DUE, PAID).of(2)
    assert own.accounts.tolist() == [2]
    assert own.due.tolist() == [5_000]
    assert own.paid.tolist() == [5_000, -5_000]
    assert own.settled(np.datetime64("2024-12-31")).tolist() == [0]
    with pytest.raises(Unmeasurable, match="There is no account 9"):
        read_ledger(DUE, PAID).of(9)


def test_the_tables_stay_as_they_are():
    before = DUE.copy(), PAID.copy()
    read_ledger(DUE, PAID)
    pd.testing.assert_frame_equal(DUE, before[0])
    pd.testing.assert_frame_equal(PAID, before[1])


def test_yuan_are_counted_in_fen_and_come_back():
    assert fen(np.array([0.1 + 0.2, 1234.56])).tolist() == [30, 123_456]
    assert yuan(np.array([30, 123_456])).tolist() == [0.3, 1234.56]


def test_one_instalment_and_no_payment_column_but_the_three():
    ledger = read_ledger(DUE.iloc[:1], PAID.iloc[:0][["account_id", "paid_on", "amount"]])
    assert ledger.settled(np.datetime64("2024-12-31")).tolist() == [0]
