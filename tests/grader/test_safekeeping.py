"""A gradebook is backed up before it changes, and two runs never work on one course."""

import multiprocessing
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from nbgrader.api import Gradebook

from duecourse.errors import DuecourseError
from grader import integrity as soundness
from grader import safekeeping
from grader.course import Course
from grader.integrity import integrity
from grader.safekeeping import (
    BACKUPS,
    KEPT,
    LOCK,
    GradebookDamaged,
    OtherRun,
    backed_up,
    backups,
    own_backup,
    sole_run,
)

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def _made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made")
    file = root / "gradebook.db"
    with (
        Course(root, "course", "en").environment(),
        Gradebook(f"sqlite:///{file}", "a course") as gradebook,
    ):
        gradebook.add_assignment("tiny")
        for learner in ("anna", "李明"):
            gradebook.add_student(learner)
    return file.read_bytes()


@pytest.fixture
def book(tmp_path, _made):
    """A gradebook in a course's folder."""
    file = tmp_path / "gradebook.db"
    file.write_bytes(_made)
    return file


def url(file):
    return f"sqlite:///{file}"


def learners(file):
    with closing(sqlite3.connect(file)) as opened:
        return [name for (name,) in opened.execute("SELECT id FROM student ORDER BY id")]


def enrol(file, learner):
    with closing(sqlite3.connect(file)) as opened, opened:
        opened.execute("INSERT INTO student (id) VALUES (?)", [learner])


def test_a_backup_holds_what_the_gradebook_held(book):
    backup = backed_up(url(book), book.parent, NOON)
    assert backup == book.parent / BACKUPS / "gradebook-2026-03-09-120000.db"
    enrol(book, "late")
    assert learners(backup) == ["anna", "李明"]
    assert integrity(url(backup)) == []


def test_a_backup_is_named_in_utc(book):
    shanghai = NOON.astimezone(datetime.strptime("+0800", "%z").tzinfo)
    assert backed_up(url(book), book.parent, shanghai).stem == "gradebook-2026-03-09-120000"


def test_a_gradebook_that_nobody_may_read_has_a_backup_that_nobody_may_read(book):
    book.chmod(0o600)
    assert stat.S_IMODE(backed_up(url(book), book.parent, NOON).stat().st_mode) == 0o600


def test_where_nothing_is_graded_yet_nothing_is_backed_up(tmp_path):
    assert backed_up(url(tmp_path / "gradebook.db"), tmp_path, NOON) is None
    assert list(tmp_path.iterdir()) == []


def test_another_database_is_left_to_its_own_tools(tmp_path):
    there = "postgresql+psycopg://anna:secret@example/grades"
    assert backed_up(there, tmp_path, NOON) is None
    assert "pg_dump" in own_backup(there)
    assert "secret" not in own_backup(there)
    assert own_backup(url(tmp_path / "gradebook.db")) == ""


def test_an_unchanged_gradebook_is_not_backed_up_twice(book):
    first = backed_up(url(book), book.parent, NOON)
    assert backed_up(url(book), book.parent, NOON + timedelta(hours=1)) == first
    assert backups(book.parent) == [first]


def test_the_newest_ten_are_kept(book):
    made = []
    for number in range(KEPT + 3):
        enrol(book, f"learner-{number}")
        made.append(backed_up(url(book), book.parent, NOON + timedelta(minutes=number)))
    assert backups(book.parent) == made[-KEPT:]
    assert len(learners(made[-1])) == 2 + KEPT + 3


def test_the_newest_stay_the_newest_when_the_clock_is_set_back(book):
    made = []
    for number in range(KEPT + 2):
        enrol(book, f"learner-{number}")
        made.append(backed_up(url(book), book.parent, NOON - timedelta(days=number)))
    assert backups(book.parent) == made[-KEPT:]
    assert made[1].stem == "gradebook-2026-03-09-120001"


def test_other_files_beside_the_backups_are_left_alone(book):
    folder = book.parent / BACKUPS
    folder.mkdir()
    for name in ("gradebook-before-the-exam.db", "notes.txt"):
        (folder / name).write_text("mine")
    for number in range(KEPT + 1):
        enrol(book, f"learner-{number}")
        backed_up(url(book), book.parent, NOON + timedelta(minutes=number))
    assert (folder / "gradebook-before-the-exam.db").read_text() == "mine"
    assert (folder / "notes.txt").read_text() == "mine"


