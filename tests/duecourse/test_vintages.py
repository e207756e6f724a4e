"""Vintage curves by hand, and against an empirical distribution of the ages at which loans went bad."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import CensoredData, ecdf

from duecourse import portfolio, vintages
from duecourse.columns import Unmeasurable
from tests.duecourse.test_snapshots import account

# opened in January: one reaches bucket 4 at the age of 3, one is written off at the age of 2, one closes;
# opened in February: one is up to date
SNAPSHOT = pd.concat(
    [
        account(1, "2024-01", [0, 2, 3, 4, 0]),
        account(2, "2024-01", [0, 6, 7], "written_off", balance=500.0),
        account(3, "2024-01", [0, 0], "closed"),
        account(4, "2024-02", [0, 0, 0, 0]),
    ]
)
ACCOUNTS = pd.DataFrame(
    {
        "account_id": [4, 3, 2, 1],
        "opened_on": pd.to_datetime(["2024-02-03", "2024-01-31", "2024-01-10", "2024-01-02"]),
        "principal": [1000.0, 1000.0, 500.0, 1000.0],
    }
)


def curve(measure, vintage="2024-01", **more):
    return (
        vintages.vintage_table(SNAPSHOT, ACCOUNTS, measure, "month", **more).loc[vintage].tolist()
    )


def test_ever_late_never_goes_down_and_counts_all_accounts():
    # account 2 is over 90 days from the age of 1, account 1 from the age of 3; the closed one counts below
    assert curve("ever_90") == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert curve("ever_30") == pytest.approx([0, 2 / 3, 2 / 3, 2 / 3, 2 / 3])


def test_the_balance_is_what_is_late_now_and_all_that_was_written_off():
    # age 1: account 2 owes 400; age 2: 300 written off; age 3: account 1 owes 700 besides; age 4: it is cured
    assert curve("balance_90") == pytest.approx(
        [0, 400 / 2500, 300 / 2500, 1000 / 2500, 300 / 2500]
    )


def test_written_off_by_accounts_and_by_money():
    assert curve("written_off") == pytest.approx([0, 0, 1 / 3, 1 / 3, 1 / 3])
    assert curve("charge_off") == pytest.approx([0, 0, 300 / 2500, 300 / 2500, 300 / 2500])


def test_an_age_that_not_all_have_reached_is_not_shown():
    assert curve("ever_90", "2024-02")[:4] == [0, 0, 0, 0]
    assert np.isnan(curve("ever_90", "2024-02")[4])
    quarter = vintages.vintage_table(SNAPSHOT, ACCOUNTS).loc["2024Q1"]
    # the January loans are 4 months old, the one of February is 3
    assert np.isnan(quarter[4])
    assert quarter[3] == 2 / 4
    immature = vintages.vintage_table(SNAPSHOT, ACCOUNTS, mature_only=False).loc["2024Q1"]
    assert immature[4] == 2 / 4


def test_sizes_are_what_a_vintage_began_with():
    sizes = vintages.vintage_sizes(ACCOUNTS, "month")
    assert sizes.loc["2024-01"].tolist() == [3, 2500]
    assert vintages.vintage_sizes(ACCOUNTS).index.tolist() == ["2024Q1"]


def test_a_leap_day_belongs_to_its_month():
    leap = ACCOUNTS.assign(opened_on=pd.Timestamp("2024-02-29"))
    assert vintages.vintage_sizes(leap, "month").index.tolist() == ["2024-02"]


def test_the_curve_is_the_distribution_of_the_ages_at_which_loans_went_bad():
    book = portfolio.practice(accounts=600, months=18)
    table = vintages.vintage_table(book.monthly_snapshot, book.accounts)
    first = table.index[0]
    opened = book.accounts["opened_on"].dt.to_period("Q").astype(str)
    ids = book.accounts.loc[opened == first, "account_id"]
    rows = book.monthly_snapshot[book.monthly_snapshot["account_id"].isin(ids)]
    bad = rows[(rows["bucket"] >= 4) | (rows["status"] == "written_off")]
    ages = bad.groupby("account_id")["months_on_book"].min()
    assert len(ages) >= 2
    never = len(ids) - len(ages)
    # scipy's estimator with everybody who never went bad censored at the end
    fitted = ecdf(CensoredData(uncensored=ages.to_numpy(), right=np.full(never, 99))).cdf
    known = table.loc[first].dropna()
    assert known.to_numpy() == pytest.approx(fitted.evaluate(known.index.to_numpy()))


def test_accounts_that_miss_in_one_of_the_tables_are_refused():
    with pytest.raises(Unmeasurable, match="1 accounts have no snapshot, such as 3"):
        vintages.vintage_table(SNAPSHOT[SNAPSHOT["account_id"] != 3], ACCOUNTS)
    with pytest.raises(Unmeasurable, match=r"1 accounts of the snapshots are not in .* such as 4"):
        vintages.vintage_table(SNAPSHOT, ACCOUNTS.iloc[1:])
    with pytest.raises(Unmeasurable, match="Account 4 stands twice"):
        vintages.vintage_table(SNAPSHOT, pd.concat([ACCOUNTS, ACCOUNTS.iloc[:1]]))


def test_survivors_alone_are_refused():
    with pytest.raises(Unmeasurable, match="2 accounts vanish"):
        vintages.vintage_table(SNAPSHOT[SNAPSHOT["status"] == "active"], ACCOUNTS)


def test_wrong_words_and_ages_are_refused():
    with pytest.raises(Unmeasurable, match=r"no measure 'ever_45'. There are: ever_30, ever_60"):
        vintages.vintage_table(SNAPSHOT, ACCOUNTS, "ever_45")
    with pytest.raises(Unmeasurable, match=r"'by' is .* Found: 'year'"):
        vintages.vintage_table(SNAPSHOT, ACCOUNTS, by="year")
    with pytest.raises(Unmeasurable, match="months on book of account 1 do not grow"):
        vintages.vintage_table(SNAPSHOT.assign(months_on_book=0), ACCOUNTS)
