"""One thing that is done so that a learner is forgotten, and how files are changed without loss."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What happens to a place that knows the learner."""

    REMOVED = "removed"
    REWRITTEN = "rewritten"
    REBUILT = "rebuilt"
    REMAINS = "remains"


@dataclass(frozen=True)
class Step:
    """What happens to one place.

    Attributes:
        place: the file or folder, or the address of a database.
        kind: removed; rewritten without the learner; removed because it is made anew from what is
            left (a report, an export); or remaining, because it is nobody's to change but a
            person's.
        detail: what of it, in words.
        act: does it; None where it remains. It can be done again after an interruption.
    """

    place: Path | str
    kind: Kind
    detail: str = ""
    act: Callable[[], None] | None = None


def remove(place: Path) -> None:
    """Remove a file, a link or a folder with all that lies in it; links are not followed."""
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
    else:
        shutil.rmtree(place)


def rewrite(file: Path, content: bytes) -> None:
    """Give a file another content, whole or not at all, with the permissions that it had."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.touch(mode=0o600)
        part.write_bytes(content)
        shutil.copymode(file, part)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
