"""Treatments are marked by what becomes of them: worked out by hand on four accounts."""

import datetime as dt

import pandas as pd
import pytest

from duecourse.errors import DuecourseError
from duecourse.language import speaking
from duecourse.tasks import TreatmentsTask
from grader.key import KeyedTask, Mistake
from grader.marking import Marked, Unreadable, mark
from grader.outcome import Effect, by_account, effect, flat, judge, proven, truth_of

AS_OF = dt.date(2024, 2, 29)
WAYS = {name: {"en": name, "zh": f"办法{name}"} for name in ("none", "reminder", "call", "plan")}
IDS = [104, 101, 103, 102]
ACCOUNTS = pd.DataFrame(
    {
        "account_id": IDS,
        "income": [6000.0, 6200.0, 5000.0, None],
        "essentials": [4000.0, 4700.0, 4000.0, 3000.0],
        "priority_debts": [500.0, 600.0, 900.0, 0.0],
        "number_status": ["own", "own", "reassigned", "own"],
        "letters_only": [False, False, False, True],
    }
)
SNAPSHOT = pd.DataFrame(
    {"account_id": IDS, "month": pd.Timestamp(AS_OF), "balance": [9000.0, 36000.0, 30000.0, 100.0]}
)
COMPLAINTS = pd.DataFrame(
    {
        "account_id": [101],
        "received_on": pd.to_datetime(["2024-02-10"]),
        "cause": ["conduct"],
        "answered_on": pd.to_datetime([None]),
    }
)
TABLES = {"accounts": ACCOUNTS, "monthly_snapshot": SNAPSHOT, "complaints": COMPLAINTS}
# cash, cost and complaints of each treatment; nothing done brings 100 yuan
MODEL = {
    "none": (100, 0, 0.0),
    "reminder": (150, 0, 0.01),
    "call": (250, 6, 0.02),
    "plan": (400, 30, 0.0),
}
PROSPECTS = pd.DataFrame(
    [
        {"account_id": one, "treatment": way, "cash": cash, "cost": cost, "complaints": upheld}
        for one in IDS
        for way, (cash, cost, upheld) in MODEL.items()
    ]
)
# less 100 yuan of doing nothing, less 1,200 yuan an upheld complaint
NET = {"none": 0, "reminder": 50 - 12, "call": 150 - 6 - 24, "plan": 300 - 30}


def task(**more):
    about = {
        "kind": "treatments",
        "id": "policy",
        "title": {"en": "P", "zh": "策略"},
        "options": WAYS,
    }
    return TreatmentsTask(**{**about, "of": "accounts", "flat": "none", **more})


@pytest.fixture(scope="module")
def truth():
    return truth_of(task(), TABLES, PROSPECTS, AS_OF)


def table(chosen):
    return {
        "columns": ["account_id", "treatment"],
        "rows": [[str(a), t] for a, t in chosen.items()],
    }


BEST = {104: "plan", 101: "plan", 103: "none", 102: "none"}


def test_the_truth_holds_what_each_treatment_is_worth_and_breaks(truth):
    assert list(truth) == ["104", "101", "103", "102"]
    assert truth["104"] == {
        "none": [0, 0, []],
        "reminder": [38, -12, []],
        "call": [120, -30, []],
        "plan": [270, -30, []],
    }
    # a number that is somebody else's, and 100 yuan of surplus for 500 yuan a month
    assert truth["103"]["call"] == [120, -30, ["reassigned_number"]]
    assert truth["103"]["plan"] == [270, -30, ["plan_too_dear"]]
    # letters only, and nobody knows the income
    assert truth["102"]["reminder"] == [38, -12, ["letters_only"]]
    assert truth["102"]["plan"] == [270, -30, ["plan_without_budget"]]


def test_what_is_allowed_brings_its_worth_and_what_is_not_only_costs(truth):
    assert effect(task(), {"104": "plan", "101": "call"}, truth) == Effect(270 + 120)
    found = effect(task(), dict.fromkeys(truth, "call"), truth)
    assert found.net == 120 + 120 - 30 - 30
    assert found.broken == {"reassigned_number": 1, "letters_only": 1}


def test_places_are_given_in_the_order_of_the_worlds_table(truth):
    limited = task(capacity={"plan": 1})
    found = effect(limited, {"101": "plan", "104": "plan"}, truth)
    assert found == Effect(270, beyond={"plan": 1})
    assert effect(limited, {"104": "plan", "101": "plan"}, truth) == found
    # beyond the places nothing is done, so no rule is broken either
    everybody = effect(limited, dict.fromkeys(truth, "plan"), truth)
    assert everybody == Effect(270, beyond={"plan": 3})


def test_an_account_left_out_or_with_an_unknown_treatment_is_not_treated(truth):
    assert effect(task(), {}, truth) == Effect(0)
    assert effect(task(), {"104": "sue", "999": "call"}, truth) == Effect(0)


