"""Practice questions: found beside the lesson, checked at once, never shaming, in two languages."""

import os

import numpy as np
import pandas as pd
import pytest

from duecourse import language
from duecourse.errors import DuecourseError
from duecourse.practice import _hints_given, practice
from duecourse.questions import Judged, NotAttempted, Unreadable

LESSON = """
setup: |
  import pandas as pd
  balances = pd.Series([100.0, 300.0], index=["A", "B"])
questions:
  - id: mean
    kind: number
    title: {en: The mean balance, zh: 平均余额}
    unit: {en: yuan, zh: 元}
    low: 0
    tolerance: 0.5
    rough: 5
    hints:
      - {en: Add them up, zh: 先相加}
      - {en: Divide by how many there are, zh: 再除以个数}
    solution: |
      answer = balances.mean()
    note: {en: Half of 400., zh: 400的一半。}
    mistakes:
      - code: |
          answer = balances.sum()
        en: This is the sum; divide it by how many there are.
        zh: 这是总和，还要除以个数。
  - id: which
    kind: choice
    title: {en: Which one, zh: 选哪个}
    options: {a: {en: the first, zh: 第一个}, b: {en: the second, zh: 第二个}}
    hints: [{en: Not b, zh: 不是b}]
    solution: answer = "a"
  - id: by-account
    kind: table
    title: {en: A table, zh: 一张表}
    key: [account]
    columns:
      account: {type: text}
      balance: {type: number}
      double: {type: number}
    hints: [{en: "Use `to_frame`", zh: "用 `to_frame`"}]
    solution: |
      answer = balances.rename("balance").to_frame().assign(double=lambda t: 2 * t["balance"])
  - id: twice
    kind: function
    title: {en: A function, zh: 一个函数}
    parameters: [x]
    examples: [{x: 1}, {x: 4}]
    result: {type: number}
    hints: [{en: Two times, zh: 乘以二}]
    solution: |
      def answer(x):
          return 2 * x
"""


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    file = tmp_path / "practice" / "01-small.yaml"
    file.parent.mkdir()
    file.write_text(LESSON, "utf-8")
    monkeypatch.chdir(tmp_path)
    _hints_given.clear()
    return file


@pytest.fixture
def said(monkeypatch):
    """What was displayed: a list of {mime type: text}."""
    shown = []
    monkeypatch.setattr("IPython.display.publish_display_data", shown.append)
    return shown


def test_none_is_not_attempted_and_not_wrong(lesson, said):
    assert practice("mean").judge(None) == NotAttempted()
    practice("mean").check(None)
    assert said[0]["text/plain"].startswith("Your turn: The mean balance")
    assert "Not yet" not in said[0]["text/plain"]


def test_a_right_answer_is_right_within_its_tolerance(lesson, said):
    assert practice("mean").judge(200.4).right
    assert practice("mean").judge(np.float64(200)).right
    practice("mean").check(200)
    assert said[0]["text/plain"] == "Right: The mean balance\nHalf of 400."


def test_a_rough_answer_is_partly_right(lesson, said):
    assert practice("mean").judge(203) == Judged(0.5)
    practice("mean").check(203)
    assert "Partly right" in said[0]["text/plain"]
    assert "rounding" in said[0]["text/plain"]


def test_a_wrong_answer_is_told_kindly_and_offered_help(lesson, said):
    assert practice("mean").judge(50) == Judged(0.0)
    practice("mean").check(50)
    assert "Not yet" in said[0]["text/plain"]
    assert 'practice("mean").hint()' in said[0]["text/plain"]
    assert "wrong" not in said[0]["text/plain"].lower()


def test_a_known_mistake_is_told_exactly_that(lesson, said):
    outcome = practice("mean").judge(400)
    assert outcome.mistake is not None
    practice("mean").check(400)
    assert "This is the sum" in said[0]["text/plain"]


def test_an_answer_of_the_wrong_form_says_what_is_asked_for(lesson, said):
    outcome = practice("mean").judge("two hundred")
    assert isinstance(outcome, Unreadable)
    practice("mean").check(-3)
    assert "Nearly there" in said[0]["text/plain"]
    assert "0 or more (yuan)" in said[0]["text/plain"]


def test_a_table_is_right_in_parts(lesson, said):
    given = pd.DataFrame({"account": ["A", "B"], "balance": [100, 300], "double": [200, 1]})
    outcome = practice("by-account").judge(given)
    assert outcome.share == pytest.approx(0.75)
    practice("by-account").check(given)
    assert "double: 1 of 2 rows are right" in said[0]["text/plain"]


def test_a_function_is_called_with_the_examples(lesson):
    assert practice("twice").judge(lambda x: x + x).right
    assert practice("twice").judge(lambda x: x + 1).share == 0.5
    assert isinstance(practice("twice").judge(lambda x: f"{x}"), Unreadable)


def test_hints_come_one_after_another_and_begin_again(lesson, said):
    for _ in range(3):
        practice("mean").hint()
    texts = [shown["text/plain"] for shown in said]
    assert [text.split("\n")[1] for text in texts] == [
        "Add them up",
        "Divide by how many there are",
        "Add them up",
    ]
    assert texts[1].startswith("Hint 2 of 2")


def test_the_solution_is_the_code_that_makes_the_expected_answer(lesson, said):
    practice("mean").solution()
    assert "answer = balances.mean()" in said[0]["text/plain"]
    assert practice("mean").value("answer = balances.mean()") == 200


def test_the_question_itself_shows_its_title_and_options(lesson):
    assert repr(practice("which")).startswith("Your turn: Which one")
    assert "the second" in practice("which")._repr_html_()


def test_a_learner_reads_chinese(lesson, said):
    language.use("zh")
    practice("mean").check(400)
    assert "这是总和" in said[0]["text/plain"]
    assert "平均余额" in repr(practice("mean"))


def test_what_a_lesson_says_cannot_break_the_page(lesson, said):
    practice("mean").check("<script>")
    assert "<script>" not in said[0]["text/html"]


def test_an_unknown_question_names_those_that_exist(lesson):
    with pytest.raises(DuecourseError, match=r"mean, which.*Did you mean 'mean'"):
        practice("maen")


def test_without_a_lesson_the_error_says_where_to_open_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DuecourseError, match="Open the lesson from the folder"):
        practice("mean")


def test_an_id_may_stand_only_once_in_a_folder(lesson):
    lesson.with_name("02-other.yaml").write_text(LESSON, "utf-8")
    with pytest.raises(DuecourseError, match="'mean' stands twice"):
        practice("mean")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: choice", "kind: choise", "choise"),
        ("hints: [{en: Not b, zh: 不是b}]", "hints: []", "hints"),
        ("kind: choice", "kind: text", "questions.1"),
        ("    low: 0", "    lowest: 0", "lowest"),
    ],
)
def test_a_file_that_is_not_allowed_says_where(lesson, old, new, said):
    lesson.write_text(LESSON.replace(old, new), "utf-8")
    with pytest.raises(DuecourseError, match=said):
        practice("mean")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("result = 3", "assigns nothing to `answer`"),
        ("answer = 'x'", "is not a number"),
    ],
)
def test_a_solution_that_yields_nothing_is_named(lesson, code, said):
    with pytest.raises(DuecourseError, match=said):
        practice("mean").value(code)


def test_a_changed_file_is_read_again(lesson):
    assert practice("mean").judge(200).right
    lesson.write_text(LESSON.replace("[100.0, 300.0]", "[100.0, 500.0, ]"), "utf-8")
    os.utime(lesson, ns=(1, 1))
    assert practice("mean").judge(300).right
