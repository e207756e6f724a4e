"""Folders as a learner has them, with the example's case beside the notebook."""

import shutil

import pytest

from tests.duecourse.calls.example import CASES, SLUG


@pytest.fixture
def practice(tmp_path, monkeypatch):
    """A folder whose case has its key beside it; it is the current one."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    shutil.copytree(CASES, tmp_path / "cases")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def graded(practice):
    """The same without the key."""
    (practice / "cases" / SLUG / "key.yaml").unlink()
    return practice
