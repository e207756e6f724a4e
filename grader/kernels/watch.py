"""What isolated kernels take together with all that they started, and whether it is too much.

The system limits single processes. This counts all processes of a kernel, from outside: from the
namespace of the server, which sees into those of its kernels.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SECONDS: Final = 0.1
"""How often the server looks."""
THREADS: Final = 4
"""Threads that each process may have on average."""
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


def excess(family: Mapping[int, Process], limits: Mapping[str, int]) -> str:
    """Return the limit that a kernel's processes together are over: a field's name, or ""."""
    threads = sum(process.threads for process in family.values())
    if len(family) > limits["processes"] or threads > THREADS * limits["processes"]:
        return "processes"
    if sum(process.cpu for process in family.values()) > limits["cpu_seconds"]:
        return "cpu_seconds"
    if sum(process.memory for process in family.values()) > limits["memory"]:
        # pages shared with the server, and among each other, were counted in every process
        own = sum(own_memory(number, process) for number, process in family.items())
        if own > limits["memory"]:
            return "memory"
    return ""


def own_memory(number: int, process: Process) -> int:
    """Return the bytes of a process with its share of what it shares."""
    try:
        lines = (_PROC / str(number) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return process.memory
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def over(kernels: Mapping[int, Mapping[str, int]]) -> dict[int, str]:
    """Return which kernels are over which limit.

    Args:
        kernels: the limits of each kernel by the number of its first process.
    """
    processes = running()
    found = {}
    for root, family in families(processes, kernels).items():
        if what := excess({one: processes[one] for one in family}, kernels[root]):
            found[root] = what
    return found
