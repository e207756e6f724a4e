"""The boards of cases and rules, used where they stand: by mouse, by keyboard, in both languages."""

import re
import shutil
from textwrap import dedent

import pytest
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

from duecourse.cases.codebook import name_of
from duecourse.cases.files import KEY, read
from duecourse.language import LANGUAGES, _, pick, speaking
from duecourse.rules.columns import word
from tests.browser.conftest import served
from tests.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.kernel]

SLUG, TALK = "plan-that-fits", "first-call"
CASE = ROOT / "case_studies" / "success" / SLUG
CELLS = {
    "coder": f"""\
        from duecourse.codings import code
        coding = code("{SLUG}", "{TALK}")
        coding""",
    "coded": "print(coding.progress[0], coding.labels.get('t01'), coding.labels.get('t02'))",
    "viewer": f"""\
        from duecourse.widgets.casefiles import CaseViewer
        CaseViewer("{SLUG}")""",
    "checker": """\
        from datetime import datetime
        from duecourse.widgets.checker import ContactChecker
        checker = ContactChecker(at=datetime(2026, 3, 31, 19, 30))
        checker""",
    "verdict": "print(checker.verdict.rules)",
    "audit": """\
        import numpy, pandas
        from duecourse.widgets.audit import AuditBoard
        draw, size = numpy.random.default_rng(1), 100_000
        minutes = numpy.sort(draw.integers(0, 28 * 24 * 60, size))
        log = pandas.DataFrame({"account_id": draw.integers(1, 40_000, size), "channel": "call"})
        log["at"] = pandas.Timestamp("2026-03-02") + pandas.to_timedelta(minutes, unit="min")
        log["agent"] = draw.choice(["Li", "Ma", "Wu"], size)
        log["party"] = draw.choice(["lender", "agency"], size)
        log["content"] = draw.choice(["", "threat"], size, p=[0.99, 0.01])
        log = log[log["at"].dt.hour.between(7, 21)]
        AuditBoard(log)""",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server over a folder in each language: one with the key (practice), one without (graded)."""
    root = tmp_path_factory.mktemp("learners")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for language in LANGUAGES:
        for kind in ("practice", "graded"):
            folder = root / f"{kind}-{language}"
            shutil.copytree(CASE, folder / "cases" / SLUG)
            (folder / "course.yaml").write_text(f"language: {language}\n")
            names = list(CELLS) if kind == "practice" else ["coder", "coded"]
            cells = [new_code_cell(dedent(CELLS[name])) for name in names]
            write(
                new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "boards.ipynb"
            )
            if kind == "graded":
                (folder / "cases" / SLUG / KEY).unlink()
    with served(root, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture
def board(one_lab, looked_after, language):
    """Return what opens the notebook of a kind and goes to a board in it."""
    looked_after(one_lab)
    opened_kinds = []

    def go_to(name, kind="practice"):
        if not opened_kinds:
            one_lab.open(f"{kind}-{language}/boards.ipynb")
            opened_kinds.append(kind)
        source = {"coder": "code(", "viewer": "CaseViewer(", "checker": "ContactChecker("}
        one_lab.run(source=source.get(name, "AuditBoard("))
        return Board(one_lab, name, source.get(name, "AuditBoard("), language)

    with speaking(language):
        yield go_to


class Board:
    """A board as a person sees it."""

    def __init__(self, lab, name, source, language):
        self.lab, self.name, self.source, self.language = lab, name, source, language
        self.cell = lab.cell(source=source)
        self.root = self.cell.locator(".jupyter-widgets.widget-vbox").first
        self.status = self.root.get_by_role("status")
        self.root.wait_for()

    def button(self, name):
        return self.root.get_by_role("button", name=name, exact=True)

    def press(self, *keys):
        for key in keys:
            self.lab.page.keyboard.press(key)

    def focused(self):
        """Return what has the focus: the name that is read with it."""
        return self.root.evaluate(
            """root => {
                const now = document.activeElement;
                if (!root.contains(now)) return null;
                return (now.closest("label, .widget-inline-hbox") ?? now).innerText.trim();
            }"""
        )

    def tab_to(self, name, key="Tab", most=30):
        """Go from control to control until one of this name has the focus."""
        for _step in range(most):
            if self.focused() == name:
                return
            self.press(key)
        raise AssertionError(f"{name} is not reached; the focus is on {self.focused()}")

    def printed(self, source):
        return self.lab.run(source=source).locator(".jp-OutputArea-output").inner_text().strip()

    def cells(self):
        return self.lab.page.evaluate(
            "() => jupyterapp.shell.currentWidget.content.widgets.map(one => one.model.type)"
        )

    def picture(self, name, height=1100):
        self.lab.cell(source=self.source)
        self.lab.picture(f"{self.name}-{name}-{self.language}", height)

    def dark_and_narrow(self):
        """Return what is too wide in a window as narrow as a telephone's; then all is as before."""
        page = self.lab.page
        self.lab.change_theme("JupyterLab Dark")
        page.evaluate("() => jupyterapp.shell.collapseLeft()")
        self.picture("dark", 1500)
        page.set_viewport_size({"width": 420, "height": 900})
        self.lab.cell(source=self.source)
        page.wait_for_function("() => document.body.clientWidth <= 420")
        wide = self.root.evaluate(
            """root => [...root.querySelectorAll(".dc-board *, .dc-board")].concat(root)
                .filter(one => !one.closest("svg, .dc-wide, select, input, progress, .noUi-target"))
                .filter(one => one.scrollWidth > one.clientWidth + 2)
                .filter(one => getComputedStyle(one).display !== "inline" && one.clientWidth)
                .map(one => `${one.tagName} ${one.className}: ${one.textContent.slice(0, 30)}`)"""
        )
        page.set_viewport_size({"width": 1400, "height": 900})
        self.lab.change_theme("JupyterLab Light")
        return wide


def turns():
    return next(one for one in read(CASE).case.transcripts if one.id == TALK).turns


def expert():
    return read(CASE).key.transcripts[TALK].turns


def test_a_transcript_is_coded_by_mouse_and_outlives_its_kernel(board):
    coder = board("coder")
    expect(coder.root.locator(".dc-turn")).to_have_count(len(turns()))
    coder.picture("start")
    greeting = name_of("skill:introduction")
    coder.root.get_by_label(greeting, exact=True).check()
    expect(coder.root.locator(".dc-turn").first).to_contain_text(f"✓ {greeting}")
    coder.button(_("Next")).click()
    coder.button(_("No label fits; next")).click()
    expect(coder.root.locator(".dc-here")).to_contain_text("t03")
    assert coder.printed("print(coding") == "2 ['skill:introduction'] []"

    coder.lab.restart()
    coder.lab.run_all()
    coder = Board(coder.lab, coder.name, coder.source, coder.language)
    expect(coder.root.locator(".dc-here")).to_contain_text("t03")
    expect(coder.root.locator(".dc-turn").first).to_contain_text(f"✓ {greeting}")
    wanted = expert()
    for turn in turns()[2:]:
        expect(coder.root.locator(".dc-here")).to_contain_text(turn.id)
        expect(coder.root.locator(".dc-here")).to_be_in_viewport()
        if turn.id not in wanted:
            coder.button(_("No label fits; next")).click()
            continue
        code = wanted[turn.id].codes[0]
        coder.root.locator(".dc-codes").get_by_label(name_of(code)).first.check()
        expect(coder.root.locator(".dc-here")).to_contain_text("✓")
        if turn is not turns()[-1]:
            coder.button(_("Next")).click()
    agreement = coder.root.locator(".dc-agreement")
    expect(agreement).to_contain_text(_("Agreement with the expert"))
    expect(agreement).to_contain_text(pick(wanted["t01"].why))
    coder.picture("agreement", 2600)
    assert coder.dark_and_narrow() == []
    coder.button(_("Start again")).click()
    expect(agreement).to_have_count(0)
    assert coder.printed("print(coding") == "0 None None"


def test_a_transcript_is_coded_by_keyboard_alone(board):
    coder = board("coder", "graded")
    before = coder.cells()
    coder.root.locator(".dc-here").focus()
    coder.press("Tab")
    coder.tab_to(name_of("skill:introduction"))
    coder.press("Space")
    expect(coder.root.locator(".dc-here")).to_contain_text("✓")
    coder.tab_to(_("Next"), "Shift+Tab")
    coder.press("Enter")
    expect(coder.root.locator(".dc-here")).to_contain_text("t02")
    assert coder.focused() == _("Next")
    coder.tab_to(_("No label fits; next"))
    for turn in turns()[1:]:
        expect(coder.root.locator(".dc-here")).to_contain_text(turn.id)
        assert coder.focused() == _("No label fits; next")
        coder.press("Space")
    expect(coder.root.locator(".dc-closing")).to_contain_text(
        _("All turns are decided upon. Your labels are kept; you can still change them.")
    )
    expect(coder.root.locator(".dc-agreement")).to_have_count(0)
    assert coder.cells() == before
    coder.picture("graded")
    assert coder.printed("print(coding") == f"{len(turns())} ['skill:introduction'] []"


def test_a_contact_is_checked(board):
    checker = board("checker")
    verdict = checker.status.first
    expect(verdict).to_contain_text(_("Nothing known forbids it, but not everything is known."))
    checker.picture("evening")
    checker.root.locator("input[type=time]").fill("22:30")
    checker.root.locator("input[type=time]").blur()
    expect(verdict).to_contain_text(_("Not allowed."))
    expect(verdict).to_contain_text("2026-04-01")
    expect(checker.root.locator(".dc-breach")).to_contain_text("CN-05")
    agreed = checker.root.get_by_label(re.compile(word_of("hours_agreed"), re.IGNORECASE))
    agreed.focus()
    checker.press("Space", "ArrowDown", "Enter")
    expect(verdict).not_to_contain_text(_("Not allowed."))
    assert checker.focused() is not None
    checker.root.get_by_label(_("With whom")).select_option(label=word("role", "third_party"))
    expect(checker.root.locator(".dc-breach")).to_have_count(2)
    expect(verdict).to_contain_text(_("Waiting does not help: the contact itself has to change."))
    checker.picture("somebody-else")
    assert "CN-07" in checker.printed("print(checker.verdict")
    assert checker.dark_and_narrow() == []


def word_of(name):
    from duecourse.rules.columns import meaning

    return re.escape(meaning(name))


def test_an_audited_log_of_many_contacts_is_looked_into(board, measured, language):
    audit = board("audit")
    title = audit.status.first
    expect(title).to_have_text(re.compile(r"6\d,\d\d\d"))
    audit.picture("start", 1500)
    before = title.inner_text()
    audit.root.get_by_label(_("Rule"), exact=True).select_option(index=1)
    expect(title).not_to_have_text(before)
    expect(audit.root.locator(".dc-examples tbody tr")).to_have_count(8)
    audit.root.get_by_label(_("Party"), exact=True).select_option(label=word("party", "agency"))
    audit.root.get_by_label(_("Agent"), exact=True).select_option(label="Ma")
    audit.picture("agency", 1500)
    handle = audit.root.locator(".noUi-handle").first
    handle.focus()
    audit.press(*["ArrowRight"] * 3)
    expect(audit.root.locator(".widget-readout").first).to_have_text("2026-03-05")
    week = audit.root.locator(".widget-html-content:has(svg)")
    times = [audit.lab.time_of_a_move("ArrowRight", week) for _move in range(10)]
    if language == "en":
        measured("audit of 60,000 contacts, day to heat map", times)
    said = _("Not tested, or not for all events ({count}): no finding here means nothing")
    audit.root.locator("summary", has_text=said.split("{")[0][:-1].strip()).click()
    audit.picture("untested", 1700)
    assert audit.dark_and_narrow() == []


def test_a_case_is_read_in_its_viewer(board):
    viewer = board("viewer")
    told = read(CASE).case
    expect(viewer.root).to_contain_text(pick(told.title))
    viewer.picture("start", 1300)
    paper = told.documents[0]
    viewer.root.locator("select").select_option(label=pick(paper.title))
    expect(viewer.root.locator("article")).to_contain_text(pick(paper.title))
    viewer.root.locator("select").focus()
    viewer.press("End")
    expect(viewer.root.locator("article")).to_contain_text(pick(told.transcripts[-1].title))
    viewer.picture("conversation", 1300)
    assert viewer.dark_and_narrow() == []
