"""What learners have shown beside what their role needs: the table, its page and its workbook."""

from datetime import UTC, datetime

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from duecourse.competencies import matrix
from duecourse.errors import DuecourseError
from duecourse.language import speaking
from grader.commands.needs import app
from grader.needs import Needs, collect, gaps, roles_of, write
from grader.needs.writing import harmless, render, workbook
from grader.results import Results, Status
from tests.conftest import answered, submit

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TOPICS = {
    "exam": {"a": ("hours",), "b": ("hours", "critical"), "c": ("auc",), "d": ("limitation",)}
}


def results(*marks, status=Status.ON_TIME):
    """Return results of the exam; a mark is learner, task, points of 2, and an outcome."""
    rows = [
        {"learner": who, "task": task, "points": points, "max": 2.0, "outcome": outcome}
        for who, task, points, outcome in marks
    ]
    learners = [
        {"learner": who, "name": who.title(), "status": status}
        for who in dict.fromkeys(m[0] for m in marks)
    ]
    columns = ["learner", "task", "points", "max", "outcome"]
    return Results(
        "exam", "Exam", None, pd.DataFrame(), pd.DataFrame(learners, columns=["learner", "name", "status"]),
        pd.DataFrame(rows, columns=columns),
    )  # fmt: skip


def of(table, learner, competency):
    [row] = table[(table["learner"] == learner) & (table["competency"] == competency)].to_dict(
        "records"
    )
    return row


def shown(exam, role="working-collector"):
    roles = dict.fromkeys(exam.learners["learner"], role)
    return gaps({"exam": exam}, TOPICS, roles, dict.fromkeys(roles, "Somebody"))


def test_a_share_of_the_points_becomes_a_level_and_the_gap_is_what_lacks_to_the_role():
    row = of(shown(results(("li", "a", 2, "marked"), ("li", "b", 0, "marked"))), "li", "contact")
    assert (row["tasks"], row["points"], row["max"], row["share"]) == (2, 2, 4, 0.5)
    assert (row["shown"], row["needed"], row["gap"]) == (1, 2, 1)


def test_a_task_counts_for_every_competency_of_its_topics():
    table = shown(results(("li", "b", 2, "marked")))
    assert of(table, "li", "contact")["points"] == of(table, "li", "red-lines")["points"] == 2


def test_one_task_alone_shows_no_more_than_the_first_level():
    row = of(shown(results(("li", "a", 2, "marked"))), "li", "contact")
    assert (row["share"], row["shown"], row["gap"]) == (1, 1, 1)


def test_what_waits_for_a_person_does_not_count_and_no_answer_counts_as_nothing():
    exam = results(("li", "a", 0, "waiting"), ("li", "b", 0, "not-answered"))
    row = of(shown(exam), "li", "contact")
    assert (row["tasks"], row["share"], row["shown"], row["gap"]) == (1, 0, 0, 2)


def test_without_a_marked_task_a_level_is_unknown_and_not_nothing():
    row = of(shown(results(("li", "a", 2, "marked"))), "li", "law")
    assert row["tasks"] == 0
    assert pd.isna(row["shown"])
    assert pd.isna(row["gap"])
    assert pd.isna(row["share"])


def test_what_a_role_does_not_need_is_no_gap():
    row = of(shown(results(("li", "a", 2, "marked"))), "li", "scoring")
    assert (row["needed"], row["gap"]) == (0, 0)
    assert of(shown(results(("li", "c", 0, "marked"))), "li", "scoring")["gap"] == 0


def test_more_than_is_needed_is_no_negative_gap():
    exam = results(*(("li", task, 2, "marked") for task in ("a", "b")))
    row = of(shown(exam, "analyst"), "li", "contact")
    assert (row["shown"], row["needed"], row["gap"]) == (2, 1, 0)


def test_points_beyond_the_whole_are_no_more_than_the_whole():
    assert of(shown(results(("li", "a", 3, "marked"))), "li", "contact")["share"] == 1


def test_of_a_submission_that_could_not_be_read_nothing_counts():
    exam = results(("li", "a", 0, "marked"), status=Status.DAMAGED)
    assert of(shown(exam), "li", "contact")["tasks"] == 0


def test_each_learner_is_measured_by_the_own_role():
    exam = results(("li", "a", 2, "marked"), ("wu", "a", 2, "marked"))
    table = gaps({"exam": exam}, TOPICS, {"li": "analyst", "wu": "team-lead"}, {})
    assert of(table, "li", "contact")["gap"] == 0
    assert of(table, "wu", "contact")["gap"] == 2
    assert set(table["learner"]) == {"li", "wu"}
    assert len(table) == 2 * len(matrix().competencies)


