"""Marking by hand-worked examples; whatever is published, the mark lies within its bounds."""

import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from duecourse import language
from duecourse.tasks import parse
from grader.feedback import as_html, as_record, points_of
from grader.key import KeyedTask, Mistake
from grader.marking import Marked, NotAnswered, Unreadable, mark
from tests.conftest import OUTCOMES, PREDICTIONS, TASKS

TASK = parse(yaml.safe_dump(TASKS), "tasks.yaml")
SHARE = parse(
    yaml.safe_dump(
        {
            "title": {"en": "T"},
            "minutes": 1,
            "tasks": [
                {
                    "id": "rate",
                    "kind": "number",
                    "unit": "share",
                    "tolerance": 0.001,
                    "title": {"en": "Rate"},
                }
            ],
        }
    ),
    "tasks.yaml",
)["rate"]
FORGOT = Mistake(4711.25, 0.25, {"en": "You forgot the last item.", "zh": "漏了最后一项。"})
TOTAL = KeyedTask(4712.25, (FORGOT,))
IDS = [f"A{i:02}" for i in range(60)]


def record(task, value, **more):
    return {"version": 1, "task": task.id, "kind": task.kind, "value": value, **more}


def marked(task, value, right):
    return mark(task, record(task, value), right)


def test_the_right_answer_is_marked_as_a_whole():
    outcome = marked(TASK["total"], 4712.25, TOTAL)
    assert isinstance(outcome, Marked)
    assert outcome.whole
    assert points_of(outcome, 4) == 4.0


def test_a_known_mistake_earns_its_share_and_is_named():
    outcome = marked(TASK["total"], 4711.25, TOTAL)
    assert outcome.share == 0.25
    assert outcome.mistake is FORGOT
    page = as_html(outcome, TASK["total"], 4)
    assert "You forgot the last item." in page
    assert "4712" not in page
    assert as_record(outcome, TASK["total"], 4, TOTAL)["mistake"] == 0


def test_feedback_speaks_the_course_language():
    language.use("zh")
    page = as_html(marked(TASK["total"], 4711.25, TOTAL), TASK["total"], 4)
    assert "漏了最后一项。" in page
    assert "可以回看：第9课" in page


@pytest.mark.parametrize(
    ("given", "right", "share"),
    [(12.5, 0.125, 0.5), (0.125, 0.125, 1), (0.00125, 0.125, 0), (0.13, 0.125, 0)],
)
def test_percent_for_a_share_earns_half(given, right, share):
    assert marked(SHARE, given, KeyedTask(right)).share == share


@pytest.mark.parametrize(
    "published",
    [
        None,
        "4712.25",
        4712.25,
        [],
        {},
        {"version": 1},
        {"version": 2, "task": "total", "kind": "number", "value": 4712.25},
        record(TASK["best"], 4712.25),
        {**record(TASK["total"], 4712.25), "kind": "choice"},
        record(TASK["total"], "4712.25"),
        record(TASK["total"], True),
        record(TASK["total"], [4712.25]),
        record(TASK["total"], {"value": 4712.25}),
        record(TASK["total"], math.nan),
        record(TASK["total"], math.inf),
        record(TASK["total"], 10**400),
        record(TASK["total"], None),
    ],
)
def test_whatever_is_no_record_of_this_task_earns_nothing_with_a_reason(published):
    outcome = mark(TASK["total"], published, TOTAL)
    assert isinstance(outcome, NotAnswered | Unreadable)
    assert outcome.reason
    assert points_of(outcome, 4) == 0.0


@pytest.mark.parametrize(
    "value",
    [
        {"columns": ["band"], "rows": [["low", 31]]},
        {"columns": ["band", "band"], "rows": []},
        {"columns": "band", "rows": []},
        {"columns": ["band"], "rows": [[{}]]},
        {"columns": ["band"]},
        {"rows": []},
        [],
        "x" * 2**21,
    ],
)
def test_a_damaged_table_is_unreadable(value):
    assert isinstance(
        marked(TASK["bands"], value, KeyedTask({"columns": [], "rows": []})), Unreadable
    )


def predictions(values):
    rows = [[name, value] for name, value in zip(IDS, values, strict=True)]
    return {"columns": ["account", "probability"], "rows": rows}


