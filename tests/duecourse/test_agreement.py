"""How far two answers agree, against shares worked out by hand."""

import itertools

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from duecourse.agreement import agree
from duecourse.tasks import CallTask, CodingTask, DateTask, Value, parse
from tests.conftest import TASKS

TASK = parse(yaml.safe_dump(TASKS), "tasks.yaml")


def share(task, given, expected):
    return agree(TASK[task], given, expected).share


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(100, 1), (100.5, 1), (99.5, 1), (100.6, 0.5), (105, 0.5), (105.1, 0), (-100, 0), ("100", 0)],
)
def test_a_number_is_right_within_the_tolerance_and_half_right_when_rough(answer, expected):
    # total: tolerance 0.5, rough 5
    assert share("total", answer, 100) == expected


def test_a_choice_is_right_or_not():
    assert share("best", "b", "b") == 1
    assert share("best", "a", "b") == 0


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (["a", "d"], 1),
        (["a"], 1 / 2),
        (["a", "b", "d"], 1 - 1 / 2),  # both right ones, one of the two wrong ones
        (["a", "b"], 1 / 2 - 1 / 2),
        (["a", "b", "c", "d"], 0),  # taking everything earns nothing
        ([], 0),
    ],
)
def test_choices_count_hits_less_wrong_ones(answer, expected):
    assert share("several", answer, ["a", "d"]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("dcba", 1),
        ("dcab", (5 - 1) / 6),  # one of six pairs is the wrong way round
        ("cdab", (4 - 2) / 6),
        ("abcd", 0),
        ("dacb", (4 - 2) / 6),
    ],
)
def test_an_ordering_counts_its_pairs(order, expected):
    assert share("order", list(order), list("dcba")) == pytest.approx(expected)


def table(*rows, columns=("band", "count", "rate")):
    return {"columns": list(columns), "rows": [list(row) for row in rows]}


RIGHT = table(("low", 31, 0.125), ("high", 17, 0.875))


def test_the_order_of_rows_and_columns_does_not_matter():
    other = table((0.875, "high", 17), (0.125, "low", 31), columns=("rate", "band", "count"))
    assert share("bands", other, RIGHT) == 1


def test_each_column_earns_its_weight_for_each_row():
    # count weighs 1, rate weighs 3; one rate of two is wrong: (1*1 + 3*1/2) / 4
    answer = table(("low", 31, 0.125), ("high", 17, 0.5))
    assert share("bands", answer, RIGHT) == pytest.approx(2.5 / 4)


def test_a_missing_column_costs_its_weight_only():
    answer = table(("low", 31), ("high", 17), columns=("band", "count"))
    assert share("bands", answer, RIGHT) == pytest.approx(1 / 4)


def test_a_row_too_many_counts_like_a_row_missing():
    more = table(("low", 31, 0.125), ("high", 17, 0.875), ("all", 48, 0.5))
    less = table(("low", 31, 0.125))
    assert share("bands", more, RIGHT) == pytest.approx(2 / 3)
    assert share("bands", less, RIGHT) == pytest.approx(1 / 2)


def test_a_row_given_twice_earns_once_and_costs_once():
    twice = table(("low", 31, 0.125), ("high", 17, 0.875), ("high", 17, 0.875))
    assert share("bands", twice, RIGHT) == pytest.approx(2 / 3)


def test_the_parts_say_what_is_right_without_the_values():
    found = agree(TASK["bands"], table(("low", 31, 0.125), ("mid", 17, 0.5)), RIGHT)
    notes = " ".join(f"{part.name} {part.note}" for part in found.parts)
    assert "rate 1 of 3 rows are right" in notes
    assert "1 rows are missing" in notes
    assert "1 rows do not belong" in notes
    assert "0.875" not in notes
    assert "high" not in notes


def test_a_close_row_is_said_to_be_close():
    rough = TASK["bands"].columns["rate"].model_copy(update={"rough": 0.01})
    task = TASK["bands"].model_copy(update={"columns": {**TASK["bands"].columns, "rate": rough}})
    found = agree(task, table(("low", 31, 0.13), ("high", 17, 0.875)), RIGHT)
    [note] = [part.note for part in found.parts if part.name == "rate"]
    assert note == "1 of 2 rows are right, 1 are close: check the rounding"
    assert found.share == pytest.approx((1 + 3 * 0.75) / 4)


def test_two_empty_tables_agree():
    assert share("bands", table(), table()) == 1
    assert share("bands", table(), RIGHT) == 0


def test_missing_values_agree_with_missing_values_only():
    right = table(("low", None, 0.1))
    assert share("bands", table(("low", None, 0.1)), right) == 1
    assert share("bands", table(("low", 0, 0.1)), right) == pytest.approx(3 / 4)


