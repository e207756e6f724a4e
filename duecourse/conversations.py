"""Calls and codings that a learner hands in, as plain JSON, with what their form lacks."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from duecourse.calls.engine import Impossible, replay
from duecourse.calls.engine import digest as digest_of_call
from duecourse.cases.case import Transcript
from duecourse.cases.files import find
from duecourse.cases.scripts import CallScript
from duecourse.codings import digest as digest_of_transcript
from duecourse.codings import transcript_of
from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import CallTask, CodingTask, did_you_mean
from duecourse.values import Answer, Unfit, shown


def read_call(task: CallTask, answer: Any, folder: Path) -> Answer:
    """Turn a call into its choices, and say if it has not come to its end or cannot be played.

    Args:
        task: what is asked.
        answer: what a learner hands in: the call itself, as `duecourse.play` opened it.
        folder: where the notebook and its cases lie.

    Raises:
        Unfit: it is no call, or another one.
    """
    record, notes = _record(answer, _("a call, as play(...) opens it"))
    _the_same(record, {"case": task.case, "call": task.call})
    if not record.get("choices"):
        return Answer(None, notes=notes, blank=True)
    script = script_of(find(task.case, folder).case.calls, task)
    value = {name: record.get(name) for name in ("case", "call", "digest", "choices")}
    return Answer(value, tuple(lacks_of_call(script, value)), notes)


def script_of(scripts: Iterable[CallScript], task: CallTask) -> CallScript:
    """Return the script of the call that a task asks for.

    Raises:
        DuecourseError: its case has none of this id.
    """
    known = {one.id: one for one in scripts}
    if task.call not in known:
        text = _("There is no call '{name}' in the case '{case}'.")
        text = text.format(name=task.call, case=task.case)
        raise DuecourseError(text + did_you_mean(task.call, list(known)))
    return known[task.call]


def lacks_of_call(script: CallScript, value: Any) -> Iterator[str]:
    """Yield what keeps a handed-in call from being marked; nothing if it was played to its end."""
    if value["digest"] != digest_of_call(script):
        yield changed()
        return
    course = replay(script, value["choices"])
    if isinstance(course, Impossible):
        yield _("the call cannot be played like this: {why}").format(why=course)
    elif course.end is None:
        text = _("the call has not come to its end; choices so far: {count}")
        yield text.format(count=len(course.steps))


def read_coding(task: CodingTask, answer: Any, folder: Path) -> Answer:
    """Turn a coding into its labels by turn, and say how many turns are still open.

    Args:
        task: what is asked.
        answer: what a learner hands in: the coding itself, as `duecourse.code` opened it.
        folder: where the notebook and its cases lie.

    Raises:
        Unfit: it is no coding, or one of another transcript.
    """
    record, notes = _record(answer, _("a coding, as code(...) opens it"))
    _the_same(record, {"case": task.case, "transcript": task.transcript})
    if not record.get("labels"):
        return Answer(None, notes=notes, blank=True)
    transcript = transcript_of(find(task.case, folder), task.transcript)
    value = {name: record.get(name) for name in ("case", "transcript", "digest", "labels")}
    problems = tuple(lacks_of_coding(transcript, value))
    if not problems and (left := len(transcript.turns) - len(record["labels"])):
        notes = (*notes, _("turns that are still open: {count}").format(count=left))
    return Answer(value, problems, notes)


def lacks_of_coding(transcript: Transcript, value: Any) -> Iterator[str]:
    """Yield what keeps a handed-in coding from being marked as it is."""
    if value["digest"] != digest_of_transcript(transcript):
        yield changed()
        return
    labels = value["labels"]
    if not isinstance(labels, dict) or not all(isinstance(one, list) for one in labels.values()):
        yield _("the labels must be lists by turn")
        return
    if lost := sorted(set(labels) - {turn.id for turn in transcript.turns}):
        yield _("there are no such turns: {names}").format(names=_some(lost))
    given = {str(one) for codes in labels.values() for one in codes}
    if lost := sorted(given - set(transcript.codes)):
        yield _("there are no such labels: {names}").format(names=_some(lost))


def changed() -> str:
    """Say that an answer was made with another version of the case."""
    return _("it was made with another version of this case, which has changed since")


def _record(answer: Any, wanted: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    say = getattr(answer, "as_answer", None)
    record = say() if callable(say) else None
    if not isinstance(record, dict):
        text = _("{wanted} is asked for, not {found}")
        raise Unfit(text.format(wanted=wanted, found=shown(answer)))
    notice = getattr(answer, "notice", "")
    return record, (str(notice),) if notice else ()


def _the_same(record: dict[str, Any], wanted: dict[str, str]) -> None:
    found = {name: record.get(name) for name in wanted}
    if found != wanted:
        text = _("{wanted} is asked for, not {found}")
        raise Unfit(text.format(wanted=_named(wanted), found=_named(found)))


def _named(parts: dict[str, Any]) -> str:
    return ", ".join(repr(one) for one in parts.values())


def _some(names: list[str], most: int = 5) -> str:
    return ", ".join(name[:40] for name in names[:most]) + (" ..." if len(names) > most else "")
