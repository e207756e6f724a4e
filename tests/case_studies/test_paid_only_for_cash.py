"""Case F5, Paid only for cash: every figure of the key follows from the file."""

import re
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from duecourse.affordability import instalment, surplus
from duecourse.cases.files import read
from duecourse.plans import Plan, shortest_term

SHELF = Path(__file__).resolve().parents[2] / "case_studies"
FILE = read(SHELF / "failure" / "paid-only-for-cash")
MIRROR = read(SHELF / "success" / FILE.case.mirror)
FACTS = {fact.id: fact.value for fact in FILE.case.facts}
DAYS = {event.id: pd.Timestamp(event.at) for event in FILE.case.timeline}
ANSWERS = {answer.id: answer for answer in FILE.key.answers}
BUDGET = FILE.table("budget").groupby("kind")["amount"].sum()
MONTHS = FILE.table("months").set_index("month")
BEFORE, AFTER = MONTHS.loc[:"2025-12"], MONTHS.loc["2026-01":]
COMPLAINTS = FILE.table("complaints")


def right(answer, value):
    """Whether a value counts as the key's answer."""
    return abs(value - ANSWERS[answer].value) <= ANSWERS[answer].tolerance


def more(column):
    return AFTER[column].sum() - BEFORE[column].sum()


def other_costs():
    return FACTS["expected_penalty"] + FACTS["leavers"] * FACTS["replacement_cost"]


def paper(case, name):
    return next(document for document in case.documents if document.id == name)


def until_the_first_call(case):
    names = [event.id for event in case.timeline]
    return case.timeline[: names.index("first-call")]


def left_over():
    return surplus(*(float(BUDGET[kind]) for kind in ("income", "essential", "priority_debt")))


def test_four_months_are_compared_with_four():
    assert len(BEFORE) == len(AFTER) == 4
    assert BEFORE["recovered"].sum() == 1_000_000
    assert AFTER["recovered"].sum() == 1_180_000
    assert (BEFORE["complaints_upheld"].sum(), AFTER["complaints_upheld"].sum()) == (20, 95)


def test_180000_more_came_in():
    assert right("recovery-gain", more("recovered"))


def test_75_complaints_more_cost_90000():
    assert more("complaints_upheld") == 75
    assert right("complaint-cost", more("complaints_upheld") * FACTS["complaint_cost"])


def test_the_best_four_months_on_the_board_were_a_loss():
    assert other_costs() == 150_000
    complaints = more("complaints_upheld") * FACTS["complaint_cost"]
    assert right("net-change", more("recovered") - complaints - other_costs())


def test_45_complaints_would_have_used_up_the_gain_and_march_passed_them():
    room = (more("recovered") - other_costs()) / FACTS["complaint_cost"]
    assert right("break-even", BEFORE["complaints_upheld"].sum() + room)
    running = AFTER["complaints_upheld"].cumsum()
    assert running[running > 45].index[0] == "2026-03"


def test_plans_left_their_range_first_and_recovery_left_it_upwards():
    measures = MONTHS.assign(
        kept_rate=MONTHS["promises_kept"] / MONTHS["promises_due"],
        findings=MONTHS["calls_with_findings"] / MONTHS["calls_checked"],
    )[list(ANSWERS["first-warning"].options)]
    low, high = measures[:"2025-12"].min(), measures[:"2025-12"].max()
    below, above = measures["2026-01":] < low, measures["2026-01":] > high
    first_below = {name: column.idxmax() for name, column in below.items() if column.any()}
    first_above = {name: column.idxmax() for name, column in above.items() if column.any()}
    assert first_below == {"plans_agreed": "2026-01", "kept_rate": "2026-02"}
    assert first_above == {
        "recovered": "2026-01",
        "complaints_received": "2026-02",
        "complaints_upheld": "2026-02",
        "findings": "2026-02",
    }
    assert ANSWERS["first-warning"].value == "plans_agreed"


def test_one_promise_in_three_was_kept_in_april():
    rates = 100 * MONTHS["promises_kept"] / MONTHS["promises_due"]
    assert right("kept-rate-april", rates["2026-04"])
    assert rates["2025-12"] == pytest.approx(54.8, abs=0.05)


def test_one_call_pays_the_collector_162_more_than_a_plan():
    assert right("bonus-gap", FACTS["bonus_share"] * (FACTS["paid"] - 600))
    assert FACTS["bonus_share"] * FACTS["paid"] == pytest.approx(180)


def test_the_loans_payment_follows_from_its_rate():
    found = instalment(FACTS["loan_amount"], FACTS["loan_months"], FACTS["loan_rate"])
    assert round(found, 2) == FACTS["loan_payment"]


def test_the_loan_costs_her_more_than_twice_what_it_earned_him():
    cost = Plan(FACTS["loan_payment"], FACTS["loan_months"]).total - FACTS["loan_amount"]
    assert right("cost-of-the-loan", cost)
    assert cost > 2 * FACTS["bonus_share"] * FACTS["paid"]


def test_with_the_loan_no_plan_fits_any_more():
    left = left_over() - FACTS["loan_payment"]
    assert right("left-after-the-loan", left)
    assert shortest_term(FACTS["balance"] - FACTS["paid"], left) is None


def test_the_plan_of_july_fits_once_the_loan_is_paid():
    last = Plan(1_071.15, FACTS["loan_months"], DAYS["loan-debit"]).due_dates()[-1]
    assert last < pd.Timestamp("2026-10-25")
    assert Plan(500, FACTS["most_months"]).total == FACTS["balance"] - FACTS["paid"] == 30_000
    assert shortest_term(30_000, left_over()) == 38


def test_five_of_six_collectors_told_somebody_to_borrow():
    told = COMPLAINTS[COMPLAINTS["about"] == "told_to_borrow"]
    assert len(COMPLAINTS) == 20
    assert len(told) == 7
    assert COMPLAINTS["collector"].nunique() == 6
    assert right("collectors-concerned", told["collector"].nunique())


def test_the_sheet_that_rewards_what_lasts_is_that_of_the_mirrored_case():
    answer = ANSWERS["lawful-sheets"]
    sheet = paper(MIRROR.case, "pay-sheet").text["en"]
    stated = sorted(re.findall(r"(\d+)%", sheet))
    assert "plans" in answer.value
    assert sorted(re.findall(r"(\d+)%", answer.options["plans"]["en"])) == stated
    assert sum(map(int, stated)) == 100


def test_the_answer_was_due_on_28_april_and_came_a_week_late():
    due = DAYS["complaint"].date() + timedelta(days=FACTS["answer_days"])
    assert due == ANSWERS["answer-due"].value
    assert DAYS["answer"].date() - due == timedelta(days=7)


def test_both_cases_tell_the_same_up_to_the_first_call():
    assert MIRROR.case.mirror == FILE.slug
    assert MIRROR.rows("budget") == FILE.rows("budget")
    assert until_the_first_call(FILE.case) == until_the_first_call(MIRROR.case)
    for shared in ("placement", "hardship-policy"):
        assert paper(FILE.case, shared) == paper(MIRROR.case, shared)
