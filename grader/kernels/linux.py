"""Calls of the Linux kernel that Python 3.11 does not offer."""

import ctypes
import os
import platform
import re
from typing import Final

NEW_MOUNTS: Final = 0x0002_0000
NEW_NAMES: Final = 0x0400_0000
NEW_IPC: Final = 0x0800_0000
NEW_USERS: Final = 0x1000_0000
NEW_PROCESSES: Final = 0x2000_0000
NEW_NETWORK: Final = 0x4000_0000

READ_ONLY: Final = 1
NO_SETUID: Final = 2
NO_DEVICES: Final = 4
NO_EXECUTION: Final = 8
REMOUNT: Final = 32
BIND: Final = 4096
RECURSIVE: Final = 16384
PRIVATE: Final = 1 << 18
_DETACH: Final = 2

DIE_WITH_PARENT: Final = 1
DUMPABLE: Final = 4
DROP_FROM_BOUND: Final = 24
SECURE_BITS: Final = 28
NO_NEW_PRIVILEGES: Final = 38
SECCOMP: Final = 22

MACHINES: Final = ("x86_64", "aarch64")
"""Machines whose numbers of system calls are known here."""


def machine() -> str:
    """Return the name of this machine's instruction set."""
    return platform.machine()


def version() -> tuple[int, int]:
    """Return the system's version, such as (6, 1)."""
    major, minor = re.findall(r"\d+", platform.release())[:2]
    return int(major), int(minor)


def call(name: str, *arguments: int | bytes | None) -> int:
    """Call a function of the C library.

    Raises:
        OSError: it failed; the error says how.
    """
    library = ctypes.CDLL(None, use_errno=True)
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    found = int(getattr(library, name)(*given))
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return found


def prctl(option: int, value: int, more: int = 0) -> None:
    """Change something of this process.

    Raises:
        OSError: the system refuses.
    """
    call("prctl", option, value, more, 0, 0)


def mount(
    source: str, target: str, kind: str | None = None, flags: int = 0, options: str = ""
) -> None:
    """Mount a file system, or a folder once more.

    Raises:
        OSError: the system refuses; the error names the target.
    """
    given = kind.encode() if kind else None
    try:
        call("mount", source.encode(), target.encode(), given, flags, options.encode())
    except OSError as error:
        raise OSError(error.errno, f"mounting {target}: {error.strerror}") from error


def unmount(target: str) -> None:
    """Take a mount out of sight; what is open in it stays open.

    Raises:
        OSError: the system refuses.
    """
    call("umount2", target.encode(), _DETACH)


def join(namespace: int, kind: int) -> None:
    """Enter a namespace, or one of processes for the children to come.

    Raises:
        OSError: the system refuses.
    """
    call("setns", namespace, kind)


def unshare(what: int) -> None:
    """Give this process, and those that it starts, namespaces of their own.

    Raises:
        OSError: the system refuses.
    """
    call("unshare", what)
