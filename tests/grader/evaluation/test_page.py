import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import nbformat
import openpyxl
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_notebook

from duecourse.contact_logs import contact_log
from duecourse.errors import DuecourseError
from grader.course import Course
from grader.evaluation.learning import forget, keep_start, learning, start_file
from grader.evaluation.page import evaluate, write
from grader.evaluation.sources import Sources

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 5, 2, 9, tzinfo=UTC)
TASKS = {
    "title": {"en": "Diagnosis", "zh": "摸底测验"},
    "minutes": 10,
    "tasks": [{"id": "one", "kind": "number", "title": {"en": "One", "zh": "一"}}],
}
FIRST = {"li-ming": 4, "ada": 6, "once": 5, "=cmd()": 2}
SECOND = {"li-ming": 8, "ada": 7, "=cmd()": 6}


def cell():
    marks = {"grade": True, "solution": False, "locked": True, "task": False}
    return new_code_cell(
        "", metadata={"nbgrader": marks | {"schema_version": 3, "grade_id": "one", "points": 10}}
    )


def hand_in(course, points, moment):
    """Put graded submissions into the gradebook."""
    with course.gradebook() as gradebook:
        for learner, value in points.items():
            gradebook.update_or_create_submission("diagnosis", learner, timestamp=moment)
            grade = gradebook.find_grade("one", "diagnosis", "diagnosis", learner)
            grade.auto_score, grade.needs_manual_grade = value, False
        gradebook.db.commit()
    for learner in points:
        for place in ("submitted", "autograded"):
            folder = course.folder / place / learner / "diagnosis"
            folder.mkdir(parents=True, exist_ok=True)
            nbformat.write(new_notebook(cells=[cell()]), folder / "diagnosis.ipynb")


@pytest.fixture(scope="module")
def _begun(tmp_path_factory):
    root = tmp_path_factory.mktemp("evaluated")
    shutil.copyfile(ROOT / "nbgrader_config.py", root / "nbgrader_config.py")
    folder = root / "assignments" / "diagnosis"
    folder.mkdir(parents=True)
    (folder / "tasks.yaml").write_text(yaml.safe_dump(TASKS, allow_unicode=True), "utf-8")
    nbformat.write(new_notebook(cells=[cell()]), folder / "diagnosis.ipynb")
    course = Course(root, "course", "en")
    with course.environment(), course.gradebook() as gradebook:
        gradebook.add_assignment("diagnosis")
        gradebook.add_notebook("diagnosis", "diagnosis")
        gradebook.add_grade_cell("one", "diagnosis", "diagnosis", max_score=10, cell_type="code")
        for learner in FIRST:
            first = "<script>alert(1)</script>" if learner == "ada" else learner
            gradebook.add_student(learner, first_name=first)
    hand_in(course, FIRST, "2026-01-10 10:00:00 UTC")
    return root


