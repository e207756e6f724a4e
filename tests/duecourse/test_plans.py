"""Plans that fit a household: case S1 by hand, interest against the annuity, days of payment."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecourse import plans
from duecourse.affordability import fits, instalment, surplus
from duecourse.columns import Unmeasurable
from duecourse.plans import Plan

# case S1 owes 36,000 yuan and has 900 a month left of 6,200, after 4,700 and 600
OWED, LEFT = 36_000.0, surplus(6200.0, 4700.0, 600.0)


def test_the_shortest_plan_of_the_household_takes_45_months():
    # 10% buffer: 810 a month; 36,000 / 810 = 44.4
    assert LEFT == 900
    assert plans.shortest_term(OWED, LEFT) == 45
    assert plans.personalised(OWED, LEFT) == Plan(800.0, 45)


def test_600_for_60_months_fits_and_3000_for_12_does_not():
    table = plans.plan_options(OWED, LEFT, terms=[60, 12])
    assert table.index.tolist() == [12, 60]
    assert table["payment"].tolist() == [3000, 600]
    assert table["fits"].tolist() == [False, True]
    assert table["left"].tolist() == [-2100, 300]
    assert table["share"].tolist() == pytest.approx([3000 / 900, 600 / 900])


def test_a_payment_at_the_limit_still_fits():
    # 810 * 10 = 8,100
    assert plans.shortest_term(8100, 900) == 10
    assert plans.shortest_term(8100.01, 900) == 10
    assert plans.shortest_term(8100.1, 900) == 11
    assert plans.shortest_term(500, 900) == 1


def test_the_buffer_costs_months():
    assert plans.shortest_term(OWED, LEFT, 0) == 40
    assert plans.shortest_term(OWED, LEFT, 0.3) == 58
    assert plans.shortest_term(OWED, LEFT, 0.4) is None


@pytest.mark.parametrize("left", [0.0, -50.0, math.nan])
def test_without_a_known_surplus_no_plan_fits(left):
    assert plans.shortest_term(OWED, left) is None
    assert plans.personalised(OWED, left) is None
    assert not plans.plan_options(OWED, left)["fits"].any()
    assert plans.plan_options(OWED, left)["share"].isna().all()


def test_a_plan_may_be_allowed_less_time():
    assert plans.shortest_term(OWED, LEFT, most_months=44) is None
    assert plans.plan_options(OWED, LEFT, most_months=44).index[-1] == 44
    with pytest.raises(Unmeasurable, match="A term of 72 months is longer than the 60"):
        plans.plan_options(OWED, LEFT, terms=[72])


def test_interest_is_part_of_a_plan():
    table = plans.plan_options(10_000, 900, annual_rate=0.12, terms=[12])
    # 10,000 at 1% a month over 12 months: 888.4879 a month, 10,661.85 in all
    assert table.loc[12, ["payment", "total", "interest"]].tolist() == [888.49, 10_661.85, 661.85]
    assert plans.shortest_term(10_000, 900, annual_rate=0.12) == 14


def test_payments_below_the_interest_never_end():
    # 1% of 90,000 = 900 a month, more than the 810 that are affordable
    assert plans.shortest_term(90_000, 900, annual_rate=0.12) is None


@settings(deadline=None, max_examples=80)
@given(
    st.floats(1, 1e6),
    st.floats(1, 1e5),
    st.floats(0, 0.9),
    st.sampled_from([0.0, 1e-9, 0.06, 0.24]),
)
def test_the_shortest_term_is_the_first_that_fits(owed, left, buffer, rate):
    found = plans.shortest_term(owed, left, buffer, annual_rate=rate)
    fitting = [n for n in range(1, 61) if fits(float(instalment(owed, n, rate)), left, buffer)]
    assert found == (fitting[0] if fitting else None)


def test_a_personalised_plan_pays_the_debt_to_the_cent():
    plan = plans.personalised(10_000, 400, start="2025-01-31")
    # 360 a month would do; 10,000 / 28 = 357.142857, a cent up
    assert (plan.months, plan.payment) == (28, 357.15)
    assert plan.total >= 10_000
    assert plan.start == pd.Timestamp("2025-01-31")


def test_payments_fall_on_the_same_day_or_the_last_of_the_month():
    days = Plan(100, 3, pd.Timestamp("2024-01-31")).due_dates()
    assert [f"{day:%m-%d}" for day in days] == ["01-31", "02-29", "03-31"]
    with pytest.raises(Unmeasurable, match="has no 'start'"):
        Plan(100, 3).due_dates()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Plan(0, 12), "'payment' must be above 0"),
        (lambda: Plan(100, 0), "'months' must be a whole number of at least 1. Found: 0"),
        (lambda: plans.shortest_term(0, 900), "'balance' must be above 0"),
        (lambda: plans.plan_options(math.nan, 900), "'balance' must be above 0"),
        (lambda: plans.shortest_term(100, 900, 1.0), "'buffer' must lie between 0 and 1"),
        (lambda: plans.shortest_term(100, 900, annual_rate=12), "write 0.12 for 12%"),
        (lambda: plans.plan_options(100, 900, terms=[]), "There is no term to look at"),
        (lambda: plans.plan_options(100, 900, terms=[0]), "'months' must be a whole number"),
    ],
)
def test_what_is_no_plan_is_refused(make, message):
    with pytest.raises(Unmeasurable, match=message):
        make()
