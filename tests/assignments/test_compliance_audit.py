"""What the assignment "compliance-audit" says holds, and its key is found again by other means.

The figures are counted here with plain pandas, without the audit that the solutions use.
"""

import json
from datetime import date, datetime
from itertools import pairwise
from math import isclose

import pandas as pd
import pytest

from duecourse.contact_logs import contact_log
from duecourse.rules import Contact, allowed, rule, rules
from grader.cases import key_of as key_of_case
from grader.key import key_of
from tests.assignments.conftest import Written

WRITTEN = Written("compliance-audit")
FOLDER = WRITTEN.folder
FILE = FOLDER / "audit-log.parquet"
SEED = (FOLDER / "key" / "seed.txt").read_text("utf-8").splitlines()[1]
CASE = WRITTEN.assignment.cases["phone-book-blast"]
STANDARD, GUIDELINE = pd.Timestamp("2025-02-28"), pd.Timestamp("2026-01-30")
UNSEEN = json.loads((FOLDER / "key" / "unseen-allowed-now.json").read_text("utf-8"))
SPOKEN = ["right_party", "connected", "refused"]
states = WRITTEN.states


at = datetime.fromisoformat


def count(number):
    """Return a count as each language writes it."""
    return f"{number:,}", f"{number}"


@pytest.fixture(scope="module")
def log():
    return pd.read_parquet(FILE)


@pytest.fixture(scope="module")
def minute(log):
    return log["at"].dt.hour * 60 + log["at"].dt.minute


@pytest.fixture(scope="module")
def third(log):
    """Contacts with third persons since the standard, which forbids most of them."""
    return log[(log["role"] == "third_party") & (log["at"] >= STANDARD)]


@pytest.fixture(scope="module")
def by_rule(log, minute, third):
    """Findings by rule and test, counted one by one."""
    new, late = log[log["at"] >= STANDARD], log[log["at"] >= GUIDELINE]
    visits = late[late["channel"] == "visit"]
    night = (minute < 480) | (minute >= 1320)
    timed = log["channel"].isin(["call", "sms", "email", "visit"])
    excused = log["hours_agreed"] | (log["purpose"] == "service")
    calls = new[(new["channel"] == "call") & (new["purpose"] != "service")]
    mine = calls[(calls["role"] == "debtor") & calls["outcome"].isin(SPOKEN)]
    rings = calls[calls["outcome"].isin(["no_answer", "voicemail"]) & (calls["at"] >= GUIDELINE)]

    def over(rows, by, most):
        return int((rows.groupby([*by, rows["at"].dt.date.rename("day")]).cumcount() >= most).sum())

    def heard(rows, *labels):
        said = rows["content"].fillna("").str.split("; ")
        return int(said.map(lambda one: bool({*one} & {*labels})).sum())

    everybody = log[log["role"] == "third_party"]
    refused = everybody[everybody["outcome"] == "refused"]
    since = refused.groupby(["account_id", "number"])["event_id"].min().rename("since")
    known = third.merge(since, on=["account_id", "number"], how="inner")
    reached = log[log["outcome"].isin([*SPOKEN, "wrong_party", "delivered"])]
    opening = reached.drop_duplicates(["account_id", "party", "role"])
    opening = opening[opening["at"] >= GUIDELINE]
    law = log["cites"].fillna("").str.lstrip("《").str.startswith("合同法")
    facts = log["fact_on"].fillna(log["at"])
    return {
        ("CN-01", "repealed_law"): int((law & (facts >= "2021-01-01")).sum()),
        ("CN-05", "hours"): int((night & timed & ~excused & (log["at"] >= STANDARD)).sum()),
        ("CN-06", "connected_calls"): over(mine[mine["mode"] == "interactive"], ["debtor_id"], 3),
        ("CN-06", "connected_notifications"): over(
            mine[mine["mode"] == "notification"], ["debtor_id"], 3
        ),
        ("CN-06", "unanswered_attempts"): over(rings, ["debtor_id", "number"], 6),
        ("CN-07", "third_party_asked_to_pay"): int((third["purpose"] == "collect").sum()),
        ("CN-08", "third_party_while_reachable"): int((~third["debtor_unreachable"]).sum()),
        ("CN-08", "disclosure"): int(new["disclosed"].sum()),
        ("CN-08", "third_party_refused"): int((known["event_id"] > known["since"]).sum()),
        ("CN-09", "visit_staff"): int((visits["staff"] < 2).sum()),
        ("CN-09", "visit_record"): int((~visits["recorded"]).sum()),
        ("CN-09", "visit_identity"): int((~visits["id_shown"]).sum()),
        ("CN-09", "visit_entry"): int((visits["entered"] & ~visits["entry_consent"]).sum()),
        ("CN-09", "posting"): int((late["channel"] == "posting").sum()),
        ("CN-11", "false_authority"): heard(log, "false_authority"),
        ("CN-11", "identity_at_first_contact"): int((~opening["identified"]).sum()),
        ("CN-12", "extra_charge"): heard(late, "extra_charge"),
        ("CN-12", "new_borrowing"): heard(late, "new_borrowing"),
        ("CN-17", "pretext"): heard(log, "pretext"),
        ("CN-22", "harassment"): heard(log, "harassment", "insult"),
        ("CN-27", "threats"): heard(log, "threat"),
    }


