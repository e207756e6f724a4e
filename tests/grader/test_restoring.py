"""What a saved notebook recorded of calls and codings, whatever else stands in its outputs."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from duecourse.answers import MIME
from duecourse.kept import Kept, as_text, file_of, look
from duecourse.tasks import CallTask
from grader.restoring import recorded_in, restore
from tests.grader import spoken
from tests.grader.spoken import BEST

SLUG = "unpaid-parcel"
TASK = CallTask(id="the-call", kind="call", title={"en": "T"}, case=SLUG, call="ring")
ACTIVITY = f"{SLUG}.ring"


def record(choices, **changes):
    value = {"case": SLUG, "call": "ring", "digest": "aa", "choices": choices}
    return {"version": 1, "task": "the-call", "kind": "call", "value": value, **changes}


def notebook(*records):
    outputs = [new_output("display_data", data={"text/plain": "x", MIME: one}) for one in records]
    stream = new_output("stream", name="stdout", text="said")
    cells = [new_markdown_cell("text"), new_code_cell("check(...)", outputs=[stream, *outputs])]
    return new_notebook(cells=[*cells, new_code_cell("more")])


def test_the_last_record_of_a_task_counts():
    assert recorded_in(notebook(record(["a"]), record(BEST)), TASK).value == BEST
    other = record(["z"], task="another")
    assert recorded_in(notebook(record(BEST), other), TASK).value == BEST


@pytest.mark.parametrize(
    "junk",
    [
        None,
        "text",
        [1],
        record("greet"),
        record([1]),
        {"task": "the-call"},
        record([], value=None),
        record([], value={"choices": BEST}),
    ],
)
def test_junk_is_passed_by(junk):
    assert recorded_in(notebook(junk), TASK) is None
    assert recorded_in(notebook(record(BEST), junk), TASK).value == BEST


def test_a_notebook_without_outputs_has_no_record():
    assert recorded_in(new_notebook(cells=[new_code_cell("x")]), TASK) is None


@pytest.fixture
def folders(tmp_path):
    course = spoken.checkout(tmp_path / "checkout")
    for name in ("submitted", "beside"):
        (tmp_path / name).mkdir()
    assignment = course.assignment("spoken")
    return assignment, tmp_path / "submitted", tmp_path / "beside"


def digest_of(assignment):
    from duecourse.calls.engine import digest

    return digest(assignment.cases[SLUG].case.calls[0])


def test_nothing_handed_in_leaves_nothing_and_says_nothing(folders):
    assignment, submitted, beside = folders
    assert restore(TASK, assignment, notebook(), submitted, beside) == ""
    assert list(beside.iterdir()) == []


def test_an_empty_file_of_a_call_begun_anew_gives_way_to_what_was_recorded(folders):
    assignment, submitted, beside = folders
    mark = digest_of(assignment)
    file = file_of(submitted, ACTIVITY)
    file.parent.mkdir()
    file.write_text(as_text(Kept([], mark), ACTIVITY, "call"))
    value = record(BEST)["value"] | {"digest": mark}
    assert restore(TASK, assignment, notebook(record([], value=value)), submitted, beside) == ""
    assert look(file_of(beside, ACTIVITY), ACTIVITY, "call").value == BEST


def test_of_two_that_are_of_no_use_the_file_is_explained(folders):
    assignment, submitted, beside = folders
    file = file_of(submitted, ACTIVITY)
    file.parent.mkdir()
    file.write_text(as_text(Kept(["greet"], digest_of(assignment)), ACTIVITY, "call"))
    why = restore(TASK, assignment, notebook(record(["scold"])), submitted, beside)
    assert why == "the call has not come to its end; choices so far: 1"
    assert look(file_of(beside, ACTIVITY), ACTIVITY, "call").value == ["greet"]


def test_the_log_stands_in_for_a_damaged_file_but_not_for_a_missing_one(folders):
    assignment, submitted, beside = folders
    log = submitted / "answers" / f"{ACTIVITY}.log.jsonl"
    log.parent.mkdir()
    line = as_text(Kept(BEST, digest_of(assignment)), ACTIVITY, "call").replace("\n", "")
    log.write_text(line + "\n")
    assert restore(TASK, assignment, notebook(), submitted, beside) == ""
    assert not file_of(beside, ACTIVITY).exists()
    file_of(submitted, ACTIVITY).write_text("{")
    assert restore(TASK, assignment, notebook(), submitted, beside) == ""
    assert look(file_of(beside, ACTIVITY), ACTIVITY, "call").value == BEST
