"""A kernel provisioner that asks the fork server for a kernel, and falls back to a cold one."""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool

from grader.kernels import starting


class WarmProvisioner(LocalProvisioner):
    """Starts kernels as forks of a process in which the course's libraries are loaded.

    Where forking is not possible a cold kernel is started, with one warning and the same results.
    """

    isolated = Bool(
        False, help="Whether kernels see nothing of this machine but libraries and their folder."
    ).tag(config=True)
    _private: Path | None = None
    _kernel: starting.StartedKernel | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Let the kernel be spoken to over sockets in a private folder, if it will be a fork."""
        manager = self.parent
        if manager and self._private is None and starting.serve(self.isolated):
            self._private = Path(tempfile.mkdtemp(prefix="duecourse-kernel-"))
            manager.transport, manager.ip = "ipc", str(self._private / "k" / "s")
            manager.cache_ports = False
        found: dict[str, Any] = await super().pre_launch(**kwargs)
        return found

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel and return how to connect to it."""
        info: KernelConnectionInfo = self.connection_info
        about: dict[str, Any] = dict(info)
        kernel: Any = None
        if self._private is not None:
            kernel = starting.start(
                {**about, "key": about["key"].decode()},
                _further(cmd),
                Path(kwargs.get("cwd") or Path.cwd()),
                dict(kwargs.get("env") or os.environ),
                isolated=self.isolated,
                streams=_streams(kwargs),
            )
        if kernel is None:
            # the kernelspec names no interpreter of its own
            return await super().launch_kernel([sys.executable, *cmd[1:]], **kwargs)
        # without a group of its own here, signals go through the kernel's own methods
        self._kernel = self.process = kernel
        self.pid, self.pgid = kernel.pid, None
        return info

    async def wait(self) -> int | None:
        """Wait for the kernel's end, without the long naps of a process that is only polled."""
        if self._kernel is not None:
            await asyncio.to_thread(self._kernel.wait)
        found: int | None = await super().wait()
        return found

    async def cleanup(self, restart: bool = False) -> None:
        """Bring the kernel's files back and remove what was there for it alone."""
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None
        if self._private is not None and not restart:
            shutil.rmtree(self._private, ignore_errors=True)
            self._private = None
        await super().cleanup(restart=restart)


def _further(cmd: list[str]) -> list[str]:
    """Return the arguments of a kernel's command behind its connection file."""
    place = cmd.index("-f")
    return [*cmd[3:place], *cmd[place + 2 :]]


def _streams(kwargs: dict[str, Any]) -> tuple[int, int]:
    """Return the descriptors that the kernel writes to: the caller's, unless it names its own."""
    found = []
    for name, usual in (("stdout", 1), ("stderr", 2)):
        given = kwargs.get(name)
        number = given if isinstance(given, int) else getattr(given, "fileno", lambda: -1)()
        found.append(number if number >= 0 else usual)
    return found[0], found[1]
