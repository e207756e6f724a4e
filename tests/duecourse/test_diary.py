"""The follow-up diary keeps to hours, limits and wishes; days of March 2025."""

from datetime import time

import pandas as pd
import pytest

from duecourse.columns import Unmeasurable
from duecourse.diary import ContactRules, follow_up

NOBODY_PAID = pd.DataFrame(
    {"payment_id": [], "account_id": [], "paid_on": [], "amount": [], "reverses": []}
)


def march(*days):
    return pd.to_datetime([f"2025-03-{day:02}" for day in days])


def promised(*rows):
    """Promises of (account, made, due), 100 yuan times their number each."""
    return pd.DataFrame(
        {
            "promise_id": range(1, len(rows) + 1),
            "account_id": [account for account, _, _ in rows],
            "made_on": march(*(made for _, made, _ in rows)),
            "due_on": march(*(due for _, _, due in rows)),
            "amount": [100.0 * n for n in range(1, len(rows) + 1)],
        }
    )


def people(letters_only=(), reassigned=()):
    ids = range(1, 6)
    return pd.DataFrame(
        {
            "account_id": ids,
            "letters_only": [n in letters_only for n in ids],
            "number_status": ["reassigned" if n in reassigned else "own" for n in ids],
        }
    )


def diary(promises, today, payments=NOBODY_PAID, accounts=None, **terms):
    """Rows of the diary as (day or None, account, step, channel, reason)."""
    accounts = people() if accounts is None else accounts
    table = follow_up(promises, payments, accounts, f"2025-03-{today:02}", **terms)
    return [
        (None if pd.isna(row.on) else row.on.day, row.account_id, row.step, row.channel, row.reason)
        for row in table.itertuples()
    ]


def paid(account, day, amount):
    return pd.DataFrame(
        {"payment_id": [1], "account_id": [account], "paid_on": march(day), "amount": [amount]}
    )


def test_a_promise_gets_a_reminder_before_and_a_call_after_its_grace():
    # due on the 10th: reminder on the 9th; grace until the 13th, call on the 14th
    assert diary(promised((1, 3, 10)), 4) == [
        (9, 1, "reminder", "sms", ""),
        (14, 1, "call", "call", ""),
    ]


def test_contacts_have_an_hour_and_letters_have_none():
    table = follow_up(promised((1, 3, 10)), NOBODY_PAID, people(), "2025-03-04", at=time(18, 30))
    assert table["at"].tolist() == list(pd.to_datetime(["2025-03-09 18:30", "2025-03-14 18:30"]))
    letters = follow_up(promised((1, 3, 10)), NOBODY_PAID, people(letters_only=[1]), "2025-03-04")
    assert letters["at"].isna().all()
    assert letters["open"].tolist() == [100, 100]


def test_the_diary_holds_the_days_from_today_to_its_horizon():
    made = promised((1, 3, 10))
    assert [row[0] for row in diary(made, 9)] == [9, 14]
    assert [row[0] for row in diary(made, 10)] == [14]
    assert diary(made, 15) == []
    assert [row[0] for row in diary(made, 4, horizon_days=10)] == [9]
    assert [row[0] for row in diary(made, 4, horizon_days=11)] == [9, 14]


def test_a_promise_that_is_paid_needs_no_contact():
    made = promised((1, 3, 10))
    assert diary(made, 6, paid(1, 5, 100.0)) == []
    # money of today is not known in the morning
    assert len(diary(made, 5, paid(1, 5, 100.0))) == 2
    part = follow_up(made, paid(1, 5, 60.0), people(), "2025-03-06")
    assert part["open"].tolist() == [40, 40]


def test_nobody_is_called_for_the_rest_of_a_promise_that_counts_as_kept():
    assert diary(promised((1, 3, 10)), 14, paid(1, 10, 90.0)) == []
    assert diary(promised((1, 3, 10)), 14, paid(1, 10, 89.0)) == [(14, 1, "call", "call", "")]


def test_a_promise_made_today_stands_in_tomorrows_diary():
    made = promised((1, 4, 10))
    assert diary(made, 4) == []
    assert len(diary(made, 5)) == 2


def test_who_asked_for_letters_gets_letters_and_in_time():
    # a letter takes five days: due on the 10th, it leaves on the 5th
    assert diary(promised((1, 3, 10)), 4, accounts=people(letters_only=[1])) == [
        (5, 1, "reminder", "letter", "letters_only"),
        (14, 1, "call", "letter", "letters_only"),
    ]


def test_a_number_that_belongs_to_somebody_else_is_never_used():
    rows = diary(promised((2, 3, 10)), 4, accounts=people(reassigned=[2]))
    assert [row[3:] for row in rows] == [("letter", "number_reassigned")] * 2


