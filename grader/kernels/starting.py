"""Starting kernels as forks of a server, isolated or not."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from duecourse.keeping import GRADING
from duecourse.language import VARIABLE as LANGUAGE
from duecourse.language import _
from duecourse.worlds import VARIABLE as WORLD
from grader.kernels import jail, namespaces
from grader.kernels.becoming import Request
from grader.kernels.jail import NotIsolated
from grader.kernels.serving import NO_THREADS, cold, forget, serve, use
from grader.kernels.started import StartedKernel

__all__ = ["Limits", "NotIsolated", "StartedKernel", "serve", "start", "use"]

PORTS: Final = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
KEPT: Final = ("LANG", "LC_ALL", "TZ", LANGUAGE, WORLD, GRADING)
"""Variables of the caller's that an isolated kernel has too."""
_MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What an isolated kernel may take; kernels that are not isolated have no limits.

    Attributes:
        memory: bytes of address space of each process, and of memory of all together.
        cpu_seconds: processor seconds of all processes together.
        processes: processes at the same time.
        open_files: open files of each process.
        file_bytes: bytes of one file.
        scratch_bytes: bytes of all files together, those that were there at the start included.
    """

    memory: int = 3 * 1024 * _MIB
    cpu_seconds: int = 600
    processes: int = 64
    open_files: int = 512
    file_bytes: int = 100 * _MIB
    scratch_bytes: int = 256 * _MIB


def start(
    connection: Mapping[str, Any],
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    isolated: bool,
    streams: tuple[int, int] = (1, 2),
    limits: Limits = Limits(),
) -> StartedKernel | None:
    """Start a kernel that is a fork of a server in which the course's libraries are loaded.

    Args:
        connection: Jupyter's connection info with the transport ipc; empty to be made. The folder
            of its sockets must not be there yet; it is made here, and `StartedKernel.close`
            removes it, and the folder above if that is empty then.
        arguments: further arguments of the kernel, without its connection file.
        folder: its working directory; an isolated kernel works in a copy.
        environment: its environment; an isolated kernel gets the little of it that grading needs.
        isolated: whether it sees nothing of this machine but the libraries and the folder's files.
        streams: descriptors that it writes to as long as it does not speak to Jupyter; an isolated
            kernel has none.
        limits: what an isolated kernel may take.

    Returns:
        The kernel, ready to be connected to; None where forking is impossible, after one warning.

    Raises:
        NotIsolated: isolation is impossible here.
    """
    place = serve(isolated)
    if place is None:
        return None
    whole = dict(connection) or _connection()
    sockets = Path(whole["ip"]).parent
    request = Request(
        list(arguments),
        str(folder),
        _kept(environment) if isolated else dict(environment),
        whole,
        asdict(limits) if isolated else {},
        str(Path.home()),
    )
    why = ""
    with _streams(streams, isolated) as given:
        # a server that was ended from outside is started once more
        for _attempt in range(2):
            if place is None:
                break
            sockets.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not isolated:
                sockets.mkdir(mode=0o700)
            try:
                return StartedKernel(place, request, folder, given)
            except ConnectionError as error:
                why = str(error)
                forget(isolated)
                place = serve(isolated)
    if isolated:
        raise NotIsolated(_("An isolated kernel could not be made: {why}.").format(why=why))
    cold(why)
    return None


@contextlib.contextmanager
def _streams(streams: tuple[int, int], isolated: bool) -> Iterator[tuple[int, int]]:
    """Yield the kernel's standard output and error: an isolated kernel has nobody to write to."""
    if not isolated:
        yield streams
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        yield nowhere, nowhere
    finally:
        os.close(nowhere)


def _connection() -> dict[str, Any]:
    private = tempfile.mkdtemp(prefix="duecourse-kernel-")
    ports = {name: number for number, name in enumerate(PORTS, 1)}
    about = {"transport": "ipc", "ip": f"{private}/k/s", "signature_scheme": "hmac-sha256"}
    return {**about, "key": secrets.token_hex(32), **ports}


def _kept(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of an isolated kernel: of the caller's only what grading needs."""
    own = {
        **jail.surroundings(),
        "HOME": namespaces.HOME,
        "USER": "learner",
        "LOGNAME": "learner",
        "IPYTHONDIR": "/tmp/ipython",  # noqa: S108  # the kernel's own
        "MPLCONFIGDIR": "/tmp/matplotlib",  # noqa: S108
        "XDG_CACHE_HOME": "/tmp/cache",  # noqa: S108
        "XDG_CONFIG_HOME": "/tmp/config",  # noqa: S108
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **NO_THREADS,
    }
    return own | {name: environment[name] for name in KEPT if name in environment}
