"""Marks as CSV and XLSX: one row a learner, one column a task, and nothing that runs."""

import csv
import io
import shutil
import subprocess
import sys
import zipfile

import pandas as pd
import pytest
from openpyxl import load_workbook

from duecourse import cli
from duecourse.errors import DuecourseError
from duecourse.language import speaking
from grader.exports import FORMATS, of_assignment, of_course, of_tasks, write
from grader.exports.sheets import as_csv, as_xlsx, harmless
from grader.results import collect
from tests.grader.exports.small import FORMULA, build

HEADS = ["learner", "name", "status", "handed in (UTC)", "hours late", "taken off for lateness"]
HEADS += ["waiting for a mark by hand", "total points", "out of"]
TASKS = ["small/rate", "small/sum", "small/advice"]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return build(tmp_path_factory.mktemp("exports"))


def read(file, encoding="utf-8-sig"):
    return list(csv.reader(io.StringIO(file.read_bytes().decode(encoding), newline="")))


def test_every_task_is_a_column_and_every_learner_a_row(course, tmp_path):
    head, *rows = read(write(course, "csv", "small", tmp_path / "a.csv").file)
    assert head == [*HEADS, *TASKS, "noticed"]
    assert [row[0] for row in rows] == ["'=cmd", "absent", "ada", "bo", "li-ming"]
    assert rows[4] == [
        *("li-ming", "李明", "on time", "2026-02-28 10:00:00", "0", "0", "0", "9", "10"),
        *("2", "4", "3", ""),
    ]


def test_points_that_wait_for_a_person_are_missing_and_not_zero(course):
    table = of_assignment(collect(course, "small")).set_index("learner")
    assert pd.isna(table.loc["bo", "small/advice"])
    assert table.loc["bo", "waiting"] == 1
    assert table.loc["bo", "points"] == 1.125


def test_who_handed_nothing_in_has_no_points(course):
    table = of_assignment(collect(course, "small")).set_index("learner")
    assert table.loc["absent", ["points", *TASKS]].isna().all()
    assert table.loc["absent", "status"] == "missing"


def test_a_penalty_explains_why_tasks_do_not_add_up_to_the_total(course):
    ada = of_assignment(collect(course, "small")).set_index("learner").loc["ada"]
    assert ada["penalty"] == 1
    assert ada[TASKS].sum() - ada["penalty"] == ada["points"] == 4


def test_the_file_begins_with_the_mark_of_utf_8_and_quotes_every_field(course, tmp_path):
    content = write(course, "csv", "small", tmp_path / "a.csv").file.read_bytes()
    assert content.startswith(b'\xef\xbb\xbf"learner","name"')
    assert content.count(b"\r\n") == content.count(b"\n") == 6
    assert b'"2","4","3",""' in content


def test_assignments_stand_side_by_side_in_the_table_of_a_course(course, tmp_path):
    head, *rows = read(write(course, "csv", file=tmp_path / "c.csv").file)
    second = [name.replace("small", "second") for name in TASKS]
    about = ["learner", "name", "second", "small", "total points", "out of"]
    assert head == [*about, "waiting for a mark by hand", *second, *TASKS]
    assert rows[4][:7] == ["li-ming", "李明", "", "9", "9", "20", "0"]
    assert rows[1][:7] == ["absent", "Abe Sent", "", "", "", "20", "0"]


def test_a_course_without_tasks_is_the_overview(course):
    table = of_course([collect(course, "small")], tasks=False)
    assert list(table.columns) == ["learner", "name", "small", "points", "max", "waiting"]


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " ="]
)
def test_a_text_that_begins_like_a_formula_is_made_harmless(sign):
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"


def test_ordinary_texts_and_negative_numbers_stay():
    assert harmless("Lee-Ann = her name") == "Lee-Ann = her name"
    table = pd.DataFrame({"=head": [-1.5], "text": ["-1.5"]})
    assert as_csv(table, {}) == '"\'=head","text"\r\n"-1.5","\'-1.5"\r\n'


def test_a_workbook_holds_an_overview_a_sheet_an_assignment_and_the_tasks(course, tmp_path):
    book = load_workbook(write(course, "xlsx", file=tmp_path / "c.xlsx").file)
    assert book.sheetnames == ["Overview", "second", "small", "Tasks"]
    sheet = book["small"]
    assert [cell.value for cell in sheet[1]] == [*HEADS, *TASKS, "noticed"]
    assert [cell.value for cell in sheet[6]][7:12] == [9, 10, 2, 4, 3]
    assert sheet["D6"].value.isoformat() == "2026-02-28T10:00:00"
    assert sheet.freeze_panes == "C2"
    assert sheet["K3"].value is None
    tasks = [[cell.value for cell in row] for row in book["Tasks"].iter_rows()]
    assert tasks[4] == ["small/rate", "small", "rate", "Bad rate", 2, False]


