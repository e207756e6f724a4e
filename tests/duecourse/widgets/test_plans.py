"""The plan maker: the pure view by hand, the widget by its sliders."""

import time

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse import language
from duecourse.bad_months import Shock
from duecourse.columns import Unmeasurable
from duecourse.plans import Household
from duecourse.widgets.plans import PlanMaker, plan_view

HOME = Household(6200, 4700, 600)


@pytest.fixture(autouse=True)
def _no_marking(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_the_view_adds_the_shortest_plan_that_fits():
    view = plan_view(36_000, HOME, Shock(6, 1500), [12, 60])
    assert view.shortest == 45
    assert [(c.plan.payment, c.plan.months) for c in view.courses] == [
        (3000, 12),
        (800, 45),
        (600, 60),
    ]
    assert [course.holds for course in view.courses] == [False, False, True]


def test_the_view_is_a_table_with_named_rows_in_either_language():
    view = plan_view(36_000, HOME, Shock(6, 1500), [12, 60])
    shown = view.html()
    assert "45 months" in shown
    assert "800\u00a0×\u00a045" in shown
    assert 'scope="row"' in shown
    language.use("zh")
    assert "负担得起的最短期限" in view.html()


def test_a_household_without_a_surplus_has_no_plan():
    view = plan_view(36_000, Household(5000, 4700, 600), Shock(6, 0), [12, 60])
    assert view.shortest is None
    assert "none up to 60 months" in view.html()
    assert "−300" in view.html()
    assert "no end" in view.html()


def test_moving_a_slider_changes_picture_and_numbers():
    maker = PlanMaker()
    assert "800 yuan for 45 months" in maker.picture.value
    maker.loss.value = 1500
    assert "600 yuan for 60 months" in maker.picture.value
    maker.income.value = 5300
    assert "no plan fits" in maker.picture.value
    assert maker.numbers.value == maker.view().html()
    assert "none up to 60 months" in maker.numbers.value


def test_every_slider_is_heard():
    maker = PlanMaker()
    maker.loss.value = 1500
    for slider in maker.sliders:
        before, value = maker.still(), slider.value
        slider.value = value + 5 * slider.step
        assert maker.still() != before, slider.description
        slider.value = value
        assert maker.still() == before


def test_the_debt_and_its_interest_can_be_chosen():
    maker = PlanMaker(10_000, 2000, 1600, 0, annual_rate=0.12, terms=[24, 60])
    # 360 a month at 1% a month: n = -ln(1 - 100 / 360) / ln 1.01 = 32.7
    assert maker.view().shortest == 33
    assert [course.plan.months for course in maker.view().courses] == [24, 33, 60]


def test_an_income_between_two_steps_is_kept():
    maker = PlanMaker(income=6233)
    assert maker.view().household.income == 6233
    with pytest.raises(Unmeasurable, match="'balance' must be above 0"):
        PlanMaker(0)


def test_sliders_carry_their_names_and_react_while_they_move():
    language.use("zh")
    maker = PlanMaker()
    assert maker.income.description == "收入（元/月）"
    assert all(slider.continuous_update for slider in maker.sliders)


def test_a_page_without_a_kernel_shows_what_was_seen_last():
    data, _ = InteractiveShell.instance().display_formatter.format(PlanMaker())
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "800 yuan for 45 months" in data["text/html"]
    assert "<script" not in data["text/html"]


def test_nothing_is_shown_while_a_submission_is_marked(monkeypatch):
    maker = PlanMaker()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert InteractiveShell.instance().display_formatter.format(maker) == ({}, {})


def test_a_move_is_quick():
    maker = PlanMaker()
    maker.loss.value = 1500
    took = []
    for income in range(5700, 6700, 50):
        begun = time.process_time()
        maker.income.value = income
        took.append(time.process_time() - begun)
    assert len(took) == 20
    # about 10 ms of work; far above it something is drawn anew at every move
    assert np.median(took) < 0.06
