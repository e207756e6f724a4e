"""Days past due, arrears and ageing, against a ledger worked out on paper."""

import datetime as dt
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecourse import ageing, portfolio
from duecourse.columns import ColumnMissing, Unmeasurable

relaxed = settings(deadline=None, max_examples=60)


def due(*rows):
    """Instalments: account, day, amount."""
    table = pd.DataFrame(rows, columns=["account_id", "due_on", "amount"])
    return table.assign(
        due_on=pd.to_datetime(table["due_on"]), amount=table["amount"].astype(float)
    )


def paid(*rows):
    """Payments: account, day, amount, and a kind that follows from the sign."""
    table = pd.DataFrame(rows, columns=["account_id", "paid_on", "amount"])
    kinds = np.where(table["amount"].astype(float) < 0, "reversal", "payment")
    return table.assign(
        paid_on=pd.to_datetime(table["paid_on"]),
        amount=table["amount"].astype(float),
        kind=pd.Series(kinds, dtype=object),
        payment_id=range(1, len(table) + 1),
    )


MONTHLY = due(
    (1, "2024-01-10", 100), (1, "2024-02-10", 100), (1, "2024-03-10", 100), (1, "2024-04-10", 100)
)
NOTHING = paid()


def days(payments, as_of, instalments=MONTHLY):
    [found] = ageing.days_past_due(instalments, payments, as_of)
    return found


# --- days past due ---


def test_days_are_counted_from_the_oldest_unpaid_due_date_and_not_from_the_last_payment():
    payments = paid((1, "2024-01-10", 100), (1, "2024-03-01", 40))
    # the instalment of 10 February lacks 60; from it to 31 March are 50 days, from the payment 30
    assert days(payments, "2024-03-31") == 50


def test_a_part_payment_does_not_reset_the_days():
    payments = paid((1, "2024-01-20", 99.99))
    assert days(payments, "2024-01-19") == 9
    assert days(payments, "2024-01-20") == 10


def test_an_instalment_is_late_from_the_day_after_its_due_date():
    assert days(NOTHING, "2024-01-09") == 0
    assert days(NOTHING, "2024-01-10") == 0
    assert days(NOTHING, "2024-01-11") == 1


def test_a_leap_year_has_a_29th_of_february():
    assert days(NOTHING, "2024-03-10") == 60
    last_year = due((1, "2023-01-10", 100))
    assert days(NOTHING, "2023-03-10", last_year) == 59
    leap = due((1, "2024-02-29", 100))
    assert days(NOTHING, "2024-03-01", leap) == 1


def test_payments_settle_the_oldest_instalment_first():
    payments = paid((1, "2024-03-15", 150))
    row = ageing.oldest_unpaid(MONTHLY, payments, "2024-03-31").loc[1]
    # 100 go to January and 50 to February; 50 of February and all of March are left
    assert row["oldest_due_on"] == pd.Timestamp("2024-02-10")
    assert row["lacking"] == 50
    assert row["instalments_unpaid"] == 2
    assert row["unpaid"] == row["arrears"] == 150
    assert row["days_past_due"] == 50


def test_money_paid_in_advance_waits_for_the_next_instalment():
    payments = paid((1, "2024-01-05", 250))
    assert days(payments, "2024-03-10") == 0
    assert days(payments, "2024-03-12") == 2


def test_a_reversal_counts_from_its_own_date():
    payments = paid((1, "2024-01-10", 100), (1, "2024-01-15", -100))
    assert days(payments, "2024-01-14") == 0
    assert days(payments, "2024-01-15") == 5


def test_later_payments_are_not_looked_at():
    payments = paid((1, "2024-02-01", 100))
    assert days(payments, "2024-01-31") == 21
    assert days(payments, "2024-02-01") == 0


def test_what_a_buyer_paid_for_the_debt_settles_nothing():
    payments = paid((1, "2024-02-01", 100)).assign(kind="sale")
    assert days(payments, "2024-02-05") == 26
    assert days(payments.assign(kind="recovery"), "2024-02-05") == 0


