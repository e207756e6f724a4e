"""Answers that last: kept at once, read with care, and nothing lost whatever lies in the folder."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from duecourse.keeping import Store
from duecourse.kept import Kept, Unusable, as_text, from_log, look

ACTIVITY = "plan-that-fits.hardship"


class Clock:
    """One minute later at each look."""

    def __init__(self):
        self.now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture(autouse=True)
def _nobody_grades(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.fixture
def store(tmp_path):
    return Store(ACTIVITY, "call", "aaaa", tmp_path, Clock())


def again(store, **changes):
    """Open the same activity as after a restart of the kernel."""
    about = {"activity": store.activity, "kind": store.kind, "digest": store.digest}
    return Store(**{**about, **changes}, folder=store.folder, clock=Clock())


def aside(store):
    return sorted(file.name for file in store.file.parent.glob("*.aside-*"))


def test_nothing_is_written_before_something_is_chosen(store, tmp_path):
    assert store.read() is None
    assert store.notice == ""
    assert list(tmp_path.iterdir()) == []


def test_every_choice_is_kept_at_once_and_is_there_after_a_restart(store):
    store.write(["greet"])
    assert again(store).read() == ["greet"]
    store.write(["greet", "listen"])
    assert again(store).read() == ["greet", "listen"]


def test_the_file_says_what_it_is_and_holds_no_score(store):
    store.write(["greet"])
    assert json.loads(store.file.read_text("utf-8")) == {
        "version": 1,
        "activity": ACTIVITY,
        "kind": "call",
        "digest": "aaaa",
        "choices": ["greet"],
        "times": ["2026-03-02T09:31:00+00:00"],
    }


def test_what_was_chosen_before_keeps_its_time(store):
    store.write(["greet"])
    later = again(store)
    later._clock.now = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
    later.read()
    later.write(["greet", "listen"])
    times = json.loads(store.file.read_text("utf-8"))["times"]
    assert times == ["2026-03-02T09:31:00+00:00", "2026-03-03T10:01:00+00:00"]


def test_labels_keep_the_time_of_every_turn(tmp_path):
    store = Store("plan-that-fits.first-call", "coding", "bbbb", tmp_path, Clock())
    store.write({"t01": ["disclosure"], "t02": []})
    store.write({"t01": ["disclosure"], "t02": ["turning_point"], "t03": []})
    data = json.loads(store.file.read_text("utf-8"))
    assert data["labels"] == {"t01": ["disclosure"], "t02": ["turning_point"], "t03": []}
    first, second = "2026-03-02T09:31:00+00:00", "2026-03-02T09:33:00+00:00"
    assert data["times"] == [first, second, second]
    assert again(store).read() == data["labels"]


def test_the_log_only_grows(store):
    store.write(["greet"])
    store.note("again")
    store.write([])
    store.write(["pose"])
    lines = [json.loads(line) for line in store.log.read_text("utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["kept", "again", "kept", "kept"]
    assert [line.get("choices") for line in lines] == [["greet"], None, [], ["pose"]]


def test_no_part_of_a_file_is_left_behind(store):
    for number in range(5):
        store.write(["greet"] * number)
    assert sorted(file.name for file in store.file.parent.iterdir()) == [
        f"{ACTIVITY}.json",
        f"{ACTIVITY}.log.jsonl",
    ]


def test_a_write_that_fails_half_way_leaves_the_earlier_choices(store, monkeypatch):
    store.write(["greet"])

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    store.write(["greet", "listen"])
    assert "cannot be kept" in store.notice
    assert "No space left on device" in store.notice
    assert again(store).read() == ["greet"]


def test_a_later_write_that_succeeds_says_nothing_more(store, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(28, "full")))
        store.write(["greet"])
    store.write(["greet", "listen"])
    assert store.notice == ""
    assert again(store).read() == ["greet", "listen"]


@pytest.mark.parametrize("way", ["autograde", "validate"])
def test_nothing_is_written_while_a_notebook_is_graded(store, monkeypatch, way, tmp_path):
    monkeypatch.setenv("NBGRADER_EXECUTION", way)
    store.write(["greet"])
    store.note("again")
    assert list(tmp_path.iterdir()) == []


def test_what_was_kept_is_read_while_a_notebook_is_graded(store, monkeypatch):
    store.write(["greet"])
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert again(store).read() == ["greet"]


GOOD = {
    "version": 1,
    "activity": ACTIVITY,
    "kind": "call",
    "digest": "aaaa",
    "choices": ["greet"],
    "times": [],
}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not readable as JSON"),
        (b'{"version": 1, "choi', "not readable as JSON"),
        (b"\xff\xfe\x00{", "not readable as JSON"),
        (b"[" * 100_000, "not readable as JSON"),
        (b"[]", "no answers of this kit"),
        ({**GOOD, "version": 2}, "no answers of this kit"),
        ({**GOOD, "kind": "coding"}, "of another activity"),
        ({**GOOD, "activity": "../../secret.hardship"}, "of another activity: ../../secret"),
        ({**GOOD, "choices": "greet"}, "no answers of this kit"),
        ({**GOOD, "choices": [1]}, "no answers of this kit"),
        ({**GOOD, "choices": ["x" * 201]}, "no answers of this kit"),
        ({**GOOD, "choices": ["x"] * 1001}, "no answers of this kit"),
        ({**GOOD, "digest": None}, "no answers of this kit"),
        ({**GOOD, "times": {"a": 1}}, "no answers of this kit"),
        ({**GOOD, "padding": "x" * 300_000}, "larger than 256 KiB"),
    ],
)
def test_what_cannot_be_used_is_set_aside_and_said(store, content, reason):
    store.file.parent.mkdir()
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    store.file.write_bytes(content)
    assert store.read() is None
    assert reason in store.notice
    assert f"set aside as answers/{ACTIVITY}.aside-1.json" in store.notice
    assert (store.file.parent / f"{ACTIVITY}.aside-1.json").read_bytes() == content
    store.write(["greet"])
    assert again(store).read() == ["greet"]


def test_nothing_that_was_set_aside_is_overwritten(store):
    for content in ("first", "second"):
        store.file.parent.mkdir(exist_ok=True)
        store.file.write_text(content)
        store.read()
    names = [f"{ACTIVITY}.aside-1.json", f"{ACTIVITY}.aside-2.json"]
    assert aside(store) == names
    assert [(store.file.parent / name).read_text() for name in names] == ["first", "second"]


def test_a_damaged_file_is_made_anew_from_the_log(store):
    store.write(["greet"])
    store.write(["greet", "listen"])
    store.file.write_text(store.file.read_text("utf-8")[:30], "utf-8")
    with store.log.open("a") as log:
        log.write('{"at": "half a li')
    later = again(store)
    assert later.read() == ["greet", "listen"]
    assert "nothing is lost" in later.notice
    assert again(store).read() == ["greet", "listen"]
    assert len(aside(store)) == 1


def test_a_deleted_file_is_a_wish_to_begin_anew(store):
    store.write(["greet"])
    store.file.unlink()
    assert again(store).read() is None
    assert again(store).notice == ""


def test_choices_of_an_earlier_version_of_the_case_are_set_aside(store):
    store.write(["greet"])
    later = again(store, digest="bbbb")
    assert later.read() is None
    assert "the case has changed since" in later.notice
    assert json.loads((store.file.parent / aside(store)[0]).read_text())["choices"] == ["greet"]


def test_a_linked_file_is_neither_read_nor_written_through(store, tmp_path):
    other = tmp_path / "theirs.json"
    other.write_text(as_text(Kept(["greet"], "aaaa"), ACTIVITY, "call"))
    store.file.parent.mkdir()
    store.file.symlink_to(other)
    assert store.read() is None
    assert "a link or a special file" in store.notice
    store.write(["pose"])
    assert "greet" in other.read_text()
    assert not store.file.is_symlink()


def test_a_linked_folder_is_set_aside_whole(store, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / store.file.name).write_text(as_text(Kept(["greet"], "aaaa"), ACTIVITY, "call"))
    store.file.parent.symlink_to(elsewhere)
    assert store.read() is None
    assert "answers.aside-1" in store.notice
    store.write(["pose"])
    assert [file.name for file in elsewhere.iterdir()] == [store.file.name]
    assert "greet" in (elsewhere / store.file.name).read_text()
    assert again(store).read() == ["pose"]


def test_a_linked_log_is_not_written_through(store, tmp_path):
    other = tmp_path / "theirs.txt"
    other.write_text("mine")
    store.file.parent.mkdir()
    store.log.symlink_to(other)
    store.write(["greet"])
    assert other.read_text() == "mine"
    assert len(store.log.read_text("utf-8").splitlines()) == 1


def test_a_log_of_somebody_else_restores_nothing(store):
    store.write(["greet"])
    theirs = store.log.read_text("utf-8").replace('"aaaa"', '"cccc"')
    store.log.write_text(theirs, "utf-8")
    assert from_log(store.folder, ACTIVITY, "call", "aaaa") is None
    assert from_log(store.folder, ACTIVITY, "call").value == ["greet"]


def test_only_the_end_of_a_huge_log_is_read(store):
    store.write(["greet"])
    line = store.log.read_text("utf-8")
    store.log.write_text("x" * 2_000_000 + "\n" + line, "utf-8")
    assert from_log(store.folder, ACTIVITY, "call", "aaaa").value == ["greet"]


def test_a_special_file_is_not_waited_for(store):
    store.file.parent.mkdir()
    os.mkfifo(store.file)
    with pytest.raises(Unusable, match="special file"):
        look(store.file, ACTIVITY, "call")


def test_answers_that_are_a_file_are_said(store):
    store.file.parent.write_text("no folder")
    assert store.read() is None
    store.write(["greet"])
    assert "cannot be kept" in store.notice


@pytest.mark.parametrize(
    "activity", ["hardship", "../up.hardship", "a/b.c", "a.b.c", ".hidden.x", "案例.通话", "a.b\n"]
)
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path, activity):
    with pytest.raises(ValueError, match="no name of an activity"):
        Store(activity, "call", "aaaa", tmp_path)


def test_texts_of_any_language_are_kept_as_they_are(tmp_path):
    store = Store(ACTIVITY, "call", "aaaa", tmp_path)
    store.write(["开场"])
    assert "开场" in store.file.read_text("utf-8")
    assert again(store).read() == ["开场"]


def test_a_folder_moved_elsewhere_keeps_its_answers(store, tmp_path):
    store.write(["greet"])
    shutil.copytree(store.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("copy"))
    assert Store(ACTIVITY, "call", "aaaa", tmp_path / "copy").read() == ["greet"]
