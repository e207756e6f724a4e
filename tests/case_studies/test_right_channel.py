"""What the key of the case "right-channel" answers, worked out again from the case's own facts."""

from datetime import date, datetime

import pytest

from duecourse.cases.files import read
from duecourse.rules import Contact, NotInForce, Reset, allowed, limitation, rule
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "success" / "right-channel")
CASE, KEY = FILE.case, FILE.key
TWIN = read(ROOT / "case_studies" / "failure" / "old-law-empty-threat")
FACTS = {fact.id: fact.value for fact in CASE.facts}
EVENTS = {event.id: event for event in CASE.timeline}
ANSWERS = {answer.id: answer for answer in KEY.answers}
DOCUMENTS = {document.id: document.text for document in CASE.documents}


def day(event):
    at = EVENTS[event].at
    return at.date() if isinstance(at, datetime) else at


def three_years_after(start):
    return start.replace(year=start.year + 3)


def options(answer):
    return set(ANSWERS[answer].options)


@pytest.fixture
def channels():
    """The rows of the trial, figures as numbers."""
    return {
        row["channel"]: {name: float(row[name]) for name in row if name != "channel"}
        for row in FILE.rows("channels")
    }


def test_every_answer_is_worked_out_here():
    assert set(ANSWERS) == {
        "without-anything",
        "after-the-letter",
        "after-the-payment",
        "what-restarts",
        "dead-number",
        "order-by-cost",
        "order-by-reach",
        "cost-of-a-proof",
        "most-for-the-plan",
        "early-call",
        "visit-draft",
    }


def test_nineteen_of_24_instalments_were_paid_and_five_are_open():
    first, last = FACTS["first-due"], FACTS["last-due"]
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    assert months == FACTS["instalments"] == 24
    assert day("last-due") == last
    unpaid = (FACTS["instalments"] - FACTS["paid"]) * FACTS["instalment"]
    assert unpaid == 10_750
    for figure in ("10,750", "11,600"):
        assert figure in DOCUMENTS["letter"]["en"]
        assert figure.replace(",", "") in DOCUMENTS["letter"]["zh"]
    assert unpaid + FACTS["overdue-interest"] == 11_600


def test_the_agreement_asks_for_what_is_open_less_the_payment_and_without_the_interest():
    unpaid = (FACTS["instalments"] - FACTS["paid"]) * FACTS["instalment"]
    assert unpaid - FACTS["part-payment"] == 9_600 == 16 * 600
    for text in DOCUMENTS["agreement"].values():
        assert "600" in text
        assert "850" in text


def test_the_last_payment_of_sixteen_is_the_day_on_which_the_account_is_closed():
    assert day("paid-off") == date(2026, 7, 20)
    assert (2026 - 2025) * 12 + 7 - 4 + 1 == 16


def test_the_three_years_run_from_the_last_due_date_of_the_instalments():
    expected = three_years_after(FACTS["last-due"])
    assert ANSWERS["without-anything"].value == expected == date(2025, 6, 20)
    assert (
        limitation([Reset(FACTS["first-due"], "due"), Reset(FACTS["last-due"], "due")]).expires
        == expected
    )


def test_the_letter_counts_on_the_day_on_which_it_is_signed_for():
    assert day("letter-delivered") == FACTS["letter-delivered"]
    assert day("letter-sent") < day("letter-delivered") < ANSWERS["without-anything"].value
    expected = three_years_after(FACTS["letter-delivered"])
    assert ANSWERS["after-the-letter"].value == expected == date(2027, 5, 10)
    found = limitation(
        [Reset(FACTS["last-due"], "due"), Reset(FACTS["letter-delivered"], "demand")]
    )
    assert found.expires == expected


def test_the_payment_starts_the_three_years_anew_and_they_end_on_a_saturday():
    assert day("part-payment") < ANSWERS["after-the-letter"].value
    expected = three_years_after(day("part-payment"))
    assert ANSWERS["after-the-payment"].value == expected == date(2028, 1, 15)
    assert expected.strftime("%A") == "Saturday"
    found = limitation(
        [
            Reset(FACTS["last-due"], "due"),
            Reset(FACTS["letter-delivered"], "demand"),
            Reset(day("part-payment"), "part_payment"),
        ]
    )
    assert found.expires == expected


def test_letter_payment_and_request_start_them_anew_and_the_text_message_does_not():
    events = {
        "text": Reset(day("bulk-sms"), "demand", arrived=False),
        "letter": Reset(day("letter-delivered"), "demand"),
        "payment": Reset(day("part-payment"), "part_payment"),
        # a request to a mediation committee works like a suit from its day on
        "request": Reset(day("mediation-request"), "suit"),
    }
    found = limitation([Reset(FACTS["last-due"], "due"), *events.values()])
    names = {reset: name for name, reset in events.items()}
    counted = [names[reset] for reset in found.counted if reset in names]
    assert ANSWERS["what-restarts"].value == counted == ["letter", "payment", "request"]
    # what happens inside the bank, or is only posted, has reached nobody
    assert options("what-restarts") - set(events) == {"entry", "posting"}


def test_the_number_was_known_to_be_dead_before_the_text_message():
    assert day("number-dead") < day("bulk-sms")
    assert "not delivered" in FACTS["sms-line"]["en"]
    due, sms = Reset(FACTS["last-due"], "due"), Reset(day("bulk-sms"), "demand", arrived=False)
    assert limitation([due, sms]).expires == limitation([due]).expires
    assert ANSWERS["dead-number"].value == "nothing"


