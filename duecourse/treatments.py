"""What can be done about an account past due: prices, contacts and limits, from ``treatments.yaml``."""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

import yaml
from pandas import DataFrame, Series
from pydantic import BaseModel, ConfigDict, Field

from duecourse.columns import Unmeasurable, column
from duecourse.language import _, pick

Treatment = Literal["none", "reminder", "call", "plan", "letter"]
TREATMENTS: Final[tuple[Treatment, ...]] = get_args(Treatment)
"""names of the treatments, from the lightest to the heaviest"""

FILE: Final = Path(__file__).with_suffix(".yaml")

_Text = dict[Literal["en", "zh"], str]
_Yuan = Annotated[float, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(_Part):
    """What an upheld complaint costs."""

    cost: _Yuan
    """yuan a complaint"""
    evidence: Literal["case", "assumption"]
    source: str


class TreatmentTerms(_Part):
    """What one treatment costs and does in a month."""

    name: _Text
    cost: _Yuan
    """yuan for one account and month"""
    complaints: Annotated[float, Field(ge=0, le=1)]
    """upheld complaints expected for one account and month, if no rule is broken"""
    demand: bool
    """whether it asks for money"""
    by_number: bool
    """whether it goes to a telephone number"""
    evidence: Literal["case", "assumption"]
    source: str


class Limit(_Part):
    """A limit that a treatment table can break."""

    rule: str
    """id of the legal rule; "form" for the form of the table itself"""
    name: _Text
    why: _Text
    source: str
    provisional: bool
    """whether the rule's own text is still to be read and checked"""
    most_months: int | None = None


class Terms(_Part):
    """Everything that ``treatments.yaml`` holds."""

    complaint: Price
    treatments: dict[Treatment, TreatmentTerms]
    rules: dict[str, Limit]


@cache
def terms() -> Terms:
    """Return prices, contacts and limits of the treatments."""
    return Terms.model_validate(yaml.safe_load(FILE.read_text("utf-8")))


def treatment_name(treatment: str) -> str:
    """Return the name of a treatment in the language spoken now; an unknown one as it is."""
    names = {kind: one.name for kind, one in _known()}
    return pick(dict(names[treatment])) if treatment in names else treatment


def treatment_table() -> DataFrame:
    """Return the treatments as a table.

    Returns:
        index: `treatment`; columns `name`, `cost` (yuan for one account and month), `complaints` (upheld,
        expected for one account and month), `demand`, `by_number`, `evidence`, `source`.
    """
    rows = {kind: {**one.model_dump(), "name": pick(dict(one.name))} for kind, one in _known()}
    return DataFrame.from_dict(rows, orient="index").rename_axis("treatment")


def chosen(table: DataFrame | Series) -> DataFrame:
    """Return a treatment table as the columns `account_id` and `treatment`, rows and order as given.

    Args:
        table: the two columns (others are left out; `account_id` may be the index), or a Series of
            treatments by account_id.

    Raises:
        ColumnMissing: a column does not exist.
        Unmeasurable: an account_id is missing.
    """
    frame = table.rename("treatment").to_frame() if isinstance(table, Series) else table
    if "account_id" not in frame.columns and (
        isinstance(table, Series) or frame.index.name == "account_id"
    ):
        frame = frame.rename_axis("account_id").reset_index()
    read = DataFrame({name: column(frame, name, name) for name in ("account_id", "treatment")})
    if nameless := int(read["account_id"].isna().sum()):
        raise Unmeasurable(
            _("{count} rows of the treatment table have no account_id.").format(count=nameless)
        )
    return read


def known_treatments(found: Any) -> None:
    """Raise Unmeasurable unless all the names are treatments."""
    if strange := [name for name in dict.fromkeys(found) if name not in TREATMENTS]:
        raise Unmeasurable(
            _("There is no treatment {found}. There are: {treatments}.").format(
                found=", ".join(repr(name) for name in strange[:3]),
                treatments=", ".join(TREATMENTS),
            )
        )


def once(accounts: Series, name: str) -> None:
    """Raise Unmeasurable if an account_id stands twice in the table of this name."""
    if (twice := accounts[accounts.duplicated()]).size:
        raise Unmeasurable(
            _(
                "Account {account} stands more than once in {table}. One row per account is needed."
            ).format(account=twice.iloc[0], table=name)
        )


def places(capacity: Mapping[str, int]) -> dict[str, int]:
    """Return the places of each limited treatment; no treatment at all is never limited.

    Raises:
        Unmeasurable: a treatment is unknown, or its places are no whole number of at least 0.
    """
    known_treatments(capacity)
    for kind, count in capacity.items():
        if isinstance(count, bool) or not (0 <= count < math.inf and count == int(count)):
            raise Unmeasurable(
                _(
                    "The capacity of '{treatment}' must be a whole number of at least 0. Found: {found}."
                ).format(treatment=kind, found=count)
            )
    return {kind: int(count) for kind, count in capacity.items() if kind != "none"}


def _known() -> list[tuple[str, TreatmentTerms]]:
    return [(kind, terms().treatments[kind]) for kind in TREATMENTS]
