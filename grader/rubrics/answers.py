"""The written answers of a class to one task, and what the gradebook says of each."""

import re
from dataclasses import dataclass
from typing import Any, Final

import nbformat
from nbgrader import api

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import TextTask
from grader.assignments import Assignment
from grader.course import Course
from grader.rubrics.guides import written_tasks
from grader.rubrics.log import digest_of

_HIDDEN: Final = "■■"
"""What stands in an answer where its author is named."""


@dataclass(frozen=True)
class Answer:
    """A learner's written answer.

    Attributes:
        learner: the learner's id; nothing that a marker sees shows it.
        text: what was written, without the author's own name and id.
        digest: what tells the answer from any other.
        score: the points that a person gave, as the gradebook has them.
        waits: whether the gradebook waits for a person.
    """

    learner: str
    text: str
    digest: str
    score: float | None = None
    waits: bool = True


@dataclass(frozen=True)
class Answers:
    """All answers to a task.

    Attributes:
        task: the task.
        found: what was written, in the order of the learners' ids.
        blank: the ids of those who were graded and wrote nothing; nbgrader gives them a zero.
    """

    task: TextTask
    found: tuple[Answer, ...]
    blank: tuple[str, ...]


def task_of(assignment: Assignment, name: str | None) -> TextTask:
    """Return a written task by its id; without one, the only one that there is.

    Raises:
        DuecourseError: there is none of that name, or there are several to choose from.
    """
    tasks = {task.id: task for task in written_tasks(assignment)}
    if not tasks:
        text = _("'{name}' has no written task that is marked along a rubric.")
        raise DuecourseError(text.format(name=assignment.name))
    if name is None and len(tasks) == 1:
        return next(iter(tasks.values()))
    if name not in tasks:
        problem = (
            _("'{name}' has several written tasks.").format(name=assignment.name)
            if name is None
            else _("'{name}' has no written task '{task}'.").format(name=assignment.name, task=name)
        )
        names = ", ".join(tasks)
        raise DuecourseError(problem + " " + _("Choose with --task: {names}.").format(names=names))
    return tasks[name]


def answers_to(course: Course, assignment: Assignment, task: TextTask) -> Answers:
    """Read the answers to a task from the graded notebooks and the gradebook; nothing is written.

    Raises:
        DuecourseError: the assignment was not released, or nothing of it is graded.
    """
    notebook = next(cell.notebook for cell in assignment.graded if cell.task == task.id)
    folder = course.folder / "autograded"
    if not any(folder.glob(f"*/{assignment.name}/{notebook}.ipynb")):
        text = _("Nothing of '{name}' is graded yet. First: duecourse autograde {name}")
        raise DuecourseError(text.format(name=assignment.name))
    found, blank = [], []
    with course.gradebook() as gradebook:
        for student, grade in grades_of(gradebook, assignment.name, task.id):
            learner, names = student.id, _names(student)
            file = folder / learner / assignment.name / f"{notebook}.ipynb"
            if not file.is_file():
                continue
            text = _text(nbformat.read(file, 4), task.id)
            if not text.strip() or (grade.auto_score is not None and grade.manual_score is None):
                blank.append(learner)
                continue
            shown = _without(text, names)
            score = None if grade.manual_score is None else float(grade.manual_score)
            waits = bool(grade.needs_manual_grade)
            found.append(Answer(learner, shown, digest_of(text), score, waits))
    return Answers(task, tuple(found), tuple(blank))


def grades_of(gradebook: Any, assignment: str, task: str) -> list[tuple[Any, Any]]:
    """Return every learner who has a grade of a task, and this grade, as rows of the gradebook."""
    rows = (
        gradebook.db.query(api.Student, api.Grade)
        .select_from(api.Grade)
        .join(api.BaseCell, api.BaseCell.id == api.Grade.cell_id)
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
        .join(api.SubmittedNotebook.assignment)
        .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .join(api.Student, api.Student.id == api.SubmittedAssignment.student_id)
        .filter(api.Assignment.name == assignment, api.BaseCell.name == task)
        .order_by(api.Student.id)
    )
    return [(student, grade) for student, grade in rows]


def _names(student: Any) -> list[str]:
    """Return a learner's id and name, as they may stand in a text."""
    first, last = (student.first_name or "").strip(), (student.last_name or "").strip()
    names = [str(student.id)]
    if first and last:
        names += [f"{first} {last}", f"{last} {first}", f"{last}{first}", f"{last}, {first}"]
    return names


def _text(notebook: Any, task: str) -> str:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == task:
            return str(cell.source)
    return ""


def _without(text: str, names: list[str]) -> str:
    """Return a text in which its author's id and whole name are covered."""
    for name in sorted(names, key=len, reverse=True):
        # A single letter, such as an id "a", stands in every text.
        if len(name) > 1:
            whole = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
            text = re.sub(whole, _HIDDEN, text)
    return text
