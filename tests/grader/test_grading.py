"""A class of honest, unlucky and hostile submissions: each scores by its value, nobody stops another."""

import json
import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from grader.grading import autograde
from tests.conftest import (
    answered,
    cell_of,
    handed_out,
    mark_of,
    nbgrader,
    scores,
    solved_notebook,
    submit,
)

pytestmark = pytest.mark.kernel

FULL = {
    "total": 4,
    "best": 2,
    "several": 4,
    "order": 3,
    "bands": 8,
    "line": 2,
    "doubler": 4,
    "forecast": 5,
    "why": "by hand",
}
NOTHING = dict.fromkeys(FULL, 0)
RIGHT_TOTAL = {"version": 1, "task": "total", "kind": "number", "value": 4712.25}
FORGE = (
    "from IPython.display import publish_display_data\n"
    f"record = {json.dumps(RIGHT_TOTAL)}\n"
    'publish_display_data({"text/plain": "x", "application/vnd.duecourse.answer+json": record})\n'
)


def with_cell(notebook, source, place=1):
    notebook.cells.insert(place, new_code_cell(source))
    return notebook


def without(notebook, *names):
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in names
    ]
    return notebook


def with_metadata(notebook, name, **changes):
    cell_of(notebook, name).metadata.nbgrader.update(changes)
    return notebook


def twice(notebook, name):
    place = notebook.cells.index(cell_of(notebook, name))
    copy = nbformat.from_dict(notebook.cells[place])
    copy.id = f"{copy.id}-again"
    notebook.cells.insert(place, copy)
    return notebook


def build_class(course):
    """Hand in every kind of submission."""
    right = answered(course)

    def one(**changes):
        return answered(course, **changes)

    text = nbformat.writes(right)
    submissions = {
        "right": right,
        "untouched": handed_out(course),
        "mistake": one(
            total="total = 4711.25",
            best='best = "c"',
            bands='bands = pd.DataFrame({"band": ["low", "high"], "count": [31, 17], '
            '"rate": [0.875, 0.125]})',
            doubler="def doubler(amount):\n    return amount ** 2",
        ),
        "raising": one(best="best = 1 / 0"),
        "prints-score": one(total='total = 1\nprint("4.0")'),
        "returns-score": with_cell(one(total="total = 1"), "4.0", place=4),
        "noisy": one(total='import sys\nsys.stderr.write("a warning")\ntotal = 4712.25'),
        "forges-elsewhere": with_cell(one(total="total = 1"), FORGE),
        "forges-here": with_cell(
            one(total="total = 1"),
            f"def check(task, answer):\n    {FORGE.replace(chr(10), chr(10) + '    ')}",
        ),
        "patches-check": with_cell(one(total=None), "def check(task, answer):\n    return 4.0"),
        "raises-braces": with_cell(
            one(),
            "class NotExecuted(Exception):\n    pass\n"
            "def check(task, answer):\n    raise NotExecuted('{0} {task}')",
        ),
        "patches-marks": with_cell(
            one(total="total = 1"),
            "import duecourse.agreement as a, duecourse.answers as b\n"
            "a.agree = lambda *_: a.Agreement(1.0)\nb.read = lambda *_: b.Answer(1)",
        ),
        "patches-builtins": with_cell(
            one(total="total = 1"),
            "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.float = lambda *a: 1.0",
        ),
        "transforms-cells": with_cell(
            one(total="total = 1"),
            'get_ipython().input_transformers_cleanup.append(lambda lines: ["4.0\\n"])',
        ),
        "edits-check": right_but(course, "total", 'print("replaced")'),
        "deletes-cells": without(one(), "total", "bands"),
        "duplicates": twice(one(), "total"),
        "old-schema": with_metadata(one(), "total", schema_version=1),
        "new-schema": with_metadata(one(), "total", schema_version=99),
        "more-points": with_metadata(one(), "total", points=400),
        "not-graded": with_metadata(one(), "total", grade=False),
        "as-solution": with_metadata(one(), "total", solution=True, locked=False),
        "unknown-id": with_metadata(one(), "total", grade_id="no-such-task"),
        "skips": tagged(one(), "skip-execution"),
        "broken-widgets": broken_widgets(one()),
        "other-kernel": other_kernel(one()),
        "exits": one(several="import os\nos._exit(0)"),
        "loops": one(several="while True:\n    pass"),
        "ignores-interrupts": one(
            several="while True:\n    try:\n        while True:\n            pass\n"
            "    except BaseException:\n        pass"
        ),
        "floods": one(several='print("x" * 20_000_000)\nseveral = ["a", "d"]'),
        "damaged": text[: len(text) // 2].encode(),
        "empty": b"",
        "no-notebook": b'{"hello": "world"}',
        "wrong-encoding": text.replace("xyzzy", "").encode("utf-16"),
        "with-bom": b"\xef\xbb\xbf" + text.encode(),
        "missing": None,
        "own-files": one(),
        "other-name": one(),
        "李明": one(),
    }
    for learner, content in submissions.items():
        submit(course, learner, content)
    folder = course.folder / "submitted"
    (folder / "missing" / "tiny" / "essay.txt").write_text("see attached")
    (folder / "own-files" / "tiny" / "tasks.yaml").write_text("tasks: []")
    (folder / "own-files" / "tiny" / "pandas.py").write_text("raise SystemExit")
    (folder / "other-name" / "tiny" / "tiny.ipynb").rename(
        folder / "other-name" / "tiny" / "Tiny (1).ipynb"
    )
    (folder / "links" / "tiny").mkdir(parents=True)
    (folder / "links" / "tiny" / "tiny.ipynb").symlink_to(folder / "right" / "tiny" / "tiny.ipynb")
    (folder / "unseen-files" / "tiny" / "unseen").mkdir(parents=True)
    (folder / "unseen-files" / "tiny" / "unseen" / "unseen-doubler.json").write_text(
        '[{"amount": 0}]'
    )
    submit(course, "unseen-files", one(doubler="def doubler(amount):\n    return 0"))


def right_but(course, name, source):
    notebook = answered(course)
    cell_of(notebook, name).source = source
    return notebook


def tagged(notebook, tag):
    for cell in notebook.cells:
        cell.metadata["tags"] = [tag]
    return notebook


def broken_widgets(notebook):
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"version": 1}}
    return notebook


