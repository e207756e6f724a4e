"""Case S1, Plan that fits: every figure of the key follows from the file."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from duecourse.affordability import affordable_payment, fits, instalment, surplus
from duecourse.ageing import days_past_due, outstanding
from duecourse.cases.files import read
from duecourse.plans import Plan, plan_options, shortest_term
from duecourse.promises import outcome

FOLDER = Path(__file__).resolve().parents[2] / "case_studies" / "success" / "plan-that-fits"
FILE = read(FOLDER)
FACTS = {fact.id: fact.value for fact in FILE.case.facts}
DAYS = {event.id: pd.Timestamp(event.at) for event in FILE.case.timeline}
ANSWERS = {answer.id: answer for answer in FILE.key.answers}
BUDGET = FILE.table("budget").groupby("kind")["amount"].sum()
LEDGER = FILE.table("ledger")
PLAN = Plan(FACTS["plan_payment"], FACTS["plan_months"], pd.Timestamp(FACTS["plan_first_on"]))


def right(answer, value):
    """Whether a value counts as the key's answer."""
    return abs(value - ANSWERS[answer].value) <= ANSWERS[answer].tolerance


def left_over(rent_arrears):
    return surplus(float(BUDGET["income"]), float(BUDGET["essential"]), float(rent_arrears))


def schedule():
    return pd.DataFrame({"account_id": 1, "due_on": PLAN.due_dates(), "amount": PLAN.payment})


def payments():
    paid = pd.DataFrame({"account_id": 1, "paid_on": LEDGER["paid_on"], "amount": LEDGER["paid"]})
    return paid.assign(kind="payment")


def test_the_balance_has_three_parts():
    assert FACTS["principal"] + FACTS["interest"] + FACTS["late_fees"] == FACTS["balance"] == 36_000


def test_the_first_call_is_day_1_the_papers_day_4_and_the_plan_day_9():
    first = DAYS["first-call"].normalize()
    numbers = [(DAYS[name].normalize() - first).days + 1 for name in ("papers", "plan")]
    assert numbers == [4, 9]


def test_a_part_payment_in_december_does_not_make_the_account_younger():
    due_on = [pd.Timestamp(FACTS["first_missed"]) + pd.DateOffset(months=n) for n in range(5)]
    instalments = pd.DataFrame({"account_id": 1, "due_on": due_on, "amount": FACTS["minimum_due"]})
    paid = {"paid_on": [pd.Timestamp(FACTS["part_paid_on"])], "amount": [FACTS["part_payment"]]}
    found = days_past_due(instalments, pd.DataFrame({"account_id": 1, **paid}), DAYS["first-call"])
    assert found.tolist() == [128]
    assert right("days-past-due", found.iloc[0])
    assert DAYS["first-call"].date() - FACTS["part_paid_on"] == timedelta(days=74)


def test_the_budget_agrees_with_the_facts():
    assert BUDGET["income"] == FACTS["wages"] == 6_200
    assert BUDGET["essential"] == 4_700
    assert BUDGET["priority_debt"] == FACTS["rent_arrears"] == 600
    assert FACTS["rent_arrears"] * 12 == FACTS["rent_owed"]


def test_900_are_left_over_and_a_tenth_of_them_stays():
    assert right("surplus", left_over(BUDGET["priority_debt"]))
    assert right("most-a-month", affordable_payment(left_over(600), FACTS["buffer"]))


def test_the_shortest_plan_that_fits_has_45_payments():
    assert right("shortest-term", shortest_term(FACTS["balance"], 900, FACTS["buffer"]))
    options = plan_options(FACTS["balance"], 900, FACTS["buffer"], terms=[44, 45])
    assert options["payment"].tolist() == [818.18, 800.0]
    assert options["fits"].tolist() == [False, True]


def test_sixty_times_600_keeps_to_both_limits_and_clears_the_debt():
    assert PLAN.months <= FACTS["most_months"]
    assert fits(PLAN.payment, 900.0, FACTS["buffer"])
    assert PLAN.total == FACTS["balance"]
    assert ANSWERS["sixty-times-600"].value == "yes"


def test_twelve_times_3000_clears_the_debt_and_nobody_could_pay_it():
    assert Plan(3_000, 12).total == FACTS["balance"]
    assert not fits(3_000.0, 900.0, 0.0)
    assert ANSWERS["twelve-times-3000"].value == "no"


def test_interest_would_have_eaten_nine_tenths_of_every_payment():
    month = FACTS["balance"] * FACTS["daily_rate"] * 30
    assert right("interest-in-a-month", month)
    assert PLAN.payment - month == pytest.approx(60)


def test_with_interest_no_plan_within_five_years_would_have_fitted():
    rate = 365 * FACTS["daily_rate"]
    found = instalment(FACTS["balance"], FACTS["most_months"], rate)
    assert right("payment-with-interest", found)
    assert not fits(found, 900.0, 0.0)
    assert shortest_term(FACTS["balance"], 900, FACTS["buffer"], annual_rate=rate) is None


def test_the_last_payment_falls_due_within_five_years_of_the_agreement():
    last = PLAN.due_dates()[-1]
    assert last.date() == ANSWERS["last-payment"].value == date(2031, 2, 25)
    assert last < DAYS["plan"] + pd.DateOffset(years=5)


def test_the_ledger_is_the_plans_first_year():
    assert LEDGER["due_on"].tolist() == PLAN.due_dates()[:12].tolist()
    assert (LEDGER["amount"] == PLAN.payment).all()
    assert LEDGER["paid_on"].iloc[[0, 6, 11]].tolist() == [
        DAYS["first-payment"],
        DAYS["late-paid"],
        DAYS["twelfth"],
    ]


def test_eleven_payments_came_by_the_day_and_all_twelve_within_the_grace():
    promises = LEDGER[["due_on", "amount"]].assign(
        promise_id=LEDGER["number"], account_id=1, made_on=DAYS["plan"].normalize()
    )
    money = payments().assign(payment_id=LEDGER["number"])
    found = outcome(promises, money, as_of=DAYS["year-talk"])
    assert right("on-time", (found["strict"] == "kept").sum())
    assert (found["tolerant"] == "kept").sum() == 12


def test_the_account_was_late_on_one_evening_of_the_year():
    evenings = pd.date_range("2026-03-25", "2027-02-25")
    late = [day for day in evenings if days_past_due(schedule(), payments(), day).iloc[0]]
    assert late == [pd.Timestamp("2026-09-26")]


def test_28800_are_left_after_twelve_payments():
    assert right("left-after-a-year", FACTS["balance"] - LEDGER["paid"].sum())
    assert outstanding(schedule(), payments(), DAYS["year-talk"]).tolist() == [28_800]


def test_1500_are_left_over_once_the_landlord_is_paid():
    assert DAYS["landlord-paid"] == pd.Timestamp("2027-01-05")
    assert right("surplus-2027", left_over(0))
