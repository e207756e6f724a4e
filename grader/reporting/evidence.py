"""All that a report of one assignment rests upon, read once."""

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from duecourse.errors import DuecourseError
from grader.assignments import Assignment
from grader.course import Course
from grader.reporting import choices, learning, rubric, tasks
from grader.reporting.answers import answers
from grader.reporting.measures import matrix, settled
from grader.reporting.reliability import Reliability, reliability
from grader.reporting.worktime import worktime
from grader.results import Results, collect


@dataclass(frozen=True)
class Evidence:
    """What is known of an assignment in a course.

    Attributes:
        assignment: what was asked.
        results: what the class achieved.
        answers: one row an answer that was marked by the machine: learner, task, value, points, max.
        worktime: one row a learner and task with a log: learner, task, attempts, choices, minutes.
        rubrics: what written answers were given by the rubric; see `grader.reporting.rubric.levels`.
    """

    assignment: Assignment
    results: Results
    answers: pd.DataFrame
    worktime: pd.DataFrame
    rubrics: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=rubric.COLUMNS))

    @cached_property
    def items(self) -> pd.DataFrame:
        """The measures of every task; see `grader.reporting.tasks.items`."""
        return tasks.items(self.results, self._critical, self.worktime)

    @cached_property
    def reliability(self) -> Reliability | None:
        """How far the points can be relied upon; None where it cannot be known."""
        return reliability(matrix(self.results))

    @cached_property
    def options(self) -> pd.DataFrame:
        """What was chosen; see `grader.reporting.choices.options`."""
        return choices.options(self.assignment, self.answers, self._rest)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """The ways of the calls; see `grader.reporting.choices.steps`."""
        return choices.steps(self.assignment, self.answers) if self._readable else _NOTHING_SAID

    @cached_property
    def ends(self) -> pd.DataFrame:
        """How the calls ended; see `grader.reporting.choices.ends`."""
        return choices.ends(self.assignment, self.answers) if self._readable else _NOTHING_ENDED

    @cached_property
    def topics(self) -> pd.DataFrame:
        """What every learner has shown in every topic; see `grader.reporting.learning.shown`."""
        return learning.shown(self.results, learning.topics(self.assignment))

    @cached_property
    def competencies(self) -> pd.DataFrame:
        """What every learner has shown of every competency; see `grader.reporting.learning.shown`."""
        return learning.shown(self.results, learning.competencies(self.assignment))

    @cached_property
    def _readable(self) -> bool:
        # A case that is no longer there takes the ways of its calls along, and not the whole report.
        try:
            return self.assignment.cases is not None
        except DuecourseError:
            return False

    @property
    def _critical(self) -> dict[str, bool]:
        return tasks.critical(self.assignment) if self._readable else {}

    @property
    def _rest(self) -> pd.DataFrame:
        most = self.results.tasks.set_index("task")["max"].astype(float)
        won = settled(matrix(self.results))
        total, whole = won.sum(axis="columns"), most[won.columns].sum()
        rest = {
            task: (total - won[task]) / (whole - most[task])
            for task in map(str, won)
            if whole > most[task]
        }
        return pd.DataFrame(rest, index=won.index)


_NOTHING_SAID = pd.DataFrame(columns=choices.STEPS)
_NOTHING_ENDED = pd.DataFrame(columns=choices.ENDS)


def gather(course: Course, name: str) -> Evidence:
    """Read all that is known of an assignment, in the current language; nothing is written.

    Raises:
        DuecourseError: there is no such assignment, or it was not released in this course.
    """
    results = collect(course, name)
    assignment = course.assignment(name)
    learners = [str(one) for one in results.read["learner"]]
    return Evidence(
        assignment,
        results,
        answers(course, assignment, results),
        worktime(course, assignment, learners),
        rubric.levels(course, assignment, learners),
    )
