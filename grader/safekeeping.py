"""Keeping a gradebook safe: a backup before a run, and one run at a time."""

import errno
import getpass
import os
import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from filecmp import cmp
from pathlib import Path
from typing import IO, Final

from sqlalchemy.engine import make_url

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.integrity import PATIENCE, damage_of, gradebook_file, opened

BACKUPS: Final = "backups"
"""Folder of the backups inside a course's folder."""
KEPT: Final = 10
"""Backups that are kept."""
LOCK: Final = ".grading.lock"
UNFINISHED: Final = ".part"
"""What the name of a backup ends with until it is whole."""
_STAMP: Final = "%Y-%m-%d-%H%M%S"
_FAR: Final = 1 << 30
"""Byte of the lock file that Windows locks; others must be able to read the text before it."""
_ours: set[Path] = set()


class OtherRun(DuecourseError):
    """Somebody grades in this course already; the message says who."""


class GradebookDamaged(DuecourseError):
    """The gradebook cannot be trusted; the message says what is wrong and what to do."""


def backed_up(db_url: str, folder: Path, now: datetime) -> Path | None:
    """Copy the gradebook into ``backups/`` of the course, and keep the newest 10 copies.

    The copy is made by SQLite itself, so it is whole even while somebody else writes. If nothing
    has changed since the newest backup, that one is returned, so that runs which are repeated
    after a fault do not push out what was there before the fault.

    Args:
        db_url: the gradebook, as SQLAlchemy names it.
        folder: the course's folder.
        now: the time that the backup is named after. It gets a later name than every backup
            before it, even after the clock was set back.

    Returns:
        The backup's file; None if there is no gradebook yet, or if it is no SQLite file: then
        `own_backup` says what to do.

    Raises:
        GradebookDamaged: SQLite finds the gradebook damaged; the earlier backups are left alone.
        DuecourseError: the copy cannot be written, or another program does not let the gradebook
            go. The gradebook is as it was.
    """
    file = gradebook_file(db_url)
    if file is None or not file.is_file():
        return None
    place = folder / BACKUPS
    earlier = backups(folder)
    part = place / f"gradebook{UNFINISHED}"
    try:
        place.mkdir(exist_ok=True)
        part.unlink(missing_ok=True)
        _copy(file, part)
        if damage := damage_of(part):
            raise GradebookDamaged(damaged(file, damage, earlier))
        if earlier and cmp(earlier[-1], part, shallow=False):
            return earlier[-1]
        backup = place / f"gradebook-{_later(now, earlier)}.db"
        shutil.copymode(file, part)
        part.replace(backup)
        _settle(place)
        for old in [*earlier, backup][:-KEPT]:
            old.unlink()
    except (OSError, sqlite3.Error) as error:
        message = _("The gradebook could not be backed up into {folder}: {reason}. {advice}")
        reason, advice = _why(error, file)
        raise DuecourseError(message.format(folder=place, reason=reason, advice=advice)) from error
    finally:
        part.unlink(missing_ok=True)
    return backup


def own_backup(db_url: str) -> str:
    """Return what to say of a gradebook that is not backed up here; "" for an SQLite file."""
    if gradebook_file(db_url) is not None:
        return ""
    name = make_url(db_url).get_backend_name()
    message = _("The gradebook lies in {database}: back it up with its own tools, such as {tool}.")
    tool = {"postgresql": "pg_dump", "mysql": "mysqldump"}.get(name, "dump")
    return message.format(database=name, tool=tool)


def backups(folder: Path) -> list[Path]:
    """Return the backups in a course's folder, the oldest first."""
    found = (folder / BACKUPS).glob("gradebook-*.db")
    return sorted(file for file in found if _time_of(file) is not None)


def damaged(file: Path, damage: str, backups_: list[Path]) -> str:
    """Return what to say of a damaged gradebook file."""
    message = _("The gradebook {file} is damaged: {damage}. {advice}")
    if backups_:
        advice = _("Put its newest backup in its place: {backup}").format(backup=backups_[-1])
    else:
        advice = _("There is no backup: move the file away, release, and grade again.")
    return message.format(file=file, damage=damage, advice=advice)


def _copy(file: Path, to: Path) -> None:
    until = time.monotonic() + PATIENCE

    def progress(status: int, _remaining: int, _total: int) -> None:
        # Without this, Python would try for ever while somebody holds the gradebook.
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")

    with closing(opened(file)) as book, closing(sqlite3.connect(to)) as copy:
        book.backup(copy, progress=progress)


def _why(error: Exception, file: Path) -> tuple[str, str]:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL or getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:
        return _("the disk is full"), _("Nothing was changed. Make room and try again.")
    if "is locked" in str(error):
        advice = _("Nothing was changed. Close what works on {file} and try again.")
        return _("another program has locked it"), advice.format(file=file)
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return reason, _("Nothing was changed.")


def _later(now: datetime, earlier: list[Path]) -> str:
    times = [now.astimezone(UTC).replace(tzinfo=None, microsecond=0)]
    if earlier and (last := _time_of(earlier[-1])):
        times.append(last + timedelta(seconds=1))
    return max(times).strftime(_STAMP)


def _time_of(backup: Path) -> datetime | None:
    try:
        return datetime.strptime(backup.stem.removeprefix("gradebook-"), _STAMP)  # noqa: DTZ007  # names are in UTC
    except ValueError:
        return None


def _settle(folder: Path) -> None:
    """Let a power cut find the folder's names as they are now."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def sole_run(folder: Path) -> Iterator[None]:
    """Hold the course for this run alone, inside a ``with`` block.

    The lock belongs to this process: it ends with it, however it ends, and processes that it
    started neither hold nor keep it.

    Args:
        folder: the course's folder; it is made if need be.

    Raises:
        OtherRun: another run holds the course.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / LOCK).resolve()
    # A second opening in this process would lose the lock of the first when it is closed.
    if file in _ours:
        raise OtherRun(_taken(folder, _myself(datetime.now(UTC))))
    with file.open("a+b", buffering=0) as held:
        try:
            _lock(held)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
                raise
            held.seek(0)
            holder = held.read().decode("utf-8", "replace").strip()
            raise OtherRun(_taken(folder, holder)) from error
        _ours.add(file)
        try:
            # On a full disk the lock holds all the same; it only does not say whose it is.
            with suppress(OSError):
                held.truncate(0)
                held.write(_myself(datetime.now(UTC)).encode())
            yield
        finally:
            _ours.discard(file)
            held.truncate(0)


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        # lockf and not flock: forked workers would keep a lock of the latter kind.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _myself(now: datetime) -> str:
    since = now.strftime("%Y-%m-%d %H:%M:%S UTC")
    who = _("process {pid} of {user} on {machine}, since {since}")
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        user = str(os.getuid()) if hasattr(os, "getuid") else "?"
    return who.format(pid=os.getpid(), user=user, machine=socket.gethostname(), since=since)


def _taken(folder: Path, holder: str) -> str:
    message = _("Somebody is grading in {folder} already: {holder}. Wait until that run has ended.")
    return message.format(folder=folder, holder=holder or _("a run that has just begun"))
