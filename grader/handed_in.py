"""A submission as plain data: what a worker gets, wherever it runs."""

import hashlib
import re
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch
from glob import escape, glob
from pathlib import Path
from typing import Any, Final

from nbgrader.utils import parse_utc

from duecourse.errors import DuecourseError
from duecourse.language import _

TIMESTAMP: Final = "timestamp.txt"
LARGEST: Final = 20 * 1024 * 1024
"""Bytes that a submitted notebook may have."""
MOST: Final = 200 * 1024 * 1024
"""Bytes that all files of a submission may have together."""


@dataclass(frozen=True)
class Submission:
    """What one learner handed in, or what of it was graded before.

    Attributes:
        learner: the learner's id.
        files: the plain files by their place in the folder, whatever nbgrader would ignore left out.
        strange: places of links and special files, which are never followed or opened; so are
            hard links to what belongs to somebody else.
        content: what tells these files from any others; the timestamp is none of them.
        timestamp: when it was handed in, in UTC without zone, if that is known.
        trouble: what else the instructor should know of it.
    """

    learner: str
    files: Mapping[str, bytes]
    strange: tuple[str, ...]
    content: str
    timestamp: datetime | None = None
    trouble: str = ""

    @property
    def notebooks(self) -> list[str]:
        """The names of its notebooks with ending, in order, links among them."""
        return sorted(name for name in (*self.files, *self.strange) if _is_notebook(name))

    def lay_out(self, folder: Path) -> None:
        """Write it into a folder; a strange file becomes a link to nowhere."""
        for name, content in self.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        for name in self.strange:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.symlink_to("nowhere")


def read(learner: str, folder: Path, ignored: list[str]) -> Submission:
    """Read a submission's folder.

    Args:
        learner: the learner's id.
        folder: the folder.
        ignored: patterns of names that do not belong to it (nbgrader's ``CourseDirectory.ignore``).

    Raises:
        DuecourseError: it is too large, or a file of it cannot be read.
    """
    files: dict[str, bytes] = {}
    strange: list[str] = []
    total, owner = 0, folder.stat().st_uid
    for file in plain(folder, ignored):
        name = file.relative_to(folder).as_posix()
        try:
            about = file.lstat()
            foreign = about.st_nlink > 1 and about.st_uid != owner
            if foreign or not stat.S_ISREG(about.st_mode):
                strange.append(name)
                continue
            if _is_notebook(name) and about.st_size > LARGEST:
                # as much of it as shows that it is too large
                with file.open("rb") as content:
                    files[name] = content.read(LARGEST + 1)
                continue
            total += about.st_size
            if total > MOST:
                text = _("its files are larger than {most} MiB together")
                raise DuecourseError(text.format(most=MOST // 1024**2))
            files[name] = file.read_bytes()
        except OSError as error:
            text = _("{file} cannot be read: {why}")
            raise DuecourseError(text.format(file=name, why=error.strerror or error)) from error
    when, trouble = _timestamp(files.get(TIMESTAMP))
    return Submission(learner, files, tuple(strange), content_of(files), when, trouble)


def content_of(files: Mapping[str, bytes]) -> str:
    """Return what tells the files of a submission from any others; its timestamp is none of them."""
    taken = hashlib.sha256()
    for name in sorted(files):
        if name != TIMESTAMP:
            taken.update(name.encode(errors="surrogateescape") + b"\0")
            taken.update(hashlib.sha256(files[name]).digest())
    return taken.hexdigest()[:20]


def plain(folder: Path, ignored: list[str]) -> list[Path]:
    """Return everything in a folder but folders, in order; links are not followed."""
    found = []
    for file in sorted(folder.iterdir()):
        if any(fnmatch(file.name, pattern) for pattern in ignored):
            continue
        if file.is_dir() and not file.is_symlink():
            found += plain(file, ignored)
        else:
            found.append(file)
    return found


def folders(coursedir: Any, step: str, assignment: str) -> dict[str, Path]:
    """Return the folders of an assignment by learner, in one of nbgrader's steps.

    Args:
        coursedir: nbgrader's CourseDirectory.
        step: such as its ``submitted_directory``.
        assignment: the assignment's name.
    """
    structure = coursedir.format_path(step, "*", escape(assignment))
    pattern = coursedir.format_path(step, "(?P<learner>.*)", re.escape(assignment), escape=True)
    found = ((re.fullmatch(pattern, name), Path(name)) for name in glob(structure))  # noqa: PTH207  # an absolute pattern
    return {
        match["learner"]: folder
        for match, folder in sorted(found, key=lambda one: one[1])
        if match and folder.is_dir()
    }


def emptied(folder: Path) -> Path:
    """Return the folder, newly made and empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _is_notebook(name: str) -> bool:
    return "/" not in name and name.endswith(".ipynb")


def _timestamp(content: bytes | None) -> tuple[datetime | None, str]:
    text = (content or b"").decode("utf-8", "replace").strip()
    if not text:
        return None, ""
    try:
        return parse_utc(text), ""
    except (ValueError, OverflowError):
        said = _("{file} holds no date: '{text}'")
        return None, said.format(file=TIMESTAMP, text=text[:40])
