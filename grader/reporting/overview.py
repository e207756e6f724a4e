"""A whole course: its assignments side by side, and what learners have shown in all of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import pandas as pd

from duecourse.language import _
from grader.reporting.advice import FEW
from grader.reporting.evidence import Evidence
from grader.reporting.learning import heat as as_map
from grader.reporting.learning import lost, next_steps, strengths, together
from grader.reporting.page import filled, heat, tone_of
from grader.reporting.tables import map_of, plain
from grader.results import Status

ASSIGNMENTS: Final = [
    "assignment", "title", "learners", "read", "late", "waiting", "tasks", "max", "mean",
    "alpha", "low", "high", "error", "measurement",
]  # fmt: skip


@dataclass(frozen=True)
class Overview:
    """What is known of a course.

    Attributes:
        parts: what is known of each of its assignments.
    """

    parts: Sequence[Evidence]

    @cached_property
    def assignments(self) -> pd.DataFrame:
        """One row an assignment: its measures, with those of `grader.reporting.reliability`.

        Columns: assignment, title, learners, read (submissions), late, waiting (answers), tasks, max
        (points), mean (share of the points), alpha, low, high, error, measurement (points).
        """
        rows = []
        for part in self.parts:
            results, found = part.results, part.reliability
            read = results.read
            row = {
                "assignment": results.assignment,
                "title": results.title,
                "learners": len(results.learners),
                "read": len(read),
                "late": int((results.learners["status"] == Status.LATE).sum()),
                "waiting": int(results.learners["waiting"].sum()),
                "tasks": len(results.tasks),
                "max": results.max,
                "mean": read["points"].astype(float).mean() / results.max if results.max else None,
            }
            measures = ("alpha", "low", "high", "error", "measurement")
            rows.append(row | {name: getattr(found, name, None) for name in measures})
        return pd.DataFrame(rows, columns=ASSIGNMENTS)

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row a learner of any assignment: learner, name."""
        known = pd.concat([part.results.learners[["learner", "name"]] for part in self.parts])
        return known.drop_duplicates("learner").sort_values("learner", ignore_index=True)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row a learner and assignment that was read: learner, group, title, share, points, max."""
        rows = [
            part.results.read[["learner", "points", "max"]].assign(
                group=part.results.assignment, title=part.results.title
            )
            for part in self.parts
        ]
        table = pd.concat(rows, ignore_index=True)
        table["points"] = table["points"].astype(float)
        return table[table["max"] > 0].assign(share=table["points"] / table["max"])

    @cached_property
    def competencies(self) -> pd.DataFrame:
        """What every learner has shown of every competency; see `grader.reporting.learning.shown`."""
        return together(part.competencies for part in self.parts)

    @cached_property
    def topics(self) -> pd.DataFrame:
        """What every learner has shown in every topic; see `grader.reporting.learning.shown`."""
        return together(part.topics for part in self.parts)

    @cached_property
    def next(self) -> dict[str, list[str]]:
        """Where each learner finds what was lost in all assignments, most points first."""
        all_lost: dict[str, Counter[str]] = {}
        for part in self.parts:
            for learner, places in lost(part.results, part.assignment).items():
                all_lost.setdefault(learner, Counter()).update(places)
        return next_steps(all_lost)


def tables(course: Overview) -> dict[str, pd.DataFrame]:
    """Return the tables of a course that have a row, by name, headed in the current language."""
    strong = strengths(course.competencies)
    rows = [
        (
            one,
            name,
            _("; ").join(strong.get(one, [])),
            _("; ").join(course.next.get(one, [])),
        )
        for one, name in zip(course.people["learner"], course.people["name"], strict=True)
    ]
    heads = [_("learner"), _("name"), _("strengths"), _("next steps")]
    scores = course.people.rename(columns={"learner": _("learner"), "name": _("name")})
    if len(course.scores):
        points = as_map(course.scores.assign(share=course.scores["points"]))
        scores = scores.merge(points, left_on=_("learner"), right_index=True, how="left")
    found = {
        "learners": scores,
        "assignments": course.assignments.rename(columns=_assignments()),
        "learning": pd.DataFrame(rows, columns=heads),
        "topics": map_of(course.topics),
        "competencies": map_of(course.competencies),
    }
    return {name: table for name, table in found.items() if len(table) or name == "learners"}


def _assignments() -> dict[str, str]:
    return {
        "assignment": _("assignment"),
        "title": _("title"),
        "learners": _("learners"),
        "read": _("submissions read"),
        "late": _("late"),
        "waiting": _("waiting"),
        "tasks": _("tasks"),
        "max": _("points"),
        "mean": _("mean share of the points"),
        "alpha": _("Cronbach's alpha"),
        "low": _("alpha, low"),
        "high": _("alpha, high"),
        "error": _("standard error of alpha"),
        "measurement": _("standard error of measurement (points)"),
    }


def render(
    course: Overview,
    name: str,
    now: datetime,
    *,
    files: tuple[str, ...] = (),
    pseudonymous: bool = False,
) -> str:
    """Return the page of a course, in the current language, without any file or address beside it.

    Args:
        course: what is known of it.
        name: what it is called.
        now: the moment to be named as the page's own.
        files: names of the tables that lie beside the page.
        pseudonymous: whether learners bear pseudonyms, which the page then says.
    """
    return filled(
        "course.html.j2",
        title=name,
        now=now,
        files=files,
        pseudonymous=pseudonymous,
        few=len(course.people) < FEW,
        people=len(course.people),
        waiting=int(course.assignments["waiting"].sum()),
        assignments=plain(course.assignments),
        scores=_scores(course),
        topics=heat(course.topics, course.people),
        competencies=heat(course.competencies, course.people),
        learning=list(_learning(course)),
    )


def _scores(course: Overview) -> dict[str, Any] | None:
    """Return the points of everybody in every assignment, as the pages' maps are."""
    known = course.scores
    if known.empty:
        return None
    titles = known.drop_duplicates("group").set_index("group")["title"]
    cells = {
        (row["learner"], row["group"]): {
            "share": row["share"],
            "tone": tone_of(row["share"]),
            "tasks": f"{row['points']:g}/{row['max']:g}",
        }
        for row in plain(known)
    }
    rows = [
        {"name": name, "cells": [cells.get((learner, group)) for group in titles.index]}
        for learner, name in zip(course.people["learner"], course.people["name"], strict=True)
    ]
    return {"titles": list(titles), "rows": rows}


def _learning(course: Overview) -> Iterator[dict[str, Any]]:
    strong = strengths(course.competencies)
    known = set(course.scores["learner"])
    for row in plain(course.people):
        if row["learner"] in known:
            learner = row["learner"]
            yield {
                **row,
                "strengths": strong.get(learner, []),
                "next": course.next.get(learner, []),
            }
