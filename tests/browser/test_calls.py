"""A call, played where it stands: by mouse and by keyboard, in both languages, through a restart."""

import shutil

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from duecourse.cases.files import KEY
from duecourse.language import LANGUAGES, _, speaking
from tests.browser.conftest import served
from tests.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.kernel]

CASES = ROOT / "tests" / "duecourse" / "calls" / "cases"
OPEN = 'from duecourse.calls import play\ncall = play("evening-call", "hardship")\ncall'
BEST = ["greet", "ask", "listen", "budget", "fitting", "recap"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server over a folder in each language: one with the key (practice), one without (graded)."""
    root = tmp_path_factory.mktemp("learners")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for language in LANGUAGES:
        for kind in ("practice", "graded"):
            folder = root / f"{kind}-{language}"
            shutil.copytree(CASES, folder / "cases")
            (folder / "course.yaml").write_text(f"language: {language}\n")
            cells = [new_code_cell(OPEN), new_code_cell("print(call.choices)")]
            notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
            write(notebook, folder / "call.ipynb")
            if kind == "graded":
                (folder / "cases" / "evening-call" / KEY).unlink()
    with served(root, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture
def player(one_lab, looked_after, language):
    """Return what opens the notebook of a kind and goes to the call in it."""
    looked_after(one_lab)

    def opened_call(kind):
        one_lab.open(f"{kind}-{language}/call.ipynb")
        one_lab.run_all()
        return Player(one_lab, f"{kind}-{language}")

    with speaking(language):
        yield opened_call


class Player:
    """The view of a call as a person sees it."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name
        self.cell = lab.cell(source="play(")
        self.root = self.cell.locator("section.duecourse-call")
        self.log = self.root.get_by_role("log")
        self.options = self.root.get_by_role("group").get_by_role("button")
        self.notice = self.root.get_by_role("status")
        self.root.wait_for()

    def wait(self, state="ready"):
        expect(self.root).to_have_attribute("data-state", state)

    def place(self, option):
        """Return where an option stands now, from 1 on."""
        return 1 + self.root.locator(f'[data-option="{option}"]').evaluate(
            "one => [...one.parentElement.children].indexOf(one)"
        )

    def click(self, option):
        self.wait()
        self.root.locator(f'[data-option="{option}"]').click()
        self.root.locator(f'[data-option="{option}"]').wait_for(state="detached")

    def press(self, option, *keys):
        """Choose an option by these keys, or by its number."""
        self.wait()
        for key in keys or [str(self.place(option))]:
            self.lab.page.keyboard.press(key)
        self.root.locator(f'[data-option="{option}"]').wait_for(state="detached")

    def start_again(self):
        self.root.get_by_role("button", name=_("Start again")).click()
        expect(self.log.locator(".dc-own")).to_have_count(0)

    def dark_and_narrow(self):
        """Change to JupyterLab's dark theme in a window as narrow as a telephone's."""
        self.lab.change_theme("JupyterLab Dark")
        self.picture("dark", 2300)
        self.lab.command("application:toggle-left-area")
        self.lab.page.set_viewport_size({"width": 480, "height": 900})

    def too_wide(self):
        """Return what is cut off at the right; the picture moves sideways by itself."""
        return self.root.evaluate(
            """root => [root, ...root.querySelectorAll("*")]
                .filter(one => !one.closest("figure") && one.scrollWidth > one.clientWidth + 1)
                .filter(one => getComputedStyle(one).display !== "inline")
                .map(one => one.className)"""
        )

    def focused(self):
        return self.root.evaluate(
            """root => {
                const now = document.activeElement;
                return root.contains(now) ? now.dataset.option ?? now.className : null;
            }"""
        )

    def chosen(self):
        """Return the choices as Python has them."""
        cell = self.lab.run(source="print(call")
        return cell.locator(".jp-OutputArea-output").inner_text().strip()

    def cells(self):
        return self.lab.page.evaluate(
            "() => jupyterapp.shell.currentWidget.content.widgets.map(one => one.model.type)"
        )

    def picture(self, name, height=900):
        """Keep a picture of the call from its beginning on; the focus leaves it."""
        self.lab.cell(source="play(")
        self.lab.picture(f"call-{name}-{self.name}", height)


def test_a_call_is_played_by_mouse_and_outlives_its_kernel(player, language):
    call = player("practice")
    expect(call.root).to_have_attribute("lang", {"en": "en", "zh": "zh-CN"}[language])
    expect(call.log).to_have_attribute("aria-live", "polite")
    call.wait()
    call.picture("start")
    call.options.first.dblclick()
    expect(call.log.locator(".dc-own")).to_have_count(1)
    call.wait()
    assert call.chosen() == "['blunt']"
    call.start_again()

    for option in BEST[:2]:
        call.click(option)
    call.wait()
    call.picture("middle")
    assert call.chosen() == str(BEST[:2])

    call.lab.restart()
    expect(call.notice).to_have_text(
        _(
            "The connection to Python has ended. What you chose so far is kept: run this cell again "
            "to go on."
        )
    )
    call.picture("lost")
    call.lab.run_all()
    call = Player(call.lab, call.name)
    expect(call.log.locator(".dc-own")).to_have_count(2)
    expect(call.notice).to_have_text("")
    for option in BEST[2:]:
        call.click(option)
    call.wait("ended")
    expect(call.root).to_contain_text(_("The call has ended."))
    expect(call.root.locator(".dc-choices > li")).to_have_count(6)
    expect(call.root.locator("[role=img]")).to_have_count(1)
    expect(call.root.locator(".dc-shares")).to_contain_text("100%")
    assert call.chosen() == str(BEST)
    call.picture("debrief", 2300)

    call.dark_and_narrow()
    assert call.too_wide() == []
    call.start_again()
    assert call.chosen() == "[]"
    assert call.too_wide() == []


def test_a_call_is_played_by_keyboard_alone(player):
    call = player("graded")
    before = call.cells()
    call.wait()
    call.options.first.focus()
    call.press("greet", "ArrowDown", "Enter")
    call.wait()
    assert call.focused() == "ask"
    # the digit chooses, and is no command to make a heading of the cell
    call.press("ask")
    # neither are letters, which would delete the cell
    for key in "ddx":
        call.lab.page.keyboard.press(key)
    call.press("listen", "Space")
    call.press("budget")
    call.press("fitting")
    call.press("recap", "Enter")
    call.wait("ended")
    assert call.focused() == "dc-closing"
    assert call.cells() == before
    expect(call.root).to_contain_text(
        _("The call has ended. Your choices are kept, and they stand.")
    )
    expect(call.options).to_have_count(0)
    expect(call.root.get_by_role("button", name=_("Start again"))).to_have_count(0)
    expect(call.root.locator(".dc-debrief")).to_have_count(0)
    call.picture("locked")
    assert call.chosen() == str(BEST)

    call.lab.run_all()
    call = Player(call.lab, call.name)
    call.wait("ended")
    assert call.chosen() == str(BEST)
