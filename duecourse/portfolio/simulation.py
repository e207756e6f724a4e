"""Months in a row: from a seed to a book with all its tables.

Chance is drawn for every month from the seed and the month's number alone, so the same seed gives
the same people and the same luck whatever is done for them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from duecourse.columns import Flags
from duecourse.portfolio import people
from duecourse.portfolio.book import Book
from duecourse.portfolio.calendar import Calendar, calendar
from duecourse.portfolio.collected import Collected
from duecourse.portfolio.contacts import contacts
from duecourse.portfolio.ledger import entries
from duecourse.portfolio.month import cents_owed, step
from duecourse.portfolio.parameters import Parameters, standard
from duecourse.portfolio.people import Bools, Rng
from duecourse.portfolio.state import CALL, LETTER, NONE, Choose, State, begin

TRIAL_SHARE = 0.4
"""Share of accounts past due whose treatment is drawn by lot in the standing trial."""


@dataclass
class Simulation:
    """A simulated book: its tables, and what nobody in the classroom may see.

    Attributes:
        book: the tables.
        state: where every account stands at the end, traits included.
        calendar: the months.
    """

    book: Book
    state: State
    calendar: Calendar


def trial(state: State, bucket: Flags, rng: Rng) -> tuple[Flags, Bools]:
    """Call everybody who is past due, but draw the treatment by lot for two fifths of them."""
    lot, drawn = rng.random(len(bucket)), rng.integers(0, 5, len(bucket))
    letters = state.people.letters_only
    by_lot = (lot < TRIAL_SHARE) & (bucket > 0) & ~letters
    usual = np.where(letters, LETTER, CALL)
    return np.where(by_lot, drawn, np.where(bucket > 0, usual, NONE)), by_lot


def always(treatment: int) -> Choose:
    """Return the strategy that does the same for everybody who is past due."""

    def choose(_state: State, bucket: Flags, rng: Rng) -> tuple[Flags, Bools]:
        rng.random(len(bucket)), rng.integers(0, 5, len(bucket))  # the same luck as in a trial
        return np.where(bucket > 0, treatment, NONE), np.zeros(len(bucket), dtype=np.bool_)

    return choose


def simulate(
    seed: int,
    accounts: int,
    months: int,
    until: str,
    choose: Choose = trial,
    p: Parameters | None = None,
) -> Simulation:
    """Simulate a book.

    Args:
        seed: tells one book from another.
        accounts: how many are opened in all.
        months: how many, at least 2.
        until: a day of the last month, such as ``2026-06-30``.
        choose: what is done for accounts past due; the standing trial by default.
        p: other parameters than the kit's own.

    Raises:
        Unmeasurable: there are no accounts or too few months, or ``until`` is no date.
    """
    p = p or standard()
    span = calendar(until, months)
    drawn = people.draw(accounts, months, np.random.default_rng([seed, 0]), p)
    state = begin(drawn)
    collected = Collected(drawn, span, p)
    for month in range(months):
        advance(state, month, span, seed, choose, p, collected.add)
    return Simulation(collected.book(), state, span)


Note = Callable[..., None]


def advance(
    state: State,
    month: int,
    span: Calendar,
    seed: int,
    choose: Choose,
    p: Parameters,
    note: Note,
) -> None:
    """Let one month pass, in place, and pass everything that happened to ``note``."""
    length = span.length(month)
    owed = cents_owed(state, month - 1)
    done = step(state, month, length, choose, np.random.default_rng([seed, 1, month]), p)
    luck = [np.random.default_rng([seed, stream, month]) for stream in (2, 3, 4)]
    paid = entries(state, owed, done, length, luck[0], p)
    note(state, done, paid, contacts(state, done, luck[1], p), luck[2])
