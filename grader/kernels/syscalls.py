"""Which system calls an isolated kernel is refused, as a filter of seccomp.

Refused are calls that look into other processes, mount, make namespaces, load code into the system,
or hold memory that nobody counts. Everything else is allowed: what it can reach is decided by the
namespaces.
"""

import ctypes
import errno
import struct
from typing import Final

from grader.kernels import linux

# name: (x86_64, aarch64); None where the machine has no such call
_REFUSED: Final[dict[str, tuple[int | None, int | None]]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "create_module": (174, None),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "name_to_handle_at": (303, 264),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
_ABSENT: Final[dict[str, tuple[int | None, int | None]]] = {
    # its flags lie in memory, where a filter cannot look; the C library falls back to clone
    "clone3": (435, 435),
    # memory that belongs to no process, so that no watch would see it
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "msgget": (68, 186),
    "semget": (64, 190),
    "shmget": (29, 194),
}
_CLONE: Final = (56, 220)
_IOCTL: Final = (16, 29)
_SOCKET: Final = (41, 198)
_ARCHITECTURES: Final = (0xC000_003E, 0xC000_00B7)
_NAMESPACES: Final = 0x7E02_0000
_FAMILIES: Final = (1, 2, 10, 16)
"""Families of sockets: Unix, both of the internet (which is not there), netlink."""
_TERMINAL: Final = (0x5412, 0x541C)
"""Requests that type into a terminal."""
_FOREIGN: Final = 0x4000_0000
"""From here on x86_64 counts the calls of another convention."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24
_ALLOW: Final = 0x7FFF_0000
_KILL: Final = 0x8000_0000
_FILTER: Final = 2


def _fails(number: int) -> int:
    return 0x0005_0000 | number


def program(machine: str) -> list[tuple[int, int, int, int]]:
    """Return the filter for a machine: operation, steps if true, steps if false, operand.

    Raises:
        ValueError: the machine's system calls are not known here.
    """
    column = linux.MACHINES.index(machine)
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[column]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _FOREIGN),
        (_RETURN, 0, 0, _fails(errno.ENOSYS)),
    ]
    for calls, fails in ((_REFUSED, errno.EPERM), (_ABSENT, errno.ENOSYS)):
        for numbers in calls.values():
            if (number := numbers[column]) is not None:
                steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _fails(fails))]
    steps += [
        (_EQUAL, 0, 4, _CLONE[column]),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_OF, 0, 1, _NAMESPACES),
        (_RETURN, 0, 0, _fails(errno.EPERM)),
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, 2 + 2 * len(_TERMINAL), _IOCTL[column]),
        (_LOAD, 0, 0, _SECOND),
        *_each(_TERMINAL, _fails(errno.EPERM)),
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 0, 2 + 2 * len(_FAMILIES), _SOCKET[column]),
        (_LOAD, 0, 0, _FIRST),
        *_each(_FAMILIES, _ALLOW),
        # libzmq ends the process at an error that it does not expect; this one it does
        (_RETURN, 0, 0, _fails(errno.EAFNOSUPPORT)),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return steps


def _each(values: tuple[int, ...], then: int) -> list[tuple[int, int, int, int]]:
    return [step for one in values for step in ((_EQUAL, 0, 1, one), (_RETURN, 0, 0, then))]


def refuse() -> None:
    """Refuse these calls to this process, and to those that it starts, for good.

    Raises:
        OSError: the system refuses to.
        ValueError: the machine's system calls are not known here.
    """
    steps = program(linux.machine())
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(code)
    filtered = struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(held))
    given = ctypes.create_string_buffer(filtered)
    linux.prctl(linux.SECCOMP, _FILTER, ctypes.addressof(given))
