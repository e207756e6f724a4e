"""The segmentation board: its controls, its tables, and how quickly 20,000 accounts follow."""

import time

import ipywidgets
import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse import language
from duecourse.policies import SEGMENTS, Policy
from duecourse.treatments import TREATMENTS
from duecourse.widgets.segmentation import SegmentationBoard


@pytest.fixture(autouse=True)
def _no_marking(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def book(count):
    """Return accounts, expected cures and rules of a book of this size."""
    rng = np.random.default_rng(11)
    accounts = pd.DataFrame(
        {
            "account_id": range(100_001, 100_001 + count),
            "ability": rng.random(count).round(3),
            "willingness": rng.random(count).round(3),
            "reach": rng.choice(["reachable", "partly", "lost", "unknown"], count),
            "balance": rng.integers(1000, 50_000, count),
            "value_at_risk": rng.integers(0, 9000, count),
            "sex": rng.choice(["f", "m"], count),
            "age_band": rng.choice(["18-29", "30-44", "45-59", "60+"], count),
        }
    )
    index = accounts["account_id"]
    cures = pd.DataFrame(rng.random((count, 5)), index=index, columns=list(TREATMENTS))
    allowed = pd.DataFrame(rng.random((count, 5)) < 0.9, index=index, columns=list(TREATMENTS))
    return accounts, cures, allowed.assign(none=True)


@pytest.fixture
def board():
    return SegmentationBoard(*book(200), groups=("sex", "age_band"), capacity={"call": 20})


def test_moving_a_cut_changes_picture_and_numbers(board):
    before = board.picture.value, board.numbers.value
    board.ability.value = 0.8
    assert board.policy.cut_ability == 0.8
    assert "ability 0.80, willingness 0.50" in board.picture.value
    assert 'role="img"' in board.picture.value
    assert board.picture.value != before[0]
    assert board.numbers.value != before[1]
    assert board.numbers.value == board.view().html()


def test_every_control_is_a_stock_one_with_a_name(board):
    controls = [board.ability, board.willingness, board.reach, board.value, board.group]
    for control in [*controls, *board.treatments.values()]:
        assert isinstance(control, (ipywidgets.FloatSlider, ipywidgets.Dropdown))
        assert control.description
    assert board.ability.continuous_update
    assert set(board.treatments) == set(SEGMENTS)


def test_limits_and_treatments_reach_the_table(board):
    board.reach.value = "reachable"
    board.treatments["out_of_reach"].value = "letter"
    board.treatments["small"].value = "none"
    board.value.value = board.value.max / 2
    accounts, _cures, allowed = book(200)
    table = board.table()
    small = (accounts["value_at_risk"] < board.value.value).to_numpy()
    far = (accounts["reach"] != "reachable").to_numpy() & ~small
    assert small.any()
    assert set(table.loc[small, "treatment"]) == {"none"}
    free = allowed["letter"].to_numpy()
    assert set(table.loc[far & free, "treatment"]) == {"letter"}
    assert set(table.loc[far & ~free, "treatment"]) == {"none"}


def test_the_policy_can_be_set_from_code(board):
    policy = Policy(0.31, 0.62, "partly", 500, dict.fromkeys(SEGMENTS, "plan"))
    board.policy = policy
    assert board.policy == policy
    assert board.ability.value == 0.31
    assert board.view().outcome.treatments["call"] == 0
    board.policy = Policy(treatments={})
    assert set(board.table()["treatment"]) == {"none"}
    assert "0 accounts treated" in board.picture.value


def test_groups_are_compared_only_when_asked(board):
    assert "Gap at equal risk" in board.numbers.value
    board.group.value = "age_band"
    assert "60+" in board.numbers.value
    board.group.value = ""
    assert "Gap at equal risk" not in board.numbers.value
    assert board.view().outcome.groups is None
    assert SegmentationBoard(*book(3)).group.label == "no groups"


def test_the_board_speaks_chinese():
    language.use("zh")
    board = SegmentationBoard(*book(50), groups=["sex"])
    assert board.ability.description == "能力分界线"
    assert board.treatments["unable_willing"].description == "能力不足、有意愿"
    assert 'lang="zh-CN"' in board.numbers.value
    assert "同等风险下的差距" in board.numbers.value


def test_texts_of_the_data_are_escaped():
    accounts, cures, allowed = book(4)
    board = SegmentationBoard(accounts.assign(sex="<b>女</b>"), cures, allowed, ["sex"])
    assert "&lt;b&gt;女" in board.numbers.value
    assert "<b>女" not in board.numbers.value


def test_a_book_in_which_nothing_is_at_risk_can_be_shown():
    accounts, cures, _allowed = book(2)
    board = SegmentationBoard(accounts.assign(value_at_risk=0), cures)
    assert board.value.max > 0
    assert board.view().outcome.segments["accounts"].sum() == 2


def test_a_page_without_a_kernel_shows_what_was_seen_last(board):
    board.ability.value = 0.8
    data, _ = InteractiveShell.instance().display_formatter.format(board)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "ability 0.80" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_nothing_is_shown_while_a_submission_is_marked(board, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert InteractiveShell.instance().display_formatter.format(board) == ({}, {})


def test_a_move_over_20000_accounts_is_quick():
    board = SegmentationBoard(*book(20_000), groups=("sex", "age_band"))
    took = []
    for step in range(20, 40):
        begun = time.process_time()
        board.ability.value = step / 100
        took.append(time.process_time() - begun)
    # about 7 ms of work; far above it something is read or drawn anew at every move
    assert np.median(took) < 0.05
