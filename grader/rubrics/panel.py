"""Marking in a notebook: the same marks as in the terminal, with buttons.

It is used in a notebook that lies anywhere below the course root::

    from grader.rubrics.panel import panel

    panel("account-ageing", marker="wang")
"""

from collections.abc import Callable
from html import escape
from typing import Final

import ipywidgets as ipw

from duecourse.errors import DuecourseError
from duecourse.language import _, pick, tag, use
from grader.course import open_course
from grader.rubrics.log import Role
from grader.rubrics.marking import Due
from grader.rubrics.session import Session, opened

_WIDE: Final = {"width": "100%", "max_width": "60em"}


class MarkingPanel(ipw.VBox):
    """One answer after the other, without names, with its rubric.

    Args:
        session: the marker's session; it keeps every mark at once.

    Attributes:
        due: the answer that is shown; None where nothing is left.
        levels: the choice of a level for each criterion.
        comments: a tick for each comment.
        note: what the marker writes besides.
        message: what happened last.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.due: Due | None = None
        self.levels: dict[str, ipw.RadioButtons] = {}
        self.comments: dict[str, ipw.Checkbox] = {}
        self.note = ipw.Textarea()
        self.message = ipw.HTML()
        self.keep = ipw.Button(description=_("Keep"), button_style="primary")
        self.skip = ipw.Button(description=_("Skip"))
        self.undo = ipw.Button(description=_("Undo"))
        for button, act in (
            (self.keep, self._keep),
            (self.skip, self._skip),
            (self.undo, self._undo),
        ):
            button.on_click(lambda _button, act=act: self._do(act))
        self._next()

    def _do(self, act: Callable[[], str]) -> None:
        try:
            said = act()
        except DuecourseError as error:
            # What is chosen stays as it is.
            said = str(error)
        else:
            self._next()
        self.message.value = f'<p role="status" lang="{tag()}">{escape(said)}</p>'

    def _keep(self) -> str:
        if self.due is None:
            return self.session.nothing_to_mark()
        levels = {name: one.index for name, one in self.levels.items() if one.index is not None}
        chosen = [name for name, one in self.comments.items() if one.value]
        mark = self.session.save(self.due, levels, chosen, self.note.value)
        said = _("kept: {points} points").format(points=f"{mark.points:g}")
        return f"{said} · {self.session.waiting}" if self.session.waiting else said

    def _skip(self) -> str:
        if self.due is None:
            return self.session.nothing_to_mark()
        self.session.skip(self.due)
        return _("passed over for now; it comes last")

    def _undo(self) -> str:
        return _("taken back") if self.session.undo() else _("there is nothing to take back")

    def _next(self) -> None:
        marking = self.session.marking
        queue = marking.queue()
        self.due = queue[0] if queue else None
        done = _("marked {done}, left {left}").format(done=marking.done(), left=len(queue))
        head = f"<b>{escape(self.session.title)} · {escape(pick(marking.task.title))}</b> · {done}"
        if self.due is None:
            self.session.settle()
            text = f"{self.session.nothing_to_mark()}\n{self.session.summary()}"
            end = ipw.HTML(f'<p style="white-space:pre-wrap">{escape(text)}</p>')
            self.children = [ipw.HTML(head), end, self.undo, self.message]
            return
        self._fresh(self.due)
        rubric = [
            part
            for criterion in marking.task.rubric
            for part in (
                ipw.HTML(f"<b>{escape(pick(criterion.title))}</b>"),
                self.levels[criterion.id],
            )
        ]
        buttons = ipw.HBox([self.keep, self.skip, self.undo])
        shown = [ipw.HTML(head), _shown(self.due), *rubric, *self.comments.values()]
        self.children = [*shown, self.note, buttons, self.message]

    def _fresh(self, due: Due) -> None:
        """Make new controls for an answer; those that a moderator need not decide are filled in."""
        marking = self.session.marking
        agreed = dict.fromkeys(level.id for level in marking.task.rubric)
        if len(due.others) == 2:
            one, other = (mark.levels for mark in due.others)
            agreed |= {name: level for name, level in one.items() if other.get(name) == level}
        self.levels = {
            criterion.id: ipw.RadioButtons(
                options=[
                    (
                        f"{level.points:g} · {pick(level.text)}{_who(due, criterion.id, number)}",
                        number,
                    )
                    for number, level in enumerate(criterion.levels)
                ],
                index=agreed[criterion.id],
                layout=_WIDE,
            )
            for criterion in marking.task.rubric
        }
        self.comments = {
            comment.id: ipw.Checkbox(description=pick(comment.text), indent=False, layout=_WIDE)
            for comment in marking.guide.comments
        }
        self.note = ipw.Textarea(placeholder=_("What you want to tell the learner"), layout=_WIDE)


def _who(due: Due, criterion: str, level: int) -> str:
    given = [
        _("marker {number}").format(number=place)
        for place, mark in enumerate(due.others, 1)
        if mark.levels.get(criterion) == level
    ]
    return f" ← {', '.join(given)}" if given else ""


def _shown(due: Due) -> ipw.HTML:
    note = ""
    if due.before is not None:
        text = _("This answer changed after it was marked; it had {points} points.")
        note = f"<p><b>{escape(text.format(points=f'{due.before.points:g}'))}</b></p>"
    return ipw.HTML(
        f'{note}<div tabindex="0" style="white-space:pre-wrap;max-height:22em;overflow:auto;'
        f'border:1px solid #999;padding:.6em">{escape(due.answer.text)}</div>',
        layout=_WIDE,
    )


def panel(
    assignment: str,
    task: str | None = None,
    *,
    marker: str,
    role: str = Role.FIRST,
    course: str | None = None,
) -> MarkingPanel:
    """Return a marker's panel, for the checkout that the notebook lies in.

    Args:
        assignment: the assignment's name.
        task: the task's id; needed where there are several.
        marker: who marks.
        role: "first", "second" or "moderator", as in `duecourse rubric`.
        course: the course's folder; the usual one by default.

    Raises:
        DuecourseError: there is no such assignment or written task, nothing is graded, or the
            marker's name or role cannot be used.
    """
    if role not in {*Role}:
        text = _("'{role}' is no role. There are: {roles}.")
        raise DuecourseError(text.format(role=role, roles=", ".join(Role)))
    chosen = open_course(name=course)
    use(chosen.language)
    return MarkingPanel(opened(chosen, assignment, task, marker, Role(role)))
