"""The contact log of a month: every call attempt, text message and letter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duecourse.columns import Flags
from duecourse.portfolio.month import Month
from duecourse.portfolio.parameters import Parameters
from duecourse.portfolio.people import Bools, Rng
from duecourse.portfolio.state import LETTER, REMINDER, State

CHANNELS = ("call", "sms", "letter")
ROLES = ("debtor", "third_party")
NUMBERS = ("on_file", "other")
OUTCOMES = ("no_answer", "voicemail", "wrong_party", "right_party", "delivered", "undelivered")
NO_ANSWER, VOICEMAIL, WRONG, RIGHT, DELIVERED, UNDELIVERED = range(6)
_MINUTES = 24 * 60


@dataclass
class Contacts:
    """One entry a contact, in the order of time.

    Attributes:
        minute: minutes since the month began, local time.
        number: 0 the one on file, 1 another person's, -1 none (a letter).
        disclosed: debt details reached somebody other than the customer.
    """

    account: Flags
    minute: NDArray[np.int64]
    channel: Flags
    number: Flags
    role: Flags
    outcome: Flags
    disclosed: Bools


def contacts(state: State, done: Month, rng: Rng, p: Parameters) -> Contacts:
    """Return the contacts of a month.

    Args:
        state: where the accounts stand after the month.
        done: what happened in the month.
        rng: the month's own source of chance.
        p: the parameters.
    """
    parts = [_calls(state, done, rng, p)]
    for treatment, channel, number in ((REMINDER, 1, 0), (LETTER, 2, -1)):
        at = np.flatnonzero(done.treatment == treatment)
        day = 1 + rng.integers(0, 12, len(at))
        minute = (day - 1) * _MINUTES + _minutes(p.contact_hours["message"], len(at), rng)
        arrives = np.full(len(at), DELIVERED)
        arrives[rng.random(len(at)) < p.undelivered] = UNDELIVERED
        none = np.zeros(len(at), dtype=np.int64)
        parts.append((at, minute, none + channel, none + number, none, arrives, none > 0))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    account, minute = columns[:2]
    order = np.lexsort((account, minute))
    return Contacts(*(column[order] for column in columns))


def _minutes(hours: tuple[int, int], count: int, rng: Rng) -> NDArray[np.int64]:
    """Draw minutes of the day."""
    return rng.integers(hours[0] * 60, hours[1] * 60, count)


def _calls(
    state: State, done: Month, rng: Rng, p: Parameters
) -> tuple[Flags, NDArray[np.int64], Flags, Flags, Flags, Flags, Bools]:
    at = np.repeat(np.arange(len(done.calls)), done.calls)
    size = len(at)
    last = np.cumsum(done.calls)[at]
    place = np.arange(size) - (last - done.calls[at])
    final = place == done.calls[at] - 1
    talked = done.talk_day[at] > 0
    # the days lead up to the conversation, or spread over three weeks
    until = np.where(talked, done.talk_day[at], 21)
    day = 1 + ((place + 1) * until / np.maximum(done.calls[at], 1)).astype(np.int64)
    day = np.where(final & talked, until, np.minimum(day, np.where(talked, until, 22)))
    minute = (day - 1) * _MINUTES + _minutes(p.contact_hours["call"], size, rng)
    late = place >= done.calls[at] - done.breaches[at]
    night = (day - 1) * _MINUTES + _minutes(p.contact_hours["breach"], size, rng)
    minute = np.where(late, night, minute)
    shares = np.cumsum(list(p.call_outcomes.values()))[:-1]
    outcome = np.searchsorted(shares, rng.random(size))
    stranger = state.people.reassigned[at] & (rng.random(size) < p.stranger_answers)
    outcome = np.where(stranger, WRONG, outcome)
    outcome = np.where(final & talked, RIGHT, outcome)
    asks, tells = p.third_party
    other = (done.reach[at] == 2) & ~(final & talked) & (rng.random(size) < asks)
    disclosed = other & (rng.random(size) < tells)
    # nobody can be told anything in a call that nobody answers
    outcome = np.where(disclosed, WRONG, outcome)
    role = other.astype(np.int64)
    return at, minute, np.zeros(size, dtype=np.int64), role, role, outcome, disclosed
