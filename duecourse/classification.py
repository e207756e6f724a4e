"""China's five tiers by days past due, by product and by the rule in force on a day.

The rules are data, `classification.yaml`, each with its source, its force and how well it is known.
They look at days past due alone: other facts can put a loan into a worse tier, never into a better
one. This is training material and no legal advice.
"""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar, cast, get_args

import numpy as np
import yaml
from pandas import Series
from pydantic import BaseModel, ConfigDict, Field, model_validator

from duecourse.columns import Floats, Unmeasurable, Values, aligned, complete, numbers
from duecourse.days import Day, day
from duecourse.language import _, pick
from duecourse.tasks import Text

Tier = Literal["normal", "special_mention", "substandard", "doubtful", "loss"]
TIERS: Final[tuple[Tier, ...]] = get_args(Tier)
"""From the best to the worst."""
FILE: Final = Path(__file__).with_suffix(".yaml")
_Days = TypeVar("_Days", int, Series)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Rule(_Part):
    """One dated rule: for whom it holds, from when, and the first day of each tier."""

    id: str
    jurisdiction: Literal["CN"]
    products: Annotated[list[str], Field(min_length=1)]
    source: Text
    force: Literal["statute", "ministry_rule", "standard", "self_regulation"]
    start: date = Field(alias="from")
    end: date | None = Field(default=None, alias="to")
    days: dict[Tier, Annotated[int, Field(ge=1)]]
    """first day past due of every tier but `normal`"""
    evidence: Text
    """how well the text is known"""
    provisional: bool
    """True: not read in its own final text"""

    @model_validator(mode="after")
    def _every_tier_begins_later_than_the_one_before(self) -> "Rule":
        if tuple(self.days) != TIERS[1:] or sorted(set(self.days.values())) != [
            *self.days.values()
        ]:
            raise ValueError(f"days names {list(TIERS[1:])} in this order, with ascending days")
        return self

    def holds(self, product: str, on: date) -> bool:
        """Return whether the rule holds for a product on a day."""
        return product in self.products and self.start <= on <= (self.end or date.max)

    def __str__(self) -> str:
        """Return the source, and that it is provisional where it is."""
        label = _("{source}, in force from {day}")
        if self.provisional:
            label = _("{source}, in force from {day} (provisional)")
        return label.format(source=pick(self.source), day=self.start)


class _Base(_Part):
    tiers: dict[Tier, Text]
    rules: list[Rule]


@cache
def _base() -> _Base:
    return _Base.model_validate(yaml.safe_load(FILE.read_text("utf-8")))


def rules() -> list[Rule]:
    """Return all rules of the file, in its order."""
    return list(_base().rules)


def tier_name(tier: str) -> str:
    """Return what a tier is called in the language spoken now: "special mention", 关注."""
    return pick(_base().tiers[cast("Tier", tier)])


def rule(product: str, on: Day) -> Rule:
    """Return the rule that holds for a product on a day.

    Args:
        product: cash_loan, card_instalment or auto_loan.
        on: the day that is judged, not today.

    Raises:
        Unmeasurable: no rule of the file knows the product, or none was in force yet; the message
            says since when there is one.
    """
    at = day(on, "on").astype(date)
    every = _base().rules
    if found := [one for one in every if one.holds(product, at)]:
        return found[0]
    starts = [one.start for one in every if product in one.products]
    if not starts:
        raise Unmeasurable(
            _("There is no rule for the product '{found}'. There are rules for: {known}.").format(
                found=product, known=", ".join(sorted({p for one in every for p in one.products}))
            )
        )
    raise Unmeasurable(
        _("No rule for '{product}' is known for {day}. The first one holds from {start}.").format(
            product=product, day=at, start=min(starts)
        )
    )


def classify(days: _Days, product: str | Values, on: Day) -> _Days | str:
    """Return the tier that days past due alone lead to; other facts can only make it worse.

    Args:
        days: days past due, at least 0: a number, or a Series with one row per account.
        product: one product, or one per account.
        on: the day that is judged; the rule in force on it decides.

    Returns:
        one of TIERS, or a Series of them with the index of `days`.

    Raises:
        Unmeasurable: as in `rule`, or days or products are missing.
    """
    if not isinstance(days, Series):
        return _tiers(numbers(Series([days]), "days", low=0), rule(str(product), on))[0]
    products = Series(product, index=days.index) if isinstance(product, str) else product
    given, kinds = aligned(days=days, product=products)
    found, late = np.full(len(days), "", dtype=object), numbers(given, "days", low=0)
    complete(kinds, "product")
    for kind in kinds.unique():
        rows = (kinds == kind).to_numpy()
        found[rows] = _tiers(late[rows], rule(kind, on))
    return Series(found.tolist(), index=days.index, name="tier")


def _tiers(days: Floats, one: Rule) -> list[str]:
    return [TIERS[i] for i in np.searchsorted([*one.days.values()], days, side="right")]
