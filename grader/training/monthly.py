"""The plan of one month as a document: every session with day, hour, people and material."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from duecourse.language import _, current, pick
from grader.training.paper import Heading, Paper, Paragraph, Piece, Points, Table
from grader.training.plan import Plan, Session
from grader.training.wording import (
    hours,
    listed,
    material,
    month_name,
    named,
    people,
    times,
    weekday,
)
from grader.training.yearly import foot


def monthly(plan: Plan, year: int, month: int) -> Paper:
    """Return the plan of a month as a document, in the language spoken now."""
    title = _("Training plan, {month}").format(month=month_name(year, month))
    pieces = (
        *_sessions(plan, year, month),
        *_hours(plan, year, month),
        *_people(plan, year, month),
        *_free(plan, year, month),
        Heading(_("To be filled in at the end of the month")),
        Points(
            (
                _("What was moved, and to when: ______________________________"),
                _("Who was missing, and how it is made up for: ______________________________"),
                _("What the tests and the feedback showed: ______________________________"),
                _("Date and signature: ______________________________"),
            )
        ),
    )
    return Paper(title, current(), tuple(pieces), foot())


def _sessions(plan: Plan, year: int, month: int) -> Iterator[Piece]:
    held: dict[tuple[str, ...], list[Session]] = {}
    for one in plan.month(year, month):
        what = (
            f"{one.day} {weekday(one.day)}",
            times(one),
            named(one.timed.sitting),
            pick(one.phase.title),
            material(one.timed.sitting),
        )
        held.setdefault(what, []).append(one)
    rows = tuple(
        (
            day,
            time,
            "\n".join(plan.group(one.group).title for one in together),
            *rest,
            "\n".join(people(plan, one) for one in together),
            "☐",
        )
        for (day, time, *rest), together in held.items()
    )
    head = (
        _("Day"), _("Time"), _("Group"), _("What is learnt"), _("Stage"), _("Material"), _("Who takes part"), _("Done?"),
    )  # fmt: skip
    if rows:
        yield Table(_("Sessions"), head, rows, (2, 1.7, 2.3, 4.5, 2, 3.5, 3, 0.8))
    else:
        yield Paragraph(_("There are no sessions in this month."))


def _hours(plan: Plan, year: int, month: int) -> Iterator[Piece]:
    yield Heading(_("Hours of this month"))
    rows = []
    for group in plan.groups:
        own = [one.timed.sitting for one in plan.month(year, month) if one.group == group.id]
        led = sum(one.minutes for one in own if one.led)
        alone = sum(one.minutes for one in own if not one.led)
        rows.append((group.title, str(len(own)), hours(led), hours(alone)))
    head = (_("Group"), _("Sessions"), _("Hours together"), _("Hours alone"))
    yield Table(_("Hours planned"), head, tuple(rows), (4, 1, 1, 1))


def _people(plan: Plan, year: int, month: int) -> Iterator[Piece]:
    shown = {one.group for one in plan.month(year, month)}
    rows = tuple(
        (member.name, member.learner, group.title)
        for group in plan.groups
        if group.id in shown
        for member in group.members
    )
    if rows:
        yield Heading(_("Who belongs to which group"))
        yield Table(
            _("People of the groups"),
            (_("Name of the person"), _("Id in the class list"), _("Group")),
            rows,
        )


def _free(plan: Plan, year: int, month: int) -> Iterator[Piece]:
    yield Heading(_("Free days and days worked in their place"))
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    items = []
    for named_days, text in (
        (plan.wish.workdays.off, _("{day} {weekday}: free, {name}")),
        (plan.wish.workdays.work, _("{day} {weekday}: worked, {name}")),
    ):
        items += [
            text.format(day=day, weekday=weekday(day), name=name or "–")
            for day, name in sorted(named_days.items())
            if first <= day <= last
        ]
    if not plan.wish.holidays:
        yield Paragraph(_("No public holidays were given for this plan."))
    elif items:
        yield Points(tuple(items))
    else:
        yield Paragraph(_("None are named for this month."))
    clock = plan.wish.clock
    text = _("Nothing is held from {noon} to {afternoon}. Training days: {days}.")
    days = listed([weekday(date(2024, 1, 1 + one)) for one in sorted(plan.wish.workdays.weekdays)])
    yield Paragraph(
        text.format(noon=f"{clock.lunch[0]:%H:%M}", afternoon=f"{clock.lunch[1]:%H:%M}", days=days)
    )
