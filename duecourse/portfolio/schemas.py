"""Schemas of a book's tables: types, limits and keys from the dictionary, rules within and between.

pandera is imported when something is validated, not before. Rows are named by their position from 0,
whatever the index of a table.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pandas import DataFrame, Series
from pandas.api.types import (
    is_bool_dtype,
    is_datetime64_dtype,
    is_integer_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.portfolio.book import Book
from duecourse.portfolio.dictionary import Column, allowed, standard
from duecourse.portfolio.relations import relations
from duecourse.portfolio.row_rules import Rule, rules
from duecourse.tasks import did_you_mean

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

_SHOWN: Final = 3
_SLACK: Final = 1e-9
"""What sums of probabilities may be off by."""


class InvalidBook(DuecourseError, ValueError):
    """A table, or the tables together, are no book; the message has a line for each problem."""


def validate(book: Book) -> Book:
    """Return a book as it is, if every table keeps to its schema and the tables fit together.

    Raises:
        InvalidBook: they do not; the message names tables, columns, how many rows are wrong and the
            first of them by position from 0, what stands there and what is allowed. Relations between
            the tables are looked at once each of them is right by itself.
    """
    tables = book.tables()
    problems = [line for name, frame in tables.items() for line in _problems(frame, name)]
    if not problems:
        problems = [
            _("Table '{table}', {columns}, {rows}: {rule}. Found: {found}.").format(
                table=broken.table,
                columns=" + ".join(broken.columns),
                rows=_rows(broken.rows, tables[broken.table]),
                rule=broken.text,
                found=_row(tables[broken.table], broken.rows, broken.columns),
            )
            for broken in relations(
                {name: one.reset_index(drop=True) for name, one in tables.items()}
            )
        ]
    if problems:
        raise InvalidBook("\n".join(problems))
    return book


def validate_table(frame: DataFrame, table: str) -> DataFrame:
    """Return a table as it is, if it keeps to its schema.

    Args:
        frame: the table.
        table: its name, as in `schema`.

    Raises:
        InvalidBook: it does not; the message is as that of `validate`.
        DuecourseError: there is no such table.
    """
    if problems := list(_problems(frame, table)):
        raise InvalidBook("\n".join(problems))
    return frame


def schema(table: str) -> "DataFrameSchema":
    """Return the pandera schema of a table.

    Texts may be categories, strings or objects; whole numbers of any width, also nullable ones.

    Args:
        table: a table of the dictionary: those of a book, ``instalments`` or ``prospects``.

    Raises:
        DuecourseError: there is no such table.
    """
    if table not in standard().tables:
        known = list(standard().tables)
        text = _("A book has no table '{name}'.").format(name=table)
        raise DuecourseError(text + did_you_mean(table, known))
    return _schema(table)


@cache
def _schema(table: str) -> "DataFrameSchema":
    from pandera.pandas import Check, DataFrameSchema
    from pandera.pandas import Column as Checked

    about = standard().tables[table]
    return DataFrameSchema(
        {
            name: Checked(
                checks=[
                    Check(_typed(column), name="type"),
                    Check(_within(column), name="value"),
                ],
                nullable=column.missing is not None,
            )
            for name, column in about.columns.items()
        },
        checks=[Check(_holds(rule, about.columns), name=rule.name) for rule in rules(table)],
        unique=list(about.key),
        strict=True,
        name=table,
    )


def has_type(values: Series, column: Column) -> bool:
    """Return whether the values of a column have the type that its entry in the dictionary says."""
    dtype = values.dtype
    match column.type:
        case "id" | "whole":
            return is_integer_dtype(dtype)
        case "number":
            return is_numeric_dtype(dtype) and not is_bool_dtype(dtype)
        case "flag":
            return is_bool_dtype(dtype)
        case "text":
            texts = values.cat.categories.dtype if hasattr(values, "cat") else dtype
            return is_string_dtype(texts) or is_object_dtype(texts)
        case _:
            return is_datetime64_dtype(dtype)


def _typed(column: Column) -> Callable[[Series], bool]:
    def check(values: Series) -> bool:
        return has_type(values, column)

    return check


def _within(column: Column) -> Callable[[Series], Series]:
    """Return a check of every value; a column of the wrong type is reported by `_typed` alone."""

    def check(values: Series) -> Any:
        fine = Series(data=True, index=values.index)
        if not has_type(values, column):
            return fine
        match column.type:
            case "text":
                return values.isin(list(column.options or {}))
            case "flag" | "time":
                return fine
            case "day":
                return values == values.dt.normalize()
            case "month_end":
                return (values == values.dt.normalize()) & values.dt.is_month_end
        found = values.to_numpy(dtype=float, na_value=np.nan)
        low = 1.0 if column.type == "id" else -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high
        good = np.isfinite(found) & (found >= low - _SLACK) & (found <= high + _SLACK)
        return Series(good, index=values.index)

    return check


def _holds(rule: Rule, columns: dict[str, Column]) -> Callable[[DataFrame], Series]:
    """Return a check of a rule in those rows whose values are right one by one."""

    def check(frame: DataFrame) -> Series:
        good = Series(data=True, index=frame.index)
        fit = good.copy()
        for name in rule.columns:
            if name not in frame or not has_type(frame[name], columns[name]):
                return good
            absent = frame[name].isna()
            fit &= (~absent & _within(columns[name])(frame[name])) | (
                absent & (columns[name].missing is not None)
            )
        if fit.any():
            good[fit] = rule.holds(frame[fit]).astype(bool)
        return good

    return check


def _problems(frame: Any, table: str) -> Iterator[str]:
    """Yield a line for everything that is wrong with a table by itself."""
    from pandera.errors import SchemaErrors

    checks = schema(table)
    if not isinstance(frame, DataFrame):
        found = type(frame).__name__
        yield _("Table '{table}': a DataFrame is needed, not a {found}.").format(
            table=table, found=found
        )
        return
    if twice := sorted({str(name) for name in frame.columns[frame.columns.duplicated()]}):
        yield _("Table '{table}': these columns stand twice: {names}.").format(
            table=table, names=", ".join(twice)
        )
        return
    if table in ("accounts", "monthly_snapshot") and frame.empty:
        yield _("Table '{table}' has no rows.").format(table=table)
    plain = frame.reset_index(drop=True)
    try:
        checks.validate(plain, lazy=True)
    except SchemaErrors as errors:
        yield from _lines(errors.failure_cases, plain, table)


def _lines(cases: DataFrame, frame: DataFrame, table: str) -> Iterator[str]:
    """Turn pandera's failure cases into one line for each problem."""
    about = standard().tables[table]
    by_name = {rule.name: rule for rule in rules(table)}
    for check, group in cases.groupby("check", sort=False):
        rows = sorted({int(row) for row in group["index"].dropna()})
        match check:
            case "column_in_dataframe":
                have = ", ".join(map(str, frame.columns)) or "-"
                text = _("Table '{table}' has no column '{column}'. It has: {columns}.")
                for name in group["failure_case"]:
                    yield text.format(table=table, column=name, columns=have)
            case "column_in_schema":
                text = _("Table '{table}' has a column '{column}' that does not belong there.")
                for name in map(str, group["failure_case"]):
                    known = did_you_mean(name, list(about.columns))
                    yield text.format(table=table, column=name) + known
            case "multiple_fields_uniqueness":
                text = _("Table '{table}', {columns}, {rows}: {rule}. Found: {found}.")
                yield text.format(
                    table=table,
                    columns=" + ".join(about.key),
                    rows=_rows(rows, frame),
                    rule=_("each stands only once"),
                    found=_row(frame, rows, about.key),
                )
            case _ if check in by_name:
                rule = by_name[str(check)]
                text = _("Table '{table}', {columns}, {rows}: {rule}. Found: {found}.")
                yield text.format(
                    table=table,
                    columns=" + ".join(rule.columns),
                    rows=_rows(rows, frame),
                    rule=rule.text(),
                    found=_row(frame, rows, rule.columns),
                )
            case _:
                for name, part in group.groupby("column", sort=False):
                    yield _line(str(check), frame, table, str(name), part["index"])


