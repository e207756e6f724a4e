"""The rule base: complete, dated, honest about what it knows, and found by id and day."""

import re
from datetime import date, datetime
from itertools import pairwise

import pytest

from duecourse import language
from duecourse.errors import DuecourseError
from duecourse.rules import UnknownRule, changes, penalty, rule, rules, severity
from duecourse.rules.book import PENALTIES, entries, prime_rate
from duecourse.rules.columns import columns
from duecourse.rules.models import FORCES
from duecourse.rules.shelf import FOLDER, book, read
from duecourse.rules.standing import NotInForce
from duecourse.rules.wording import fields

ALL = [*entries()]
VERSIONS = [(entry, version) for entry in ALL for version in entry.versions]
TESTS = [(entry, version, test) for entry, version in VERSIONS for test in version.tests]


def texts(found):
    """Every pair of texts in a file."""
    if isinstance(found, dict):
        if found and found.keys() <= {"en", "zh"}:
            yield found
        for value in found.values():
            yield from texts(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from texts(value)


def test_every_rule_of_the_three_jurisdictions_is_there():
    assert [one.id for one in ALL] == [
        *(f"CN-{n:02}" for n in range(1, 37)),
        *(f"US-{n:02}" for n in range(1, 12)),
        *(f"UK-{n:02}" for n in range(1, 12)),
    ]


@pytest.mark.parametrize("jurisdiction", ["CN", "US", "UK"])
def test_every_text_is_in_both_languages(jurisdiction):
    pairs = [*texts(book(jurisdiction).model_dump())]
    assert len(pairs) > 50
    chinese = re.compile(r"[\u4e00-\u9fff]|^[\d.RG、]+$")
    for pair in pairs:
        assert pair.keys() == {"en", "zh"}
        assert chinese.search(pair["zh"]), pair
        assert not re.search(
            r"[\u4e00-\u9fff]", pair["en"].replace("不宜", "").replace("催收条例", "")
        )


def ids(jurisdiction, numbers):
    return {f"{jurisdiction}-{number:02}" for number in numbers}


@pytest.mark.parametrize(
    ("known", "china", "states", "kingdom"),
    [
        (
            "verified",
            [1, 2, 3, 10, 13, 14, 17, 18, 19, 20, 21, 22, 23, 25, 26, 31],
            [1, 2, 3, 5, 6, 9, 10],
            [1, 2, 3, 4, 5, 7, 8],
        ),
        (
            "secondary",
            [5, 6, 7, 8, 9, 11, 12, 15, 16, 24, 27, 28, 29, 32, 34, 35, 36],
            [8],
            # of the first only references were read
            [9, 11],
        ),
        # an order, two final texts; location calls, false statements, opt-out; a pause, old debts
        ("memory", [4, 30, 33], [4, 7, 11], [6, 10]),
    ],
)
def test_a_rule_is_as_well_known_as_its_weakest_source(known, china, states, kingdom):
    expected = ids("CN", china) | ids("US", states) | ids("UK", kingdom)
    assert {one.id for one in rules() if one.evidence == known} == expected
    assert {one.provisional for one in rules() if one.id in expected} == {known != "verified"}


def test_of_a_mixed_rule_each_test_says_what_it_rests_on():
    mixed = rule("CN-11")
    assert mixed.provisional
    assert not mixed.provisional_by(mixed.test("false_authority"))
    assert mixed.provisional_by(mixed.test("identity_at_first_contact"))
    assert mixed.severity_of(mixed.test("false_authority")) == "critical"
    assert mixed.severity_of(mixed.test("identity_at_first_contact")) == "moderate"
    assert rule("CN-31").provisional_by(rule("CN-31").test("private_rate"))


def test_days_from_memory_are_said_to_be():
    from_memory = {f"{entry.id} {v.start}" for entry, v in VERSIONS if v.dated == "memory"}
    assert from_memory >= {"CN-26 2021-03-01", "CN-28 2023-03-01", "CN-36 2024-04-18"}
    for entry, version in VERSIONS:
        if version.dated == "memory":
            assert "memory" in version.notes["en"], entry.id
            assert "凭记忆" in version.notes["zh"], entry.id


def test_what_is_no_statute_weighs_less():
    for entry, version in VERSIONS:
        force = book(entry.jurisdiction).force(version)
        if force in {"standard", "self_regulation"}:
            assert version.severity in {"moderate", "advisory"}, entry.id
            assert {version.severity_of(one) for one in version.tests} <= {"moderate", "advisory"}
    assert severity("CN-25") == severity("CN-10") == "critical"
    assert severity("CN-06") == "moderate"
    assert rule("CN-06").severity_of(rule("CN-06").test("unanswered_attempts")) == "advisory"


def test_versions_follow_each_other_without_overlap():
    for entry in ALL:
        for one, following in pairwise(entry.versions):
            assert entry.last_day(one) < following.start


def test_a_version_begins_no_earlier_than_the_last_of_its_texts():
    for entry, version in VERSIONS:
        known = book(entry.jurisdiction).laws
        for one in version.sources:
            assert known[one.law].start <= version.start, (entry.id, one.law)


def test_tests_name_only_what_a_log_can_hold():
    for entry, _version, test in TESTS:
        for name in (*test.columns, *test.assume):
            assert name in columns(), (entry.id, name)
        conditions = [*test.when.items(), *test.unless.items()]
        conditions += getattr(test, "earlier", {}).items()
        conditions += getattr(test, "among", {}).items()
        for name, match in conditions:
            column = columns()[name]
            assert (column.type == "flag") == isinstance(match, bool), (entry.id, name)
            if column.words:
                assert set(match) <= column.words.keys(), (entry.id, name)


def test_the_reason_of_a_test_names_the_same_figures_in_both_languages():
    for entry, _version, test in TESTS:
        chinese = test.model_copy(update={"why": {"en": test.why["zh"]}})
        assert sorted(fields(test)) == sorted(fields(chinese)), (entry.id, test.name)


def test_the_interval_of_seven_days_is_not_tested():
    visits = rule("CN-09")
    assert "seven calendar days" in visits.notes["en"]
    assert not any(getattr(test, "days", None) for test in visits.tests)


def test_a_rule_is_found_as_it_stood_on_a_day():
    assert rule("CN-05", "2025-02-28").start == date(2025, 2, 28)
    assert rule("CN-05", date(2026, 1, 29)).end == date(2026, 1, 29)
    now = rule("CN-05", datetime(2026, 1, 30, 23))  # noqa: DTZ001 - the debtor's own time
    assert (now.start, now.end) == (date(2026, 1, 30), None)
    assert rule("CN-05") == now
    assert str(now) == "CN-05 No contact at night (provisional)"
    assert str(rule("CN-01")) == "CN-01 Laws that are no longer in force"
    assert now.force == "standard"
    assert now.name == now.title["en"]
    assert now.source["zh"].endswith("；中国银行业协会 2026 年催收工作指引（试行）")
    assert repr(now) == "<Rule CN-05 from 2026-01-30>"


def test_a_rule_that_does_not_hold_yet_counts_as_false_and_says_when_it_does():
    found = rule("CN-09", on="2026-01-29")
    assert isinstance(found, NotInForce)
    assert not found
    assert str(found) == (
        "CN-09 Visits and public notices was not in force on 2026-01-29; "
        "it holds from 2026-01-30 on."
    )
    language.use("zh")
    assert str(found) == "2026-01-29 时 CN-09“上门催收与公开张贴”尚未施行，自 2026-01-30 起施行。"


def test_a_rule_that_has_ended_says_until_when_it_held(tmp_path):
    entry = next(one for one in ALL if one.id == "CN-24")
    ended = entry.versions[0].model_copy(update={"end": date(2026, 12, 31)})
    entry = entry.model_copy(update={"versions": (ended,)})
    assert entry.at(date(2026, 12, 31)) == ended
    assert entry.at(date(2027, 1, 1)) is None
    found = NotInForce(entry, date(2027, 1, 1), None, date(2026, 12, 31))
    assert str(found) == (
        "CN-24 One-off credit repair was no longer in force on 2027-01-01; it held until 2026-12-31."
    )


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("cn-5", "CN-05"),
        ("CN05", "CN-05"),
        ("CN-050", "CN-05"),
        ("us_1", "US-01"),
        ("UK-9", "UK-09"),
    ],
)
def test_an_unknown_rule_is_refused_with_the_nearest(wrong, meant):
    with pytest.raises(UnknownRule, match=rf"no rule '{wrong}'.*Did you mean '{meant}'"):
        rule(wrong)