def test_every_account_with_an_instalment_has_a_row_in_order():
    instalments = due((7, "2024-03-01", 10), (3, "2024-01-01", 10), (5, "2030-01-01", 10))
    found = ageing.days_past_due(instalments, paid((7, "2024-03-01", 10)), "2024-03-31")
    assert found.index.tolist() == [3, 5, 7]
    assert found.index.name == "account_id"
    assert found.tolist() == [90, 0, 0]


def test_the_order_of_the_rows_does_not_matter():
    payments = paid((1, "2024-01-10", 100), (1, "2024-03-01", 40))
    shuffled = days(payments.iloc[::-1], "2024-03-31", MONTHLY.sample(frac=1, random_state=3))
    assert shuffled == days(payments, "2024-03-31") == 50


def test_accounts_can_be_named_in_chinese():
    instalments = due(("账户甲", "2024-01-10", 100), ("账户乙", "2024-01-10", 100))
    found = ageing.days_past_due(instalments, paid(("账户乙", "2024-01-11", 100)), "2024-01-31")
    assert found.to_dict() == {"账户甲": 21, "账户乙": 0}


def test_fen_balance_as_on_paper():
    instalments = due(*[(1, f"2024-0{month}-01", 0.1) for month in range(1, 4)])
    # in floats 0.1 + 0.1 + 0.1 is more than 0.3
    assert days(paid((1, "2024-01-01", 0.3)), "2024-12-31", instalments) == 0


@pytest.mark.parametrize(
    "as_of", [dt.date(2024, 3, 31), pd.Timestamp("2024-03-31 23:59"), "2024-03-31"]
)
def test_a_day_can_be_given_in_several_ways(as_of):
    assert days(NOTHING, as_of) == 81


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 200)), max_size=8),
    st.lists(st.tuples(st.integers(0, 120), st.integers(1, 300)), max_size=8),
    st.integers(0, 130),
)
@relaxed
def test_the_days_agree_with_settling_one_payment_after_the_other(instalments, payments, at):
    start = pd.Timestamp("2024-01-01")
    owed = dict(reversed(instalments)) or {0: 1}
    table = due(*[(1, start + pd.Timedelta(days=d), a) for d, a in owed.items()])
    money = paid(*[(1, start + pd.Timedelta(days=d), a) for d, a in payments])
    left = sum(a for d, a in payments if d <= at)
    late, missing = 0, 0
    for d in sorted(d for d in owed if d <= at):
        settled = min(left, owed[d])
        left -= settled
        if settled < owed[d]:
            late = late or at - d
            missing += (owed[d] - settled) * (d < at)
    row = ageing.oldest_unpaid(table, money, start + pd.Timedelta(days=at)).loc[1]
    assert row["days_past_due"] == late
    assert row["arrears"] == missing
    assert (row["arrears"] > 0) == (row["days_past_due"] > 0)


def test_a_hundred_thousand_accounts_are_quick():
    size = 100_000
    dates = pd.date_range("2024-01-15", periods=12, freq="MS")
    ids = np.repeat(np.arange(size), 12)
    instalments = pd.DataFrame({"account_id": ids, "due_on": np.tile(dates, size), "amount": 500.0})
    payments = instalments.rename(columns={"due_on": "paid_on"}).iloc[::2]
    begun = time.process_time()
    found = ageing.days_past_due(instalments, payments, "2025-02-28")
    assert time.process_time() - begun < 3
    assert len(found) == size
    assert found.unique().tolist() == [found.iloc[0]]


def test_the_practice_books_own_snapshots_say_the_same():
    book = portfolio.practice(accounts=500, months=12)
    instalments = portfolio.schedule(book.accounts, portfolio.UNTIL)
    months = sorted(book.monthly_snapshot["month"].unique())
    for month in (months[5], months[-1]):
        rows = book.monthly_snapshot.query("month == @month and status == 'active'")
        rows = rows.set_index("account_id")
        standing = ageing.oldest_unpaid(instalments, book.payments, month).loc[rows.index]
        assert standing["days_past_due"].tolist() == rows["days_past_due"].tolist()
        assert standing["arrears"].tolist() == pytest.approx(rows["arrears"].tolist())
        assert rows["days_past_due"].gt(0).sum() > 10


# --- what is refused ---


