"""What a household can pay: figures worked out on paper (case S1 of the course)."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecourse.affordability import (
    affordable_payment,
    debt_service_ratio,
    fits,
    instalment,
    surplus,
)
from duecourse.columns import Unmeasurable

# a machine shared with others keeps no deadline
relaxed = settings(deadline=None, max_examples=60)


def test_the_surplus_is_what_is_left_after_essentials_and_priority_debts():
    assert surplus(6200, 4700, 600) == 6200 - 4700 - 600 == 900
    assert surplus(100, 150, 0) == -50


def test_columns_give_a_column_and_a_missing_income_stays_missing():
    income = pd.Series([6200, None], index=["张敏", "李强"])
    left = surplus(income, pd.Series([4700, 1000], index=["张敏", "李强"]), 600.0)
    assert left["张敏"] == 900
    assert math.isnan(left["李强"])


def test_columns_of_different_people_are_refused():
    with pytest.raises(Unmeasurable, match=r"different index labels"):
        surplus(pd.Series([1, 2]), pd.Series([1, 2], index=[5, 6]), 0)


@pytest.mark.parametrize("amounts", [(-1, 0, 0), (1, -1, 0), (1, 0, pd.Series([-1.0]))])
def test_amounts_below_0_are_refused(amounts):
    with pytest.raises(Unmeasurable, match=r"has amounts below 0"):
        surplus(*amounts)


def test_no_amount_is_no_number():
    with pytest.raises(Unmeasurable, match=r"'income' must hold numbers. Found: None"):
        surplus(None, 0, 0)


def test_an_instalment_without_interest_is_an_equal_share():
    assert instalment(36_000, 60, 0) == pytest.approx(36_000 / 60)


def test_an_instalment_with_interest_by_hand():
    # r = 0.01, 1200 * 0.01 / (1 - 1.01 ** -12) = 12 / 0.112551 = 106.62
    assert instalment(1200, 12, 0.12) == pytest.approx(106.62, abs=0.005)


def test_one_payment_returns_the_loan_and_a_month_of_interest():
    assert instalment(1000, 1, 0.12) == pytest.approx(1010)


@relaxed
@given(st.floats(1, 1e6), st.integers(1, 480), st.floats(0, 1))
def test_instalments_clear_the_loan_exactly(principal, months, rate):
    payment, owed = instalment(principal, months, rate), principal
    for _ in range(months):
        owed = owed * (1 + rate / 12) - payment
    growth = (1 + rate / 12) ** months
    assert owed / growth == pytest.approx(0, abs=1e-6 * principal)


def test_instalments_of_a_column():
    assert instalment(pd.Series([1200, 2400]), 12, 0.0).tolist() == [100, 200]


@pytest.mark.parametrize("months", [0, -1, 1.5])
def test_months_are_whole_and_at_least_one(months):
    with pytest.raises(Unmeasurable, match=r"'months' must be a whole number"):
        instalment(100, months, 0.1)


def test_a_rate_in_percent_is_caught():
    with pytest.raises(Unmeasurable, match=r"write 0.12 for 12%. Found: 12"):
        instalment(100, 12, 12)


def test_the_debt_service_ratio_by_hand():
    assert debt_service_ratio(1500, 6000) == 0.25
    assert debt_service_ratio(pd.Series([1500.0, 0]), pd.Series([6000.0, 3000])).tolist() == [
        0.25,
        0,
    ]


def test_nobody_without_income_gets_a_ratio():
    with pytest.raises(Unmeasurable, match=r"1 of the incomes are 0"):
        debt_service_ratio(pd.Series([1.0, 2]), pd.Series([0.0, 2]))


def test_a_buffer_stays_in_the_household():
    assert affordable_payment(900) == pytest.approx(810)
    assert affordable_payment(900, buffer=0) == 900
    assert affordable_payment(-50) == 0
    assert affordable_payment(pd.Series([900.0, -50])).tolist() == pytest.approx([810, 0])


@pytest.mark.parametrize("buffer", [-0.1, 1, 10])
def test_a_buffer_is_a_share_below_1(buffer):
    with pytest.raises(Unmeasurable, match=r"'buffer' must lie between 0 and 1"):
        affordable_payment(900, buffer)


def test_which_plan_fits():
    assert fits(600, 900) is True
    assert fits(810, 900) is True
    assert fits(810.01, 900) is False
    assert fits(3000, 900) is False
    assert fits(600.0, pd.Series([900.0, 100, math.nan])).tolist() == [True, False, False]


def test_a_payment_below_0_fits_nobody():
    with pytest.raises(Unmeasurable, match=r"'payment' has amounts below 0"):
        fits(-1, 900)
