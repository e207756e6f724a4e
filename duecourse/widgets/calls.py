"""The view of a call: a conversation in which the learner chooses what to say."""

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from duecourse.calls.reading import Said, about, as_page, said
from duecourse.errors import DuecourseError
from duecourse.language import _, pick, tag

if TYPE_CHECKING:
    from duecourse.calls.playing import Call

_HERE = Path(__file__).parent


class CallPlayer(anywidget.AnyWidget):
    """A call to be played by mouse or keyboard.

    It holds nothing of its own: every choice goes to the call, and what the call then says is shown.
    While a submission is marked it shows nothing; where no kernel runs (an export, a feedback page)
    it shows `still`.

    Args:
        call: the call.
    """

    _esm = _HERE / "calls.js"
    _css = _HERE / "calls.css"

    lang = traitlets.Unicode().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    """What the view itself says, in the language that was spoken when it was made."""
    scene = traitlets.Dict().tag(sync=True)
    """Everything that is shown; see `scene_of`."""

    def __init__(self, call: "Call") -> None:
        self.call = call
        super().__init__(lang=tag(), words=_words(), scene=scene_of(call))
        call.watch(self._show)
        self.on_msg(self._asked)

    def _show(self) -> None:
        self.scene = scene_of(self.call)

    def _asked(self, _widget: object, message: Any, _buffers: object) -> None:
        """Do what the view asks for, and answer that it is done or why not."""
        problem = ""
        try:
            match message:
                case {"do": "choose", "option": str(option), "at": int(at)}:
                    # a second click, or a view that lags behind, means another moment of the call
                    if at == len(self.call.choices):
                        self.call.choose(option)
                case {"do": "again"}:
                    self.call.again()
        except DuecourseError as error:
            problem = str(error)
            self._show()
        self.send({"done": True, "problem": problem})

    def still(self) -> str:
        """Return the call as it stands, as HTML that needs no script."""
        below = self.call.debrief()._repr_html_() if _debriefed(self.call) else ""
        return as_page(self.call.course, self.call.names, self.call.notice, below)

    def _ipython_display_(self) -> None:
        """Show nothing while a submission is marked, else leave it to `_repr_mimebundle_`."""
        if not os.environ.get("NBGRADER_EXECUTION"):
            raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live view and, for pages without a kernel, what was said so far."""
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return {**data, "text/plain": repr(self.call), "text/html": self.still()}, metadata


def scene_of(call: "Call") -> dict[str, Any]:
    """Return what the view of a call shows, as plain JSON.

    `count` is the number of choices so far; `lines` is what was said; `options` is what can be said
    now; `closing` stands there after the end, with the debrief where there is one.
    """
    return {
        "title": pick(call.script.title),
        "about": about(call.course, call.names),
        "brief": pick(call.script.brief),
        "rule": _standing(call),
        "count": len(call.choices),
        "lines": [asdict(_signed(line)) for line in said(call.course, call.names)],
        "options": [{"id": name, "text": text} for name, text in call.options.items()],
        "passed": _("Time on the call: {count} min").format(count=call.course.state.minutes),
        "ended": call.finished,
        "closing": _closing(call),
        "again": bool(call.choices) and not call.graded,
        "debrief": call.debrief()._repr_html_() if _debriefed(call) else "",
        "notice": call.notice,
    }


def _signed(line: Said) -> Said:
    """Say of the player's own lines whose they are."""
    if line.side != "own":
        return line
    return replace(line, who=_("{name} (you)").format(name=line.who))


def _debriefed(call: "Call") -> bool:
    return call.finished and not call.graded


def _standing(call: "Call") -> str:
    if call.graded:
        return _("This call is graded. It is played once, and each choice is final.")
    return _("Practice: you can start again as often as you like.")


def _closing(call: "Call") -> str:
    if not call.finished:
        return ""
    if call.graded:
        return _("The call has ended. Your choices are kept, and they stand.")
    return _("The call has ended.")


def _words() -> dict[str, str]:
    return {
        "again": _("Start again"),
        "brief": _("What you know before the call"),
        "conversation": _("Conversation"),
        "ask": _("What do you say?"),
        "keys": _("Click, or press the number."),
        "slow": _(
            "Python has not answered yet. If another cell is running, wait for it. Otherwise run this "
            "cell again: what you chose so far is kept."
        ),
        "lost": _(
            "The connection to Python has ended. What you chose so far is kept: run this cell again "
            "to go on."
        ),
    }