def test_an_unknown_jurisdiction_or_day_is_refused():
    with pytest.raises(UnknownRule, match=r"no rules for 'EU'.* CN, US, UK"):
        rules("EU")
    with pytest.raises(DuecourseError, match=r"written as 2026-03-31\. Found: '30 February'"):
        rule("CN-05", "30 February")
    with pytest.raises(DuecourseError, match="2026-02-30"):
        rules("CN", "2026-02-30")


def test_rules_of_a_day_are_those_in_force_on_it():
    assert rules("CN", "1990-01-01") == []
    assert [one.id for one in rules("CN", "2012-06-30")] == [
        *("CN-07", "CN-10", "CN-11", "CN-15", "CN-16", "CN-29", "CN-33")
    ]
    assert len(rules("US", "2021-11-29")) == 0
    assert len(rules("US", "2021-11-30")) == 11
    assert len(rules()) == 58
    assert "UK-11" not in {one.id for one in rules("UK", "2021-05-03")}
    assert "UK-11" in {one.id for one in rules("UK", "2021-05-04")}


def test_changes_between_two_days():
    def found(first, last, jurisdiction=None):
        return [(str(one.on), one.id, one.kind) for one in changes(first, last, jurisdiction)]

    assert found("2026-01-01", "2026-01-29") == [
        ("2026-01-01", "CN-24", "begins"),
        ("2026-01-01", "CN-27", "changes"),
    ]
    assert found("2026-01-30", "2026-01-30") == [
        ("2026-01-30", "CN-05", "changes"),
        ("2026-01-30", "CN-06", "changes"),
        ("2026-01-30", "CN-08", "changes"),
        ("2026-01-30", "CN-09", "begins"),
        ("2026-01-30", "CN-11", "changes"),
        ("2026-01-30", "CN-12", "begins"),
        ("2026-01-30", "CN-16", "changes"),
        ("2026-01-30", "CN-34", "changes"),
    ]
    assert found("2026-01-31", "2026-12-31") == []
    assert len(found("2021-11-30", "2021-11-30")) == len(found("2021-11-30", "2021-11-30", "US"))
    first = changes("2026-01-30", "2026-01-30")[0]
    assert first.before.start == date(2025, 2, 28)
    assert first.after.start == date(2026, 1, 30)
    assert str(first) == "2026-01-30: CN-05 No contact at night changes"


