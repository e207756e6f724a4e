"""The payments of a month: when, how much, and which of them came back."""

from dataclasses import dataclass

import numpy as np

from duecourse.columns import Flags, Floats
from duecourse.portfolio.calendar import Days
from duecourse.portfolio.month import Month
from duecourse.portfolio.parameters import Parameters
from duecourse.portfolio.people import Bools, Rng
from duecourse.portfolio.state import CURED, HELD, MISSED, State, sigmoid

PAYMENT, REVERSAL, RECOVERY, SALE = range(4)
KINDS = ("payment", "reversal", "recovery", "sale")
YEAR = 12


@dataclass
class Entries:
    """Ledger entries of one month, in the order of their days.

    Attributes:
        account: the account's position.
        day: the day of the month, from 1.
        cents: the amount; negative for a reversal.
        reverses: the position among these entries of the payment taken back; -1: none.
    """

    account: Flags
    day: Days
    cents: Flags
    kind: Flags
    reverses: Flags


class _Page:
    """Collects entries, each with the position of the entry that it takes back."""

    def __init__(self) -> None:
        self.parts: list[tuple[Flags, Flags, Flags, Flags, Flags]] = []
        self.count = 0

    def add(
        self,
        account: Flags,
        day: Flags,
        cents: Flags,
        kind: int = PAYMENT,
        reverses: Flags | None = None,
    ) -> Flags:
        """Add entries and return their positions."""
        size = len(account)
        back = np.full(size, -1) if reverses is None else reverses
        self.parts.append((account, day, cents, np.full(size, kind), back))
        self.count += size
        return np.arange(self.count - size, self.count)

    def sorted(self) -> Entries:
        """Return all entries in the order of their days."""
        account, day, cents, kind, back = (
            np.concatenate(column) for column in zip(*self.parts, strict=True)
        )
        order = np.lexsort((np.arange(len(day)), day))
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        back = np.where(back >= 0, place[np.maximum(back, 0)], -1)
        return Entries(account[order], day[order], cents[order], kind[order], back[order])


def entries(
    state: State, owed: Flags, done: Month, length: int, rng: Rng, p: Parameters
) -> Entries:
    """Return the ledger entries of a month.

    Args:
        state: where the accounts stand after the month.
        owed: cents past due at its beginning, less what was credited already.
        done: what happened in the month.
        length: its days.
        rng: the month's own source of chance.
        p: the parameters.
    """
    page = _Page()
    falls_due = done.exists & (state.due(done.number) > state.due(done.number - 1))
    ability = state.ability(p)
    _on_time(page, state, falls_due, done, (ability, length), rng, p)
    _missed(page, state, falls_due, done, length, rng, p)
    _collected(page, state, (owed, falls_due), done, length, rng, p)
    _after_write_off(page, state, done, length, rng, p)
    return page.sorted()


def _on_time(
    page: _Page,
    state: State,
    falls_due: Bools,
    done: Month,
    given: tuple[Floats, int],
    rng: Rng,
    p: Parameters,
) -> None:
    """Pay the month's instalment of accounts that were not past due; some debits bounce first."""
    ability, length = given
    at = np.flatnonzero(falls_due & (done.before == 0) & (done.result == CURED))
    due = state.people.due_day[at]
    base, slope = p.late_in_month
    # chance is drawn for everybody, so that it is the same whatever is done for others
    count = len(state.people)
    u, late = rng.random(count)[at], rng.random(count)[at]
    is_late = late < sigmoid(base + slope * state.willingness[at])
    after = due + 1 + (u * (length - due)).astype(np.int64)
    ahead = u < p.early_in_month
    early = np.maximum(due - ahead * (1 + (u * 20).astype(np.int64)), 1)
    day = np.where(is_late, np.minimum(after, length), early)
    cents = state.people.instalment[at]
    usual, by_ability, _missed_ones = p.bounce
    bounced = rng.random(count)[at] < usual * np.exp(by_ability * ability[at])
    back = at[bounced]
    first = page.add(back, due[bounced], cents[bounced])
    page.add(back, due[bounced] + 2, -cents[bounced], REVERSAL, first)
    again = np.minimum(due[bounced] + 3 + (4 * u[bounced]).astype(np.int64), length)
    page.add(at, np.where(bounced, _spread(again, bounced), day), cents)


