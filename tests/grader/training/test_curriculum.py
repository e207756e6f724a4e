"""What the checkout has to teach: minutes from its own files, and the course's order."""

import json
import shutil
from pathlib import Path

import pytest

from duecourse.competencies import matrix
from duecourse.errors import DuecourseError
from grader.training.curriculum import DIAGNOSIS, curriculum
from grader.training.programme import programme

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def whole():
    return curriculum(ROOT, matrix())


def unit(found, name):
    return next(one for one in found.units if one.name == name)


def test_minutes_come_from_the_heads_of_the_files(whole):
    assert unit(whole, "01-risk-assessment").minutes == 90
    assert unit(whole, "12-the-difficult-call").minutes == 75
    assert unit(whole, "account-segmentation").minutes == 180
    assert unit(whole, "plan-that-fits").minutes == 12


def test_nothing_that_the_matrix_names_is_lost(whole):
    names = {one.name for one in whole.units} | set(whole.missing)
    wanted = {*matrix().lessons, *matrix().cases, *matrix().assignments}
    assert names == wanted - {DIAGNOSIS} | set(whole.missing)
    assert whole.missing == ()


def test_an_assignment_comes_after_the_lessons_that_its_tasks_point_to(whole):
    after = {one.name: one.after for one in whole.units if one.kind == "assignment"}
    assert after == {
        "risk-assessment": 1,
        "account-ageing": 3,
        "promises-and-plans": 4,
        "early-warning": 5,
        "account-segmentation": 7,
        "compliance-audit": 8,
        "case-success": 10,
        "case-failure": 11,
        "difficult-calls": 12,
    }


def test_an_exam_case_is_talked_about_only_after_its_assignment(whole):
    order = [one.name for one in whole.units]
    exams = [one for one in whole.units if one.exam]
    assert {one.name for one in exams} >= {"old-law-empty-threat", "right-channel"}
    assert order.index("old-law-empty-threat") > order.index("case-failure")
    assert order.index("right-channel") > order.index("case-success")


def test_every_role_has_something_to_learn_in_the_courses_order(whole):
    for role in matrix().roles:
        units = whole.of_role(role, programme().levels)
        assert units
        assert list(units) == sorted(units, key=lambda one: one.place)


def test_who_needs_more_learns_at_least_as_much(whole):
    levels = programme().levels
    new, working = (
        {one.name for one in whole.of_role(matrix().role(name), levels)}
        for name in ("new-collector", "working-collector")
    )
    assert len(new) < len(working)


def test_what_a_checkout_lacks_is_named(tmp_path):
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "08-why-lawful-collection.ipynb", tmp_path / "notebooks")
    found = curriculum(tmp_path, matrix())
    assert [one.name for one in found.units] == ["08-why-lawful-collection"]
    assert {"01-risk-assessment", "compliance-audit", "phone-book-blast"} <= set(found.missing)
    assert not found.diagnosis


def test_without_lessons_there_is_nothing_to_plan(tmp_path):
    with pytest.raises(DuecourseError, match="There are no lessons"):
        curriculum(tmp_path, matrix())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is not readable as a notebook"),
        ("[]", "is not readable as a notebook"),
        (json.dumps({"cells": [{"source": ["# Lesson"]}]}), "does not say how many minutes"),
    ],
)
def test_a_lesson_without_its_minutes_is_named(tmp_path, text, why):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01-risk-assessment.ipynb").write_text(text)
    with pytest.raises(DuecourseError, match=why):
        curriculum(tmp_path, matrix())
