"""Early-warning indicators by hand, points, and alerts within a budget."""

import math

import numpy as np
import pandas as pd
import pytest

from duecourse import language, warning
from duecourse.columns import ColumnMissing, Unmeasurable
from duecourse.foresight import LookAhead

ENDS = pd.date_range("2024-01-31", periods=7, freq="ME")
AS_OF = "2024-05-31"
NOTHING_PAID = pd.DataFrame({"account_id": [], "paid_on": [], "amount": []})


def account(number, **changes):
    """Seven quiet months of an account, January to July 2024; a change names all seven values."""
    rows = {
        "account_id": number,
        "month": ENDS,
        "months_on_book": range(1, 8),
        "status": "active",
        "days_past_due": 0,
        "inflow": 6000.0,
        "utilisation": 0.30,
        "bounced_debits": 0,
        "new_lenders": 0,
        "contact_changed": False,
    }
    return pd.DataFrame({**rows, **changes})


def paid(number, *amounts):
    """A payment on the 20th of each month from January."""
    days = [pd.Timestamp(2024, month, 20) for month in range(1, len(amounts) + 1)]
    return pd.DataFrame({"account_id": number, "paid_on": days, "amount": np.array(amounts, float)})


def of(snapshot, payments=NOTHING_PAID, **terms):
    """The indicators of the first account."""
    return warning.indicators(snapshot, payments, AS_OF, **terms).iloc[0]


# --- indicators, as of the end of May ---


def test_inflow_is_compared_with_its_own_mean_of_three_months():
    found = of(account(1, inflow=[1, 6000, 5000, 7000, 4680, 1, 1]))
    # the mean of February to April is 6,000: 1 - 4,680 / 6,000
    assert found["inflow_drop"] == pytest.approx(0.22)


def test_use_of_other_lines_is_compared_in_the_same_way():
    found = of(account(1, utilisation=[0.9, 0.2, 0.3, 0.4, 0.55, 1, 1]))
    assert found["utilisation_rise"] == pytest.approx(0.25)


def test_events_are_counted_in_the_last_three_months():
    found = of(
        account(
            1,
            bounced_debits=[5, 5, 1, 0, 2, 9, 9],
            new_lenders=[0, 4, 0, 1, 0, 9, 9],
            contact_changed=[False, False, True, False, False, True, True],
        )
    )
    assert found[["bounced_debits", "new_lenders", "contact_changed"]].tolist() == [3, 1, 1]


def test_a_window_can_be_chosen():
    found = of(account(1, bounced_debits=[5, 5, 1, 0, 2, 9, 9]), window=1)
    assert found["bounced_debits"] == 2


def test_being_late_is_counted_and_a_missed_first_instalment_is_remembered():
    found = of(account(1, days_past_due=[12, 0, 4, 0, 0, 40, 70]))
    assert found["late_months"] == 1
    assert found["first_payment_default"] == 1
    later = account(1, days_past_due=[12, 0, 4, 0, 0, 40, 70], months_on_book=range(9, 16))
    assert of(later)["first_payment_default"] == 0


def test_payments_are_compared_net_of_what_bounced_and_without_sales():
    money = paid(1, 500, 500, 500, 500, 500)
    back = pd.DataFrame(
        {"account_id": 1, "paid_on": pd.to_datetime(["2024-05-28"]), "amount": -300}
    )
    assert of(account(1), pd.concat([money, back]))["payment_drop"] == pytest.approx(0.6)
    assert of(account(1), money)["payment_drop"] == 0
    assert of(account(1), paid(1, 500, 500, 500, 500))["payment_drop"] == 1
    sold = pd.concat([money.assign(kind="payment"), back.assign(kind="sale")])
    assert of(account(1), sold)["payment_drop"] == 0


def test_too_short_a_history_and_a_mean_of_0_give_no_value():
    young = account(1)[3:5]
    found = of(young, paid(1, 0, 0, 0, 500, 100))
    assert found[["inflow_drop", "utilisation_rise", "payment_drop"]].isna().all()
    assert found["bounced_debits"] == 0
    assert math.isnan(of(account(1, inflow=[0, 0, 0, 0, 100, 1, 1]))["inflow_drop"])


def test_nothing_later_changes_an_indicator():
    snapshot = account(1, inflow=[6000, 6000, 6000, 6000, 3000, 1, 1])
    money = paid(1, *[500] * 7)
    known = snapshot[snapshot["month"] <= AS_OF], money[money["paid_on"] <= AS_OF]
    pd.testing.assert_series_equal(of(snapshot, money), of(*known))


def test_tables_that_reach_further_can_be_refused():
    with pytest.raises(LookAhead, match="2 rows have a 'month' after 2024-05-31"):
        of(account(1), future="raise")
    with pytest.raises(LookAhead, match="1 rows have a 'paid_on' after 2024-05-31"):
        of(account(1)[:5], paid(1, *[500] * 6), future="raise")
    assert of(account(1)[:5], paid(1, *[500] * 5), future="raise")["late_months"] == 0


def test_only_accounts_that_are_active_and_not_behind_are_watched():
    snapshot = pd.concat(
        [
            account(1),
            account(2, days_past_due=[0, 0, 0, 0, 9, 0, 0]),
            account(3, status=["active"] * 4 + ["closed"] * 3),
            account(4)[:4],
            account(5, days_past_due=[0, 9, 0, 0, 0, 0, 0]),
        ]
    )
    assert warning.watched(snapshot, AS_OF).tolist() == [1, 5]
    assert warning.watched(snapshot, AS_OF, up_to_days=30).tolist() == [1, 2, 5]
    # the last month end that is known counts
    assert warning.watched(snapshot, "2024-06-15").tolist() == [1, 5]
    assert warning.indicators(snapshot, NOTHING_PAID, AS_OF, accounts=pd.Index([2])).index == [2]


