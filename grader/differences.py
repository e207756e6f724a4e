"""What differs between two gradings of the same work: rows, notebooks, pages, files, permissions."""

import json
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbgrader.api import Base
from sqlalchemy import Table, UniqueConstraint, create_engine, select

from grader import plain_forms

NOTHING: Final = "-"
"""What stands for a row, a file or a part that is not there."""
_SHOWN: Final = 160


@dataclass(frozen=True)
class Difference:
    """One field, cell, file or permission in which two gradings differ.

    Attributes:
        learner: whose it is; "" if it is nobody's.
        where: the place, such as ``gradebook: grade arrears/ann/ledger/days: auto_score``.
        stock: what the one grading has there, shortened; `NOTHING` if it has nothing.
        ours: what the other has there.
    """

    learner: str
    where: str
    stock: str
    ours: str


def of_gradebooks(stock: str, ours: str) -> list[Difference]:
    """Return where two gradebooks differ: every field of every table but the rows' own ids.

    Args:
        stock: the database of the one, as SQLAlchemy names it.
        ours: the database of the other.
    """
    left, right = rows(stock), rows(ours)
    found: list[Difference] = []
    for row in sorted({*left, *right}):
        place = f"gradebook: {row.table} {'/'.join(dict.fromkeys(row.names))}"
        found += _compared(row.learner, place, left.get(row), right.get(row))
    return found


def of_folders(
    learner: str, step: str, stock: Path, ours: Path, ids: Collection[str] = ()
) -> list[Difference]:
    """Return where two folders differ: names, permissions, and the content of files.

    Args:
        learner: whose folders they are.
        step: what they are, such as ``autograded``.
        stock: the one; it may be missing.
        ours: the other.
        ids: the cell ids that were handed in; all others are made up in every run.
    """
    left, right = _entries(stock), _entries(ours)
    found: list[Difference] = []
    for name in sorted({*left, *right}):
        place = f"{step}: {name}"
        found += _compared(learner, place, left.get(name), right.get(name))
        contents = [_content(folder / name) for folder in (stock, ours)]
        if None in contents or contents[0] == contents[1]:
            continue
        one, other = (_read(name, content or b"", ids) for content in contents)
        found += _compared(learner, place, one, other)
    return found


# Gradebooks


@dataclass(frozen=True, order=True)
class Row:
    """What identifies a row of a gradebook in every gradebook.

    Attributes:
        table: the name of its table.
        names: the names of all that it belongs to, and its own.
        learner: whose it is; "" if it is nobody's.
    """

    table: str
    names: tuple[str, ...]
    learner: str = ""


def rows(db_url: str) -> dict[Row, dict[str, Any]]:
    """Return the fields of all rows of a gradebook without their ids.

    Args:
        db_url: the gradebook's database, as SQLAlchemy names it.
    """
    found: dict[Row, dict[str, Any]] = {}
    known: dict[tuple[str, Any], Row] = {}
    engine = create_engine(db_url)
    try:
        with engine.connect() as connection:
            # a table comes after those that its rows belong to
            for table in Base.metadata.sorted_tables:
                for record in connection.execute(select(table)).mappings():
                    row = _identified(table, dict(record), known)
                    known[table.name, record["id"]] = row
                    links = {key.parent.name for key in table.foreign_keys}
                    found[row] = {
                        column.name: record[column.name]
                        for column in table.columns
                        if column.name != "id" and column.name not in links
                    }
    finally:
        engine.dispose()
    return found


def _identified(table: Table, record: Mapping[str, Any], known: Mapping[Any, Row]) -> Row:
    parents = {
        key.parent.name: known[key.column.table.name, record[key.parent.name]]
        for key in table.foreign_keys
        if record[key.parent.name] is not None
    }
    unique = next((one for one in table.constraints if isinstance(one, UniqueConstraint)), None)
    own = [column.name for column in (unique or table.primary_key).columns]
    names = [name for column in sorted(parents) if column in own for name in parents[column].names]
    names += [str(record[column]) for column in sorted(own) if column not in parents]
    whose = [row.learner for row in parents.values() if row.learner]
    learner = str(record["id"]) if table.name == "student" else "".join(whose[:1])
    return Row(table.name, tuple(names), learner)


# Folders


def _entries(folder: Path) -> dict[str, str]:
    """Return what everything below a folder is, and its permissions, by its place."""
    found = {}
    for file in sorted(folder.rglob("*")):
        mode = file.lstat().st_mode
        found[file.relative_to(folder).as_posix()] = stat.filemode(mode)
    return found


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() and not file.is_symlink() else None


def _read(name: str, content: bytes, ids: Collection[str]) -> Any:
    """Return what counts of a file."""
    text = content.decode(errors="backslashreplace")
    if name.endswith(".ipynb"):
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            return plain_forms.notebook(json.loads(text), ids)
    return (plain_forms.page(text) if name.endswith(".html") else text).splitlines()


def _compared(learner: str, where: str, stock: Any, ours: Any) -> Iterator[Difference]:
    """Yield the innermost places in which two values differ."""
    if isinstance(stock, dict) and isinstance(ours, dict):
        for name in dict.fromkeys((*stock, *ours)):
            yield from _compared(learner, f"{where}: {name}", stock.get(name), ours.get(name))
    elif isinstance(stock, list) and isinstance(ours, list):
        pairs = [
            (number, pair)
            for number, pair in enumerate(zip(stock, ours, strict=False))
            if pair[0] != pair[1]
        ]
        alike = len(stock) == len(ours)
        if not alike:
            yield Difference(learner, f"{where}: length", str(len(stock)), str(len(ours)))
        # what was put in moves all that follows
        for number, pair in pairs if alike else pairs[:1]:
            yield from _compared(learner, f"{where}[{number}]", *pair)
    elif stock != ours or type(stock) is not type(ours):
        yield Difference(learner, where, _short(stock), _short(ours))


def _short(value: Any) -> str:
    if value is None:
        return NOTHING
    text = value if isinstance(value, str) and value else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
