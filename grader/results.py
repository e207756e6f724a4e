"""What a class achieved in an assignment, as tables: from nbgrader's gradebook and the kept marks.

Points come from the gradebook, so a person's marks and penalties count; why they are what they
are comes from the marks in the autograded notebooks.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pandas as pd

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from grader.assignments import Assignment
from grader.course import Course
from grader.feedback import MARK_MIME
from grader.grading import submitted
from grader.integrity import begun
from grader.submissions import NOTE


class Status(StrEnum):
    """What became of a learner's submission."""

    ON_TIME = "on-time"
    LATE = "late"
    DAMAGED = "damaged"
    MISSING = "missing"
    UNGRADED = "ungraded"


READ: Final = (Status.ON_TIME, Status.LATE)
"""The submissions that could be read; measures of the class rest upon them alone."""

_TASKS: Final = ["task", "title", "max", "by_hand"]
_LEARNERS: Final = [
    "learner", "name", "status", "reason", "handed_in", "hours_late",
    "points", "max", "right", "mistakes", "unanswered", "unreadable", "waiting", "elsewhere",
    "critical",
]  # fmt: skip
_MARKS: Final = [
    "learner", "task", "points", "max", "outcome", "reason", "mistake", "mistake_text",
    "world", "other_world", "critical",
]  # fmt: skip


@dataclass(frozen=True)
class Results:
    """The results of one assignment.

    Attributes:
        assignment: its name.
        title: its title, in the current language.
        due: the due date in UTC, or None.
        tasks: one row a task, in their order: task, title, max (points), by_hand.
        learners: one row a learner of the class: learner (id), name, status, reason, handed_in
            (UTC), hours_late, points, max, and counts of tasks: right, mistakes, unanswered,
            unreadable, waiting (for a person's mark), elsewhere (wrong, and right in another
            world), critical (a call in which something was missed that must not be missed). The
            points lack where nothing is graded.
        marks: one row a graded learner and task: learner, task, points, max, outcome (marked,
            by-hand, waiting, not-answered, unreadable), reason, mistake (its number in the key),
            mistake_text, world (the learner's own), other_world (where the answer is right that
            is not right in the learner's own), critical (how many critical steps of a call were
            missed).
    """

    assignment: str
    title: str
    due: datetime | None
    tasks: pd.DataFrame
    learners: pd.DataFrame
    marks: pd.DataFrame

    @property
    def max(self) -> float:
        """The points of the whole assignment."""
        return float(self.tasks["max"].sum())

    @property
    def read(self) -> pd.DataFrame:
        """The learners whose submission could be read."""
        return self.learners[self.learners["status"].isin(READ)]


def collect(course: Course, assignment: str) -> Results:
    """Read the results of an assignment, in the current language; nothing is written.

    Raises:
        DuecourseError: there is no such assignment, or it was not released in this course.
    """
    definition = course.assignment(assignment)
    # Reading the configuration would make the folder of a course that is not there.
    if not (course.folder.is_dir() and begun(course.db_url)):
        raise _not_released(course, assignment)
    with course.gradebook() as gradebook:
        from nbgrader.api import MissingEntry

        try:
            entry = gradebook.find_assignment(assignment)
        except MissingEntry as error:
            raise _not_released(course, assignment) from error
        tasks = _tasks(definition, entry)
        people = {one.id: _name(one) for one in gradebook.students}
        handed_in = {one.student.id: _handed_in(one) for one in entry.submissions}
        grades = list(_grades(gradebook, assignment))
        due = entry.duedate
    notebooks = {
        learner: _notebooks(course, definition, learner)
        for learner in {*handed_in, *submitted(course, assignment)}
    }
    rows = [_mark(grade, notebooks[grade["learner"]].records) for grade in grades]
    marks = pd.DataFrame(rows, columns=_MARKS)
    order = {task: number for number, task in enumerate(tasks["task"])}
    marks["order"] = marks["task"].map(order)
    marks = marks.sort_values(["learner", "order"], ignore_index=True).drop(columns="order")
    learners = [
        _learner(learner, people.get(learner, learner), handed_in.get(learner), found, marks)
        for learner in {*people, *notebooks}
        for found in [notebooks.get(learner)]
    ]
    table = pd.DataFrame(learners, columns=_LEARNERS).sort_values("learner", ignore_index=True)
    table["max"] = float(tasks["max"].sum())
    title = pick(definition.tasks.title)
    return Results(assignment, title, due, tasks, table, marks)


def _not_released(course: Course, assignment: str) -> DuecourseError:
    text = _("'{name}' was not released in {folder} yet. First: duecourse release {name}")
    return DuecourseError(text.format(name=assignment, folder=course.folder))


def _tasks(definition: Assignment, entry: Any) -> pd.DataFrame:
    cells = {cell.name: cell for notebook in entry.notebooks for cell in notebook.grade_cells}
    order = [cell.task for cell in definition.graded if cell.task in cells]
    rows = [
        {
            "task": name,
            "title": pick(definition.tasks[name].title) if name in definition.tasks else name,
            "max": float(cells[name].max_score),
            "by_hand": cells[name].cell_type == "markdown",
        }
        for name in [*order, *sorted(set(cells) - set(order))]
    ]
    return pd.DataFrame(rows, columns=_TASKS)


