"""A kernel that a fork server started, as its caller sees it."""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from duecourse.language import _
from grader.kernels import scratch
from grader.kernels.becoming import Request
from grader.kernels.jail import NotIsolated
from grader.kernels.server import HEAD

_MIB: Final = 1024 * 1024
_ABOUT: Final = socket.CMSG_SPACE(12) + socket.CMSG_SPACE(4)


class StartedKernel:
    """A forked kernel whose sockets are bound, with what a provisioner needs of `subprocess.Popen`.

    Attributes:
        pid: its process as this process sees it.
        connection: Jupyter's connection info.
        returncode: how it ended; None while it runs.
        ended: why a limit ended it, for the learner to read; "" otherwise.
    """

    stdin = stdout = stderr = None

    def __init__(
        self, server: Path, request: Request, folder: Path, streams: tuple[int, int]
    ) -> None:
        self.connection = request.connection
        self.pid = 0
        self.returncode: int | None = None
        self.ended = ""
        self._limits = request.limits
        self._folder = folder
        self._folders = -1
        self._known: scratch.Known = {}
        self._said = b""
        self._socket = socket.socket(socket.AF_UNIX)
        line, other = socket.socketpair()
        try:
            # so that the system says which process speaks, in this process's own numbers
            line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self._reach(server)
            head = json.dumps(request.limits).encode().ljust(HEAD)
            socket.send_fds(self._socket, [head], (*streams, other.fileno()))
            other.close()
            line.sendall(request.sent())
            self._meet(line)
        except BaseException:
            self._close_all()
            raise
        finally:
            line.close()
            other.close()

    def _reach(self, server: Path) -> None:
        try:
            self._socket.connect(str(server))
        except OSError as error:
            raise ConnectionError("the fork server is gone") from error

    def _meet(self, line: socket.socket) -> None:
        """Wait until the kernel is ready, and give it its files if it is isolated."""
        data = b""
        while True:
            more, about, _flags, _address = line.recvmsg(4096, _ABOUT)
            if not more:
                raise ConnectionError("the fork server ended")
            for level, kind, content in about:
                if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                    self.pid = struct.unpack("iii", content)[0]
                elif level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    self._folders = struct.unpack("i", content[:4])[0]
            *lines, data = (data + more).split(b"\n")
            for told in map(json.loads, lines):
                if "failed" in told:
                    raise self._failed(told["failed"])
                if "folders" in told:
                    self._bring_files()
                    line.sendall(b"!")
                if "ready" in told:
                    return

    def _failed(self, why: str) -> Exception:
        if not self._limits:
            return OSError(why)
        return NotIsolated(_("An isolated kernel could not be made: {why}.").format(why=why))

    def _bring_files(self) -> None:
        sockets = Path(self.connection["ip"]).parent
        sockets.symlink_to(f"/proc/self/fd/{self._folders}/sockets")
        with self._work() as work:
            self._known = scratch.copy_in(self._folder, work, self._limits["scratch_bytes"] // 2)

    @contextlib.contextmanager
    def _work(self) -> Iterator[int]:
        work = os.open("work", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._folders)
        try:
            yield work
        finally:
            os.close(work)

    def fileno(self) -> int:
        """Return what becomes readable when there is news of the kernel; -1 after its end."""
        return self._socket.fileno()

    def poll(self) -> int | None:
        """Return how the kernel ended, or None while it runs."""
        while self.returncode is None and self._hear(wait=False):
            pass
        return self.returncode

    def wait(self) -> int:
        """Wait for the kernel's end and return how it ended."""
        while self.returncode is None:
            self._hear(wait=True)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel's whole group."""
        if self.poll() is None:
            with contextlib.suppress(OSError):
                self._socket.sendall(f"{int(number)}\n".encode())

    def kill(self) -> None:
        """End the kernel and whatever it started."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end; an isolated one is not asked."""
        self.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """End the kernel with whatever it started, bring its files back and remove all the rest.

        Raises:
            OSError: a file cannot be brought back.
        """
        try:
            self.kill()
            self.wait()
            if self._folders >= 0:
                with self._work() as work:
                    scratch.bring_back(work, self._folder, self._known)
        finally:
            self._close_all()

    def _close_all(self) -> None:
        self._socket.close()
        if self._folders >= 0:
            os.close(self._folders)
            self._folders = -1
        _remove(Path(self.connection["ip"]).parent)

    def _hear(self, *, wait: bool) -> bool:
        """Take in what the server says; False if it has not said anything."""
        if not wait:
            poller = select.poll()
            poller.register(self._socket, select.POLLIN)
            if not poller.poll(0):
                return False
        try:
            data = self._socket.recv(4096)
        except OSError:
            data = b""
        if not data:
            # the server is gone, and the kernel with it
            data = json.dumps({"exit": -int(signal.SIGKILL)}).encode() + b"\n"
        *lines, self._said = (self._said + data).split(b"\n")
        for told in map(json.loads, lines):
            if "ended" in told:
                self.ended = self.ended or _why(told["ended"], self._limits)
            if "exit" in told:
                self.returncode = told["exit"]
                self._socket.close()
        return True


def _why(limit: str, limits: Mapping[str, int]) -> str:
    """Return in words for the learner which limit was reached."""
    most = limits[limit]
    if limit == "processes":
        return _("it started more than {most} processes").format(most=most)
    if limit == "memory":
        return _("it used more than {most} MB of memory").format(most=most // _MIB)
    return _("it used more than {most} seconds of processor time").format(most=most)


def _remove(sockets: Path) -> None:
    """Remove the folder of a kernel's sockets, or the link in its place."""
    with contextlib.suppress(OSError):
        sockets.unlink()
    shutil.rmtree(sockets, ignore_errors=True)
    with contextlib.suppress(OSError):
        sockets.parent.rmdir()
