"""One month of a book: contacts, conversations, promises, and who moves on."""

from dataclasses import dataclass

import numpy as np

from duecourse.columns import Flags, Floats
from duecourse.portfolio.parameters import Parameters
from duecourse.portfolio.people import Bools, Rng
from duecourse.portfolio.state import (
    CALL,
    CURED,
    HELD,
    LETTER,
    MISSED,
    PLAN,
    REMINDER,
    Choose,
    State,
    effect,
    resolve_chance,
    shocks,
    sigmoid,
    takes_effect,
)


@dataclass
class Month:
    """What happened in one month; one entry an account, -1 or 0 where nothing did.

    Attributes:
        exists: open at the month's start, or opened in it.
        before: the bucket at the month's start.
        result: CURED, HELD or MISSED.
        calls: attempts made; they end with the first conversation.
        talk_day: the day of the conversation, from 1.
        promise_due: the day on which a promised payment falls due; 0: no promise.
        promise_cents: what was promised.
        kept: the promise is kept within its grace days.
        part: cents paid that settle no whole instalment.
        disclosed: this case of hardship was told for the first time.
    """

    number: int
    exists: Bools
    before: Flags
    treatment: Flags
    by_lot: Bools
    reach: Flags
    calls: Flags
    talk_day: Flags
    promise_due: Flags
    promise_cents: Flags
    kept: Bools
    result: Flags
    part: Flags
    disclosed: Bools
    breaches: Flags
    complains: Bools
    upheld: Bools


def step(state: State, month: int, length: int, choose: Choose, rng: Rng, p: Parameters) -> Month:
    """Let one month pass, in place, and return what happened.

    The same generator gives every account the same luck whatever is chosen for it, so that two
    strategies can be compared on the same people.

    Args:
        state: where the accounts stand at the month's start.
        month: its number.
        length: its days.
        choose: what is done for whom.
        rng: the month's own source of chance.
        p: the parameters.
    """
    count = len(state.people)
    exists = state.open(month)
    before = np.where(exists, state.bucket(month - 1), 0)
    shocks(state, exists, rng, p)
    treatment, by_lot = choose(state, before, rng)
    treatment = np.where(exists & (before > 0), treatment, 0)
    reach = state.reach(before, p)
    calls, talk_day = _calls(state, treatment, before, reach, rng, p)
    talked = talk_day > 0
    ability, will = state.ability(p), state.willingness
    odds = resolve_chance(before, ability, will, p)
    acts = takes_effect(treatment, talked, state, p)
    odds += np.where(acts, effect(treatment, ability, will, p), 0.0)
    falls_due = exists & (state.due(month) > state.due(month - 1))
    resolved = exists & ((before > 0) | falls_due) & (rng.random(count) < sigmoid(odds))
    holds = (before > 1) & (rng.random(count) < p.hold)
    result = np.where(resolved, np.where(holds, HELD, CURED), MISSED)
    owed = cents_owed(state, month - 1)
    due, cents, kept = _promises(
        state, before, talk_day, (result, owed, length), (ability, will), rng, p
    )
    part = _part(state, before, (result, cents, kept), falls_due, (ability, will), rng, p)
    share = np.select(
        [treatment == CALL, treatment == PLAN],
        [p.hardship_disclosed["call"], p.hardship_disclosed["plan"]],
    )
    disclosed = talked & (state.hardship > 0) & (rng.random(count) < share) & ~state.told
    state.told |= disclosed
    breaches = _breaches(calls, rng.random(count), p)
    complains, upheld = _complaints(treatment, calls, breaches, rng, p)
    _move(state, month, result, part)
    state.willingness = state.willingness + p.complaint_effect * upheld
    agreed = (treatment == PLAN) & (due > 0) & state.affordable(p)
    state.shown = np.where(agreed, p.plan_shown, np.maximum(state.shown - 1, 0))
    return Month(
        month, exists, before, treatment, by_lot, reach, calls, talk_day, due, cents, kept,
        result, part, disclosed, breaches, complains, upheld,
    )  # fmt: skip


def _calls(
    state: State, treatment: Flags, bucket: Flags, reach: Flags, rng: Rng, p: Parameters
) -> tuple[Flags, Flags]:
    """Draw how often is called and on which day a conversation comes about (0: none)."""
    chance = np.array(p.right_party)[reach]
    planned = np.array(p.attempts)[np.minimum(bucket, 6)]
    planned = np.where((treatment == CALL) | (treatment == PLAN), planned, 0)
    u, jitter = rng.random(len(reach)), rng.random(len(reach))
    first = 1 + np.floor(np.log1p(-u) / np.log1p(-chance)).astype(np.int64)
    talked = (first <= planned) & (planned > 0) & ~state.people.reassigned
    calls = np.where(talked, first, planned)
    day = 2 + ((first - 1 + jitter) * 19 / np.maximum(planned, 1)).astype(np.int64)
    return calls, np.where(talked, np.minimum(day, 21), 0)


