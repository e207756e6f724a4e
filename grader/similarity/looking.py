"""What is worth a look in an assignment: each with what was seen and what speaks against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from duecourse.language import _, speaking
from grader.course import Course
from grader.findings import elsewhere
from grader.results import Results, collect
from grader.similarity.evidence import answers
from grader.similarity.index import compare
from grader.similarity.logs import equal, fast, logs

_LONG: Final = 100
"""Letters from which on two people hardly write the same by themselves."""


class Sight(StrEnum):
    """What kind of thing was seen."""

    PAIR = "pair"
    TEXT = "text"
    WORLD = "world"
    LOG = "log"
    PACE = "pace"


@dataclass(frozen=True)
class Remark:
    """Something to look at; never a verdict.

    Attributes:
        sight: what kind of thing it is.
        learners: the ids of those whom it is about.
        seen: what was seen, in words.
        against: what speaks against a meaning of it, in words.
    """

    sight: Sight
    learners: tuple[str, ...]
    seen: str
    against: str


@dataclass(frozen=True)
class Look:
    """What is worth a look in an assignment.

    Attributes:
        results: what the class achieved.
        pairs: every pair with identical wrong answers; see `grader.similarity.index.compare`.
        remarks: what to look at, in words.
    """

    results: Results
    pairs: pd.DataFrame
    remarks: tuple[Remark, ...]


def look(course: Course, assignment: str) -> Look:
    """Look through an assignment, in the course's language; nothing is written.

    Raises:
        DuecourseError: there is no such assignment, or it was not released in this course.
    """
    with speaking(course.language):
        results = collect(course, assignment)
        given = answers(course, results)
        compared = compare(given)
        remarks = [*_pairs(results, compared), *_texts(results, given)]
        remarks += [*_worlds(results), *_logs(course, results)]
        return Look(results, compared, tuple(remarks))


def _pairs(results: Results, compared: pd.DataFrame) -> Iterator[Remark]:
    titles = dict(zip(results.tasks["task"], results.tasks["title"], strict=True))
    for row in compared[compared["worth_a_look"]].to_dict("records"):
        seen = _(
            "{same} identical wrong answers out of {compared} tasks that both got wrong: {titles}. "
            "Two who work alone would agree so much in one of {odds} pairs; {pairs} were compared."
        )
        said = seen.format(
            same=row["same"],
            compared=row["compared"],
            titles=_("; ").join(str(titles[task]) for task in row["tasks"]),
            odds=f"{1 / row['chance']:,.0f}",
            pairs=compared.attrs["pairs"],
        )
        yield Remark(Sight.PAIR, (row["learner"], row["other"]), said, _against(row))


def _against(row: dict[Any, Any]) -> str:
    parts = [
        _(
            "They may have learnt together, from the same colleague or page, which explains common "
            "errors; tasks that build upon one another hand an error on."
        )
    ]
    if row["known"]:
        text = _("{known} of them are known mistakes that many make.")
        parts.append(text.format(known=row["known"]))
    return " ".join(parts)


def _texts(results: Results, given: pd.DataFrame) -> Iterator[Remark]:
    titles = dict(zip(results.tasks["task"], results.tasks["title"], strict=True))
    by_hand = results.tasks.loc[results.tasks["by_hand"], "task"]
    written = given[given["task"].isin(by_hand) & (given["answer"].str.len() >= _LONG)]
    for (task, _answer), group in written.groupby(["task", "answer"], sort=False):
        if len(group) > 1:
            seen = _("the same text, but for spaces and punctuation: {title}")
            against = _("A template, a quotation, or work that was meant to be done together.")
            learners = tuple(sorted(str(one) for one in group["learner"]))
            yield Remark(Sight.TEXT, learners, seen.format(title=titles[task]), against)


def _worlds(results: Results) -> Iterator[Remark]:
    for row in elsewhere(results).to_dict("records"):
        text = _("answers that are right in world {other}, not in their own ({world}): {titles}")
        seen = text.format(
            other=row["other_world"], world=row["world"], titles=_("; ").join(row["titles"])
        )
        against = _("Small whole numbers meet by chance, and an id may have been mistyped.")
        yield Remark(Sight.WORLD, (row["learner"],), seen, against)


def _logs(course: Course, results: Results) -> Iterator[Remark]:
    found = [
        log
        for learner in results.learners["learner"]
        for log in logs(course.folder / "submitted" / str(learner) / results.assignment, learner)
    ]
    for activity, learners in equal(found):
        seen = _("the same log, choice by choice and to the second: {activity}")
        against = _(
            "They may have sat at one machine, or worked as a pair because they were told to."
        )
        yield Remark(Sight.LOG, learners, seen.format(activity=activity), against)
    for log in fast(found):
        seen = _("{activity}: {count} choices, {pace} seconds from one to the next at the median")
        text = seen.format(activity=log.activity, count=len(log.moments), pace=f"{log.pace:.1f}")
        against = _("A cell that is run again repeats all choices at once; clocks can be wrong.")
        yield Remark(Sight.PACE, (log.learner,), text, against)