@pytest.fixture(scope="module")
def key(keys):
    """The right answers, from the executed notebook."""
    found = key_of(WRITTEN.assignment, keys).tasks
    return {name: task.value for name, task in found.items()}


def rows_of(table):
    """Return the rows of a recorded table as dictionaries."""
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def test_every_task_says_its_points_in_both_languages():
    WRITTEN.states_its_points("part-4")
    WRITTEN.has_both_languages()
    assert WRITTEN.assignment.points == 60
    states("start", ("60 points", "60分"), (f"{WRITTEN.tasks.minutes} minutes", "150分钟"))


def test_the_sixth_of_july_is_a_monday():
    assert date(2026, 7, 6).isoweekday() == 1
    states("start", ("Monday, **6 July 2026**", "2026年7月6日**，星期一"))


def test_the_model_answer_is_as_long_as_is_asked_for():
    WRITTEN.keeps_to_the_length("report")


def test_the_log_is_small_and_made_again_from_its_hidden_seed(log):
    assert FILE.stat().st_size < 2_000_000
    assert log.shape == (100_000, 24)
    pd.testing.assert_frame_equal(contact_log(100_000, int(SEED)), log)


def test_no_file_that_is_handed_out_holds_the_seed():
    assert int(SEED) > 10**12
    shapes = [SEED.encode(), *(int(SEED).to_bytes(8, order) for order in ("little", "big"))]
    for file in (*WRITTEN.assignment.public_files(), FOLDER / "tasks.yaml"):
        content = file.read_bytes()
        assert not [shape for shape in shapes if shape in content], file.name
    assert SEED not in "".join(WRITTEN.source.values())


def test_the_data_card_describes_every_column_in_both_languages(log):
    card = (FOLDER / "data-card.md").read_text("utf-8")
    for name in {*log.columns, *CASE.table("contact_log").columns}:
        rows = [line for line in card.splitlines() if line.startswith("| `")]
        assert sum(f"`{name}`" in row.split(" | ")[0] for row in rows) == 2, name


@pytest.mark.kernel
def test_answers_about_the_case_are_those_of_the_cases_key(key):
    known = {one.id: one.value for one in key_of_case(CASE).answers}
    for name in (
        "night", "over-the-limit", "each-by-itself", "lost-contact", "permitted", "entries",
    ):  # fmt: skip
        assert key[name] == known[name], name
        assert (
            f"right({CASE.slug!r}, {name!r})".replace("'", '"') in WRITTEN.source[f"{name}-answer"]
        )


