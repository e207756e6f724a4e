"""Marking at a keyboard: every screen fits, every key does what it says, in both languages."""

import io

import pytest
from rich.console import Console
from typer.testing import CliRunner

from duecourse.language import LANGUAGES, use
from grader.commands.rubric import app
from grader.rubrics.answers import Answer, Answers
from grader.rubrics.desk import Act, Desk
from grader.rubrics.log import Event, Role, digest_of, log_of, logs_of
from grader.rubrics.marking import Due, Marking
from grader.rubrics.screen import comparison, plain, screen
from grader.rubrics.session import opened
from grader.rubrics.terminal import run
from tests.grader.rubrics.classroom import BLANK, WRITTEN, in_book
from tests.grader.rubrics.test_marking import GUIDE, TASK

LONG = "先问发生了什么, then offer a plan. " * 80


@pytest.fixture
def marking(tmp_path):
    answer = Answer("ann", LONG, digest_of(LONG))
    own = log_of(tmp_path, "tiny", "why", "wang")
    return Marking(Answers(TASK, (answer,), ()), GUIDE, own, [])


@pytest.fixture
def desk(marking):
    return Desk(TASK, GUIDE, marking.queue()[0])


def shown(desk, marking, width=80, height=24, message=""):
    console = Console(width=width, height=height, file=io.StringIO())
    return screen(desk, "信贷风险评估 Assessing credit risk", marking, console, message)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(80, 24), (100, 30), (132, 50)])
@pytest.mark.parametrize("keys", ["", "e", "c", "21", "c" + "ab"])
def test_every_screen_fits_into_the_terminal(desk, marking, language, size, keys):
    use(language)
    for key in keys:
        desk.press(key)
    lines = shown(desk, marking, *size, message="一行很长的话 " * 30)
    assert len(lines) <= size[1] - 1
    assert max(line.cell_len for line in lines) <= size[0]


def test_a_long_answer_is_read_on_to_its_end_and_back(desk, marking):
    first = [line.plain for line in shown(desk, marking)]
    for _ in range(40):
        desk.press(" ", 8)
        last = [line.plain for line in shown(desk, marking)]
    assert LONG.strip()[-10:] in "".join(last)
    for _ in range(40):
        desk.press("b", 8)
        shown(desk, marking)
    assert [line.plain for line in shown(desk, marking)] == first


def test_nobody_is_named_on_the_screen(desk, marking):
    assert "ann" not in "\n".join(line.plain for line in shown(desk, marking))


def test_what_would_steer_a_terminal_is_blank():
    assert plain("a\x1b[2Jb\x07\u202ec\td\r\ne\u2028f") == "a [2Jb  c    d\ne f"


def test_digits_choose_levels_and_go_on_to_the_next_open_criterion(desk):
    assert desk.press("\r") is Act.STAY
    desk.press("9")
    assert (desk.levels, desk.place) == ({}, 0)
    desk.press("2")
    assert (desk.levels, desk.place) == ({"reason": 2}, 1)
    desk.press("\x1b[A")
    desk.press("1")
    assert (desk.levels, desk.place) == ({"reason": 1}, 1)
    desk.press("0")
    assert (desk.whole, desk.points) == (True, 1)
    assert desk.press("\r") is Act.SAVE


def test_letters_choose_and_drop_comments_those_on_the_criterion_first(desk):
    desk.press("\x1b[B")
    assert [(key, comment.id) for key, comment in desk.bank] == [
        ("a", "ask"),
        ("b", "good"),
        ("c", "why-so"),
    ]
    for key in "cacab":
        desk.press(key)
    desk.press("\r")
    assert (desk.choosing, desk.comments) == (False, ["why-so", "good"])
    desk.press("c")
    desk.press("s")
    assert desk.choosing


@pytest.mark.parametrize(
    ("key", "act"), [("s", Act.SKIP), ("u", Act.UNDO), ("t", Act.NOTE), ("q", Act.QUIT)]
)
def test_other_keys_ask_for_what_they_say(desk, key, act):
    assert desk.press(key) is act


@pytest.mark.parametrize("key", ["", "x", "\x1b", "\x1b[20~", "012", "é", "王芳", "\x00"])
def test_any_other_key_does_nothing(desk, key):
    assert desk.press(key) is Act.STAY
    assert (desk.levels, desk.comments, desk.place) == ({}, [], 0)