def _name(student: Any) -> str:
    first, last = (student.first_name or "").strip(), (student.last_name or "").strip()
    # A Chinese name is written family name first, without a space.
    chinese = bool(last) and last[0] >= "\u4e00"
    return (f"{last}{first}" if chinese else f"{first} {last}".strip()) or str(student.id)


def _handed_in(submission: Any) -> dict[str, Any]:
    penalties = (one.late_submission_penalty or 0.0 for one in submission.notebooks)
    return {
        "handed_in": submission.timestamp,
        "hours_late": submission.total_seconds_late / 3600,
        "penalty": sum(penalties),
    }


def _grades(gradebook: Any, assignment: str) -> Iterator[dict[str, Any]]:
    from nbgrader import api

    query = (
        gradebook.db.query(
            api.SubmittedAssignment.student_id,
            api.GradeCell.name,
            api.GradeCell.max_score,
            api.Grade.score,
            api.Grade.manual_score,
            api.Grade.needs_manual_grade,
        )
        .select_from(api.Grade)
        .join(api.GradeCell, api.GradeCell.id == api.Grade.cell_id)
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
        .join(api.SubmittedNotebook.assignment)
        .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
        .filter(api.Assignment.name == assignment)
    )
    names = ("learner", "task", "max", "points", "manual", "waiting")
    for row in query:
        yield dict(zip(names, row, strict=True))


@dataclass(frozen=True)
class _Notebooks:
    """What the autograded notebooks of one learner hold."""

    records: dict[str, dict[str, Any]]
    graded: bool
    status: Status | None = None
    reason: str = ""


def _notebooks(course: Course, definition: Assignment, learner: str) -> _Notebooks:
    folder = course.folder / "autograded" / learner / definition.name
    came = course.folder / "submitted" / learner / definition.name
    records: dict[str, dict[str, Any]] = {}
    graded, status, reasons = False, None, []
    for name in definition.notebooks:
        file = folder / f"{name}.ipynb"
        if file.is_file():
            graded = True
            data = json.loads(file.read_text("utf-8"))
            records.update(_records(data))
            if note := data.get("metadata", {}).get("duecourse", {}).get(NOTE):
                status = Status.DAMAGED
                reasons.append(f"{file.name}: {note}")
        elif came.is_dir() and not (came / file.name).exists():
            status = status or Status.MISSING
            there = ", ".join(sorted(one.name for one in came.iterdir() if _is_work(one)))
            text = _("{file} is missing; handed in: {files}")
            reasons.append(text.format(file=file.name, files=there or _("nothing")))
    return _Notebooks(records, graded, status, "; ".join(reasons))


def _is_work(file: Path) -> bool:
    return file.name != "timestamp.txt" and not file.name.startswith(".")


def _records(notebook: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for cell in notebook.get("cells", []):
        name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(MARK_MIME)
            if isinstance(record, dict) and record.get("task") == name:
                yield name, record


def _mark(grade: dict[str, Any], records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    record = records.get(grade["task"], {})
    outcome = record.get("outcome") or ("by-hand" if grade["points"] else "not-answered")
    if grade["manual"] is not None:
        outcome = "by-hand"
    if grade["waiting"]:
        outcome = "waiting"
    return {
        **{name: grade[name] for name in ("learner", "task")},
        "points": float(grade["points"]),
        "max": float(grade["max"]),
        "outcome": outcome,
        **{
            name: record.get(name)
            for name in ("reason", "mistake", "mistake_text", "world", "other_world", "critical")
        },
    }


def _learner(
    learner: str,
    name: str,
    handed_in: dict[str, Any] | None,
    found: _Notebooks | None,
    marks: pd.DataFrame,
) -> dict[str, Any]:
    own = marks[marks["learner"] == learner]
    row = {
        "learner": learner,
        "name": name,
        "reason": found.reason if found else "",
        "handed_in": handed_in["handed_in"] if handed_in else None,
        "hours_late": handed_in["hours_late"] if handed_in else 0.0,
        "points": None,
        "right": int((own["points"] >= own["max"]).sum()),
        "mistakes": int(own["mistake"].notna().sum()),
        "elsewhere": int(own["other_world"].notna().sum()),
        "critical": int((own["critical"].fillna(0).astype(int) > 0).sum()),
        **{
            column: int((own["outcome"] == outcome).sum())
            for column, outcome in (
                ("unanswered", "not-answered"),
                ("unreadable", "unreadable"),
                ("waiting", "waiting"),
            )
        },
    }
    if found is None:
        return {**row, "status": Status.MISSING, "reason": _("nothing has been handed in")}
    if handed_in is None or not (found.graded or found.status):
        return {**row, "status": Status.UNGRADED, "reason": _("it has not been graded yet")}
    row["points"] = max(0.0, float(own["points"].sum()) - handed_in["penalty"])
    in_time = Status.LATE if handed_in["hours_late"] > 0 else Status.ON_TIME
    return {**row, "status": found.status or in_time}
