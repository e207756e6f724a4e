"""The heat map and the forecast are framed once and filled where the numbers say."""

import re
import subprocess
import sys

import pandas as pd
import pytest

from duecourse import language, rolls
from duecourse.panels.rolls import forecast_panel, heat_map, state_names, worse_shares
from tests.duecourse.test_rolls import BOOK

MATRIX = rolls.roll_matrix(BOOK)


def test_every_share_above_nothing_has_its_cell():
    svg = heat_map(MATRIX).svg
    cells = re.findall(r'<rect x="(\d+)" y="(\d+)" width="51"', svg)
    assert len(cells) == int((MATRIX > 0).sum().sum())
    # bucket 6 to written off: the last of ten columns of 53 pixels from 104, the seventh row of 30 from 70
    assert (str(104 + 9 * 53 + 1), str(70 + 6 * 30 + 1)) in cells
    assert svg.count(">no accounts<") == 3


def test_colours_tell_better_from_worse():
    matrix = MATRIX.copy() * 0
    matrix.loc[2, [0, 2, 3, "closed"]] = [0.4, 0.3, 0.2, 0.1]
    fills = re.findall(r'<rect x="(\d+)"[^>]* fill="(#\w+)"', heat_map(matrix).svg)
    assert [colour for _x, colour in fills] == ["#0072B2", "#666666", "#D55E00", "#0072B2"]


def test_the_title_names_the_steepest_step_and_the_alt_all_of_them():
    picture = heat_map(MATRIX)
    assert picture.title.startswith("The steepest step: of “31–60” days past due, 100% are worse")
    assert "1–30 33.3%" in picture.alt
    assert heat_map(MATRIX, "Mine").title == "Mine"
    assert heat_map(MATRIX * float("nan")).title == "Nobody was past due"


def test_worse_counts_what_is_written_off():
    worse = worse_shares(MATRIX)
    assert worse[1] == pytest.approx(1 / 3)
    assert worse[6] == 1
    assert worse.isna().tolist() == [False, False, False, True, True, False, False]


def test_the_chosen_row_is_framed():
    assert f'y="{70 + 2 * 30}" width="530"' in heat_map(MATRIX, bucket=2).svg
    assert 'width="530"' not in heat_map(MATRIX).svg


def test_the_frame_is_drawn_in_the_language_spoken_now():
    assert "written" in heat_map(MATRIX).svg
    language.use("zh")
    assert "已核销" in heat_map(MATRIX).svg
    assert state_names()[-2:] == ["已结清", "已核销"]


def test_bars_stand_as_high_as_what_they_say():
    panel = forecast_panel(100, 4)
    picture = panel.at([106, 53, 0, 0], actual=[53])
    heights = re.findall(r'height="([\d.]+)" fill="#D55E00"', picture.svg)
    # the axis ends at 1.06 times the reach, 150 pixels high
    assert heights == ["150.0", "75.0", "0.0", "0.0"]
    assert picture.svg.count('stroke-width="3"') == 1
    assert picture.title == "If the flows stay as they are, 159 yuan are charged off in 4 months"
    assert "What came: 53" in picture.alt


def test_a_forecast_of_nothing_can_be_drawn():
    assert "0 yuan" in forecast_panel(0, 3).at([0, 0, 0]).title


@pytest.mark.parametrize(
    ("spoken", "unit", "said"),
    [
        ("en", "accounts", "92 accounts are charged off in 2 months"),
        ("zh", "accounts", "2 个月内将核销 92 户"),
        ("zh", "yuan", "2 个月内将核销 92 元"),
    ],
)
def test_a_forecast_counts_as_people_do(spoken, unit, said):
    with language.speaking(spoken):
        assert said in forecast_panel(60, 2, language._(unit)).at([60, 32]).title


def test_the_panel_needs_no_widgets():
    code = "import sys, duecourse.panels.rolls; sys.exit('ipywidgets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_one_account_is_enough_for_a_map():
    one = pd.DataFrame(MATRIX.iloc[:1].reindex(range(8)))
    assert "<rect" in heat_map(one).svg