@pytest.mark.kernel
def test_the_findings_of_the_case_are_counted_by_hand(key):
    assert {(one["test"], one["rule"], one["breaches"], one["weight"]) for one in rows_of(key["case-findings"])} == {
        ("hours", "CN-05", 3, "duty"),
        ("connected_calls", "CN-06", 2, "duty"),
        ("unanswered_attempts", "CN-06", 2, "advice"),
        ("disclosure", "CN-08", 4, "duty"),
        ("posting", "CN-09", 1, "duty"),
    }  # fmt: skip


@pytest.mark.kernel
def test_the_findings_by_rule_are_counted_again(key, by_rule):
    found = {(one["rule"], one["test"]): one["findings"] for one in rows_of(key["by-rule"])}
    assert found == by_rule


@pytest.mark.kernel
def test_the_nights_are_counted_again(key, log, minute):
    night = log[((minute < 480) | (minute >= 1320)) & ~log["channel"].isin(["letter", "posting"])]
    for row in rows_of(key["night-periods"]):
        first, last = {
            "before": ("2024-07-01", "2025-02-27"),
            "standard": ("2025-02-28", "2026-01-29"),
            "guideline": ("2026-01-30", "2026-06-30"),
        }[row["period"]]
        part = night[
            night["at"].dt.date.between(date.fromisoformat(first), date.fromisoformat(last))
        ]
        assert row["contacts"] == len(part)
        bad = part[~part["hours_agreed"] & (part["purpose"] != "service")]
        assert row["breaches"] == (0 if row["period"] == "before" else len(bad))


@pytest.mark.kernel
def test_whoever_counts_by_something_else_sees_less(key, by_rule):
    found = {one["index"]: one["value"] for one in rows_of(key["four-ways"])}
    assert found.pop("together") == by_rule["CN-06", "connected_calls"]
    assert max(found.values()) < by_rule["CN-06", "connected_calls"]


@pytest.mark.kernel
def test_old_facts_may_have_the_old_law(key, by_rule):
    found = {one["index"]: one["value"] for one in rows_of(key["repealed-law"])}
    assert found["since"] == by_rule["CN-01", "repealed_law"]
    assert found["before"] > 20


@pytest.mark.kernel
def test_the_order_of_collectors_is_one_of_rates_that_lie_apart(key):
    table = {one["agent"]: one for one in rows_of(key["agents"])}
    rates = [table[name]["per_1000"] for name in key["worst-first"]]
    assert all(high > 1.1 * low for high, low in pairwise(rates))
    for one in table.values():
        assert isclose(one["per_1000"], 1000 * one["breaches"] / one["contacts"])
    assert key["worst-first"] != sorted(table, key=lambda name: -table[name]["breaches"])


@pytest.mark.kernel
def test_provisional_are_all_but_the_statutes(key, by_rule):
    sure = {("CN-01", "repealed_law"), ("CN-11", "false_authority"), ("CN-17", "pretext"),
            ("CN-22", "harassment"), ("CN-27", "threats")}  # fmt: skip
    share = 1 - sum(by_rule[one] for one in sure) / sum(by_rule.values())
    assert key["provisional"] == pytest.approx(share)


@pytest.mark.kernel
def test_what_is_new_stands_in_the_rules_from_that_day_on(key):
    before = {one.id: {test.name for test in one.tests} for one in rules("CN", "2026-01-29")}
    for name in key["new-rules"]:
        [after] = [
            one.id for one in rules("CN", "2026-01-30") if name in {t.name for t in one.tests}
        ]
        assert name not in before.get(after, set())
    assert not rule("CN-09", "2026-01-29")
    assert not rule("CN-12", "2026-01-29")


@pytest.mark.kernel
def test_the_unseen_contacts_are_judged_as_the_rules_judge_them(key):
    found = [one["value"] for one in key["allowed-now"]["results"]]
    assert len(found) == len(UNSEEN) >= 30
    assert 10 < sum(found) < len(found) - 10
    for one, right in zip(UNSEEN, found, strict=True):
        contact = Contact(
            at=at(one["at"]), account_id=1, channel=one["channel"],
            role=one["role"], purpose=one["purpose"], number=one["role"], product="cash_loan",
            hours_agreed=one["agreed"], debtor_unreachable=one["lost"], opted_out=one["refused"],
            disclosed=False, identified=True,
        )  # fmt: skip
        talks = [Contact(at=at(talk), account_id=1, outcome="right_party") for talk in one["talks"]]
        assert bool(allowed(contact, talks)) == right, one