def test_a_moderator_sees_both_marks_and_what_they_agree_on_is_filled_in(marking):
    marks = [
        Event(
            "mark", role, "ann", "2026-03-01T10:00:00+00:00", levels={"reason": level, "people": 2}
        )
        for role, level in ((Role.FIRST, 0), (Role.SECOND, 2))
    ]
    desk = Desk(TASK, GUIDE, Due(marking.queue()[0].answer, others=tuple(marks)))
    assert (desk.levels, desk.criterion.id) == ({"people": 2}, "reason")
    text = "\n".join(line.plain for line in shown(desk, marking))
    assert "0  [0] None. ← marker 1" in text
    assert "2  [2] A reason that follows from the facts. ← marker 2" in text


def test_an_answer_that_changed_says_so(marking):
    before = Event("mark", Role.FIRST, "ann", "2026-03-01T10:00:00+00:00", points=3)
    desk = Desk(TASK, GUIDE, Due(marking.queue()[0].answer, before=before))
    assert "it had 3 points" in "\n".join(line.plain for line in shown(desk, marking))


@pytest.mark.kernel
def test_a_class_is_marked_with_keys_alone(course):
    session = opened(course, "tiny", None, "wang")
    keys = iter(
        ["2", "1", "c", "b", "\r", "t", "\r", "s", "u", "u", "1", "1", "\r", *["2", "2", "\r"] * 3]
    )
    console = Console(width=80, height=24, file=io.StringIO())
    run(session, console, lambda: next(keys), lambda _prompt: " 先问原因 ")
    assert list(keys) == []
    points = sorted(in_book(course, learner)[0] for learner in WRITTEN)
    assert points == [2, 4, 4, 4]
    assert session.summary().startswith("marked by wang: 4; left: 0; left blank: 1")


@pytest.mark.kernel
def test_a_note_of_the_marker_reaches_the_gradebook_and_ctrl_c_ends_without_a_loss(course):
    session = opened(course, "tiny", None, "wang")
    keys = iter(["2", "2", "t", "\r"])

    def key():
        pressed = next(keys, None)
        if pressed is None:
            raise KeyboardInterrupt
        return pressed

    first = session.marking.queue()[0].answer.learner
    run(session, Console(width=80, height=24, file=io.StringIO()), key, lambda _prompt: "先问原因")
    assert in_book(course, first) == (4, False, "Reason 2/2 · People 2/2\n\n先问原因")


def called(course, monkeypatch, *arguments):
    monkeypatch.chdir(course.root)
    return CliRunner().invoke(app, ["tiny", "--marker", "wang", *arguments])


@pytest.mark.kernel
def test_the_command_says_what_it_needs_and_how_far_two_markers_agree(course, monkeypatch):
    assert "needs a terminal" in str(called(course, monkeypatch).exception)
    assert "has no written task 'total'" in str(
        called(course, monkeypatch, "--task", "total").exception
    )
    assert "No answer has two marks" in called(course, monkeypatch, "--agreement").stdout
    assert called(course, monkeypatch, "--second", "--moderate").exit_code == 2
    for marker, role, points in (("wang", Role.FIRST, 2), ("chen", Role.SECOND, 1)):
        one = opened(course, "tiny", None, marker, role)
        for due in one.marking.queue():
            one.save(due, {"reason": points, "people": 1})
    said = called(course, monkeypatch, "--agreement").stdout
    assert "Agreement of two markers, 4 answers" in said
    assert "0/4" in said
    assert "4/4" in said
    assert not any(learner in said for learner in ("dora", "王芳", BLANK))
    done = called(course, monkeypatch, "--settle")
    assert (done.exit_code, "marked by wang: 4" in done.stdout) == (0, True)
    assert "Nothing waits for a second marker" in called(course, monkeypatch, "--second").stdout
    assert [log.marker for log in logs_of(course.folder, "tiny", "why")] == ["chen", "wang"]


def test_without_two_marks_the_comparison_says_who_is_missing(marking):
    assert comparison(marking) == ["No answer has two marks yet. The second marker: --second"]
