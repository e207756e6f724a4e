"""The measures of credit risk, against arithmetic on paper and a second library."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ks_2samp
from sklearn.metrics import roc_auc_score, roc_curve

from duecourse import risk
from duecourse.columns import Unmeasurable

# a machine shared with others keeps no deadline
relaxed = settings(deadline=None, max_examples=60)

# five accounts in the order of their risk; the second good and the first bad are tied
RISK = [0.1, 0.2, 0.2, 0.4, 0.5]
BAD = [0, 0, 1, 0, 1]


def people(goods, bads):
    """A column of groups and one of labels with so many goods and bads in each group."""
    groups = [g for g in goods for _ in range(goods[g] + bads[g])]
    labels = [label for g in goods for label in [0] * goods[g] + [1] * bads[g]]
    return pd.Series(groups, name="group"), pd.Series(labels, name="bad")


def scored(least=2):
    """Risks with many ties, and labels with both kinds among them."""
    row = st.tuples(st.integers(0, 8), st.integers(0, 1))
    return st.lists(row, min_size=least, max_size=60).filter(
        lambda rows: len({label for _, label in rows}) == 2
    )


# --- bad rates ---


def test_the_bad_rate_is_bads_over_accounts():
    assert risk.bad_rate([1, 0, 0, 1]) == 2 / 4
    assert risk.bad_rate(pd.Series([True])) == 1.0


def test_a_rate_table_counts_every_group_and_keeps_the_missing_one():
    frame = pd.DataFrame({"工作": ["固定", "兼职", "固定", None], "bad": [0, 1, 1, 1]})
    table = risk.rate_table(frame, "工作")
    assert list(table.columns) == ["count", "bads", "bad_rate", "share"]
    assert table.loc["固定"].tolist() == [2, 1, 1 / 2, 2 / 4]
    assert table.loc["兼职"].tolist() == [1, 1, 1.0, 1 / 4]
    assert table[table.index.isna()].to_numpy().tolist() == [[1, 1, 1.0, 1 / 4]]
    assert table.index.name == "工作"


def test_bands_keep_their_order_and_an_empty_band_has_no_rate():
    frame = pd.DataFrame({"income": [50, 250, 60], "bad": [1, 0, 0]})
    table = risk.rate_table(frame, pd.cut(frame["income"], [0, 100, 200, 300]))
    assert table["count"].tolist() == [2, 0, 1]
    assert table["bad_rate"].tolist()[::2] == [1 / 2, 0.0]
    assert math.isnan(table["bad_rate"].iloc[1])


def test_a_table_of_one_row_is_a_table():
    assert risk.rate_table(pd.DataFrame({"g": ["a"], "bad": [1]}), "g")["share"].tolist() == [1.0]


@pytest.mark.parametrize(("bads", "count"), [(0, 10), (5, 10), (1, 1), (13, 400)])
def test_the_interval_of_a_rate_is_wilsons(bads, count):
    low, high = risk.rate_interval([bads], [count])
    expected = binomtest(bads, count).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high))


def test_nobody_has_no_interval():
    assert np.isnan(risk.rate_interval([0], [0])).all()


# --- weight of evidence ---


def test_weights_of_evidence_by_hand():
    table = risk.woe_table(*people({"a": 40, "b": 40, "c": 20}, {"a": 10, "b": 30, "c": 60}))
    # G = B = 100, so the shares are the counts in percent
    assert table["woe"].tolist() == pytest.approx(
        [math.log(0.40 / 0.10), math.log(0.40 / 0.30), math.log(0.20 / 0.60)]
    )
    # 0.3 * 1.386294 = 0.415888;  0.1 * 0.287682 = 0.028768;  -0.4 * -1.098612 = 0.439445
    assert table["iv"].tolist() == pytest.approx([0.415888, 0.028768, 0.439445], abs=1e-6)
    assert not table["smoothed"].any()
    assert table["bad_rate"].tolist() == [10 / 50, 30 / 70, 60 / 80]


def test_only_a_group_without_goods_or_bads_is_smoothed():
    groups, bad = people({"甲": 5, "乙": 5}, {"甲": 0, "乙": 10})
    table = risk.woe_table(groups, bad)
    # 甲: ln[(5.5 / 10) / (0.5 / 10)] = ln 11;  乙 stays ln[(5 / 10) / (10 / 10)] = ln 0.5
    assert table.loc["甲", "woe"] == pytest.approx(math.log(11))
    assert table.loc["乙", "woe"] == pytest.approx(math.log(0.5))
    assert table.loc[["甲", "乙"], "smoothed"].tolist() == [True, False]
    # the shares stay those that were observed: 0.5 * ln 11 - 0.5 * ln 0.5
    expected = 0.5 * math.log(11) - 0.5 * math.log(0.5)
    assert risk.information_value(groups, bad) == pytest.approx(expected)


def test_the_missing_are_a_group_and_an_empty_band_weighs_nothing():
    income = pd.Series([50, 60, None, None, 250])
    bands = pd.cut(income, [0, 100, 200, 300])
    table = risk.woe_table(bands, [0, 1, 1, 1, 0])
    assert (table["goods"] + table["bads"]).tolist() == [2, 0, 1, 2]
    assert table["woe"].iloc[1] == 0
    assert table["iv"].iloc[1] == 0
    assert table["smoothed"].tolist() == [False, True, True, True]


@pytest.mark.parametrize(("labels", "kind"), [([0, 0], "bads"), ([1, 1], "goods")])
def test_one_kind_alone_has_no_weight_of_evidence(labels, kind):
    with pytest.raises(Unmeasurable, match=rf"There are no {kind} \(.\) among the 2 labels"):
        risk.woe_table(["a", "b"], labels)


def test_no_smoothing_at_all_is_refused():
    with pytest.raises(Unmeasurable, match=r"'smoothing' must be above 0"):
        risk.woe_table(["a", "b"], [0, 1], smoothing=0)


@relaxed
@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=6),
    st.integers(2, 5),
)
def test_weights_of_evidence_do_not_change_with_the_size_of_the_book(counts, times):
    goods = {str(i): g for i, (g, _) in enumerate(counts)}
    bads = {str(i): b for i, (_, b) in enumerate(counts)}
    once = risk.woe_table(*people(goods, bads))
    more = risk.woe_table(
        *people({k: v * times for k, v in goods.items()}, {k: v * times for k, v in bads.items()})
    )
    assert more["woe"].tolist() == pytest.approx(once["woe"].tolist())


@relaxed
@given(scored())
def test_a_group_that_is_not_smoothed_adds_information(rows):
    groups, labels = zip(*rows, strict=True)
    table = risk.woe_table(groups, labels)
    assert (table.loc[~table["smoothed"], "iv"] >= -1e-12).all()


# --- ranking ---


def test_the_distance_of_the_curves_by_hand():
    curve = risk.ks_curve(RISK, BAD)
    assert curve.index.tolist() == [0.1, 0.2, 0.4, 0.5]
    assert curve["cumulative_good"].tolist() == pytest.approx([1 / 3, 2 / 3, 1, 1])
    assert curve["cumulative_bad"].tolist() == pytest.approx([0, 1 / 2, 1 / 2, 1])
    # the gaps are 1/3, 1/6, 1/2 and 0
    assert risk.ks(RISK, BAD) == pytest.approx(1 / 2)


def test_the_area_by_hand_counts_a_tie_half():
    # the bad at 0.2 beats 0.1, ties with 0.2, loses to 0.4: 1.5; the bad at 0.5 beats all three
    assert risk.auc(RISK, BAD) == pytest.approx((1.5 + 3) / 6)
    assert risk.gini(RISK, BAD) == pytest.approx(2 * 0.75 - 1)


def test_one_risk_for_all_ranks_nobody():
    assert risk.ks([1, 1, 1], [0, 1, 0]) == 0
    assert risk.auc([1, 1, 1], [0, 1, 0]) == 0.5


@relaxed
@given(scored())
def test_ranking_agrees_with_two_other_libraries(rows):
    values, labels = (np.array(part) for part in zip(*rows, strict=True))
    false, true, _ = roc_curve(labels, values)
    assert risk.ks(values, labels) == pytest.approx(np.max(np.abs(true - false)))
    other = ks_2samp(values[labels == 1], values[labels == 0], method="exact").statistic
    assert risk.ks(values, labels) == pytest.approx(other)
    assert risk.auc(values, labels) == pytest.approx(roc_auc_score(labels, values))


@relaxed
@given(scored())
def test_a_reversed_score_mirrors_the_area_and_keeps_the_distance(rows):
    values, labels = (np.array(part) for part in zip(*rows, strict=True))
    assert risk.auc(-values, labels) == pytest.approx(1 - risk.auc(values, labels))
    assert risk.ks(-values, labels) == pytest.approx(risk.ks(values, labels))
    assert 0 <= risk.ks(values, labels) <= 1


@pytest.mark.parametrize("measure", [risk.ks, risk.auc, risk.gini, risk.ks_curve])
@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        ([], [], "'risk' is empty"),
        ([1.0], [1], "There are no goods"),
        ([1.0, 2.0], [0, 0], "There are no bads"),
        ([1.0, math.nan], [0, 1], "'risk' has 1 missing values of 2"),
        ([1.0, math.inf], [0, 1], "Found: inf"),
        ([1.0, 2.0, 3.0], [0, 1], "'risk' has 3 values and 'bad' has 2"),
        (["a", "b"], [0, 1], "'risk' must hold numbers. Found: 'a'"),
    ],
)
def test_what_cannot_be_ranked_says_why(measure, values, labels, message):
    with pytest.raises(Unmeasurable, match=message):
        measure(values, labels)


# --- stability and calibration ---


def test_stability_by_hand():
    # the five terms: -.10 ln .5 = .069315; -.05 ln .75 = .014384; 0; .05 ln 1.25 = .011157; .10 ln 1.5 = .040547
    expected = 0.069315 + 0.014384 + 0.011157 + 0.040547
    now = [0.10, 0.15, 0.20, 0.25, 0.30]
    assert risk.psi([0.2] * 5, now) == pytest.approx(expected, abs=2e-6)
    assert risk.psi([20] * 5, [10, 15, 20, 25, 30]) == pytest.approx(risk.psi([0.2] * 5, now))


def test_an_empty_bin_counts_as_the_floor():
    # e = (.5, .5), a = (1, 0 -> .0001)
    expected = (1 - 0.5) * math.log(1 / 0.5) + (0.0001 - 0.5) * math.log(0.0001 / 0.5)
    assert risk.psi([5, 5], [10, 0]) == pytest.approx(expected)


@relaxed
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=8))
def test_stability_is_at_least_0_and_symmetric(bins):
    first, second = ([pair[i] for pair in bins] for i in (0, 1))
    if not sum(first) or not sum(second):
        with pytest.raises(Unmeasurable, match=r"All bins are empty"):
            risk.psi(first, second)
    else:
        assert risk.psi(first, second) >= 0
        assert risk.psi(first, second) == pytest.approx(risk.psi(second, first))


def test_bins_that_differ_are_refused():
    with pytest.raises(Unmeasurable, match=r"different index labels"):
        risk.psi(pd.Series([1, 2], index=["a", "b"]), pd.Series([1, 2], index=["a", "c"]))


def test_calibration_by_hand():
    table = risk.calibration_table([0.1, 0.1, 0.3, 0.3], [0, 1, 0, 0], bins=2)
    assert table.index.tolist() == [1, 2]
    assert table["mean_pd"].tolist() == pytest.approx([0.1, 0.3])
    assert table["bad_rate"].tolist() == [1 / 2, 0]
    assert table["gap"].tolist() == pytest.approx([0.4, -0.3])
    # two accounts at 0.4 and two at 0.3 from the truth, of four
    assert risk.calibration_error([0.1, 0.1, 0.3, 0.3], [0, 1, 0, 0], bins=2) == pytest.approx(0.35)


def test_equal_predictions_share_a_bin():
    assert len(risk.calibration_table([0.2] * 9, [0] * 9)) == 1
    assert risk.calibration_error([0.25] * 4, [1, 0, 0, 0]) == 0


def test_one_account_is_one_bin():
    assert risk.calibration_table([0.4], [1])["gap"].tolist() == pytest.approx([0.6])


@relaxed
@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=60),
    st.integers(1, 12),
)
def test_bins_hold_every_account_once_in_order(rows, bins):
    values, labels = zip(*rows, strict=True)
    table = risk.calibration_table(values, labels, bins)
    assert table["count"].sum() == len(rows)
    assert table["bads"].sum() == sum(labels)
    assert len(table) <= bins
    assert table["mean_pd"].is_monotonic_increasing
    assert 0 <= risk.calibration_error(values, labels, bins) <= 1


def test_bins_of_distinct_predictions_are_equally_full():
    table = risk.calibration_table(np.arange(100) / 100, [0] * 100, bins=10)
    assert table["count"].tolist() == [10] * 10


def test_a_probability_above_1_is_refused():
    with pytest.raises(Unmeasurable, match=r"'pd' must lie between 0 and 1. Found: 30"):
        risk.calibration_error([0.1, 30], [0, 1])


# --- scorecard ---


def test_points_of_the_usual_scorecard():
    # Factor = 20 / ln 2 = 28.854; Offset = 600 - 28.854 * ln 50 = 487.123
    assert risk.scorecard_points(50.0) == 600
    assert risk.scorecard_points(1.0) == pytest.approx(487.123, abs=0.001)
    assert risk.scorecard_points(math.e) == pytest.approx(487.123 + 28.854, abs=0.002)


def test_points_keep_the_form_of_the_odds():
    odds = pd.Series([50.0, 25.0, math.nan], index=["甲", "乙", "丙"])
    points = risk.scorecard_points(odds)
    assert points["甲"] == 600
    assert points["乙"] == pytest.approx(580)
    assert math.isnan(points["丙"])
    assert isinstance(risk.scorecard_points(3.0), float)


@relaxed
@given(st.floats(0.001, 1e6), st.floats(1, 100), st.floats(1, 1000), st.floats(0.1, 100))
def test_doubling_the_odds_adds_pdo_points_and_points_lead_back(odds, pdo, base, base_odds):
    points = risk.scorecard_points(odds, pdo, base, base_odds)
    doubled = risk.scorecard_points(2 * odds, pdo, base, base_odds)
    assert doubled - points == pytest.approx(pdo)
    assert risk.points_to_odds(points, pdo, base, base_odds) == pytest.approx(odds)


@pytest.mark.parametrize("odds", [0.0, -1.0, np.array([1.0, 0.0])])
def test_odds_of_0_have_no_points(odds):
    with pytest.raises(Unmeasurable, match=r"'odds' must be above 0"):
        risk.scorecard_points(odds)
