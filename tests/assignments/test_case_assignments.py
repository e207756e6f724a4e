"""Assignments on exam cases: what is right is what the cases' keys say, and the texts state it."""

import re

import pytest

from duecourse.calls.engine import digest
from duecourse.cases.case import Case
from duecourse.cases.files import find as find_case
from duecourse.cases.files import parse
from duecourse.tasks import CallTask, CodingTask, TextTask
from grader.assignments import find
from grader.key import key_of
from grader.release import contents_of
from tests.conftest import ROOT

NAMES = ["case-success", "case-failure", "difficult-calls"]


@pytest.fixture(params=NAMES)
def assignment(request):
    return find(ROOT, request.param)


def texts(assignment):
    return {cell.id: cell.source for cell in assignment.notebooks[assignment.name].cells}


def test_every_heading_states_the_points_of_its_task(assignment):
    there = texts(assignment)
    for cell in assignment.graded:
        for language, unit in (("en", r"\({:g} points?\)"), ("zh", r"（{:g}分）")):
            heading = there.get(f"{cell.task}-text-{language}") or there[f"{cell.task}-{language}"]
            assert re.search(unit.format(cell.points), heading.splitlines()[0]), cell.task
    minutes = assignment.tasks.minutes
    assert f"**{assignment.points:g} points · about {minutes} minutes" in there["start-en"]
    assert f"**{assignment.points:g}分 · 约{minutes}分钟" in there["start-zh"]


def test_every_case_is_an_exam_case(assignment):
    assert {case.case.use for case in assignment.cases.values()} == {"exam"}


@pytest.mark.kernel
def test_what_is_right_is_what_the_cases_say(assignment, keys):
    key = key_of(assignment, keys)
    answers = {one.id: one for case in assignment.cases.values() for one in case.key.answers}
    taken = 0
    for task in assignment.tasks:
        given = key.tasks[task.id].value
        if isinstance(task, CallTask):
            assert given["choices"] == list(assignment.cases[task.case].key.calls[task.call].best)
        elif isinstance(task, CodingTask):
            turns = assignment.cases[task.case].key.transcripts[task.transcript].turns
            assert {turn: set(codes) for turn, codes in given["labels"].items()} == {
                turn: set(one.codes) for turn, one in turns.items()
            }
        elif task.id in answers:
            one = answers[task.id]
            value = one.value.isoformat() if hasattr(one.value, "isoformat") else one.value
            sortable = isinstance(value, list) and not one.ordered
            assert given == (sorted(value) if sortable else value), task.id
        else:
            continue
        taken += 1
    assert taken >= 3


def test_written_tasks_of_a_case_have_its_question_and_rubric(assignment):
    ours = {task.id: task for task in assignment.tasks if isinstance(task, TextTask)}
    there = texts(assignment)
    for case in assignment.cases.values():
        for one in case.key.write_ups:
            if one.id in ours:
                assert list(ours[one.id].rubric) == list(one.rubric)
                assert one.question["en"] in there[f"{one.id}-text-en"]
                assert one.question["zh"] in there[f"{one.id}-text-zh"]


def test_the_crisis_drill_is_that_of_the_case():
    drill = find(ROOT, "difficult-calls").tasks["drill"]
    case = find_case("early-warning-works", ROOT)
    [answer] = [one for one in case.key.answers if one.id == "protocol-order"]
    same = {"rest": "no-money", "stay": "help", "introduce": "hand-over"}
    assert {same.get(name, name) for name in answer.value} == set(drill.options)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_case_is_handed_out_with_the_calls_that_are_asked_and_no_others(assignment, language):
    asked = {(task.case, task.call) for task in assignment.tasks if isinstance(task, CallTask)}
    for slug, case in assignment.cases.items():
        calls = {call for of, call in asked if of == slug}
        given = dict(contents_of(case, language, key=False, calls=calls))
        assert "key.yaml" not in given
        told = parse(given["case.yaml"].decode(), Case, slug)
        assert {one.id for one in told.calls} == calls
        assert told.language == language
        for one in told.calls:
            [ours] = [script for script in case.case.calls if script.id == one.id]
            assert digest(one) == digest(ours)