def test_the_channels_are_ordered_by_cost_for_one_account(channels):
    cost = {name: row["cost_total"] / row["accounts_tried"] for name, row in channels.items()}
    assert ANSWERS["order-by-cost"].value == sorted(cost, key=cost.get)
    assert cost == pytest.approx(
        {
            "text_message": 0.05,
            "ordinary_letter": 1.8,
            "call": 6,
            "registered_letter": 22,
            "visit": 180,
        }
    )
    assert options("order-by-cost") == options("order-by-reach") == set(channels)


def test_the_memo_names_the_prices_of_the_trial(channels):
    prices = {"0.05", "1.80", "6", "22", "180"}
    assert {f"{row['cost_total'] / row['accounts_tried']:.2f}" for row in channels.values()} == {
        f"{float(price):.2f}" for price in prices
    }
    for price in prices:
        assert price in DOCUMENTS["review-memo"]["en"]
        assert price in DOCUMENTS["review-memo"]["zh"]


def test_the_channels_are_ordered_by_reach(channels):
    reach = {
        name: row["accounts_reached"] / row["accounts_tried"] for name, row in channels.items()
    }
    assert ANSWERS["order-by-reach"].value == sorted(reach, key=reach.get, reverse=True)
    assert reach == pytest.approx(
        {
            "registered_letter": 0.85,
            "ordinary_letter": 0.8,
            "text_message": 0.65,
            "visit": 0.6,
            "call": 0.25,
        }
    )


def test_a_proof_by_registered_letter_cost_25_88(channels):
    row = channels["registered_letter"]
    assert round(row["cost_total"] / row["proof_kept"], 2) == 25.88
    assert ANSWERS["cost-of-a-proof"].value == 25.88
    assert channels["ordinary_letter"]["proof_kept"] == 0


def test_the_plan_leaves_a_tenth_of_the_surplus_to_the_household():
    surplus = FACTS["income"] - FACTS["essentials"] - FACTS["priority-debts"]
    assert surplus == 820
    most = surplus * (100 - FACTS["buffer"]) / 100
    assert ANSWERS["most-for-the-plan"].value == most == 738
    assert 600 <= most < 800


def test_the_household_form_adds_up():
    rows = [row.split("|")[2] for row in DOCUMENTS["budget"]["zh"].splitlines() if row[:1] == "|"]
    figures = [int(cell) for cell in map(str.strip, rows) if cell.isdigit()]
    income, *costs, essentials, hospital = figures
    assert (income, essentials, hospital) == (5450, 4250, 380)
    assert sum(costs) == essentials


def test_the_call_at_7_40_lies_in_the_hour_that_the_customer_named():
    at = EVENTS["morning-call"].at
    assert at.strftime("%A %H:%M") == "Monday 07:40"
    assert "Monday to Wednesday, 7:30 to 8:30" in DOCUMENTS["call-note"]["en"]
    assert not isinstance(rule("CN-05", at.date()), NotInForce)
    assert "CN-05" in allowed(Contact(at=at)).rules
    assert "CN-05" not in allowed(Contact(at=at, hours_agreed=True)).rules
    assert ANSWERS["early-call"].value == "agreed"


def test_three_points_of_the_visit_plan_must_change():
    plan = {
        "a": {},
        "b": {"staff": 1},
        "c": {},
        "d": {"recorded": False},
        "e": {"entered": True, "entry_consent": True},
        "f": {"posted": True},
    }
    right = {"staff": 2, "id_shown": True, "recorded": True, "entered": False, "posted": False}
    at = datetime(2026, 3, 5, 18, 30)  # noqa: DTZ001  # the customer's own time
    wrong = [
        point
        for point, change in plan.items()
        if "CN-09" in allowed(Contact(at=at, channel="visit", **{**right, **change})).rules
    ]
    assert ANSWERS["visit-draft"].value == wrong == ["b", "d", "f"]
    assert options("visit-draft") == set(plan)


def test_the_rule_on_visits_measures_the_draft_and_not_the_years_before():
    assert isinstance(rule("CN-09", day("mediation")), NotInForce)
    assert not isinstance(rule("CN-09", day("visit-plan")), NotInForce)


def test_rules_that_are_not_verified_are_called_provisional():
    for name, how in KEY.rules.items():
        found = rule(name, day("visit-plan"))
        assert found.provisional == ("provisional" in how["en"]) == ("暂定" in how["zh"]), name


def test_both_cases_share_what_happened_before_they_part():
    theirs = {event.id: event for event in TWIN.case.timeline}
    for name in KEY.mirror.shared:
        ours = EVENTS[name]
        assert (ours.at, ours.kind, ours.text) == (
            theirs[name].at,
            theirs[name].kind,
            theirs[name].text,
        )
    parting = EVENTS[KEY.mirror.parting].at
    assert parting == theirs[TWIN.key.mirror.parting].at
    assert KEY.mirror.shared == TWIN.key.mirror.shared


def test_both_cases_hold_the_same_memo_and_the_same_report():
    theirs = {document.id: document for document in TWIN.case.documents}
    for document in CASE.documents:
        if document.id in {"review-memo", "sms-report"}:
            assert document == theirs[document.id]


def test_the_written_task_is_worth_ten_to_fifteen_points():
    (task,) = KEY.write_ups
    assert sum(max(level.points for level in one.levels) for one in task.rubric) == 13


def test_the_model_answer_names_both_days_in_both_languages():
    (task,) = KEY.write_ups
    for figure in ("10 May 2027", "15 January 2028"):
        assert figure in task.answer["en"]
    for figure in ("2027年5月10日", "2028年1月15日"):
        assert figure in task.answer["zh"]
