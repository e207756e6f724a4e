"""A call as it is read: who says what, as text and as a page that needs no script."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from duecourse.calls.engine import Course
from duecourse.cases.case import Case
from duecourse.language import _, pick, tag


@dataclass(frozen=True)
class Said:
    """What somebody said, or what happened.

    Attributes:
        side: the player's own words, somebody else's, or something that happens.
        who: the name of the speaker; empty where something happens.
        text: the words, in the current language.
    """

    side: Literal["own", "other", "event"]
    who: str
    text: str


def names_of(case: Case) -> dict[str, str]:
    """Return the names of a case's people by id, in the current language."""
    return {person.id: pick(person.name) for person in case.people}


def said(course: Course, names: Mapping[str, str]) -> list[Said]:
    """Return everything that was said in a call so far.

    Args:
        course: the call.
        names: of the people, by id.
    """
    lines = []
    for line in course.said():
        text = pick(line.text)
        if line.who is None:
            lines.append(Said("event", "", text))
        else:
            side: Literal["own", "other"] = "own" if line.who == course.script.player else "other"
            lines.append(Said(side, names[line.who], text))
    return lines


def as_text(course: Course, names: Mapping[str, str]) -> str:
    """Return everything that was said in a call so far, one line for each."""
    return "\n".join(
        _("{who}: {text}").format(who=one.who, text=one.text) if one.who else f"({one.text})"
        for one in said(course, names)
    )


def about(course: Course, names: Mapping[str, str]) -> str:
    """Return who speaks with whom, and when."""
    script = course.script
    text = _("{day}: you are {player} and speak with {partner}.")
    return text.format(
        day=script.at.strftime("%Y-%m-%d %H:%M"),
        player=names[script.player],
        partner=names[script.partner],
    )


def as_page(course: Course, names: Mapping[str, str], notice: str = "", below: str = "") -> str:
    """Return a call as HTML: what the player knew, what was said, and how it stands.

    Args:
        course: the call.
        names: of the people, by id.
        notice: something that must be said besides.
        below: HTML that follows, such as a debrief.
    """
    lines = "".join(_line(one) for one in said(course, names))
    if course.end is not None:
        state = _("The call has ended.")
    else:
        state = _("The call goes on: {count} choices so far.").format(count=len(course.steps))
    title, day = html.escape(pick(course.script.title)), html.escape(about(course, names))
    parts = [
        f"<p><strong>{title}</strong><br>{day}</p>",
        f'<blockquote style="margin:.5em 0;white-space:pre-line">{html.escape(pick(course.script.brief))}</blockquote>',
        lines,
        *(f"<p>{html.escape(text)}</p>" for text in (state, notice) if text),
        below,
    ]
    return (
        f'<section lang="{tag()}" style="max-width:46em;line-height:1.5">{"".join(parts)}</section>'
    )


def _line(one: Said) -> str:
    text = html.escape(one.text)
    if one.side == "event":
        return f'<p style="margin:.5em 0 .5em 2em">({text})</p>'
    edge = "#0072B2" if one.side == "own" else "#999999"
    look = f"margin:.5em 0;padding-left:.8em;border-left:3px solid {edge}"
    return f'<p style="{look}"><strong>{html.escape(one.who)}</strong><br>{text}</p>'