def _line(check: str, frame: DataFrame, table: str, name: str, index: Series) -> str:
    """Return what is wrong with one column."""
    column = standard().tables[table].columns[name]
    if check == "type":
        text = _("Table '{table}', column '{column}': its type is {found}. Allowed: {allowed}.")
        found = str(frame[name].dtype)
        return text.format(table=table, column=name, found=found, allowed=allowed(column))
    rows = sorted({int(row) for row in index.dropna()})
    if check == "not_nullable":
        text = _("Table '{table}', column '{column}', {rows}: a value is missing.")
        return text.format(table=table, column=name, rows=_rows(rows, frame))
    values = list(dict.fromkeys(str(one) for one in frame[name].iloc[rows[:100]]))
    return _(
        "Table '{table}', column '{column}', {rows}: found {found}. Allowed: {allowed}."
    ).format(
        table=table,
        column=name,
        rows=_rows(rows, frame),
        found=", ".join(values[:_SHOWN]),
        allowed=allowed(column),
    )


def _rows(rows: list[int], frame: DataFrame) -> str:
    """Return how many rows of a table are meant, and the first of them."""
    first = ", ".join(str(row) for row in rows[:_SHOWN]) + (", ..." if len(rows) > _SHOWN else "")
    return _("{count} of {all} rows (row {first})").format(
        count=f"{len(rows):,}", all=f"{len(frame):,}", first=first
    )


def _row(frame: DataFrame, rows: list[int], columns: tuple[str, ...]) -> str:
    """Return what stands in these columns of the first of the rows."""
    return ", ".join(f"{name} {frame[name].iloc[rows[0]]}" for name in columns)
