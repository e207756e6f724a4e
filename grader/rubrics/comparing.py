"""Two markers of one task compared: agreement on every criterion, and where they differ."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from duecourse.language import pick
from duecourse.tasks import TextTask
from grader.rubrics.kappa import Kappa, kappa
from grader.rubrics.log import Event


@dataclass(frozen=True)
class Agreement:
    """How far two markers agree on one criterion.

    Attributes:
        criterion: its id.
        title: its title, in the current language.
        count: answers with both marks.
        same: how many of them got the same level.
        plain: Cohen's kappa of same levels; None where it says nothing.
        weighted: the same with linear weights.
    """

    criterion: str
    title: str
    count: int
    same: int
    plain: Kappa | None
    weighted: Kappa | None


def agreement(task: TextTask, pairs: Mapping[str, tuple[Event, Event]]) -> list[Agreement]:
    """Return how far the first and the second marks agree, criterion by criterion.

    Args:
        task: the task.
        pairs: first and second mark by learner, as `Marking.pairs` gives them.
    """
    found = []
    for criterion in task.rubric:
        name = criterion.id
        levels = [
            (one.levels[name], other.levels[name])
            for one, other in pairs.values()
            if max(one.levels.get(name, -1), other.levels.get(name, -1)) < len(criterion.levels)
            and name in one.levels
            and name in other.levels
        ]
        found.append(
            Agreement(
                criterion=name,
                title=pick(criterion.title),
                count=len(levels),
                same=sum(one == other for one, other in levels),
                plain=kappa(levels, len(criterion.levels), weighted=False),
                weighted=kappa(levels, len(criterion.levels), weighted=True),
            )
        )
    return found


def disagreements(task: TextTask, pairs: Mapping[str, tuple[Event, Event]]) -> pd.DataFrame:
    """Return where two marks differ, the widest apart first.

    Returns:
        One row an answer and criterion: answer (a code that stands for it, see `code_of`),
        criterion (its title), first and second (points), apart (points between them).
    """
    rows = [
        {
            "answer": code_of(task.id, learner),
            "criterion": pick(criterion.title),
            "first": criterion.levels[one.levels[criterion.id]].points,
            "second": criterion.levels[other.levels[criterion.id]].points,
        }
        for learner, (one, other) in pairs.items()
        for criterion in task.rubric
        if one.levels.get(criterion.id) != other.levels.get(criterion.id)
        and all(
            0 <= mark.levels.get(criterion.id, -1) < len(criterion.levels) for mark in (one, other)
        )
    ]
    table = pd.DataFrame(rows, columns=["answer", "criterion", "first", "second"])
    table["apart"] = (table["first"].astype(float) - table["second"].astype(float)).abs()
    return table.sort_values(["apart", "answer"], ascending=[False, True], ignore_index=True)


def code_of(task: str, learner: str) -> str:
    """Return a code that stands for an answer where nobody is to be named."""
    seed = f"{task}\0{learner}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(seed).hexdigest()[:5].upper()
