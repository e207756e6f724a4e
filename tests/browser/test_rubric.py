"""The rubric in nbgrader's formgrader: levels are clicked, comments are chosen, both are kept."""

import pytest
from playwright.sync_api import expect

from duecourse.language import speaking
from grader.course import Course
from grader.handback import feedback
from grader.rubrics.session import opened
from tests.browser.conftest import served
from tests.grader.rubrics.classroom import WRITTEN, graded_class, in_book
from tests.isolated import needs_isolation

pytestmark = [pytest.mark.browser, pytest.mark.kernel, needs_isolation]

SETTING = "\nfrom grader.rubrics.pages import configure\n\nconfigure(c)\n"
WORDS = {
    "en": (
        "Reason",
        "A reason that follows",
        "People",
        "Asks, and leaves",
        "Ask first.",
        "Pressure.",
    ),
    "zh": ("理由", "理由由事实得出", "待人", "先问，并留有缓冲", "请先问。", "施压。"),
}


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request):
    return request.param


@pytest.fixture(scope="module")
def classroom(_released, tmp_path_factory, language):
    """A graded class whose course speaks the language."""
    root = tmp_path_factory.mktemp("classroom") / "checkout"
    course = graded_class(_released, root)
    config = root / "nbgrader_config.py"
    if SETTING not in config.read_text("utf-8"):
        config.write_text(config.read_text("utf-8") + SETTING, "utf-8")
    (course.folder / "course.yaml").write_text(f"language: {language}\n")
    return Course(root, "course", language)


@pytest.fixture(scope="module")
def address(classroom, tmp_path_factory):
    with served(classroom.root, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture
def page(address, window, classroom, language):
    """Return what opens the page of a learner's submission, and waits until it is loaded."""
    lab = window(address, language)
    lab.forgiven = ("mathjax", "MathJax")

    def open_page(learner):
        with classroom.gradebook() as book:
            submission = book.find_submission_notebook("tiny", "tiny", learner).id
        lab.page.goto(f"{address}/formgrader/submissions/{submission}/")
        expect(lab.page.locator("section.duecourse-rubric fieldset:enabled")).to_have_count(2)
        return lab

    with speaking(language):
        yield open_page


def kept(lab, act, times):
    """Do something, and wait until nbgrader has stored so many fields."""
    stored = []
    lab.page.on("response", lambda one: stored.append(one) if one.request.method == "PUT" else None)
    act()
    for _round in range(200):
        if len(stored) >= times:
            break
        lab.page.wait_for_timeout(50)
    assert len(stored) == times
    assert all(one.ok for one in stored)


def test_levels_fill_the_score_and_a_comment_is_added(page, classroom, language):
    reason, level, people, other, comment, _ = WORDS[language]
    lab = page("bo")
    rubric = lab.page.locator("section.duecourse-rubric")
    assert lab.page.get_by_text("reason 2" if language == "en" else "理由例2").is_visible()
    rubric.get_by_role("group", name=reason).get_by_text(level).click()
    assert "2" in rubric.get_by_role("status").inner_text()
    assert in_book(classroom, "bo")[0] is None
    kept(lab, rubric.get_by_role("group", name=people).get_by_text(other).click, 2)
    expect(lab.page.locator("input.score#why")).to_have_value("4")
    kept(lab, rubric.get_by_role("button", name=comment).click, 1)
    rubric.scroll_into_view_if_needed()
    lab.picture(f"rubric-{language}")
    said = f"{reason} 2/2 · {people} 2/2\n\n{comment}"
    assert in_book(classroom, "bo") == (4, False, said)
    # What was clicked is there again when the page is opened anew.
    again = page("bo").page.locator("section.duecourse-rubric")
    assert again.get_by_role("radio", checked=True).count() == 2
    expect(again.get_by_role("button", name=comment)).to_have_attribute("aria-pressed", "true")
    assert opened(classroom, "tiny", None, "wang").marking.queue()[0].answer.learner != "bo"


def test_another_level_and_a_dropped_comment_replace_what_stood_there(page, classroom, language):
    reason, _level, people, _other, comment, pressure = WORDS[language]
    lab = page("bo")
    rubric = lab.page.locator("section.duecourse-rubric")
    kept(lab, rubric.get_by_role("group", name=people).get_by_text(pressure).click, 2)
    kept(lab, rubric.get_by_role("button", name=comment).click, 1)
    assert in_book(classroom, "bo") == (2, False, f"{reason} 2/2 · {people} 0/2")


def test_a_mark_of_the_terminal_shows_in_the_page(page, classroom, language):
    reason, _level, people, *_rest = WORDS[language]
    session = opened(classroom, "tiny", None, "wang")
    due = next(due for due in session.marking.queue() if due.answer.learner == "dora")
    session.save(due, {"reason": 1, "people": 2}, ["good"], "=1+1")
    lab = page("dora")
    expect(lab.page.locator("input.score#why")).to_have_value("3")
    rubric = lab.page.locator("section.duecourse-rubric")
    values = [
        rubric.get_by_role("group", name=name).get_by_role("radio", checked=True).input_value()
        for name in (reason, people)
    ]
    assert values == ["1", "2"]


def test_the_keyboard_is_enough(page, classroom):
    lab = page("王芳")
    rubric = lab.page.locator("section.duecourse-rubric")
    for place in range(2):
        rubric.locator("fieldset").nth(place).get_by_role("radio").first.focus()
        lab.page.keyboard.press("ArrowDown" if place == 0 else "Space")
        if place == 0:
            lab.page.keyboard.press("ArrowDown")
    expect(lab.page.locator("input.score#why")).to_have_value("2")


def test_the_table_that_was_handed_out_stands_in_the_feedback_and_no_example_does(page, classroom):
    lab = page("ann")
    assert lab.page.locator("section.duecourse-rubric").count() == 1
    assert lab.page.locator("table:has-text('A reason is named.')").count() == 0
    [back] = list(feedback(classroom, "tiny", ["ann"], early=True))
    text = back.pages[0].read_text("utf-8")
    assert "A reason is named." in text or "写了理由" in text or "Title" in text
    for secret in ("reason 2", "理由例2", "duecourse-rubric"):
        assert secret not in text
    assert WRITTEN["ann"].split()[0] in text