def test_the_order_of_rows_does_not_matter():
    snapshot = pd.concat([account(2, inflow=[6000.0] * 4 + [3000.0] * 3), account(1)])
    mixed = snapshot.sample(frac=1, random_state=1)
    one, other = (warning.indicators(t, NOTHING_PAID, AS_OF) for t in (snapshot, mixed))
    assert one.index.tolist() == [1, 2]
    pd.testing.assert_frame_equal(one, other)


def test_the_leap_years_february_is_a_month():
    found = warning.indicators(
        account(1, bounced_debits=[0, 1, 0, 0, 0, 0, 0]), NOTHING_PAID, "2024-02-29"
    )
    assert found["bounced_debits"].tolist() == [1]


def test_snapshots_that_cannot_be_read_say_why():
    with pytest.raises(Unmeasurable, match="1 rows too many: one per account and month"):
        of(pd.concat([account(1), account(1)[:1]]))
    with pytest.raises(Unmeasurable, match="no month end up to 2023-12-31"):
        warning.indicators(account(1), NOTHING_PAID, "2023-12-31")
    with pytest.raises(ColumnMissing, match="no column 'inflow'"):
        of(account(1).drop(columns="inflow"))
    with pytest.raises(Unmeasurable, match="'month' is empty"):
        of(account(1)[:0])


# --- points and alerts ---


def measured(**columns):
    count = len(next(iter(columns.values())))
    whole = {name: [0.0] * count for name in warning.LIMITS} | columns
    return pd.DataFrame(whole, index=pd.RangeIndex(1, count + 1, name="account_id"))


def test_an_indicator_fires_at_its_limit_and_a_missing_one_does_not():
    table = measured(inflow_drop=[0.2, 0.19, math.nan], bounced_debits=[2, 1, 0])
    fired = warning.fired(table)
    assert fired["inflow_drop"].tolist() == [True, False, False]
    assert fired["bounced_debits"].tolist() == [True, True, False]
    assert warning.score(table).tolist() == [2, 1, 0]


def test_points_are_the_weights_of_what_fires():
    table = measured(inflow_drop=[0.5, 0.5, 0], bounced_debits=[2, 0, 1])
    assert warning.score(table, {"inflow_drop": 3, "bounced_debits": 0.5}).tolist() == [3.5, 3, 0.5]
    assert warning.score(table, {"inflow_drop": 3}, {"inflow_drop": 0.6}).tolist() == [0, 0, 0]
    assert warning.score(table, {}).tolist() == [0, 0, 0]


def test_two_indicators_of_the_traders_seventh_month_fire():
    # case S6: inflow down 22%, two bounced debits
    table = measured(inflow_drop=[0.22], bounced_debits=[2])
    assert warning.score(table).tolist() == [2]


def test_weights_without_a_limit_or_below_0_are_refused():
    table = measured(inflow_drop=[0.5])
    with pytest.raises(Unmeasurable, match="no limit for mood: from which value on"):
        warning.score(table, {"mood": 1})
    with pytest.raises(Unmeasurable, match="'weights' must lie between 0"):
        warning.score(table, {"inflow_drop": -1})
    with pytest.raises(ColumnMissing, match="no column 'mood'"):
        warning.score(table, {"mood": 1}, {"mood": 1})


SCORES = pd.Series([2.0, 0.0, 3.0, 2.0, 2.0], index=[14, 12, 15, 13, 11])


def test_the_budget_goes_to_the_highest_scores_and_ties_are_named():
    table = warning.alerts(SCORES, 3)
    assert table.index.tolist() == [15, 11, 13]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["tied"].tolist() == [False, True, True]


def test_a_budget_that_ends_between_two_scores_ties_nobody():
    assert not warning.alerts(SCORES, 1)["tied"].any()
    assert not warning.alerts(SCORES, 4)["tied"].any()


def test_what_has_no_points_is_no_alert():
    assert warning.alerts(SCORES, 99).index.tolist() == [15, 11, 13, 14]
    assert warning.alerts(SCORES, 99, least=2).index.tolist() == [15]
    assert warning.alerts(SCORES, 0).empty
    assert warning.alerts(SCORES[:0], 5).empty


def test_budgets_and_scores_must_make_sense():
    with pytest.raises(Unmeasurable, match="'budget' is a number of accounts"):
        warning.alerts(SCORES, -1)
    with pytest.raises(Unmeasurable, match="'scores' holds an account twice"):
        warning.alerts(pd.concat([SCORES, SCORES]), 3)
    with pytest.raises(Unmeasurable, match="'scores' has 1 missing values"):
        warning.alerts(SCORES.where(SCORES > 0), 3)


def test_indicators_have_names_in_both_languages():
    assert warning.indicator_name("inflow_drop") == "less money coming in"
    assert warning.indicator_name("utilisation_level") == "other credit lines full"
    language.use("zh")
    assert warning.indicator_name("utilisation_level") == "其他授信用得满"
    assert warning.indicator_name("bounced_debits") == "扣款退回"
    for name in warning.LIMITS:
        assert any(ord(c) > 0x2E7F for c in warning.indicator_name(name))


def test_a_signal_of_ones_own_is_shown_in_words():
    assert warning.indicator_name("my_own_signal") == "my own signal"
    assert warning.indicator_name("连续晚还") == "连续晚还"
    assert warning.indicator_name("_") == "_"
