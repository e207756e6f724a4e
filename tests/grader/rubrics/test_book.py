"""Marks in the gradebook: written once, kept when graded again, and left where somebody else decided."""

import sqlite3
import threading
from contextlib import closing

import nbformat
import pytest

from grader.grading.writer import GradebookBusy
from grader.integrity import gradebook_file, integrity
from grader.results import collect
from grader.rubrics.answers import answers_to, task_of
from grader.rubrics.book import settle
from grader.rubrics.guides import guide_of
from grader.rubrics.log import Role
from grader.rubrics.session import opened
from grader.safekeeping import sole_run
from tests.conftest import answered, submit
from tests.grader.rubrics.classroom import BLANK, WRITTEN, grade_again, in_book

pytestmark = pytest.mark.kernel

ALL = {"reason": 1, "people": 2}
COMMENT = "Reason 1/2 · People 2/2\n\nAsk first.\n\n谢谢"


def session(course, marker="wang", role=Role.FIRST):
    return opened(course, "tiny", None, marker, role)


def mark_all(one, levels=ALL):
    for due in one.marking.queue():
        one.save(due, levels, ["ask"], "谢谢")
    return one


def change_in_formgrader(course, learner, points):
    with course.gradebook() as book:
        grade = book.find_grade("why", "tiny", "tiny", learner)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def test_answers_come_without_names_and_without_blank_ones(course):
    definition = course.assignment("tiny")
    found = answers_to(course, definition, task_of(definition, None))
    assert {answer.learner for answer in found.found} == set(WRITTEN)
    assert found.blank == (BLANK,)
    [ann] = [answer for answer in found.found if answer.learner == "ann"]
    assert ann.text == "■■ here: I would ask what happened first. My annual plan follows."


def test_a_mark_stands_in_the_gradebook_at_once(course):
    one = session(course)
    due = one.marking.queue()[0]
    one.save(due, ALL, ["ask"], "谢谢")
    assert in_book(course, due.answer.learner) == (3, False, COMMENT)
    others = {in_book(course, learner) for learner in set(WRITTEN) - {due.answer.learner}}
    assert others == {(None, True, None)}


def test_marks_survive_grading_again_and_settle_what_waits_for_a_second_look(course):
    mark_all(session(course))
    assert {done.state for done in grade_again(course, again=True)} == {"graded"}
    # nbgrader's own rule: what a person gave is to be looked at once more.
    assert in_book(course, "bo") == (3, True, COMMENT)
    one = session(course)
    assert one.marking.queue() == []
    one.settle()
    assert sorted(one.settled.kept) == sorted(WRITTEN)
    assert {in_book(course, learner) for learner in WRITTEN} == {(3, False, COMMENT)}
    marks = collect(course, "tiny").marks.query("task == 'why'").set_index("learner")
    assert marks.loc["bo", ["points", "outcome"]].tolist() == [3, "by-hand"]
    assert integrity(course.db_url) == []


def test_an_answer_that_changed_waits_for_a_new_mark(course):
    mark_all(session(course))
    submit(course, "bo", answered(course, why="I have thought again: ask first."))
    grade_again(course)
    one = session(course)
    assert "to be marked again: 1" in one.warnings()[0]
    one.settle()
    assert one.settled.changed == ["bo"]
    assert in_book(course, "bo")[:2] == (3, True)
    [due] = one.marking.queue()
    assert due.before.points == 3
    one.save(due, {"reason": 2, "people": 2})
    assert in_book(course, "bo") == (4, False, "Reason 2/2 · People 2/2")


def test_what_was_taken_back_is_out_of_the_gradebook(course):
    one = session(course)
    due = one.marking.queue()[0]
    one.save(due, ALL)
    one.undo()
    assert in_book(course, due.answer.learner) == (None, True, None)
    assert session(course).marking.queue()[0].answer.learner == due.answer.learner
    change_in_formgrader(course, due.answer.learner, 3)
    one.settle()
    assert in_book(course, due.answer.learner)[0] == 3


def test_points_that_were_changed_in_the_formgrader_are_left(course):
    one = mark_all(session(course))
    change_in_formgrader(course, "dora", 0.5)
    one.settle()
    assert one.settled.elsewhere == ["dora"]
    assert in_book(course, "dora")[0] == 0.5
    assert "left so: 1" in one.summary()


def test_a_second_mark_is_not_written_and_a_moderated_one_is(course):
    mark_all(session(course))
    mark_all(session(course, "chen", Role.SECOND), {"reason": 0, "people": 0})
    assert in_book(course, "bo")[0] == 3
    judge = session(course, "zhao", Role.MODERATOR)
    for due in judge.marking.queue():
        judge.save(due, {"reason": 1, "people": 1})
    assert {in_book(course, learner)[0] for learner in WRITTEN} == {2}


def test_while_somebody_grades_marks_are_kept_and_written_later(course):
    one = session(course)
    due = one.marking.queue()[0]
    with sole_run(course.folder):
        one.save(due, ALL)
        assert "Somebody is grading" in one.waiting
    assert in_book(course, due.answer.learner)[0] is None
    assert "--settle" in one.summary()
    session(course).settle()
    assert in_book(course, due.answer.learner)[0] == 3


def test_a_locked_gradebook_is_waited_for_and_then_named(course):
    one = session(course)
    due = one.marking.queue()[0]
    one.marking.save(due, ALL)
    definition = course.assignment("tiny")
    task = task_of(definition, None)
    about = (course, "tiny", answers_to(course, definition, task), guide_of(definition, "why"))
    with closing(sqlite3.connect(gradebook_file(course.db_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(GradebookBusy, match="locked"):
            settle(*about, patience=0.2, backup=False)
        other.execute("ROLLBACK")
    assert settle(*about).written == [due.answer.learner]


def test_the_gradebook_is_backed_up_once_a_session(course):
    before = {*course.folder.glob("backups/*")}
    mark_all(session(course))
    assert len({*course.folder.glob("backups/*")} - before) == 1


def test_two_markers_at_once_lose_nothing(course):
    names = sorted(WRITTEN)
    found = {marker: session(course, marker) for marker in ("wang", "chen")}
    failed = []

    def mark(marker, ours):
        try:
            one = found[marker]
            for due in one.marking.queue():
                if due.answer.learner in ours:
                    one.save(due, ALL)
        except BaseException as error:  # noqa: BLE001  # told by the test
            failed.append(error)

    threads = [
        threading.Thread(target=mark, args=(marker, ours))
        for marker, ours in (("wang", names[:2]), ("chen", names[2:]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    session(course).settle()
    assert {in_book(course, learner)[0] for learner in names} == {3}


def test_a_line_that_cannot_be_read_is_said(course):
    mark_all(session(course))
    file = course.folder / "marking" / "tiny" / "why" / "wang.jsonl"
    with file.open("a") as log:
        log.write("{broken\n")
    assert "cannot be read" in session(course).warnings()[0]


def test_an_answer_that_tries_to_steer_is_only_text(course):
    hostile = "\x1b[2J[bold]x[/bold] \u202e<script>alert(1)</script>" + "长" * 5000
    submit(course, "bo", answered(course, why=hostile))
    grade_again(course)
    due = next(due for due in session(course).marking.queue() if due.answer.learner == "bo")
    assert due.answer.text == hostile
    file = course.folder / "autograded" / "bo" / "tiny" / "tiny.ipynb"
    assert nbformat.read(file, 4).cells
