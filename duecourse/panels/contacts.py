"""A verdict on a single contact as readable HTML: rules, duties, sources, and the hours of its day.

Needs no tables, so that a browser-only classroom can show it.
"""

import html
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Final, Literal

from duecourse.language import _, pick, tag
from duecourse.rules.book import rule, rules
from duecourse.rules.contact import Contact
from duecourse.rules.kinds import Hours
from duecourse.rules.names import force_name, severity_name
from duecourse.rules.shelf import book
from duecourse.rules.single import judge
from duecourse.rules.standing import Rule
from duecourse.rules.verdict import Breach, Verdict
from duecourse.rules.wording import listed

Hour = Literal["free", "advice", "barred"]
STEP: Final = 30
"""Minutes of a part of the day's strip."""
_WIDE, _LEFT = 624, 8


def weekdays() -> list[str]:
    """Return the names of the days of a week, from Monday on."""
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def moment(at: datetime) -> str:
    """Return a moment with its weekday."""
    return f"{at:%Y-%m-%d} ({weekdays()[at.weekday()]}) {at:%H:%M}"


def verdict_html(verdict: Verdict, contact: Contact) -> str:
    """Return whether a contact may be made: what it would break, what is advised, what is not known."""
    kind, mark, said = (
        ("yes", "✓", _("Allowed.")) if verdict.allowed else ("no", "✕", _("Not allowed."))
    )
    if verdict.allowed and verdict.open:
        kind, mark, said = "maybe", "?", _("Nothing known forbids it, but not everything is known.")
    first = (
        f'<p class="dc-verdict dc-{kind}" role="status"><span aria-hidden="true">{mark}</span> '
        f"<strong>{_esc(said)}</strong> {_esc(_when(verdict))}</p>"
    )
    parts = [first]
    parts += [_breach(one, contact) for one in verdict.breaches]
    if verdict.advice:
        parts.append(f"<h4>{_esc(_('Advice: breaks no duty, and is still better kept'))}</h4>")
        parts += [_breach(one, contact) for one in verdict.advice]
    if verdict.open:
        lines = "".join(f"<li>{_esc(str(one))}</li>" for one in verdict.open)
        title = _("Not judged, since something is not known")
        parts.append(f"<h4>{_esc(title)}</h4><ul class='dc-soft'>{lines}</ul>")
    about = _("Training material, no legal advice.")
    parts.append(f'<p class="dc-soft">{_esc(about)}</p>')
    return f'<div lang="{tag()}">{"".join(parts)}</div>'


def _when(verdict: Verdict) -> str:
    if verdict.allowed:
        return ""
    if verdict.next_lawful is None:
        return _("Waiting does not help: the contact itself has to change.")
    text = _("The next lawful moment is {moment}.")
    return text.format(moment=moment(verdict.next_lawful))


def _breach(one: Breach, contact: Contact) -> str:
    """Return a broken rule: why, how grave, its duty and its source."""
    found = rule(one.rule, contact.at)
    chips = [severity_name(one.severity), *([_("provisional")] if one.provisional else [])]
    marks = "".join(f'<span class="dc-chip">{_esc(text)}</span>' for text in chips)
    more = ""
    if isinstance(found, Rule):
        more = (
            f"<details><summary>{_esc(_('Duty and source'))}</summary><p>{_esc(pick(found.duty))}</p>"
            f'<p class="dc-soft">{_esc(pick(found.source))} · {_esc(force_name(found.force))}</p>'
            "</details>"
        )
    name = pick(found.entry.title)
    return (
        f'<article class="dc-breach dc-{one.severity}"><p><strong>{_esc(one.rule)} {_esc(name)}'
        f"</strong> {marks}</p><p>{_esc(one.why)}</p>{more}</article>"
    )


def hours_of(contact: Contact, jurisdiction: str) -> list[Hour]:
    """Return how the rules about hours stand to each half hour of a contact's day, from 0:00 on."""
    laws = book(jurisdiction).laws
    tests = [
        (found.severity_of(test), test)
        for found in rules(jurisdiction, contact.at.date())
        for test in found.tests
        if isinstance(test, Hours)
    ]
    hours: list[Hour] = []
    for start in range(0, 24 * 60, STEP):
        at = datetime.combine(contact.at.date(), time(start // 60, start % 60))
        here = replace(contact, at=at)
        broken = {weight for weight, test in tests if judge(test, here, (), laws).breach}
        hours.append("barred" if broken - {"advisory"} else "advice" if broken else "free")
    return hours


def day_html(contact: Contact, jurisdiction: str) -> str:
    """Return the day of a contact as a strip: which hours are open, and where the contact lies."""
    hours = hours_of(contact, jurisdiction)
    width = _WIDE / len(hours)
    marks = []
    for place, kind in enumerate(hours):
        # height says the same as colour
        high = {"free": 26, "advice": 16, "barred": 6}[kind]
        marks.append(
            f'<rect class="dc-hour dc-{kind}" x="{_LEFT + place * width:.1f}" y="{44 - high}" '
            f'width="{width - 1:.1f}" height="{high}"/>'
        )
    for hour in range(0, 25, 4):
        x = _LEFT + _WIDE * hour / 24
        marks.append(f'<text x="{x:.1f}" y="60" text-anchor="middle">{hour}</text>')
    now = _LEFT + _WIDE * (contact.at.hour * 60 + contact.at.minute) / (24 * 60)
    marks.append(f'<path class="dc-now" d="M{now:.1f} 14V46M{now - 6:.1f} 6h12l-6 9z"/>')
    said = _said(hours)
    return (
        f'<figure lang="{tag()}" class="dc-day"><figcaption>{_esc(said)}</figcaption>'
        f'<svg viewBox="0 0 640 64" role="img" aria-label="{_esc(said)}">{"".join(marks)}</svg>'
        "</figure>"
    )


def _said(hours: Sequence[Hour]) -> str:
    if set(hours) == {"free"}:
        return _("No rule about hours concerns this contact")
    spans = listed(_spans(hours, "free"))
    if not spans:
        return _("At no hour of this day")
    return _("Hours open to this contact: {hours}").format(hours=spans)


def _spans(hours: Sequence[Hour], kind: Hour) -> list[str]:
    """Return where a kind of hours begins and ends."""
    edges = [
        place
        for place in range(len(hours))
        if (hours[place] == kind) != (place > 0 and hours[place - 1] == kind)
    ]
    if hours[-1] == kind:
        edges.append(len(hours))
    clock = [f"{place * STEP // 60:02}:{place * STEP % 60:02}" for place in edges]
    return [f"{first}–{last}" for first, last in zip(clock[::2], clock[1::2], strict=True)]


def _esc(text: str) -> str:
    return html.escape(text)
