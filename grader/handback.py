"""Handing work back: nbgrader's feedback pages, written once the due date has passed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import nbgrader
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.course import Course, reason_of

TEMPLATES: Final = (
    Path(__file__).parent / "templates",
    Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates",
)
"""Where the templates of feedback pages lie: ours, and nbgrader's that they extend."""


class FeedbackPage(HTMLExporter):
    """nbgrader's feedback page, in the course's language and with the tasks' titles.

    It is a class of its own so that its settings do not reach the formgrader's pages.
    """


class NoteWaiting(NbGraderPreprocessor):
    """Notes which answers still wait for a person, so that no learner takes them for a zero."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Note it in one notebook's cells, for the template."""
        about = resources["nbgrader"]
        where = (about["notebook"], about["assignment"], about["student"])
        with Gradebook(about["db_url"]) as gradebook:
            for cell in nb.cells:
                if utils.is_grade(cell):
                    grade = gradebook.find_grade(cell.metadata.nbgrader["grade_id"], *where)
                    waiting = grade.auto_score is None and grade.manual_score is None
                    cell.metadata.nbgrader["waiting"] = waiting
        return nb, resources


@dataclass(frozen=True)
class HandedBack:
    """What became of one learner's feedback.

    Attributes:
        learner: the learner's id.
        pages: the pages that were written; none where it failed.
        reason: why there is none.
    """

    learner: str
    pages: tuple[Path, ...] = ()
    reason: str = ""


def graded(course: Course, assignment: str) -> list[str]:
    """Return the ids of all learners with an autograded notebook of the assignment, in order."""
    found = (course.folder / "autograded").glob(f"*/{assignment}/*.ipynb")
    return sorted({file.parts[-3] for file in found})


def feedback(
    course: Course,
    assignment: str,
    learners: Sequence[str] = (),
    *,
    early: bool = False,
    now: datetime | None = None,
) -> Iterator[HandedBack]:
    """Write the feedback of an assignment; each learner's is yielded when it is done.

    Args:
        course: the course.
        assignment: the assignment's name.
        learners: only these; everybody who is graded by default.
        early: write it although somebody may still hand in.
        now: the moment that counts as now, aware of its time zone.

    Raises:
        DuecourseError: there is no such assignment, a learner is not graded, or the due date (with
            the extensions that were given) has not passed.
    """
    course.assignment(assignment)
    known = graded(course, assignment)
    if lost := sorted(set(learners) - set(known)):
        raise DuecourseError(
            _("Not graded yet: {lost}. Graded are: {known}.").format(
                lost=", ".join(lost), known=", ".join(known) or _("nobody")
            )
        )
    if not known:
        text = _("Nothing of '{name}' is graded yet. First: duecourse autograde {name}")
        raise DuecourseError(text.format(name=assignment))
    last = last_moment(course, assignment)
    if not early and last is not None and (now or datetime.now(UTC)) < last:
        text = _(
            "'{name}' may be handed in until {moment}. Feedback says what is right, so it is held "
            "back until then. To write it now all the same, add --early."
        )
        raise DuecourseError(
            text.format(name=assignment, moment=f"{last.astimezone():%Y-%m-%d %H:%M %Z}")
        )
    with course.environment():
        api = course.api()
    for learner in learners or known:
        with course.environment():
            done = api.generate_feedback(assignment, learner, force=True)
        if done["success"]:
            folder = course.folder / "feedback" / learner / assignment
            yield HandedBack(learner, tuple(sorted(folder.glob("*.html"))))
        else:
            yield HandedBack(learner, reason=reason_of(done))


def last_moment(course: Course, assignment: str) -> datetime | None:
    """Return until when somebody may hand in, extensions included; None without a due date."""
    with course.gradebook() as gradebook:
        entry = gradebook.find_assignment(assignment)
        if entry.duedate is None:
            return None
        extensions = (one.extension or timedelta() for one in entry.submissions)
        due: datetime = entry.duedate
        return (due + max(extensions, default=timedelta())).replace(tzinfo=UTC)
