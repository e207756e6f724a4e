"""The numbers of the generative model: ``parameters.yaml``, checked on load, each with its source."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from duecourse.errors import DuecourseError
from duecourse.tasks import complaints
from duecourse.treatments import TREATMENTS, Treatment

FILE: Final = Path(__file__).with_name("parameters.yaml")

Share = Annotated[float, Field(ge=0, le=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]
ByBucket = Annotated[tuple[Number, ...], Field(min_length=7, max_length=7)]
Pair = tuple[Number, Number]
Three = tuple[Number, Number, Number]
_Chance = Annotated[float, Field(gt=0, lt=1)]
"""neither impossible nor certain: its logarithm is needed"""


def _whole(shares: dict[Any, float]) -> dict[Any, float]:
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"the shares add up to {sum(shares.values()):g}, not to 1")
    return shares


def _ascending(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError(f"the first of a range is at most the second: {pair[0]:g}, {pair[1]:g}")
    return pair


def _rising(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] >= pair[1]:
        raise ValueError(f"the first is below the second: {pair[0]:g}, {pair[1]:g}")
    return pair


def _likely(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] * pair[1] > 1:
        raise ValueError(f"a chance is at most 1, also {pair[1]:g} times as large")
    return pair


def _keyed(*names: str) -> AfterValidator:
    """Let a mapping have exactly these keys, in this order: code counts on both."""

    def check(found: dict[str, Any]) -> dict[str, Any]:
        if sorted(found) != sorted(names):
            raise ValueError(f"it holds {', '.join(found)}; it must hold {', '.join(names)}")
        return {name: found[name] for name in names}

    return AfterValidator(check)


def _correlated(found: dict[str, float]) -> dict[str, float]:
    if np.linalg.eigvalsh(matrix(found)).min() <= 0:
        raise ValueError("no three traits can be correlated like this")
    return found


def matrix(correlations: dict[str, float]) -> Any:
    """Return the correlations of ability, willingness and contactability as a matrix."""
    both = np.eye(3)
    for name, at in (
        ("ability_willingness", (0, 1)),
        ("willingness_contact", (1, 2)),
        ("ability_contact", (0, 2)),
    ):
        both[at] = both[at[::-1]] = correlations[name]
    return both


_PRODUCTS = _keyed("cash_loan", "card_instalment", "auto_loan")
_CAUSES = _keyed("job_loss", "illness", "business", "bereavement_other")
_AGES = _keyed("18-29", "30-44", "45-59", "60+")
_TRAITS = _keyed("ability", "willingness")

Shares = Annotated[dict[str, Share], AfterValidator(_whole)]
Traits = Annotated[dict[str, Number], _TRAITS]
Range = Annotated[tuple[Share, Share], AfterValidator(_ascending)]
Whole = Annotated[int, Field(ge=0)]
Hours = Annotated[
    tuple[Annotated[int, Field(ge=0, le=24)], Annotated[int, Field(ge=0, le=24)]],
    AfterValidator(_rising),
]
DueDay = Annotated[int, Field(ge=4, le=25)]
"""within these days a bucket at month end and days past due always agree, in any month"""

Text = Annotated[dict[Literal["en", "zh"], str], Field(min_length=2)]


class Entry(BaseModel):
    """One parameter as the file states it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Any
    unit: Text
    source: Literal["assumption", "calibrated"] | Text
    """a publication; ``assumption``: nothing public stands behind it; ``calibrated``: see the file"""
    note: Text | None = None
    meaning: Text


