"""How far two codings of a conversation agree.

A coding gives each turn of a transcript its labels: ``{"t03": ["skill:listening"], ...}``. A turn
that is not named has none. Pure, without pandas; this room knows no right labels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Labels = Mapping[str, Sequence[str]]
VIOLATION: Final = "violation:"
"""Beginning of the labels that name a broken rule."""
HALF: Final = 0.5
"""What a violation at the right turn is worth under the wrong rule."""


@dataclass(frozen=True)
class Compared:
    """How a coding agrees with another one.

    Attributes:
        hits: labels in common; a violation under the wrong rule counts half.
        given: labels of the first coding.
        expected: labels of the second.
        f1: 2 hits / (given + expected), in [0, 1]; 1 where neither has any label.
        kappa: Cohen's kappa over all decisions "has this turn this label?"; None where chance alone
            would agree in everything, so that nothing can be said.
        right: turns whose labels are all the same, among those that have any.
        missed: turns that lack a label of the second coding.
        extra: turns with a label that the second coding has not.
    """

    hits: float
    given: int
    expected: int
    f1: float
    kappa: float | None
    right: tuple[str, ...]
    missed: tuple[str, ...]
    extra: tuple[str, ...]


def compare(
    given: Labels, expected: Labels, turns: Sequence[str], codes: Iterable[str]
) -> Compared:
    """Compare two codings of one transcript.

    Args:
        given: the labels of one coder by turn.
        expected: the labels of the other, such as an expert.
        turns: all turns of the transcript, in order.
        codes: all labels that a turn can have.

    F1 is micro-averaged over pairs of turn and label. Kappa: Cohen (1960), Educational and
    Psychological Measurement 20(1), 37-46, with each pair as a decision of two coders.
    """
    ours = {turn: set(given.get(turn, ())) for turn in turns}
    theirs = {turn: set(expected.get(turn, ())) for turn in turns}
    hits = sum(_hits(ours[turn], theirs[turn]) for turn in turns)
    counts = [sum(map(len, labels.values())) for labels in (ours, theirs)]
    return Compared(
        hits=hits,
        given=counts[0],
        expected=counts[1],
        f1=2 * hits / sum(counts) if sum(counts) else 1.0,
        kappa=_kappa(ours, theirs, turns, set(codes)),
        right=tuple(turn for turn in turns if theirs[turn] and ours[turn] == theirs[turn]),
        missed=tuple(turn for turn in turns if theirs[turn] - ours[turn]),
        extra=tuple(turn for turn in turns if ours[turn] - theirs[turn]),
    )


def _hits(ours: set[str], theirs: set[str]) -> float:
    wrong = sum(code.startswith(VIOLATION) for code in ours - theirs)
    missed = sum(code.startswith(VIOLATION) for code in theirs - ours)
    return len(ours & theirs) + HALF * min(wrong, missed)


def _kappa(
    ours: Mapping[str, set[str]],
    theirs: Mapping[str, set[str]],
    turns: Sequence[str],
    codes: set[str],
) -> float | None:
    decisions = len(turns) * len(codes)
    both = sum(len(ours[turn] & theirs[turn] & codes) for turn in turns)
    first = sum(len(ours[turn] & codes) for turn in turns)
    second = sum(len(theirs[turn] & codes) for turn in turns)
    chance = first * second + (decisions - first) * (decisions - second)
    if not decisions or chance == decisions**2:
        return None
    observed = (decisions - first - second + 2 * both) / decisions
    expected = chance / decisions**2
    return (observed - expected) / (1 - expected)
