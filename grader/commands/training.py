"""The commands that plan training: thin edges of `grader.training`."""

import re
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.commands.shared import CourseName, LanguageName, example, opened

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

app = typer.Typer(rich_markup_mode=None)

Formats = Annotated[
    str, typer.Option("--format", metavar="LIST", help=_("Formats, of md, docx, xlsx and ics."))
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FOLDER", help=_("Where to write; plans/ of the course's folder.")
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--timezone", metavar="NAME", help=_("Time zone of the calendar, such as Asia/Shanghai.")
    ),
]
Opens = Annotated[
    str, typer.Option("--at", metavar="HH:MM", help=_("When the first session of a day begins."))
]


@app.command(
    name="plan",
    help=example(
        _(
            "Write a team's training plan for a year, and for each month.\n\n"
            "TEAM is a table (CSV or XLSX) with the columns learner, name, role, joined and, where "
            "known, certified: the day of the last exam. Who is new passes through four stages: "
            "mentor, theory, practice, certification; everybody else learns in service what the role "
            "needs. Public holidays are not assumed: give them in a table with the columns from, to, "
            "kind (off or work) and name."
        ),
        "plan team.csv --start 2027-01-04",
        "plan team.xlsx --start 2027-01-04 --hours 6 --days tue,thu --holidays holidays.csv",
        "plan team.csv --start 2027-01-04 --month 2027-03 --format docx,ics",
    ),
)
def plan(
    team: Annotated[
        Path, typer.Argument(metavar="TEAM", help=_("Table of the team, CSV or XLSX."))
    ],
    start: Annotated[
        str, typer.Option("--start", metavar="DATE", help=_("First day, such as 2027-01-04."))
    ],
    hours: Annotated[
        float, typer.Option("--hours", metavar="N", help=_("Hours a week for people at work."))
    ] = 4.0,
    stage_hours: Annotated[
        float,
        typer.Option("--stage-hours", metavar="N", help=_("Hours a week for those who are new.")),
    ] = 16.0,
    days: Annotated[
        str,
        typer.Option("--days", metavar="LIST", help=_("Weekdays of training: mon-fri, tue,thu.")),
    ] = "mon-fri",
    holidays: Annotated[
        Path | None,
        typer.Option("--holidays", metavar="FILE", help=_("Table of free days and days worked.")),
    ] = None,
    at: Opens = "09:30",
    month: Annotated[
        list[str] | None,
        typer.Option("--month", metavar="YYYY-MM", help=_("Only this month; may be repeated.")),
    ] = None,
    format_: Formats = "md,docx,xlsx,ics",
    timezone: Zone = None,
    out: Out = None,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Write the plan of a team."""
    with opened(course, language) as chosen:
        from datetime import UTC, datetime

        from duecourse.competencies import matrix
        from duecourse.rules.book import day
        from grader.training.curriculum import curriculum
        from grader.training.files import chosen as formats_of
        from grader.training.needs import shown_by
        from grader.training.plan import Wish, make_plan
        from grader.training.programme import programme
        from grader.training.publishing import publish
        from grader.training.team import read_team
        from grader.training.timetable import Clock
        from grader.training.workdays import read_workdays, weekdays

        formats, zone, months = formats_of(format_), _zone(timezone), _months(month or [])
        known = matrix()
        roles = {str(role.id): tuple(role.title.values()) for role in known.roles}
        wish = Wish(
            day(start),
            hours,
            stage_hours,
            read_workdays(holidays, weekdays(days)),
            Clock(opens=_time(at)),
            holidays is not None,
        )
        members = read_team(team, roles)
        made = make_plan(
            members,
            wish,
            known,
            curriculum(chosen.root, known),
            programme(),
            shown_by(chosen, members),
        )
        folder = out or chosen.folder / "plans"
        written = datetime.now(UTC)
        for file in publish(made, folder, known, programme(), formats, written, months, zone):
            print(_("plan: {file}").format(file=file), flush=True)
        print(
            _("{people} people in {groups} groups, {sessions} sessions, {start} to {end}").format(
                people=len(members),
                groups=len(made.groups),
                sessions=len(made.sessions),
                start=wish.start,
                end=wish.end,
            )
        )
        for note in made.notes:
            print(_("note: {text}").format(text=note))


@app.command(
    name="changes",
    help=example(
        _(
            "Say which rules came, changed or ended between two days, and write a pack for it.\n\n"
            "Both days count. The pack holds the texts and how well they are known, the lessons, cases, "
            "assignments and certificates that the change touches, and a plan for half a day. It is for "
            "instructors: it names tasks of assignments."
        ),
        "changes --from 2026-01-01 --to 2026-06-30",
        "changes --from 2026-01-01 --to 2026-06-30 --jurisdiction CN --on 2026-07-03",
    ),
)
def changes(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help=_("The first day."))],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help=_("The last day."))],
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", metavar="CN|US|UK", help=_("Only these rules."))
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help=_("The day of the half day."))
    ] = None,
    at: Opens = "09:00",
    format_: Formats = "md,docx,xlsx,ics",
    timezone: Zone = None,
    out: Out = None,
    course: CourseName = None,
    language: LanguageName = None,
) -> None:
    """Write what changed rules ask of training."""
    with opened(course, language) as chosen:
        from datetime import UTC, datetime

        from duecourse.rules.book import day
        from grader.training.files import chosen as formats_of
        from grader.training.pack import publish
        from grader.training.rule_changes import between

        formats, zone, opens = formats_of(format_), _zone(timezone), _time(at)
        held = day(on) if on else None
        found = between(chosen, first, last, jurisdiction)
        for one in found.changes:
            print(one)
        if not found.changes:
            print(_("No rule came, changed or ended from {first} to {last}.").format(**vars(found)))
            return
        begins = datetime.combine(held, opens) if held else None
        folder = out or chosen.folder / "plans"
        for file in publish(found, folder, formats, datetime.now(UTC), opens, begins, zone):
            print(_("pack: {file}").format(file=file), flush=True)


def _zone(name: str | None) -> "ZoneInfo | None":
    from zoneinfo import ZoneInfo

    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        text = _("There is no time zone '{name}'. Such as: Asia/Shanghai.")
        raise DuecourseError(text.format(name=name)) from error


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        wrong = _("A time is written as 09:30. Found: {found}.")
        raise DuecourseError(wrong.format(found=text)) from error


def _months(texts: list[str]) -> list[tuple[int, int]]:
    found = []
    for text in texts:
        parts = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text.strip())
        if not parts:
            wrong = _("A month is written as 2027-03. Found: {found}.")
            raise DuecourseError(wrong.format(found=text))
        found.append((int(parts[1]), int(parts[2])))
    return found
