"""A marker's session on a course: marks kept in the own file, points brought into the gradebook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from duecourse.language import _, pick
from grader.course import Course
from grader.grading.writer import PATIENCE, GradebookBusy
from grader.rubrics.answers import answers_to, task_of
from grader.rubrics.book import Settled, settle
from grader.rubrics.guides import guide_of
from grader.rubrics.log import Event, Role, log_of, logs_of
from grader.rubrics.marking import Due, Marking
from grader.safekeeping import OtherRun

SHORT: Final = 2.0
"""Seconds that a marker waits at the keyboard for a locked gradebook; the mark is kept before."""


@dataclass
class Session:
    """One marker at one task of a course.

    Attributes:
        course: the course.
        assignment: the assignment's name.
        title: its title, in the current language.
        marking: the marks.
        waiting: why the gradebook could not be written, if so; it is tried again with every mark.
        settled: what came of the last writing.
    """

    course: Course
    assignment: str
    title: str
    marking: Marking
    waiting: str = ""
    settled: Settled = field(default_factory=Settled)
    _backed_up: bool = False
    _marked: int = 0

    def save(
        self, due: Due, levels: Mapping[str, int], comments: Sequence[str] = (), note: str = ""
    ) -> Event:
        """Keep a mark and bring it into the gradebook, if that is free."""
        mark = self.marking.save(due, levels, comments, note)
        self._marked += 1
        self.settle(SHORT)
        return mark

    def skip(self, due: Due) -> None:
        """Pass over an answer for now."""
        self.marking.skip(due)

    def undo(self) -> Event | None:
        """Take back the last mark or skip, in the gradebook too."""
        event = self.marking.undo()
        if event is not None:
            self.settle(SHORT)
        return event

    def settle(self, patience: float = PATIENCE) -> None:
        """Bring the gradebook to what was marked; a busy one is noted in `waiting`."""
        try:
            self.settled = settle(
                self.course,
                self.assignment,
                self.marking.answers,
                self.marking.guide,
                patience=patience,
                backup=not self._backed_up,
            )
        except (OtherRun, GradebookBusy) as error:
            self.waiting = str(error)
        else:
            self.waiting = ""
            self._backed_up = self._backed_up or bool(self.settled.written)

    def warnings(self) -> list[str]:
        """Return what a marker should know before beginning."""
        lines = []
        folder = self.course.folder
        for log in logs_of(folder, self.assignment, self.marking.task.id):
            if lost := log.unreadable():
                text = _("{file}: line {lines} cannot be read and does not count")
                lines.append(text.format(file=log.file, lines=", ".join(map(str, lost))))
        if changed := len(self.marking.changed()):
            text = _("answers that changed since they were marked, to be marked again: {count}")
            lines.append(text.format(count=changed))
        return lines

    def summary(self) -> str:
        """Say how far the marking is and what stands in the gradebook."""
        marking, now = self.marking, self.settled
        lines = [
            _("marked by {marker}: {done}; left: {left}; left blank: {blank}").format(
                marker=marking.marker,
                done=marking.done(),
                left=len(marking.queue()),
                blank=len(marking.answers.blank),
            )
        ]
        if now.elsewhere:
            text = _("changed in the formgrader since, and left so: {count}")
            lines.append(text.format(count=len(now.elsewhere)))
        if self.waiting:
            text = _("Not yet in the gradebook: {why} Later: duecourse rubric {name} --settle")
            lines.append(text.format(why=self.waiting, name=self.assignment))
        return "\n".join(lines)

    def nothing_to_mark(self) -> str:
        """Say why there is nothing to mark now."""
        return {
            Role.FIRST: _("Every answer is marked."),
            Role.SECOND: _("Nothing waits for a second marker: no other answer is marked yet."),
            Role.MODERATOR: _("No two marks differ that are not settled."),
        }[self.marking.role]


def opened(
    course: Course, assignment: str, task: str | None, marker: str, role: Role = Role.FIRST
) -> Session:
    """Open a marker's session.

    Raises:
        DuecourseError: there is no such assignment or written task, nothing is graded, or the
            marker's name cannot be used.
    """
    definition = course.assignment(assignment)
    asked = task_of(definition, task)
    own = log_of(course.folder, assignment, asked.id, marker)
    answers = answers_to(course, definition, asked)
    marking = Marking(
        answers,
        guide_of(definition, asked.id),
        own,
        logs_of(course.folder, assignment, asked.id),
        role,
    )
    return Session(course, assignment, pick(definition.tasks.title), marking)
