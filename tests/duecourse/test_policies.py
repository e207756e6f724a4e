"""A policy by segment on a book of six, counted by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from duecourse import fairness, language
from duecourse.columns import ColumnMissing, Unmeasurable
from duecourse.panels.policies import policy_panel
from duecourse.policies import SEGMENTS, START, Policy, PolicyBook
from duecourse.treatments import TREATMENTS

BOOK = pd.DataFrame(
    {
        "account_id": [11, 12, 13, 14, 15, 16],
        "ability": [0.9, 0.9, 0.1, 0.1, np.nan, 0.5],
        "willingness": [0.9, 0.1, 0.9, 0.1, 0.5, 0.5],
        "reach": ["reachable", "partly", "reachable", "lost", "unknown", "reachable"],
        "balance": [100.0, 200, 300, 400, 500, 600],
        "value_at_risk": [10.0, 1000, 1000, 1000, 1000, 20],
        "sex": ["f", "m", "f", "m", "m", None],
    }
)
CURES = pd.DataFrame(
    {"none": 0.2, "reminder": 0.3, "call": 0.4, "plan": 0.6, "letter": 0.1},
    index=BOOK["account_id"],
)


def segments_of(policy):
    return [SEGMENTS[at] for at in PolicyBook(BOOK, CURES).segment(policy)]


def test_quadrants_limits_and_what_comes_before_what():
    assert segments_of(Policy()) == [
        "able_willing", "able_reluctant", "unable_willing", "unable_reluctant", "unknown", "able_willing",
    ]  # fmt: skip
    assert segments_of(Policy(cut_ability=0.51))[-1] == "unable_willing"
    assert segments_of(Policy(least_reach="partly"))[3] == "out_of_reach"
    assert segments_of(Policy(least_reach="reachable"))[1:5] == [
        "out_of_reach", "unable_willing", "out_of_reach", "out_of_reach",
    ]  # fmt: skip
    small = segments_of(Policy(least_value=20.01, least_reach="reachable"))
    assert (small[0], small[5]) == ("small", "small")


def test_the_outcome_by_hand():
    found = PolicyBook(BOOK, CURES, capacity={"call": 1}).outcome(Policy())
    plan = found.segments.loc["unable_willing"]
    assert plan["treatment"] == "plan"
    # 0.6 - 0.2 more; 0.4 * 1,000 - 30 - 0.001 * 1,200
    assert plan[["accounts", "balance", "extra_cures", "cost"]].tolist() == pytest.approx(
        [1, 300, 0.4, 30]
    )
    assert plan["net"] == pytest.approx(368.8)
    assert found.treatments == {"none": 0, "reminder": 3, "call": 2, "plan": 1, "letter": 0}
    assert found.over == {"call": 1}
    # 6 * 0.2 by themselves, 3 * 0.1 + 2 * 0.2 + 0.4 more
    assert found.cures == pytest.approx(2.3)
    assert found.net == pytest.approx(found.segments["net"].sum())
    assert found.groups is None


def test_what_a_rule_forbids_is_not_carried_out():
    rules = pd.DataFrame(True, index=CURES.index, columns=list(TREATMENTS))
    rules.loc[13, "plan"] = False
    book = PolicyBook(BOOK, CURES, rules)
    found = book.outcome(Policy())
    assert found.segments.loc["unable_willing", ["held_back", "extra_cures", "cost"]].tolist() == [
        1,
        0,
        0,
    ]
    assert found.treatments["none"] == 1
    assert book.table(Policy()).loc[2].tolist() == [13, "none"]
    assert PolicyBook(BOOK, CURES).table(Policy())["treatment"].tolist() == [
        "reminder", "call", "plan", "call", "reminder", "reminder",
    ]  # fmt: skip


def test_groups_by_hand():
    found = PolicyBook(BOOK, CURES, groups=["sex"]).outcome(Policy(), "sex").groups
    assert found.loc["f", ["accounts", "reminder", "plan"]].tolist() == [2, 0.5, 0.5]
    # f: (0.1 + 0.4) / 2 a head; m, the largest: (0.2 + 0.2 + 0.1) / 3
    assert found.loc["f", "extra_cures"] == pytest.approx(250)
    assert found.loc["f", "gap"] == pytest.approx(250 - 500 / 3)
    # all have the same risk, so nothing changes at equal risk
    assert found.loc["f", "equal_risk_gap"] == pytest.approx(250 - 500 / 3)
    assert found[found.index.isna()].iloc[0]["accounts"] == 1


def test_the_gap_at_equal_risk_is_that_of_fairness():
    rng = np.random.default_rng(4)
    count = 400
    accounts = pd.concat([BOOK.iloc[[0]]] * count, ignore_index=True).assign(
        account_id=range(count), ability=rng.random(count), g=rng.choice(["甲", "乙"], count)
    )
    base = rng.random(count).round(1) * 0.5
    cures = pd.DataFrame(dict.fromkeys(TREATMENTS, base), index=accounts["account_id"])
    cures["plan"] = base + 0.5
    book = PolicyBook(accounts, cures, groups=["g"])
    policy = Policy(treatments={"unable_willing": "plan"})
    found = book.outcome(policy, "g").groups
    planned = accounts.assign(event=book.table(policy)["treatment"].eq("plan"), risk=1 - base)
    expected = fairness.equal_risk_gaps(planned, "g", "event", "risk")
    # every plan adds half a cure
    assert found["equal_risk_gap"].tolist() == pytest.approx(
        (500 * expected["equal_risk_gap"]).tolist()
    )


def test_a_book_of_one_and_segments_without_accounts():
    found = PolicyBook(BOOK.iloc[:1], CURES).outcome(Policy(treatments={}))
    assert found.segments["accounts"].sum() == 1
    assert found.net == 0
    assert found.cures == pytest.approx(0.2)


def test_a_policy_that_does_not_exist_is_refused():
    for wrong, message in (
        ({"cut_ability": 1.5}, "'cut_ability' must lie between 0 and 1"),
        ({"least_value": -1}, "'least_value' must lie between 0"),
        (
            {"least_reach": "lost"},
            "'least_reach' knows no 'lost'. There are: any, partly, reachable",
        ),
        ({"treatments": {"rich": "call"}}, "'treatments' knows no 'rich'"),
        ({"treatments": {"small": "visit"}}, "There is no treatment 'visit'"),
    ):
        with pytest.raises(Unmeasurable, match=message):
            Policy(**wrong)
    assert set(START) == set(SEGMENTS)


def test_a_book_that_cannot_be_measured_is_refused():
    with pytest.raises(ColumnMissing, match="no column 'reach'"):
        PolicyBook(BOOK.drop(columns="reach"), CURES)
    with pytest.raises(Unmeasurable, match=r"'reach' knows no 'gone'. There are: reachable"):
        PolicyBook(BOOK.assign(reach="gone"), CURES)
    with pytest.raises(Unmeasurable, match="'cures' has no row for 1 of the accounts"):
        PolicyBook(BOOK, CURES.drop(index=11))
    with pytest.raises(Unmeasurable, match="'cures: call' must lie between 0 and 1"):
        PolicyBook(BOOK, CURES.assign(call=40))
    with pytest.raises(Unmeasurable, match="'value_at_risk' has 6 missing"):
        PolicyBook(BOOK.assign(value_at_risk=math.nan), CURES)
    with pytest.raises(Unmeasurable, match="Account 11 stands more than once in accounts"):
        PolicyBook(pd.concat([BOOK, BOOK]), CURES)


# --- the picture ---


def test_the_picture_moves_its_lines_and_names_treatments():
    book = PolicyBook(BOOK, CURES, capacity={"call": 1})
    panel = policy_panel(book)
    policy = Policy(cut_ability=0.25, cut_willingness=0.5)
    picture = panel.at(policy, book.outcome(policy))
    # the map is 320 pixels wide from 46 on, and 320 high from 30 on
    assert "M126.0 30v320M46 190.0h320" in picture.svg
    assert "2 (1 over capacity)" in picture.svg
    assert picture.title.startswith("6 accounts treated: 1 more cures than without, net ")
    assert "ability 0.25, willingness 0.50" in picture.alt
    assert len(picture.svg) < 30_000


def test_the_picture_speaks_chinese_and_is_the_same_twice():
    language.use("zh")
    book = PolicyBook(BOOK, CURES)
    one, two = (policy_panel(book).at(Policy(), book.outcome(Policy())) for _ in range(2))
    assert one == two
    assert "还款意愿" in one.svg
    assert "短信提醒" in one.svg


@pytest.mark.parametrize("cuts", [(0, 0), (1, 1), (0, 1), (0.05, 0.97)])
def test_cuts_at_the_edge_draw_no_negative_box(cuts):
    book = PolicyBook(BOOK, CURES)
    policy = Policy(*cuts)
    svg = policy_panel(book).at(policy, book.outcome(policy)).svg
    assert 'width="-' not in svg
    assert 'height="-' not in svg
