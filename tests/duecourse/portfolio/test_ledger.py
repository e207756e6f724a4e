"""The ledger is the truth: what the snapshots say can be rebuilt from instalments and payments."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecourse import ageing, portfolio
from duecourse.portfolio.ledger import sale_price
from duecourse.portfolio.parameters import changed, standard
from tests.duecourse.portfolio.watching import UNTIL, days_of

SEEDS = st.integers(0, 2**63)


def by_hand(book, account, day):
    """Return days past due and arrears in cents of one account, by walking through its ledger."""
    instalments = book.instalments
    due = instalments[(instalments["account_id"] == account) & (instalments["due_on"] <= day)]
    paid = book.payments[
        (book.payments["account_id"] == account)
        & (book.payments["paid_on"] <= day)
        & book.payments["kind"].isin(["payment", "reversal", "recovery"])
    ]
    left = sum(round(amount * 100) for amount in paid["amount"])
    late, arrears = 0, 0
    for when, amount in zip(due["due_on"], due["amount"], strict=True):
        lacking = max(round(amount * 100) - max(left, 0), 0)
        left -= round(amount * 100)
        if lacking and when < day:
            late = max(late, (day - when).days)
            arrears += lacking
    return late, arrears


def rebuilt(book, day):
    """Return `ageing.oldest_unpaid` of all accounts that the snapshot of a day names."""
    snapshot = book.monthly_snapshot
    now = snapshot[snapshot["month"] == day].set_index("account_id")
    standing = ageing.oldest_unpaid(book.instalments, book.payments, day)
    return now, standing.reindex(now.index)


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, months=st.integers(2, 30))
def test_every_month_end_can_be_rebuilt_from_the_ledger(seed, months):
    book = portfolio.world(seed, 150, months)
    for day in book.monthly_snapshot["month"].unique():
        now, standing = rebuilt(book, day)
        # an account without any instalment yet does not stand in the ledger
        assert now["days_past_due"].eq(standing["days_past_due"].fillna(0)).all()
        assert now["arrears"].sub(standing["arrears"].fillna(0)).abs().max() < 0.005
        assert now["bucket"].eq(ageing.bucket(now["days_past_due"])).all()


def test_every_month_end_of_a_large_book_can_be_rebuilt(book):
    assert (book.monthly_snapshot["bucket"] == 7).sum() > 50
    for day in book.monthly_snapshot["month"].unique():
        now, standing = rebuilt(book, day)
        assert now["days_past_due"].eq(standing["days_past_due"].fillna(0)).all()
        assert now["arrears"].sub(standing["arrears"].fillna(0)).abs().max() < 0.005


@settings(max_examples=6, deadline=None)
@given(seed=SEEDS)
def test_on_any_day_the_ledger_says_what_walking_through_it_by_hand_says(seed):
    book = portfolio.world(seed, 60, 24)
    troubled = book.monthly_snapshot.query("bucket > 1")["account_id"].unique()[:4]
    for day in days_of(book, 4):
        standing = ageing.oldest_unpaid(book.instalments, book.payments, day)
        for account in [100_001, *troubled]:
            late, arrears = by_hand(book, account, day)
            if account not in standing.index:
                assert (late, arrears) == (0, 0)
                continue
            found = standing.loc[account]
            assert (found["days_past_due"], round(found["arrears"] * 100)) == (late, arrears)


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_no_account_ever_has_more_taken_back_than_it_paid(seed):
    payments = portfolio.world(seed, 200, 24).payments
    assert payments["paid_on"].is_monotonic_increasing
    cents = payments["amount"].mul(100).round().groupby(payments["account_id"]).cumsum()
    assert (cents >= 0).all()


@pytest.mark.parametrize("months", [2, 9, 40])
def test_reversals_take_back_a_whole_payment_of_their_account_once(months):
    payments = portfolio.world(21, 400, months).payments
    back = payments[payments["kind"] == "reversal"]
    taken = payments.set_index("payment_id").loc[back["reverses"].astype(int)]
    assert payments.loc[payments["kind"] != "reversal", "reverses"].isna().all()
    assert back["reverses"].is_unique
    assert (taken["kind"] == "payment").all()
    assert (taken["account_id"].to_numpy() == back["account_id"].to_numpy()).all()
    assert (taken["amount"].to_numpy() == -back["amount"].to_numpy()).all()
    assert (taken["paid_on"].to_numpy() + np.timedelta64(2, "D") == back["paid_on"]).all()


def test_bounced_debits_are_the_reversals_of_the_month(book):
    back = book.payments[book.payments["kind"] == "reversal"]
    month = back["paid_on"].dt.to_period("M").dt.end_time.dt.normalize().rename("month")
    counted = back.groupby(["account_id", month]).size()
    told = book.monthly_snapshot.set_index(["account_id", "month"])["bounced_debits"]
    assert counted.sum() == told.sum() > 100
    assert told[told > 0].sort_index().tolist() == counted.sort_index().tolist()


def test_money_comes_while_an_account_is_open_and_then_only_for_a_claim_written_off(book):
    last = book.monthly_snapshot.drop_duplicates("account_id", keep="last").set_index("account_id")
    payments = book.payments.join(last[["month", "status"]], on="account_id")
    claim = payments["kind"].isin(["recovery", "sale"])
    assert (payments.loc[~claim, "paid_on"] <= payments.loc[~claim, "month"]).all()
    assert (payments.loc[claim, "paid_on"] > payments.loc[claim, "month"]).all()
    assert (payments.loc[claim, "status"] == "written_off").all()
    assert payments["kind"].value_counts()[["recovery", "sale"]].gt(5).all()


def test_an_account_wholly_paid_has_paid_its_instalments_to_the_cent(book):
    closed = book.monthly_snapshot.query("status == 'closed'")["account_id"]
    accounts = book.accounts.set_index("account_id").loc[closed]
    promised = accounts["instalment"] * accounts["term_months"]
    paid = book.payments.groupby("account_id")["amount"].sum().loc[closed]
    assert len(closed) > 500
    assert np.allclose(paid, promised, atol=0.005)


def test_a_claim_is_sold_once_six_months_after_the_write_off(book):
    snapshot = book.monthly_snapshot
    lost = snapshot[snapshot["status"] == "written_off"].set_index("account_id")
    sold = book.payments[book.payments["kind"] == "sale"].set_index("account_id")
    assert sold.index.is_unique
    months = sold["paid_on"].dt.to_period("M").astype("int64") - lost["month"].dt.to_period(
        "M"
    ).astype("int64").reindex(sold.index)
    assert (months == 6).all()
    share = sold["amount"] / lost["balance"].reindex(sold.index)
    assert share.between(0.1259, 0.1261).all()


def test_the_price_of_a_claim_decays_from_12_6_to_1_8_percent():
    p = standard()
    assert sale_price(0.5, p) == sale_price(1, p) == 0.126
    assert sale_price(3, p) == pytest.approx((0.126 * 0.018) ** 0.5)
    assert sale_price(5, p) == sale_price(9, p) == pytest.approx(0.018)


def test_parameters_of_other_sizes_keep_the_ledger_true():
    p = changed(bounce=(0.3, 0.0, 0.9), part_payment=(1.0, 0.0, 0.0), due_days=(4, 25), hold=0.9)
    book = portfolio.simulate(3, 300, 24, UNTIL, p=p).book
    for day in book.monthly_snapshot["month"].unique():
        now, standing = rebuilt(book, day)
        assert now["days_past_due"].eq(standing["days_past_due"].fillna(0)).all()
        assert now["bucket"].eq(ageing.bucket(now["days_past_due"])).all()


def test_the_schedule_ends_with_the_term_and_spans_a_leap_day():
    account = pd.DataFrame(
        {
            "account_id": [7],
            "opened_on": pd.to_datetime(["2024-01-31"]),
            "due_day": [25],
            "term_months": [3],
            "instalment": [100.25],
        }
    )
    assert portfolio.schedule(account, "2024-02-24").empty
    found = portfolio.schedule(account, "2024-12-31")
    assert found["due_on"].dt.strftime("%Y-%m-%d").tolist() == [
        "2024-02-25", "2024-03-25", "2024-04-25",
    ]  # fmt: skip
    assert found["number"].tolist() == [1, 2, 3]
    assert found["amount"].tolist() == [100.25] * 3
