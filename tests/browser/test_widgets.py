"""The widgets of lessons 2 to 6, where they stand: moved by keyboard and mouse, in both languages."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from duecourse.language import LANGUAGES, _, current, speaking
from duecourse.policies import SEGMENTS
from duecourse.segments import segment_name
from duecourse.treatments import treatment_name
from duecourse.warning import WEIGHTS, indicator_name
from grader.course import Course
from grader.release import lay_out
from tests.browser.conftest import served
from tests.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.kernel]

MANY = """\
many = frame.sample(20_000, replace=True, random_state=1)
more_cures, more_may = (table.loc[many["account_id"]] for table in (cures, may))
many["account_id"] = more_cures.index = more_may.index = range(1, 20_001)
more_room = {"call": 7_000, "plan": 3_500, "letter": 3_500}
SegmentationBoard(many, more_cures, more_may, groups, more_room, everybody)"""
"""What makes a board of 20,000 accounts out of the few hundred of lesson 6."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server over a learner's folder in each language, with the lessons as the course has them."""
    checkout, folder = (tmp_path_factory.mktemp(name) for name in ("checkout", "learners"))
    left_out = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
    shutil.copytree(ROOT / "notebooks", checkout / "notebooks", ignore=left_out)
    for language in LANGUAGES:
        lay_out(Course(checkout, f"course-{language}", language), folder / language)
    with served(folder, tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture
def lab(one_lab, looked_after, language):
    """The window; the test looks for words of its language."""
    looked_after(one_lab)
    with speaking(language):
        yield one_lab


@pytest.fixture
def explorer(lab, language):
    """Return what runs a lesson and goes to the widget in it."""

    def in_lesson(notebook, source):
        path = f"{language}/notebooks/{notebook}.ipynb"
        if lab.has_kernel():
            lab.go_on(path)
        else:
            lab.open(path)
        lab.run_all()
        return Explorer(lab, source)

    return in_lesson


@pytest.fixture
def timed(language, measured):
    """Return what notes how long a widget's moves take; they take no longer in another language."""

    def note(name, explorer, control, key):
        if language == "en":
            measured(name, explorer.times(control, key))

    return note


class Explorer:
    """A widget as a person sees it: named controls above a picture and numbers."""

    def __init__(self, lab, source):
        self.lab = lab
        self.cell = lab.cell(source=source)
        self.pictures = self.cell.locator(".widget-html-content:has(svg)")
        self.words = self.cell.locator("[role=img]").first
        self.title = self.cell.locator("figcaption").first
        self.forecast = self.cell.locator("figcaption").last
        self.numbers = self.cell.locator(".widget-html-content:has(table)")
        self.title.wait_for()

    @property
    def shown(self):
        return self.title.inner_text(), self.numbers.inner_text()

    def control(self, name):
        """Return the control with this name."""
        return self.cell.locator(
            ".widget-inline-hbox", has=self.lab.page.locator(f'label:text-is("{name}")')
        )

    def handle(self, name):
        return self.control(name).locator(".noUi-handle")

    def value(self, name):
        """Return what is read beside a slider."""
        return self.control(name).locator(".widget-readout")

    def row(self, name):
        """Return the row of the numbers with this name."""
        return self.numbers.locator("tr", has=self.lab.page.locator(f'th:text-is("{name}")'))

    def walk(self):
        """Return the names of all controls in the order in which Tab reaches them."""
        names = []
        controls = ".widget-inline-hbox :is(input, select, .noUi-handle)"
        self.cell.locator(controls).first.focus()
        while (name := self.focused()) is not None:
            names += [name] if name else []
            self.lab.page.keyboard.press("Tab")
        return names

    def focused(self):
        """Return the name of the control that has the focus; "" at a slider's number, None outside."""
        return self.cell.evaluate(
            """cell => {
                const now = document.activeElement;
                const control = now.closest("button, .widget-inline-hbox");
                if (!control || !cell.contains(now)) return null;
                if (now.matches(".widget-readout")) return "";
                return control.innerText.split("\\n")[0].trim();
            }"""
        )

    def press(self, *keys):
        for key in keys:
            self.lab.page.keyboard.press(key)

    def choose(self, name, *keys):
        """Open a list by keyboard, go through it and take what is reached."""
        self.control(name).locator("select").focus()
        self.press("Space", *keys, "Enter")
        assert self.focused() == name

    def drag(self, name, share):
        """Drag a slider with the mouse to a place along it, 0 = left, 1 = right."""
        handle = self.handle(name)
        handle.scroll_into_view_if_needed()
        box = self.control(name).locator(".noUi-base").bounding_box()
        start = handle.bounding_box()
        mouse = self.lab.page.mouse
        mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        mouse.down()
        mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=4)
        mouse.up()
        assert self.focused() == name

    def times(self, name, key):
        """Return the milliseconds from a key to the new picture, of 20 moves of a slider."""
        self.handle(name).focus()
        picture = self.pictures.first
        times = [self.lab.time_of_a_move(key, picture) for _move in range(20)]
        assert self.focused() == name
        return times

    def picture(self, name):
        """Keep a picture of the whole widget, if anybody wants one."""
        self.lab.picture(f"{name}-{current()}", height=1600)

    def crowded(self):
        """Return names of controls that are cut off and words that leave their picture."""
        return self.cell.evaluate(
            """cell => {
                const names = [...cell.querySelectorAll("label.widget-label, .widget-button")];
                const cut = names.filter(name => name.scrollWidth > name.clientWidth + 1);
                const out = [...cell.querySelectorAll("svg text")].filter(words => {
                    const own = words.getBoundingClientRect();
                    const all = words.ownerSVGElement.getBoundingClientRect();
                    return own.left < all.left - 1 || own.right > all.right + 1
                        || own.top < all.top - 1 || own.bottom > all.bottom + 1;
                });
                return [...cut, ...out].map(one => one.textContent);
            }"""
        )


