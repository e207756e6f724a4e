"""The numbers of the generative model: ``parameters.yaml``, checked on load, each with its source."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from duecourse.errors import DuecourseError
from duecourse.tasks import complaints

FILE: Final = Path(__file__).with_name("parameters.yaml")

Treatment = Literal["none", "reminder", "call", "plan", "letter"]
TREATMENTS: Final[tuple[Treatment, ...]] = ("none", "reminder", "call", "plan", "letter")

Share = Annotated[float, Field(ge=0, le=1)]
ByBucket = Annotated[tuple[float, ...], Field(min_length=7, max_length=7)]
Pair = tuple[float, float]
Three = tuple[float, float, float]


def _whole(shares: dict[Any, float]) -> dict[Any, float]:
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"the shares add up to {sum(shares.values()):g}, not to 1")
    return shares


Shares = Annotated[dict[str, Share], AfterValidator(_whole)]


class Entry(BaseModel):
    """One parameter as the file states it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Any
    unit: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=4)]
    """A publication, ``assumption`` or ``calibrated``."""
    meaning: dict[Literal["en", "zh"], str]


class Parameters(BaseModel):
    """The values of all parameters; what each means stands beside it in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    correlations: dict[str, Annotated[float, Field(gt=-1, lt=1)]]
    income_median: Annotated[float, Field(gt=0)]
    income_spread: Pair
    income_unknown: Share
    essentials_share: Three
    priority_share: Three
    instalment_share: tuple[Share, Share]
    terms: Annotated[dict[int, Share], AfterValidator(_whole)]
    annual_rates: dict[str, Share]
    products: Shares
    opening_span: Share
    reassigned_number: Pair
    letters_only: Share

    hardship_onset: Pair
    hardship_months: Annotated[float, Field(ge=1)]
    hardship_effect: Annotated[float, Field(le=0)]
    hardship_reserve: Annotated[int, Field(ge=0)]
    hardship_causes: Shares
    hardship_inflow: dict[str, Share]
    hardship_disclosed: dict[Treatment, Share]

    reach_loss: Annotated[float, Field(ge=0)]
    reach_cuts: Pair
    right_party: tuple[Share, Share, Share]
    attempts: Annotated[tuple[int, ...], Field(min_length=7, max_length=7)]
    call_outcomes: Shares
    breach: Share
    third_party: tuple[Share, Share]

    resolve_base: ByBucket
    resolve_traits: dict[Literal["ability", "willingness"], float]
    hold: Share
    high: float
    effects: dict[Treatment, tuple[float, float, float, float]]
    late_in_month: Pair
    bounce: tuple[Share, Share]
    part_payment: Three

    promise: Three
    promise_kept: ByBucket
    promise_traits: dict[Literal["ability", "willingness"], float]
    promise_late: Share

    complaint: Pair
    complaint_upheld: tuple[Share, Share]
    complaint_effect: Annotated[float, Field(le=0)]
    write_off_bucket: Literal[7]
    recovery_month: tuple[Share, Share]
    sale_after: Annotated[int, Field(ge=1)]
    sale_price: tuple[Share, Share]

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
    try:
        data = yaml.safe_load(file.read_text("utf-8"))
        return {name: Entry.model_validate(entry) for name, entry in data.items()}
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, str(file)))) from error
    except (yaml.YAMLError, AttributeError) as error:
        raise DuecourseError(f"{file} is no file of parameters: {error}") from error


def load(file: Path = FILE) -> Parameters:
    """Return the values of all parameters.

    Raises:
        DuecourseError: as `entries`; or a value is missing, unknown or out of its range.
    """
    values = {name: entry.value for name, entry in entries(file).items()}
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        raise DuecourseError("\n".join(complaints(error, str(file)))) from error


@cache
def standard() -> Parameters:
    """Return the parameters that the kit ships."""
    return load()