def test_the_unseen_contacts_hold_every_edge_and_none_of_the_examples():
    examples = WRITTEN.tasks["allowed-now"].examples
    assert all(list(one) == WRITTEN.tasks["allowed-now"].parameters for one in UNSEEN)
    assert not [one for one in UNSEEN if one in examples]
    hours = {one["at"][11:] for one in UNSEEN}
    assert {"07:59", "08:00", "21:59", "22:00"} <= hours
    assert {"2025-02-27", "2025-02-28"} <= {one["at"][:10] for one in UNSEEN}
    assert {0, 2, 3, 4} <= {len(one["talks"]) for one in UNSEEN}


@pytest.mark.kernel
def test_proposals_to_be_left_break_the_rule_that_is_named(key):
    reason = {one["proposal"]: one["reason"] for one in rows_of(key["proposals"])}
    mine = {"account_id": 1, "number": 1, "identified": True, "disclosed": False}
    talks = [
        Contact(at=at(f"2026-03-16 {hour:02}:00"), outcome="right_party", **mine)
        for hour in (10, 12, 17)
    ]
    brother = {**mine, "number": 2, "role": "third_party", "purpose": "locate"}
    asked = Contact(at=at("2026-03-06 14:35"), outcome="refused", **brother)
    for name, contact, past in (
        ("borrow", Contact(at=at("2026-03-14 18:00"), content="new_borrowing", **mine), []),
        ("evening", Contact(at=at("2026-03-14 22:10"), **mine), []),
        ("fourth", Contact(at=at("2026-03-16 19:20"), **mine), talks),
        ("notice", Contact(at=at("2026-03-17 10:00"), channel="posting", **mine), []),
        ("sister", Contact(at=at("2026-03-16 18:00"), debtor_unreachable=False, **brother), [asked]),
        ("letter", Contact(at=at("2026-03-20 09:00"), channel="letter", **mine), []),
        ("look", Contact(at=at("2026-03-16 17:30"), **mine), []),
        ("message", Contact(at=at("2026-03-13 17:30"), channel="sms", **mine), []),
        ("morning", Contact(at=at("2026-03-16 10:30"), **mine), []),
    ):  # fmt: skip
        broken = allowed(contact, past).rules
        wanted = () if reason[name] in ("none", "agreement") else (reason[name],)
        assert broken == wanted, name


@pytest.mark.kernel
def test_the_model_answer_states_the_figures_of_the_key(key, by_rule, third):
    everything = sum(by_rule.values())
    people = sum(found for (name, _test), found in by_rule.items() if name in ("CN-07", "CN-08"))
    states("report", count(everything), count(people))
    states("report", count(by_rule["CN-05", "hours"]), count(by_rule["CN-06", "connected_calls"]))
    states("report", count(by_rule["CN-01", "repealed_law"]))
    states("report", f"{key['provisional']:.0%}".removesuffix("%"))
    table = {one["agent"]: one["per_1000"] for one in rows_of(key["agents"])}
    states("report", f"{table['A05']:.0f}", f"{table['A06']:.0f}")
    assert len(third) > 0


def test_the_model_answer_counts_contacts_and_the_lenders_own_collector(log):
    from duecourse.rules import audit

    found = audit(log)
    states("report", count(found["event_id"].nunique()))
    found = found[(found["at"] >= STANDARD) & (found["severity"] != "advisory")]
    made = log[log["at"] >= STANDARD].groupby("agent").size()
    rate = 1000 * found.groupby("agent").size() / made
    assert rate.filter(like="L0").idxmax() == "L03"
    states("report", f"{rate['L03']:.0f}")
