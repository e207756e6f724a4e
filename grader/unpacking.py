"""Archives that a class's work comes in: unpacked with care, and none stops the others."""

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

from nbgrader.plugins.zipcollect import ExtractorPlugin

from duecourse.errors import DuecourseError
from duecourse.language import _

MOST: Final = 100 * 1024 * 1024
"""Bytes that one archive may become, archives inside it included."""
_MOST_FILES: Final = 2000
_DEPTH: Final = 3
_AT_ONCE: Final = 1 << 20
_ENDINGS: Final = (".zip", ".tar.gz", ".tgz", ".tar", ".gz")


class ArchiveRefused(DuecourseError):
    """An archive is not unpacked; the message says why."""


class CarefulExtractor(ExtractorPlugin):
    """nbgrader's extractor of ``zip_collect`` for archives that nobody has looked at.

    Links, special files and names that lead out of the archive are left out. An archive that is
    damaged or becomes too large is left out as a whole and named in the log; the others go on.
    """

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack the archives of a folder, each into a folder of its name, and copy other files."""
        source, target = Path(archive_path), Path(extracted_path)
        for file in sorted(one for one in source.rglob("*") if one.is_file()):
            beside = target / file.parent.relative_to(source)
            beside.mkdir(parents=True, exist_ok=True)
            if (name := _without_ending(file.name)) is None:
                shutil.copy(file, beside / file.name)
                continue
            try:
                unpack(file, beside / name)
            except ArchiveRefused as error:
                self.log.error("%s: %s", file, error)  # noqa: TRY400  # no trace of ours helps


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive, and archives inside it, into a folder.

    Raises:
        ArchiveRefused: it is damaged, becomes too large, or holds too many files; nothing is left.
    """
    try:
        _unpack(archive, folder, _Budget(), _DEPTH)
    except ArchiveRefused:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ArchiveRefused(_("it is damaged or no archive")) from error
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ArchiveRefused(_("it is damaged or no archive")) from error


class _Budget:
    """What may still be unpacked."""

    def __init__(self) -> None:
        self.bytes, self.files = MOST, _MOST_FILES

    def copy(self, source: IO[bytes], file: Path) -> None:
        self.files -= 1
        if self.files < 0:
            text = _("it holds more than {most} files")
            raise ArchiveRefused(text.format(most=_MOST_FILES))
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            while block := source.read(_AT_ONCE):
                self.bytes -= len(block)
                if self.bytes < 0:
                    text = _("it becomes larger than {most} MiB")
                    raise ArchiveRefused(text.format(most=MOST // 1024**2))
                out.write(block)


def _unpack(archive: Path, folder: Path, budget: _Budget, depth: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _members(archive):
        place = PurePosixPath(name.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in name or not place.parts:
            continue
        file = folder / place
        with content:
            budget.copy(content, file)
        if depth and (inner := _without_ending(file.name)) is not None:
            _unpack(file, file.with_name(inner), budget, depth - 1)


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield the plain files of an archive with their contents."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for member in packed.infolist():
                kind = member.external_attr >> 28
                if not member.is_dir() and kind in {0, 8}:
                    yield member.filename, packed.open(member)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as tape:
            for entry in tape:
                content = tape.extractfile(entry) if entry.isfile() else None
                if content and not entry.issparse():
                    yield entry.name, content
    elif archive.name.endswith(".gz"):
        with gzip.open(archive) as single:
            yield archive.name.removesuffix(".gz"), cast("IO[bytes]", single)
    else:
        raise ArchiveRefused(_("it is damaged or no archive"))


def _without_ending(name: str) -> str | None:
    """Return an archive's name without its ending; None for another file."""
    for ending in _ENDINGS:
        if name.lower().endswith(ending):
            return name[: -len(ending)] or name
    return None
