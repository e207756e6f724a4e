"""The form of an answer: what is accepted, what is said, what is recorded."""

import json
import subprocess
import sys
from typing import get_args

import numpy as np
import pandas as pd
import pytest
import yaml

from duecourse import answers, language
from duecourse.answers import MIME, FormError, check, length, read
from duecourse.errors import DuecourseError
from duecourse.tasks import Task, parse
from tests.conftest import OUTCOMES, PREDICTIONS, TASKS, write_assignment

TASK = parse(yaml.safe_dump(TASKS), "tasks.yaml")
BANDS = pd.DataFrame({"band": ["low", "high"], "count": [31, 17], "rate": [0.125, 0.875]})
RIGHT = {"columns": ["band", "count", "rate"], "rows": [["high", 17, 0.875], ["low", 31, 0.125]]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_assignment(tmp_path / "tiny")
    monkeypatch.chdir(tmp_path / "tiny")
    return tmp_path / "tiny"


@pytest.fixture
def shown(monkeypatch):
    """Collect what `check` publishes."""
    pages = []
    monkeypatch.setattr("IPython.display.publish_display_data", pages.append)
    return pages


def problems(task, answer):
    found = read(TASK[task], answer)
    return " | ".join(found.problems)


@pytest.mark.parametrize(
    "table",
    [
        BANDS,
        BANDS.iloc[::-1],
        BANDS[["rate", "count", "band"]],
        BANDS.set_index("band"),
        BANDS.set_index("band").rename_axis(None),
        BANDS.astype({"band": "category"}),
        BANDS.astype({"count": "Int64", "band": "string"}),
        BANDS.astype({"count": float}),
        BANDS.convert_dtypes(),
        BANDS.set_index("band", drop=False),
        BANDS.assign(note="extra"),
    ],
    ids=lambda _table: "",
)
def test_one_table_has_one_record_however_it_was_made(table):
    found = read(TASK["bands"], table)
    assert found.value == RIGHT
    assert not found.problems


def test_columns_that_nobody_asked_for_are_left_out_with_a_note():
    assert "left out: note" in " ".join(read(TASK["bands"], BANDS.assign(note=1)).notes)


def test_a_missing_column_is_named_beside_what_there_is():
    said = problems("bands", BANDS.rename(columns={"rate": "rates"}))
    assert said == "column `rate` is missing; you have band, count, rates"


def test_what_can_be_read_is_recorded_in_spite_of_problems():
    found = read(TASK["bands"], BANDS.drop(columns="rate"))
    assert found.value == {"columns": ["band", "count"], "rows": [["high", 17], ["low", 31]]}
    assert found.problems


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (BANDS.assign(rate=[np.nan, 0.5]), "column `rate`, 1 of 2 rows: a value is missing"),
        (BANDS.assign(rate=[np.inf, 0.5]), "infinite"),
        (BANDS.assign(rate=[12.5, 87.5]), "column `rate`, 2 of 2 rows: 12.5 lies outside 0 to 1"),
        (BANDS.assign(count=[1.5, 2]), "1.5 is not a whole number"),
        (BANDS.assign(band="low"), "1 rows have the same band as another row"),
        ([1, 2], "a table (pandas DataFrame) is asked for, not a list"),
        (BANDS["rate"], "not a Series"),
        (pd.concat([BANDS, BANDS["rate"]], axis=1), "these columns stand twice: rate"),
        (BANDS.drop(columns="band"), "column `band` is missing"),
        (pd.concat({"x": BANDS}, axis=1), "several levels"),
        (pd.DataFrame(), "column `band` is missing; you have none"),
    ],
)
def test_a_table_of_another_form_is_said_to_be_so(answer, said):
    assert said in problems("bands", answer)


def test_an_empty_table_with_the_right_columns_has_the_right_form():
    assert read(TASK["bands"], BANDS.iloc[:0]).value == {
        "columns": ["band", "count", "rate"],
        "rows": [],
    }


def test_an_answer_is_at_most_one_mebibyte():
    many = pd.DataFrame({"band": [f"{i:06}" for i in range(60_000)], "count": 1, "rate": 0.5})
    assert "too large" in problems("bands", many)
    assert "too large" in problems("bands", pd.concat([many] * 10))


@pytest.mark.parametrize(
    "number", [5, 5.0, np.float64(5), np.array([5.0]), np.array(5.0), pd.Series([5])]
)
def test_a_number_may_come_in_many_wrappings(number):
    assert read(TASK["total"], number).value == 5


def test_a_number_of_several_values_is_refused():
    assert "one number is asked for" in problems("total", [1, 2])
    assert "one number is asked for" in problems("total", pd.Series([1, 2]))


def test_a_choice_must_exist():
    assert read(TASK["best"], " b ").value == "b"
    assert "there is no option 'bb'" in problems("best", "bb")
    assert "is not the name of an option" in problems("best", 2)


def test_choices_come_as_any_collection():
    for given in (
        ["d", "a"],
        {"a", "d"},
        ("a", "d", "a"),
        pd.Series(["a", "d"]),
        np.array(["a", "d"]),
    ):
        assert read(TASK["several"], given).value == ["a", "d"]
    assert "is not a list of options" in problems("several", "a")
    assert "there is no option 'e'" in problems("several", ["a", "e"])


def test_an_ordering_needs_each_option_once():
    assert read(TASK["order"], list("dcba")).value == list("dcba")
    assert "these are missing: d" in problems("order", list("abc"))
    assert "these stand twice: a" in problems("order", list("aabcd"))
    assert "a set has no order" in problems("order", set("abcd"))


