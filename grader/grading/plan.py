"""What a run has to do: which submissions are not graded yet, by their content and their time."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from nbgrader.api import Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select

from grader.course import Course
from grader.grading.snapshot import Snapshot
from grader.handed_in import TIMESTAMP, Submission
from grader.submissions import CONTENT, about


class Plan:
    """Knows what the gradebook holds of an assignment at the beginning of a run.

    Attributes:
        finished: when submissions were handed in whose automatic scores are all there, by learner.
    """

    def __init__(self, course: Course, snapshot: Snapshot) -> None:
        self.finished = _finished(course, snapshot)
        self._notebooks = {f"{name}.ipynb" for name in snapshot.definition.notebooks}

    def changed(self, submission: Submission, graded: Path) -> bool:
        """Return whether this very submission, by its content and its time, is not graded yet.

        Args:
            submission: what is handed in now.
            graded: the folder of what was graded before.
        """
        if self._another_time(submission) or self.empty(submission):
            return True
        notebooks = sorted(graded.glob("*.ipynb"))
        return (
            not notebooks
            or any(about(file).get(CONTENT) != submission.content for file in notebooks)
            or (graded / TIMESTAMP).is_file() != (TIMESTAMP in submission.files)
        )

    def empty(self, submission: Submission) -> bool:
        """Return whether there is none of the assignment's notebooks in a submission."""
        return not self._notebooks & set(submission.notebooks)

    def settled(self, submission: Submission, graded: Path) -> bool:
        """Return whether the zeros of a submission without notebooks stand already."""
        late = self._another_time(submission)
        return self.empty(submission) and not late and not graded.is_dir()

    def _another_time(self, submission: Submission) -> bool:
        if submission.learner not in self.finished:
            return True
        when = submission.timestamp
        return when is not None and when != self.finished[submission.learner]


def _finished(course: Course, snapshot: Snapshot) -> Mapping[str, datetime | None]:
    automatic = {
        (notebook.name, cell.name)
        for notebook in snapshot.definition.notebooks.values()
        for cell in notebook.grade_cells
        if cell.automatic
    }
    with course.gradebook() as gradebook:
        entry = gradebook.find_assignment(snapshot.assignment)
        cells = [
            cell.id
            for notebook in entry.notebooks
            for cell in notebook.grade_cells
            if (notebook.name, cell.name) in automatic
        ]
        ours = SubmittedAssignment.assignment_id == entry.id
        handed_in = select(SubmittedAssignment.student_id, SubmittedAssignment.timestamp).where(
            ours
        )
        unfinished = (
            select(SubmittedAssignment.student_id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .where(ours, Grade.cell_id.in_(cells), Grade.auto_score.is_(None))
        )
        open_ = set(gradebook.db.scalars(unfinished))
        rows = gradebook.db.execute(handed_in).all()
    return {learner: when for learner, when in rows if learner not in open_}
