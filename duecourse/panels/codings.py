"""A coded conversation as readable HTML: turns, labels, the code book and the agreement with an expert.

Needs no tables, so that a browser-only classroom can show it.
"""

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from duecourse.cases.codebook import SKILL, meaning_of, name_of
from duecourse.cases.key import TranscriptKey
from duecourse.coding import VIOLATION, Compared, compare
from duecourse.language import _, pick, tag

if TYPE_CHECKING:
    from duecourse.cases.case import Turn
    from duecourse.codings import Coding

OPEN: Final = "○"
"""Stands before a turn that is not decided upon."""
DECIDED: Final = "●"


def label_name(code: str) -> str:
    """Return what a label is called, and that it is provisional where its rule is."""
    if code.startswith(VIOLATION):
        from duecourse.rules.book import rule

        if rule(code.removeprefix(VIOLATION)).provisional:
            return _("{name} (provisional)").format(name=name_of(code))
    return name_of(code)


def groups(codes: Sequence[str]) -> dict[str, list[str]]:
    """Return labels in the order in which they are offered, by the name of their group."""
    skills = [one for one in codes if one.startswith(SKILL)]
    breaches = [one for one in codes if one.startswith(VIOLATION)]
    others = [one for one in codes if one not in {*skills, *breaches}]
    parts = {
        _("What the speaker does well"): skills,
        _("What happens in the conversation"): others,
        _("Breaks a rule"): breaches,
    }
    return {name: part for name, part in parts.items() if part}


def turn_text(coding: "Coding", turn: "Turn") -> str:
    """Return a turn with its labels as lines of text: who, what was said, what was decided."""
    given = coding.labels.get(turn.id)
    mark = OPEN if given is None else DECIDED
    lines = [f"{mark} {turn.id}  {coding.speaker(turn.who)}", pick(turn.text)]
    if given is not None:
        lines.append(f"✓ {said_labels(given)}")
    return "\n".join(lines)


def said_labels(given: Sequence[str]) -> str:
    """Return labels in a row, or that none fits."""
    return " · ".join(map(_short, given)) if given else _("no label fits")


def _short(code: str) -> str:
    """Return a label's name; of a violation the rule alone, since its title is long."""
    if code.startswith(VIOLATION):
        return _("breaks {rule}").format(rule=code.removeprefix(VIOLATION))
    return name_of(code)


def head_html(coding: "Coding") -> str:
    """Return the title, how it is done, and how far it has come."""
    decided, turns = coding.progress
    text = _("{decided} of {turns} turns are decided upon.").format(decided=decided, turns=turns)
    if decided == turns and coding.key:
        text += " " + _("See below how the expert decided.")
    about = _(
        "Choose a turn, then every label that fits it. What you choose is kept at once, and you can "
        "change it."
    )
    notice = (
        f'<p class="dc-notice" role="alert">⚠ {_esc(coding.notice)}</p>' if coding.notice else ""
    )
    return (
        f'<header lang="{tag()}" class="dc-head"><h3>{_esc(pick(coding.transcript.title))}</h3>'
        f'<p class="dc-soft">{coding.transcript.at:%Y-%m-%d %H:%M} · {_esc(_standing(coding))}</p>'
        f'<p class="dc-soft">{_esc(about)}</p>{notice}'
        f'<p class="dc-progress"><progress max="{turns}" value="{decided}" aria-hidden="true">'
        f'</progress><strong role="status">{_esc(text)}</strong></p></header>'
    )


def _standing(coding: "Coding") -> str:
    if coding.key is None:
        return _("This transcript is graded.")
    return _("Practice: when all turns are decided upon, you see how an expert decided.")


def chosen_html(coding: "Coding", turn: "Turn") -> str:
    """Return the turn that is being decided upon."""
    turns = coding.transcript.turns
    place = _("Turn {number} of {turns}").format(number=turns.index(turn) + 1, turns=len(turns))
    given = coding.labels.get(turn.id)
    state = _("not decided yet") if given is None else said_labels(given)
    return (
        f'<div lang="{tag()}" class="dc-chosen-turn"><h4>{_esc(place)} · '
        f"{_esc(coding.speaker(turn.who))}</h4><blockquote>{_esc(pick(turn.text))}</blockquote>"
        f'<p role="status">{OPEN if given is None else "✓"} {_esc(state)}</p></div>'
    )


def meanings_html(given: Sequence[str]) -> str:
    """Return what the labels of a turn mean, as a reminder while choosing."""
    lines = "".join(
        f"<dt>{_esc(label_name(code))}</dt><dd>{_esc(meaning_of(code))}</dd>" for code in given
    )
    return f'<dl lang="{tag()}" class="dc-meanings">{lines}</dl>' if lines else ""


