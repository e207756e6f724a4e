"""The fork server: loads the course's libraries once and forks a kernel for every request.

Started as ``python -m grader.kernels.server LISTENER OWNER [jailed]``: a listening socket, and a
descriptor that becomes readable when the process ends that started the server; the server ends with
it. One connection is one kernel. With its first bytes come the kernel's standard streams and a line to the
kernel itself, on which the caller and the fork speak; on the connection the caller may send
signals, and is told how the kernel ended. When the connection closes, the kernel dies with all that
it started.

It must stay without threads, sockets of ZeroMQ and shells of IPython, or a fork would be broken.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.kernels import namespaces, watch
from grader.kernels.becoming import become, die_with_parent, tell
from grader.kernels.warming import later, warm_up

HEAD: Final = 512
"""Bytes of the first message: the limits, padded with blanks."""
_PATIENCE: Final = 10


@dataclass(frozen=True)
class Job:
    """A kernel of the server's: its caller, its process, and what it may take if it is isolated."""

    connection: socket.socket
    kernel: int
    limits: dict[str, int]


class Watch:
    """The watch over isolated kernels, a program of its own."""

    def __init__(self) -> None:
        process = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-S", "-m", watch.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.pid = process, process.pid
        self.told, self.said = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self.said, False)
        self._lines = b""

    def tell(self, kernel: int, limits: dict[str, int]) -> None:
        """Let it watch a kernel; without limits, let it forget one."""
        os.write(self.told, json.dumps({"kernel": kernel, "limits": limits}).encode() + b"\n")

    def heard(self) -> list[dict[str, Any]]:
        """Return which kernels it has ended since it was asked last."""
        with contextlib.suppress(BlockingIOError):
            self._lines += os.read(self.said, 1 << 16)
        *lines, self._lines = self._lines.split(b"\n")
        return [json.loads(line) for line in lines]


class Server:
    """Waits for requests, forks kernels, passes signals on and tells how kernels ended."""

    def __init__(self, listener: socket.socket, owner: int, watch: "Watch | None") -> None:
        self.selector = selectors.DefaultSelector()
        self.listener, self.owner, self.watch = listener, owner, watch
        self.jobs: dict[int, Job] = {}
        self.warming = later()
        self.woken, waker = socket.socketpair()
        for end in (self.woken, waker):
            end.setblocking(False)
        self.waker = waker
        signal.signal(signal.SIGCHLD, lambda *_ignored: None)
        signal.set_wakeup_fd(waker.fileno())

    def serve(self) -> None:
        """Work until the process that started this one is gone."""
        self.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        self.selector.register(self.woken, selectors.EVENT_READ, self._reap)
        self.selector.register(self.owner, selectors.EVENT_READ, sys.exit)
        if self.watch:
            self.selector.register(self.watch.said, selectors.EVENT_READ, self._heed)
        while True:
            for key, _events in self.selector.select():
                key.data(key.fileobj)

    def _accept(self, listener: socket.socket) -> None:
        connection, _address = listener.accept()
        connection.settimeout(_PATIENCE)
        descriptors: list[int] = []
        try:
            data, descriptors, _flags, _address = socket.recv_fds(connection, HEAD, 3)
            limits = json.loads(data)
            *streams, line = descriptors
            child = namespaces.fork() if limits else os.fork()
        except (OSError, ValueError):
            connection.close()
        else:
            if child == 0:
                connection.close()
                self._close_all()
                become(socket.socket(fileno=line), streams, isolated=bool(limits))
            self.jobs[child] = Job(connection, child, limits)
            if self.watch and limits:
                self.watch.tell(child, limits)
            self.selector.register(connection, selectors.EVENT_READ, self._asked)
            # who forks many kernels gets ever warmer ones; who needs one does not wait for that
            next(self.warming, None)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _close_all(self) -> None:
        signal.set_wakeup_fd(-1)
        self.selector.close()
        os.close(self.owner)
        connections = (job.connection for job in self.jobs.values())
        for one in (self.listener, self.woken, self.waker, *connections):
            one.close()

    def _asked(self, connection: socket.socket) -> None:
        """Pass signals on; a connection that ends takes its kernel along."""
        job = next((one for one in self.jobs.values() if one.connection is connection), None)
        if job is None:
            # its kernel's end was seen among the same events
            return
        try:
            data = connection.recv(4096)
        except OSError:
            data = b""
        if not data:
            self.selector.unregister(connection)
            watch.end(job.kernel)
        for text in data.split():
            with contextlib.suppress(ValueError):
                # process 1 of a namespace is deaf to being asked to end
                deaf = job.limits and int(text) == signal.SIGTERM
                watch.end(job.kernel, signal.SIGKILL if deaf else int(text))

    def _heed(self, _said: object) -> None:
        """Pass on which kernels the watch ended."""
        if self.watch is None:
            return
        for ended in self.watch.heard():
            if job := self.jobs.get(ended["kernel"]):
                tell(job.connection, {"ended": ended["ended"]})

    def _reap(self, woken: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            woken.recv(4096)
        while True:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            if self.watch and child == self.watch.pid:
                sys.exit("the watch over the kernels ended")
            self._heed(None)
            if job := self.jobs.pop(child, None):
                self._finish(job, os.waitstatus_to_exitcode(status))

    def _finish(self, job: Job, code: int) -> None:
        if self.watch and job.limits:
            self.watch.tell(job.kernel, {})
        else:
            # whatever the kernel left running goes with it; of an isolated one nothing is left
            watch.end(job.kernel)
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(job.connection)
        tell(job.connection, {"exit": code})
        job.connection.close()


def main() -> None:
    """Warm up, say so on standard output, and serve."""
    listener, owner = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    over = None
    if sys.argv[3:] == ["jailed"]:
        # the parent is bubblewrap; without a jail it may be a thread that ends before its process
        die_with_parent()
        over = Watch()
    warm_up()
    tasks = Path("/proc/self/task")
    if len(list(tasks.iterdir())) > 1:
        sys.exit("a library started a thread: forking would not be safe")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    Server(listener, owner, over).serve()


if __name__ == "__main__":
    main()
