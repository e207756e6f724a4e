"""Tables as files of a spreadsheet: CSV and XLSX, in which no text is taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pandas as pd

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_LONGEST: Final = 32_767
"""Characters that a cell of a spreadsheet holds."""


def as_csv(table: pd.DataFrame) -> str:
    """Return a table with every field quoted, numbers as they are, and nothing for what is missing.

    A text that a spreadsheet would take for a formula is preceded by an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow([harmless(str(name)) for name in table.columns])
    writer.writerows([_field(value) for value in row] for row in table.itertuples(index=False))
    return out.getvalue()


def write_csv(table: pd.DataFrame, file: Path) -> Path:
    """Write a table as UTF-8 with a byte order mark, by which a spreadsheet knows it."""
    with file.open("w", encoding="utf-8-sig", errors="replace", newline="") as out:
        out.write(as_csv(table))
    return file


def write_xlsx(sheets: Iterable[tuple[str, pd.DataFrame]], file: Path) -> Path:
    """Write tables as the sheets of one workbook: headings stand fast, and every column can be filtered.

    Args:
        sheets: title and table of each; a title is shortened to what a spreadsheet allows.
        file: where to.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.active)
    for title, table in sheets:
        sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
        rows = [[str(name) for name in table.columns], *map(list, table.itertuples(index=False))]
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row, 1):
                _put(sheet.cell(number, place), value)
        for place in range(1, len(table.columns) + 1):
            head = sheet.cell(1, place)
            head.font, head.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
            longest = max(_width(row[place - 1]) for row in rows)
            sheet.column_dimensions[get_column_letter(place)].width = min(60, max(9, longest + 2))
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = sheet.dimensions
    book.save(file)
    return file


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _field(value: Any) -> str:
    plain = _plain(value)
    if isinstance(plain, str):
        return harmless(plain)
    if isinstance(plain, float):
        return f"{plain:.6g}"
    return "" if plain is None else str(plain)


def _plain(value: Any) -> Any:
    """Return a cell as text, number, truth value, or None where it is missing."""
    if value is None or pd.isna(value):
        return None
    item = getattr(value, "item", None)
    plain = item() if callable(item) else value
    return plain if isinstance(plain, bool | int | float) else str(plain)


def _put(cell: Any, value: Any) -> None:
    plain = _plain(value)
    if not isinstance(plain, str):
        cell.value = round(plain, 6) if isinstance(plain, float) else plain
        return
    text = plain.encode("utf-8", "replace").decode("utf-8")
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    cell.value = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    # A text stays a text, whatever it begins with, and does so when the sheet is saved as CSV.
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(_FORMULA)


def _width(value: Any) -> int:
    text = _field(value)
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text[:80])
