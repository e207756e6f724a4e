"""nbgrader's own commands, the formgrader's interface and ours give the same gradebook."""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
import yaml

from grader.course import Course
from grader.grading import autograde
from grader.key import key_of
from grader.release import release
from tests.conftest import answered, handed_out, mark_of, scores, submit
from tests.grader.test_release import leaks, secrets_of

pytestmark = pytest.mark.kernel


def hand_in(course):
    submit(course, "right", answered(course), timestamp__txt="2026-03-01 09:00:00 UTC")
    wrong = answered(course, total="total = 4711.25", order='order = list("dcab")', bands=None)
    submit(course, "partly", wrong, timestamp__txt="2026-03-09 09:00:00 UTC")
    submit(course, "untouched", handed_out(course))
    submit(course, "damaged", b"{")


def test_nobody_is_marked_again_who_was_never_graded(released):
    submit(released, "empty", None)
    submit(released, "right", answered(released))
    states = {one.learner: one.state for one in autograde(released, "tiny", remark=True)}
    assert states == {"empty": "unchanged", "right": "unchanged"}


def due(course, when):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=when)


def everything(course):
    """Return every field of the gradebook's grades and comments, without row numbers."""
    with course.gradebook() as gradebook:
        found = []
        for submission in gradebook.assignment_submissions("tiny"):
            fields = {
                "learner": submission.student.id,
                "timestamp": submission.timestamp,
                "late": submission.late_submission_penalty,
            }
            for notebook in submission.notebooks:
                grades = [
                    {
                        name: getattr(grade, name)
                        for name in (
                            "name",
                            "auto_score",
                            "manual_score",
                            "extra_credit",
                            "needs_manual_grade",
                            "score",
                            "max_score",
                            "failed_tests",
                        )
                    }
                    for grade in notebook.grades
                ]
                comments = [(c.name, c.auto_comment, c.manual_comment) for c in notebook.comments]
                found.append((fields, notebook.name, grades, comments))
        return sorted(found, key=lambda row: row[0]["learner"])


def autograded(course):
    """Return the autograded notebooks, without what differs between two executions."""
    found = {}
    for file in sorted((course.folder / "autograded").rglob("*.ipynb")):
        notebook = nbformat.read(file, 4)
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        found[file.parent.parent.name] = nbformat.writes(notebook)
    return found


@pytest.fixture(scope="module")
def three(_released, tmp_path_factory):
    """Grade one class in three ways."""
    courses = {}
    for way in ("ours", "command", "formgrader"):
        root = tmp_path_factory.mktemp(way) / "checkout"
        shutil.copytree(_released, root)
        course = Course(root, "course", "en")
        due(course, "2026-03-05 00:00:00 UTC")
        hand_in(course)
        courses[way] = course
    list(autograde(courses["ours"], "tiny"))
    command = courses["command"]
    with command.environment():
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", "autograde", "tiny"],
            cwd=command.root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    formgrader = courses["formgrader"]
    with formgrader.environment():
        api = formgrader.api()
        for learner in sorted(api.get_submitted_students("tiny")):
            assert api.autograde("tiny", learner)["success"]
    return courses


@pytest.mark.parametrize("way", ["command", "formgrader"])
def test_the_gradebook_is_the_same_field_by_field(three, way):
    assert everything(three[way]) == everything(three["ours"])


@pytest.mark.parametrize("way", ["command", "formgrader"])
def test_the_autograded_notebooks_are_the_same(three, way):
    assert autograded(three[way]) == autograded(three["ours"])


def test_the_shared_scores_are_right(three):
    found = scores(three["command"])
    assert found["right"]["total"] == 4
    assert found["partly"]["total"] == 1
    assert found["partly"]["order"] == pytest.approx(2)
    assert found["partly"]["bands"] == 0
    assert set(found["damaged"].values()) == {0}


def test_nbgraders_feedback_shows_the_mark_and_no_answer(three):
    course = three["command"]
    with course.environment():
        subprocess.run(
            [sys.executable, "-m", "nbgrader", "generate_feedback", "tiny"],
            cwd=course.root,
            capture_output=True,
            check=True,
        )
    page = (course.folder / "feedback" / "partly" / "tiny" / "tiny.html").read_text("utf-8")
    assert "You forgot the last item." in page
    assert "Where to look: Lesson 9" in page
    assert "4712.25" not in page
    assert "0.875" not in page
    assert "vnd.duecourse" not in page
    assert "<script" not in page
    assert "Written answer</a>: waits to be marked / 4" in page
    assert not re.search(r"""(src|href)\s*=\s*["']?https?:|url\(["']?https?:|@import""", page)


def test_feedback_on_a_wrong_answer_leaks_no_right_one(three):
    course = three["formgrader"]
    with course.environment():
        assert course.api().generate_feedback("tiny", "untouched")["success"]
    page = course.folder / "feedback" / "untouched" / "tiny" / "tiny.html"
    assignment = course.assignment("tiny")
    assert leaks([page], secrets_of(assignment, key_of(assignment, course.keys))) == []


