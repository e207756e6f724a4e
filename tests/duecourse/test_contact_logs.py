"""The simulated contact logs: reproducible, in order, and full of what an audit looks for."""

import numpy as np
import pandas as pd
import pytest

from duecourse.columns import Unmeasurable
from duecourse.contact_logs import (
    AGENCY,
    LENDER,
    MACHINES,
    PRACTICE,
    assumptions,
    contact_log,
    practice_log,
    rates,
)
from duecourse.rules import audit
from duecourse.rules.columns import columns

EVENTS = 30_000


@pytest.fixture(scope="module")
def log():
    return contact_log(EVENTS, 3)


@pytest.fixture(scope="module")
def findings(log):
    return audit(log)


def test_the_same_numbers_give_the_same_log(log):
    pd.testing.assert_frame_equal(contact_log(EVENTS, 3), log)
    assert not contact_log(EVENTS, 4)["at"].equals(log["at"])


def test_the_practice_log_is_a_table_of_ones_own():
    first, second = practice_log(200), practice_log(200)
    pd.testing.assert_frame_equal(first, contact_log(200, PRACTICE))
    first.loc[0, "agent"] = "me"
    assert second.loc[0, "agent"] != "me"


@pytest.mark.parametrize(
    ("events", "seed"), [(0, 1), (-5, 1), (2.5, 1), (True, 1), (10**9, 1), (10, -1), (10, "a")]
)
def test_numbers_that_make_no_log_are_refused(events, seed):
    with pytest.raises(Unmeasurable):
        contact_log(events, seed)


@pytest.mark.parametrize("events", [1, 2, 37])
def test_a_small_log_is_a_log_too(events):
    found = contact_log(events, 5)
    assert len(found) == events
    audit(found)


def test_contacts_come_in_the_order_of_time_over_two_years(log):
    assert log["event_id"].tolist() == list(range(1, EVENTS + 1))
    assert log["at"].is_monotonic_increasing
    assert log["at"].min() < pd.Timestamp("2024-07-02")
    assert pd.Timestamp("2026-06-29") < log["at"].max() < pd.Timestamp("2026-07-01")
    assert (log["at"] == log["at"].dt.floor("min")).all()


def test_every_column_is_one_that_the_rules_know_and_holds_what_it_can(log):
    known = columns()
    assert set(log.columns) <= set(known)
    for name in log.columns:
        words = known[name].words
        if words is None:
            continue
        found = log[name].dropna()
        labels = found.str.split("; ").explode() if known[name].type == "labels" else found
        assert set(labels) <= set(words), name


def test_agents_work_for_their_own_party(log):
    parties = log.groupby("agent")["party"].unique().map(list)
    assert set(parties.index) == {*LENDER, *AGENCY, *MACHINES}
    for agent, found in parties.items():
        assert found == (["lender"] if agent.startswith("L") else ["agency"])


def test_machines_talk_with_nobody(log):
    written = log["agent"].isin(MACHINES)
    assert (log.loc[written, "mode"] == "notification").all()
    assert not log.loc[written, "channel"].isin(["visit", "posting"]).any()
    assert log.loc[written, "content"].isna().all()


def test_an_account_has_one_debtor_and_a_debtor_at_most_two_accounts(log):
    assert log.drop_duplicates(["account_id", "debtor_id"])["account_id"].is_unique
    accounts = log.groupby("debtor_id")["account_id"].nunique()
    assert set(accounts) == {1, 2}


def test_a_telephone_belongs_to_one_debtor_and_one_role(log):
    phones = log.dropna(subset=["number"])
    assert phones["number"].str.fullmatch(r"000-\d{4}-\d{4}").all()
    assert phones.drop_duplicates(["number", "debtor_id"])["number"].is_unique
    third = phones["role"] == "third_party"
    assert not set(phones.loc[third, "number"]) & set(phones.loc[~third, "number"])


def test_only_spoken_words_are_labelled_and_only_visits_have_staff(log):
    spoken = log["outcome"].isin(["right_party", "connected", "wrong_party", "refused"])
    assert spoken[log["content"].notna()].all()
    visits = log["channel"] == "visit"
    for name in ("staff", "recorded", "id_shown", "entered", "entry_consent"):
        assert (log[name].notna() == visits).all(), name
    assert not (visits & log["entry_consent"].fillna(False) & ~log["entered"].fillna(False)).any()


def test_what_is_disclosed_was_said_to_somebody_else(log):
    told = log[log["disclosed"]]
    stranger = (told["role"] == "third_party") | (told["outcome"] == "wrong_party")
    assert stranger.all()
    assert told["outcome"].isin(["connected", "refused", "wrong_party"]).all()


def test_days_of_facts_lie_before_the_contact(log):
    cited = log.dropna(subset=["fact_on"])
    assert cited["cites"].notna().all()
    assert (cited["fact_on"] < cited["at"]).all()
    assert (cited["fact_on"] < "2021-01-01").any()


def test_letters_are_booked_at_night_and_are_no_breach_of_the_hours(log, findings):
    letters = log[log["channel"] == "letter"]
    assert letters["at"].dt.hour.between(2, 4).all()
    nights = findings[findings["test"] == "hours"]["event_id"]
    assert not set(nights) & set(letters["event_id"])


def test_every_rule_that_the_columns_allow_finds_something(findings):
    assert set(findings["rule"]) == {
        "CN-01", "CN-05", "CN-06", "CN-07", "CN-08", "CN-09", "CN-11", "CN-12", "CN-17", "CN-22",
        "CN-27",
    }  # fmt: skip
    assert {"connected_calls", "unanswered_attempts", "third_party_refused"} <= set(
        findings["test"]
    )


def test_rules_find_nothing_before_their_first_day(findings):
    first = findings.groupby("rule")["at"].min()
    for rule, day in {"CN-05": "2025-02-28", "CN-08": "2025-02-28", "CN-09": "2026-01-30"}.items():
        assert first[rule] >= pd.Timestamp(day)
    assert first["CN-22"] < pd.Timestamp("2025-02-28")


def test_habits_differ_between_agents(log, findings):
    people = [*LENDER, *AGENCY]
    made = log.groupby("agent").size()[people]
    rate = findings.groupby("agent").size().reindex(people, fill_value=0) / made
    assert rate.max() > 1.5 * rate.min()


def test_habits_are_milder_from_the_standard_on(log):
    calls = log[(log["channel"] == "call") & ~log["hours_agreed"]]
    odd = (calls["at"].dt.hour < 8) | (calls["at"].dt.hour >= 22)
    later = calls["at"] >= "2025-02-28"
    assert odd[later].mean() < 0.95 * odd[~later].mean()


def test_agreed_hours_are_late_ones(log):
    agreed = log[log["hours_agreed"]]
    assert (agreed["at"].dt.hour >= 22).all()
    assert len(agreed) > 20


def test_both_parties_reach_the_same_debtors_on_the_same_days(log):
    day = log["at"].dt.date.rename("day")
    assert (log.groupby(["debtor_id", day])["party"].nunique() == 2).sum() > 100


def test_every_rate_is_stated_with_its_meaning_in_both_languages():
    assert set(assumptions()) == set(type(rates()).model_fields)
    for name, one in assumptions().items():
        assert {"en", "zh"} == set(one.meaning), name
        assert all(one.meaning.values()), name


def test_shares_of_one_whole_add_up():
    p = rates()
    for shares in (
        p.channels, p.debtor_call, p.third_party_call, p.machine_outcome, p.visit_outcome,
    ):  # fmt: skip
        assert np.isclose(sum(shares.values()), 1)
    assert np.isclose(sum(p.contacts_a_day), 1)
