"""What a kernel gives up for good before it runs a learner's first line.

Limits of the system, all capabilities, writing anywhere but in its own folders (Landlock, where
the system has it), and the calls that `grader.kernels.syscalls` names.
"""

import ctypes
import os
import resource
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from grader.kernels import linux, syscalls

_LAST_CAPABILITY: Final = 63
_CAPABILITIES_VERSION: Final = 0x2008_0522
_LOCKED_BITS: Final = 0b1110_1111
"""No capabilities through the user's number, and no way back to them."""
_THREADS: Final = 4
"""Tasks that each process may have on average: the system's own limit counts threads."""
_LESS_URGENT: Final = 5

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION: Final = 1
_BENEATH: Final = 1
_EXECUTE, _WRITE, _READ, _LIST = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_DEVICES: Final = 1 << 6 | 1 << 11
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights over files each version of Landlock knows; later ones know 16."""
_OF_A_FILE: Final = _EXECUTE | _WRITE | _READ | 1 << 14 | 1 << 15


def limit(limits: Mapping[str, int]) -> None:
    """Set the system's limits of this process and of those that it starts.

    Args:
        limits: the fields of `grader.kernels.starting.Limits`.
    """
    own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    # whoever watches goes first
    os.nice(_LESS_URGENT)
    for what, most in (
        # what the libraries take of the address space is there already
        (resource.RLIMIT_AS, own + limits["memory"]),
        # the watch counts all processes together and says why; this ends one that it misses
        (resource.RLIMIT_CPU, limits["cpu_seconds"] + 5),
        (resource.RLIMIT_NPROC, _THREADS * limits["processes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        allowed = resource.getrlimit(what)[1]
        least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (least, least))


def drop_capabilities() -> None:
    """Give up every capability, and every way to one.

    Raises:
        OSError: the system refuses.
    """
    linux.prctl(linux.NO_NEW_PRIVILEGES, 1)
    linux.prctl(linux.SECURE_BITS, _LOCKED_BITS)
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for number in range(min(last, _LAST_CAPABILITY) + 1):
        linux.prctl(linux.DROP_FROM_BOUND, number)
    linux.call("capset", struct.pack("Ii", _CAPABILITIES_VERSION, 0), bytes(24))


def landlock() -> int:
    """Return the version of Landlock that the system has; 0 if it has none."""
    try:
        return linux.call("syscall", _CREATE, 0, 0, _VERSION)
    except OSError:
        return 0


def keep_to(writable: Sequence[str], devices: Sequence[str] = ("/dev/null",)) -> bool:
    """Let this process, and those that it starts, write below some folders alone.

    Args:
        writable: the folders.
        devices: files outside of them that may be written to.

    Returns:
        Whether the system has Landlock, so that it holds.

    Raises:
        OSError: the system refuses.
    """
    version = landlock()
    if not version:
        return False
    every = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    network, scoped = (3 if version >= 4 else 0), (3 if version >= 6 else 0)
    about = struct.pack("QQQ", every, network, scoped)[
        : 8 if version < 4 else 16 if version < 6 else 24
    ]
    rules = linux.call("syscall", _CREATE, about, len(about), 0)
    try:
        _allow(rules, "/", every & (_EXECUTE | _READ | _LIST))
        for folder in writable:
            _allow(rules, folder, every & ~_DEVICES)
        for device in devices:
            _allow(rules, device, every & _OF_A_FILE)
        linux.call("syscall", _RESTRICT, rules, 0)
    finally:
        os.close(rules)
    return True


def _allow(rules: int, place: str, what: int) -> None:
    opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.create_string_buffer(struct.pack("=Qi", what, opened))
        linux.call("syscall", _ADD, rules, _BENEATH, ctypes.addressof(rule), 0)
    finally:
        os.close(opened)


def confine(limits: Mapping[str, int], writable: Sequence[str]) -> None:
    """Give up everything that a learner's code has no use for; there is no way back.

    Args:
        limits: the fields of `grader.kernels.starting.Limits`.
        writable: the folders that it may write to.

    Raises:
        OSError: the system refuses.
    """
    limit(limits)
    drop_capabilities()
    keep_to(writable)
    syscalls.refuse()
    # so that the watch can ask how much memory is this kernel's own
    linux.prctl(linux.DUMPABLE, 1)
