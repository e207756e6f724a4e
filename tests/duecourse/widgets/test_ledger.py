"""The ledger explorer: the pure view by hand, the widget by its controls."""

import time

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse import ageing, language
from duecourse.columns import Unmeasurable
from duecourse.widgets.ledger import LedgerExplorer, ledger_view
from tests.duecourse.test_ageing import MONTHLY, due, paid

ACCOUNTS = pd.DataFrame(
    {
        "account_id": [1, 2],
        "product": ["card_instalment", "cash_loan"],
        "opened_on": pd.to_datetime(["2024-01-01", "2024-01-05"]),
    }
)
INSTALMENTS = pd.concat([MONTHLY, due((2, "2024-02-05", 300))])
PAYMENTS = paid((1, "2024-01-10", 100), (1, "2024-03-01", 40), (1, "2024-03-03", -40))
TABLE = ageing.timeline(MONTHLY, PAYMENTS, "2024-01-01", "2024-04-30")


@pytest.fixture(autouse=True)
def _no_marking(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def explorer(until="2024-04-30"):
    return LedgerExplorer(ACCOUNTS, INSTALMENTS, PAYMENTS, until)


def test_the_view_reads_one_day():
    view = ledger_view(TABLE, "2024-03-02", 1, "card_instalment")
    assert (view.due_so_far, view.paid_so_far, view.unpaid) == (200, 140, 60)
    assert view.days_past_due == 21
    assert view.tier == "special_mention"
    assert view.entries["paid"].tolist() == [100, 0, 40]


def test_the_view_says_where_no_rule_is_known():
    view = ledger_view(TABLE, "2024-03-02", 1, "mortgage")
    assert view.tier is None
    assert "no rule for the product 'mortgage'" in view.source
    assert ledger_view(TABLE, "2024-03-02", 1).source == ""


def test_the_view_is_a_table_in_either_language():
    shown = ledger_view(TABLE, "2024-03-03", "<账户>", "card_instalment").html()
    assert "&lt;账户&gt;" in shown
    assert "(provisional)" in shown
    assert "-40.00" in shown
    language.use("zh")
    shown = ledger_view(TABLE, "2024-03-03", 1, "card_instalment").html()
    assert "关注" in shown
    assert "（暂定）" in shown


def test_a_day_outside_of_the_timeline_is_refused():
    with pytest.raises(
        Unmeasurable, match="2025-01-01 lies outside of the timeline: 2024-01-01 to"
    ):
        ledger_view(TABLE, "2025-01-01", 1)


def test_the_explorer_begins_with_the_first_account_on_its_last_day():
    shown = explorer()
    assert shown.account == 1
    assert f"{shown.day:%Y-%m-%d}" == "2024-04-30"
    assert "80 days past due, 300.00 yuan unpaid" in shown.picture.value


def test_moving_the_day_changes_picture_and_numbers():
    shown = explorer()
    shown.days.value = 0
    assert "2024-01-01: 0 days past due" in shown.picture.value
    shown.day = "2024-03-02"
    assert shown.view().unpaid == 60
    assert shown.numbers.value == ledger_view(TABLE, "2024-03-02", 1, "card_instalment").html()


def test_accounts_are_typed_or_stepped_through():
    shown = explorer()
    shown.names.value = " 2 "
    assert shown.account == 2
    assert "300.00 yuan unpaid" in shown.picture.value
    shown.after.click()
    assert shown.account == 1
    shown.before.click()
    assert shown.account == 2
    shown.account = 1
    assert shown.names.value == "1"


def test_an_unknown_account_is_told_and_the_old_one_stays():
    shown = explorer()
    shown.names.value = "<77>"
    assert "There is no account &lt;77&gt;. There are 2, from 1 to 2." in shown.note.value
    assert shown.account == 1
    with pytest.raises(Unmeasurable, match="There is no account 77"):
        shown.account = 77
    shown.account = 2
    assert shown.note.value == ""


def test_without_an_end_the_last_payment_ends_the_timeline():
    assert f"{explorer(None).day:%Y-%m-%d}" == "2024-03-03"


def test_accounts_need_no_product_and_no_opening():
    shown = LedgerExplorer(ACCOUNTS[["account_id"]], INSTALMENTS, PAYMENTS, "2024-04-30")
    assert "2024-01-10" in shown.days.options[0][0]
    assert shown.view().tier is None


def test_an_account_without_an_instalment_is_passed_over_and_told():
    young = pd.concat([pd.DataFrame({"account_id": [3]}), ACCOUNTS[["account_id"]]])
    shown = LedgerExplorer(young, INSTALMENTS, PAYMENTS)
    assert shown.account == 1
    shown.before.click()
    assert shown.account == 2
    shown.names.value = "3"
    assert "Nothing has fallen due in account 3 yet." in shown.note.value


def test_no_accounts_and_accounts_that_stand_twice_are_refused():
    with pytest.raises(Unmeasurable, match="'account_id' is empty"):
        LedgerExplorer(ACCOUNTS.iloc[:0], INSTALMENTS, PAYMENTS)
    with pytest.raises(Unmeasurable, match="Account 1 stands twice"):
        LedgerExplorer(pd.concat([ACCOUNTS] * 2), INSTALMENTS, PAYMENTS)
    with pytest.raises(Unmeasurable, match="'account_id' is empty"):
        LedgerExplorer(pd.DataFrame({"account_id": [9]}), INSTALMENTS, PAYMENTS)


def test_controls_carry_their_names():
    language.use("zh")
    shown = explorer()
    assert shown.names.description == "账户"
    assert shown.days.description == "日期"
    assert shown.after.description == "下一个账户"


def test_a_page_without_a_kernel_shows_what_was_seen_last():
    data, _ = InteractiveShell.instance().display_formatter.format(explorer())
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "80 days past due" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_nothing_is_shown_while_a_submission_is_marked(monkeypatch):
    shown = explorer()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert InteractiveShell.instance().display_formatter.format(shown) == ({}, {})


def test_a_move_is_quick():
    instalments = due(*[(1, f"20{y}-{m:02}-10", 100) for y in (24, 25, 26) for m in range(1, 13)])
    shown = LedgerExplorer(ACCOUNTS[:1], instalments, PAYMENTS, "2026-12-31")
    took = []
    for place in range(0, 1000, 50):
        begun = time.process_time()
        shown.days.value = place
        took.append(time.process_time() - begun)
    # about 5 ms of work
    assert np.median(took) < 0.06
