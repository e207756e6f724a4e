"""tasks.yaml is checked on load, and its messages say where and what."""

import pytest
import yaml

from duecourse.errors import DuecourseError
from duecourse.tasks import load, parse
from tests.conftest import TASKS

ONE = {"id": "x", "kind": "number", "title": {"en": "X", "zh": "某"}}


def complaint(*tasks, **more):
    text = yaml.safe_dump({"title": {"en": "T"}, "minutes": 1, "tasks": list(tasks), **more})
    with pytest.raises(DuecourseError) as caught:
        parse(text, "tasks.yaml")
    return str(caught.value)


def test_the_small_assignment_is_read():
    tasks = parse(yaml.safe_dump(TASKS), "tasks.yaml")
    assert [task.kind for task in tasks] == [
        "number",
        "choice",
        "choices",
        "ordering",
        "table",
        "series",
        "function",
        "predictions",
        "text",
    ]
    assert "bands" in tasks
    assert tasks["why"].points == 4


def test_an_unknown_kind_is_named_with_what_is_allowed():
    message = complaint({**ONE, "kind": "nubmer"})
    assert "tasks.0" in message
    assert "'number', 'choice'" in message


def test_a_misspelt_field_is_named():
    assert "tasks.0.number.tolerence" in complaint({**ONE, "tolerence": 1})


def test_an_id_must_be_ascii_and_unique():
    assert "tasks.0.number.id" in complaint({**ONE, "id": "逾期"})
    assert "these ids stand twice: ['x']" in complaint(ONE, ONE)


def test_the_key_of_a_table_must_be_a_column():
    table = {**ONE, "kind": "table", "key": ["k"], "columns": {"a": {}, "b": {}}}
    assert "key ['k'] is not among the columns" in complaint(table)
    assert "no column besides the key" in complaint({**table, "key": ["a", "b"]})


def test_treatments_have_none_among_them_and_limit_only_what_they_have():
    ways = {name: {"en": name} for name in ("none", "call")}
    task = {**ONE, "kind": "treatments", "of": "accounts", "options": ways}
    assert parse(yaml.safe_dump({"title": {"en": "T"}, "minutes": 1, "tasks": [task]}), "t")
    assert "lack 'none'" in complaint({**task, "options": {"a": {"en": "a"}, "b": {"en": "b"}}})
    assert "['plan'] are not among the options" in complaint({**task, "capacity": {"plan": 1}})
    assert "['plan'] are not among the options" in complaint({**task, "flat": "plan"})


def test_a_file_that_is_no_yaml_is_said_to_be_so():
    with pytest.raises(DuecourseError, match=r"tasks\.yaml is not readable as YAML"):
        parse("a: [1", "tasks.yaml")


def test_a_folder_without_tasks_says_where_to_go(tmp_path):
    with pytest.raises(DuecourseError, match=r"no tasks\.yaml in .*Open the notebook from"):
        load(tmp_path)


def test_an_unknown_task_is_answered_with_the_nearest():
    tasks = parse(yaml.safe_dump(TASKS), "tasks.yaml")
    with pytest.raises(DuecourseError, match=r"no task 'band'.*Did you mean 'bands'\?"):
        tasks["band"]


SPOKEN = [
    {**ONE, "id": "a", "kind": "call", "case": "old-law", "call": "first"},
    {**ONE, "id": "b", "kind": "coding", "case": "phone-book", "transcript": "talk"},
    {**ONE, "id": "c", "kind": "coding", "case": "old-law", "transcript": "talk"},
    {**ONE, "id": "d", "kind": "date", "tolerance": 1, "rough": 31},
]


def test_the_cases_of_an_assignment_are_those_of_its_tasks_and_its_list():
    text = yaml.safe_dump({"title": {"en": "T"}, "minutes": 1, "tasks": SPOKEN})
    assert parse(text, "tasks.yaml").all_cases == ("old-law", "phone-book")
    more = parse(f"cases: [fewer-calls, old-law]\n{text}", "tasks.yaml")
    assert more.all_cases == ("fewer-calls", "old-law", "phone-book")
    assert parse(yaml.safe_dump(TASKS), "tasks.yaml").all_cases == ()


@pytest.mark.parametrize("name", ["../secret", "a/b", "", ".hidden", "案例"])
def test_a_case_is_a_plain_name(name):
    assert "tasks.0.call.case" in complaint({**SPOKEN[0], "case": name})


def test_a_day_has_whole_days_of_tolerance():
    assert "tasks.0.date.tolerance" in complaint({**SPOKEN[3], "tolerance": 0.5})
    assert "tasks.0.date.tolerance" in complaint({**SPOKEN[3], "tolerance": -1})
