"""A course in nbgrader's classic style, which knows nothing of this kit, is graded as by nbgrader."""

import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbgrader.api import Gradebook

from benchmarks import floor
from benchmarks.classic_course import (
    ASSIGNMENT,
    KINDS,
    SOLUTIONS,
    answered,
    build,
    plain,
    write,
)
from benchmarks.grading import executed
from grader.course import Course
from grader.differences import of_folders, of_gradebooks
from grader.grading import autograde
from grader.kernels.jail import missing

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(900)]

SCORES = {
    "right": {"ledger": 16, "measures": 15},
    "wrong": {"ledger": 2, "measures": 3},
    "raising": {"ledger": 0, "measures": 0},
    "partly": {"ledger": 7, "measures": 12},
    "late": {"ledger": 7, "measures": 12},
    "fewer-cells": {"ledger": 4, "measures": 12},
    "loud": {"ledger": 12, "measures": 15},
    "one-notebook": {"ledger": 16, "measures": 0},
    "more-cells": {"ledger": 16, "measures": 15},
    "untouched": {"ledger": 0, "measures": 0},
    "more-files": {"ledger": 16, "measures": 15},
}
AGAIN = ("right", "partly", "late", "raising")


def learner(kind):
    return f"{kind}-{list(KINDS).index(kind):04}"


def url(root):
    return f"sqlite:///{root}/gradebook.db"


def gradebook(root):
    return Gradebook(url(root), "classic")


