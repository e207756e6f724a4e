"""The five tiers: which rule holds for which product on which day, and what it says of its source."""

import pandas as pd
import pytest

from duecourse import classification, language
from duecourse.classification import TIERS, classify, rule
from duecourse.columns import Unmeasurable


@pytest.mark.parametrize(
    ("days", "loan", "card"),
    [
        (0, "normal", "normal"),
        (1, "special_mention", "special_mention"),
        (90, "special_mention", "special_mention"),
        (91, "substandard", "substandard"),
        (120, "substandard", "substandard"),
        (121, "substandard", "doubtful"),
        (180, "substandard", "doubtful"),
        (181, "substandard", "loss"),
        (270, "substandard", "loss"),
        (271, "doubtful", "loss"),
        (360, "doubtful", "loss"),
        (361, "loss", "loss"),
    ],
)
def test_loans_and_cards_have_different_lines(days, loan, card):
    assert classify(days, "cash_loan", "2026-03-31") == loan
    assert classify(days, "auto_loan", "2026-03-31") == loan
    assert classify(days, "card_instalment", "2026-03-31") == card


def test_a_book_is_classified_by_the_product_of_each_account():
    days = pd.Series([0, 200, 200], index=["甲", "乙", "丙"])
    products = pd.Series(["cash_loan", "cash_loan", "card_instalment"], index=days.index)
    found = classify(days, products, "2026-03-31")
    assert found.to_dict() == {"甲": "normal", "乙": "substandard", "丙": "loss"}
    assert classify(days, "cash_loan", "2026-03-31").tolist() == ["normal", *["substandard"] * 2]


def test_a_rule_holds_from_its_day_on():
    assert rule("cash_loan", "2023-07-01").id == "CN-33"
    with pytest.raises(
        Unmeasurable, match=r"No rule for 'cash_loan' is known for 2023-06-30.*2023-07-01"
    ):
        rule("cash_loan", "2023-06-30")
    assert rule("card_instalment", "2023-06-30").id == "CN-33-card"
    with pytest.raises(Unmeasurable, match="No rule for 'card_instalment' is known for 2011-01-12"):
        classify(5, "card_instalment", "2011-01-12")


def test_an_unknown_product_is_refused():
    with pytest.raises(
        Unmeasurable,
        match=r"no rule for the product 'mortgage'.*auto_loan, card_instalment, cash_loan",
    ):
        rule("mortgage", "2026-01-01")


def test_gaps_are_refused():
    with pytest.raises(Unmeasurable, match="'days' has 1 missing"):
        classify(pd.Series([1, None]), "cash_loan", "2026-01-01")
    with pytest.raises(Unmeasurable, match="'product' has 1 missing"):
        classify(pd.Series([1, 2]), pd.Series(["cash_loan", None]), "2026-01-01")
    with pytest.raises(Unmeasurable, match="'days' is empty"):
        classify(pd.Series([], dtype=float), "cash_loan", "2026-01-01")


def test_every_rule_names_source_and_evidence_in_both_languages_and_that_it_is_provisional():
    for one in classification.rules():
        assert set(one.source) == set(one.evidence) == {"en", "zh"}
        assert one.provisional
        assert one.force == "ministry_rule"
        assert "provisional" in str(one)
    language.use("zh")
    assert "暂定" in str(rule("cash_loan", "2026-01-01"))


def test_tiers_have_names_in_both_languages():
    assert [classification.tier_name(tier) for tier in TIERS][1] == "special mention"
    language.use("zh")
    assert [classification.tier_name(tier) for tier in TIERS] == [
        "正常",
        "关注",
        "次级",
        "可疑",
        "损失",
    ]


def test_tiers_that_do_not_ascend_are_refused():
    good = classification.rules()[0].model_dump(by_alias=True)
    days = {**good["days"], "loss": 200}
    with pytest.raises(ValueError, match="with ascending days"):
        classification.Rule.model_validate({**good, "days": days})