def _spread(values: Flags, where: Bools) -> Flags:
    whole = np.zeros(len(where), dtype=np.int64)
    whole[where] = values
    return whole


def _missed(
    page: _Page, state: State, falls_due: Bools, done: Month, length: int, rng: Rng, p: Parameters
) -> None:
    """Let debits of missed instalments bounce, and part payments come in."""
    tried = falls_due & (done.before == 0) & (done.result == MISSED)
    tried &= rng.random(len(tried)) < p.bounce[2]
    at = np.flatnonzero(tried)
    due, cents = state.people.due_day[at], state.people.instalment[at]
    first = page.add(at, due, cents)
    page.add(at, due + 2, -cents, REVERSAL, first)
    u, lag = rng.random(len(tried)), rng.random(len(tried))
    promised = done.promise_due > 0
    start = np.where(done.before > 0, 3, state.people.due_day)
    day = np.minimum(start + (u * (length - start)).astype(np.int64), length)
    # a kept promise of a part is paid between the conversation and its due day
    span = done.promise_due - done.talk_day
    kept = done.talk_day + 1 + (lag * span).astype(np.int64)
    broken = np.minimum(done.talk_day + 1, length)
    day = np.where(promised, np.where(done.kept, np.minimum(kept, done.promise_due), broken), day)
    some = np.flatnonzero(done.part > 0)
    page.add(some, day[some], done.part[some])


def _collected(
    page: _Page,
    state: State,
    given: tuple[Flags, Bools],
    done: Month,
    length: int,
    rng: Rng,
    p: Parameters,
) -> None:
    """Pay what is past due, or one instalment of it, and this month's instalment when it falls due."""
    owed, falls_due = given
    resolved = (done.before > 0) & (done.result != MISSED)
    at = np.flatnonzero(resolved)
    count = len(state.people)
    u, late = rng.random(count)[at], rng.random(count)[at] < p.promise_late
    talk, due = done.talk_day[at], done.promise_due[at]
    free = np.maximum(talk, 3)
    day = free + (u * (27 - free)).astype(np.int64)
    in_time = talk + 1 + (u * (due - talk)).astype(np.int64)
    kept = np.where(late, due + 1 + (3 * u).astype(np.int64), np.minimum(in_time, due))
    broken = np.minimum(due + 4 + (u * 6).astype(np.int64), length)
    day = np.where(due > 0, np.where(done.kept[at], kept, broken), day)
    one, held = state.people.instalment[at], done.result[at] == HELD
    page.add(at, day, np.where(held, np.minimum(one, owed[at]), owed[at]))
    new = np.flatnonzero(falls_due[at] & ~held)
    page.add(at[new], np.maximum(day[new], state.people.due_day[at[new]]), one[new])


def _after_write_off(
    page: _Page, state: State, done: Month, length: int, rng: Rng, p: Parameters
) -> None:
    """Recover a little after the write-off, and sell the claim."""
    since = np.where(state.written_off >= 0, done.number - state.written_off, 0)
    claim = np.round(state.people.balance(state.paid) * 100).astype(np.int64)
    chance, share = p.recovery_month
    u, when = rng.random(len(since)), rng.integers(1, length + 1, len(since))
    pays = np.flatnonzero((since > 0) & (since < p.sale_after) & (u < chance))
    page.add(pays, when[pays], (share * claim[pays]).astype(np.int64), RECOVERY)
    sold = np.flatnonzero(since == p.sale_after)
    price = sale_price(p.sale_after / YEAR, p)
    page.add(sold, when[sold], (price * claim[sold]).astype(np.int64), SALE)


def sale_price(years: float, p: Parameters) -> float:
    """Return what a written-off claim is sold for, as a share of it.

    Args:
        years: since the write-off; below one year the first price, above five the second, an even
            exponential decay between.
        p: the parameters.
    """
    young, old = p.sale_price
    at = min(max((years - 1) / 4, 0.0), 1.0)
    return float(young * (old / young) ** at)
