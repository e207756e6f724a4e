"""What the assignment "promises-and-plans" says holds in all of its worlds.

The figures are worked out here with other code than the notebook's solutions where that is possible.
"""

import json
from datetime import date

import pandas as pd
import pytest
from scipy.stats import binomtest

from duecourse.affordability import fits
from tests.assignments.conftest import Written

WRITTEN = Written("promises-and-plans")
texts = WRITTEN.texts


@pytest.fixture(scope="module")
def solved(worlds):
    """The solved notebook in every world, by the world's number."""
    return {one.number: one for one in worlds}


def in_all(solved, holds):
    """Assert that something holds in every world."""
    assert [number for number, one in solved.items() if not holds(one)] == []


def test_every_task_says_its_points_in_both_languages():
    WRITTEN.states_its_points("part-6")
    assert WRITTEN.assignment.points == 60
    assert "60 points" in texts("start")[0]
    assert "60分" in texts("start")[1]


def test_the_tenth_of_june_is_a_wednesday():
    assert date(2026, 6, 10).isoweekday() == 3
    assert "Wednesday, 10 June 2026" in texts("start")[0]
    assert "6月10日（星期三）" in texts("start")[1]


def test_every_mistake_is_told_apart_in_every_world(solved):
    for one in solved.values():
        one.is_marked_as_it_should_be()


def test_every_task_with_figures_has_other_answers_in_other_worlds(solved):
    alike = {"promise-state", "late-or-short", "who-promises", "no-room", "diary-rules", "trust"}
    for name in solved[1].answers.keys() - alike:
        found = [json.dumps(one.answers[name], default=str) for one in solved.values()]
        assert len(set(found)) > len(found) / 2, name


def test_the_unseen_promises_are_judged_as_by_hand(solved):
    states = [one["value"] for one in solved[1].answers["promise-state"]["results"]]
    kept, partly, broken, not_due = "kept", "partly", "broken", "not_due"
    assert states == [
        *(kept, kept, broken, kept, partly, kept, broken, kept, kept, partly),
        *(not_due, not_due, broken, partly, not_due, kept, broken, kept, kept, kept),
        *(broken, kept, broken, partly, not_due, kept, partly, kept),
    ]


def test_a_promise_is_short_and_made_in_a_conversation_one_a_month(solved):
    def holds(one):
        made = one.book.promises
        talks = one.book.contact_log.query("outcome == 'right_party'")
        days = (made["due_on"] - made["made_on"]).dt.days
        spoken = set(zip(talks["account_id"], talks["at"].dt.date, strict=True))
        months = [made["account_id"], made["made_on"].dt.to_period("M")]
        return (
            days.between(3, 7).all()
            and set(zip(made["account_id"], made["made_on"].dt.date, strict=True)) <= spoken
            and made.groupby(months).size().max() == 1
            and talks.groupby([talks["account_id"], talks["at"].dt.to_period("M")]).size().max()
            == 1
        )

    in_all(solved, holds)


def test_the_worlds_are_as_the_data_card_says(solved):
    def holds(one):
        accounts, snapshot = one.book.accounts, one.book.monthly_snapshot
        closed = snapshot.query("status == 'closed'")["bucket"]
        return (
            len(accounts) == 3000
            and snapshot["month"].min() == pd.Timestamp("2024-07-31")
            and snapshot["month"].max() == pd.Timestamp("2026-06-30")
            and (closed == 0).all()
            and accounts["income"].isna().any()
        )

    in_all(solved, holds)


def test_what_lies_between_the_views_is_late_and_in_full(solved):
    def holds(one):
        kept = one.due.query("tolerant == 'kept'")
        late = kept.query("strict != 'kept'")
        return (
            (kept["paid_within_grace"] == kept["amount"]).all()
            and one.late_or_short == "late"
            and one.tolerant_rate > one.strict_rate
            and 0 < len(late) < len(kept) / 3
        )

    in_all(solved, holds)


def test_less_of_the_money_is_kept_than_of_the_promises(solved):
    in_all(solved, lambda one: one.cash_ratio < one.tolerant_rate)


