"""Every call of every case: each course ends, the best one earns everything, nothing is unreachable."""

import pytest

from duecourse.calls.courses import best, courses, shortfall, strangers, survey
from duecourse.calls.debrief import Debrief
from duecourse.calls.scoring import score_of
from duecourse.cases.files import CASE, read
from duecourse.language import LANGUAGES, speaking
from duecourse.rules.book import Rule, rule
from tests.conftest import ROOT
from tests.duecourse.calls.example import CASES

FILES = sorted(file for shelf in (CASES, ROOT / "case_studies") for file in shelf.rglob(CASE))
# a look at the text is enough here, so that a case that cannot be read fails in its own name
WITH_CALLS = [file.parent for file in FILES if "\ncalls:" in file.read_text("utf-8")]


@pytest.fixture(params=WITH_CALLS, ids=lambda folder: folder.name)
def calls(request):
    """The calls of a case, each with its key."""
    case = read(request.param)
    return [(script, case.key.calls[script.id]) for script in case.case.calls]


def test_the_key_knows_every_option_and_end(calls):
    for script, key in calls:
        assert strangers(script, key) == ()


def test_every_node_is_reached_and_every_moment_leads_on(calls):
    for script, _key in calls:
        found = survey(script)
        assert (found.unreachable, found.dead_ends, found.circle) == ((), (), ())
        assert (found.never, found.idle) == ((), ())
        assert found.courses
        assert found.longest <= 10


def test_the_best_course_earns_exactly_everything(calls):
    for script, key in calls:
        assert shortfall(script, key) == ""
        assert score_of(best(script, key), key).total == 1


def test_every_course_ends_is_scored_and_is_given_lawful_advice(calls):
    for script, key in calls:
        for course in courses(script):
            assert course.end
            found = score_of(course, key)
            for share in (found.outcome, found.lawfulness, found.empathy, found.total):
                assert 0 <= share <= 1
            for note in found.notes:
                if note.better:
                    advised = key.choices[f"{note.step.node}.{note.better.id}"]
                    others = [key.choices[f"{note.step.node}.{o.id}"] for o in note.step.offered]
                    assert not advised.breaks or all(other.breaks for other in others)


def test_the_rules_it_names_were_in_force_on_its_day(calls):
    for script, key in calls:
        named = {name for choice in key.choices.values() for name in choice.breaks}
        named |= {name for step in key.critical for name in step.rules}
        unknown = [one for one in sorted(named) if not isinstance(rule(one, on=script.at), Rule)]
        assert unknown == []


def test_it_is_told_in_both_languages(calls):
    for script, key in calls:
        course = best(script, key)
        pages = []
        for language in LANGUAGES:
            with speaking(language):
                pages.append(Debrief(course, key, "")._repr_html_())
        assert pages[0] != pages[1]
