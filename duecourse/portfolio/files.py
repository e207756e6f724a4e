"""One table of a book as a Parquet or CSV file, and back with the types that the dictionary says.

CSV files are UTF-8 with a byte order mark, so that Excel reads them in any language; they can be read
also after Excel has saved them again. Dates have no time zone.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from pandas import Categorical, CategoricalDtype, DataFrame

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.portfolio.dictionary import Column, standard

if TYPE_CHECKING:
    import pyarrow as pa

MOST_BYTES: Final = 4 * 1024**3
"""A larger file is not read: it would not fit into the memory of most machines."""
MOST_ROWS: Final = 100_000_000
_BOM: Final = "\ufeff".encode()
_DAYS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S")
"""How dates are written here, and how Excel writes them when it saves a CSV file."""


class Unreadable(DuecourseError, ValueError):
    """A file or folder holds nothing that can be read; the message names it and what to do."""


def read_table(file: Path, name: str) -> DataFrame:
    """Read a table of a book from a ``.parquet`` or ``.csv`` file.

    Returns:
        the table with the types of `portfolio.world`: texts as categories, dates without a time zone.
        A column that is not of its type stays as it is, for the schema to say so.

    Raises:
        Unreadable: the file is missing, empty, damaged, too large, or of another kind.
    """
    _present(file)
    table = _read_parquet(file) if file.suffix == ".parquet" else _read_csv(file, name)
    return _frame(table, name, file)


def _present(file: Path) -> None:
    if not file.is_file():
        raise Unreadable(_("{file} is missing.").format(file=file))
    size = file.stat().st_size
    if size == 0:
        raise Unreadable(_("{file} is empty.").format(file=file))
    if size > MOST_BYTES:
        raise Unreadable(
            _("{file} is too large: {size} MiB, and at most {most} are read.").format(
                file=file, size=f"{size >> 20:,}", most=f"{MOST_BYTES >> 20:,}"
            )
        )


def write_table(table: DataFrame, name: str, file: Path) -> None:
    """Write a valid table of a book into a ``.parquet`` or ``.csv`` file."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    columns = standard().tables[name].columns
    types = {column: _arrow(entry, file.suffix) for column, entry in columns.items()}
    found = pa.table(
        {
            column: pa.array(
                table[column].astype(object) if columns[column].type == "text" else table[column],
                from_pandas=True,
            ).cast(kind)
            for column, kind in types.items()
        }
    )
    if file.suffix == ".parquet":
        parquet.write_table(found, file, compression="zstd")
        return
    with file.open("wb") as to:
        to.write(_BOM)
        csv.write_csv(found, to, csv.WriteOptions(quoting_style="none"))


def _arrow(column: Column, suffix: str) -> Any:
    """Return the type of a column in a file."""
    import pyarrow as pa

    csv = suffix == ".csv"
    return {
        "id": pa.int64(),
        "whole": pa.int64(),
        "number": pa.float64(),
        "text": pa.string(),
        "flag": pa.bool_(),
        "day": pa.date32() if csv else pa.timestamp("ms"),
        "month_end": pa.date32() if csv else pa.timestamp("ms"),
        "time": pa.timestamp("s" if csv else "ms"),
    }[column.type]


def _read_parquet(file: Path) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(file) as opened:
            _few_enough(file, opened.metadata.num_rows)
            return opened.read()
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(_("{file} is damaged or no Parquet file.").format(file=file)) from error


def _read_csv(file: Path, name: str) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import csv

    types = {}
    for column, entry in standard().tables[name].columns.items():
        dated = entry.type in ("day", "month_end", "time")
        types[column] = pa.timestamp("s") if dated else _arrow(entry, ".csv")
    options = csv.ConvertOptions(
        column_types=types,
        null_values=[""],
        strings_can_be_null=True,
        timestamp_parsers=[csv.ISO8601, *_DAYS],
    )
    try:
        table = csv.read_csv(file, convert_options=options)
        # names of columns are decoded only when they are asked for
        return table.rename_columns(table.column_names)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise Unreadable(
            _(
                "{file} cannot be read as CSV: {reason}. If Excel saved it, choose 'CSV UTF-8 (comma delimited)'."
            ).format(file=file, reason=str(error).split("\n", maxsplit=1)[0])
        ) from error


def _few_enough(file: Path, rows: int) -> None:
    if rows > MOST_ROWS:
        raise Unreadable(
            _("{file} is too large: {rows} rows, and at most {most} are read.").format(
                file=file, rows=f"{rows:,}", most=f"{MOST_ROWS:,}"
            )
        )


def _frame(table: "pa.Table", name: str, file: Path) -> DataFrame:
    """Turn a table of a file into a DataFrame with the types of a book; what does not fit stays as it is."""
    import pyarrow as pa

    columns = standard().tables[name].columns
    found: dict[str, Any] = {}
    for at, column in enumerate(table.column_names):
        values = table.column(at)
        entry = columns.get(column)
        if pa.types.is_timestamp(values.type) and values.type.tz is not None:
            raise Unreadable(
                _("{file}, column '{column}': dates have no time zone here. Found: {zone}.").format(
                    file=file, column=column, zone=values.type.tz
                )
            )
        found[column] = values.to_pandas() if entry is None else _column(values, entry)
    return DataFrame(found)


def _column(values: Any, entry: Column) -> Any:
    import pyarrow as pa

    kind = values.type
    match entry.type:
        case "text" if pa.types.is_string(kind) or pa.types.is_dictionary(kind):
            texts = values.cast(pa.string()).to_pandas()
            options = list(entry.options or {})
            if texts.dropna().isin(options).all():
                return Categorical(texts, dtype=CategoricalDtype(options))
            return texts
        case "id" | "whole" if pa.types.is_integer(kind):
            if entry.missing is None and not values.null_count:
                return values.to_pandas().astype("int64")
            return values.to_pandas(types_mapper={kind: pd.Int64Dtype()}.get).astype("Int64")
        case "number" if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return values.to_pandas().astype("float64")
        case "day" | "month_end" | "time" if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            return values.cast(pa.timestamp("ms")).to_pandas()
        case _:
            return values.to_pandas()
