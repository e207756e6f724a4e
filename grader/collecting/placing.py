"""Putting what came back into its place, and never anything over something newer."""

import csv
import io
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Final, Literal

from nbgrader.utils import parse_utc

from duecourse.language import _
from grader.collecting.opening import Refused, Way
from grader.collecting.sorting import Version
from grader.grading.folders import put
from grader.handed_in import TIMESTAMP, content_of, plain
from grader.release import digest_of

EARLIER: Final = "earlier"
UNPLACED: Final = "unplaced"
REASONS: Final = "reasons.csv"
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]')
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
State = Literal["new", "newer", "older", "same"]


@dataclass(frozen=True)
class Placed:
    """What became of one version.

    Attributes:
        learner: the learner's id.
        assignment: the assignment's name.
        state: new; newer than what was there, which is kept in ``earlier/``; older, and kept there
            itself; or the same as something that was there already.
        note: what the instructor should know.
    """

    learner: str
    assignment: str
    state: State
    note: str = ""


@dataclass(frozen=True)
class Unplaced:
    """What could not be placed.

    Attributes:
        name: where it was found.
        reason: why it could not be placed.
        file: where it lies now; None where there is nothing to keep, such as of a link.
    """

    name: str
    reason: str
    file: Path | None


def place(course: Path, versions: list[Version], now: datetime) -> list[Placed]:
    """Put all versions of one learner's work on one assignment where they belong.

    Args:
        course: the course's folder.
        versions: at least one, all of one learner and assignment.
        now: the present, in UTC; nothing was handed in later than this.

    Raises:
        OSError: something cannot be written; what was there is there still.
    """
    learner, assignment = versions[0].learner, versions[0].assignment
    versions = sorted(versions, key=lambda one: (min(one.time, now), one.order))
    newest = {one.notebook: one for one in versions}
    done: list[Placed] = []
    for one in versions:
        if newest[one.notebook] is not one:
            files = _contents(one)
            winner = _contents(newest[one.notebook])
            fresh = not _within(files, winner) and _keep(
                course, learner, assignment, files, min(one.time, now)
            )
            done.append(Placed(learner, assignment, "older" if fresh else "same", one.note))
    files = {name: content for one in newest.values() for name, content in _contents(one).items()}
    time = min(max(one.time for one in newest.values()), now)
    note = next((one.note for one in newest.values() if one.note), "")
    folder = course / "submitted" / learner / assignment
    there = _there(folder)
    if there is None:
        _write(folder, files, time)
        return [*done, Placed(learner, assignment, "new", note)]
    had, since = there
    if _within(files, had):
        return [*done, Placed(learner, assignment, "same", note)]
    # A notebook that did not come again stays; what lay beside the old ones may contradict this.
    files = {**{name: had[name] for name in had if _is_notebook(name)}, **files}
    if time <= since:
        fresh = _keep(course, learner, assignment, files, time)
        return [*done, Placed(learner, assignment, "older" if fresh else "same", note)]
    _write(folder, files, time, kept=_place_of(course, learner, assignment, had, since))
    return [*done, Placed(learner, assignment, "newer", note)]


def _contents(version: Version) -> dict[str, bytes]:
    return {
        "/".join(safe(part) for part in name.split("/")): piece.file.read_bytes()
        for name, piece in version.files.items()
    }


def _within(files: Mapping[str, bytes], others: Mapping[str, bytes]) -> bool:
    return all(others.get(name) == content for name, content in files.items())


def _is_notebook(name: str) -> bool:
    return "/" not in name and name.endswith(".ipynb")


def _there(folder: Path) -> tuple[dict[str, bytes], datetime] | None:
    """Return the files of a submission and since when it is there; None if there is none."""
    if not folder.is_dir():
        return None
    found = [file for file in plain(folder, []) if file.is_file() and not file.is_symlink()]
    if not found:
        # an empty folder, or one of links: whatever comes is newer
        return {}, datetime.fromtimestamp(0, UTC)
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}
    text = files.pop(TIMESTAMP, b"").decode("utf-8", "replace").strip()
    try:
        if text:
            return files, parse_utc(text).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    return files, datetime.fromtimestamp(max(file.stat().st_mtime for file in found), UTC)


def _place_of(
    course: Path, learner: str, assignment: str, files: Mapping[str, bytes], time: datetime
) -> Path:
    name = f"{time:%Y-%m-%d-%H%M%S}-{content_of(files)[:8]}"
    return course / EARLIER / learner / assignment / name


def _keep(
    course: Path, learner: str, assignment: str, files: Mapping[str, bytes], time: datetime
) -> bool:
    """Keep an older version; return whether it was not kept before."""
    folder = _place_of(course, learner, assignment, files, time)
    if list(folder.parent.glob(f"*-{content_of(files)[:8]}")):
        return False
    _write(folder, files, time)
    return True


