"""A document before it has a format: headings, texts, lists and tables."""

from dataclasses import dataclass
from typing import TypeAlias

from duecourse.language import Language


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 stands right below the document's title."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True)
class Points:
    """A list of points."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        name: what it is called as a sheet of a workbook.
        head: the columns' names.
        rows: as many texts each as there are columns.
        widths: the columns' shares of the width; equal without them.
    """

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()


Piece: TypeAlias = Heading | Paragraph | Points | Table


@dataclass(frozen=True)
class Paper:
    """A document.

    Attributes:
        title: what it is called.
        language: the language of its texts.
        pieces: in their order.
        foot: a line that stands at the end.
    """

    title: str
    language: Language
    pieces: tuple[Piece, ...]
    foot: str = ""
