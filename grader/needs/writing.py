"""The report of needs: one page to be read offline or printed, and the same as a workbook.

Everything that a learner can influence (ids, names) is escaped, and harmless in a spreadsheet.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
from jinja2 import Environment, StrictUndefined

from duecourse.competencies import Competency, matrix
from duecourse.language import _, current, pick, speaking
from grader.course import Course
from grader.needs.gaps import Needs

FEW: Final = 5
"""Below this number of tasks a level is only indicative."""
_TEMPLATE: Final = Path(__file__).with_name("needs.html.j2")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(course: Course, needs: Needs) -> tuple[Path, Path]:
    """Write the page and the workbook, in the course's language, into its folder of reports.

    Returns:
        The page, and the workbook: needs.html and needs.xlsx.
    """
    folder = course.folder / "report"
    folder.mkdir(parents=True, exist_ok=True)
    page, book = folder / "needs.html", folder / "needs.xlsx"
    with speaking(course.language):
        page.write_text(render(needs, course.name, datetime.now(UTC)), "utf-8")
        workbook(needs, book)
    return page, book


def render(needs: Needs, course: str, now: datetime) -> str:
    """Return the page, in the current language, without any file or address beside it.

    Args:
        needs: what a team has shown and needs.
        course: the course's name.
        now: the moment to be named as the page's own.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"_": _}
    known = matrix()
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        lang="zh-CN" if current() == "zh" else "en",
        course=course,
        now=f"{now:%Y-%m-%d %H:%M} UTC",
        needs=needs,
        few=FEW,
        assignments=[_title("assignments", name) for name in needs.assignments],
        levels=[
            (level, pick(dict(one.title)), f"{one.share:.0%}", one.tasks)
            for level, one in known.levels.items()
        ],
        team=[{**row, **_teaching(known[row["competency"]])} for row in _rows(needs.team)],
        learners=list(_learners(needs)),
    )


def workbook(needs: Needs, file: Path) -> None:
    """Write the team and the learners as the two sheets of a workbook, in the current language."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    for sheet, (title, head, rows, widths) in zip(
        (book.active, book.create_sheet()), (_team_sheet(needs), _learner_sheet(needs)), strict=True
    ):
        sheet.title = title
        sheet.append(head)
        for row in rows:
            sheet.append([harmless(value) for value in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for column, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        for line in sheet.iter_rows():
            for cell in line:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                if cell.data_type == "f":
                    cell.data_type = "s"
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = sheet.dimensions
    book.save(file)


def harmless(value: Any) -> Any:
    """Return a value as a spreadsheet may hold it: no formula, no character that it cannot store."""
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("\ufffd", value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _team_sheet(needs: Needs) -> tuple[str, list[str], Iterator[list[Any]], list[int]]:
    head = [
        _("Competency"), _("learners who need it"), _("reached"), _("not yet reached"),
        _("not known yet"), _("tasks (median)"), _("Lessons"), _("Cases"),
    ]  # fmt: skip

    def rows() -> Iterator[list[Any]]:
        for row in _rows(needs.team):
            shown = _teaching(matrix()[row["competency"]])
            yield [
                shown["title"], row["need"], row["reached"], row["lacking"], row["unknown"],
                row["tasks"], "\n".join(shown["lessons"]), "\n".join(shown["cases"]),
            ]  # fmt: skip

    return _("team"), head, rows(), [34, 12, 12, 12, 12, 12, 44, 34]


def _learner_sheet(needs: Needs) -> tuple[str, list[str], Iterator[list[Any]], list[int]]:
    head = [
        _("learner"), _("name"), _("role"), _("Competency"), _("level shown"), _("level needed"),
        _("gap"), _("share of points"), _("tasks"), _("Lessons"), _("Cases"),
    ]  # fmt: skip

    def rows() -> Iterator[list[Any]]:
        for row in _rows(needs.gaps):
            shown = _teaching(matrix()[row["competency"]])
            lacks = row["gap"] is None or row["gap"] > 0
            share = None if row["share"] is None else round(row["share"], 4)
            yield [
                row["learner"], row["name"], pick(dict(matrix().role(row["role"]).title)),
                shown["title"], row["shown"], row["needed"], row["gap"], share, row["tasks"],
                "\n".join(shown["lessons"]) if lacks else "",
                "\n".join(shown["cases"]) if lacks else "",
            ]  # fmt: skip

    return _("learners"), head, rows(), [18, 18, 18, 34, 10, 10, 8, 12, 8, 44, 34]


def _learners(needs: Needs) -> Iterator[dict[str, Any]]:
    """Yield each learner's rows, the widest gap first; what the role does not need is left out."""
    known = matrix()
    for learner, own in needs.gaps.groupby("learner", sort=True):
        rows = []
        for row in _rows(own[own["needed"] > 0]):
            named = {"unknown": row["gap"] is None, "few": 0 < row["tasks"] < FEW}
            level = "–" if row["shown"] is None else known.level_name(row["shown"])
            rows.append(
                {
                    **row,
                    **named,
                    **_teaching(known[row["competency"]]),
                    "shown_name": level,
                    "needed_name": known.level_name(row["needed"]),
                }
            )
        rows.sort(key=lambda row: (row["gap"] is None, -(row["gap"] or 0)))
        yield {
            "learner": learner,
            "name": own["name"].iloc[0],
            "role": pick(dict(known.role(own["role"].iloc[0]).title)),
            "graded": learner not in needs.missing,
            "lacking": [row for row in rows if row["gap"]],
            "unknown": [row for row in rows if row["gap"] is None],
            "reached": [row for row in rows if row["gap"] == 0],
        }


def _teaching(one: Competency) -> dict[str, Any]:
    return {
        "title": pick(dict(one.title)),
        "lessons": [_title("lessons", name) for name in one.lessons],
        "cases": [_title("cases", name) for name in one.cases],
    }


def _title(kind: str, name: str) -> str:
    """Return a title; an assignment of the firm's own has none here and keeps its name."""
    texts = getattr(matrix(), kind).get(name)
    return pick(dict(texts)) if texts else name


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values, None for what is missing."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
