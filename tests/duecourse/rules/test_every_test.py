"""Every machine test finds what breaks it, leaves alone what does not, and knows its first day."""

from datetime import date, datetime, time, timedelta

import pandas as pd
import pytest

from duecourse.rules import Contact, allowed, audit
from duecourse.rules.book import entries


class Day:
    """A day so many days from the one that is judged."""

    def __init__(self, away):
        self.away = away


CALL = {"channel": "call", "outcome": "right_party"}
TALK = {**CALL, "role": "debtor"}
MISSED = {**CALL, "outcome": "no_answer"}
VISIT = {"channel": "visit", "outcome": "right_party"}
CARD = {"product": "credit_card"}
THIRD = {"role": "third_party", "number": "000-0000-0199"}
LETTER = {
    "channel": "letter",
    **CARD,
    **{
        f"{name}_shown": True
        for name in ["name", "balance", "reason", "rights", "query", "objection", "contact", "seal"]
    },
}
COLLECT = {"purpose": "collect"}
# what breaks a test, and the nearest thing that does not: changes of the last contact, or all of them
TESTS = {
    "CN-01 repealed_law": (
        {"cites": "《合同法》第一百零七条", "fact_on": Day(0)},
        {"fact_on": date(2020, 12, 31)},
    ),
    "CN-02 time_barred_court_threat": (
        {"content": "court_threat", "time_barred": True},
        {"time_barred": False},
    ),
    "CN-03 guarantee_expired": (
        {"role": "guarantor", **COLLECT, "guarantee_until": Day(-1)},
        {"guarantee_until": Day(0)},
    ),
    "CN-04 assignment_without_notice": (
        {"assigned_on": Day(-30), "assignment_notified_on": Day(1)},
        {"assignment_notified_on": Day(0)},
    ),
    "CN-05 hours": ({"clock": time(22), "hours_agreed": False}, {"clock": time(21, 59)}),
    "CN-06 connected_calls": ([TALK] * 4, {"outcome": "no_answer"}),
    "CN-06 connected_notifications": (
        [{**TALK, "mode": "notification"}] * 4,
        {"mode": "interactive"},
    ),
    "CN-06 unanswered_attempts": (
        [{**MISSED, "number": "000-0000-0101"}] * 7,
        {"number": "000-0000-0102"},
    ),
    "CN-07 third_party_asked_to_pay": ({**THIRD, **CARD, **COLLECT}, {"purpose": "locate"}),
    "CN-08 third_party_while_reachable": (
        {**THIRD, "debtor_unreachable": False},
        {"debtor_unreachable": True},
    ),
    "CN-08 disclosure": ({**THIRD, "disclosed": True}, {"disclosed": False}),
    "CN-08 third_party_refused": (
        [{**THIRD, **CALL, "outcome": "refused"}, {**THIRD, **CALL}],
        {"number": "000-0000-0198"},
    ),
    "CN-09 visit_staff": ({**VISIT, "staff": 1}, {"staff": 2}),
    "CN-09 visit_record": ({**VISIT, "recorded": False}, {"recorded": True}),
    "CN-09 visit_identity": ({**VISIT, "id_shown": False}, {"id_shown": True}),
    "CN-09 visit_entry": (
        {**VISIT, "entered": True, "entry_consent": False},
        {"entry_consent": True},
    ),
    "CN-09 posting": ({"channel": "posting"}, {"channel": "letter"}),
    "CN-10 detention_or_entry": ({"content": "detention"}, {"content": ""}),
    "CN-11 false_authority": ({"content": "false_authority"}, {"content": ""}),
    "CN-11 identity_at_first_contact": ({**TALK, "identified": False}, {"identified": True}),
    "CN-12 extra_charge": ({"content": "extra_charge"}, {"content": ""}),
    "CN-12 new_borrowing": ({"content": "insult; new_borrowing"}, {"content": "insult"}),
    "CN-13 spouse_without_grounds": (
        {
            "role": "spouse",
            **COLLECT,
            "joint_signature": False,
            "ratified": False,
            "household_need": False,
            "use_proven": False,
        },
        {"household_need": True},
    ),
    "CN-14 heir_renounced": ({"role": "heir", **COLLECT, "renounced": True}, {"renounced": False}),
    "CN-14 more_than_the_estate": (
        {"role": "heir", **COLLECT, "claimed": 50_001.0, "estate_share": 50_000.0},
        {"claimed": 50_000.0},
    ),
    "CN-15 retention": ({**CARD, "kept_until": Day(729)}, {"kept_until": Day(730)}),
    "CN-15 letter": ({**LETTER, "seal_shown": False}, {"seal_shown": True}),
    "CN-15 open_objection": (
        {**CARD, "disputed_on": Day(0), "dispute_answered_on": Day(1)},
        {"dispute_answered_on": Day(0)},
    ),
    "CN-17 pretext": ({"content": "pretext"}, {"content": ""}),
    "CN-22 harassment": ({"content": "harassment"}, {"content": "court_threat"}),
    "CN-22 letters_only": ({**CALL, "letters_only": True}, {"channel": "letter"}),
    "CN-25 data_trade": ({"content": "data_trade"}, {"content": ""}),
    "CN-26 illegal_debt_by_force": (
        {"content": "threat", "illegal_debt": True},
        {"illegal_debt": False},
    ),
    "CN-27 threats": ({"content": "extortion"}, {"content": ""}),
    "CN-28 outsourced_without_notice": (
        {"party": "agency", "outsourced_on": Day(-1), "outsourcing_notified_on": Day(1)},
        {"outsourcing_notified_on": Day(0)},
    ),
    "CN-34 agency_review": (
        {"party": "agency", "reviewed_on": Day(-366)},
        {"reviewed_on": Day(-365)},
    ),
    "CN-35 certificate": ({"certified_on": Day(-366)}, {"certified_on": Day(-365)}),
    "CN-36 violence_or_harassment": (
        {"lender": "consumer_finance", "content": "harassment"},
        {"lender": "bank"},
    ),
    "CN-36 third_party_asked_to_pay": (
        {"lender": "consumer_finance", **THIRD, **COLLECT},
        {"role": "debtor"},
    ),
    "US-01 seven_in_seven": ([*[{**MISSED, "away": -6}] * 7, MISSED], {"call_agreed": True}),
    "US-01 after_conversation": ([{**TALK, "away": -6}, MISSED], {"away": 1}),
    "US-02 hours": ({"clock": time(21, 1), "hours_agreed": False}, {"clock": time(21)}),
    "US-02 known_inconvenient": ({"inconvenient": True}, {"inconvenient": False}),
    "US-03 represented": ({"represented": True}, {"role": "representative"}),
    "US-03 workplace": ({"workplace_forbidden": True}, {"workplace_forbidden": False}),
    "US-04 disclosure": ({**THIRD, "disclosed": True}, {"disclosed": False}),
    "US-04 not_location": ({**THIRD, **COLLECT}, {"purpose": "locate"}),
    "US-04 located_again": (
        [{**THIRD, **CALL, "purpose": "locate"}] * 2,
        {"number": "000-0000-0198"},
    ),
    "US-05 ceased": ({"opted_out": True, **COLLECT}, {"purpose": "inform"}),
    "US-06 abuse": ({"content": "insult"}, {"content": ""}),
    "US-06 publication": ({"posted": True}, {"posted": False}),
    "US-06 anonymous": ({**TALK, "identified": False}, {"outcome": "no_answer"}),
    "US-07 false_or_unfair": ({"content": "false_law"}, {"content": ""}),
    "US-08 validation": ({**TALK, "validation_sent_on": Day(6)}, {"validation_sent_on": Day(5)}),
    "US-08 open_dispute": (
        {"disputed_on": Day(-3), "dispute_answered_on": Day(1)},
        {"dispute_answered_on": Day(0)},
    ),
    "US-09 time_barred_court_threat": (
        {"content": "court_threat", "time_barred": True},
        {"content": ""},
    ),
    "US-10 retention": ({"kept_until": date(2024, 11, 29)}, {"kept_until": date(2024, 11, 30)}),
    "US-11 opt_out": (
        {"channel": "email", "opt_out_offered": False},
        {"opt_out_offered": True},
    ),
    "UK-03 disbelief": ({"content": "hardship_dismissed"}, {"content": ""}),
    "UK-04 offer_refused": ({"content": "offer_refused"}, {"content": ""}),
    "UK-05 pressure": ({"content": "pressure"}, {"content": ""}),
    "UK-06 adviser_pause": ({"adviser_from": Day(-29)}, {"adviser_from": Day(-30)}),
    "UK-08 misleading": ({"content": "false_authority"}, {"content": ""}),
    "UK-09 vulnerable_customer_pressed": (
        {"vulnerable": True, **COLLECT, "specialist": False},
        {"specialist": True},
    ),
    "UK-10 time_barred_court_threat": (
        {"content": "court_threat", "time_barred": True},
        {"time_barred": False},
    ),
    "UK-11 moratorium": ({"moratorium_from": Day(-59)}, {"moratorium_from": Day(-60)}),
    "UK-11 crisis_moratorium": (
        {"moratorium_from": Day(-200), "moratorium_until": Day(0), "moratorium_crisis": True},
        {"moratorium_until": Day(-1)},
    ),
}
# of an account, at the day in the named column
ACCOUNTS = {
    "CN-23 dispute_answered_late": (
        {"report_disputed_on": Day(0), "report_answered_on": Day(21)},
        {"report_answered_on": Day(20)},
    ),
    "CN-29 plan_too_long": (
        {"plan_agreed_on": Day(0), "plan_months": 61, **CARD},
        {"plan_months": 60},
    ),
    "CN-30 charges_above_principal": (
        {"charged_on": Day(0), "charges": 1001.0, "principal": 1000.0, **CARD},
        {"charges": 1000.0},
    ),
    "CN-32 all_in_cost": (
        {"signed_on": Day(0), "all_in_rate": 0.25, "internet_assisted": True},
        {"all_in_rate": 0.24},
    ),
}


