"""The diagnosis is short, asks about everything, and marks its critical items."""

from collections import Counter

import pytest
import yaml

from duecourse.competencies import matrix
from grader.authoring.assignments import lint_assignment
from grader.certificates.rule import DEFAULT
from tests.assignments.conftest import Written
from tests.conftest import ROOT

WRITTEN = Written("diagnosis")
BLUEPRINT = yaml.safe_load((WRITTEN.folder / "key" / "blueprint.yaml").read_text("utf-8"))["tasks"]
TASKS = {task.id: task for task in WRITTEN.tasks}
LESSONS = {file.stem[:2]: file for file in ROOT.glob("notebooks/*.ipynb")}


def test_it_has_twenty_five_tasks_of_two_points_in_forty_minutes():
    assert len(TASKS) == 25
    assert {cell.points for cell in WRITTEN.assignment.graded} == {2.0}
    assert WRITTEN.assignment.points == 50
    assert WRITTEN.tasks.minutes == 40


def test_every_task_is_answered_at_a_glance():
    kinds = {task.kind for task in TASKS.values()}
    assert kinds == {"number", "choice", "choices", "ordering", "date"}


def test_it_passes_the_checks_for_authors_without_a_remark():
    assert [(one.code, one.place, one.text) for one in lint_assignment(WRITTEN.folder)] == []


def test_every_competency_is_asked_about_at_least_twice():
    asked = Counter(one.id for task in TASKS.values() for one in matrix().of_topics(task.topics))
    assert set(asked) == {one.id for one in matrix().competencies}
    assert min(asked.values()) >= 2, asked


def test_a_fifth_remembers_a_fifth_evaluates_and_the_rest_applies_and_analyses():
    assert list(BLUEPRINT) == list(TASKS)
    spread = Counter(one["bloom"] for one in BLUEPRINT.values())
    assert spread == {"remember": 5, "apply": 8, "analyse": 7, "evaluate": 5}


def test_critical_items_carry_the_topic_that_the_certificate_looks_for():
    topic = yaml.safe_load(DEFAULT.read_text("utf-8"))["critical_topic"]
    critical = {name for name, one in BLUEPRINT.items() if one["critical"]}
    assert critical == {name for name, task in TASKS.items() if topic in task.topics}
    assert critical == {"third-person", "truth", "offer", "distress", "disguise"}


def test_both_languages_stand_side_by_side_and_every_heading_states_its_points():
    WRITTEN.has_both_languages()
    WRITTEN.states_its_points(by_hand=None)


@pytest.mark.parametrize("name", list(TASKS))
def test_a_question_shows_the_options_that_it_can_be_answered_with(name):
    for text, language in zip(WRITTEN.texts(f"{name}-text"), ("en", "zh"), strict=True):
        for option, meaning in (getattr(TASKS[name], "options", None) or {}).items():
            assert f"- `{option}`" in text
            assert meaning[language] in text


def test_every_task_names_a_step_of_a_lesson_that_there_is():
    for task in TASKS.values():
        _lesson, number, _step, step = task.look["en"].replace(",", "").split()
        assert task.look["zh"] == f"第{number}课第{step}步"
        told = LESSONS[f"{int(number):02}"].read_text("utf-8")
        assert f"## Step {step} ·" in told, task.id


def test_the_step_belongs_to_a_lesson_of_one_of_the_tasks_competencies():
    for task in TASKS.values():
        number = f"{int(task.look['en'].split()[1].rstrip(',')):02}"
        lessons = {lesson[:2] for one in matrix().of_topics(task.topics) for lesson in one.lessons}
        assert number in lessons, (task.id, number, lessons)


def test_a_provisional_rule_is_called_provisional_wherever_a_question_names_it():
    from duecourse.rules import rule

    for name in TASKS:
        for text, word in zip(WRITTEN.texts(f"{name}-text"), ("provisional", "暂定"), strict=True):
            for one in (f"CN-{number:02}" for number in range(1, 37)):
                if one in text:
                    assert rule(one).provisional == (word in text), (name, one)


@pytest.mark.kernel
def test_the_key_holds_what_was_worked_out_by_hand(keys):
    from grader.key import key_of

    found = {name: task.value for name, task in key_of(WRITTEN.assignment, keys).tasks.items()}
    assert found["connected"] == 2
    assert found["last-day"] == "2026-10-06"
    assert found["flag"] == pytest.approx(0.25)
    assert found["doubling"] == pytest.approx(640)
    assert found["cut-off"] == "middle"
    assert found["days-late"] == 46
    assert found["largest"] == pytest.approx(1_260)
    assert found["kept"] == pytest.approx(0.70)
    assert found["recall"] == pytest.approx(0.40)
    assert found["extra"] == pytest.approx(42)
