"""Who has which role: a list of the instructor's, as CSV or XLSX."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Final

import pandas as pd

from duecourse.competencies import matrix
from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import did_you_mean

_LEARNER: Final = ("learner", "学员", "学号")
_ROLE: Final = ("role", "岗位", "角色")
_CODES: Final = ("utf-8-sig", "gb18030")
"""What spreadsheets in English and in Chinese save CSV as."""


def roles_of(file: Path) -> dict[str, str]:
    """Read the roles of a team.

    Args:
        file: a table with the columns ``learner`` (the id in the gradebook) and ``role`` (its id, or
            its title in either language); other columns are left alone.

    Returns:
        the id of the role by the learner's id, in the order of the list.

    Raises:
        DuecourseError: the file is not readable, lacks a column, names a learner twice, or names a
            role that there is none of; the message says where.
    """
    table = _table(file)
    learner, role = _column(file, table, _LEARNER), _column(file, table, _ROLE)
    named = {
        str(text).strip().casefold(): one.id
        for one in matrix().roles
        for text in (one.id, *dict(one.title).values())
    }
    found: dict[str, str] = {}
    for number, (name, said) in enumerate(zip(learner, role, strict=True), 2):
        if not name and not said:
            continue
        if not name:
            raise DuecourseError(
                _("{file}, row {row}: the learner is missing.").format(file=file, row=number)
            )
        if name in found:
            text = _("{file}, row {row}: the learner '{name}' stands there twice.")
            raise DuecourseError(text.format(file=file, row=number, name=name))
        if said.casefold() not in named:
            text = _("{file}, row {row}: there is no role '{name}'.")
            known: list[str] = [one.id for one in matrix().roles]
            raise DuecourseError(
                text.format(file=file, row=number, name=said) + did_you_mean(said, known)
            )
        found[name] = named[said.casefold()]
    if not found:
        raise DuecourseError(_("{file} lists nobody.").format(file=file))
    return found


def _table(file: Path) -> pd.DataFrame:
    if not file.is_file():
        raise DuecourseError(_("There is no file {file}.").format(file=file))
    try:
        if file.suffix.lower() == ".xlsx":
            return pd.read_excel(file, dtype=str, keep_default_na=False).fillna("")
        return _csv(file)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, csv.Error) as error:
        text = _("{file} is not readable as a table: {problem}")
        raise DuecourseError(text.format(file=file, problem=error)) from error


def _csv(file: Path) -> pd.DataFrame:
    content = file.read_bytes()
    for code in _CODES:
        try:
            text = content.decode(code)
        except UnicodeDecodeError:
            continue
        first = text.partition("\n")[0]
        # A spreadsheet of another office may separate by something else than commas.
        separator = max(",;\t", key=first.count)
        head, *rows = list(csv.reader(io.StringIO(text), delimiter=separator)) or [[]]
        width = len(head)
        filled = [[*row, *[""] * width][:width] for row in rows]
        return pd.DataFrame(filled, columns=head, dtype=str)
    raise ValueError(_("it is neither UTF-8 nor GB 18030"))


def _column(file: Path, table: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    found = [
        place
        for place, column in enumerate(table.columns)
        if str(column).strip().casefold() in names
    ]
    if len(found) == 1:
        return [str(value).strip() for value in table.iloc[:, found[0]]]
    if found:
        text = _("{file} has more than one column '{name}'.")
        raise DuecourseError(text.format(file=file, name=names[0]))
    text = _("{file} has no column '{name}'.").format(file=file, name=names[0])
    raise DuecourseError(text + did_you_mean(names[0], [str(one) for one in table.columns]))
