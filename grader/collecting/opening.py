"""What came back, taken apart: folders, archives, archives within archives, each file once.

Files are laid into a room of their own under numbers; their names are data and never become paths
here. So nothing leads out of the room, and no name of one system troubles another.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

from duecourse.language import _
from grader.collecting.archives import BROKEN, members
from grader.unpacking import MOST, ArchiveRefused

MOST_FILES: Final = 2000
"""Files that one archive inside another may hold; it may become `grader.unpacking.MOST` bytes."""
MOST_OF_ALL: Final = 2 * 1024**3
"""Bytes that everything together may become."""
MOST_FILES_OF_ALL: Final = 50_000
_DEPTH: Final = 4
_AT_ONCE: Final = 1 << 20
_ENDINGS: Final = (".zip", ".tar.gz", ".tgz", ".tar", ".tar.xz", ".tar.bz2")
_CLOSED: Final = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "RAR"}
_NOISE: Final = {
    "__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints", "__pycache__",
    ".given.json", ".venv",
}  # fmt: skip

Way = tuple[str, ...]
"""Where something was found: folders, archives and the file's own name, from the outside in."""


@dataclass(frozen=True)
class Piece:
    """One file that came back.

    Attributes:
        path: where it was found.
        file: where its content lies now.
        time: when it was handed in, in UTC: as the outermost archive says, or the file itself.
        inner: what the innermost archive says; it tells versions of one archive apart.
        packed: whether it came out of an archive.
    """

    path: Way
    file: Path
    time: datetime
    inner: datetime
    packed: bool

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]


@dataclass(frozen=True)
class Refused:
    """Something that is not taken in, and why; its content is kept where there is any."""

    path: Way
    reason: str
    file: Path | None = None


@dataclass
class Found:
    """Everything that came back."""

    pieces: list[Piece] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def gather(source: Path, room: Path, path: Way) -> Found:
    """Take everything apart that lies in a folder, an archive or a file.

    Links are never followed. An archive that is damaged, locked, too large or of a kind that is not
    opened here is refused with its reason, and everything else goes on.

    Args:
        source: what came back.
        room: an empty folder for what is unpacked.
        path: what the source is called.
    """
    gathering = _Gathering(source, room)
    if source.is_dir():
        gathering.folder(source, path)
    else:
        gathering.file(source, path)
    return gathering.found


class _Budget:
    """What an archive, or everything, may still become."""

    def __init__(self, bytes_: int, files: int, within: "_Budget | None" = None) -> None:
        self.bytes, self.files, self.most, self.within = bytes_, files, (bytes_, files), within

    def take(self, bytes_: int = 0, files: int = 0) -> None:
        self.bytes -= bytes_
        self.files -= files
        if self.files < 0:
            raise ArchiveRefused(_("it holds more than {most} files").format(most=self.most[1]))
        if self.bytes < 0:
            text = _("it becomes larger than {most} MiB")
            raise ArchiveRefused(text.format(most=self.most[0] // 1024**2))
        if self.within:
            self.within.take(bytes_, files)


class _Gathering:
    def __init__(self, source: Path, room: Path) -> None:
        self.source, self.room, self.found = source, room, Found()
        self.numbers = count()
        self.all = _Budget(MOST_OF_ALL, MOST_FILES_OF_ALL)

    def refuse(self, path: Way, reason: str, file: Path | None = None) -> None:
        self.found.refused.append(Refused(path, reason, file))

    def folder(self, folder: Path, path: Way) -> None:
        for one in sorted(folder.iterdir()):
            here = (*path, one.name)
            if one.is_symlink():
                self.refuse(here, _("it is a link, which is not followed"))
            elif _is_noise(here[-1:]):
                continue
            elif one.is_dir():
                self.folder(one, here)
            elif stat.S_ISREG(one.lstat().st_mode):
                self.file(one, here)
            else:
                self.refuse(here, _("it is no plain file"))

    def file(self, file: Path, path: Way) -> None:
        try:
            if not self._opened(file, path, None, 0):
                time = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                self.found.pieces.append(Piece(path, file, time, time, packed=False))
        except OSError as error:
            self.refuse(path, _("it cannot be read: {why}").format(why=error.strerror or error))

    def _opened(self, file: Path, path: Way, said: datetime | None, depth: int) -> bool:
        """Open an archive; return whether it was one, refused or not."""
        with file.open("rb") as content:
            head = content.read(8)
        for mark, kind in _CLOSED.items():
            if head.startswith(mark):
                text = _("{kind} archives are not opened here: unpack it, or ask for a zip archive")
                self.refuse(path, text.format(kind=kind), file)
                return True
        if not path[-1].lower().endswith((*_ENDINGS, ".ipynb.gz")):
            return False
        if depth == _DEPTH:
            self.refuse(path, _("it is packed too many times over"), file)
            return True
        marks = len(self.found.pieces), len(self.found.refused)
        # The outermost archive holds a whole class; one inside it, one learner's work.
        budget = _Budget(MOST, MOST_FILES, self.all) if depth else self.all
        try:
            inside = list(self._unpacked(file, path, said, budget))
        except ArchiveRefused as error:
            del self.found.pieces[marks[0] :], self.found.refused[marks[1] :]
            self.refuse(path, str(error), file)
            return True
        except BROKEN:
            del self.found.pieces[marks[0] :], self.found.refused[marks[1] :]
            self.refuse(path, _("it is damaged or no archive"), file)
            return True
        for piece in inside:
            if not self._opened(piece.file, piece.path, piece.time, depth + 1):
                self.found.pieces.append(piece)
        return True

    def _unpacked(
        self, file: Path, path: Way, said: datetime | None, budget: _Budget
    ) -> Iterator[Piece]:
        written = said or datetime.fromtimestamp(file.stat().st_mtime, UTC)
        for member in members(file, path[-1]):
            parts = [
                one for one in member.name.replace("\\", "/").split("/") if one not in {"", "."}
            ]
            if not parts or _is_noise(tuple(parts)):
                continue
            here = (*path, *parts)
            if member.open is None:
                self.refuse(here, member.reason)
                continue
            to = self.room / str(next(self.numbers))
            budget.take(files=1)
            try:
                with member.open() as content, to.open("wb") as out:
                    while block := content.read(_AT_ONCE):
                        budget.take(len(block))
                        out.write(block)
            except BROKEN:
                text = _("'{name}' in it is damaged, or locked with a password")
                # what came in whole is with the sender still
                lost = here if file == self.source else path
                self.refuse(lost, text.format(name=parts[-1]), file)
                continue
            leads_out = ".." in parts or member.name.startswith(("/", "\\")) or parts[0][1:2] == ":"
            if leads_out:
                kept = (*path, *(one.replace("..", "__") for one in parts))
                self.refuse(kept, _("its name leads out of the archive"), to)
                continue
            inner = member.time or written
            yield Piece(here, to, said or inner, inner, packed=True)


def _is_noise(parts: Way) -> bool:
    """Return whether a system put this there, and no person."""
    return any(one in _NOISE for one in parts) or parts[-1].startswith("._")