def _write(
    folder: Path, files: Mapping[str, bytes], time: datetime, kept: Path | None = None
) -> None:
    """Write a version beside its place, move away what was there, and put it into its place.

    Args:
        folder: its place.
        files: its files.
        time: when it was handed in.
        kept: where to move what was there; needed where something was.
    """
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        for name, content in files.items():
            put(part / name, content, 0o644)
        put(part / TIMESTAMP, f"{time:%Y-%m-%d %H:%M:%S} UTC\n".encode(), 0o644)
        if kept is not None:
            ways = (kept.with_name(f"{kept.name}-{number}") for number in count(2))
            kept = next(way for way in chain([kept], ways) if not way.exists())
            kept.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(kept)
        try:
            part.rename(folder)
        except OSError:
            if kept is not None:
                kept.rename(folder)
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def safe(part: str) -> str:
    """Return a part of a path as every system can write it."""
    # a name that is no Unicode holds half characters
    text = _UNSAFE.sub("_", part.encode("utf-8", "replace").decode()).rstrip(". ")
    while len(text.encode()) > 200:
        text = text[:-1]
    return text if text.strip(".") else "_"


def set_aside(
    course: Path, refused: Iterable[Refused], placed: Iterable[tuple[Way, Path]], source: Path
) -> list[Unplaced]:
    """Put what cannot be placed into ``unplaced/`` with its reason, and take away what could be.

    Args:
        course: the course's folder.
        refused: what cannot be placed.
        placed: where everything was found that is placed now, and its content.
        source: what came back; it is not copied whole.
    """
    folder = course / UNPLACED
    for path, file in placed:
        _forget(folder, path, file)
    done: dict[tuple[str, str], Unplaced] = {}
    for one in refused:
        kept: Path | None = None
        if one.file is not None and one.file != source:
            kept = _copied(folder, one.path, one.file)
        name = "/".join(one.path)
        done.setdefault((name, one.reason), Unplaced(name, one.reason, kept))
    _list(folder, list(done.values()))
    return list(done.values())


def _places(folder: Path, path: Way, file: Path) -> list[Path]:
    """Return where a file may lie in ``unplaced/``, the best place first."""
    parts = [safe(part) for part in path]
    digest = digest_of(file.read_bytes())[:8]
    to = folder.joinpath(*parts)
    flat = folder / f"{digest}-{parts[-1]}"
    return [to, to.with_name(f"{to.stem[:60]}~{digest}{to.suffix}"), flat]


def _copied(folder: Path, path: Way, file: Path) -> Path | None:
    for to in _places(folder, path, file):
        try:
            if to.exists() and (to.samefile(file) or to.read_bytes() == file.read_bytes()):
                return to
            if not to.exists():
                put(to, file.read_bytes(), 0o644)
                return to
        except OSError:
            # a file stands where a folder is wanted, or the other way round
            continue
    return None


def _forget(folder: Path, path: Way, file: Path) -> None:
    if not (folder.is_dir() and path):
        return
    content = file.read_bytes()
    for to in _places(folder, path, file):
        if to.is_file() and to.read_bytes() == content:
            to.unlink()


def _list(folder: Path, unplaced: list[Unplaced]) -> None:
    """Write the reasons of everything that lies there, and remove the folder when nothing does."""
    if not folder.is_dir() and not unplaced:
        return
    folder.mkdir(parents=True, exist_ok=True)
    listing = folder / REASONS
    rows: dict[tuple[str, str], str] = {}
    if listing.is_file():
        text = listing.read_text("utf-8-sig", "replace")
        for row in list(csv.reader(io.StringIO(text)))[1:]:
            if len(row) == 3 and row[0] and (folder / _read(row[0])).is_file():
                rows[_read(row[0]), _read(row[1])] = _read(row[2])
    for one in unplaced:
        file = one.file.relative_to(folder).as_posix() if one.file else ""
        rows[file, one.name] = one.reason
    for inner in sorted(folder.rglob("*"), reverse=True):
        if inner.is_dir() and not any(inner.iterdir()):
            inner.rmdir()
    if not rows and {one.name for one in folder.iterdir()} <= {REASONS}:
        listing.unlink(missing_ok=True)
        folder.rmdir()
        return
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow([_("file"), _("found in"), _("reason")])
    table.writerows(
        [_cell(file), _cell(name), _cell(reason)] for (file, name), reason in sorted(rows.items())
    )
    part = listing.with_name(f".{REASONS}.part")
    put(part, b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace"), 0o644)
    os.replace(part, listing)  # noqa: PTH105  # on Windows too


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _read(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell
