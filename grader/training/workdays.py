"""The days on which there can be training: weekdays, without holidays, with days worked in their place."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.training.team import as_day, read_rows, unusable

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HEADS: Final = {
    **{name: name for name in ("from", "to", "kind", "name")},
    **dict.fromkeys(("开始", "开始日期", "起"), "from"),
    **dict.fromkeys(("结束", "结束日期", "止"), "to"),
    "类型": "kind",
    "名称": "name",
}
_KINDS: Final = {"off": True, "work": False, "休": True, "放假": True, "班": False, "上班": False}
_LONGEST: Final = 60


@dataclass(frozen=True)
class Workdays:
    """Which days are working days.

    Attributes:
        weekdays: numbers of the weekdays of training, Monday is 0.
        off: days without work, with their names.
        work: days of work on what would be a free weekday, with their names.
    """

    weekdays: frozenset[int] = frozenset(range(5))
    off: dict[date, str] = field(default_factory=dict)
    work: dict[date, str] = field(default_factory=dict)

    def __contains__(self, day: date) -> bool:
        return day in self.work or (day.weekday() in self.weekdays and day not in self.off)

    def between(self, first: date, last: date) -> Iterator[date]:
        """Yield the working days from the first day to the last, both included."""
        for number in range((last - first).days + 1):
            if (day := first + timedelta(days=number)) in self:
                yield day

    def on_or_after(self, day: date) -> date:
        """Return the first working day from a day on.

        Raises:
            DuecourseError: there is none within a year.
        """
        for one in self.between(day, day + timedelta(days=366)):
            return one
        raise DuecourseError(
            _("There is no working day in the year from {day} on.").format(day=day)
        )

    @property
    def week(self) -> int:
        """How many working days a week has without holidays."""
        return len(self.weekdays)


def weekdays(text: str) -> frozenset[int]:
    """Return the numbers of weekdays written as "mon,tue,fri" or "mon-fri".

    Raises:
        DuecourseError: something else is written.
    """
    found: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if first[:3] not in WEEKDAYS or (dash and last[:3] not in WEEKDAYS):
            known = ", ".join(WEEKDAYS)
            wrong = _("'{found}' is no weekday. Write them as mon,tue,fri or mon-fri: {known}.")
            raise DuecourseError(wrong.format(found=part, known=known))
        low = WEEKDAYS.index(first[:3])
        high = WEEKDAYS.index(last[:3]) if dash else low
        found |= {(low + step) % 7 for step in range((high - low) % 7 + 1)}
    return frozenset(found)


def read_workdays(file: Path | None, days: frozenset[int]) -> Workdays:
    """Return the working days of a list of holidays; without a list, the weekdays alone.

    Args:
        file: CSV or XLSX with the columns from, to (empty: one day), kind (off or work; in Chinese
            休 or 班) and name. Nothing is assumed that does not stand there.
        days: the weekdays of training.

    Raises:
        DuecourseError: the list cannot be used; the message names its lines.
    """
    if file is None:
        return Workdays(days)
    off: dict[date, str] = {}
    work: dict[date, str] = {}
    problems = []
    for number, row in read_rows(file, _HEADS, ("from", "kind")):
        first = as_day(row["from"])
        last = as_day(row["to"]) if row.get("to") else first
        kind = _KINDS.get(row["kind"].casefold())
        if first is None or last is None or kind is None:
            text = _("line {number}: a line is a day, a last day or nothing, off or work, a name")
            problems.append(text.format(number=number))
        elif not 0 <= (last - first).days < _LONGEST:
            text = _("line {number}: {first} to {last} is no holiday")
            problems.append(text.format(number=number, first=first, last=last))
        else:
            for step in range((last - first).days + 1):
                (off if kind else work)[first + timedelta(days=step)] = row.get("name", "")
    both = sorted(set(off) & set(work))
    text = _("{day} is named as free and as a day of work")
    problems += [text.format(day=day) for day in both]
    if problems:
        raise unusable(file, problems)
    return Workdays(days, off, work)
