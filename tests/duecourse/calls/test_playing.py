"""A call played from code: kept at once, replayed in practice, final where it is graded."""

import json
import subprocess
import sys

import pytest

from duecourse.calls import play
from duecourse.calls.engine import digest
from duecourse.errors import DuecourseError
from duecourse.language import speaking
from tests.conftest import ROOT
from tests.duecourse.calls.example import BEST, CALL, HUNG_UP, SLUG

FILE = f"answers/{SLUG}.{CALL}.json"
LOG = f"answers/{SLUG}.{CALL}.log.jsonl"


def opened():
    return play(SLUG, CALL)


def kept(folder):
    return json.loads((folder / FILE).read_text("utf-8"))


def events(folder):
    return [json.loads(line)["event"] for line in (folder / LOG).read_text("utf-8").splitlines()]


def test_a_call_is_chosen_through_from_code(practice):
    call = opened()
    assert call.choices == []
    assert list(call.options) == ["blunt", "greet"]
    assert call.options["blunt"].startswith("You have been behind")
    for option in BEST:
        assert not call.finished
        call.choose(option)
    assert call.finished
    assert call.choices == BEST
    assert call.options == {}


def test_an_option_that_is_not_offered_is_answered_with_those_that_are(practice):
    call = opened()
    with pytest.raises(DuecourseError) as error:
        call.choose("hello")
    lines = str(error.value).splitlines()
    assert lines[0] == "'hello' cannot be chosen now. What can be:"
    assert lines[1].startswith('  "blunt": You have been behind with 1,240 yuan')
    assert lines[2].startswith('  "greet": Good evening.')
    with pytest.raises(DuecourseError, match="int cannot be chosen now"):
        call.choose(1)
    assert call.choices == []


def test_there_must_be_such_a_case_and_such_a_call(practice):
    with pytest.raises(DuecourseError, match=r"no call 'hardships'.*Did you mean 'hardship'\?"):
        play(SLUG, "hardships")
    with pytest.raises(DuecourseError, match=r"no case 'evening-calls'.*'evening-call'\?"):
        play("evening-calls", CALL)


def test_each_choice_is_kept_at_once_with_its_time_and_no_score(practice):
    call = opened()
    call.choose("greet")
    assert kept(practice)["choices"] == ["greet"]
    call.choose("ask")
    found = kept(practice)
    assert found["choices"] == ["greet", "ask"]
    assert len(found["times"]) == 2
    assert found["digest"] == digest(call.script)
    assert set(found) == {"version", "activity", "kind", "digest", "choices", "times"}


def test_a_call_goes_on_where_it_was_left(practice):
    opened().choose("greet")
    call = opened()
    assert call.choices == ["greet"]
    assert call.course.node == "identity"
    call.choose("ask")
    assert opened().choices == ["greet", "ask"]


def test_practice_can_be_played_again_and_the_log_keeps_both(practice):
    call = opened()
    call.follow(HUNG_UP)
    with pytest.raises(DuecourseError, match=r"has come to its end.*call\.again\(\)"):
        call.choose("greet")
    call.again()
    assert call.choices == opened().choices == []
    call.follow(BEST)
    assert opened().choices == BEST
    assert events(practice).count("again") == 1


def test_a_graded_call_is_final(graded):
    call = opened()
    call.choose("greet")
    with pytest.raises(DuecourseError, match="graded: it is played once"):
        call.again()
    call.follow(BEST)
    with pytest.raises(DuecourseError, match="its choices stand"):
        call.choose("greet")
    with pytest.raises(DuecourseError, match="its choices stand"):
        call.follow(HUNG_UP)
    assert opened().choices == BEST


def test_there_is_a_debrief_after_the_end_of_practice_only(practice):
    call = opened()
    with pytest.raises(DuecourseError, match="when the call has come to its end"):
        call.debrief()
    call.follow(BEST)
    assert call.debrief().score.total == 1


def test_a_graded_call_has_no_debrief(graded):
    call = opened()
    call.follow(BEST)
    with pytest.raises(DuecourseError, match="said after marking"):
        call.debrief()


def test_following_the_same_way_twice_changes_nothing(practice):
    opened().follow(BEST)
    before = (practice / LOG).read_bytes()
    opened().follow(BEST)
    opened().follow(BEST[:3])
    assert (practice / LOG).read_bytes() == before


