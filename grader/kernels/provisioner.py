"""A kernel provisioner that asks the fork server for a kernel, and falls back to a cold one."""

import atexit
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
from functools import cache
from pathlib import Path
from typing import Any, Final

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from grader.kernels.server import Request

_START_SECONDS: Final = 180
_NO_THREADS: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""What keeps the libraries of the fork server from starting threads."""


class WarmProvisioner(LocalProvisioner):
    """Starts kernels as forks of a process in which the course's libraries are loaded.

    Where forking is not possible a cold kernel is started, with one warning and the same results.
    """

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel and return how to connect to it."""
        known = dict(kwargs.get("env") or os.environ)
        request = Request(cmd[3:], str(kwargs.get("cwd") or Path.cwd()), known)
        kernel: Any = _warm(request, _streams(kwargs))
        if kernel is None:
            # the kernelspec names no interpreter of its own
            return await super().launch_kernel([sys.executable, *cmd[1:]], **kwargs)
        # without a group of its own here, signals go through the kernel's own methods
        self.process, self.pid, self.pgid = kernel, kernel.pid, None
        info: KernelConnectionInfo = self.connection_info
        return info


class WarmKernel:
    """A forked kernel, with the part of `subprocess.Popen` that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, server: Path, request: Request, streams: tuple[int, int]) -> None:
        self.returncode: int | None = None
        self._lines = b""
        self.connection = socket.socket(socket.AF_UNIX)
        try:
            self.connection.connect(str(server))
            sent, head = request.sent(), 1 << 15
            socket.send_fds(self.connection, [sent[:head]], streams)
            self.connection.sendall(sent[head:])
            self.pid = self._told("pid", wait=True) or 0
            if not self.pid:
                raise ConnectionError("the fork server ended")
        except OSError:
            self.connection.close()
            raise

    def _told(self, what: str, *, wait: bool) -> int | None:
        """Return what the server says about the kernel, if it has said it."""
        while b"\n" not in self._lines:
            if not wait and not select.select([self.connection], [], [], 0)[0]:
                return None
            try:
                data = self.connection.recv(4096)
            except OSError:
                data = b""
            if not data:
                # the server is gone, and the kernel with it
                return -int(signal.SIGKILL) if what == "exit" else 0
            self._lines += data
        line, _, self._lines = self._lines.partition(b"\n")
        return int(json.loads(line)[what])

    def poll(self) -> int | None:
        """Return how the kernel ended, or None while it runs."""
        if self.returncode is None:
            self._ended(self._told("exit", wait=False))
        return self.returncode

    def wait(self) -> int:
        """Wait for the kernel's end and return how it ended."""
        if self.returncode is None:
            self._ended(self._told("exit", wait=True))
        return self.returncode or 0

    def _ended(self, code: int | None) -> None:
        self.returncode = code
        if code is not None:
            self.connection.close()

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel's whole group."""
        if self.poll() is None:
            with contextlib.suppress(OSError):
                self.connection.sendall(f"{int(number)}\n".encode())

    def kill(self) -> None:
        """End the kernel's whole group."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel's whole group to end."""
        self.send_signal(signal.SIGTERM)


def _warm(request: Request, streams: tuple[int, int]) -> WarmKernel | None:
    """Return a forked kernel; a server that was ended from outside is started once more."""
    for _attempt in range(2):
        place = _server()
        if place is None:
            return None
        try:
            return WarmKernel(place, request, streams)
        except OSError:
            _of.cache_clear()
    return None


def _streams(kwargs: dict[str, Any]) -> tuple[int, int]:
    """Return the descriptors that the kernel writes to: the caller's, unless it names its own."""
    found = []
    for name, usual in (("stdout", 1), ("stderr", 2)):
        given = kwargs.get(name)
        number = given if isinstance(given, int) else getattr(given, "fileno", lambda: -1)()
        found.append(number if number >= 0 else usual)
    return found[0], found[1]


def _server() -> Path | None:
    """Start this process's fork server and return its socket; None where there can be none."""
    with _starting:
        return _of(os.getpid())


_starting = threading.Lock()


@cache
def _of(owner: int) -> Path | None:
    return _started(owner)


def _started(owner: int) -> Path | None:
    if not hasattr(os, "fork") or sys.platform != "linux":
        _cold("this system cannot fork kernels safely")
        return None
    folder = Path(tempfile.mkdtemp(prefix="duecourse-kernels-"))
    known = {**os.environ, **_NO_THREADS}
    process = subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", "grader.kernels.server", str(folder / "socket")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=known,
        cwd=Path(__file__).parents[2],
    )
    atexit.register(_stop, process, folder, owner)
    assert process.stdout is not None
    ready = select.select([process.stdout], [], [], _START_SECONDS)[0]
    if ready and process.stdout.readline().strip() == b"ready":
        return folder / "socket"
    _stop(process, folder, owner)
    _cold("the fork server did not start")
    return None


def _stop(process: "subprocess.Popen[bytes]", folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        process.kill()
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def _cold(why: str) -> None:
    warnings.warn(f"Kernels start cold, which takes longer: {why}.", RuntimeWarning, stacklevel=3)
