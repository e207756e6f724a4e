"""Tiers, treatments, the diary and the rule base say the same of the same rule."""

import re

import yaml

from duecourse import classification, treatments
from duecourse.diary import RULES, ContactRules
from duecourse.rules import rule
from duecourse.rules.shelf import book


def test_the_diary_takes_its_limits_from_the_rule_base():
    hours = rule("CN-05").test("hours")
    assert (RULES.opens, RULES.closes) == (hours.opens, hours.before)
    assert RULES.contacts_a_day == rule("CN-06").test("connected_calls").most == 3
    assert RULES.attempts_a_number == rule("CN-06").test("unanswered_attempts").most == 6
    assert RULES.since == rule("CN-05").entry.versions[0].start
    assert RULES.provisional
    assert RULES.rules == ("CN-05", "CN-06")
    assert ContactRules() == RULES


def test_the_tiers_rest_on_the_same_texts_since_the_same_days():
    known = book("CN").laws
    base = rule("CN-33").entry
    for one in classification.rules():
        assert one.id.startswith(base.id)
        version = base.at(one.start)
        assert one.start == version.start
        texts = [known[source.law] for source in version.sources]
        (law,) = [text for text in texts if one.source["zh"].startswith(text.name["zh"])]
        assert law.start == one.start
        assert law.force == one.force
        assert one.source["en"].startswith(law.name["en"])
        assert one.provisional == version.provisional


def test_the_articles_of_the_card_rule_are_the_same():
    card = next(one for one in classification.rules() if one.id == "CN-33-card")
    (source,) = rule("CN-33").entry.versions[0].sources
    assert card.source["zh"].endswith(source.articles["zh"])


def test_treatments_name_rules_of_the_base_and_know_them_as_well():
    limits = yaml.safe_load(treatments.FILE.read_text("utf-8"))["rules"]
    named = {name: one for name, one in limits.items() if one["rule"] != "form"}
    assert len(named) == 5
    for name, one in named.items():
        found = rule(one["rule"])
        assert one["provisional"] == found.provisional, name
        written = "".join(
            source.articles["en"] for source in found.version.sources if source.articles
        )
        article = re.search(r"Art\. (\d+)", one["source"])
        assert article[1] in written, name
        for law in re.findall(r"[\u4e00-\u9fff]+|GB/T [\d-]+", one["source"]):
            assert law in found.source["zh"], name


def test_the_longest_plan_is_that_of_the_rule():
    limits = yaml.safe_load(treatments.FILE.read_text("utf-8"))["rules"]
    assert limits["plan_too_dear"]["most_months"] == rule("CN-29").test("plan_too_long").high
