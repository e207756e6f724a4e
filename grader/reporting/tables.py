"""The tables of a report, as somebody opens them in a spreadsheet: headings in the course's language."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from duecourse.language import _
from grader.findings import mistakes, noticed
from grader.reporting.evidence import Evidence
from grader.reporting.learning import heat, lost, next_steps, strengths
from grader.reporting.measures import matrix
from grader.results import Results

LEARNERS: Final = "learners"
"""The table of learners; its CSV bears the name of the assignment alone."""


def tables(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """Return all tables of an assignment that have a row, by name, in the current language.

    Returns:
        learners (one column a task), tasks, options, call-ways, call-ends, rubrics, mistakes, time,
        learning, topics, competencies, reliability.
    """
    found = {
        LEARNERS: learners(evidence.results),
        "tasks": _headed(evidence.items, _tasks()),
        "options": _headed(evidence.options, _options()),
        "call-ways": _headed(evidence.steps, _steps()),
        "call-ends": _headed(evidence.ends, _ends()),
        "rubrics": _headed(evidence.rubrics, _rubrics()),
        "mistakes": _mistakes(evidence.results),
        "time": _headed(evidence.worktime, _times()),
        "learning": learning(evidence),
        "topics": map_of(evidence.topics),
        "competencies": map_of(evidence.competencies),
        "reliability": _reliability(evidence),
    }
    return {name: table for name, table in found.items() if len(table) or name == LEARNERS}


def learners(results: Results) -> pd.DataFrame:
    """Return one row a learner and one column a task; empty where a person's mark is missing."""
    known = results.learners
    head = {
        _("learner"): known["learner"],
        _("name"): known["name"],
        _("status"): known["status"].map(str),
        _("handed in (UTC)"): pd.to_datetime(known["handed_in"]).dt.strftime("%Y-%m-%d %H:%M:%S"),
        _("hours late"): known["hours_late"].astype(float).round(1),
        _("total points"): known["points"].astype(float),
        _("out of"): known["max"].astype(float),
    }
    points = matrix(results, everybody=True).reindex(index=known["learner"])
    table = pd.concat([pd.DataFrame(head), points.reset_index(drop=True)], axis="columns")
    table[_("noticed")] = [noticed(row) for row in plain(known)]
    return table


def learning(evidence: Evidence) -> pd.DataFrame:
    """Return each learner's strengths and next steps, a row a learner whose submission was read."""
    strong = strengths(evidence.competencies)
    following = next_steps(lost(evidence.results, evidence.assignment))
    read = evidence.results.read
    rows = [
        (
            learner,
            name,
            _("; ").join(strong.get(learner, [])),
            _("; ").join(following.get(learner, [])),
        )
        for learner, name in zip(read["learner"], read["name"], strict=True)
    ]
    return pd.DataFrame(rows, columns=[_("learner"), _("name"), _("strengths"), _("next steps")])


def plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values, None for what is missing."""
    empty = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in empty.to_dict("records")]


def _headed(table: pd.DataFrame, heads: Mapping[str, str]) -> pd.DataFrame:
    return table[list(heads)].rename(columns=dict(heads))


def map_of(shown: pd.DataFrame) -> pd.DataFrame:
    """Return what learners have shown as a map for a spreadsheet: shares, a row a learner."""
    table = heat(shown).reset_index() if len(shown) else pd.DataFrame()
    return table.rename(columns={"learner": _("learner")})


def _mistakes(results: Results) -> pd.DataFrame:
    heads = {"task": _("task"), "title": _("title"), "text": _("mistake"), "count": _("learners")}
    return _headed(mistakes(results), heads)


def _reliability(evidence: Evidence) -> pd.DataFrame:
    found = evidence.reliability
    if found is None:
        return pd.DataFrame()
    heads = {
        "n": _("learners"),
        "tasks": _("tasks"),
        "alpha": _("Cronbach's alpha"),
        "low": _("alpha, low"),
        "high": _("alpha, high"),
        "error": _("standard error of alpha"),
        "measurement": _("standard error of measurement (points)"),
    }
    return _headed(pd.DataFrame([vars(found)]), heads)


def _tasks() -> dict[str, str]:
    return {
        "task": _("task"),
        "title": _("title"),
        "max": _("points"),
        "critical": _("critical"),
        "n": _("n"),
        "answered": _("answered"),
        "waiting": _("waiting"),
        "whole": _("all points"),
        "missed": _("missed, if critical"),
        "mean": _("mean"),
        "facility": _("facility"),
        "facility_low": _("facility, low"),
        "facility_high": _("facility, high"),
        "r": _("item-rest r"),
        "r_low": _("r, low"),
        "r_high": _("r, high"),
        "upper_lower": _("upper-lower index"),
        "alpha_without": _("alpha without it"),
        "logs": _("learners with a log"),
        "attempts": _("attempts (mean)"),
        "minutes": _("minutes (median)"),
        "few": _("fewer than 30 learners"),
        "advice": _("advice"),
    }


def _options() -> dict[str, str]:
    return {
        "task": _("task"),
        "title": _("title"),
        "option": _("option"),
        "text": _("text"),
        "chosen": _("chosen"),
        "n": _("n"),
        "share": _("share"),
        "low": _("share, low"),
        "high": _("share, high"),
        "right": _("of these with all points"),
        "rest": _("their share of the other points"),
    }


def _steps() -> dict[str, str]:
    return {
        "task": _("task"),
        "title": _("title"),
        "moment": _("moment"),
        "says": _("said before"),
        "option": _("option"),
        "text": _("text"),
        "chosen": _("chosen"),
        "n": _("n"),
        "share": _("share"),
    }


def _ends() -> dict[str, str]:
    return {
        "task": _("task"),
        "title": _("title"),
        "end": _("end"),
        "text": _("text"),
        "count": _("calls"),
        "n": _("n"),
        "share": _("share"),
        "low": _("share, low"),
        "high": _("share, high"),
    }


def _rubrics() -> dict[str, str]:
    return {
        "task": _("task"),
        "title": _("title"),
        "asked": _("criterion"),
        "points": _("points"),
        "text": _("text"),
        "count": _("given"),
        "n": _("n"),
        "share": _("share"),
    }


def _times() -> dict[str, str]:
    return {
        "learner": _("learner"),
        "task": _("task"),
        "attempts": _("attempts"),
        "choices": _("choices"),
        "minutes": _("minutes"),
    }


def named(found: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield each table with its name and its title in the current language."""
    titles = {
        LEARNERS: _("Learners"),
        "tasks": _("Tasks"),
        "options": _("Options"),
        "call-ways": _("Ways of calls"),
        "call-ends": _("Ends of calls"),
        "rubrics": _("Rubrics"),
        "mistakes": _("Typical mistakes"),
        "time": _("Time on task"),
        "learning": _("What comes next"),
        "topics": _("Topics"),
        "competencies": _("Competencies"),
        "reliability": _("Reliability"),
        "assignments": _("Assignments"),
    }
    for name, table in found.items():
        yield name, titles[name], table
