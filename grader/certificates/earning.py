"""Who has earned a certificate, and what is lacking where somebody has not."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import Any, Final

from pandas import DataFrame, isna

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.tasks import CallTask
from grader.assignments import Assignment
from grader.cases import key_of
from grader.certificates.rule import Rule
from grader.course import Course
from grader.integrity import begun
from grader.results import READ, Results, collect

MARKED: Final = ("marked", "by-hand")
"""Outcomes of a task that was really judged."""
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class _Item:
    """A critical item: wholly right (a task with the topic), or without a missed step (a call)."""

    task: str
    title: str
    whole: bool
    steps: bool


@dataclass(frozen=True)
class Standing:
    """What a learner has reached.

    Attributes:
        learner: the id.
        name: of the person.
        points: in all assignments that count.
        max: what could be reached in them.
        critical: how many critical items there are.
        lacking: why there is no certificate, a line each; empty where it is earned.
    """

    learner: str
    name: str
    points: float
    max: float
    critical: int
    lacking: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of the points, in [0, 1]."""
        return self.points / self.max if self.max else 0.0

    @property
    def percent(self) -> str:
        """The same as a percentage, rounded down: nobody reads 80.0 who has less."""
        # a share such as 0.8 is a little less than that in binary
        return f"{math.floor(1000 * self.share + _ROUNDING) / 10:.1f}"

    @property
    def earned(self) -> bool:
        """Whether nothing is lacking."""
        return not self.lacking


def standings(course: Course, rule: Rule, on: date, learners: Iterable[str] = ()) -> list[Standing]:
    """Return what every learner of the class has reached, or some of them.

    Args:
        course: the course.
        rule: what has to be earned.
        on: the day of the certificate.
        learners: ids; all by default.

    Returns:
        One standing a learner, in the order of the ids.

    Raises:
        DuecourseError: nothing is released that counts, the rule names an assignment that is not
            released, or there is no such learner.
    """
    results = [collect(course, name) for name in counted(course, rule)]
    people: dict[str, str] = {}
    for one in results:
        people |= dict(zip(one.learners["learner"], one.learners["name"], strict=True))
    wanted = list(dict.fromkeys(learners)) or sorted(people)
    if strange := [learner for learner in wanted if learner not in people]:
        text = _("There is no learner '{learner}' in {folder}. There are: {all}.")
        there = ", ".join(sorted(people)) or _("none")
        raise DuecourseError(text.format(learner=strange[0], folder=course.folder, all=there))
    critical = {one.assignment: _critical(course, rule, one) for one in results}
    return [_standing(learner, people[learner], results, critical, rule, on) for learner in wanted]


def counted(course: Course, rule: Rule) -> list[str]:
    """Return the names of the assignments that count.

    Raises:
        DuecourseError: as `standings`.
    """
    released = [name for name in _released(course) if name not in rule.left_out]
    if lost := [name for name in rule.assignments if name not in released]:
        text = _("The rule asks for '{name}', which is not released in {folder}.")
        raise DuecourseError(text.format(name=lost[0], folder=course.folder))
    names = [
        name
        for name in released
        if not rule.assignments or name in (*rule.assignments, *rule.without_points)
    ]
    if all(name in rule.without_points for name in names):
        text = _("Nothing with points is released in {folder} yet. First: duecourse release")
        raise DuecourseError(text.format(folder=course.folder))
    return names


def _released(course: Course) -> list[str]:
    if not (course.folder.is_dir() and begun(course.db_url)):
        return []
    with course.gradebook() as gradebook:
        inside = {str(one.name) for one in gradebook.assignments}
    return [name for name in course.assignments() if name in inside]


def _critical(course: Course, rule: Rule, results: Results) -> list[_Item]:
    """Return an assignment's critical items."""
    definition = course.assignment(results.assignment)
    there = set(results.tasks["task"])
    found = (
        _Item(
            task.id,
            pick(task.title),
            whole=rule.critical_topic in task.topics,
            steps=_has_critical_steps(definition, task),
        )
        for task in definition.tasks
        if task.id in there
    )
    return [one for one in found if one.whole or one.steps]


def _has_critical_steps(definition: Assignment, task: Any) -> bool:
    if not isinstance(task, CallTask):
        return False
    return bool(key_of(definition.cases[task.case]).calls[task.call].critical)


def _standing(
    learner: str,
    name: str,
    results: list[Results],
    critical: dict[str, list[_Item]],
    rule: Rule,
    on: date,
) -> Standing:
    lacking: list[str] = []
    points = most = open_ = 0.0
    for one in results:
        own = one.learners[one.learners["learner"] == learner]
        marks = one.marks[one.marks["learner"] == learner]
        lacking += _work(own, one, rule, on)
        if one.assignment not in rule.without_points:
            most += one.max
            points += 0.0 if own.empty else float(own["points"].fillna(0).sum())
            open_ += float(marks.loc[marks["outcome"] == "waiting", "max"].sum())
        # Work that is lacking altogether is named once, not task by task.
        if not own.empty and own["status"].iloc[0] in READ:
            lacking += _missed(marks, one.title, critical[one.assignment])
    items = sum(map(len, critical.values()))
    found = Standing(learner, name, points, most, items, ())
    # As long as a person's mark can still bring it up, the share says nothing.
    if replace(found, points=points + open_).share < rule.share - _ROUNDING:
        text = _("{percent} % of all points; {needed} % are needed")
        lacking.insert(0, text.format(percent=found.percent, needed=f"{100 * rule.share:g}"))
    return replace(found, lacking=tuple(lacking))


def _work(own: DataFrame, results: Results, rule: Rule, on: date) -> Iterator[str]:
    """Yield what is amiss with the work of one assignment as a whole."""
    place = {"assignment": results.title}
    if own.empty or own["status"].iloc[0] not in READ:
        reason = _("nothing has been handed in") if own.empty else own["reason"].iloc[0]
        yield _("{assignment}: {reason}").format(**place, reason=reason)
        return
    if waiting := int(own["waiting"].iloc[0]):
        text = _("{assignment}: answers that still wait for a person's mark: {count}")
        yield text.format(**place, count=waiting)
    handed_in = own["handed_in"].iloc[0]
    # Work that was put into a folder by hand may have no time; its mark is as good.
    if isna(handed_in):
        return
    day = handed_in.to_pydatetime().replace(tzinfo=UTC).astimezone().date()
    if day < rule.oldest(on):
        text = _("{assignment}: handed in on {day}, more than {months} months ago")
        yield text.format(**place, day=day, months=rule.fresh_months)


def _missed(marks: DataFrame, assignment: str, critical: list[_Item]) -> Iterator[str]:
    """Yield the critical items that were not right; what waits for a mark is said elsewhere."""
    plain = marks.astype(object).where(marks.notna(), None)
    rows = {str(row["task"]): row for row in plain.to_dict("records")}
    for item in critical:
        row = rows.get(item.task)
        if row is not None and row["outcome"] == "waiting":
            continue
        if row is None or row["outcome"] not in MARKED:
            text = _("{assignment}: the critical item “{title}” was not answered")
        elif item.steps and (row["critical"] or 0) > 0:
            text = _("{assignment}: in “{title}” a critical step was missed")
        elif item.whole and row["points"] < row["max"] - _ROUNDING:
            text = _("{assignment}: the critical item “{title}” is not right")
        else:
            continue
        yield text.format(assignment=assignment, title=item.title)
