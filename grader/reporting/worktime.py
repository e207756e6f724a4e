"""Time on task and attempts, from the logs that calls and codings keep beside the notebook.

The times are those of the learner's own clock, and a log comes back only with the folder
``answers/``; so they are hints for teaching, and no measure of anybody's diligence.
"""

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pandas as pd

from duecourse.kept import log_of
from grader.assignments import Assignment
from grader.course import Course
from grader.restoring import Spoken, activity_of

PAUSE: Final = 5.0
"""Minutes without a choice from which on a learner was doing something else."""
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a log that are read; nobody makes so many choices."""
COLUMNS: Final = ["learner", "task", "attempts", "choices", "minutes"]


def worktime(course: Course, assignment: Assignment, learners: list[str]) -> pd.DataFrame:
    """Return how long and how often learners worked on calls and codings.

    Returns:
        One row a learner and task that has a log: learner, task, attempts (times that it was begun),
        choices (entries of the log), minutes (between the first and the last choice, without
        pauses of more than five minutes).
    """
    rows = [
        (learner, task.id, *found)
        for learner in sorted(learners)
        for task in assignment.tasks
        if isinstance(task, Spoken)
        for folder in [course.folder / "submitted" / learner / assignment.name]
        if (found := _told(log_of(folder, activity_of(task)[0])))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def spent(moments: list[datetime], pause: float = PAUSE) -> float:
    """Return the minutes between moments, in any order; longer pauses count nothing."""
    ordered = sorted(moments)
    gaps = ((later - sooner).total_seconds() / 60 for sooner, later in pairwise(ordered))
    return sum(gap for gap in gaps if gap <= pause)


def _told(file: Path) -> tuple[int, int, float] | None:
    entries = list(_entries(file))
    kept = [moment for moment, event in entries if event == "kept"]
    if not kept:
        return None
    begun = 1 + sum(event == "again" for _moment, event in entries)
    return begun, len(kept), spent([moment for moment, _event in entries])


def _entries(file: Path) -> Iterator[tuple[datetime, str]]:
    """Yield moments and events of a log; lines that are damaged or not ours are passed over."""
    try:
        if file.parent.is_symlink() or not stat.S_ISREG(file.lstat().st_mode):
            return
        with file.open("rb") as log:
            lines = log.read(LARGEST).decode("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            entry: Any = json.loads(line)
            moment = datetime.fromisoformat(entry["at"])
            event = entry["event"]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        if isinstance(event, str):
            # A log of another make may lack its zone; ours never does.
            yield moment if moment.tzinfo else moment.replace(tzinfo=UTC), event
