"""A course in which a small assignment is released, and a class in which everything occurs once."""

import shutil
from datetime import datetime
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.course import Course
from grader.feedback import MARK_MIME
from grader.results import Results, Status

ROOT = Path(__file__).parents[3]
DUE = datetime(2026, 3, 1, 18)  # noqa: DTZ001 - nbgrader keeps naive UTC
EVIL = '<script>alert("x")</script>'
MONTH = {"en": "You took the year for the month.", "zh": "把年当成了月。"}

TASKS = {
    "title": {"en": "Small", "zh": "小作业"},
    "minutes": 10,
    "tasks": [
        {"id": "rate", "kind": "number", "title": {"en": "Bad rate", "zh": "坏账率"}},
        {"id": "sum", "kind": "number", "title": {"en": "Sum owed", "zh": "欠款总额"}},
        {
            "id": "advice",
            "kind": "text",
            "title": {"en": "Advice", "zh": "建议"},
            "rubric": [
                {
                    "id": "clear",
                    "title": {"en": "Clear", "zh": "清楚"},
                    "levels": [
                        {"points": 0, "text": {"en": "no", "zh": "否"}},
                        {"points": 4, "text": {"en": "yes", "zh": "是"}},
                    ],
                }
            ],
        },
    ],
}


def cell(task, points, by_hand=False, record=None):
    marks = {"grade": True, "solution": by_hand, "locked": not by_hand, "task": False}
    marks |= {"schema_version": 3, "grade_id": task, "points": points}
    if by_hand:
        return new_markdown_cell("text", metadata={"nbgrader": marks})
    output = nbformat.v4.new_output("execute_result", data={MARK_MIME: record}) if record else None
    return new_code_cell("", metadata={"nbgrader": marks}, outputs=[output] if output else [])


def record(task, points, outcome="marked", **more):
    return {"task": task, "points": points, "outcome": outcome, **more}


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A course in which a small assignment is released and nobody has enrolled."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copyfile(ROOT / "nbgrader_config.py", root / "nbgrader_config.py")
    source = root / "assignments" / "small"
    source.mkdir(parents=True)
    (source / "tasks.yaml").write_text(yaml.safe_dump(TASKS, allow_unicode=True), "utf-8")
    cells = [cell("rate", 2), cell("sum", 4), cell("advice", 4, by_hand=True)]
    nbformat.write(new_notebook(cells=cells), source / "small.ipynb")
    course = Course(root, "course", "en")
    with course.environment(), course.gradebook() as gradebook:
        gradebook.add_assignment("small", duedate=DUE)
        gradebook.add_notebook("small", "small")
        for name, points, kind in (("sum", 4, "code"), ("rate", 2, "code")):
            gradebook.add_grade_cell(name, "small", "small", max_score=points, cell_type=kind)
        gradebook.add_grade_cell("advice", "small", "small", max_score=4, cell_type="markdown")
    return course


@pytest.fixture(scope="module")
def course(empty, tmp_path_factory):
    """The same course with a class in which everything occurs once."""
    root = tmp_path_factory.mktemp("class") / "checkout"
    shutil.copytree(empty.root, root)
    course = Course(root, "course", "en")
    scores = {
        # learner: name, handed in, rate, sum, advice, records
        "li-ming": ("明", "李", "2026-02-28 10:00:00 UTC", 2, 4, None),
        "ada": (EVIL, "Stone", "2026-03-01 20:30:00 UTC", 1, 0, None),
        "bo": ("Bo", "Reed", "2026-03-01 17:00:00 UTC", 1, 0, 0),
        "cut": ("Cleo", "Cut", "2026-02-28 10:00:00 UTC", 0, 0, 0),
        "lost": ("Lou", "Lost", "2026-02-28 10:00:00 UTC", 0, 0, 0),
    }
    known = {"mistake": 0, "mistake_text": MONTH["en"]}
    broken = record("sum", 0, "unreadable", reason=f"raised {EVIL}")
    records = {
        "li-ming": [record("rate", 2), record("sum", 4)],
        "ada": [record("rate", 1, **known), broken],
        "bo": [record("rate", 1, **known), record("sum", 0, "not-answered", reason="nothing")],
        "cut": [record("rate", 0, "unreadable"), record("sum", 0, "unreadable")],
    }
    with course.gradebook() as gradebook:
        gradebook.add_student("absent", first_name="Abe", last_name="Sent")
        for learner, (first, last, when, *points) in scores.items():
            gradebook.add_student(learner, first_name=first, last_name=last)
            gradebook.add_submission("small", learner, timestamp=when)
            for task, value in zip(("rate", "sum", "advice"), points, strict=True):
                grade = gradebook.find_grade(task, "small", "small", learner)
                grade.auto_score, grade.needs_manual_grade = value, value is None
        gradebook.db.commit()
    for learner in scores:
        came = course.folder / "submitted" / learner / "small"
        came.mkdir(parents=True)
        (came / ("notes.txt" if learner == "lost" else "small.ipynb")).write_text("")
        if learner in records:
            rate, total = records[learner]
            cells = [cell("rate", 2, record=rate), cell("sum", 4, record=total)]
            notebook = new_notebook(cells=cells)
            if learner == "cut":
                notebook.metadata["duecourse"] = {"unreadable": "it is damaged"}
            folder = course.folder / "autograded" / learner / "small"
            folder.mkdir(parents=True)
            nbformat.write(notebook, folder / "small.ipynb")
    new = course.folder / "submitted" / "new" / "small"
    new.mkdir(parents=True)
    (new / "small.ipynb").write_text("")
    return course


def _class_of(points, most=None, outcomes=None, names=None):
    """Return results of a class: points by learner and task, everything marked and on time."""
    most = most or dict.fromkeys(points.columns, 1.0)
    tasks = pd.DataFrame(
        [
            {"task": task, "title": f"Title of {task}", "max": float(most[task]), "by_hand": False}
            for task in points
        ]
    )
    outcomes = outcomes or {}
    marks = pd.DataFrame(
        [
            {
                "learner": learner,
                "task": task,
                "points": float(points.loc[learner, task]),
                "max": float(most[task]),
                "outcome": outcomes.get((learner, task), "marked"),
                "reason": None,
                "mistake": None,
                "mistake_text": None,
                "world": None,
                "other_world": None,
                "critical": 0,
            }
            for learner in points.index
            for task in points
        ]
    )
    learners = pd.DataFrame(
        {
            "learner": list(points.index),
            "name": [(names or {}).get(one, one) for one in points.index],
            "status": Status.ON_TIME,
            "reason": "",
            "handed_in": datetime(2026, 2, 28, 10, 17),  # noqa: DTZ001 - nbgrader keeps naive UTC
            "hours_late": 0.0,
            "points": list(points.sum(axis="columns")),
            "max": float(sum(most.values())),
        }
    ).assign(right=0, mistakes=0, unanswered=0, unreadable=0, waiting=0, elsewhere=0, critical=0)
    return Results("invented", "Invented", None, tasks, learners, marks)


@pytest.fixture
def class_of():
    """A function that makes the results of a class from its points."""
    return _class_of
