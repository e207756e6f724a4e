"""Pseudonyms in place of learners."""

import stat

import pytest

from duecourse.errors import DuecourseError
from duecourse.language import speaking
from grader.reporting import gather
from grader.reporting.pseudonyms import FILE, pseudonym, secret, without_names
from grader.reporting.writing import write, write_course

KEY = b"k" * 32
NAMES = ("li-ming", "李明", "ada", "Stone", "Bo", "Reed", "cut", "Cleo", "lost", "Abe", "notes.txt")


@pytest.fixture
def evidence(course):
    with speaking("en"):
        yield gather(course, "small")


def test_a_pseudonym_is_the_same_each_time_and_another_with_another_secret():
    assert pseudonym("li-ming", KEY) == pseudonym("li-ming", KEY)
    assert pseudonym("li-ming", KEY) != pseudonym("li-ming", b"q" * 32)
    assert len({pseudonym(f"learner-{number}", KEY) for number in range(5000)}) == 5000


def test_the_secret_is_made_once_and_is_for_its_owner_alone(course):
    file = course.folder / FILE
    file.unlink(missing_ok=True)
    first = secret(course)
    assert len(first) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret(course) == first


def test_a_damaged_secret_is_named_and_left_alone(course):
    file = course.folder / FILE
    secret(course)
    whole = file.read_bytes()
    file.write_bytes(b"short")
    try:
        with pytest.raises(DuecourseError, match="it has 5 bytes instead of 32"):
            secret(course)
        assert file.read_bytes() == b"short"
    finally:
        file.write_bytes(whole)


def test_the_measures_are_the_same_with_and_without_names(evidence):
    unnamed = without_names(evidence, KEY)
    assert unnamed.items.equals(evidence.items)
    assert unnamed.reliability == evidence.reliability
    assert sorted(unnamed.results.learners["points"].dropna()) == sorted(
        evidence.results.learners["points"].dropna()
    )


def test_rows_stand_in_the_order_of_the_pseudonyms(evidence):
    unnamed = without_names(evidence, KEY).results
    assert unnamed.learners["learner"].is_monotonic_increasing
    assert unnamed.marks["learner"].is_monotonic_increasing
    own = unnamed.marks[unnamed.marks["learner"] == pseudonym("li-ming", KEY)]
    assert own["points"].tolist() == [2, 4, 0]


def test_no_file_of_a_pseudonymous_report_holds_a_name_or_an_id_or_what_was_typed(course):
    made = course.folder / "report"
    before = set(made.rglob("*")) if made.exists() else set()
    for _file in write_course(course, ["small"], pseudonymous=True):
        pass
    files = [file for file in made.rglob("*") if file not in before]
    assert {"small-pseudonymous.html", "index-pseudonymous.html", "small-pseudonymous.xlsx"} <= {
        file.name for file in files
    }
    for file in files:
        text = _text(file)
        for name in NAMES:
            assert f">{name}" not in text
            assert f'"{name}' not in text
            assert name not in text or len(name) < 5, (file.name, name)


def _text(file):
    if file.suffix != ".xlsx":
        return file.read_text("utf-8-sig")
    import openpyxl

    book = openpyxl.load_workbook(file)
    cells = (cell.value for sheet in book for row in sheet.iter_rows() for cell in row)
    return "\n".join(f'"{value}' for value in cells)


def test_a_pseudonymous_page_says_so_and_lies_beside_the_named_one(course):
    named, unnamed = write(course, "small"), write(course, "small", pseudonymous=True)
    assert named != unnamed
    assert "Learners bear pseudonyms here" in unnamed.read_text("utf-8")
    assert "Learners bear pseudonyms here" not in named.read_text("utf-8")
    assert "li-ming" in named.read_text("utf-8")
