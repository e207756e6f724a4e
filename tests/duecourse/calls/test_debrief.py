"""What a learner is told after a call."""

import re
import sys
from html.parser import HTMLParser

import pytest

from duecourse.calls import play
from duecourse.calls.debrief import Debrief
from duecourse.calls.engine import replay
from duecourse.calls.outcomes import outcome_name
from duecourse.calls.reading import as_page, names_of
from duecourse.cases.files import read
from duecourse.cases.scripts import Outcome
from duecourse.language import speaking
from tests.duecourse.calls.example import (
    BEST,
    CALL,
    CASES,
    HUNG_UP,
    SLUG,
    both,
    key_of,
    option,
    small,
)

VOID = {"br", "rect", "path", "circle", "use", "stop"}


def debrief(choices):
    case = read(CASES / SLUG)
    [script] = case.case.calls
    return Debrief(replay(script, choices), case.key.calls[CALL], "yuan")


class Balanced(HTMLParser):
    """Notes whatever is not closed in its order."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.text = [], [], []

    def handle_starttag(self, tag, _attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def parsed(page):
    found = Balanced()
    found.feed(page)
    assert (found.open, found.wrong) == ([], [])
    return " ".join(found.text)


def test_shares_end_and_missed_steps_come_first():
    lines = str(debrief(HUNG_UP)).splitlines()
    assert lines[:3] == [
        "The call ended: the other side hung up.",
        "Outcome 0% · Lawfulness 25% · Empathy 60% · Total 0%",
        "A critical step was missed: Nobody is led into a new debt to pay an old one.",
    ]


def test_each_choice_says_what_it_did_why_and_what_was_better():
    text = str(debrief(HUNG_UP))
    assert "trust −20 · stress +15" in text
    assert "Breaks CN-11: Say who is calling; never pose as an authority (provisional rule)" in text
    assert "came to light: Zhou Ning lost the job in January" in text
    assert "promised: 1,240 yuan on 2026-03-31" in text
    assert "Better at this moment: “Good evening. My name is Lin Yue" in text


def test_a_plan_is_told_with_its_payments():
    assert "promised: 60 payments of 600 yuan, from 2026-04-15" in str(debrief(BEST))


def test_what_never_came_to_light_is_told():
    assert str(debrief(HUNG_UP)).endswith(
        "What this call did not bring to light:\n- 900 yuan are left each month."
    )
    assert "did not bring to light" not in str(debrief(BEST))


def test_the_page_says_the_same_and_shows_the_course():
    page = debrief(HUNG_UP)._repr_html_()
    text = parsed(page)
    assert "The call ended: the other side hung up." in text
    assert "Nobody is led into a new debt" in text
    assert page.count("<li") == 5 + 1
    assert page.count('role="img"') == 1
    assert "Better at this moment" in text
    assert "Means first, amount second." in text


def test_rules_and_skills_are_there_to_be_read():
    page = debrief(HUNG_UP)._repr_html_()
    found = re.findall(r"<details[^>]*><summary>(.*?)</summary><p>(.*?)</p></details>", page)
    heads = [head for head, _text in found]
    assert "⚠ Breaks CN-12: No extra charges and no new borrowing (provisional rule)" in heads
    assert "✓ Skill: listens and lets speak" in heads
    assert all(len(text) > 30 for _head, text in found)


def test_both_languages_say_it():
    with speaking("zh"):
        text = str(debrief(HUNG_UP))
        assert text.startswith("通话结局：对方挂断电话。\n结果 0% · 合规 25%")
        assert "此时更好的说法：“晚上好。" in text
        assert 'lang="zh-CN"' in debrief(HUNG_UP)._repr_html_()


def test_every_end_has_a_name_in_both_languages():
    ends = Outcome.__args__
    for language in ("en", "zh"):
        with speaking(language):
            names = [outcome_name(end) for end in ends]
        assert len(set(names)) == len(ends)


def test_without_drawing_libraries_there_is_everything_but_the_picture(monkeypatch):
    monkeypatch.setitem(sys.modules, "duecourse.panels.courses", None)
    page = debrief(BEST)._repr_html_()
    assert "<svg" not in page
    assert "Choice by choice" in page


def test_what_authors_write_is_text_and_never_markup():
    bad = "<script>alert(1)</script> & so"
    nodes = {"first": [option("on", "last"), option("off", "last")], "last": "no_result"}
    nodes["first"][0]["text"] = both(bad)
    key = key_of(["off"], {"last": 1}, first__on={"why": both(bad), "empathy": -1}, first__off={})
    script = small(nodes, title=both(bad), brief=both(bad))
    course = replay(script, ["on"])
    names = {"lin": bad, "zhou": bad}
    for page in (Debrief(course, key, bad)._repr_html_(), as_page(course, names, bad)):
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize("choices", [[], ["greet"], BEST])
def test_the_page_of_a_call_needs_no_script(choices):
    case = read(CASES / SLUG)
    [script] = case.case.calls
    text = parsed(as_page(replay(script, choices), names_of(case.case)))
    assert "Zhou Ning's card is two payments behind" in text
    assert "Hello, who is speaking?" in text
    ended = choices == BEST
    assert ("The call has ended." in text) == ended
    assert (f"The call goes on: {len(choices)} choices so far." in text) != ended


def test_the_debrief_of_a_call_counts_in_the_currency_of_its_case(practice):
    call = play(SLUG, CALL)
    call.follow(BEST)
    with speaking("zh"):
        assert "每期600元" in str(call.debrief())
