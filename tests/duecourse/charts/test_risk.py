"""Pictures are the same everywhere, say what they show and draw in both languages."""

import logging
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from duecourse import charts, fairness, language, risk
from duecourse.columns import Unmeasurable
from duecourse.cutoffs import cutoff_table
from duecourse.panels.cutoff import cutoff_panel
from tests.duecourse.charts.pictures import words

PD = pd.Series(np.linspace(0.02, 0.95, 80))
BAD = pd.Series(([0] * 7 + [1]) * 4 + ([0, 1, 1] * 16))
HOME = pd.Series(["自有", "租房", None, "other & <more>"] * 20, name="home")
FRAME = pd.DataFrame({"home": HOME, "pd": PD, "bad": BAD})
CUTOFFS = cutoff_table(PD, BAD, np.arange(101) / 100, loss=900, profit=100)

DRAWINGS = {
    "bad_rates": lambda: charts.bad_rates(risk.rate_table(FRAME, "home")),
    "bands": lambda: charts.bad_rates(risk.rate_table(FRAME, pd.cut(PD, [0, 0.5, 1, 2]))),
    "woe": lambda: charts.woe(risk.woe_table(HOME, BAD)),
    "distributions": lambda: charts.distributions(PD, BAD),
    "roc": lambda: charts.roc(PD, BAD),
    "calibration": lambda: charts.calibration(risk.calibration_table(PD, BAD)),
    "costs": lambda: charts.costs(CUTOFFS),
    "chosen": lambda: charts.costs(CUTOFFS, chosen=0.5),
    "gaps": lambda: charts.gaps(fairness.gap_table(FRAME, "home", PD <= 0.3)),
    "refusals": lambda: charts.gaps(
        fairness.gap_table(FRAME, "home", PD <= 0.3), "false_refusal_rate"
    ),
    "points": lambda: charts.points(pd.Series([0, 12, 30, 59.5, 60]), 60),
    "difficulty": lambda: charts.difficulty(pd.Series({"Surplus": 0.9, "权重 $x$": 0.31})),
    "panel": lambda: cutoff_panel(PD, BAD, CUTOFFS).at(0.3),
}


def test_drawing_leaves_nothing_on_stderr_and_no_pyplot_behind(caplog):
    language.use("zh")
    with caplog.at_level(logging.WARNING):
        for draw in DRAWINGS.values():
            draw()
    assert caplog.records == []
    code = "import sys, duecourse.charts; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_titles_state_the_finding():
    assert charts.distributions([0.1, 0.2, 0.2, 0.4, 0.5], [0, 0, 1, 0, 1]).title == (
        "Goods and bads lie furthest apart at 0.4: KS = 0.50"
    )
    assert charts.roc([0.1, 0.2, 0.2, 0.4, 0.5], [0, 0, 1, 0, 1]).title == (
        "A bad ranks above a good in 75% of all pairs: AUC = 0.750"
    )
    assert charts.points(pd.Series([10, 20, 60]), 60).title == (
        "Half of the class has 20 points or more"
    )
    assert charts.roc(PD, BAD, title="Mine").title == "Mine"


def test_a_finding_is_not_built_on_a_handful_of_people():
    frame = pd.DataFrame({"g": ["a"] * 40 + ["b"] * 40 + ["c"] * 2})
    frame["bad"] = [0] * 36 + [1] * 4 + [0] * 20 + [1] * 20 + [1, 1]
    picture = charts.bad_rates(risk.rate_table(frame, "g"))
    assert picture.title == "The bad rate runs from 10% in “a” to 50% in “b”"
    assert "bad rate (%), with 95% interval; pale: fewer than 30" in words(picture)
    assert "c 100 (2 / 2)" in picture.alt


def test_small_groups_alone_are_not_compared():
    title = "Too few cases for a comparison of the groups"
    assert DRAWINGS["bad_rates"]().title == DRAWINGS["refusals"]().title == title


def test_the_missing_group_bands_and_smoothing_are_named():
    assert "missing" in words(DRAWINGS["bad_rates"]())
    assert {"(0, 0.5]", "(0.5, 1]"} <= set(words(DRAWINGS["bands"]()))
    assert "(1, 2]" not in words(DRAWINGS["bands"]())
    smoothed = charts.woe(risk.woe_table(["a", "a", "b", "b"], [0, 0, 0, 1]))
    assert any(text.endswith("smoothed") for text in words(smoothed))


def test_costs_are_drawn_over_the_cutoffs_that_were_asked_for():
    table = cutoff_table(PD / 10, BAD, [0.01, 0.02, 0.05, 0.08], loss=900, profit=100)
    assert "8" in words(charts.costs(table))
    assert "100" not in words(charts.costs(table))
    assert "chosen: 3%" in words(charts.costs(table, chosen=0.03))
    with pytest.raises(Unmeasurable, match=r"'chosen' must lie between 0.01 and 0.08"):
        charts.costs(table, chosen=0.5)


def test_nothing_to_draw_says_so():
    with pytest.raises(Unmeasurable, match="'the table' is empty"):
        charts.difficulty(pd.Series(dtype=float))
    with pytest.raises(Unmeasurable, match="'the table' is empty"):
        charts.bad_rates(pd.DataFrame({"bads": [], "count": [], "bad_rate": []}))
