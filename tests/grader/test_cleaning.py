"""Pages with learners' work: what is honest stays readable, and nothing of it can run."""

import base64
import re

import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.cleaning import CleanPages


def cleaned(cell):
    notebook, _resources = CleanPages().preprocess(new_notebook(cells=[cell]), {})
    return notebook.cells[0]


def shown(**data):
    kinds = {kind.replace("__", "/").replace("_xml", "+xml"): text for kind, text in data.items()}
    return cleaned(new_code_cell("x", outputs=[new_output("display_data", kinds)])).outputs[0].data


def test_a_table_of_pandas_stays_a_table_without_its_style_sheet():
    table = pd.DataFrame({"余额": [1200.5]}, index=["A1"])
    page = shown(text__html=table._repr_html_())["text/html"]
    assert "<td>1200.5</td>" in page
    assert "余额" in page
    assert "tbody tr th" not in page


def test_a_mark_keeps_its_colours():
    mark = '<div lang="zh" style="border-left:4px solid #b45309;padding:.3em .8em"><ul><li>x</li></ul></div>'
    page = shown(text__html=mark)["text/html"]
    assert "border-left:4px solid #b45309" in page
    assert 'lang="zh"' in page
    assert "<li>x</li>" in page


def test_a_drawing_becomes_a_picture_in_which_no_script_runs():
    drawing = (
        '<figure><svg viewBox="0 0 9 9"><text>逾期</text></svg><figcaption>b</figcaption></figure>'
    )
    page = shown(text__html=drawing)["text/html"]
    assert "<svg" not in page
    [encoded] = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    inside = base64.b64decode(encoded).decode()
    assert (
        inside
        == '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>逾期</text></svg>'
    )
    assert "<figcaption>b</figcaption>" in page


def test_a_drawing_of_its_own_kind_is_shown_as_well():
    page = shown(image__svg_xml="<svg><rect/></svg>")["text/html"]
    assert page.startswith("<img")


def test_what_a_page_would_run_is_shown_as_text_or_left_out():
    data = shown(
        text__html="<b onclick='x()'>a</b><iframe src='//b'></iframe>",
        text__plain="a",
        application__javascript="alert(1)",
        image__png='AA" onerror="alert(1)',
    )
    assert data["text/html"] == "<b>a</b>&lt;iframe src='//b'&gt;&lt;/iframe&gt;"
    assert set(data) == {"text/html", "text/plain"}


def test_a_written_answer_keeps_its_quotations_and_comparisons():
    source = "> He said: call me.\n\nIf balance < 100, then **wait**.\n\n<script>x()</script>"
    assert cleaned(new_markdown_cell(source)).source == (
        "> He said: call me.\n\nIf balance &lt; 100, then **wait**.\n\n&lt;script>x()&lt;/script>"
    )


def test_attached_pictures_stay_and_missing_ones_stop_no_page():
    cell = new_markdown_cell("![a](attachment:a.png) ![b](attachment:b.png)")
    cell["attachments"] = {"a.png": {"image/png": "QUJD", "text/html": "<script>"}}
    assert cleaned(cell).attachments == {
        "a.png": {"image/png": "QUJD"},
        "b.png": {"image/png": ""},
    }
