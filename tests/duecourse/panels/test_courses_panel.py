"""The picture of a call's course."""

import re
from xml.etree import ElementTree as ET

import pytest

from duecourse.calls.courses import courses
from duecourse.calls.engine import replay
from duecourse.calls.scoring import score_of
from duecourse.drawing import WIDTH, width_of
from duecourse.language import LANGUAGES, speaking
from duecourse.panels.courses import course_picture
from tests.duecourse.calls.example import BEST, HUNG_UP, example, option, small

SCRIPT, KEY = example()


def drawn(choices):
    course = replay(SCRIPT, choices)
    return course_picture(course, score_of(course, KEY).notes)


def texts(picture):
    root = ET.fromstring(picture.svg)
    return [one for one in root.iter() if one.tag.endswith("text")]


def words(picture):
    return [one.text for one in texts(picture)]


def test_the_title_says_where_trust_and_stress_went():
    assert drawn(BEST).title == "Trust 40 → 95, stress 50 → 0"


def test_the_words_beside_it_say_each_choice_rule_and_step():
    alt = drawn(HUNG_UP).alt
    assert "Choice 1: trust 20, stress 65. Rules broken: CN-11." in alt
    assert alt.endswith("Choice 5: trust 40, stress 55. Rules broken: CN-12. Critical step missed.")
    assert "Choice 4: trust 80, stress 20. Critical step taken." in drawn(BEST).alt


def test_the_lines_run_through_every_state():
    svg = drawn(HUNG_UP).svg
    # 150 pixels for 100 points, above them one line for a rule and two rows of marks
    top = 14 + 14 + 32
    trust = [f"{top + 1.5 * (100 - value):.1f}" for value in (40, 20, 35, 45, 55, 40)]
    [way] = re.findall(r'<path d="M(40\.0 [^"]*)" fill="none" stroke="#0072B2"', svg)
    assert [point.split()[1] for point in way.split("L")] == trust


def test_rules_and_steps_are_marked_and_explained():
    found = words(drawn(HUNG_UP))
    assert {"CN-11", "CN-12", "rule broken", "critical step missed"} <= {*found}
    assert "critical step taken" not in found
    assert "rule broken" not in words(drawn(BEST))
    assert "critical step taken" in words(drawn(BEST))


def test_the_names_of_two_lines_that_end_together_do_not_cover_one_another():
    script = small({"first": [option("on", "last", trust=5, stress=-5)], "last": "no_result"})
    course = replay(script, ["on"])
    picture = course_picture(course, score_of(course, KEY).notes)
    ends = [float(one.get("y")) for one in texts(picture) if one.text in ("trust 45", "stress 45")]
    assert abs(ends[0] - ends[1]) >= 14


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_leaves_the_picture(language):
    with speaking(language):
        for course in courses(SCRIPT):
            picture = course_picture(course, score_of(course, KEY).notes)
            root = ET.fromstring(picture.svg)
            high = float(root.get("viewBox").split()[3])
            for group in [one for one in root.iter() if one.tag.endswith("}g")]:
                shift = re.match(r"translate\((\d+) 0\)", group.get("transform") or "")
                for one in group.findall("{*}text"):
                    one.set("x", str(float(one.get("x")) + int(shift[1] if shift else 0)))
            for one in texts(picture):
                wide, x = width_of(one.text), float(one.get("x"))
                left = {"start": x, "middle": x - wide / 2, "end": x - wide}[one.get("text-anchor")]
                assert left >= 0
                assert left + wide <= WIDTH, one.text
                assert 8 <= float(one.get("y")) <= high
