"""The doctor's look at a course in which somebody grades."""

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from duecourse.checkup import Check
from grader import checkup
from grader.course import Course
from grader.safekeeping import OtherRun, backed_up, sole_run
from tests.conftest import ROOT

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


def found(root):
    return {check.name: check for check in checkup.checks(root)}


def book(course):
    return course.folder / "gradebook.db"


@pytest.fixture(autouse=True)
def isolated(monkeypatch):
    """Isolation works, whatever this machine can do."""
    monkeypatch.setattr(checkup, "missing", lambda: "")
    monkeypatch.delenv("DUECOURSE_COURSE", raising=False)


def test_a_sound_gradebook_tells_how_many_submissions_it_holds(released):
    with released.gradebook() as gradebook:
        gradebook.update_or_create_student("anna")
        gradebook.update_or_create_submission("tiny", "anna")
    checks = found(released.root)
    assert checks["Gradebook"] == Check("Gradebook", True, "1 submissions")
    assert checks["Backups"].ok is True
    assert "none yet" in checks["Backups"].found
    assert "Unfinished run" not in checks


def test_the_newest_backup_is_named(released):
    backup = backed_up(f"sqlite:///{book(released)}", released.folder, NOON)
    assert found(released.root)["Backups"].found == f"1, the newest is {backup.name}"


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" * 9])
def test_a_damaged_gradebook_is_broken_and_its_backup_is_named(released, content):
    book(released).write_bytes(content)
    check = found(released.root)["Gradebook"]
    assert check.ok is False
    assert f"in the place of {book(released)}, or move it away" in check.advice
    book(released).unlink()
    with released.gradebook():
        backup = backed_up(f"sqlite:///{book(released)}", released.folder, NOON)
    book(released).write_bytes(content)
    assert str(backup) in found(released.root)["Gradebook"].advice


def test_a_gradebook_of_another_version_is_broken(released):
    with closing(sqlite3.connect(book(released))) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '50a4d84c131a'")
    check = found(released.root)["Gradebook"]
    assert check.ok is False
    assert "nbgrader db upgrade" in check.found


def test_where_nothing_is_built_nothing_is_made(tmp_path):
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    assert list(found(tmp_path)) == ["Isolation"]
    assert [file.name for file in tmp_path.iterdir()] == ["nbgrader_config.py"]


def test_a_course_in_nbgraders_own_style_is_looked_at_too(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    with Course(tmp_path, "course", "en").gradebook() as gradebook:
        gradebook.add_student("anna")
    assert found(tmp_path)["Gradebook"] == Check("Gradebook", True, "0 submissions")


def test_a_configuration_that_cannot_be_read_is_broken(released):
    (released.root / "nbgrader_config.py").write_text("1 / 0\n")
    checks = found(released.root)
    assert checks["Gradebook"].ok is False
    assert "ZeroDivisionError" in checks["Gradebook"].found
    assert "Isolation" in checks


def test_a_gradebook_that_does_not_answer_is_broken_and_its_password_stays_secret(
    released, tmp_path
):
    with (released.root / "nbgrader_config.py").open("a") as config:
        there = f"postgresql+psycopg://anna:secret@/grades?host={tmp_path}"
        config.write(f'\nc.CourseDirectory.db_url = "{there}"\n')
    check = found(released.root)["Gradebook"]
    assert check.ok is False
    assert "secret" not in check.found + check.advice
    assert "pg_dump" in check.advice


def test_what_an_unfinished_run_left_is_named(released):
    left = released.folder / "autograded" / "anna" / ".tiny.part"
    left.mkdir(parents=True)
    check = found(released.root)["Unfinished run"]
    assert check.ok is None
    assert check.found == str(left.relative_to(released.root))
    assert "duecourse autograde" in check.advice
    left.rmdir()
    assert "Unfinished run" not in found(released.root)


def test_a_run_that_is_going_on_is_not_unfinished(released, monkeypatch):
    (released.folder / "autograded" / "anna" / ".tiny.part").mkdir(parents=True)
    with sole_run(released.folder):
        check = found(released.root)["Unfinished run"]
    assert check.ok is True
    assert f"process {os.getpid()} " in check.found
    with pytest.raises(OtherRun), sole_run(released.folder), sole_run(released.folder):
        pass


def test_isolation_that_works_is_fine():
    assert checkup.isolation().ok is True


def test_isolation_that_cannot_work_is_noted_with_the_reason(monkeypatch):
    monkeypatch.setattr(checkup, "missing", lambda: "bubblewrap is not installed")
    check = checkup.isolation()
    assert check.ok is None
    assert check.found == "bubblewrap is not installed"
    assert "--no-isolation" in check.advice
