"""Do two learners share more wrong answers than learners do who worked alone?

Right answers say nothing: everybody may find them. Of the tasks that both got wrong, the statistic
adds up the surprise, -log(p), of every wrong answer that both gave, where p is how often others who
were wrong gave it. Its exact chance is that of a sum of independent events, as in the generalized
binomial test (van der Linden & Sotaridona 2006, https://doi.org/10.3102/10769986031003283), given one
learner's answers, as in ω (Wollack 1997, https://doi.org/10.1177/01466216970214002); only errors
count, as in error similarity analysis (Bellezza & Bellezza 1989). Of the two directions the greater
chance is taken, and Holm's step-down rule corrects for the number of pairs
(Holm 1979, https://www.jstor.org/stable/4615733).

The chances are careful rather than sharp: an answer that nobody else gave counts as given once
among the others, a known mistake is never taken for rare, and where others made two errors together,
the second is expected after the first.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import Any, Final

import numpy as np
import pandas as pd

LEVEL: Final = 0.05
"""Chance, corrected for the number of pairs, below which a pair is worth a look."""
LEAST: Final = 2
"""Identical wrong answers below which nothing is a pattern."""
EXPECTED: Final = 0.2
"""Chance of a known mistake among wrong answers, at least: it is known because it is often made."""
_ENOUGH: Final = 1
"""Others with the earlier answer from whom it can be told what comes after it."""
_STEP: Final = 0.05
"""Width in nats to which surprises are rounded, so that their sums can be counted."""
COLUMNS: Final = [
    *("learner", "other", "compared", "same", "known", "surprise"),
    *("chance", "corrected", "worth_a_look", "tasks"),
]

Place = tuple[str, Hashable]
"""A task and the world that it was worked in."""


@dataclass(frozen=True)
class _Wrong:
    """The wrong answers of a class.

    Attributes:
        by_learner: learner to place to answer.
        known: place and answer of known mistakes.
        order: the tasks in their order.
    """

    by_learner: Mapping[str, Mapping[Place, str]]
    known: frozenset[tuple[Place, str]]
    order: Mapping[str, int]


def compare(answers: pd.DataFrame) -> pd.DataFrame:
    """Compare every pair of learners.

    Args:
        answers: one row a learner and task, in the order of the tasks: learner, task, world (or
            missing), answer (a text that is the same for the same answer), right (of full points),
            known (a known mistake). Answers in different worlds are not compared.

    Returns:
        One row a pair with at least two identical wrong answers, the least likely first: learner,
        other, compared (tasks that both got wrong), same (identical wrong answers), known (known
        mistakes among them), surprise (nats), chance (that two who worked alone agree so much, in
        [0, 1]), corrected (for all pairs of the class), worth_a_look, tasks (with the same wrong
        answer, in order). ``attrs["pairs"]`` is how many pairs were compared.
    """
    wrong = _wrong(answers)
    everybody = _Class(wrong)
    learners = sorted(wrong.by_learner)
    rows = [
        row
        for pair in combinations(learners, 2)
        if (row := _pair(wrong, everybody, *pair)) is not None
    ]
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name not in _LATER])
    table = table.sort_values(["chance", "learner", "other"], ignore_index=True)
    count = len(learners) * (len(learners) - 1) // 2
    table["corrected"] = holm(table["chance"].to_list(), count)
    table["worth_a_look"] = table["corrected"] < LEVEL
    table = table[COLUMNS]
    table.attrs["pairs"] = count
    return table


_LATER: Final = frozenset({"corrected", "worth_a_look"})


def holm(chances: Sequence[float], count: int) -> list[float]:
    """Return chances corrected by Holm's rule.

    Args:
        chances: in rising order, the smallest of all.
        count: how many there are altogether; the others are larger than these.
    """
    corrected, highest = [], 0.0
    for place, chance in enumerate(chances):
        highest = max(highest, min(1.0, (count - place) * chance))
        corrected.append(highest)
    return corrected


def tail(chances: Sequence[float], happened: Sequence[bool]) -> float:
    """Return how likely it is that independent events are together at least so surprising.

    Args:
        chances: of each event, in (0, 1].
        happened: which of them happened.

    Returns:
        The probability that the sum of -log(chance) over the events that happen reaches what it is
        here; exact for surprises rounded to 0.05.
    """
    weights = [round(-log(chance) / _STEP) for chance in chances]
    reached = sum(weight for weight, did in zip(weights, happened, strict=True) if did)
    below = np.zeros(max(reached, 1))
    below[0] = 1.0
    for chance, weight in zip(chances, weights, strict=True):
        after = below * (1 - chance)
        if weight < len(below):
            after[weight:] += chance * below[: len(below) - weight]
        below = after
    # A difference of two numbers near 1 could come out below the smallest that can be told.
    return 1.0 if reached == 0 else float(min(1.0, max(1e-15, 1 - below.sum())))


class _Class:
    """How often others gave an answer, and gave it after another one."""

    def __init__(self, wrong: _Wrong) -> None:
        self._wrong = wrong
        self._counts: dict[Place, Counter[str]] = defaultdict(Counter)
        for own in wrong.by_learner.values():
            for place, answer in own.items():
                self._counts[place][answer] += 1

    def chance(self, place: Place, answer: str, pair: Sequence[str]) -> float:
        """Return the chance that somebody who is wrong here gives this answer."""
        counts = self._counts[place]
        own = [self._wrong.by_learner[one].get(place) for one in pair]
        gave = counts[answer] - own.count(answer)
        among = counts.total() - sum(one is not None for one in own)
        chance = (gave + 1) / (among + 2)
        return max(chance, EXPECTED) if (place, answer) in self._wrong.known else chance

    def after(
        self, first: Mapping[Place, str], place: Place, answer: str, pair: Sequence[str]
    ) -> float:
        """Return the chance of this answer among others who gave one of the earlier answers too."""
        best = 0.0
        for before, given in first.items():
            alike = [
                own.get(place)
                for learner, own in self._wrong.by_learner.items()
                if learner not in pair and own.get(before) == given
            ]
            if len(alike) >= _ENOUGH:
                best = max(best, (alike.count(answer) + 1) / (len(alike) + 2))
        return best


def _wrong(answers: pd.DataFrame) -> _Wrong:
    by_learner: dict[str, dict[Place, str]] = {str(one): {} for one in answers["learner"]}
    known = set()
    given = answers[~answers["right"].astype(bool) & answers["answer"].notna()]
    for row in given[["learner", "task", "world", "answer", "known"]].itertuples(index=False):
        learner, task, world, answer, is_known = row
        place = (str(task), None if pd.isna(world) else int(world))
        by_learner[str(learner)][place] = str(answer)
        if is_known:
            known.add((place, str(answer)))
    order = {str(task): number for number, task in enumerate(dict.fromkeys(answers["task"]))}
    return _Wrong(by_learner, frozenset(known), order)


def _pair(wrong: _Wrong, everybody: _Class, one: str, other: str) -> dict[str, Any] | None:
    mine, theirs = wrong.by_learner[one], wrong.by_learner[other]
    both = sorted(set(mine) & set(theirs), key=lambda place: wrong.order[place[0]])
    same = [place for place in both if mine[place] == theirs[place]]
    if len(same) < LEAST:
        return None
    results = [_chance(everybody, source, both, same, (one, other)) for source in (mine, theirs)]
    chance, surprise = max(results)
    return {
        "learner": one,
        "other": other,
        "compared": len(both),
        "same": len(same),
        "known": sum((place, mine[place]) in wrong.known for place in same),
        "surprise": surprise,
        "chance": chance,
        "tasks": [place[0] for place in same],
    }


def _chance(
    everybody: _Class,
    source: Mapping[Place, str],
    both: Sequence[Place],
    same: Sequence[Place],
    pair: Sequence[str],
) -> tuple[float, float]:
    """Return the chance of agreeing so much with one learner's answers, and the surprise of it."""
    chances: list[float] = []
    before: dict[Place, str] = {}
    for place in both:
        chance = everybody.chance(place, source[place], pair)
        if place in same:
            chance = max(chance, everybody.after(before, place, source[place], pair))
            before[place] = source[place]
        chances.append(chance)
    happened = [place in same for place in both]
    surprise = sum(-log(one) for one, did in zip(chances, happened, strict=True) if did)
    return tail(chances, happened), surprise
