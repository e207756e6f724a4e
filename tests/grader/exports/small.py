"""A class of five in two assignments, with everything in it that an export must get right."""

import shutil
from datetime import datetime
from pathlib import Path

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.course import Course
from grader.feedback import MARK_MIME

ROOT = Path(__file__).parents[3]
DUE = datetime(2026, 3, 1, 18)  # noqa: DTZ001 - nbgrader keeps naive UTC
FORMULA = '=HYPERLINK("http://x","y")'
LEARNERS = {
    # id: first, last, address, the platform's number, handed in, points of rate, sum and advice
    "li-ming": ("明", "李", "ming@bank.example", "4711", "2026-02-28 10:00:00 UTC", (2, 4, 3)),
    "ada": (FORMULA, "Stone", "", "", "2026-03-01 20:30:00 UTC", (1, 0, 4)),
    "bo": ("Bo", "Reed", "", "B-17", "2026-03-01 17:00:00 UTC", (1, 0.125, None)),
    "=cmd": ("Cy", "Cole", "", "", "2026-02-28 10:00:00 UTC", (0, 0, 0)),
}


def _tasks(title):
    levels = [{"points": 0, "text": {"en": "no", "zh": "否"}}]
    levels.append({"points": 4, "text": {"en": "yes", "zh": "是"}})
    rubric = [{"id": "clear", "title": {"en": "Clear", "zh": "清楚"}, "levels": levels}]
    names = {
        "rate": ("Bad rate", "坏账率"),
        "sum": ("Sum owed", "欠款总额"),
        "advice": ("Advice", "建议"),
    }
    tasks = [
        {"id": name, "kind": "number", "title": {"en": en, "zh": zh}}
        for name, (en, zh) in names.items()
    ]
    tasks[2] |= {"kind": "text", "rubric": rubric}
    return {"title": title, "minutes": 10, "tasks": tasks}


def _cell(task, points, by_hand=False, mark=None):
    about = {"grade": True, "solution": by_hand, "locked": not by_hand, "task": False}
    about |= {"schema_version": 3, "grade_id": task, "points": points}
    if by_hand:
        return new_markdown_cell("text", metadata={"nbgrader": about})
    outputs = [new_output("execute_result", data={MARK_MIME: mark})] if mark else []
    return new_code_cell("", metadata={"nbgrader": about}, outputs=outputs)


def _notebook(scores=(None, None)):
    marks = [
        score if score is None else {"task": task, "points": score, "outcome": "marked"}
        for task, score in zip(("rate", "sum"), scores, strict=False)
    ]
    cells = [_cell("rate", 2, mark=marks[0]), _cell("sum", 4, mark=marks[1])]
    return new_notebook(cells=[*cells, _cell("advice", 4, by_hand=True)])


def build(root, language="en"):
    """Make the course: 'small' is graded, 'second' is released and nobody has handed in."""
    shutil.copyfile(ROOT / "nbgrader_config.py", root / "nbgrader_config.py")
    titles = {"small": {"en": "Small", "zh": "小作业"}, "second": {"en": "Second", "zh": "第二份"}}
    course = Course(root, "course", language)
    for name, title in titles.items():
        source = root / "assignments" / name
        source.mkdir(parents=True)
        (source / "tasks.yaml").write_text(
            yaml.safe_dump(_tasks(title), allow_unicode=True), "utf-8"
        )
        nbformat.write(_notebook(), source / f"{name}.ipynb")
        (course.folder / "release" / name).mkdir(parents=True)
    (course.folder / "course.yaml").write_text(f"language: {language}\n")
    with course.environment(), course.gradebook() as gradebook:
        for name in titles:
            gradebook.add_assignment(name, duedate=DUE)
            gradebook.add_notebook(name, name)
            for task, points, kind in (
                ("rate", 2, "code"),
                ("sum", 4, "code"),
                ("advice", 4, "markdown"),
            ):
                gradebook.add_grade_cell(task, name, name, max_score=points, cell_type=kind)
        gradebook.add_student("absent", first_name="Abe", last_name="Sent")
        for learner, (first, last, email, number, when, scores) in LEARNERS.items():
            about = {"first_name": first, "last_name": last, "email": email, "lms_user_id": number}
            gradebook.add_student(learner, **about)
            gradebook.add_submission("small", learner, timestamp=when)
            for task, value in zip(("rate", "sum", "advice"), scores, strict=True):
                grade = gradebook.find_grade(task, "small", "small", learner)
                grade.auto_score, grade.needs_manual_grade = value, value is None
        gradebook.find_submission_notebook("small", "small", "ada").late_submission_penalty = 1.0
        gradebook.db.commit()
    for learner, about in LEARNERS.items():
        for step in ("submitted", "autograded"):
            folder = course.folder / step / learner / "small"
            folder.mkdir(parents=True)
            nbformat.write(_notebook(about[-1]), folder / "small.ipynb")
    return course