def test_the_flat_treatment_is_the_named_one_or_the_best_for_everybody(truth):
    assert flat(task(), truth) == 0
    assert flat(task(flat="reminder"), truth) == 38 + 38 - 12 - 12
    # plans bring 2 * 270 - 2 * 30
    assert flat(task(flat=None), truth) == 480


def judged(truth, chosen, **more):
    return judge(task(**more), table(chosen), table(BEST), truth)


def test_flat_earns_nothing_the_keys_own_everything_and_the_way_between_its_share(truth):
    assert judged(truth, dict.fromkeys(IDS, "none")).share == 0
    assert judged(truth, BEST).whole
    half = judged(truth, {**BEST, 101: "none"})
    assert half.share == pytest.approx(270 / 540)
    assert [part.name for part in half.parts] == ["net benefit"]
    assert "270 yuan in the model over 6 months" in half.parts[0].note


def test_more_than_the_key_is_not_more_than_everything(truth):
    modest = judge(task(), table(BEST), table({104: "plan"}), truth)
    assert modest.share == 1


def test_each_kind_of_broken_rule_takes_its_share_off_and_is_named(truth):
    found = judged(truth, {**BEST, 103: "call", 102: "reminder"})
    assert found.share == pytest.approx((540 - 30 - 12) / 540 - 0.2)
    parts = {part.name: part for part in found.parts}
    wrong_number = parts["the number belongs to somebody else"]
    assert wrong_number.share == 0
    assert wrong_number.note.startswith("accounts: 1. Calls and messages would reach")
    assert wrong_number.note.endswith("(CN-07, provisional)")
    assert parts["asked for letters only"].note.endswith("(CN-22)")
    milder = judged(truth, {**BEST, 103: "call", 102: "reminder"}, breach=0)
    assert milder.share == pytest.approx((540 - 42) / 540)


def test_a_mark_never_falls_below_nothing(truth):
    assert judged(truth, dict.fromkeys(IDS, "reminder"), breach=1).share == 0


def test_what_found_no_place_is_named(truth):
    found = judged(truth, BEST, capacity={"plan": 1})
    # the key itself is beyond its capacity here, so that both reach the same
    note = next(part.note for part in found.parts if part.name == "plan")
    assert note == "places: 1; accounts that found none and count as not treated: 1"


def test_rules_and_treatments_are_named_in_chinese(truth):
    with speaking("zh"):
        found = judged(truth, {**BEST, 103: "call"})
    assert found.parts[0].name == "净收益"
    assert "CN-07，暂定" in found.parts[1].note
    assert "号码已归他人使用" in found.parts[1].name


def test_an_account_twice_counts_once_and_a_table_without_columns_is_empty():
    twice = {"columns": ["treatment", "account_id"], "rows": [["call", "104"], ["plan", "104"]]}
    assert by_account(task(), twice) == {"104": "call"}
    assert by_account(task(), {"columns": ["account_id"], "rows": [["104"]]}) == {}


def test_a_solution_that_breaks_a_rule_or_beats_nobody_is_refused(truth):
    proven(task(), table(BEST), truth)
    with pytest.raises(DuecourseError, match=r"'policy': 1 times reassigned_number$"):
        proven(task(), table({**BEST, 103: "call"}), truth)
    with pytest.raises(DuecourseError, match=r"1 beyond the capacity of plan$"):
        proven(task(capacity={"plan": 1}), table(BEST), truth)
    with pytest.raises(DuecourseError, match=r"of 0 yuan is not above the 0 yuan of none"):
        proven(task(), table({104: "none"}), truth)
    with pytest.raises(DuecourseError, match=r"480 yuan of the best single treatment"):
        proven(task(flat=None), table({104: "plan"}), truth)


def test_accounts_that_the_task_does_not_ask_for_need_no_prospects():
    only = task(where={"number_status": ["reassigned"]})
    prospects = PROSPECTS[PROSPECTS["account_id"] == 103]
    assert list(truth_of(only, TABLES, prospects, AS_OF)) == ["103"]


def test_an_empty_world_has_an_empty_truth():
    nobody = task(where={"number_status": ["none such"]})
    assert truth_of(nobody, TABLES, PROSPECTS, AS_OF) == {}


def record(value):
    return {"version": 1, "task": "policy", "kind": "treatments", "value": value}


def test_marking_knows_the_kind_its_outcome_and_its_known_mistakes(truth):
    wrong = Mistake(table(dict.fromkeys(IDS, "call")), 0.2, {"en": "All alike.", "zh": "都一样。"})
    right = KeyedTask(table(BEST), (wrong,), truth=truth)
    assert mark(task(), record(table(BEST)), right).whole
    found = mark(task(), record(wrong.value), right)
    assert isinstance(found, Marked)
    assert (found.share, found.mistake) == (0.2, wrong)
    assert isinstance(mark(task(), record([1, 2]), right), Unreadable)
