"""How days, sessions and materials are named in documents, in the language spoken now."""

from datetime import date
from typing import Final

from babel.dates import format_date

from duecourse.language import _, current, pick
from grader.training.plan import Plan, Session
from grader.training.sittings import Sitting

_LOCALES: Final = {"en": "en_GB", "zh": "zh_CN"}


def weekday(day: date) -> str:
    """Return the short name of a weekday: Mon, 周一."""
    return str(format_date(day, "EEE", locale=_LOCALES[current()]))


def month_name(year: int, month: int) -> str:
    """Return a month's name: January 2027, 2027年1月."""
    pattern = "y年M月" if current() == "zh" else "MMMM y"
    return str(format_date(date(year, month, 1), pattern, locale=_LOCALES[current()]))


def named(sitting: Sitting) -> str:
    """Return what a sitting is called, with its part where there are several."""
    kinds = {
        "lesson": "{title}",
        "case": _("Case: {title}"),
        "assignment": _("Assignment: {title}"),
    }
    text = kinds.get(sitting.kind, "{title}").format(title=pick(sitting.title))
    if sitting.parts > 1:
        text = _("{text} (part {part} of {parts})").format(
            text=text, part=sitting.part, parts=sitting.parts
        )
    return text


def material(sitting: Sitting) -> str:
    """Return the notebook, case or assignment that a sitting needs; empty where it needs none."""
    return sitting.name if sitting.kind != "teach" else ""


def hours(minutes: float) -> str:
    """Return minutes as hours with one decimal."""
    return f"{minutes / 60:.1f}"


def times(session: Session) -> str:
    """Return from when to when a session lasts."""
    return f"{session.timed.begins:%H:%M}–{session.timed.ends:%H:%M}"


def people(plan: Plan, session: Session) -> str:
    """Return the names of those who take part; or that it is the whole group."""
    members = plan.group(session.group).members
    if len(session.attendees) == len(members):
        return _("the whole group ({count})").format(count=len(members))
    names = {member.learner: member.name for member in members}
    return listed([names[one] for one in session.attendees])


def listed(names: list[str]) -> str:
    """Return names in a row."""
    return ("、" if current() == "zh" else ", ").join(names)
