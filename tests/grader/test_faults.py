"""Whatever ends a run of grading, running it again gives what an undisturbed run gives.

A class with honest, late, raising, damaged and missing work is graded, with scores and comments
that a person gave before. Every disturbed run is compared with one that nothing disturbed: row by
row of the gradebook, and file by file of the graded notebooks.
"""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from grader import grading
from grader.course import Course
from grader.grading import writer
from grader.integrity import integrity
from grader.kernels.jail import missing
from grader.safekeeping import BACKUPS, OtherRun, backed_up, backups, sole_run
from tests.conftest import answered, handed_out, submit
from tests.grader.gradebooks import contents, differences, files, grades, of_learner
from tests.grader.runs import COMMAND, LINE, ROLES, Loaded, autograde, send, until
from tests.isolated import needs_isolation

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in Linux's /proc"),
    pytest.mark.timeout(900),
]
ISOLATION = ["--no-isolation"] if missing() else []
JOBS = ["--jobs", "2"]
JAIL = [pytest.param(part, marks=needs_isolation) for part in ("jail", "watch")]
DUE, EARLY, LATE = (f"2026-03-{day} 12:00:00 UTC" for day in ("09", "08", "10"))
BOOK = "course/gradebook.db"


@pytest.fixture(scope="module")
def before(_released, tmp_path_factory):
    """A course in use: some are graded, some were looked at by a person, most are new."""
    root = tmp_path_factory.mktemp("faults") / "before"
    shutil.copytree(_released, root)
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    course = Course(root, "course", "en")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=DUE)
    for learner in ("reviewed", "resubmits", "unchanged"):
        submit(course, learner, answered(course, best='best = "c"'), timestamp__txt=EARLY)
    states = {one.learner: one.state for one in grading.autograde(course, "tiny", isolated=False)}
    assert set(states.values()) == {"graded"}
    with course.gradebook() as gradebook:
        for learner, score in (("reviewed", 2.5), ("resubmits", 1.0)):
            for task in ("why", "total"):
                grade = gradebook.find_grade(task, "tiny", "tiny", learner)
                grade.manual_score, grade.extra_credit = score, 0.5
            gradebook.find_comment("why", "tiny", "tiny", learner).manual_comment = f"给{learner}"
        gradebook.db.commit()
    slow = answered(course)
    slow.cells.insert(1, new_code_cell("import time\nfor _ in range(6):\n    time.sleep(0.1)"))
    submit(course, "resubmits", slow, timestamp__txt=EARLY)
    submit(course, "anna", answered(course), timestamp__txt=EARLY)
    submit(course, "late", answered(course, best='best = "c"'), timestamp__txt=LATE)
    submit(course, "raising", answered(course, line="line = 1 / 0"), timestamp__txt=EARLY)
    submit(course, "slow", slow, timestamp__txt=EARLY, notes__txt="mine")
    submit(course, "damaged", b'{"cells": [')
    submit(course, "nothing", None, readme__txt="I forgot")
    submit(course, "untouched", handed_out(course))
    return root


@pytest.fixture(scope="module")
def after(before, tmp_path_factory):
    """The same course after a run that nothing disturbed."""
    root = tmp_path_factory.mktemp("faults") / "after"
    shutil.copytree(before, root)
    done = autograde(root, *ISOLATION, *JOBS)
    assert done.returncode == 0, done.stdout + done.stderr
    course = Course(root, "course", "en")
    assert len(grading.submitted(course, "tiny")) == 10
    return root


@pytest.fixture(scope="module")
def expected(before, after):
    """What stands in the gradebook before and after, and the graded files after."""
    return {
        "before": rows(before),
        "after": rows(after),
        "files": files(after / "course" / "autograded"),
    }


@pytest.fixture
def course(before, tmp_path):
    """A copy of the course to be disturbed."""
    shutil.copytree(before, tmp_path / "checkout")
    return tmp_path / "checkout"


@pytest.fixture(scope="module")
def _loaded():
    process = Loaded()
    yield process
    process.close()


