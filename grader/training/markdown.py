"""A document as Markdown."""

import re
from collections.abc import Iterator
from typing import Final

from grader.training.paper import Heading, Paper, Paragraph, Piece, Points, Table

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|#~])")
_MARK: Final = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)")


def as_markdown(paper: Paper) -> bytes:
    """Return a document as Markdown in UTF-8; what a text holds of markup is shown, not obeyed."""
    parts = [f"# {_said(paper.title)}", *("\n".join(_lines(one)) for one in paper.pieces)]
    if paper.foot:
        parts.append(f"---\n\n*{_said(paper.foot)}*")
    return ("\n\n".join(parts) + "\n").encode()


def _lines(piece: Piece) -> Iterator[str]:
    match piece:
        case Heading(text, level):
            yield f"{'#' * (level + 1)} {_said(text)}"
        case Paragraph(text):
            yield _said(text)
        case Points(items):
            yield from (f"- {_said(item)}" for item in items)
        case Table(_name, head, rows):
            yield _row(head)
            yield _row(["---"] * len(head), plain=True)
            yield from (_row(row) for row in rows)


def _row(cells: tuple[str, ...] | list[str], *, plain: bool = False) -> str:
    return f"| {' | '.join(cells if plain else [_said(one) for one in cells])} |"


def _said(text: str) -> str:
    joined = "<br>".join(_SPECIAL.sub(r"\\\1", line.strip()) for line in text.splitlines())
    return _MARK.sub(r"\1\\\2", joined)
