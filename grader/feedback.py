"""What a learner reads about a mark: what is right, what is not, where to look; never the answer."""

import html
from typing import Any, Final

from duecourse.language import _, pick, tag
from duecourse.tasks import Task
from grader.key import KeyedTask
from grader.marking import Marked, NotAnswered, Outcome, Unreadable

MARK_MIME: Final = "application/vnd.duecourse.mark+json"
_GREEN, _AMBER, _GREY = "#0f766e", "#b45309", "#6b7280"


def points_of(outcome: Outcome, most: float) -> float:
    """Return the points of an outcome: a plain float from 0 to ``most``, to two decimals."""
    if not isinstance(outcome, Marked):
        return 0.0
    return float(most) if outcome.whole else min(float(most), round(outcome.share * most, 2))


def as_record(outcome: Outcome, task: Task, most: float, right: KeyedTask) -> dict[str, Any]:
    """Return the mark as data, for reports: points, outcome, reason, parts, known mistake."""
    record: dict[str, Any] = {
        "version": 1,
        "task": task.id,
        "title": pick(task.title),
        "points": points_of(outcome, most),
        "max": float(most),
        "share": 0.0,
        "reason": None,
        "parts": [],
        "mistake": None,
        "mistake_text": None,
    }
    match outcome:
        case Marked():
            record["outcome"] = "marked"
            record["share"] = outcome.share
            record["parts"] = [vars(part) for part in outcome.parts]
            if outcome.mistake is not None:
                record["mistake"] = right.mistakes.index(outcome.mistake)
                record["mistake_text"] = pick(outcome.mistake.text)
        case NotAnswered():
            record.update(outcome="not-answered", reason=outcome.reason)
        case Unreadable():
            record.update(outcome="unreadable", reason=outcome.reason)
    return record


def as_html(outcome: Outcome, task: Task, most: float) -> str:
    """Return the feedback as a piece of a page, in the current language."""
    points = f"{points_of(outcome, most):g} / {most:g}"
    lines: list[str] = []
    match outcome:
        case Marked() if outcome.whole:
            colour, title = _GREEN, _("All right")
        case Marked():
            colour, title = _AMBER, _("Partly right") if outcome.share else _("Not right yet")
            if outcome.mistake is not None:
                lines.append(pick(outcome.mistake.text))
            text = _("{name}: {note}")
            lines += [
                f"{_sign(part.share)} {text.format(name=part.name, note=part.note)}"
                for part in outcome.parts
            ]
        case NotAnswered():
            colour, title = _GREY, _("No answer")
            lines.append(outcome.reason)
        case Unreadable():
            colour, title = _GREY, _("Not readable")
            lines.append(outcome.reason)
    if task.look and not (isinstance(outcome, Marked) and outcome.whole):
        lines.append(_("Where to look: {place}").format(place=pick(task.look)))
    listed = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return (
        f'<div lang="{tag()}" style="border-left:4px solid {colour};padding:.3em .8em">'
        f"<strong>{html.escape(pick(task.title))}</strong> "
        f'<span style="color:{colour}">{html.escape(title)} {points}</span>'
        + (f"<ul>{listed}</ul>" if listed else "")
        + "</div>"
    )


def _sign(share: float) -> str:
    return "✓" if share >= 1 else ("◐" if share > 0 else "✗")
