"""Tables as spreadsheets: CSV and XLSX that no program reads wrongly and nobody can hide a formula in.

Spreadsheets run a text that begins like a formula. In CSV such a text gets an apostrophe before it
(https://owasp.org/www-community/attacks/CSV_Injection); in XLSX a text is stored as a text.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import pandas as pd

_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_TITLE_MOST: Final = 31
"""Characters that Excel allows in the name of a sheet."""
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\]")
# XML 1.0 has no place for these, so neither has XLSX.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
_WIDEST: Final = 60


def harmless(text: str) -> str:
    """Return a text for CSV; an apostrophe stands before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def as_csv(table: pd.DataFrame, heads: Mapping[str, str]) -> str:
    """Return a table as CSV with every field quoted and lines ending as spreadsheets expect.

    Args:
        table: the table; its index is left out.
        heads: what columns are called in the first line; others are called by their own name.
    """
    columns = [heads.get(str(column), str(column)) for column in table.columns]
    rows = ([_safe(value) for value in row] for row in table.itertuples(index=False, name=None))
    return lines([[harmless(column) for column in columns], *rows])


def lines(rows: Iterable[Sequence[str]], quoting: Any = csv.QUOTE_ALL) -> str:
    """Return rows of texts as CSV, as they are."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting)
    writer.writerows(rows)
    return out.getvalue()


def plain(value: Any) -> str:
    """Return a value as text: numbers with at most ten digits, moments in UTC, nothing as ""."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


def as_xlsx(sheets: Mapping[str, pd.DataFrame], heads: Mapping[str, str]) -> bytes:
    """Return a workbook: a sheet for each table, its head frozen, with a filter.

    Args:
        sheets: the tables by the name of their sheet; a name that Excel does not allow is changed.
        heads: what columns are called; others are called by their own name.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill

    book = Workbook()
    book.remove(book.active)
    for name, table in sheets.items():
        sheet = book.create_sheet(_title(name, [one.title for one in book.worksheets]))
        columns = [heads.get(str(column), str(column)) for column in table.columns]
        content = [columns, *table.itertuples(index=False, name=None)]
        for number, row in enumerate(content, 1):
            for place, value in enumerate(row, 1):
                _put(sheet.cell(number, place), value)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="E5E7EB")
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        for place, column in enumerate(zip(*content, strict=True), 1):
            width = max(_width(plain(value)) for value in column[1:] or column)
            letter = sheet.cell(1, place).column_letter
            sheet.column_dimensions[letter].width = min(_WIDEST, max(10, width + 2))
        sheet.freeze_panes = "C2" if table.columns[0] == "learner" else "A2"
        sheet.auto_filter.ref = sheet.dimensions
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(value: Any) -> str:
    return harmless(value) if isinstance(value, str) else plain(value)


def _put(cell: Any, value: Any) -> None:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime()
    if isinstance(value, datetime):
        # Excel knows no zones; the column's head names UTC.
        cell.value = value.replace(tzinfo=None)
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
    elif isinstance(value, str):
        cell.value = _CONTROL.sub("\ufffd", value)
        cell.data_type = "s"
        cell.quotePrefix = harmless(value) != value
    else:
        cell.value = value.item() if hasattr(value, "item") else value


def _title(name: str, taken: Sequence[str]) -> str:
    wanted = _FORBIDDEN.sub("-", _CONTROL.sub("-", name)).strip("'")[:_TITLE_MOST] or "-"
    lower, title, number = {one.lower() for one in taken}, wanted, 2
    while title.lower() in lower:
        ending = f" {number}"
        title, number = wanted[: _TITLE_MOST - len(ending)] + ending, number + 1
    return title


def _width(text: str) -> int:
    return max(sum(2 if sign > "\u2e7f" else 1 for sign in line) for line in text.split("\n"))
