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
OUTCOMES = ("no_answer", "voicemail", "wrong_party", "right_party", "delivered", "undelivered")
NO_ANSWER, VOICEMAIL, WRONG, RIGHT, DELIVERED, UNDELIVERED = range(6)
_MINUTES = 24 * 60


@dataclass
class Contacts:
    """One entry a contact, in the order of time.

    Attributes:
        minute: minutes since the month began, local time.
        disclosed: debt details reached somebody other than the customer.
    """

    account: Flags
    minute: NDArray[np.int64]
    channel: Flags
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
    for treatment, channel in ((REMINDER, 1), (LETTER, 2)):
        at = np.flatnonzero(done.treatment == treatment)
        day = 1 + rng.integers(0, 12, len(at))
        minute = (day - 1) * _MINUTES + rng.integers(9 * 60, 18 * 60, len(at))
        arrives = np.full(len(at), DELIVERED)
        arrives[rng.random(len(at)) < 0.03] = UNDELIVERED
        nobody = np.zeros(len(at), dtype=np.int64)
        parts.append(
            (at, minute, nobody + channel, nobody, arrives, np.zeros(len(at), dtype=np.bool_))
        )
    account, minute, channels, role, outcome, disclosed = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    order = np.lexsort((account, minute))
    return Contacts(
        account[order], minute[order], channels[order], role[order], outcome[order],
        disclosed[order],
    )  # fmt: skip


def _calls(
    state: State, done: Month, rng: Rng, p: Parameters
) -> tuple[Flags, NDArray[np.int64], Flags, Flags, Flags, Bools]:
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
    minute = (day - 1) * _MINUTES + rng.integers(9 * 60, 20 * 60, size)
    late = place >= done.calls[at] - done.breaches[at]
    night = (day - 1) * _MINUTES + rng.integers(22 * 60, 23 * 60, size)
    minute = np.where(late, night, minute)
    shares = np.cumsum(list(p.call_outcomes.values()))[:-1]
    outcome = np.searchsorted(shares, rng.random(size))
    outcome = np.where(state.people.reassigned[at] & (rng.random(size) < 0.35), WRONG, outcome)
    outcome = np.where(final & talked, RIGHT, outcome)
    asks, tells = p.third_party
    other = (done.reach[at] == 2) & ~(final & talked) & (rng.random(size) < asks)
    disclosed = other & (rng.random(size) < tells)
    return at, minute, np.zeros(size, dtype=np.int64), other.astype(np.int64), outcome, disclosed
