"""A simulation seen from inside: what happened in every month, besides the tables."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from duecourse.portfolio import people, simulation
from duecourse.portfolio.calendar import calendar
from duecourse.portfolio.collected import Collected
from duecourse.portfolio.parameters import standard
from duecourse.portfolio.state import begin

UNTIL = "2026-06-30"
LUCK = np.random.default_rng(20_260_630)


@dataclass
class Watched:
    """The book, and for each month the state before and after it, what was done, paid and said."""

    book: Any
    months: list[Any]


@dataclass
class Seen:
    before: Any
    after: Any
    done: Any
    paid: Any
    contacts: Any


def watched(seed, accounts, months, choose=None, p=None):
    """Simulate as `simulation.simulate` does, and keep what happened in every month."""
    p = p or standard()
    span = calendar(UNTIL, months)
    drawn = people.draw(accounts, months, np.random.default_rng([seed, 0]), p)
    state, collected, seen = begin(drawn), Collected(drawn, span, p), []

    for month in range(months):
        before = state.copy()

        def note(after, done, paid, contacts, rng, before=before):
            seen.append(Seen(before, after.copy(), done, paid, contacts))
            collected.add(after, done, paid, contacts, rng)

        simulation.advance(state, month, span, seed, choose or simulation.trial(p), p, note)
    return Watched(collected.book(), seen)


def same(one, other):
    """Return the names of the tables in which two books differ."""
    return [name for name, table in one.tables().items() if not table.equals(other.tables()[name])]


def days_of(book, count):
    """Return some days of a book, chosen by chance."""
    first, last = book.accounts["opened_on"].min(), book.until
    return first + pd.to_timedelta(LUCK.integers(0, (last - first).days + 1, count), unit="D")
