"""What to learn from a call that was played: as text, and as a page that needs no script."""

import html
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from duecourse.calls.engine import Course, Step
from duecourse.calls.outcomes import outcome_name
from duecourse.calls.scoring import Note, Score, score_of
from duecourse.calls.worth import Breach
from duecourse.cases.codebook import SKILL, codebook
from duecourse.cases.key import CallKey
from duecourse.language import _, pick, tag

_CLOSE: Final = "margin:.2em 0"
"""How far the lines about one choice stand apart."""


@dataclass(frozen=True)
class Debrief:
    """What a call has achieved, and what each choice had to do with it.

    Attributes:
        course: the call, played to its end.
        key: what it is worth.
        currency: of what was promised, in the current language.
    """

    course: Course
    key: CallKey
    currency: str

    @cached_property
    def score(self) -> Score:
        """What the course is worth."""
        return score_of(self.course, self.key)

    @property
    def _shares(self) -> list[tuple[str, float]]:
        found = self.score
        return [
            (_("Outcome"), found.outcome),
            (_("Lawfulness"), found.lawfulness),
            (_("Empathy"), found.empathy),
            (_("Total"), found.total),
        ]

    @property
    def _ending(self) -> str:
        assert self.score.end
        return _("The call ended: {how}.").format(how=outcome_name(self.score.end))

    def __str__(self) -> str:
        shares = " · ".join(f"{name} {share:.0%}" for name, share in self._shares)
        lines = [self._ending, shares]
        lines += [_missed(pick(step.why)) for step in self.score.missed]
        for number, note in enumerate(self.score.notes, 1):
            lines.append(f"{number}. {_quoted(pick(note.step.chosen.text))}")
            lines += [f"   {text}" for text in self._about(note)]
        return "\n".join([*lines, *self._hidden()])

    __repr__ = __str__

    def _about(self, note: Note) -> Iterator[str]:
        if effects := " · ".join(self._effects(note.step)):
            yield effects
        if note.worth.key:
            yield pick(note.worth.key.why)
        for breach in note.worth.breaches:
            yield _breach_name(breach)
        for step in note.worth.missed:
            yield _missed(pick(step.why))
        if note.better:
            yield _better(note)

    def _effects(self, step: Step) -> Iterator[str]:
        if trust := step.after.trust - step.before.trust:
            yield f"{_('trust')} {_signed(trust)}"
        if stress := step.after.stress - step.before.stress:
            yield f"{_('stress')} {_signed(stress)}"
        for name in step.chosen.disclose:
            if name not in step.before.disclosed:
                fact = pick(self.course.script.facts[name])
                yield _("came to light: {fact}").format(fact=fact.rstrip(".。"))
        if promise := step.chosen.promise:
            text = _("promised: {amount} {currency} on {day}")
            if promise.payments > 1:
                text = _("promised: {count} payments of {amount} {currency}, from {day}")
            yield text.format(
                count=promise.payments,
                amount=f"{promise.amount:,.2f}".removesuffix(".00"),
                currency=self.currency,
                day=promise.first_on,
            )

    def _hidden(self) -> Iterator[str]:
        """Yield what never came to light."""
        script = self.course.script
        hidden = [name for name in script.facts if name not in self.course.state.disclosed]
        if hidden:
            yield _("What this call did not bring to light:")
            yield from (f"- {pick(script.facts[name])}" for name in hidden)

    def _repr_html_(self) -> str:
        missed = "".join(
            f'<p class="dc-missed" style="font-weight:600">✕ {_escaped(_missed(pick(step.why)))}</p>'
            for step in self.score.missed
        )
        head, *facts = [*self._hidden()] or [""]
        hidden = "".join(f"<li>{_escaped(fact.removeprefix('- '))}</li>" for fact in facts)
        return (
            f'<div class="dc-debrief" lang="{tag()}" style="line-height:1.5">'
            f"<h4>{_escaped(self._ending)}</h4>{self._bars()}{missed}{self._picture()}"
            f"<h4>{_escaped(_('Choice by choice'))}</h4>"
            f'<ol class="dc-choices">{"".join(map(self._item, self.score.notes))}</ol>'
            + (f"<p>{_escaped(head)}</p><ul>{hidden}</ul>" if facts else "")
            + "</div>"
        )

    def _bars(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left;padding-right:1em">{_escaped(name)}</th>'
            f'<td style="text-align:right;padding-right:1em">{share:.0%}</td>'
            '<td style="width:12em"><div aria-hidden="true" style="background:#99999955">'
            f'<div style="height:.7em;background:#0072B2;width:{share:.0%}"></div></div></td></tr>'
            for name, share in self._shares
        )
        return f'<table class="dc-shares" style="margin:.5em 0">{rows}</table>'

    def _picture(self) -> str:
        # A classroom without drawing libraries reads the same choice by choice.
        with suppress(ImportError):
            from duecourse.panels.courses import course_picture

            return course_picture(self.course, self.score.notes)._repr_html_()
        return ""

    def _item(self, note: Note) -> str:
        worth = note.worth
        parts = [
            f'<p class="dc-words" style="{_CLOSE}"><strong>{_escaped(_quoted(pick(note.step.chosen.text)))}</strong></p>',
            f'<p class="dc-effects" style="{_CLOSE}">{_escaped(" · ".join(self._effects(note.step)))}</p>',
        ]
        if worth.key:
            parts.append(f'<p style="{_CLOSE}">{_escaped(pick(worth.key.why))}</p>')
            if (code := f"{SKILL}{worth.key.skill}") in codebook():
                found = codebook()[code]
                name = _("Skill: {name}").format(name=pick(found.name))
                parts.append(_folded(f"✓ {name}", pick(found.about), "dc-skill"))
        parts += [
            _folded(f"⚠ {_breach_name(one)}", f"{pick(one.duty)} ({pick(one.source)})", "dc-broken")
            for one in worth.breaches
        ]
        for step in worth.steps:
            text = _missed(pick(step.why)) if step in worth.missed else _taken(pick(step.why))
            mark, kind = ("✕", "dc-missed") if step in worth.missed else ("◆", "dc-skill")
            parts.append(f'<p class="{kind}" style="{_CLOSE}">{mark} {_escaped(text)}</p>')
        if note.better:
            parts.append(
                f'<p class="dc-better" style="{_CLOSE}">{_escaped(_better(note))}{self._why(note)}</p>'
            )
        return f'<li style="margin:.8em 0">{"".join(parts)}</li>'

    def _why(self, note: Note) -> str:
        """Return why the better option is better, in the key's words."""
        assert note.better
        found = self.key.choices.get(f"{note.step.node}.{note.better.id}")
        return f"<br>{_escaped(pick(found.why))}" if found else ""


def _breach_name(breach: Breach) -> str:
    text = _("Breaks {rule}: {title}")
    if breach.provisional:
        text = _("Breaks {rule}: {title} (provisional rule)")
    return text.format(rule=breach.rule, title=pick(breach.title))


def _folded(head: str, text: str, kind: str) -> str:
    return f'<details class="{kind}"><summary>{_escaped(head)}</summary><p>{_escaped(text)}</p></details>'


def _better(note: Note) -> str:
    assert note.better
    return _("Better at this moment: {text}").format(text=_quoted(pick(note.better.text)))


def _missed(why: str) -> str:
    return _("A critical step was missed: {why}").format(why=why)


def _taken(why: str) -> str:
    return _("Critical step taken: {why}").format(why=why)


def _quoted(text: str) -> str:
    return _("“{text}”").format(text=text)


def _signed(change: int) -> str:
    return f"{change:+d}".replace("-", "\u2212")


def _escaped(text: str) -> str:
    return html.escape(text)
