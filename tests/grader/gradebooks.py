"""What a graded course holds, without what may differ: ids of rows, and how long a cell took."""

import stat
from collections.abc import Hashable
from pathlib import Path

import nbformat
from nbgrader.api import Base
from sqlalchemy import create_engine, select

BY_ID = {"student", "course"}
"""Tables whose rows are known by the very id that somebody gave them."""


def contents(db_url):
    """Return the rows of every table, those that they belong to by name, in order."""
    engine = create_engine(db_url)
    with engine.connect() as connection:
        rows = {
            table: {row.id: row._mapping for row in connection.execute(select(table))}
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()

    def known(table, column, value) -> Hashable:
        if value is None or not column.foreign_keys:
            return value
        [key] = column.foreign_keys
        return name_of(key.column.table, value)

    def name_of(table, key):
        row, parts = rows[table][key], []
        for column in table.columns:
            if column.name == "name" or (column.name == "id" and table.name in BY_ID):
                parts.append(row[column.name])
            elif column.foreign_keys:
                parts += known(table, column, row[column.name]) or ["?"]
        return tuple(parts)

    def fields(table, row):
        return tuple(
            (column.name, known(table, column, row[column.name]))
            for column in table.columns
            if column.name != "id" or column.foreign_keys or table.name in BY_ID
        )

    return {
        table.name: sorted((fields(table, row) for row in found.values()), key=repr)
        for table, found in rows.items()
    }


def of_learner(rows, learner):
    """Return what a gradebook's contents say of one learner."""
    tables = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")

    def about(value):
        return value == learner or (isinstance(value, tuple) and any(map(about, value)))

    return {table: [row for row in rows[table] if about(row)] for table in tables}


def grades(rows):
    """Return the rows of scores as dictionaries, by learner and task."""
    found = {}
    for row in map(dict, rows["grade"]):
        (_assignment, _course, learner, *_rest), (task, *_more) = row["notebook_id"], row["cell_id"]
        found[learner, task] = row
    assert len(found) == len(rows["grade"])
    return found


def differences(found, expected):
    """Return the rows that are lacking and those that should not be there, by table."""
    lines = []
    for table in expected:
        lines += [f"{table} lacks {row}" for row in expected[table] if row not in found[table]]
        lines += [f"{table} also has {row}" for row in found[table] if row not in expected[table]]
        if len(found[table]) != len(expected[table]):
            lines.append(f"{table}: {len(found[table])} rows, not {len(expected[table])}")
    return lines


def files(folder):
    """Return the files below a folder with their permissions; notebooks without their timing."""
    return {
        str(file.relative_to(folder)): (oct(stat.S_IMODE(file.stat().st_mode)), _content(file))
        for file in sorted(Path(folder).rglob("*"))
        if file.is_file()
    }


def _content(file):
    if file.suffix != ".ipynb":
        return file.read_bytes()
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return nbformat.writes(notebook)
