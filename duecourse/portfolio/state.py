"""Where every account stands, and what a month does to it."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TypeAlias

import numpy as np

from duecourse.columns import Flags, Floats
from duecourse.portfolio.parameters import TREATMENTS, Parameters
from duecourse.portfolio.people import Bools, People, Rng

NONE, REMINDER, CALL, PLAN, LETTER = range(5)
CURED, HELD, MISSED = 2, 1, 0

Choose: TypeAlias = Callable[["State", Flags, Rng], tuple[Flags, Bools]]
"""What is done this month: from the state, the buckets at its beginning and chance to a treatment
for each account (0 where nothing is past due) and whether it was drawn by lot."""


@dataclass
class State:
    """One entry an account. `paid` counts instalments settled, `credit` is cents towards the next."""

    people: People
    willingness: Floats
    paid: Flags
    credit: Flags
    hardship: Flags
    """months since a shock began; 0: none"""
    cause: Flags
    told: Bools
    """the present hardship has been told"""
    shown: Flags
    """months for which a plan is still shown as not past due"""
    written_off: Flags
    """the month of the write-off; -1: none"""

    def copy(self) -> "State":
        """Return a copy that can go its own way."""
        own = [one.name for one in fields(self) if one.name != "people"]
        return replace(self, **{name: getattr(self, name).copy() for name in own})

    def of(self, at: Flags) -> "State":
        """Return a copy that holds only the accounts at these positions."""
        people = {one.name: getattr(self.people, one.name)[at] for one in fields(People)}
        own = [one.name for one in fields(self) if one.name != "people"]
        return State(People(**people), **{name: getattr(self, name)[at] for name in own})

    def due(self, month: int) -> Flags:
        """Return how many instalments have fallen due by the end of a month; 0 before opening."""
        return np.clip(month - self.people.opened, 0, self.people.term)

    def bucket(self, month: int) -> Flags:
        """Return the bucket at the end of a month: months since the oldest unpaid due date."""
        age = month - self.people.opened - self.paid
        return np.where(self.paid < self.people.term, np.maximum(age, 0), 0)

    def open(self, month: int) -> Bools:
        """Return which accounts exist at the start of a month, unpaid and not written off."""
        begun = self.people.opened <= month
        return begun & (self.written_off < 0) & (self.paid < self.people.term)

    def ability(self, p: Parameters) -> Floats:
        """Return the ability to pay now, hardship included once the household's reserve is used."""
        hit = self.hardship > p.hardship_reserve
        return self.people.ability + p.hardship_effect * hit

    def reach(self, bucket: Flags, p: Parameters) -> Flags:
        """Return 0 reachable, 1 partly reachable, 2 lost; a reassigned number is lost."""
        contact = self.people.contact - p.reach_loss * np.maximum(bucket - 1, 0)
        high, low = p.reach_cuts
        level = np.where(contact > high, 0, np.where(contact > low, 1, 2))
        return np.where(self.people.reassigned, 2, level)

    def affordable(self, p: Parameters) -> Bools:
        """Return who can pay the balance within the longest plan and keep the buffer."""
        room = np.maximum(self.people.surplus, 0) * (1 - p.plan_buffer)
        return self.people.balance(self.paid) / p.plan_months <= room


def begin(people: People) -> State:
    """Return the state before the first month."""
    count = len(people)
    zeros = np.zeros(count, dtype=np.int64)
    return State(
        people=people,
        willingness=people.willingness.copy(),
        paid=zeros.copy(),
        credit=zeros.copy(),
        hardship=zeros.copy(),
        cause=zeros.copy(),
        told=np.zeros(count, dtype=np.bool_),
        shown=zeros.copy(),
        written_off=zeros - 1,
    )


def sigmoid(x: Floats) -> Floats:
    """Return 1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-x)), dtype=np.float64)


def effect(treatment: Flags, ability: Floats, willingness: Floats, p: Parameters) -> Floats:
    """Return the log-odds that a treatment adds where it takes effect."""
    table = np.array([p.effects[name] for name in TREATMENTS])
    kind = 2 * (ability <= p.high) + (willingness <= p.high)
    return np.asarray(table[treatment, kind], dtype=np.float64)


def takes_effect(treatment: Flags, talked: Bools, state: State, p: Parameters) -> Bools:
    """Return where a treatment takes effect.

    Calls need a conversation with the customer, plans also an affordable instalment; reminders
    do not reach a number that belongs to somebody else.
    """
    return np.select(
        [treatment == REMINDER, treatment == CALL, treatment == PLAN, treatment == LETTER],
        [~state.people.reassigned, talked, talked & state.affordable(p), True],
        default=False,
    )


def resolve_chance(bucket: Flags, ability: Floats, willingness: Floats, p: Parameters) -> Floats:
    """Return the log-odds that an account does not move on, without any treatment."""
    base = np.array(p.resolve_base)[np.minimum(bucket, 6)]
    traits = p.resolve_traits
    return np.asarray(
        base + traits["ability"] * ability + traits["willingness"] * willingness, dtype=np.float64
    )


def shocks(state: State, exists: Bools, rng: Rng, p: Parameters) -> None:
    """Let hardship end and begin, in place."""
    count = len(state.people)
    u, cause = rng.random(count), rng.random(count)
    base, slope = p.hardship_onset
    ends = (state.hardship > 0) & (u < 1 / p.hardship_months)
    starts = exists & (state.hardship == 0) & (u < base * np.exp(slope * state.people.ability))
    state.hardship[state.hardship > 0] += 1
    state.hardship[ends] = 0
    state.hardship[starts] = 1
    state.told[starts] = False
    cuts = np.cumsum(list(p.hardship_causes.values()))[:-1]
    state.cause[starts] = np.searchsorted(cuts, cause)[starts]
