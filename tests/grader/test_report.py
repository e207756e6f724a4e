import csv
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
import yaml
from jinja2 import Environment
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from duecourse.errors import DuecourseError
from duecourse.language import catalogue, speaking
from grader.course import Course
from grader.feedback import MARK_MIME
from grader.findings import difficulty, mistakes, noticed
from grader.report import as_csv, render, write
from grader.results import Status, collect

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DUE = datetime(2026, 3, 1, 18)  # noqa: DTZ001 - nbgrader keeps naive UTC
EVIL = '<script>alert("x")</script>'
MONTH = {"en": "You took the year for the month.", "zh": "把年当成了月。"}

TASKS = {
    "title": {"en": "Small", "zh": "小作业"},
    "minutes": 10,
    "tasks": [
        {"id": "rate", "kind": "number", "title": {"en": "Bad rate", "zh": "坏账率"}},
        {"id": "sum", "kind": "number", "title": {"en": "Sum owed", "zh": "欠款总额"}},
        {
            "id": "advice",
            "kind": "text",
            "title": {"en": "Advice", "zh": "建议"},
            "rubric": [
                {
                    "id": "clear",
                    "title": {"en": "Clear", "zh": "清楚"},
                    "levels": [
                        {"points": 0, "text": {"en": "no", "zh": "否"}},
                        {"points": 4, "text": {"en": "yes", "zh": "是"}},
                    ],
                }
            ],
        },
    ],
}


def cell(task, points, by_hand=False, record=None):
    marks = {"grade": True, "solution": by_hand, "locked": not by_hand, "task": False}
    marks |= {"schema_version": 3, "grade_id": task, "points": points}
    if by_hand:
        return new_markdown_cell("text", metadata={"nbgrader": marks})
    output = nbformat.v4.new_output("execute_result", data={MARK_MIME: record}) if record else None
    return new_code_cell("", metadata={"nbgrader": marks}, outputs=[output] if output else [])


def record(task, points, outcome="marked", **more):
    return {"task": task, "points": points, "outcome": outcome, **more}


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A course in which a small assignment is released and nobody has enrolled."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copyfile(ROOT / "nbgrader_config.py", root / "nbgrader_config.py")
    source = root / "assignments" / "small"
    source.mkdir(parents=True)
    (source / "tasks.yaml").write_text(yaml.safe_dump(TASKS, allow_unicode=True), "utf-8")
    cells = [cell("rate", 2), cell("sum", 4), cell("advice", 4, by_hand=True)]
    nbformat.write(new_notebook(cells=cells), source / "small.ipynb")
    course = Course(root, "course", "en")
    with course.environment(), course.gradebook() as gradebook:
        gradebook.add_assignment("small", duedate=DUE)
        gradebook.add_notebook("small", "small")
        for name, points, kind in (("sum", 4, "code"), ("rate", 2, "code")):
            gradebook.add_grade_cell(name, "small", "small", max_score=points, cell_type=kind)
        gradebook.add_grade_cell("advice", "small", "small", max_score=4, cell_type="markdown")
    return course


@pytest.fixture(scope="module")
def course(empty, tmp_path_factory):
    """The same course with a class in which everything occurs once."""
    root = tmp_path_factory.mktemp("class") / "checkout"
    shutil.copytree(empty.root, root)
    course = Course(root, "course", "en")
    scores = {
        # learner: name, handed in, rate, sum, advice, records
        "li-ming": ("明", "李", "2026-02-28 10:00:00 UTC", 2, 4, None),
        "ada": (EVIL, "Stone", "2026-03-01 20:30:00 UTC", 1, 0, None),
        "bo": ("Bo", "Reed", "2026-03-01 17:00:00 UTC", 1, 0, 0),
        "cut": ("Cleo", "Cut", "2026-02-28 10:00:00 UTC", 0, 0, 0),
        "lost": ("Lou", "Lost", "2026-02-28 10:00:00 UTC", 0, 0, 0),
    }
    known = {"mistake": 0, "mistake_text": MONTH["en"]}
    broken = record("sum", 0, "unreadable", reason=f"raised {EVIL}")
    records = {
        "li-ming": [record("rate", 2), record("sum", 4)],
        "ada": [record("rate", 1, **known), broken],
        "bo": [record("rate", 1, **known), record("sum", 0, "not-answered", reason="nothing")],
        "cut": [record("rate", 0, "unreadable"), record("sum", 0, "unreadable")],
    }
    with course.gradebook() as gradebook:
        gradebook.add_student("absent", first_name="Abe", last_name="Sent")
        for learner, (first, last, when, *points) in scores.items():
            gradebook.add_student(learner, first_name=first, last_name=last)
            gradebook.add_submission("small", learner, timestamp=when)
            for task, value in zip(("rate", "sum", "advice"), points, strict=True):
                grade = gradebook.find_grade(task, "small", "small", learner)
                grade.auto_score, grade.needs_manual_grade = value, value is None
        gradebook.db.commit()
    for learner in scores:
        came = course.folder / "submitted" / learner / "small"
        came.mkdir(parents=True)
        (came / ("notes.txt" if learner == "lost" else "small.ipynb")).write_text("")
        if learner in records:
            rate, total = records[learner]
            cells = [cell("rate", 2, record=rate), cell("sum", 4, record=total)]
            notebook = new_notebook(cells=cells)
            if learner == "cut":
                notebook.metadata["duecourse"] = {"unreadable": "it is damaged"}
            folder = course.folder / "autograded" / learner / "small"
            folder.mkdir(parents=True)
            nbformat.write(notebook, folder / "small.ipynb")
    new = course.folder / "submitted" / "new" / "small"
    new.mkdir(parents=True)
    (new / "small.ipynb").write_text("")
    return course


