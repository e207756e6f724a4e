"""The rates behind simulated contact logs: ``rates.yaml``, checked on load, each with its meaning."""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from duecourse.tasks import Text

FILE: Final = Path(__file__).with_name("rates.yaml")
Share = Annotated[float, Field(ge=0, le=1)]
Shares = dict[str, Share]


class Assumption(BaseModel):
    """One rate as the file states it, with its meaning in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Any
    meaning: Annotated[Text, Field(min_length=2)]


class Rates(BaseModel):
    """The rates; what each means stands beside it in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contacts_per_debtor: Annotated[int, Field(ge=1)]
    second_account: Share
    second_number: Share
    handed_over: Share
    lender_after_hand_over: Share
    home_agent: Share
    contacts_a_day: Annotated[tuple[Share, ...], Field(min_length=1)]
    busy_day_calls: Share
    agreed_nights: Share
    channels: Shares
    machine_call: Share
    night: Share
    early: Share
    third_party: Share
    guarantor: Share
    service: Share
    after_standard: Share
    debtor_call: Shares
    third_party_call: Shares
    machine_outcome: Shares
    visit_outcome: Shares
    undelivered: Share
    reachable: Share
    asks_third_party: Share
    disclosure: Share
    unidentified: Share
    alone: Share
    unrecorded: Share
    no_identity_card: Share
    entered: Share
    entry_consent: Share
    labels: Shares
    cites: Share
    old_law: Share
    other_law: Share
    old_facts: Share
    no_fact_day: Share
    habit_spread: Annotated[float, Field(ge=0)]


@cache
def assumptions() -> dict[str, Assumption]:
    """Return every rate with its meaning, by its name."""
    found = yaml.safe_load(FILE.read_text("utf-8"))
    return {name: Assumption.model_validate(one) for name, one in found.items()}


@cache
def rates() -> Rates:
    """Return the rates."""
    return Rates.model_validate({name: one.value for name, one in assumptions().items()})
