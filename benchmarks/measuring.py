"""What a command costs: seconds, CPU seconds with all descendants, memory of each of them.

Linux only. A process that outlives its parents becomes our own child, so that its CPU seconds are
counted and it is noticed if it stays.
"""  # noqa: INP001 - beside a script, no package

import contextlib
import ctypes
import os
import platform
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_SUBREAPER: Final = 36
_PATIENCE: Final = 20
_POLL: Final = 0.25
_ROLES: Final = (
    ("kernel server", ("grader.kernels", "grader/kernels")),
    ("worker", ("multiprocessing.forkserver", "multiprocessing.spawn")),
)
"""What a process is, by what its command line says; a fork of it says the same."""


class Failed(Exception):
    """A measured command failed; the message ends with what it said last."""


@dataclass
class Spent:
    """What one command took.

    Attributes:
        wall: seconds from start to end.
        cpu: CPU seconds of it and all its descendants.
        machine: CPU seconds that the whole machine was busy meanwhile, this command included.
        left: processes that were still there at its end and did not end by themselves.
        memory: if watched, the largest proportional set size of a process by what it is, in MiB;
            ``all`` is the largest sum.
        said: what it wrote.
    """

    wall: float
    cpu: float
    machine: float
    left: int = 0
    memory: dict[str, float] = field(default_factory=dict)
    said: str = ""


def spent(
    command: Sequence[str], folder: Path, surroundings: Mapping[str, str], *, watch: bool = False
) -> Spent:
    """Run a command to its end and return what it took.

    Args:
        command: the program and its arguments.
        folder: where it works.
        surroundings: its whole environment.
        watch: measure memory too, which itself takes some of the machine's time.

    Raises:
        Failed: it ended with an error.
    """
    _adopt_orphans()
    before, busy, begun = _children(), _busy(), time.perf_counter()
    # a file, since what is left running may hold a pipe open for ever
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(  # noqa: S603 - the benchmark's own commands
            list(command),
            cwd=folder,
            env=dict(surroundings),
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
        )
        with _watched(process.pid, watch) as memory:
            process.wait()
        wall = time.perf_counter() - begun
        left = _reap()
        told.seek(0)
        said = told.read().decode(errors="replace")
    found = Spent(wall, _children() - before, _busy() - busy, left, memory, said)
    if process.returncode:
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{said[-3000:]}")
    return found


def machine() -> str:
    """Return one line about this machine."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next(line for line in lines if line.startswith("model name")).partition(": ")[2]
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        cores = len(os.sched_getaffinity(0))
        return f"{model}, {cores} cores, {memory:.0f} GiB, Linux {platform.release()}"
    return platform.platform()


def _adopt_orphans() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _busy() -> float:
    ticks = [int(one) for one in Path("/proc/stat").read_text("ascii").split("\n")[0].split()[1:9]]
    idle = ticks[3] + ticks[4]
    return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK")


def _reap() -> int:
    """Wait for what the command left running; end what stays, and say how much it was."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.05)
            continue
        return 0
    stayed = list(_below(os.getpid()))
    for one in stayed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    return len(stayed)


@contextlib.contextmanager
def _watched(process: int, watch: bool) -> Iterator[dict[str, float]]:
    """Note the largest memory of a process and its descendants while the body runs."""
    largest: dict[str, float] = {}
    over = threading.Event()

    def look() -> None:
        while not over.wait(_POLL):
            total = 0.0
            for one in (process, *_below(process)):
                with contextlib.suppress(OSError, StopIteration):
                    role, held = "command" if one == process else _role(one), _held(one)
                    largest[role] = max(largest.get(role, 0.0), held)
                    total += held
            largest["all"] = max(largest.get("all", 0.0), total)

    watching = threading.Thread(target=look, daemon=True)
    if watch:
        watching.start()
    try:
        yield largest
    finally:
        over.set()
        if watch:
            watching.join()


def _below(process: int) -> Iterator[int]:
    """Yield the descendants of a process, parents before children."""
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                yield int(child)
                yield from _below(int(child))


def _role(process: int) -> str:
    command = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
    program = command.partition("\0")[0].rpartition("/")[2]
    if program == "bwrap":
        return "isolation"
    for role, signs in _ROLES:
        if any(sign in command for sign in signs):
            parent = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[1]
            above = Path(f"/proc/{parent}/cmdline").read_bytes().decode(errors="replace")
            return "kernel" if role == "kernel server" and above == command else role
    return program or "another"


def _held(process: int) -> float:
    """Return the proportional set size of a process in MiB."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024
