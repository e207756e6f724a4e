"""Case S3, One owner: every figure of the key follows from the ledger, the ticket log and the facts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from duecourse.calls.courses import courses, shortfall, strangers, survey
from duecourse.calls.scoring import score
from duecourse.cases.files import read
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "success" / "one-owner")
TWIN = read(ROOT / "case_studies" / "failure" / "wrong-person")
CASE, KEY = FILE.case, FILE.key
FACTS = {fact.id: fact.value for fact in CASE.facts}
EVENTS = {event.id: event for event in CASE.timeline}
DOCUMENTS = {document.id: document.text for document in CASE.documents}
ANSWERS = {answer.id: answer for answer in KEY.answers}
LEDGER = {row["entry"]: row for row in FILE.rows("ledger")}
RATE = Decimal(str(FACTS["late_rate"]))
(SCRIPT,) = CASE.calls
CALL = KEY.calls[SCRIPT.id]


def charged(*entries):
    return sum((Decimal(LEDGER[entry]["debit"]) for entry in entries), Decimal())


def paid(*entries):
    return sum((Decimal(LEDGER[entry]["credit"]) for entry in entries), Decimal())


def booked(entry):
    return FILE.table("ledger").set_index("entry")["booked_on"][entry]


def right(answer, value):
    """Whether a value counts as the key's answer."""
    return abs(float(value) - ANSWERS[answer].value) <= ANSWERS[answer].tolerance


def test_the_screen_shows_all_charges_less_all_payments():
    assert charged(*LEDGER) - paid(*LEDGER) == Decimal(str(FACTS["shown"])) == Decimal("5524.23")


def test_the_late_charge_is_three_days_on_8430_and_nineteen_on_5430():
    due = charged("L03", "L04", "L05")
    assert due == FACTS["debit_order"] == 8430
    before, after = booked("L07") - booked("L05"), booked("L08") - booked("L07")
    assert (before.days, after.days) == (3, 19)
    late = RATE * (due * before.days + (due - paid("L07")) * after.days)
    assert late == charged("L08") == Decimal("64.23")


def test_one_premium_stands_twice_under_one_policy_number():
    premiums = [row for row in LEDGER.values() if row["kind"] == "insurance"]
    assert [row["entry"] for row in premiums] == ["L03", "L04"]
    assert {row["reference"] for row in premiums} == {"SP-2026-2208"}
    assert {float(row["debit"]) for row in premiums} == {FACTS["premium"]}
    assert ANSWERS["duplicate-entry"].value == "L04"
    assert booked("L04").date() == EVENTS["file-loaded-again"].at


def test_the_late_charge_on_the_second_premium_alone():
    days = (booked("L08") - booked("L05")).days
    assert days == 22
    assert right("late-charge-on-the-error", charged("L04") * RATE * days)


def test_an_order_for_the_right_sum_would_have_been_paid():
    order = FACTS["instalment"] + FACTS["premium"]
    assert order == 5790
    assert right("left-after-the-right-order", FACTS["balance_on_the_day"] - order)
    assert FACTS["balance_on_the_day"] < FACTS["debit_order"]


def test_the_first_correction_leaves_the_fee_and_the_late_charge_in():
    first = charged(*LEDGER) - paid(*LEDGER) - charged("L04")
    assert first == Decimal("2884.23")
    assert "2,884.23" in DOCUMENTS["can-be-closed"]["en"]
    assert charged("L06") == FACTS["returned_fee"]
    assert right("missed-by-the-first-correction", charged("L06", "L08"))
    assert right("corrected-arrears", first - charged("L06", "L08"))


def test_the_letter_says_what_the_ledger_says():
    owed = charged("L01", "L03", "L05") - paid("L02", "L07")
    assert right("corrected-arrears", owed)
    for language, unit in {"en": " yuan", "zh": "元"}.items():
        letter = DOCUMENTS["letter"][language]
        assert f"**{owed:,}{unit}**" in letter
        for part in (charged("L04"), charged("L06"), charged("L08"), paid("L07")):
            assert f"{part:,}" in letter


def test_almost_half_of_what_was_to_be_collected_was_not_owed():
    shown = charged(*LEDGER) - paid(*LEDGER)
    assert right("share-not-owed", 100 * (shown - 2790) / shown)


def test_the_reply_comes_on_the_eighteenth_of_twenty_days():
    days = (FACTS["reply_sent"] - FACTS["dispute_received"]).days
    assert days == ANSWERS["days-to-reply"].value == 18
    assert days <= FACTS["reply_limit"]
    last = FACTS["dispute_received"] + timedelta(days=FACTS["reply_limit"])
    assert (last.month, last.day) == (3, 24)
    assert "24 March" in EVENTS["owner-named"].text["en"]
    assert EVENTS["dispute"].at.date() == FACTS["dispute_received"]
    assert EVENTS["reply"].at == FACTS["reply_sent"]