@pytest.fixture
def results(course):
    with speaking("en"):
        yield collect(course, "small")


def by_learner(results):
    return results.learners.set_index("learner")


def test_tasks_stand_in_the_order_of_the_notebook(results):
    assert list(results.tasks["task"]) == ["rate", "sum", "advice"]
    assert list(results.tasks["by_hand"]) == [False, False, True]
    assert results.max == 10


def test_every_learner_of_the_class_has_one_row_and_a_status(results):
    assert by_learner(results)["status"].to_dict() == {
        "absent": Status.MISSING,
        "ada": Status.LATE,
        "bo": Status.ON_TIME,
        "cut": Status.DAMAGED,
        "li-ming": Status.ON_TIME,
        "lost": Status.MISSING,
        "new": Status.UNGRADED,
    }


def test_the_reason_is_given_where_something_is_lacking(results):
    reasons = by_learner(results)["reason"]
    assert reasons["cut"] == "small.ipynb: it is damaged"
    assert reasons["lost"] == "small.ipynb is missing; handed in: notes.txt"
    assert reasons["absent"] == "nothing has been handed in"
    assert reasons["new"] == "it has not been graded yet"
    assert not reasons["ada"]


def test_a_chinese_name_stands_family_name_first_without_a_space(results):
    names = by_learner(results)["name"]
    assert names["li-ming"] == "李明"
    assert names["bo"] == "Bo Reed"
    assert names["new"] == "new"


def test_points_are_the_gradebooks_and_lateness_is_counted_in_hours(results):
    table = by_learner(results)
    assert table.loc["li-ming", "points"] == 6
    assert table.loc["ada", "hours_late"] == 2.5
    assert table["points"].isna().to_dict()["absent"]
    assert table["points"].isna().to_dict()["new"]


def test_one_row_a_learner_and_task_says_why(results):
    marks = results.marks.set_index(["learner", "task"])
    assert len(marks) == 5 * 3
    assert marks.loc[("li-ming", "advice"), "outcome"] == "waiting"
    assert marks.loc[("ada", "rate"), "mistake_text"] == MONTH["en"]
    assert marks.loc[("ada", "sum"), "reason"] == f"raised {EVIL}"
    assert marks.loc[("bo", "advice"), "outcome"] == "not-answered"


def test_a_persons_mark_takes_the_place_of_the_machines(course):
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("sum", "small", "small", "bo")
        grade.manual_score = 3.5
        gradebook.db.commit()
    try:
        marks = collect(course, "small").marks.set_index(["learner", "task"])
        assert marks.loc[("bo", "sum"), ["points", "outcome"]].to_list() == [3.5, "by-hand"]
    finally:
        with course.gradebook() as gradebook:
            gradebook.find_grade("sum", "small", "small", "bo").manual_score = None
            gradebook.db.commit()


def test_difficulty_rests_upon_readable_submissions_only(results):
    table = difficulty(results).set_index("task")
    # rate: 2, 1 and 1 of 2 points; sum: 4, 0 and 0 of 4
    assert table.loc["rate", "share"] == pytest.approx(2 / 3)
    assert table.loc["sum", "share"] == pytest.approx(1 / 3)
    assert table.loc["rate", ["right", "partly", "wrong"]].to_list() == [1, 2, 0]
    assert table.loc["sum", ["right", "unanswered", "unreadable"]].to_list() == [1, 1, 1]
    assert table.loc["advice", ["unanswered", "waiting"]].to_list() == [1, 2]


def test_mistakes_are_counted_with_their_text_and_who_made_them(results):
    (row,) = mistakes(results).to_dict("records")
    assert row["text"] == MONTH["en"]
    assert row["count"] == 2
    assert row["title"] == "Bad rate"
    assert row["names"] == [f"{EVIL} Stone", "Bo Reed"]


