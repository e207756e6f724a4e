"""Everything else in a course's folder: each file is searched, and changed as its place allows."""

import json
import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from duecourse.language import _
from grader.certificates.keys import FOLDER as REGISTERS
from grader.forgetting.books import erase, holds_learners, is_sqlite
from grader.forgetting.person import Person
from grader.forgetting.step import Kind, Step, remove, rewrite
from grader.safekeeping import BACKUPS, LOCK, UNFINISHED

JOURNAL: Final = ".forgetting-"
"""What the file begins with that lets an interrupted run go on."""
_GIVEN: Final = frozenset({"release", "learner", "keys", "settings"})
"""Folders of the course's own texts, where a name can only be a namesake's."""
_REBUILT: Final = frozenset({"report", "export"})
"""Folders of what commands make anew from the rest, whatever lies there."""
_MADE: Final = frozenset({"evaluation", "needs", "training", "plans", "handout", "handouts"})
"""Folders of which documents are made anew; other files there may be somebody's own lists."""
_DOCUMENTS: Final = frozenset({".html", ".xlsx", ".docx", ".pdf", ".md", ".ics", ".zip"})
_ARRIVED: Final = frozenset({"downloaded", "unplaced", "quarantine", "collected", "inbox"})
"""Folders of what came back from learners and belongs to nobody yet."""
_OTHERS: Final = frozenset({"submitted", "autograded", "feedback"})
_LINES: Final = frozenset({".jsonl", ".csv", ".tsv", ".log", ".txt"})
_RECORD: Final = re.compile(r'(?:[^"\n]|"[^"]*(?:"|\Z))*(?:\n|\Z)')
_FIELDS: Final = ("learner", "student", "id")


def rest(folder: Path, taken: set[Path], person: Person, elsewhere: Path) -> Iterator[Step]:
    """Yield what is to be done about all files that the other steps do not reach.

    Args:
        folder: the course's folder.
        taken: files and folders that other steps see to.
        person: who is to be forgotten.
        elsewhere: nbgrader's folder of downloaded archives, which lies beside the course.
    """
    for top in (folder, elsewhere):
        for place in _walk(top, taken):
            name = place.relative_to(top.parent if top is elsewhere else folder).parts[0]
            if name not in _GIVEN and (step := _step(place, name, person)):
                taken.add(place)
                yield step


def found(folder: Path, person: Person) -> tuple[list[Path], list[Path]]:
    """Search every byte and every name in a course's folder.

    Returns:
        Where the person is still named, and where a namesake stands in the course's own texts.
    """
    left: list[Path] = []
    namesakes: list[Path] = []
    for place in _walk(folder, set()):
        if person.owns(place.name) or (_readable(place) and person.is_in(place)):
            ours = place.relative_to(folder).parts[0] in _GIVEN
            (namesakes if ours else left).append(place)
    return left, namesakes


def _walk(top: Path, taken: set[Path]) -> Iterator[Path]:
    """Yield folders and files below ``top``, but nothing that is seen to; links are not followed."""
    for here, folders, files in os.walk(top):
        above = Path(here)
        folders[:] = sorted(name for name in folders if _ours(above / name, taken))
        for name in (*folders, *sorted(files)):
            place = above / name
            if place not in taken and not name.startswith((LOCK, JOURNAL)):
                yield place
        # A folder that was yielded may have been taken meanwhile.
        folders[:] = [name for name in folders if above / name not in taken]


def _ours(folder: Path, taken: set[Path]) -> bool:
    """Return whether a folder is to be looked into: the demonstration is a course of its own."""
    another = any((folder / name).is_file() for name in ("course.yaml", "gradebook.db"))
    return folder not in taken and (not another or folder.name in _GIVEN)


def _readable(place: Path) -> bool:
    return place.is_file() and not place.is_symlink()


def _step(place: Path, top: str, person: Person) -> Step | None:
    named = person.owns(place.name) or place.stem == person.id
    if named and top not in _OTHERS:
        return Step(place, Kind.REMOVED, _("it bears the name"), partial(remove, place))
    if not _readable(place):
        return None
    if place.suffix.lower() in _LINES and top not in _OTHERS | _REBUILT | {REGISTERS}:
        content = place.read_bytes()
        kept, dropped = without(content, person, table=place.suffix.lower() in {".csv", ".tsv"})
        detail = _("lines: {count}").format(count=dropped)
        return (
            Step(place, Kind.REWRITTEN, detail, partial(rewrite, place, kept)) if dropped else None
        )
    return _whole(place, top, person) if named or person.is_in(place) else None


def _whole(place: Path, top: str, person: Person) -> Step:
    """Return what happens to a file that names the person and is none of lines."""
    if top in _OTHERS:
        return Step(place, Kind.REMAINS, _("somebody else's work names them"))
    if top in _REBUILT or (top in _MADE and place.suffix.lower() in _DOCUMENTS):
        detail = _("write it anew with its command")
        return Step(place, Kind.REBUILT, detail, partial(remove, place))
    if top == BACKUPS and place.name.endswith(UNFINISHED):
        return Step(place, Kind.REMOVED, _("a backup that was broken off"), partial(remove, place))
    if is_sqlite(place) and holds_learners(place):
        url = f"sqlite:///{place.as_posix()}"
        return Step(place, Kind.REWRITTEN, _("a gradebook"), partial(erase, url, person.id))
    if top in _ARRIVED and not _of_several(place, person):
        return Step(place, Kind.REMOVED, _("it names nobody else"), partial(remove, place))
    return Step(place, Kind.REMAINS, _("look into it yourself"))


def _of_several(place: Path, person: Person) -> bool:
    others = (Person(one) for one in person.others)
    content = place.read_bytes()
    return any(other.stands_in(content) for other in others)


def without(content: bytes, person: Person, *, table: bool = False) -> tuple[bytes, int]:
    """Return a file of lines without those that name a person, and how many were dropped.

    A line break inside quotation marks belongs to its line in a table, and a table's first line
    always stays.
    """
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    # Latin-1 turns every byte into a sign and back, whatever the text's encoding is.
    text = content.decode("utf-16" if wide else "latin-1", "replace")
    records = [one for one in _RECORD.findall(text) if one] if table else text.splitlines(True)
    kept = [
        record
        for number, record in enumerate(records)
        if (table and number == 0) or not _names(record, person, wide=wide)
    ]
    if len(kept) == len(records):
        return content, 0
    return "".join(kept).encode("utf-16" if wide else "latin-1"), len(records) - len(kept)


def _names(record: str, person: Person, *, wide: bool) -> bool:
    raw = record.encode("utf-8" if wide else "latin-1")
    if person.stands_in(raw):
        return True
    wanted = person.id if wide else person.id.encode().decode("latin-1")
    try:
        data = json.loads(raw)
    except ValueError:
        return re.split(r"[,;\t]", record, maxsplit=1)[0].strip().strip('"\ufeffï»¿') == wanted
    return isinstance(data, dict) and any(data.get(name) == person.id for name in _FIELDS)
