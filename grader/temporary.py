"""Temporary folders that say whose they are, so that what a killed process left can be removed.

They can hold keys and learners' work. A process that ends in any other way removes its own.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = "duecourse-"
_OWNER: Final = ".owner"


@contextmanager
def folder(kind: str) -> Iterator[Path]:
    """Lend a new folder that only this user can look into."""
    place = made(kind)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def made(kind: str) -> Path:
    """Make such a folder; whoever asked for it removes it."""
    place = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-"))
    (place / _OWNER).write_text(f"{_numbers()} {os.getpid()}", "ascii")
    return place


def cleared() -> list[Path]:
    """Remove the folders of this user's processes that are gone; return them."""
    if sys.platform == "win32":
        return []
    gone = [one for one in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_OWNER}") if _gone(one)]
    for owner in gone:
        shutil.rmtree(owner.parent, ignore_errors=True)
    return [owner.parent for owner in gone]


def _gone(owner: Path) -> bool:
    """Return whether the process that a file names is gone for sure."""
    with suppress(OSError, ValueError, OverflowError):
        if owner.is_symlink() or owner.stat().st_uid != os.geteuid():
            return False
        numbers, process = map(int, owner.read_text("ascii").split())
        if numbers == _numbers() and process > 0:
            try:
                os.kill(process, 0)
            except ProcessLookupError:
                return True
    return False


def _numbers() -> int:
    """Return which processes a number means here: a container counts its own."""
    with suppress(OSError):
        return Path("/proc/self/ns/pid").stat().st_ino
    return 0
