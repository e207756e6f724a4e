"""What treatments will bring: worked out by hand for one account, and the mean of many plays for a book."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from duecourse import portfolio
from duecourse.columns import Unmeasurable
from duecourse.portfolio import future
from duecourse.portfolio.calendar import calendar
from duecourse.portfolio.parameters import TREATMENTS, changed
from duecourse.portfolio.people import People
from duecourse.portfolio.simulation import Simulation
from duecourse.portfolio.state import begin
from duecourse.treatments import terms
from tests.duecourse.portfolio.watching import UNTIL

EVEN = {
    "resolve_base": (0.0,) * 7,
    "hardship_onset": (0.0, 0.0),
    "effects": dict.fromkeys(TREATMENTS, (0.0,) * 4),
    "hold": 0.0,
    "breach": 0.0,
}
"""Everybody resolves with even chances in every month, whatever is done."""


def one(bucket=1, months=4, **given):
    """Return a simulation of one average account at the end, with 1,000 yuan a month to pay."""
    number, real = (lambda value: np.array([value])), (lambda value: np.array([float(value)]))
    people = People(
        opened=number(0),
        opening_day=number(0),
        due_day=number(10),
        product=number(0),
        term=number(given.pop("term", 36)),
        annual_rate=real(0.12),
        principal=real(30_000),
        instalment=number(100_000),
        income=real(8_000),
        income_known=number(True),
        essentials=real(4_000),
        priority_debts=real(500),
        surplus=real(given.pop("surplus", 3_500)),
        employment=number(0),
        sex=number(0),
        age_band=number(0),
        reassigned=number(given.pop("reassigned", False)),
        letters_only=number(False),
        ability=real(0),
        willingness=real(0),
        contact=real(0),
    )
    state = begin(people)
    state.paid = number(months - 1 - bucket)
    for name, value in given.items():
        setattr(state, name, number(value))
    return Simulation(None, state, calendar(UNTIL, months), changed(**EVEN))


def expected(made, treatment, horizon, **values):
    """Return what is expected of the account, as a row."""
    p = changed(**{**EVEN, **values})
    table = future.prospects(made, horizon, p).set_index("treatment")
    return table.loc[treatment]


def test_two_months_of_even_chances():
    # the first month settles 2 instalments or none; the second 1 or none, or 3 or none
    row = expected(one(), "none", 2)
    assert row["cash"] == pytest.approx(1_000 * (0.5 * 2 + 0.25 * 1 + 0.25 * 3))
    assert row["cured"] == pytest.approx(0.5)
    assert row[["cost", "complaints", "written_off"]].tolist() == [0, 0, 0]


def test_who_holds_pays_one_instalment_and_stays():
    row = expected(one(), "none", 2, hold=0.5)
    # from M2, reached with 0.5, a quarter cures (3 instalments), a quarter holds (1 instalment)
    assert row["cash"] == pytest.approx(1_000 * (0.5 * 2 + 0.25 * 1 + 0.125 * 3 + 0.125 * 1))
    assert row["cured"] == pytest.approx(0.25 + 0.125)


def test_a_letter_is_sent_only_while_something_is_past_due():
    row = expected(one(), "letter", 2)
    assert row["cost"] == pytest.approx(1.5 * terms().treatments["letter"].cost)
    assert row["complaints"] == pytest.approx(1.5 * 0.001 * 0.25)


def test_a_call_works_as_often_as_somebody_is_spoken_to():
    effects = {**EVEN["effects"], "call": (math.log(3),) * 4}
    given = {
        "effects": effects,
        "attempts": (0, 2, 2, 2, 2, 2, 2),
        "right_party": (0.5, 0.06, 0.005),
    }
    row = expected(one(), "call", 1, **given)
    # two attempts reach with 0.75; a conversation makes even chances 3 to 1
    assert row["cured"] == pytest.approx(0.75 * 0.75 + 0.25 * 0.5)
    # the first call is answered half the time, else there is a second one
    complaints = 0.5 * 0.001 + 0.5 * (1 - 0.999**2)
    assert row["complaints"] == pytest.approx(0.25 * complaints)


def test_a_call_that_breaks_the_rules_brings_more_complaints():
    given = {"breach": 0.5, "attempts": (0, 1, 1, 1, 1, 1, 1), "right_party": (0.5, 0.06, 0.005)}
    row = expected(one(), "call", 1, **given)
    assert row["complaints"] == pytest.approx(0.5 * 0.001 * 0.25 + 0.5 * 0.008 * 0.8)


def test_a_plan_does_nothing_where_it_cannot_be_afforded():
    effects = {**EVEN["effects"], "plan": (3.0,) * 4}
    given = {"effects": effects, "right_party": (0.999, 0.06, 0.005)}
    assert expected(one(surplus=3_500), "plan", 1, **given)["cured"] > 0.94
    assert expected(one(surplus=100), "plan", 1, **given)["cured"] == pytest.approx(0.5)


def test_a_reassigned_number_is_reached_by_letters_alone():
    effects = dict.fromkeys(TREATMENTS, (3.0,) * 4) | {"none": (0.0,) * 4}
    cured = {
        name: expected(one(reassigned=True), name, 1, effects=effects)["cured"]
        for name in TREATMENTS
    }
    assert [name for name, chance in cured.items() if chance > 0.51] == ["letter"]


def test_over_180_days_is_written_off():
    row = expected(one(bucket=6, months=8), "none", 1)
    assert row["written_off"] == pytest.approx(0.5)
    assert row["cash"] == pytest.approx(0.5 * 7_000)


def test_the_last_instalment_closes_the_account():
    row = expected(one(bucket=1, months=4, term=3), "none", 3)
    # one instalment is left: settled with a half, a quarter, an eighth
    assert row["cash"] == pytest.approx(1_000 * 0.875)
    assert row["cured"] == pytest.approx(0.875)


@pytest.mark.parametrize(("reserve", "felt_from"), [(0, 1), (1, 2), (2, 3)])
def test_hardship_is_felt_once_the_reserve_is_used_up(reserve, felt_from):
    given = {
        "hardship_onset": (1.0, 0.0),
        "hardship_months": 1e12,
        "hardship_reserve": reserve,
        "hardship_effect": -2.0,
        "resolve_traits": {"ability": 1.0, "willingness": 0.0},
    }
    felt = 1 / (1 + math.exp(2.0))
    up_to_date = 0.0
    for month in range(1, 5):
        chance = felt if month >= felt_from else 0.5
        up_to_date = chance  # everybody faces the same odds in every bucket
        row = expected(one(months=5), "none", month, **given)
        assert row["cured"] == pytest.approx(up_to_date), month


def test_hardship_that_is_felt_already_is_felt_at_once_and_ends():
    given = {
        "hardship_months": 2,
        "hardship_effect": -2.0,
        "resolve_traits": {"ability": 1.0, "willingness": 0.0},
    }
    row = expected(one(hardship=5), "none", 1, **given)
    assert row["cured"] == pytest.approx(0.5 * 0.5 + 0.5 / (1 + math.exp(2.0)))


@pytest.fixture(scope="module")
def late():
    """The accounts past due at the end of a book, alone: playing them is quick."""
    made = portfolio.simulate(3, 9_000, 30, UNTIL)
    at = future.past_due(made)
    return replace(made, book=None, state=made.state.of(at))


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_prospects_are_the_mean_of_many_plays(late, treatment):
    count = len(late.state.paid)
    wanted = future.prospects(late).set_index("treatment").loc[treatment].set_index("account_id")
    chosen = pd.Series(treatment, index=wanted.index)
    plays = 80
    names = ["cash", "cost", "complaints", "cured", "written_off"]
    found = np.array(
        [future.play(late, chosen, seed=seed)[names].to_numpy(float) for seed in range(plays)]
    )
    bucket = late.state.bucket(late.calendar.months - 1)
    assert count > 250
    for at in (bucket == 1, bucket == 2, bucket == 3, bucket > 3, bucket > 0):
        sums = found[:, at].sum(axis=1)
        mean = wanted.loc[wanted.index[at], names].sum()
        error = sums.std(axis=0, ddof=1)
        # upheld complaints are so few that their own number says little about its spread
        error[names.index("complaints")] = math.sqrt(mean["complaints"])
        off = sums.mean(axis=0) - mean.to_numpy()
        assert (np.abs(off) <= 4 * error / math.sqrt(plays) + 1e-9).all(), (off, error)


def test_prospects_hold_one_row_for_every_account_and_treatment():
    made = portfolio.simulate(1, 1_000, 18, UNTIL)
    table = portfolio.validate_table(future.prospects(made), "prospects")
    snapshot = made.book.monthly_snapshot
    now = snapshot[(snapshot["month"] == made.book.until) & (snapshot["status"] == "active")]
    behind = now.loc[now["bucket"] > 0, "account_id"]
    assert sorted(table["account_id"].unique()) == sorted(behind)
    assert set(table.groupby("account_id")["treatment"].agg(tuple)) == {TREATMENTS}


def test_a_book_without_arrears_has_no_prospects():
    made = portfolio.simulate(7, 1, 2, UNTIL)
    assert future.prospects(made).empty
    assert future.play(made, pd.Series(dtype=object)).empty


def test_the_luck_is_the_same_whatever_is_chosen_for_others(late):
    ids = np.arange(len(late.state.paid)) + 100_001
    left = pd.Series("none", index=ids)
    called = left.copy()
    called.iloc[::2] = "plan"
    one, other = (future.play(late, chosen, seed=5) for chosen in (left, called))
    odd = slice(1, None, 2)
    assert one.iloc[odd].equals(other.iloc[odd])
    assert not one["cash"].equals(other["cash"])
    assert other["cash"].sum() > one["cash"].sum()


def test_a_play_is_repeated_by_its_seed_and_changes_nothing(late):
    before = late.state.copy()
    chosen = pd.Series("call", index=[100_001, 100_002])
    first, again = future.play(late, chosen, seed=9), future.play(late, chosen, seed=9)
    assert first.equals(again)
    assert not first.equals(future.play(late, chosen, seed=10))
    assert first["treatment"].tolist()[:3] == ["call", "call", "none"]
    assert all(
        np.array_equal(getattr(before, name), getattr(late.state, name))
        for name in ("paid", "hardship", "told", "willingness")
    )


def test_choices_that_make_no_sense_are_refused(late):
    for chosen, message in (
        (pd.Series("shout", index=[100_001]), "There is no treatment 'shout'"),
        (pd.Series("call", index=[5]), "The book has no account 5. Its accounts are 100001"),
        (pd.Series("call", index=[100_001, 100_001]), "more than once"),
    ):
        with pytest.raises(Unmeasurable, match=message):
            future.play(late, chosen)
    for horizon in (0, -1, 2.5, 601):
        with pytest.raises(Unmeasurable, match="horizon"):
            future.prospects(late, horizon)
        with pytest.raises(Unmeasurable, match="horizon"):
            future.play(late, pd.Series("call", index=[100_001]), horizon)
    with pytest.raises(Unmeasurable, match="seed"):
        future.play(late, pd.Series("call", index=[100_001]), seed=-1)
