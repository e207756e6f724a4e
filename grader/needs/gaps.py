"""What each learner has shown in each competency, beside what the learner's role needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from duecourse.competencies import Matrix, matrix
from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import did_you_mean
from grader.course import Course
from grader.results import Results
from grader.results import collect as results_of

COLUMNS: Final = [
    "learner", "name", "role", "competency", "tasks", "points", "max", "share",
    "shown", "needed", "gap",
]  # fmt: skip


@dataclass(frozen=True)
class Needs:
    """What a team has shown and needs.

    Attributes:
        assignments: names of the assignments that it rests upon.
        gaps: one row a learner and competency, as `gaps` gives it.
        missing: learners of whom nothing is graded, by id, with their names.
        unplaced: topics of tasks that belong to no competency, so that nobody counts them.
    """

    assignments: tuple[str, ...]
    gaps: pd.DataFrame
    missing: dict[str, str]
    unplaced: tuple[str, ...] = ()

    @property
    def team(self) -> pd.DataFrame:
        """One row a competency: how many learners need it, how many have it, lack it, are unknown.

        Columns: competency, need (learners whose role needs it), reached, lacking, unknown (of whom
        no task of it is marked), tasks (median number of tasks that a learner's level rests upon).
        """
        needed = self.gaps[self.gaps["needed"] > 0]
        rows = []
        for one in matrix().competencies:
            ours = needed[needed["competency"] == one.id]
            unknown = ours["shown"].isna()
            rows.append(
                {
                    "competency": one.id,
                    "need": len(ours),
                    "reached": int((ours["gap"] == 0).sum()),
                    "lacking": int((ours["gap"] > 0).sum()),
                    "unknown": int(unknown.sum()),
                    "tasks": float(ours["tasks"].median()) if len(ours) else 0.0,
                }
            )
        return pd.DataFrame(rows)


def collect(
    course: Course,
    role: str | None = None,
    roles: Mapping[str, str] | None = None,
    *,
    assignments: Iterable[str] = (),
    learners: Iterable[str] = (),
) -> Needs:
    """Read what is graded in a course, and compare it with what the roles need.

    Args:
        course: the course; nothing in it is changed.
        role: role of everybody whom ``roles`` does not name; without it they are left out.
        roles: role by learner.
        assignments: what to go by; all that are released by default.
        learners: only these.

    Raises:
        DuecourseError: there is no role at all, an unknown one, an unknown learner, or nothing is
            released yet.
    """
    known = matrix()
    listed = dict(roles or {})
    for name in {*listed.values(), *([role] if role else [])}:
        known.role(name)
    if role is None and not listed:
        names = ", ".join(one.id for one in known.roles)
        text = _("Name a role ({names}), or give a list of the team with --team FILE.")
        raise DuecourseError(text.format(names=names))
    chosen = tuple(dict.fromkeys(assignments))
    results = {name: results_of(course, name) for name in chosen or _released(course)}
    everything = {name: _topics(course, name) for name in results}
    placed = {topic for one in known.competencies for topic in one.topics}
    said = {topic for tasks in everything.values() for named in tasks.values() for topic in named}
    topics = {
        name: {task: tuple(one for one in named if one in placed) for task, named in tasks.items()}
        for name, tasks in everything.items()
    }
    people = {
        str(row.learner): str(row.name_)
        for found in results.values()
        for row in found.learners.rename(columns={"name": "name_"}).itertuples()
    }
    wanted = list(dict.fromkeys(learners)) or [
        *people,
        *(one for one in listed if one not in people),
    ]
    for name in dict.fromkeys(learners):
        if name not in people and name not in listed:
            text = _("There is no learner '{name}' here.").format(name=name)
            raise DuecourseError(text + did_you_mean(name, sorted(people)))
    of_role = {name: listed.get(name, role) for name in wanted}
    of_role = {name: one for name, one in of_role.items() if one is not None}
    named = {name: people.get(name, name) for name in of_role}
    table = gaps(results, topics, {name: one for name, one in of_role.items() if one}, named)
    graded = set(table.loc[table["tasks"] > 0, "learner"])
    missing = {name: named[name] for name in sorted(named) if name not in graded}
    return Needs(tuple(results), table, missing, tuple(sorted(said - placed)))


def gaps(
    results: Mapping[str, Results],
    topics: Mapping[str, Mapping[str, tuple[str, ...]]],
    roles: Mapping[str, str],
    names: Mapping[str, str],
    known: Matrix | None = None,
) -> pd.DataFrame:
    """Return what learners have shown beside what they need.

    A task counts for each competency that its topics belong to. One that waits for a person's mark
    does not count; no answer and a wrong one earn no points. Of a submission that could not be read
    nothing counts.

    Args:
        results: results by assignment.
        topics: topics by assignment and task.
        roles: role by learner; nobody else is in the table.
        names: how learners are called.
        known: the matrix; the kit's own by default.

    Returns:
        one row a learner and competency: learner, name, role, competency, tasks (how many marked
        ones), points, max, share of the points, shown (level 0 to 3, missing without a task),
        needed (level), gap (levels that lack, missing without a task and where none is needed 0).
    """
    book = known or matrix()
    marks = _marks(results, topics, book)
    rows = []
    for learner in sorted(roles):
        own = marks[marks["learner"] == learner]
        needs = book.role(roles[learner]).needs
        for one in book.competencies:
            there = own[own["competency"] == one.id]
            points, most = float(there["points"].sum()), float(there["max"].sum())
            share = min(1.0, points / most) if most else float("nan")
            shown = book.shown(share, len(there)) if most else None
            needed = needs[one.id]
            lack = None if shown is None and needed else max(0, needed - (shown or 0))
            about = (learner, names.get(learner, learner), roles[learner], one.id)
            rows.append((*about, len(there), points, most, share, shown, needed, lack))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype({"shown": "Int64", "gap": "Int64", "tasks": int, "needed": int})


def _marks(
    results: Mapping[str, Results],
    topics: Mapping[str, Mapping[str, tuple[str, ...]]],
    book: Matrix,
) -> pd.DataFrame:
    """Return one row for every marked task of a learner and competency that it belongs to."""
    columns = ["learner", "competency", "points", "max"]
    rows = [
        (mark["learner"], one.id, mark["points"], mark["max"])
        for assignment, found in results.items()
        for mark in found.marks[found.marks["learner"].isin(found.read["learner"])].to_dict(
            "records"
        )
        if mark["outcome"] != "waiting" and mark["max"] > 0
        for one in book.of_topics(topics[assignment].get(mark["task"], ()))
    ]
    return pd.DataFrame(rows, columns=columns)


def _topics(course: Course, assignment: str) -> dict[str, tuple[str, ...]]:
    return {task.id: tuple(task.topics) for task in course.assignment(assignment).tasks}


def _released(course: Course) -> list[str]:
    folder = course.folder / "release"
    names = [name for name in course.assignments() if (folder / name).is_dir()]
    if not names:
        text = _("Nothing is released in {folder} yet. First: duecourse release diagnosis")
        raise DuecourseError(text.format(folder=course.folder))
    return names
