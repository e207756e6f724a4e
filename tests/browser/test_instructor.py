"""An instructor's way: nbgrader's formgrader inside JupyterLab, on the small assignment."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from playwright.sync_api import expect

from grader.course import Course
from grader.grading import autograde
from tests.browser.conftest import served
from tests.conftest import answered, scores, submit
from tests.isolated import needs_isolation

pytestmark = [pytest.mark.browser, pytest.mark.kernel, needs_isolation]

WRITTEN = "I would ask what happened first."
COMMENT = "很好，先问原因。"
LOOK = """\
from pathlib import Path
import os, sys
print(Path('{gradebook}').exists(), Path.cwd(), os.getpid(), len(sys.modules) > 1000)
"""


@pytest.fixture(scope="module")
def classroom(_released, tmp_path_factory):
    """A course with two graded submissions, and one that is not, by a learner with a Chinese name."""
    root = tmp_path_factory.mktemp("classroom") / "checkout"
    shutil.copytree(_released, root)
    course = Course(root, "course", "en")
    submit(course, "ann", answered(course, why=WRITTEN))
    submit(course, "bo", answered(course, total="total = 4711.25", why=WRITTEN))
    assert [one.state for one in autograde(course, "tiny")] == ["graded", "graded"]
    curious = answered(course, total="total = 4710", order="order = list('dcab')")
    look = LOOK.format(gradebook=course.folder / "gradebook.db")
    curious.cells.append(new_code_cell(look, id="looks-around"))
    submit(course, "王芳", curious)
    return course


@pytest.fixture(scope="module")
def address(classroom, tmp_path_factory):
    with served(classroom.root, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture
def lab(address, window):
    lab = window(address)
    # The grading page of nbgrader 0.9.6 asks for MathJax elsewhere; all but formulas works without.
    lab.forgiven = ("mathjax", "MathJax")
    lab.start()
    return lab


@pytest.fixture
def formgrader(lab):
    """The formgrader inside JupyterLab, opened as the menu opens it."""
    lab.command("nbgrader:open-formgrader")
    frame = lab.page.frame_locator("iframe").first
    frame.get_by_role("link", name="tiny", exact=True).wait_for(timeout=30_000)
    return frame


def test_a_mark_is_read_and_a_written_answer_is_marked_by_hand(lab, formgrader, classroom):
    lab.picture("formgrader-assignments")
    formgrader.get_by_role("link", name="Manual Grading").click()
    # The list of assignments, then the list of its notebooks.
    for heading in ("Assignment ID", "Notebook ID"):
        formgrader.get_by_role("columnheader", name=heading).wait_for()
        formgrader.locator("td.name").get_by_role("link", name="tiny", exact=True).click()
    formgrader.get_by_role("link", name="Submission #2").wait_for()
    formgrader.get_by_role("button", name="Show All Names").click()
    formgrader.get_by_role("link", name="ann", exact=True).wait_for()
    lab.picture("formgrader-submissions")
    formgrader.get_by_role("link", name="bo", exact=True).click()

    mark = formgrader.locator("input.score#total")
    expect(mark).to_have_attribute("placeholder", "1")
    expect(formgrader.get_by_text("You forgot the last item.")).to_be_visible()
    lab.picture("formgrader-mark")
    expect(formgrader.get_by_text(WRITTEN)).to_be_visible()
    score, comment = formgrader.locator("input.score#why"), formgrader.locator("#why-comment")
    score.scroll_into_view_if_needed()
    lab.picture("formgrader-by-hand")
    for field, text in ((score, "3"), (comment, COMMENT)):
        field.click()
        with lab.page.expect_response(lambda answer: answer.request.method == "PUT") as answer:
            lab.page.keyboard.type(text)
            lab.page.keyboard.press("Tab")
        assert answer.value.ok

    formgrader.locator("body").evaluate("() => location.reload()")
    expect(score).to_have_value("3")
    expect(comment).to_have_value(COMMENT)
    score.scroll_into_view_if_needed()
    lab.picture("formgrader-by-hand-stored")
    with classroom.gradebook() as gradebook:
        grade = gradebook.find_grade("why", "tiny", "tiny", "bo")
        assert (grade.manual_score, grade.needs_manual_grade) == (3, False)
        stored = gradebook.find_comment("why", "tiny", "tiny", "bo")
        assert stored.manual_comment == COMMENT
    assert scores(classroom)["bo"]["total"] == 1


def test_the_autograde_button_gives_what_the_command_gives(lab, formgrader, classroom, tmp_path):
    twin = Course(tmp_path / "twin", "course", "en")
    shutil.copytree(classroom.root, twin.root)
    formgrader.locator("td.num-submissions a").click()
    row = formgrader.get_by_role("row").filter(has_text="王芳")
    row.locator("td.autograde a").click()
    row.get_by_text("needs manual grading").wait_for(timeout=120_000)
    lab.picture("formgrader-autograded")
    clicked = scores(classroom)["王芳"]
    file = classroom.folder / "autograded" / "王芳" / "tiny" / "tiny.ipynb"
    [looked] = nbformat.read(file, 4).cells[-1].outputs
    # no gradebook, a folder and processes of its own, and everything loaded beforehand
    assert looked.text == "False /submission 1 True\n"

    program = Path(sys.executable).with_name("duecourse")
    subprocess.run([program, "autograde", "tiny"], cwd=twin.root, check=True, capture_output=True)
    assert clicked == scores(twin)["王芳"]
    assert (clicked["total"], clicked["order"], clicked["bands"]) == (2, 2, 8)
    assert clicked["why"] == "by hand"