@pytest.fixture
def course(_begun, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(_begun, root)
    return Course(root, "course", "en")


def test_the_start_is_kept_and_compared_with_the_second_time(course):
    assert keep_start(course, "diagnosis")[0] == 4
    assert learning(course, "diagnosis").why == (
        "nobody has handed the diagnosis in a second time yet"
    )
    hand_in(course, SECOND, "2026-04-10 10:00:00 UTC")
    found = learning(course, "diagnosis")
    assert (found.gain.n, found.started) == (3, 4)
    assert found.gain.before == pytest.approx(0.4)
    assert found.gain.after == pytest.approx(0.7)
    assert found.gain.normalised == pytest.approx(0.5)
    assert list(found.people["learner"]) == ["=cmd()", "ada", "li-ming"]


def test_a_start_that_is_kept_is_not_replaced(course):
    _count, file = keep_start(course, "diagnosis")
    before = file.read_bytes()
    hand_in(course, SECOND, "2026-04-10 10:00:00 UTC")
    assert keep_start(course, "diagnosis")[0] == 0
    assert file.read_bytes() == before


def test_without_a_start_it_is_said_how_to_keep_one(course):
    assert "--keep-start" in learning(course, "diagnosis").why


def test_a_damaged_start_is_named(course):
    _count, file = keep_start(course, "diagnosis")
    file.write_text("nothing\n1\n")
    with pytest.raises(DuecourseError, match=r"start-diagnosis\.csv is damaged"):
        learning(course, "diagnosis")


def test_a_learner_can_be_forgotten(course):
    keep_start(course, "diagnosis")
    file = start_file(course.folder, "diagnosis")
    hand_in(course, SECOND, "2026-04-10 10:00:00 UTC")
    page, book = write(course, Sources(), NOW)
    assert forget(course, "ghost") == []
    assert page.exists()
    assert forget(course, "li-ming") == [file, page, book]
    # the workbook named the learner
    assert not book.exists()
    assert "li-ming" not in file.read_text("utf-8")
    assert "ada" in file.read_text("utf-8")
    assert forget(course, "li-ming") == []


def sources(tmp_path):
    log = contact_log(3000, 11)
    log.to_csv(tmp_path / "log.csv", index=False)
    (tmp_path / "figures.csv").write_text(
        "month,promises,promises_kept,contacts,complaints,cured,redefaulted\n"
        "2025-01,1000,400,9000,40,300,60\n2025-12,1000,520,9000,20,300,30\n"
    )
    rows = "\n".join(f"{i % 5 + 1},<img src=x onerror=alert(2)> {i}" for i in range(6))
    (tmp_path / "survey.csv").write_text(f"useful,keep\n{rows}\n")
    return Sources(
        trained=date(2025, 7, 1),
        contacts=tmp_path / "log.csv",
        figures=tmp_path / "figures.csv",
        survey=tmp_path / "survey.csv",
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_all_four_levels_and_nothing_runs_in_it(course, tmp_path, language):
    keep_start(course, "diagnosis")
    hand_in(course, SECOND, "2026-04-10 10:00:00 UTC")
    course = Course(course.root, "course", language)
    page, book = write(course, sources(tmp_path), NOW)
    text = page.read_text("utf-8")
    assert "<script" not in text
    assert "<img" not in text
    assert "http" not in text
    for word in {
        "en": ("1 Reaction", "2 Learning", "3 Behaviour", "4 Results", "no proof of cause"),
        "zh": ("1 反应", "2 学习", "3 行为", "4 结果", "不能证明因果"),
    }[language]:
        assert word in text
    assert "50.0%" in text  # the normalised gain
    assert "No data" not in text
    sheets = openpyxl.load_workbook(book)
    assert len(sheets.sheetnames) == 4
    learned = sheets.worksheets[1]
    assert learned["A2"].value == "=cmd()"
    assert learned["A2"].data_type == "s"
    assert learned["C2"].value == pytest.approx(0.2)
    reached = {row[0].value: row for row in sheets.worksheets[3].iter_rows(min_row=2)}
    assert [row[1].value for row in reached.values()] == [400, 40, 60]


def test_a_level_without_data_says_what_it_needs(course):
    found = evaluate(course, Sources())
    assert set(found.missing) == {1, 2, 3, 4}
    assert "--contacts FILE" in found.missing[3]
    page, _book = write(course, Sources(diagnosis="none"), NOW)
    assert page.read_text("utf-8").count("No data for this level.") == 4


def test_data_without_the_day_of_the_training_are_refused(course, tmp_path):
    (tmp_path / "log.csv").write_text("account_id,at,channel\n1,2026-01-01,call\n")
    with pytest.raises(DuecourseError, match="--trained 2026-03-01"):
        evaluate(course, Sources(contacts=tmp_path / "log.csv"))


def test_a_course_that_is_not_there_is_not_made(course):
    away = Course(course.root, "elsewhere", "en")
    with pytest.raises(DuecourseError, match="There is no course"):
        write(away, Sources(), NOW)
    assert not away.folder.exists()
