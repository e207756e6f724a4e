"""The phases that a group passes through: the stages of those who are new, and learning in service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from duecourse.competencies import Matrix, Role
from duecourse.rules.periods import months_later
from grader.training.curriculum import DIAGNOSIS, Curriculum
from grader.training.groups import SERVICE, Group, Phase, Shown
from grader.training.programme import Programme
from grader.training.sittings import Sitting, occasion, sittings
from grader.training.timetable import Placed, spread
from grader.training.workdays import Workdays

if TYPE_CHECKING:
    from duecourse.tasks import Text

_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Laid:
    """Phases laid on days.

    Attributes:
        placed: the sittings on their days.
        left: the sittings that found no place.
        done: names of the units that are placed or left.
    """

    phases: tuple[Phase, ...]
    placed: list[Placed]
    left: tuple[Sitting, ...]
    done: frozenset[str] = frozenset()

    @property
    def ends(self) -> date:
        """The last day of the last phase."""
        return self.phases[-1].last

    def phase_of(self, day: date) -> Phase:
        """Return the phase that a day belongs to."""
        return next(one for one in self.phases if one.first <= day <= one.last)


def stages(start: date, programme: Programme) -> tuple[Phase, ...]:
    """Return the stages of somebody who begins on a day; the last one takes what time is left."""
    end = months_later(start, programme.stated_months) - _DAY
    found = []
    first = start
    for stage in programme.stages:
        last = first + timedelta(days=stage.days or 0)
        last = min(months_later(last, stage.months or 0) - _DAY, end)
        if stage == programme.stages[-1]:
            last = end
        found.append(Phase(stage.id, stage.title, first, last))
        first = last + _DAY
    return tuple(found)


def open_stages(
    group: Group,
    material: Curriculum,
    programme: Programme,
    shown: Shown | None,
    minutes: int,
    workdays: Workdays,
    end: date,
) -> Laid:
    """Lay the stages of those who are new on days; what a stage has no time for goes to the next.

    Args:
        group: who is new.
        material: what there is to teach.
        programme: stages, blocks and occasions.
        shown: what was shown already, where it is known.
        minutes: minutes a week.
        workdays: the days on which there can be training.
        end: the last day of the plan.
    """
    units = group.lacking(material.of_role(group.role, programme.levels), group.role, shown)
    lessons = [unit for unit in units if unit.kind == "lesson"]
    short = [unit for unit in lessons if unit.after == 0]
    queues: dict[str, list[Sitting]] = {
        "mentor": [*_diagnosis(group, material, programme, shown), *sittings(short, programme)],
        "theory": [*sittings([one for one in lessons if one not in short], programme)],
        "practice": [*sittings([one for one in units if one.kind != "lesson"], programme)],
    }
    placed: list[Placed] = []
    left: list[Sitting] = []
    phases = stages(group.start, programme)
    for phase in phases:
        queue = [*left, *queues.get(phase.id, [])]
        if phase.first > end:
            left = queue
            continue
        last = min(phase.last, end)
        days = list(workdays.between(phase.first, last))
        fixed = [*_fixed(phase.id, days, programme)]
        found, left = _evenly(queue, phase.first, last, minutes, workdays, fixed)
        placed += found
    done = frozenset(["", *(unit.name for unit in units)])
    return Laid(phases, placed, tuple(left), done)


def _evenly(
    queue: Sequence[Sitting],
    first: date,
    last: date,
    minutes: int,
    workdays: Workdays,
    fixed: Sequence[Placed],
) -> tuple[list[Placed], list[Sitting]]:
    """Lay sittings over the whole of a stage: with as few minutes a week as it takes."""
    needed = sum(one.minutes for one in (*queue, *(one.sitting for one in fixed)))
    weeks = max(1.0, len(list(workdays.between(first, last))) / max(1, workdays.week))
    most = min(minutes, round(needed / weeks))
    while True:
        found, left = spread(queue, first, last, most, workdays, fixed)
        if not left or most >= minutes:
            return found, left
        most = min(minutes, most + 30)


def _fixed(stage: str, days: Sequence[date], programme: Programme) -> Iterator[Placed]:
    """Yield what has its day in a stage: the mentor daily, tests and role-play weekly, the exam."""
    if stage == "mentor":
        yield from (Placed(day, occasion("mentor", programme)) for day in days)
    elif stage == "theory":
        yield from (Placed(day, occasion("test", programme)) for day in _last_of_weeks(days))
    elif stage == "practice":
        yield from (Placed(day, occasion("roleplay", programme)) for day in _last_of_weeks(days))
    elif stage == "certification" and days:
        exam = days[0]
        yield Placed(exam, occasion("exam", programme))
        if again := [day for day in days if day >= exam + _WEEK]:
            yield Placed(again[0], occasion("repeat", programme))


def _last_of_weeks(days: Sequence[date]) -> list[date]:
    """Return the last working day of each week."""
    return sorted({day.isocalendar()[:2]: day for day in days}.values())


def in_service(
    group: Group,
    matrix: Matrix,
    material: Curriculum,
    programme: Programme,
    shown: Shown | None,
    minutes: int,
    workdays: Workdays,
    first: date,
    last: date,
    done: frozenset[str],
    before: Sequence[Sitting],
    renewal: date | None,
) -> Laid:
    """Lay what a role needs in service on days, with reviews, the yearly law and the yearly exam.

    Args:
        group: who learns.
        matrix: what each role needs.
        material: what there is to teach.
        programme: stages, blocks and occasions.
        shown: what was shown already, where it is known.
        minutes: minutes a week.
        workdays: the days on which there can be training.
        first: the first day.
        last: the last day.
        done: names of what was learnt before.
        before: what found no place before.
        renewal: the day by which the yearly exam has to be passed; None: not in this plan.
    """
    role = group.later if group.staged else group.role
    units = material.of_role(role, programme.levels)
    units = group.lacking([unit for unit in units if unit.name not in done], role, shown)
    queue = [] if done else _diagnosis(group, material, programme, shown)
    queue += [*before, *sittings(units, programme), *_teaching(role, matrix, programme)]
    days = list(workdays.between(first, last))
    fixed = [*_yearly(days, programme, renewal)]
    placed, left = spread(queue, first, last, minutes, workdays, fixed)
    title: Text = {"en": "In service", "zh": "在岗提升"}
    return Laid((Phase(SERVICE, title, first, last),), placed, tuple(left))


def _diagnosis(
    group: Group, material: Curriculum, programme: Programme, shown: Shown | None
) -> list[Sitting]:
    wanted = material.diagnosis and group.unknown(shown)
    return [occasion("diagnosis", programme, DIAGNOSIS)] if wanted else []


def _teaching(role: Role, matrix: Matrix, programme: Programme) -> Iterator[Sitting]:
    """Yield that somebody teaches the team what the role has to be able to teach."""
    for one in matrix.competencies:
        if role.needs[one.id] >= programme.levels.teach:
            found = occasion("teach", programme, one.id, (one.id,))
            title: Text = {
                "en": f"{found.title['en']}: {one.title['en']}",
                "zh": f"{found.title['zh']}：{one.title['zh']}",
            }
            yield Sitting(**{**vars(found), "title": title})


def _yearly(days: Sequence[date], programme: Programme, renewal: date | None) -> Iterator[Placed]:
    """Yield a refresher each month, a review each quarter, the law and the exam once a year."""
    quarters = {(day.year, (day.month - 1) // 3): day for day in days}
    for (year, quarter), day in quarters.items():
        ends = months_later(date(year, 3 * quarter + 3, 1), 1) - _DAY
        if day > ends - _WEEK and day >= days[0] + 4 * _WEEK:
            yield Placed(day, occasion("quarter", programme))
    months = {(day.year, day.month): day for day in reversed(days)}
    for day in sorted(months.values()):
        if day >= days[0] + 4 * _WEEK:
            yield Placed(day, occasion("refresher", programme))
    if renewal is not None and days:
        # a week to spare, so that the exam can be taken again
        exam = _latest(days, renewal - _WEEK)
        yield Placed(_latest(days, exam - _WEEK), occasion("law", programme))
        yield Placed(exam, occasion("renewal", programme))


def _latest(days: Sequence[date], day: date) -> date:
    """Return the last of the days that is not later than a day; otherwise the first of them."""
    return max((one for one in days if one <= day), default=days[0])