def cents_owed(state: State, month: int) -> Flags:
    """Return what is past due at the end of a month, in cents."""
    owed = (state.due(month) - state.paid) * state.people.instalment - state.credit
    return np.asarray(np.maximum(owed, 0), dtype=np.int64)


def _promises(
    state: State,
    bucket: Flags,
    talk_day: Flags,
    outcome: tuple[Flags, Flags, int],
    traits: tuple[Floats, Floats],
    rng: Rng,
    p: Parameters,
) -> tuple[Flags, Flags, Bools]:
    """Draw promises made in conversations: the day due, the cents, and whether they are kept.

    Who cures has promised what is past due or one instalment; who holds, one instalment; who
    misses and yet keeps a promise had promised less than an instalment.
    """
    result, owed, length = outcome
    ability, will = traits
    count = len(bucket)
    base, by_will, by_ability = p.promise
    promised = (talk_day > 0) & (
        rng.random(count) < sigmoid(base + by_will * will + by_ability * ability)
    )
    odds = np.array(p.promise_kept)[np.minimum(bucket, 6)]
    odds = odds + p.promise_traits["ability"] * ability + p.promise_traits["willingness"] * will
    kept = promised & (rng.random(count) < sigmoid(odds))
    one = state.people.instalment
    whole, part = rng.random(count) < p.promise_whole, rng.uniform(*p.promise_part, count)
    cents = np.where(whole, owed, np.minimum(one, owed))
    cents = np.where(result == HELD, np.minimum(one, owed), cents)
    small = np.minimum((part * one).astype(np.int64), one * 9 // 10 - state.credit)
    kept &= (result != MISSED) | (small > one // 20)
    cents = np.where(kept & (result == MISSED), small, cents)
    first, last = p.promise_days
    due = np.minimum(talk_day + rng.integers(first, last + 1, count), length - 5)
    promised &= cents > 0
    return np.where(promised, due, 0), np.where(promised, cents, 0), kept & promised


def _part(
    state: State,
    bucket: Flags,
    promise: tuple[Flags, Flags, Bools],
    falls_due: Bools,
    traits: tuple[Floats, Floats],
    rng: Rng,
    p: Parameters,
) -> Flags:
    """Draw what is paid by those who miss: never enough to settle an instalment."""
    result, cents, kept = promise
    ability, will = traits
    count = len(bucket)
    base, by_ability, by_will = p.part_payment
    some = rng.random(count) < sigmoid(base + by_ability * ability + by_will * will)
    one = state.people.instalment
    room = np.maximum(one * 9 // 10 - state.credit, 0)
    wanted = (rng.uniform(*p.part_size, count) * one).astype(np.int64)
    # a broken promise stays well below nine tenths of what was promised
    most = np.where((cents > 0) & ~kept, np.minimum(room, cents * 7 // 10), room)
    paid = np.where(some, np.minimum(wanted, most), 0)
    paid = np.where(kept, cents, paid)
    missed = (result == MISSED) & (falls_due | (bucket > 0))
    return np.where(missed & (paid > one // 50), paid, 0)


def _breaches(calls: Flags, u: Floats, p: Parameters) -> Flags:
    """Return how many of the calls break the rules: a binomial number.

    It is found from one uniform number an account, since a generator's own binomial numbers use up
    more or less of its luck as there are more or fewer calls.
    """
    at = np.flatnonzero(calls)
    made, u, found = calls[at], u[at], np.zeros(len(at), dtype=np.int64)
    chance = (1 - p.breach) ** made
    upto = chance.copy()
    for count in range(int(made.max(initial=0))):
        found += (u > upto) & (count < made)
        chance = chance * (made - count) / (count + 1) * p.breach / (1 - p.breach)
        upto += chance
    breaches = np.zeros(len(calls), dtype=np.int64)
    breaches[at] = found
    return breaches


def _complaints(
    treatment: Flags, calls: Flags, breaches: Flags, rng: Rng, p: Parameters
) -> tuple[Bools, Bools]:
    chance, factor = p.complaint
    contacts = calls + (treatment == REMINDER) + (treatment == LETTER)
    quiet = (1 - chance) ** (contacts - breaches) * (1 - chance * factor) ** breaches
    complains = rng.random(len(calls)) < 1 - quiet
    right = np.where(breaches > 0, p.complaint_upheld[1], p.complaint_upheld[0])
    return complains, complains & (rng.random(len(calls)) < right)


def _move(state: State, month: int, result: Flags, part: Flags) -> None:
    """Settle instalments and write off, in place."""
    due = state.due(month)
    state.credit = np.where(result == CURED, 0, state.credit + part)
    state.paid = np.select(
        [result == CURED, result == HELD], [due, state.paid + 1], default=state.paid
    )
    # the last instalment paid by holding leaves nothing to be credited to
    state.credit = np.where(state.paid >= state.people.term, 0, state.credit)
    gone = (state.bucket(month) >= 7) & (state.written_off < 0) & (state.people.opened <= month)
    state.written_off = np.where(gone, month, state.written_off)
