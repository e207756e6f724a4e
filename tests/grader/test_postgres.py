"""A gradebook on a PostgreSQL server holds the same as one in a file."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from duecourse.checkup import Check
from duecourse.errors import DuecourseError
from grader.checkup import checks
from grader.course import Course
from grader.grading import autograde, writer
from grader.handback import feedback
from grader.integrity import begun, integrity
from grader.kernels.jail import missing
from grader.release import release
from grader.results import collect
from grader.safekeeping import backups
from tests.conftest import ROOT, answered, submit, write_assignment
from tests.grader.gradebooks import contents, differences, files, grades, of_learner
from tests.grader.runs import COMMAND, LINE

POSTGRES = next(
    iter(
        sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: -float(one.parent.name))
    ),
    Path(shutil.which("initdb") or "/nowhere/initdb").parent,
)
pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(
        not (POSTGRES / "initdb").is_file(), reason="PostgreSQL's server is not installed"
    ),
]


def unprivileged():
    """Return how to become somebody whom PostgreSQL accepts: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    person = pwd.getpwnam("nobody")
    return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}


class Server:
    """A server that answers on a socket in a folder of its own; it is no part of any network."""

    def __init__(self, folder):
        self.folder, self.who, self.process = folder, unprivileged(), None
        if self.who:
            os.chown(folder, self.who["user"], self.who["group"])
        made = subprocess.run(
            [
                *(POSTGRES / "initdb", "--pgdata", folder / "data", "--username", "grader"),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            **self.who,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr

    def start(self):
        # A server in another time zone shows whether times are kept as they are.
        settings = {"listen_addresses": "", "timezone": "Asia/Shanghai", "fsync": "off"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [POSTGRES / "postgres", "-D", self.folder / "data", "-k", self.folder, *words],
                **self.who,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        ready = [POSTGRES / "pg_isready", "--quiet", "--host", self.folder]
        while subprocess.run(ready, check=False).returncode:
            assert self.process.poll() is None, (self.folder / "log").read_text()

    def stop(self, number=signal.SIGINT):
        """Stop: SIGINT ends connections, SIGQUIT ends everything as a power cut would."""
        self.process.send_signal(number)
        self.process.wait()

    def connected(self, name="postgres"):
        return psycopg.connect(host=str(self.folder), user="grader", dbname=name, autocommit=True)


@pytest.fixture(scope="module")
def server():
    folder = Path(tempfile.mkdtemp(prefix="duecourse-"))
    running = Server(folder)
    running.start()
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


@pytest.fixture
def database(server, request):
    """The name of an empty database."""
    name = f"grades{abs(hash(request.node.nodeid))}"
    with server.connected() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def url(server, database):
    """The address of an empty database."""
    return f"postgresql+psycopg://grader@/{database}?host={quote(str(server.folder), safe='')}"


def course_with(root, *settings):
    """Return a new course, configured as usual and by these lines of nbgrader's configuration."""
    root.mkdir()
    config = (ROOT / "nbgrader_config.py").read_text("utf-8")
    late = 'c.LateSubmissionPlugin.penalty_method = "zero"'
    (root / "nbgrader_config.py").write_text("\n".join([config, late, *settings]), "utf-8")
    write_assignment(root / "assignments" / "tiny")
    return Course(root, "course", "en")


def url_of(course):
    return course.config().CourseDirectory.db_url


def hand_in(course):
    before, after = "2026-03-09 09:00:00 UTC", "2026-03-09 20:00:01 Asia/Shanghai"
    submit(course, "anna", answered(course), timestamp__txt=before)
    submit(course, "李明", answered(course, best='best = "c"'), timestamp__txt=before)
    submit(course, "late", answered(course), timestamp__txt=after)
    submit(course, "raising", answered(course, best="best = 1 / 0"))
    submit(course, "damaged", b"{")
    submit(course, "o'neill; DROP", answered(course, total="total = '\\x00'"))
    submit(course, "nothing", None)


def graded_by(course, **more):
    return autograde(course, "tiny", isolated=not missing(), jobs=2, **more)


def steps(course):
    """Release, grade, correct by hand, hand in again, and grade again: yield what is there then."""
    release(course, "tiny")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate="2026-03-09 12:00:00 UTC")
    hand_in(course)
    yield sorted((one.learner, one.state) for one in graded_by(course))
    yield contents(url_of(course))
    with course.gradebook() as gradebook:
        for learner in ("anna", "李明"):
            grade = gradebook.find_grade("why", "tiny", "tiny", learner)
            grade.manual_score, grade.extra_credit = 2.5, 0.1
            comment = gradebook.find_comment("why", "tiny", "tiny", learner)
            comment.manual_comment = "很好 👍 'quoted' \\ 100%"
        gradebook.db.commit()
    submit(course, "李明", answered(course), timestamp__txt="2026-03-09 11:59:59 UTC")
    yield sorted((one.learner, one.state) for one in graded_by(course))
    yield contents(url_of(course))
    yield sorted((one.learner, one.state) for one in graded_by(course, remark=True))
    yield contents(url_of(course))
    yield files(course.folder / "autograded")


def test_every_step_leaves_the_same_in_postgresql_as_in_a_file(tmp_path, url):
    there = course_with(tmp_path / "there", f'c.CourseDirectory.db_url = "{url}"')
    here = course_with(tmp_path / "here")
    for found, expected in zip(steps(there), steps(here), strict=True):
        if isinstance(expected, dict) and "grade" in expected:
            assert differences(found, expected) == []
        assert found == expected
    assert integrity(url) == []
    assert not (there.folder / "gradebook.db").exists()


@pytest.fixture
def waiting(tmp_path, url):
    """A course with a class that is not graded yet."""
    course = course_with(tmp_path / "checkout", f'c.CourseDirectory.db_url = "{url}"')
    release(course, "tiny")
    hand_in(course)
    return course


ISOLATION = ["--no-isolation"] if missing() else []


def run(course, *words):
    return subprocess.run(
        [COMMAND, "autograde", "tiny", *ISOLATION, "--jobs", "2", *words],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_who_makes_the_backups(waiting):
    done = run(waiting)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pg_dump" in done.stdout + done.stderr
    assert backups(waiting.folder) == []


@pytest.mark.parametrize("lines", [1, 3, 5])
def test_a_killed_run_is_gone_on_with(waiting, url, tmp_path, lines):
    undisturbed = course_with(tmp_path / "undisturbed")
    release(undisturbed, "tiny")
    hand_in(undisturbed)
    assert run(undisturbed).returncode == 0
    expected = contents(url_of(undisturbed))
    with subprocess.Popen(
        [COMMAND, "autograde", "tiny", *ISOLATION, "--jobs", "2"],
        cwd=waiting.root,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for _number in range(lines):
            assert process.stdout.readline().startswith(LINE)
        process.kill()
    found = contents(url)
    for learner in ("anna", "李明", "late", "raising", "damaged", "o'neill; DROP", "nothing"):
        there = of_learner(found, learner)
        nothing = {table: [] for table in there}
        assert there in (nothing, of_learner(expected, learner))
    assert run(waiting).returncode == 0
    assert differences(contents(url), expected) == []
    assert files(waiting.folder / "autograded") == files(undisturbed.folder / "autograded")


def test_a_server_that_goes_away_stops_the_run_with_the_reason(server, waiting, url):
    with subprocess.Popen(
        [COMMAND, "autograde", "tiny", *ISOLATION, "--jobs", "2"],
        cwd=waiting.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith(LINE)
        server.stop(signal.SIGQUIT)
        try:
            said = process.communicate()[0]
        finally:
            server.start()
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "connection" in said
    assert run(waiting).returncode == 0
    assert len(grades(contents(url))) == 7 * 9


def test_a_server_that_is_not_there_is_named(server, waiting):
    server.stop()
    try:
        done = run(waiting)
    finally:
        server.start()
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(server.folder) in done.stderr


def test_a_table_locked_for_a_while_is_waited_for(server, database, waiting):
    with subprocess.Popen(
        [COMMAND, "autograde", "tiny", *ISOLATION, "--jobs", "2"],
        cwd=waiting.root,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith(LINE)
        with server.connected(database) as other, other.transaction():
            other.execute("LOCK TABLE grade IN ACCESS EXCLUSIVE MODE")
            with suppress(subprocess.TimeoutExpired):
                process.wait(7)
            assert process.poll() is None
        process.communicate()
    assert process.returncode == 0
    assert run(waiting).returncode == 0


@pytest.mark.timeout(120)
def test_a_table_locked_for_ever_stops_the_run_with_the_reason(
    server, database, waiting, monkeypatch
):
    monkeypatch.setattr(writer, "PATIENCE", 1.0)
    steps = graded_by(waiting)
    done = [next(steps)]
    with server.connected(database) as other, other.transaction():
        other.execute("LOCK TABLE grade IN ACCESS EXCLUSIVE MODE")
        done += steps
    reasons = [one.reason for one in done if one.state == "failed"]
    assert reasons
    assert all("locked" in reason for reason in reasons)
    assert {one.state for one in graded_by(waiting)} <= {"graded", "explained", "unchanged"}


def test_a_name_that_the_server_refuses_stops_nobody_else(tmp_path, waiting, url):
    submit(waiting, "x" * 200, answered(waiting))
    done = {one.learner: one for one in graded_by(waiting)}
    assert done["x" * 200].state == "failed"
    assert "too long" in done["x" * 200].reason
    others = {one.state for learner, one in done.items() if len(learner) < 200}
    assert others == {"graded", "explained"}
    assert len(grades(contents(url))) == 7 * 9
    assert not (waiting.folder / "autograded" / ("x" * 200)).exists()


def test_a_lost_table_and_another_version_are_problems(server, database, waiting, url):
    assert integrity(url) == []
    with server.connected(database) as other:
        other.execute("DROP TABLE comment")
        other.execute("UPDATE alembic_version SET version_num = '50a4d84c131a'")
    problems = integrity(url)
    assert len(problems) == 2
    assert "'comment' is missing" in problems[0]
    assert "nbgrader db upgrade" in problems[1]


def test_the_doctor_looks_at_the_server(waiting, url):
    found = {check.name: check for check in checks(waiting.root)}
    assert found["Gradebook"] == Check("Gradebook", True, "0 submissions")
    assert "pg_dump" in found["Backups"].advice


def test_a_database_without_tables_is_no_gradebook_yet(tmp_path, url):
    course = course_with(tmp_path / "checkout", f'c.CourseDirectory.db_url = "{url}"')
    (course.root / "submitted").mkdir()
    found = {check.name for check in checks(course.root)}
    assert found == {"Isolation"}
    with pytest.raises(DuecourseError, match="was not released"):
        collect(course, "tiny")
    assert not begun(url)


def test_a_course_in_nbgraders_own_style_is_looked_at_too(tmp_path, url):
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.db_url = {url!r}\n"
    )
    (tmp_path / "submitted").mkdir()
    with Course(tmp_path, "course", "en").gradebook() as gradebook:
        gradebook.add_student("anna")
    found = {check.name: check for check in checks(tmp_path)}
    assert found["Gradebook"] == Check("Gradebook", True, "0 submissions")


@pytest.mark.parametrize(
    ("state", "expected"), [("55P03", True), ("40P01", True), ("57P01", False)]
)
def test_a_lock_is_known_by_its_state_and_not_by_words(url, state, expected):
    raised = f"DO $$ BEGIN RAISE 'gesperrt, locked' USING ERRCODE = '{state}'; END $$"
    engine = create_engine(url)
    with engine.connect() as connection, pytest.raises(OperationalError) as caught:
        connection.execute(text(raised))
    engine.dispose()
    assert writer.waited_in_vain(caught.value) is expected


def test_feedback_is_written_from_the_server(waiting):
    assert run(waiting, "--learner", "anna").returncode == 0
    [back] = feedback(waiting, "tiny", ["anna"], early=True)
    assert [page.name for page in back.pages] == ["tiny.html"]


def test_the_report_is_written_from_the_server(waiting):
    assert run(waiting, "--learner", "anna").returncode == 0
    results = collect(waiting, "tiny")
    assert "anna" in set(results.learners["learner"])