def other_kernel(notebook):
    notebook.metadata["kernelspec"] = {
        "name": "julia-9",
        "display_name": "Julia",
        "language": "julia",
    }
    return notebook


@pytest.fixture(scope="module")
def graded(_released, tmp_path_factory):
    from grader.course import Course

    root = tmp_path_factory.mktemp("class") / "checkout"
    shutil.copytree(_released, root)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write("\nc.ExecuteToTheEnd.timeout = 15\n")
    course = Course(root, "course", "en")
    build_class(course)
    states = {one.learner: one for one in autograde(course, "tiny")}
    return course, states, scores(course)


def test_everybody_is_graded(graded):
    course, states, found = graded
    handed_in = {folder.name for folder in (course.folder / "submitted").iterdir()}
    assert set(found) == handed_in
    assert {one.state for one in states.values()} == {"graded", "explained"}


def test_the_solution_earns_everything_and_the_untouched_release_nothing(graded):
    found = graded[2]
    assert found["right"] == FULL
    assert found["untouched"] == NOTHING


def test_each_known_mistake_earns_its_share_and_is_named(graded):
    course, _states, found = graded
    assert found["mistake"] == FULL | {"total": 1, "best": 1, "bands": 8 * 0.4, "doubler": 1}
    assert mark_of(course, "mistake", "bands")["mistake_text"] == "These are the goods."


@pytest.mark.parametrize(
    ("learner", "lost"),
    [
        ("raising", {"best": 0}),
        ("prints-score", {"total": 0}),
        ("returns-score", {"total": 0}),
        ("noisy", {}),
        ("forges-elsewhere", {"total": 0}),
        # a forged record is what that learner hands in: the same as typing the number
        ("forges-here", dict.fromkeys(FULL, 0) | {"total": 4, "why": "by hand"}),
        ("patches-check", dict.fromkeys(FULL, 0) | {"why": "by hand"}),
        ("raises-braces", dict.fromkeys(FULL, 0) | {"why": "by hand"}),
        ("patches-marks", dict.fromkeys(FULL, 0) | {"why": "by hand"}),
        ("edits-check", {}),
        ("duplicates", {}),
        ("old-schema", {}),
        ("new-schema", {}),
        ("more-points", {}),
        ("not-graded", {}),
        ("as-solution", {}),
        ("skips", {}),
        ("broken-widgets", {}),
        ("other-kernel", {}),
        ("with-bom", {}),
        ("unseen-files", {"doubler": 1}),
        ("李明", {}),
    ],
)
def test_what_counts_is_the_value_handed_in(graded, learner, lost):
    assert graded[2][learner] == FULL | lost


