"""Marking in a notebook keeps what the terminal keeps."""

import nbformat
import pytest
from typer.testing import CliRunner

from duecourse.errors import DuecourseError
from duecourse.language import use
from grader.commands.rubric import app
from grader.rubrics.log import Role
from grader.rubrics.panel import MarkingPanel, panel
from grader.rubrics.session import opened
from tests.grader.rubrics.classroom import WRITTEN, in_book

pytestmark = pytest.mark.kernel


def choose(shown, **levels):
    for name, level in levels.items():
        shown.levels[name].index = level


def said(shown):
    return shown.message.value


def markup(shown):
    """Return everything that a panel shows, as text."""
    texts = []
    for child in shown.children:
        texts += [str(getattr(child, name, "")) for name in ("value", "description", "options")]
    return "\n".join(texts)


def test_a_class_is_marked_with_buttons_and_stands_in_the_gradebook(course):
    shown = MarkingPanel(opened(course, "tiny", None, "wang"))
    first = shown.due.answer.learner
    choose(shown, reason=2, people=1)
    shown.comments["ask"].value = True
    shown.note.value = "谢谢"
    shown.keep.click()
    assert "kept: 3 points" in said(shown)
    assert in_book(course, first) == (3, False, "Reason 2/2 · People 1/2\n\nAsk first.\n\n谢谢")
    assert shown.due.answer.learner != first
    assert (shown.levels["reason"].index, shown.comments["ask"].value, shown.note.value) == (
        None,
        False,
        "",
    )
    while shown.due is not None:
        choose(shown, reason=0, people=0)
        shown.keep.click()
    assert sorted(in_book(course, learner)[0] for learner in WRITTEN) == [0, 0, 0, 3]
    assert "Every answer is marked." in markup(shown)
    shown.undo.click()
    assert shown.due is not None


def test_a_mark_without_every_level_is_refused_and_what_is_chosen_stays(course):
    shown = MarkingPanel(opened(course, "tiny", None, "wang"))
    choose(shown, reason=2)
    shown.keep.click()
    assert "has no level yet" in said(shown)
    assert shown.levels["reason"].index == 2
    shown.skip.click()
    assert "comes last" in said(shown)
    shown.undo.click()
    assert "taken back" in said(shown)
    shown.undo.click()
    assert "nothing to take back" in said(shown)


def test_nobody_is_named_and_markup_of_an_answer_is_only_text(course):
    session = opened(course, "tiny", None, "wang")
    seen = []
    shown = MarkingPanel(session)
    while shown.due is not None:
        seen.append(markup(shown))
        choose(shown, reason=1, people=1)
        shown.keep.click()
    assert len(seen) == len(WRITTEN)
    assert not any(name in text for name in ("dora", "王芳", "ann here") for text in seen)


def test_a_moderator_sees_both_marks(course):
    for marker, role, level in (("wang", Role.FIRST, 0), ("chen", Role.SECOND, 2)):
        session = opened(course, "tiny", None, marker, role)
        for due in session.marking.queue():
            session.save(due, {"reason": level, "people": 1})
    use("zh")
    shown = MarkingPanel(opened(course, "tiny", None, "zhao", Role.MODERATOR))
    assert (shown.levels["reason"].index, shown.levels["people"].index) == (None, 1)
    assert [label for label, _ in shown.levels["reason"].options] == [
        "0 · 没有。 ← 评分人1",
        "1 · 写了理由。",
        "2 · 理由由事实得出。 ← 评分人2",
    ]


def test_the_command_writes_a_notebook_that_opens_the_panel(course, monkeypatch):
    monkeypatch.chdir(course.root)
    arguments = ["tiny", "--marker", "王芳", "--second", "--notebook"]
    done = CliRunner().invoke(app, arguments)
    file = course.folder / "marking" / "tiny" / "why" / "王芳-second.ipynb"
    assert str(file) in done.stdout
    [_about, cell] = nbformat.read(file, 4).cells
    monkeypatch.chdir(file.parent)
    names = {}
    exec(cell.source, names)
    session = names["marking"].session
    assert (session.marking.marker, session.marking.role) == ("王芳", Role.SECOND)
    assert session.course == course
    # What somebody wrote into it since is not lost.
    file.write_text("own", "utf-8")
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert file.read_text("utf-8") == "own"


def test_a_notebook_anywhere_in_the_course_opens_it(course, monkeypatch):
    folder = course.folder / "marking"
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    assert panel("tiny", marker="wang").due is not None
    with pytest.raises(DuecourseError, match="'judge' is no role"):
        panel("tiny", marker="wang", role="judge")