def test_a_reminder_without_time_is_left_out_and_says_so():
    assert diary(promised((1, 3, 4)), 4, remind_before=1) == [(8, 1, "call", "call", "")]
    assert diary(promised((1, 3, 7)), 4, accounts=people(letters_only=[1])) == [
        (11, 1, "call", "letter", "letters_only"),
        (None, 1, "reminder", "letter", "no_time"),
    ]


def test_nothing_is_asked_while_the_balance_is_in_dispute():
    complaints = pd.DataFrame(
        {
            "account_id": [1, 2, 3],
            "received_on": march(1, 1, 1),
            "cause": ["balance_disputed", "conduct", "balance_disputed"],
            "answered_on": [pd.NaT, pd.NaT, pd.Timestamp("2025-03-02")],
        }
    )
    made = promised((1, 3, 10), (2, 3, 10), (3, 3, 10))
    rows = diary(made, 4, complaints=complaints)
    assert {row[:2] for row in rows if row[4]} == {(None, 1)}
    assert {row[4] for row in rows if row[1] == 1} == {"balance_disputed"}
    assert [row[1] for row in rows if not row[4]] == [2, 3, 2, 3]


def test_a_day_holds_one_contact_and_the_earlier_promise_keeps_it():
    # account 1: call for promise 1 (due 5) and reminder of promise 2 (due 10) both on the 9th
    made = promised((1, 3, 5), (1, 3, 10))
    rows = [row for row in diary(made, 5) if row[0] in {9, 10}]
    assert rows == [(9, 1, "call", "call", ""), (10, 1, "reminder", "sms", "moved")]
    rows = [row for row in diary(made, 5, most_a_day=2) if row[0] in {9, 10}]
    assert [row[0] for row in rows] == [9, 9]


def test_a_reminder_that_would_come_after_its_day_is_left_out():
    made = promised((1, 3, 10), (1, 3, 10), (1, 3, 10))
    rows = [row for row in diary(made, 5) if row[2] == "reminder"]
    assert rows == [
        (9, 1, "reminder", "sms", ""),
        (10, 1, "reminder", "sms", "moved"),
        (None, 1, "reminder", "sms", "no_time"),
    ]


def test_contacts_made_already_count_and_letters_do_not():
    log = pd.DataFrame(
        {
            "account_id": [1, 1, 2],
            "at": pd.to_datetime(["2025-03-09 09:00", "2025-03-09 09:30", "2025-03-09 23:00"]),
            "channel": ["call", "letter", "letter"],
        }
    )
    made = promised((1, 3, 10), (2, 3, 10))
    assert diary(made, 9, contact_log=log)[:2] == [
        (9, 2, "reminder", "sms", ""),
        (10, 1, "reminder", "sms", "moved"),
    ]


def test_leap_day_and_month_end():
    made = promised((1, 3, 10)).assign(
        made_on=pd.Timestamp("2024-02-20"), due_on=pd.Timestamp("2024-03-01")
    )
    table = follow_up(made, NOBODY_PAID, people(), "2024-02-25")
    assert [f"{day:%m-%d}" for day in table["on"]] == ["02-29", "03-05"]


def test_no_promises_give_an_empty_diary():
    table = follow_up(promised(), NOBODY_PAID, people(), "2025-03-04")
    assert table.empty
    assert table.columns.tolist() == [
        "on",
        "at",
        "account_id",
        "promise_id",
        "step",
        "channel",
        "open",
        "reason",
    ]


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"at": time(7, 59)}, "from 08:00 and before 22:00 .CN-05, provisional.. Found: 07:59"),
        ({"at": time(22)}, "Found: 22:00"),
        ({"most_a_day": 4}, "'most_a_day' is 1 to 3: .*CN-06"),
        ({"most_a_day": 0}, "Found: 0"),
        ({"remind_before": 0}, "A reminder comes at least 1 day before"),
        ({"letter_days": 0}, "a letter leaves no later than a reminder"),
        ({"at": time(20), "rules": ContactRules(closes=time(20))}, "before 20:00"),
    ],
)
def test_what_the_rules_forbid_is_refused_with_the_rule(terms, message):
    with pytest.raises(Unmeasurable, match=message):
        diary(promised((1, 3, 10)), 4, **terms)


def test_accounts_must_be_known_once():
    made = promised((9, 3, 10))
    with pytest.raises(Unmeasurable, match=r"1 accounts with promises are missing .* such as 9"):
        diary(made, 4)
    twice = pd.concat([people(), people()])
    with pytest.raises(Unmeasurable, match="'account_id' must be unique"):
        diary(promised((1, 3, 10)), 4, accounts=twice)
    unknown = people().assign(number_status=["own", None, "own", "own", "own"])
    with pytest.raises(Unmeasurable, match="'number_status' has 1 missing values"):
        diary(promised((1, 3, 10)), 4, accounts=unknown)
