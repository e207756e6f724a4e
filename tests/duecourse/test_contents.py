"""Forbidden content that plain words give away, in both languages."""

import pytest
import yaml

from duecourse import language
from duecourse.contents import forbidden, labels
from duecourse.rules.columns import columns
from tests.conftest import ROOT

FOLDER = ROOT / "case_studies" / "failure" / "old-law-empty-threat"


def kinds(text):
    return [one.label for one in forbidden(text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("FINAL NOTICE: your account", "threat"),
        ("这是最后通知", "threat"),
        ("逾期不还，后果自负", "threat"),
        ("The police will keep the case open", "false_authority"),
        ("我们已经报警", "false_authority"),
        ("the court will\n enforce this", "court_threat"),
        ("法院将直接执行", "court_threat"),
        ("Under the Contract Law you owe", "false_law"),
        ("依据《合同法》，您欠款", "false_law"),
        ("You could borrow from a friend", "new_borrowing"),
        ("找朋友借一点", "new_borrowing"),
        ("we will tell your employer", "disclosure"),
        ("通知您的单位", "disclosure"),
        ("You are a liar", "insult"),
        ("老赖", "insult"),
        ("Pay in full by 18:00 tomorrow", "pressure"),
        ("请明日18:00前全额还清", "pressure"),
    ],
)
def test_plain_words_give_it_away(text, kind):
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "There is no report to the police and no court case.",
        "In court you may refuse payment for this reason; a court does not raise it for you.",
        "没有报案，也没有诉讼。",
        "如果诉至法院，您可以据此拒绝履行；法院不会替您提出。",
        "You can pay in full or in parts; tell us what suits you.",
        "《民法典》第一百八十八条规定的三年",
        "Your rights: you may object, and we answer in writing.",
    ],
)
def test_honest_words_are_left_alone(text):
    assert kinds(text) == []


def test_the_unlawful_message_of_the_case_is_found_in_both_languages():
    case = yaml.safe_load((FOLDER / "case.yaml").read_text("utf-8"))
    messages = next(one for one in case["documents"] if "Text messages" in one["title"]["en"])
    for text in messages["text"].values():
        unlawful = text[text.index("**2.**") :]
        found = {"threat", "false_authority", "court_threat", "false_law", "pressure"}
        assert {*kinds(unlawful)} == found


def test_the_model_rewrite_holds_none_of_it():
    key = yaml.safe_load((FOLDER / "key.yaml").read_text("utf-8"))
    model = next(one for one in key["write_ups"] if one["id"] == "lawful-notice")["answer"]
    letters = {"en": model["en"].split("*Left out")[0], "zh": model["zh"].split("*没有写")[0]}
    for letter in letters.values():
        assert kinds(letter) == []


def test_each_kind_is_told_once_with_the_words_found():
    [found] = forbidden("Last notice! LAST   NOTICE!")
    assert (found.label, found.phrase) == ("threat", "Last notice")
    assert found.name == "threat"
    language.use("zh")
    assert found.name == "威胁恐吓"


def test_every_kind_is_a_label_of_contact_logs():
    known = {*columns()["content"].words} | {"disclosure"}
    assert {*labels()} <= known


def test_a_long_text_is_no_trouble():
    assert kinds("a b c " * 100_000) == []
