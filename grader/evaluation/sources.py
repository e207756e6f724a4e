"""What an evaluation is made of: the files that an instructor brings, read with care."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pandas import DataFrame, Series

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.rules.columns import columns

MOST: Final = 500 << 20
"""Bytes of a file that is read."""
_CODES: Final = ("utf-8-sig", "gb18030")
_YES: Final = frozenset({"true", "1", "1.0", "yes", "y", "是", "有"})
_NO: Final = frozenset({"false", "0", "0.0", "no", "n", "否", "无"})


@dataclass(frozen=True)
class Sources:
    """What an instructor brings to an evaluation; None is a level without data.

    Attributes:
        trained: the first day after the training.
        contacts: a contact log as CSV, with the columns of `duecourse.rules`.
        figures: business figures by month as CSV.
        survey: answers to the survey as CSV.
        diagnosis: the assignment that was taken before and after.
        jurisdiction: whose rules the contacts are audited by: CN, US or UK.
    """

    trained: date | None = None
    contacts: Path | None = None
    figures: Path | None = None
    survey: Path | None = None
    diagnosis: str = "diagnosis"
    jurisdiction: str = "CN"


def read_csv(file: Path, needed: Sequence[str] = ()) -> DataFrame:
    """Return a CSV file as texts, in UTF-8 or a Chinese encoding; empty fields are missing.

    Args:
        file: the file.
        needed: columns that must be there.

    Raises:
        DuecourseError: it is not there, too large, no table, empty, or lacks a column.
    """
    if not file.is_file():
        raise DuecourseError(_("There is no file {file}.").format(file=file))
    if file.stat().st_size > MOST:
        text = _("{file} is larger than {most} MB. Take a shorter period.")
        raise DuecourseError(text.format(file=file, most=MOST >> 20))
    table = _table(file)
    table.columns = [str(name).strip() for name in table.columns]
    if lost := [name for name in needed if name not in table.columns]:
        text = _("{file} has no column '{column}'. It has: {columns}.")
        there = ", ".join(table.columns)
        raise DuecourseError(text.format(file=file, column=lost[0], columns=there))
    if table.empty:
        raise DuecourseError(_("{file} has no rows.").format(file=file))
    return table


def _table(file: Path) -> DataFrame:
    for code in _CODES:
        try:
            return pd.read_csv(file, dtype=str, encoding=code, skipinitialspace=True)
        except UnicodeDecodeError:
            continue
        except (ValueError, OSError) as error:
            text = _("{file} is no table: {problem}")
            problem = " ".join(str(error).split())
            raise DuecourseError(text.format(file=file, problem=problem)) from error
    raise DuecourseError(
        _("{file} is neither in UTF-8 nor in a Chinese encoding.").format(file=file)
    )


def read_contacts(file: Path) -> DataFrame:
    """Return a contact log with the types that the audit needs.

    Raises:
        DuecourseError: as `read_csv`; or a field is not what its column holds, which is named.
    """
    table = read_csv(file, ("account_id", "at", "channel"))
    known = columns()
    for name in table.columns:
        match known[name].type if name in known else "text":
            case "time" | "day":
                table[name] = _days(table[name], file)
            case "number":
                table[name] = numbers(table[name], file)
            case "flag":
                table[name] = _flags(table[name], file)
            case _:
                pass
    return table


def numbers(values: Series, file: Path) -> Series:
    """Return a column of texts as numbers.

    Raises:
        DuecourseError: a field holds none.
    """
    plain = values.str.replace(",", "", regex=False)
    found = pd.to_numeric(plain, errors="coerce")
    _all_read(values, found, file, _("a number"))
    return found


def _days(values: Series, file: Path) -> Series:
    found = pd.to_datetime(values, errors="coerce", format="mixed")
    _all_read(values, found, file, _("a moment such as 2026-03-01 09:30"))
    return found


def _flags(values: Series, file: Path) -> Series:
    words = values.str.strip().str.lower()
    found = words.map({**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)})
    _all_read(values, found, file, _("yes or no"))
    return found.astype("boolean")


def _all_read(values: Series, found: Series, file: Path, wanted: str) -> None:
    wrong: Any = values[values.notna() & found.isna()]
    if len(wrong):
        text = _("{file}, column '{column}', row {row}: '{found}' is not {wanted}.")
        row = int(wrong.index[0]) + 2
        raise DuecourseError(
            text.format(file=file, column=values.name, row=row, found=wrong.iloc[0], wanted=wanted)
        )
