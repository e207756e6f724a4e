"""A marker's file: added to and never changed, whole after any ending."""

import pytest

from duecourse.errors import DuecourseError
from grader.rubrics.log import Did, Event, Role, digest_of, done, log_of, logs_of, standing, written


def mark(learner, points=1.0, role=Role.FIRST, did=Did.MARK, second=0):
    at = f"2026-03-01T10:00:{second:02}+00:00"
    return Event(
        did, role, learner, at, "digest", {"clear": 1}, points, ("good",), "王芳 \ud800", "wang"
    )


@pytest.fixture
def log(tmp_path):
    return log_of(tmp_path, "tiny", "why", "wang")


def test_what_was_written_is_read_again(log):
    events = [mark("ann"), mark("王芳", 2.5)]
    for event in events:
        log.add(event)
    assert log.events() == events
    assert log.file.name == "wang.jsonl"
    assert log.file.parent.parts[-3:] == ("marking", "tiny", "why")


def test_a_file_that_is_not_there_holds_nothing(log):
    assert (log.events(), log.unreadable()) == ([], [])


def test_a_line_that_was_cut_off_is_passed_over_and_the_next_one_is_whole(log):
    log.add(mark("ann"))
    log.add(mark("bo"))
    log.file.write_bytes(log.file.read_bytes()[:-30])
    assert [event.learner for event in log.events()] == ["ann"]
    log.add(mark("dora"))
    assert [event.learner for event in log.events()] == ["ann", "dora"]
    assert log.unreadable() == [2]


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "null",
        "{}",
        '{"did":"mark"}',
        "\x00",
        '{"did": 1, "role": {}}',
        "[" * 100_000,
        '"' * 9,
    ],
)
def test_a_line_that_is_something_else_does_not_count(log, line):
    log.add(mark("ann"))
    with log.file.open("a") as file:
        file.write(line + "\n")
    log.add(mark("bo"))
    assert [event.learner for event in log.events()] == ["ann", "bo"]
    assert log.unreadable() == [2]


def test_a_time_without_a_zone_does_not_count(log):
    log.add(mark("ann"))
    log.file.write_text(
        log.file.read_text("utf-8", "surrogatepass").replace("+00:00", ""), "utf-8", "surrogatepass"
    )
    assert log.unreadable() == [1]


def test_undo_takes_back_one_mark_after_the_other_of_its_own_role():
    first, again = mark("ann", 1), mark("ann", 2)
    second = mark("ann", 3, Role.SECOND)
    undo = mark("", did=Did.UNDO)
    assert standing([first, again, second, undo]) == {
        (Role.FIRST, "ann"): first,
        (Role.SECOND, "ann"): second,
    }
    assert standing([first, again, undo, undo]) == {}
    assert done([first, undo, undo, again]) == [again]


def test_the_last_line_says_what_stands_in_the_gradebook():
    old, new = mark("ann", 1, did=Did.WRITTEN), mark("ann", 2, did=Did.WRITTEN)
    assert written([old, mark("ann", 9), new]) == {"ann": new}


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../a", "a\\b", "a ", ".a", "a:b", "x" * 61, "a\0b", "a\n"]
)
def test_a_name_that_cannot_be_a_file_is_refused(tmp_path, name):
    with pytest.raises(DuecourseError, match="marker's name"):
        log_of(tmp_path, "tiny", "why", name)


@pytest.mark.parametrize("name", ["a", "王芳", "wang.li@bank", "Li Ming", "x" * 60])
def test_names_of_people_are_names_of_files(tmp_path, name):
    log_of(tmp_path, "tiny", "why", name).add(mark("ann"))
    assert [log.marker for log in logs_of(tmp_path, "tiny", "why")] == [name]


def test_white_space_around_an_answer_makes_no_other_answer():
    assert digest_of(" a\n") == digest_of("a") != digest_of("b")


def test_a_file_that_cannot_be_written_is_an_error_that_says_so(tmp_path):
    (tmp_path / "marking").write_text("in the way")
    with pytest.raises(DuecourseError, match="does not count"):
        log_of(tmp_path, "tiny", "why", "wang").add(mark("ann"))
