"""What the key of "promises-nobody-watched" answers, worked out again from its tables."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from duecourse.ageing import bucket
from duecourse.calls.courses import courses, shortfall
from duecourse.calls.engine import replay
from duecourse.calls.scoring import score, score_of
from duecourse.cases.files import read
from duecourse.promises import BROKEN, KEPT, PARTLY, kept_rates, outcome
from duecourse.rules import Contact, allowed, audit
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "failure" / "promises-nobody-watched")
CASE, KEY = FILE.case, FILE.key
FACTS = {fact.id: fact.value for fact in CASE.facts}
ANSWERS = {answer.id: answer for answer in KEY.answers}
DOCUMENTS = {document.id: document.text for document in CASE.documents}
(SCRIPT,) = CASE.calls
CALL = KEY.calls[SCRIPT.id]
AS_OF = FACTS["quarter_to"]


def right(name, value):
    """Whether a value worked out here is the key's, within the key's own tolerance."""
    answer = ANSWERS[name]
    return value == pytest.approx(answer.value, abs=answer.tolerance)


@pytest.fixture(scope="module")
def outcomes():
    return outcome(
        FILE.table("promises"),
        FILE.table("payments"),
        AS_OF,
        tolerance=FACTS["enough"] / 100,
        grace_days=FACTS["grace"],
    )


@pytest.fixture(scope="module")
def follow_ups():
    return FILE.table("follow_ups")


def test_forty_promises_of_a_hundred_thousand_yuan(outcomes):
    assert len(outcomes) == FACTS["promises"] == 40
    assert outcomes["amount"].sum() == FACTS["promised"] == 100_000
    assert outcomes["account_id"].is_unique
    assert outcomes["made_on"].min().date() >= FACTS["quarter_from"]
    assert (outcomes["due_on"].max() + timedelta(days=3)).date() <= AS_OF


def test_they_fall_into_four_groups(outcomes):
    full = outcomes["strict"] == KEPT
    nearly = (outcomes["tolerant"] == KEPT) & ~full
    partly, nothing = outcomes["tolerant"] == PARTLY, outcomes["tolerant"] == BROKEN
    found = {
        name: (int(group.sum()), *outcomes.loc[group, ["amount", "paid_within_grace"]].sum())
        for name, group in {
            "full": full,
            "nearly": nearly,
            "partly": partly,
            "nothing": nothing,
        }.items()
    }
    assert found == {
        "full": (18, 46_000, 46_000),
        "nearly": (4, 10_000, 9_500),
        "partly": (6, 14_000, 5_200),
        "nothing": (12, 30_000, 0),
    }


def test_the_rates_are_those_of_the_key(outcomes):
    rates = kept_rates(outcomes).loc["all"]
    assert rates["due"] == 40
    assert right("strict_rate", 100 * rates["strict_rate"])
    assert right("tolerant_rate", 100 * rates["tolerant_rate"])
    assert right("cash_ratio", 100 * rates["cash_ratio"])
    assert right("missing", rates["promised"] - rates["paid"])


def test_a_returned_payment_would_make_the_ratio_too_high():
    payments = FILE.table("payments")
    assert payments["amount"].sum() == 60_700
    assert payments.loc[payments["amount"] > 0, "amount"].sum() == 62_700
    assert (payments["amount"] < 0).sum() == 1


def test_one_promise_is_kept_at_both_edges_of_the_tolerant_view(outcomes):
    payments = FILE.table("payments").set_index("account_id")
    edge = outcomes[outcomes["paid_within_grace"] == 0.9 * outcomes["amount"]].iloc[0]
    assert edge["tolerant"] == KEPT
    assert payments.loc[edge["account_id"], "paid_on"] == edge["due_on"] + timedelta(days=3)


def test_the_agency_counts_whoever_paid_anything(outcomes):
    paid = (outcomes["paid_within_grace"] > 0).sum()
    assert paid == 28
    assert 100 * paid / len(outcomes) == FACTS["reported_rate"] == 70
    assert ANSWERS["reported"].value == "any_payment"
    assert "28 of 40" in DOCUMENTS["quarter_report"]["en"]
    assert "40户中28户" in DOCUMENTS["quarter_report"]["zh"]


def test_the_review_is_overdue_by_212_days():
    last, within = FACTS["reviewed_on"], FACTS["review_within"]
    assert ANSWERS["review_due"].value == last + timedelta(days=within) == date(2025, 11, 30)
    assert right("review_overdue", (AS_OF - last).days - within)
    months = (AS_OF.year - last.year) * 12 + AS_OF.month - last.month
    assert (months, AS_OF.day) == (19, last.day)


def test_every_call_of_the_quarter_was_made_by_an_agency_whose_review_was_overdue(follow_ups):
    log = follow_ups.assign(reviewed_on=FACTS["reviewed_on"], purpose="collect")
    found = audit(log)
    assert set(found["rule"]) == {"CN-34"}
    assert len(found) == len(log) == 12
    assert found["provisional"].all()


def test_eleven_promises_were_never_asked_about_and_seven_late(outcomes, follow_ups):
    failed = outcomes[outcomes["tolerant"] != KEPT].set_index("account_id")
    assert len(failed) == 18
    first = follow_ups.groupby("account_id")["at"].min().dt.normalize()
    waits = (first - failed["due_on"]).dropna().dt.days
    assert sorted(waits) == [12, 19, 23, 26, 31, 39, 44]
    assert right("never_asked", len(failed) - len(waits))
    assert right("wait", waits.median())


def test_three_calls_went_to_customers_who_had_paid(outcomes, follow_ups):
    kept = outcomes[outcomes["tolerant"] == KEPT]["account_id"]
    calls = follow_ups[follow_ups["account_id"].isin(kept)]
    paid = FILE.table("payments").groupby("account_id")["paid_on"].max()
    assert len(calls) == 3
    assert (calls["at"] > calls["account_id"].map(paid)).all()


def test_six_of_the_twelve_rolled_beyond_sixty_days(outcomes):
    nothing = outcomes[outcomes["tolerant"] == BROKEN]
    days = (pd.Timestamp(AS_OF) - nothing["oldest_due_on"]).dt.days
    assert sorted(days, reverse=True) == [102, 95, 79, 77, 76, 62, 56, 53, 50, 43, 41, 39]
    assert right("rolled", (bucket(days) >= 3).sum())
    assert (days > 60).sum() == 6


def test_all_forty_were_in_the_first_bucket_when_they_promised(outcomes):
    days = (outcomes["made_on"] - outcomes["oldest_due_on"]).dt.days
    assert (bucket(days) == 1).all()


def test_liangs_promise_stands_in_the_table(outcomes, follow_ups):
    [promise] = outcomes[outcomes["promise_id"] == "P19"].to_dict("records")
    assert promise["amount"] == FACTS["liang_promise"] == 2600
    assert promise["due_on"].date() == FACTS["liang_due"]
    assert promise["tolerant"] == BROKEN
    [call] = follow_ups[follow_ups["account_id"] == promise["account_id"]].to_dict("records")
    [late] = CASE.transcripts
    assert call["at"].to_pydatetime() == late.at
    assert (late.at.date() - FACTS["liang_due"]).days == 39
    assert FACTS["liang_rang"] - FACTS["liang_due"] == timedelta(days=1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_the_spreadsheet_agrees_with_the_table(language, outcomes):
    for row in outcomes[outcomes["promise_id"].isin(["P17", "P18", "P19", "P20"])].itertuples():
        [line] = [
            one
            for one in DOCUMENTS["sheet"][language].splitlines()
            if one.startswith(f"| {row.promise_id} ")
        ]
        assert row.account_id in line
        assert f"{row.amount:,.0f}" in line


def broken(calendar, picked_up):
    """Return the rules that a calendar breaks where every call, or none, is picked up."""
    past, rules = [], set()
    for row in FILE.rows("calendars"):
        if row.pop("calendar") != calendar:
            continue
        row.pop("event_id")
        at = datetime.fromisoformat(row.pop("at"))
        answer = "right_party" if picked_up else "no_answer"
        ended = answer if row["channel"] == "call" else "delivered"
        contact = Contact(at=at, outcome=ended, **row)
        verdict = allowed(contact, past)
        rules |= {*verdict.rules, *(one.rule for one in verdict.advice)}
        past.append(contact)
    return rules


@pytest.mark.parametrize("picked_up", [True, False])
def test_two_calendars_break_hours_or_frequency(picked_up):
    found = {name: broken(name, picked_up) for name in "ABCD"}
    assert found == {"A": set(), "B": {"CN-06"}, "C": {"CN-05"}, "D": set()}


def test_of_the_other_two_only_one_asks_in_time():
    due = date(2026, 7, 10)
    calls = [row for row in FILE.rows("calendars") if row["channel"] == "call"]
    first = {}
    for row in calls:
        first.setdefault(row["calendar"], date.fromisoformat(row["at"][:10]))
    in_time = {name for name, day in first.items() if (day - due).days <= 7}
    assert in_time == {"A", "B", "C"}
    assert in_time - {"B", "C"} == {ANSWERS["calendar"].value} == {"A"}
    # it asks on the first day after the grace, and not before
    assert first["A"] == due + timedelta(days=FACTS["grace"] + 1)


def test_calendar_b_dials_one_number_eight_times_on_a_day():
    rows = [row for row in FILE.rows("calendars") if row["calendar"] == "B"]
    assert len({(row["number"], row["at"][:10]) for row in rows}) == 1
    assert len(rows) == 8
    assert {row["party"] for row in rows} == {"lender", "agency"}


def test_nobody_was_in_charge():
    assert ANSWERS["cause"].value == KEY.lesson.illustrates == "follow_up"
    assert "empty in 40 of 40 lines" in DOCUMENTS["audit_note"]["en"]
    assert "40行全空" in DOCUMENTS["audit_note"]["zh"]


def test_the_best_course_ends_in_a_plan_that_fits_and_earns_full_marks():
    assert shortfall(SCRIPT, CALL) == ""
    found = score(SCRIPT, CALL, CALL.best)
    assert found.end == "affordable_promise"
    promise = replay(SCRIPT, CALL.best).state.promise
    assert promise.amount * promise.payments == 1800
    surplus = 3400 - (1100 + 950 + 200 + 200) - 300
    assert surplus == 650
    # with the usual buffer of a tenth; the others that are offered exceed it
    assert promise.amount <= 0.9 * surplus == 585
    offered = [one.promise.amount for one in SCRIPT.nodes["budget"].options]
    assert sorted(offered) == [450, 600, 900]


def test_the_call_is_made_on_the_first_day_after_the_grace():
    assert SCRIPT.at.date() == date(2026, 7, 5) + timedelta(days=FACTS["grace"] + 1)


def test_threats_and_his_sister_earn_nothing():
    for course in courses(SCRIPT):
        if {"court", "sister"} & {*course.choices}:
            assert score_of(course, CALL).total == 0


def test_an_unlawful_way_is_never_the_best_one():
    for course in courses(SCRIPT, most=200):
        found = score_of(course, CALL)
        if found.lawfulness < 1:
            assert found.total < 0.95


def test_a_promise_too_large_is_no_good_end():
    found = score(SCRIPT, CALL, ["intro", "open_up", "listen", "lump", "write"])
    assert (found.end, found.outcome) == ("promise", 0.3)
    assert found.total < 0.8