def versions():
    """Every test with the first day of each version that holds it, and of its rule's first one."""
    for entry in entries():
        firsts = {}
        for version in entry.versions:
            for test in (one for one in version.tests if one.of == "contacts"):
                first = firsts.setdefault(test.name, version.start)
                yield pytest.param(
                    f"{entry.id} {test.name}",
                    version.start,
                    first,
                    id=f"{entry.id}-{test.name}-{version.start}",
                )


def filled(values, on):
    return {
        name: on + timedelta(days=value.away) if isinstance(value, Day) else value
        for name, value in values.items()
    }


def contacts(given, on):
    """Contacts of one account, a minute apart, the last one on the day."""
    found = []
    for minute, one in enumerate([given] if isinstance(given, dict) else given):
        values = {"account_id": "账户一", "channel": "call", "role": "debtor"} | filled(one, on)
        day = on + timedelta(days=values.pop("away", 0))
        at = datetime.combine(day, values.pop("clock", time(10, minute)))
        found.append(values | {"at": at})
    return found


def changed(given, change):
    *before, last = [given] if isinstance(given, dict) else given
    return [*before, {**last, **change}]


def table(rows):
    log = pd.DataFrame(rows)
    for name in log.columns:
        if isinstance(log[name].dropna().iloc[0], date):
            log[name] = pd.to_datetime(log[name])
    return log