def test_the_ticket_changes_teams_nine_times_and_owners_never():
    teams = [row["team"] for row in FILE.rows("ticket_log")]
    changes = [n for n in range(1, len(teams)) if teams[n] != teams[n - 1]]
    assert [n + 1 for n in changes] == [3, 4, 7, 9, 11, 12, 14, 15, 16]
    assert len(changes) == ANSWERS["hand-offs"].value
    assert set(teams) == {"collections", "operations", "credit_desk"}
    assert {row["owner"] for row in FILE.rows("ticket_log")} == {"Qiao Min"}
    assert ANSWERS["owners"].value == 1


def test_the_ticket_log_is_in_order_and_meets_the_promised_days():
    log = FILE.table("ticket_log")
    assert log["at"].is_monotonic_increasing
    done = log.set_index("action")["at"]
    assert done["accepted_and_customer_told"] - done["opened"] <= timedelta(hours=1)
    assert done["dispute_mark_set"].date() == FACTS["dispute_received"] + timedelta(days=1)
    assert done["written_reply_sent"].date() == FACTS["reply_sent"]
    first_news, thursday = done["customer_called"]
    assert first_news.date() == EVENTS["first-correction"].at.date()
    assert thursday.day_name() == "Thursday"
    assert thursday.hour < 18


def test_four_of_seven_items_of_the_queue_would_have_broken_a_rule_or_the_memo():
    queue = FILE.table("queue").set_index("item")
    shown = queue["amount"] == FACTS["shown"]
    wrong = {
        "disputed sum": shown & queue["purpose"].eq("demand"),
        "at night": (queue["planned_at"].dt.hour >= 22) & queue["channel"].eq("machine_call"),
        "owes nothing": queue["recipient"].eq("sister"),
        "no mark": queue["purpose"].eq("report_overdue_without_mark"),
    }
    found = {reason: [*queue.index[which]] for reason, which in wrong.items()}
    assert found == {
        "disputed sum": ["Q2", "Q3"],
        "at night": ["Q3"],
        "owes nothing": ["Q5"],
        "no mark": ["Q6"],
    }
    assert sorted({item for items in found.values() for item in items}) == (
        ANSWERS["what-the-pause-stopped"].value
    )
    assert queue["amount"]["Q4"] == FACTS["instalment"]


def test_no_answer_is_left_without_a_proof_here():
    assert list(ANSWERS) == [
        "duplicate-entry",
        "late-charge-on-the-error",
        "left-after-the-right-order",
        "missed-by-the-first-correction",
        "corrected-arrears",
        "share-not-owed",
        "days-to-reply",
        "hand-offs",
        "owners",
        "what-the-pause-stopped",
    ]


def test_it_shares_six_events_the_memo_and_the_sheet_with_its_mirror():
    there = {event.id: event for event in TWIN.case.timeline}
    assert KEY.mirror.shared == TWIN.key.mirror.shared
    for name in KEY.mirror.shared:
        assert EVENTS[name] == there[name]
    papers = {document.id: document for document in TWIN.case.documents}
    for document in CASE.documents[:2]:
        assert papers[document.id] == document
    assert (CASE.mirror, TWIN.case.mirror) == (TWIN.slug, FILE.slug)


def test_both_part_on_the_same_wednesday():
    parting = EVENTS[KEY.mirror.parting].at
    other = next(e for e in TWIN.case.timeline if e.id == TWIN.key.mirror.parting).at
    assert parting.date() == other.date()
    assert parting.strftime("%A") == "Wednesday"


def test_the_call_always_ends_and_its_best_course_earns_everything():
    found = survey(SCRIPT)
    assert found.courses
    assert found.longest == 10
    assert not found.unreachable + found.dead_ends + found.circle + found.never + found.idle
    assert not strangers(SCRIPT, CALL)
    assert not shortfall(SCRIPT, CALL)
    assert {course.node for course in courses(SCRIPT, most=5000)} == set(SCRIPT.ends)


@pytest.mark.parametrize(
    ("slip", "said", "total"),
    [
        # a part payment that is asked for and taken back: empathy (8 + 1/4) / 9
        ("stop-and-open", ["part-of-it", "first-the-figure"], 0.4 + 0.35 + 0.25 * 8.25 / 9),
        # a result that nobody has checked is promised: half the outcome, empathy (7 + 1/3) / 8
        ("not-sent-around", ["as-good-as-gone"], 0.2 + 0.35 + 0.25 * 22 / 24),
        # not asked whether the March instalment can be paid: empathy (7 + 3/4) / 8
        ("will-it-be-there", ["march-by-hand"], 0.4 + 0.35 + 0.25 * 7.75 / 8),
    ],
)
def test_what_a_slip_costs_in_a_call_that_is_otherwise_the_best(slip, said, total):
    at = CALL.best.index(slip)
    choices = [*CALL.best[:at], *said, *CALL.best[at + 1 :]]
    assert score(SCRIPT, CALL, choices).total == pytest.approx(total)


@pytest.mark.parametrize(
    "choices",
    [
        "say-who does-it-agree system-right note-and-pay",
        "say-who does-it-agree say-back part-of-it sign-of-good-will",
    ],
)
def test_whoever_asks_for_money_after_a_second_objection_earns_nothing(choices):
    assert score(SCRIPT, CALL, choices.split()).total == 0
