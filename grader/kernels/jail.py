"""The jail that isolated kernels live in: what of this machine is in it, and whether it can be.

The jail is made by bubblewrap. In it are the system's programs and libraries, Python with its
packages and the learner's side of the kit, all read-only, and nothing else: no home, no checkout,
no course, no network, no process from outside.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import duecourse
from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.kernels import linux, namespaces

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = "bwrap"
_SECONDS: Final = 60
_SYSTEM: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS: Final = (
    "alternatives",
    "fonts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "timezone",
)
_MADE_UP: Final = {
    "passwd": "root:x:0:0:root:/:/bin/sh\nlearner:x:{number}:{number}:learner:{home}:/bin/sh\n",
    "group": "root:x:0:\nlearner:x:{number}:\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "hosts": "127.0.0.1 localhost\n",
}


class NotIsolated(DuecourseError):
    """Isolation was asked for and is impossible here."""


def command(
    program: Sequence[str], environment: Mapping[str, str], descriptors: Mapping[str, int]
) -> list[str]:
    """Return the command that runs a program inside the jail.

    Args:
        program: the program and its arguments, as they are called inside.
        environment: its whole environment.
        descriptors: for every file of `made_up` an open descriptor of it.
    """
    spaces = ("user", "pid", "net", "ipc", "uts")
    line = [shutil.which(PROGRAM) or PROGRAM, *(f"--unshare-{one}" for one in spaces)]
    # the server may make namespaces in here; a kernel gives even that up
    line += ["--uid", "0", "--gid", "0", "--cap-drop", "ALL"]
    line += ["--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETFCAP"]
    line += ["--as-pid-1", "--new-session", "--hostname", "jail", "--clearenv"]
    for name, value in environment.items():
        line += ["--setenv", name, value]
    line += ["--ro-bind", "/usr", "/usr"]
    for place in map(Path, _SYSTEM):
        if place.is_symlink():
            line += ["--symlink", str(place.readlink()), str(place)]
        elif place.is_dir():
            line += ["--ro-bind", str(place), str(place)]
    for name in _SETTINGS:
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for name, descriptor in descriptors.items():
        line += ["--perms", "0444", "--ro-bind-data", str(descriptor), f"/etc/{name}"]
    line += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm", "--tmpfs", "/tmp"]  # noqa: S108
    for name in (namespaces.WORK, namespaces.HOME, namespaces.SOCKETS, namespaces.STAGE):
        line += ["--dir", name]
    for library in _libraries():
        line += ["--ro-bind", str(library), str(library)]
    # a kernel has folders of its own, which lie over these
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", str(ROOT), *program]
    return line


def made_up() -> dict[str, bytes]:
    """Return the files below /etc that are not the machine's own."""
    about = {"number": namespaces.LEARNER, "home": namespaces.HOME}
    return {name: text.format(**about).encode() for name, text in _MADE_UP.items()}


def surroundings() -> dict[str, str]:
    """Return the environment of what runs in the jail, with nothing of the caller's in it."""
    paths = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
    found = {"PATH": os.pathsep.join(paths), "HOME": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108
    return {**found, **({"TZ": zone} if (zone := os.environ.get("TZ")) else {})}


def _libraries() -> Iterator[Path]:
    """Yield the folders of Python, of its packages and of the kit, without those within others."""
    wanted = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1]}
    wanted |= {Path(one) for name, one in sysconfig.get_paths().items() if name.endswith("lib")}
    wanted |= {Path(duecourse.__file__).parent, Path(__file__).parent}
    wanted |= {ROOT / "grader" / "__init__.py"}
    kept: list[Path] = [Path("/usr")]
    for place in sorted(wanted, key=lambda one: len(one.parts)):
        if place.exists() and not any(place.is_relative_to(one) for one in kept):
            kept.append(place)
            yield place


def run(
    program: Sequence[str],
    environment: Mapping[str, str],
    streams: tuple[int, int, int],
    passed: Sequence[int] = (),
) -> "subprocess.Popen[bytes]":
    """Start a program inside the jail.

    Args:
        program: the program and its arguments, as they are called inside.
        environment: its whole environment.
        streams: its standard streams, as `subprocess.Popen` takes them.
        passed: descriptors that it has, with their numbers.

    Raises:
        OSError: bubblewrap cannot be started.
    """
    descriptors: dict[str, int] = {}
    try:
        for name, content in made_up().items():
            descriptors[name] = os.memfd_create(name, 0)
            os.write(descriptors[name], content)
            os.lseek(descriptors[name], 0, os.SEEK_SET)
        return subprocess.Popen(  # noqa: S603  # bubblewrap and our own module
            command(program, environment, descriptors),
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            pass_fds=(*descriptors.values(), *passed),
            extra_groups=[] if os.geteuid() == 0 else None,
        )
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


@cache
def missing() -> str:
    """Return why isolation is impossible here and how to get it, "" if it works.

    It is really tried, once in a process.
    """
    if sys.platform != "linux" or linux.machine() not in linux.MACHINES:
        text = _(
            "Learners' code can be isolated on Linux alone, on {machines}; this is {system} on {machine}."
        )
        machines = ", ".join(linux.MACHINES)
        return text.format(machines=machines, system=sys.platform, machine=linux.machine())
    if shutil.which(PROGRAM) is None:
        return _(
            "Learners' code is isolated by bubblewrap, and there is no program 'bwrap' here. Install "
            "it: 'apt install bubblewrap', 'dnf install bubblewrap' or 'pacman -S bubblewrap'."
        )
    try:
        tried = run(
            [sys.executable, "-S", "-m", namespaces.__name__],
            surroundings(),
            (subprocess.DEVNULL, subprocess.DEVNULL, subprocess.PIPE),
        )
        try:
            said = tried.communicate(timeout=_SECONDS)[1].decode("utf-8", "replace").strip()
        finally:
            tried.kill()
    except (OSError, subprocess.SubprocessError) as error:
        said, code = str(error), -1
    else:
        code = tried.returncode
    if code == 0:
        return ""
    text = _(
        "bubblewrap is here, but it cannot isolate learners' code: {reason}. The system must allow "
        "user namespaces: see 'sysctl user.max_user_namespaces', 'sysctl "
        "kernel.unprivileged_userns_clone', 'sysctl kernel.apparmor_restrict_unprivileged_userns' "
        "and, in a container, its seccomp profile."
    )
    last = said.splitlines()[-1] if said else _("it ended with code {code}").format(code=code)
    return text.format(reason=last)
