"""Temporary folders go with their process, and at the latest with the next run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader import temporary

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals")
ROOT = Path(__file__).parents[2]
NUMBERS = temporary._numbers()
WAITING = """
import time
from grader import temporary
with temporary.folder("key") as place:
    (place / "answers").write_text("42")
    print(place, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(temporary.tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def waiting(place):
    with subprocess.Popen(
        [sys.executable, "-c", WAITING], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        process.folder = Path(process.stdout.readline().strip())
        yield process
        process.kill()


def test_a_folder_is_for_its_user_alone_and_goes_at_the_end(place):
    with temporary.folder("key") as folder:
        assert folder.parent == place
        assert folder.stat().st_mode & 0o077 == 0
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_is_removed(waiting):
    assert (waiting.folder / "answers").exists()
    waiting.send_signal(signal.SIGKILL)
    waiting.wait()
    assert temporary.cleared() == [waiting.folder]
    assert not waiting.folder.exists()
    assert temporary.cleared() == []


def test_what_somebody_uses_stays(place, waiting):
    with temporary.folder("key") as own:
        assert temporary.cleared() == []
        assert own.exists()
        assert waiting.folder.exists()


@pytest.mark.parametrize("owner", ["", "x y", "1 2 3", f"{NUMBERS} {2**40}", f"{NUMBERS} -1", "é"])
def test_a_folder_that_does_not_say_whose_it_is_stays(place, owner):
    folder = place / "duecourse-key-abc"
    folder.mkdir()
    (folder / ".owner").write_text(owner, "utf-8")
    assert temporary.cleared() == []
    assert folder.exists()


def test_numbers_of_another_container_mean_nothing(place):
    folder = temporary.made("key")
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        check=True,
        text=True,
    )
    (folder / ".owner").write_text(f"{temporary._numbers() + 1} {ended.stdout}", "ascii")
    assert temporary.cleared() == []
    (folder / ".owner").write_text(f"{temporary._numbers()} {ended.stdout}", "ascii")
    assert temporary.cleared() == [folder]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away"
)
def test_another_users_folder_stays(place, waiting):
    waiting.send_signal(signal.SIGKILL)
    waiting.wait()
    os.chown(waiting.folder / ".owner", 12345, 12345)
    assert temporary.cleared() == []
    assert waiting.folder.exists()


def test_a_link_leads_nowhere(place, waiting):
    waiting.send_signal(signal.SIGKILL)
    waiting.wait()
    folder = place / "duecourse-key-abc"
    folder.mkdir()
    (folder / ".owner").symlink_to(waiting.folder / ".owner")
    assert temporary.cleared() == [waiting.folder]
    assert folder.exists()
