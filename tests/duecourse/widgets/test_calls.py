"""The view of a call: what it is sent, what it sends back, and what a page without it shows."""

import json
import shutil

import ipywidgets
import pytest
from IPython.core.interactiveshell import InteractiveShell

from duecourse.calls import play
from duecourse.language import _, catalogue, speaking
from duecourse.widgets.calls import CallPlayer, scene_of
from tests.duecourse.calls.example import BEST, CALL, CASES, HUNG_UP, SLUG


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    shutil.copytree(CASES, tmp_path / "cases")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def graded(folder):
    (folder / "cases" / SLUG / "key.yaml").unlink()


def opened():
    player = CallPlayer(play(SLUG, CALL))
    player.said = []
    player.send = player.said.append
    return player


def choose(player, option, at):
    player._handle_custom_msg({"do": "choose", "option": option, "at": at}, [])


def test_it_is_an_ipywidget_with_script_and_style_of_its_own():
    player = opened()
    assert isinstance(player, ipywidgets.DOMWidget)
    assert "export default { render }" in player._esm
    assert ".duecourse-call" in player._css


def test_it_shows_what_is_known_said_and_to_be_chosen():
    scene = opened().scene
    assert scene["title"] == "First call to Zhou Ning"
    assert scene["about"] == "2026-03-25 18:10: you are Lin Yue and speak with Zhou Ning."
    assert scene["rule"] == "Practice: you can start again as often as you like."
    assert [line["side"] for line in scene["lines"]] == ["event", "other", "other"]
    assert [option["id"] for option in scene["options"]] == ["blunt", "greet"]
    assert (scene["count"], scene["ended"], scene["again"]) == (0, False, False)
    assert scene["passed"] == "Time on the call: 0 min"


def test_what_is_sent_is_plain_json_and_holds_no_worth():
    player = opened()
    choose(player, "greet", 0)
    text = json.dumps(player.scene)
    assert "empathy" not in text
    assert "Institution and name first" not in text


def test_a_choice_goes_to_the_call_and_the_view_follows():
    player = opened()
    choose(player, "greet", 0)
    assert player.call.choices == ["greet"]
    assert player.scene["lines"][-2]["who"] == "Lin Yue (you)"
    assert player.scene["lines"][-1]["text"] == "Yes, this is Zhou Ning."
    assert player.scene["count"] == 1
    assert player.said == [{"done": True, "problem": ""}]


def test_a_second_click_on_the_same_moment_chooses_nothing():
    player = opened()
    choose(player, "greet", 0)
    choose(player, "blunt", 0)
    choose(player, "greet", 0)
    assert player.call.choices == ["greet"]
    assert player.said == 3 * [{"done": True, "problem": ""}]


@pytest.mark.parametrize(
    "message",
    [
        {"do": "choose", "option": 1, "at": 0},
        {"do": "choose", "option": "greet", "at": None},
        {"do": "choose"},
        {"do": "dance"},
        {},
        [],
        None,
        "greet",
    ],
)
def test_a_message_that_nobody_sends_changes_nothing(message):
    player = opened()
    player._handle_custom_msg(message, [])
    assert player.call.choices == []
    assert player.said[-1]["done"]


def test_what_cannot_be_chosen_is_answered_with_why():
    player = opened()
    choose(player, "hello", 0)
    assert player.said[-1]["problem"].startswith("'hello' cannot be chosen now.")


def test_choosing_from_code_moves_the_view():
    player = opened()
    player.call.choose("greet")
    assert player.scene == scene_of(player.call)
    assert player.scene["count"] == 1


def test_two_views_of_a_call_show_the_same():
    player = opened()
    other = CallPlayer(player.call)
    choose(player, "greet", 0)
    assert other.scene == player.scene


def test_after_the_end_of_practice_there_is_a_debrief_and_another_go():
    player = opened()
    player.call.follow(HUNG_UP)
    scene = player.scene
    assert (scene["ended"], scene["again"], scene["options"]) == (True, True, [])
    assert "A critical step was missed" in scene["debrief"]
    assert scene["debrief"].count("<svg") == 1
    player._handle_custom_msg({"do": "again"}, [])
    assert player.call.choices == []
    assert player.scene["debrief"] == ""


def test_after_the_end_of_a_graded_call_it_is_locked(graded):
    player = opened()
    assert player.scene["rule"].startswith("This call is graded.")
    choose(player, "greet", 0)
    assert not player.scene["again"]
    player.call.follow(BEST)
    scene = player.scene
    assert scene["closing"] == "The call has ended. Your choices are kept, and they stand."
    assert (scene["again"], scene["debrief"], scene["options"]) == (False, "", [])
    player._handle_custom_msg({"do": "again"}, [])
    choose(player, "greet", 6)
    assert player.call.choices == BEST
    assert "graded" in player.said[0]["problem"] or "graded" in player.said[1]["problem"]
    assert "its choices stand" in player.said[-1]["problem"]


def test_what_went_wrong_with_keeping_is_shown(folder):
    (folder / "answers").write_text("in the way")
    player = opened()
    choose(player, "greet", 0)
    assert "cannot be kept" in player.scene["notice"]


def test_everything_it_says_is_in_the_language_spoken():
    with speaking("zh"):
        player = opened()
        player.call.follow(HUNG_UP)
        assert player.lang == "zh-CN"
        assert player.words["ask"] == "您怎么说？"
        assert player.scene["lines"][3]["who"] == "林悦（您）"
        english = {text for text in catalogue() if len(text) > 6}
        assert english.isdisjoint({*player.words.values(), player.scene["closing"]})
        assert _("Choice by choice") in player.scene["debrief"]


def test_a_page_without_a_kernel_shows_the_call_as_text():
    call = play(SLUG, CALL)
    call.follow(HUNG_UP)
    data, _metadata = call._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "Zhou Ning hangs up." in data["text/html"]
    assert "A critical step was missed" in data["text/html"]
    assert "<script" not in data["text/html"]
    assert data["text/plain"].startswith("First call to Zhou Ning")


def test_a_call_has_one_view_however_often_it_is_shown():
    call = play(SLUG, CALL)
    views = [
        call._repr_mimebundle_()[0]["application/vnd.jupyter.widget-view+json"]["model_id"]
        for _time in range(2)
    ]
    assert views[0] == views[1]


def test_ipython_shows_call_and_view(monkeypatch):
    format_of = InteractiveShell.instance().display_formatter.format
    call = play(SLUG, CALL)
    for one in (call, CallPlayer(call)):
        assert "application/vnd.jupyter.widget-view+json" in format_of(one)[0]
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for one in (call, CallPlayer(call)):
        assert format_of(one) == ({}, {})


def test_the_script_uses_every_word_that_it_is_given():
    script = str(CallPlayer._esm)
    words = set(CallPlayer(play(SLUG, CALL)).words)
    assert {name for name in words if f"words.{name}" in script} == words
