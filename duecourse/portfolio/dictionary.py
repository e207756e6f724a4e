"""What every column of a book means: ``dictionary.yaml``, checked on load, as a table or a page."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pandas import DataFrame
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from duecourse.errors import DuecourseError
from duecourse.language import _, pick, speaking
from duecourse.portfolio.parameters import Entry, Text, entries
from duecourse.tasks import complaints

FILE: Final = Path(__file__).with_name("dictionary.yaml")

Type = Literal["id", "whole", "number", "text", "flag", "day", "month_end", "time"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """One column of a table."""

    type: Type
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    options: dict[str, Text] | None = None
    """the texts allowed, in their order, with what each means"""
    missing: Text | None = None
    """when a value is missing; None: never"""
    of: Annotated[str, Field(pattern=r"^\w+\.\w+$")] | None = None
    """the table and column that must hold the value too"""
    parameters: tuple[str, ...] = ()
    """the numbers of ``parameters.yaml`` that shape it most directly"""
    meaning: Text

    @model_validator(mode="after")
    def _text_has_options(self) -> "Column":
        if (self.type == "text") != (self.options is not None):
            raise ValueError("a column of texts, and no other, says which texts there are")
        return self


class Table(_Part):
    """One table of a book, or made from it."""

    meaning: Text
    seen: Literal["everybody", "practice"]
    """practice: in the practice world only; in exam worlds it stays with the instructor"""
    key: Annotated[tuple[str, ...], Field(min_length=1)]
    columns: dict[str, Column]


class Dictionary(_Part):
    """Everything that ``dictionary.yaml`` holds."""

    units: dict[str, Text]
    tables: dict[str, Table]

    @model_validator(mode="after")
    def _names_exist(self) -> "Dictionary":
        known = {f"{table}.{name}" for table, one in self.tables.items() for name in one.columns}
        for table, one in self.tables.items():
            for name in one.key:
                if name not in one.columns:
                    raise ValueError(f"{table}: the key names a column '{name}' that is not there")
            for name, column in one.columns.items():
                if column.unit is not None and column.unit not in self.units:
                    raise ValueError(f"{table}.{name}: there is no unit '{column.unit}'")
                if column.of is not None and column.of not in known:
                    raise ValueError(f"{table}.{name}: there is no column '{column.of}'")
        return self


def load(file: Path = FILE) -> Dictionary:
    """Return the dictionary.

    Raises:
        DuecourseError: the file is damaged; the message names the place in it, what was found and
            what is allowed.
    """
    try:
        return Dictionary.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, str(file)))) from error
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise DuecourseError(f"{file} is no data dictionary: {error}") from error


@cache
def standard() -> Dictionary:
    """Return the dictionary that the kit ships."""
    return load()


def dictionary() -> DataFrame:
    """Return what every column of every table means, in the language spoken now.

    Returns:
        one row a column: ``table``, ``column``, ``meaning``, ``unit``, ``allowed``, ``missing`` (when a
        value is missing), ``seen`` (by whom), ``parameters`` (names of those that shape it most
        directly) and ``assumptions`` (those among them that nothing public stands behind).
    """
    sources = entries()
    return DataFrame(
        {
            "table": table,
            "column": name,
            "meaning": pick(dict(column.meaning)),
            "unit": unit(column),
            "allowed": allowed(column),
            "missing": _("never") if column.missing is None else pick(dict(column.missing)),
            "seen": _seen(one),
            "parameters": ", ".join(column.parameters),
            "assumptions": ", ".join(n for n in column.parameters if _assumed(sources[n])),
        }
        for table, one in standard().tables.items()
        for name, column in one.columns.items()
    )


def parameters() -> DataFrame:
    """Return every number of the model, in the language spoken now.

    Returns:
        index: `parameter`; columns `meaning`, `value`, `unit`, `source` (a publication; an assumption,
        with a note where there is more to say; or calibrated) and `assumption` (bool).
    """
    rows = {
        name: {
            "meaning": pick(dict(entry.meaning)),
            "value": _value(entry.value),
            "unit": pick(dict(entry.unit)),
            "source": _source(entry),
            "assumption": _assumed(entry),
        }
        for name, entry in entries().items()
    }
    return DataFrame.from_dict(rows, orient="index").rename_axis("parameter")


def as_markdown(language: str) -> str:
    """Return the dictionary and the parameters as a page in Markdown.

    Args:
        language: ``en`` or ``zh``.
    """
    with speaking(language):
        return "\n".join(_page())


def allowed(column: Column) -> str:
    """Return what a column may hold, in the language spoken now."""
    if column.options is not None:
        named = (f"{option} ({pick(dict(text))})" for option, text in column.options.items())
        return ", ".join(named)
    if column.low is not None or column.high is not None:
        between = _limits(column.low, column.high)
        if column.type == "whole":
            return _("whole numbers, {limits}").format(limits=between)
        return _("numbers, {limits}").format(limits=between)
    return {
        "id": _("whole numbers, {limits}").format(limits=_limits(1, None)),
        "flag": _("True or False"),
        "day": _("dates without a time of day"),
        "month_end": _("last days of months"),
        "time": _("dates with a time of day, without a time zone"),
    }.get(column.type, _("numbers"))


def _limits(low: float | None, high: float | None) -> str:
    """Return the limits of a number as words."""
    if high is None:
        return _("{low} or more").format(low=f"{low:g}")
    if low is None:
        return _("{high} or less").format(high=f"{high:g}")
    return _("{low} to {high}").format(low=f"{low:g}", high=f"{high:g}")


def unit(column: Column) -> str:
    """Return the unit of a column, in the language spoken now; nothing where it has none."""
    return "" if column.unit is None else pick(dict(standard().units[column.unit]))


def _seen(table: Table) -> str:
    return {"everybody": _("everybody"), "practice": _("practice world only")}[table.seen]


def _assumed(entry: Entry) -> bool:
    return entry.source == "assumption"


def _source(entry: Entry) -> str:
    named = {"assumption": _("assumption"), "calibrated": _("calibrated")}
    source = named[entry.source] if isinstance(entry.source, str) else pick(dict(entry.source))
    return source if entry.note is None else f"{source}. {pick(dict(entry.note))}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_value(one)}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _page() -> Iterator[str]:
    yield "# " + _("Data dictionary of the portfolio")
    columns = dictionary()
    for name, table in standard().tables.items():
        yield f"\n## {name}\n\n{pick(dict(table.meaning))}\n"
        yield _("Key: {key}. Seen by: {seen}.").format(key=" + ".join(table.key), seen=_seen(table))
        here = columns[columns["table"] == name].drop(columns=["table", "seen"])
        heads = {
            "column": _("Column"),
            "meaning": _("Meaning"),
            "unit": _("Unit"),
            "allowed": _("Allowed"),
            "missing": _("Missing"),
            "parameters": _("Parameters"),
            "assumptions": _("Of them assumptions"),
        }
        yield from _lines(here.rename(columns=heads))
    yield "\n## " + _("Parameters") + "\n"
    numbers = parameters().drop(columns="assumption").reset_index()
    heads = {
        "parameter": _("Parameter"),
        "meaning": _("Meaning"),
        "value": _("Value"),
        "unit": _("Unit"),
        "source": _("Source"),
    }
    yield from _lines(numbers.rename(columns=heads))


def _lines(table: DataFrame) -> Iterator[str]:
    """Yield a table in Markdown."""
    yield ""
    for row in (list(table.columns), ["---"] * table.shape[1], *table.to_numpy().tolist()):
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"
