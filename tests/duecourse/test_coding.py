"""How far two codings of a conversation agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score

from duecourse.coding import compare

TURNS = ("t1", "t2", "t3", "t4")
CODES = ("skill:listening", "skill:empathy", "violation:CN-11", "violation:CN-12", "disclosure")
EXPERT = {"t1": ["skill:listening"], "t2": ["violation:CN-11"], "t4": ["disclosure"]}


def test_the_same_labels_agree_in_everything():
    found = compare(EXPERT, EXPERT, TURNS, CODES)
    assert (found.f1, found.kappa) == (1.0, 1.0)
    assert (found.right, found.missed, found.extra) == (("t1", "t2", "t4"), (), ())


def test_labels_are_counted_turn_by_turn():
    mine = {"t1": ["skill:listening", "skill:empathy"], "t4": ["disclosure"]}
    found = compare(mine, EXPERT, TURNS, CODES)
    assert (found.hits, found.given, found.expected) == (2, 3, 3)
    assert found.f1 == pytest.approx(2 / 3)
    # 20 decisions, both have 3 labels, 2 in common: observed 18/20, by chance (9 + 289)/400.
    assert found.kappa == pytest.approx((0.9 - 0.745) / (1 - 0.745))
    assert (found.right, found.missed, found.extra) == (("t4",), ("t2",), ("t1",))


def test_a_violation_under_the_wrong_rule_is_half_a_hit():
    mine = {**EXPERT, "t2": ["violation:CN-12"]}
    assert compare(mine, EXPERT, TURNS, CODES).hits == 2.5


def test_half_hits_are_no_way_to_collect_points():
    everything = dict.fromkeys(TURNS, CODES)
    found = compare(everything, EXPERT, TURNS, CODES)
    assert found.hits == 3
    assert found.f1 == pytest.approx(6 / 23)
    assert found.kappa == 0


def test_a_label_given_twice_counts_once():
    assert compare({"t1": ["disclosure", "disclosure"]}, {}, TURNS, CODES).given == 1


def test_a_violation_at_another_turn_is_no_hit():
    assert compare({"t3": ["violation:CN-11"]}, EXPERT, TURNS, CODES).hits == 0


def test_nothing_against_nothing_agrees_but_kappa_cannot_tell():
    found = compare({}, {}, TURNS, CODES)
    assert (found.f1, found.kappa) == (1.0, None)


def test_nothing_against_something_is_nothing():
    assert compare({}, EXPERT, TURNS, CODES).f1 == 0


def test_turns_that_do_not_exist_are_passed_over():
    assert compare({"t9": ["disclosure"]}, EXPERT, TURNS, CODES).given == 0


_SKILLS = CODES[:2] + CODES[4:]
_labels = st.dictionaries(
    st.sampled_from(TURNS), st.lists(st.sampled_from(_SKILLS), unique=True), max_size=4
)


@given(_labels, _labels)
def test_f1_and_kappa_are_those_of_scikit_learn(mine, theirs):
    ours, others = (
        [int(code in labels.get(turn, ())) for turn in TURNS for code in _SKILLS]
        for labels in (mine, theirs)
    )
    found = compare(mine, theirs, TURNS, _SKILLS)
    assert found.f1 == pytest.approx(f1_score(others, ours, zero_division=1.0))
    if found.kappa is not None:
        assert found.kappa == pytest.approx(cohen_kappa_score(ours, others))
    else:
        assert ours == others
