"""The tests of the rules carried out on a whole sheet at once, each kind in its own way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, TypeAlias

import numpy as np

from duecourse.language import pick
from duecourse.rules.book import prime_rate
from duecourse.rules.counts import Bools, Ints, before, first, windowed
from duecourse.rules.kinds import (
    After,
    AnyTest,
    Cited,
    Complete,
    DayOff,
    First,
    Hours,
    Limit,
    Number,
    Period,
    PrimeRate,
)
from duecourse.rules.models import Law
from duecourse.rules.sheet import Sheet
from duecourse.rules.statements import named, shown

Figure: TypeAlias = Callable[[Ints], list[Any]]
"""Gives the figure of each of some rows."""
NO_DAY = int(np.datetime64("NaT", "D").astype(np.int64))


@dataclass(frozen=True)
class Judgement:
    """What a test finds on a sheet.

    Attributes:
        breach: where it finds one.
        undecided: where something that it needs is missing.
        figures: what its reason can name.
    """

    breach: Bools
    undecided: Bools
    figures: Mapping[str, Figure] = field(default_factory=dict)


def judge(test: AnyTest, sheet: Sheet, laws: Mapping[str, Law]) -> Judgement:
    """Return what a test finds; all its columns are there.

    Args:
        test: the test.
        sheet: contacts, or accounts at the day that the test names.
        laws: the laws of the jurisdiction, by id.
    """
    sure, doubtful = sheet.where(test)
    asked = _asked(test, sheet, sure, laws)
    undecided = (doubtful & (asked.breach | asked.undecided)) | (sure & asked.undecided)
    return Judgement(sure & asked.breach, undecided, {**_common(test, sheet), **asked.figures})


def _asked(test: AnyTest, sheet: Sheet, sure: Bools, laws: Mapping[str, Law]) -> Judgement:
    """Return what the test's kind asks of the figures, whatever its conditions say."""
    match test:
        case Hours():
            return _hours(test, sheet)
        case Limit():
            return _limit(test, sheet, sure)
        case After():
            return _after(test, sheet)
        case First():
            among = sheet.meets(test.among, test.assume)
            return _plain(first(sheet.group(test.by, test.assume), among))
        case Cited():
            return _cited(test, sheet, laws)
    return _figured(test, sheet)


def _figured(test: AnyTest, sheet: Sheet) -> Judgement:
    """Return what a test asks of the row's own flags, days and numbers."""
    match test:
        case Complete():
            return _complete(test, sheet)
        case DayOff():
            return _day(test, sheet)
        case Period():
            return _period(test, sheet)
        case Number():
            return _number(test, sheet)
        case PrimeRate():
            return _prime_rate(test, sheet)
    return _plain(np.ones(sheet.size, dtype=bool))


def _plain(breach: Bools, **figures: Figure) -> Judgement:
    return Judgement(breach, np.zeros(len(breach), dtype=bool), figures)


def _common(test: AnyTest, sheet: Sheet) -> dict[str, Figure]:
    return {
        "at": lambda rows: [time(*divmod(one, 60)) for one in sheet.minute[rows].tolist()],
        "day": lambda rows: _dates(sheet.day[rows]),
        "number": lambda rows: sheet.column("number").iloc[rows].tolist(),
        "labels": lambda rows: [shown(test, one) for one in sheet.column("content").iloc[rows]],
    }


def _hours(test: Hours, sheet: Sheet) -> Judgement:
    opens, closes = (one.hour * 60 + one.minute for one in (test.opens, test.closes))
    late = sheet.minute >= closes if test.before else sheet.minute > closes
    return _plain((sheet.minute < opens) | late, opens=_same(test.opens), closes=_same(test.closes))


def _limit(test: Limit, sheet: Sheet, sure: Bools) -> Judgement:
    groups = np.where(sure, sheet.group(test.by, test.assume), -1)
    count = windowed(groups, sheet.day, test.days)
    figures: dict[str, Figure] = {"count": _of(count), "most": _same(test.most)}
    # one that may belong to the count or not leaves the count itself in doubt
    return Judgement(count > test.most, ~sure, figures)


def _after(test: After, sheet: Sheet) -> Judgement:
    groups = sheet.group(test.by, test.assume)
    earlier = before(groups, sheet.meets(test.earlier, test.assume))
    day = sheet.day[earlier]
    return _plain(
        (earlier >= 0) & (sheet.day - day < test.days),
        earlier=lambda rows: _dates(day[rows]),
        free=lambda rows: _dates(day[rows] + test.days),
    )


def _complete(test: Complete, sheet: Sheet) -> Judgement:
    lacks = {name: sheet.meets({name: False}, {}) for name in test.flags}
    whole = sheet.meets(dict.fromkeys(test.flags, True), {})
    lacking = np.any([*lacks.values()], axis=0)
    return Judgement(
        lacking,
        ~lacking & ~whole,
        {"missing": lambda rows: [tuple(n for n in lacks if lacks[n][row]) for row in rows]},
    )


