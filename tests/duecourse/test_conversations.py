"""The form of a call and of a coding that are handed in."""

import pytest

from duecourse.answers import MIME, check, read
from duecourse.calls.playing import play
from duecourse.codings import code
from duecourse.errors import DuecourseError
from duecourse.tasks import CallTask, CodingTask, DateTask
from tests.grader.spoken import BEST, TASKS, write_case

SLUG = "unpaid-parcel"
TITLE = {"en": "T"}
CALL = CallTask(id="c", kind="call", title=TITLE, case=SLUG, call="ring")
CODING = CodingTask(id="l", kind="coding", title=TITLE, case=SLUG, transcript="talk")
DAY = DateTask(id="d", kind="date", title=TITLE, tolerance=1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    import yaml

    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    write_case(tmp_path / "cases" / SLUG)
    (tmp_path / "tasks.yaml").write_text(yaml.safe_dump(TASKS, allow_unicode=True), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def played(*choices):
    call = play(SLUG, "ring")
    for option in choices:
        call.choose(option)
    return call


class Said:
    """Whatever a learner's code makes of a call."""

    def __init__(self, **record):
        self.record = record

    def as_answer(self):
        return self.record


def test_a_call_played_to_its_end_is_its_choices(folder):
    found = read(CALL, played(*BEST), folder)
    assert found.problems == ()
    assert found.value["choices"] == BEST
    assert set(found.value) == {"case", "call", "digest", "choices"}


def test_a_call_without_a_choice_is_no_answer_yet(folder):
    assert read(CALL, played(), folder).blank


def test_a_call_that_goes_on_is_recorded_and_said(folder):
    found = read(CALL, played("greet"), folder)
    assert found.value["choices"] == ["greet"]
    assert found.problems == ("the call has not come to its end; choices so far: 1",)


def test_choices_that_cannot_be_made_are_said(folder):
    whole = played(*BEST).as_answer()
    [problem] = read(CALL, Said(**{**whole, "choices": ["plan"]}), folder).problems
    assert problem.startswith("the call cannot be played like this: choice 1: there is no 'plan'")
    [problem] = read(CALL, Said(**{**whole, "digest": "0" * 16}), folder).problems
    assert "another version of this case" in problem


@pytest.mark.parametrize("answer", [BEST, "greet", {"choices": BEST}, 5])
def test_what_is_no_call_is_said(folder, answer):
    [problem] = read(CALL, answer, folder).problems
    assert problem.startswith("a call, as play(...) opens it is asked for, not ")


def test_another_call_or_a_coding_is_said(folder):
    call = played(*BEST)
    other = Said(**{**call.as_answer(), "call": "second"})
    [problem] = read(CALL, other, folder).problems
    assert problem == "'unpaid-parcel', 'ring' is asked for, not 'unpaid-parcel', 'second'"
    assert read(CALL, code(SLUG, "talk"), folder).problems
    assert read(CODING, call, folder).problems


def test_a_call_that_the_case_does_not_have_is_an_authors_mistake(folder):
    lost = CALL.model_copy(update={"call": "rong"})
    with pytest.raises(DuecourseError, match=r"no call 'rong'.*ring"):
        read(lost, Said(case=SLUG, call="rong", digest="", choices=["a"]), folder)


def test_a_coding_is_its_labels_and_open_turns_are_noted(folder):
    coding = code(SLUG, "talk")
    assert read(CODING, coding, folder).blank
    coding.label("t03", "disclosure")
    coding.label("t04")
    found = read(CODING, coding, folder)
    assert found.value["labels"] == {"t03": ["disclosure"], "t04": []}
    assert found.problems == ()
    assert found.notes == ("turns that are still open: 6",)


def test_turns_and_labels_that_do_not_exist_are_said(folder):
    coding = code(SLUG, "talk")
    coding.label("t03", "disclosure")
    whole = coding.as_answer()
    lost = Said(**{**whole, "labels": {"t99": ["disclosure"], "t01": ["skill:magic"]}})
    assert read(CODING, lost, folder).problems == (
        "there are no such turns: t99",
        "there are no such labels: skill:magic",
    )
    [problem] = read(CODING, Said(**{**whole, "labels": {"t01": "disclosure"}}), folder).problems
    assert problem == "the labels must be lists by turn"


def test_a_day_comes_in_whatever_python_calls_a_day():
    import datetime as dt

    import numpy as np
    import pandas as pd

    for day in (
        "2029-02-20",
        dt.date(2029, 2, 20),
        dt.datetime(2029, 2, 20, 23, 59, tzinfo=dt.UTC),
        pd.Timestamp("2029-02-20"),
        np.datetime64("2029-02-20"),
    ):
        assert read(DAY, day).value == "2029-02-20"
    assert read(DAY, "20 February").problems == ("'20 February' is not a date such as 2026-03-31",)
    assert read(DAY, 5).problems


def test_check_records_the_choices_and_says_what_became_of_the_file(folder, monkeypatch):
    pages = []
    monkeypatch.setattr("IPython.display.publish_display_data", pages.append)
    file = folder / "answers" / f"{SLUG}.ring.json"
    file.parent.mkdir()
    file.write_text("{")
    check("the-call", play(SLUG, "ring"))
    assert "No answer yet" in pages[0]["text/plain"]
    assert "not readable as JSON" in pages[0]["text/plain"]
    check("the-call", played(*BEST))
    assert pages[1][MIME]["value"]["choices"] == BEST
    assert pages[1][MIME]["kind"] == "call"
    assert "Recorded" in pages[1]["text/plain"]
