"""The cut-off explorer: the pure view by hand, the widget by its slider."""

import math
import time

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse import language
from duecourse.columns import Unmeasurable
from duecourse.widgets.cutoff import CutoffExplorer, cutoff_view

PD = pd.Series([0.1, 0.2, 0.3, 0.4, 0.5])
BAD = pd.Series([0, 0, 1, 0, 1])
HOME = pd.Series(["own", None, "rent", "rent", "own"])
MONEY = {"amount": pd.Series([100, 200, 100, 300, 100]), "loss": 0.5, "profit": 0.1}


@pytest.fixture(autouse=True)
def _no_marking(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_the_view_counts_money_and_people():
    view = cutoff_view(PD, BAD, 0.3, HOME, **MONEY)
    # approved: 0.1, 0.2, 0.3; the bad at 0.3 loses 50, the good at 0.4 would have earned 30
    assert view.result.cost == pytest.approx(80)
    assert view.groups.loc["rent"].tolist() == [1, 1, 1.0]
    assert view.groups.loc["own"].tolist() == [1, 0, 0.0]
    assert view.groups[view.groups.index.isna()].to_numpy().tolist() == [[1, 0, 0.0]]


def test_the_view_without_groups_shows_no_group():
    view = cutoff_view(PD, BAD, 0.0)
    assert view.groups is None
    assert math.isnan(view.result.bad_rate)
    assert "Who would have paid" not in view.html()


def test_the_view_is_a_table_with_named_rows_in_either_language():
    shown = cutoff_view(PD, BAD, 0.3, HOME.fillna("<自有>"), **MONEY).html()
    assert "3 / 5 (60.0%)" in shown
    assert 'scope="row"' in shown
    assert "&lt;自有&gt;" in shown
    language.use("zh")
    assert "错误决策的成本" in cutoff_view(PD, BAD, 0.3, HOME, **MONEY).html()


def test_moving_the_slider_changes_picture_and_numbers():
    explorer = CutoffExplorer(PD, BAD, HOME, **MONEY)
    before = explorer.picture.value, explorer.numbers.value
    explorer.slider.value = 30.0
    assert explorer.cutoff == 0.3
    assert "Cut-off 30%: wrong decisions cost 80" in explorer.picture.value
    assert 'role="img" aria-label="Cut-off 30%' in explorer.picture.value
    assert explorer.picture.value != before[0]
    assert explorer.numbers.value != before[1]
    assert explorer.numbers.value == cutoff_view(PD, BAD, 0.3, HOME, **MONEY).html()


def test_the_cutoff_can_be_set_from_code():
    explorer = CutoffExplorer(PD, BAD, start=0.2)
    assert explorer.cutoff == 0.2
    explorer.cutoff = 0.304
    assert explorer.cutoff == 0.305
    explorer.cutoff = 1
    assert explorer.cutoff == 0.5
    with pytest.raises(Unmeasurable, match=r"'cutoff' must lie between 0 and 1. Found: 30"):
        explorer.cutoff = 30


def test_a_slider_reacts_while_it_moves_and_carries_its_name():
    language.use("zh")
    slider = CutoffExplorer(PD, BAD).slider
    assert slider.continuous_update
    assert slider.description == "审批线：最高 PD（%）"


def test_a_book_of_small_risks_gets_small_steps():
    explorer = CutoffExplorer(PD / 10, BAD, start=0.02)
    assert (explorer.slider.max, explorer.slider.step) == (10, 0.1)
    assert "Cut-off 2%" in explorer.picture.value
    explorer.slider.value = 2.9
    assert explorer.view().result.approved == 2
    explorer.slider.value = 3.0
    assert explorer.view().result.approved == 3


def test_picture_and_numbers_agree_at_every_step():
    explorer = CutoffExplorer(PD, BAD, **MONEY)
    for step in range(101):
        explorer.slider.value = step / 2
        cost = f"{explorer.view().result.cost:,.0f}"
        assert f"wrong decisions cost {cost}<" in explorer.picture.value


def test_a_page_without_a_kernel_shows_what_was_seen_last():
    explorer = CutoffExplorer(PD, BAD, HOME, start=0.3, **MONEY)
    data, _ = InteractiveShell.instance().display_formatter.format(explorer)
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "wrong decisions cost 80" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_nothing_is_shown_while_a_submission_is_marked(monkeypatch):
    explorer = CutoffExplorer(PD, BAD)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert InteractiveShell.instance().display_formatter.format(explorer) == ({}, {})


def test_a_move_over_3000_applicants_is_quick():
    rng = np.random.default_rng(5)
    pds = pd.Series(rng.beta(1.3, 3, 3000))
    bad = pd.Series((rng.random(3000) < pds).astype(int))
    group = pd.Series(rng.choice(["自有", "租房", "父母家"], 3000))
    explorer = CutoffExplorer(pds, bad, group, loss=0.5)
    took = []
    for percent in range(5, 45, 2):
        begun = time.process_time()
        explorer.slider.value = percent
        took.append(time.process_time() - begun)
    assert len(took) == 20
    # about 6 ms of work; far above it something is drawn anew at every move
    assert np.median(took) < 0.06
