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
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.kernels import namespaces, watch
from grader.kernels.becoming import become, die_with_parent, tell
from grader.kernels.warming import warm_up

HEAD: Final = 512
"""Bytes of the first message: the limits, padded with blanks."""
_PATIENCE: Final = 10


@dataclass(frozen=True)
class Job:
    """A kernel of the server's: its caller, its process, and what it may take if it is isolated."""

    connection: socket.socket
    kernel: int
    limits: dict[str, int]


class Server:
    """Waits for requests, forks kernels, passes signals on and tells how kernels ended."""

    def __init__(self, listener: socket.socket, owner: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.listener, self.owner = listener, owner
        self.jobs: dict[int, Job] = {}
        self.looked = 0.0
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
        while True:
            watched = {job.kernel: job.limits for job in self.jobs.values() if job.limits}
            for key, _events in self.selector.select(watch.SECONDS if watched else None):
                key.data(key.fileobj)
            if watched and time.monotonic() > self.looked + watch.SECONDS:
                self._look(watched)
                self.looked = time.monotonic()

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
            self.selector.register(connection, selectors.EVENT_READ, self._asked)
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
        try:
            data = connection.recv(4096)
        except OSError:
            data = b""
        [job] = [one for one in self.jobs.values() if one.connection is connection]
        if not data:
            self.selector.unregister(connection)
            _signal(job, signal.SIGKILL)
        for text in data.split():
            with contextlib.suppress(ValueError):
                _signal(job, int(text))

    def _look(self, watched: dict[int, dict[str, int]]) -> None:
        """End the kernels that take too much."""
        for kernel, what in watch.over(watched).items():
            tell(self.jobs[kernel].connection, {"ended": what})
            _signal(self.jobs[kernel], signal.SIGKILL)

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
            if job := self.jobs.pop(child, None):
                self._finish(job, os.waitstatus_to_exitcode(status))

    def _finish(self, job: Job, code: int) -> None:
        if not job.limits:
            # whatever the kernel left running goes with it; of an isolated one nothing is left
            _signal(job, signal.SIGKILL)
        with contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(job.connection)
        tell(job.connection, {"exit": code})
        job.connection.close()


def _signal(job: Job, number: int) -> None:
    if job.limits and number == signal.SIGTERM:
        # process 1 of a namespace is deaf to it
        number = signal.SIGKILL
    # between fork and setsid the child has no group of its own yet
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(job.kernel, number)
            return


def main() -> None:
    """Warm up, say so on standard output, and serve."""
    listener, owner = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    if sys.argv[3:] == ["jailed"]:
        # the parent is bubblewrap; without a jail it may be a thread that ends before its process
        die_with_parent()
    warm_up()
    tasks = Path("/proc/self/task")
    if len(list(tasks.iterdir())) > 1:
        sys.exit("a library started a thread: forking would not be safe")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    Server(listener, owner).serve()


if __name__ == "__main__":
    main()
