"""A small competency matrix and its material, so that a plan can be worked out by hand."""

from datetime import date

import pytest

from duecourse.competencies import Competency, Matrix, Role
from grader.training.curriculum import Curriculum, Unit
from grader.training.team import Member

MONDAY = date(2027, 1, 4)


def both(text):
    return {"en": text, "zh": f"中{text}"}


def competency(name, lesson, assignment, case):
    return Competency(
        id=name,
        title=both(name),
        about=both(name),
        source=("000 内容",),
        topics=(f"topic-{name}",),
        lessons=(lesson,),
        assignments=(assignment,),
        cases=(case,),
    )


@pytest.fixture
def small():
    """Two competencies: everybody knows the law, who works applies it, a lead teaches it."""
    needs = {
        "new-collector": {"law": 1, "talk": 2},
        "working-collector": {"law": 2, "talk": 2},
        "analyst": {"law": 1, "talk": 0},
        "team-lead": {"law": 3, "talk": 2},
    }
    level = {"tasks": 1, "title": both("level")}
    return Matrix(
        levels={1: {"share": 0.5, **level}, 2: {"share": 0.7, **level}, 3: {"share": 0.9, **level}},
        competencies=(
            competency("law", "01-law", "audit", "old-law"),
            competency("talk", "02-talk", "calls", "wrong-person"),
        ),
        roles=tuple(Role(id=name, title=both(name), needs=own) for name, own in needs.items()),
        lessons={"01-law": both("Law"), "02-talk": both("Talk")},
        cases={"old-law": both("Old law"), "wrong-person": both("Wrong person")},
        assignments={"audit": both("Audit"), "calls": both("Calls")},
    )


@pytest.fixture
def material():
    """The material of the small matrix: lessons of 45 and 90 minutes, assignments of 150."""
    return Curriculum(
        (
            Unit("lesson", "01-law", both("Law"), 45, ("law",), 1),
            Unit("case", "old-law", both("Old law"), 12, ("law",), 1),
            Unit("assignment", "audit", both("Audit"), 150, ("law",), 1),
            Unit("lesson", "02-talk", both("Talk"), 90, ("talk",), 2),
            Unit("case", "wrong-person", both("Wrong person"), 10, ("talk",), 2),
            Unit("assignment", "calls", both("Calls"), 150, ("talk",), 2),
        ),
        diagnosis=True,
    )


def member(learner, role, joined=None, certified=None):
    return Member(learner, learner.title(), role, joined, certified)