def test_the_ledger_is_read_day_by_day(explorer, timed):
    ledger = explorer("02-ageing-and-the-ledger", "LedgerExplorer(")
    ledger.picture("ledger")
    account, day = _("Account"), _("Day")
    assert ledger.walk() == [account, _("Previous account"), _("Next account"), day]
    assert ledger.crowded() == []

    ledger.handle(day).focus()
    ledger.press(*["ArrowLeft"] * 3)
    expect(ledger.value(day)).to_have_text("2026-06-27")
    expect(ledger.title).to_have_text(re.compile("^2026-06-27"))
    expect(ledger.numbers.locator("caption").first).to_contain_text("2026-06-27")
    ledger.drag(day, 0.5)
    expect(ledger.value(day)).not_to_have_text("2026-06-27")
    middle = ledger.value(day).inner_text()
    expect(ledger.title).to_have_text(re.compile(f"^{middle}"))
    ledger.picture("ledger-dragged")
    timed("ledger, day to picture", ledger, day, "ArrowLeft")

    field = ledger.control(account).locator("input")
    first = field.input_value()
    ledger.cell.get_by_role("button", name=_("Next account")).focus()
    ledger.press("Space")
    expect(field).not_to_have_value(first)
    expect(ledger.numbers.locator("caption").first).to_contain_text(field.input_value())
    expect(ledger.title).to_have_text(re.compile("^2026-06-30"))
    field.focus()
    for typed in ("7", first):
        ledger.press("Control+a", *typed, "Enter")
        expect(ledger.cell.get_by_role("status")).to_have_count(int(typed != first))
    expect(ledger.numbers.locator("caption").first).to_contain_text(first)


def test_months_buckets_and_weights_of_the_rolls(explorer, timed):
    rolls = explorer("03-roll-rates-cures-and-vintages", "RollExplorer(")
    rolls.picture("rolls")
    month, bucket, yuan = _("From the end of"), _("Days past due"), _("yuan")
    reported = _("as the system reports it: accounts on a plan look up to date")
    assert rolls.walk() == [month, bucket, _("accounts"), yuan, reported]
    assert rolls.crowded() == []

    rolls.handle(month).focus()
    rolls.press(*["ArrowLeft"] * 7)
    expect(rolls.value(month)).to_have_text("2025-10")
    expect(rolls.title).to_contain_text("2025-10")
    expect(rolls.title).to_contain_text("31–60")
    before = rolls.shown
    rolls.cell.get_by_label(reported).focus()
    rolls.press("Space")
    expect(rolls.title).not_to_have_text(before[0])
    expect(rolls.numbers).not_to_have_text(before[1])
    rolls.picture("rolls-reported")
    rolls.press("Space")
    expect(rolls.title).to_have_text(before[0])

    rolls.choose(bucket, "ArrowDown")
    expect(rolls.title).to_contain_text("61–90")
    expect(rolls.numbers.locator("caption").first).to_contain_text("61–90")
    assert yuan not in rolls.forecast.inner_text()
    rolls.cell.get_by_role("button", name=yuan, exact=True).focus()
    rolls.press("Space")
    expect(rolls.forecast).to_contain_text(yuan)
    expect(rolls.numbers.locator("th").nth(1)).to_have_text(yuan)
    rolls.picture("rolls-yuan")

    rolls.drag(month, 1)
    expect(rolls.title).to_contain_text("2026-05")
    timed("rolls, month to heat map", rolls, month, "ArrowLeft")


