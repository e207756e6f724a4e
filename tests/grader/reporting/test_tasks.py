"""Everything about each task in one table, and what an instructor is told to do."""

import numpy as np
import pandas as pd
import pytest

from duecourse.language import speaking
from grader.assignments import find
from grader.reporting import items
from grader.reporting.advice import Verdict, advice, verdict
from grader.reporting.tasks import critical


def able(n, **tasks):
    """Return points of n learners, the best first, and whichever tasks are given as a function."""
    index = [f"L{number:02}" for number in range(n)]
    ranks = np.arange(n)
    base = {f"base{step}": (ranks < n * step / 6).astype(float) for step in range(1, 6)}
    return pd.DataFrame({**base, **{name: f(ranks) for name, f in tasks.items()}}, index=index)


def of(table, task):
    return table.set_index("task").loc[task]


def test_one_row_a_task_holds_its_measures_in_the_notebooks_order(class_of):
    table = items(class_of(able(40)))
    assert list(table["task"]) == ["base1", "base2", "base3", "base4", "base5"]
    middle = of(table, "base3")
    assert middle[["n", "answered", "whole", "waiting"]].tolist() == [40, 40, 20, 0]
    assert middle["facility"] == 0.5
    assert middle["r"] > 0.7
    assert middle["upper_lower"] == pytest.approx(1)
    assert middle["verdict"] == Verdict.KEEP


def test_a_task_that_the_best_fail_as_often_as_the_rest_is_to_be_revised(class_of):
    table = items(class_of(able(40, noise=lambda rank: (rank % 2).astype(float))))
    assert of(table, "noise")["verdict"] == Verdict.REVISE
    assert "the best learners fail it about as often" in of(table, "noise")["advice"]


def test_a_task_that_the_best_do_worse_in_sends_the_instructor_to_the_key(class_of):
    table = items(class_of(able(40, turned=lambda rank: (rank > 20).astype(float))))
    assert of(table, "turned")["verdict"] == Verdict.AGAINST
    assert "Check the key" in of(table, "turned")["advice"]


def test_under_30_learners_nothing_is_advised_but_what_holds_all_the_same(class_of):
    table = items(
        class_of(
            able(
                29,
                noise=lambda rank: (rank % 2).astype(float),
                turned=lambda rank: (rank > 14).astype(float),
                hard=lambda rank: (rank == 3).astype(float),
            )
        )
    )
    assert table["few"].all()
    assert of(table, "noise")["advice"] == ""
    assert of(table, "base3")["advice"] == ""
    assert of(table, "turned")["verdict"] == Verdict.AGAINST
    assert of(table, "hard")["verdict"] == Verdict.HARD


def test_a_task_that_nearly_everybody_has_tells_nobody_apart(class_of):
    table = items(
        class_of(able(60, easy=lambda rank: (rank != 59).astype(float), all=lambda r: r * 0 + 1.0))
    )
    assert of(table, "easy")["verdict"] == Verdict.EASY
    assert of(table, "all")["verdict"] == Verdict.EASY
    assert np.isnan(of(table, "all")["r"])


def test_what_is_the_same_for_everybody_without_being_easy_is_not_judged(class_of):
    table = items(
        class_of(
            able(40, half=lambda rank: rank * 0 + 1.0),
            most=dict.fromkeys(able(1), 1.0) | {"half": 2.0},
        )
    )
    assert of(table, "half")["verdict"] == Verdict.SAME


def test_a_critical_task_is_not_judged_by_its_difficulty(class_of):
    points = able(40, must=lambda rank: (rank > 37).astype(float))
    table = items(class_of(points), critical={"must": True})
    assert of(table, "must")[["critical", "missed"]].tolist() == [True, 38]
    assert of(table, "must")["verdict"] == Verdict.CRITICAL
    assert "and 38 did not yet" in of(table, "must")["advice"]
    assert of(items(class_of(points)), "must")["verdict"] != Verdict.CRITICAL


