"""The instructor's commands: what they print, and how they end."""

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from duecourse import cli
from duecourse.errors import DuecourseError
from grader import grading
from grader.grading import Graded
from grader.handback import feedback, graded

COMMANDS = [
    *("workshop", "release", "autograde", "feedback", "report", "rubric", "collect", "handout"),
    *("export", "forget", "similarity", "needs", "plan", "changes", "evaluate"),
    *("certify", "verify", "revoke", "renewals"),
]


@pytest.fixture
def here(released, monkeypatch):
    """Stand in a checkout whose small assignment is released."""
    monkeypatch.chdir(released.root)
    monkeypatch.delenv("DUECOURSE_COURSE", raising=False)
    return released


def call(*words):
    """Run a command as the shell would; returns its exit code."""
    return cli.main(list(words))


def hand_in(course, learner, *, notebook=True):
    folder = course.folder / "submitted" / learner / "tiny"
    if notebook:
        shutil.copytree(course.folder / "release" / "tiny", folder)
    else:
        folder.mkdir(parents=True)


def stand_in(monkeypatch, states):
    """Let grading take no time: every learner comes out in the given state."""

    def autograde(_course, _assignment, learners=(), **flags):
        calls.append((tuple(learners), flags))
        yield from (Graded(name, *states[name]) for name in learners or sorted(states))

    calls: list = []
    monkeypatch.setattr(grading, "autograde", autograde)
    monkeypatch.setattr(grading, "submitted", lambda *_course: sorted(states))
    return calls


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name):
    shown = CliRunner().invoke(cli.build(), [name, "--help"])
    assert shown.exit_code == 0
    assert re.search(rf"^\s+duecourse {name}\b", shown.output, re.MULTILINE)


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from importlib.metadata import entry_points; "
        "[one.load() for one in entry_points(group='duecourse.commands')]; "
        "print([name for name in ('pandas', 'nbgrader', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_release_says_where_it_is(here, capsys):
    shutil.rmtree(here.folder / "release")
    assert call("release") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"released: {here.folder / 'release' / 'tiny'}"
    assert said[1] == f"for learners: {here.folder / 'learner'}"
    assert (here.folder / "release" / "tiny" / "tiny.ipynb").is_file()


def test_an_unknown_assignment_ends_with_1_and_names_what_exists(here, capsys):
    assert call("release", "tinny") == 1
    assert "It has: tiny." in capsys.readouterr().err


def test_a_course_is_chosen_by_option_or_variable(here, capsys, monkeypatch):
    assert call("report", "tiny", "--course", "elsewhere") == 1
    assert "First: duecourse release tiny" in capsys.readouterr().err
    monkeypatch.setenv("DUECOURSE_COURSE", "elsewhere")
    assert call("report", "tiny") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["autograde"],
        ["autograde", "tiny", "--again", "--remark"],
        ["release", "--language", "fr"],
        ["feedback", "tiny", "--late"],
    ],
)
def test_a_wrong_call_ends_with_2(here, words, capsys):
    assert call(*words) == 2
    assert "Error" in capsys.readouterr().err


def test_the_language_is_the_courses(here, capsys):
    assert call("report", "--language", "zh", "--course", "elsewhere") == 1
    assert "还没有发布任何作业" in capsys.readouterr().err


def test_grading_shows_its_steps_and_sums_up(here, capsys, monkeypatch):
    states = {
        "amy": ("graded",),
        "ben": ("unchanged",),
        "cut": ("explained", "tiny.ipynb: it is damaged"),
    }
    stand_in(monkeypatch, states)
    assert call("autograde", "tiny") == 0
    assert capsys.readouterr().out.splitlines() == [
        "Grading tiny 1/3 amy",
        "Grading tiny 2/3 ben",
        "Grading tiny 3/3 cut",
        "graded: 1",
        "unchanged, passed over: 1",
        "zero with a reason: 1",
        "  cut: tiny.ipynb: it is damaged",
    ]