def test_plans_follow_the_household_and_its_bad_month(explorer, timed):
    plans = explorer("04-promises-and-plans", "PlanMaker(")
    plans.picture("plans")
    income, loss = _("Income (yuan a month)"), _("A bad month costs (yuan)")
    others = [_("Essentials (yuan a month)"), _("Priority debts (yuan a month)")]
    bad = [_("First bad month"), _("Bad months in a row")]
    assert plans.walk() == [income, *others, _("Buffer (% of the surplus)"), loss, *bad]
    assert plans.crowded() == []
    shortest = _("The shortest plan that fits and holds: {payment} yuan for {months} months")
    expect(plans.title).to_have_text(shortest.format(payment="800", months=45))

    plans.handle(loss).focus()
    plans.press(*["ArrowRight"] * 30)
    expect(plans.title).to_have_text(shortest.format(payment="600", months=60))
    expect(plans.row("800\u00a0×\u00a045")).to_contain_text(_("no"))
    plans.picture("plans-bad-month")
    assert plans.crowded() == []

    plans.drag(income, 0.45)
    expect(plans.value(income)).not_to_have_text("6200")
    left = int(plans.value(income).inner_text())
    expect(plans.pictures).to_contain_text(
        _("income {income} yuan a month").format(income=f"{left:,}")
    )
    timed("plans, income to picture", plans, income, "ArrowLeft")
    plans.press("Home")
    expect(plans.title).to_have_text(_("Nothing is left at the end of the month: no plan fits"))
    plans.picture("plans-nothing-left")
    assert plans.crowded() == []


def test_alerts_follow_points_budget_and_look_ahead(explorer, timed):
    board = explorer("05-early-warning", "AlertBoard(")
    board.picture("alerts")
    budget, ahead = _("Alerts a month (budget)"), _("Show what look-ahead would have pretended")
    signs = [indicator_name(name) for name in WEIGHTS]
    assert board.walk() == [*signs, budget, ahead]
    assert board.crowded() == []

    alerts = board.row(_("Alerts"))
    expect(alerts).to_contain_text("100 / 100")
    board.handle(budget).focus()
    board.press("End")
    expect(alerts).to_contain_text("/ 400")
    before = board.shown
    board.handle(signs[1]).focus()
    board.press("End")
    expect(board.value(signs[1])).to_have_text("5")
    expect(board.numbers).not_to_have_text(before[1])
    board.drag(budget, 0.5)
    expect(alerts).not_to_contain_text("/ 400")
    expect(alerts).to_contain_text(f"/ {board.value(budget).inner_text()}")
    hits = board.row(_("Right alerts")).locator("td").first
    expect(board.title).to_contain_text(hits.inner_text())
    timed("alerts, budget to picture", board, budget, "ArrowLeft")

    before = board.shown
    board.cell.get_by_label(ahead).focus()
    board.press("Space")
    expect(board.title).not_to_have_text(before[0])
    expect(board.numbers.locator("th").nth(2)).to_have_text(_("with look-ahead"))
    expect(board.title).to_contain_text(hits.inner_text())
    board.picture("alerts-look-ahead")
    assert board.crowded() == []


def test_the_segments_follow_cuts_limits_and_treatments(explorer, timed):
    board = explorer("06-segmenting-accounts", "SegmentationBoard(frame")
    board.picture("segments")
    able, willing = _("Able from a score of"), _("Willing from a score of")
    small, reach = _("Small below a value at risk of (yuan)"), _("In reach are")
    groups = _("Compare groups by")
    assert board.walk() == [able, willing, small, reach, groups, *map(segment_name, SEGMENTS)]
    assert board.crowded() == []

    short = segment_name("unable_willing")
    before = board.shown
    board.choose(short, "ArrowDown", "ArrowDown")
    expect(board.row(short)).to_contain_text(treatment_name("plan"))
    expect(board.title).not_to_have_text(before[0])
    accounts = board.row(short).locator("td").nth(1)
    fewer = accounts.inner_text()
    board.handle(able).focus()
    board.press(*["ArrowRight"] * 10)
    expect(board.value(able)).to_have_text("0.60")
    expect(board.words).to_have_attribute("aria-label", re.compile(r"0\.60"))
    expect(accounts).not_to_have_text(fewer)
    assert int(accounts.inner_text()) > int(fewer)
    board.picture("segments-plans")

    none_yet = board.row(segment_name("small")).locator("td").nth(1)
    expect(none_yet).to_have_text("0")
    board.drag(small, 0.25)
    expect(none_yet).not_to_have_text("0")
    board.choose(groups, "ArrowDown")
    expect(board.numbers.locator("th").filter(has_text=_("sex"))).to_have_count(1)
    board.choose(reach, "ArrowDown")
    lost = board.row(segment_name("out_of_reach")).locator("td").nth(1)
    expect(lost).not_to_have_text("0")
    board.picture("segments-limits")
    timed("segments, cut-off to picture", board, able, "ArrowLeft")


def test_the_segments_of_20_000_accounts_follow(lab, timed):
    lab.cell(source="SegmentationBoard(frame").locator(".cm-content").click()
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.insert_text(MANY)
    lab.run(source="SegmentationBoard(many")
    board = Explorer(lab, "SegmentationBoard(many")
    accounts = board.numbers.locator("table").first.locator("td:nth-child(3)")
    expect(accounts).to_have_count(len(SEGMENTS))
    assert sum(int(one.replace(",", "")) for one in accounts.all_inner_texts()) == 20_000
    able, willing = _("Able from a score of"), _("Willing from a score of")
    board.drag(willing, 0.4)
    expect(board.words).to_have_attribute("aria-label", re.compile(r"0\.4"))
    board.picture("segments-20000")
    timed("segments of 20,000 accounts, cut-off to picture", board, able, "ArrowRight")
