"""How a fork of the server becomes a kernel."""

import contextlib
import json
import os
import random
import signal
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from grader.kernels import confine, linux, namespaces

LARGEST: Final = 1 << 20


@dataclass(frozen=True)
class Request:
    """What a kernel is started with.

    Attributes:
        arguments: its arguments, without its connection file.
        folder: its working directory, if it is not isolated.
        environment: its whole environment.
        connection: Jupyter's connection info.
        limits: the fields of `grader.kernels.starting.Limits`; none if it is not isolated.
        home: what an isolated kernel's error messages write ``~`` for, as they do outside.
    """

    arguments: list[str]
    folder: str
    environment: dict[str, str]
    connection: dict[str, Any]
    limits: dict[str, int]
    home: str = ""

    def sent(self) -> bytes:
        """Return it as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"


def received(line: socket.socket) -> Request:
    """Read a request.

    Raises:
        ValueError: it is no request, or too long.
        OSError: whoever asked is gone.
    """
    data = b""
    while not data.endswith(b"\n"):
        more = line.recv(1 << 16)
        if not more or len(data) > LARGEST:
            raise ValueError("no whole request")
        data += more
    return Request(**json.loads(data))


def tell(line: socket.socket, what: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
    """Say something to whoever asked, who may be gone."""
    with contextlib.suppress(OSError):
        socket.send_fds(line, [json.dumps(what).encode() + b"\n"], descriptors)


def die_with_parent() -> None:
    """Ask the system to end this process when its parent ends."""
    if sys.platform == "linux":
        linux.prctl(linux.DIE_WITH_PARENT, signal.SIGKILL)


def become(line: socket.socket, streams: list[int], *, isolated: bool) -> None:
    """Turn a forked child into a kernel; never return.

    Args:
        line: where the request comes from and where it is told how far the kernel is.
        streams: standard output and error.
        isolated: whether the child is process 1 of a new namespace, and is to leave all the rest
            behind that is shared with others.
    """
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        _connect(streams)
        request = received(line)
        if isolated:
            file = _isolate(request, line)
        else:
            die_with_parent()
            file = _private_file(request.connection)
            os.chdir(request.folder)
        _run(request, file, line)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException as error:  # noqa: BLE001  # whatever happens, a child must not become a second server
        sys.excepthook(*sys.exc_info())
        tell(line, {"failed": f"{type(error).__name__}: {error}"})
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _connect(streams: list[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, stream in enumerate((nothing, *streams)):
        os.dup2(stream, target)
    for stream in (nothing, *streams):
        os.close(stream)


def _private_file(connection: dict[str, Any]) -> str:
    """Write the connection file beside the sockets."""
    file = Path(connection["ip"]).parent / "connection.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(connection), "utf-8")
    return str(file)


def _isolate(request: Request, line: socket.socket) -> str:
    """Give up for good what is shared with others, and return the connection file."""
    folders = namespaces.enter(request.limits["scratch_bytes"])
    tell(line, {"folders": True}, (folders,))
    # the submission's files are there when its folder is known to be
    if line.recv(1) != b"!":
        raise SystemExit(1)
    namespaces.close_all_but(line.fileno())
    os.chdir(namespaces.WORK)
    file = _private_file({**request.connection, "ip": f"{namespaces.SOCKETS}/s"})
    confine.confine(request.limits, namespaces.WRITABLE)
    return file


def _run(request: Request, file: str, line: socket.socket) -> None:
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    random.seed()
    import numpy as np

    np.random.seed()  # noqa: NPY002  # the legacy generator is the one that a fork would share
    from ipykernel.kernelapp import IPKernelApp

    from grader.kernels import shell

    shell.of_no_module()
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"
    arguments = ["-f", file, *shell.ARGUMENTS, *request.arguments, parent]
    sys.argv = ["ipykernel_launcher", *arguments]
    app = IPKernelApp.instance()
    if request.limits:
        # a file of the learner's would be executed before everything is in place
        app.config_file_paths = []
        _write_home_as(request.home)
    app.initialize(arguments)
    tell(line, {"ready": True})
    line.close()
    app.start()


def _write_home_as(home: str) -> None:
    from IPython.utils import path as paths

    def shortened(path: str) -> str:
        inside = path == home or path.startswith(home + os.sep)
        return f"~{path[len(home) :]}" if home and inside else path

    paths.compress_user = shortened
