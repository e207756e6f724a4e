"""How a class spread over the levels of a rubric."""

import pytest

from duecourse.language import speaking
from grader.reporting import gather
from grader.reporting.page import render
from grader.reporting.rubric import COLUMNS, levels
from grader.rubrics.log import Did, Event, Role, log_of


@pytest.fixture
def marked(tiny):
    """The small assignment, whose written answers two people and a moderator marked."""

    def mark(marker, learner, level, role=Role.FIRST, minute=0, did=Did.MARK):
        at = f"2026-03-02T09:{minute:02}:00+00:00"
        event = Event(did, role, learner, at, levels={"clear": level} if did is Did.MARK else {})
        log_of(tiny.folder, "tiny", "why", marker).add(event)

    mark("ann", "a", 0)
    mark("ann", "b", 1, minute=1)
    mark("ann", "c", 1, minute=2)
    mark("ann", "c", 0, minute=3, did=Did.UNDO)
    mark("ann", "d", 1, minute=4)
    mark("ben", "b", 0, Role.SECOND, minute=5)
    mark("ben", "d", 0, Role.SECOND, minute=6)
    mark("cleo", "d", 0, Role.MODERATOR, minute=7)
    return tiny


def test_the_moderated_mark_counts_and_else_that_of_the_first_marker(marked):
    table = levels(marked, marked.assignment("tiny"), list("abcd"))
    # a has level 0, b 1, c was taken back, d was moderated to 0
    assert table["count"].tolist() == [2, 1]
    assert table["n"].tolist() == [3, 3]
    assert table["points"].tolist() == [0, 4]
    assert table["share"].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_a_learner_who_is_not_counted_is_not_counted(marked):
    assert levels(marked, marked.assignment("tiny"), ["b"])["count"].tolist() == [0, 1]


def test_without_marks_there_is_an_empty_table(tiny):
    table = levels(tiny, tiny.assignment("tiny"), ["a"])
    assert table.empty
    assert list(table.columns) == COLUMNS


def test_the_page_shows_the_levels_with_their_texts(course):
    event = Event(Did.MARK, Role.FIRST, "li-ming", "2026-03-02T09:00:00+00:00", levels={"clear": 1})
    log = log_of(course.folder, "small", "advice", "ann")
    log.add(event)
    try:
        with speaking("en"):
            evidence = gather(course, "small")
            assert evidence.rubrics["count"].tolist() == [0, 1]
            page = render(evidence, "course", evidence.results.due)
    finally:
        log.file.unlink()
    assert "How written answers were marked" in page
    assert ">Clear<" in page
