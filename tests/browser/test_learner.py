"""A learner's way: the start page, lesson 1, the assignment; in both languages."""

import operator
import shutil
import time

import nbformat
import pytest

from duecourse.answers import MIME
from grader.course import Course
from grader.release import lay_out, release
from tests.browser.conftest import served
from tests.conftest import ROOT, cell_of

pytestmark = [pytest.mark.browser, pytest.mark.kernel]

LANGUAGES = ("en", "zh")
ASSIGNMENT = "assignments/risk-assessment/risk-assessment.ipynb"
START = "notebooks/00-start-here.ipynb"
LESSON = "notebooks/01-risk-assessment.ipynb"
EXPLORER = "CutoffExplorer("
STEPS = ["ArrowRight"] * 8
"""A quarter of a percent each: enough of them to let more people through."""

SAID = {
    "en": {
        "open": "No answer yet: Bad rate where income is missing",
        "form": "The form of this answer is not right yet: Bad rate where income is missing",
        "no number": "is not a number",
        "recorded": "Recorded: Bad rate where income is missing.",
        "not yet": "Not yet, and this is the place to try things out.",
        "mistake": "The due date itself is counted here.",
        "hint": ("Hint 1 of 2: Days overdue", "Hint 2 of 2: Days overdue"),
        "solution": "One way to do it: Days overdue",
        "right": "Right: Days overdue",
        "validated": "there is no answer yet",
    },
    "zh": {
        "open": "还没有答案：收入缺失者的坏账率",
        "form": "这个答案的格式还不对：收入缺失者的坏账率",
        "no number": "不是数",
        "recorded": "已记录：收入缺失者的坏账率。",
        "not yet": "还没对，不过这里正是试错的地方。",
        "mistake": "这里把到期日也算进去了。",
        "hint": ("提示 1/2：逾期天数", "提示 2/2：逾期天数"),
        "solution": "一种解法：逾期天数",
        "right": "答对了：逾期天数",
        "validated": "还没有答案",
    },
}


@pytest.fixture(scope="module")
def learners(tmp_path_factory):
    """A folder with a learner's folder in each language, as the release makes it."""
    checkout, folder = (tmp_path_factory.mktemp(name) for name in ("checkout", "learners"))
    shutil.copy(ROOT / "nbgrader_config.py", checkout)
    for name in ("assignments", "notebooks"):
        left_out = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
        shutil.copytree(ROOT / name, checkout / name, ignore=left_out)
    for language in LANGUAGES:
        course = Course(checkout, f"course-{language}", language)
        release(course, "risk-assessment")
        lay_out(course, folder / language)
    return folder


