"""The course of a call: trust and stress from choice to choice, with what mattered marked."""

import html
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from duecourse.calls.engine import Course
from duecourse.calls.scoring import Note
from duecourse.cases.scripts import MOST
from duecourse.drawing import BAD, GOOD, GRID, INK, QUIET, Picture, picture
from duecourse.language import _

_LEFT: Final = 40
_RIGHT: Final = 526
_HIGH: Final = 150
_LINE: Final = 14
"""Pixels from one line of words to the next."""


def course_picture(course: Course, notes: Sequence[Note]) -> Picture:
    """Draw trust and stress over the choices of a call.

    Rules broken and critical steps are marked above the choices to which they belong.

    Args:
        course: the call.
        notes: on each of its choices.
    """
    trust = [course.script.trust, *(step.after.trust for step in course.steps)]
    stress = [course.script.stress, *(step.after.stress for step in course.steps)]
    broken = [[breach.rule for breach in note.worth.breaches] for note in notes]
    top = 14 + _LINE * max((len(rules) for rules in broken), default=0)
    top += 16 * (any(broken) + any(note.worth.steps for note in notes))
    parts = [*_ground(len(course.steps), top)]
    for number, note in enumerate(notes, 1):
        parts += _marks(_x(number, len(notes)), broken[number - 1], note, top)
    parts += _line(stress, top, BAD, "6 4", _square)
    parts += _line(trust, top, GOOD, "", _dot)
    parts += _names(trust[-1], stress[-1], top)
    parts += _legend(notes, top + _HIGH + 54)
    svg = _blank(top + _HIGH + 66).replace("</svg>", "".join(parts) + "</svg>")
    title = _("Trust {trust} → {trust_after}, stress {stress} → {stress_after}").format(
        trust=trust[0], trust_after=trust[-1], stress=stress[0], stress_after=stress[-1]
    )
    return Picture(svg, title, f"{title}. " + " ".join(_said(notes)))


def _said(notes: Sequence[Note]) -> list[str]:
    """Return what somebody who does not see the picture should know of each choice."""
    said = []
    for number, note in enumerate(notes, 1):
        text = _("Choice {number}: trust {trust}, stress {stress}.").format(
            number=number, trust=note.step.after.trust, stress=note.step.after.stress
        )
        if note.worth.breaches:
            rules = ", ".join(breach.rule for breach in note.worth.breaches)
            text += " " + _("Rules broken: {rules}.").format(rules=rules)
        if note.worth.steps:
            missed = bool(note.worth.missed)
            text += " " + (_("Critical step missed.") if missed else _("Critical step taken."))
        said.append(text)
    return said


def _x(number: int, count: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * number / max(count, 1)


def _y(value: float, top: int) -> float:
    return top + _HIGH * (1 - value / MOST)


def _ground(count: int, top: int) -> list[str]:
    parts = []
    for value in (0, MOST // 2, MOST):
        y = _y(value, top)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="{GRID}"/>')
        parts.append(_text(_LEFT - 8, y + 4, str(value), QUIET, anchor="end"))
    for number in range(count + 1):
        name = str(number) if number else _("start")
        parts.append(_text(_x(number, count), top + _HIGH + 18, name, anchor="middle"))
    return [*parts, _text(_LEFT, top + _HIGH + 35, _("choices, in order"), QUIET)]


def _marks(x: float, rules: Sequence[str], note: Note, top: int) -> list[str]:
    parts = []
    if rules or note.worth.steps:
        parts.append(f'<path d="M{x:.1f} {top - 2}v{_HIGH}" stroke="{GRID}" stroke-width="2"/>')
    y = top - 8
    if note.worth.steps:
        parts.append(_step(x, y, missed=bool(note.worth.missed)))
        y -= 16
    if rules:
        parts.append(_broken(x, y))
        for line, rule in enumerate(reversed(rules)):
            parts.append(_text(x, y - 9 - _LINE * line, rule, anchor="middle", bold=True))
    return parts


def _broken(x: float, y: float) -> str:
    return f'<path d="M{x - 6:.1f} {y - 5:.1f}h12l-6 10z" fill="{INK}"/>'


def _step(x: float, y: float, *, missed: bool) -> str:
    if missed:
        cross = f"M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10"
        return f'<path d="{cross}" stroke="{INK}" stroke-width="3"/>'
    return f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z" fill="{GOOD}"/>'


def _line(
    values: Sequence[int], top: int, colour: str, dashes: str, point: Callable[..., str]
) -> list[str]:
    places = [(_x(at, len(values) - 1), _y(value, top)) for at, value in enumerate(values)]
    way = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    line = f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="2.5"{dashed}/>'
    return [line, *(point(x, y, colour) for x, y in places)]


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'


def _square(x: float, y: float, colour: str) -> str:
    return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" fill="{colour}"/>'


def _names(trust: int, stress: int, top: int) -> list[str]:
    """Write the names of the two lines beside their ends, one clear of the other."""
    upper, lower = _y(trust, top), _y(stress, top)
    if (close := _LINE + 2 - abs(upper - lower)) > 0:
        push = close / 2 if upper <= lower else -close / 2
        upper, lower = upper - push, lower + push
    return [
        _text(_RIGHT + 12, upper + 4, f"{_('trust')} {trust}", GOOD, bold=True),
        _text(_RIGHT + 12, lower + 4, f"{_('stress')} {stress}", BAD, bold=True),
    ]


def _legend(notes: Sequence[Note], y: float) -> list[str]:
    steps = [note for note in notes if note.worth.steps]
    kinds = [
        (any(note.worth.breaches for note in notes), _broken(_LEFT, y), _("rule broken")),
        (
            any(not note.worth.missed for note in steps),
            _step(_LEFT, y, missed=False),
            _("critical step taken"),
        ),
        (
            any(note.worth.missed for note in steps),
            _step(_LEFT, y, missed=True),
            _("critical step missed"),
        ),
    ]
    shown = [(mark, words) for there, mark, words in kinds if there]
    return [
        f'<g transform="translate({6 + 165 * place} 0)">{mark}{_text(_LEFT + 14, y + 4, words)}</g>'
        for place, (mark, words) in enumerate(shown)
    ]


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
