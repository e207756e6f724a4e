"""Calls and codings through the whole loop: released, played, handed in somehow, graded, handed back."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import nbformat
import pytest
import yaml

from duecourse.calls.playing import play
from duecourse.codings import code
from grader.cases import written_out
from grader.course import Course
from grader.findings import noticed
from grader.grading import autograde
from grader.handback import feedback
from grader.key import key_of, run
from grader.release import release
from grader.reporting import gather
from grader.reporting.page import render
from grader.results import collect
from grader.submissions import LOST
from tests.conftest import cell_of, handed_out, mark_of, scores, submit
from tests.grader import spoken
from tests.grader.spoken import BEST, LABELS

pytestmark = pytest.mark.kernel

FULL = {"the-call": 10, "labels": 8, "limit": 2, "sum": 2}
ACTIVITY = "unpaid-parcel.ring"
CALL = f"answers/{ACTIVITY}.json"


def value(function, _slug, name):
    """Return what the key holds, as the small case has it."""
    rights = {"limit": "2029-02-20", "sum": 80.5}
    return {"best": BEST, "expert": LABELS}.get(function) or rights[name]


def answered(course, **changes):
    """Return the released notebook with every answer written in code, but for the changed ones."""
    notebook = handed_out(course, "spoken")
    for cell in spoken.solved_notebook().cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if cell.metadata.get("nbgrader", {}).get("solution"):
            kept = cell.source.replace("### BEGIN SOLUTION\n", "").replace("\n### END SOLUTION", "")
            source = changes.get(name.removesuffix("-answer").replace("-", "_"), kept)
            if source is not None:
                cell_of(notebook, name).source = written_out(source, value)
    return notebook


def opened(course):
    """Return a notebook in which the call and the coding were only opened, as for their views."""
    return answered(course, the_call=None, labels=None)


def worked(course, folder, choices=BEST, labels=LABELS):
    """Play and code in a learner's copy of the released folder, choice by choice."""
    shutil.copytree(course.folder / "release" / "spoken", folder)
    for option in choices:
        # Every choice from a new object: the kernel was restarted before each of them.
        play("unpaid-parcel", "ring", folder).choose(option)
    for turn, codes in labels.items():
        code("unpaid-parcel", "talk", folder).label(turn, *codes)
    return folder


def kept(folder, **changes):
    """Return the file of the call, changed."""
    return json.dumps(json.loads((folder / CALL).read_text("utf-8")) | changes)


def hand_in(course, learner, notebook, files=None):
    """Hand in a notebook and some files beside it."""
    folder = submit(course, learner, notebook, "spoken")
    for name, text in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def build_class(course, tmp):
    """Hand in every kind of submission."""
    home = worked(course, tmp / "home")
    mine = {
        str(file.relative_to(home)): file.read_text("utf-8")
        for file in (home / "answers").iterdir()
    }
    coded = {name: text for name, text in mine.items() if ".talk." in name}
    call = {CALL: mine[CALL]}
    whole = run(opened(course), home, "spoken")
    half = worked(course, tmp / "half", BEST[:2])
    scolding = worked(course, tmp / "scolds", ["greet", "scold"])
    view = opened(course)

    hand_in(course, "code", answered(course))
    hand_in(course, "untouched", handed_out(course, "spoken"))
    hand_in(course, "files", view, mine)
    hand_in(course, "only-notebook", whole)
    hand_in(course, "half", view, {**coded, CALL: (half / CALL).read_text("utf-8")})
    hand_in(course, "half-but-recorded", whole, {CALL: (half / CALL).read_text("utf-8")})
    hand_in(course, "file-counts", whole, {CALL: (scolding / CALL).read_text("utf-8")})
    hand_in(course, "poses", answered(course, the_call=played("pose", "sorry", "listen", "plan")))
    hand_in(course, "mistaken", answered(course, the_call=played("greet", "listen", "demand")))
    some = {**LABELS, "t07": ["violation:CN-12"], "t08": ["disclosure"]}
    del some["t04"]
    hand_in(course, "some-labels", answered(course, labels=labelled(some)))

    impossible = kept(home, choices=["greet", "plan"])
    hand_in(course, "impossible", view, {**coded, CALL: impossible})
    hand_in(course, "impossible-but-recorded", whole, {CALL: impossible})
    hand_in(course, "unknown-choice", view, {**coded, CALL: kept(home, choices=["bribe"])})
    hand_in(course, "no-list", view, {**coded, CALL: kept(home, choices={"a": 1})})
    hand_in(course, "bad-json", view, {**coded, CALL: mine[CALL][:40]})
    hand_in(course, "bad-json-and-log", view, {**mine, CALL: mine[CALL][:40]})
    hand_in(course, "bad-json-but-recorded", whole, {CALL: mine[CALL][:40]})
    hand_in(course, "other-case", view, {**coded, CALL: kept(home, activity="open-door.ring")})
    hand_in(course, "path-trick", view, {**coded, CALL: kept(home, activity="../../../x.ring")})
    hand_in(course, "huge", view, {**coded, CALL: mine[CALL] + " " * 300_000})
    hand_in(course, "deep", view, {**coded, CALL: "[" * 100_000})
    hand_in(course, "earlier-version", view, {**coded, CALL: kept(home, digest="0" * 16)})

    build_tricks(course, view, whole, coded)

    easy = yaml.safe_load((home / "cases/unpaid-parcel/case.yaml").read_text("utf-8"))
    easy["calls"][0]["nodes"]["door"]["options"][0]["to"] = "good"
    hand_in(
        course,
        "own-case",
        answered(course, the_call=played("greet")),
        {
            "cases/unpaid-parcel/case.yaml": yaml.safe_dump(easy),
            "cases/unpaid-parcel/key.yaml": yaml.safe_dump({"lesson": 1}),
        },
    )
    forged = {**json.loads(mine[CALL]), "choices": BEST}
    hand_in(course, "李明", view, {**coded, CALL: json.dumps(forged, ensure_ascii=True)})
    hand_in(course, "call-only", view, call)
    followed = f'the_call = play("unpaid-parcel", "ring")\nthe_call.follow({BEST!r})'
    hand_in_what_ran(course, "ran-the-loop", tmp, played(*BEST))
    hand_in_what_ran(course, "followed", tmp, followed)