def test_following_another_way_starts_practice_again(practice):
    call = opened()
    call.follow(["blunt"])
    call.follow(BEST[:2])
    assert call.choices == BEST[:2]
    assert "again" in events(practice)


def test_two_notebooks_do_not_overwrite_one_another(practice):
    first, second = opened(), opened()
    first.choose("greet")
    with pytest.raises(DuecourseError, match="gone on in another place"):
        second.choose("blunt")
    assert second.choices == ["greet"]
    second.choose("ask")
    assert kept(practice)["choices"] == ["greet", "ask"]


def test_a_removed_file_loses_nothing_that_is_still_open(practice):
    call = opened()
    call.choose("greet")
    (practice / FILE).unlink()
    call.choose("ask")
    assert kept(practice)["choices"] == ["greet", "ask"]


def test_choices_that_cannot_be_played_are_kept_up_to_there_and_told(practice):
    opened().choose("greet")
    found = kept(practice)
    (practice / FILE).write_text(json.dumps({**found, "choices": ["greet", "gift", "ask"]}))
    call = opened()
    assert call.choices == ["greet"]
    assert "cannot be played from some point on: choice 2: there is no 'gift'" in call.notice
    assert events(practice)[-1] == "impossible"
    call.choose("ask")
    assert call.notice == ""


def test_a_damaged_file_is_told_and_mended_from_the_log(practice):
    call = opened()
    call.follow(BEST[:2])
    (practice / FILE).write_text('{"version": 1, "choi')
    call = opened()
    assert call.choices == BEST[:2]
    assert "set aside" in call.notice


def test_a_folder_that_cannot_be_written_does_not_stop_the_call(practice):
    (practice / "answers").write_text("in the way")
    call = opened()
    call.follow(BEST)
    assert call.choices == BEST
    assert "cannot be kept" in call.notice


def test_nothing_is_written_or_shown_while_a_submission_is_marked(graded, monkeypatch):
    opened().choose("greet")
    before = (graded / LOG).read_bytes()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    call = opened()
    call.follow(BEST)
    assert call._ipython_display_() is None
    assert call.choices == BEST
    assert kept(graded)["choices"] == ["greet"]
    assert (graded / LOG).read_bytes() == before


def test_what_is_handed_in_names_case_call_version_and_choices(practice):
    call = opened()
    call.choose("greet")
    assert call.as_answer() == {
        "case": SLUG,
        "call": CALL,
        "digest": digest(call.script),
        "choices": ["greet"],
    }


def test_the_transcript_is_what_was_said(practice):
    call = opened()
    call.choose("greet")
    lines = call.transcript.splitlines()
    assert lines[:3] == [
        "(The telephone rings four times.)",
        "Ms He: Hello? … It is for you.",
        "Zhou Ning: Hello, who is speaking?",
    ]
    assert lines[3].startswith("Lin Yue: Good evening. My name is Lin Yue")
    assert lines[4:] == ["Zhou Ning: Yes, this is Zhou Ning."]
    with speaking("zh"):
        assert call.transcript.splitlines()[-1] == "周宁：是，我就是周宁。"


def test_printed_it_says_what_can_be_said_next(practice):
    call = opened()
    assert repr(call).splitlines()[-2].startswith('  "blunt": You have been')
    call.follow(BEST)
    assert repr(call).endswith("The call has ended.")


def test_a_view_hears_of_every_change(practice):
    call, heard = opened(), []
    call.watch(lambda: heard.append(call.choices))
    call.choose("greet")
    call.again()
    assert heard == [["greet"], []]


def test_the_example_is_found_from_another_folder(practice, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    play(SLUG, CALL, practice).choose("greet")
    assert kept(practice)["choices"] == ["greet"]


def test_a_call_is_played_without_tables_or_widgets(practice):
    code = (
        "from duecourse.calls import play\n"
        f"call = play({SLUG!r}, {CALL!r})\n"
        f"call.follow({BEST!r})\n"
        "import sys\n"
        "print({'pandas', 'ipywidgets', 'matplotlib', 'IPython'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert done.stdout.strip() == "set()"