@pytest.fixture
def loaded(_loaded):
    """A process that starts runs quickly."""
    yield _loaded
    _loaded.rest()


def rows(root):
    return contents(f"sqlite:///{root / BOOK}")


def now_in(root, place):
    """Return the gradebook's contents as the next run will find them, without touching them."""
    for file in (root / "course").glob("gradebook.db*"):
        shutil.copy(file, place)
    found = contents(f"sqlite:///{place / 'gradebook.db'}")
    assert integrity(f"sqlite:///{place / 'gradebook.db'}") == []
    for file in place.glob("gradebook.db*"):
        file.unlink()
    return found


def assert_nothing_is_half_done(found, expected):
    """Every learner stands as before the run or as after it, and nothing else has changed."""
    for learner in (name for ((_id, name), *_more) in expected["after"]["student"]):
        there = of_learner(found, learner)
        allowed = [of_learner(expected[when], learner) for when in ("before", "after")]
        assert there in allowed, (learner, differences(there, allowed[1]))
    assert {table: found[table] for table in ("assignment", "notebook", "source_cell")} == {
        table: expected["before"][table] for table in ("assignment", "notebook", "source_cell")
    }


def assert_as_undisturbed(root, expected):
    assert differences(rows(root), expected["after"]) == []
    found = files(root / "course" / "autograded")
    assert set(found) == set(expected["files"])
    for name, content in expected["files"].items():
        assert found[name] == content, name
    assert integrity(f"sqlite:///{root / BOOK}") == []


def finished(loaded, root, expected):
    """Run once more to the end, and find what an undisturbed run leaves."""
    code, said = loaded.autograde(root, *ISOLATION, *JOBS)
    assert code == 0, said
    assert_as_undisturbed(root, expected)


def test_an_undisturbed_run_does_what_the_class_deserves(expected):
    scores = grades(expected["after"])
    assert scores["anna", "total"]["auto_score"] == 4
    assert scores["late", "best"]["auto_score"] == 1
    assert scores["raising", "line"]["auto_score"] == 0
    assert scores["damaged", "total"]["auto_score"] == 0
    assert scores["nothing", "total"]["auto_score"] == 0
    assert scores["resubmits", "best"]["auto_score"] == 2
    assert scores["resubmits", "total"]["manual_score"] == 1
    assert scores["resubmits", "total"]["extra_credit"] == 0.5
    assert scores["reviewed", "best"]["auto_score"] == 1
    said = {dict(row)["manual_comment"] for row in expected["after"]["comment"]}
    assert said == {None, "给reviewed", "给resubmits"}
    assert expected["before"] != expected["after"]


def test_a_second_run_changes_nothing(after, expected, loaded):
    finished(loaded, after, expected)


# What one chain of runs loses, in any order: ten parts.
PARTS = ["main", "group", "worker", "worker", "worker", "worker", "forker", "kernel"]
CHAINS = 10
LAST = {"main", "group"}
"""With these a run ends."""
ONCE = {"kernel", "server", "jail", "watch"}
"""With these kernels die. A submission is tried again once, for it may be its own doing; so only one
of these is killed in a run."""


