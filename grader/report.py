"""The report of an assignment: one page for the instructor, to be read offline or printed, and a CSV.

Everything that a learner can influence (names, reasons, file names) is escaped.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from duecourse import charts
from duecourse.drawing import Picture
from duecourse.language import _, current, speaking
from grader.course import Course
from grader.findings import difficulty, elsewhere, mistakes, noticed
from grader.results import READ, Results, Status, collect

FEW: Final = 30
"""Below this number of learners, measures of a class are only indicative."""
_TEMPLATE: Final = Path(__file__).with_name("report.html.j2")


def write(course: Course, assignment: str) -> Path:
    """Write the report of an assignment, in the course's language, and its CSV beside it.

    Returns:
        The page; the CSV has the same name with another ending.

    Raises:
        DuecourseError: there is no such assignment, or it was not released in this course.
    """
    with speaking(course.language):
        results = collect(course, assignment)
        page = render(results, course.name, datetime.now(UTC))
        table = as_csv(results)
    folder = course.folder / "report"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{assignment}.csv").write_text(table, "utf-8-sig", newline="")
    file = folder / f"{assignment}.html"
    file.write_text(page, "utf-8")
    return file


def render(results: Results, course: str, now: datetime) -> str:
    """Return the page, in the current language, without any file or address beside it.

    Args:
        results: what the class achieved.
        course: the course's name.
        now: the moment to be named as the page's own.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"_": _, "when": _when, "percent": _percent, "tone": _tone}
    environment.filters["number"] = _number
    template = environment.from_string(_TEMPLATE.read_text("utf-8"))
    hardness = difficulty(results)
    return template.render(
        lang="zh-CN" if current() == "zh" else "en",
        results=results,
        course=course,
        now=now,
        few=len(results.read) < FEW,
        tiles=list(_tiles(results)),
        scores=_scores(results),
        difficulty=_rows(hardness),
        hardest=_hardest(hardness),
        mistakes=_rows(mistakes(results)),
        lost=_rows(results.learners[~results.learners["status"].isin(READ)]),
        unreadable=list(_answers(results, "unreadable")),
        elsewhere=_rows(elsewhere(results)),
        waiting=_rows(hardness[hardness["waiting"] > 0]),
        learners=_rows(
            results.learners.assign(noticed=[noticed(row) for row in _rows(results.learners)])
        ),
        cells=_cells(results),
        status={
            Status.ON_TIME: _("on time"),
            Status.LATE: _("late"),
            Status.DAMAGED: _("not readable"),
            Status.MISSING: _("missing work"),
            Status.UNGRADED: _("not graded"),
        },
    )


def as_csv(results: Results) -> str:
    """Return one row a learner and one column a task, every field quoted.

    A task that waits for a person's mark is left empty. A text that a spreadsheet would take for
    a formula is preceded by an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    head = (_("learner"), _("name"), _("status"), _("handed in (UTC)"), _("hours late"))
    tasks = list(results.tasks["task"])
    writer.writerow([*head, _("total points"), _("out of"), *tasks, _("noticed")])
    points = {
        (mark["learner"], mark["task"]): "" if mark["outcome"] == "waiting" else mark["points"]
        for mark in _rows(results.marks)
    }
    for row in _rows(results.learners):
        moment = row["handed_in"]
        writer.writerow(
            [
                _harmless(row["learner"]),
                _harmless(row["name"]),
                row["status"],
                f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "",
                f"{row['hours_late']:.1f}",
                "" if row["points"] is None else _number(row["points"]),
                _number(row["max"]),
                *(_number(points.get((row["learner"], task), "")) for task in tasks),
                _harmless(noticed(row)),
            ]
        )
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values, None for what is missing."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _tiles(results: Results) -> Iterator[tuple[str, str]]:
    learners, read = results.learners, results.read
    came = learners[learners["handed_in"].notna()]
    yield f"{len(came)} / {len(learners)}", _("handed in")
    if len(read):
        yield f"{read['points'].median():.3g} / {results.max:g}", _("median points")
    yield str(int((learners["status"] == Status.LATE).sum())), _("late")
    yield str(len(learners) - len(read) - _absent(learners)), _("not readable or not graded")
    yield str(int(learners["waiting"].sum())), _("answers to be marked by hand")


def _absent(learners: pd.DataFrame) -> int:
    return int(learners["handed_in"].isna().sum())


def _scores(results: Results) -> dict[str, Any] | None:
    points = results.read["points"].dropna().astype(float)
    if points.empty or not results.max:
        return None
    quarters = points.quantile([0, 0.25, 0.5, 0.75, 1])
    middle = _("Half of the class has {points} points or more")
    title = middle.format(points=f"{quarters[0.5]:.3g}")
    names = (_("lowest"), _("lower quarter"), _("middle"), _("upper quarter"), _("highest"))
    return {
        "picture": _picture(charts.points(points, results.max, title)),
        "numbers": list(zip(names, quarters, strict=True)),
        "mean": float(points.mean()),
    }


def _hardest(hardness: pd.DataFrame) -> dict[str, Any] | None:
    shares = hardness.dropna(subset="share").set_index("title")["share"]
    return None if shares.empty else _picture(charts.difficulty(shares.sort_values()))


def _picture(picture: Picture) -> dict[str, Any]:
    # The kit's own chart: its texts were escaped when it was drawn.
    return {"title": picture.title, "alt": picture.alt, "svg": Markup(picture.svg)}  # noqa: S704


def _answers(results: Results, outcome: str) -> Iterator[dict[str, Any]]:
    """Yield single answers of this outcome, of learners whose notebook could be read."""
    learners = results.read.set_index("learner")["name"].to_dict()
    titles = results.tasks.set_index("task")["title"].to_dict()
    for mark in _rows(results.marks[results.marks["outcome"] == outcome]):
        if mark["learner"] in learners:
            yield {**mark, "name": learners[mark["learner"]], "title": titles[mark["task"]]}


def _cells(results: Results) -> dict[str, dict[str, dict[str, Any]]]:
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for mark in _rows(results.marks):
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


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f}%"


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