def build_tricks(course, view, whole, coded):
    """Hand in links, and folders in the place of files."""
    folder = hand_in(course, "link", view, coded)
    (folder / CALL).symlink_to(course.folder / "submitted" / "files" / "spoken" / CALL)
    folder = hand_in(course, "linked-folder", view)
    (folder / "answers").symlink_to(course.folder / "submitted" / "files" / "spoken" / "answers")
    folder = hand_in(course, "folder-is-a-file", whole)
    (folder / "answers").write_text("not a folder")
    folder = hand_in(course, "file-is-a-folder", whole)
    (folder / CALL).mkdir(parents=True)


def hand_in_what_ran(course, learner, tmp, source):
    """Hand in a notebook that plays the call in code, as it stands after it ran, with its files."""
    home = tmp / learner
    shutil.copytree(course.folder / "release" / "spoken", home)
    ran = run(answered(course, the_call=source), home, "spoken")
    hand_in(course, learner, ran, {CALL: (home / CALL).read_text("utf-8")})


def played(*choices):
    return f'the_call = play("unpaid-parcel", "ring")\nfor option in {choices!r}:\n    the_call.choose(option)'


def labelled(labels):
    return (
        'the_labels = code("unpaid-parcel", "talk")\n'
        f"for turn, codes in {labels!r}.items():\n    the_labels.label(turn, *codes)"
    )


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    course = spoken.checkout(tmp_path_factory.mktemp("spoken") / "checkout")
    release(course, "spoken")
    key_of(course.assignment("spoken"), course.keys)
    return course


@pytest.fixture(scope="module")
def graded(ready, tmp_path_factory):
    root = tmp_path_factory.mktemp("class") / "checkout"
    shutil.copytree(ready.root, root)
    course = Course(root, "course", "en")
    build_class(course, tmp_path_factory.mktemp("homes"))
    states = {one.learner: one for one in autograde(course, "spoken")}
    return course, states, scores(course, "spoken")


def test_everybody_is_graded(graded):
    course, states, found = graded
    assert set(found) == {folder.name for folder in (course.folder / "submitted").iterdir()}
    assert {one.state for one in states.values()} == {"graded"}


@pytest.mark.parametrize(
    "learner",
    [
        "code",
        "files",
        "only-notebook",
        "half-but-recorded",
        "impossible-but-recorded",
        "bad-json-but-recorded",
        "bad-json-and-log",
        "folder-is-a-file",
        "file-is-a-folder",
        "ran-the-loop",
        "followed",
        "李明",
    ],
)
def test_a_right_call_and_coding_earn_everything_however_they_came(graded, learner):
    assert graded[2][learner] == FULL


