"""What an author starts passes every check, and an assignment from a case can be solved and graded."""

import nbformat
import pytest
import yaml

from duecourse.errors import DuecourseError
from grader.assignments import Assignment
from grader.authoring.lessons import START
from grader.authoring.lint import lint
from grader.authoring.new import new_case
from grader.authoring.new_assignment import new_assignment
from grader.authoring.new_lesson import new_lesson
from grader.key import key_of
from grader.marking import Marked, mark


def use(case, what):
    file = case / "case.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("\nuse: practice", f"\nuse: {what}"), "utf-8")


@pytest.fixture
def started(root, case):
    """A checkout with a case, a lesson from it, an exam case, an assignment from it, and plain ones."""
    new_lesson(root, "a-returned-debit", case.name)
    new_lesson(root, "plain")
    use(new_case(root, "late-debit"), "exam")
    new_assignment(root, "debit-exam", "late-debit")
    new_assignment(root, "plain-exam")
    return root


def test_everything_that_is_started_passes(started):
    # The start page is the real course's, whose lessons do not stand in this checkout.
    found = [one for one in lint(started) if one.file.name != START or one.code == "L303"]
    assert [(one.file.name, one.place, one.text) for one in found if one.error] == []
    assert {one.code for one in found if not one.error} <= {"A405"}


def test_an_assignment_on_a_case_whose_key_is_public_is_told_so(root, case):
    new_assignment(root, "debit-exam", case.name)
    found = [one for one in lint(root, ["debit-exam"]) if one.code == "C114"]
    assert [one.place for one in found] == ["first-call", "returned-debit"]


def test_a_lesson_on_an_exam_case_is_told_so(root, case):
    lesson = new_lesson(root, "a-returned-debit", case.name)
    use(case, "exam")
    assert "C114" in {one.code for one in lint(root, [lesson.stem])}


def test_a_lesson_gets_the_next_number_and_a_row_on_the_map(root, case):
    first = new_lesson(root, "a-returned-debit", case.name)
    second = new_lesson(root, "another")
    assert (first.stem, second.stem) == ("01-a-returned-debit", "02-another")
    start = nbformat.read(root / "notebooks" / "00-start-here.ipynb", as_version=4)
    rows = {cell.id: cell.source for cell in start.cells if cell.id.startswith("map-")}
    assert "[Lesson 1 · The returned debit](01-a-returned-debit.ipynb) | 30 |" in rows["map-en"]
    assert "[第1课 · 一笔扣款退回](01-a-returned-debit.ipynb) | 30 |" in rows["map-zh"]


@pytest.mark.kernel
def test_an_assignment_from_a_case_is_solved_by_the_cases_key(started, tmp_path):
    assignment = Assignment(started / "assignments" / "debit-exam")
    assert [task.kind for task in assignment.tasks] == [
        "number",
        "choice",
        "coding",
        "call",
        "text",
    ]
    key = key_of(assignment, tmp_path / "keys")
    for task in list(assignment.tasks)[:4]:
        value = key.tasks[task.id].value
        record = {"version": 1, "task": task.id, "kind": task.kind, "value": value}
        outcome = mark(task, record, key.tasks[task.id])
        assert isinstance(outcome, Marked)
        assert outcome.whole, task.id


@pytest.mark.kernel
def test_a_plain_assignment_knows_its_mistake(started, tmp_path):
    key = key_of(Assignment(started / "assignments" / "plain-exam"), tmp_path / "keys")
    assert key.tasks["surplus"].value == 900
    assert [known.value for known in key.tasks["surplus"].mistakes] == [1500]


def test_a_case_gets_an_id_of_its_own(root):
    ids = []
    for name in ("one", "two"):
        text = (new_case(root, name) / "case.yaml").read_text("utf-8")
        ids.append(yaml.safe_load(text)["id"])
    assert ids == ["X1", "X2"]


@pytest.mark.parametrize("name", ["", "Case", "a b", "../x", "a--b", "-a", "案例", "a_b"])
def test_a_name_that_is_no_folder_is_refused(root, name):
    for start in (new_case, new_lesson, new_assignment):
        with pytest.raises(DuecourseError, match="lower-case letters"):
            start(root, name)


def test_nothing_is_written_over(started, case):
    for start, name in (
        (new_case, case.name),
        (new_lesson, "plain"),
        (new_assignment, "plain-exam"),
    ):
        with pytest.raises(DuecourseError, match="exists already"):
            start(started, name)


def test_a_lesson_is_not_made_from_an_exam_case(root, case):
    use(case, "exam")
    with pytest.raises(DuecourseError, match="exam case"):
        new_lesson(root, "plain", case.name)


def test_a_case_that_does_not_exist_is_named(root, case):
    with pytest.raises(DuecourseError, match="Did you mean 'returned-debit'"):
        new_assignment(root, "debit-exam", "returned-debits")
    assert not (root / "assignments" / "debit-exam").exists()
