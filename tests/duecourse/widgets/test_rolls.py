"""The roll explorer: the pure view by hand, the widget by its controls."""

import math
import time

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse import language
from duecourse.columns import Unmeasurable
from duecourse.widgets.rolls import RollExplorer, roll_book
from tests.duecourse.test_rolls import BOOK
from tests.duecourse.test_snapshots import account


@pytest.fixture(autouse=True)
def _no_marking(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def full_book(months=10):
    """Every bucket holds an account in every month: 1000 yuan each, all rolling on."""
    parts = []
    for opened in range(-7, months):
        path = list(range(8))
        number, size = opened + 100, len(path)
        rows = account(number, "2023-01", path, "written_off", balance=0.0)
        rows["month"] = pd.date_range("2024-01-31", periods=40, freq="ME")[0]
        starts = pd.period_range("2024-01", periods=1, freq="M")[0] + opened
        rows["month"] = [(starts + k).to_timestamp("M").normalize() for k in range(size)]
        rows["balance"] = 1000.0
        parts.append(rows)
    book = pd.concat(parts)
    last = pd.Timestamp("2024-01-31") + pd.offsets.MonthEnd(months - 1)
    return book[(book["month"] >= "2024-01-01") & (book["month"] <= last)]


def test_the_view_counts_one_month():
    view = roll_book(BOOK).view(1, 1)
    assert f"{view.month:%Y-%m}" == "2024-02"
    assert view.counts.loc[1].sum() == 2
    # two accounts in bucket 1 now, one in bucket 2 a month later
    assert view.next_flow == 0.5
    assert view.unit == "accounts"
    assert view.title() == "Days past due: 1–30. 50% were worse a month after the end of 2024-02"


def test_without_accounts_there_is_no_finding_and_no_flow():
    view = roll_book(BOOK).view(1, 3)
    assert math.isnan(view.next_flow)
    assert view.title() == "No account was in this bucket at the end of 2024-02: 61–90"
    assert "–" in view.html()


def test_a_forecast_needs_flows_of_every_bucket():
    assert roll_book(BOOK).view(1, 1).coming is None
    assert "No forecast" in RollExplorer(BOOK).ahead.value


def test_the_forecast_starts_after_the_month_and_what_came_stands_beside_it():
    view = roll_book(full_book(), "balance").view(2, 1)
    # one account in each bucket and month, none gets better: 1000 yuan are charged off every month
    assert view.coming["charge_off"].tolist() == [0, *[1000.0] * 6]
    assert view.actual == (1000.0,) * 6
    assert roll_book(full_book(), "balance").view(7, 1).actual == (1000.0,)
    assert "6,000" in view.html()


def test_the_view_is_a_table_in_either_language():
    assert 'scope="row"' in roll_book(BOOK).view(1, 1).html()
    language.use("zh")
    assert "流入下一档的净流转率" in roll_book(BOOK).view(1, 1).html()


def test_the_explorer_begins_with_the_last_month_that_leads_somewhere():
    shown = RollExplorer(BOOK)
    assert shown.month == "2024-03"
    assert RollExplorer(BOOK, month="2024-02", bucket=6).view().counts.loc[6, "written_off"] == 1


def test_controls_change_what_is_shown():
    shown = RollExplorer(full_book(), month="2024-03")
    first = shown.heat.value, shown.numbers.value, shown.ahead.value
    shown.bucket = 4
    assert shown.heat.value != first[0]
    assert "Days past due: 91–120. 100% were worse" in shown.heat.value
    shown.weights.value = "balance"
    assert "1,000" in shown.numbers.value
    assert "6,000 yuan are charged off in 6 months" in shown.ahead.value
    shown.months.value = 0
    assert shown.month == "2024-01"


def test_what_the_system_reports_can_be_shown_instead():
    plan = account(1, "2024-01", [1, 2, 3], reported=[1, 0, 0])
    shown = RollExplorer(plan, month="2024-01")
    assert "100% were worse" in shown.heat.value
    shown.reported.value = True
    assert "0% were worse" in shown.heat.value
    assert shown.reported not in RollExplorer(plan.drop(columns="reported_bucket")).children


def test_months_that_are_not_there_are_refused():
    with pytest.raises(Unmeasurable, match=r"no snapshot of 2024-04. There are 2024-01 to 2024-03"):
        RollExplorer(BOOK, month="2024-04")


def test_controls_carry_their_names():
    language.use("zh")
    shown = RollExplorer(BOOK)
    assert shown.months.description == "起始月末"
    assert shown.weights.options == (("账户数", "count"), ("元", "balance"))


def test_a_page_without_a_kernel_shows_what_was_seen_last():
    data, _ = InteractiveShell.instance().display_formatter.format(RollExplorer(full_book()))
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "are charged off" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_nothing_is_shown_while_a_submission_is_marked(monkeypatch):
    shown = RollExplorer(BOOK)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert InteractiveShell.instance().display_formatter.format(shown) == ({}, {})


def test_a_move_is_quick():
    shown = RollExplorer(full_book(24))
    took = []
    for place in range(20):
        begun = time.process_time()
        shown.months.value = place
        took.append(time.process_time() - begun)
    # about 4 ms of work
    assert np.median(took) < 0.06
