"""A gradebook on a PostgreSQL server holds the same as one in a file."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from grader.course import Course
from grader.grading import autograde
from grader.integrity import integrity
from grader.release import release
from tests.conftest import ROOT, answered, submit, write_assignment
from tests.grader.gradebooks import contents, differences, files

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


@pytest.fixture(scope="module")
def server():
    """The folder of a server's socket; the server is no part of any network."""
    folder = Path(tempfile.mkdtemp(prefix="duecourse-"))
    who = unprivileged()
    if who:
        os.chown(folder, who["user"], who["group"])
    data = folder / "data"
    made = subprocess.run(
        [
            *(POSTGRES / "initdb", "--pgdata", data, "--username", "grader", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
        ],
        **who,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    # A server in another time zone shows whether times are kept as they are.
    settings = {"listen_addresses": "", "timezone": "Asia/Shanghai", "fsync": "off"}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [POSTGRES / "postgres", "-D", data, "-k", folder, *words],
            **who,
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            ready = [POSTGRES / "pg_isready", "--quiet", "--host", folder]
            while subprocess.run(ready, check=False).returncode:
                assert process.poll() is None, (folder / "log").read_text()
            yield folder
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
            shutil.rmtree(folder)


@pytest.fixture
def database(server, request):
    """The address of an empty database."""
    name = f"grades{abs(hash(request.node.nodeid))}"
    with psycopg.connect(
        host=str(server), user="grader", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://grader@/{name}?host={quote(str(server), safe='')}"


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


def steps(course):
    """Release, grade, correct by hand, hand in again, and grade again: yield what is there then."""
    release(course, "tiny")
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate="2026-03-09 12:00:00 UTC")
    hand_in(course)
    yield [(one.learner, one.state) for one in autograde(course, "tiny")]
    yield contents(url_of(course))
    with course.gradebook() as gradebook:
        for learner in ("anna", "李明"):
            grade = gradebook.find_grade("why", "tiny", "tiny", learner)
            grade.manual_score, grade.extra_credit = 2.5, 0.1
            comment = gradebook.find_comment("why", "tiny", "tiny", learner)
            comment.manual_comment = "很好 👍 'quoted' \\ 100%"
        gradebook.db.commit()
    submit(course, "李明", answered(course), timestamp__txt="2026-03-09 11:59:59 UTC")
    yield [(one.learner, one.state) for one in autograde(course, "tiny")]
    yield contents(url_of(course))
    yield [(one.learner, one.state) for one in autograde(course, "tiny", remark=True)]
    yield contents(url_of(course))
    yield files(course.folder / "autograded")


def test_every_step_leaves_the_same_in_postgresql_as_in_a_file(tmp_path, database):
    there = course_with(tmp_path / "there", f'c.CourseDirectory.db_url = "{database}"')
    here = course_with(tmp_path / "here")
    for found, expected in zip(steps(there), steps(here), strict=True):
        if isinstance(expected, dict) and "grade" in expected:
            assert differences(found, expected) == []
        assert found == expected
    assert integrity(database) == []
    assert not (there.folder / "gradebook.db").exists()
