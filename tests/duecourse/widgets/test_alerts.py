"""The alert board: the pure case by hand, the widget by its sliders and its switch."""

import time

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse import language
from duecourse.columns import Unmeasurable
from duecourse.widgets.alerts import AlertBoard, alert_case

ENDS = pd.date_range("2024-01-31", periods=12, freq="ME")


def book(count, seed=1):
    """A book in which bounced debits foretell arrears three months later, and new lenders do not."""
    rng = np.random.default_rng(seed)
    ids = np.arange(count) + 1
    fall = rng.random(count) < 0.1
    sign = np.where(fall, rng.random(count) < 0.6, rng.random(count) < 0.1)
    months = np.arange(len(ENDS))
    late = np.where(fall[:, None] & (months >= 7), 30 * (months - 7) + 20, 0)
    return pd.DataFrame(
        {
            "account_id": np.repeat(ids, len(ENDS)),
            "month": np.tile(ENDS, count),
            "months_on_book": np.tile(months + 20, count),
            "status": "active",
            "days_past_due": late.ravel(),
            "inflow": 6000.0,
            "utilisation": 0.3,
            "bounced_debits": (sign[:, None] & (months == 5)).astype(int).ravel(),
            "new_lenders": rng.integers(0, 2, count * len(ENDS)),
            "contact_changed": False,
        }
    )


PAID = pd.DataFrame({"account_id": [1], "paid_on": [ENDS[0]], "amount": [100.0]})
BOOK = book(400)
FALLEN = int((BOOK.groupby("account_id")["days_past_due"].max() > 30).sum())


@pytest.fixture(autouse=True)
def _no_marking(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_a_case_takes_the_last_day_whose_outcome_is_known():
    case = alert_case(BOOK, PAID)
    # twelve month ends, six of them needed for the outcome
    assert case.known.loc[:, "bounced_debits"].sum() > 0
    assert int(case.outcome["event"].sum()) == FALLEN
    assert case.outcome["lead_days"].dropna().unique().tolist() == [92]
    with pytest.raises(Unmeasurable, match="must reach more than 12 months"):
        alert_case(BOOK, PAID, months=12)


def test_the_right_weights_find_more_than_the_wrong_ones():
    case = alert_case(BOOK, PAID)
    right = case.view({"bounced_debits": 1}, 40).quality
    wrong = case.view({"new_lenders": 1}, 40).quality
    signed = case.known["bounced_debits"] > 0
    expected = (case.outcome["event"] & signed).sum() / signed.sum()
    assert case.view({"bounced_debits": 1}, 400).quality.precision == pytest.approx(expected)
    assert right.precision > 2 * wrong.precision


def test_look_ahead_seems_better_and_is_named_so():
    view = alert_case(BOOK, PAID).view({"late_months": 1}, 40, ahead=True)
    # in June nobody is late yet; two months later all who fall are
    assert view.quality.alerts == 0
    assert view.claimed.hits == min(40, FALLEN)
    assert "No alert of that day could have known this" in view.html()
    assert "No alert of that day" not in alert_case(BOOK, PAID).view({}, 40).html()


def test_the_board_follows_weights_budget_and_switch():
    board = AlertBoard(BOOK, PAID, budget=30)
    assert "of 30 alerts were right" in board.picture.value
    for control in (board.weights["bounced_debits"], board.budget):
        before = board.still()
        control.value += 1
        assert board.still() != before
    board.ahead.value = True
    assert "With look-ahead" in board.picture.value
    assert "with look-ahead" in board.numbers.value
    for slider in board.weights.values():
        slider.value = 0
    assert board.view().quality.alerts == 0
    assert "–" in board.numbers.value


def test_weights_and_day_can_be_given():
    board = AlertBoard(BOOK, PAID, "2024-04-30", weights={"bounced_debits": 3}, months=4)
    assert board.weights["bounced_debits"].value == 3
    assert board.weights["inflow_drop"].value == 0
    assert board.view().quality.alerts == 0


def test_controls_carry_their_names():
    language.use("zh")
    board = AlertBoard(BOOK, PAID)
    assert board.weights["bounced_debits"].description == "扣款退回"
    assert board.budget.description == "每月预警名额"
    assert "偷看未来" in board.ahead.description
    assert "精确率" in board.numbers.value


def test_a_page_without_a_kernel_shows_what_was_seen_last():
    data, _ = InteractiveShell.instance().display_formatter.format(AlertBoard(BOOK, PAID))
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "alerts were right" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_nothing_is_shown_while_a_submission_is_marked(monkeypatch):
    board = AlertBoard(BOOK, PAID)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert InteractiveShell.instance().display_formatter.format(board) == ({}, {})


def test_a_move_over_15000_accounts_is_quick():
    board = AlertBoard(book(15_000), PAID)
    board.ahead.value = True
    took = []
    for step in range(20):
        begun = time.process_time()
        board.weights["bounced_debits"].value = (step + 2) % 6
        took.append(time.process_time() - begun)
    # about 15 ms of work, look-ahead included
    assert np.median(took) < 0.06
