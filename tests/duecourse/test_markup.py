"""Tables as HTML: what they say is escaped, what they are called stays on one line."""

import re

from duecourse.markup import as_percent, html_table


def test_a_table_names_its_rows_and_columns():
    table = html_table([("王芳", "1", "2")], ("who", "due", "paid"), "May")
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)', table) == ["who", "due", "paid"]
    assert re.findall(r'<th scope="row"[^>]*>([^<]*)', table) == ["王芳"]
    assert re.findall(r"<td[^>]*>([^<]*)", table) == ["1", "2"]


def test_a_caption_stays_on_one_line_above_a_narrow_table():
    [look] = re.findall(
        r'<caption style="([^"]*)">六个月内核销', html_table([("a", "1")], None, "六个月内核销")
    )
    assert "white-space:nowrap" in look


def test_every_cell_keeps_its_distance_from_the_next():
    table = html_table([("a", "1")], ("name", "value"))
    assert table.count("padding:0 1em 0 0") == 4


def test_without_head_and_caption_there_are_only_rows():
    assert html_table([]) == '<table style="margin:0.3em 0"></table>'
    assert "<caption" not in html_table([("a", "1")])


def test_texts_are_no_markup():
    table = html_table([("<b>", "&")], ("<i>", "x"), "1 < 2")
    for text in ("&lt;b&gt;", "&amp;", "&lt;i&gt;", "1 &lt; 2"):
        assert text in table


def test_a_share_is_a_percentage_and_a_missing_one_a_dash():
    assert as_percent(0.125) == "12.5%"
    assert as_percent(float("nan")) == "–"
