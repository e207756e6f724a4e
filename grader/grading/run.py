"""A run of grading: what is to do, who does it, and what became of each submission."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.course import Course
from grader.grading.folders import swept
from grader.grading.pipeline import Result
from grader.grading.plan import Plan
from grader.grading.pool import Pool, usual_jobs
from grader.grading.snapshot import Snapshot, take
from grader.grading.writer import Writer
from grader.handed_in import Submission, folders, read
from grader.integrity import gradebook_file
from grader.kernels.jail import NotIsolated, missing
from grader.safekeeping import backed_up, sole_run
from grader.temporary import cleared


@dataclass(frozen=True)
class Graded:
    """What grading did with one submission.

    Attributes:
        learner: the learner's id.
        state: graded; remarked; unchanged: nothing newer was handed in; explained: graded, and
            something of it could not be read; failed: not graded, the gradebook is as before.
        reason: why, where there is something to explain.
    """

    learner: str
    state: Literal["graded", "remarked", "unchanged", "explained", "failed"]
    reason: str = ""


def submitted(course: Course, assignment: str) -> list[str]:
    """Return the ids of all learners with a folder for the assignment, in order."""
    coursedir = CourseDirectory(config=course.config())
    return sorted(folders(coursedir, coursedir.submitted_directory, assignment))


def autograde(
    course: Course,
    assignment: str,
    learners: Sequence[str] = (),
    *,
    again: bool = False,
    remark: bool = False,
    jobs: int | None = None,
    cluster: str | None = None,
    isolated: bool = True,
) -> Iterator[Graded]:
    """Grade the submissions of an assignment; each is yielded when it stands in the gradebook.

    Everything is looked at before this returns; the work is done as the result is read.

    Args:
        course: the course.
        assignment: the assignment's name.
        learners: only these; everybody by default.
        again: execute unchanged submissions too.
        remark: mark what was graded before anew from the kept answers, executing nothing.
        jobs: how many workers on this machine; one more than it has cores by default.
        cluster: the address of a Dask scheduler whose workers do it instead.
        isolated: whether learners' code is kept from everything but its own files.

    Raises:
        DuecourseError: there is no such assignment or learner, it was not released, its solved
            notebook fails, another run works on this course, the gradebook is damaged or cannot
            be backed up.
        NotIsolated: isolation is asked for and impossible here.
    """
    run = _Run(course, assignment, again=again, remark=remark)
    wanted = run.wanted(learners)
    if isolated and not remark and not cluster and (why := missing()):
        raise NotIsolated(why)
    return run.done(wanted, jobs or usual_jobs(), cluster, isolated=isolated)


class _Run:
    """One run over one assignment."""

    def __init__(self, course: Course, assignment: str, *, again: bool, remark: bool) -> None:
        self.course, self.name = course, assignment
        self.again, self.remark = again, remark
        self.coursedir = CourseDirectory(config=course.config())
        self.submitted = folders(self.coursedir, self.coursedir.submitted_directory, assignment)

    def wanted(self, learners: Sequence[str]) -> list[str]:
        if lost := sorted(set(learners) - set(self.submitted)):
            source = self.coursedir.format_path(self.coursedir.source_directory, ".", self.name)
            if not Path(source).is_dir():
                self.course.assignment(self.name)
            text = _(
                "Nothing was handed in for '{name}' by: {lost}. There are submissions by: {known}."
            )
            known = ", ".join(self.submitted) or _("nobody")
            raise DuecourseError(text.format(name=self.name, lost=", ".join(lost), known=known))
        return list(dict.fromkeys(learners)) or list(self.submitted)

    def done(
        self, learners: list[str], jobs: int, cluster: str | None, *, isolated: bool
    ) -> Iterator[Graded]:
        with ExitStack() as stack:
            stack.enter_context(sole_run(self._folder()))
            cleared()
            with self.course.environment():
                snapshot = take(self.course, self.coursedir, self.name, isolated=isolated)
                swept(self._graded_folders())
                backed_up(self.coursedir.db_url, self._folder(), datetime.now(UTC))
                writer = stack.enter_context(Writer(snapshot, self.coursedir))
                plan = Plan(self.course, snapshot)
            self.notebooks = tuple(snapshot.definition.notebooks)
            settled: list[Graded] = []
            waiting = self._waiting(learners, plan, settled)
            first = next(waiting, None)
            if first is not None:
                with self.course.environment():
                    workers = stack.enter_context(self._workers(snapshot, jobs, cluster))
                for result in workers.grade(chain([first], waiting)):
                    yield self._kept(writer, result)
                    yield from _taken(settled)
            yield from _taken(settled)

    def _workers(self, snapshot: Snapshot, jobs: int, cluster: str | None) -> Any:
        if cluster:
            from grader.grading.cluster import Cluster

            return Cluster(cluster, snapshot, remark=self.remark)
        return Pool(snapshot, min(jobs, len(self.submitted)), remark=self.remark)

    def _folder(self) -> Path:
        """Return where this gradebook's backups and its lock lie."""
        file = gradebook_file(self.coursedir.db_url)
        return file.parent if file else self.course.folder

    def _graded_folders(self) -> dict[str, Path]:
        step = self.coursedir.autograded_directory
        return {
            learner: Path(self.coursedir.format_path(step, learner, self.name))
            for learner in self.submitted
        }

    def _waiting(
        self, learners: list[str], plan: Plan, settled: list[Graded]
    ) -> Iterator[Submission]:
        """Yield what is to do, and list in ``settled`` what is not."""
        graded = self._graded_folders()
        for learner in learners:
            folder = graded[learner] if self.remark else self.submitted[learner]
            if self.remark and not any(folder.glob("*.ipynb")):
                settled.append(Graded(learner, "unchanged", _("it has not been graded yet")))
                continue
            try:
                submission = read(learner, folder, self.coursedir.ignore)
            except (DuecourseError, OSError) as error:
                settled.append(Graded(learner, "failed", str(error)))
                continue
            if self.remark or self.again:
                yield submission
            elif plan.settled(submission, graded[learner]):
                settled.append(Graded(learner, "explained", self._lacking(learner, ())))
            elif plan.changed(submission, graded[learner]):
                yield submission
            else:
                settled.append(Graded(learner, "unchanged"))

    def _kept(self, writer: Writer, result: Result) -> Graded:
        """Write a result, and say what became of it."""
        submission = result.submission
        learner = submission.learner
        if result.failed:
            return Graded(learner, "failed", result.failed)
        try:
            if self.remark:
                writer.rewrite(result)
            else:
                writer.write(result)
        except (DuecourseError, OSError, SQLAlchemyError) as error:
            return Graded(learner, "failed", _reason(error))
        if not self.remark and set(self.notebooks) - set(result.notebooks):
            return Graded(learner, "explained", self._lacking(learner, result.notebooks))
        notes = [f"{name}.ipynb: {one.note}" for name, one in result.notebooks.items() if one.note]
        if notes or submission.trouble:
            return Graded(learner, "explained", "; ".join([*notes, submission.trouble]).strip("; "))
        return Graded(learner, "remarked" if self.remark else "graded")

    def _lacking(self, learner: str, found: Iterable[str]) -> str:
        lost = [f"{name}.ipynb" for name in self.notebooks if name not in set(found)]
        there = sorted(file.name for file in self.submitted[learner].glob("*.ipynb"))
        text = _("there is no {file} in the submission; it has: {found}")
        return text.format(file=", ".join(lost), found=", ".join(there) or _("no notebook"))


def _taken(settled: list[Graded]) -> Iterator[Graded]:
    yield from settled
    settled.clear()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        text = _("{file} cannot be written: {why}")
        return text.format(file=error.filename or "?", why=error.strerror)
    # SQLAlchemy adds its statement to what the database said.
    said = str(getattr(error, "orig", None) or error).strip()
    return (said or type(error).__name__).splitlines()[0]
