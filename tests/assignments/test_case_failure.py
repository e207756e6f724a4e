"""The assignment about case F1: what its texts say is true of the files, and the key is the case's."""

import re

import pytest

from duecourse.cases.files import read
from duecourse.contents import forbidden
from duecourse.tasks import TextTask
from grader.assignments import find
from grader.key import key_of
from tests.conftest import ROOT

ASSIGNMENT = find(ROOT, "case-failure")
CASE = read(ROOT / "case_studies" / "failure" / "old-law-empty-threat")
OTHER = read(ROOT / "case_studies" / "success" / "right-channel")
TEXTS = {
    cell.id: cell.source for cell in ASSIGNMENT.notebooks["case-failure"].cells if "id" in cell
}


def test_every_heading_states_the_points_of_its_task():
    for cell in ASSIGNMENT.graded:
        for language, unit in (("en", r"{:g} points?"), ("zh", r"{:g}分")):
            place = f"{cell.task}-text-{language}"
            text = TEXTS.get(place) or TEXTS[f"{cell.task}-{language}"]
            assert re.search(unit.format(cell.points), text.splitlines()[0]), place
    assert (
        f"**{ASSIGNMENT.points:g} points · about {ASSIGNMENT.tasks.minutes} minutes"
        in TEXTS["start-en"]
    )
    assert f"**{ASSIGNMENT.points:g}分 · 约{ASSIGNMENT.tasks.minutes}分钟" in TEXTS["start-zh"]


@pytest.mark.kernel
def test_the_key_is_the_cases_own(keys):
    key = key_of(ASSIGNMENT, keys)
    for answer in CASE.key.answers:
        value = answer.value.isoformat() if hasattr(answer.value, "isoformat") else answer.value
        given = key.tasks[answer.id].value
        assert given == (value if not isinstance(value, list) or answer.ordered else sorted(value))
    assert key.tasks["cause"].value == CASE.key.lesson.illustrates
    assert key.tasks["call-2025-09"].value["labels"].keys() == (
        CASE.key.transcripts["call-2025-09"].turns.keys()
    )


@pytest.mark.kernel
def test_the_evidence_for_the_cause_is_what_the_case_names(keys):
    evidence = {place.partition(".")[2] for place in CASE.key.lesson.evidence}
    named = set(key_of(ASSIGNMENT, keys).tasks["cause-evidence"].value)
    others = set(ASSIGNMENT.tasks["cause-evidence"].options) - named
    assert named <= evidence
    assert not others & evidence


def test_the_cases_part_where_the_question_says():
    ours, theirs = CASE.key.mirror, OTHER.key.mirror
    assert set(ours.shared) == set(theirs.shared) >= {"review-opened", "bulk-sms", "list-split"}
    for case in (CASE, OTHER):
        parting = next(one for one in case.case.timeline if one.id == case.key.mirror.parting)
        assert parting.at.isoformat() == "2024-04-08"


@pytest.mark.kernel
def test_the_solutions_letter_keeps_its_length_and_holds_nothing_forbidden(keys):
    letter = key_of(ASSIGNMENT, keys).tasks["notice-words"].value
    assert forbidden(letter) == ()
    assert "15 April 2024" in letter


def test_written_answers_are_marked_by_the_rubrics_of_the_case():
    ours = {task.id: task for task in ASSIGNMENT.tasks if isinstance(task, TextTask)}
    for one in CASE.key.write_ups:
        assert [criterion.id for criterion in ours[one.id].rubric] == [
            criterion.id for criterion in one.rubric
        ]
        assert one.question["en"] in TEXTS[f"{one.id}-text-en"]
