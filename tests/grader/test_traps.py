"""Traps of nbgrader 0.9.6: what it does by itself, and what it does with the kit's configuration."""

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from grader.course import Course
from grader.grading import autograde
from tests.conftest import answered, cell_of, handed_out, nbgrader, scores, submit

pytestmark = pytest.mark.kernel

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}


class Stock:
    """A course of plain nbgrader: nothing configured but its folders."""

    def __init__(self, root):
        from nbgrader.apps import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory

        self.root = root
        config = Config()
        config.CourseDirectory.root = str(root)
        config.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
        config.Exchange.root = str(root / "exchange")
        cells = [
            new_code_cell(
                "def answer():\n    ### BEGIN SOLUTION\n    return 1.0\n    ### END SOLUTION",
                metadata={"nbgrader": nbgrader("answer", solution=True)},
            ),
            new_code_cell("answer()", metadata={"nbgrader": nbgrader("test", points=4)}),
        ]
        notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
        (root / "source" / "ps").mkdir(parents=True)
        (root / "source" / "ps" / "answers.json").write_text("{}")
        nbformat.write(notebook, root / "source" / "ps" / "ps.ipynb")
        self.api = NbGraderAPI(CourseDirectory(config=config), config=config)
        assert self.api.generate_assignment("ps")["success"]

    def submission(self, source):
        notebook = nbformat.read(self.root / "release" / "ps" / "ps.ipynb", 4)
        cell_of(notebook, "answer").source = source
        return notebook

    def hand_in(self, learner, content):
        folder = self.root / "submitted" / learner / "ps"
        folder.mkdir(parents=True)
        if isinstance(content, bytes):
            (folder / "ps.ipynb").write_bytes(content)
        else:
            nbformat.write(content, folder / "ps.ipynb")
        return folder

    def grade(self, learner):
        return self.api.autograde("ps", learner)["success"]

    def score(self, learner):
        with self.api.gradebook as gradebook:
            grade = gradebook.find_grade("test", "ps", "ps", learner)
            return "by hand" if grade.needs_manual_grade else grade.score


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    root = tmp_path_factory.mktemp("stock")
    with pytest.MonkeyPatch.context() as patch:
        programs = Path(sys.executable).parent
        patch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
        yield Stock(root)


@pytest.fixture(scope="module")
def ours(_released, tmp_path_factory):
    root = tmp_path_factory.mktemp("ours") / "checkout"
    shutil.copytree(_released, root)
    return Course(root, "course", "en")


def total(course, learner):
    [one] = autograde(course, "tiny", [learner])
    assert one.state in ("graded", "explained")
    return scores(course)[learner]["total"]


def test_a_warning_before_the_result(stock, ours):
    noise = "import sys\nsys.stderr.write('DeprecationWarning')\n"
    stock.hand_in(
        "noisy",
        stock.submission(f"def answer():\n    {noise.replace(chr(10), '; ')[:-2]}\n    return 4.0"),
    )
    stock.grade("noisy")
    assert stock.score("noisy") == 0  # of 4, for a right answer
    whole = (
        "class Noisy(float):\n    def __float__(self):\n        " + noise.replace("\n", "; ")[:-2]
    )
    source = f"{whole}\n        return 4712.25\n    is_integer = lambda self: False\ntotal = Noisy(4712.25)"
    submit(ours, "noisy", answered(ours, total=source))
    assert total(ours, "noisy") == 4


@pytest.mark.parametrize(
    ("name", "value"), [("numpy", "numpy.float64(0.5)"), ("truth", "True"), ("minus", "-3.0")]
)
def test_a_result_that_is_no_plain_float(stock, ours, name, value):
    stock.hand_in(name, stock.submission(f"import numpy\ndef answer():\n    return {value}"))
    stock.grade(name)
    assert stock.score(name) == 4  # everything, for half or less
    submit(ours, name, answered(ours, total=f"import numpy\ntotal = {value}"))
    assert total(ours, name) == 0


def test_a_deleted_graded_cell(stock, ours):
    gone = stock.submission("def answer():\n    return 0.0")
    gone.cells.pop()
    stock.hand_in("deleted", gone)
    stock.grade("deleted")
    assert stock.score("deleted") == "by hand"  # nobody is told why
    notebook = answered(ours, total="total = 1")
    notebook.cells.remove(cell_of(notebook, "total"))
    submit(ours, "deleted", notebook)
    assert total(ours, "deleted") == 0


