"""Tables as files of a spreadsheet."""

import csv
import io

import openpyxl
import pandas as pd
import pytest

from grader.reporting.files import as_csv, harmless, write_csv, write_xlsx

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_of_a_csv_is_a_formula(text):
    table = pd.DataFrame({text: [text]})
    rows = list(csv.reader(io.StringIO(as_csv(table), newline="")))
    assert rows == [[f"'{text}"], [f"'{text}"]]


def test_an_honest_text_stays_as_it_is_and_a_negative_number_stays_a_number():
    assert harmless("李明 = Li Ming") == "李明 = Li Ming"
    assert as_csv(pd.DataFrame({"a": [-0.25]})) == '"a"\r\n"-0.25"\r\n'


def test_a_csv_begins_with_a_byte_order_mark_and_missing_values_are_empty(tmp_path):
    table = pd.DataFrame({"名": ["李明", None], "r": [0.123456789, float("nan")], "n": [3, 4]})
    file = write_csv(table, tmp_path / "a.csv")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
    assert rows == [["名", "r", "n"], ["李明", "0.123457", "3"], ["", "", "4"]]


def test_half_a_character_does_not_stop_a_table(tmp_path):
    table = pd.DataFrame({"a": ["broken \ud83d here", "bell \x07"]}, dtype=object)
    assert "broken ? here" in write_csv(table, tmp_path / "a.csv").read_text("utf-8-sig")
    write_xlsx([("x", table)], tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["x"]
    assert [sheet["A2"].value, sheet["A3"].value] == ["broken ? here", "bell �"]


def test_a_workbook_keeps_numbers_texts_and_what_is_missing(tmp_path):
    table = pd.DataFrame(
        {"text": ["李明", *FORMULAS[:4]], "n": [1, 2, 3, 4, 5], "r": [0.5, None, 0.25, 1.0, -1.0]}
    )
    file = write_xlsx([("Tasks", table), ("a/b:c*d?e[f]" + "g" * 40, table)], tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Tasks", ("a b c d e f " + "g" * 40)[:31]]
    sheet = book["Tasks"]
    assert [cell.value for cell in sheet[1]] == ["text", "n", "r"]
    assert [cell.value for cell in sheet[2]] == ["李明", 1, 0.5]
    assert sheet["C3"].value is None
    for row, text in enumerate(FORMULAS[:4], 3):
        cell = sheet.cell(row, 1)
        assert (cell.value, cell.data_type, bool(cell.quotePrefix)) == (text, "s", True)
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:C6"


def test_an_endless_text_is_cut_to_what_a_cell_holds(tmp_path):
    file = write_xlsx([("x", pd.DataFrame({"a": ["很" * 40_000]}))], tmp_path / "a.xlsx")
    assert len(openpyxl.load_workbook(file)["x"]["A2"].value) == 32_767


def test_a_table_without_rows_has_its_headings(tmp_path):
    empty = pd.DataFrame({"a": [], "b": []})
    assert as_csv(empty) == '"a","b"\r\n'
    sheet = openpyxl.load_workbook(write_xlsx([("x", empty)], tmp_path / "a.xlsx"))["x"]
    assert [cell.value for cell in sheet[1]] == ["a", "b"]