def by_stock(root, learners=()):
    """Grade with nbgrader's own command, or some learners anew with its own interface."""
    if not learners:
        program = [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT]
        done = subprocess.run(program, cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
    for one in learners:
        with plain(root) as api:
            done = api.autograde(ASSIGNMENT, one)
            assert done["success"], done["log"]


def by_ours(root, learners=(), **options):
    course = Course(root, "course", "en")
    done = list(autograde(course, ASSIGNMENT, learners, **options))
    assert {one.state for one in done} <= {"graded", "explained"}, done


def marked_by_hand(root):
    """What a person does in the formgrader between two gradings."""
    with gradebook(root) as book:
        for kind in AGAIN:
            where = ("ledger", ASSIGNMENT, learner(kind))
            book.find_grade("why", *where).manual_score = 2.5
            book.find_grade("note", *where).manual_score = 4
            book.find_grade("note", *where).needs_manual_grade = False
            book.find_grade("days", *where).extra_credit = 0.5
            book.find_grade("bucket", *where).manual_score = 1
            book.find_comment("why", *where).manual_comment = "很好, but say *which* balances"
        book.db.commit()


def handed_in_again(root):
    """One of them hands in right answers, later; one hands in late what was in time."""
    release = root / "release" / ASSIGNMENT
    names = ("ledger", "measures")
    handed_out = {name: nbformat.read(release / f"{name}.ipynb", 4) for name in names}
    for kind, day in (("raising", 7), ("partly", 12)):
        folder = root / "submitted" / learner(kind) / ASSIGNMENT
        write(answered(handed_out, SOLUTIONS, "second-try"), folder)
        (folder / "timestamp.txt").write_text(f"2026-03-{day:02} 18:00:00 UTC")


def feedback(root):
    with plain(root) as api:
        for kind in KINDS:
            assert api.generate_feedback(ASSIGNMENT, learner(kind))["success"]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """One class, graded by nbgrader's command and by ours."""
    stock, ours = (tmp_path_factory.mktemp(way) / "classic" for way in ("stock", "ours"))
    build(stock, len(KINDS), penalty="zero")
    shutil.copytree(stock, ours)
    by_stock(stock)
    by_ours(ours, isolated=not missing())
    for root in (stock, ours):
        feedback(root)
    return stock, ours


@pytest.fixture(scope="module")
def twice(both, tmp_path_factory):
    """The same classes, graded again after a person marked and two learners handed in again."""
    roots = []
    for name, root in zip(("stock", "ours"), both, strict=True):
        roots.append(tmp_path_factory.mktemp(f"{name}-again") / "classic")
        shutil.copytree(root, roots[-1])
        marked_by_hand(roots[-1])
        handed_in_again(roots[-1])
    stock, ours = roots
    again = [learner(kind) for kind in AGAIN]
    by_stock(stock, again)
    by_ours(ours, again, again=True, isolated=False)
    return stock, ours


def test_the_course_names_nothing_of_this_kit(both):
    stock, _ours = both
    said = (stock / "nbgrader_config.py").read_text("utf-8")
    sources = [file.read_text("utf-8") for file in (stock / "source").rglob("*.ipynb")]
    assert len(sources) == 2
    assert not any("duecourse" in text or "grader." in text for text in (said, *sources))


def test_both_notebooks_have_25_cells_and_hidden_tests_are_not_handed_out(both):
    stock, _ours = both
    for file in (stock / "release" / ASSIGNMENT).glob("*.ipynb"):
        assert len(nbformat.read(file, 4).cells) == 25
        assert "HIDDEN TESTS" not in file.read_text("utf-8")
        assert "BEGIN SOLUTION" not in file.read_text("utf-8")


def test_no_two_learners_hand_in_the_same_bytes(both):
    stock, _ours = both
    handed_in = [file.read_bytes() for file in (stock / "submitted").rglob("ledger.ipynb")]
    assert len(set(handed_in)) == len(handed_in) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_nbgraders_own_command_gives_the_marks_worked_out_by_hand(both, kind):
    stock, _ours = both
    with gradebook(stock) as book:
        submission = book.find_submission(ASSIGNMENT, learner(kind))
        found = {
            notebook.name: sum(grade.auto_score or 0 for grade in notebook.grades)
            for notebook in submission.notebooks
        }
    assert found == SCORES[kind]


def test_late_work_loses_all_points_by_nbgraders_plugin(both):
    for root in both:
        with gradebook(root) as book:
            late = book.find_submission(ASSIGNMENT, learner("late"))
            penalties = {one.name: one.late_submission_penalty for one in late.notebooks}
        assert penalties == SCORES["late"]


def test_the_gradebooks_are_the_same_field_by_field(both):
    assert of_gradebooks(*(url(root) for root in both)) == []


@pytest.mark.parametrize("step", ["autograded", "feedback"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_folders_are_the_same_with_their_permissions(both, kind, step):
    one, other = (root / step / learner(kind) for root in both)
    assert (one / ASSIGNMENT).is_dir()
    assert of_folders(learner(kind), step, one, other) == []


def test_a_second_grading_is_the_same_too(twice):
    stock, ours = twice
    assert of_gradebooks(url(stock), url(ours)) == []
    for kind in AGAIN:
        one, other = (root / "autograded" / learner(kind) for root in twice)
        assert of_folders(learner(kind), "autograded", one, other) == []


def test_a_second_grading_keeps_what_a_person_gave(twice):
    for root in twice:
        with gradebook(root) as book:
            for kind in AGAIN:
                where = ("ledger", ASSIGNMENT, learner(kind))
                why, note, days = (
                    book.find_grade(name, *where) for name in ("why", "note", "days")
                )
                assert (why.manual_score, why.needs_manual_grade) == (2.5, True)
                assert (note.manual_score, days.extra_credit) == (4, 0.5)
                said = book.find_comment("why", *where).manual_comment
                assert said == "很好, but say *which* balances"


def test_a_second_grading_marks_what_was_handed_in_again(twice):
    for root in twice:
        with gradebook(root) as book:
            better = book.find_submission_notebook("measures", ASSIGNMENT, learner("raising"))
            assert better.score == SCORES["right"]["measures"]
            late = book.find_submission_notebook("measures", ASSIGNMENT, learner("partly"))
            assert late.late_submission_penalty == SCORES["right"]["measures"]


# The floor of the benchmark


def test_the_floor_executes_the_same_cells_and_the_same_of_them_raise(both, tmp_path):
    stock = tmp_path / "classic"
    shutil.copytree(both[0], stock)
    for place in (stock / "autograded").rglob("*"):
        place.chmod(0o755 if place.is_dir() else 0o644)
    notebooks = list(executed(stock))
    (tmp_path / "notebooks.json").write_text(json.dumps(notebooks), "utf-8")
    done = subprocess.run(
        [sys.executable, floor.__file__, str(tmp_path / "notebooks.json")],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    raised = [
        any(output["output_type"] == "error" for output in cell["outputs"])
        for file in (stock / "autograded").rglob("*.ipynb")
        for cell in json.loads(file.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    assert found["notebooks"] == 2 * len(KINDS) - 1
    assert found["cells"] == len(raised)
    assert found["raising"] == sum(raised) > 50
    assert found["cpu"] > 0
