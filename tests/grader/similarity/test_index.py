"""Agreement beyond chance: worked by hand, then on classes whose truth is known."""

from itertools import combinations, product
from math import log, prod

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest

from grader.similarity.index import COLUMNS, EXPECTED, compare, holm, tail
from tests.grader.similarity.classes import copied, honest


def table(answers, world=None, known=()):
    """Return a table from learner to the string of their answers, one sign a task; . is right."""
    rows = [
        (learner, f"t{number}", sign, sign == ".", sign in known)
        for number in range(len(next(iter(answers.values()))))
        for learner, signs in answers.items()
        for sign in [signs[number]]
    ]
    made = pd.DataFrame(rows, columns=["learner", "task", "answer", "right", "known"])
    return made.assign(world=[(world or {}).get(one) for one in made["learner"]])


def test_events_of_one_chance_give_the_binomial_tail():
    for count in range(1, 8):
        happened = [number < count for number in range(7)]
        exact = binom.sf(count - 1, 7, 0.3)
        assert tail([0.3] * 7, happened) == pytest.approx(exact, rel=1e-12)
        assert exact == pytest.approx(binomtest(count, 7, 0.3, alternative="greater").pvalue)


def test_events_of_different_chances_are_added_up_over_all_outcomes():
    chances, happened = [0.5, 0.2, 0.05, 0.4], [True, False, True, False]
    weights = [round(-log(one) / 0.05) for one in chances]
    reached = weights[0] + weights[2]
    exact = sum(
        prod(one if did else 1 - one for one, did in zip(chances, outcome, strict=True))
        for outcome in product([False, True], repeat=4)
        if sum(weight for weight, did in zip(weights, outcome, strict=True) if did) >= reached
    )
    assert tail(chances, happened) == pytest.approx(exact, rel=1e-12)


def test_a_rare_agreement_is_less_likely_than_a_common_one():
    assert tail([0.6, 0.05], [False, True]) < tail([0.6, 0.05], [True, False])


def test_no_agreement_is_certain_to_be_reached():
    assert tail([0.1, 0.2], [False, False]) == 1.0
    assert tail([], []) == 1.0


def test_holm_multiplies_by_the_pairs_that_are_left_and_never_falls():
    assert holm([0.001, 0.004, 0.0041, 0.9], 10) == pytest.approx([0.01, 0.036, 0.036, 1.0])


def test_a_pair_is_worked_out_by_hand():
    # Of the others five are wrong in each task and none gave x: (0 + 1) / (5 + 2) each time.
    others = {f"o{number}": sign * 3 for number, sign in enumerate("abcde")}
    found = compare(table({"p": "xxx", "q": "xxx", **others, "r": "..."}))
    [row] = found.to_dict("records")
    assert (row["learner"], row["other"], row["compared"], row["same"]) == ("p", "q", 3, 3)
    assert row["tasks"] == ["t0", "t1", "t2"]
    assert row["chance"] == pytest.approx((1 / 7) ** 3)
    assert row["surprise"] == pytest.approx(3 * log(7))
    assert row["corrected"] == pytest.approx(28 * (1 / 7) ** 3)
    assert found.attrs["pairs"] == 28


def test_the_less_telling_direction_counts():
    # Where p gave a common answer and q a rare one, agreeing was easier with p than with q.
    others = {f"o{number}": "xxa" for number in range(6)}
    [row] = (
        compare(table({"p": "yya", "q": "yyb", **others}))
        .query("learner == 'p'")
        .to_dict("records")
    )
    easy = tail([1 / 8, 1 / 8, 7 / 8], [True, True, False])
    hard = tail([1 / 8, 1 / 8, 1 / 8], [True, True, False])
    assert row["chance"] == pytest.approx(max(easy, hard))
    assert easy != hard


def test_a_known_mistake_is_never_taken_for_rare():
    others = {f"o{number}": sign * 2 for number, sign in enumerate("abcdefghij")}
    [row] = compare(table({"p": "xx", "q": "xx", **others}, known="x")).to_dict("records")
    assert row["known"] == 2
    assert row["chance"] == pytest.approx(EXPECTED**2)


