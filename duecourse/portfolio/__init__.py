"""A book of accounts with a known truth: made from a seed by a model whose numbers are stated.

What the columns mean: `duecourse.portfolio.dictionary`. The numbers: ``parameters.yaml``.
"""

from functools import lru_cache

from pandas import DataFrame

from duecourse.portfolio import future
from duecourse.portfolio.book import TABLES, Book, schedule
from duecourse.portfolio.schemas import InvalidBook, validate, validate_table
from duecourse.portfolio.simulation import Simulation, simulate
from duecourse.portfolio.store import read, write

PRACTICE = 20_260_601
"""Seed of the practice world. Everybody may know it: its truth is there to learn from."""
UNTIL = "2026-06-30"
"""Last day of the practice world."""


def world(seed: int, accounts: int = 20_000, months: int = 36, until: str = UNTIL) -> Book:
    """Make the tables of one world; the same seed and sizes give the same world everywhere.

    Args:
        seed: tells one world from another, a whole number of at least 0.
        accounts: how many are opened in all, at least 1.
        months: how many months there are, 2 to 600.
        until: a day of the last month.

    Raises:
        Unmeasurable: the seed is no whole number, there are no accounts, too few months or too much of
            both, or ``until`` is no date.
    """
    return simulate(seed, accounts, months, until).book


def prospects(
    seed: int, accounts: int = 20_000, months: int = 36, until: str = UNTIL, horizon: int = 6
) -> DataFrame:
    """Return what every treatment brings in a world's next months; see `future.prospects`.

    Whoever knows a world's seed knows its truth. The seeds of exam worlds stay with the instructor.
    """
    return future.prospects(simulate(seed, accounts, months, until), horizon)


def practice(accounts: int = 5_000, months: int = 24) -> Book:
    """Return the practice world, made once in a session; each call gives tables of its own.

    Args:
        accounts: how many are opened in all.
        months: how many months there are, ending with June 2026.
    """
    book = practice_simulation(accounts, months).book
    return Book(**{name: table.copy() for name, table in book.tables().items()})


@lru_cache(maxsize=2)
def practice_simulation(accounts: int = 5_000, months: int = 24) -> Simulation:
    """Return the practice world with its truth, so that strategies can be tried out on it."""
    return simulate(PRACTICE, accounts, months, UNTIL)


def practice_prospects(accounts: int = 5_000, months: int = 24, horizon: int = 6) -> DataFrame:
    """Return what every treatment brings in the practice world; see `future.prospects`."""
    return future.prospects(practice_simulation(accounts, months), horizon)


__all__ = [
    "PRACTICE",
    "TABLES",
    "UNTIL",
    "Book",
    "InvalidBook",
    "Simulation",
    "practice",
    "practice_prospects",
    "practice_simulation",
    "prospects",
    "read",
    "schedule",
    "simulate",
    "validate",
    "validate_table",
    "world",
    "write",
]
