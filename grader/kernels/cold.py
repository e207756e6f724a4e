"""Kernels in processes of their own, where none can be forked."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_client.connect import write_connection_file


class ColdKernel:
    """A kernel in a process of its own, where none can be forked."""

    ended = ""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], arguments: Sequence[str]
    ) -> None:
        self._private = Path(tempfile.mkdtemp(prefix="duecourse-kernel-"))
        file, self.connection = write_connection_file(
            str(self._private / "connection.json"), key=secrets.token_hex(32).encode()
        )
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", file, *arguments]
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.pid = self._process.pid

    def fileno(self) -> int:
        """Return -1: there is nothing to wait on but the connections."""
        return -1

    def poll(self) -> int | None:
        """Return how the kernel ended, or None while it runs."""
        return self._process.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel's whole group."""
        if os.name != "posix":
            self._process.kill()
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def close(self) -> None:
        """End the kernel with its group."""
        self.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        self._process.wait()
        shutil.rmtree(self._private, ignore_errors=True)
