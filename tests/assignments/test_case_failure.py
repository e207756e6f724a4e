"""The assignment about case F1: cause, evidence, the parting decision and the rewritten message."""

import pytest

from duecourse.cases.files import read
from duecourse.contents import forbidden
from grader.assignments import find
from grader.key import key_of
from tests.conftest import ROOT

ASSIGNMENT = find(ROOT, "case-failure")
CASE = read(ROOT / "case_studies" / "failure" / "old-law-empty-threat")
OTHER = read(ROOT / "case_studies" / "success" / "right-channel")


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
