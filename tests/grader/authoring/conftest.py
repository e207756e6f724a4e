"""A checkout of its own for authors to damage."""

import shutil

import pytest
import yaml

from grader.authoring.new import new_case
from tests.conftest import ROOT


@pytest.fixture
def root(tmp_path):
    """A checkout with a start page and nothing else."""
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    shutil.copy(ROOT / "notebooks" / "00-start-here.ipynb", notebooks)
    return tmp_path


@pytest.fixture
def case(root):
    """The folder of a case as an author starts it."""
    return new_case(root, "returned-debit")


@pytest.fixture
def edit(case):
    """Change the data of one of its files by a function."""

    def change(name, how):
        file = case / name
        data = yaml.safe_load(file.read_text("utf-8"))
        how(data)
        file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")

    return change
