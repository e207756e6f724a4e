"""Simulated contact logs: two years of a lender and its agency, to be audited.

Nobody in them exists, and every rate is an assumption that stands with its meaning in
``rates.yaml``. The days run from July 2024 to June 2026, so that rules come into force in between;
agents of two parties differ in their habits, which follow from the seed.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from pandas import DataFrame

from duecourse.contact_logs.making import AGENCY, LENDER, MACHINES, Log
from duecourse.contact_logs.rates import assumptions, rates
from duecourse.portfolio.sizes import whole

PRACTICE: Final = 20_260_612
"""Seed of the practice log. Everybody may know it."""
MOST: Final = 5_000_000
"""The most contacts that are made at once."""

__all__ = [
    "AGENCY",
    "LENDER",
    "MACHINES",
    "MOST",
    "PRACTICE",
    "assumptions",
    "contact_log",
    "practice_log",
    "rates",
]


def practice_log(events: int = 100_000) -> DataFrame:
    """Return the practice log, made once in a session; each call gives a table of its own.

    Raises:
        Unmeasurable: as `contact_log`.
    """
    return _practice(whole(events, "events", 1, MOST)).copy()


@lru_cache(maxsize=2)
def _practice(events: int) -> DataFrame:
    return contact_log(events, PRACTICE)


def contact_log(events: int, seed: int) -> DataFrame:
    """Make a contact log; the same numbers give the same log.

    Args:
        events: how many contacts, at least 1.
        seed: tells one log from another, a whole number of at least 0. Habits of agents follow from
            it as well: who knows it knows whom to look at.

    Returns:
        one row a contact in the order of time, with columns of `duecourse.rules`: `event_id`, `at`
        (the debtor's own time, to the minute), `debtor_id`, `account_id`, `party`, `agent`,
        `channel`, `mode`, `number`, `role`, `purpose`, `outcome`, `identified`, `hours_agreed`,
        `debtor_unreachable`, `disclosed`, `content`, `cites`, `fact_on`; of visits `staff`,
        `recorded`, `id_shown`, `entered`, `entry_consent`.

    Raises:
        Unmeasurable: a number is no whole number, or outside its limits.
    """
    count = whole(events, "events", 1, MOST)
    draw = np.random.default_rng(whole(seed, "seed", 0))
    return Log(count, draw, rates()).table()
