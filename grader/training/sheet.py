"""A document as XLSX: its texts on the first sheet, every table on its own."""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from grader.training.paper import Heading, Paper, Paragraph, Points, Table

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NO_NAME: Final = re.compile(r"[\[\]:*?/\\']")
_NUMBER: Final = re.compile(r"\d{1,9}(\.\d{1,4})?")


def as_sheets(paper: Paper, written: datetime) -> bytes:
    """Return a document as a workbook; no text of it can be taken for a formula.

    Args:
        paper: the document.
        written: when it was written, as its properties say.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    properties = book.properties
    properties.title, properties.creator = paper.title, "duecourse"
    properties.created = properties.modified = written.replace(tzinfo=None)
    first = book.active
    first.title = _name(paper.title, [])
    first.column_dimensions["A"].width = 110
    for number, (text, bold) in enumerate(_texts(paper), 1):
        cell = first.cell(number, 1, safe(text))
        cell.font, cell.alignment = Font(bold=bold), Alignment(wrap_text=True, vertical="top")
    for table in (one for one in paper.pieces if isinstance(one, Table)):
        _table(book.create_sheet(_name(table.name, book.sheetnames)), table)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _texts(paper: Paper) -> Iterator[tuple[str, bool]]:
    yield paper.title, True
    for piece in paper.pieces:
        match piece:
            case Heading(text, _):
                yield text, True
            case Paragraph(text):
                yield text, False
            case Points(items):
                for item in items:
                    yield f"· {item}", False
            case Table(name):
                yield f"→ {name}", False
    yield paper.foot, False


def _table(sheet: Any, table: Table) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for number, row in enumerate([table.head, *table.rows], 1):
        for at, text in enumerate(row, 1):
            value = float(text) if _NUMBER.fullmatch(text) and number > 1 else safe(text)
            cell = sheet.cell(number, at, value)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=number == 1)
    for at, name in enumerate(table.head, 1):
        longest = max([len(name), *(_width(row[at - 1]) for row in table.rows)])
        sheet.column_dimensions[get_column_letter(at)].width = min(max(longest + 2, 8), 60)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _width(text: str) -> int:
    """Return how wide the widest line of a text is; a Chinese character counts as two."""
    lines = text.splitlines() or [""]
    return max(sum(2 if letter > "\u2e80" else 1 for letter in line) for line in lines)


def _name(wanted: str, taken: list[str]) -> str:
    """Return a sheet's name: at most 31 letters, and no other sheet has it."""
    name = _NO_NAME.sub(" ", wanted)[:31].strip() or "1"
    number = 1
    while name.casefold() in {one.casefold() for one in taken}:
        number += 1
        name = f"{_NO_NAME.sub(' ', wanted)[:27].strip()} {number}"
    return name
