"""The report of a whole course, and the command that writes reports."""

import csv
import io
import shutil
from datetime import UTC, datetime

import nbformat
import openpyxl
import pytest
import yaml
from nbformat.v4 import new_notebook

from duecourse.cli import main
from duecourse.language import speaking
from grader.course import Course
from grader.reporting import gather
from grader.reporting.overview import Overview, render, tables
from grader.reporting.writing import Format, write, write_course

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVIL = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def two(course, tmp_path_factory):
    """The course with a second assignment, in which one of the class has three of four points."""
    root = tmp_path_factory.mktemp("two") / "checkout"
    shutil.copytree(course.root, root)
    course = Course(root, "course", "en")
    source = root / "assignments" / "small"
    other = root / "assignments" / "other"
    other.mkdir()
    tasks = yaml.safe_load((source / "tasks.yaml").read_text("utf-8"))
    tasks["title"] = {"en": "Other", "zh": "另一份"}
    tasks["tasks"] = tasks["tasks"][1:2]
    (other / "tasks.yaml").write_text(yaml.safe_dump(tasks, allow_unicode=True), "utf-8")
    notebook = nbformat.read(source / "small.ipynb", 4)
    nbformat.write(new_notebook(cells=notebook.cells[1:2]), other / "other.ipynb")
    with course.environment(), course.gradebook() as gradebook:
        gradebook.add_assignment("other")
        gradebook.add_notebook("other", "other")
        gradebook.add_grade_cell("sum", "other", "other", max_score=4, cell_type="code")
        gradebook.add_submission("other", "bo")
        gradebook.find_grade("sum", "other", "other", "bo").auto_score = 3
        gradebook.db.commit()
    for step in ("submitted", "autograded"):
        folder = course.folder / step / "bo" / "other"
        folder.mkdir(parents=True)
        nbformat.write(new_notebook(cells=notebook.cells[1:2]), folder / "other.ipynb")
    for name in ("small", "other"):
        (course.folder / "release" / name).mkdir(parents=True)
    return course


@pytest.fixture
def overview(two):
    with speaking("en"):
        yield Overview([gather(two, "small"), gather(two, "other")])


def test_assignments_stand_side_by_side_with_what_they_tell(overview):
    table = overview.assignments.set_index("assignment")
    assert table.loc["small", ["learners", "read", "late", "waiting", "tasks", "max"]].tolist() == [
        7, 3, 1, 2, 3, 10,
    ]  # fmt: skip
    # li-ming 6, ada 1 and bo 1 of 10 points
    assert table.loc["small", "mean"] == pytest.approx(8 / 30)
    assert table.loc["other", ["read", "mean"]].tolist() == [1, 0.75]
    assert table.loc["other", ["alpha", "measurement"]].isna().all()


def test_everybody_has_one_row_with_the_points_of_each_assignment(overview):
    table = tables(overview)["learners"].set_index("learner")
    assert list(table.columns) == ["name", "Small", "Other"]
    assert table.loc["bo", ["Small", "Other"]].tolist() == [1, 3]
    assert table.loc["li-ming", "Small"] == 6
    assert table.loc[["absent", "li-ming"], "Other"].isna().all()


def test_the_page_of_the_course_escapes_names_and_needs_nothing_beside_it(overview):
    page = render(overview, "course", NOW)
    assert EVIL not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http://www.w3.org/", "").replace("http://purl.org/", "")
    assert "src=" not in page
    assert "3/4" in page


def test_the_page_of_the_course_speaks_chinese(two):
    with speaking("zh"):
        page = render(Overview([gather(two, "small"), gather(two, "other")]), "course", NOW)
    assert '<html lang="zh-CN">' in page
    assert "另一份" in page
    for text in ("Assignments", "Points of everybody", "Learner", "Share won"):
        assert f">{text}<" not in page


def test_a_course_of_nobody_has_a_page(empty):
    nobody = Overview([gather(empty, "small")])
    assert "<table" in render(nobody, "course", NOW)
    assert list(tables(nobody)) == ["learners", "assignments"]


def test_every_assignment_and_the_course_are_written(two):
    files = list(write_course(two, ["small", "other"]))
    assert [file.name for file in files] == ["small.html", "other.html", "index.html"]
    book = openpyxl.load_workbook(two.folder / "report" / "index.xlsx")
    assert book.sheetnames[:2] == ["Learners", "Assignments"]
    assert not list((two.folder / "report").glob(".*"))


def test_the_formats_that_are_asked_for_are_written_and_no_others(two):
    folder = two.folder / "report"
    shutil.rmtree(folder, ignore_errors=True)
    assert write(two, "small", [Format.XLSX]).name == "small.xlsx"
    assert [file.name for file in folder.iterdir()] == ["small.xlsx"]
    shutil.rmtree(folder)
    assert write(two, "small", [Format.HTML]).name == "small.html"
    assert [file.name for file in folder.iterdir()] == ["small.html"]


def test_csv_and_workbook_hold_the_same(two):
    write(two, "small")
    folder = two.folder / "report"
    text = (folder / "small-tasks.csv").read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    sheet = openpyxl.load_workbook(folder / "small.xlsx")["Tasks"]
    assert [cell.value for cell in sheet[1]] == rows[0]
    assert [sheet.cell(row, 2).value for row in (2, 3, 4)] == ["Bad rate", "Sum owed", "Advice"]
    place = rows[0].index("facility")
    # rate: 2, 1 and 1 of 2 points
    assert rows[1][place] == "0.666667"
    assert sheet.cell(2, place + 1).value == 0.666667


def test_a_report_that_cannot_be_written_leaves_the_old_one(two, monkeypatch):
    page = write(two, "small")
    before = page.read_bytes()
    monkeypatch.setattr("pathlib.Path.write_text", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(two, "small")
    assert page.read_bytes() == before
    assert not list(page.parent.glob(".*"))


def test_the_command_writes_one_report_or_all(two, monkeypatch, capsys):
    monkeypatch.chdir(two.root)
    assert main(["report", "small", "--format", "html"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"report: {two.folder}/report/small.html"]
    assert main(["report", "--pseudonymous", "--format", "csv, HTML"]) == 0
    names = [line.rpartition("/")[2] for line in capsys.readouterr().out.splitlines()]
    assert names == [f"{name}-pseudonymous.html" for name in ("other", "small", "index")]


@pytest.mark.parametrize("asked", ["pdf", "html,pdf", "", ","])
def test_the_command_refuses_a_format_that_there_is_not(two, monkeypatch, capsys, asked):
    monkeypatch.chdir(two.root)
    assert main(["report", "small", "--format", asked]) == 2
    assert "--format takes html, csv and xlsx" in capsys.readouterr().err


def test_the_command_says_what_to_do_where_nothing_is_released(empty, monkeypatch, capsys):
    monkeypatch.chdir(empty.root)
    assert main(["report"]) == 1
    assert "First: duecourse release" in capsys.readouterr().err
