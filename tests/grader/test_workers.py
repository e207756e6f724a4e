"""Workers: here and on a cluster they give the same, and their death costs nobody else anything."""

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from grader.course import Course
from grader.grading import autograde
from grader.grading.pool import Pool, usual_jobs
from grader.grading.snapshot import Snapshot, take
from grader.handed_in import Submission, folders, read
from tests.conftest import answered, handed_out, scores, submit
from tests.grader.test_stock import everything
from tests.isolated import needs_isolation

pytestmark = [pytest.mark.kernel, needs_isolation]


@pytest.fixture
def course(released):
    for number in range(4):
        submit(released, f"right-{number}", answered(released))
    submit(released, "wrong", answered(released, total="total = 1"))
    submit(released, "untouched", handed_out(released))
    submit(released, "damaged", b"{")
    return released


def waiting(course: Course) -> tuple[Snapshot, list[Submission]]:
    coursedir = CourseDirectory(config=course.config())
    snapshot = take(course, coursedir, "tiny", isolated=True)
    there = folders(coursedir, coursedir.submitted_directory, "tiny")
    return snapshot, [read(one, folder, coursedir.ignore) for one, folder in there.items()]


def test_a_worker_that_is_killed_is_replaced_and_its_submission_graded_again(course):
    snapshot, submissions = waiting(course)
    with Pool(snapshot, 2) as pool:
        steps = pool.grade(submissions)
        results = [next(steps)]
        victim = next(one for one in pool._workers if one.working_on is not None)
        victim.process.kill()
        results += steps
    assert sorted(one.submission.learner for one in results) == sorted(
        one.learner for one in submissions
    )
    assert {one.failed for one in results} == {""}


def test_a_submission_that_kills_its_worker_twice_fails_alone(course, monkeypatch):
    snapshot, submissions = waiting(course)
    with Pool(snapshot, 2) as pool:
        given = Pool._given

        def deadly(self, worker, submission):
            worker = given(self, worker, submission)
            if submission.learner == "wrong":
                worker.process.kill()
            return worker

        monkeypatch.setattr(Pool, "_given", deadly)
        results = {one.submission.learner: one.failed for one in pool.grade(submissions)}
    assert results.pop("wrong") == "the worker that graded it died twice"
    assert set(results.values()) == {""}


def test_no_worker_outlives_its_run(course):
    snapshot, submissions = waiting(course)
    with Pool(snapshot, 2) as pool:
        workers = [one.process for one in pool._workers]
        next(pool.grade(submissions))
    assert not any(worker.is_alive() for worker in workers)


def test_one_worker_more_than_there_are_cores_hides_the_waits():
    import os

    assert usual_jobs() == len(os.sched_getaffinity(0)) + 1


def test_the_number_of_workers_changes_nothing_about_the_marks(course, tmp_path):
    list(autograde(course, "tiny", jobs=1))
    alone = everything(course)
    list(autograde(course, "tiny", jobs=4, again=True))
    assert everything(course) == alone


@pytest.fixture
def cluster(tmp_path):
    """A real scheduler with two workers, in processes and a folder of their own."""
    with contextlib.ExitStack() as stack:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        here = Path(__file__).parents[2]

        def started(*words):
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
                cwd=tmp_path,
                env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(here)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)

        port = address.rpartition(":")[2]
        started("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show")
        for number in range(2):
            place = tmp_path / f"worker-{number}"
            place.mkdir()
            options = ["--nthreads", "1", "--no-dashboard", "--local-directory", str(place)]
            started("worker", address, "--host", "127.0.0.1", *options)
        _answering(address)
        yield address


def _answering(address):
    from distributed import Client

    deadline = time.monotonic() + 120
    while True:
        try:
            with Client(address, timeout=5, set_as_default=False) as client:
                client.wait_for_workers(2, timeout=60)
                return
        except OSError:
            if time.monotonic() > deadline:
                raise


@pytest.mark.filterwarnings("default")
def test_a_cluster_gives_the_same_gradebook(course, cluster):
    list(autograde(course, "tiny"))
    here = everything(course)
    (course.folder / "gradebook.db").rename(course.folder / "first.db")
    from grader.release import release

    release(course, "tiny")
    states = {one.learner: one.state for one in autograde(course, "tiny", cluster=cluster)}
    assert states.pop("damaged") == "explained"
    assert set(states.values()) == {"graded"}
    assert everything(course) == here
    states = {one.state for one in autograde(course, "tiny", cluster=cluster, remark=True)}
    assert states == {"remarked", "explained"}
    assert everything(course) == here


def test_an_address_without_a_scheduler_is_named(course):
    from duecourse.errors import DuecourseError

    with pytest.raises(DuecourseError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        list(autograde(course, "tiny", cluster="tcp://127.0.0.1:9"))
    assert scores(course) == {}
