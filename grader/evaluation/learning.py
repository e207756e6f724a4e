"""Level 2, learning: the same diagnosis before and after the training.

nbgrader keeps one submission of an assignment, so the first one is kept here before the second.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pandas import DataFrame

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.course import Course
from grader.evaluation.changes import Gain, gain
from grader.results import READ, collect

FOLDER: Final = "evaluation"
_COLUMNS: Final = ["learner", "share", "handed_in"]


@dataclass(frozen=True)
class Learning:
    """What was learned, or why it cannot be said.

    Attributes:
        gain: of those who took the diagnosis twice; None if nobody has.
        started: how many learners' first diagnosis is kept.
        people: one row a learner who took it twice: learner, name, before, after (shares).
        why: why there is no gain.
    """

    gain: Gain | None
    started: int
    people: DataFrame
    why: str = ""


def start_file(folder: Path, diagnosis: str) -> Path:
    """Return where the first diagnosis of a course is kept."""
    return folder / FOLDER / f"start-{diagnosis}.csv"


def keep_start(course: Course, diagnosis: str) -> tuple[int, Path]:
    """Keep the graded diagnosis as the start; who is kept already keeps the first result.

    Returns:
        How many learners were added, and the file.

    Raises:
        DuecourseError: the diagnosis is not released, or nothing of it is graded yet.
    """
    now = _now(course, diagnosis)
    if now.empty:
        text = _("Nothing of '{name}' is graded yet. First: duecourse autograde {name}")
        raise DuecourseError(text.format(name=diagnosis))
    file = start_file(course.folder, diagnosis)
    kept = _kept(file)
    added = now[~now["learner"].isin(kept["learner"])]
    whole = pd.concat([kept, added[_COLUMNS]], ignore_index=True) if len(kept) else added
    _write(file, whole[_COLUMNS])
    return len(added), file


def learning(course: Course, diagnosis: str) -> Learning:
    """Return what those have gained who handed the diagnosis in again after the start."""
    nobody = DataFrame(columns=["learner", "name", "before", "after"])
    kept = _kept(start_file(course.folder, diagnosis))
    if kept.empty:
        text = _("The start is not kept. When the first diagnosis is graded: {command}")
        return Learning(None, 0, nobody, text.format(command="duecourse evaluate --keep-start"))
    now = _now(course, diagnosis)
    both = kept.merge(now, on="learner", suffixes=("_before", "_after"))
    again = both[both["handed_in_after"] > both["handed_in_before"]]
    people = again.rename(columns={"share_before": "before", "share_after": "after"})
    people = people[["learner", "name", "before", "after"]].reset_index(drop=True)
    if people.empty:
        why = _("nobody has handed the diagnosis in a second time yet")
        return Learning(None, len(kept), nobody, why)
    return Learning(gain(people["before"], people["after"]), len(kept), people)


def forget(course: Course, learner: str) -> list[Path]:
    """Delete a learner from every kept start, and the pages that were written from it.

    Returns:
        The files that were changed or deleted; none where the learner is not known. It can be
        repeated; `duecourse evaluate` writes the pages anew.

    Raises:
        DuecourseError: a kept start is damaged.
    """
    place = course.folder / FOLDER
    kept = {file: _kept(file) for file in sorted(place.glob("start-*.csv"))}
    known = {file: one for file, one in kept.items() if (one["learner"] == learner).any()}
    if not known:
        return []
    # The pages go first: if this is broken off, the start still knows what is left to do.
    pages = [file for file in sorted(place.glob("evaluation.*")) if file.is_file()]
    for file in pages:
        file.unlink()
    for file, table in known.items():
        _write(file, table[table["learner"] != learner])
    return [*known, *pages]


def _now(course: Course, diagnosis: str) -> DataFrame:
    results = collect(course, diagnosis)
    table = results.learners[results.learners["status"].isin(READ)]
    # Answers that wait for a person would count as wrong.
    table = table[table["points"].notna() & (table["waiting"] == 0) & table["handed_in"].notna()]
    shares = table["points"].astype(float) / results.max if results.max else 0.0
    moments = pd.to_datetime(table["handed_in"]).map(lambda one: one.isoformat())
    return table.assign(share=shares, handed_in=moments)[["learner", "name", "share", "handed_in"]]


def _kept(file: Path) -> DataFrame:
    if not file.is_file():
        return DataFrame(columns=_COLUMNS)
    try:
        table = pd.read_csv(file, dtype={"learner": str, "handed_in": str, "share": float})
        return table[_COLUMNS]
    except (ValueError, KeyError) as error:
        text = _("{file} is damaged. Put it back from a backup, or remove it to begin anew.")
        raise DuecourseError(text.format(file=file)) from error


def _write(file: Path, table: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        table.to_csv(stream, index=False)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
