"""Is a gradebook sound: its file, its rows, and its tables for the nbgrader that is installed?"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from duecourse.language import _

PATIENCE: Final = 60
"""Seconds to wait for a gradebook that another program has locked."""


def gradebook_file(db_url: str) -> Path | None:
    """Return the file of an SQLite gradebook; None for any other database."""
    url = make_url(db_url)
    ours = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    return Path(str(url.database)) if ours else None


def begun(db_url: str) -> bool:
    """Return whether there is a gradebook yet: its file, or tables in the server's database.

    Nothing is made. A server that does not answer is an error of SQLAlchemy.
    """
    file = gradebook_file(db_url)
    if file is not None:
        return file.is_file()
    engine = create_engine(db_url)
    try:
        with engine.connect() as connection:
            return bool(inspect(connection).get_table_names())
    finally:
        engine.dispose()


def opened(file: Path) -> sqlite3.Connection:
    """Open a gradebook file, which must exist; what a killed program left there is rolled back."""
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=PATIENCE)


def integrity(db_url: str) -> list[str]:
    """Return what is wrong with a gradebook, in the current language; nothing, if all is well.

    A gradebook that does not exist yet has nothing wrong with it. What a killed program left half
    done is rolled back, as at any other opening of the gradebook.

    Args:
        db_url: the gradebook, as SQLAlchemy names it.
    """
    file = gradebook_file(db_url)
    if file is not None and not file.exists():
        return []
    if file is not None and (damage := damage_of(file)):
        return [damage]
    problems = [lost] if file is not None and (lost := _orphans(file)) else []
    try:
        engine = create_engine(db_url)
        try:
            with engine.connect() as connection:
                if file is None and not inspect(connection).get_table_names():
                    return []
                return [*problems, *_differences(connection)]
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error)
        return [*problems, " ".join(reason.split())]


def damage_of(file: Path) -> str:
    """Return what SQLite itself finds wrong with a file, in its own words."""
    try:
        with closing(opened(file)) as book:
            found = [str(row[0]) for row in book.execute("PRAGMA integrity_check(3)")]
    except sqlite3.Error as error:
        return str(error)
    return "" if found == ["ok"] else "; ".join(found)


def _orphans(file: Path) -> str:
    with closing(opened(file)) as book:
        lost = book.execute("PRAGMA foreign_key_check").fetchall()
    if not lost:
        return ""
    tables = ", ".join(sorted({str(row[0]) for row in lost}))
    many = _("{count} rows belong to nothing, in: {tables}")
    return many.format(count=len(lost), tables=tables)


def _differences(connection: Connection) -> Iterator[str]:
    """Yield where the tables differ from those of the nbgrader that is installed."""
    from nbgrader.api import Base

    there = inspect(connection)
    tables = set(there.get_table_names())
    for table in Base.metadata.sorted_tables:
        if table.name not in tables:
            yield _("the table '{table}' is missing").format(table=table.name)
            continue
        here = {str(column["name"]) for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name not in here:
                lost = _("the table '{table}' has no column '{column}'")
                yield lost.format(table=table.name, column=column.name)
    upgrade = _("run 'nbgrader db upgrade'")
    found: Any = None
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is None:
        yield _("it does not say which version of nbgrader's tables it has")
    elif found != (newest := _newest_version()):
        other = _("its tables have version {found}, nbgrader's have {newest}: {advice}")
        yield other.format(found=found, newest=newest, advice=upgrade)


def _newest_version() -> str | None:
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    return ScriptDirectory(ALEMBIC_DIR).get_current_head()
