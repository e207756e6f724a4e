"""For a whole log: whether a debt's limitation period had run out on each event's day."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from duecourse.rules.counts import Bools, Ints
from duecourse.rules.periods import LIMITATION_YEARS, Reset, limitation, months_later
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
    """Return for each day whether the period had run out by what had happened until then."""
    counted = limitation(resets).counted
    if not counted:
        return np.zeros(len(days), dtype=bool)
    starts = np.array([_number(one.on) for one in counted])
    if counted[0].kind == "due":
        # a due date is known beforehand
        starts[0] = np.iinfo(np.int64).min
    ends = np.array([_number(months_later(one.on, 12 * LIMITATION_YEARS)) for one in counted])
    at = np.searchsorted(starts, days, side="right") - 1
    found: Bools = (at >= 0) & (days > ends[at])
    return found


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH


_EPOCH = date(1970, 1, 1).toordinal()
