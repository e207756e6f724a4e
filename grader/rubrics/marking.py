"""Marking one task across a class: blind, in an order of its own, resumable, with a way back.

Pure but for the marker's own file: a terminal and a notebook show it, and decide nothing.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.tasks import TextTask
from grader.rubrics.answers import Answer, Answers
from grader.rubrics.guides import Guide
from grader.rubrics.log import Did, Event, Log, Role, done, standing
from grader.rubrics.totals import points_of

LONGEST: Final = 10_000
"""Characters of a note."""


@dataclass(frozen=True)
class Due:
    """An answer that is to be marked.

    Attributes:
        answer: the answer.
        before: the mark that it got while it was another answer; None if it was never marked.
        others: the marks that a moderator decides between.
        skipped: whether the marker passed over it before.
    """

    answer: Answer
    before: Event | None = None
    others: tuple[Event, ...] = ()
    skipped: bool = False


@dataclass(frozen=True)
class _View:
    """What all files say together, worked out once after every change.

    Attributes:
        own: the marker's own marks by role and learner.
        first: the newest first mark by learner.
        elsewhere: the same of all markers but this one.
        second: the newest second mark by learner.
        moderated: the newest moderated mark by learner.
        pairs: first and second mark of the answers as they are now.
        known: learners whose answer any file knows.
        skipped: learners whose answer the marker passed over.
    """

    own: dict[tuple[Role, str], Event]
    first: dict[str, Event]
    elsewhere: dict[str, Event]
    second: dict[str, Event]
    moderated: dict[str, Event]
    pairs: dict[str, tuple[Event, Event]]
    known: set[str]
    skipped: set[str]


class Marking:
    """A marker at work on one task.

    Args:
        answers: all answers to the task.
        guide: examples and comments.
        own: the marker's own file.
        logs: the files of all markers of the task; the own one may be among them.
        role: as what the marker marks. A first marker sees what no first marker has marked yet, a
            second what somebody else has marked first, blind to the mark; a moderator sees the
            answers on which the two disagree, with both marks.
    """

    def __init__(
        self, answers: Answers, guide: Guide, own: Log, logs: Sequence[Log], role: Role = Role.FIRST
    ) -> None:
        self.answers, self.guide, self.role = answers, guide, role
        self._own = own
        self._events = own.events()
        self._others = [log.events() for log in logs if log.file != own.file]

    @property
    def task(self) -> TextTask:
        """The task."""
        return self.answers.task

    @property
    def marker(self) -> str:
        """The marker's name."""
        return self._own.marker

    @property
    def marks(self) -> list[Event]:
        """Every mark that stands, of all markers and roles."""
        return [mark for events in self._all for mark in standing(events).values()]

    @property
    def _all(self) -> list[list[Event]]:
        return [self._events, *self._others]

    @cached_property
    def _view(self) -> _View:
        marks = self.marks
        first, second = _newest(marks, Role.FIRST), _newest(marks, Role.SECOND)
        return _View(
            own=standing(self._events),
            first=first,
            elsewhere=_newest((one for one in marks if one.marker != self.marker), Role.FIRST),
            second=second,
            moderated=_newest(marks, Role.MODERATOR),
            pairs={
                answer.learner: (first[answer.learner], second[answer.learner])
                for answer in self.answers.found
                if answer.learner in first.keys() & second.keys()
                and first[answer.learner].answer == answer.digest
                and second[answer.learner].answer == answer.digest
            },
            known={event.learner for events in self._all for event in events},
            skipped={
                event.learner
                for event in done(self._events)
                if event.did is Did.SKIP and event.role is self.role
            },
        )

    @cached_property
    def _queue(self) -> list[Due]:
        due = [one for answer in self.answers.found if (one := self._due(answer)) is not None]
        return sorted(due, key=lambda one: (one.skipped, self._place(one.answer.learner)))

    def queue(self) -> list[Due]:
        """Return what is still to be marked, in the marker's own order; what was skipped is last.

        The order is the same whenever it is asked for, differs from marker to marker and from task
        to task, and says nothing about the learners.
        """
        return list(self._queue)

    def done(self) -> int:
        """Return how many answers this marker has marked in this role, as they are now."""
        now = {answer.learner: answer.digest for answer in self.answers.found}
        return sum(
            role is self.role and now.get(learner) == mark.answer
            for (role, learner), mark in self._view.own.items()
        )

    def pairs(self) -> dict[str, tuple[Event, Event]]:
        """Return the first and second mark of every answer, as it is now, that has both."""
        return dict(self._view.pairs)

    def save(
        self,
        due: Due,
        levels: Mapping[str, int],
        comments: Sequence[str] = (),
        note: str = "",
        now: datetime | None = None,
    ) -> Event:
        """Keep a mark; it is on the disk when this returns.

        Args:
            due: the answer, as `queue` gave it.
            levels: the number of the level, from 0, of every criterion.
            comments: ids of comments of the guide.
            note: what the marker writes besides, at most 10,000 characters.
            now: the moment that counts as now.

        Raises:
            DuecourseError: a criterion or comment is not known or lacks its level, or the mark
                cannot be written.
        """
        mark = self._event(
            Did.MARK,
            due,
            now,
            levels=self._checked(levels),
            points=points_of(self.task, levels),
            comments=self._known(comments),
            note=note.strip()[:LONGEST],
        )
        self._add(mark)
        return mark

    def skip(self, due: Due, now: datetime | None = None) -> None:
        """Pass over an answer for now: it comes last."""
        self._add(self._event(Did.SKIP, due, now))

    def undo(self, now: datetime | None = None) -> Event | None:
        """Take back the last mark or skip of this marker in this role, and return it if any."""
        ours = [event for event in done(self._events) if event.role is self.role]
        if not ours:
            return None
        last = ours[-1]
        when = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        event = Event(Did.UNDO, self.role, last.learner, when, marker=self.marker)
        self._add(event)
        return last

    def changed(self) -> list[Event]:
        """Return the first marks whose answers are not what they were when they were marked."""
        now = {answer.learner: answer.digest for answer in self.answers.found}
        return [
            mark
            for mark in self._view.first.values()
            if mark.learner in now and now[mark.learner] != mark.answer
        ]

    def _add(self, event: Event) -> None:
        self._own.add(event)
        self._events.append(event)
        for name in ("_view", "_queue"):
            self.__dict__.pop(name, None)

    def _due(self, answer: Answer) -> Due | None:
        view, learner = self._view, answer.learner
        own, skipped = view.own.get((self.role, learner)), learner in view.skipped
        if own and own.answer == answer.digest:
            return None
        match self.role:
            case Role.FIRST:
                first = view.first.get(learner)
                if first is None:
                    # No file knows it, so somebody marked it in the formgrader.
                    settled = answer.score is not None and not answer.waits
                    elsewhere = settled and learner not in view.known
                    return None if elsewhere else Due(answer, skipped=skipped)
                if first.answer == answer.digest:
                    return None
                return Due(answer, before=first, skipped=skipped)
            case Role.SECOND:
                first, second = view.elsewhere.get(learner), view.second.get(learner)
                taken = second is not None and second.answer == answer.digest
                if first is None or first.answer != answer.digest or taken:
                    return None
                return Due(answer, before=own, skipped=skipped)
            case Role.MODERATOR:
                both, said = view.pairs.get(learner), view.moderated.get(learner)
                settled = said is not None and said.answer == answer.digest
                if both is None or both[0].levels == both[1].levels or settled:
                    return None
                return Due(answer, others=both, skipped=skipped)

    def _place(self, learner: str) -> bytes:
        seed = f"{self.marker}\0{self.role}\0{self.task.id}\0{learner}"
        return hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()

    def _event(
        self,
        did: Did,
        due: Due,
        now: datetime | None,
        *,
        levels: dict[str, int] | None = None,
        points: float = 0.0,
        comments: tuple[str, ...] = (),
        note: str = "",
    ) -> Event:
        when = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        answer = due.answer
        return Event(
            did=did,
            role=self.role,
            learner=answer.learner,
            at=when,
            answer=answer.digest,
            levels=levels or {},
            points=points,
            comments=comments,
            note=note,
            marker=self.marker,
        )

    def _checked(self, levels: Mapping[str, int]) -> dict[str, int]:
        for criterion in self.task.rubric:
            if not 0 <= levels.get(criterion.id, -1) < len(criterion.levels):
                text = _("'{criterion}' has no level yet.")
                raise DuecourseError(text.format(criterion=pick(criterion.title)))
        return {criterion.id: levels[criterion.id] for criterion in self.task.rubric}

    def _known(self, comments: Sequence[str]) -> tuple[str, ...]:
        known = {comment.id for comment in self.guide.comments}
        if lost := [name for name in comments if name not in known]:
            text = _("There is no comment '{name}'.")
            raise DuecourseError(text.format(name=lost[0]))
        return tuple(dict.fromkeys(comments))


def _newest(marks: Iterable[Event], role: Role) -> dict[str, Event]:
    ours = sorted((one for one in marks if one.role is role), key=lambda one: one.time)
    return {mark.learner: mark for mark in ours}