@pytest.fixture(scope="module")
def address(learners, tmp_path_factory):
    with served(learners, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def lab(address, window, language):
    return window(address, language)


def said(cell):
    """Return what stands below a cell, as a reader sees it."""
    return cell.locator(".jp-OutputArea").inner_text()


def test_a_typed_answer_is_checked_recorded_and_saved(lab, learners, language):
    words = SAID[language]
    lab.open(f"{language}/{ASSIGNMENT}")
    lab.picture(f"assignment-opened-{language}")
    for name in ("setup", "missing-income-answer"):
        lab.run(grade_id=name)
    assert words["open"] in said(lab.run(grade_id="missing-income"))

    lab.run('missing_income = "a quarter"', grade_id="missing-income-answer")
    check = lab.run(grade_id="missing-income")
    assert words["form"] in said(check)
    assert words["no number"] in said(check)
    lab.picture(f"assignment-form-{language}")

    lab.run("missing_income = 0.25", grade_id="missing-income-answer")
    check = lab.run(grade_id="missing-income")
    assert words["recorded"] in said(check)
    lab.picture(f"assignment-recorded-{language}")

    lab.save()
    saved = nbformat.read(learners / language / ASSIGNMENT, as_version=4)
    assert cell_of(saved, "missing-income-answer").source == "missing_income = 0.25"
    [output] = cell_of(saved, "missing-income").outputs
    record = {"version": 1, "task": "missing-income", "kind": "number", "value": 0.25}
    assert output.data[MIME] == record


class Explorer:
    """The cut-off explorer as a person sees it."""

    def __init__(self, lab):
        self.lab = lab
        self.cell = lab.cell(source=EXPLORER)
        self.handle = self.cell.locator(".noUi-handle")
        self.handle.wait_for()
        self.handle.scroll_into_view_if_needed()

    @property
    def cutoff(self):
        return self.cell.locator(".widget-readout").inner_text()

    @property
    def picture(self):
        return self.cell.locator(".widget-html-content:has(svg)").inner_html()

    @property
    def numbers(self):
        return self.cell.locator(".widget-html-content:has(table)").inner_text()

    @property
    def has_focus(self):
        return self.handle.evaluate("handle => handle === document.activeElement")

    @property
    def shown(self):
        return self.cutoff, self.picture, self.numbers

    def press(self, *keys):
        """Press keys and wait until everything has followed."""
        before = self.shown
        for key in keys:
            self.lab.page.keyboard.press(key)
        self.follow(before)

    def follow(self, before):
        """Wait until cut-off, picture and numbers all differ from what was shown before."""
        end = time.monotonic() + 30
        while any(map(operator.eq, before, self.shown)):
            assert time.monotonic() < end, [before[0], self.cutoff, before[2], self.numbers]
            time.sleep(0.02)

    def drag_to(self, share):
        """Drag the handle with the mouse to a place along the slider, 0 = left, 1 = right."""
        before = self.shown
        box = self.cell.locator(".noUi-base").bounding_box()
        handle = self.handle.bounding_box()
        mouse = self.lab.page.mouse
        mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
        mouse.down()
        mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=4)
        mouse.up()
        self.follow(before)

    def time_of_a_move(self, key):
        """Return the milliseconds from a key to the changed picture on the screen."""
        return self.lab.time_of_a_move(key, self.cell.locator(".widget-html-content:has(svg)"))


def test_the_cutoff_is_moved_by_keyboard_and_mouse_and_after_a_restart(lab, language, measured):
    lab.open(f"{language}/{LESSON}")
    lab.run_all()
    explorer = Explorer(lab)
    lab.picture(f"lesson-explorer-{language}")
    first = explorer.shown
    explorer.handle.focus()
    for keys in (STEPS, ["End"], ["Home"]):
        explorer.press(*keys)
        assert explorer.has_focus
    lab.picture(f"lesson-explorer-home-{language}")

    explorer.drag_to(0.4)
    assert explorer.has_focus
    lab.picture(f"lesson-explorer-dragged-{language}")

    times = [explorer.time_of_a_move("ArrowRight") for _ in range(20)]
    measured(f"cut-off explorer, slider to picture ({language})", times)
    assert explorer.has_focus

    lab.restart()
    lab.run_all()
    explorer = Explorer(lab)
    assert explorer.shown == first
    explorer.handle.focus()
    explorer.press(*STEPS)


def test_the_start_page_answers_a_first_question(lab, language):
    words = SAID[language]
    hint = 'practice("days-overdue").hint()'
    check = 'practice("days-overdue").check'
    lab.open(f"{language}/{START}")
    lab.picture(f"start-{language}")
    lab.run(source="from duecourse import practice")
    wrong = lab.run('answer = 29\npractice("days-overdue").check(answer)', source=check)
    assert words["not yet"] in said(wrong)
    assert words["mistake"] in said(wrong)
    for text in words["hint"]:
        assert text in said(lab.run(source=hint))
    helped = lab.run(f'{hint}\npractice("days-overdue").solution()', source=hint)
    assert words["solution"] in said(helped)
    lab.picture(f"start-helped-{language}")
    right = lab.run('answer = 28\npractice("days-overdue").check(answer)', source=check)
    assert words["right"] in said(right)
    lab.run_all()
    lab.cell(source="doctor()")
    lab.picture(f"start-doctor-{language}")


def test_validating_the_released_notebook_names_what_is_open(lab, language):
    lab.open(f"{language}/{ASSIGNMENT}")
    lab.page.get_by_role("button", name="Validate").click()
    dialog = lab.page.locator(".jp-Dialog")
    dialog.get_by_text(SAID[language]["validated"]).first.wait_for(timeout=60_000)
    lab.picture(f"assignment-validated-{language}")
    assert f"missing-values: {SAID[language]['validated']}" in dialog.inner_text()
    dialog.get_by_role("button", name="OK").click()
