"""Pictures of ageing say what they show, in both languages, and are the same twice."""

import pandas as pd
import pytest

from duecourse import ageing, charts, rolls, vintages
from duecourse.columns import ColumnMissing, Unmeasurable
from tests.duecourse.charts.pictures import words
from tests.duecourse.test_ageing import MONTHLY, paid
from tests.duecourse.test_rolls import BOOK, FLOWS, HELD
from tests.duecourse.test_vintages import ACCOUNTS, SNAPSHOT

PAYMENTS = paid((1, "2024-01-10", 100), (1, "2024-03-01", 40))
AGEING = ageing.ageing_table([0, 1, 30, 45, 200], [100, 20, 30, 40, 10.0])
TIMELINE = ageing.timeline(MONTHLY, PAYMENTS, "2024-01-01", "2024-04-30")
CURVES = vintages.vintage_table(SNAPSHOT, ACCOUNTS, "ever_90", "month")

DRAWINGS = {
    "ageing": lambda: charts.ageing(AGEING),
    "accounts": lambda: charts.ageing(ageing.ageing_table([0, 1, 100])),
    "rolls": lambda: charts.roll_matrix(rolls.roll_matrix(BOOK)),
    "forecast": lambda: charts.forecast(rolls.forecast(HELD, FLOWS, 6)),
    "vintages": lambda: charts.vintages(CURVES),
    "balances": lambda: charts.vintages(CURVES, "balance_90"),
    "timeline": lambda: charts.timeline(TIMELINE),
}


def test_the_ageing_says_how_much_is_late_and_draws_what_is():
    picture = charts.ageing(AGEING)
    # 100 of 200 yuan are past due, 10 of them over 180 days
    assert picture.title == "50% of the balance is past due, 5% by more than 90 days"
    assert "1–30" in words(picture)
    assert "50 (2)" in words(picture)
    assert "not past due" not in words(picture)


def test_a_book_without_arrears_can_be_drawn():
    assert charts.ageing(ageing.ageing_table([0], [5])).title.startswith("0% of the balance")


def test_the_forecast_says_what_is_charged_off():
    title = charts.forecast(rolls.forecast(HELD, FLOWS, 3)).title
    assert title == "If the flows stay as they are, 47 yuan are charged off in 3 months"
    with pytest.raises(ColumnMissing, match="no column 'charge_off'"):
        charts.forecast(pd.DataFrame({"loss": [1]}))
    with pytest.raises(Unmeasurable, match="'table' is empty"):
        charts.forecast(rolls.forecast(HELD, FLOWS, 3).iloc[:1])


def test_vintages_are_compared_at_an_age_that_most_have_reached():
    title = charts.vintages(CURVES).title
    assert title == "After 3 months vintage 2024-01 stands at 66.7%, 2024-02 at 0%"
    assert charts.vintages(CURVES.iloc[:1]).title == (
        "Too few vintages of the same age for a comparison"
    )
    assert "2024-02" in words(charts.vintages(CURVES))
    with pytest.raises(Unmeasurable, match="'table' is empty"):
        charts.vintages(CURVES.iloc[:0])


def test_the_axis_of_vintages_names_the_measure():
    assert "ever over 90 days past due (% of all accounts)" in words(charts.vintages(CURVES))
    assert "written off (% of principal lent)" in words(charts.vintages(CURVES, "charge_off"))


def test_the_timeline_says_how_late_the_account_was():
    assert charts.timeline(TIMELINE).title == "At most 80 days past due, on 2024-04-30"
    assert charts.timeline(TIMELINE.loc[:"2024-02-10"]).title == "Never past due"
