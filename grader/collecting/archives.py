"""What is in an archive, one entry after the other: its name as its sender read it, and its time."""

import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, cast

from duecourse.language import _

BROKEN: Final = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    OverflowError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
)
"""What reading an archive or an entry of it raises where that is damaged or locked."""


@dataclass(frozen=True)
class Member:
    """One entry of an archive.

    Attributes:
        name: its name, with folders.
        time: when it was written, in UTC, if that is known.
        open: opens its content; None where it is not taken.
        reason: why it is not taken.
    """

    name: str
    time: datetime | None
    open: Callable[[], IO[bytes]] | None
    reason: str = ""


def members(file: Path, name: str) -> Iterator[Member]:
    """Yield the entries of an archive, each to be opened before the next one is asked for.

    Args:
        file: the archive.
        name: what it is called; its ending says what is no zip or tape archive.

    Raises:
        One of `BROKEN`: it is damaged or no archive.
    """
    link, special = _("it is a link, which is not followed"), _("it is no plain file")
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            for one in packed.infolist():
                kind = one.external_attr >> 28 if one.create_system == 3 else 0
                if one.is_dir():
                    continue
                if kind in {0, 8}:
                    yield Member(name_of(one), time_of(one), lambda one=one: packed.open(one))  # type: ignore[misc]
                else:
                    yield Member(name_of(one), None, None, link if kind == 10 else special)
    elif name.lower().endswith(".ipynb.gz"):
        yield Member(name[: -len(".gz")], None, lambda: cast("IO[bytes]", gzip.open(file)))  # noqa: SIM115  # whoever reads it closes it
    else:
        with tarfile.open(file) as tape:
            for entry in tape:
                if entry.isfile() and not entry.issparse():
                    time = datetime.fromtimestamp(entry.mtime, UTC)
                    yield Member(
                        entry.name,
                        time,
                        lambda entry=entry: cast("IO[bytes]", tape.extractfile(entry)),  # type: ignore[misc]
                    )
                elif not entry.isdir():
                    linked = entry.issym() or entry.islnk()
                    yield Member(entry.name, None, None, link if linked else special)


def name_of(member: zipfile.ZipInfo) -> str:
    """Return a member's name as its sender read it.

    Windows in Chinese packs names in GBK and does not say so; macOS packs them in UTF-8 and does
    not say so either. A name in UTF-8 is almost never one in GBK, so that is tried first.
    """
    name = member.orig_filename.split("\0")[0]
    if member.flag_bits & 0x800 or name.isascii():
        return name
    for code in ("utf-8", "gb18030"):
        try:
            return name.encode("cp437").decode(code)
        except UnicodeError:
            continue
    return name


def time_of(member: zipfile.ZipInfo) -> datetime | None:
    """Return when a member was written, in UTC; None where the archive does not know.

    The extended timestamp is in UTC; the plain one is the packing machine's own time, which is
    taken for this machine's.
    """
    extra = member.extra
    while len(extra) >= 4:
        tag, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if tag == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return datetime.fromtimestamp(int.from_bytes(extra[5:9], "little"), UTC)
        extra = extra[4 + size :]
    if member.date_time[0] <= 1980:
        return None
    try:
        return datetime(*member.date_time).astimezone(UTC)
    except ValueError:
        return None
