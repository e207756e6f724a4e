"""A picture looks the same wherever it is drawn, and speaks to those who do not see it."""

from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pandas as pd

from duecourse import charts, language
from duecourse.drawing import Picture

PD = pd.Series(np.linspace(0.02, 0.95, 80))
BAD = pd.Series(([0] * 7 + [1]) * 4 + ([0, 1, 1] * 16))


def words(picture):
    """Every text of the picture."""
    return [e.text for e in ET.fromstring(picture.svg).iter() if e.tag.endswith("}text")]


def test_a_picture_does_not_depend_on_the_styles_of_the_notebook():
    expected = charts.roc(PD, BAD)
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "svg.fonttype": "path"}):
        assert charts.roc(PD, BAD) == expected


def test_a_picture_shows_itself_with_words_for_those_who_do_not_see_it():
    picture = Picture("<svg/>", "A < B", 'says "more"')
    shown = picture._repr_html_()
    assert '<figure lang="en"' in shown
    assert 'role="img" aria-label="says &quot;more&quot;"' in shown
    assert "A &lt; B" in shown
    language.use("zh")
    assert '<figure lang="zh-CN"' in picture._repr_html_()


def test_a_long_name_is_shortened_in_the_picture_only():
    name = "A very long title of a task that would push every bar out of sight"
    picture = charts.difficulty(pd.Series({name: 0.5}))
    assert name in picture.title
    assert any(text.endswith("…") for text in words(picture))
