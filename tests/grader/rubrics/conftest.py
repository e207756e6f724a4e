"""A graded class to mark by hand; each test has its own copy."""

import shutil

import pytest

from grader.course import Course
from tests.grader.rubrics.classroom import graded_class


@pytest.fixture(scope="session")
def _marked_by_hand(_released, tmp_path_factory):
    return graded_class(_released, tmp_path_factory.mktemp("by-hand") / "checkout").root


@pytest.fixture
def course(_marked_by_hand, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(_marked_by_hand, root)
    return Course(root, "course", "en")