def test_an_error_that_others_carried_on_is_expected_after_the_first():
    alone = {f"o{number}": sign * 3 for number, sign in enumerate("abcdefgh")}
    chained = {f"c{number}": "xyz" for number in range(4)}
    pair = {"p": "xyz", "q": "xyz"}
    [row] = compare(table({**pair, **alone, **chained})).query("learner == 'p'").to_dict("records")
    first, later = 5 / 14, 5 / 6
    assert row["surprise"] == pytest.approx(-log(first) - 2 * log(later))


def test_right_answers_say_nothing():
    assert len(compare(table({"p": "....x", "q": "....y", "r": ".....", "s": "....z"}))) == 0


def test_one_identical_wrong_answer_is_no_pattern():
    assert len(compare(table({"p": "x.", "q": "x.", "r": "ab"}))) == 0


def test_answers_in_different_worlds_are_not_compared():
    answers = {"p": "xxxx", "q": "xxxx", "r": "abcd"}
    assert len(compare(table(answers, world={"p": 1, "q": 1, "r": 1}))) == 1
    assert len(compare(table(answers, world={"p": 1, "q": 2, "r": 1}))) == 0


@pytest.mark.parametrize("answers", [{"p": "x"}, {"p": ".", "q": "."}])
def test_a_class_without_pairs_gives_an_empty_table_with_all_columns(answers):
    found = compare(table(answers))
    assert list(found.columns) == COLUMNS
    assert len(found) == 0


def test_an_empty_class_gives_an_empty_table():
    found = compare(table({"p": "x"}).iloc[:0])
    assert len(found) == found.attrs["pairs"] == 0


def test_neither_order_of_learners_nor_of_rows_changes_anything():
    answers = copied(honest(3), "L01", "L02", 0.6)
    mixed = answers.sort_values(["learner"], ascending=False, kind="stable")
    mixed["at"] = mixed["task"]
    again = compare(mixed.sort_values("at", kind="stable").drop(columns="at"))
    pd.testing.assert_frame_equal(compare(answers), again)


CLASSES = 120


@pytest.fixture(scope="module")
def alarms():
    """For classes in which all worked alone: whether anybody at all was named, without and with
    errors that carry on."""
    return {
        followed: [
            bool(compare(honest(seed, followed=followed))["worth_a_look"].any())
            for seed in range(CLASSES)
        ]
        for followed in (0.0, 0.5)
    }


@pytest.mark.parametrize("followed", [0.0, 0.5])
def test_at_most_one_honest_class_in_twenty_has_a_false_alarm(alarms, followed):
    found = alarms[followed]
    # The rate itself, and that 120 classes do not contradict 1 in 20.
    assert np.mean(found) <= 0.05
    assert binomtest(sum(found), CLASSES, 0.05, alternative="greater").pvalue > 0.05


def test_who_took_over_most_answers_of_a_weak_learner_is_found():
    hits, others = 0, 0
    for seed in range(30):
        answers = honest(seed)
        share = answers.groupby("learner")["right"].mean().sort_values()
        source, copier = share.index[0], share.index[12]
        found = compare(copied(answers, source, copier, 0.9, seed)).query("worth_a_look")
        named = {frozenset(pair) for pair in zip(found["learner"], found["other"], strict=True)}
        hits += frozenset((source, copier)) in named
        others += len(named - {frozenset((source, copier))})
    assert hits >= 27
    assert others <= 2


def test_two_who_share_popular_mistakes_alone_are_not_named():
    answers = honest(1, tasks=12)
    weak = answers["learner"].isin(["L03", "L07"])
    answers.loc[weak, ["answer", "right", "known"]] = ["popular-0", False, True]
    found = compare(answers)
    [row] = found.query("learner == 'L03' and other == 'L07'").to_dict("records")
    assert row["same"] == row["known"] == 12
    by_pair = dict.fromkeys(combinations(sorted(set(answers["learner"])), 2), 0)
    assert found.attrs["pairs"] == len(by_pair)
    assert row["chance"] > EXPECTED**12
