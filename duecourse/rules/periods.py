"""Days that rules count: limitation, the guarantee period, a moratorium."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

LIMITATION_YEARS = 3
"""Civil Code Art. 188 (CN-02)."""
GUARANTEE_MONTHS = 6
"""Civil Code Art. 692, where nothing was agreed (CN-03)."""
MORATORIUM_DAYS = 60
"""Debt Respite Scheme Regulations 2020 (UK-11), the first day counted."""
AFTER_TREATMENT_DAYS = 30
"""The same, after the treatment of a mental health crisis has ended."""

Event = Literal["due", "demand", "part_payment", "promise", "suit"]


@dataclass(frozen=True)
class Reset:
    """Something that can start the limitation period.

    Attributes:
        on: its day; of a demand the day on which it arrived or should have arrived.
        kind: a due date, a demand, a part payment, a promise to pay, a suit or an arbitration.
        arrived: whether a demand arrived, or should have arrived; a message to a number that is
            known to be dead does neither.
    """

    on: date
    kind: Event
    arrived: bool = True


@dataclass(frozen=True)
class Limitation:
    """How a limitation period ran.

    Attributes:
        expires: its last day; None while nothing has started it.
        started: what it runs from.
        counted: what started it, each in turn.
        without_effect: what did not: a demand that did not arrive, or one after the last day.
    """

    expires: date | None
    started: Reset | None
    counted: tuple[Reset, ...]
    without_effect: tuple[Reset, ...]

    def has_run_out(self, on: date) -> bool:
        """Return whether the last day is over."""
        return self.expires is not None and on > self.expires


def limitation(resets: Iterable[Reset], *, years: int = LIMITATION_YEARS) -> Limitation:
    """Return when a claim's limitation period runs out in mainland China.

    It runs from the due date, for instalments from the last one, so of several due dates only the
    latest counts. A demand that arrives or should have arrived, a part payment, a promise or a suit
    starts it anew. Once it has run out only a promise does, since whoever agrees to pay can no longer
    refuse; what a payment then means for the rest is for a court, and is not taken as a promise.

    Args:
        resets: what happened, in any order. Without a due date it runs from the first event that counts.
        years: length of the period.

    Returns:
        the last day of the period, the same day of the month `years` later (the month's last day
        where there is none), and which event counted. It knows no suspension, no twenty-year
        maximum and no holidays.

    Source: Civil Code Arts 188, 189, 192, 195; Provisions on Limitation Arts 8, 14 (CN-02).
    """
    known = sorted(resets, key=lambda one: one.on)
    dues = [one for one in known if one.kind == "due"]
    counted, without = dues[-1:], dues[:-1]
    expires = months_later(dues[-1].on, 12 * years) if dues else None
    for one in known:
        if one.kind == "due":
            continue
        early = bool(dues) and one.on < dues[-1].on
        late = expires is not None and one.on > expires and one.kind != "promise"
        if early or late or (one.kind == "demand" and not one.arrived):
            without.append(one)
            continue
        counted.append(one)
        expires = months_later(one.on, 12 * years)
    return Limitation(expires, counted[-1] if counted else None, tuple(counted), tuple(without))


def guarantee_end(due: date, agreed: date | None = None) -> date:
    """Return the last day of a guarantee period.

    Args:
        due: the last day of the debt's own term.
        agreed: the day that was agreed upon; one before the debt is due counts as no agreement.

    Source: Civil Code Art. 692 (CN-03).
    """
    return agreed if agreed and agreed > due else months_later(due, GUARANTEE_MONTHS)


def moratorium_end(start: date) -> date:
    """Return the last protected day of a breathing space; its first day counts as day 1.

    Source: Debt Respite Scheme Regulations 2020 (UK-11); the counting is to be confirmed by counsel.
    """
    return start + timedelta(days=MORATORIUM_DAYS - 1)


def crisis_moratorium_end(treatment_ended: date | None) -> date | None:
    """Return the last protected day of a mental health crisis moratorium; None while it is treated.

    Source: as `moratorium_end`: the treatment and 30 days more.
    """
    if treatment_ended is None:
        return None
    return treatment_ended + timedelta(days=AFTER_TREATMENT_DAYS)


def months_later(on: date, months: int) -> date:
    """Return the same day so many months later, or that month's last day where there is none.

    Source: Civil Code Art. 202.
    """
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))
