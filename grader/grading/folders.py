"""Graded folders: written beside their place down to the disk, then put into it."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PART: Final = ".part"
OLD: Final = ".old"


def put(file: Path, content: bytes, permissions: int) -> None:
    """Write a file so that it is whole on the disk when this returns."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    file.chmod(permissions)


def swept(folders: Mapping[str, Path]) -> list[Path]:
    """Put right what an interrupted run left beside graded folders.

    Args:
        folders: where graded folders lie, or would lie, by learner.

    Returns:
        what was removed.
    """
    gone = []
    for folder in folders.values():
        for ending in (PART, OLD):
            left = folder.with_name(f".{folder.name}{ending}")
            if left.is_dir():
                shutil.rmtree(left)
                gone.append(left)
    return gone


def swapped(new: Path | None, folder: Path) -> None:
    """Put a new folder, or none, in the place of the old one."""
    old = folder.with_name(f".{folder.name}{OLD}")
    shutil.rmtree(old, ignore_errors=True)
    if folder.is_dir():
        folder.rename(old)
    if new:
        new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
