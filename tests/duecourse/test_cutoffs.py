"""What a cut-off does, against arithmetic on paper and counting one by one."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecourse import cutoffs
from duecourse.columns import Unmeasurable

# a machine shared with others keeps no deadline
relaxed = settings(deadline=None, max_examples=60)

PD = [0.1, 0.2, 0.3, 0.4, 0.5]
OUTCOME = [0, 0, 1, 0, 1]
AMOUNT = [100, 200, 100, 300, 100]


def test_a_cutoff_by_hand():
    got = cutoffs.cutoff_result(PD, OUTCOME, 0.3, loss=0.5, profit=0.1, amount=AMOUNT)
    assert (got.applicants, got.approved, got.bads_approved, got.goods_refused) == (5, 3, 1, 1)
    assert got.approval_rate == 3 / 5
    assert got.bad_rate == 1 / 3
    assert got.loss == pytest.approx(0.5 * 100)
    assert got.forgone == pytest.approx(0.1 * 300)
    assert got.cost == pytest.approx(50 + 30)
    assert got.profit == pytest.approx(0.1 * (100 + 200) - 50)


def test_nobody_approved_has_no_bad_rate_and_everybody_refuses_no_good():
    table = cutoffs.cutoff_table(PD, OUTCOME, [0, 1], loss=1000, profit=100)
    assert table.index.tolist() == [0, 1]
    assert math.isnan(table["bad_rate"].iloc[0])
    assert table["approved"].tolist() == [0, 5]
    assert table["cost"].tolist() == pytest.approx([3 * 100, 2 * 1000])


def test_prices_can_differ_by_applicant_and_follow_the_index():
    pds, bad = pd.Series(PD, index=list("abcde")), pd.Series(OUTCOME, index=list("abcde"))
    losses = pd.Series([5, 4, 3, 2, 1], index=list("edcba"))
    # approved bads are c (3) and e (5)
    assert cutoffs.cutoff_result(pds, bad, 1.0, loss=losses, profit=0).loss == 3 + 5


@relaxed
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1)), min_size=1, max_size=40),
    st.integers(0, 20),
)
def test_a_cutoff_agrees_with_counting_one_by_one(rows, cutoff):
    pds, bad = [p / 20 for p, _ in rows], [label for _, label in rows]
    got = cutoffs.cutoff_result(pds, bad, cutoff / 20, loss=7, profit=2)
    yes = [label for p, label in rows if p <= cutoff]
    no = [label for p, label in rows if p > cutoff]
    assert (got.approved, got.bads_approved) == (len(yes), sum(yes))
    assert got.goods_refused == no.count(0)
    assert got.cost == pytest.approx(7 * sum(yes) + 2 * no.count(0))
    # what was earned is what could have been earned without a mistake, less the cost
    assert got.profit == pytest.approx(2 * bad.count(0) - got.cost)


def test_a_price_below_0_is_refused():
    with pytest.raises(Unmeasurable, match=r"'loss' must lie between 0 and inf. Found: -1"):
        cutoffs.cutoff_result(PD, OUTCOME, 0.3, loss=-1, profit=1)


def test_of_equally_cheap_cutoffs_the_lowest_is_named():
    table = pd.DataFrame({"cost": [90.0, 40.0, 40.0]}, index=[0.1, 0.2, 0.3])
    assert cutoffs.cheapest(table) == 0.2


def test_the_cost_between_two_cutoffs_lies_on_a_straight_line():
    table = pd.DataFrame({"cost": [90.0, 40.0]}, index=[0.1, 0.2])
    # three quarters of the way from 90 to 40
    assert cutoffs.cost_at(table, 0.175) == pytest.approx(90 - 0.75 * 50)
