"""Pictures of segments, reach, effects, gaps and policies: readable, in both languages, with a finding."""

import numpy as np
import pandas as pd
import pytest

from duecourse import charts
from duecourse.columns import Unmeasurable
from duecourse.fairness import equal_risk_gaps
from duecourse.segments import segment_table
from duecourse.trials import difference_interval
from tests.duecourse.charts.pictures import words

SEGMENTS = segment_table(
    pd.Series(["able_willing"] * 3 + ["unable_willing", "甲 & 乙", None]),
    [100, 100, 100, 600, 50, 50],
)
REACH = pd.Series(["reachable", "reachable", "lost", "unknown"])
CURES = pd.DataFrame(
    {"accounts": [100, 10], "successes": [80, 1], "rate": [0.8, 0.1], "low": [0.7, 0.02], "high": [0.87, 0.4]},
    index=pd.Index([1, 2], name="bucket"),
)  # fmt: skip
GAPS = equal_risk_gaps(
    pd.DataFrame({"g": ["甲"] * 200 + ["乙"] * 100, "risk": 1, "event": [0] * 200 + [1] * 80 + [0] * 20}),
    "g", "event", "risk",
)  # fmt: skip


def effect_table(*cured):
    """Return effects of calls and plans on 100 accounts each, 50 of 100 cured without."""
    k = np.array(cured, dtype=float)
    hundred = np.full(len(k), 100.0)
    low, high = difference_interval(k, hundred, hundred / 2, hundred)
    index = pd.MultiIndex.from_tuples(
        [("able_willing", "call"), ("able_willing", "plan")], names=["segment", "treatment"]
    )
    return pd.DataFrame({"effect": k / 100 - 0.5, "low": low, "high": high}, index=index)


DRAWINGS = {
    "segment_shares": lambda: charts.segment_shares(SEGMENTS),
    "reach": lambda: charts.reach(REACH),
    "effects": lambda: charts.effects(effect_table(55, 75)),
    "self_cures": lambda: charts.self_cures(CURES),
    "equal_risk": lambda: charts.equal_risk(GAPS),
    "policies": lambda: charts.policies(pd.Series({"flat": -10_000, "按分群": 250_000})),
}


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("segment_shares", "“short of money, willing” holds 60% of the balance with 16.7% of the accounts"),
        ("reach", "2 of 4 accounts were reached in a lawful conversation"),
        ("effects", "“affordable plan” for “able, willing” cures 25 more in 100 than no contact"),
        ("self_cures", "In “M1”, 80% cure though nobody does anything"),
        ("equal_risk", "At equal risk “乙” differs by +80.0 points, as it is by +80.0"),
        ("policies", "“按分群” is worth most: 250,000 yuan over doing nothing"),
    ],
)  # fmt: skip
def test_titles_state_the_finding(name, title):
    assert DRAWINGS[name]().title == title


def test_no_finding_is_made_of_chance():
    assert charts.effects(effect_table(52, 54)).title == (
        "No treatment cures more than chance could explain"
    )
    same = GAPS.assign(equal_risk_gap=0.01, low=-0.05, high=0.07)
    assert charts.equal_risk(same).title == (
        "At equal risk no group differs by more than chance could explain"
    )
    alone = GAPS.assign(equal_risk_gap=np.nan, low=np.nan, high=np.nan)
    assert charts.equal_risk(alone).title == "No group can be compared at equal risk"


def test_groups_and_segments_keep_their_names_and_titles_can_be_given():
    assert {"missing", "甲 & 乙", "able, willing"} <= set(words(DRAWINGS["segment_shares"]()))
    assert charts.policies(pd.Series({"flat": 1.0}), title="Mine").title == "Mine"
    assert "−10,000" in words(DRAWINGS["policies"]())


def test_nothing_to_draw_says_so():
    for draw, empty in (
        (charts.segment_shares, SEGMENTS.iloc[:0]),
        (charts.effects, effect_table(1, 2).assign(effect=np.nan)),
        (charts.self_cures, CURES.iloc[:0]),
        (charts.equal_risk, GAPS.iloc[:0]),
        (charts.policies, pd.Series(dtype=float)),
        (charts.reach, pd.Series(dtype=object)),
    ):
        with pytest.raises(Unmeasurable, match="is empty"):
            draw(empty)
