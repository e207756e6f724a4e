"""The audit board: counts of a small log by hand, the widget by its controls."""

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse.audits import AuditBook, AuditFilter
from duecourse.language import catalogue, speaking
from duecourse.widgets.audit import AuditBoard

DAY = "2026-03-"


@pytest.fixture(autouse=True)
def _no_marking(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def small_log():
    """Eight contacts: two at night, one of them with a threat; one with a third person."""
    rows = [
        ("e1", 1, DAY + "02 09:00", "Li", "lender", "debtor", ""),
        ("e2", 1, DAY + "02 22:30", "Li", "lender", "debtor", ""),
        ("e3", 2, DAY + "03 10:00", "Li", "lender", "debtor", ""),
        ("e4", 2, DAY + "03 11:00", "Ma", "agency", "third_party", ""),
        ("e5", 3, DAY + "04 23:00", "Ma", "agency", "debtor", "threat"),
        ("e6", 3, DAY + "05 12:00", "Wu", "agency", "debtor", ""),
        ("e7", 4, DAY + "06 12:00", "Wu", "agency", "debtor", ""),
        ("e8", 4, DAY + "07 12:00", None, "agency", "debtor", ""),
    ]
    names = ["event_id", "account_id", "at", "agent", "party", "role", "content"]
    log = pd.DataFrame(rows, columns=names)
    return log.assign(at=pd.to_datetime(log["at"]), channel="call", purpose="collect")


def test_findings_are_counted_by_rule_and_by_agent():
    view = AuditBook(small_log()).view(AuditFilter())
    # e2 and e5 at night, e4 asks somebody else to pay, e5 threatens
    assert view.by_rule.to_dict() == {"CN-05": 2, "CN-07": 1, "CN-27": 1}
    assert (view.contacts, view.found) == (8, 4)
    assert view.title == "4 findings in 8 contacts: 500.0 per 1,000"
    agents = view.by_agent
    assert agents["contacts"].to_dict() == {"Ma": 2, "Li": 3, "Wu": 2}
    assert agents["findings"].to_dict() == {"Ma": 3, "Li": 1, "Wu": 0}
    assert agents["rate"].tolist() == pytest.approx([1500, 1000 / 3, 0])


def test_hours_of_the_week_hold_contacts_and_findings():
    view = AuditBook(small_log()).view(AuditFilter())
    # 2026-03-02 is a Monday, 2026-03-04 a Wednesday
    assert view.contacts_by_hour.sum() == 8
    assert view.contacts_by_hour[0, 9] == view.contacts_by_hour[0, 22] == 1
    assert view.findings_by_hour[0, 22] == 1
    assert view.findings_by_hour[2, 23] == 2
    assert view.findings_by_hour.sum() == 4


@pytest.mark.parametrize(
    ("chosen", "contacts", "events"),
    [
        (AuditFilter(rule="CN-05"), 8, ["e2", "e5"]),
        (AuditFilter(agent="Ma"), 2, ["e4", "e5", "e5"]),
        (AuditFilter(party="lender"), 3, ["e2"]),
        (AuditFilter(first="2026-03-03", last="2026-03-03"), 2, ["e4"]),
        (AuditFilter(agent="Wu"), 2, []),
        (AuditFilter(agent="nobody"), 0, []),
        (AuditFilter(standing="verified"), 8, ["e5"]),
    ],
)
def test_filters_let_contacts_and_findings_through(chosen, contacts, events):
    view = AuditBook(small_log()).view(chosen)
    assert view.contacts == contacts
    assert view.examples["event_id"].tolist() == events


def test_a_severity_is_looked_at_alone():
    book = AuditBook(small_log())
    parts = [book.view(AuditFilter(severity=one)).found for one in book.severities]
    assert sum(parts) == 4
    assert all(parts)


def test_what_was_not_tested_is_said():
    board = AuditBoard(small_log())
    page = board._untested.value
    assert "no finding here means nothing" in page
    assert "there is no column &#x27;disclosed&#x27;" in page


def test_the_controls_lead_to_what_is_shown():
    board = AuditBoard(small_log())
    assert "4 findings in 8 contacts" in board._title.value
    board.rule.value = "CN-05"
    assert "2 findings in 8 contacts" in board._title.value
    assert "22:30 lies outside 08:00 to 22:00" in board._examples.value
    board.party.value = "agency"
    assert board.view().found == 1
    board.rule.value = "*"
    board.first.value = "2026-03-05"
    assert board.view().contacts == 3
    assert "No findings." in board._week.value


def test_days_given_the_wrong_way_round_are_taken_the_right_way():
    board = AuditBoard(small_log())
    board.first.value, board.last.value = "2026-03-04", "2026-03-03"
    assert board.view().contacts == 3


def test_a_log_without_agents_says_so():
    board = AuditBoard(small_log().drop(columns=["agent", "party", "event_id"]))
    assert "The log names no agents." in board._counts.value
    assert board.agent.disabled
    assert board.view().found == 4


def test_stamps_in_universal_time_are_shown_at_the_debtors_hour():
    log = small_log()
    log["at"] = log["at"].dt.tz_localize("Asia/Shanghai").dt.tz_convert("UTC")
    view = AuditBook(log).view(AuditFilter())
    assert view.findings_by_hour[0, 22] == 1
    assert view.by_rule["CN-05"] == 2


def test_rows_that_the_audit_leaves_out_count_nowhere():
    log = pd.concat([small_log(), small_log().iloc[:1]], ignore_index=True)
    log.loc[2, "at"] = pd.NaT
    board = AuditBoard(log)
    assert board.view().contacts == 7
    assert board._untested.value.count("dc-notice") == 2


@pytest.mark.parametrize("rows", [0, 1])
def test_a_log_of_nothing_or_one_contact_is_shown(rows):
    board = AuditBoard(small_log().iloc[:rows])
    assert board.view().contacts == rows
    assert "No findings." in board._week.value


def test_a_view_of_many_events_equals_the_sum_of_its_parts():
    numbers = np.random.default_rng(1)
    log = pd.concat([small_log()] * 500, ignore_index=True).drop(columns="event_id")
    log["at"] += pd.to_timedelta(numbers.integers(0, 20, len(log)), unit="D")
    log["account_id"] = numbers.integers(0, 3000, len(log))
    book = AuditBook(log)
    whole = book.view(AuditFilter())
    parts = [book.view(AuditFilter(rule=one)).found for one in book.rules]
    assert sum(parts) == whole.found == len(book.findings)
    assert whole.by_agent["findings"].sum() <= whole.found


def test_texts_of_a_log_are_no_markup():
    board = AuditBoard(small_log().assign(agent="<b>x</b>"))
    assert "<b>x" not in board.still()
    assert "&lt;b&gt;x" in board.still()


def test_everything_it_says_is_in_the_language_spoken():
    with speaking("zh"):
        board = AuditBoard(small_log())
        said = board.still() + board._week.value + board.rule.description
    assert "8次联系中发现4项，每千次500.0项" in said
    assert not [text for text in catalogue() if len(text) > 8 and " " in text and text in said]


def test_a_page_without_a_kernel_shows_the_findings(monkeypatch):
    board = AuditBoard(small_log())
    page = board._repr_mimebundle_()["text/html"]
    assert "4 findings in 8 contacts" in page
    assert "Findings by rule" in page
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert InteractiveShell.instance().display_formatter.format(board) == ({}, {})
