"""Through nbgrader's exchange: release, fetch, answer, submit, collect, grade, hand back."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from grader.grading import autograde
from tests.conftest import answered, scores

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform == "win32", reason="nbgrader's exchange needs Linux or macOS"),
]


def nbgrader(folder, *words, **more):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **more},
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_an_assignment_goes_out_and_comes_back_through_the_exchange(released, tmp_path):
    exchange, home = tmp_path / "exchange", tmp_path / "learner"
    exchange.mkdir()
    exchange.chmod(0o777)
    home.mkdir()
    settings = f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\n"
    with (released.root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.Exchange.root = {str(exchange)!r}\n")
    (home / "nbgrader_config.py").write_text(
        settings + "c.CourseDirectory.course_id = 'duecourse-en'\n"
    )
    learner = {"JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "JUPYTER_DATA_DIR": str(tmp_path)}

    nbgrader(released.root, "release_assignment", "tiny")
    nbgrader(home, "fetch_assignment", "tiny", **learner)
    fetched = {file.name for file in (home / "tiny").iterdir()}
    assert fetched == {"tiny.ipynb", "tasks.yaml", "notes.md", "holdout.csv"}

    nbformat.write(answered(released), home / "tiny" / "tiny.ipynb")
    (home / "tiny" / "answers").mkdir()
    (home / "tiny" / "answers" / "call-1.json").write_text("[]")
    nbgrader(home, "submit", "tiny", **learner)
    nbgrader(released.root, "collect", "tiny")
    [folder] = (released.folder / "submitted").glob("*/tiny")
    assert (folder / "answers" / "call-1.json").read_text() == "[]"

    [one] = autograde(released, "tiny")
    assert one.state == "graded"
    assert scores(released)[one.learner]["total"] == 4

    nbgrader(released.root, "generate_feedback", "tiny")
    nbgrader(released.root, "release_feedback", "tiny")
    nbgrader(home, "fetch_feedback", "tiny", **learner)
    [page] = (home / "tiny" / "feedback").rglob("tiny.html")
    assert "All right" in page.read_text("utf-8")
    shutil.rmtree(exchange)
