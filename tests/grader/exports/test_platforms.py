"""What Moodle and Canvas import, read as their own code reads it."""

import csv
import io

import pytest

from grader.exports import write
from grader.exports.platforms import canvas, moodle, notes, people
from grader.results import collect
from tests.grader.exports.small import FORMULA, build


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return build(tmp_path_factory.mktemp("platforms"))


@pytest.fixture(scope="module")
def results(course):
    return [collect(course, "small")]


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def test_moodle_gets_the_heads_of_its_own_export(course, results):
    head, *rows = read(moodle(results, people(course)))
    about = ["Username", "First name", "Last name", "ID number", "Email address"]
    assert head == [*about, "Small (Real)"]
    assert rows[4] == ["li-ming", "明", "李", "4711", "ming@bank.example", "9"]


def test_moodle_gets_a_dash_where_a_mark_is_open_which_it_passes_over(course, results):
    marks = {row[0]: row[-1] for row in read(moodle(results, people(course)))}
    assert marks == {
        "Username": "Small (Real)",
        "'=cmd": "0",
        "ada": "4",
        "li-ming": "9",
        "absent": "-",
        "bo": "-",
    }


def test_moodle_s_file_begins_with_the_mark_of_utf_8(course, tmp_path):
    content = write(course, "moodle", "small", tmp_path / "m.csv").file.read_bytes()
    assert content.startswith(b'\xef\xbb\xbf"Username"')


def test_canvas_gets_the_columns_and_the_second_line_of_its_own_export(course, results):
    head, possible, *rows = read(canvas(results, people(course)))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Small"]
    assert possible == ["    Points Possible", "", "", "", "", "10"]
    assert rows[4] == ["李, 明", "4711", "", "li-ming", "", "9"]
    assert rows[3] == ["Reed, Bo", "", "B-17", "bo", "", ""]


def test_canvas_can_read_the_first_field(course, tmp_path):
    # Ruby's CSV takes a quotation mark after a byte order mark for a broken field.
    content = write(course, "canvas", "small", tmp_path / "c.csv").file.read_bytes()
    assert content.startswith(b"Student,ID,")
    assert b"\n    Points Possible," in content


def test_canvas_takes_commas_as_separators_in_the_first_three_lines(course, results):
    # It counts which of ; and , gives the same number of fields in each of them.
    first = canvas(results, people(course)).splitlines()[:3]
    assert {len(next(csv.reader([line]))) for line in first} == {6}
    assert len({len(next(csv.reader([line], delimiter=";"))) for line in first}) == 1


@pytest.mark.parametrize("to", [moodle, canvas])
def test_no_name_or_title_becomes_a_formula(course, results, to):
    text = to(results, people(course))
    fields = [field for row in read(text) for field in row]
    assert not [one for one in fields if one.startswith(("=", "+", "@", "\t"))]
    assert any(FORMULA in one for one in fields)


def test_what_to_know_before_importing_is_said(course, results):
    said = notes(results, people(course), "moodle")
    assert said[0] == "left open, because answers wait to be marked by hand: bo"
    assert said[1].startswith("these ids look like formulas")
    assert said[1].endswith(": =cmd")
    assert len(said) == 2


def test_points_above_what_moodle_takes_are_named(course, results):
    [one] = results
    large = type(one)(
        *(one.assignment, one.title, one.due, one.tasks.assign(max=50.0), one.learners, one.marks)
    )
    assert notes([large], people(course), "moodle")[-1].endswith("Small")
    assert len(notes([large], people(course), "canvas")) == 2