def test_validation_tells_an_open_notebook_from_an_answered_one(three, tmp_path):
    course = three["ours"]
    folder = course.folder / "release" / "tiny"

    def validate(notebook, name):
        shutil.copytree(folder, tmp_path / name)
        nbformat.write(notebook, tmp_path / name / "tiny.ipynb")
        program = [sys.executable, "-m", "nbgrader", "validate", "tiny.ipynb"]
        done = subprocess.run(
            program,
            cwd=tmp_path / name,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "DUECOURSE_LANGUAGE": "en"},
        )
        return done.stdout + done.stderr

    said = validate(handed_out(course), "open")
    assert "VALIDATION FAILED ON 9 CELL(S)" in said  # eight answers and the write-up
    assert "total: there is no answer yet" in said
    wrong = validate(answered(course, total="total = 1", bands="bands = pd.DataFrame()"), "wrong")
    assert "VALIDATION FAILED ON 1 CELL(S)" in wrong
    assert "column `band` is missing" in wrong
    assert "Success! Your notebook passes all the tests." in validate(answered(course), "right")


# Marking again


def regrade(course, **settings):
    file = course.root / "assignments" / "tiny" / "tasks.yaml"
    tasks = yaml.safe_load(file.read_text("utf-8"))
    tasks["tasks"][0].update(settings)
    file.write_text(yaml.safe_dump(tasks, allow_unicode=True), "utf-8")
    return {one.learner: one.state for one in autograde(course, "tiny", remark=True)}


@pytest.fixture
def marked(three, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(three["ours"].root, root)
    return Course(root, "course", "en")


def test_a_changed_scheme_is_applied_without_executing_anything(marked):
    # were it executed, this answer would count
    file = marked.folder / "autograded" / "right" / "tiny" / "tiny.ipynb"
    text = file.read_text("utf-8").replace("total = 4711.25 + 1", "total = 1")
    file.chmod(0o644)
    file.write_text(text, "utf-8")
    with marked.gradebook() as gradebook:
        grade = gradebook.find_grade("total", "tiny", "tiny", "partly")
        grade.manual_score = 3
        gradebook.find_comment("total-answer", "tiny", "tiny", "partly").manual_comment = "很好"
        gradebook.find_grade("why", "tiny", "tiny", "right").manual_score = 2.5
        gradebook.db.commit()
    states = regrade(marked, tolerance=2.0)
    assert states == {
        "right": "remarked",
        "partly": "remarked",
        "untouched": "remarked",
        "damaged": "explained",
    }
    with marked.gradebook() as gradebook:
        assert gradebook.find_grade("total", "tiny", "tiny", "right").auto_score == 4
        grade = gradebook.find_grade("total", "tiny", "tiny", "partly")
        assert grade.auto_score == 4
        assert grade.manual_score == 3
        comment = gradebook.find_comment("total-answer", "tiny", "tiny", "partly")
        assert comment.manual_comment == "很好"
        assert gradebook.find_grade("why", "tiny", "tiny", "right").manual_score == 2.5
    assert "damaged" in mark_of(marked, "damaged", "total")["reason"]


def test_a_changed_key_is_applied_too(marked):
    file = marked.root / "assignments" / "tiny" / "tiny.ipynb"
    file.write_text(file.read_text("utf-8").replace('best = \\"b\\"', 'best = \\"d\\"'), "utf-8")
    list(autograde(marked, "tiny", ["right"], remark=True))
    assert scores(marked)["right"]["best"] == 0


def test_changed_points_are_applied_after_a_new_release(marked):
    file = marked.root / "assignments" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(file, 4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "total":
            cell.metadata.nbgrader.points = 10
    nbformat.write(notebook, file)
    release(marked, "tiny")
    list(autograde(marked, "tiny", remark=True))
    assert scores(marked)["right"]["total"] == 10
    assert scores(marked)["partly"]["total"] == 2.5


def test_marking_again_twice_changes_nothing(marked):
    before = everything(marked), autograded(marked)
    list(autograde(marked, "tiny", remark=True))
    assert (everything(marked), autograded(marked)) == before


def test_a_resubmission_is_graded_anew_and_keeps_the_manual_score(marked):
    with marked.gradebook() as gradebook:
        gradebook.find_grade("why", "tiny", "tiny", "partly").manual_score = 2
        gradebook.db.commit()
    submit(marked, "partly", answered(marked), timestamp__txt="2026-03-10 09:00:00 UTC")
    [one] = autograde(marked, "tiny", ["partly"])
    assert one.state == "graded"
    assert scores(marked)["partly"]["total"] == 4
    with marked.gradebook() as gradebook:
        assert gradebook.find_grade("why", "tiny", "tiny", "partly").manual_score == 2


def test_a_change_without_a_new_timestamp_is_seen(marked):
    submit(marked, "partly", answered(marked), timestamp__txt="2026-03-09 09:00:00 UTC")
    [one] = autograde(marked, "tiny", ["partly"])
    assert one.state == "graded"
    assert scores(marked)["partly"]["total"] == 4


def test_a_chinese_course_has_chinese_feedback_whoever_writes_it(tiny, monkeypatch):
    course = Course(tiny.root, "course", "zh")
    release(course, "tiny")
    submit(course, "李明", answered(course, total="total = 4711.25", best=None))
    assert [one.state for one in autograde(course, "tiny")] == ["graded"]
    # nbgrader's own command is not told the language; it finds it in the course's folder
    monkeypatch.delenv("DUECOURSE_LANGUAGE")
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_feedback", "tiny"],
        cwd=course.root,
        capture_output=True,
        check=True,
    )
    page = (course.folder / "feedback" / "李明" / "tiny" / "tiny.html").read_text("utf-8")
    for text in (
        "得分：",
        "题目 total",
        "错误：You forgot the last item.",
        "可以回看：第9课",
        "未作答。",
    ):
        assert text in page
    for text in ("Score", "Student's answer", "No response", "Question total"):
        assert text not in page
