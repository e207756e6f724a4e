"""The boards of cases and rules, used where they stand: by mouse, by keyboard, in both languages."""

import json
import shutil

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from duecourse.language import LANGUAGES, _, speaking
from tests.browser.conftest import opened, served
from tests.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.kernel]

CODER = 'from duecourse.codings import code\ncoding = code("plan-that-fits", "first-call")\ncoding'


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server over a folder in each language."""
    root = tmp_path_factory.mktemp("learners")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for language in LANGUAGES:
        for kind in ("practice", "graded"):
            folder = root / f"{kind}-{language}"
            shutil.copytree(
                ROOT / "case_studies" / "success" / "plan-that-fits",
                folder / "cases" / "plan-that-fits",
            )
            (folder / "course.yaml").write_text(f"language: {language}\n")
            if kind == "graded":
                (folder / "cases" / "plan-that-fits" / "key.yaml").unlink()
            cells = [new_code_cell(CODER), new_code_cell("print(coding.progress)")]
            notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
            write(notebook, folder / "coder.ipynb")
    with served(root, tmp_path_factory.mktemp("jupyter")) as address:
        yield address
