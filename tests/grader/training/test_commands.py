"""`duecourse plan` and `duecourse changes`: what they write, say, and refuse."""

import shutil
from pathlib import Path

import pytest

from duecourse import cli

ROOT = Path(__file__).parents[3]
TEAM = "工号,姓名,岗位,入职日期\nA1,欧阳青,new-collector,2027-01-04\nA2,李明,working-collector,\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in a checkout that has the lessons, and nothing graded."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    for name in ("notebooks", "assignments", "case_studies"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "team.csv").write_text(TEAM, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DUECOURSE_COURSE", raising=False)
    return tmp_path


def call(*words):
    return cli.main(list(words))


def test_a_plan_is_written_into_the_courses_folder(here, capsys):
    assert call("plan", "team.csv", "--start", "2027-01-04", "--format", "md,ics") == 0
    said = capsys.readouterr().out.splitlines()
    folder = here / "course" / "plans"
    assert said[0] == f"plan: {folder / 'annual-2027-01-04.md'}"
    assert any(line.startswith("2 people in 2 groups, ") for line in said)
    assert any("No public holidays were given" in line for line in said)
    text = (folder / "annual-2027-01-04.md").read_text("utf-8")
    assert "欧阳青" in text
    assert "Lesson 8 · Why lawful collection" in text
    assert (folder / "training-2027-01-04.ics").is_file()


def test_the_same_call_writes_the_same_files_again(here):
    words = ("plan", "team.csv", "--start", "2027-01-04", "--format", "md")
    assert call(*words) == 0
    first = {one.name: one.read_bytes() for one in (here / "course" / "plans").iterdir()}
    assert call(*words) == 0
    assert {one.name: one.read_bytes() for one in (here / "course" / "plans").iterdir()} == first


def test_one_month_in_chinese_with_holidays(here, capsys):
    (here / "free.csv").write_text("from,to,kind,name\n2027-01-11,2027-01-15,off,甲\n", "gb18030")
    words = ("plan", "team.csv", "--start", "2027-01-04", "--month", "2027-01", "--language", "zh",
             "--holidays", "free.csv", "--format", "docx,md", "--out", "out")  # fmt: skip
    assert call(*words) == 0
    assert "计划：out/month-2027-01.docx" in capsys.readouterr().out
    text = (here / "out" / "month-2027-01.md").read_text("utf-8")
    assert text.startswith("# 2027年1月培训计划")
    assert "2027-01-12 周二：放假，甲" in text
    assert "| 2027-01-12" not in text


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--start", "4 January"], "A day is written as 2026-03-31"),
        (["--start", "2027-01-04", "--hours", "99"], "Hours a week lie between"),
        (["--start", "2027-01-04", "--days", "never"], "is no weekday"),
        (["--start", "2027-01-04", "--at", "9h"], "A time is written as 09:30"),
        (["--start", "2027-01-04", "--month", "March"], "A month is written as 2027-03"),
        (["--start", "2027-01-04", "--month", "2031-01"], "There are no sessions in 2031-01"),
        (["--start", "2027-01-04", "--format", "pdf"], "Formats are md"),
        (["--start", "2027-01-04", "--timezone", "Asia/Nowhere"], "There is no time zone"),
        (["--start", "2027-01-04", "--timezone", "../etc"], "There is no time zone"),
        (["--start", "2027-01-04", "--holidays", "none.csv"], "none.csv"),
    ],
)
def test_a_wrong_word_is_named_and_nothing_is_written(here, capsys, words, why):
    assert call("plan", "team.csv", *words) == 1
    assert why in capsys.readouterr().err
    assert not (here / "course").exists()


def test_changes_are_listed_and_packed(here, capsys):
    words = ("changes", "--from", "2026-01-01", "--to", "2026-01-31", "--on", "2026-07-03")
    assert call(*words) == 0
    said = capsys.readouterr().out
    assert "2026-01-30: CN-09 Visits and public notices begins (provisional)" in said
    folder = here / "course" / "plans"
    assert {one.suffix for one in folder.iterdir()} == {".md", ".docx", ".xlsx", ".ics"}


def test_where_nothing_changed_nothing_is_written(here, capsys):
    assert call("changes", "--from", "2026-03-01", "--to", "2026-03-31") == 0
    assert (
        "No rule came, changed or ended from 2026-03-01 to 2026-03-31." in capsys.readouterr().out
    )
    assert not (here / "course").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--from", "2026-03-01", "--to", "2026-01-01"], "is before the first"),
        (["--from", "soon", "--to", "2026-01-01"], "A day is written as"),
        (
            ["--from", "2026-01-01", "--to", "2026-02-01", "--jurisdiction", "FR"],
            "no rules for 'FR'",
        ),
        (["--from", "2026-01-01", "--to", "2026-02-01", "--on", "then"], "A day is written as"),
    ],
)
def test_changes_name_what_is_wrong(here, capsys, words, why):
    assert call("changes", *words) == 1
    assert why in capsys.readouterr().err
