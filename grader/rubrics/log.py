"""What a marker did, line by line: a file that is only ever added to.

``marking/<assignment>/<task>/<marker>.jsonl`` of the course's folder, one JSON object a line. What
stands is worked out from the lines in their order, so a session can end at any moment. A line that
a power cut left unfinished is passed over, and said.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from duecourse.errors import DuecourseError
from duecourse.language import _

FOLDER: Final = "marking"
"""Folder of the marking inside a course's folder."""
_ENDING: Final = ".jsonl"
_MARKER: Final = re.compile(r"\w(?:[\w .@-]{0,58}\w)?")


class Role(StrEnum):
    """As what somebody marks."""

    FIRST = "first"
    SECOND = "second"
    MODERATOR = "moderator"


class Did(StrEnum):
    """What a line says was done."""

    MARK = "mark"
    SKIP = "skip"
    UNDO = "undo"
    """Takes back the last mark or skip of this marker in this role."""
    WRITTEN = "written"
    """The mark stands in the gradebook."""


@dataclass(frozen=True)
class Event:
    """One line of a marker's file.

    Attributes:
        did: what was done.
        role: as what.
        learner: whose answer it was.
        at: when, in UTC.
        answer: the digest of the answer that was read, see `digest_of`.
        levels: the number of the level, from 0, by criterion.
        points: the points of these levels.
        comments: the ids of the comments that were chosen.
        note: what the marker wrote.
        marker: whose file it stands in; it is not written into it.
    """

    did: Did
    role: Role
    learner: str
    at: str
    answer: str = ""
    levels: dict[str, int] = field(default_factory=dict)
    points: float = 0.0
    comments: tuple[str, ...] = ()
    note: str = ""
    marker: str = ""

    @property
    def time(self) -> datetime:
        """When it was done."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True)
class Log:
    """The file of one marker on one task.

    Attributes:
        file: the file; it need not exist yet.
        marker: the marker's name.
    """

    file: Path
    marker: str

    def events(self) -> list[Event]:
        """Return everything that can be read, in order."""
        return [event for event, _line in self._read() if event is not None]

    def unreadable(self) -> list[int]:
        """Return the numbers of the lines that cannot be read, from 1."""
        return [line for event, line in self._read() if event is None]

    def add(self, event: Event) -> None:
        """Add a line, down to the disk.

        Raises:
            DuecourseError: it cannot be written.
        """
        about = asdict(event)
        del about["marker"]
        line = json.dumps(about, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a+b") as file:
                if file.seek(0, os.SEEK_END):
                    file.seek(-1, os.SEEK_END)
                    # What a power cut cut off must not swallow this line too.
                    line = line if file.read(1) == b"\n" else b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            text = _("The mark could not be written into {file}: {why}. It does not count.")
            raise DuecourseError(text.format(file=self.file, why=error.strerror)) from error

    def _read(self) -> Iterator[tuple[Event | None, int]]:
        if not self.file.is_file():
            return
        lines = self.file.read_bytes().split(b"\n")
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _event(line, self.marker), number


def _event(line: bytes, marker: str) -> Event | None:
    try:
        data: Any = json.loads(line.decode("utf-8", "surrogatepass"))
        event = Event(
            did=Did(data["did"]),
            role=Role(data["role"]),
            learner=str(data["learner"]),
            at=str(data["at"]),
            answer=str(data["answer"]),
            levels={str(name): int(level) for name, level in data["levels"].items()},
            points=float(data["points"]),
            comments=tuple(map(str, data["comments"])),
            note=str(data["note"]),
            marker=marker,
        )
        moment = event.time
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return event if moment.tzinfo is not None else None


def digest_of(answer: str) -> str:
    """Return what tells an answer from any other; white space at its ends does not count."""
    return hashlib.sha256(answer.strip().encode("utf-8", "surrogatepass")).hexdigest()[:20]


def log_of(course: Path, assignment: str, task: str, marker: str) -> Log:
    """Return the file of a marker.

    Args:
        course: the course's folder.
        assignment: the assignment's name.
        task: the task's id.
        marker: the marker's name: letters of any script, digits, and ``. @ - _`` or spaces inside.

    Raises:
        DuecourseError: the name cannot be the name of a file everywhere.
    """
    if not _MARKER.fullmatch(marker):
        text = _(
            "'{marker}' cannot be a marker's name: it has up to 60 letters and digits, and inside "
            "also spaces, dots, @, - and _. Name one with --marker."
        )
        raise DuecourseError(text.format(marker=marker))
    return Log(course / FOLDER / assignment / task / f"{marker}{_ENDING}", marker)


def logs_of(course: Path, assignment: str, task: str) -> list[Log]:
    """Return the files of all markers of a task, in the order of their names."""
    files = sorted((course / FOLDER / assignment / task).glob(f"*{_ENDING}"))
    return [Log(file, file.name.removesuffix(_ENDING)) for file in files if file.is_file()]


def standing(events: Iterable[Event]) -> dict[tuple[Role, str], Event]:
    """Return the marks that stand, by role and learner, of one marker's lines in their order."""
    marks: dict[tuple[Role, str], list[Event]] = {}
    for event in done(events):
        if event.did is Did.MARK:
            marks.setdefault((event.role, event.learner), []).append(event)
    return {which: ours[-1] for which, ours in marks.items()}


def done(events: Iterable[Event]) -> list[Event]:
    """Return the marks and skips that were not taken back, in their order."""
    kept: list[Event] = []
    for event in events:
        if event.did in {Did.MARK, Did.SKIP}:
            kept.append(event)
        elif event.did is Did.UNDO:
            last = [number for number, one in enumerate(kept) if one.role is event.role]
            if last:
                del kept[last[-1]]
    return kept


def written(events: Iterable[Event]) -> dict[str, Event]:
    """Return the last line that says what went into the gradebook, by learner."""
    return {event.learner: event for event in events if event.did is Did.WRITTEN}
