"""The columns that the tests of the rules know: `columns.yaml`."""

from functools import cache
from pathlib import Path
from typing import Final, Literal

import yaml

from duecourse.language import pick
from duecourse.rules.kinds import Part
from duecourse.tasks import Text

FILE: Final = Path(__file__).with_suffix(".yaml")


class Column(Part):
    """A column of a contact log or of a table that goes with it.

    Attributes:
        words: the words or labels it can hold, with their names; None allows anything.
    """

    type: Literal["id", "time", "word", "labels", "flag", "day", "number", "text"]
    meaning: Text
    words: dict[str, Text] | None = None


@cache
def columns() -> dict[str, Column]:
    """Return all columns by their names."""
    found = yaml.safe_load(FILE.read_text("utf-8"))
    return {name: Column.model_validate(one) for name, one in found.items()}


def meaning(name: str) -> str:
    """Return what a column holds, in the language spoken now."""
    return pick(columns()[name].meaning)


def word(column: str, value: str) -> str:
    """Return what a word or a label of a column is called: "threat", 威胁恐吓."""
    return pick((columns()[column].words or {}).get(value, value))


def labels(content: str) -> frozenset[str]:
    """Return the labels of a content: ``threat; insult``."""
    return frozenset(part.strip() for part in content.replace("；", ";").split(";")) - {""}