def _day(test: DayOff, sheet: Sheet) -> Judgement:
    found = sheet.days(test.column)
    none = found == NO_DAY
    # a day that is missing is none that can be too early or too late
    away = np.where(none, 0, found - sheet.day)
    wrong = np.zeros(sheet.size, dtype=bool)
    if test.low is not None:
        wrong |= away < test.low
    if test.high is not None:
        wrong |= away > test.high
    if test.years is not None:
        wrong |= found < _years_later(sheet.day, test.years)
    wrong = np.where(none, test.missing == "breach", wrong)
    unknown = none if test.missing == "unknown" else np.zeros(sheet.size, dtype=bool)
    if test.first_of:
        leads = first(sheet.group(("account",), {}), sheet.meets(test.first_of, test.assume))
        wrong, unknown = wrong & leads, unknown & leads
    figures: dict[str, Figure] = {
        "value": lambda rows: _dates(found[rows]),
        "low": _same(abs(test.low or 0)),
        "high": _same(test.high),
    }
    return Judgement(wrong, unknown, figures)


def _period(test: Period, sheet: Sheet) -> Judgement:
    begins = sheet.days(test.begins)
    last = np.full(sheet.size, _NEVER)
    if test.days is not None:
        last = begins + test.days - 1
    name = test.before or test.through
    if name and sheet.has(name):
        ends = sheet.days(name)
        last = np.where(ends == NO_DAY, last, ends - 1 if test.before else ends)
    inside = (begins != NO_DAY) & (begins <= sheet.day) & (sheet.day <= last)
    return _plain(
        inside,
        begins=lambda rows: _dates(begins[rows]),
        last=lambda rows: _dates(last[rows]),
    )


def _number(test: Number, sheet: Sheet) -> Judgement:
    found = sheet.numbers(test.column)
    high = sheet.numbers(test.other) if test.other else np.full(sheet.size, test.high or np.inf)
    low = -np.inf if test.low is None else test.low
    figures: dict[str, Figure] = {
        "value": _of(found),
        "high": _of(high),
        "low": _same(test.low),
    }
    return Judgement((found > high) | (found < low), np.isnan(found) | np.isnan(high), figures)


def _prime_rate(test: PrimeRate, sheet: Sheet) -> Judgement:
    rates = {one: prime_rate(_date(one)) for one in np.unique(sheet.day).tolist()}
    high = np.array([test.times * (rates[one] or np.nan) for one in sheet.day.tolist()])
    found = sheet.numbers(test.column)
    return Judgement(
        found > high, np.isnan(found) | np.isnan(high), {"value": _of(found), "high": _of(high)}
    )


def _cited(test: Cited, sheet: Sheet, laws: Mapping[str, Law]) -> Judgement:
    codes, words = sheet.texts("cites")
    facts = sheet.day
    if sheet.has(test.facts_on):
        known = sheet.days(test.facts_on)
        facts = np.where(known == NO_DAY, sheet.day, known)
    cited = {name: laws[name] for name in test.laws}
    wrong = np.zeros(sheet.size, dtype=bool)
    law = np.full(sheet.size, -1)
    for place, one in enumerate(cited.values()):
        says = np.array([*(named(word, one) for word in words), False])[codes]
        past = facts > _number_of(one.end or date.max)
        law[says & past & ~wrong] = place
        wrong |= says & past
    every = [*cited.values()]
    return _plain(
        wrong,
        day=lambda rows: _dates(facts[rows]),
        law=lambda rows: [pick(every[place].name) for place in law[rows]],
        ended=lambda rows: [every[place].end for place in law[rows]],
    )


def _years_later(days: Ints, years: int) -> Ints:
    """Return the same day so many years later; 29 February becomes the 28th."""
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]") + 12 * years
    into = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    longest = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
    found: Ints = month.astype("datetime64[D]").astype(np.int64) + np.minimum(into, longest - 1)
    return found


def _of(values: Any) -> Figure:
    return lambda rows: values[rows].tolist()


def _same(value: Any) -> Figure:
    return lambda rows: [value] * len(rows)


def _dates(days: Ints) -> list[date | None]:
    """Return days as dates, None where there is none; each date is made once."""
    known = {one: _date(one) if abs(one) < _NEVER else None for one in np.unique(days).tolist()}
    return [known[one] for one in days.tolist()]


def _date(day: int) -> date:
    return date.fromordinal(day + _EPOCH)


def _number_of(day: date) -> int:
    return day.toordinal() - _EPOCH


_EPOCH = date(1970, 1, 1).toordinal()
_NEVER = date.max.toordinal() - _EPOCH
