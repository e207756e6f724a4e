"""Messages of a kernel that nobody trusts: signed, and neither too deep nor of too many parts."""

import json
import re
import secrets
from collections.abc import Sequence
from typing import Any, Final

from jupyter_client.session import DELIM, Session

MOST_DEPTH: Final = 100
"""Levels of lists and objects that a message may have."""
MOST_BRACKETS: Final = 300_000
"""Opening brackets that a part of a message may have: each costs many times its byte."""
_LARGEST_HEAD: Final = 1 << 16
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")

Message = dict[str, Any]
"""A message as Jupyter's session reads it."""


class Unreadable(Exception):
    """A message that no honest kernel sends."""


class CarefulSession(Session):
    """Jupyter's session; ids of its messages cannot be guessed before they are sent."""

    def __init__(self, key: bytes) -> None:
        """Read and write messages that are signed with the key."""
        super().__init__(key=key, unpack=unpacked)

    @property
    def msg_id(self) -> str:
        """A new id."""
        return secrets.token_hex(16)

    def read(self, parts: Sequence[bytes], most: int) -> Message:
        """Read a message.

        Args:
            parts: the message as it came.
            most: bytes of content beyond which the content is left unread and becomes None.

        Raises:
            Unreadable: it is not signed with the key, came before, or has not a message's form.
        """
        try:
            return self._read(list(parts), most)
        except Exception as error:  # whatever a forged message makes Jupyter's own code raise
            raise Unreadable(f"{type(error).__name__}: {error}") from error

    def _read(self, parts: list[bytes], most: int) -> Message:
        parts = parts[parts.index(DELIM) + 1 :]
        if any(len(part) > _LARGEST_HEAD for part in parts[:4]):
            raise ValueError("its header is too large")
        readable = len(parts[4]) <= most
        message: Message = self.deserialize(parts, content=readable)
        if not readable:
            message["content"] = {}
        objects = message["parent_header"], message["content"]
        if not all(isinstance(part, dict) for part in objects):
            raise TypeError("its parts are no objects")
        if not isinstance(message["msg_type"], str):
            raise TypeError("it is of no type")
        return message if readable else {**message, "content": None}


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)


def unpacked(part: bytes) -> Any:
    """Read a part of a message as JSON.

    Raises:
        ValueError: it is none, has too many parts or is nested too deeply.
        RecursionError: it is nested much too deeply.
    """
    brackets = part.count(b"[") + part.count(b"{")
    if brackets > MOST_BRACKETS:
        raise ValueError("it has too many parts")
    value = _DECODER.decode(part.decode("utf-8", "replace"))
    if brackets > MOST_DEPTH and _deep(value):
        raise ValueError("it is nested too deeply")
    if b"\\u" in part and _SURROGATE.search(part):
        # half a character could not be written into a notebook
        whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        value = _DECODER.decode(whole.decode("utf-8"))
    return value


def _deep(value: Any) -> bool:
    level = [value]
    for _depth in range(MOST_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
