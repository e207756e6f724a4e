"""What the key of "fewer-calls" answers, worked out again from the trial's own accounts."""

import math

import pytest
from scipy.stats import norm

from duecourse.calls.courses import courses, shortfall
from duecourse.calls.engine import replay
from duecourse.calls.scoring import score, score_of
from duecourse.cases.files import read
from duecourse.trials import compare, cost_per_incremental_cure
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "success" / "fewer-calls")
CASE, KEY = FILE.case, FILE.key
FACTS = {fact.id: fact.value for fact in CASE.facts}
ANSWERS = {answer.id: answer for answer in KEY.answers}
DOCUMENTS = {document.id: document.text for document in CASE.documents}
(SCRIPT,) = CASE.calls
CALL = KEY.calls[SCRIPT.id]


def right(name, value):
    """Whether a value worked out here is the key's, within the key's own tolerance."""
    answer = ANSWERS[name]
    return value == pytest.approx(answer.value, abs=answer.tolerance)


@pytest.fixture(scope="module")
def trial():
    return FILE.table("trial")


@pytest.fixture(scope="module")
def groups(trial):
    """(cured, accounts) by group."""
    found = trial.groupby("arm")["cured_by_day_30"].agg(["sum", "size"])
    return {arm: (int(row["sum"]), int(row["size"])) for arm, row in found.iterrows()}


def test_the_lot_divided_a_thousand_accounts(trial, groups):
    assert trial["account_id"].is_unique
    assert len(trial) == FACTS["accounts"] == 1000
    assert groups == {"sms": (522, 600), "call": (352, 400)}
    assert (FACTS["cured-sms"], FACTS["cured-call"]) == (522, 352)


def test_the_summary_is_that_of_the_accounts(trial):
    summary = FILE.table("summary").set_index("arm")
    found = trial.groupby("arm").agg(
        accounts=("account_id", "size"),
        cured=("cured_by_day_30", "sum"),
        cost_per_account=("cost", "mean"),
        cost=("cost", "sum"),
        attempts=("attempts", "sum"),
        connected=("connected", "sum"),
        complaints=("complained", "sum"),
    )
    for name in summary.columns:
        assert summary[name].to_dict() == pytest.approx(found[name].to_dict())
    assert summary["complaints"].sum() == 5


def test_the_groups_were_alike_before(trial):
    mean = trial.groupby("arm")["instalment"].mean()
    assert abs(mean["call"] - mean["sms"]) < 0.02 * mean["sms"]
    half = trial[trial["half_reachable"]].groupby("arm")["cured_by_day_30"].agg(["sum", "size"])
    assert half.loc["sms"].tolist() == [21, 28]
    assert half.loc["call"].tolist() == [13, 18]
    assert half["size"].sum() == FACTS["half"] == 46


def test_rates_z_and_p_are_those_of_the_key(groups):
    found = compare(groups["call"], groups["sms"])
    assert right("sms-rate", found.control_rate)
    assert right("call-rate", found.treated_rate)
    assert right("z", found.z)
    assert right("p", found.p)
    assert round(found.z, 2) == 0.47
    assert round(found.p, 2) == 0.64


def test_z_is_the_same_by_hand(groups):
    (k, n), (m, c) = groups["call"], groups["sms"]
    pooled = (k + m) / (n + c)
    error = (pooled * (1 - pooled) * (1 / n + 1 / c)) ** 0.5
    z = (k / n - m / c) / error
    assert right("z", z)
    assert right("p", 2 * norm.sf(z))


def test_one_cure_more_costs_595_yuan_at_the_point_estimate(groups):
    extra = FACTS["call-cost"] - FACTS["sms-cost"]
    assert right(
        "cost-per-extra-cure", cost_per_incremental_cure(groups["call"], groups["sms"], extra)
    )
    found = compare(groups["call"], groups["sms"])
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == (-3.3, 5.1)
    assert round(extra / found.high) == 117
    assert round(extra / 0.05) == 119


def test_calls_can_be_credited_with_four_cures(groups):
    cured, accounts = groups["call"]
    control, others = groups["sms"]
    assert right("extra-cures", cured - accounts * control / others)


