"""The page of an assignment for its instructor: to be read in any browser, offline, or printed.

Everything that a learner can influence (names, reasons, file names) is escaped.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from duecourse import charts
from duecourse.drawing import Picture
from duecourse.language import _, tag
from grader.findings import difficulty, elsewhere, mistakes, noticed
from grader.reporting import pictures
from grader.reporting.advice import FEW, Verdict
from grader.reporting.evidence import Evidence
from grader.reporting.learning import STRONG, WEAK, lost, next_steps, strengths
from grader.reporting.reliability import Reliability
from grader.reporting.tables import plain
from grader.results import READ, Results, Status

_PAGES: Final = Path(__file__).with_name("pages")
_FIRST: Final = (Verdict.AGAINST, Verdict.HARD, Verdict.CRITICAL, Verdict.REVISE)
"""What is named at the head of the page, in this order."""


def render(
    evidence: Evidence,
    course: str,
    now: datetime,
    *,
    files: tuple[str, ...] = (),
    pseudonymous: bool = False,
) -> str:
    """Return the page, in the current language, without any file or address beside it.

    Args:
        evidence: what is known of the assignment.
        course: the course's name.
        now: the moment to be named as the page's own.
        files: names of the tables that lie beside the page.
        pseudonymous: whether the evidence bears pseudonyms, which the page then says.
    """
    results = evidence.results
    hardness = difficulty(results)
    items = plain(evidence.items)
    return filled(
        "assignment.html.j2",
        title=results.title,
        results=results,
        course=course,
        now=now,
        files=files,
        pseudonymous=pseudonymous,
        few=len(results.read) < FEW,
        tiles=list(_tiles(results)),
        todo=list(_todo(items)),
        scores=_scores(results),
        reliability=_reliability(evidence.reliability),
        items=items,
        difficulty=plain(hardness),
        hardest=shown(pictures.facilities(evidence.items)),
        least=shown(pictures.discriminations(evidence.items)),
        mistakes=plain(mistakes(results)),
        options=list(_questions(evidence.options)),
        calls=list(_calls(evidence)),
        times=list(_times(evidence)),
        rubrics=list(_rubrics(evidence.rubrics)),
        lost=plain(results.learners[~results.learners["status"].isin(READ)]),
        unreadable=list(_answers(results, "unreadable")),
        elsewhere=plain(elsewhere(results)),
        waiting=plain(hardness[hardness["waiting"] > 0]),
        learners=plain(
            results.learners.assign(noticed=[noticed(row) for row in plain(results.learners)])
        ),
        learning=list(_learning(evidence)),
        topics=heat(evidence.topics, results.read),
        competencies=heat(evidence.competencies, results.read),
        cells=_cells(results),
        status={
            Status.ON_TIME: _("on time"),
            Status.LATE: _("late"),
            Status.DAMAGED: _("not readable"),
            Status.MISSING: _("missing work"),
            Status.UNGRADED: _("not graded"),
        },
    )


def filled(page: str, **about: Any) -> str:
    """Return a page of this folder, filled in the current language."""
    environment = Environment(
        loader=FileSystemLoader(_PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"_": _, "when": _when, "tone": _tone}
    environment.filters |= {"number": _number, "share": _share, "index": _index}
    return environment.get_template(page).render(lang=tag(), **about)


def shown(picture: Picture | None) -> dict[str, Any] | None:
    """Return a picture of the kit as the pages show it."""
    if picture is None:
        return None
    # The kit's own chart: its texts were escaped when it was drawn.
    return {"title": picture.title, "alt": picture.alt, "svg": Markup(picture.svg)}  # noqa: S704


def heat(table: pd.DataFrame, people: pd.DataFrame) -> dict[str, Any] | None:
    """Return what everybody has shown as a map, with the whole class in its first row.

    Args:
        table: of `grader.reporting.learning.shown`.
        people: one row a learner: learner, name.

    Returns:
        titles (of the columns) and rows (name, and a cell with share, tasks and tone, or None); None
        where nothing is known.
    """
    if table.empty:
        return None
    groups = table.drop_duplicates("group").set_index("group")["title"]
    cells = {(row["learner"], row["group"]): _cell(row) for row in plain(table)}
    whole = table.groupby("group").agg(
        points=("points", "sum"), max=("max", "sum"), tasks=("tasks", "max")
    )
    whole["share"] = whole["points"] / whole["max"]
    rows = [
        {
            "name": _("everybody"),
            "all": True,
            "cells": [_cell(whole.loc[group]) for group in groups.index],
        }
    ]
    rows += [
        {"name": name, "cells": [cells.get((learner, group)) for group in groups.index]}
        for learner, name in zip(people["learner"], people["name"], strict=True)
    ]
    return {"titles": list(groups), "rows": rows}


def _cell(row: Any) -> dict[str, Any]:
    share = float(row["share"])
    return {"share": share, "tasks": int(row["tasks"]), "tone": tone_of(share)}


def tone_of(share: float) -> str:
    """Return the kind of a cell of a map, by the share of the points in [0, 1]."""
    return "strong" if share >= STRONG else "middle" if share >= WEAK else "weak"


def _tiles(results: Results) -> Iterator[tuple[str, str]]:
    learners, read = results.learners, results.read
    came = learners[learners["handed_in"].notna()]
    yield f"{len(came)} / {len(learners)}", _("handed in")
    if len(read):
        yield f"{read['points'].median():.3g} / {results.max:g}", _("median points")
    yield str(int((learners["status"] == Status.LATE).sum())), _("late")
    absent = len(learners) - len(came)
    yield str(len(learners) - len(read) - absent), _("not readable or not graded")
    yield str(int(learners["waiting"].sum())), _("answers to be marked by hand")


def _todo(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for verdict in _FIRST:
        for row in items:
            missed = verdict != Verdict.CRITICAL or row["missed"]
            if row["verdict"] == verdict and missed:
                yield row


def _scores(results: Results) -> dict[str, Any] | None:
    points = results.read["points"].dropna().astype(float)
    if points.empty or not results.max:
        return None
    quarters = points.quantile([0, 0.25, 0.5, 0.75, 1])
    middle = _("Half of the class has {points} points or more")
    title = middle.format(points=f"{quarters[0.5]:.3g}")
    names = (_("lowest"), _("lower quarter"), _("middle"), _("upper quarter"), _("highest"))
    return {
        "picture": shown(charts.points(points, results.max, title)),
        "numbers": list(zip(names, quarters, strict=True)),
        "mean": float(points.mean()),
    }


def _reliability(found: Reliability | None) -> dict[str, Any] | None:
    if found is None:
        return None
    if found.n < FEW:
        said = _("With so few learners this is a hint and no finding.")
    elif found.low >= 0.9:
        said = _("That is enough for decisions on single learners.")
    elif found.alpha >= 0.7:
        said = _("That is enough to compare groups; decide on single learners by more than this.")
    else:
        said = _("That is low: the tasks ask for different things, or there are too few of them.")
    numbers = {name: f"{getattr(found, name):.2f}" for name in ("alpha", "low", "high", "error")}
    return {
        **numbers,
        "n": found.n,
        "tasks": found.tasks,
        "measurement": f"{found.measurement:.3g}",
        "said": said,
    }


def _questions(options: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for _task, own in options.groupby("task", sort=False):
        yield {"title": own["title"].iloc[0], "n": int(own["n"].iloc[0]), "rows": plain(own)}


def _calls(evidence: Evidence) -> Iterator[dict[str, Any]]:
    steps = evidence.steps
    for task, ends in evidence.ends.groupby("task", sort=False):
        moments = [
            {
                "moment": moment,
                "says": own["says"].iloc[0],
                "n": int(own["n"].iloc[0]),
                "rows": plain(own),
            }
            for moment, own in steps[steps["task"] == task].groupby("moment", sort=False)
        ]
        yield {
            "title": ends["title"].iloc[0],
            "n": int(ends["n"].iloc[0]),
            "ends": plain(ends),
            "moments": moments,
        }


def _rubrics(levels: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for _task, own in levels.groupby("task", sort=False):
        criteria = [
            {"title": rows["asked"].iloc[0], "n": int(rows["n"].iloc[0]), "rows": plain(rows)}
            for _criterion, rows in own.groupby("criterion", sort=False)
        ]
        yield {"title": own["title"].iloc[0], "criteria": criteria}


def _times(evidence: Evidence) -> Iterator[dict[str, Any]]:
    minutes = evidence.worktime.groupby("task")["minutes"]
    for row in plain(evidence.items):
        if row["logs"]:
            own = minutes.get_group(row["task"])
            yield {**row, "low": float(own.quantile(0.25)), "high": float(own.quantile(0.75))}


def _answers(results: Results, outcome: str) -> Iterator[dict[str, Any]]:
    """Yield single answers of this outcome, of learners whose notebook could be read."""
    learners = results.read.set_index("learner")["name"].to_dict()
    titles = results.tasks.set_index("task")["title"].to_dict()
    for mark in plain(results.marks[results.marks["outcome"] == outcome]):
        if mark["learner"] in learners:
            yield {**mark, "name": learners[mark["learner"]], "title": titles[mark["task"]]}


def _learning(evidence: Evidence) -> Iterator[dict[str, Any]]:
    strong = strengths(evidence.competencies)
    following = next_steps(lost(evidence.results, evidence.assignment))
    for row in plain(evidence.results.read):
        learner = row["learner"]
        yield {**row, "strengths": strong.get(learner, []), "next": following.get(learner, [])}


def _cells(results: Results) -> dict[str, dict[str, dict[str, Any]]]:
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for mark in plain(results.marks):
        cells.setdefault(mark["learner"], {})[mark["task"]] = mark
    return cells


def _tone(mark: dict[str, Any]) -> str:
    """Return the kind of a cell: it is told by its form and number too, not by colour alone."""
    if mark["outcome"] in {"waiting", "not-answered", "unreadable"}:
        return str(mark["outcome"])
    if mark["points"] >= mark["max"]:
        return "whole"
    return "part" if mark["points"] > 0 else "none"


def _when(moment: datetime | None) -> str:
    """Return a moment in UTC as local time, with its zone."""
    if moment is None or pd.isna(moment):
        return "-"
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{aware.astimezone():%Y-%m-%d %H:%M %Z}"


def _share(share: float | None) -> str:
    return "-" if share is None or pd.isna(share) else f"{100 * share:.0f}%"


def _index(value: float | None) -> str:
    return "-" if value is None or pd.isna(value) else f"{value:.2f}"


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
