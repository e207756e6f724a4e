"""What a course is worth; every figure is worked out by hand from the example's key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecourse.calls.courses import courses
from duecourse.calls.prospects import prospects_of
from duecourse.calls.scoring import Score, score
from duecourse.cases.key import CallKey
from duecourse.cases.scripts import CallScript
from duecourse.rules.book import severity
from tests.duecourse.calls.example import BEST, HUNG_UP, both, example, key_of, option, small

SCRIPT, KEY = example()


def scored(*choices, key=KEY):
    return score(SCRIPT, key, list(choices))


def better(found):
    return [note.better.id if note.better else None for note in found.notes]


def test_the_rules_of_the_example_weigh_what_these_tests_count_on():
    weights = {rule: severity(rule, on=SCRIPT.at) for rule in ("CN-07", "CN-11", "CN-12", "CN-22")}
    assert weights == {
        "CN-07": "serious",
        "CN-11": "serious",
        "CN-12": "moderate",
        "CN-22": "serious",
    }


def test_the_best_course_earns_exactly_everything():
    found = scored(*BEST)
    assert (found.outcome, found.lawfulness, found.empathy, found.total) == (1, 1, 1, 1)
    assert found.end == "affordable_promise"
    assert better(found) == [None] * 6


def test_empathy_is_the_mean_over_the_choices_that_differ_in_it():
    found = scored("greet", "demand", "accept")
    # greet is the best of its moment (1), demand the least (0), accept 2 of the 3 steps from -2 to 1
    assert found.empathy == pytest.approx((1 + 0 + 2 / 3) / 3)
    assert found.lawfulness == 1
    assert found.outcome == 0.3
    assert found.total == pytest.approx(0.4 * 0.3 + 0.35 * 1 + 0.25 * 5 / 9)


def test_broken_rules_lower_lawfulness_by_their_weight_and_not_below_nothing():
    # CN-07 (serious, 0.5) and CN-12 (moderate, 0.25)
    assert scored("greet", "ask", "skip", "relatives").lawfulness == 0.25
    # CN-11 and CN-22, both serious
    assert scored("blunt", "insist").lawfulness == 0
    # three of them: 0.5 + 0.5 + 0.25
    assert scored("blunt", "apologise", "demand", "relatives").lawfulness == 0


def test_a_missed_critical_step_makes_the_total_nothing_and_leaves_the_rest():
    found = scored("greet", "ask", "listen", "borrow")
    assert [step.id for step in found.missed] == ["no-new-debt"]
    assert found.total == 0
    assert (found.outcome, found.lawfulness) == (0.3, 0.75)
    assert found.empathy == pytest.approx(3 / 4)


def test_a_critical_step_that_is_not_passed_is_not_missed():
    assert scored("greet", "demand", "accept").missed == ()


def test_a_critical_step_that_was_not_offered_is_not_missed():
    nodes = {
        "first": [option("upset", "then", stress=30), option("calm", "then")],
        "then": [option("help", "last", when={"calm": 60}), option("end", "last")],
        "last": "stop_and_refer",
    }
    step = {"id": "safety", "node": "then", "must": ["help"], "why": both("-")}
    key = CallKey.model_validate(
        {"best": ["calm", "help"], "ends": {"last": 1}, "choices": {}, "critical": [step]}
    )
    assert score(small(nodes), key, ["calm", "end"]).total == 0
    assert score(small(nodes), key, ["upset", "end"]).total == 1


def test_where_nothing_differs_in_empathy_it_is_whole():
    nodes = {"first": [option("on", "last"), option("off", "last")], "last": "no_result"}
    key = key_of(["on"], {"last": 1}, first__on={"empathy": -2}, first__off={"empathy": -2})
    assert score(small(nodes), key, ["off"]).empathy == 1


def test_the_weights_of_the_key_count():
    key = CallKey.model_validate(
        {**KEY.model_dump(), "weights": {"outcome": 1, "lawfulness": 0, "empathy": 1}}
    )
    assert scored("greet", "demand", "accept", key=key).total == pytest.approx((0.3 + 5 / 9) / 2)


def test_each_choice_is_told_what_would_have_been_better_then():
    assert better(scored(*HUNG_UP)) == ["greet", None, None, None, "budget"]
    found = scored("greet", "demand", "back", "full", "later")
    assert better(found) == [None, "ask", None, "budget", None]


def test_nobody_is_advised_to_break_a_rule_for_a_better_end():
    nodes = {
        "first": [option("press", "paid"), option("leave", "unpaid")],
        "paid": "promise",
        "unpaid": "no_result",
    }
    key = key_of(["press"], {"paid": 1, "unpaid": 0}, first__press={"breaks": ["CN-12"]})
    # 0.4 + 0.35 * 0.75 + 0.25 is more than 0.35 + 0.25
    assert score(small(nodes), key, ["press"]).total > score(small(nodes), key, ["leave"]).total
    assert better(score(small(nodes), key, ["leave"])) == [None]
    assert better(score(small(nodes), key, ["press"])) == ["leave"]


def test_what_is_better_looks_at_the_end_of_the_call_and_not_at_the_next_choice_alone():
    nodes = {
        "first": [option("kind", "dull"), option("plain", "open")],
        "dull": [option("on", "nothing")],
        "open": [option("on", "plan"), option("off", "nothing")],
        "nothing": "no_result",
        "plan": "affordable_promise",
    }
    ends = {"plan": 1, "nothing": 0}
    key = key_of(["plain", "on"], ends, first__kind={"empathy": 1}, first__plain={"empathy": 0})
    # 0.35 + 0.25 with the kind word, 0.4 + 0.35 without it
    assert better(score(small(nodes), key, ["kind", "on"])) == ["plain", None]


def test_of_two_options_that_are_as_good_the_authors_is_named():
    nodes = {"first": [option(name, f"end-{name}") for name in "abc"]} | {
        f"end-{name}": "no_result" for name in "abc"
    }
    ends = {"end-a": 0, "end-b": 1, "end-c": 1}
    assert better(score(small(nodes), key_of(["c"], ends), ["a"])) == ["c"]


def test_the_notes_name_rules_with_their_day_and_standing():
    [first, *_rest] = scored(*HUNG_UP).notes
    [breach] = first.worth.breaches
    assert (breach.rule, breach.severity, breach.penalty) == ("CN-11", "serious", 0.5)
    assert breach.provisional
    assert first.worth.key.why["en"].startswith("The debt is named before")


def test_a_rule_that_was_not_yet_in_force_is_shown_in_its_wording_of_today():
    script = SCRIPT.model_copy(update={"at": SCRIPT.at.replace(year=2020)})
    [breach] = score(script, KEY, ["greet", "ask", "listen", "borrow"]).notes[3].worth.breaches
    assert breach.rule == "CN-12"


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        (["greet"], "The call has not come to its end: 1 choices were made."),
        ([], "The call has not come to its end: 0 choices were made."),
        (["hello"], "This call cannot be played: choice 1: there is no 'hello' at 'open'"),
        ("greet", "This call cannot be played: the choices must be a list"),
        (None, "This call cannot be played: the choices must be a list"),
        ([*BEST, "recap"], "choice 7, 'recap': the call had ended before"),
    ],
)
def test_what_is_no_finished_course_is_worth_nothing_and_says_why(choices, problem):
    found = score(SCRIPT, KEY, choices)
    assert problem in found.problem
    assert found == Score(problem=found.problem)


def test_the_best_alternative_is_never_offered_to_the_best_course_nor_an_unoffered_one():
    for course in courses(SCRIPT):
        for note in score(SCRIPT, KEY, course.choices).notes:
            assert note.better is None or note.better in note.step.offered
            assert note.better is None or note.better.id != note.step.chosen.id


@given(st.lists(st.sampled_from(sorted({*BEST, *HUNG_UP, "demand", "back", "quick"})), max_size=9))
def test_every_share_lies_between_nothing_and_everything(choices):
    found = score(SCRIPT, KEY, choices)
    for share in (found.outcome, found.lawfulness, found.empathy, found.total):
        assert 0 <= share <= 1
        assert isinstance(share, float)


def test_a_call_that_was_read_again_is_not_looked_at_again():
    script = CallScript.model_validate(SCRIPT.model_dump())
    key = CallKey.model_validate(KEY.model_dump())
    assert prospects_of(script, key) is prospects_of(SCRIPT, KEY)
    other = CallKey.model_validate({**KEY.model_dump(), "weights": {"outcome": 1}})
    assert prospects_of(SCRIPT, other) is not prospects_of(SCRIPT, KEY)
