"""The fork server: loads the course's libraries once and forks a kernel for every request.

Started as ``python -m grader.kernels.server SOCKET``. One connection is one kernel: the caller
sends a `Request` with its standard output and error, is told the process id, may send signals, and
is told how the kernel ended. When the connection closes the kernel dies with its whole group, and
when the caller dies the server does.

It must stay without threads, sockets of ZeroMQ and shells of IPython, or a fork would be broken.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

LIBRARIES: Final = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.interactiveshell",
    "IPython.core.completer",
    "pandas",
    "numpy.random",
    "matplotlib.backends.backend_svg",
    "ipywidgets",
    "pyarrow.parquet",
    "scipy.stats",
    "duecourse.answers",
    "duecourse.charts",
    "duecourse.portfolio",
)
"""What a notebook of the course is likely to import. One that is missing is passed over."""
_DIE_WITH_PARENT: Final = 1
_LEARN: Final = """
import pandas
_frame = pandas.DataFrame({"a": [1.5, None], "b": ["x", "y"]})
_frame.to_html(), repr(_frame), _frame.describe(), _frame.groupby("b").sum()
"""
LARGEST: Final = 1 << 20


@dataclass(frozen=True)
class Request:
    """What a kernel is started with: its arguments, folder and whole environment."""

    arguments: list[str]
    cwd: str
    environment: dict[str, str]

    def sent(self) -> bytes:
        """Return it as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"


def warm_up() -> None:
    """Import the libraries, and what they import only when they are used."""
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in _learned():
        # what a used library loads late may be anything; it is loaded early as far as it can be
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _learned() -> list[str]:
    """Return the modules that a shell loads beyond ours, found out in a child that ends at once."""
    before = set(sys.modules)
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException), Path(os.devnull).open("w") as nowhere:
            sys.stdout = sys.stderr = nowhere
            from IPython.core.interactiveshell import InteractiveShell

            InteractiveShell.instance().run_cell(_LEARN)
            late = "\n".join(sorted(set(sys.modules) - before))
            os.write(writes, late.encode()[:60_000])
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return [name for name in text.split("\n") if name and not name.startswith("__")]


def die_with_parent() -> None:
    """Ask the system to end this process when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


class Server:
    """Waits for requests, forks kernels, passes signals on and tells how kernels ended."""

    def __init__(self, place: Path) -> None:
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(place))
        self.listener.listen()
        self.kernels: dict[int, socket.socket] = {}
        self.woken, waker = socket.socketpair()
        for end in (self.woken, waker):
            end.setblocking(False)
        self.waker = waker
        signal.signal(signal.SIGCHLD, lambda *_ignored: None)
        signal.set_wakeup_fd(waker.fileno())

    def serve(self) -> None:
        """Work until the caller is gone: its end of our standard input closes with it."""
        self.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        self.selector.register(self.woken, selectors.EVENT_READ, self._reap)
        self.selector.register(sys.stdin, selectors.EVENT_READ, sys.exit)
        while True:
            for key, _events in self.selector.select():
                key.data(key.fileobj)

    def _accept(self, listener: socket.socket) -> None:
        connection, _address = listener.accept()
        try:
            request, streams = _received(connection)
        except (OSError, ValueError, KeyError, TypeError):
            connection.close()
            return
        child = os.fork()
        if child == 0:
            self._close_all()
            _become_kernel(request, streams)
        for stream in streams:
            os.close(stream)
        self.kernels[child] = connection
        self.selector.register(connection, selectors.EVENT_READ, self._asked)
        _tell(connection, {"pid": child})

    def _close_all(self) -> None:
        signal.set_wakeup_fd(-1)
        self.selector.close()
        for one in (self.listener, self.woken, self.waker, *self.kernels.values()):
            one.close()

    def _asked(self, connection: socket.socket) -> None:
        """Pass signals on; a connection that ends takes its kernel along."""
        try:
            data = connection.recv(4096)
        except OSError:
            data = b""
        child = next((pid for pid, one in self.kernels.items() if one is connection), None)
        if child is None or not data:
            self.selector.unregister(connection)
            if child is None:
                connection.close()
            else:
                _signal_group(child, signal.SIGKILL)
            return
        for line in data.split():
            with contextlib.suppress(ValueError):
                _signal_group(child, int(line))

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
            # whatever the kernel left running goes with it
            _signal_group(child, signal.SIGKILL)
            if connection := self.kernels.pop(child, None):
                with contextlib.suppress(KeyError, ValueError):
                    self.selector.unregister(connection)
                _tell(connection, {"exit": os.waitstatus_to_exitcode(status)})
                connection.close()


def _received(connection: socket.socket) -> tuple[Request, list[int]]:
    """Read a request; the caller's standard output and error come with its first bytes."""
    data, streams, _flags, _address = socket.recv_fds(connection, 1 << 16, 2)
    if len(streams) != 2:
        raise ValueError("no streams")
    while not data.endswith(b"\n"):
        more = connection.recv(1 << 16)
        if not more or len(data) > LARGEST:
            raise ValueError("no whole request")
        data += more
    return Request(**json.loads(data)), streams


def _tell(connection: socket.socket, what: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(what).encode() + b"\n")


def _signal_group(child: int, number: int) -> None:
    # between fork and setsid the child has no group of its own yet
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(child, number)
            return


def _become_kernel(request: Request, streams: list[int]) -> None:
    """Turn the forked child into a kernel; never return."""
    try:
        os.setsid()
        die_with_parent()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, stream in enumerate((nothing, *streams)):
            os.dup2(stream, target)
        for stream in (nothing, *streams):
            os.close(stream)
        os.environ.clear()
        os.environ.update(request.environment)
        os.chdir(request.cwd)
        random.seed()
        import numpy as np

        np.random.seed()  # noqa: NPY002  # the legacy generator is the one that a fork would share
        arguments = [*request.arguments, f"--IPKernelApp.parent_handle={os.getppid()}"]
        sys.argv = ["ipykernel_launcher", *arguments]
        from ipykernel.kernelapp import IPKernelApp

        app = IPKernelApp.instance()
        app.initialize(arguments)
        app.start()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  # whatever happens, a child must not become a second server
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Warm up, say so on standard output, and serve."""
    warm_up()
    tasks = Path("/proc/self/task")
    if tasks.is_dir() and len(list(tasks.iterdir())) > 1:
        sys.exit("a library started a thread: forking would not be safe")
    server = Server(Path(sys.argv[1]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve()


if __name__ == "__main__":
    main()
