"""Marks given by hand, in nbgrader's gradebook: written with patience, and kept when graded again."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from nbgrader import api
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from duecourse.language import _, speaking
from grader.course import Course
from grader.grading.writer import PATIENCE, GradebookBusy, waited_in_vain
from grader.rubrics.answers import Answers, grades_of
from grader.rubrics.guides import Guide
from grader.rubrics.log import Did, Event, Log, logs_of, standing, written
from grader.rubrics.totals import comment_of, final
from grader.safekeeping import backed_up, sole_run

Step = Callable[[Any, Any], None]
"""What is done to a grade and its comment, which may be None."""


@dataclass(frozen=True)
class Settled:
    """What became of the marks of a task.

    Attributes:
        written: learners whose mark went into the gradebook now.
        kept: learners whose mark stood there already.
        changed: learners whose answer is not what was marked; they wait for a new mark.
        elsewhere: learners who got other points in the formgrader since; these were left.
        taken_back: learners whose mark was taken back, and is out of the gradebook.
    """

    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)


def settle(
    course: Course,
    assignment: str,
    answers: Answers,
    guide: Guide,
    *,
    patience: float = PATIENCE,
    backup: bool = True,
) -> Settled:
    """Bring the gradebook to what the markers' files say of one task.

    Grading again keeps the points of a person but asks for another look; a mark whose answer is
    still the same is settled here without one. Points that were changed in the formgrader are left.

    Args:
        course: the course; its gradebook is held alone while it is changed.
        assignment: the assignment's name.
        answers: the answers to the task, as they are now.
        guide: for the texts of the comments.
        patience: seconds to wait for another program that keeps the gradebook locked.
        backup: whether the gradebook is backed up before it is changed; a session does so once.

    Raises:
        OtherRun: somebody grades in this course; nothing was changed, call it again later.
        GradebookBusy: the gradebook stays locked; nothing was changed.
    """
    logs = logs_of(course.folder, assignment, answers.task.id)
    with course.gradebook() as book:
        now = {
            student.id: (grade.manual_score, bool(grade.needs_manual_grade))
            for student, grade in grades_of(book, assignment, answers.task.id)
        }
    settled = Settled()
    with speaking(course.language):
        steps = _steps(logs, answers, guide, now, settled)
        if steps:
            with sole_run(course.folder):
                if backup:
                    backed_up(course.db_url, course.folder, datetime.now(UTC))
                with course.gradebook() as book:
                    _store(book, assignment, answers.task.id, steps, patience)
            _note(logs, steps)
    return settled


def _steps(
    logs: Sequence[Log],
    answers: Answers,
    guide: Guide,
    now: dict[str, tuple[float | None, bool]],
    settled: Settled,
) -> list[tuple[Step, Event]]:
    """Return what is to be done to the gradebook, and fill in what becomes of whom."""
    events = [log.events() for log in logs]
    chosen = final([mark for some in events for mark in standing(some).values()])
    last = _last_written(events)
    steps: list[tuple[Step, Event]] = []
    for answer in answers.found:
        learner = answer.learner
        mark, before = chosen.get(learner), last.get(learner)
        score, waits = now.get(learner, (None, True))
        stands = before is not None and score is not None
        ours = before is not None and score is not None and abs(score - before.points) < 1e-9
        if mark is None:
            if before is not None and ours:
                settled.taken_back.append(learner)
                # No points are below nothing: from now on any score is somebody else's.
                gone = replace(before, levels={}, comments=(), note="", points=-1.0)
                steps.append((_clear, gone))
        elif mark.answer != answer.digest:
            settled.changed.append(learner)
        elif before is None or not stands or _another(before, mark):
            settled.written.append(learner)
            steps.append((_give(mark.points, comment_of(answers.task, guide, mark)), mark))
        elif not ours:
            settled.elsewhere.append(learner)
        else:
            settled.kept.append(learner)
            if waits:
                steps.append((_seen, mark))
    return steps


def _another(before: Event, mark: Event) -> bool:
    """Return whether what was written is another mark than the one that counts now."""

    def content(event: Event) -> tuple[Any, ...]:
        return event.answer, event.levels, event.points, event.comments, event.note

    return content(before) != content(mark)


def _last_written(events: Sequence[Sequence[Event]]) -> dict[str, Event]:
    found: dict[str, Event] = {}
    for some in events:
        for learner, event in written(some).items():
            if learner not in found or found[learner].time <= event.time:
                found[learner] = event
    return found


def _give(points: float, text: str) -> Step:
    def give(grade: Any, comment: Any) -> None:
        grade.manual_score, grade.needs_manual_grade = points, False
        if comment is not None:
            comment.manual_comment = text

    return give


def _seen(grade: Any, _comment: Any) -> None:
    grade.needs_manual_grade = False


def _clear(grade: Any, comment: Any) -> None:
    grade.manual_score, grade.needs_manual_grade = None, True
    if comment is not None:
        comment.manual_comment = None


def _store(
    book: Any, assignment: str, task: str, steps: Sequence[tuple[Step, Event]], patience: float
) -> None:
    """Do all steps in one transaction, again and again while another program locks the book."""
    until = time.monotonic() + patience
    while True:
        try:
            if book.engine.dialect.name == "postgresql":
                left = max(1, round(1000 * (until - time.monotonic())))
                book.db.execute(select(func.set_config("lock_timeout", str(left), True)))
            grades = {student.id: grade for student, grade in grades_of(book, assignment, task)}
            for step, mark in steps:
                grade = grades[mark.learner]
                step(grade, _comment(book, grade, task))
            book.db.commit()
        except OperationalError as error:
            book.db.rollback()
            if not waited_in_vain(error):
                raise
            if time.monotonic() >= until:
                text = _("another program keeps the gradebook locked")
                raise GradebookBusy(text) from error
            time.sleep(0.1)
        except BaseException:
            book.db.rollback()
            raise
        else:
            return


def _comment(book: Any, grade: Any, task: str) -> Any:
    return (
        book.db.query(api.Comment)
        .join(api.BaseCell, api.BaseCell.id == api.Comment.cell_id)
        .filter(api.Comment.notebook_id == grade.notebook_id, api.BaseCell.name == task)
        .one_or_none()
    )


def _note(logs: Sequence[Log], steps: Sequence[tuple[Step, Event]]) -> None:
    """Write into the markers' files what stands in the gradebook now."""
    by_marker = {log.marker: log for log in logs}
    when = datetime.now(UTC).isoformat(timespec="seconds")
    for step, mark in steps:
        if step is not _seen:
            by_marker[mark.marker].add(replace(mark, did=Did.WRITTEN, at=when))
