"""Namespaces of one isolated kernel: nobody else's processes, files or network, and its own folders.

Run as ``python -m grader.kernels.namespaces`` inside the jail, it tries all of this once and ends
with code 0 if it works.
"""

import os
import re
import socket
import stat
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from grader.kernels import confine, linux

WORK: Final = "/submission"
"""The kernel's working directory: a copy of the submission."""
HOME: Final = "/home/learner"
SOCKETS: Final = "/sockets"
STAGE: Final = "/stage"
FOLDERS: Final = {
    "work": WORK,
    "home": HOME,
    "sockets": SOCKETS,
    "tmp": "/tmp",  # noqa: S108  # the kernel's own
    "shm": "/dev/shm",  # noqa: S108  # the kernel's own
}
"""The kernel's own folders, all in one file system of limited size: name there, place."""
TERMINALS: Final = "/dev/pts"
WRITABLE: Final = (*FOLDERS.values(), TERMINALS)
LEARNER: Final = 1000
_FILES: Final = 20_000
_OWN_NUMBERS: Final = (6, 14)
"""Since this version the highest number of a process is a namespace's own; before, the machine's."""
_NUMBERS: Final = 400


def fork() -> int:
    """Fork a child that is process 1 of a new namespace, and return as `os.fork` does.

    Raises:
        OSError: the system refuses.
    """
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    child = -1
    try:
        linux.unshare(linux.NEW_PROCESSES)
        child = os.fork()
    finally:
        if child:
            # the next child starts from here again
            linux.join(own, linux.NEW_PROCESSES)
        os.close(own)
    return child


def enter(scratch_bytes: int) -> int:
    """Leave everything behind that is shared with others, as process 1 of a new namespace.

    Args:
        scratch_bytes: bytes of everything that the kernel writes.

    Returns:
        A descriptor of the file system that holds the kernel's own folders.

    Raises:
        OSError: the system refuses.
    """
    user, group = os.geteuid(), os.getegid()
    # its own /proc, which will lie over this one, cannot be written to
    own = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    linux.unshare(linux.NEW_MOUNTS | linux.NEW_IPC | linux.NEW_NAMES | linux.NEW_NETWORK)
    socket.sethostname("learner")
    linux.mount("none", "/", flags=linux.PRIVATE | linux.RECURSIVE)
    flags = linux.NO_SETUID | linux.NO_DEVICES
    options = f"size={scratch_bytes},nr_inodes={_FILES},mode=0700"
    linux.mount("learner", STAGE, "tmpfs", flags, options)
    opened = os.open(STAGE, os.O_RDONLY | os.O_DIRECTORY)
    covered = {place: os.open(place, os.O_PATH) for place in _mounted_below(FOLDERS.values())}
    for name, place in FOLDERS.items():
        os.mkdir(name, 0o700, dir_fd=opened)
        linux.mount(f"{STAGE}/{name}", place, flags=linux.BIND)
    linux.unmount(STAGE)
    # terminals too: those of the jail are shared
    flags = linux.NO_SETUID | linux.NO_EXECUTION
    linux.mount("devpts", TERMINALS, "devpts", flags, "newinstance,ptmxmode=0666,mode=0600")
    for place, descriptor in covered.items():
        _mount_again(descriptor, Path(place))
        os.close(descriptor)
    flags = linux.NO_SETUID | linux.NO_DEVICES | linux.NO_EXECUTION
    linux.mount("proc", "/proc", "proc", flags)
    if linux.version() >= _OWN_NUMBERS:
        # the limit of processes does not hold for root
        Path("/proc/sys/kernel/pid_max").write_text(str(_NUMBERS))
    linux.mount("proc", "/proc", flags=flags | linux.READ_ONLY | linux.BIND | linux.REMOUNT)
    linux.unshare(linux.NEW_USERS)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{LEARNER} {user} 1"),
        ("gid_map", f"{LEARNER} {group} 1"),
    ):
        file = os.open(name, os.O_WRONLY, dir_fd=own)
        os.write(file, text.encode())
        os.close(file)
    os.close(own)
    return opened


def _mounted_below(places: Iterable[str]) -> list[str]:
    """Return what is mounted below some folders: libraries may well lie below /tmp."""
    lines = Path("/proc/self/mountinfo").read_text("utf-8").splitlines()
    found = [re.sub(r"\\(\d{3})", _character, line.split()[4]) for line in lines]
    return [one for one in found if any(one.startswith(f"{place}/") for place in places)]


def _character(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 8))


def _mount_again(descriptor: int, place: Path) -> None:
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    linux.mount(f"/proc/self/fd/{descriptor}", str(place), flags=linux.BIND)


def close_all_but(kept: int) -> None:
    """Close every descriptor from 3 on but one."""
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def _try(limits: Mapping[str, int]) -> None:
    child = fork()
    if child == 0:
        code = 1
        try:
            os.close(enter(limits["scratch_bytes"]))
            confine.confine(limits, WRITABLE)
            alone = [one.name for one in Path("/proc").iterdir() if one.name.isdecimal()] == ["1"]
            code = 0 if alone else 2
        except OSError as error:
            sys.stderr.write(f"{error}\n")
        finally:
            sys.stderr.flush()
            os._exit(code)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    _try(
        {
            "memory": 1 << 30,
            "cpu_seconds": 10,
            "processes": 8,
            "open_files": 64,
            "file_bytes": 1 << 20,
            "scratch_bytes": 1 << 20,
        }
    )