def test_an_empty_schedule_is_refused_and_no_payments_are_fine():
    with pytest.raises(Unmeasurable, match="'account_id' is empty"):
        ageing.days_past_due(due(), NOTHING, "2024-01-01")
    assert days(pd.DataFrame(columns=["account_id", "paid_on", "amount"]), "2024-01-11") == 1


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing, match=r"no column 'due_on'.*due_date"):
        days(NOTHING, "2024-01-01", MONTHLY.rename(columns={"due_on": "due_date"}))


def test_missing_values_are_refused():
    with pytest.raises(Unmeasurable, match="'amount' has 1 missing values of 4"):
        days(NOTHING, "2024-01-01", MONTHLY.assign(amount=[1, 2, None, 4]))
    with pytest.raises(Unmeasurable, match="'paid_on' has 1 missing"):
        days(paid((1, None, 5)), "2024-01-01")


def test_texts_are_no_dates():
    with pytest.raises(Unmeasurable, match=r"'due_on' must hold dates. Found: '2024-01-10'"):
        days(NOTHING, "2024-01-01", MONTHLY.assign(due_on="2024-01-10"))
    with pytest.raises(
        Unmeasurable, match=r"'as_of' is a day such as 2026-03-31. Found: '2024-02-30'"
    ):
        days(NOTHING, "2024-02-30")


def test_rows_that_stand_twice_are_refused():
    with pytest.raises(Unmeasurable, match="Account 1 has two instalments due on 2024-01-10"):
        days(NOTHING, "2024-01-01", pd.concat([MONTHLY, MONTHLY]))
    twice = pd.concat([paid((1, "2024-01-10", 5))] * 2)
    with pytest.raises(Unmeasurable, match="Payment 1 stands twice"):
        days(twice, "2024-01-01")


def test_payments_of_strangers_are_refused():
    with pytest.raises(
        Unmeasurable, match="1 payments belong to accounts without an instalment, such as 9"
    ):
        days(paid((9, "2024-01-10", 5)), "2024-01-01")


def test_kinds_and_signs_must_be_known():
    with pytest.raises(Unmeasurable, match="no kind of payment 'gift'"):
        days(paid((1, "2024-01-10", 5)).assign(kind="gift"), "2024-01-31")
    with pytest.raises(Unmeasurable, match=r"Found: reversal of 5.00 in account 1"):
        days(paid((1, "2024-01-10", 5)).assign(kind="reversal"), "2024-01-31")
    with pytest.raises(Unmeasurable, match="More was reversed than paid: account 1"):
        days(paid((1, "2024-01-10", -5)), "2024-01-31")


# --- arrears and outstanding ---


def test_what_falls_due_today_is_unpaid_and_not_yet_in_arrears():
    row = ageing.oldest_unpaid(MONTHLY, paid((1, "2024-01-10", 100)), "2024-02-10").loc[1]
    assert row["unpaid"] == 100
    assert row["arrears"] == 0
    assert ageing.arrears(MONTHLY, NOTHING, "2024-02-10").tolist() == [100]


def test_outstanding_counts_instalments_to_come_too():
    payments = paid((1, "2024-01-10", 130.5))
    assert ageing.outstanding(MONTHLY, payments, "2024-01-31").tolist() == [269.5]
    assert ageing.outstanding(MONTHLY, paid((1, "2024-01-01", 500)), "2024-01-31").tolist() == [0]


# --- the timeline of one account ---


def test_the_timeline_has_a_row_a_day():
    payments = paid((1, "2024-01-12", 100), (1, "2024-02-12", 60), (1, "2024-02-13", -60))
    table = ageing.timeline(MONTHLY, payments, "2024-02-08", "2024-02-14")
    assert table["due"].tolist() == [0, 0, 100, 0, 0, 0, 0]
    assert table["paid"].tolist() == [0, 0, 0, 0, 60, -60, 0]
    assert table["due_so_far"].tolist() == [100, 100, 200, 200, 200, 200, 200]
    assert table["unpaid"].tolist() == [0, 0, 100, 100, 40, 100, 100]
    assert table["days_past_due"].tolist() == [0, 0, 0, 1, 2, 3, 4]


