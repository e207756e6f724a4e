"""The list of a team: who has which role since when, read from CSV or XLSX."""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from duecourse.errors import DuecourseError
from duecourse.language import _

COLUMNS: Final = ("learner", "name", "role", "joined", "certified")
_HEADS: Final = {
    **{name: name for name in COLUMNS},
    **dict.fromkeys(("学号", "工号", "id", "learner_id"), "learner"),
    "姓名": "name",
    **dict.fromkeys(("岗位", "角色", "职务"), "role"),
    **dict.fromkeys(("入职日期", "入职", "到岗日期", "加入日期"), "joined"),
    **dict.fromkeys(("认证日期", "考核日期"), "certified"),
}
YEARS: Final = (1970, 2100)
"""The years that a day of a team or a plan can lie in."""
_MOST_BYTES: Final = 5_000_000
_MOST_UNPACKED: Final = 100_000_000
_MOST_ROWS: Final = 5_000
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Member:
    """Somebody of the team.

    Attributes:
        learner: the id in the class list.
        name: as it is shown; the id where the list has none.
        role: id of a role of the competency matrix.
        joined: first day in this role; None where the list does not say.
        certified: day of the last exam passed; None where the list does not say.
    """

    learner: str
    name: str
    role: str
    joined: date | None
    certified: date | None = None


def read_team(file: Path, roles: Mapping[str, Sequence[str]]) -> tuple[Member, ...]:
    """Read the list of a team.

    Args:
        file: CSV (UTF-8 or GB 18030) or XLSX with the columns learner and role, and where known
            name, joined and certified; Chinese headings (工号、姓名、岗位、入职日期、认证日期) are
            understood.
        roles: ids of roles, each with the other names that are understood.

    Returns:
        the members in the order of the file.

    Raises:
        DuecourseError: the file cannot be read, is empty or too large, or lines of it cannot be
            used; the message names each of them, and what is allowed.
    """
    rows = read_rows(file, _HEADS, ("learner", "role"))
    known = {
        other.strip().casefold(): role for role, names in roles.items() for other in (role, *names)
    }
    problems: list[str] = []
    members = []
    for number, row in rows:
        role = known.get(row["role"].casefold())
        found = {
            "learner": _("the id is missing") if not row["learner"] else "",
            "role": ""
            if role
            else _("there is no role '{role}'; there are: {roles}").format(
                role=row["role"], roles=", ".join(roles)
            ),
        }
        days: dict[str, date | None] = {}
        for column in ("joined", "certified"):
            days[column] = as_day(row[column]) if row.get(column) else None
            if row.get(column) and days[column] is None:
                text = _("'{found}' is no day such as 2026-03-31")
                found[column] = text.format(found=row[column])
        problems += [_line(number, why) for why in found.values() if why]
        if role and row["learner"]:
            name = row.get("name") or row["learner"]
            members.append(Member(row["learner"], name, role, days["joined"], days["certified"]))
    counted = Counter(one.learner for one in members)
    text = _("'{learner}' stands in the list {count} times")
    problems += [text.format(learner=name, count=n) for name, n in counted.items() if n > 1]
    if problems:
        raise unusable(file, problems)
    return tuple(members)


def read_rows(
    file: Path, heads: Mapping[str, str], needed: Sequence[str]
) -> list[tuple[int, dict[str, str]]]:
    """Read a small table of texts from CSV or XLSX.

    Args:
        file: the table; its first line that is not empty names the columns.
        heads: the names that columns can have, each with the name that is meant.
        needed: the columns that must be there.

    Returns:
        number of the line and its texts by column, for every line that is not empty.

    Raises:
        DuecourseError: as `read_team`.
    """
    if not file.is_file():
        raise DuecourseError(_("There is no file {file}.").format(file=file))
    if file.stat().st_size > _MOST_BYTES:
        text = _("{file} is larger than {most} MB: that is no list of a team.")
        raise DuecourseError(text.format(file=file, most=_MOST_BYTES // 1_000_000))
    lines = _of_workbook(file) if file.suffix.lower() == ".xlsx" else _of_csv(file)
    table = [(number, row) for number, row in lines if any(row)]
    if not table:
        raise DuecourseError(_("{file} is empty.").format(file=file))
    columns = [heads.get(one.strip().casefold(), "") for one in table[0][1]]
    missing = [name for name in needed if name not in columns]
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    if missing or twice:
        text = _("{file}: the first line names the columns. Needed: {needed}. Found: {found}.")
        found = ", ".join(one for one in table[0][1] if one)[:200]
        raise DuecourseError(text.format(file=file, needed=", ".join(needed), found=found))
    if len(table) == 1:
        text = _("{file} names its columns, and nobody below them.")
        raise DuecourseError(text.format(file=file))
    rows = []
    problems = []
    for number, row in table[1:]:
        cells = {name: text.strip() for name, text in zip(columns, row, strict=False) if name}
        if any(_CONTROL.search(text) or len(text) > 200 for text in cells.values()):
            problems.append(_line(number, _("a text is too long or holds control characters")))
        rows.append((number, dict.fromkeys(needed, "") | cells))
    if problems:
        raise unusable(file, problems)
    return rows


def as_day(text: str) -> date | None:
    """Return the day that a text names: 2026-03-31, 2026/3/31 or 2026年3月31日; None: it is none."""
    found = _DAY.fullmatch(text.strip())
    if not found:
        return None
    try:
        day = date(*(int(one) for one in found.groups()))
    except ValueError:
        return None
    return day if YEARS[0] <= day.year <= YEARS[1] else None


def unusable(file: Path, problems: Sequence[str]) -> DuecourseError:
    """Return the error that names the lines which cannot be used, at most ten of them."""
    more = [_("and {count} more").format(count=len(problems) - 10)] if len(problems) > 10 else []
    text = _("{file} cannot be used as it is:")
    return DuecourseError("\n".join([text.format(file=file), *problems[:10], *more]))


def _line(number: int, why: str) -> str:
    return _("line {number}: {why}").format(number=number, why=why)


def _of_csv(file: Path) -> Iterator[tuple[int, list[str]]]:
    data = file.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):  # Chinese spreadsheets save CSV in the latter
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _no_table(file)
    if "\0" in text:
        raise _no_table(file)
    first = text.lstrip().partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark), 1):
            if number > _MOST_ROWS:
                raise _too_many(file)
            yield number, row
    except csv.Error as error:
        raise _no_table(file) from error


def _of_workbook(file: Path) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(file) as packed:
            unpacked = sum(one.file_size for one in packed.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise _no_table(file) from error
    if unpacked > _MOST_UNPACKED:
        raise _too_many(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            # a sheet may claim a million empty lines
            rows = sheet.iter_rows(max_row=_MOST_ROWS + 1, max_col=50, values_only=True)
            found = [(number, [_text(one) for one in row]) for number, row in enumerate(rows, 1)]
        finally:
            book.close()
    except Exception as error:  # the library raises whatever a damaged file leads it to
        raise _no_table(file) from error
    if len(found) > _MOST_ROWS and any(found[-1][1]):
        raise _too_many(file)
    yield from found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _no_table(file: Path) -> DuecourseError:
    text = _("{file} cannot be read as a table. Save it as CSV (UTF-8) or XLSX and try again.")
    return DuecourseError(text.format(file=file))


def _too_many(file: Path) -> DuecourseError:
    text = _("{file} has more than {most} lines: that is no list of a team.")
    return DuecourseError(text.format(file=file, most=_MOST_ROWS))