def planned(seed):
    """Return what a chain of runs loses, in order."""
    parts = [*PARTS, ("jail", "server")[seed % 2], ("watch", "kernel")[seed // 2 % 2]]
    random.Random(seed).shuffle(parts)
    return parts


def test_a_hundred_kills_are_planned_of_every_part_of_a_run():
    parts = [part for seed in range(CHAINS) for part in planned(seed)]
    assert len(parts) == 100
    assert set(parts) == {*ROLES, "group"} - {"tracker"}


def moment(chance, run, part):
    """Wait for a random moment of a run, by its progress or by time; return whether it came."""
    if part not in LAST or chance.random() < 0.5:
        wanted = run.lines() + chance.randrange(3)
        until(lambda: run.ended() or run.lines() >= wanted, 120)
        pause = chance.random() * 0.3
    else:
        pause = chance.random() * 6
    until(run.ended, pause)
    until(lambda: run.ended() or run.parts()["main" if part == "group" else part], 120)
    return not run.ended()


def kill(chance, run, part):
    """Kill a part of a run; return whether it was there."""
    if part == "group":
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
            return True
        return False
    there = run.parts()[part]
    return bool(there) and send(chance.choice(there))


@needs_isolation
@pytest.mark.parametrize("seed", range(CHAINS))
def test_kills_at_random_moments_lose_nothing(before, expected, loaded, tmp_path, seed):
    """Each run of the chain is disturbed, and the next goes on from what it left."""
    chance, parts = random.Random(seed), planned(seed)
    root, look = tmp_path / "checkout", tmp_path / "look"
    look.mkdir()
    shutil.copytree(before, root)
    runs, history, code = [], [], None
    while parts or code:
        if code == 0:
            shutil.rmtree(root)
            shutil.copytree(before, root)
        log = tmp_path / f"log-{len(runs)}"
        run = loaded.start(root, log, "autograde", "tiny", *ISOLATION, *JOBS)
        runs.append(run)
        killed = disturb(chance, run, parts)
        code = run.wait()
        history.append((killed, code))
        try:
            assert killed or code == 0
            assert_nothing_is_half_done(now_in(root, look), expected)
            if code == 0:
                assert_as_undisturbed(root, expected)
        except AssertionError as error:
            raise AssertionError(f"after {history}: {error}\n{run.said()}") from error
    for run in runs:
        until(lambda run=run: not run.left())
        assert run.left() == [], history


def disturb(chance, run, parts):
    """Kill parts of a run, and take them from the list; return them with the progress made."""
    killed = []
    while True:
        hurt = any(part in ONCE for part, _lines in killed)
        following = next((part for part in parts if not (hurt and part in ONCE)), None)
        if following is None or not moment(chance, run, following):
            return killed
        if kill(chance, run, following):
            killed.append((following, run.lines()))
            parts.remove(following)
            if following in LAST:
                return killed


@pytest.mark.parametrize("part", ["forker", "worker", "server", "kernel", *JAIL])
def test_a_part_of_a_run_that_is_killed_costs_nobody_a_mark(
    course, expected, loaded, tmp_path, part
):
    """The run goes on without it; a submission that was executed meanwhile is executed again."""
    run = loaded.start(course, tmp_path / "log", "autograde", "tiny", *ISOLATION, *JOBS)
    assert until(lambda: run.ended() or (run.parts()["kernel"] and run.parts()[part]), 120)
    assert send(run.parts()[part][0])
    assert run.wait() == 0, run.said()
    assert_as_undisturbed(course, expected)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_stop_stops_and_can_be_repeated(
    course, expected, loaded, tmp_path, number
):
    run = loaded.start(course, tmp_path / "log", "autograde", "tiny", *ISOLATION, *JOBS)
    assert until(lambda: run.ended() or (run.lines() >= 4 and run.parts()["kernel"]), 120)
    assert send(run.pid, number)
    assert run.wait() != 0
    until(lambda: not run.left())
    assert run.left() == []
    assert "Traceback" not in run.said()
    assert_nothing_is_half_done(now_in(course, tmp_path), expected)
    finished(loaded, course, expected)


def at_work(run, lines):
    """Whether so much is done, and workers and the kernels' server are there."""
    parts = run.parts()
    return run.lines() >= lines and parts["worker"] and parts["server"]


@pytest.mark.parametrize("lines", [0, 3, 6])
def test_a_power_cut_loses_nothing(course, expected, loaded, tmp_path, lines):
    """The course is copied while everything stands still, and the copy is gone on with."""
    run = loaded.start(course, tmp_path / "log", "autograde", "tiny", *ISOLATION, *JOBS)
    assert until(lambda: run.ended() or at_work(run, lines), 120)
    assert not run.ended()
    frozen = [pid for pids in run.parts().values() for pid in pids if send(pid, signal.SIGSTOP)]
    assert frozen[0] == run.pid
    assert len(frozen) > 3
    copy = tmp_path / "copy"
    shutil.copytree(course, copy)
    for pid in frozen:
        send(pid)
    run.wait()
    (tmp_path / "look").mkdir()
    assert_nothing_is_half_done(now_in(copy, tmp_path / "look"), expected)
    finished(loaded, copy, expected)


def test_graded_notebooks_that_were_lost_or_emptied_are_made_again(
    after, expected, loaded, tmp_path
):
    """A power cut can leave a file that has its name already and its content not yet."""
    root = tmp_path / "checkout"
    shutil.copytree(after, root)
    graded = root / "course" / "autograded"
    for learner, content in (("anna", b""), ("raising", b"\0" * 4096), ("slow", b'{"cells": [')):
        file = graded / learner / "tiny" / "tiny.ipynb"
        file.chmod(0o644)
        file.write_bytes(content)
    shutil.rmtree(graded / "late")
    (graded / "damaged" / "tiny" / "tiny.ipynb").unlink()
    finished(loaded, root, expected)


@pytest.fixture
def disk(tmp_path):
    """A disk of its own whose size can be changed."""
    place = tmp_path / "disk"
    place.mkdir()

    def size(text, *more):
        return subprocess.run(
            ["mount", "-t", "tmpfs", "-o", ",".join([*more, f"size={text}"]), "tmpfs", str(place)],
            check=False,
            capture_output=True,
        ).returncode

    if os.geteuid() != 0 or size("500m"):
        pytest.skip("only root can make a small disk")
    yield place, lambda text: size(text, "remount")
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("free", [0, 60, 200])
def test_a_full_disk_loses_nothing(before, expected, disk, tmp_path, free, loaded):
    """The course lies on a disk with so many kilobytes left."""
    place, resize = disk
    root = place / "checkout"
    shutil.copytree(before, root)
    used = shutil.disk_usage(place).used
    assert resize(f"{used // 1024 + free}k") == 0
    code, said = loaded.autograde(root, *ISOLATION, *JOBS)
    assert code == 1, said
    assert re.search("disk is full|No space left", said)
    assert "Traceback" not in said
    assert_nothing_is_half_done(now_in(root, tmp_path), expected)
    assert resize("500m") == 0
    finished(loaded, root, expected)


@pytest.mark.parametrize("free", [16, 100])
def test_no_room_for_temporary_files_costs_nobody_a_mark(
    course, expected, disk, tmp_path, free, loaded
):
    """Submissions are executed on a disk with so many kilobytes."""
    place, resize = disk
    assert resize(f"{free}k") == 0
    done = autograde(course, *ISOLATION, *JOBS, TMPDIR=str(place))
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert_nothing_is_half_done(now_in(course, tmp_path), expected)
    assert done.returncode == 1, said
    finished(loaded, course, expected)


def test_a_gradebook_locked_for_a_while_is_waited_for(course, expected, loaded, tmp_path):
    """Longer than the 5 seconds after which SQLite gives up by itself."""
    run = loaded.start(course, tmp_path / "log", "autograde", "tiny", *ISOLATION, *JOBS)
    assert until(lambda: run.ended() or run.lines() >= 2, 120)
    with closing(sqlite3.connect(course / BOOK, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        held = run.lines()
        until(run.ended, 7)
        assert not run.ended()
        assert run.lines() <= held + 1
        other.rollback()
    assert run.wait() == 0, run.said()
    assert_as_undisturbed(course, expected)


def test_a_gradebook_that_somebody_reads_all_the_time_is_waited_for(
    course, expected, loaded, tmp_path
):
    run = loaded.start(course, tmp_path / "log", "autograde", "tiny", *ISOLATION, *JOBS)
    assert until(lambda: run.ended() or run.lines() >= 2, 120)
    with closing(sqlite3.connect(course / BOOK, timeout=60)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM grade").fetchone()
        until(run.ended, 7)
        other.rollback()
    assert run.wait() == 0, run.said()
    assert_as_undisturbed(course, expected)


def test_a_gradebook_locked_for_ever_stops_the_run_with_the_reason(
    course, expected, tmp_path, monkeypatch, loaded
):
    monkeypatch.setattr(writer, "PATIENCE", 1.0)
    ours, three = Course(course, "course", "en"), ["anna", "late", "slow"]
    steps = grading.autograde(ours, "tiny", three, isolated=not ISOLATION, jobs=2)
    assert next(steps).state == "graded"
    with closing(sqlite3.connect(course / BOOK, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = list(steps)
        other.rollback()
    assert [one.state for one in done] == ["failed", "failed"]
    assert all("locked" in one.reason for one in done)
    assert_nothing_is_half_done(now_in(course, tmp_path), expected)
    finished(loaded, course, expected)


def test_a_gradebook_that_is_locked_at_the_start_is_named(course, expected, tmp_path, loaded):
    with closing(sqlite3.connect(course / BOOK)) as other:
        other.execute("BEGIN EXCLUSIVE")
        code, said = loaded.autograde(course, *ISOLATION, *JOBS)
        other.rollback()
    assert code == 1
    assert "lock" in said
    assert "Traceback" not in said
    assert_nothing_is_half_done(now_in(course, tmp_path), expected)
    finished(loaded, course, expected)


def test_of_two_runs_at_once_one_grades_and_the_other_names_it(course, expected, loaded, tmp_path):
    run = loaded.start(course, tmp_path / "log", "autograde", "tiny", *ISOLATION, *JOBS)

    def held():
        try:
            with sole_run(course / "course"):
                return False
        except OtherRun:
            return True

    assert until(lambda: run.ended() or held(), 120)
    second = autograde(course, *ISOLATION, *JOBS)
    assert not run.ended(), "the second run waited for the first"
    assert second.returncode == 1
    assert f"process {run.pid} of " in second.stderr
    assert LINE not in second.stdout
    assert run.wait() == 0, run.said()
    assert_as_undisturbed(course, expected)


def test_two_runs_that_start_together_grade_everybody_once(course, expected):
    both = [
        subprocess.Popen(
            [COMMAND, "autograde", "tiny", *ISOLATION, *JOBS],
            cwd=course,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _number in range(2)
    ]
    said = [process.communicate() for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes, said
    for code, (_out, error) in zip(codes, said, strict=True):
        assert code == 0 or "Somebody is grading" in error
    assert_as_undisturbed(course, expected)


def test_a_clock_that_was_set_back_hides_no_work(before, after, expected, loaded, tmp_path):
    """Everything there seems to be of the future, and what is new of the past."""
    root = tmp_path / "checkout"
    shutil.copytree(after, root)
    future, past = 4_000_000_000, 1_000_000_000
    for file in (root / "course" / "autograded").rglob("*"):
        os.utime(file, (future, future))
    shutil.rmtree(root / "course" / BACKUPS)
    backed_up(f"sqlite:///{before / BOOK}", root / "course", datetime(2099, 1, 1, tzinfo=UTC))
    ours = Course(root, "course", "en")
    folder = submit(ours, "untouched", answered(ours), timestamp__txt="2001-01-01 00:00:00 UTC")
    anna = submit(ours, "anna", answered(ours, best='best = "c"'), timestamp__txt=EARLY)
    for file in (*folder.iterdir(), *anna.iterdir()):
        os.utime(file, (past, past))
    code, said = loaded.autograde(root, *ISOLATION, *JOBS)
    assert code == 0, said
    found = rows(root)
    scores = grades(found)
    assert scores["untouched", "total"]["auto_score"] == 4
    assert scores["anna", "best"]["auto_score"] == 1
    for learner in ("reviewed", "resubmits", "late", "damaged"):
        assert of_learner(found, learner) == of_learner(expected["after"], learner)
    newest = backups(root / "course")[-1]
    assert newest.stem == "gradebook-2099-01-01-000001"
    assert contents(f"sqlite:///{newest}") == expected["after"]


def test_before_the_first_change_of_a_run_there_is_a_backup(after, expected):
    kept = [contents(f"sqlite:///{backup}") for backup in backups(after / "course")]
    assert expected["before"] in kept


def test_graded_notebooks_are_whole(after):
    for file in (after / "course" / "autograded").rglob("*.ipynb"):
        nbformat.validate(nbformat.read(file, as_version=4))
