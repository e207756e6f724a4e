"""What can be known of a single contact."""

from collections.abc import Hashable
from dataclasses import dataclass, fields
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True, repr=False)
class Contact:
    """A contact with everything that the tests can ask of it; None is not known.

    `columns.yaml` says what each field holds. Of a day that never came, such as an exam that was
    never taken, `date.min` or `date.max` says so.
    """

    at: datetime
    account_id: Hashable = None
    channel: str = "call"
    role: str | None = "debtor"
    outcome: str | None = None
    party: str | None = None
    mode: str | None = "interactive"
    purpose: str | None = "collect"
    debtor_id: Hashable = None
    timezone: str | None = None
    agent: str | None = None
    number: str | int | None = None
    # what was said
    content: str | None = None
    cites: str | None = None
    fact_on: date | None = None
    identified: bool | None = None
    disclosed: bool | None = None
    # what had been agreed or asked for before
    hours_agreed: bool | None = None
    call_agreed: bool | None = None
    inconvenient: bool | None = None
    workplace_forbidden: bool | None = None
    debtor_unreachable: bool | None = None
    opted_out: bool | None = None
    letters_only: bool | None = None
    represented: bool | None = None
    vulnerable: bool | None = None
    specialist: bool | None = None
    opt_out_offered: bool | None = None
    # visits and notices
    staff: int | None = None
    recorded: bool | None = None
    id_shown: bool | None = None
    entered: bool | None = None
    entry_consent: bool | None = None
    posted: bool | None = None
    # letters and records
    name_shown: bool | None = None
    balance_shown: bool | None = None
    reason_shown: bool | None = None
    rights_shown: bool | None = None
    query_shown: bool | None = None
    objection_shown: bool | None = None
    contact_shown: bool | None = None
    seal_shown: bool | None = None
    kept_until: date | None = None
    certified_on: date | None = None
    reviewed_on: date | None = None
    # the debt
    product: str | None = None
    lender: str | None = None
    illegal_debt: bool | None = None
    time_barred: bool | None = None
    disputed_on: date | None = None
    dispute_answered_on: date | None = None
    assigned_on: date | None = None
    assignment_notified_on: date | None = None
    outsourced_on: date | None = None
    outsourcing_notified_on: date | None = None
    validation_sent_on: date | None = None
    adviser_from: date | None = None
    moratorium_from: date | None = None
    moratorium_until: date | None = None
    moratorium_crisis: bool | None = None
    # guarantors, spouses and heirs
    guarantee_until: date | None = None
    guarantor_claimed: bool | None = None
    joint_signature: bool | None = None
    ratified: bool | None = None
    household_need: bool | None = None
    use_proven: bool | None = None
    renounced: bool | None = None
    claimed: float | None = None
    estate_share: float | None = None

    def __repr__(self) -> str:
        known = {one.name: getattr(self, one.name) for one in fields(self)}
        parts = [f"{name}={value!r}" for name, value in known.items() if value is not None]
        return f"Contact({', '.join(parts)})"
