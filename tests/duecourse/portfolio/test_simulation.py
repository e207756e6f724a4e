"""Same seed, same book; sizes and seeds are refused with the reason; hardship comes before arrears."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from duecourse import portfolio
from duecourse.columns import Unmeasurable
from duecourse.portfolio import simulation
from duecourse.portfolio.parameters import changed, standard
from duecourse.portfolio.state import CALL, CURED, LETTER, MISSED, NONE
from tests.duecourse.portfolio.watching import UNTIL, same, watched

LATENT = {"ability", "willingness", "contact", "contactability", "reach", "truth", "result"}


def test_the_same_seed_and_sizes_give_the_same_book():
    assert same(portfolio.world(5, 200, 12), portfolio.world(5, 200, 12)) == []


def test_another_seed_gives_other_tables():
    one, other = portfolio.world(5, 400, 24), portfolio.world(6, 400, 24)
    everything = set(portfolio.TABLES) - {"complaints", "hardship"}
    assert everything <= set(same(one, other))


def test_numpy_numbers_and_other_days_of_the_last_month_give_the_same_book():
    usual = portfolio.world(5, 50, 6)
    assert same(usual, portfolio.world(np.int64(5), np.int32(50), np.int8(6))) == []
    for until in ("2026-06-01", date(2026, 6, 9), pd.Timestamp("2026-06-30 23:59")):
        assert same(usual, portfolio.world(5, 50, 6, until)) == []
    assert usual.until == pd.Timestamp("2026-06-30")


def test_one_account_and_two_months_make_a_book():
    book = portfolio.validate(portfolio.world(7, 1, 2))
    assert book.accounts["account_id"].tolist() == [100_001]
    assert book.monthly_snapshot["month"].dt.strftime("%Y-%m-%d").tolist() == [
        "2026-05-31",
        "2026-06-30",
    ]
    assert book.contact_log.empty
    assert len(book.instalments) == 1


def test_a_leap_february_is_a_month_as_any_other():
    book = portfolio.validate(portfolio.world(3, 100, 3, "2024-03-31"))
    assert pd.Timestamp("2024-02-29") in book.monthly_snapshot["month"].unique()


@pytest.mark.parametrize("accounts", [0, -1, 2.5, "many", True, None])
def test_a_book_needs_at_least_one_account(accounts):
    with pytest.raises(Unmeasurable, match="'accounts' must be a whole number of at least 1"):
        portfolio.world(1, accounts, 12)


@pytest.mark.parametrize("months", [1, 0, -3, 2.0, "twelve"])
def test_a_book_needs_at_least_two_months(months):
    with pytest.raises(Unmeasurable, match="'months' must be a whole number of at least 2"):
        portfolio.world(1, 10, months)


@pytest.mark.parametrize("seed", [-1, 1.5, "seed", None])
def test_a_seed_is_a_whole_number_of_at_least_0(seed):
    with pytest.raises(Unmeasurable, match="'seed' must be a whole number of at least 0"):
        portfolio.world(seed, 10, 12)


def test_a_seed_can_be_very_large():
    assert len(portfolio.world(2**200, 10, 2).accounts) == 10


def test_what_is_too_large_is_refused_at_once():
    with pytest.raises(Unmeasurable, match=r"'months' must be at most 600\. Found: 1,000,000"):
        portfolio.world(1, 10, 1_000_000)
    with pytest.raises(Unmeasurable, match="'accounts' must be at most 10,000,000"):
        portfolio.world(1, 10**9, 12)
    with pytest.raises(Unmeasurable, match="10,000,000 accounts for 36 months are too many"):
        portfolio.world(1, 10_000_000, 36)


@pytest.mark.parametrize("until", ["2026-02-30", "2026", "June", "", "NaT", None, pd.NaT, 20260630])
def test_until_must_be_a_whole_date(until):
    with pytest.raises(Unmeasurable, match="'until' is a day such as 2026-06-30"):
        portfolio.world(1, 10, 12, until)


@pytest.mark.parametrize("until", ["1969-12-31", "2201-01-01"])
def test_until_lies_between_1970_and_2200(until):
    with pytest.raises(Unmeasurable, match="between the years 1970 and 2200"):
        portfolio.world(1, 10, 12, until)


def test_a_refusal_speaks_chinese(monkeypatch):
    monkeypatch.setenv("DUECOURSE_LANGUAGE", "zh")
    with pytest.raises(Unmeasurable, match="不小于 1 的整数"):
        portfolio.world(1, 0, 12)


def test_whoever_changes_the_practice_book_changes_only_their_own():
    accounts = portfolio.practice(200, 6).accounts
    accounts["income"] = 0
    assert portfolio.practice(200, 6).accounts["income"].max() > 0
    assert portfolio.practice_simulation(200, 6) is portfolio.practice_simulation(200, 6)


def test_no_table_holds_what_nobody_can_see(book):
    tables = {**book.tables(), "instalments": book.instalments}
    for name, table in tables.items():
        assert LATENT.isdisjoint(table.columns), name


def test_no_column_is_a_trait_in_disguise():
    made = portfolio.simulate(2, 4_000, 12, UNTIL)
    people, snapshot = made.state.people, made.book.monthly_snapshot
    seen = snapshot.groupby("account_id").mean(numeric_only=True)
    for name, column in pd.concat(
        [made.book.accounts.set_index("account_id"), seen], axis=1
    ).items():
        if not pd.api.types.is_numeric_dtype(column) or column.nunique() < 2:
            continue
        for trait in (people.ability, people.willingness, people.contact):
            assert abs(np.corrcoef(column.fillna(column.mean()), trait)[0, 1]) < 0.99, name


def test_people_and_luck_stay_the_same_whatever_is_done_for_them():
    called = watched(11, 500, 12, simulation.always(CALL))
    left = watched(11, 500, 12, simulation.always(NONE))
    assert called.book.accounts.equals(left.book.accounts)
    # nobody has been past due yet when the first instalments fall due
    first = [seen.done for seen in (called.months[1], left.months[1])]
    assert (first[0].result == first[1].result).all()
    never = np.all([seen.done.before == 0 for seen in (*called.months, *left.months)], axis=0)
    ids = np.flatnonzero(never) + 100_001
    pays = [one.book.payments[one.book.payments["account_id"].isin(ids)] for one in (called, left)]
    columns = ["account_id", "paid_on", "amount", "kind"]
    assert len(ids) > 300
    assert pays[0][columns].reset_index(drop=True).equals(pays[1][columns].reset_index(drop=True))


def test_the_standing_trial_draws_two_fifths_and_writes_to_who_asked_for_letters(book):
    snapshot = book.monthly_snapshot.merge(book.accounts[["account_id", "letters_only"]])
    began = snapshot.groupby("account_id")["bucket"].shift().fillna(0) > 0
    assert snapshot.loc[~began, "treatment"].eq("none").all()
    assert not snapshot.loc[~began, "trial"].any()
    late = snapshot[began]
    assert late.loc[late["letters_only"], "treatment"].eq("letter").all()
    assert not late.loc[late["letters_only"], "trial"].any()
    free = late[~late["letters_only"]]
    assert free["trial"].mean() == pytest.approx(0.4, abs=0.03)
    assert free.loc[~free["trial"], "treatment"].eq("call").all()
    drawn = free.loc[free["trial"], "treatment"].value_counts(normalize=True)
    assert drawn.sub(0.2).abs().max() < 0.03


def test_hardship_comes_before_missed_payments_and_shows_in_the_inflow_at_once():
    p = changed(hardship_onset=(0.06, 0.0), hardship_effect=-3.0)
    seen = watched(3, 6_000, 12, p=p)
    people = seen.months[0].after.people
    missed, inflow = {}, {}
    for one in seen.months:
        due = one.done.exists & (one.done.number > people.opened) & (one.done.before == 0)
        table = seen.book.monthly_snapshot
        month = table[
            table["months_on_book"]
            == one.done.number - people.opened[table["account_id"] - 100_001]
        ]
        came = month.set_index("account_id")["inflow"]
        for name, since in (("none", 0), ("begun", 1), ("felt", 2)):
            at = due & (one.after.hardship == since)
            missed.setdefault(name, []).append(one.done.result[at] == MISSED)
            ids = np.flatnonzero(at)
            share = came.reindex(ids + 100_001).to_numpy() / people.income[ids]
            inflow.setdefault(name, []).append(share)
    rate = {name: np.concatenate(found).mean() for name, found in missed.items()}
    share = {name: np.concatenate(found).mean() for name, found in inflow.items()}
    assert rate["begun"] == pytest.approx(rate["none"], abs=0.015)
    assert rate["felt"] > rate["none"] + 0.10
    assert share["none"] == pytest.approx(1, abs=0.02)
    assert share["begun"] < 0.7
    assert share["felt"] < 0.7


def test_a_case_of_hardship_is_told_once_and_in_a_conversation():
    seen = watched(5, 3_000, 24, p=changed(hardship_onset=(0.05, 0.0)))
    told = np.sum([one.done.disclosed for one in seen.months], axis=0)
    begun = np.sum([one.after.hardship == 1 for one in seen.months], axis=0)
    assert told.sum() == len(seen.book.hardship) > 100
    assert (told <= begun).all()
    for one in seen.months:
        assert (one.done.talk_day[one.done.disclosed] > 0).all()
        assert (one.after.hardship[one.done.disclosed] > 0).all()


def test_a_plan_hides_arrears_for_three_months_and_no_longer():
    snapshot = portfolio.world(9, 8_000, 24).monthly_snapshot
    hidden = snapshot[snapshot["reported_bucket"] < snapshot["bucket"]]
    assert (hidden["reported_bucket"] == 0).all()
    assert len(hidden) > 20
    runs = snapshot["reported_bucket"] < snapshot["bucket"]
    planned = snapshot["treatment"].eq("plan").groupby(snapshot["account_id"]).rolling(3, 1).max()
    assert planned.droplevel(0).reindex(snapshot.index)[runs].eq(1).all()


def test_parameters_travel_with_the_simulation():
    p = changed(trial_share=0.0)
    made = portfolio.simulate(1, 300, 12, UNTIL, p=p)
    assert made.parameters is p
    assert not made.book.monthly_snapshot["trial"].any()
    assert portfolio.simulate(1, 20, 3, UNTIL).parameters is standard()


def test_a_strategy_of_ones_own_is_followed():
    def choose(_state, bucket, rng):
        rng.random(len(bucket)), rng.integers(0, 5, len(bucket))
        return np.where(bucket >= 2, LETTER, NONE), np.zeros(len(bucket), dtype=bool)

    snapshot = portfolio.simulate(1, 1_000, 18, UNTIL, choose).book.monthly_snapshot
    before = snapshot.groupby("account_id")["bucket"].shift().fillna(0)
    assert snapshot.loc[before >= 2, "treatment"].eq("letter").all()
    assert snapshot.loc[before < 2, "treatment"].eq("none").all()


def test_who_resolves_wholly_is_up_to_date_at_the_end_of_the_month():
    seen = watched(2, 500, 12)
    for one in seen.months:
        cured = one.done.exists & (one.done.before > 0) & (one.done.result == CURED)
        assert (one.after.bucket(one.done.number)[cured] == 0).all()
