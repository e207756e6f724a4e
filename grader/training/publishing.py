"""A plan written as documents and as a calendar."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from duecourse.competencies import Matrix
from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from grader.training.events import Event, as_calendar
from grader.training.files import CALENDAR, save, write
from grader.training.monthly import monthly
from grader.training.plan import Plan
from grader.training.programme import Programme
from grader.training.wording import material, named
from grader.training.yearly import annual


def publish(
    plan: Plan,
    folder: Path,
    matrix: Matrix,
    programme: Programme,
    formats: Sequence[str],
    written: datetime,
    months: Sequence[tuple[int, int]] = (),
    zone: tzinfo | None = None,
) -> Iterator[Path]:
    """Write a plan; yields its files.

    Args:
        plan: the plan.
        folder: where the files are put.
        matrix: what each role needs.
        programme: stages, blocks and occasions.
        formats: md, docx, xlsx, ics.
        written: when it is written.
        months: year and number of the months that are written; with none, the annual plan and all
            months that have sessions.
        zone: the time zone of the place, for the calendar.

    Raises:
        DuecourseError: a month has no session, or a file cannot be written.
    """
    if lost := [one for one in months if one not in plan.months]:
        text = _("There are no sessions in {month}. The plan has: {months}.")
        known = ", ".join(f"{year}-{month:02}" for year, month in plan.months)
        first = f"{lost[0][0]}-{lost[0][1]:02}"
        raise DuecourseError(text.format(month=first, months=known))
    if not months:
        paper = annual(plan, matrix, programme)
        yield from write(folder, f"annual-{plan.wish.start}", paper, formats, written)
    for year, month in months or plan.months:
        paper = monthly(plan, year, month)
        yield from write(folder, f"month-{year}-{month:02}", paper, formats, written)
    if CALENDAR in formats:
        stem = f"training-{plan.wish.start}"
        if months:
            stem = "-".join(["training", *(f"{year}-{month:02}" for year, month in months)])
        name = _("Training from {start}").format(start=plan.wish.start)
        data = as_calendar(name, _events(plan, months), written, zone)
        yield save(folder / f"{stem}.{CALENDAR}", data)


def _events(plan: Plan, months: Sequence[tuple[int, int]]) -> Iterator[Event]:
    counted = Counter[str]()
    for one in plan.sessions:
        sitting = one.timed.sitting
        base = f"{one.group}|{sitting.kind}|{sitting.name}|{sitting.part}"
        counted[base] += 1
        if months and (one.day.year, one.day.month) not in months:
            continue
        lines = [f"{block.minutes} min: {pick(block.title)}" for block in sitting.blocks]
        lines += [material(sitting)] if material(sitting) else []
        yield Event(
            f"{base}|{counted[base]}",
            one.timed.begins,
            one.timed.ends,
            f"{named(sitting)} · {plan.group(one.group).title}",
            "\n".join([pick(one.phase.title), *lines]),
        )
