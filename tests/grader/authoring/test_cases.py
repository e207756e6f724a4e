"""A case as it is started passes; everything that can be wrong with one is found by its code."""

import pytest

from duecourse.language import speaking
from grader.authoring.cases import lint_case
from grader.authoring.new import new_case


def codes(folder):
    return {finding.code for finding in lint_case(folder)}


def of(items, name):
    return next(one for one in items if one["id"] == name)


def test_a_new_case_passes(case):
    assert list(lint_case(case)) == []


def test_a_new_failure_passes_too(root):
    assert list(lint_case(new_case(root, "lost-letter", failure=True))) == []


def test_a_case_that_is_no_yaml_is_one_finding_that_names_the_file(case):
    (case / "case.yaml").write_text("id: [", "utf-8")
    [finding] = lint_case(case)
    assert (finding.code, finding.error) == ("C101", True)
    assert "case.yaml" in finding.text


def test_a_field_that_does_not_exist_is_named_with_its_place(case, edit):
    edit("case.yaml", lambda data: data["people"][0].update(nickname="x"))
    [finding] = lint_case(case)
    assert finding.code == "C101"
    assert "people.0.nickname" in finding.text


CASE = {
    "C102": lambda data: data["title"].pop("zh"),
    "C105": lambda data: data["transcripts"][0]["codes"].append("skill:singing"),
    "C106": lambda data: data["transcripts"][0]["codes"].append("violation:CN-99"),
    "C108": lambda data: data["transcripts"][0].update(at="2026-05-01T10:00"),
    "C109": lambda data: data["timeline"].reverse(),
    "C110": lambda data: data["tables"][0]["columns"].pop("amount"),
    "C111": lambda data: data.update(mirror="nowhere"),
    "C112": lambda data: of(data["facts"], "account-number").update(value="138-1234-5678"),
    "C113": lambda data: data.update(minutes=90),
    "K121": lambda data: data["calls"][0]["nodes"].update(island={"says": [], "end": "hang_up"}),
    "K122": lambda data: [
        option.update(when={"trust": 100}) for option in data["calls"][0]["nodes"]["day"]["options"]
    ],
    "K123": lambda data: data["calls"][0]["nodes"]["day2"]["options"][1].update(to="check"),
    "K128": lambda data: data["calls"][0]["nodes"]["ring"]["options"][1].update(
        when={"vulnerable": True}
    ),
    "K129": lambda data: of(data["calls"][0]["nodes"]["cold"]["options"], "repair")["to"][0].update(
        when={"trust": 0}
    ),
}
KEY = {
    "C103": lambda data: data["transcripts"].clear(),
    "C104": lambda data: data["lesson"].update(evidence=["first-call.t99"]),
    "C105": lambda data: data["transcripts"]["first-call"]["turns"]["t01"].update(
        codes=["skill:listening"]
    ),
    "C106": lambda data: data["rules"].update({"CN-99": {"en": "x", "zh": "无"}}),
    "C115": lambda data: data.update(write_ups=[]),
    "K124": lambda data: data["calls"]["returned-debit"].update(best=["blurt", "press"]),
    "K125": lambda data: data["calls"]["returned-debit"]["choices"].pop("ring.blurt"),
}


@pytest.mark.parametrize("code", CASE)
def test_what_is_wrong_with_the_facts_is_found(code, case, edit):
    edit("case.yaml", CASE[code])
    assert code in codes(case)


@pytest.mark.parametrize("code", KEY)
def test_what_is_wrong_with_the_key_is_found(code, case, edit):
    edit("key.yaml", KEY[code])
    assert code in codes(case)


def test_a_rule_is_judged_at_the_day_of_the_call(case, edit):
    def long_ago(data):
        for event in data["timeline"]:
            event["at"] = "2005" + str(event["at"])[4:]
        for one in (*data["transcripts"], *data["calls"]):
            one["at"] = "2005" + str(one["at"])[4:]

    edit("case.yaml", long_ago)
    assert codes(case) == {"C107"}


def test_few_nodes_and_few_kinds_of_ends_are_worth_a_word(case, edit):
    def shorter(data):
        nodes = data["calls"][0]["nodes"]
        nodes["callback"]["end"] = nodes["angry"]["end"] = nodes["promised"]["end"] = "hang_up"
        nodes["cold"]["options"][0]["to"] = "angry"
        del nodes["callback"]

    edit("case.yaml", shorter)
    edit("key.yaml", lambda data: data["calls"]["returned-debit"]["ends"].pop("callback"))
    found = list(lint_case(case))
    assert {finding.code for finding in found} == {"K126", "K127"}
    assert not any(finding.error for finding in found)


def test_a_case_without_a_key_is_told_so(case):
    (case / "key.yaml").unlink()
    assert codes(case) == {"C103"}


def test_mirrored_cases_share_their_events_word_by_word(root, case, edit):
    other = new_case(root, "lost-letter", failure=True)
    shared = {"shared": ["returned"], "parting": "call", "decision": {"en": "x", "zh": "无"}}
    edit("case.yaml", lambda data: data.update(mirror="lost-letter"))
    edit("key.yaml", lambda data: data.update(mirror=shared))
    assert codes(case) == {"C111"}  # the other one does not name it yet
    text = (other / "case.yaml").read_text("utf-8")
    (other / "case.yaml").write_text(f"{text}mirror: returned-debit\n", "utf-8")
    assert codes(case) == set()
    edit("case.yaml", lambda data: data["timeline"][0]["text"].update(en="Another word."))
    assert codes(case) == {"C111"}


def test_a_finding_speaks_both_languages(case, edit):
    edit("case.yaml", lambda data: data.update(minutes=90))
    finding = next(iter(lint_case(case)))
    english = finding.text
    with speaking("zh"):
        assert "分钟" in finding.text
        assert finding.text != english
        assert finding.mend
