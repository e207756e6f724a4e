"""A call that a learner plays: from code or in its view, and never lost."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from duecourse.calls.debrief import Debrief
from duecourse.calls.engine import Course, Impossible, begin, digest, replay
from duecourse.calls.reading import as_text, names_of
from duecourse.cases.files import CaseFile, find
from duecourse.cases.key import CallKey
from duecourse.cases.scripts import CallScript
from duecourse.errors import DuecourseError
from duecourse.keeping import GRADING, Store
from duecourse.language import _, pick
from duecourse.tasks import did_you_mean


def play(slug: str, call: str, folder: Path | None = None) -> "Call":
    """Open a call of a case where it was left.

    Args:
        slug: the name of the case's folder.
        call: the id of the call.
        folder: where the notebook lies; the current folder by default.

    Raises:
        DuecourseError: there is no such case or call.
    """
    case = find(slug, folder)
    scripts = {one.id: one for one in case.case.calls}
    if call not in scripts:
        text = _("There is no call '{name}' in the case '{case}'.").format(name=call, case=slug)
        raise DuecourseError(text + did_you_mean(call, list(scripts)))
    return Call(case, scripts[call], folder)


class Call:
    """A call and the choices made in it so far; each is kept at once.

    Where the case's key lies beside it the call is practice: it may be played again, and after the
    end there is a debrief. Without the key it is graded: each choice is final.

    Attributes:
        case: the case with its files.
        script: what is played.
        course: the call as far as it has gone.
    """

    def __init__(self, case: CaseFile, script: CallScript, folder: Path | None = None) -> None:
        self.case, self.script = case, script
        self.digest = digest(script)
        self.course: Course = begin(script)
        self._store = Store(f"{case.slug}.{script.id}", "call", self.digest, folder)
        self._kept: Any = None
        self._notice = ""
        self._watching: list[Callable[[], None]] = []
        self._view: Any = None
        self._catch_up()

    @property
    def key(self) -> CallKey | None:
        """What the choices are worth; None where the call is graded."""
        return self.case.key.calls.get(self.script.id) if self.case.key else None

    @property
    def graded(self) -> bool:
        """Whether each choice is final."""
        return self.key is None

    @property
    def finished(self) -> bool:
        """Whether the call has come to its end."""
        return self.course.end is not None

    @property
    def choices(self) -> list[str]:
        """The options that were chosen so far, in order."""
        return list(self.course.choices)

    @property
    def options(self) -> dict[str, str]:
        """What can be chosen now: texts by name, in the current language."""
        return {option.id: pick(option.text) for option in self.course.offered}

    @property
    def names(self) -> dict[str, str]:
        """The names of the people, by id, in the current language."""
        return names_of(self.case.case)

    @property
    def notice(self) -> str:
        """What the learner must know of how the choices are kept; empty if nothing."""
        return " ".join(text for text in (self._notice, self._store.notice) if text)

    @property
    def transcript(self) -> str:
        """Everything that was said so far, one line for each time somebody speaks."""
        return as_text(self.course, self.names)

    def choose(self, option: str) -> None:
        """Choose one of the options that are offered now.

        Args:
            option: its name.

        Raises:
            DuecourseError: it is not offered, or the call has ended.
        """
        if self._catch_up():
            text = _("This call has gone on in another place. Look where it stands now.")
            raise DuecourseError(text)
        following = self.course.then(option)
        if isinstance(following, Impossible):
            raise DuecourseError(self._refusal(following))
        self.course = following
        self._keep()

    def follow(self, choices: Sequence[str]) -> None:
        """Go through these choices, so that a cell can be run twice.

        What was chosen before stands if it leads the same way, as far as that goes. Else practice
        starts again.

        Args:
            choices: names of options, from the beginning of the call.

        Raises:
            DuecourseError: one is not offered, or the call is graded and went another way.
        """
        made = self.choices
        if any(one != other for one, other in zip(made, choices, strict=False)):
            self.again()
            made = []
        for option in choices[len(made) :]:
            self.choose(option)

    def again(self) -> None:
        """Start the call again; the log keeps what was chosen before.

        Raises:
            DuecourseError: the call is graded.
        """
        if self.graded:
            text = _("This call is graded: it is played once, and its choices stand.")
            raise DuecourseError(text)
        self._store.note("again")
        self.course = begin(self.script)
        self._keep()

    def debrief(self) -> Debrief:
        """Return what the call has achieved and what each choice had to do with it.

        Raises:
            DuecourseError: the call has not come to its end, or it is graded.
        """
        if self.key is None:
            raise DuecourseError(_("This call is graded: what it is worth is said after marking."))
        if not self.finished:
            raise DuecourseError(_("There is a debrief when the call has come to its end."))
        return Debrief(self.course, self.key, pick(self.case.case.currency))

    def as_answer(self) -> dict[str, Any]:
        """Return what is handed in, as plain JSON."""
        return {
            "case": self.case.slug,
            "call": self.script.id,
            "digest": self.digest,
            "choices": self.choices,
        }

    def watch(self, changed: Callable[[], None]) -> None:
        """Let a view know of every change."""
        self._watching.append(changed)

    def _keep(self) -> None:
        self._notice = ""
        self._store.write(self.choices)
        if not self._store.notice:
            self._kept = self.choices
        for changed in self._watching:
            changed()

    def _catch_up(self) -> bool:
        """Take over what is kept; return whether it is something else than what was kept from here.

        A second notebook, or a view of an earlier run of the cell, may have gone on with the call.
        """
        # Nothing is written while a notebook is graded, so that the file is no news there.
        if self._kept is not None and os.environ.get(GRADING):
            return False
        kept = self._store.read()
        if kept is None or kept == self._kept:
            return False
        self._kept = kept
        course = replay(self.script, kept)
        if isinstance(course, Impossible):
            self._store.note("impossible", choices=kept)
            text = _("What was kept of this call cannot be played from some point on: {why}.")
            self._notice = text.format(why=course)
            course = course.course
        changed = course.choices != self.course.choices
        self.course = course
        if changed:
            for tell in self._watching:
                tell()
        return changed

    def _refusal(self, impossible: Impossible) -> str:
        if impossible.reason == "ended" and self.graded:
            return _("The call has come to its end, and its choices stand.")
        if impossible.reason == "ended":
            return _("The call has come to its end. To play it again: `call.again()`")
        offers = [f'  "{name}": {text}' for name, text in self.options.items()]
        found = impossible.choice
        found = f"'{found}'" if isinstance(found, str) else type(found).__name__
        text = _("{found} cannot be chosen now. What can be:").format(found=found)
        return "\n".join([text, *offers])

    def __repr__(self) -> str:
        lines = [pick(self.script.title), self.transcript]
        if self.finished:
            lines.append(_("The call has ended."))
        else:
            lines += [_("What do you say?")]
            lines += [f'  "{name}": {text}' for name, text in self.options.items()]
        return "\n".join([*lines, *([self.notice] if self.notice else [])])

    def _ipython_display_(self) -> None:
        """Show nothing while a submission is marked, else leave it to `_repr_mimebundle_`."""
        if not os.environ.get(GRADING):
            raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live view and, for pages without a kernel, what was said so far."""
        if self._view is None:
            from duecourse.widgets.calls import CallPlayer

            self._view = CallPlayer(self)
        return self._view._repr_mimebundle_(**kwargs)
