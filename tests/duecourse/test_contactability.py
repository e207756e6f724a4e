"""Lawful reach: who was spoken to, who got a message, who is lost, and what does not count."""

import pandas as pd
import pytest

from duecourse.columns import ColumnMissing, Unmeasurable
from duecourse.contactability import lawful_contacts, reach

DAY = "2024-02-29"


def people(count=1, **changes):
    return pd.DataFrame(
        {"account_id": range(1, count + 1), "number_status": "own", "letters_only": False} | changes
    )


def log(*contacts):
    """Return a log of (account, time, channel, outcome), or with a role at the end."""
    rows = [(*contact, "debtor")[:5] for contact in contacts]
    table = pd.DataFrame(rows, columns=["account_id", "at", "channel", "outcome", "role"])
    return table.assign(at=pd.to_datetime(table["at"]))


TALK = ("call", "right_party")
MISS = ("call", "no_answer")


def test_a_conversation_makes_reachable_and_a_message_partly():
    contacts = log(
        (1, "2024-02-20 10:00", *TALK),
        (2, "2024-02-20 10:00", "sms", "delivered"),
        (3, "2024-02-20 10:00", "call", "voicemail"),
        (4, "2024-02-20 00:00", "letter", "delivered"),
        (5, "2024-02-20 10:00", "sms", "undelivered"),
    )
    found = reach(contacts, people(5), DAY)
    assert found.tolist() == ["reachable", "partly", "partly", "partly", "unknown"]
    assert found.index.tolist() == [1, 2, 3, 4, 5]


def test_who_was_not_called_is_not_lost():
    assert reach(log(), people(), DAY).tolist() == ["unknown"]
    assert reach(log(), people(0), DAY).empty


def test_three_failed_days_make_lost_and_three_calls_on_one_day_do_not():
    days = log(*[(1, f"2024-02-{day} 10:00", *MISS) for day in (10, 11, 12)])
    assert reach(days, people(), DAY).tolist() == ["lost"]
    assert reach(days, people(), DAY, tries=4).tolist() == ["unknown"]
    calls = log(*[(1, f"2024-02-10 {hour}:00", *MISS) for hour in (10, 11, 12)])
    assert reach(calls, people(), DAY).tolist() == ["unknown"]


def test_a_call_at_night_is_no_lawful_reach():
    for hour, state in (("07:59", "unknown"), ("08:00", "reachable"), ("21:59", "reachable")):
        contacts = log((1, f"2024-02-20 {hour}", *TALK))
        assert reach(contacts, people(), DAY).tolist() == [state]
    assert reach(log((1, "2024-02-20 22:00", *TALK)), people(), DAY).tolist() == ["unknown"]


def test_somebody_elses_telephone_is_no_way_to_the_debtor():
    contacts = log((1, "2024-02-20 10:00", *TALK), (1, "2024-02-20 11:00", *TALK, "third_party"))
    assert reach(contacts, people(number_status="reassigned"), DAY).tolist() == ["lost"]
    assert reach(contacts.iloc[1:], people(), DAY).tolist() == ["unknown"]
    letter = log((1, "2024-02-20", "letter", "delivered"))
    assert reach(letter, people(number_status="reassigned"), DAY).tolist() == ["partly"]


def test_who_asked_for_letters_is_reached_by_letter_alone():
    own_wish = people(letters_only=True)
    assert reach(log((1, "2024-02-20", "letter", "delivered")), own_wish, DAY).tolist() == [
        "reachable"
    ]
    assert reach(log((1, "2024-02-20 10:00", *TALK)), own_wish, DAY).tolist() == ["unknown"]


def test_the_window_ends_with_the_day_and_begins_so_many_days_before():
    for moment, inside in (
        ("2024-02-29 21:00", True),
        ("2024-03-01 08:00", False),
        ("2024-02-28 08:00", True),
        ("2024-02-27 21:00", False),
    ):
        found = lawful_contacts(log((1, moment, *TALK)), people(), DAY, days=2)
        assert len(found) == inside


def test_contacts_of_other_accounts_are_left_out():
    assert lawful_contacts(log((9, "2024-02-20 10:00", *TALK)), people(), DAY).empty


def test_what_is_missing_or_twice_is_named():
    with pytest.raises(ColumnMissing, match="no column 'number_status'"):
        reach(log(), people().drop(columns="number_status"), DAY)
    with pytest.raises(Unmeasurable, match="Account 1 stands more than once in accounts"):
        reach(log(), people(2, account_id=[1, 1]), DAY)
    with pytest.raises(Unmeasurable, match="'days' must be above 0"):
        reach(log(), people(), DAY, days=0)
    with pytest.raises(Unmeasurable, match="'as_of' is a day such as"):
        reach(log(), people(), "2024-02-30")