def found_by_audit(rows, jurisdiction, accounts=None):
    found = audit(table(rows), jurisdiction, accounts)
    last = len(rows) - 1 if accounts is None else None
    return {
        f"{one.rule} {one.test}"
        for one in found.itertuples()
        if last is None or one.event_id == last
    }


def found_alone(rows, jurisdiction):
    *past, last = (Contact(**row) for row in rows)
    verdict = allowed(last, past, jurisdiction)
    return {f"{one.rule} {one.test}" for one in (*verdict.breaches, *verdict.advice)}


def test_no_test_is_forgotten_here():
    known = {f"{one.id} {test.name}" for one in entries() for v in one.versions for test in v.tests}
    assert known == {*TESTS, *ACCOUNTS, "CN-31 private_rate"}


@pytest.mark.parametrize(("name", "on", "first"), [*versions()])
def test_a_breach_is_found_from_the_first_day_on_and_not_before(name, on, first):
    breaks, spares = TESTS[name]
    jurisdiction = name[:2]
    for found in (found_by_audit, found_alone):
        assert name in found(contacts(breaks, on), jurisdiction)
        assert name not in found(contacts(changed(breaks, spares), on), jurisdiction)
        eve = first - timedelta(days=1)
        assert name not in found(contacts(breaks, eve), jurisdiction)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_account_breaks_a_rule_from_its_first_day_on_and_not_before(name):
    breaks, spares = ACCOUNTS[name]
    first = next(one for one in entries() if one.id == name[:5]).versions[0].start
    log = contacts({}, first)

    def account(values, on):
        return table([{"account_id": "账户一"} | filled(values, on)])

    assert name in found_by_audit(log, "CN", account(breaks, first))
    assert name not in found_by_audit(log, "CN", account({**breaks, **spares}, first))
    assert name not in found_by_audit(log, "CN", account(breaks, first - timedelta(days=1)))


def test_a_private_rate_is_held_against_the_prime_rate_where_that_is_known():
    def found(rate, signed, lender="private"):
        row = {"account_id": 1, "signed_on": signed, "yearly_rate": rate, "lender": lender}
        return audit(table(contacts({}, date(2026, 3, 2))), "CN", table([row]))

    # 4 x 3.0% = 12.0%
    assert found(0.121, date(2025, 6, 1))["rule"].tolist() == ["CN-31"]
    assert found(0.121, date(2025, 6, 1))["provisional"].tolist() == [True]
    assert found(0.12, date(2025, 6, 1)).empty
    assert found(0.36, date(2025, 6, 1), "bank").empty
    unknown = found(0.36, date(2024, 6, 1))
    assert unknown.empty
    assert "private_rate" in set(unknown.not_tested["test"])
