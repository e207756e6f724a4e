"""Months in a row: from a seed to a book with all its tables.

Chance is drawn for every month from the seed and the month's number alone, so the same seed gives
the same people and the same luck whatever is done for them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from duecourse.columns import Flags
from duecourse.days import Day
from duecourse.portfolio import people
from duecourse.portfolio.book import Book
from duecourse.portfolio.calendar import Calendar, calendar
from duecourse.portfolio.collected import Collected
from duecourse.portfolio.contacts import contacts
from duecourse.portfolio.ledger import entries
from duecourse.portfolio.month import cents_owed, step
from duecourse.portfolio.parameters import TREATMENTS, Parameters, standard
from duecourse.portfolio.people import Bools, Rng
from duecourse.portfolio.sizes import check, whole
from duecourse.portfolio.state import CALL, LETTER, NONE, Choose, State, begin


@dataclass
class Simulation:
    """A simulated book: its tables, and what nobody in the classroom may see.

    Attributes:
        book: the tables.
        state: where every account stands at the end, traits included.
        calendar: the months.
        parameters: what it was simulated with.
    """

    book: Book
    state: State
    calendar: Calendar
    parameters: Parameters


def trial(p: Parameters) -> Choose:
    """Return the standing trial: everybody past due is called, a share gets a treatment by lot.

    Whoever asked for letters only gets letters and takes no part in the lot.
    """

    def choose(state: State, bucket: Flags, rng: Rng) -> tuple[Flags, Bools]:
        lot, drawn = rng.random(len(bucket)), rng.integers(0, len(TREATMENTS), len(bucket))
        letters = state.people.letters_only
        by_lot = (lot < p.trial_share) & (bucket > 0) & ~letters
        usual = np.where(letters, LETTER, CALL)
        return np.where(by_lot, drawn, np.where(bucket > 0, usual, NONE)), by_lot

    return choose


def always(treatment: int) -> Choose:
    """Return the strategy that does the same for everybody who is past due.

    It heeds no rule: even who asked for letters only is called. It is a yardstick, not an example.
    """

    def choose(_state: State, bucket: Flags, rng: Rng) -> tuple[Flags, Bools]:
        # the same luck as in a trial
        rng.random(len(bucket)), rng.integers(0, len(TREATMENTS), len(bucket))
        return np.where(bucket > 0, treatment, NONE), np.zeros(len(bucket), dtype=np.bool_)

    return choose


def simulate(
    seed: int,
    accounts: int,
    months: int,
    until: Day,
    choose: Choose | None = None,
    p: Parameters | None = None,
) -> Simulation:
    """Simulate a book.

    Args:
        seed: tells one book from another, a whole number of at least 0.
        accounts: how many are opened in all, at least 1.
        months: how many, 2 to 600.
        until: a day of the last month, such as ``2026-06-30``.
        choose: what is done for accounts past due; the standing trial by default.
        p: other parameters than the kit's own, from `parameters.changed` or `parameters.load`.

    Raises:
        Unmeasurable: the seed is no whole number, there are no accounts, too few months or too much of
            both, or ``until`` is no date.
    """
    whole(seed, "seed", 0)
    check(accounts, months)
    p = p or standard()
    choose = choose or trial(p)
    span = calendar(until, months)
    drawn = people.draw(accounts, months, np.random.default_rng([seed, 0]), p)
    state = begin(drawn)
    collected = Collected(drawn, span, p)
    for month in range(months):
        advance(state, month, span, seed, choose, p, collected.add)
    return Simulation(collected.book(), state, span, p)


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