def test_in_a_critical_call_it_is_the_step_that_counts_and_not_the_last_point(class_of):
    results = class_of(able(3), outcomes={("L00", "base5"): "not-answered"})
    marks = results.marks
    call = marks["task"] == "base5"
    marks.loc[call, "points"] = [0.0, 0.0, 0.4]
    marks.loc[call & (marks["learner"] == "L01"), "critical"] = 1
    assert of(items(results, critical={"base5": False}), "base5")["missed"] == 2
    assert of(items(results, critical={"base5": True}), "base5")["missed"] == 3
    assert of(items(results), "base5")["missed"] == 0


def test_what_everybody_masters_is_praised_and_not_named_first(class_of):
    points = able(40, must=lambda rank: rank * 0 + 1.0)
    assert (
        "and everybody does"
        in of(items(class_of(points), critical={"must": True}), "must")["advice"]
    )


def test_a_task_that_waits_is_to_be_marked_first(class_of):
    waiting = {(f"L{number:02}", "base2"): "waiting" for number in range(3)}
    row = of(items(class_of(able(40), outcomes=waiting)), "base2")
    assert row[["n", "waiting"]].tolist() == [37, 3]
    assert row["verdict"] == Verdict.WAITING
    assert pd.isna(row["facility"])
    assert pd.isna(row["r"])


def test_no_answer_counts_for_n_and_not_as_answered(class_of):
    outcomes = {("L39", "base2"): "not-answered", ("L38", "base2"): "unreadable"}
    row = of(items(class_of(able(40), outcomes=outcomes)), "base2")
    assert row[["n", "answered"]].tolist() == [40, 38]


def test_time_and_attempts_stand_beside_the_measures(class_of):
    worktime = pd.DataFrame(
        [("L00", "base1", 1, 5, 4.0), ("L01", "base1", 3, 9, 10.0), ("L02", "base1", 2, 9, 6.0)],
        columns=["learner", "task", "attempts", "choices", "minutes"],
    )
    table = items(class_of(able(40)), worktime=worktime)
    assert of(table, "base1")[["logs", "attempts", "minutes"]].tolist() == [3, 2, 6]
    assert of(table, "base2")["logs"] == 0


def test_a_class_of_nobody_has_a_table_without_measures(class_of):
    results = class_of(able(2))
    nobody = type(results)(
        "invented", "x", None, results.tasks, results.learners.iloc[:0], results.marks.iloc[:0]
    )
    table = items(nobody)
    assert list(table["n"]) == [0] * 5
    assert set(table["verdict"]) == {Verdict.NOBODY}


def test_every_verdict_has_its_words_in_both_languages(class_of):
    row = of(items(class_of(able(40))), "base3").to_dict()
    changes = {
        Verdict.CRITICAL: {"critical": True},
        Verdict.WAITING: {"waiting": 2},
        Verdict.NOBODY: {"n": 0},
        Verdict.SAME: {"r": float("nan"), "r_high": float("nan")},
        Verdict.AGAINST: {"r": -0.5, "r_high": -0.1},
        Verdict.HARD: {"facility_high": 0.2},
        Verdict.REVISE: {"r": 0.1},
        Verdict.EASY: {"facility_low": 0.95},
        Verdict.WATCH: {"r": 0.3},
        Verdict.KEEP: {},
    }
    assert set(changes) == set(Verdict) - {Verdict.FEW}
    for wanted, change in changes.items():
        assert verdict({**row, **change}) == wanted
        with speaking("en"):
            english = advice({**row, **change})
        with speaking("zh"):
            assert advice({**row, **change}) not in ("", english)


def test_lines_never_to_be_crossed_and_calls_with_a_step_not_to_be_missed_are_critical(request):
    root = request.config.rootpath
    assignment = find(root, "difficult-calls")
    found = critical(assignment)
    calls = {task.id for task in assignment.tasks if task.kind == "call"}
    assert found.keys() & calls
    assert not any(found[task] for task in found.keys() & calls)
    tagged = {task.id for task in find(root, "diagnosis").tasks if "critical" in task.topics}
    assert tagged
    assert critical(find(root, "diagnosis")) == dict.fromkeys(tagged, True)
    assert critical(find(root, "risk-assessment")) == {}
