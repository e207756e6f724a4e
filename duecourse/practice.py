"""Questions to try things out on inside a lesson: checked at once, never graded.

`duecourse.questions` knows what is asked and what is right; this room says it to the learner.
"""

import html
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.questions import FILES, Asked, Judged, NotAttempted, Unreadable, find
from duecourse.tasks import did_you_mean


def practice(question: str) -> "Practice":
    """Return a question of the lesson in the current folder.

    Args:
        question: the id of the question.

    Raises:
        DuecourseError: there is no such question, or none at all in this folder.
    """
    known = find(Path.cwd())
    if not known:
        text = _("There is no {files} in {folder}. Open the lesson from the folder it lies in.")
        raise DuecourseError(text.format(files=FILES, folder=Path.cwd()))
    if question not in known:
        text = _("There is no question '{name}' here.").format(name=question)
        raise DuecourseError(text + did_you_mean(question, list(known)))
    asked = known[question]
    return Practice(asked.question, asked.file)


_hints_given: dict[str, int] = {}


class Practice(Asked):
    """A question to try. In a notebook: `check` an answer, ask for a `hint`, see a `solution`."""

    def __repr__(self) -> str:
        return _as_text(*self._invitation())

    def _repr_html_(self) -> str:
        return _as_html(*self._invitation(), "open")

    def check(self, answer: Any = None) -> None:
        """Say whether the answer is right, partly right or not yet, and how to go on.

        Args:
            answer: the answer; None means that there is none yet.
        """
        outcome = self.judge(answer)
        match outcome:
            case NotAttempted():
                _say(*self._invitation(), "open")
            case Unreadable(problems):
                title = _("Nearly there: this answer cannot be read yet.")
                _say(title, [*problems, self._help()], "form")
            case Judged(right=True):
                note = self.question.note
                _say(_("Right: {title}").format(title=self._title), [pick(note or "")], "right")
            case Judged(share, parts, mistake):
                title = _("Not yet, and this is the place to try things out.")
                if share > 0:
                    title = _("Partly right: you are on the way.")
                said = [pick({"en": mistake.en, "zh": mistake.zh})] if mistake else []
                said += [f"{part.name}: {part.note}" for part in parts]
                if share > 0 and not parts and not mistake:
                    said.append(_("Very close. Look at the rounding."))
                _say(title, [*said, self._help()], "part" if share > 0 else "not yet")

    def hint(self) -> None:
        """Show the next hint; after the last one they begin again."""
        hints, given = self.question.hints, _hints_given.get(self.id, 0)
        number = given % len(hints)
        _hints_given[self.id] = given + 1
        title = _("Hint {number} of {all}: {title}").format(
            number=number + 1, all=len(hints), title=self._title
        )
        _say(title, [pick(hints[number])], "hint")

    def solution(self) -> None:
        """Show one way to the answer."""
        title = _("One way to do it: {title}").format(title=self._title)
        _say(title, [], "hint", code=self.question.solution.rstrip())

    @property
    def _title(self) -> str:
        return pick(self.question.task.title)

    def _invitation(self) -> tuple[str, list[str]]:
        title = _("Your turn: {title}").format(title=self._title)
        first = _("Put your answer in place of `None` and run the cell again.")
        options = getattr(self.question.task, "options", None) or {}
        listed = [f'`"{name}"` {pick(text)}' for name, text in options.items()]
        return title, [*listed, first, self._help()]

    def _help(self) -> str:
        text = _("Help: `{hint}` or `{solution}`")
        call = f'practice("{self.id}")'
        return text.format(hint=f"{call}.hint()", solution=f"{call}.solution()")


_COLOURS: Final = {
    "open": "#6b7280",
    "form": "#b45309",
    "part": "#b45309",
    "not yet": "#b45309",
    "hint": "#2563eb",
    "right": "#0f766e",
}


def _say(title: str, lines: Iterable[str], state: str, code: str = "") -> None:
    from IPython.display import publish_display_data

    lines = [line for line in lines if line]
    publish_display_data(
        {
            "text/plain": _as_text(title, lines) + (f"\n\n{code}" if code else ""),
            "text/html": _as_html(title, lines, state, code),
        }
    )


def _as_text(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *lines])


def _as_html(title: str, lines: Iterable[str], state: str, code: str = "") -> str:
    said = "".join(f'<div style="margin-top:.2em">{_marked(line)}</div>' for line in lines)
    block = f'<pre style="margin:.5em 0 0"><code>{html.escape(code)}</code></pre>' if code else ""
    return (
        f'<div role="status" style="border-left:4px solid {_COLOURS[state]};'
        'padding:.3em .8em;line-height:1.5">'
        f"<strong>{html.escape(title)}</strong>{said}{block}</div>"
    )


def _marked(line: str) -> str:
    pieces = html.escape(line).split("`")
    return "".join(
        f'<code style="white-space:nowrap">{piece}</code>' if place % 2 else piece
        for place, piece in enumerate(pieces)
    )