def test_a_deleted_cell_is_answered_if_its_answer_is_there(graded):
    # the cells come back, and run after the learner's solution
    assert graded[2]["deletes-cells"] == FULL


@pytest.mark.parametrize("learner", ["patches-builtins", "transforms-cells"])
def test_breaking_ones_own_kernel_never_earns_points_for_a_wrong_value(graded, learner):
    assert graded[2][learner]["total"] == 0


def test_an_unknown_grade_id_costs_nothing_but_the_cell_is_put_back(graded):
    assert graded[2]["unknown-id"] == FULL


@pytest.mark.parametrize(
    ("learner", "reason"),
    [
        ("exits", "the kernel ended while a cell was running"),
        ("ignores-interrupts", "did not stop when it was interrupted"),
    ],
)
def test_what_ran_before_a_broken_kernel_counts_and_the_rest_is_explained(graded, learner, reason):
    course, _states, found = graded
    assert found[learner] == NOTHING | {"total": 4, "best": 2, "why": "by hand"}
    assert reason in mark_of(course, learner, "bands")["reason"]


def test_an_endless_loop_costs_its_own_task_only(graded):
    found = graded[2]
    assert found["loops"] == FULL | {"several": 0}


def test_a_flood_of_output_is_cut_and_the_answer_counts(graded):
    course, _states, found = graded
    assert found["floods"] == FULL
    file = course.folder / "autograded" / "floods" / "tiny" / "tiny.ipynb"
    assert file.stat().st_size < 1_000_000


@pytest.mark.parametrize(
    ("learner", "reason"),
    [
        ("damaged", "it is damaged: not readable as JSON"),
        ("empty", "it is empty"),
        ("no-notebook", "it is JSON, but not a notebook"),
        ("wrong-encoding", "it is not written in UTF-8"),
        ("links", "it is a link or a special file"),
    ],
)
def test_an_unreadable_notebook_scores_explained_zeros(graded, learner, reason):
    course, states, found = graded
    assert found[learner] == NOTHING
    assert states[learner].state == "explained"
    assert reason in states[learner].reason
    assert reason in mark_of(course, learner, "total")["reason"]


@pytest.mark.parametrize("learner", ["missing", "other-name"])
def test_a_submission_without_the_notebook_scores_explained_zeros(graded, learner):
    _course, states, found = graded
    assert found[learner] == NOTHING
    assert states[learner].state == "explained"


def test_files_of_a_learner_replace_none_of_the_assignment(graded):
    course, _states, found = graded
    assert found["own-files"]["total"] in (0, 4)
    kept = course.folder / "autograded" / "own-files" / "tiny" / "tasks.yaml"
    assert "total" in kept.read_text()


def test_unseen_inputs_are_gone_after_grading(graded):
    course = graded[0]
    assert not list((course.folder / "autograded").rglob("unseen"))


def test_every_mark_is_a_plain_float_within_its_points(graded):
    course = graded[0]
    for file in (course.folder / "autograded").rglob("tiny.ipynb"):
        for cell in nbformat.read(file, 4).cells:
            about = cell.metadata.get("nbgrader", {})
            if about.get("grade") and not about.get("solution"):
                [output] = cell.outputs
                assert 0 <= float(output.data["text/plain"]) <= about["points"]


def test_an_unchanged_submission_is_not_executed_again(graded):
    course = graded[0]
    [again] = autograde(course, "tiny", ["right"])
    assert again.state == "unchanged"


def test_nbgrader_metadata_of_the_builder_is_what_nbgrader_writes():
    assert nbgrader("x", points=3)["locked"]
    assert solved_notebook().cells