def test_a_series_is_a_table_of_its_index():
    right = table(("x", 1.5), ("y", 2.5), columns=("index", "value"))
    answer = table(("y", 2.505), ("x", 9), columns=("index", "value"))
    assert share("line", answer, right) == pytest.approx(1 / 2)


def results(*values, inputs="abc"):
    return {"inputs": inputs, "results": [dict(value) for value in values]}


def test_a_function_earns_its_share_of_inputs():
    right = results({"value": 7}, {"value": 0}, {"value": -24}, {"value": 2e6})
    answer = results({"value": 7}, {"value": 1}, {"error": "ValueError"}, {"value": 2e6})
    assert share("doubler", answer, right) == pytest.approx(2 / 4)


def test_a_function_that_always_gives_the_commonest_option_earns_nothing():
    options = {"type": "text", "options": ["fits", "too-high", "unknown"]}
    task = TASK["doubler"].model_copy(update={"result": Value(**options)})
    right = results(*({"value": v} for v in ("too-high", "too-high", "fits", "unknown")))

    def earned(*values):
        return agree(task, results(*({"value": v} for v in values)), right).share

    assert earned(*["too-high"] * 4) == 0
    assert earned(*["fits"] * 4) == 0
    assert earned("too-high", "too-high", "fits", "unknown") == 1
    # three of four are right, two of four come for nothing: (3/4 - 1/2) / (1 - 1/2)
    assert earned("too-high", "too-high", "fits", "fits") == pytest.approx(1 / 2)


def test_results_for_other_inputs_earn_nothing():
    right = results({"value": 7})
    assert share("doubler", results({"value": 7}, inputs="own"), right) == 0
    assert share("doubler", results(), right) == 0


tables = st.lists(
    st.tuples(
        st.sampled_from(["low", "mid", "high", "高"]),
        st.integers(-5, 5) | st.none(),
        st.floats(0, 1) | st.none(),
    ),
    max_size=6,
).map(lambda rows: table(*rows))


@given(tables, tables)
def test_a_share_lies_between_nothing_and_everything(one, other):
    assert 0 <= share("bands", one, other) <= 1


@given(tables)
def test_a_table_without_repeated_keys_agrees_with_itself(one):
    if len({row[0] for row in one["rows"]}) == len(one["rows"]):
        assert share("bands", one, one) == 1


@given(st.permutations("abcd"), st.permutations("abcd"))
def test_only_the_same_order_agrees_wholly(one, other):
    assert (share("order", list(one), list(other)) == 1) == (one == other)
    assert share("order", list(one), list(one)) == 1


def test_every_set_of_choices_lies_in_bounds():
    names = ["a", "b", "c", "d"]
    sets = [list(c) for size in range(5) for c in itertools.combinations(names, size)]
    for one, other in itertools.product(sets, sets):
        assert 0 <= share("several", one, other) <= 1
        if other:
            assert (share("several", one, other) == 1) == (one == other)


TITLE = {"en": "T"}
DAY = DateTask(id="d", kind="date", title=TITLE, tolerance=1, rough=31)
CALL = CallTask(id="c", kind="call", title=TITLE, case="x", call="y")
CODING = CodingTask(id="l", kind="coding", title=TITLE, case="x", transcript="y")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2028-02-29", 1),
        ("2028-03-01", 1),  # a leap day lies between February and March
        ("2028-02-28", 1),
        ("2028-02-27", 0.5),
        ("2028-03-31", 0.5),
        ("2028-04-01", 0),
        ("2027-02-28", 0),
    ],
)
def test_a_day_is_right_within_its_days_and_half_right_when_rough(day, expected):
    assert agree(DAY, day, "2028-02-29").share == expected


def test_a_day_without_rough_is_right_or_not():
    strict = DAY.model_copy(update={"tolerance": 0, "rough": None})
    assert agree(strict, "2028-02-28", "2028-02-29").share == 0
    assert agree(strict, "2028-02-29", "2028-02-29").whole


def test_two_calls_agree_when_they_are_the_same():
    one = {"case": "x", "call": "y", "digest": "0", "choices": ["a", "b"]}
    assert agree(CALL, one, dict(one)).whole
    assert agree(CALL, {**one, "choices": ["a"]}, one).share == 0


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"t1": ["a"], "t2": ["violation:X"]}, 1),
        ({"t1": ["a"], "t2": ["violation:X"], "t3": []}, 1),
        ({"t1": ["a"]}, 2 / 3),
        ({"t1": ["a"], "t2": ["violation:Y"]}, 3 / 4),  # half a hit
        ({"t2": ["a"]}, 0),
        ({"t1": ["a"], "t2": ["violation:X"], "t9": ["a", "b"]}, 4 / 6),
    ],
)
def test_codings_agree_by_f1(labels, expected):
    right = {"labels": {"t1": ["a"], "t2": ["violation:X"]}}
    assert agree(CODING, {"labels": labels}, right).share == pytest.approx(expected)