KEYED = KeyedTask(predictions(PREDICTIONS), (), dict(zip(IDS, OUTCOMES, strict=True)))


def test_the_keys_own_predictions_are_marked_as_a_whole():
    assert marked(TASK["forecast"], predictions(PREDICTIONS), KEYED).whole


def test_one_rate_for_everybody_earns_nothing():
    # AUC of a constant is 0.5. It is calibrated perfectly to the bad rate of 20/60, which does not
    # help without any ranking.
    outcome = marked(TASK["forecast"], predictions([1 / 3] * 60), KEYED)
    ranking, calibration = outcome.parts
    assert ranking.share == 0
    assert calibration.share == 1
    assert outcome.share == 0


def test_reversed_probabilities_are_named():
    outcome = marked(TASK["forecast"], predictions([1 - p for p in PREDICTIONS]), KEYED)
    assert "reversed" in outcome.parts[0].note
    assert outcome.parts[0].share == 0


def test_a_row_without_probability_costs_its_share():
    value = predictions(PREDICTIONS)
    value["rows"] = value["rows"][:30]
    outcome = marked(TASK["forecast"], value, KEYED)
    assert outcome.share <= 0.5
    assert "30 rows have no probability" in outcome.parts[-1].note


def test_predictions_without_any_id_earn_nothing():
    assert marked(TASK["forecast"], {"columns": ["x"], "rows": [[1]]}, KEYED).share == 0


def test_feedback_escapes_everything():
    outcome = Marked(0.5, (), Mistake(1, 0.5, {"en": "<script>x</script>", "zh": "x"}))
    assert "<script>" not in as_html(outcome, TASK["total"], 4)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["columns", "rows", "results", "inputs", "value", "x"]), inner
        )
    ),
    max_leaves=20,
)
RIGHT = {
    "total": TOTAL,
    "best": KeyedTask("b"),
    "several": KeyedTask(["a", "d"]),
    "order": KeyedTask(list("dcba")),
    "bands": KeyedTask({"columns": ["band", "count", "rate"], "rows": [["low", 31, 0.125]]}),
    "line": KeyedTask({"columns": ["index", "value"], "rows": [["x", 1.5]]}),
    "doubler": KeyedTask({"inputs": "abc", "results": [{"value": 7}]}),
    "forecast": KEYED,
}


@settings(max_examples=300)
@given(st.sampled_from(sorted(RIGHT)), json_values)
def test_whatever_is_handed_in_the_points_are_a_plain_float_in_bounds(name, value):
    outcome = marked(TASK[name], value, RIGHT[name])
    points = points_of(outcome, 7)
    assert type(points) is float
    assert 0.0 <= points <= 7.0
    assert as_html(outcome, TASK[name], 7)
    as_record(outcome, TASK[name], 7, RIGHT[name])


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_the_key_itself_is_always_marked_as_a_whole(name):
    assert marked(TASK[name], RIGHT[name].value, RIGHT[name]).whole


MESSAGE = parse(
    yaml.safe_dump(
        {
            "title": {"en": "T"},
            "minutes": 1,
            "tasks": [
                {"id": "notice", "kind": "message", "words": [3, 20], "title": {"en": "Notice"}}
            ],
        }
    ),
    "tasks.yaml",
)["notice"]


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("You may pay in parts. Tell us what suits you.", 1.0),
        ("Last notice: pay what you owe.", 0.5),
        ("Last notice: the police will come, and the court will enforce it.", 0.0),
    ],
)
def test_each_kind_of_forbidden_content_takes_its_share_of_a_message(text, share):
    record = {"version": 1, "task": "notice", "kind": "message", "value": text}
    outcome = mark(MESSAGE, record, KeyedTask("A lawful notice."))
    assert isinstance(outcome, Marked)
    assert outcome.share == share
    assert len(outcome.parts) == round((1 - share) * 2) + (share == 0)


@pytest.mark.parametrize("value", [None, 3, ["Last notice"], {"text": "x"}])
def test_what_is_no_message_is_explained(value):
    record = {"version": 1, "task": "notice", "kind": "message", "value": value}
    assert isinstance(mark(MESSAGE, record, KeyedTask("A lawful notice.")), Unreadable)
