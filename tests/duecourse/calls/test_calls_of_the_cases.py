"""Every call of every case: each course ends, the best one earns everything, nothing is unreachable."""

import pytest

from duecourse.calls.courses import best, courses, shortfall, strangers, survey
from duecourse.calls.debrief import Debrief
from duecourse.calls.engine import begin, digest
from duecourse.calls.scoring import score_of
from duecourse.cases.files import CASE, read
from duecourse.language import LANGUAGES, speaking
from duecourse.rules.book import Rule, rule
from tests.conftest import ROOT
from tests.duecourse.calls.example import CASES

FOLDERS = sorted(
    file.parent for shelf in (CASES, ROOT / "case_studies") for file in shelf.rglob(CASE)
)
CALLS = [
    pytest.param(script, case.key.calls.get(script.id), id=f"{case.slug}.{script.id}")
    for case in map(read, FOLDERS)
    for script in case.case.calls
]
each_call = pytest.mark.parametrize(("script", "key"), CALLS)


def test_there_are_calls_to_look_at():
    assert CALLS


@each_call
def test_the_key_knows_the_call(script, key):
    assert key is not None
    assert strangers(script, key) == ()


@each_call
def test_every_node_is_reached_and_every_moment_leads_on(script, key):
    found = survey(script)
    assert (found.unreachable, found.dead_ends, found.circle) == ((), (), ())
    assert (found.never, found.idle) == ((), ())
    assert found.courses


@each_call
def test_the_best_course_earns_exactly_everything(script, key):
    assert shortfall(script, key) == ""
    assert score_of(best(script, key), key).total == 1


@each_call
def test_every_course_ends_and_is_scored_between_nothing_and_everything(script, key):
    ends = set()
    for number, course in enumerate(courses(script)):
        ends.add(course.node)
        if number % 25 == 0:
            found = score_of(course, key)
            for share in (found.outcome, found.lawfulness, found.empathy, found.total):
                assert 0 <= share <= 1
            for note in found.notes:
                assert not (note.better and note.worth.key is key.choices[note.better.id])
    assert ends == set(script.ends)


@each_call
def test_nothing_that_is_advised_breaks_a_rule_where_something_else_does_not(script, key):
    for number, course in enumerate(courses(script)):
        if number % 25 == 0:
            for note in score_of(course, key).notes:
                if note.better:
                    advised = key.choices[f"{note.step.node}.{note.better.id}"]
                    others = [key.choices[f"{note.step.node}.{o.id}"] for o in note.step.offered]
                    assert not advised.breaks or all(other.breaks for other in others)


@each_call
def test_the_rules_it_names_were_in_force_on_its_day(script, key):
    named = {name for choice in key.choices.values() for name in choice.breaks}
    named |= {name for step in key.critical for name in step.rules}
    assert [name for name in sorted(named) if not isinstance(rule(name, on=script.at), Rule)] == []


@each_call
def test_it_is_told_in_both_languages(script, key):
    course = best(script, key)
    pages = []
    for language in LANGUAGES:
        with speaking(language):
            pages.append(Debrief(course, key, "")._repr_html_())
    assert pages[0] != pages[1]
    assert digest(script) == digest(begin(script).script)
