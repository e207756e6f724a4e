"""The same submissions graded twice, by nbgrader alone and by ours, on copies: what differs?

The course itself is only read. Both copies start from its gradebook, so that manual scores and
comments are part of the comparison.
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nbgrader.coursedir import CourseDirectory

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader import temporary
from grader.copying import copied
from grader.course import Course, reason_of
from grader.differences import NOTHING, Difference, of_folders, of_gradebooks
from grader.grading import Graded, autograde
from grader.handed_in import folders

_MOST_LINES: Final = 50
Failure = tuple[str, str]
"""A learner whose work was not graded, and why."""


@dataclass(frozen=True)
class Comparison:
    """What came out of grading the same submissions twice.

    Attributes:
        assignment: the assignment's name.
        learners: whose work was graded.
        stock: seconds that nbgrader's own grading took, in one process.
        ours: seconds that ours took.
        differences: where the results differ, learner by learner.
    """

    assignment: str
    learners: tuple[str, ...]
    stock: float
    ours: float
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def lines(self, most: int = _MOST_LINES) -> list[str]:
        """Return what a person should read of it, with so many differences at most."""
        text = _(
            "{name}, {count} submissions: nbgrader {stock} s, duecourse {ours} s ({times} times)"
        )
        said = [
            text.format(
                name=self.assignment,
                count=len(self.learners),
                stock=f"{self.stock:.1f}",
                ours=f"{self.ours:.1f}",
                times=f"{self.stock / self.ours:.1f}",
            )
        ]
        if self.same:
            text = _("No difference in gradebook, autograded notebooks, feedback and permissions.")
            return [*said, text]
        said.append(_("differences: {count}").format(count=len(self.differences)))
        text = _("{learner}: {where}: nbgrader has {stock}, duecourse has {ours}")
        said += [
            text.format(**{**vars(one), "learner": one.learner or _("the course")})
            for one in self.differences[:most]
        ]
        if (more := len(self.differences) - most) > 0:
            said.append(_("... and {count} more").format(count=more))
        return said


def compare(
    course: Course,
    assignment: str,
    learners: Sequence[str] = (),
    *,
    isolated: bool = True,
    jobs: int | None = None,
    feedback: bool = True,
) -> Comparison:
    """Grade copies of the submissions in both ways, graded before or not, and compare the results.

    Args:
        course: the course; it is only read.
        assignment: the assignment's name.
        learners: only these; everybody by default.
        isolated: whether our kernels are isolated.
        jobs: how many submissions ours grades side by side; by default what it finds best.
        feedback: compare the feedback pages too.

    Raises:
        DuecourseError: nobody or a named learner handed nothing in, the gradebook is no file, a
            folder of the course lies outside of it, or our grading refuses to start.
    """
    original = CourseDirectory(config=course.config())
    known = list(folders(original, original.submitted_directory, assignment))
    if not known:
        raise DuecourseError(_("Nothing was handed in yet."))
    if unknown := sorted(set(learners) - set(known)):
        text = _(
            "Nothing was handed in for '{name}' by: {lost}. There are submissions by: {known}."
        )
        lost, there = ", ".join(unknown), ", ".join(known)
        raise DuecourseError(text.format(name=assignment, lost=lost, known=there))
    chosen = tuple(dict.fromkeys(learners)) or tuple(known)
    with temporary.folder("comparison") as folder:
        sides = [copied(course, assignment, chosen, folder / name) for name in "ab"]
        stock, ours = sides
        # what it refuses to do is said before nbgrader has taken its time
        graded = autograde(ours, assignment, chosen, again=True, isolated=isolated, jobs=jobs)
        done = [_timed(_by_stock(stock, assignment, chosen)), _timed(_by_ours(graded))]
        if feedback:
            for side in sides:
                _write_feedback(side, assignment, chosen)
        (stock_seconds, not_stock), (our_seconds, not_ours) = done
        found = _of_failures(not_stock, not_ours)
        # all else of theirs follows from that
        failed = {one.learner for one in found}
        results = _of_results(stock, ours, assignment, chosen)
        found += [one for one in results if one.learner not in failed]
    return Comparison(assignment, chosen, stock_seconds, our_seconds, tuple(found))


# The two ways


def _by_stock(course: Course, assignment: str, learners: Sequence[str]) -> Iterator[Failure]:
    with course.environment():
        api = course.api()
        for learner in learners:
            done = api.autograde(assignment, learner)
            if not done["success"]:
                yield learner, reason_of(done)


def _by_ours(graded: Iterable[Graded]) -> Iterator[Failure]:
    for one in graded:
        if one.state == "failed":
            yield one.learner, one.reason


def _timed(failures: Iterable[Failure]) -> tuple[float, dict[str, str]]:
    """Grade; return the seconds it took and why which learner's work was not graded."""
    begun = time.perf_counter()
    found = dict(failures)
    return time.perf_counter() - begun, found


def _write_feedback(course: Course, assignment: str, learners: Sequence[str]) -> None:
    with course.environment():
        api = course.api()
        for learner in learners:
            # for what was not graded there is none, on either side
            api.generate_feedback(assignment, learner)


# What differs


def _of_failures(stock: dict[str, str], ours: dict[str, str]) -> list[Difference]:
    return [
        Difference(
            learner,
            _("not graded because"),
            stock.get(learner, NOTHING),
            ours.get(learner, NOTHING),
        )
        for learner in sorted({*stock} ^ {*ours})
    ]


def _of_results(
    stock: Course, ours: Course, assignment: str, learners: Sequence[str]
) -> Iterator[Difference]:
    left, right = (CourseDirectory(config=one.config()) for one in (stock, ours))
    yield from of_gradebooks(left.db_url, right.db_url)
    for learner in learners:
        submitted = Path(left.format_path(left.submitted_directory, learner, assignment))
        ids = _ids(submitted)
        for place in ("autograded_directory", "feedback_directory"):
            one, other = (
                Path(side.format_path(getattr(side, place), learner, assignment))
                for side in (left, right)
            )
            yield from of_folders(learner, place.removesuffix("_directory"), one, other, ids)


def _ids(submitted: Path) -> set[str]:
    """Return the ids of all cells that a learner handed in."""
    found = set()
    for file in submitted.glob("*.ipynb"):
        with suppress(OSError, ValueError, AttributeError, TypeError):
            cells = json.loads(file.read_bytes()).get("cells", [])
            found |= {cell["id"] for cell in cells if isinstance(cell.get("id"), str)}
    return found
