"""What isolated kernels take together with all that they started, and whether it is too much.

The system limits single processes. This counts all processes of a kernel, from outside: from the
namespace of the server, which sees into those of its kernels.

It runs as a program of its own, ``python -m grader.kernels.watch``, so that nothing that the server
waits for delays it: in a storm of forks, whoever shares memory with it waits for the system. A line
on standard input is a kernel to watch (``{"kernel": 7, "limits": {...}}``), or one to forget (without
limits). A kernel that is over a limit is said on standard output and ended.
"""

import contextlib
import json
import math
import os
import select
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SECONDS: Final = 0.1
"""How often it looks."""
THREADS: Final = 4
"""Threads that each process may have on average."""
_PATIENCE: Final = 1
_PROC: Final = Path("/proc")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A running process.

    Attributes:
        parent: its parent's number.
        threads: how many threads it has.
        memory: bytes of memory in use, shared ones included.
        cpu: processor seconds of it and of its children that ended.
    """

    parent: int
    threads: int
    memory: int
    cpu: float


def running() -> dict[int, Process]:
    """Return all processes that can be seen from here, by number."""
    found = {}
    for name in os.listdir(_PROC):  # noqa: PTH208  # names, often
        if name.isdecimal():
            try:
                text = (_PROC / name / "stat").read_text("utf-8", "replace")
            except OSError:
                continue
            # the program's name may hold anything, brackets too
            fields = text.rpartition(")")[2].split()
            cpu = sum(map(int, fields[11:15])) / _TICKS
            found[int(name)] = Process(
                int(fields[1]), int(fields[17]), int(fields[21]) * _PAGE, cpu
            )
    return found


def families(processes: Mapping[int, Process], roots: Iterable[int]) -> dict[int, list[int]]:
    """Return for every root the numbers of it and of all that descend from it.

    In a namespace of processes orphans become children of its first process, so none is missed.
    """
    children = defaultdict(list)
    for number, process in processes.items():
        children[process.parent].append(number)
    found = {}
    for root in roots:
        family = [root] if root in processes else []
        for number in family:
            family += children[number]
        found[root] = family
    return found


def excess(
    family: Mapping[int, Process],
    limits: Mapping[str, int],
    measured: Callable[[Collection[int]], float | None],
) -> str:
    """Return the limit that a kernel's processes together are over: a field's name, or "".

    Args:
        family: the kernel's processes.
        limits: the fields of `grader.kernels.starting.Limits`.
        measured: returns the bytes of processes without counting shared ones twice, or None as long
            as that is not known; it is asked only if it matters.
    """
    threads = sum(process.threads for process in family.values())
    if len(family) > limits["processes"] or threads > THREADS * limits["processes"]:
        return "processes"
    if sum(process.cpu for process in family.values()) > limits["cpu_seconds"]:
        return "cpu_seconds"
    if sum(process.memory for process in family.values()) > limits["memory"]:
        own = measured(family.keys())
        if own is not None and own > limits["memory"]:
            return "memory"
    return ""


def own_memory(number: int) -> int:
    """Return the bytes of a process with its share of what it shares.

    It may take long: a process that forks or grows all the time keeps everybody waiting.
    """
    try:
        lines = (_PROC / str(number) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


class Measuring:
    """Measures the memory of a kernel's processes in a thread of its own, time and again."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._since = 0.0
        self._found: float | None = None

    def __call__(self, processes: Collection[int]) -> float | None:
        """Return the bytes that were measured last, endless if measuring takes too long."""
        found, self._found = self._found, None
        if found is not None:
            return found
        if self._thread is None or not self._thread.is_alive():
            self._since = time.monotonic()
            numbers = list(processes)
            self._thread = threading.Thread(target=self._measure, args=(numbers,), daemon=True)
            self._thread.start()
        return math.inf if time.monotonic() > self._since + _PATIENCE else None

    def _measure(self, numbers: list[int]) -> None:
        self._found = sum(map(own_memory, numbers))


@dataclass(frozen=True)
class Watched:
    """A kernel that is watched: what it may take, and how its memory is measured."""

    limits: Mapping[str, int]
    measuring: Measuring = field(default_factory=Measuring)


def over(kernels: Mapping[int, Watched]) -> dict[int, str]:
    """Return which kernels are over which limit.

    Args:
        kernels: the kernels by the number of their first process.
    """
    processes = running()
    found = {}
    for root, family in families(processes, kernels).items():
        watched = kernels[root]
        one = {number: processes[number] for number in family}
        if what := excess(one, watched.limits, watched.measuring):
            found[root] = what
    return found


def end(kernel: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a kernel's group; process 1 of a namespace takes all the others along."""
    # between fork and setsid a kernel has no group of its own yet
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(kernel, number)
            return


def main() -> None:
    """Watch until standard input ends."""
    watched: dict[int, Watched] = {}
    data = b""
    while True:
        if select.select([0], [], [], SECONDS if watched else None)[0]:
            more = os.read(0, 1 << 16)
            if not more:
                return
            *lines, data = (data + more).split(b"\n")
            for told in map(json.loads, lines):
                watched.pop(told["kernel"], None)
                if told["limits"]:
                    watched[told["kernel"]] = Watched(told["limits"])
        for kernel, what in over(watched).items():
            sys.stdout.write(json.dumps({"kernel": kernel, "ended": what}) + "\n")
            sys.stdout.flush()
            end(kernel)
            del watched[kernel]


if __name__ == "__main__":
    main()
