"""The alert panel is drawn once; its marks lie where the numbers are."""

import re

import pandas as pd
import pytest

from duecourse.columns import Unmeasurable
from duecourse.panels.alerts import alert_panel


def curve(*hits):
    return pd.DataFrame({"hits": hits}, index=pd.RangeIndex(1, len(hits) + 1, name="budget"))


def test_the_mark_lies_on_the_curve_at_the_budget():
    picture = alert_panel(watched=100, events=10, most=4).at(2, curve(1, 2, 2, 3))
    assert picture.title == "2 of 2 alerts were right: 100%, against 10% by lot"
    # the axis reaches from 0 to 5 right alerts over 220 pixels, 28 from the top; 400 pixels for 4 alerts
    assert '<circle cx="256.0" cy="160.0"' in picture.svg
    points = re.search(r'polyline points="([^"]+)"', picture.svg).group(1)
    assert points == "56.0,248.0 256.0,160.0 356.0,160.0 456.0,116.0"


def test_a_budget_beyond_the_alerts_stops_at_the_last_one():
    picture = alert_panel(100, 10, 50).at(40, curve(1, 2))
    assert picture.title == "2 of 2 alerts were right: 100%, against 10% by lot"


def test_no_alert_has_no_precision():
    assert alert_panel(100, 10, 50).at(0, curve()).title == (
        "0 of 0 alerts were right: –, against 10% by lot"
    )


def test_look_ahead_is_drawn_beside_what_was_known():
    picture = alert_panel(100, 10, 4).at(4, curve(0, 1, 1, 1), curve(1, 2, 3, 4))
    assert picture.title == "With look-ahead 4 of 4 alerts seem right; on the day it was 1"
    assert picture.svg.count("<polyline") == 2
    assert picture.svg.count(">with look-ahead<") == 1


def test_look_ahead_is_not_named_where_it_is_not_drawn():
    picture = alert_panel(100, 10, 4).at(4, curve(0, 1, 1, 1))
    assert "with look-ahead" not in picture.svg
    assert "as known on the day" in picture.svg


def test_the_axis_grows_in_round_steps():
    panel = alert_panel(1000, 400, 300)
    assert ">200<" in panel.at(10, curve(*range(1, 151))).svg
    assert ">500<" in panel.at(10, curve(*range(1, 301))).svg


def test_nobody_watched_is_refused():
    with pytest.raises(Unmeasurable, match="No account is watched"):
        alert_panel(0, 0, 10)