def test_a_call_that_was_followed_in_code_goes_through_where_it_was_kept_too(graded):
    file = graded[0].folder / "autograded" / "followed" / "spoken" / "spoken.ipynb"
    outputs = cell_of(nbformat.read(file, 4), "the-call-answer").outputs
    assert [one for one in outputs if one.output_type == "error"] == []


def test_nothing_handed_in_is_a_reasoned_zero(graded):
    course, _states, found = graded
    assert found["untouched"] == dict.fromkeys(FULL, 0)
    assert mark_of(course, "untouched", "the-call", "spoken")["outcome"] == "not-answered"
    assert found["call-only"] == FULL | {"labels": 0}


@pytest.mark.parametrize(
    ("learner", "reason"),
    [
        ("half", "has not come to its end; choices so far: 2"),
        ("impossible", "there is no 'plan' at 'ask'"),
        ("unknown-choice", "there is no 'bribe' at 'door'"),
        ("no-list", "no answers of this kit"),
        ("bad-json", "not readable as JSON"),
        ("other-case", "of another activity: open-door.ring"),
        ("path-trick", "of another activity: ../../../x.ring"),
        ("huge", "larger than 256 KiB"),
        ("deep", "not readable as JSON"),
        ("link", "a link or a special file"),
        ("earlier-version", "another version of this case"),
    ],
)
def test_a_call_that_cannot_be_marked_is_explained_and_costs_nothing_else(graded, learner, reason):
    course, _states, found = graded
    assert found[learner] == FULL | {"the-call": 0}
    mark = mark_of(course, learner, "the-call", "spoken")
    assert mark["outcome"] == "unreadable"
    assert reason in mark["reason"]


def test_a_linked_folder_is_not_followed(graded):
    course, _states, found = graded
    assert found["linked-folder"] == FULL | {"the-call": 0, "labels": 0}
    reason = mark_of(course, "linked-folder", "labels", "spoken")["reason"]
    assert "a link or a special file" in reason
    left = course.folder / "autograded" / "linked-folder" / "spoken" / "answers"
    assert not left.exists()


def test_what_a_link_led_to_is_not_left_beside_the_notebook(graded):
    course = graded[0]
    assert not (course.folder / "autograded" / "link" / "spoken" / CALL).exists()


def test_the_file_counts_where_both_hold_a_whole_call(graded):
    course, _states, found = graded
    assert found["file-counts"] == FULL | {"the-call": 0}
    assert "must not be scolded" in shown_parts(course, "file-counts")


def test_each_of_the_four_parts_is_said(graded):
    course, _states, found = graded
    # outcome 1, lawfulness 0.5, empathy 0 at the door, then 1 and 1: 0.4 + 0.35 / 2 + 0.25 * 2 / 3
    assert found["poses"]["the-call"] == pytest.approx(10 * (0.4 + 0.175 + 0.25 * 2 / 3), abs=0.01)
    parts = {part["name"]: part for part in mark_of(course, "poses", "the-call", "spoken")["parts"]}
    assert parts["Outcome"]["share"] == 1
    assert parts["Lawfulness"]["share"] == 0.5
    assert "CN-11" in parts["Lawfulness"]["note"]
    assert "provisional" in parts["Lawfulness"]["note"]
    assert parts["Empathy"]["note"].startswith("in 2 of 3 moments")
    assert parts["Critical step"]["share"] == 1
    first = parts["Choice 1, “I say pose.”"]
    assert first["share"] == 0
    assert "what pose has done" in first["note"]
    assert first["note"].endswith("Better at this moment: “I say greet.”")


def test_a_known_mistake_is_named(graded):
    course, _states, found = graded
    assert found["mistaken"]["the-call"] == 5
    assert mark_of(course, "mistaken", "the-call", "spoken")["mistake_text"] == "You demanded."


def test_labels_earn_f1_with_half_a_hit_and_the_turns_to_read_again_are_named(graded):
    course, _states, found = graded
    # two labels are right, a rule is seen under another name: 2 * 2.5 / (4 + 4)
    assert found["some-labels"]["labels"] == 8 * 5 / 8
    parts = {
        part["name"]: part for part in mark_of(course, "some-labels", "labels", "spoken")["parts"]
    }
    assert parts["Labels"]["note"] == "2 of 4 labels are there, and 2 others"
    assert parts["Rules"]["note"].endswith("(half each): 1")
    # 40 decisions, 4 and 4 labels, 2 in common: observed 0.9, by chance 0.82
    assert parts["Agreement"]["note"].startswith("Cohen's kappa 0.44")
    text = shown_parts(course, "some-labels", "labels")
    assert "something more in t04, t07" in text
    assert "in t07, t08" in text
    assert "disclosure" not in text


