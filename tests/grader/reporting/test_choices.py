"""What a class chose: options of a question, ways and ends of a call, and time on task."""

import json
import random
import shutil
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from duecourse.calls.courses import best, courses
from duecourse.calls.engine import digest
from duecourse.conversations import script_of
from duecourse.kept import log_of
from grader.assignments import find
from grader.cases import key_of
from grader.reporting.choices import ENDS, OPTIONS, STEPS, ends, options, steps
from grader.reporting.evidence import Evidence
from grader.reporting.worktime import spent, worktime


@pytest.fixture(scope="module")
def risk(request):
    return find(request.config.rootpath, "risk-assessment")


@pytest.fixture(scope="module")
def difficult(request):
    return find(request.config.rootpath, "difficult-calls")


def given(task, *values, points=None):
    points = points or [1.0] * len(values)
    rows = [
        (f"L{number}", task, value, won, 1.0)
        for number, (value, won) in enumerate(zip(values, points, strict=True))
    ]
    table = pd.DataFrame(rows, columns=["learner", "task", "value", "points", "max"], dtype=object)
    return table.astype({"points": float, "max": float})


def test_every_option_is_counted_with_wilsons_interval(risk):
    task = risk.tasks["missing-meaning"]
    one, two, *others = task.options
    answers = given(task.id, one, one, one, two, points=[1.0, 1.0, 1.0, 0.0])
    table = options(risk, answers).set_index("option")
    assert list(table.index) == list(task.options)
    assert table.loc[one, ["chosen", "n", "share", "right"]].tolist() == [3, 4, 0.75, 3]
    assert table.loc[two, ["chosen", "right"]].tolist() == [1, 0]
    assert table.loc[others, "chosen"].tolist() == [0] * len(others)
    # Wilson for 3 of 4 at 95 %
    assert table.loc[one, "low"] == pytest.approx(0.3006, abs=5e-5)
    assert table.loc[one, "high"] == pytest.approx(0.9544, abs=5e-5)


def test_an_option_shows_how_those_who_chose_it_did_elsewhere(risk):
    task = risk.tasks["missing-meaning"]
    one, two, *others = task.options
    rest = pd.DataFrame({task.id: {"L0": 0.9, "L1": 0.7, "L2": 0.2}})
    table = options(risk, given(task.id, one, one, two), rest).set_index("option")
    assert table.loc[one, "rest"] == pytest.approx(0.8)
    assert table.loc[two, "rest"] == pytest.approx(0.2)
    assert table.loc[others, "rest"].isna().all()


def test_of_several_options_each_counts(risk):
    task = risk.tasks["levers"]
    one, two, *_others = task.options
    table = options(risk, given(task.id, [one, two], [one], [])).set_index("option")
    assert table.loc[[one, two], "chosen"].tolist() == [2, 1]
    assert set(table["n"]) == {3}


def test_without_answers_there_is_nothing_to_count(risk, difficult):
    nothing = given("levers")
    assert list(options(risk, nothing).columns) == OPTIONS
    assert options(risk, nothing).empty
    assert list(steps(difficult, nothing).columns) == STEPS
    assert list(ends(difficult, nothing).columns) == ENDS
    assert ends(risk, nothing).empty


@pytest.fixture(scope="module")
def played(difficult):
    """A call with its best course three times, and another one that ends elsewhere once."""
    task = next(one for one in difficult.tasks if one.kind == "call")
    script = script_of(difficult.cases[task.case].case.calls, task)
    good = best(script, key_of(difficult.cases[task.case]).calls[task.call])
    other = next(one for one in courses(script, most=200) if one.end not in (None, good.end))
    about = {"case": task.case, "call": task.call, "digest": digest(script)}
    return task, script, good, other, about


def test_the_ends_of_calls_are_counted_the_commonest_first(difficult, played):
    task, _script, good, other, about = played
    values = [{**about, "choices": list(one.choices)} for one in (good, other, good, good)]
    table = ends(difficult, given(task.id, *values))
    assert table["end"].tolist() == [good.end, other.end]
    assert table["count"].tolist() == [3, 1]
    assert table["share"].tolist() == [0.75, 0.25]


