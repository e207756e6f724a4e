"""What will come of each treatment, in the model: expected exactly, or played out once.

Both look at the accounts that are past due at the end of a simulation, and repeat one treatment
every month until an account is no longer past due.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series

from duecourse.columns import Flags, Floats, Unmeasurable
from duecourse.language import _
from duecourse.portfolio.month import Month
from duecourse.portfolio.parameters import TREATMENTS, Parameters
from duecourse.portfolio.people import FIRST_ID, Bools, Rng
from duecourse.portfolio.simulation import Simulation, advance
from duecourse.portfolio.sizes import MOST_MONTHS, whole
from duecourse.portfolio.state import (
    CALL,
    LETTER,
    NONE,
    PLAN,
    REMINDER,
    State,
    effect,
    resolve_chance,
    sigmoid,
    takes_effect,
)
from duecourse.treatments import chosen as read_treatments
from duecourse.treatments import known_treatments, once, terms

_BUCKETS = 7
"""Buckets of accounts that are not written off."""


def past_due(made: Simulation) -> NDArray[np.int64]:
    """Return the positions of the accounts that are past due at the end and not written off."""
    month = made.calendar.months - 1
    state = made.state
    open_ = (state.written_off < 0) & (state.people.opened <= month)
    return np.flatnonzero(open_ & (state.bucket(month) > 0))


def prospects(made: Simulation, horizon: int = 6, p: Parameters | None = None) -> DataFrame:
    """Return what each treatment brings for every account past due, as the model expects it.

    It follows the probabilities of all buckets and of hardship from month to month, and is exact but
    for one thing: that an upheld complaint lowers the willingness to pay in the months after it is
    left out. Money that settles no whole instalment is left out too.

    Args:
        made: the simulated book.
        horizon: months ahead, 1 to 600.
        p: other parameters than those that the book was simulated with.

    Returns:
        one row an account and treatment: ``account_id``, ``treatment``, ``cash`` (yuan settled),
        ``cost`` (yuan spent), ``complaints`` (upheld ones expected), ``cured`` and ``written_off``
        (chance at the end of the horizon to be up to date; to be lost).

    Raises:
        Unmeasurable: the horizon is below 1.
    """
    whole(horizon, "horizon", 1, MOST_MONTHS)
    p = p or made.parameters
    at = past_due(made)
    parts = [_expected(made, at, treatment, horizon, p) for treatment in range(len(TREATMENTS))]
    return pd.concat(parts, ignore_index=True)


def _expected(
    made: Simulation, at: Flags, treatment: int, horizon: int, p: Parameters
) -> DataFrame:
    state, last = made.state.of(at), made.calendar.months - 1
    people, count = state.people, len(at)
    # the probability of every bucket and state of hardship; rows: accounts. In the last of the
    # states hardship is felt, in those between 0 and it the household lives on its savings.
    felt = p.hardship_reserve + 1
    mass = np.zeros((count, _BUCKETS, felt + 1))
    mass[np.arange(count), state.bucket(last), np.minimum(state.hardship, felt)] = 1
    base, slope = p.hardship_onset
    onset = np.clip(base * np.exp(slope * people.ability), 0, 1)
    upheld = [_upheld(state, bucket, treatment, p) for bucket in range(_BUCKETS)]
    closed, lost = np.zeros(count), np.zeros(count)
    settled, treated, complaints = np.zeros(count), np.zeros(count), np.zeros(count)
    for month in range(last + 1, last + 1 + horizon):
        mass = _shocked(mass, onset, 1 / p.hardship_months)
        after = np.zeros_like(mass)
        for bucket in range(_BUCKETS):
            here = mass[:, bucket]
            paid = np.clip(month - 1 - people.opened - bucket, 0, people.term)
            due = np.clip(month - people.opened, 0, people.term)
            done = paid >= people.term
            closed += np.where(done, here.sum(axis=1), 0)
            here = np.where(done[:, None], 0.0, here)
            present = here.sum(axis=1)
            treated += present * (bucket > 0)
            complaints += present * upheld[bucket]
            resolved = here * _resolves(replace(state, paid=paid), bucket, treatment, felt, p)
            all_of_it = 1 - (p.hold if bucket > 1 else 0.0)
            settled += all_of_it * resolved.sum(axis=1) * (due - paid)
            after[:, 0] += all_of_it * resolved
            held = (1 - all_of_it) * resolved
            settled += held.sum(axis=1)
            finished = paid + 1 >= people.term
            closed += np.where(finished, held.sum(axis=1), 0)
            after[:, bucket] += np.where(finished[:, None], 0.0, held)
            missed = here - resolved
            if bucket + 1 < _BUCKETS:
                after[:, bucket + 1] += missed
            else:
                lost += missed.sum(axis=1)
        mass = after
    return DataFrame(
        {
            "account_id": at + FIRST_ID,
            "treatment": TREATMENTS[treatment],
            "cash": settled * people.instalment / 100,
            "cost": treated * terms().treatments[TREATMENTS[treatment]].cost,
            "complaints": complaints,
            "cured": closed + mass[:, 0].sum(axis=1),
            "written_off": lost,
        }
    )


def _shocked(mass: Floats, onset: Floats, ends: float) -> Floats:
    """Let a month of hardship pass: it begins, grows older up to the state in which it is felt, ends."""
    after = np.zeros_like(mass)
    begins = mass[:, :, 0] * onset[:, None]
    after[:, :, 0] = mass[:, :, 0] - begins + mass[:, :, 1:].sum(axis=2) * ends
    after[:, :, 1] = begins
    after[:, :, 2:] += mass[:, :, 1:-1] * (1 - ends)
    after[:, :, -1] += mass[:, :, -1] * (1 - ends)
    return after


def _resolves(state: State, bucket: int, treatment: int, felt: int, p: Parameters) -> Floats:
    """Return the chance to resolve in one bucket; rows: accounts, columns: states of hardship."""
    count = len(state.people)
    buckets = np.full(count, bucket)
    what = np.full(count, treatment if bucket else NONE)
    rate, calls = _reached(state, bucket, treatment, p)
    talks = 1 - (1 - rate) ** calls if treatment in (CALL, PLAN) else 1.0
    works = np.where(takes_effect(what, np.ones(count, dtype=np.bool_), state, p), talks, 0.0)
    found = np.empty((count, felt + 1))
    for hardship in range(felt + 1):
        ability = state.people.ability + p.hardship_effect * (hardship == felt)
        odds = resolve_chance(buckets, ability, state.willingness, p)
        gain = effect(what, ability, state.willingness, p)
        found[:, hardship] = works * sigmoid(odds + gain) + (1 - works) * sigmoid(odds)
    return found


def _reached(state: State, bucket: int, treatment: int, p: Parameters) -> tuple[Floats, int]:
    """Return the chance of a conversation in each call, and how many calls are made at most."""
    rate = np.array(p.right_party)[state.reach(np.full(len(state.people), bucket), p)]
    rate = np.where(state.people.reassigned, 0.0, rate)
    return rate, p.attempts[bucket] if bucket and treatment in (CALL, PLAN) else 0


def _upheld(state: State, bucket: int, treatment: int, p: Parameters) -> Floats:
    """Return the chance of an upheld complaint in a month that begins in one bucket.

    With n contacts of which a binomial number breaks the rules, a complaint is upheld with another
    chance where at least one does: the sum over that number is closed.
    """
    chance, factor = p.complaint
    compliant, with_breach = p.complaint_upheld
    if bucket and treatment in (REMINDER, LETTER):
        return np.full(len(state.people), chance * compliant)
    rate, calls = _reached(state, bucket, treatment, p)
    found = np.zeros(len(state.people))
    for made in range(1, calls + 1):
        # calls end with the first conversation
        weight = rate * (1 - rate) ** (made - 1) if made < calls else (1 - rate) ** (made - 1)
        quiet = ((1 - p.breach) * (1 - chance) + p.breach * (1 - chance * factor)) ** made
        clean = (1 - p.breach) ** made * (1 - (1 - chance) ** made)
        found += weight * (with_breach * (1 - quiet) - (with_breach - compliant) * clean)
    return found


def play(
    made: Simulation, chosen: Series, horizon: int = 6, seed: int = 1, p: Parameters | None = None
) -> DataFrame:
    """Play the coming months out once, with a treatment for every account past due.

    The same seed gives every account the same luck whatever is chosen, so two choices can be
    compared on the same people.

    Args:
        made: the simulated book; it is not changed.
        chosen: a treatment by account_id. Accounts past due that are not named get none; those that
            are named and not past due get none either.
        horizon: months ahead, 1 to 600.
        seed: of this one future, a whole number of at least 0.
        p: other parameters than those that the book was simulated with.

    Returns:
        one row an account past due: ``account_id``, ``treatment``, ``cash`` (yuan settled),
        ``cost`` (yuan), ``complaints`` (upheld), ``cured`` (up to date at the end), ``written_off``.

    Raises:
        Unmeasurable: there is no such treatment or account, or an account is named twice.
    """
    whole(horizon, "horizon", 1, MOST_MONTHS)
    whole(seed, "seed", 0)
    p = p or made.parameters
    at, state = past_due(made), made.state.copy()
    count, last = len(state.people), made.calendar.months - 1
    wanted = np.zeros(count, dtype=np.int64)
    wanted[at] = _wanted(chosen, count)[at]
    cost, upheld = np.zeros(count), np.zeros(count)
    begun = state.paid.copy()
    price = np.array([terms().treatments[name].cost for name in TREATMENTS])

    def choose(_state: State, bucket: Flags, _rng: Rng) -> tuple[Flags, Bools]:
        return np.where(bucket > 0, wanted, NONE), np.zeros(len(bucket), dtype=np.bool_)

    def note(_state: State, done: Month, *_more: object) -> None:
        cost[:] += price[done.treatment]
        upheld[:] += done.upheld

    span = made.calendar.longer(horizon)
    for month in range(last + 1, last + 1 + horizon):
        advance(state, month, span, seed, choose, p, note)
    cured = (state.bucket(last + horizon) == 0) & (state.written_off < 0)
    settled = (state.paid - begun) * state.people.instalment / 100
    return DataFrame(
        {
            "account_id": at + FIRST_ID,
            "treatment": np.array(TREATMENTS)[wanted[at]],
            "cash": settled[at],
            "cost": cost[at],
            "complaints": upheld[at],
            "cured": cured[at],
            "written_off": state.written_off[at] >= 0,
        }
    )


def _wanted(chosen: Series, count: int) -> Flags:
    """Return the number of the treatment chosen for each of so many accounts; 0 where none is."""
    table = read_treatments(chosen)
    known_treatments(table["treatment"])
    once(table["account_id"], "chosen")
    at = table["account_id"].to_numpy() - FIRST_ID
    if len(strange := table["account_id"][(at < 0) | (at >= count)]):
        raise Unmeasurable(
            _("The book has no account {account}. Its accounts are {first} to {last}.").format(
                account=strange.iloc[0], first=FIRST_ID, last=FIRST_ID + count - 1
            )
        )
    wanted = np.zeros(count, dtype=np.int64)
    wanted[at] = [TREATMENTS.index(name) for name in table["treatment"]]
    return wanted