def test_the_team_counts_who_needs_has_lacks_and_is_unknown():
    exam = results(
        ("li", "a", 2, "marked"), ("li", "b", 2, "marked"), ("wu", "a", 0, "marked"),
        ("xu", "d", 2, "marked"),
    )  # fmt: skip
    team = Needs(("exam",), shown(exam), {}).team.set_index("competency")
    row = team.loc["contact"]
    assert (row["need"], row["reached"], row["lacking"], row["unknown"]) == (3, 1, 1, 1)
    assert row["tasks"] == 1
    assert team.loc["scoring", "need"] == 0


def test_an_empty_class_has_an_empty_table_and_a_page_that_says_so(tmp_path):
    needs = Needs(("exam",), shown(results()), {})
    assert needs.gaps.empty
    assert needs.team["need"].sum() == 0
    assert "Nobody stands in the class list" in render(needs, "course", NOW)
    workbook(needs, tmp_path / "empty.xlsx")
    assert openpyxl.load_workbook(tmp_path / "empty.xlsx")["learners"].max_row == 1


def some_needs(name="Li Ming", learner="li"):
    exam = results(
        (learner, "a", 2, "marked"), (learner, "b", 0, "marked"), (learner, "d", 2, "marked")
    )
    table = gaps({"exam": exam}, TOPICS, {learner: "working-collector"}, {learner: name})
    return Needs(("exam",), table, {"wu": "Wu Ruoxi"}, ("juggling",))


def test_the_page_names_the_gap_its_tasks_the_lessons_and_the_cases():
    page = render(some_needs(), "course", NOW)
    assert "Li Ming" in page
    assert "Lawful contact" in page
    assert "Lesson 8 · Why lawful collection" in page
    assert "The phone-book blast" in page
    assert "1 · knows*" in page
    assert "2 · applies" in page
    assert "Nothing readable is graded of: Wu Ruoxi" in page
    assert "not counted: juggling" in page
    assert "http" not in page


def test_the_page_speaks_chinese():
    with speaking("zh"):
        page = render(some_needs(), "course", NOW)
    assert '<html lang="zh-CN">' in page
    assert "团队培训需求" in page
    assert "合规联系" in page
    assert "第8课 · 为什么要依法催收" in page
    assert "Lesson" not in page


def test_what_learners_write_cannot_become_part_of_the_page():
    page = render(some_needs(name="<script>alert(1)</script>", learner="a&b"), "course", NOW)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "a&amp;b" in page


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_that_a_spreadsheet_would_run_is_made_a_text(text, tmp_path):
    assert harmless(text) == f"'{text}"
    file = tmp_path / "needs.xlsx"
    workbook(some_needs(name=text), file)
    cells = [cell for sheet in openpyxl.load_workbook(file) for row in sheet for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]


def test_a_character_that_a_workbook_cannot_hold_does_not_stop_it(tmp_path):
    workbook(some_needs(name="Li\x00\x0bMing"), tmp_path / "needs.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "needs.xlsx")["learners"]
    assert sheet["B2"].value == "Li\ufffd\ufffdMing"


def test_the_workbook_holds_the_team_and_one_row_a_learner_and_competency(tmp_path):
    workbook(some_needs(), tmp_path / "needs.xlsx")
    book = openpyxl.load_workbook(tmp_path / "needs.xlsx")
    assert book.sheetnames == ["team", "learners"]
    assert book["team"].max_row == book["learners"].max_row == 1 + len(matrix().competencies)
    rows = {row[3]: row for row in book["learners"].iter_rows(values_only=True)}
    assert rows["Lawful contact"][4:9] == (1, 2, 1, 0.5, 2)
    assert rows["Early warning"][4:9] == (None, 1, None, None, 0)
    assert rows["Scores and models"][9] is None  # not needed: no lesson is named


ROLES = "learner,role,joined\nli,team-lead,2024\n王,在岗催收员,2023\nwu,Credit-Risk Analyst,\n,,\n"
KNOWN = {"li": "team-lead", "王": "working-collector", "wu": "analyst"}


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_team_is_read_from_csv_as_offices_save_it(tmp_path, code, separator):
    file = tmp_path / "team.csv"
    file.write_bytes(ROLES.replace(",", separator).encode(code))
    assert roles_of(file) == KNOWN


def test_a_comma_too_many_does_not_shift_the_columns(tmp_path):
    file = tmp_path / "team.csv"
    file.write_text("learner,role\nli,analyst,,\nwu,team-lead\n")
    assert roles_of(file) == {"li": "analyst", "wu": "team-lead"}


def test_a_team_is_read_from_a_workbook_with_chinese_heads(tmp_path):
    rows = [line.split(",")[:2] for line in ROLES.splitlines()[1:]]
    file = tmp_path / "团队.xlsx"
    pd.DataFrame(rows, columns=["学号", "岗位"]).to_excel(file, index=False)
    assert roles_of(file) == KNOWN


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column 'learner'"),
        (b"learner,role,role\nli,analyst,analyst\n", "more than one column 'role'"),
        (b"learner,role\nli\n", "row 2: there is no role ''"),
        (b"learner,role\n" + b"x" * 200_000 + b",analyst\n", "not readable as a table"),
        (b"learner\nli\n", "no column 'role'.*It has: learner"),
        (b"learner,role\n", "lists nobody"),
        (b"learner,role\nli,boss\n", "row 2: there is no role 'boss'.*new-collector"),
        (b"learner,role\nli,analyst\nli,analyst\n", "row 3: the learner 'li' stands there twice"),
        (b"learner,role\n,analyst\n", "row 2: the learner is missing"),
        (b"\xff\xff\xff\xff,role\n", "neither UTF-8 nor GB 18030"),
    ],
)
def test_a_list_that_cannot_be_right_is_refused_with_its_place(tmp_path, content, said):
    file = tmp_path / "team.csv"
    file.write_bytes(content)
    with pytest.raises(DuecourseError, match=said):
        roles_of(file)