def test_a_cell_that_stands_twice(stock, ours):
    def twice(notebook, name):
        copy = nbformat.from_dict(cell_of(notebook, name))
        copy.id = "again"
        notebook.cells.append(copy)
        return notebook

    stock.hand_in("twice", twice(stock.submission("def answer():\n    return 4.0"), "test"))
    assert not stock.grade("twice")
    submit(ours, "twice", twice(answered(ours), "total"))
    assert total(ours, "twice") == 4


@pytest.mark.parametrize(
    ("name", "content"), [("damaged", b'{"cells": ['), ("encoding", "ÿ".encode("utf-16"))]
)
def test_a_file_that_is_not_readable(stock, ours, name, content):
    stock.hand_in(name, content)
    assert not stock.grade(name)
    submit(ours, name, content)
    assert total(ours, name) == 0


@pytest.mark.parametrize("schema", [1, 99])
def test_metadata_of_another_version(stock, ours, schema):
    notebook = stock.submission("def answer():\n    return 4.0")
    for cell in notebook.cells:
        cell.metadata.nbgrader["schema_version"] = schema
    stock.hand_in(f"schema{schema}", notebook)
    assert not stock.grade(f"schema{schema}")
    notebook = answered(ours)
    cell_of(notebook, "total").metadata.nbgrader["schema_version"] = schema
    submit(ours, f"schema{schema}", notebook)
    assert total(ours, f"schema{schema}") == 4


def test_a_tag_that_skips_execution(stock, ours):
    notebook = stock.submission("def answer():\n    return 0.0")
    notebook.cells[-1].metadata["tags"] = ["skip-execution"]
    stock.hand_in("skips", notebook)
    stock.grade("skips")
    assert stock.score("skips") == 4  # everything, for nothing
    notebook = answered(ours, total="total = 1")
    cell_of(notebook, "total").metadata["tags"] = ["skip-execution"]
    submit(ours, "skips", notebook)
    assert total(ours, "skips") == 0


def test_a_link_to_somebody_elses_notebook(stock, ours):
    stock.hand_in("honest", stock.submission("def answer():\n    return 4.0"))
    folder = stock.root / "submitted" / "linked" / "ps"
    folder.mkdir(parents=True)
    (folder / "ps.ipynb").symlink_to(stock.root / "submitted" / "honest" / "ps" / "ps.ipynb")
    stock.grade("linked")
    assert stock.score("linked") == 4
    submit(ours, "honest", answered(ours))
    folder = submit(ours, "linked", None)
    (folder / "tiny.ipynb").symlink_to(ours.folder / "submitted" / "honest" / "tiny" / "tiny.ipynb")
    assert total(ours, "linked") == 0


def test_no_notebook_at_all(stock, ours):
    (stock.root / "submitted" / "empty" / "ps").mkdir(parents=True)
    assert not stock.grade("empty")
    submit(ours, "empty", None)
    assert total(ours, "empty") == 0


def test_widget_state_that_is_no_state(stock, ours):
    def broken(notebook):
        notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
        return notebook

    stock.hand_in("widgets", broken(stock.submission("def answer():\n    return 4.0")))
    stock.grade("widgets")
    assert not stock.api.generate_feedback("ps", "widgets")["success"]
    submit(ours, "widgets", broken(answered(ours)))
    assert total(ours, "widgets") == 4
    with ours.environment():
        assert ours.api().generate_feedback("tiny", "widgets")["success"]


def test_a_learners_own_answer_file(stock, ours):
    folder = stock.hand_in(
        "file", stock.submission("def answer():\n    return open('answers.json').read()")
    )
    (folder / "answers.json").write_text("mine")
    stock.grade("file")
    assert (stock.root / "autograded" / "file" / "ps" / "answers.json").read_text() == "{}"
    folder = submit(ours, "file", answered(ours))
    (folder / "answers").mkdir()
    (folder / "answers" / "call-1.json").write_text('["mine"]')
    assert total(ours, "file") == 4
    kept = ours.folder / "autograded" / "file" / "tiny" / "answers" / "call-1.json"
    assert kept.read_text() == '["mine"]'


def test_zip_files_of_a_class_keep_the_answer_files():
    from nbgrader.plugins.zipcollect import FileNameCollectorPlugin

    from grader.course import open_course
    from tests.conftest import ROOT

    assert FileNameCollectorPlugin().valid_ext == [".ipynb"]
    config = open_course(ROOT, "course", "en").config()
    assert FileNameCollectorPlugin(config=config).valid_ext == [".ipynb", ".json", ".jsonl"]


def test_the_untouched_release_of_the_traps_is_worth_nothing(ours):
    submit(ours, "untouched", handed_out(ours))
    assert total(ours, "untouched") == 0
