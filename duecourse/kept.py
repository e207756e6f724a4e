"""The files that answers are kept in: what they hold, and reading them with care.

One file an activity, ``answers/CASE.NAME.json``, holds choices, times and the digest of the case,
never a score. Beside it lies a log of every attempt. Both come back from learners, so anything at
all may stand in them.
"""

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from duecourse.errors import DuecourseError
from duecourse.language import _

Kind = Literal["call", "coding"]
ANSWERS: Final = "answers"
"""Folder beside the notebook."""
LARGEST: Final = 256 * 1024
"""Bytes that the file of an activity may have."""
VALUES: Final[Mapping[Kind, str]] = {"call": "choices", "coding": "labels"}
"""What the kept value of each kind is called."""
_ACTIVITY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9][A-Za-z0-9_-]*")
_MOST: Final = 1000
"""Choices, labelled turns, or labels of one turn that a file may hold."""
_LONGEST: Final = 200


class Unusable(DuecourseError):
    """What lies in the answers' folder is not what was kept there; the message says why."""


@dataclass(frozen=True)
class Kept:
    """What was kept of an activity.

    Attributes:
        value: the choices of a call (a list), or the labels of a transcript (lists by turn).
        digest: what tells the case from an earlier or later version of it.
        times: when each choice was made, or each turn was labelled last, in the value's order.
    """

    value: Any
    digest: str
    times: tuple[str, ...] = ()


def proper(activity: str) -> str:
    """Return the name of an activity: a case and a call or transcript of it, with a dot between.

    Raises:
        ValueError: it is no such name and could lead out of the answers' folder.
    """
    if not _ACTIVITY.fullmatch(activity):
        raise ValueError(f"{activity!r} is no name of an activity")
    return activity


def file_of(folder: Path, activity: str) -> Path:
    """Return where an activity is kept beside a notebook that lies in ``folder``."""
    return folder / ANSWERS / f"{activity}.json"


def log_of(folder: Path, activity: str) -> Path:
    """Return where every attempt at an activity is noted."""
    return folder / ANSWERS / f"{activity}.log.jsonl"


def look(file: Path, activity: str, kind: Kind) -> Kept | None:
    """Read the file of an activity with care; None where there is none.

    Raises:
        Unusable: it is a link or a special file, too large, damaged, or of another activity.
    """
    content = _content(file)
    if content is None:
        return None
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unusable(_("it is damaged: not readable as JSON")) from error
    return understood(data, activity, kind)


def _content(file: Path) -> bytes | None:
    try:
        if file.parent.is_symlink() or not stat.S_ISREG(file.lstat().st_mode):
            raise Unusable(_("it is a link or a special file"))
        if file.stat().st_size > LARGEST:
            text = _("it is larger than {most} KiB")
            raise Unusable(text.format(most=LARGEST // 1024))
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unusable(_("it cannot be read: {why}").format(why=error.strerror)) from error


def understood(data: Any, activity: str, kind: Kind) -> Kept:
    """Return what JSON data keep of an activity.

    Raises:
        Unusable: they have another shape, or are of another activity.
    """
    if not isinstance(data, dict) or data.get("version") != 1:
        raise Unusable(_("it is JSON, but no answers of this kit"))
    if (found := data.get("activity")) != activity or data.get("kind") != kind:
        text = _("it is of another activity: {found}")
        raise Unusable(text.format(found=str(found)[:_LONGEST]))
    value, digest, times = data.get(VALUES[kind]), data.get("digest"), data.get("times", [])
    if not (_fits(value, kind) and _is_name(digest) and _are_names(times)):
        raise Unusable(_("it is JSON, but no answers of this kit"))
    return Kept(value, str(digest), tuple(times))


def _fits(value: Any, kind: Kind) -> bool:
    if kind == "call":
        return _are_names(value)
    return (
        isinstance(value, dict)
        and _are_names(list(value))
        and all(_are_names(codes) for codes in value.values())
    )


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= _MOST and all(map(_is_name, value))


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def as_text(kept: Kept, activity: str, kind: Kind) -> str:
    """Return what the file of an activity holds."""
    data = {
        "version": 1,
        "activity": activity,
        "kind": kind,
        "digest": kept.digest,
        VALUES[kind]: kept.value,
        "times": list(kept.times),
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def from_log(folder: Path, activity: str, kind: Kind, digest: str | None = None) -> Kept | None:
    """Return what the log of an activity says was kept last, or None if it does not say.

    Args:
        folder: where the notebook lies.
        activity: the activity.
        kind: its kind.
        digest: only what was kept of this version of the case; of any by default.
    """
    file = log_of(folder, activity)
    try:
        if file.parent.is_symlink() or not stat.S_ISREG(file.lstat().st_mode):
            return None
        with file.open("rb") as log:
            log.seek(max(0, file.stat().st_size - LARGEST))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            data = json.loads(line)
            kept = understood(
                {"version": 1, "activity": activity, "kind": kind, **data}, activity, kind
            )
        except (ValueError, TypeError, RecursionError, Unusable):
            continue
        if digest in (None, kept.digest):
            return kept
    return None