def test_calls_pay_from_three_points_on(groups):
    needed = (FACTS["call-cost"] - FACTS["sms-cost"]) / FACTS["worth"]
    assert right("break-even", 100 * needed)
    found = compare(groups["call"], groups["sms"])
    # neither "no effect" nor "worth it" is ruled out, which is what the decision rests on
    assert found.low < 0 < needed < found.high
    assert found.effect < needed
    assert ANSWERS["decision"].value == "keep-sms"


def test_those_who_picked_up_were_cured_more_often_and_no_lot_chose_them(trial):
    called = trial[trial["arm"] == "call"]
    found = called.groupby(called["connected"] > 0)["cured_by_day_30"].agg(["sum", "size"])
    assert found.loc[True].tolist() == [276, 300]
    assert found.loc[False].tolist() == [76, 100]
    rate = found["sum"] / found["size"]
    assert right("reached-gap", 100 * (rate[True] - rate[False]))


def test_the_draft_claims_all_cures_of_the_group(groups):
    assert ANSWERS["error"].value == "self-cures"
    assert "352 customers were cured by our agents" in DOCUMENTS["draft-report"]["en"]
    assert "经我组催收，352户还清" in DOCUMENTS["draft-report"]["zh"]
    assert round(2400 / groups["call"][0], 2) == 6.82


def test_nobody_was_rung_more_often_than_the_rules_and_the_protocol_allow(trial):
    assert right("most-attempts", trial["most_attempts_on_a_day"].max())
    assert trial["most_connected_on_a_day"].max() == 1
    assert trial["attempts"].max() <= 8
    assert (trial["connected"] <= trial["attempts"]).all()
    assert (trial.loc[trial["arm"] == "sms", "attempts"] == 0).all()


def test_a_single_point_would_take_seventeen_thousand_accounts_a_group(groups):
    (k, n), (m, c) = groups["call"], groups["sms"]
    p, q = k / n, m / c
    spread = p * (1 - p) + q * (1 - q)
    exact = (norm.ppf(0.975) + norm.ppf(0.8)) ** 2 * spread / (p - q) ** 2
    rounded = (1.960 + 0.842) ** 2 * spread / (p - q) ** 2
    assert right("sample-size", exact)
    assert right("sample-size", rounded)
    assert math.ceil(rounded) == ANSWERS["sample-size"].value == 17171


def test_the_two_halves_leave_enough_until_the_next_pay():
    instalment, essentials = FACTS["instalment"], 1750
    half = next(
        option.promise
        for option in SCRIPT.nodes["budget"].options
        if option.promise and option.promise.payments == 2
    )
    assert half.amount * half.payments == pytest.approx(instalment)
    after_13 = 2750 - essentials - half.amount
    after_28 = after_13 + 3050 - essentials - half.amount
    assert (round(after_13, 2), round(after_28, 2)) == (174.88, 649.76)
    # on 1 April the next instalment would fail, on the 15th it holds
    assert after_28 < instalment < after_28 + 3050 - essentials


def test_the_customer_of_the_call_stands_in_the_trial(trial):
    [row] = trial[trial["account_id"] == "ZT-0417"].to_dict("records")
    assert (row["arm"], row["half_reachable"]) == ("call", True)
    assert row["instalment"] == FACTS["instalment"]
    assert row["cured_by_day_30"]


def test_the_best_course_ends_in_a_plan_that_fits_and_earns_full_marks():
    assert shortfall(SCRIPT, CALL) == ""
    found = score(SCRIPT, CALL, CALL.best)
    assert found.end == "affordable_promise"
    state = replay(SCRIPT, CALL.best).state
    assert (state.promise.amount, state.promise.payments) == (825.12, 2)
    assert "due-day" in state.disclosed


def test_no_course_that_breaks_a_rule_earns_full_marks():
    for course in courses(SCRIPT):
        found = score_of(course, CALL)
        if found.lawfulness < 1:
            assert found.total < 0.95


def test_pressure_with_the_family_earns_nothing():
    course = ["name", "birthday", "plain", "hear", "halves", "move", "condition"]
    found = score(SCRIPT, CALL, course)
    assert found.end in {"complaint", None}
    longer = score(SCRIPT, CALL, [*course, "repeat"]) if found.end is None else found
    assert longer.total == 0
    assert [step.id for step in longer.missed] == ["nobody-else"]
