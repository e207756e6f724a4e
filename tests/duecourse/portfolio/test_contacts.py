"""The contact log: lawful hours but for a few, nobody by telephone who asked for letters, promises kept as told."""

import numpy as np
import pandas as pd
import pytest

from duecourse import portfolio, promises
from duecourse.portfolio import simulation
from duecourse.portfolio.parameters import changed
from duecourse.portfolio.state import CALL
from tests.duecourse.portfolio.watching import UNTIL, watched


def test_who_asked_for_letters_gets_nothing_but_letters(book):
    asked = book.accounts.query("letters_only")["account_id"]
    to_them = book.contact_log[book.contact_log["account_id"].isin(asked)]
    assert len(to_them) > 20
    assert to_them["channel"].eq("letter").all()
    assert not book.promises["account_id"].isin(asked).any()


def test_calls_outside_the_hours_are_the_breaches_and_no_others():
    seen = watched(6, 4_000, 18, p=changed(breach=0.05))
    log = seen.book.contact_log
    outside = ~log["at"].dt.hour.between(8, 21)
    breaches = sum(one.done.breaches.sum() for one in seen.months)
    calls = sum(one.done.calls.sum() for one in seen.months)
    assert outside.sum() == breaches > 50
    assert breaches / calls == pytest.approx(0.05, abs=0.01)
    assert log.loc[outside, "channel"].eq("call").all()
    assert log["at"].dt.hour.between(9, 22).all()


def test_without_breaches_every_contact_lies_in_the_hours():
    log = portfolio.simulate(6, 2_000, 18, UNTIL, p=changed(breach=0.0)).book.contact_log
    assert log["at"].dt.hour.between(9, 19).all()


def test_contacts_are_numbered_in_the_order_of_time(book):
    log = book.contact_log
    assert log["contact_id"].tolist() == list(range(1, len(log) + 1))
    month = log["at"].dt.to_period("M")
    assert month.is_monotonic_increasing
    assert log.groupby(month)["at"].is_monotonic_increasing.all()


def test_only_an_account_past_due_at_the_beginning_of_the_month_is_contacted(book):
    snapshot = book.monthly_snapshot.copy()
    snapshot["before"] = snapshot.groupby("account_id")["bucket"].shift().fillna(0)
    log = book.contact_log.copy()
    log["month"] = (log["at"].dt.normalize() + pd.offsets.MonthEnd(0)).astype("datetime64[ms]")
    known = log.merge(snapshot, on=["account_id", "month"], how="left")
    assert (known["before"] > 0).all()
    channel = known["treatment"].map(
        {"reminder": "sms", "call": "call", "plan": "call", "letter": "letter"}
    )
    assert (channel.astype(str) == known["channel"].astype(str)).all()


def test_calls_end_with_the_conversation_and_a_number_of_somebody_else_brings_none(book):
    calls = book.contact_log[book.contact_log["channel"] == "call"]
    month = calls["at"].dt.to_period("M")
    talked = calls["outcome"].eq("right_party")
    assert talked.groupby([calls["account_id"], month]).sum().max() == 1
    day = calls["at"].dt.normalize()
    last = day.groupby([calls["account_id"], month]).transform("max")
    assert (day[talked] == last[talked]).all()
    moved = book.accounts.query("number_status == 'reassigned'")["account_id"]
    theirs = calls[calls["account_id"].isin(moved)]
    assert len(theirs) > 50
    assert not theirs["outcome"].eq("right_party").any()
    assert theirs["outcome"].eq("wrong_party").mean() > 0.2


def test_at_most_one_call_in_a_few_hours_reaches_the_same_account(book):
    calls = book.contact_log[book.contact_log["channel"] == "call"]
    a_day = calls.groupby(["account_id", calls["at"].dt.normalize()]).size()
    assert a_day.max() <= 3


def test_nothing_is_told_in_a_call_that_nobody_answers():
    log = portfolio.simulate(
        2, 6_000, 24, UNTIL, p=changed(third_party=(0.5, 0.5))
    ).book.contact_log
    told = log[log["disclosed"]]
    assert len(told) > 50
    assert told["outcome"].eq("wrong_party").all()
    assert told["role"].eq("third_party").all()
    assert told["number"].eq("other").all()


def test_letters_name_no_number_and_calls_do(book):
    log = book.contact_log
    assert log.loc[log["channel"] == "letter", "number"].isna().all()
    assert log.loc[log["channel"] != "letter", "number"].notna().all()
    assert log["number"].eq("other").eq(log["role"].eq("third_party")).all()


def test_a_complaint_follows_a_contact_of_the_same_month():
    book = portfolio.simulate(3, 4_000, 24, UNTIL, p=changed(complaint=(0.02, 8))).book
    assert len(book.complaints) > 100
    both = book.complaints.merge(book.contact_log, on="account_id")
    before = (both["at"].dt.normalize() <= both["received_on"]) & (
        both["at"].dt.to_period("M") == both["received_on"].dt.to_period("M")
    )
    assert set(both.loc[before, "complaint_id"]) == set(book.complaints["complaint_id"])
    open_ = book.complaints["answered_on"].isna()
    assert open_.any()
    assert not book.complaints.loc[open_, "upheld"].any()
    late = book.complaints.loc[open_, "received_on"]
    assert (late > book.until - pd.Timedelta(days=26)).all()


def test_a_number_of_somebody_else_complains_about_the_wrong_person():
    book = portfolio.simulate(3, 4_000, 24, UNTIL, p=changed(complaint=(0.05, 8))).book
    status = book.accounts.set_index("account_id")["number_status"]
    moved = book.complaints["account_id"].map(status).eq("reassigned")
    assert moved.any()
    assert moved.eq(book.complaints["cause"].eq("wrong_person")).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_promise_is_kept_just_where_the_ledger_says_so(seed):
    seen = watched(seed, 4_000, 24, simulation.always(CALL))
    book = seen.book
    told = np.concatenate([one.done.kept[one.done.promise_due > 0] for one in seen.months])
    # the model speaks of 90% within three days
    judged = promises.outcome(book.promises, book.payments, book.until)
    assert len(told) == len(book.promises) > 500
    assert (judged["tolerant"] != "not_due").all()
    assert (judged["tolerant"].eq("kept") == told).all()
    late = judged["strict"].ne("kept") & judged["tolerant"].eq("kept")
    assert 0.05 < late.sum() / told.sum() < 0.25


def test_a_promise_is_made_in_a_conversation_and_falls_due_in_the_same_month(book):
    made = book.promises
    assert (made["due_on"] > made["made_on"]).all()
    assert (made["due_on"].dt.to_period("M") == made["made_on"].dt.to_period("M")).all()
    log = book.contact_log[book.contact_log["outcome"] == "right_party"]
    talks = pd.MultiIndex.from_arrays([log["account_id"], log["at"].dt.normalize()])
    assert pd.MultiIndex.from_frame(made[["account_id", "made_on"]]).isin(talks).all()
    ends = (
        (made["made_on"].dt.to_period("M") - 1).dt.end_time.dt.normalize().astype("datetime64[ms]")
    )
    known = book.monthly_snapshot.set_index(["account_id", "month"])["bucket"]
    bucket = known.reindex(pd.MultiIndex.from_arrays([made["account_id"], ends]))
    assert (bucket.to_numpy() == made["bucket"].to_numpy()).all()
