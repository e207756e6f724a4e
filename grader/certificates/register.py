"""The register of a course's certificates: one line an event, only ever added to.

The one exception is forgetting a learner, which leaves nothing but the numbers.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.certificates.document import Signed, canonical
from grader.certificates.keys import FOLDER

if TYPE_CHECKING:
    from grader.course import Course

FILE: Final = "register.jsonl"
ISSUED: Final = "issued"
"""Folder of the files of certificates, named by their numbers."""


@dataclass(frozen=True)
class Issued:
    """A certificate that was issued, and to whom."""

    learner: str
    document: Signed


@dataclass(frozen=True)
class Register:
    """What the register says.

    Attributes:
        issued: by number, in the order of issuing.
        revoked: the day by number.
        forgotten: the day by number: certificates whose holder's data were deleted.
    """

    issued: dict[str, Issued] = field(default_factory=dict)
    revoked: dict[str, date] = field(default_factory=dict)
    forgotten: dict[str, date] = field(default_factory=dict)

    def latest(self) -> dict[str, Issued]:
        """Return each learner's last certificate that is not revoked."""
        return {
            one.learner: one for number, one in self.issued.items() if number not in self.revoked
        }


def read(folder: Path) -> Register:
    """Return the register of a course; an empty one where there is none.

    Raises:
        DuecourseError: a line of it is damaged; the message says which.
    """
    register = Register()
    file = folder / FOLDER / FILE
    lines, _torn = _lines(file)
    for place, line in enumerate(lines, 1):
        try:
            _enter(register, json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            text = _("Line {number} of {file} is damaged. Put the file back from a backup.")
            raise DuecourseError(text.format(number=place, file=file)) from error
    return register


def enter_issued(folder: Path, learner: str, document: Signed, at: datetime) -> None:
    """Add a certificate."""
    entry = {"learner": learner, "document": document.model_dump(mode="json")}
    _append(folder, {"event": "issued", "at": _moment(at), **entry})


def enter_revoked(folder: Path, number: str, on: date, reason: str) -> None:
    """Add that a certificate is void."""
    entry = {"number": number, "on": on.isoformat(), "reason": reason}
    _append(folder, {"event": "revoked", **entry})


def holdings(course: "Course", learner: str) -> list[Path]:
    """Return the files that hold something of a learner; nothing is changed.

    Raises:
        DuecourseError: the register is damaged.
    """
    read(course.folder)
    folder = course.folder / FOLDER
    numbers = _numbers(folder, learner)
    files = [file for number in numbers for file in sorted((folder / ISSUED).glob(f"{number}*"))]
    return [folder / FILE, *files] if numbers else []


def forget(course: "Course", learner: str) -> list[Path]:
    """Delete everything about a learner; the numbers stay, so that nothing is issued twice.

    Args:
        course: the course.
        learner: the learner's id.

    Returns:
        What was changed or deleted; nothing where nothing was known. It can be repeated.

    Raises:
        DuecourseError: the register is damaged.
    """
    folder = course.folder / FOLDER
    touched = holdings(course, learner)
    if not touched:
        return []
    numbers = set(_numbers(folder, learner))
    # The files go first: if this is broken off, the register still knows what is left to do.
    for file in touched[1:]:
        file.unlink(missing_ok=True)
    kept = []
    for entry in map(json.loads, _lines(folder / FILE)[0]):
        number = _number(entry)
        if number not in numbers:
            kept.append(entry)
        elif entry["event"] == "issued":
            today = datetime.now(UTC).date().isoformat()
            kept.append({"event": "forgotten", "number": number, "on": today})
        else:
            # A reason may name the person.
            kept.append({**entry, "reason": ""} if "reason" in entry else entry)
    part = folder / f"{FILE}.part"
    with part.open("w", encoding="ascii", newline="\n") as stream:
        stream.writelines(f"{canonical(entry)}\n" for entry in kept)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(folder / FILE)
    return touched


def _numbers(folder: Path, learner: str) -> list[str]:
    entries = map(json.loads, _lines(folder / FILE)[0])
    return [
        _number(entry)
        for entry in entries
        if entry["event"] == "issued" and entry["learner"] == learner
    ]


def _number(entry: dict[str, Any]) -> str:
    held = entry["document"]["certificate"] if entry["event"] == "issued" else entry
    return str(held["number"])


def _enter(register: Register, entry: dict[str, Any]) -> None:
    number = _number(entry)
    match entry["event"]:
        case "issued":
            document = Signed.model_validate(entry["document"])
            register.issued[number] = Issued(str(entry["learner"]), document)
        case "revoked":
            register.revoked[number] = date.fromisoformat(entry["on"])
        case "forgotten":
            register.forgotten[number] = date.fromisoformat(entry["on"])
        case other:
            raise ValueError(other)


def _lines(file: Path) -> tuple[list[str], int]:
    """Return the whole lines, and how many bytes at the end a power cut has left of another one."""
    if not file.is_file():
        return [], 0
    content = file.read_bytes()
    whole, torn = content, 0
    if content and not content.endswith(b"\n"):
        head, _line, last = content.rpartition(b"\n")
        if not _is_whole(last):
            whole, torn = head, len(last)
    return list(_texts(whole)), torn


def _texts(content: bytes) -> Iterator[str]:
    for line in content.split(b"\n"):
        if line.strip():
            yield line.decode("utf-8", "replace")


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _append(folder: Path, entry: dict[str, Any]) -> None:
    file = folder / FOLDER / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    _before, torn = _lines(file)
    with file.open("ab") as stream:
        if torn:
            stream.truncate(file.stat().st_size - torn)
        if file.stat().st_size and not file.read_bytes().endswith(b"\n"):
            stream.write(b"\n")
        stream.write(canonical(entry).encode("ascii") + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
