"""A household's month and the plans for its debt in one picture, quick enough for a slider."""

import html
from collections.abc import Sequence
from functools import cache
from typing import Final

from duecourse.affordability import fits
from duecourse.bad_months import Shock, Stress
from duecourse.columns import Unmeasurable
from duecourse.drawing import BAD, GOOD, GRID, INK, QUIET, WIDTH, Picture, picture
from duecourse.language import _
from duecourse.plans import Household

_LEFT, _RIGHT, _TOP, _ROW = 122, 424, 124, 42
_MONTHS: Final = 72
"""The months that are drawn: the longest plan and a year to catch up."""


def plan_courses(
    household: Household,
    courses: Sequence[Stress],
    shock: Shock | None = None,
    title: str | None = None,
) -> Picture:
    """Draw where the month's income goes, and below it how each plan runs: paid, behind, done.

    Args:
        household: whose month it is.
        courses: from `bad_months.stress`, one per plan, with this household's surplus.
        shock: the bad months, to be shaded.
        title: the finding; computed if it is left out.
    """
    if not courses:
        raise Unmeasurable(_("There is no plan to look at."))
    finding = _finding(household, courses)
    bottom = _TOP + _ROW * len(courses)
    parts = [*_month(household), *_axis(bottom)]
    if shock and shock.loss:
        x, wide = _x(shock.month - 1), _x(shock.month - 1 + shock.months) - _x(shock.month - 1)
        parts.append(_box(x, _TOP - 6, max(wide, 2), bottom - _TOP + 6, INK, 0.13))
    for row, course in enumerate(courses):
        parts += _course(household, course, _TOP + _ROW * row)
    svg = _blank(bottom + 40).replace("</svg>", "".join(parts) + "</svg>")
    said = "; ".join(
        f"{_named(course)}: {' '.join(_verdict(household, course)[:2])}" for course in courses
    )
    alt = _("{title}. {label}: {values}").format(title=finding, label=_("plans"), values=said)
    return Picture(svg, title or finding, alt)


def _finding(household: Household, courses: Sequence[Stress]) -> str:
    if household.surplus <= 0:
        return _("Nothing is left at the end of the month: no plan fits")
    fitting = [c for c in courses if fits(c.plan.payment, household.surplus, household.buffer)]
    lasting = [c for c in fitting if c.holds]
    if not fitting:
        return _("At most {limit} yuan a month fit, and none of these plans does").format(
            limit=f"{household.limit:,.0f}"
        )
    if not lasting:
        return _("{fitting} of {plans} plans fit a usual month, none holds in the bad ones").format(
            fitting=len(fitting), plans=len(courses)
        )
    shortest = min(lasting, key=lambda course: course.plan.months).plan
    return _("The shortest plan that fits and holds: {payment} yuan for {months} months").format(
        payment=f"{shortest.payment:,.0f}", months=shortest.months
    )


def _month(household: Household) -> list[str]:
    """Draw the household's income as a bar, cut into what it goes to."""
    needs = household.essentials + household.priority_debts
    whole = max(household.income, needs, 1.0)
    spare = max(household.surplus, 0.0)
    kinds = [
        (_("essentials"), household.essentials, QUIET, 0.55),
        (_("priority debts"), household.priority_debts, INK, 0.75),
        (_("for a plan"), household.limit, GOOD, 1.0),
        (_("buffer"), spare - household.limit, GOOD, 0.35),
    ]
    words = _("income {income} yuan a month").format(income=f"{household.income:,.0f}")
    parts, at, across = [_text(10, 16, words, QUIET)], 10.0, WIDTH - 20
    for number, (name, amount, colour, strength) in enumerate(kinds):
        wide = across * amount / whole
        parts.append(_box(at, 26, wide, 24, colour, strength))
        at += wide
        x = 10.0 + number * 158
        parts.append(_box(x, 62, 11, 11, colour, strength))
        parts.append(_text(x + 17, 72, f"{name} {amount:,.0f}"))
    if household.surplus < 0:
        x = 10 + across * household.income / whole
        missing = _("{amount} missing").format(amount=f"{-household.surplus:,.0f}")
        parts.append(_box(x, 22, 10 + across - x, 32, BAD, 0.45))
        parts.append(_text(10 + across, 16, missing, BAD, anchor="end", bold=True))
    return parts


def _axis(bottom: int) -> list[str]:
    parts = [_text(_LEFT, 104, _("months: paid in full"), GOOD, bold=True)]
    parts.append(_text(_RIGHT, 104, _("behind"), BAD, anchor="end", bold=True))
    for month in range(0, _MONTHS + 1, 12):
        x = _x(month)
        parts.append(f'<path d="M{x:.1f} {_TOP - 6}V{bottom}" stroke="{GRID}"/>')
        parts.append(_text(x, bottom + 15, str(month), anchor="middle"))
    label = _("months from the first payment; shaded: the bad ones; the line: the plan's end")
    parts.append(_text(_LEFT, bottom + 34, label, QUIET))
    return parts


def _course(household: Household, stress: Stress, top: int) -> list[str]:
    """Draw one plan: its name, its months and what to say of it."""
    behind = stress.course["behind"].to_numpy() > 0
    months = behind[:_MONTHS]
    parts, start = [], 0
    for month in range(1, len(months) + 1):
        if month == len(months) or months[month] != months[start]:
            colour = BAD if months[start] else GOOD
            parts.append(_box(_x(start), top + 4, _x(month) - _x(start), 20, colour, 1))
            start = month
    if len(behind) > _MONTHS:
        parts.append(_text(_RIGHT + 1, top + 19, "›", BAD, bold=True))
    end = _x(stress.plan.months)
    parts.append(f'<path d="M{end:.1f} {top}v28" stroke="{INK}" stroke-width="2"/>')
    first, second, colour = _verdict(household, stress)
    parts.append(_text(_LEFT - 8, top + 19, _named(stress), anchor="end"))
    parts.append(_text(_RIGHT + 12, top + 11, first, colour, bold=True))
    parts.append(_text(_RIGHT + 12, top + 27, second, QUIET))
    return parts


def _named(stress: Stress) -> str:
    return f"{stress.plan.payment:,.0f} × {stress.plan.months}"


def _verdict(household: Household, stress: Stress) -> tuple[str, str, str]:
    """Return what to say of a plan in two lines, and their colour."""
    fit = bool(fits(stress.plan.payment, household.surplus, household.buffer))
    if stress.holds and fit:
        return _("fits and holds"), _("never behind"), GOOD
    if stress.holds:
        return _("holds, without a buffer"), _("never behind"), INK
    if stress.cleared_in is None:
        return _("does not fit"), _("cannot be caught up"), BAD
    text = _("from month {month}, for {months} months")
    when = text.format(month=stress.first_missed, months=stress.months_behind)
    return (_("fits, but breaks") if fit else _("does not fit")), when, BAD


def _x(month: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * min(month, _MONTHS) / _MONTHS


def _box(x: float, y: float, wide: float, high: float, colour: str, strength: float) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{high:.1f}" '
        f'fill="{colour}" fill-opacity="{strength}"/>'
    )


def _text(
    x: float, y: float, words: str, colour: str = INK, *, anchor: str = "start", bold: bool = False
) -> str:
    weight = ";font-weight:600" if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
        f'style="font-size:12px{weight};fill:{colour}">{html.escape(words)}</text>'
    )


@cache
def _blank(height: int) -> str:
    """Return an empty picture of the kit's width and fonts."""
    return picture("", "", height, lambda _figure: None).svg
