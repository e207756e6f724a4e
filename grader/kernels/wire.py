"""One connection to a socket of a kernel, read with limits.

ZeroMQ's own library takes in whatever its peer sends, in a thread of its own, before anybody can
count it: a message of endless parts or a thousand large ones fill the memory of the grader. A kernel
in which a learner's code runs is such a peer. So the little of the protocol that Jupyter needs
(ZMTP 3.0 without security, RFC 23 of ZeroMQ) is spoken here over a plain socket: what is not asked
for stays on the kernel's side, nothing is connected again, and the end of the kernel is the end of
the connection.
"""

import select
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

MOST_PARTS: Final = 4096
"""Parts that one message may have."""
_MORE, _LONG, _COMMAND = 1, 2, 4
_GREETING: Final = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_ALL_TOPICS: Final = b"\x01"
_AT_A_TIME: Final = 1 << 18


class WireBroken(Exception):
    """The other side does not speak as a socket of a kernel does, or does not take what is sent."""


class WireFull(Exception):
    """A part was announced that is larger than what may still come."""


class Wire:
    """A connection to one socket of a kernel.

    Attributes:
        closed: whether the other side has ended it.
    """

    def __init__(self, connection: Mapping[str, Any], channel: str, seconds: float) -> None:
        """Connect to a channel ("shell" or "iopub") of a kernel.

        Args:
            connection: Jupyter's connection info.
            channel: the channel's name.
            seconds: how long connecting may take.

        Raises:
            OSError: nobody listens there.
            WireBroken: whoever listens there is no socket of a kernel.
        """
        self.closed = False
        self._data = bytearray()
        self._parts: list[bytes] = []
        host, port = connection["ip"], connection[f"{channel}_port"]
        if connection["transport"] == "ipc":
            self._socket = socket.socket(socket.AF_UNIX)
            place: Any = f"{host}-{port}"
        else:
            self._socket = socket.socket(socket.AF_INET)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            place = (host, port)
        try:
            self._socket.settimeout(seconds)
            self._socket.connect(place)
            self._shake_hands(b"SUB" if channel == "iopub" else b"DEALER")
            self._socket.setblocking(False)
            if channel == "iopub":
                self.send([_ALL_TOPICS], seconds)
        except BaseException:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor, to wait for what comes."""
        return self._socket.fileno()

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def send(self, parts: Sequence[bytes], seconds: float) -> None:
        """Send one message.

        Args:
            parts: the message.
            seconds: how long the other side may take to accept it.

        Raises:
            WireBroken: it does not.
        """
        framed = [_framed(part, more=True) for part in parts[:-1]]
        rest = memoryview(b"".join([*framed, _framed(parts[-1])]))
        until = time.monotonic() + seconds
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                left = until - time.monotonic()
                if left <= 0 or not select.select([], [self._socket], [], left)[1]:
                    raise WireBroken("nothing is accepted any more") from None
            except OSError:
                self.closed = True
                return

    def receive(self, most: int) -> tuple[int, list[list[bytes]]]:
        """Return what has come, without waiting.

        Args:
            most: the bytes that may still come.

        Returns:
            The bytes that came, and the messages that are whole now.

        Raises:
            WireFull: a part is announced that is larger than `most`.
            WireBroken: what came is not ZeroMQ's protocol.
        """
        data = b""
        try:
            data = self._socket.recv(_AT_A_TIME)
            self.closed = not data
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True
        self._data += data
        return len(data), self._whole(most - len(data))

    def _whole(self, most: int) -> list[list[bytes]]:
        messages = []
        while (frame := self._frame(most)) is not None:
            flags, body = frame
            if flags & _COMMAND:
                if body.startswith(b"\x05ERROR"):
                    raise WireBroken("the other side refuses the connection")
                continue
            self._parts.append(body)
            if len(self._parts) > MOST_PARTS:
                raise WireBroken(f"a message has more than {MOST_PARTS} parts")
            if not flags & _MORE:
                messages.append(self._parts)
                self._parts = []
        return messages

    def _frame(self, most: int) -> tuple[int, bytes] | None:
        """Take the next whole frame from what has come."""
        data = self._data
        if len(data) < 2:
            return None
        flags = data[0]
        if flags & ~(_MORE | _LONG | _COMMAND):
            raise WireBroken("a frame has unknown flags")
        start = 9 if flags & _LONG else 2
        if len(data) < start:
            return None
        end = start + int.from_bytes(data[1:start])
        if len(data) < end:
            if end - len(data) > most:
                raise WireFull
            return None
        body = bytes(data[start:end])
        del data[:end]
        return flags, body

    def _shake_hands(self, kind: bytes) -> None:
        self._socket.sendall(_GREETING)
        while len(self._data) < len(_GREETING):
            self._more()
        theirs = bytes(self._data[: len(_GREETING)])
        del self._data[: len(_GREETING)]
        if theirs[0] != 0xFF or theirs[9] != 0x7F or theirs[10] < 3 or theirs[12:32] != _NULL:
            raise WireBroken("it does not speak ZMTP 3 without security")
        ready = b"\x05READY" + _property(b"Socket-Type", kind)
        if kind == b"DEALER":
            ready += _property(b"Identity", b"")
        self._socket.sendall(_framed(ready, command=True))
        while (frame := self._frame(_AT_A_TIME)) is None:
            self._more()
        if not frame[0] & _COMMAND or not frame[1].startswith(b"\x05READY"):
            raise WireBroken("it is not ready")

    def _more(self) -> None:
        data = self._socket.recv(_AT_A_TIME)
        if not data:
            raise ConnectionResetError("the connection was closed")
        self._data += data


_NULL: Final = _GREETING[12:32]


def _framed(body: bytes, *, more: bool = False, command: bool = False) -> bytes:
    flags = _MORE * more | _COMMAND * command
    if len(body) < 256:
        return bytes((flags, len(body))) + body
    return bytes((flags | _LONG,)) + len(body).to_bytes(8) + body


def _property(name: bytes, value: bytes) -> bytes:
    return bytes((len(name),)) + name + len(value).to_bytes(4) + value
