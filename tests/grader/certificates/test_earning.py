from datetime import date

import pandas as pd
import pytest
import yaml

from duecourse.errors import DuecourseError
from grader.certificates.earning import (
    Standing,
    _has_critical_steps,
    _Item,
    _missed,
    standings,
)
from grader.certificates.rule import DEFAULT, rule_of
from grader.course import Course
from tests.grader.certificates.conftest import ROOT

TODAY = date(2026, 3, 2)


def lacking(course, on=TODAY):
    found = standings(course, rule_of(course.folder), on)
    return {one.learner: one.lacking for one in found}


def test_eighty_percent_and_every_critical_item_earn_a_certificate(course):
    found = lacking(course)
    # 8 of 10 points in `small`; those of the diagnosis do not count
    assert found["just"] == ()
    assert found["li-ming"] == ()


def test_who_lacks_something_is_told_what(course):
    found = lacking(course)
    assert found["below"] == ("79.0 % of all points; 80 % are needed",)
    assert found["slip"] == ("Diagnosis: the critical item “When to stop” is not right",)
    assert found["skipped"] == ("Diagnosis: the critical item “When to stop” was not answered",)
    # 6 of 10 points now, and up to 10 with the mark that is still to come
    assert found["waits"] == ("Small: answers that still wait for a person's mark: 1",)
    assert found["absent"] == (
        "0.0 % of all points; 80 % are needed",
        "Diagnosis: nothing has been handed in",
        "Small: nothing has been handed in",
    )


def test_old_work_earns_nothing(course):
    assert lacking(course, date(2027, 2, 28))["li-ming"] == ()
    [one, other] = lacking(course, date(2027, 3, 1))["li-ming"]
    assert "handed in on 2026-02-28, more than 12 months ago" in one
    assert "12 months" in other


def test_a_percentage_is_rounded_down():
    def percent(points, most):
        return Standing("a", "A", points, most, 0, ()).percent

    assert percent(79.99, 100) == "79.9"
    assert percent(8, 10) == "80.0"
    assert percent(0.1 + 0.2, 0.3) == "100.0"
    assert percent(0, 0) == "0.0"


def test_a_call_with_a_missed_step_is_named(course):
    item = _Item("call", "Crisis", whole=False, steps=True)
    columns = ["task", "points", "max", "outcome", "critical"]

    def said(*row):
        marks = pd.DataFrame([row] if row else [], columns=columns)
        return list(_missed(marks, "Calls", [item]))

    assert said("call", 0.0, 8.0, "marked", 1) == ["Calls: in “Crisis” a critical step was missed"]
    # a call that is not played as well as possible is no missed critical step
    assert said("call", 5.0, 8.0, "marked", 0) == []
    assert said("call", 0.0, 8.0, "not-answered", None) == [
        "Calls: the critical item “Crisis” was not answered"
    ]
    assert said() == ["Calls: the critical item “Crisis” was not answered"]


def test_the_kits_own_calls_with_critical_steps_are_critical_items():
    definition = Course(ROOT, "course", "en").assignment("difficult-calls")
    found = {task.id: _has_critical_steps(definition, task) for task in definition.tasks}
    assert any(found.values())
    assert not all(found.values())


def test_an_unknown_learner_is_refused(course):
    with pytest.raises(DuecourseError, match=r"no learner 'ghost'.*absent, below"):
        standings(course, rule_of(course.folder), TODAY, ["ghost"])


def test_a_course_without_anything_released_says_so(course, tmp_path):
    empty = Course(course.root, "elsewhere", "en")
    with pytest.raises(DuecourseError, match="Nothing with points is released"):
        standings(empty, rule_of(empty.folder), TODAY)


def own_rule(course, **changes):
    rule = yaml.safe_load(DEFAULT.read_text("utf-8")) | changes
    (course.folder / "certificate.yaml").write_text(yaml.safe_dump(rule), "utf-8")


def test_a_course_can_have_a_rule_of_its_own(course):
    own_rule(course, share=0.79)
    assert lacking(course)["below"] == ()
    own_rule(course, assignments=["small"], without_points=[], left_out=["diagnosis"])
    assert lacking(course)["slip"] == ()


def test_a_rule_that_asks_for_what_is_not_released_is_refused(course):
    own_rule(course, assignments=["calls"])
    with pytest.raises(DuecourseError, match="asks for 'calls', which is not released"):
        lacking(course)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("share: 2", "programme"),
        ("- a\n- b", "at -"),
        ("share: [", "cannot be read"),
        ("", "at -"),
    ],
)
def test_a_broken_rule_is_named_with_its_file(course, text, said):
    (course.folder / "certificate.yaml").write_text(text)
    with pytest.raises(DuecourseError, match=r"certificate\.yaml") as caught:
        rule_of(course.folder)
    assert said in str(caught.value)


def test_a_year_ends_the_day_before():
    rule = rule_of(ROOT / "nowhere")
    assert rule.last_day(date(2026, 11, 23)) == date(2027, 11, 22)
    assert rule.last_day(date(2028, 2, 29)) == date(2029, 2, 27)
    assert rule.last_day(date(2027, 3, 1)) == date(2028, 2, 29)
