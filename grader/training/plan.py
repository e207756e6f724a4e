"""The plan of a team's training for a year, as data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from duecourse.competencies import Matrix
from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.rules.periods import months_later
from grader.training.curriculum import Curriculum
from grader.training.groups import Group, Phase, Shown
from grader.training.notes import general, no_place
from grader.training.phases import in_service, open_stages
from grader.training.programme import Programme
from grader.training.team import YEARS, Member
from grader.training.timetable import Clock, Placed, Timed, on_the_clock
from grader.training.workdays import Workdays

if TYPE_CHECKING:
    from pandas import DataFrame

    from grader.training.sittings import Sitting

MONTHS: Final = 12
_CERTIFICATE: Final = timedelta(days=365)
"""How long an exam counts (CN-35, provisional)."""


@dataclass(frozen=True)
class Wish:
    """What a plan is made for.

    Attributes:
        start: the first day.
        hours: hours of training a week for people at work.
        stage_hours: hours of training a week in the stages of those who are new.
        workdays: the days on which there can be training.
        clock: the hours of a day of training.
        holidays: whether public holidays were given.
    """

    start: date
    hours: float = 4.0
    stage_hours: float = 16.0
    workdays: Workdays = field(default_factory=Workdays)
    clock: Clock = field(default_factory=Clock)
    holidays: bool = False

    def __post_init__(self) -> None:
        if not YEARS[0] <= self.start.year < YEARS[1]:
            text = _("A plan starts between {first} and {last}. Found: {found}.")
            raise DuecourseError(text.format(first=YEARS[0], last=YEARS[1] - 1, found=self.start))
        for hours in (self.hours, self.stage_hours):
            if not 0.5 <= hours <= 40:
                text = _("Hours a week lie between 0.5 and 40. Found: {found}.")
                raise DuecourseError(text.format(found=f"{hours:g}"))

    @property
    def end(self) -> date:
        """The last day of the year."""
        return months_later(self.start, MONTHS) - timedelta(days=1)


@dataclass(frozen=True)
class Session:
    """A sitting of a group on its day and hour.

    Attributes:
        group: id of the group.
        phase: the stage or phase that it belongs to.
        timed: what, and from when to when.
        attendees: ids of those who take part.
    """

    group: str
    phase: Phase
    timed: Timed
    attendees: tuple[str, ...]

    @property
    def day(self) -> date:
        """Its day."""
        return self.timed.begins.date()


@dataclass(frozen=True)
class Plan:
    """A year of training.

    Attributes:
        wish: what it was made for.
        groups: who learns together.
        sessions: in the order of their days and hours.
        notes: what is to be known of it: what found no place, what was not given.
    """

    wish: Wish
    groups: tuple[Group, ...]
    sessions: tuple[Session, ...]
    notes: tuple[str, ...]

    def group(self, name: str) -> Group:
        """Return a group by its id."""
        return next(one for one in self.groups if one.id == name)

    @property
    def months(self) -> tuple[tuple[int, int], ...]:
        """Year and number of the months that have sessions."""
        return tuple(sorted({(one.day.year, one.day.month) for one in self.sessions}))

    def month(self, year: int, month: int) -> tuple[Session, ...]:
        """Return the sessions of a month."""
        return tuple(one for one in self.sessions if (one.day.year, one.day.month) == (year, month))

    def table(self) -> "DataFrame":
        """Return one row a session, with texts in the current language.

        Returns:
            day, begins, ends, minutes, group, phase, kind, name, title, part, parts, led, attendees
            (ids, separated by spaces).
        """
        import pandas as pd

        rows = [
            {
                "day": pd.Timestamp(one.day),
                "begins": f"{one.timed.begins:%H:%M}",
                "ends": f"{one.timed.ends:%H:%M}",
                "minutes": one.timed.sitting.minutes,
                "group": one.group,
                "phase": one.phase.id,
                "kind": one.timed.sitting.kind,
                "name": one.timed.sitting.name,
                "title": pick(one.timed.sitting.title),
                "part": one.timed.sitting.part,
                "parts": one.timed.sitting.parts,
                "led": one.timed.sitting.led,
                "attendees": " ".join(one.attendees),
            }
            for one in self.sessions
        ]
        columns = [
            "day", "begins", "ends", "minutes", "group", "phase", "kind", "name", "title",
            "part", "parts", "led", "attendees",
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)


def make_plan(
    team: Sequence[Member],
    wish: Wish,
    matrix: Matrix,
    material: Curriculum,
    programme: Programme,
    shown: Shown | None = None,
) -> Plan:
    """Make the plan of a team for a year.

    Those who are new pass through the stages first; everybody else learns in service what their role
    needs. Who has joined later begins later.

    Args:
        team: who has which role since when.
        wish: start, working days, hours a week.
        matrix: what each role needs.
        material: the lessons, cases and assignments that there are.
        programme: stages, blocks and occasions.
        shown: by learner, the level shown in each competency; who is not in it learns everything
            that the role needs.

    Raises:
        DuecourseError: nobody of the team can be planned for.
    """
    groups = grouped(team, wish, matrix, programme)
    if not groups:
        text = _("Nobody of the list is in the team between {start} and {end}.")
        raise DuecourseError(text.format(start=wish.start, end=wish.end))
    placed: dict[str, list[Placed]] = {}
    phase_of: dict[tuple[str, date], Phase] = {}
    notes = general(material, programme, groups, shown, holidays=wish.holidays)
    for group in groups:
        days: list[Placed] = []
        begins, done = group.start, frozenset[str]()
        left: tuple[Sitting, ...] = ()
        if group.staged:
            minutes = round(60 * wish.stage_hours)
            staged = open_stages(
                group, material, programme, shown, minutes, wish.workdays, wish.end
            )
            days += staged.placed
            for one in staged.placed:
                phase_of[group.id, one.day] = staged.phase_of(one.day)
            begins, done, left = staged.ends + timedelta(days=1), staged.done, staged.left
        if begins <= wish.end:
            after = in_service(
                group, matrix, material, programme, shown, round(60 * wish.hours),
                wish.workdays, begins, wish.end, done, left,
                None if group.staged else _renewal(group, wish),
            )  # fmt: skip
            days += after.placed
            for one in after.placed:
                phase_of[group.id, one.day] = after.phases[0]
            left = after.left
        notes += no_place(group, left, wish.end)
        placed[group.id] = days
    timed = on_the_clock(placed, wish.clock)
    known = {group.id: group for group in groups}
    sessions = []
    for held in sorted(timed, key=lambda one: (one.begins, one.key)):
        phase = phase_of[held.key, held.begins.date()]
        attending = known[held.key].attending(held.sitting, phase, shown)
        sessions.append(Session(held.key, phase, held, attending))
    late = {one.day for one in sessions if one.timed.ends.time() > wish.clock.closes
            or one.timed.ends.date() > one.day}  # fmt: skip
    if late:
        text = _("On {count} days sessions end after {closes}: a second trainer or room is needed.")
        notes.append(text.format(count=len(late), closes=f"{wish.clock.closes:%H:%M}"))
    return Plan(wish, groups, tuple(sessions), tuple(notes))


def grouped(
    team: Sequence[Member], wish: Wish, matrix: Matrix, programme: Programme
) -> tuple[Group, ...]:
    """Return who learns together: the same role, and the same first day."""
    found: dict[tuple[str, date], list[Member]] = {}
    for member in team:
        joined = max(wish.start, member.joined or wish.start)
        if joined <= wish.end:
            found.setdefault((member.role, joined), []).append(member)
    order: list[str] = [role.id for role in matrix.roles]
    return tuple(
        Group(
            f"{role}-{start:%Y%m%d}",
            matrix.role(role),
            matrix.role(programme.afterwards.get(role, role)),
            start,
            role in programme.staged,
            tuple(members),
        )
        for (role, start), members in sorted(
            found.items(), key=lambda one: (one[0][1], order.index(one[0][0]))
        )
    )


def _renewal(group: Group, wish: Wish) -> date:
    """Return the day by which a group's yearly exam has to be passed."""
    known = [member.certified + _CERTIFICATE for member in group.members if member.certified]
    # where nothing is known, the year ends with the exam
    return min([*known, months_later(wish.start, MONTHS) - timedelta(days=14)])
