"""What is known of an account on a day, by hand, and nothing later."""

import pandas as pd
import pytest

from duecourse import evidence, portfolio, segments, strategy, trials
from duecourse.columns import Unmeasurable

DAY = "2024-06-30"


def dates(*days):
    return pd.to_datetime(list(days))


@pytest.fixture
def book():
    """Account 1 could pay in three of four months and did in two; of account 2 little is known."""
    return {
        "accounts": pd.DataFrame(
            {
                "account_id": [2, 1],
                "instalment": [500.0, 400],
                "income": [None, 6000.0],
                "essentials": [4000.0, 4600],
                "priority_debts": [0.0, 600],
                "employment": ["gig", "employee"],
                "number_status": "own",
                "letters_only": False,
            }
        ),
        "monthly_snapshot": pd.DataFrame(
            {
                "account_id": [1, 1, 1, 1, 1],
                "month": dates("2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30", "2024-07-31"),
                "status": "active",
                # 5,200 are spoken for, and the instalment is 400
                "inflow": [5600.0, 5600, 5599, 6200, 9000],
            }
        ),
        "payments": pd.DataFrame(
            {
                "payment_id": [1, 2, 3, 4, 5, 6],
                "account_id": [1, 1, 1, 1, 1, 1],
                "paid_on": dates("2024-03-10", "2024-04-10", "2024-04-12", "2024-06-05", "2024-06-20", "2024-07-01"),
                "amount": [400.0, 400, -400, 360, 1000, 400],
                "kind": ["payment", "payment", "reversal", "payment", "recovery", "payment"],
                "reverses": pd.array([None, None, 2, None, None, None], dtype="Int64"),
            }
        ),
        "promises": pd.DataFrame(
            {
                "promise_id": [1, 2, 3],
                "account_id": [1, 1, 1],
                "made_on": dates("2024-06-01", "2024-06-29", "2023-12-01"),
                "due_on": dates("2024-06-06", "2024-07-05", "2023-12-05"),
                "amount": [400.0, 400, 400],
                "bucket": 1,
            }
        ),
        "contact_log": pd.DataFrame(
            {
                "contact_id": [1, 2, 3],
                "account_id": [1, 1, 1],
                "at": dates("2024-05-01 10:00", "2024-05-02 10:00", "2024-05-03 23:00"),
                "channel": "call",
                "role": "debtor",
                "outcome": ["no_answer", "right_party", "right_party"],
            }
        ),
        "hardship": pd.DataFrame(
            {"account_id": [1, 2], "disclosed_on": dates("2024-07-02", "2024-01-01"), "cause": "illness"}
        ),
    }  # fmt: skip


def test_counts_by_hand(book):
    found = evidence.evidence(book, DAY)
    assert found.index.tolist() == [2, 1]
    counts = found.loc[
        1, ["promises_due", "promises_kept", "able_months", "paid_months", "attempts", "talks"]
    ]
    # the April payment bounced, in May there was no room, in June 360 are 90% of 400; the recovery is
    # no payment of the customer's; the promise of December is too old, that of 29 June is not due; the
    # call at 23:00 was not lawful
    assert counts.tolist() == [1, 1, 3, 2, 2, 1]
    assert found.loc[1, ["kept", "paid", "answered"]].tolist() == pytest.approx(
        [2 / 3, 3 / 5, 2 / 4]
    )
    # surplus 800 of 3 * 400; inflow (5,600 + 5,599 + 6,200) / 3 - 5,200 = 599.67
    assert found.loc[1, ["room", "inflow"]].tolist() == pytest.approx(
        [800 / 1200, 599.6667 / 1200], abs=1e-5
    )
    assert found.loc[1, ["spared", "steady"]].tolist() == [1, 1]


def test_what_is_not_known_stays_missing(book):
    found = evidence.evidence(book, DAY).loc[2]
    assert found[["kept", "paid", "answered", "room", "inflow"]].isna().all()
    assert found[["promises_due", "able_months", "attempts"]].tolist() == [0, 0, 0]
    # disclosed on the first day of the six months
    assert found[["spared", "steady"]].tolist() == [0, 0.5]


def test_nothing_later_is_looked_at(book):
    before = evidence.evidence(book, "2024-06-29")
    for name, day in (
        ("payments", "paid_on"),
        ("promises", "made_on"),
        ("hardship", "disclosed_on"),
    ):
        book[name] = book[name][book[name][day] <= "2024-06-29"]
    book["monthly_snapshot"] = book["monthly_snapshot"].iloc[:3]
    pd.testing.assert_frame_equal(before, evidence.evidence(book, "2024-06-29"))
    assert before.loc[1, "able_months"] == 2


def test_a_hardship_counts_from_the_day_it_is_disclosed(book):
    assert evidence.evidence(book, "2024-07-02").loc[1, "spared"] == 0


def test_the_scores_come_from_the_evidence(book):
    found = evidence.evidence(book, DAY)
    assert segments.ability(found)[1] == pytest.approx(
        0.4 * 599.6667 / 1200 + 0.4 * 2 / 3 + 0.1 + 0.1, abs=1e-5
    )
    assert segments.willingness(found)[1] == pytest.approx(0.55 * 0.6 + 0.3 * 2 / 3 + 0.15 * 0.5)
    assert segments.willingness(found).isna().tolist() == [True, False]


def test_a_book_without_history_is_a_table_without_shares(book):
    bare = {name: table if name == "accounts" else table.iloc[:0] for name, table in book.items()}
    found = evidence.evidence(bare, DAY)
    assert found["paid"].isna().all()
    assert found.loc[1, "room"] == pytest.approx(800 / 1200)


def test_an_account_twice_is_refused(book):
    book["accounts"] = pd.concat([book["accounts"]] * 2)
    with pytest.raises(Unmeasurable, match="stands more than once in accounts"):
        evidence.evidence(book, DAY)


def test_the_practice_book_can_be_segmented_from_end_to_end():
    book = portfolio.practice(accounts=1500, months=18)
    day = book.monthly_snapshot["month"].max()
    found = evidence.evidence(book, day)
    assert found.index.tolist() == book.accounts["account_id"].tolist()
    segment = segments.quadrant(segments.ability(found), segments.willingness(found))
    assert set(segment) == {*segments.QUADRANTS, "unknown"}
    effects = trials.effects(book.monthly_snapshot, by="bucket")
    assert effects["effect"].between(-1, 1).all()
    allowed = strategy.allowed(book, day)
    cheapest = allowed["letter"].map({True: "letter", False: "none"})
    assert strategy.breaches(cheapest, book, day).empty