def shown_parts(course, learner, task="the-call"):
    return "\n".join(part["note"] for part in mark_of(course, learner, task, "spoken")["parts"])


def test_a_learners_own_case_changes_nothing(graded):
    course, _states, found = graded
    assert found["own-case"] == FULL | {"the-call": 0}
    beside = course.folder / "autograded" / "own-case" / "spoken"
    assert not (beside / "cases").exists()


def test_learners_answers_and_logs_are_kept(graded):
    folder = graded[0].folder / "autograded" / "files" / "spoken" / "answers"
    names = {file.name for file in folder.iterdir()}
    assert names >= {f"{ACTIVITY}.json", f"{ACTIVITY}.log.jsonl", "unpaid-parcel.talk.json"}
    lines = (folder / f"{ACTIVITY}.log.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["choices"] for line in lines] == [BEST[:1], BEST[:2], BEST]


def test_the_reason_stands_in_the_graded_notebook(graded):
    file = graded[0].folder / "autograded" / "link" / "spoken" / "spoken.ipynb"
    assert "the-call" in nbformat.read(file, 4).metadata.duecourse[LOST]


def test_an_answer_that_changed_is_seen_without_a_new_notebook(graded):
    course = graded[0]
    assert [one.state for one in autograde(course, "spoken", ["files"])] == ["unchanged"]
    log = course.folder / "submitted" / "files" / "spoken" / "answers" / f"{ACTIVITY}.log.jsonl"
    log.write_text(log.read_text("utf-8") + "\n", "utf-8")
    assert [one.state for one in autograde(course, "spoken", ["files"])] == ["graded"]


def test_marking_again_gives_the_same(graded):
    course, _states, found = graded
    some = ["half", "poses", "link", "some-labels"]
    assert {one.state for one in autograde(course, "spoken", some, remark=True)} == {"remarked"}
    assert scores(course, "spoken") == found


def test_the_report_says_who_missed_a_critical_step_and_whose_call_is_of_no_use(graded):
    results = collect(graded[0], "spoken")
    rows = {row["learner"]: row for row in results.learners.to_dict("records")}
    assert {name for name, row in rows.items() if row["critical"]} == {"file-counts"}
    assert "calls with a critical step missed: 1" in noticed(rows["file-counts"])
    assert "not readable: 1" in noticed(rows["link"])
    page = render(gather(graded[0], "spoken"), "course", datetime(2026, 3, 9, tzinfo=UTC))
    assert "it is a link or a special file" in page


def whys(course, language):
    """Return what the key of the exam case explains, in one language."""
    folder = course.root / "case_studies" / "failure" / "unpaid-parcel"
    key = yaml.safe_load((folder / "key.yaml").read_text("utf-8"))
    choices = key["calls"]["ring"]["choices"]
    turns = key["transcripts"]["talk"]["turns"]
    return {name: one["why"][language] for name, one in {**choices, **turns}.items()}


def test_feedback_explains_a_learners_own_choices_and_no_others(graded):
    course = graded[0]
    own = {
        "poses": {"door.pose", "angry.sorry", "ask.listen", "offer.plan"},
        "file-counts": {"door.greet", "ask.scold"},
        "some-labels": set(),
        "untouched": set(),
        "half": set(),
        "code": set(),
    }
    pages = {back.learner: back.pages for back in feedback(course, "spoken", list(own))}
    explained = whys(course, "en")
    for learner, names in own.items():
        text = pages[learner][0].read_text("utf-8")
        assert {name for name, why in explained.items() if why in text} == names, learner
        assert "中文" not in text


def test_the_same_class_in_chinese_is_explained_in_chinese(ready, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(ready.root, root, ignore=shutil.ignore_patterns("course"))
    course = Course(root, "course-zh", "zh")
    release(course, "spoken")
    hand_in(course, "poses", answered(course, the_call=played("pose", "insist")))
    assert [one.state for one in autograde(course, "spoken")] == ["graded"]
    notes = [part["note"] for part in mark_of(course, "poses", "the-call", "spoken")["parts"]]
    assert any("之中文" in note for note in notes)
    assert not any("better" in note.lower() for note in notes)


def test_a_changed_case_is_explained_to_those_who_played_the_earlier_one(ready, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(ready.root, root)
    course = Course(root, "course", "en")
    home = worked(course, tmp_path / "home")
    files = {CALL: (home / CALL).read_text("utf-8")}
    hand_in(course, "before", opened(course), files)
    hand_in(course, "words-only", answered(course))
    assert [one.state for one in autograde(course, "spoken")] == ["graded"] * 2
    assert scores(course, "spoken")["before"]["the-call"] == 10
    place = root / "case_studies" / "failure" / "unpaid-parcel" / "case.yaml"
    case = yaml.safe_load(place.read_text("utf-8"))
    case["calls"][0]["brief"]["en"] = "Another brief."
    place.write_text(yaml.safe_dump(case), "utf-8")
    list(autograde(course, "spoken", remark=True))
    assert scores(course, "spoken")["before"]["the-call"] == 10
    case["calls"][0]["trust"] = 41
    place.write_text(yaml.safe_dump(case), "utf-8")
    list(autograde(course, "spoken", ["before"], again=True))
    assert scores(course, "spoken")["before"]["the-call"] == 0
    reason = mark_of(course, "before", "the-call", "spoken")["reason"]
    assert "another version of this case" in reason


def test_stock_autograde_gives_the_same_gradebook(graded, tmp_path):
    ours, _states, found = graded
    some = ("code", "only-notebook", "half", "poses", "link", "bad-json-and-log", "some-labels")
    root = tmp_path / "checkout"
    shutil.copytree(
        ours.root, root, ignore=shutil.ignore_patterns("autograded", "feedback"), symlinks=True
    )
    course = Course(root, "course", "en")
    with course.gradebook() as gradebook:
        for submission in gradebook.assignment_submissions("spoken"):
            gradebook.remove_submission("spoken", submission.student.id)
    for folder in (course.folder / "submitted").iterdir():
        if folder.name not in some:
            shutil.rmtree(folder)
    with course.environment():
        program = [sys.executable, "-m", "nbgrader", "autograde", "spoken"]
        subprocess.run(program, cwd=root, check=True, capture_output=True)
    assert scores(course, "spoken") == {learner: found[learner] for learner in some}
    for learner in some:
        for task in FULL:
            theirs = mark_of(course, learner, task, "spoken")
            assert theirs == mark_of(ours, learner, task, "spoken"), (learner, task)


def test_archives_of_a_class_come_in_with_their_answers(ready, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(ready.root, root)
    course = Course(root, "course", "en")
    home = worked(course, tmp_path / "home")
    nbformat.write(opened(course), home / "spoken.ipynb")
    archives = root / "downloaded" / "spoken" / "archive"
    archives.mkdir(parents=True)
    shutil.make_archive(archives / "li-ming", "zip", home)
    shutil.make_archive(archives / "amara", "zip", home.parent, "home")
    with course.environment():
        program = [sys.executable, "-m", "nbgrader", "zip_collect", "spoken"]
        subprocess.run(program, cwd=root, check=True, capture_output=True)
    for learner in ("li-ming", "amara"):
        folder = course.folder / "submitted" / learner / "spoken"
        names = {file.relative_to(folder).as_posix() for file in folder.rglob("*.*")}
        assert names >= {"spoken.ipynb", CALL, CALL.replace(".json", ".log.jsonl")}, learner
    assert {one.state for one in autograde(course, "spoken")} == {"graded"}
    assert list(scores(course, "spoken").values()) == [FULL, FULL]


def test_an_authors_own_answers_take_nobodys_place(ready, tmp_path):
    root = tmp_path / "checkout"
    shutil.copytree(ready.root, root)
    course = Course(root, "course", "en")
    home = worked(course, tmp_path / "home")
    author = root / "assignments" / "spoken" / "answers"
    author.mkdir()
    (author / f"{ACTIVITY}.json").write_text(kept(home, choices=["greet", "scold"]))
    (author / "unpaid-parcel.talk.json").write_text("{}")
    hand_in(course, "own", opened(course), {CALL: (home / CALL).read_text("utf-8")})
    hand_in(course, "none", opened(course))
    list(autograde(course, "spoken"))
    found = scores(course, "spoken")
    assert {learner: marks["the-call"] for learner, marks in found.items()} == {
        "own": 10,
        "none": 0,
    }
