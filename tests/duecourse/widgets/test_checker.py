"""The contact checker: the verdict by hand, and what it asks for."""

import subprocess
import sys
from datetime import date, datetime

import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse.errors import DuecourseError
from duecourse.language import catalogue, speaking
from duecourse.panels.contacts import hours_of
from duecourse.rules.contact import Contact
from duecourse.widgets.checker import ContactChecker

EVENING = datetime(2026, 3, 31, 19, 30)  # noqa: DTZ001 - the debtor's own time
MORNING = datetime(2026, 4, 1, 8)  # noqa: DTZ001 - the debtor's own time
KNOWN = {
    "identified": True,
    "disclosed": False,
    "letters_only": False,
    "product": "cash_loan",
    "certified_on": date(2026, 1, 5),
}


@pytest.fixture(autouse=True)
def _no_marking(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def asked(checker):
    """Return what is asked for beyond the usual."""
    usual = {"channel", "role", "purpose", "party"}
    shown = {name for name, one in checker.fields.items() if one.layout.display != "none"}
    return shown - usual


def test_an_evening_call_is_allowed_and_what_is_not_known_is_said():
    checker = ContactChecker(at=EVENING)
    assert checker.verdict.allowed
    assert "Nothing known forbids it" in checker._verdict.value
    assert "CN-11 depends on: institution and purpose were stated" in checker._verdict.value


def test_when_everything_is_known_nothing_is_left_open():
    checker = ContactChecker(at=EVENING, **KNOWN)
    assert checker.verdict.open == ()
    assert "<strong>Allowed.</strong>" in checker._verdict.value


def test_half_past_ten_at_night_is_too_late_and_eight_is_next():
    checker = ContactChecker(at=EVENING.replace(hour=22))
    assert checker.verdict.rules == ("CN-05",)
    assert checker.verdict.next_lawful == MORNING
    page = checker._verdict.value
    assert "CN-05 No contact at night" in page
    assert "provisional" in page
    assert "GB/T 45251-2025" in page
    assert "2026-04-01 (Wed) 08:00" in page


def test_the_hour_agreed_is_asked_for_only_where_it_matters():
    checker = ContactChecker(at=EVENING)
    assert "hours_agreed" not in asked(checker)
    checker.at = EVENING.replace(hour=22)
    assert "hours_agreed" in asked(checker)
    checker.fields["hours_agreed"].value = True
    assert checker.verdict.allowed
    assert "hours_agreed" in asked(checker)


@pytest.mark.parametrize(("before", "allowed"), [(2, True), (3, False)])
def test_the_fourth_conversation_of_a_day_is_one_too_many(before, allowed):
    checker = ContactChecker(at=EVENING)
    checker.connected.value = before
    assert checker.verdict.allowed is allowed
    assert (checker.verdict.next_lawful == MORNING) is not allowed


@pytest.mark.parametrize(("before", "advised"), [(5, []), (6, ["CN-06"])])
def test_a_seventh_attempt_on_a_number_is_advised_against_and_stays_allowed(before, advised):
    checker = ContactChecker(at=EVENING)
    checker.attempts.value = before
    assert checker.verdict.allowed
    assert [one.rule for one in checker.verdict.advice] == advised
    assert ("Advice: breaks no duty" in checker._verdict.value) is bool(advised)


def test_with_somebody_else_waiting_does_not_help():
    checker = ContactChecker(at=EVENING, role="third_party")
    assert set(checker.verdict.rules) == {"CN-07", "CN-08"}
    assert checker.verdict.next_lawful is None
    assert {"opted_out", "debtor_unreachable"} <= asked(checker)
    checker.fill(purpose="locate", debtor_unreachable=True, opted_out=False)
    assert checker.verdict.allowed
    checker.fill(opted_out=True)
    assert checker.verdict.rules == ("CN-08",)


def test_what_is_said_can_break_a_rule():
    checker = ContactChecker(at=EVENING, content="threat; new_borrowing")
    assert checker.contact.content == "threat; new_borrowing"
    assert set(checker.verdict.rules) == {"CN-12", "CN-27"}


def test_in_the_us_calls_of_seven_days_and_the_last_conversation_count():
    checker = ContactChecker("US", EVENING)
    shown = [checker.calls, checker.spoken]
    assert [one.layout.display for one in shown] == [None, None]
    assert checker.connected.layout.display == "none"
    checker.calls.value = 6
    assert checker.verdict.allowed
    checker.calls.value = 7
    assert checker.verdict.rules == ("US-01",)
    checker.calls.value = 0
    checker.spoken.value = 6
    assert checker.verdict.rules == ("US-01",)
    assert checker.verdict.next_lawful == MORNING
    checker.spoken.value = 7
    assert checker.verdict.allowed


def test_the_strip_of_the_day_follows_the_jurisdiction():
    contact = Contact(at=EVENING)
    hours = hours_of(contact, "CN")
    assert [hours[15], hours[16], hours[43], hours[44]] == ["barred", "free", "free", "barred"]
    checker = ContactChecker(at=EVENING)
    assert "Hours open to this contact: 08:00–22:00" in checker._strip.value
    checker.jurisdiction.value = "UK"
    assert "No rule about hours" in checker._strip.value
    assert set(hours_of(contact, "UK")) == {"free"}


def test_an_agreed_hour_opens_the_whole_day():
    assert set(hours_of(Contact(at=EVENING, hours_agreed=True), "CN")) == {"free"}


def test_a_time_that_is_being_typed_changes_nothing_yet():
    checker = ContactChecker(at=EVENING)
    checker.clock.value = None
    assert checker.at == EVENING
    checker.day.value = None
    assert checker.at == EVENING


def test_every_question_can_be_answered_and_taken_back():
    checker = ContactChecker(at=EVENING)
    before = checker.contact
    for name, control in checker.fields.items():
        answer = {"DatePicker": date(2026, 1, 5), "BoundedFloatText": 5.0, "Text": "合同法"}
        kind = type(control).__name__
        value = answer.get(kind)
        if kind == "Dropdown":
            value = control.options[-1][1]
        if kind == "SelectMultiple":
            value = "threat"
        checker.fill(**{name: value})
        assert getattr(checker.contact, name) == value
        checker.fill(**{name: getattr(before, name)})
    assert checker.contact == before


def test_what_it_does_not_know_is_answered_with_what_there_is():
    with pytest.raises(DuecourseError, match=r"'rol'.*'role'"):
        ContactChecker(at=EVENING, rol="debtor")
    with pytest.raises(DuecourseError, match=r"'role' cannot hold 'detbor'.*'debtor'"):
        ContactChecker(at=EVENING, role="detbor")


def test_everything_it_says_is_in_the_language_spoken():
    with speaking("zh"):
        checker = ContactChecker(at=EVENING.replace(hour=23), role="third_party")
        said = checker.still() + checker._strip.value
        said += "".join(str(one.description) for one in checker.fields.values())
    assert "不可以联系。" in said
    assert not [text for text in catalogue() if len(text) > 8 and " " in text and text in said]


def test_a_page_without_a_kernel_shows_contact_and_verdict():
    page = ContactChecker(at=EVENING, role="third_party")._repr_mimebundle_()["text/html"]
    assert "With whom: somebody else" in page
    assert "2026-03-31 19:30" in page
    assert "CN-08" in page


def test_while_a_notebook_is_graded_nothing_is_shown(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    format_of = InteractiveShell.instance().display_formatter.format
    assert format_of(ContactChecker(at=EVENING)) == ({}, {})


def test_a_classroom_without_tables_can_show_it():
    command = "import sys, duecourse.widgets.checker; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
