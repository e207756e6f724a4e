"""Plans under bad months: the course of case S1 by hand."""

import math

import pytest

from duecourse.bad_months import Shock, stress, stress_table
from duecourse.columns import Unmeasurable
from duecourse.plans import Plan

SHORT, LONG = Plan(800, 45), Plan(600, 60)
REPAIR = Shock(month=6, loss=1500)


def test_a_usual_life_keeps_a_plan_that_fits():
    found = stress(SHORT, 900)
    assert found.holds
    assert (found.months_behind, found.most_behind, found.cleared_in) == (0, 0, 45)
    assert found.course["reserve"].iloc[-1] == 45 * 100


def test_one_repair_breaks_the_short_plan_for_eight_months():
    found = stress(SHORT, 900, REPAIR)
    # five months put aside 100 each; in the sixth 500 + 900 - 1,500 = -100: nothing can be paid
    assert found.first_missed == 6
    assert found.course.loc[6, ["due", "paid", "behind", "uncovered"]].tolist() == [
        800,
        0,
        800,
        100,
    ]
    # 900 a month against 800: behind falls by 100 a month
    assert found.course.loc[[7, 13, 14], "behind"].tolist() == [700, 100, 0]
    assert (found.months_behind, found.most_behind, found.cleared_in) == (8, 800, 45)


def test_the_longer_plan_holds_through_the_same_repair():
    found = stress(LONG, 900, REPAIR)
    # five months put aside 300 each: 1,500 + 900 - 1,500 = 900, of which 600 are due
    assert found.holds
    assert found.course.loc[[5, 6], "reserve"].tolist() == [1500, 300]


def test_savings_that_were_not_put_aside_do_not_help():
    assert not stress(LONG, 900, REPAIR, saved=0.5).holds
    # 5 * 150 = 750: 750 + 900 - 1,500 = 150 of the 600
    assert stress(LONG, 900, REPAIR, saved=0.5).course.loc[6, "behind"] == 450
    assert stress(SHORT, 900, REPAIR, reserve=900).holds


def test_a_plan_above_the_surplus_is_behind_from_the_first_month():
    found = stress(Plan(3000, 12), 900)
    assert found.first_missed == 1
    # 36,000 / 900: what was to take 12 months takes 40
    assert found.cleared_in == 40
    assert found.course.loc[12, "behind"] == 36_000 - 12 * 900


def test_a_plan_that_can_never_be_paid_has_no_end():
    found = stress(Plan(300, 3), 0.0)
    assert found.cleared_in is None
    assert found.course["behind"].iloc[-1] == 900


def test_bad_months_can_last_and_come_again():
    found = stress(LONG, 900, [Shock(2, 900, months=2), Shock(30, 100)])
    # 300 put aside, then two months without surplus: 300 missing, then 600 more
    assert found.course.loc[[2, 3], "behind"].tolist() == [300, 900]
    assert found.course.loc[30, "surplus"] == 800


def test_plans_side_by_side():
    table = stress_table([Plan(3000, 12), SHORT, LONG], 900, REPAIR)
    assert table.index.tolist() == [12, 45, 60]
    assert table["fits"].tolist() == [False, True, True]
    assert table["holds"].tolist() == [False, False, True]
    assert table["first_missed"].tolist()[:2] == [1, 6]
    assert table["first_missed"].isna().tolist() == [False, False, True]
    assert table["months_behind"].tolist()[1:] == [8, 0]
    assert table["total"].tolist() == [36_000] * 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Shock(0, 100), "'month' must be a whole number of at least 1"),
        (lambda: Shock(1, -5), "'loss' is what a bad month costs"),
        (lambda: stress(LONG, math.nan), "The surplus is unknown"),
        (lambda: stress(LONG, 900, reserve=-1), "'reserve' is 0 or more"),
        (lambda: stress(LONG, 900, saved=2), "'saved' a share from 0 to 1"),
        (lambda: stress_table([], 900), "There is no plan to look at"),
    ],
)
def test_what_cannot_be_tried_is_refused(make, message):
    with pytest.raises(Unmeasurable, match=message):
        make()