def test_a_rule_ends_on_the_day_after_its_last(monkeypatch):
    book_of_china = book("CN")
    ended = [
        one.model_copy(
            update={"versions": (one.versions[0].model_copy(update={"end": date(2027, 3, 31)}),)}
        )
        for one in book_of_china.rules
        if one.id == "CN-24"
    ]
    monkeypatch.setattr("duecourse.rules.book.entries", lambda _jurisdiction: iter(ended))
    (change,) = changes("2027-01-01", "2027-12-31")
    assert (change.on, change.kind, change.after) == (date(2027, 4, 1), "ends", None)
    assert "no longer in force" in str(change)


def test_the_penalties_fall_with_the_weight():
    assert PENALTIES == {"critical": 1.0, "serious": 0.5, "moderate": 0.25, "advisory": 0.1}
    assert penalty(severity("CN-25")) == 1.0
    assert penalty(severity("CN-22", "2016-01-01")) == 0.5
    with pytest.raises(DuecourseError, match="no severity 'heavy'"):
        penalty("heavy")


def test_a_rule_of_a_later_day_is_weighed_as_it_will_be():
    assert severity("CN-09", "2020-01-01") == severity("CN-09")


def test_the_contract_law_stands_in_the_base_with_its_last_day():
    old = book("CN").laws["contract-law"]
    assert old.end == date(2020, 12, 31)
    assert "合同法" in old.names


def test_the_prime_rate_is_known_from_may_2025_on():
    assert prime_rate("2025-05-31") == 0.03
    assert prime_rate("2025-04-30") is None
    assert {one.evidence for one in book("CN").prime_rates.table} == {"memory"}


def test_a_damaged_file_is_refused_with_its_place(tmp_path):
    text = (FOLDER / "us.yaml").read_text("utf-8")
    file = tmp_path / "us.yaml"
    file.write_text(text.replace("evidence: verified", "evidence: hearsay", 1), "utf-8")
    with pytest.raises(
        DuecourseError, match=r"us\.yaml: rules\.0\.versions\.0\.sources\.0\.evidence"
    ):
        read(file)
    file.write_text(text.replace("law: fdcpa", "law: fdpca", 1), "utf-8")
    with pytest.raises(DuecourseError, match="no such laws"):
        read(file)
    file.write_text("rules: [", "utf-8")
    with pytest.raises(DuecourseError, match="not readable as YAML"):
        read(file)


def test_forces_are_ordered_from_the_strongest():
    assert FORCES[0] == "criminal"
    assert FORCES[-1] == "self_regulation"
