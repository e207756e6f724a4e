"""How a class spread over the levels of each rubric, from the markers' files."""

from collections.abc import Iterable
from typing import Final

import pandas as pd

from duecourse.language import pick
from duecourse.tasks import TextTask
from grader.assignments import Assignment
from grader.course import Course
from grader.rubrics.log import Event, Log, Role, logs_of, standing

COLUMNS: Final = [
    "task", "title", "criterion", "asked", "level", "points", "text", "count", "n", "share",
]  # fmt: skip


def levels(course: Course, assignment: Assignment, learners: Iterable[str]) -> pd.DataFrame:
    """Return how often each level of each criterion was given.

    Where two people marked, the moderated mark counts, and else that of the first marker.

    Args:
        course: the course.
        assignment: the assignment.
        learners: ids of the learners that count.

    Returns:
        One row a level of each criterion of a task that was marked by its rubric: task, title, criterion
        (its id), asked (its title), level (from 0), points, text, count, n (answers marked), share.
    """
    known, rows = set(learners), []
    for task in assignment.tasks:
        if not isinstance(task, TextTask):
            continue
        logs = logs_of(course.folder, assignment.name, task.id)
        marks = [mark for mark in _counting(logs) if mark.learner in known]
        for criterion in task.rubric:
            given = [mark.levels[criterion.id] for mark in marks if criterion.id in mark.levels]
            rows += [
                {
                    "task": task.id,
                    "title": pick(task.title),
                    "criterion": criterion.id,
                    "asked": pick(criterion.title),
                    "level": number,
                    "points": level.points,
                    "text": pick(level.text),
                    "count": given.count(number),
                    "n": len(given),
                    "share": given.count(number) / len(given),
                }
                for number, level in enumerate(criterion.levels)
                if given
            ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _counting(logs: Iterable[Log]) -> Iterable[Event]:
    """Return the mark of each learner that counts, the latest where several do."""
    found: dict[tuple[str, bool], Event] = {}
    for log in logs:
        for (role, learner), mark in standing(log.events()).items():
            if role is Role.SECOND:
                continue
            which = (learner, role is Role.MODERATOR)
            if which not in found or mark.at > found[which].at:
                found[which] = mark
    first = {learner: mark for (learner, moderated), mark in found.items() if not moderated}
    last = {learner: mark for (learner, moderated), mark in found.items() if moderated}
    return (first | last).values()
