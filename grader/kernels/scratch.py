"""The copy of a submission's folder that an isolated kernel works in.

Both sides are gone through by descriptors of folders, one name at a time and never through a link:
what lies in them was put there by a learner.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_BACK: Final = 16 * 1024 * 1024
"""Bytes of a file that is brought back."""
_ALL_BACK: Final = 64 * 1024 * 1024
_FILES: Final = 2000
_DEPTH: Final = 16
_KEPT_OUT: Final = (".ipynb", ".pyc")
_NOT_BACK: Final = ("timestamp.txt",)
"""What nbgrader reads beside a notebook."""
_CHUNK: Final = 1 << 20
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_OPEN: Final = os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER: Final = _OPEN | os.O_RDONLY | os.O_DIRECTORY

Known = dict[tuple[str, ...], tuple[int, int]]
"""Size in bytes and time of the last change by path."""


@dataclass(frozen=True)
class Found:
    """A regular file: its path's parts, and what the system says about it."""

    parts: tuple[str, ...]
    status: os.stat_result


def copy_in(folder: Path, scratch: int, most: int) -> Known:
    """Copy a folder into scratch, without notebooks, links and special files.

    A file that others of its owner share as a hard link stays out too. The smallest come first, and
    what does not fit any more is left out.

    Args:
        folder: the folder; nothing in it is changed.
        scratch: a descriptor of the folder that the copies go to.
        most: bytes that they may have together.

    Returns:
        What `bring_back` must know to see what changed.

    Raises:
        OSError: a file cannot be read or written.
    """
    known: Known = {}
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        files = sorted(_files(opened), key=lambda one: (one.status.st_size, one.parts))
        left = most
        for one in files:
            foreign = one.status.st_nlink > 1 and one.status.st_uid != os.geteuid()
            size = -(-one.status.st_size // _PAGE) * _PAGE
            if size > left or foreign or one.parts[-1].endswith(_KEPT_OUT):
                continue
            left -= size
            status = _copy(opened, scratch, one, 0o600 | one.status.st_mode & 0o700)
            known[one.parts] = _state(status)
    finally:
        os.close(opened)
    return known


def bring_back(scratch: int, folder: Path, known: Known) -> list[str]:
    """Copy small regular files that are new or changed from scratch into a folder.

    Notebooks are never brought back, nor what nbgrader reads beside them. Nothing is written
    through a link; a link or special file that stands in the way stays.

    Args:
        scratch: a descriptor of the folder that a kernel worked in, which has ended.
        folder: where the files go.
        known: what `copy_in` returned.

    Returns:
        The paths of the copied files, relative to the folder.

    Raises:
        OSError: a file cannot be written.
    """
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    back, left = [], _ALL_BACK
    try:
        for one in sorted(_files(scratch), key=lambda one: one.parts):
            size, name = one.status.st_size, one.parts[-1]
            if known.get(one.parts) == _state(one.status) or name in _NOT_BACK:
                continue
            if size > min(left, MOST_BACK) or name.endswith(_KEPT_OUT) or not _plain(one.parts):
                continue
            with contextlib.suppress(NotADirectoryError, FileExistsError, IsADirectoryError):
                _copy(scratch, opened, one, 0o644)
                back.append("/".join(one.parts))
                left -= size
    finally:
        os.close(opened)
    return back


def _plain(parts: tuple[str, ...]) -> bool:
    return all(part.isprintable() for part in parts)


def _state(status: os.stat_result) -> tuple[int, int]:
    # a program can set the time of the last writing as it likes, but not that of the last change
    return status.st_size, status.st_ctime_ns


def _files(folder: int) -> Iterator[Found]:
    """Yield the regular files below a folder, up to a number and a depth."""
    count = 0
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        above = waiting.pop()
        with _opened(folder, above) as here:
            names = sorted(os.listdir(here))  # noqa: PTH208  # a descriptor
            for name in names[:_FILES]:
                status = os.stat(name, dir_fd=here, follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode) and len(above) < _DEPTH:
                    waiting.append((*above, name))
                elif stat.S_ISREG(status.st_mode):
                    count += 1
                    if count > _FILES:
                        return
                    yield Found((*above, name), status)


@contextlib.contextmanager
def _opened(folder: int, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """Open a folder below another without following a link."""
    here = os.dup(folder)
    try:
        for part in parts:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o755, dir_fd=here)
            inner = os.open(part, _FOLDER, dir_fd=here)
            os.close(here)
            here = inner
        yield here
    finally:
        os.close(here)


def _copy(source: int, target: int, one: Found, mode: int) -> os.stat_result:
    """Copy one file to the same place below another folder, and return what it is there."""
    *above, name = one.parts
    part = f".{name[:100]}.{os.getpid()}.part"
    with (
        _opened(source, tuple(above)) as here,
        _opened(target, tuple(above), make=True) as there,
        _descriptor(name, _OPEN | os.O_RDONLY | os.O_NONBLOCK, here) as reads,
    ):
        if not stat.S_ISREG(os.fstat(reads).st_mode):
            raise FileExistsError(name)
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(os.stat(name, dir_fd=there, follow_symlinks=False).st_mode):
                raise FileExistsError(name)
        flags = _OPEN | os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with _descriptor(part, flags, there, mode) as writes:
            try:
                left = one.status.st_size
                while left > 0 and (data := os.read(reads, min(left, _CHUNK))):
                    left -= len(data)
                    _write(writes, data)
                os.replace(part, name, src_dir_fd=there, dst_dir_fd=there)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(part, dir_fd=there)
                raise
            return os.fstat(writes)


@contextlib.contextmanager
def _descriptor(name: str, flags: int, folder: int, mode: int = 0o600) -> Iterator[int]:
    opened = os.open(name, flags, mode, dir_fd=folder)
    try:
        yield opened
    finally:
        os.close(opened)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
