"""Workers on this machine: processes that grade, and can die without taking anything along."""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final, Self

from duecourse.language import _
from grader import temporary
from grader.grading.pipeline import Pipeline, Result
from grader.grading.snapshot import Snapshot
from grader.handed_in import Submission
from grader.kernels import starting

if TYPE_CHECKING:
    from pathlib import Path

_ATTEMPTS: Final = 2
"""How often a submission is tried whose worker dies over it."""
_STARTS: Final = 10
_PRELOADED: Final = ["grader.grading.pipeline", "grader.grading.pool"]


def usual_jobs() -> int:
    """Return how many workers keep this machine busy: one more than it has cores, for the waits."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (usable or 1) + 1


@dataclass
class _Worker:
    process: Any
    connection: Connection
    working_on: Submission | None = None


class Pool:
    """Worker processes for one snapshot; use it in a ``with`` statement.

    Args:
        snapshot: the assignment.
        jobs: how many workers.
        remark: whether they mark again in place of grading.
    """

    def __init__(self, snapshot: Snapshot, jobs: int, *, remark: bool = False) -> None:
        self._snapshot, self._remark = snapshot, remark
        methods = multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        if "forkserver" in methods:
            self._context.set_forkserver_preload(_PRELOADED)
        self._kernels: Path | None = None
        self._workers = [self._hired() for _number in range(jobs)]
        if not remark:
            # one server of kernels for all; it warms up while the workers load what they need
            self._kernels = starting.serve(snapshot.isolated)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def grade(self, submissions: Iterable[Submission]) -> Iterator[Result]:
        """Grade submissions, each result as it comes; a worker's death costs nobody else anything."""
        waiting = iter(submissions)
        again: list[Submission] = []
        attempts: dict[str, int] = {}
        while True:
            for number, worker in enumerate(self._workers):
                if worker.working_on is None:
                    following = again.pop() if again else next(waiting, None)
                    if following is None:
                        break
                    self._workers[number] = self._given(worker, following)
            busy = {one.connection: one for one in self._workers if one.working_on is not None}
            if not busy:
                return
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]
                submission = worker.working_on
                assert submission is not None
                result = _received(worker)
                worker.working_on = None
                if result is not None:
                    yield result
                    continue
                self._workers[self._workers.index(worker)] = self._hired(worker)
                attempts[submission.learner] = attempts.get(submission.learner, 0) + 1
                if attempts[submission.learner] < _ATTEMPTS:
                    again.append(submission)
                else:
                    yield Result(submission, failed=_("the worker that graded it died twice"))

    def _given(self, worker: _Worker, submission: Submission) -> _Worker:
        """Give a worker its next submission; one that died meanwhile is replaced."""
        try:
            worker.connection.send((submission, self._kernels))
        except OSError:
            worker = self._hired(worker)
            worker.connection.send((submission, self._kernels))
        worker.working_on = submission
        return worker

    def _hired(self, instead_of: _Worker | None = None) -> _Worker:
        if instead_of:
            instead_of.connection.close()
            instead_of.process.join()
        for attempt in range(1, _STARTS + 1):
            ours, theirs = self._context.Pipe()
            arguments = (theirs, self._snapshot, self._remark)
            process = self._context.Process(target=_work, args=arguments, daemon=True)
            try:
                process.start()
            except (EOFError, OSError):
                # what workers are forked from was ended meanwhile; it is started anew
                ours.close()
                if attempt == _STARTS:
                    raise
                # its end takes the system a moment
                time.sleep(0.2)
            else:
                return _Worker(process, ours)
            finally:
                theirs.close()
        raise AssertionError("unreachable")


def _received(worker: _Worker) -> Result | None:
    """Return a worker's result; None where it died."""
    try:
        result: Result = worker.connection.recv()
    except (EOFError, OSError):
        return None
    return result


def _work(connection: Connection, snapshot: Snapshot, remark: bool) -> None:
    """Grade what comes until the other end is closed, as it is when the run ends or dies."""
    with (
        temporary.folder("grading") as place,
        contextlib.suppress(EOFError, OSError, KeyboardInterrupt),
    ):
        pipeline = Pipeline(snapshot, place)
        work = pipeline.remark if remark else pipeline.grade
        served: Path | None = None
        while True:
            submission, kernels = connection.recv()
            if kernels and kernels != served:
                starting.use(kernels, snapshot.isolated)
                served = kernels
            connection.send(work(submission))
