"""Every picture that the files beside this one list is readable, the same twice, in both languages."""

from pathlib import Path

import pytest

from duecourse import language
from tests.duecourse.charts import test_ageing, test_promises_and_warning, test_risk, test_segments
from tests.duecourse.charts.pictures import words

LISTS = (test_ageing, test_promises_and_warning, test_risk, test_segments)
DRAWINGS = [
    pytest.param(draw, id=f"{listed.__name__.rpartition('test_')[2]}-{name}")
    for listed in LISTS
    for name, draw in listed.DRAWINGS.items()
]


def test_no_list_of_pictures_is_left_out():
    files = {file for file in Path(__file__).parent.glob("test_*.py") if file != Path(__file__)}
    assert {Path(listed.__file__) for listed in LISTS} == files


@pytest.mark.parametrize("spoken", ["en", "zh"])
@pytest.mark.parametrize("draw", DRAWINGS)
def test_every_picture_is_readable_and_the_same_twice(draw, spoken):
    language.use(spoken)
    picture = draw()
    assert picture == draw()
    assert len(picture.alt) >= len(picture.title) > 5
    assert len(words(picture)) > 4
    assert "sans-serif" in picture.svg
    assert "DejaVu" not in picture.svg
    assert "<metadata" not in picture.svg
    assert len(picture.svg) < 30_000


@pytest.mark.parametrize("draw", DRAWINGS)
def test_chinese_pictures_hold_no_english_sentence(draw):
    language.use("zh")
    picture = draw()
    assert any(ord(c) > 0x2E7F for c in picture.title)
    for text in [*words(picture), picture.title, picture.alt]:
        assert not {"of", "the", "past", "due"} & set(text.split())
        assert "yuan" not in text
        assert "month" not in text
