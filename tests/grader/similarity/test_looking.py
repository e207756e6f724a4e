"""What is worth a look in a course: remarks with what speaks against them, never verdicts."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import nbformat
import pandas as pd
import pytest

from duecourse import cli
from duecourse.answers import MIME
from duecourse.language import catalogue
from grader.results import collect
from grader.similarity import answers, look, pairs
from grader.similarity.evidence import canonical, plain_text
from grader.similarity.logs import LARGEST, equal, fast, logs
from tests.grader.exports.small import build

LEARNERS = ("li-ming", "ada", "bo", "=cmd")
LONG = "The first letter should name the amount, the day and whom to ring."


@pytest.fixture(scope="module")
def _built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("class"))


@pytest.fixture
def course(_built, tmp_path):
    shutil.copytree(_built.root, tmp_path / "checkout")
    made = type(_built)(tmp_path / "checkout", "course", "en")
    for learner, value, text in zip(
        LEARNERS, (7.25, 3.5, 3.5, 9), ("a", LONG, LONG, "b"), strict=True
    ):
        write(made, learner, {"rate": value, "sum": value}, text)
    return made


def write(course, learner, values, text="text"):
    """Put answers, and a written one, into a learner's graded notebook."""
    file = course.folder / "autograded" / learner / "small" / "small.ipynb"
    notebook = nbformat.read(file, 4)
    for cell in notebook.cells:
        task = cell.metadata.nbgrader.grade_id
        if task in values:
            record = {"version": 1, "task": task, "kind": "number", "value": values[task]}
            cell.outputs[0].data[MIME] = record
        elif task == "advice":
            cell.source = text
    nbformat.write(notebook, file)


def log(course, learner, activity, seconds, count=12, start=0):
    """Keep a log of choices that came every so many seconds."""
    folder = course.folder / "submitted" / learner / "small" / "answers"
    folder.mkdir(exist_ok=True)
    begun = datetime(2026, 2, 27, 9, tzinfo=UTC) + timedelta(seconds=start)
    lines = [
        {
            "at": (begun + timedelta(seconds=seconds * number)).isoformat(),
            "event": "kept",
            "digest": "d",
            "choices": ["a"] * number,
        }
        for number in range(1, count + 1)
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / f"{activity}.log.jsonl").write_text(text)
    return folder.parent


def test_answers_are_read_from_the_graded_notebooks_in_the_order_of_the_tasks(course):
    table = answers(course, collect(course, "small"))
    assert list(table["task"]) == ["rate"] * 4 + ["sum"] * 4 + ["advice"] * 2
    assert dict(zip(table["learner"], table["answer"], strict=True))["li-ming"] == "7.25"
    right = table[table["right"]]
    assert list(zip(right["learner"], right["task"], strict=True)) == [
        *(("li-ming", "rate"), ("li-ming", "sum"))
    ]


def test_identical_wrong_answers_and_texts_make_a_pair(course):
    found = pairs(course, collect(course, "small"))
    [row] = found.to_dict("records")
    assert (row["learner"], row["other"]) == ("ada", "bo")
    assert row["tasks"] == ["rate", "sum", "advice"]
    assert not row["worth_a_look"]
    assert found.attrs["pairs"] == 6


def test_an_untouched_text_and_a_short_one_say_nothing(course):
    release = course.folder / "release" / "small" / "small.ipynb"
    notebook = nbformat.read(course.folder / "autograded" / "ada" / "small" / "small.ipynb", 4)
    nbformat.write(notebook, release)
    table = answers(course, collect(course, "small"))
    assert "advice" not in set(table["task"])


def test_texts_are_compared_without_spaces_case_width_and_punctuation():
    assert plain_text("Ring  the\nBANK，１ day!") == plain_text("ring the bank, 1 day")
    assert plain_text("还款 计划。") == "还款计划"


def test_numbers_that_differ_by_rounding_are_the_same_answer():
    assert canonical({"b": 0.1 + 0.2, "a": [1]}) == canonical({"a": [1.0], "b": 0.3})
    assert canonical(0.3) != canonical(0.3001)
    assert canonical(True) != canonical(1)


