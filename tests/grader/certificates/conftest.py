"""A graded class in which every reason to get a certificate, and not to get one, occurs once."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.course import Course
from grader.feedback import MARK_MIME

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLEAR = {
    "id": "clear",
    "title": {"en": "Clear", "zh": "清楚"},
    "levels": [
        {"points": 0, "text": {"en": "no", "zh": "否"}},
        {"points": 4, "text": {"en": "yes", "zh": "是"}},
    ],
}
SMALL = {
    "title": {"en": "Small", "zh": "小作业"},
    "minutes": 10,
    "tasks": [
        {"id": "rate", "kind": "number", "title": {"en": "Bad rate", "zh": "坏账率"}},
        {"id": "sum", "kind": "number", "title": {"en": "Sum owed", "zh": "欠款总额"}},
        {
            "id": "advice",
            "kind": "text",
            "title": {"en": "Advice", "zh": "建议"},
            "rubric": [CLEAR],
        },
    ],
}
DIAGNOSIS = {
    "title": {"en": "Diagnosis", "zh": "摸底测验"},
    "minutes": 10,
    "tasks": [
        {
            "id": "stop",
            "kind": "number",
            "title": {"en": "When to stop", "zh": "何时停止催收"},
            "topics": ["critical"],
        },
        {"id": "other", "kind": "number", "title": {"en": "Other", "zh": "其他"}},
    ],
}
CLASS = {
    # learner: first name, last name, then points of rate 2, sum 4, advice 4, stop 2, other 2
    "li-ming": ("明", "李", 2, 4, 4, 2, 2),
    "just": ("Jo", "Just", 0, 4, 4, 2, 0),
    "below": ("Bo", "Below", 1.5, 4, 2.4, 2, 2),
    "slip": ("Sam", "Slip", 2, 4, 4, 0, 2),
    "waits": ("Wu", "Waits", 2, 4, None, 2, 2),
    "skipped": ("Sky", "Skipped", 2, 4, 4, "none", 2),
}


def cell(task, points, by_hand=False, record=None):
    marks = {"grade": True, "solution": by_hand, "locked": not by_hand, "task": False}
    marks |= {"schema_version": 3, "grade_id": task, "points": points}
    if by_hand:
        return new_markdown_cell("text", metadata={"nbgrader": marks})
    output = nbformat.v4.new_output("execute_result", data={MARK_MIME: record}) if record else None
    return new_code_cell("", metadata={"nbgrader": marks}, outputs=[output] if output else [])


def _define(root, name, tasks, cells):
    folder = root / "assignments" / name
    folder.mkdir(parents=True)
    (folder / "tasks.yaml").write_text(yaml.safe_dump(tasks, allow_unicode=True), "utf-8")
    nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")


def _grade(course, gradebook, learner, assignment, task, points, most):
    grade = gradebook.find_grade(task, assignment, assignment, learner)
    missed = points == "none"
    grade.auto_score = 0 if missed else points
    grade.needs_manual_grade = points is None
    outcome = "not-answered" if missed else "marked"
    return cell(task, most, record={"task": task, "outcome": outcome, "critical": 0})


@pytest.fixture(scope="session")
def _graded(tmp_path_factory):
    root = tmp_path_factory.mktemp("certified")
    shutil.copyfile(ROOT / "nbgrader_config.py", root / "nbgrader_config.py")
    _define(
        root, "small", SMALL, [cell("rate", 2), cell("sum", 4), cell("advice", 4, by_hand=True)]
    )
    _define(root, "diagnosis", DIAGNOSIS, [cell("stop", 2), cell("other", 2)])
    course = Course(root, "course", "en")
    points_of = {"small": {"rate": 2, "sum": 4, "advice": 4}, "diagnosis": {"stop": 2, "other": 2}}
    with course.environment(), course.gradebook() as gradebook:
        for assignment, tasks in points_of.items():
            gradebook.add_assignment(assignment)
            gradebook.add_notebook(assignment, assignment)
            for name, most in tasks.items():
                kind = "markdown" if name == "advice" else "code"
                gradebook.add_grade_cell(
                    name, assignment, assignment, max_score=most, cell_type=kind
                )
        gradebook.add_student("absent", first_name="Abe", last_name="Sent")
        for learner, (first, last, *points) in CLASS.items():
            gradebook.add_student(learner, first_name=first, last_name=last)
            left = iter(points)
            for assignment, tasks in points_of.items():
                gradebook.add_submission(assignment, learner, timestamp="2026-02-28 10:00:00 UTC")
                cells = []
                for name, most in tasks.items():
                    cells.append(
                        _grade(course, gradebook, learner, assignment, name, next(left), most)
                    )
                folder = course.folder / "autograded" / learner / assignment
                folder.mkdir(parents=True)
                nbformat.write(new_notebook(cells=cells), folder / f"{assignment}.ipynb")
                (course.folder / "submitted" / learner / assignment).mkdir(parents=True)
                work = course.folder / "submitted" / learner / assignment / f"{assignment}.ipynb"
                nbformat.write(new_notebook(), work)
        gradebook.db.commit()
    return root


@pytest.fixture
def course(_graded, tmp_path):
    """A course with a class of seven, all graded but for one answer."""
    root = tmp_path / "checkout"
    shutil.copytree(_graded, root)
    return Course(root, "course", "en")
