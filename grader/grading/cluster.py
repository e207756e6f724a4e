"""Workers on other machines: the same work, sent to a Dask scheduler.

A worker there needs the installed package and what is sent to it: the snapshot, once, and the
submissions. It has neither the course nor the gradebook.
"""

import atexit
import shutil
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Self

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader import temporary
from grader.grading.pipeline import Pipeline, Result
from grader.grading.snapshot import Snapshot
from grader.handed_in import Submission

_SECONDS = 30


class Cluster:
    """The workers of a Dask cluster, for one snapshot; use it in a ``with`` statement.

    Args:
        address: the scheduler's, such as ``tcp://10.0.0.5:8786``.
        snapshot: the assignment.
        remark: whether they mark again in place of grading.

    Raises:
        DuecourseError: Dask is not installed here, or there is no scheduler at the address.
    """

    def __init__(self, address: str, snapshot: Snapshot, *, remark: bool = False) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            text = _("Dask is not installed. To grade on a cluster: pip install distributed")
            raise DuecourseError(text) from error
        try:
            self._client: Any = Client(address, timeout=_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            text = _("There is no Dask scheduler at {address}: {why}")
            raise DuecourseError(text.format(address=address, why=error)) from error
        self._remark = remark
        # kept by every worker, so that it travels once
        self._snapshot = self._client.scatter(snapshot, broadcast=True)
        self._digest = snapshot.digest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.close()

    def grade(self, submissions: Iterable[Submission]) -> Iterator[Result]:
        """Grade submissions, each result as it comes; one that kills its workers fails alone."""
        from distributed import as_completed

        waiting = iter(submissions)
        at_once = 2 * max(1, sum(self._client.nthreads().values()))
        futures = {self._sent(one): one for one in islice(waiting, at_once)}
        done = as_completed(list(futures), loop=self._client.loop)
        for future in done:
            submission = futures.pop(future)
            if (following := next(waiting, None)) is not None:
                sent = self._sent(following)
                futures[sent] = following
                done.add(sent)
            try:
                yield future.result()
            except Exception as error:  # noqa: BLE001  # whatever happened on another machine
                yield Result(submission, failed=f"{type(error).__name__}: {error}"[:500])
            future.release()

    def _sent(self, submission: Submission) -> Any:
        return self._client.submit(
            worked, self._snapshot, self._digest, submission, self._remark, pure=False, retries=1
        )


def worked(snapshot: Snapshot, digest: str, submission: Submission, remark: bool) -> Result:
    """Grade one submission in a worker of a cluster."""
    pipeline = _pipeline(_Named(snapshot, digest))
    return pipeline.remark(submission) if remark else pipeline.grade(submission)


class _Named:
    """A snapshot that is told from others by its digest."""

    def __init__(self, snapshot: Snapshot, digest: str) -> None:
        self.snapshot, self.digest = snapshot, digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Named) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@lru_cache(maxsize=2)
def _pipeline(named: _Named) -> Pipeline:
    place = temporary.made("grading")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Pipeline(named.snapshot, place)