def test_a_log_that_two_have_to_the_second_is_named_once(course):
    for learner in ("ada", "bo"):
        log(course, learner, "case.call", 20)
    log(course, "li-ming", "case.call", 20, start=60)
    found = [
        one for who in LEARNERS for one in logs(course.folder / "submitted" / who / "small", who)
    ]
    assert equal(found) == [("case.call", ("ada", "bo"))]
    assert fast(found) == []


def test_choices_faster_than_reading_are_named(course):
    folder = log(course, "bo", "case.call", 0.4)
    [one] = fast(list(logs(folder, "bo")))
    assert one.pace == pytest.approx(0.4)


def test_few_choices_say_nothing(course):
    folders = [log(course, learner, "case.call", 0.1, count=4) for learner in ("ada", "bo")]
    found = [one for folder in folders for one in logs(folder, folder.parent.name)]
    assert equal(found) == fast(found) == []


def test_damaged_huge_and_linked_logs_are_passed_over(course, tmp_path):
    folder = log(course, "bo", "case.call", 20)
    place = folder / "answers"
    with (place / "case.call.log.jsonl").open("ab") as file:
        file.write(
            b'{"at": "yesterday", "event": "kept"}\n[]\n\xff\xfe\n{"event": "kept"}\n' + b"[" * 9999
        )
    (place / "big.call.log.jsonl").write_bytes(b"x" * (LARGEST + 1))
    (place / "link.call.log.jsonl").symlink_to("/etc/passwd")
    [one] = logs(folder, "bo")
    assert len(one.moments) == 12


def test_each_remark_says_what_speaks_against_it_and_none_is_a_verdict(course, monkeypatch):
    for learner in ("ada", "bo"):
        log(course, learner, "case.call", 0.5)
    monkeypatch.setattr("grader.similarity.index.LEVEL", 1.1)
    found = look(course, "small")
    assert [(one.sight, one.learners) for one in found.remarks] == [
        ("pair", ("ada", "bo")),
        ("log", ("ada", "bo")),
        ("pace", ("ada",)),
        ("pace", ("bo",)),
    ]
    texts = " ".join(f"{one.seen} {one.against}" for one in found.remarks).lower()
    assert all(one.against for one in found.remarks)
    assert not any(word in texts for word in ("cheat", "copied", "fraud", "guilty", "plagiar"))


def test_no_chinese_text_of_it_is_a_verdict_either():
    ours = {
        text
        for one, text in catalogue().items()
        if "against it" in one.lower() or "worth a look" in one
    }
    assert ours
    assert not any(word in text for text in ours for word in ("作弊", "抄袭", "舞弊"))


def test_a_long_text_that_two_have_written_is_a_remark_and_a_short_one_is_not(course):
    assert look(course, "small").remarks == ()
    for learner in ("ada", "bo"):
        write(course, learner, {}, f"{LONG} {LONG}{'!' if learner == 'bo' else ''}")
    [remark] = look(course, "small").remarks
    assert (remark.sight, remark.learners) == ("text", ("ada", "bo"))
    assert remark.seen.endswith("Advice")


def test_an_answer_from_another_world_is_a_remark(course):
    file = course.folder / "autograded" / "bo" / "small" / "small.ipynb"
    notebook = nbformat.read(file, 4)
    mark = notebook.cells[0].outputs[0].data["application/vnd.duecourse.mark+json"]
    mark |= {"world": 2, "other_world": 5}
    nbformat.write(notebook, file)
    [remark] = look(course, "small").remarks
    assert remark.sight == "world"
    assert "right in world 5, not in their own (2): Bad rate" in remark.seen


def test_a_class_in_which_nobody_answered_has_nothing_to_look_at(course):
    found = look(course, "second")
    assert found.remarks == ()
    assert isinstance(found.pairs, pd.DataFrame)


def test_the_command_ends_with_what_to_do(course, monkeypatch, capsys):
    monkeypatch.chdir(course.root)
    log(course, "bo", "case.call", 0.4)
    assert cli.main(["similarity", "small"]) == 0
    shown = capsys.readouterr().out
    assert "Bo Reed (bo)\n  case.call: 12 choices, 0.4 seconds" in shown
    assert "Against it: A cell that is run again" in shown
    assert "no verdicts" in shown