def test_young_debts_keep_more_and_older_groups_are_small(solved):
    def holds(one):
        table = one.reliability.set_index("group")
        width = table["high"] - table["low"]
        return (
            table["rate"].idxmax() == "M1"
            and width.idxmin() == "M1"
            and (width[["M2", "M3+"]] > 0.15).all()
            and table["due"].min() >= 20
        )

    in_all(solved, holds)


def test_the_intervals_are_wilsons(solved):
    for row in solved[1].reliability.itertuples():
        ends = binomtest(row.kept, row.due).proportion_ci(method="wilson")
        assert (row.low, row.high) == pytest.approx((ends.low, ends.high), abs=0.001)


def test_the_five_customers_stand_in_the_same_order_everywhere(solved):
    order = ["four_of_five", "one_of_one", "none_yet", "none_of_one", "one_of_five"]
    in_all(solved, lambda one: one.trust == order)


def test_those_who_promised_cure_more_often(solved):
    in_all(solved, lambda one: one.promisers_gap > 0.02)


def test_the_three_households_are_what_the_texts_say(solved):
    def holds(one):
        home, months = one.households, one.plans.set_index("household")["months"]
        left = home["income_now"] - home["essentials"] - home["priority_debts"]
        return (
            months[["A", "B"]].notna().all()
            and months["A"] <= 24 < months["B"] <= 60
            and home.loc["B", "income_now"] < home.loc["B", "income_stated"]
            and left["C"] < 0
            and pd.isna(months["C"])
            and all(fits(home.loc["A", "balance"] / term, left["A"]) for term in (24, 36, 60))
        )

    in_all(solved, holds)


def test_a_shortest_plan_fits_and_one_month_less_does_not(solved):
    for one in solved.values():
        for row in one.plans.dropna().itertuples():
            most = 0.9 * one.surplus[row.household]
            owed = one.households.loc[row.household, "balance"]
            assert owed / row.months <= most + 0.005 < owed / (row.months - 1)
            assert row.payment == pytest.approx(owed / row.months)


def test_the_shorter_plan_falls_further_behind_and_the_longest_holds(solved):
    def holds(one):
        table = one.bad_month.set_index("months")
        return (
            table["months_behind"].is_monotonic_decreasing
            and table["most_behind"].is_monotonic_decreasing
            and table.loc[24, "months_behind"] > table.loc[60, "months_behind"] == 0
        )

    in_all(solved, holds)


def test_all_night_contacts_are_in_the_hour_from_ten_on(solved):
    def holds(one):
        hours = one.log.loc[one.night, "at"].dt.hour
        return one.after_hours > 5 and set(hours) == {22}

    in_all(solved, holds)


def test_the_news_concerns_three_customers_who_would_have_been_contacted(solved):
    def holds(one):
        blind = one.follow_up(
            one.known, one.book.payments, one.book.accounts, one.tomorrow, complaints=one.received
        )
        return set(one.news["account_id"]) <= set(blind.dropna(subset="on")["account_id"])

    in_all(solved, holds)


def test_the_diary_keeps_its_own_rules(solved):
    for one in solved.values():
        table = one.calendar.merge(one.known, on="promise_id")
        letters, elsewhere, disputes = one.news["account_id"]
        assert table["on"].between("2026-06-11", "2026-06-24").all()
        assert (table["open"] > 0).all()
        assert disputes not in set(table["account_id"])
        posted = table["account_id"].isin([letters, elsewhere])
        assert (table.loc[posted, "channel"] == "letter").all()
        usual = table[~posted]
        assert set(zip(usual["step"], usual["channel"], strict=True)) <= {
            ("reminder", "sms"),
            ("call", "call"),
        }
        assert not usual.duplicated(["account_id", "on"]).any()
        ahead = (usual["on"] - usual["due_on"]).dt.days
        assert (ahead[usual["step"] == "reminder"] == -1).all()
        assert (ahead[usual["step"] == "call"] == 4).all()
