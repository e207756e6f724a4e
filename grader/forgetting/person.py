"""Who is to be forgotten, and how to find them in any file: by id, names and address.

Texts are searched as bytes in the encodings that files of a class come in, inside ZIP archives and
what is built like them (XLSX, DOCX). An id that stands inside the longer id of somebody else is not
taken for this one.
"""

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Final

_ENCODINGS: Final = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_LEAST: Final = 4
"""Characters below which an ASCII text is too common to be searched for."""
_LEAST_DIGITS: Final = 6
_DEPTH: Final = 3
_LARGEST: Final = 512 * 1024 * 1024
"""Bytes of one file, or of one member of an archive, that are searched."""


@dataclass(frozen=True)
class Person:
    """A learner as files may know them.

    Attributes:
        id: the learner's id.
        names: full names, in both orders, and the address; whatever tells this person.
        others: ids and names of everybody else who is known.
    """

    id: str
    names: tuple[str, ...] = ()
    others: frozenset[str] = field(default=frozenset(), repr=False)

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """What is searched for in texts: the id and the names, unless they are too short for it."""
        return tuple(one for one in dict.fromkeys((self.id, *self.names)) if _tells(one))

    def stands_in(self, content: bytes) -> bool:
        """Return whether the person is named in bytes, archives inside them included."""
        return self._stands_in(content, _DEPTH)

    def is_named(self, text: str) -> bool:
        """Return whether the person is named in a text."""
        return bool(self.terms) and _hit(self._pattern, text.encode("utf-8", "surrogateescape"))

    def is_in(self, file: Path) -> bool:
        """Return whether the person is named in a file; one that cannot be read is an OSError."""
        if file.stat().st_size > _LARGEST:
            return any(self.stands_in(block) for block in _blocks(file))
        return self.stands_in(file.read_bytes())

    def owns(self, name: str) -> bool:
        """Return whether the name of a file or folder is the person's or holds it."""
        return name == self.id or self.is_named(name)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        longer = [
            other
            for other in self.others
            if any(one.casefold() in other.casefold() for one in self.terms)
            and other.casefold() not in {one.casefold() for one in self.terms}
        ]
        longer.sort(key=len, reverse=True)
        theirs = [form for other in longer for form in _forms(other)]
        ours = [form for one in self.terms for form in _forms(one)]
        parts = [*theirs, b"(" + b"|".join(ours) + b")"]
        return re.compile(b"|".join(parts), re.IGNORECASE)

    def _stands_in(self, content: bytes, depth: int) -> bool:
        if not self.terms:
            return False
        if _hit(self._pattern, content):
            return True
        return depth > 0 and any(
            self.is_named(name) or self._stands_in(inner, depth - 1)
            for name, inner in _members(content)
        )


def _hit(pattern: re.Pattern[bytes], content: bytes) -> bool:
    return any(found.group(1) is not None for found in pattern.finditer(content))


def _tells(text: str) -> bool:
    if not text.isascii():
        return len(text) > 1
    return len(text) >= (_LEAST_DIGITS if text.isdigit() else _LEAST)


def _forms(text: str) -> Iterator[bytes]:
    """Yield a text as it may stand in a file, as patterns of bytes."""
    forms = [text.encode(encoding, "replace") for encoding in _ENCODINGS]
    forms += [json.dumps(text)[1:-1].encode(), escape(text).encode("utf-8", "replace")]
    forms.append("".join(one if ord(one) < 128 else f"&#{ord(one)};" for one in text).encode())
    before = rb"(?<![A-Za-z0-9])" if text[0].isascii() and text[0].isalnum() else b""
    after = rb"(?![A-Za-z0-9])" if text[-1].isascii() and text[-1].isalnum() else b""
    for form in dict.fromkeys(forms):
        # A neighbour in UTF-16 is two bytes; there the edges are not looked at.
        wide = b"\0" in form
        yield re.escape(form) if wide else before + re.escape(form) + after


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of an archive's members; nothing, if it is no archive."""
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                yield "", packed.read(_LARGEST)
        except (OSError, EOFError, zlib.error):
            return
    if not content.startswith(b"PK\x03\x04"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if member.file_size <= _LARGEST and not member.flag_bits & 1:
                    yield member.filename, archive.read(member)
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error):
        return


def _blocks(file: Path) -> Iterator[bytes]:
    """Yield a large file in pieces that overlap, so that nothing is cut in two unseen."""
    size, overlap = 64 * 1024 * 1024, 4096
    with file.open("rb") as content:
        before = b""
        while block := content.read(size):
            yield before + block
            before = block[-overlap:]


def names_of(first: str | None, last: str | None, email: str | None = None) -> Iterable[str]:
    """Return the full names that a first and a last name make, and the address."""
    first, last = (first or "").strip(), (last or "").strip()
    if first and last:
        # A single part of a name belongs to many people.
        yield from (f"{first} {last}", f"{last} {first}", f"{last}, {first}", f"{last}{first}")
    elif _whole_name(first or last):
        yield first or last
    if email and email.strip():
        yield email.strip()


def _whole_name(name: str) -> bool:
    return " " in name or (len(name) > 1 and not name.isascii())
