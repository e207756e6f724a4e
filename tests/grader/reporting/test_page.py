import csv
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import Environment

from duecourse.errors import DuecourseError
from duecourse.language import catalogue, speaking
from grader.course import Course
from grader.feedback import MARK_MIME
from grader.findings import difficulty, mistakes, noticed
from grader.reporting import gather
from grader.reporting.files import as_csv
from grader.reporting.page import render
from grader.reporting.tables import learners
from grader.reporting.writing import write
from grader.results import Status, collect

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVIL = '<script>alert("x")</script>'
MONTH = "You took the year for the month."


@pytest.fixture
def results(course):
    with speaking("en"):
        yield collect(course, "small")


@pytest.fixture
def evidence(course):
    with speaking("en"):
        yield gather(course, "small")


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
    assert marks.loc[("ada", "rate"), "mistake_text"] == MONTH
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
    assert row["text"] == MONTH
    assert row["count"] == 2
    assert row["title"] == "Bad rate"
    assert row["names"] == [f"{EVIL} Stone", "Bo Reed"]


def test_what_is_worth_noticing_stands_in_one_line(results):
    lines = {row["learner"]: noticed(row) for row in results.learners.to_dict("records")}
    expected = "late by 2 h; typical mistakes: 1; not readable: 1; to be marked by hand: 1"
    assert lines["ada"] == expected
    assert lines["absent"] == "nothing has been handed in"
    assert lines["li-ming"] == "to be marked by hand: 1"


def test_the_page_escapes_whatever_a_learner_can_write(evidence):
    page = render(evidence, "course", NOW)
    assert EVIL not in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; Stone" in page
    assert "raised &lt;script&gt;" in page


def test_the_page_needs_nothing_beside_it(evidence):
    page = render(evidence, "course", NOW)
    bare = page.replace("http://www.w3.org/", "").replace("http://purl.org/", "")
    assert "http" not in bare
    assert "src=" not in page
    assert 'role="img"' in page


def test_the_page_says_that_few_learners_prove_little(evidence):
    assert "Fewer than 30 learners" in render(evidence, "course", NOW)


def test_the_page_speaks_chinese_in_a_chinese_course(course):
    with speaking("zh"):
        page = render(gather(course, "small"), "course", NOW)
    assert '<html lang="zh-CN">' in page
    assert "小作业" in page
    for text in ("Learners", "Typical mistakes", "Not answered", "on time", "Points"):
        assert f">{text}<" not in page


def test_every_text_of_the_template_has_its_chinese():
    environment = Environment(extensions=["jinja2.ext.i18n"])
    pages = list((ROOT / "grader" / "reporting").rglob("*.j2"))
    texts = {
        text
        for page in pages
        for _line, _function, text in environment.extract_translations(page.read_text("utf-8"))
    }
    assert "Typical mistakes" in texts
    assert {text for text in texts if not catalogue().get(text)} == set()


def test_the_csv_is_quoted_with_one_column_a_task(results):
    text = as_csv(learners(results))
    rows = list(csv.reader(io.StringIO(text)))
    assert text.startswith('"learner","name"')
    head = ["total points", "out of", "rate", "sum", "advice", "noticed"]
    assert rows[0][5:] == head
    table = {row[0]: row for row in rows[1:]}
    assert table["li-ming"][1:10] == [
        "李明", "on-time", "2026-02-28 10:00:00", "0", "6", "10", "2", "4", "",
    ]  # fmt: skip
    assert table["absent"][2:10] == ["missing", "", "0", "", "10", "", "", ""]


def test_no_cell_of_the_csv_is_a_formula(course):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student("bo", first_name="=1+1", last_name="")
    try:
        assert '"\'=1+1"' in as_csv(learners(collect(course, "small")))
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
    page = render(gather(empty, "small"), "course", NOW)
    assert "Nobody has handed anything in yet" in page
    assert "<svg" not in page
    assert as_csv(learners(results)).count("\r\n") == 1


def test_a_class_in_which_nothing_is_graded_has_a_clear_page(empty, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(empty.root, root)
    course = Course(root, "course", "en")
    with course.gradebook() as gradebook:
        gradebook.add_student("bo")
    page = render(gather(course, "small"), "course", NOW)
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