def test_a_series_is_read_by_its_index():
    expected = {"columns": ["index", "value"], "rows": [["x", 1.5], ["y", 2.5]]}
    for given in (
        pd.Series([2.5, 1.5], index=["y", "x"]),
        pd.Series([2.5, 1.5], index=pd.CategoricalIndex(["y", "x"])),
        pd.DataFrame({"anything": [2.5, 1.5]}, index=["y", "x"]),
    ):
        assert read(TASK["line"], given).value == expected
    assert "a column (pandas Series) is asked for, not a float" in problems("line", 1.5)


def test_a_function_is_called_on_the_examples_for_its_form(folder):
    found = read(TASK["doubler"], lambda amount: 2 * amount)
    assert found.value["results"] == [{"value": 2}]
    assert "is not a function" in problems("doubler", 3)
    assert "TypeError" in problems("doubler", lambda wrong_name: wrong_name)
    assert "'1' is not a number" in problems("doubler", lambda amount: f"{amount}")


def test_a_function_that_returns_nothing_yet_is_no_answer_yet(folder, shown):
    check("doubler", lambda **_inputs: None)
    [page] = shown
    assert MIME not in page
    assert "No answer yet" in page["text/plain"]
    assert "its last line is `return ...`" in page["text/plain"]


def test_rows_of_a_key_with_options_are_named_where_they_lack():
    band = TASK["bands"].columns["band"].model_copy(update={"options": ["low", "mid", "high"]})
    task = TASK["bands"].model_copy(update={"columns": {**TASK["bands"].columns, "band": band}})
    assert read(task, BANDS).notes == ("there is no row for mid in `band`",)


def test_a_function_is_called_on_the_unseen_inputs_where_they_lie(folder):
    (folder / "unseen").mkdir()
    (folder / "unseen" / "unseen-doubler.json").write_text(json.dumps([{"amount": 8}]))
    assert read(TASK["doubler"], lambda amount: 2 * amount).value["results"] == [{"value": 16}]


def test_a_function_cannot_change_its_inputs_for_later_calls(folder):
    (folder / "unseen").mkdir()
    (folder / "unseen" / "unseen-doubler.json").write_text(json.dumps([{"amount": [1]}] * 2))
    found = read(TASK["doubler"], lambda amount: amount.append(1) or len(amount))
    assert found.value["results"] == [{"value": 2}, {"value": 2}]


def test_predictions_need_a_probability_for_every_row(folder):
    ids = [f"A{i:02}" for i in range(60)]
    whole = pd.Series(PREDICTIONS, index=ids)
    assert not problems("forecast", whole)
    assert not problems(
        "forecast", whole.rename_axis("account").rename("probability").reset_index()
    )
    assert "3 of 60 rows of holdout.csv have no probability" in problems("forecast", whole[3:])
    assert "1 rows are not in holdout.csv" in problems(
        "forecast", pd.concat([whole, pd.Series({"Z": 0.5})])
    )
    assert "outside 0 to 1" in problems("forecast", whole * 100)
    assert len(OUTCOMES) == 60


def test_the_length_of_a_text_counts_words_and_characters():
    assert length("") == 0
    assert length("We offer a plan - gladly.") == 5
    assert length("我们提供分期方案。") == 8
    assert length("分期12期 OK") == 5  # 分 期 12 期 OK


def test_check_publishes_the_answer_and_never_whether_it_is_right(folder, shown):
    check("total", 1)
    check("total", 4712.25)
    wrong, right = shown
    assert wrong[MIME] == {"version": 1, "task": "total", "kind": "number", "value": 1}
    assert wrong["text/html"] == right["text/html"]
    assert "Recorded: Title of total" in right["text/plain"]


def test_check_publishes_what_is_wrong_with_the_form(folder, shown):
    check("bands", BANDS.drop(columns="rate"))
    [page] = shown
    assert "column `rate` is missing" in page["text/plain"]
    assert page[MIME]["problems"]


def test_check_escapes_what_a_learner_hands_in(folder, shown):
    check("best", "<script>alert(1)</script>")
    assert "<script>" not in shown[0]["text/html"]


def test_no_answer_yet_is_no_answer(folder, shown):
    check("total", None)
    [page] = shown
    assert MIME not in page
    assert "No answer yet" in page["text/plain"]


def test_check_speaks_the_language_of_the_folder(folder, shown):
    language.use("zh")
    check("bands", BANDS.drop(columns="rate"))
    assert "缺少" in shown[0]["text/plain"]


def test_check_of_an_unknown_task_says_which_exist(folder):
    with pytest.raises(DuecourseError, match=r"no task 'totl'.*Did you mean 'total'"):
        check("totl", 1)


def test_validation_fails_where_the_form_is_wrong_or_nothing_is_there(folder, shown, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    check("total", 1)
    with pytest.raises(FormError, match="there is no answer yet"):
        check("total", None)
    with pytest.raises(FormError, match="is not a number"):
        check("total", "many")


def test_answers_work_without_pandas():
    code = (
        "import sys; import duecourse.answers; "
        "assert 'pandas' not in sys.modules, 'pandas was imported'"
    )
    # the package's front door also opens the practice room, which is asked for the same
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_kind_has_a_reader(tmp_path):
    kinds, *_discriminator = get_args(Task)
    assert set(get_args(kinds)) == set(answers._readers(tmp_path))


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


def test_a_message_is_told_at_once_what_sounds_forbidden():
    found = read(MESSAGE, "LAST NOTICE: pay now.")
    assert (found.value, found.problems) == ("LAST NOTICE: pay now.", ())
    assert found.notes == (
        "'LAST NOTICE' sounds like content that a message must not have: threat",
    )
    assert read(MESSAGE, "Please tell us what suits you.").notes == ()


def test_a_message_of_the_wrong_length_or_kind_is_told_so():
    assert read(MESSAGE, "Too short").problems
    assert read(MESSAGE, 3).problems
    assert read(MESSAGE, "  \n").blank