def test_a_workbook_that_is_none_and_a_file_that_is_not_there_are_errors(tmp_path):
    (tmp_path / "team.xlsx").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(DuecourseError, match="not readable as a table"):
        roles_of(tmp_path / "team.xlsx")
    with pytest.raises(DuecourseError, match="There is no file"):
        roles_of(tmp_path / "lost.csv")


# In a course: the gradebook, the topics of its tasks, the command.


@pytest.fixture
def graded(released):
    """The small course, its tasks with topics, one right and one damaged submission graded."""
    from grader.grading import autograde

    file = released.root / "assignments" / "tiny" / "tasks.yaml"
    text = file.read_text("utf-8")
    for task, topic in (("total", "affordability"), ("best", "critical"), ("order", "juggling")):
        text = text.replace(f"- id: {task}\n", f"- id: {task}\n  topics: [{topic}]\n")
    file.write_text(text, "utf-8")
    submit(released, "li-ming", answered(released))
    submit(released, "wu-ruoxi", b"{ cut")
    list(autograde(released, "tiny"))
    return released


@pytest.mark.kernel
def test_a_course_is_read_with_its_damaged_missing_and_unplaced(graded):
    needs = collect(graded, "new-collector", {"li-ming": "team-lead", "new-one": "analyst"})
    assert needs.assignments == ("tiny",)
    assert needs.unplaced == ("juggling",)
    assert set(needs.missing) == {"wu-ruoxi", "new-one"}
    rows = {who: of(needs.gaps, who, "affordability") for who in ("li-ming", "wu-ruoxi", "new-one")}
    assert rows["li-ming"]["role"] == "team-lead"
    assert (rows["li-ming"]["points"], rows["li-ming"]["tasks"], rows["li-ming"]["gap"]) == (
        4,
        1,
        2,
    )
    assert (rows["wu-ruoxi"]["tasks"], rows["new-one"]["role"]) == (0, "analyst")
    before = sorted(file.name for file in graded.folder.rglob("*"))
    page, book = write(graded, needs)
    assert (page.name, book.name) == ("needs.html", "needs.xlsx")
    assert sorted({file.name for file in graded.folder.rglob("*")} - set(before)) == [
        "needs.html", "needs.xlsx", "report",
    ]  # fmt: skip

    only = collect(graded, None, {"li-ming": "team-lead"}, learners=["li-ming"])
    assert set(only.gaps["learner"]) == {"li-ming"}
    with pytest.raises(DuecourseError, match=r"no learner 'li-min'.*Did you mean 'li-ming'"):
        collect(graded, "analyst", learners=["li-min"])
    with pytest.raises(DuecourseError, match="no assignment 'tinny'"):
        collect(graded, "analyst", assignments=["tinny"])


@pytest.mark.kernel
def test_the_command_says_where_the_report_is(graded, monkeypatch, tmp_path):
    monkeypatch.chdir(graded.root)
    team = tmp_path / "team.csv"
    team.write_text("learner,role\nli-ming,team-lead\n")
    done = CliRunner().invoke(app, ["analyst", "--team", str(team)], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.output.split() == [
        str(graded.folder / "report" / name) for name in ("needs.html", "needs.xlsx")
    ]


def test_without_a_role_or_a_release_the_error_says_what_to_type(tiny):
    with pytest.raises(DuecourseError, match=r"new-collector.*--team FILE"):
        collect(tiny)
    with pytest.raises(DuecourseError, match="no role 'boss'"):
        collect(tiny, "boss")
    with pytest.raises(DuecourseError, match="duecourse release diagnosis"):
        collect(tiny, "analyst")
