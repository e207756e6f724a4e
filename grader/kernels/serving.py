"""The fork servers of this process: one for trusted code, and one in the jail for that of learners.

A server ends with the process that started it. Other processes may use it as long.
"""

import atexit
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Final

from duecourse.language import _
from grader import temporary
from grader.kernels import jail
from grader.kernels.jail import NotIsolated, missing

PLACES: Final = {False: "DUECOURSE_KERNELS_WARM", True: "DUECOURSE_KERNELS_ISOLATED"}
"""Variables that name the socket of a server that another process started."""
NO_THREADS: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MALLOC_ARENA_MAX": "2",
}
"""What keeps the libraries of the fork server from starting threads, and those of a kernel from
reserving address space for each."""
_START_SECONDS: Final = 180
_WAITING: Final = 64

_starting = threading.Lock()
_places: dict[tuple[int, bool], Path | None] = {}
_begun: dict[tuple[int, bool], "_Server"] = {}


class _Server:
    """A server that loads what it needs while this process goes on with something else."""

    def __init__(self, isolated: bool) -> None:
        self.folder = temporary.made("kernels")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "socket"))
            listener.listen(_WAITING)
            owner = os.pidfd_open(os.getpid())
            try:
                self.process = _run(isolated, listener.fileno(), owner)
            finally:
                os.close(owner)
        atexit.register(self.stop, os.getpid())

    def place(self) -> Path | None:
        """Wait until it is ready and return its socket; None if it does not get there."""
        assert self.process.stdout is not None
        said = select.select([self.process.stdout], [], [], _START_SECONDS)[0]
        if said and self.process.stdout.readline().strip() == b"ready":
            return self.folder / "socket"
        self.stop(os.getpid())
        return None

    def stop(self, owner: int) -> None:
        """End it, if this is the process that started it."""
        if os.getpid() == owner:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.folder, ignore_errors=True)


def begin(isolated: bool) -> None:
    """Start this process's fork server where one can be, without waiting for it."""
    key = (os.getpid(), isolated)
    with _starting:
        possible = sys.platform == "linux" and not (isolated and missing())
        if (
            possible
            and key not in _places
            and key not in _begun
            and PLACES[isolated] not in os.environ
        ):
            _begun[key] = _Server(isolated)


def serve(isolated: bool) -> Path | None:
    """Return the socket of this process's fork server, which is started if there is none yet.

    Returns:
        The socket; None where forking is impossible, after one warning.

    Raises:
        NotIsolated: isolation is impossible here.
    """
    if isolated and (why := missing()):
        raise NotIsolated(why)
    key = (os.getpid(), isolated)
    with _starting:
        if key not in _places:
            told = os.environ.get(PLACES[isolated])
            _places[key] = Path(told) if told else _started(isolated)
        return _places[key]


def use(place: Path, isolated: bool) -> None:
    """Let this process's kernels come from a server that another process started."""
    with _starting:
        _places[os.getpid(), isolated] = place


def forget(isolated: bool) -> None:
    """Let the next kernel come from a new server: the one that is known is gone."""
    with _starting:
        _places.pop((os.getpid(), isolated), None)
        os.environ.pop(PLACES[isolated], None)


def _started(isolated: bool) -> Path | None:
    if sys.platform != "linux":
        cold(_("this system cannot fork kernels safely"))
        return None
    # a server that is ended from outside while it starts is started once more
    begun = _begun.pop((os.getpid(), isolated), None) or _Server(isolated)
    place = begun.place() or _Server(isolated).place()
    if place is None and isolated:
        raise NotIsolated(_("The server of isolated kernels did not start."))
    if place is None:
        cold(_("the fork server did not start"))
    return place


def _run(isolated: bool, listener: int, owner: int) -> "subprocess.Popen[bytes]":
    passed = (listener, owner)
    line = [sys.executable, "-m", "grader.kernels.server", str(listener), str(owner)]
    if isolated:
        known = {**jail.surroundings(), **NO_THREADS}
        streams = (subprocess.DEVNULL, subprocess.PIPE, 2)
        return jail.run([*line, "jailed"], known, streams, passed)
    return subprocess.Popen(  # noqa: S603  # our own module
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        pass_fds=passed,
        env={**os.environ, **NO_THREADS},
        cwd=jail.ROOT,
    )


def cold(why: str) -> None:
    """Say that kernels start without a server, and why."""
    text = _("Kernels start cold, which takes longer: {why}.").format(why=why)
    warnings.warn(text, RuntimeWarning, stacklevel=4)
