"""Sittings laid on days: so many minutes a week, spread over its working days, and then on the clock."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from grader.training.sittings import Sitting
from grader.training.workdays import Workdays

PAUSE: Final = timedelta(minutes=10)
_QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Clock:
    """The hours of a day of training.

    Attributes:
        opens: when the first sitting begins.
        lunch: from when to when nothing is held.
        closes: a sitting that ends later is remarked upon.
    """

    opens: time = time(9, 30)
    lunch: tuple[time, time] = (time(12, 0), time(13, 30))
    closes: time = time(18, 0)


@dataclass(frozen=True)
class Placed:
    """A sitting on its day."""

    day: date
    sitting: Sitting


@dataclass(frozen=True)
class Timed:
    """A sitting on its day and hour.

    Attributes:
        key: whose sitting it is.
    """

    key: str
    begins: datetime
    ends: datetime
    sitting: Sitting


def spread(
    queue: Sequence[Sitting],
    first: date,
    last: date,
    minutes: int,
    workdays: Workdays,
    fixed: Sequence[Placed] = (),
) -> tuple[list[Placed], list[Sitting]]:
    """Lay sittings on the working days of a time, in their order, evenly over each week.

    Args:
        queue: the sittings in their order.
        first: the first day.
        last: the last day.
        minutes: minutes a week; a week with fewer working days has fewer of them. What a week does
            not use up because the next sitting is longer is left for the week after it.
        workdays: the days on which there can be training.
        fixed: what has its day already; it takes from the minutes of its week.

    Returns:
        the sittings on their days, the fixed ones among them; and those that found no place.
    """
    waiting = deque(queue)
    placed = list(fixed)
    saved = 0
    monday = first - timedelta(days=first.weekday())
    while waiting and monday <= last:
        days = list(workdays.between(max(monday, first), min(monday + timedelta(days=6), last)))
        taken = sum(one.sitting.minutes for one in fixed if one.day - monday < timedelta(days=7)
                    and one.day >= monday)  # fmt: skip
        share = min(1.0, len(days) / max(1, workdays.week))
        left = max(0, saved + round(minutes * share) - taken)
        placed += _week(waiting, days, left)
        spent = sum(one.sitting.minutes for one in placed[len(fixed) :] if one.day >= monday)
        saved = min(left - spent, waiting[0].minutes) if waiting else 0
        monday += timedelta(days=7)
    placed.sort(key=lambda one: one.day)
    return placed, list(waiting)


def _week(waiting: deque[Sitting], days: Sequence[date], left: int) -> list[Placed]:
    """Take the sittings that a week has minutes for, and spread them over its days."""
    chosen: list[Sitting] = []
    while waiting and days and waiting[0].minutes <= left:
        chosen.append(waiting.popleft())
        left -= chosen[-1].minutes
    placed: list[Placed] = []
    at = 0
    for number, sitting in enumerate(chosen):
        wanted = max(at, number * len(days) // len(chosen))
        if sitting.rest and placed and wanted == at:
            wanted = at + 1
        if wanted >= len(days):
            waiting.extendleft(reversed(chosen[number:]))
            break
        at = wanted
        placed.append(Placed(days[at], sitting))
    return placed


def on_the_clock(plans: Mapping[str, Iterable[Placed]], clock: Clock) -> list[Timed]:
    """Give every sitting its hour.

    Sittings of one key follow one another with a pause. What somebody leads is held once for all
    keys that have it on the same day, and never overlaps with something else that is led, so that one
    person can lead everything.

    Args:
        plans: sittings on their days, by whose they are; an earlier key goes first.
        clock: the hours of a day.
    """
    days: dict[date, dict[str, deque[Sitting]]] = {}
    for key, placed in plans.items():
        for one in placed:
            days.setdefault(one.day, {}).setdefault(key, deque()).append(one.sitting)
    return [timed for day in sorted(days) for timed in _day(day, days[day], clock)]


def _day(day: date, waiting: Mapping[str, deque[Sitting]], clock: Clock) -> Iterator[Timed]:
    """Yield the sittings of a day with their hours: always next what can begin first."""
    opens = datetime.combine(day, clock.opens)
    noon, afternoon = (datetime.combine(day, one) for one in clock.lunch)
    free = dict.fromkeys(waiting, opens)
    leader = opens
    together: dict[tuple[str, str, int], datetime] = {}

    def begin(key: str) -> tuple[datetime, bool]:
        sitting = waiting[key][0]
        shared = together.get(_what(sitting))
        if sitting.led and shared is not None and free[key] <= shared:
            return shared, False
        begins = max(free[key], leader) if sitting.led else free[key]
        if begins < afternoon and begins + timedelta(minutes=sitting.minutes) > noon:
            begins = max(begins, afternoon)
        return begins, not sitting.led

    while keys := [key for key in waiting if waiting[key]]:
        key = min(keys, key=begin)
        begins = begin(key)[0]
        sitting = waiting[key].popleft()
        ends = begins + timedelta(minutes=sitting.minutes)
        free[key] = _next(ends)
        if sitting.led:
            together.setdefault(_what(sitting), begins)
            leader = max(leader, _next(ends))
        yield Timed(key, begins, ends, sitting)


def _what(sitting: Sitting) -> tuple[str, str, int]:
    return sitting.kind, sitting.name, sitting.part


def _next(ends: datetime) -> datetime:
    """Return the first quarter of an hour that leaves a pause."""
    midnight = datetime.combine(ends.date(), time())
    return midnight + _QUARTER * -(-(ends + PAUSE - midnight) // _QUARTER)
