"""A kernel to execute cells with, one after the other, whatever runs in it.

No thread, no event loop, no heartbeat: what the kernel says is read when it is waited for, and every
wait has an end. Nothing that a kernel sends is trusted: messages are counted as they come, their
signatures are checked, and what is nested absurdly or has absurdly many parts is not taken in.
"""

import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from duecourse.language import _
from grader.kernels.cold import ColdKernel
from grader.kernels.ending import (
    KernelBabbling,
    KernelEnded,
    KernelFlooding,
    KernelNotStarted,
    KernelSilent,
    KernelStopped,
)
from grader.kernels.messages import CarefulSession, Message, Unreadable
from grader.kernels.starting import Limits, StartedKernel, start
from grader.kernels.wire import Wire, WireBroken, WireFull

_LOOK: Final = 0.25
"""Seconds after which a kernel whose end nobody announces is looked after."""
_AGAIN: Final = 0.5
_NEWS: Final = 10
"""Seconds until the server, which may be busy, says how a kernel ended."""


class Kernel:
    """A running kernel: a fork of a warm process, or a cold one where forking is impossible.

    Attributes:
        session: Jupyter's session, which signs and reads messages.
        info: what the kernel says about itself, such as ``language_info``.
        left: bytes that the kernel may still send.
        late: whether the last cell took too long and was interrupted.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        isolated: bool,
        limits: Limits | None = None,
        arguments: Sequence[str] = (),
        most: int = 32 * 1024 * 1024,
        most_at_once: int = 8 * 1024 * 1024,
        patience: float = 4,
        start_seconds: float = 60,
    ) -> None:
        """Start a kernel and wait until it answers.

        Args:
            folder: its working directory; an isolated kernel works in a copy.
            environment: its environment variables.
            isolated: whether it sees nothing of this machine but the folder's files.
            limits: what an isolated kernel may take.
            arguments: further arguments of the kernel.
            most: bytes that all messages of the kernel may have.
            most_at_once: bytes of content beyond which one message is not read.
            patience: seconds that an interrupted cell may take to end.
            start_seconds: how long starting may take.

        Raises:
            NotIsolated: isolation is impossible here.
            KernelNotStarted: it did not start, twice.
        """
        self.most = self.left = most
        self.late = False
        self.info: dict[str, Any] = {}
        self._most_at_once, self._patience = most_at_once, patience
        self._wires: dict[str, Wire] = {}
        self._messages: deque[tuple[str, list[bytes]]] = deque()
        self._process: StartedKernel | ColdKernel | None = None
        for attempt in range(2):
            self._news = selectors.DefaultSelector()
            try:
                self._process = _started(folder, environment, isolated, limits, arguments)
                self._connect(time.monotonic() + start_seconds)
            except (OSError, KernelStopped, WireBroken, TypeError) as error:
                self.close()
                if attempt:
                    text = _("A kernel did not start: {why}. Grade this submission again.")
                    why = str(error) or type(error).__name__
                    raise KernelNotStarted(text.format(why=why)) from error
            except BaseException:
                self.close()
                raise
            else:
                return

    def execute(self, source: str, received: Callable[[Message], None], seconds: float) -> Message:
        """Execute code and wait until the kernel is done with it.

        Args:
            source: the code.
            received: is called with every message that the code causes, in order. The content of
                one that is too large to be read is None.
            seconds: how long it may take; then it is interrupted and `late` is true.

        Returns:
            The kernel's reply.

        Raises:
            KernelEnded: the kernel ended.
            KernelSilent: the code goes on after the interrupt, or the kernel does not say its end.
            KernelFlooding: there were more bytes of messages than allowed.
            KernelBabbling: a message cannot be read.
        """
        self.late = False
        asked = self._ask(
            "execute_request",
            code=source,
            silent=False,
            store_history=True,
            user_expressions={},
            allow_stdin=False,
            stop_on_error=False,
        )
        until = time.monotonic() + seconds
        reply: Message | None = None
        idle = False
        while reply is None or not idle:
            found = self._next(until)
            if found is None:
                if self.late or reply is not None:
                    raise KernelSilent
                self.late = True
                self.interrupt()
                until = time.monotonic() + self._patience
                continue
            channel, message = found
            if message["parent_header"].get("msg_id") != asked:
                continue
            if channel == "shell":
                if message["msg_type"] == "execute_reply" and reply is None:
                    reply = message
                    until = min(until, time.monotonic() + self._patience)
            elif not idle:
                received(message)
                idle = _state(message) == "idle"
        return reply

    def send(self, message: Message) -> None:
        """Send a message to the kernel.

        Raises:
            KernelSilent: the kernel does not take it.
        """
        try:
            self._wires["shell"].send(self.session.serialize(message), self._patience)
        except WireBroken as error:
            raise KernelSilent from error

    @property
    def killed(self) -> bool:
        """Whether it was killed by something that is none of its limits."""
        process = self._process
        return process is not None and process.poll() == -signal.SIGKILL and not process.ended

    @property
    def shell_channel(self) -> Self:
        """The kernel itself: what nbclient's widgets send through has this name."""
        return self

    def interrupt(self) -> None:
        """Interrupt what runs, as Ctrl-C does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """End the kernel and whatever it started."""
        self._news.close()
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()
        self._messages.clear()
        if self._process is not None:
            self._process.close()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _connect(self, until: float) -> None:
        assert self._process is not None
        connection = self._process.connection
        self.session = CarefulSession(str(connection["key"]).encode())
        for channel in ("iopub", "shell"):
            self._wires[channel] = self._wire(connection, channel, until)
            self._news.register(self._wires[channel], selectors.EVENT_READ)
        if self._process.fileno() >= 0:
            self._news.register(self._process, selectors.EVENT_READ)
        # what came along with the handshake wakes nobody any more
        self._take_in()
        subscribed, reply = False, None
        while reply is None or not subscribed:
            # what is published before the subscription has arrived is lost: ask until it has
            self._ask("kernel_info_request")
            again = min(until, time.monotonic() + _AGAIN)
            while (reply is None or not subscribed) and (found := self._next(again)):
                channel, message = found
                subscribed = subscribed or channel == "iopub"
                if message["msg_type"] == "kernel_info_reply":
                    reply = message
            if time.monotonic() > until:
                raise TimeoutError(_("it does not answer"))
        self.info = reply["content"]
        if not isinstance(self.info.get("language_info"), dict):
            raise TypeError(_("it does not say what it is"))

    def _wire(self, connection: Mapping[str, Any], channel: str, until: float) -> Wire:
        assert self._process is not None
        while True:
            try:
                return Wire(connection, channel, max(0.1, until - time.monotonic()))
            except ConnectionError:
                # a cold kernel does not say when it listens
                if self._process.poll() is not None:
                    raise KernelEnded(self._process.ended) from None
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def _ask(self, kind: str, **content: Any) -> str:
        request = self.session.msg(kind, content)
        self.send(request)
        return str(request["msg_id"])

    def _next(self, until: float) -> tuple[str, Message] | None:
        """Return the next message and its channel; None if there is none until then."""
        while (left := until - time.monotonic()) > 0:
            if self._messages:
                channel, parts = self._messages.popleft()
                return channel, self._read(channel, parts)
            closed = any(wire.closed for wire in self._wires.values())
            if closed or (self._process and self._process.poll() is not None):
                # what it said before its end still counts
                while self._take_in():
                    pass
                if not self._messages:
                    raise KernelEnded(self._why())
                continue
            self._news.select(min(left, _LOOK))
            self._take_in()
        return None

    def _take_in(self) -> int:
        """Read what has come and return how many bytes that was."""
        before = self.left
        for channel, wire in self._wires.items():
            try:
                count, messages = wire.receive(self.left)
            except WireFull:
                raise KernelFlooding(self.most) from None
            except WireBroken as error:
                raise KernelBabbling(str(error)) from error
            self.left -= count
            if self.left < 0:
                raise KernelFlooding(self.most)
            self._messages.extend((channel, parts) for parts in messages)
        return before - self.left

    def _why(self) -> str:
        """Return why the kernel ended, if it was ended for something."""
        assert self._process is not None
        until = time.monotonic() + _NEWS
        # the connections may be gone before the news, which says whether it was killed from outside
        while self._process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        return self._process.ended

    def _read(self, channel: str, parts: list[bytes]) -> Message:
        try:
            message = self.session.read(parts, self._most_at_once)
        except Unreadable as error:
            raise KernelBabbling(str(error)) from error
        if channel == "shell" and message["content"] is None:
            raise KernelFlooding(self._most_at_once)
        return message


def _started(
    folder: Path,
    environment: Mapping[str, str],
    isolated: bool,
    limits: Limits | None,
    arguments: Sequence[str],
) -> StartedKernel | ColdKernel:
    forked = start({}, arguments, folder, environment, isolated=isolated, limits=limits or Limits())
    return forked or ColdKernel(folder, environment, arguments)


def _state(message: Message) -> Any:
    content = message["content"]
    return content.get("execution_state") if content and message["msg_type"] == "status" else None