def test_the_timeline_agrees_with_the_days_past_due_of_every_day():
    payments = paid(
        (1, "2024-01-20", 50),
        (1, "2024-02-29", 250),
        (1, "2024-03-05", -250),
        (1, "2024-04-01", 90),
    )
    table = ageing.timeline(MONTHLY, payments, "2024-01-01", "2024-05-01")
    for day, row in table.iterrows():
        standing = ageing.oldest_unpaid(MONTHLY, payments, day).loc[1]
        assert standing["days_past_due"] == row["days_past_due"]
        assert standing["unpaid"] == row["unpaid"]
    assert table["days_past_due"].max() > 60


def test_what_happened_before_the_start_is_counted_and_not_shown_as_paid_that_day():
    table = ageing.timeline(MONTHLY, paid((1, "2024-01-05", 30)), "2024-03-01", "2024-03-01")
    assert table.to_numpy().tolist() == [[0, 0, 200, 30, 170, 51]]


def test_a_timeline_is_of_one_account():
    several = pd.concat([MONTHLY, due((2, "2024-01-10", 5))])
    with pytest.raises(Unmeasurable, match=r"the table holds 2. Say which"):
        ageing.timeline(several, NOTHING, "2024-01-01", "2024-02-01")
    table = ageing.timeline(several, NOTHING, "2024-01-01", "2024-02-01", account=2)
    assert table["unpaid"].iloc[-1] == 5
    with pytest.raises(Unmeasurable, match=r"There is no account 3. There are 2, from 1 to 2"):
        ageing.timeline(several, NOTHING, "2024-01-01", "2024-02-01", account=3)
    with pytest.raises(Unmeasurable, match="The end, 2024-01-01, lies before the start"):
        ageing.timeline(MONTHLY, NOTHING, "2024-02-01", "2024-01-01")


# --- buckets ---


def test_buckets_end_with_their_last_day():
    found = ageing.bucket(pd.Series([0, 1, 30, 31, 90, 91, 180, 181, 999]))
    assert found.tolist() == [0, 1, 1, 2, 3, 4, 6, 7, 7]
    assert ageing.bucket(30) == 1


def test_the_edges_can_be_others():
    american = (0, 29, 59, 89)
    assert ageing.bucket(pd.Series([29, 30, 90]), american).tolist() == [1, 2, 4]
    assert ageing.bucket_names(american) == ["not past due", "1–29", "30–59", "60–89", "over 89"]
    with pytest.raises(Unmeasurable, match=r"begin with 0 and ascend. Found: 1, 30"):
        ageing.bucket(5, (1, 30))
    with pytest.raises(Unmeasurable, match=r"'days' must lie between 0 and inf. Found: -1"):
        ageing.bucket(-1)


def test_the_index_stays_with_the_buckets():
    assert ageing.bucket(pd.Series({"甲": 31})).to_dict() == {"甲": 2}


# --- the ageing table ---


def test_the_ageing_table_counts_accounts_and_money():
    table = ageing.ageing_table([0, 1, 30, 45, 200], [100, 20, 30, 40, 10.0])
    assert table.index.tolist() == list(range(8))
    assert table["days"].tolist()[:3] == ["not past due", "1–30", "31–60"]
    assert table["accounts"].tolist() == [1, 2, 1, 0, 0, 0, 0, 1]
    assert table["balance"].tolist() == [100, 50, 40, 0, 0, 0, 0, 10]
    assert table["account_share"].tolist() == [0.2, 0.4, 0.2, 0, 0, 0, 0, 0.2]
    assert table["balance_share"].tolist() == [0.5, 0.25, 0.2, 0, 0, 0, 0, 0.05]


def test_without_balances_accounts_are_counted():
    assert list(ageing.ageing_table([3]).columns) == ["days", "accounts", "account_share"]


def test_nobody_owing_has_no_share():
    assert ageing.ageing_table([0], [0])["balance_share"].isna().all()


def test_an_ageing_of_nothing_or_of_gaps_is_refused():
    with pytest.raises(Unmeasurable, match="'days' is empty"):
        ageing.ageing_table([])
    with pytest.raises(Unmeasurable, match="'days' has 1 missing"):
        ageing.ageing_table([1, None])
    with pytest.raises(Unmeasurable, match="'days' has 2 values and 'balance' has 1"):
        ageing.ageing_table([1, 2], [5])