def test_what_a_killed_program_left_half_written_is_not_backed_up(book):
    code = (
        "import os, signal, sqlite3, sys\n"
        "book = sqlite3.connect(sys.argv[1])\n"
        "book.execute('PRAGMA cache_size = 1')\n"
        "book.execute('CREATE TABLE ballast (x)')\n"
        "book.executemany('INSERT INTO ballast VALUES (?)', [('x' * 4000,)] * 100)\n"
        "book.execute(\"DELETE FROM student WHERE id = 'anna'\")\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(book)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (book.parent / "gradebook.db-journal").stat().st_size > 0
    backup = backed_up(url(book), book.parent, NOON)
    assert learners(backup) == ["anna", "李明"]
    assert integrity(url(book)) == []


def test_a_damaged_gradebook_is_named_with_its_newest_backup(book):
    backup = backed_up(url(book), book.parent, NOON)
    content = bytearray(book.read_bytes())
    content[4096 : 4096 * 6] = b"\xff" * (4096 * 5)
    book.write_bytes(content)
    with pytest.raises(GradebookDamaged, match="is damaged") as raised:
        backed_up(url(book), book.parent, NOON + timedelta(hours=1))
    assert str(backup) in str(raised.value)
    assert backups(book.parent) == [backup]
    assert list((book.parent / BACKUPS).glob("*.part")) == []


def test_a_file_that_is_no_database_stops_before_anything_is_changed(book):
    book.write_bytes(b"this is no database" * 100)
    with pytest.raises(DuecourseError, match="not a database"):
        backed_up(url(book), book.parent, NOON)
    assert backups(book.parent) == []


def test_a_locked_gradebook_is_waited_for_and_then_named(book, monkeypatch):
    monkeypatch.setattr(soundness, "PATIENCE", 0.2)
    monkeypatch.setattr(safekeeping, "PATIENCE", 0.2)
    with closing(sqlite3.connect(book)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DuecourseError, match="another program has locked it"):
            backed_up(url(book), book.parent, NOON)
    assert backed_up(url(book), book.parent, NOON) is not None


def limited(size, book, answers):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    try:
        backed_up(url(book), book.parent, NOON)
    except DuecourseError as error:
        answers.put(str(error))
    else:
        answers.put("written")


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(book):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=limited, args=(20_000, book, answers))
    process.start()
    said = answers.get(timeout=60)
    process.join()
    assert "could not be backed up" in said
    assert "Nothing was changed" in said
    assert list((book.parent / BACKUPS).iterdir()) == []


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can make a small disk"
)
def test_a_full_disk_is_called_so(book, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let a small disk be mounted")
    try:
        with pytest.raises(DuecourseError, match="the disk is full"):
            backed_up(url(book), disk, NOON)
        assert list((disk / BACKUPS).iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_sound_gradebook_has_no_problems(book):
    assert integrity(url(book)) == []


def test_a_gradebook_that_does_not_exist_has_no_problems_and_is_not_made(tmp_path):
    assert integrity(url(tmp_path / "gradebook.db")) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("DROP TABLE comment", "the table 'comment' is missing"),
        ("ALTER TABLE grade DROP COLUMN extra_credit", "the table 'grade' has no column"),
        ("UPDATE alembic_version SET version_num = '724cde206c17'", "nbgrader db upgrade"),
        ("DELETE FROM alembic_version", "does not say which version"),
        ("DROP TABLE alembic_version", "does not say which version"),
        (
            "INSERT INTO grade (id, needs_manual_grade, notebook_id) VALUES ('g', 1, 'gone')",
            "1 rows belong to nothing, in: grade",
        ),
    ],
)
def test_what_is_wrong_with_a_gradebook_is_said(book, change, problem):
    with closing(sqlite3.connect(book)) as opened, opened:
        opened.execute(change)
    [found] = integrity(url(book))
    assert problem in found


def test_a_damaged_file_is_described_in_sqlites_words(book):
    book.write_bytes(b"this is no database" * 100)
    assert integrity(url(book)) == ["file is not a database"]


def test_a_server_that_does_not_answer_is_a_problem(tmp_path):
    [problem] = integrity(f"postgresql+psycopg://anna:secret@/grades?host={tmp_path}")
    assert str(tmp_path) in problem
    assert "secret" not in problem


HOLD = (
    "import sys\n"
    "from pathlib import Path\n"
    "from grader.safekeeping import sole_run\n"
    "with sole_run(Path(sys.argv[1])):\n"
    "    print('holding', flush=True)\n"
    "    sys.stdin.readline()\n"
)


@pytest.fixture
def holder(tmp_path):
    """Another process that grades in the course."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def test_a_second_run_is_refused_and_told_of_the_first(tmp_path, holder):
    with pytest.raises(OtherRun, match=rf"process {holder.pid} of ") as raised, sole_run(tmp_path):
        pytest.fail("both ran")
    assert str(tmp_path) in str(raised.value)


def test_a_run_that_has_ended_leaves_the_course_to_the_next(tmp_path, holder):
    holder.communicate("go\n", timeout=60)
    mine = f"process {os.getpid()} "
    with sole_run(tmp_path), pytest.raises(OtherRun, match=mine), sole_run(tmp_path):
        pytest.fail("both ran")
    with sole_run(tmp_path):
        pass


def test_a_killed_run_leaves_the_course_to_the_next(tmp_path, holder):
    holder.kill()
    holder.wait()
    with sole_run(tmp_path):
        pass


def test_what_a_dead_run_wrote_into_the_lock_file_stops_nobody(tmp_path):
    (tmp_path / LOCK).write_text("process 1 of root on elsewhere, since 1970-01-01 00:00:00 UTC")
    with sole_run(tmp_path):
        assert f"process {os.getpid()} " in (tmp_path / LOCK).read_text("utf-8")
    assert (tmp_path / LOCK).read_bytes() == b""


def test_a_refused_run_does_not_free_the_course_for_a_third(tmp_path, holder):
    for _attempt in range(2):
        with pytest.raises(OtherRun, match=f"process {holder.pid} "), sole_run(tmp_path):
            pytest.fail("both ran")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_process_that_outlives_its_run_does_not_hold_the_course(tmp_path):
    code = HOLD.replace(
        "    print(",
        "    import os\n    here, there = os.pipe()\n    child = os.fork()\n"
        "    if not child:\n        os.close(there)\n        os.read(here, 1)\n        os._exit(0)\n    print(",
        1,
    )
    code = code.replace("'holding'", "child")
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        child = int(process.stdout.readline())
        os.kill(child, signal.SIGSTOP)
        process.kill()
        process.wait()
        try:
            os.kill(child, 0)
            with sole_run(tmp_path):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_an_error_during_a_run_frees_the_course(tmp_path):
    with pytest.raises(ZeroDivisionError), sole_run(tmp_path):
        raise ZeroDivisionError
    with sole_run(tmp_path):
        pass


def test_two_courses_are_graded_side_by_side(tmp_path):
    with sole_run(tmp_path / "one"), sole_run(tmp_path / "two"):
        pass
