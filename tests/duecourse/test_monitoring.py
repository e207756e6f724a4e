"""Outcomes, the worth of alerts and drift, worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn.metrics import precision_score, recall_score

from duecourse import monitoring, risk, warning
from duecourse.columns import Unmeasurable

ENDS = pd.date_range("2024-01-31", periods=9, freq="ME")
PAID = pd.DataFrame({"account_id": [1], "paid_on": [ENDS[0]], "amount": [1.0]})


def book(**late):
    """Nine month ends of accounts given by their days past due, quiet in everything else."""
    parts = [
        pd.DataFrame(
            {
                "account_id": int(name[1:]),
                "month": ENDS[: len(days)],
                "months_on_book": range(20, 20 + len(days)),
                "status": "active",
                "days_past_due": days,
                "inflow": 100.0,
                "utilisation": 0.1,
                "bounced_debits": [int(n == 2) * int(name[1:]) for n in range(len(days))],
                "new_lenders": 0,
                "contact_changed": False,
            }
        )
        for name, days in late.items()
    ]
    return pd.concat(parts, ignore_index=True)


BOOK = book(
    a1=[0, 0, 0, 20, 50, 80, 110, 140, 170],
    a2=[0, 0, 0, 0, 0, 0, 0, 20, 50],
    a3=[0, 0, 0, 0, 0, 0, 0, 0, 0],
    a4=[40, 70, 0, 0, 0, 31, 0, 0, 0],
    a5=[0, 0, 0],
    a6=[0, 0, 9, 30, 30, 30, 30, 30, 30],
)


def test_first_arrears_are_the_first_month_end_above_the_days():
    first = monitoring.first_arrears(BOOK)
    # 30 days are not yet more than 30
    expected = [ENDS[4], ENDS[8], pd.NaT, ENDS[0], pd.NaT, pd.NaT]
    assert first.tolist() == expected
    assert monitoring.first_arrears(BOOK, 0).tolist()[5] == ENDS[2]
    assert monitoring.first_arrears(BOOK, after="2024-03-31").tolist()[3] == ENDS[5]
    shuffled = monitoring.first_arrears(BOOK.sample(frac=1, random_state=2))
    pd.testing.assert_series_equal(first, shuffled)


def test_outcomes_belong_to_those_watched_and_to_the_horizon():
    table = monitoring.outcomes(BOOK, "2024-03-31", months=4)
    # account 6 is behind already; account 5 is paid off: no event
    assert table.index.tolist() == [1, 2, 3, 4, 5]
    assert table["event"].tolist() == [True, False, False, True, False]
    # 31 March to 31 May and to 30 June
    assert table["lead_days"].tolist()[::3] == [61, 91]
    assert table["first_on"].isna().tolist() == [False, True, True, False, True]


def test_an_outcome_that_is_not_known_yet_is_refused():
    assert monitoring.outcomes(BOOK, "2024-03-31", months=6)["event"].sum() == 3
    with pytest.raises(Unmeasurable, match="7 months after 2024-03-31 end on 2024-10-31"):
        monitoring.outcomes(BOOK, "2024-03-31", months=7)


def test_the_worth_of_alerts_by_hand():
    known = monitoring.outcomes(BOOK, "2024-03-31", months=6)
    found = monitoring.alert_quality([1, 3], known)
    assert (found.watched, found.events, found.alerts, found.hits) == (5, 3, 2, 1)
    assert found.precision == 1 / 2
    assert found.recall == pytest.approx(1 / 3)
    assert found.base_rate == 3 / 5
    assert found.lift == pytest.approx(0.5 / 0.6)
    assert found.lead_days == 61
    expected = binomtest(1, 2).proportion_ci(method="wilson")
    assert (found.precision_low, found.precision_high) == pytest.approx(tuple(expected))


def test_the_worth_of_alerts_agrees_with_a_second_library():
    rng = np.random.default_rng(4)
    event = rng.random(300) < 0.2
    known = pd.DataFrame({"event": event, "lead_days": np.where(event, 40.0, np.nan)})
    alerted = rng.random(300) < 0.1 + 0.3 * event
    found = monitoring.alert_quality(known.index[alerted], known)
    assert found.precision == pytest.approx(precision_score(event, alerted))
    assert found.recall == pytest.approx(recall_score(event, alerted))


def test_without_alerts_or_events_there_is_no_rate():
    known = monitoring.outcomes(BOOK, "2024-03-31", months=1)
    assert known["event"].sum() == 0
    nobody = monitoring.alert_quality([], known)
    assert math.isnan(nobody.precision)
    assert math.isnan(nobody.lead_days)
    assert math.isnan(nobody.precision_low)
    some = monitoring.alert_quality([1], known)
    assert some.precision == 0
    assert math.isnan(some.recall)
    assert math.isnan(some.lift)


def test_alerts_on_others_are_refused():
    known = monitoring.outcomes(BOOK, "2024-03-31", months=1)
    with pytest.raises(Unmeasurable, match="1 alerted accounts are not among those watched"):
        monitoring.alert_quality([1, 6], known)
    with pytest.raises(Unmeasurable, match="An account is alerted twice"):
        monitoring.alert_quality([1, 1], known)


def test_the_budget_curve_follows_the_order_of_the_alerts():
    known = monitoring.outcomes(BOOK, "2024-03-31", months=6)
    scores = pd.Series([0.0, 2, 2, 5, 1], index=[1, 2, 3, 4, 5])
    curve = monitoring.budget_curve(scores, known)
    # the order is 4, 2, 3, 5, 1
    assert curve["hits"].tolist() == [1, 2, 2, 2, 3]
    assert curve["precision"].tolist() == [1, 1, 2 / 3, 1 / 2, 3 / 5]
    assert curve["recall"].tolist()[-1] == 1
    for budget in (1, 2, 3, 4):
        alerts = warning.alerts(scores, budget)
        assert monitoring.alert_quality(alerts, known).hits == curve.loc[budget, "hits"]
    assert len(monitoring.budget_curve(scores, known, most=2)) == 2


def test_each_indicator_is_judged_by_what_followed():
    known = monitoring.outcomes(BOOK, "2024-03-31", months=6)
    fired = pd.DataFrame(
        {"收入下降": [1, 1, 0, 1, 0], "quiet": [0] * 5}, index=known.index, dtype=bool
    )
    table = monitoring.indicator_table(fired, known)
    assert table.loc["收入下降", ["fired", "events", "event_rate"]].tolist() == [3, 3, 1]
    assert table.loc["收入下降", "lift"] == pytest.approx(5 / 3)
    assert table.loc["quiet", "fired"] == 0
    assert math.isnan(table.loc["quiet", "event_rate"])


def test_monitoring_counts_drift_and_waits_for_outcomes():
    months = ["2024-01-31", "2024-03-31", "2024-07-31"]
    table = monitoring.monitoring(BOOK, PAID, months, budget=2, horizon=6)
    # in March every account has bounced debits, and account 4 was late before: 1, 1, 1, 2, 1 points
    assert table["watched"].tolist() == [5, 5, 3]
    assert table["alerts"].tolist() == [0, 2, 1]
    assert table["mean_score"].tolist() == pytest.approx([0, 6 / 5, 1 / 3])
    assert table["psi"].tolist() == pytest.approx(
        [0, risk.psi([5, 0, 0], [0, 4, 1]), risk.psi([5, 0], [2, 1])]
    )
    # account 4 has the most points and account 1 the lowest number of the others
    assert table["hits"].tolist()[:2] == [0, 2]
    assert table["precision"].tolist()[1] == 1
    assert table["hits"].isna().tolist() == [False, False, True]


def test_accounts_a_little_late_can_be_watched_too():
    table = monitoring.monitoring(BOOK, PAID, ["2024-03-31"], budget=9, up_to_days=30)
    assert table["watched"].tolist() == [6]
    peeked = monitoring.pretended(BOOK, PAID, "2024-03-31", up_to_days=30)
    assert peeked.index.tolist() == [1, 2, 3, 4, 5, 6]


def test_monitoring_needs_a_month():
    with pytest.raises(Unmeasurable, match="There is no month to look at"):
        monitoring.monitoring(BOOK, PAID, [], budget=2)


def test_look_ahead_pretends_to_know_more():
    honest = warning.indicators(BOOK, PAID, "2024-03-31")
    peeked = monitoring.pretended(BOOK, PAID, "2024-03-31", ahead=2)
    assert peeked.index.equals(honest.index)
    assert honest["late_months"].tolist() == [0, 0, 0, 2, 0]
    # account 1 is late in April and May; account 5 has no row any more
    assert peeked["late_months"].tolist()[:4] == [2, 0, 0, 0]
    assert math.isnan(peeked["late_months"].tolist()[4])
    pd.testing.assert_frame_equal(monitoring.pretended(BOOK, PAID, "2024-03-31", ahead=0), honest)


def test_month_ends_are_listed_once():
    assert monitoring.month_ends(BOOK).tolist() == list(ENDS)