class Parameters(BaseModel):
    """The values of all parameters; what each means stands beside it in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    correlations: Annotated[
        dict[str, Annotated[float, Field(gt=-1, lt=1)]],
        _keyed("ability_willingness", "willingness_contact", "ability_contact"),
        AfterValidator(_correlated),
    ]
    income_median: Annotated[float, Field(gt=0)]
    income_spread: Pair
    income_unknown: Share
    essentials_share: Three
    essentials_limits: Range
    priority_share: Three
    priority_limits: Range
    instalment_share: Range
    terms: Annotated[dict[Annotated[int, Field(ge=1)], Share], AfterValidator(_whole)]
    annual_rates: Annotated[dict[str, _Chance], _PRODUCTS]
    products: Annotated[Shares, _PRODUCTS]
    opening_span: Share
    due_days: Annotated[tuple[DueDay, DueDay], AfterValidator(_ascending)]
    gig_work: Pair
    self_employed: Share
    age_bands: Annotated[Shares, _AGES]
    income_by_sex: Annotated[dict[str, Number], _keyed("f", "m")]
    income_by_age: Annotated[dict[str, Number], _AGES]
    reassigned_number: Pair
    letters_only: Share

    hardship_onset: tuple[Share, Number]
    hardship_months: Annotated[float, Field(ge=1)]
    hardship_effect: Annotated[float, Field(le=0)]
    hardship_reserve: Whole
    hardship_causes: Annotated[Shares, _CAUSES]
    hardship_inflow: Annotated[dict[str, Share], _CAUSES]
    hardship_disclosed: Annotated[dict[str, Share], _keyed("call", "plan")]

    reach_loss: Annotated[float, Field(ge=0)]
    reach_cuts: Pair
    right_party: tuple[_Chance, _Chance, _Chance]
    attempts: Annotated[tuple[Whole, ...], Field(min_length=7, max_length=7)]
    call_outcomes: Annotated[Shares, _keyed("no_answer", "voicemail", "wrong_party")]
    stranger_answers: Share
    undelivered: Share
    contact_hours: Annotated[dict[str, Hours], _keyed("call", "message", "breach")]
    breach: Annotated[float, Field(ge=0, lt=1)]
    third_party: tuple[Share, Share]

    resolve_base: ByBucket
    resolve_traits: Traits
    hold: Share
    high: Number
    effects: Annotated[dict[str, tuple[Number, Number, Number, Number]], _keyed(*TREATMENTS)]
    trial_share: Share
    plan_months: Annotated[int, Field(ge=1)]
    plan_buffer: Share
    plan_shown: Whole
    late_in_month: Pair
    early_in_month: Share
    bounce: tuple[Share, Number, Share]
    part_payment: Three
    part_size: Range

    promise: Three
    promise_whole: Share
    promise_part: Range
    promise_days: Annotated[
        tuple[Annotated[int, Field(ge=2)], Annotated[int, Field(ge=2)]], AfterValidator(_ascending)
    ]
    promise_kept: ByBucket
    promise_traits: Traits
    promise_late: Share

    complaint: Annotated[tuple[Share, Annotated[float, Field(ge=0)]], AfterValidator(_likely)]
    complaint_upheld: tuple[Share, Share]
    complaint_disputed: Share
    complaint_answer: Annotated[tuple[Whole, Whole], AfterValidator(_ascending)]
    complaint_effect: Annotated[float, Field(le=0)]
    write_off_bucket: Literal[7]
    recovery_month: tuple[Share, Share]
    sale_after: Annotated[int, Field(ge=1)]
    sale_price: tuple[_Chance, _Chance]

    inflow_noise: Annotated[float, Field(ge=0)]
    utilisation: Three
    new_lenders: Pair
    contact_changed: tuple[Share, Share]


def entries(file: Path = FILE) -> dict[str, Entry]:
    """Return every parameter with its unit, source and meaning, by name.

    Raises:
        DuecourseError: the file is damaged or an entry lacks something; the message names the
            file, the place in it, what was found and what is allowed.
    """
    name = ""
    try:
        found = {}
        for name, entry in yaml.safe_load(file.read_text("utf-8")).items():
            found[str(name)] = Entry.model_validate(entry)
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, f"{file}: {name}"))) from error
    except (OSError, UnicodeError, yaml.YAMLError, AttributeError) as error:
        raise DuecourseError(f"{file} is no file of parameters: {error}") from error
    return found


def load(file: Path = FILE) -> Parameters:
    """Return the values of all parameters.

    Raises:
        DuecourseError: as `entries`; or a value is missing, unknown or out of its range.
    """
    return _checked({name: entry.value for name, entry in entries(file).items()}, str(file))


def changed(**values: Any) -> Parameters:
    """Return the kit's parameters with other values for some, such as ``changed(hold=0.3)``.

    Raises:
        DuecourseError: there is no such parameter, or a value is out of its range.
    """
    return _checked({**standard().model_dump(), **values}, "parameters")


def _checked(values: dict[str, Any], where: str) -> Parameters:
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, where))) from error


@cache
def standard() -> Parameters:
    """Return the parameters that the kit ships."""
    return load()


__all__ = [
    "TREATMENTS",
    "Entry",
    "Parameters",
    "Treatment",
    "changed",
    "entries",
    "load",
    "standard",
]
