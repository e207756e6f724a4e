"""The call as a state machine: effects, conditions, branches, and what cannot be played."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecourse.calls.engine import LONGEST, Course, Impossible, State, begin, digest, replay
from duecourse.cases.scripts import CallScript, Condition, Promise
from duecourse.language import speaking
from tests.duecourse.calls.example import BEST, HUNG_UP, example, option, small

SCRIPT, _KEY = example()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


def played(script, *choices):
    course = replay(script, list(choices))
    assert isinstance(course, Course), str(course)
    return course


def refused(script, choices):
    found = replay(script, choices)
    assert isinstance(found, Impossible)
    return found


def test_a_call_begins_as_the_script_says():
    course = begin(SCRIPT)
    assert course.state == State(trust=40, stress=50)
    assert [option.id for option in course.offered] == ["blunt", "greet"]
    assert course.end is None


def test_the_best_course_comes_to_an_affordable_promise():
    course = played(SCRIPT, *BEST)
    assert course.end == "affordable_promise"
    assert course.offered == ()
    assert course.choices == tuple(BEST)
    # 40 + 10 + 10 + 10 + 10 + 10 + 5; 50 - 5 - 15 - 10 - 15 - 5; 1 + 2 + 3 + 6 + 2 + 1
    assert (course.state.trust, course.state.stress, course.state.minutes) == (95, 0, 15)
    assert course.state.disclosed == {"job_lost", "surplus"}
    assert course.state.vulnerable
    assert course.state.promise == Promise(amount=600, payments=60, first_on="2026-04-15")


def test_each_step_knows_what_was_offered_and_what_it_changed():
    step = played(SCRIPT, "blunt", "apologise").steps[1]
    assert step.node == "upset"
    assert [one.id for one in step.offered] == ["apologise", "insist"]
    assert (step.before.trust, step.before.stress) == (20, 65)
    assert (step.after.trust, step.after.stress) == (35, 55)


def test_trust_and_stress_stay_between_0_and_100():
    nodes = {
        "first": [option("up", "first", trust=70, stress=-70), option("down", "last", trust=-300)],
        "last": "no_result",
    }
    script = small(nodes)
    assert played(script, "up").state == State(100, 0, minutes=1)
    assert played(script, "up", "down").state.trust == 0


def test_the_branch_looks_at_the_state_after_the_choice():
    # 70 - 15 = 55 is enough to stay on the line, 40 - 15 = 25 is not
    assert played(SCRIPT, "greet", "ask", "listen", "borrow").node == "weak"
    assert played(SCRIPT, *HUNG_UP).node == "hung_up"


def test_the_first_branch_that_holds_is_taken():
    hurried = played(SCRIPT, "greet", "demand", "relatives")
    assert (hurried.node, hurried.state.minutes) == ("hung_up", 3)
    late = played(SCRIPT, "greet", "ask", "skip", "relatives")
    assert (late.node, late.state.minutes) == ("complaint", 5)
    vulnerable = small(
        {
            "first": [option("tell", "second", vulnerable=True), option("hide", "second")],
            "second": [
                option(
                    "press",
                    [{"to": "a", "when": {"vulnerable": True}}, {"to": "b"}],
                )
            ],
            "a": "complaint",
            "b": "hang_up",
        }
    )
    assert played(vulnerable, "tell", "press").end == "complaint"
    assert played(vulnerable, "hide", "press").end == "hang_up"


def test_a_condition_holds_if_everything_it_names_does():
    state = State(50, 40, frozenset({"job"}), vulnerable=False, promise=None, minutes=7)
    holds = [
        {},
        {"trust": 50},
        {"calm": 40},
        {"disclosed": ["job"]},
        {"hidden": ["illness"]},
        {"vulnerable": False},
        {"promised": False},
        {"minutes": 7},
        {"trust": 50, "calm": 40, "disclosed": ["job"], "minutes": 9},
    ]
    fails = [
        {"trust": 51},
        {"calm": 39},
        {"disclosed": ["job", "illness"]},
        {"hidden": ["job"]},
        {"vulnerable": True},
        {"promised": True},
        {"minutes": 6},
        {"trust": 50, "calm": 39},
    ]
    assert [one for one in holds if not state.meets(Condition.model_validate(one))] == []
    assert [one for one in fails if state.meets(Condition.model_validate(one))] == []


def test_the_last_promise_counts_and_vulnerability_stays():
    promise = {"amount": 100, "first_on": "2026-04-01"}
    nodes = {
        "first": [option("one", "second", vulnerable=True, promise=promise)],
        "second": [option("two", "third", promise={**promise, "amount": 50})],
        "third": [option("three", "last")],
        "last": "promise",
    }
    state = played(small(nodes), "one", "two", "three").state
    assert state.promise.amount == 50
    assert state.vulnerable


def test_everything_that_was_said_is_there_in_order():
    said = list(played(SCRIPT, "greet").said())
    assert [line.who for line in said] == [None, "he", "zhou", "lin", "zhou"]
    assert said[3].text["en"].startswith("Good evening.")
    assert said[4].text["zh"] == "是，我就是周宁。"


def test_the_same_choices_always_give_the_same_course():
    assert replay(SCRIPT, BEST) == replay(SCRIPT, tuple(BEST))


def test_a_course_may_be_unfinished():
    assert played(SCRIPT).end is None
    assert played(SCRIPT, *BEST[:-1]).end is None


@pytest.mark.parametrize(
    ("choices", "reason", "text"),
    [
        (["hello"], "unknown", "choice 1: there is no 'hello' at 'open'; possible: blunt, greet"),
        (["greet", "blunt"], "unknown", "choice 2: there is no 'blunt' at 'identity'"),
        ([*BEST, "recap"], "ended", "choice 7, 'recap': the call had ended before"),
        (["greet", 3], "no name", "choice 2 must be the name of an option; found int"),
        ([["greet"]], "no name", "choice 1 must be the name of an option; found list"),
        ("greet", "no list", "the choices must be a list of option names; found greet"),
        (None, "no list", "found NoneType"),
        ({"0": "greet"}, "no list", "found dict"),
        (["x" * 100_000], "unknown", f"there is no '{'x' * 57}...' at"),
    ],
)
def test_what_cannot_be_played_is_explained(choices, reason, text):
    found = refused(SCRIPT, choices)
    assert found.reason == reason
    assert text in str(found)
    assert len(str(found)) < 200


def test_an_option_whose_condition_fails_is_told_from_one_that_does_not_exist():
    found = refused(SCRIPT, ["greet", "ask", "listen", "full", "fitting"])
    assert found.reason == "not offered"
    assert str(found) == (
        "choice 5: 'fitting' at 'plan' is not offered as this call stands; possible: quick, later"
    )
    with speaking("zh"):
        assert str(found) == (
            "第 5 个选择：按当前通话情况，节点“plan”不提供选项“fitting”，可选：quick, later"
        )


def test_what_was_possible_before_a_wrong_choice_is_kept():
    assert refused(SCRIPT, ["greet", "ask", "nothing"]).course.choices == ("greet", "ask")


def test_a_call_without_end_is_stopped():
    nodes = {"first": [option("on", "first"), option("off", "last")], "last": "no_result"}
    found = refused(small(nodes), ["on"] * (LONGEST + 5))
    assert found.reason == "too long"
    assert len(found.course.steps) == LONGEST


@given(JSON | st.lists(st.sampled_from([*BEST, *HUNG_UP]), max_size=9) | st.lists(JSON, max_size=5))
def test_anything_that_json_can_hold_is_answered(choices):
    found = replay(SCRIPT, choices)
    assert isinstance(found, Course | Impossible)
    assert isinstance(str(found), str)
    assert json.dumps(list(getattr(found, "choices", [])))


def test_the_digest_is_the_same_in_every_language():
    whole = SCRIPT.model_dump(mode="json")

    def kept(value, language):
        if isinstance(value, dict):
            if set(value) == {"en", "zh"}:
                return {language: value[language]}
            return {name: kept(one, language) for name, one in value.items()}
        return [kept(one, language) for one in value] if isinstance(value, list) else value

    digests = {digest(CallScript.model_validate(kept(whole, one))) for one in ("en", "zh")}
    assert digests == {digest(SCRIPT)}
    assert len(digest(SCRIPT)) == 16


def test_the_digest_differs_wherever_the_call_could_go_another_way():
    nodes = {"first": [option("on", "last", trust=5)], "last": "no_result"}
    same = digest(small(nodes))
    assert digest(small(nodes)) == same
    others = [
        small({**nodes, "first": [option("on", "last", trust=6)]}),
        small({**nodes, "first": [option("off", "last", trust=5)]}),
        small({**nodes, "last": "hang_up"}),
        small(nodes, trust=41),
        small(nodes, facts=["job"]),
        small({"title": nodes["first"], "last": "no_result"}, start="title"),
    ]
    assert len({same, *map(digest, others)}) == 7