def test_what_is_worth_noticing_stands_in_one_line(results):
    lines = {row["learner"]: noticed(row) for row in results.learners.to_dict("records")}
    expected = "late by 2 h; typical mistakes: 1; not readable: 1; to be marked by hand: 1"
    assert lines["ada"] == expected
    assert lines["absent"] == "nothing has been handed in"
    assert lines["li-ming"] == "to be marked by hand: 1"


def test_the_page_escapes_whatever_a_learner_can_write(results):
    page = render(results, "course", NOW)
    assert EVIL not in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; Stone" in page
    assert "raised &lt;script&gt;" in page


def test_the_page_needs_nothing_beside_it(results):
    page = render(results, "course", NOW)
    bare = page.replace("http://www.w3.org/", "").replace("http://purl.org/", "")
    assert "http" not in bare
    assert "src=" not in page
    assert 'role="img"' in page


def test_the_page_says_that_few_learners_prove_little(results):
    assert "Fewer than 30 learners" in render(results, "course", NOW)


def test_the_page_speaks_chinese_in_a_chinese_course(course):
    with speaking("zh"):
        page = render(collect(course, "small"), "course", NOW)
    assert '<html lang="zh-CN">' in page
    assert "小作业" in page
    for text in ("Learners", "Typical mistakes", "Not answered", "on time", "Points"):
        assert f">{text}<" not in page


def test_every_text_of_the_template_has_its_chinese():
    source = (ROOT / "grader" / "report.html.j2").read_text("utf-8")
    found = Environment(extensions=["jinja2.ext.i18n"]).extract_translations(source)
    texts = {text for _line, _function, text in found}
    assert "Typical mistakes" in texts
    assert {text for text in texts if not catalogue().get(text)} == set()


def test_the_csv_is_quoted_with_one_column_a_task(results):
    text = as_csv(results)
    rows = list(csv.reader(io.StringIO(text)))
    assert text.startswith('"learner","name"')
    head = ["total points", "out of", "rate", "sum", "advice", "noticed"]
    assert rows[0][5:] == head
    table = {row[0]: row for row in rows[1:]}
    assert table["li-ming"][1:10] == [
        "李明", "on-time", "2026-02-28 10:00:00", "0.0", "6", "10", "2", "4", "",
    ]  # fmt: skip
    assert table["absent"][2:10] == ["missing", "", "0.0", "", "10", "", "", ""]


def test_no_cell_of_the_csv_is_a_formula(course):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("bo", first_name="=1+1", last_name="")
    try:
        assert '"\'=1+1"' in as_csv(collect(course, "small"))
    finally:
        with course.gradebook() as gradebook:
            gradebook.update_or_create_student("bo", first_name="Bo", last_name="Reed")


def test_both_files_are_written_and_the_csv_begins_with_a_byte_order_mark(course):
    page = write(course, "small")
    assert page == course.folder / "report" / "small.html"
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert page.with_suffix(".csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_empty_class_has_a_clear_page(empty):
    results = collect(empty, "small")
    assert results.learners.empty
    page = render(results, "course", NOW)
    assert "Nobody has handed anything in yet" in page
    assert "<svg" not in page
    assert as_csv(results).count("\r\n") == 1


def test_a_class_in_which_nothing_is_graded_has_a_clear_page(empty, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(empty.root, root)
    course = Course(root, "course", "en")
    with course.gradebook() as gradebook:
        gradebook.add_student("bo")
    page = render(collect(course, "small"), "course", NOW)
    assert "No submission is graded and readable yet" in page


def test_an_assignment_that_was_not_released_is_named(empty):
    elsewhere = Course(empty.root, "other", "en")
    with pytest.raises(DuecourseError, match="First: duecourse release small"):
        collect(elsewhere, "small")
    assert not elsewhere.folder.exists()


def test_nothing_is_written_while_results_are_read(course):
    def state():
        files = (file for file in course.folder.rglob("*") if file.is_file())
        return {file: file.read_bytes() for file in files if "report" not in file.parts}

    before = state()
    collect(course, "small")
    assert state() == before


def test_damaged_marks_in_an_autograded_notebook_do_not_stop_the_report(course):
    file = course.folder / "autograded" / "bo" / "small" / "small.ipynb"
    before = file.read_text("utf-8")
    data = json.loads(before)
    data["cells"][0]["outputs"][0]["data"][MARK_MIME] = ["no", "record"]
    file.chmod(0o644)
    file.write_text(json.dumps(data), "utf-8")
    try:
        marks = collect(course, "small").marks.set_index(["learner", "task"])
        assert marks.loc[("bo", "rate"), "points"] == 1
    finally:
        file.write_text(before, "utf-8")
