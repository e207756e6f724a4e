"""What goes wrong in a window is heard of by the test in which it happens, and tells its place."""

import pytest

from tests.browser.conftest import Lab

pytestmark = pytest.mark.browser


@pytest.fixture
def lab(chromium):
    page = chromium.new_page()
    yield Lab(page, "")
    page.close()


def test_an_error_of_a_page_is_told_once_and_with_its_place(lab):
    lab.page.evaluate("() => { setTimeout(function blunder() { throw new Error('gone') }) }")
    lab.page.wait_for_timeout(100)
    (told,) = lab.found()
    assert "Error: gone" in told
    assert "at blunder" in told
    assert lab.found() == []


def test_an_error_is_forgiven_for_what_it_says_not_for_where_it_was(lab):
    lab.forgiven = ("blunder",)
    lab.page.evaluate("() => { setTimeout(function blunder() { throw new Error('gone') }) }")
    lab.page.evaluate("() => { setTimeout(() => { throw new Error('a blunder') }) }")
    lab.page.wait_for_timeout(100)
    (told,) = lab.found()
    assert "Error: gone" in told


def test_what_is_asked_for_elsewhere_is_told_once(lab):
    lab.page.evaluate("() => fetch('http://elsewhere.test/').catch(() => null)")
    assert lab.found() == ["http://elsewhere.test/"]
    assert lab.found() == []


def test_a_window_that_is_closed_still_tells_what_happened_in_it(lab):
    lab.page.evaluate("() => { setTimeout(() => { throw new Error('gone') }) }")
    lab.page.wait_for_timeout(100)
    lab.page.close()
    assert len(lab.found()) == 1