def test_no_cell_of_a_workbook_is_a_formula(course, tmp_path):
    file = write(course, "xlsx", "small", tmp_path / "a.xlsx").file
    sheet = load_workbook(file)["small"]
    assert sheet["A2"].value == "=cmd"
    assert sheet["B4"].value == f"{FORMULA} Stone"
    assert "f" not in {cell.data_type for row in sheet for cell in row}
    assert sheet["B4"].quotePrefix
    with zipfile.ZipFile(file) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")


def test_a_workbook_takes_any_text_and_any_name_of_a_sheet():
    long = "a" * 40
    tables = {
        name: pd.DataFrame({"x": ["bell \x07", "\ud800"]}, dtype=object)
        for name in (long, long + "b", "a/b")
    }
    book = load_workbook(io.BytesIO(as_xlsx(tables, {})))
    assert book.sheetnames == ["a" * 31, "a" * 29 + " 2", "a-b"]
    assert [row[0].value for row in book["a-b"]] == ["x", "bell \ufffd", "\ufffd"]


def test_an_empty_table_is_a_head_alone():
    table = pd.DataFrame(columns=["learner", "points"])
    assert as_csv(table, {}) == '"learner","points"\r\n'
    assert load_workbook(io.BytesIO(as_xlsx({"none": table}, {})))["none"].max_row == 1


def test_columns_and_states_speak_the_course_s_language(tmp_path):
    course = build(tmp_path, "zh")
    head, *rows = read(write(course, "csv", "small").file)
    assert head[:3] == ["学员编号", "姓名", "状态"]
    assert rows[4][2] == "按时"
    with speaking("zh"):
        titles = of_tasks([collect(course, "small")])["title"]
    assert list(titles) == ["坏账率", "欠款总额", "建议"]


def test_the_default_place_is_the_course_s_export_folder(course):
    files = {write(course, to, "small").file.name for to in FORMATS}
    assert files == {"small.csv", "small.xlsx", "small-moodle.csv", "small-canvas.csv"}
    left = {file.name for file in (course.folder / "export").iterdir()}
    assert not {name for name in left if name.endswith(".part")}


def test_an_unknown_format_or_assignment_is_said_and_nothing_is_written(course, tmp_path):
    with pytest.raises(DuecourseError, match=r"no format 'ods'\. There are: csv, xlsx"):
        write(course, "ods", file=tmp_path / "a")
    with pytest.raises(DuecourseError, match="smal"):
        write(course, "csv", "smal", tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_the_old_one(course, tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(DuecourseError, match="taken cannot be written"):
        write(course, "csv", "small", tmp_path / "taken")
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_the_command_says_where_the_file_lies(course, monkeypatch, capsys):
    monkeypatch.chdir(course.root)
    assert cli.main(["export", "small", "--to", "moodle"]) == 0
    shown = capsys.readouterr().out
    assert "small-moodle.csv (5 learners)" in shown
    assert "left open, because answers wait to be marked by hand: bo" in shown


def nbgrader(course, *words):
    command = [sys.executable, "-m", "nbgrader", "export", *words]
    command += ["--exporter", "grader.exports.plugin.TableExporter"]
    return subprocess.run(command, cwd=course.root, capture_output=True, text=True, check=False)


def test_nbgrader_s_own_export_writes_the_same_table(course, tmp_path):
    done = nbgrader(course, "--to", str(tmp_path / "a.csv"), "--assignment", '["small"]')
    assert done.returncode == 0, done.stderr
    ours = write(course, "csv", "small", tmp_path / "b.csv").file
    assert (tmp_path / "a.csv").read_bytes() == ours.read_bytes()


def test_nbgrader_s_own_export_takes_chosen_learners(course, tmp_path):
    file = tmp_path / "a.xlsx"
    done = nbgrader(course, "--to", str(file), "--student", '["bo"]')
    assert done.returncode == 0, done.stderr
    assert [cell.value for cell in load_workbook(file)["Overview"]["A"]] == ["learner", "bo"]


def test_nbgrader_s_own_export_refuses_another_gradebook(course, tmp_path):
    file = tmp_path / "a.csv"
    shutil.copy(course.folder / "gradebook.db", tmp_path / "other.db")
    done = nbgrader(course, "--to", str(file), "--db", f"sqlite:///{tmp_path}/other.db")
    assert done.returncode != 0
    assert "--db names" in done.stderr
    assert not file.exists()
