"""All courses of a call, and what a look at them finds wrong."""

import pytest

from duecourse.calls import moments
from duecourse.calls.courses import best, courses, shortfall, strangers, survey
from duecourse.calls.moments import explore
from duecourse.cases.key import CallKey
from tests.duecourse.calls.example import BEST, example, key_of, option, small

SCRIPT, KEY = example()
LADDER = {
    f"n{number:02}": [option("left", f"n{number + 1:02}"), option("right", f"n{number + 1:02}")]
    for number in range(20)
}
"""Twenty choices between two: 2 ** 20 courses."""


def without(key, **changes):
    return CallKey.model_validate({**key.model_dump(), **changes})


def test_every_course_of_the_example_is_found_once():
    found = [course.choices for course in courses(SCRIPT)]
    assert len(found) == len(set(found)) == survey(SCRIPT).courses
    assert tuple(BEST) in found


def test_courses_are_counted_without_being_played():
    script = small({**LADDER, "n20": "no_result"}, start="n00")
    assert survey(script).courses == 2**20
    assert survey(script).longest == 20


def test_of_many_courses_some_are_drawn_and_always_the_same():
    script = small({**LADDER, "n20": "no_result"}, start="n00")
    drawn = [course.choices for course in courses(script, most=50, seed=3)]
    assert len(drawn) == 50
    assert drawn == [course.choices for course in courses(script, most=50, seed=3)]
    assert drawn != [course.choices for course in courses(script, most=50, seed=4)]


def test_of_few_courses_none_is_left_out():
    assert len(list(courses(SCRIPT, most=10))) == 10
    assert len(list(courses(SCRIPT, most=survey(SCRIPT).courses))) == survey(SCRIPT).courses


def test_ways_that_can_no_longer_be_told_apart_meet_in_one_moment():
    # trust is never asked for, so that all three ways are one
    nodes = {
        "first": [
            option(name, "then", trust=trust) for name, trust in zip("abc", (1, 2, 3), strict=True)
        ],
        "then": [option("on", "last")],
        "last": "no_result",
    }
    assert len(explore(small(nodes)).ways) == 3
    nodes["then"].append(option("trusted", "last", when={"trust": 43}))
    assert len(explore(small(nodes)).ways) == 5


def test_a_good_script_has_nothing_wrong_with_it():
    found = survey(SCRIPT)
    assert found.unreachable == found.dead_ends == found.circle == found.never == found.idle == ()
    assert shortfall(SCRIPT, KEY) == ""
    assert strangers(SCRIPT, KEY) == ()


def test_a_node_that_nobody_comes_to_is_found():
    nodes = {
        "first": [option("on", "last"), option("off", "lost", when={"trust": 41})],
        "lost": "hang_up",
        "far": [option("on", "last")],
        "last": "no_result",
    }
    found = survey(small(nodes))
    assert found.unreachable == ("lost", "far")
    assert found.never == ("first.off", "far.on")


def test_a_branch_that_is_never_taken_is_found():
    ways = [{"to": "a", "when": {"trust": 90}}, {"to": "b"}]
    nodes = {"first": [option("on", ways)], "a": "promise", "b": "hang_up"}
    assert survey(small(nodes)).idle == ("first.on.a",)


def test_a_moment_without_any_option_is_found():
    nodes = {
        "first": [option("hurt", "second", trust=-20), option("help", "second")],
        "second": [option("on", "last", when={"trust": 40})],
        "last": "no_result",
    }
    found = survey(small(nodes))
    assert found.dead_ends == ("second",)
    # what cannot end is no course
    assert found.courses == 1
    assert [course.choices for course in courses(small(nodes))] == [("help", "on")]


def test_a_call_that_can_go_round_for_ever_is_found():
    nodes = {
        "first": [option("on", "second")],
        "second": [option("back", "third"), option("off", "last")],
        "third": [option("round", "second")],
        "last": "no_result",
    }
    found = survey(small(nodes))
    assert set(found.circle) == {"second", "third"}
    assert found.circle[0] == found.circle[-1]
    assert (found.courses, found.longest) == (None, None)
    assert all(course.end for course in courses(small(nodes), most=20))


def test_a_round_that_a_fact_or_the_time_closes_is_none():
    nodes = {
        "first": [
            option("ask", "first", disclose=["job"], when={"hidden": ["job"]}),
            option("wait", "first", when={"minutes": 2}),
            option("off", "last"),
        ],
        "last": "no_result",
    }
    found = survey(small(nodes, facts=["job"]))
    assert found.circle == ()
    assert found.dead_ends == ()
    # three waits at most (at minutes 0, 1 and 2) and one question, which takes a minute too
    assert found.longest == 5


def test_a_script_too_large_to_be_looked_at_is_said_to_be_so(monkeypatch):
    monkeypatch.setattr(moments, "MOST_MOMENTS", 2)
    found = survey(SCRIPT)
    assert found.courses is None
    assert found.circle == ()
    assert best(SCRIPT.model_copy(update={"trust": 41}), KEY) is None


def test_the_best_course_is_found():
    assert best(SCRIPT, KEY).choices == tuple(BEST)


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        (["greet"], "The call has not come to its end: 1 choices were made."),
        (["hello"], "This call cannot be played: choice 1: there is no 'hello' at 'open'"),
        ([*BEST[:-1], "hurry"], "outcome 0.80, empathy 0.83, total 0.88"),
        (["greet", "ask", "listen", "borrow"], "total 0.00, missed no-new-debt"),
    ],
)
def test_what_keeps_the_authors_course_from_full_marks_is_said(choices, why):
    assert why in shortfall(SCRIPT, without(KEY, best=choices))


def test_what_stands_in_one_of_the_two_files_only_is_found():
    found = KEY.model_dump()
    found["choices"]["open.shout"] = found["choices"].pop("open.greet")
    del found["ends"]["weak"]
    found["ends"]["heaven"] = 1.0
    found["critical"][0]["must"] = ["budget", "gift"]
    assert strangers(SCRIPT, CallKey.model_validate(found)) == (
        "open.greet",
        "open.shout",
        "ends.heaven",
        "ends.weak",
        "critical.no-new-debt",
    )


def test_a_critical_step_that_may_not_be_offered_is_found():
    nodes = {
        "first": [option("calm", "then"), option("upset", "then", stress=30)],
        "then": [option("help", "last", when={"calm": 60}), option("end", "last")],
        "last": "stop_and_refer",
    }
    about = {"id": "safety", "node": "then", "must": ["help"], "why": {"en": "-", "zh": "-"}}
    key = key_of(["calm", "help"], {"last": 1}, first__calm={}, first__upset={})
    assert "critical.safety" in strangers(small(nodes), without(key, critical=[about]))
    nodes["then"][0]["when"] = {}
    assert "critical.safety" not in strangers(small(nodes), without(key, critical=[about]))
