"""For a whole log: whether a debt's limitation period had run out on each event's day."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from duecourse.rules.counts import Bools, Ints
from duecourse.rules.periods import Reset, limitation
from duecourse.rules.values import days_of


def time_barred(accounts: Series, days: Ints, resets: DataFrame) -> Ints:
    """Return 1 where the period had run out, 0 where not, -1 where nothing is known of the account.

    Args:
        accounts: account of each event.
        days: day of each event as a number, ascending.
        resets: what can start a period: `account_id`, `on`, `kind`, `arrived`. An event is judged by
            what had happened up to its own day.
    """
    codes, ids = pd.factorize(accounts)
    found = np.full(len(days), -1, dtype=np.int64)
    known = _resets(resets)
    order = np.argsort(codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(len(ids) + 1))
    for place, account in enumerate(ids):
        if account in known:
            rows = order[edges[place] : edges[place + 1]]
            found[rows] = _run_out(known[account], days[rows])
    return found


def _resets(table: DataFrame) -> dict[Any, list[Reset]]:
    """Return what can start a limitation period, by account."""
    days = days_of(table["on"], "on").astype(object)
    arrived = table["arrived"] if "arrived" in table.columns else [True] * len(table)
    found: dict[Any, list[Reset]] = {}
    for account, on, kind, came in zip(
        table["account_id"], days, table["kind"], arrived, strict=True
    ):
        found.setdefault(account, []).append(Reset(on, kind, bool(came)))
    return found


def _run_out(resets: list[Reset], days: Ints) -> Bools:
    """Return for ascending days whether the period had run out by what was known on each."""
    epoch = date(1970, 1, 1).toordinal()
    steps = sorted({one.on.toordinal() - epoch for one in resets})
    ends = []
    for step in steps:
        expires = limitation(resets, until=date.fromordinal(step + epoch)).expires
        ends.append(expires.toordinal() - epoch if expires else np.iinfo(np.int64).max)
    first = limitation(resets, until=date.min).expires
    ends.insert(0, first.toordinal() - epoch if first else np.iinfo(np.int64).max)
    at = np.searchsorted(np.array(steps), days, side="right")
    return days > np.array(ends)[at]