def codebook_html(codes: Sequence[str]) -> str:
    """Return when each label is given: its meaning, or the duty of the rule that is broken."""
    parts = "".join(
        f"<h4>{_esc(name)}</h4>{meanings_html(part)}" for name, part in groups(codes).items()
    )
    title = _("Code book: when each label is given")
    return (
        f'<details lang="{tag()}" class="dc-book"><summary>{_esc(title)}</summary>{parts}'
        f'<p class="dc-soft">{_esc(_("Provisional rules are still to be checked in their own text."))}'
        "</p></details>"
    )


def closing_html(coding: "Coding") -> str:
    """Return what follows when all turns are decided upon; empty before."""
    decided, turns = coding.progress
    if decided < turns:
        return ""
    if coding.key is None:
        text = _("All turns are decided upon. Your labels are kept; you can still change them.")
        return f'<p lang="{tag()}" class="dc-closing"><strong>✓ {_esc(text)}</strong></p>'
    return agreement_html(coding, coding.key)


def agreement_html(coding: "Coding", key: TranscriptKey) -> str:
    """Return how a coding agrees with an expert's, as figures and turn by turn."""
    turns = [turn.id for turn in coding.transcript.turns]
    expected = {name: one.codes for name, one in key.turns.items()}
    found = compare(coding.labels, expected, turns, coding.transcript.codes)
    items = "".join(_item(coding, key, turn) for turn in coding.transcript.turns)
    silent = sum(not coding.labels.get(one) and one not in expected for one in turns)
    rest = _("On {count} more turns you and the expert both found no label.").format(count=silent)
    return (
        f'<section lang="{tag()}" class="dc-agreement">'
        f"<h3>{_esc(_('Agreement with the expert'))}</h3>{_figures(found)}"
        f"<h4>{_esc(_('Turn by turn'))}</h4><ol class='dc-turns'>{items}</ol>"
        + (f'<p class="dc-soft">{_esc(rest)}</p>' if silent else "")
        + "</section>"
    )


def _figures(found: Compared) -> str:
    kappa = "–" if found.kappa is None else f"{found.kappa:.2f}".replace("-", "−")
    hits = f"{found.hits:g}"
    about_f1 = _("{hits} labels in common; you gave {given}, the expert {expected}").format(
        hits=hits, given=found.given, expected=found.expected
    )
    about_kappa = _(
        "agreement beyond chance over all labels of all turns; 1 is perfect, 0 is chance"
    )
    note = _(
        "A broken rule found at the right turn under another rule counts half. Two people who code "
        "well seldom agree in everything: read the reasons, and decide whether they convince you."
    )
    rows = "".join(
        f'<div class="dc-figure"><dt>{name}</dt><dd><strong>{value}</strong> '
        f'<span class="dc-soft">{_esc(about)}</span></dd></div>'
        for name, value, about in (
            ("F1", f"{found.f1:.0%}", about_f1),
            (_esc(_("Kappa")), kappa, about_kappa),
        )
    )
    return f'<dl class="dc-figures">{rows}</dl><p class="dc-soft">{_esc(note)}</p>'


def _item(coding: "Coding", key: TranscriptKey, turn: "Turn") -> str:
    """Return how one turn compares; empty where neither found a label."""
    given, wanted = coding.labels.get(turn.id, []), key.turns.get(turn.id)
    expected = wanted.codes if wanted else []
    if not given and not expected:
        return ""
    lines = "".join(
        f'<p class="dc-{kind}">{mark} {_esc(_labelled(name, codes))}</p>'
        for kind, mark, name, codes in _parts(given, expected)
        if codes
    )
    why = f'<p class="dc-why">{_esc(pick(wanted.why))}</p>' if wanted else ""
    return (
        f"<li><p><strong>{turn.id} {_esc(coding.speaker(turn.who))}</strong> "
        f'<span class="dc-soft">{_esc(pick(turn.text))}</span></p>{lines}{why}</li>'
    )


def _labelled(name: str, codes: Sequence[str]) -> str:
    text = " · ".join(map(label_name, codes))
    return _("{name}: {text}").format(name=name, text=text)


def _parts(
    given: Sequence[str], expected: Sequence[str]
) -> Iterator[tuple[str, str, str, list[str]]]:
    yield "both", "✓", _("you and the expert"), [one for one in expected if one in given]
    yield "missed", "○", _("the expert only"), [one for one in expected if one not in given]
    yield "extra", "+", _("you only"), [one for one in given if one not in expected]


def _esc(text: str) -> str:
    return html.escape(text)
