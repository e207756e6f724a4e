"""What learners have shown by topic and competency, and what comes next for each."""

import pandas as pd
import pytest

from duecourse.competencies import matrix
from duecourse.language import speaking
from grader.assignments import find
from grader.reporting.learning import (
    competencies,
    heat,
    lost,
    next_steps,
    shown,
    strengths,
    together,
    topics,
)
from grader.reporting.page import heat as map_of_page

GROUPS = pd.DataFrame(
    [("one", "a", "Alpha"), ("two", "a", "Alpha"), ("two", "b", "Beta"), ("three", "c", "Gamma")],
    columns=["task", "group", "title"],
)
POINTS = pd.DataFrame(
    {"one": [2.0, 1.0], "two": [4.0, 0.0], "three": [1.0, 0.0]}, index=["ada", "bo"]
)
MOST = {"one": 2.0, "two": 4.0, "three": 1.0}


@pytest.fixture
def risk(request):
    return find(request.config.rootpath, "risk-assessment")


def test_a_share_is_won_points_over_points_and_a_task_counts_in_each_of_its_groups(class_of):
    table = shown(class_of(POINTS, MOST), GROUPS).set_index(["learner", "group"])
    # bo: 1 of 2 and 0 of 4 points in a, 0 of 4 in b
    assert table.loc[("bo", "a"), ["share", "tasks", "points", "max"]].tolist() == [1 / 6, 2, 1, 6]
    assert table.loc[("bo", "b"), "share"] == 0
    assert table.loc[("ada", "a"), "share"] == 1


def test_a_task_that_waits_for_marks_says_nothing_about_anybody(class_of):
    waiting = {("ada", "three"): "waiting"}
    table = shown(class_of(POINTS, MOST, outcomes=waiting), GROUPS)
    assert set(table["group"]) == {"a", "b"}


def test_extra_points_do_not_make_up_for_another_task(class_of):
    table = shown(class_of(POINTS.assign(one=[9.0, 1.0]), MOST), GROUPS)
    assert table["share"].max() == 1


def test_the_map_has_a_row_a_learner_and_a_column_a_group(class_of):
    table = shown(class_of(POINTS, MOST), GROUPS)
    wide = heat(table)
    assert list(wide.columns) == ["Alpha", "Beta", "Gamma"]
    assert wide.loc["bo"].tolist() == [pytest.approx(1 / 6), 0, 0]


def test_the_map_of_the_page_begins_with_everybody_and_says_how_many_tasks(class_of):
    results = class_of(POINTS, MOST, names={"ada": "阿达"})
    found = map_of_page(shown(results, GROUPS), results.learners)
    everybody, ada, bo = found["rows"]
    assert everybody["cells"][0] == {"share": 7 / 12, "tasks": 2, "tone": "weak"}
    assert ada["name"] == "阿达"
    assert [cell["tone"] for cell in ada["cells"]] == ["strong"] * 3
    assert bo["cells"][0]["share"] == pytest.approx(1 / 6)


def test_a_strength_rests_upon_two_tasks_at_least(class_of):
    found = strengths(shown(class_of(POINTS, MOST), GROUPS))
    assert found == {"ada": ["Alpha"]}


def test_several_assignments_are_summed_by_points(class_of):
    table = shown(class_of(POINTS, MOST), GROUPS)
    twice = together([table, table.iloc[:0], table]).set_index(["learner", "group"])
    assert twice.loc[("bo", "a"), ["share", "tasks", "points", "max"]].tolist() == [1 / 6, 4, 2, 12]
    assert together([]).empty


def test_the_next_step_is_where_most_points_were_lost(class_of, risk):
    tasks = ["missing-values", "default-predictions", "fairness"]
    points = pd.DataFrame([[1.0, 0.0, 2.0], [1.0, 4.0, 3.0]], index=["bo", "ada"], columns=tasks)
    results = class_of(points, dict(zip(tasks, [1.0, 4.0, 3.0], strict=True)))
    with speaking("en"):
        found = next_steps(lost(results, risk))
        looks = [risk.tasks[task].look["en"] for task in ("default-predictions", "fairness")]
    assert found == {"bo": looks}


def test_next_steps_speak_chinese(class_of, risk):
    points = pd.DataFrame({"fairness": [0.0]}, index=["bo"])
    with speaking("zh"):
        assert next_steps(lost(class_of(points), risk)) == {
            "bo": [risk.tasks["fairness"].look["zh"]]
        }


def test_every_task_of_the_kit_belongs_to_a_competency(request):
    root = request.config.rootpath
    known = {one.id for one in matrix().competencies}
    for file in sorted(root.glob("assignments/*/tasks.yaml")):
        assignment = find(root, file.parent.name)
        asked = {task.id for task in assignment.tasks if task.topics}
        table = competencies(assignment)
        assert set(table["task"]) == asked, assignment.name
        assert set(table["group"]) <= known


def test_a_topic_of_an_authors_own_is_shown_by_itself(tiny):
    file = tiny.root / "assignments" / "tiny" / "tasks.yaml"
    text = file.read_text("utf-8").replace("  id: best", "  topics: [my-own]\n  id: best", 1)
    file.write_text(text.replace("- id: best", "- topics: [my-own]\n  id: best", 1), "utf-8")
    assignment = tiny.assignment("tiny")
    assert topics(assignment)["group"].tolist() == ["my-own"]
    assert competencies(assignment).empty