def test_what_failed_is_named_with_the_command_that_repeats_only_that(here, capsys, monkeypatch):
    states = {"amy": ("graded",), "li ming": ("failed", "disk full"), "zoe": ("failed", "")}
    stand_in(monkeypatch, states)
    assert call("autograde", "tiny", "--again", "--course", "course") == 1
    shown = capsys.readouterr().out
    assert "not graded: 2\n  li ming: disk full\n" in shown
    words = "--learner 'li ming' --learner zoe --again --course course --language en"
    assert f"To repeat only these: duecourse autograde tiny {words}\n" in shown


def test_options_reach_the_grading(here, monkeypatch):
    calls = stand_in(monkeypatch, {"amy": ("graded",), "ben": ("graded",)})
    assert call("autograde", "tiny", "--learner", "amy", "--learner", "ben", "--remark") == 0
    usual = {"again": False, "jobs": None, "cluster": None, "isolated": True}
    assert calls == [(("amy", "ben"), usual | {"remark": True})]


def test_a_run_says_how_to_repeat_what_failed_with_the_same_options(here, monkeypatch, capsys):
    calls = stand_in(monkeypatch, {"amy": ("graded",), "ben": ("failed", "no room")})
    options = ["--jobs", "3", "--no-isolation", "--again"]
    assert call("autograde", "tiny", *options) == 1
    assert calls[0][1]["jobs"] == 3
    assert not calls[0][1]["isolated"]
    said = capsys.readouterr().out
    assert "duecourse autograde tiny --learner ben --again --no-isolation --jobs 3" in said


def test_an_empty_class_is_no_failure(here, capsys):
    assert call("autograde", "tiny") == 0
    assert capsys.readouterr().out == "Nothing was handed in yet.\n"


def test_a_terminal_gets_a_bar(here, monkeypatch, capsys):
    stand_in(monkeypatch, {"amy": ("graded",)})
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert call("autograde", "tiny") == 0
    shown = capsys.readouterr()
    assert shown.out == "graded: 1\n"
    assert "Grading tiny" in shown.err


def test_feedback_before_any_grading_says_what_comes_first(here, capsys):
    assert call("feedback", "tiny") == 1
    assert "First: duecourse autograde tiny" in capsys.readouterr().err


@pytest.fixture
def marked(here):
    """The checkout with two learners; one handed in no notebook."""
    hand_in(here, "amy")
    hand_in(here, "lou", notebook=False)
    states = {done.learner: done.state for done in grading.autograde(here, "tiny")}
    assert states == {"amy": "graded", "lou": "explained"}
    return here


def due(course, moment, extension=None):
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment("tiny", duedate=moment.replace(tzinfo=None))
        gradebook.find_submission("tiny", "amy").extension = extension
        gradebook.db.commit()


@pytest.mark.kernel
def test_feedback_is_held_back_until_nobody_may_hand_in_any_more(marked, capsys):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    due(marked, tomorrow)
    assert call("feedback", "tiny") == 1
    assert "held back until then" in capsys.readouterr().err
    assert not (marked.folder / "feedback").exists()

    with pytest.raises(DuecourseError, match="held back"):
        next(feedback(marked, "tiny", now=tomorrow - timedelta(minutes=1)))
    due(marked, tomorrow, timedelta(hours=1))
    with pytest.raises(DuecourseError, match="held back"):
        next(feedback(marked, "tiny", now=tomorrow + timedelta(minutes=59)))

    assert call("feedback", "tiny", "--early") == 0
    assert capsys.readouterr().out.startswith("Writing the feedback of tiny 1/1 amy\n")
    page = marked.folder / "feedback" / "amy" / "tiny" / "tiny.html"
    assert "Title of total" in page.read_text("utf-8")

    assert graded(marked, "tiny") == ["amy"]
    assert call("feedback", "tiny", "--learner", "lou", "--early") == 1
    assert "Not graded yet: lou. Graded are: amy." in capsys.readouterr().err

    assert call("report") == 0
    said = capsys.readouterr().out
    assert said.endswith(f"report: {marked.folder / 'report' / 'index.html'}\n")
    assert (marked.folder / "report" / "tiny.html").is_file()
