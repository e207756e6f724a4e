import math

import numpy as np
import pytest
from scipy.stats import ttest_rel

from grader.evaluation.changes import Rate, change, change_by_agents, gain


def test_the_difference_of_two_rates_is_newcombes():
    # Newcombe 1998, table II, (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339
    found = change(before=Rate(48, 80), after=Rate(56, 70))
    assert found.difference == pytest.approx(0.2)
    assert found.low == pytest.approx(0.0524, abs=5e-5)
    assert found.high == pytest.approx(0.3339, abs=5e-5)
    assert found.clear


def test_a_rate_has_wilsons_interval():
    # Newcombe 1998, table I: 15 of 148: 0.0624 to 0.1605
    low, high = Rate(15, 148).interval
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)


def test_without_an_occasion_there_is_no_rate():
    assert math.isnan(Rate(0, 0).share)
    found = change(Rate(0, 0), Rate(1, 2))
    assert math.isnan(found.low)
    assert not found.clear


def test_the_gain_is_that_of_the_paired_t_test():
    before, after = [0.40, 0.55, 0.30, 0.70, 0.50], [0.70, 0.60, 0.55, 0.90, 0.75]
    found = gain(before, after)
    interval = ttest_rel(after, before).confidence_interval(0.95)
    assert found.difference == pytest.approx(0.21)
    assert (found.low, found.high) == pytest.approx(tuple(interval))
    # Hake 1998: (0.70 - 0.49) / (1 - 0.49)
    assert found.normalised == pytest.approx(0.21 / 0.51)
    assert found.n == 5


def test_one_learner_has_a_gain_and_no_interval():
    found = gain([0.5], [0.75])
    assert found.normalised == pytest.approx(0.5)
    assert math.isnan(found.low)


def test_who_had_everything_could_gain_nothing():
    assert math.isnan(gain([1.0, 1.0], [1.0, 1.0]).normalised)


def test_alike_contacts_of_agents_widen_the_interval():
    # 12 agents of 1,000 contacts; each breaks a rule in all of one period or in none
    rows = [[100 * (i % 2), 500, 100 * (i % 3 == 0), 500] for i in range(12)]
    by_agent = change_by_agents(rows)
    plain = change(by_agent.before, by_agent.after)
    assert by_agent.agents == 12
    assert (by_agent.high - by_agent.low) > 3 * (plain.high - plain.low)
    assert change_by_agents(rows) == by_agent


def test_a_few_agents_say_too_little_about_agents():
    found = change_by_agents([[5, 100, 1, 100]] * 9)
    assert found.agents == 0
    assert found == change(Rate(45, 900), Rate(9, 900))


def test_the_interval_by_agents_holds_the_truth_about_as_often_as_it_says():
    draw = np.random.default_rng(7)
    held = 0
    for _time in range(200):
        habits = draw.beta(2, 18, 40)
        counts = np.column_stack(
            [
                draw.binomial(200, habits),
                np.full(40, 200),
                draw.binomial(200, habits / 2),
                [200] * 40,
            ]
        )
        found = change_by_agents(counts, seed=int(draw.integers(1 << 30)))
        held += found.low <= -0.05 <= found.high
    assert 175 <= held <= 199
