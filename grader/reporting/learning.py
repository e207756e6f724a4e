"""What learners can do and what comes next: their points by topic and by competency."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pandas as pd

from duecourse.competencies import Matrix, matrix
from duecourse.errors import DuecourseError
from duecourse.language import pick
from grader.assignments import Assignment
from grader.results import Results

STRONG: Final = 0.85
"""From this share of the points on, of two tasks or more, something counts as a strength."""
WEAK: Final = 0.65
"""Below this share something is worth another lesson."""
_MOST: Final = 3
"""Strengths and next steps that are named; more than that nobody takes up."""
SHOWN: Final = ["learner", "group", "title", "share", "tasks", "points", "max"]


def topics(assignment: Assignment) -> pd.DataFrame:
    """Return the topics of every task.

    Returns:
        One row a task and topic: task, group (the topic), title.
    """
    rows = [(task.id, topic, topic) for task in assignment.tasks for topic in task.topics]
    return pd.DataFrame(rows, columns=["task", "group", "title"])


def competencies(assignment: Assignment, known: Matrix | None = None) -> pd.DataFrame:
    """Return the competencies of every task; topics that belong to none are passed over.

    Returns:
        One row a task and competency, in the order of the matrix: task, group (its id), title.
    """
    known = known or matrix()
    place = {one.id: number for number, one in enumerate(known.competencies)}
    found = {(task.id, one) for task in assignment.tasks for one in _of(task.topics, known)}
    rows = [
        (task, one, pick(dict(known[one].title)))
        for task, one in sorted(found, key=lambda pair: (place[pair[1]], pair[0]))
    ]
    return pd.DataFrame(rows, columns=["task", "group", "title"])


def _of(names: Iterable[str], known: Matrix) -> Iterator[str]:
    for name in names:
        try:
            yield known.of_topic(name).id
        except DuecourseError:
            # An author's own topic; it is shown by itself.
            continue


def shown(results: Results, groups: pd.DataFrame) -> pd.DataFrame:
    """Return what every learner has shown in every group of tasks.

    Submissions that could not be read are left out, and so are tasks in which an answer waits for a
    person's mark: those who left it blank would seem to know less than those who are not marked yet.

    Args:
        results: what the class achieved.
        groups: of `topics` or `competencies`; a task may belong to several.

    Returns:
        One row a learner and group with a mark: learner, group, title, share (of the points, in
        [0, 1]), tasks (how many that rests upon), points, max.
    """
    marks = results.marks[results.marks["learner"].isin(results.read["learner"])]
    waiting = marks.loc[marks["outcome"] == "waiting", "task"].unique()
    marks = marks[~marks["task"].isin(waiting) & (marks["max"] > 0)]
    return summed(marks.merge(groups, on="task").assign(tasks=1))


def summed(marks: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of marks that know their group; see `shown`."""
    order = {group: place for place, group in enumerate(dict.fromkeys(marks["group"]))}
    capped = marks.assign(points=marks[["points", "max"]].min(axis="columns").astype(float))
    by = capped.groupby(["learner", "group"], sort=False)
    table = by.agg(
        title=("title", "first"),
        tasks=("tasks", "sum"),
        points=("points", "sum"),
        max=("max", "sum"),
    ).reset_index()
    table["share"] = table["points"] / table["max"]
    table["place"] = table["group"].map(order)
    return table.sort_values(["learner", "place"], ignore_index=True)[SHOWN]


def heat(table: pd.DataFrame) -> pd.DataFrame:
    """Return the shares as a map: a row a learner, a column a group (its title)."""
    columns = table.drop_duplicates("group").set_index("group")["title"]
    wide = table.pivot_table(index="learner", columns="group", values="share")
    return wide.reindex(columns=columns.index).rename(columns=columns.to_dict())


def strengths(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return what each learner is good at, the surest first: the titles of at most three groups.

    Args:
        table: of `shown`.
    """
    good = table[(table["share"] >= STRONG) & (table["tasks"] >= 2)]
    good = good.sort_values(["share", "tasks"], ascending=False, kind="stable")
    return {
        str(learner): list(own["title"][:_MOST])
        for learner, own in good.groupby("learner", sort=True)
    }


def together(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return what learners have shown in several assignments together; see `shown`."""
    found = [table for table in tables if len(table)]
    return summed(pd.concat(found)) if found else pd.DataFrame(columns=SHOWN)


def lost(results: Results, assignment: Assignment) -> dict[str, Counter[str]]:
    """Return how many points each learner lost by the place where it is taught.

    A task names its own place (``look``); of one that does not, it is the lessons of its competencies.
    """
    places = {task.id: list(_places(task)) for task in assignment.tasks}
    marks = results.marks[results.marks["learner"].isin(results.read["learner"])]
    marks = marks[(marks["outcome"] != "waiting") & (marks["points"] < marks["max"])]
    steps: dict[str, Counter[str]] = {}
    for learner, task, points, most in marks[["learner", "task", "points", "max"]].itertuples(
        index=False
    ):
        for place in places.get(task, ()):
            steps.setdefault(str(learner), Counter())[place] += most - points
    return steps


def next_steps(lost: Mapping[str, Counter[str]]) -> dict[str, list[str]]:
    """Return where each learner finds what was lost, most points first: at most three places."""
    return {
        learner: [place for place, _points in places.most_common(_MOST)]
        for learner, places in lost.items()
    }


def _places(task: Any) -> Iterator[str]:
    if task.look:
        yield pick(dict(task.look))
        return
    known = matrix()
    lessons = [stem for one in _of(task.topics, known) for stem in known[one].lessons]
    for stem in dict.fromkeys(lessons):
        yield pick(dict(known.lessons[stem]))
