"""What will come of each treatment, in the model: expected exactly, or played out once.

Both look at the accounts that are past due at the end of a simulation, and repeat one treatment
every month until an account is no longer past due.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series

from duecourse.columns import Flags, Floats, Unmeasurable
from duecourse.language import _
from duecourse.portfolio.calendar import calendar
from duecourse.portfolio.parameters import TREATMENTS, Parameters, standard
from duecourse.portfolio.people import FIRST_ID, Bools, Rng
from duecourse.portfolio.simulation import Simulation, advance
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
from duecourse.treatments import terms

_BUCKETS = 8
_SHOCK = 3
"""States of hardship: none, begun but still carried by savings, felt."""


def past_due(made: Simulation) -> NDArray[np.int64]:
    """Return the positions of the accounts that are past due at the end and not written off."""
    month = made.calendar.months - 1
    state = made.state
    open_ = (state.written_off < 0) & (state.people.opened <= month)
    return np.flatnonzero(open_ & (state.bucket(month) > 0))


def prospects(made: Simulation, horizon: int = 6, p: Parameters | None = None) -> DataFrame:
    """Return what each treatment brings for every account past due, as the model expects it.

    The expectation is exact: it follows the probabilities of all buckets and of hardship from month
    to month. Money that settles no whole instalment is left out.

    Args:
        made: the simulated book.
        horizon: months ahead, at least 1.
        p: other parameters than the kit's own.

    Returns:
        one row an account and treatment: ``account_id``, ``treatment``, ``cash`` (yuan settled),
        ``cost`` (yuan spent), ``complaints`` (upheld ones expected), ``cured`` and ``written_off``
        (chance at the end of the horizon to be up to date; to be lost).

    Raises:
        Unmeasurable: the horizon is below 1.
    """
    if horizon < 1:
        raise Unmeasurable(
            _("'{name}' must be a whole number of at least {least}. Found: {found}.").format(
                name="horizon", least=1, found=horizon
            )
        )
    p = p or standard()
    at = past_due(made)
    parts = [_expected(made, at, treatment, horizon, p) for treatment in range(len(TREATMENTS))]
    return pd.concat(parts, ignore_index=True)


@dataclass
class _Chances:
    """Chances that depend on the bucket before the month; arrays of accounts by hardship."""

    resolve: Floats
    contacts: Floats


def _expected(
    made: Simulation, at: Flags, treatment: int, horizon: int, p: Parameters
) -> DataFrame:
    state, people = made.state, made.state.people
    last = made.calendar.months - 1
    count = len(at)
    # the probability of every bucket (rows: accounts) and state of hardship
    mass = np.zeros((count, _BUCKETS, _SHOCK))
    begun = np.minimum(state.hardship[at], p.hardship_reserve + 1)
    mass[np.arange(count), state.bucket(last)[at], np.where(begun == 0, 0, begun)] = 1
    closed, lost = np.zeros(count), np.zeros(count)
    settled, treated, contacts = np.zeros(count), np.zeros(count), np.zeros(count)
    age, term = last - people.opened[at], people.term[at]
    steps = [_chances(state, at, bucket, treatment, p) for bucket in range(7)]
    base, slope = p.hardship_onset
    onset = base * np.exp(slope * people.ability[at])
    for ahead in range(1, horizon + 1):
        mass = _shocked(mass, onset, 1 / p.hardship_months)
        after = np.zeros_like(mass)
        for bucket in range(7):
            here = mass[:, bucket]
            paid = np.minimum(age + ahead - 1 - bucket, term)
            due = np.minimum(age + ahead, term)
            done = paid >= term
            closed += np.where(done, here.sum(axis=1), 0)
            here = np.where(done[:, None], 0.0, here)
            chance = steps[bucket]
            resolved = here * chance.resolve
            holds = p.hold if bucket > 1 else 0.0
            treated += here.sum(axis=1) * (bucket > 0)
            contacts += (here * chance.contacts).sum(axis=1)
            settled += (1 - holds) * resolved.sum(axis=1) * (due - paid)
            settled += holds * resolved.sum(axis=1)
            after[:, 0] += (1 - holds) * resolved
            finished = (paid + 1 >= term)[:, None]
            after[:, bucket] += np.where(finished, 0.0, holds * resolved)
            closed += np.where(finished[:, 0], holds * resolved.sum(axis=1), 0)
            missed = here - resolved
            if bucket + 1 < _BUCKETS - 1:
                after[:, bucket + 1] += missed
            else:
                lost += missed.sum(axis=1)
        mass = after
    contact, factor = p.complaint
    upheld = contact * ((1 - p.breach) * p.complaint_upheld[0])
    upheld += contact * p.breach * factor * p.complaint_upheld[1]
    return DataFrame(
        {
            "account_id": at + FIRST_ID,
            "treatment": TREATMENTS[treatment],
            "cash": settled * people.instalment[at] / 100,
            "cost": treated * terms().treatments[TREATMENTS[treatment]].cost,
            "complaints": contacts * upheld,
            "cured": closed + mass[:, 0].sum(axis=1),
            "written_off": lost,
        }
    )


def _shocked(mass: Floats, onset: Floats, ends: float) -> Floats:
    """Let a month of hardship pass: it begins, is carried by savings, is felt, ends."""
    none, new, felt = mass[:, :, 0], mass[:, :, 1], mass[:, :, 2]
    begins = none * onset[:, None]
    return np.stack(
        [none - begins + (new + felt) * ends, begins, (new + felt) * (1 - ends)], axis=2
    )


def _chances(state: State, at: Flags, bucket: int, treatment: int, p: Parameters) -> _Chances:
    """Return the chance to resolve by hardship, and the contacts expected, in one bucket."""
    count = len(state.people)
    buckets = np.full(count, bucket)
    what = np.full(count, treatment if bucket else NONE)
    rate = np.array(p.right_party)[state.reach(buckets, p)]
    calls = p.attempts[bucket] if bucket and treatment in (CALL, PLAN) else 0
    talks = 1 - (1 - rate) ** calls
    spoken = treatment in (CALL, PLAN)
    acts = takes_effect(what, np.full(count, spoken), state)
    works = np.where(acts, talks if spoken else 1.0, 0.0)
    found = np.empty((count, _SHOCK))
    for hit in range(_SHOCK):
        ability = state.people.ability + p.hardship_effect * (hit > p.hardship_reserve)
        odds = resolve_chance(buckets, ability, state.willingness, p)
        gain = effect(what, ability, state.willingness, p)
        found[:, hit] = works * sigmoid(odds + gain) + (1 - works) * sigmoid(odds)
    contacts = talks / rate if calls else np.zeros(count)
    if bucket and treatment in (REMINDER, LETTER):
        contacts = np.ones(count)
    return _Chances(found[at], np.repeat(contacts[at, None], _SHOCK, axis=1))


def play(
    made: Simulation, chosen: Series, horizon: int = 6, seed: int = 1, p: Parameters | None = None
) -> DataFrame:
    """Play the coming months out once, with a treatment for every account past due.

    The same seed gives every account the same luck whatever is chosen, so two choices can be
    compared on the same people.

    Args:
        made: the simulated book; it is not changed.
        chosen: a treatment by account_id; accounts that are not named get none.
        horizon: months ahead.
        seed: of this one future.
        p: other parameters than the kit's own.

    Returns:
        one row an account past due: ``account_id``, ``treatment``, ``cash`` (yuan settled),
        ``cost`` (yuan), ``complaints`` (upheld), ``cured`` (up to date at the end), ``written_off``.

    Raises:
        Unmeasurable: there is no such treatment.
    """
    p = p or standard()
    at, state = past_due(made), made.state.copy()
    last = made.calendar.months - 1
    wanted = np.zeros(len(state.people), dtype=np.int64)
    names = chosen.reindex(at + FIRST_ID).fillna("none")
    if strange := sorted(set(names) - set(TREATMENTS)):
        raise Unmeasurable(
            _("There is no treatment '{name}'. There are: {names}.").format(
                name=strange[0], names=", ".join(TREATMENTS)
            )
        )
    wanted[at] = [TREATMENTS.index(name) for name in names]
    found = {name: np.zeros(len(state.people)) for name in ("cost", "complaints")}
    begun, cured = state.paid.copy(), np.zeros(len(state.people), dtype=np.bool_)
    price = np.array([terms().treatments[name].cost for name in TREATMENTS])

    def choose(_state: State, bucket: Flags, _rng: Rng) -> tuple[Flags, Bools]:
        return np.where(bucket > 0, wanted, NONE), np.zeros(len(bucket), dtype=np.bool_)

    def note(_state: State, done: "object", *_more: object) -> None:
        found["cost"] += price[done.treatment]  # type: ignore[attr-defined]
        found["complaints"] += done.upheld  # type: ignore[attr-defined]

    end = np.datetime64("1970-01-01") + made.calendar.first[-1]
    span = calendar(str(end.astype("datetime64[M]") + horizon - 1), last + 1 + horizon)
    for month in range(last + 1, last + 1 + horizon):
        advance(state, month, span, seed, choose, p, note)
    cured = (state.bucket(last + horizon) == 0) & (state.written_off < 0)
    settled = (state.paid - begun) * state.people.instalment / 100
    return DataFrame(
        {
            "account_id": at + FIRST_ID,
            "treatment": names.to_numpy(),
            "cash": settled[at],
            "cost": found["cost"][at],
            "complaints": found["complaints"][at],
            "cured": cured[at],
            "written_off": state.written_off[at] >= 0,
        }
    )
