"""Marking at a keyboard: keys in, screens out; everything that is decided lies elsewhere."""

import contextlib
from collections.abc import Callable

import click
from rich.console import Console, Group

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.rubrics.desk import Act, Desk
from grader.rubrics.screen import screen
from grader.rubrics.session import Session


def run(
    session: Session,
    console: Console | None = None,
    key: Callable[[], str] = click.getchar,
    line: Callable[[str], str] = input,
) -> None:
    """Mark answer after answer until nothing is left or the marker ends.

    Args:
        session: the session.
        console: the terminal.
        key: returns the next key.
        line: asks for a line of text.
    """
    console = console or Console()
    message = ""
    with console.screen(hide_cursor=True) if console.is_terminal else contextlib.nullcontext():
        while queue := session.marking.queue():
            desk = Desk(session.marking.task, session.marking.guide, queue[0])
            act, message = _at(desk, session, console, key, line, message)
            if act is Act.QUIT:
                break
    session.settle()


def _at(
    desk: Desk,
    session: Session,
    console: Console,
    key: Callable[[], str],
    line: Callable[[str], str],
    message: str,
) -> tuple[Act, str]:
    """Let one answer be marked; return how it ended and what is to be said of it."""
    while True:
        console.clear()
        shown = screen(desk, session.title, session.marking, console, message)
        console.print(Group(*shown), end="")
        message = ""
        try:
            act = desk.press(key(), console.height // 3)
        except UnicodeDecodeError:
            # A pasted text that was cut in the middle of a character.
            continue
        except (EOFError, KeyboardInterrupt):
            return Act.QUIT, ""
        if act is Act.NOTE:
            desk.note = _note(desk, console, line)
        elif act is not Act.STAY:
            try:
                return act, _done(act, desk, session)
            except DuecourseError as error:
                message = str(error)


def _done(act: Act, desk: Desk, session: Session) -> str:
    """Do what the marker asked for, and return what is to be said of it."""
    if act is Act.SAVE:
        mark = session.save(desk.due, desk.levels, desk.comments, desk.note)
        said = _("kept: {points} points").format(points=f"{mark.points:g}")
        return f"{said} · {session.waiting}" if session.waiting else said
    if act is Act.SKIP:
        session.skip(desk.due)
        return _("passed over for now; it comes last")
    if act is Act.UNDO:
        return _("taken back") if session.undo() else _("there is nothing to take back")
    return ""


def _note(desk: Desk, console: Console, line: Callable[[str], str]) -> str:
    console.show_cursor(True)
    console.clear()
    if desk.note:
        console.print(_("So far: {note}").format(note=desk.note), markup=False)
    try:
        said = line(_("What you want to tell the learner (empty: as before): "))
    except (EOFError, KeyboardInterrupt):
        said = ""
    finally:
        console.show_cursor(False)
    return said.strip() or desk.note
