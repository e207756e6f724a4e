"""From what is to be learnt to sittings: what is done in one go, in blocks of minutes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final

from duecourse.tasks import Text
from grader.training.curriculum import Kind, Unit
from grader.training.programme import Block, OccasionName, Programme

_LED: Final = frozenset({"refresher", "quarter", "law", "roleplay", "teach"})


@dataclass(frozen=True)
class Sitting:
    """What is done in one go.

    Attributes:
        kind: what it is.
        name: name of the lesson, case, assignment or competency; empty for other occasions.
        title: in both languages.
        minutes: from beginning to end.
        part: which part of how many it is.
        parts: how many there are.
        led: whether somebody leads it; otherwise it is done alone.
        blocks: what is done in which minutes; empty where it is one piece of work.
        competencies: ids of the competencies that it belongs to.
        rest: a night lies between it and what comes before it.
    """

    kind: Kind | OccasionName
    name: str
    title: Text
    minutes: int
    part: int = 1
    parts: int = 1
    led: bool = True
    blocks: tuple[Block, ...] = ()
    competencies: tuple[str, ...] = ()
    rest: bool = False


def sittings(units: Iterable[Unit], programme: Programme) -> Iterator[Sitting]:
    """Yield the sittings of lessons, cases and assignments, in their order."""
    for unit in units:
        if unit.kind == "lesson":
            yield from _of_lesson(unit, programme)
        elif unit.kind == "case":
            minutes = unit.minutes + sum(one.minutes for one in programme.case)
            yield _sitting(unit, minutes, blocks=programme.case)
        else:
            yield from _of_assignment(unit, programme)


def occasion(
    kind: OccasionName, programme: Programme, name: str = "", competencies: tuple[str, ...] = ()
) -> Sitting:
    """Return something that no lesson brings: a test, a review, an exam."""
    about = programme.occasions[kind]
    return Sitting(
        kind, name, about.title, about.minutes, led=kind in _LED, competencies=competencies
    )


def _of_lesson(unit: Unit, programme: Programme) -> Iterator[Sitting]:
    """Yield sessions of 15, 30, 45 and 30 minutes; a short notebook is done alone."""
    short = min(one.minutes for one in programme.lesson if one.id in {"introduction", "discussion"})
    if unit.minutes <= short:
        yield _sitting(unit, unit.minutes, led=False)
        return
    parts = ceil(unit.minutes / programme.work_minutes)
    minutes = sum(one.minutes for one in programme.lesson)
    for part in range(1, parts + 1):
        yield _sitting(unit, minutes, part, parts, blocks=programme.lesson)


def _of_assignment(unit: Unit, programme: Programme) -> Iterator[Sitting]:
    """Yield equal pieces of work; a night lies between the lesson and the first of them."""
    parts = ceil(unit.minutes / programme.alone)
    for part in range(1, parts + 1):
        minutes = ceil(unit.minutes / parts)
        yield _sitting(unit, minutes, part, parts, led=False, rest=part == 1)


def _sitting(
    unit: Unit,
    minutes: int,
    part: int = 1,
    parts: int = 1,
    *,
    led: bool = True,
    blocks: tuple[Block, ...] = (),
    rest: bool = False,
) -> Sitting:
    return Sitting(
        unit.kind,
        unit.name,
        unit.title,
        minutes,
        part,
        parts,
        led,
        blocks,
        unit.competencies,
        rest,
    )