def test_what_was_chosen_at_each_moment_is_counted_in_the_order_of_the_call(difficult, played):
    task, script, good, other, about = played
    values = [{**about, "choices": list(one.choices)} for one in (good, other, good, good)]
    table = steps(difficult, given(task.id, *values))
    assert table["moment"].iloc[0] == script.start
    first = table[table["moment"] == script.start].set_index("option")
    assert list(first.index) == [option.id for option in script.nodes[script.start].options]
    visits = 3 * sum(step.node == script.start for step in good.steps) + sum(
        step.node == script.start for step in other.steps
    )
    assert set(first["n"]) == {visits}
    for _moment, own in table.groupby("moment"):
        assert own["chosen"].sum() == own["n"].iloc[0]
        assert own["share"].sum() == pytest.approx(1)
    assert table["chosen"].sum() == 3 * len(good.steps) + len(other.steps)


def test_a_call_that_did_not_end_or_is_of_another_version_is_not_counted(difficult, played):
    task, _script, good, _other, about = played
    values = [
        {**about, "choices": list(good.choices)[:1]},
        {**about, "choices": ["no-such-option"]},
        {**about, "digest": "0" * 16, "choices": list(good.choices)},
    ]
    assert ends(difficult, given(task.id, *values)).empty
    assert steps(difficult, given(task.id, *values)).empty


START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def at(*minutes):
    return [START + timedelta(minutes=minute) for minute in minutes]


def test_time_counts_between_choices_and_long_pauses_do_not():
    assert spent(at(0, 2, 5)) == 5
    assert spent(at(0, 2, 62, 63)) == 3
    assert spent(at(0, 5)) == 5
    assert spent([]) == spent(at(7)) == 0


def test_time_does_not_depend_on_the_order_of_the_lines():
    moments = at(0, 1, 3, 40, 41)
    random.Random(1).shuffle(moments)
    assert spent(moments) == 4


def logged(folder, activity, lines):
    file = log_of(folder, activity)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines), "utf-8")
    return file


def line(minute, event="kept", **more):
    moment = START + timedelta(minutes=minute)
    return json.dumps({"at": moment.isoformat(), "event": event, **more})


def test_attempts_and_minutes_are_read_from_the_logs(tiny, difficult):
    task = next(one for one in difficult.tasks if one.kind == "call")
    folder = tiny.folder / "submitted" / "bo" / difficult.name
    logged(folder, f"{task.case}.{task.call}", [line(0), line(1), line(2, "again"), line(4)])
    table = worktime(tiny, difficult, ["bo", "nobody"])
    assert table.to_dict("records") == [
        {"learner": "bo", "task": task.id, "attempts": 2, "choices": 3, "minutes": 4.0}
    ]


def test_a_damaged_log_gives_what_can_be_read_of_it(tiny, difficult):
    task = next(one for one in difficult.tasks if one.kind == "call")
    folder = tiny.folder / "submitted" / "bo" / difficult.name
    damaged = [
        line(0),
        "",
        "no json",
        "[]",
        "[" * 100_000,
        '{"at": "yesterday", "event": "kept"}',
        '{"at": 3, "event": "kept"}',
        '{"at": "2026-03-01T09:03:00", "event": "kept"}',
        '{"at": "2026-03-01T09:03:00", "event": ["kept"]}',
        line(4)[:-5],
    ]
    logged(folder, f"{task.case}.{task.call}", damaged)
    [row] = worktime(tiny, difficult, ["bo"]).to_dict("records")
    assert (row["choices"], row["minutes"]) == (2, 3.0)


def test_a_log_that_is_a_link_is_not_followed(tiny, difficult, tmp_path):
    task = next(one for one in difficult.tasks if one.kind == "call")
    folder = tiny.folder / "submitted" / "bo" / difficult.name
    file = logged(folder, f"{task.case}.{task.call}", [line(0), line(1)])
    file.replace(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert worktime(tiny, difficult, ["bo"]).empty


def test_a_case_that_is_gone_takes_only_the_ways_of_its_calls_along(
    tmp_path, request, played, class_of
):
    task, _script, good, _other, about = played
    source = request.config.rootpath / "assignments" / "difficult-calls"
    shutil.copytree(source, tmp_path / "assignments" / "difficult-calls")
    results = class_of(pd.DataFrame({task.id: [1.0, 0.0]}, index=["L0", "L1"]))
    answers = given(task.id, {**about, "choices": list(good.choices)})
    nothing = pd.DataFrame(columns=["learner", "task", "attempts", "choices", "minutes"])
    here = Evidence(find(request.config.rootpath, "difficult-calls"), results, answers, nothing)
    gone = Evidence(find(tmp_path, "difficult-calls"), results, answers, nothing)
    assert len(here.ends) == 1
    assert len(here.steps) > 0
    assert gone.ends.empty
    assert gone.steps.empty
    assert gone.items["facility"].tolist() == here.items["facility"].tolist() == [0.5]
