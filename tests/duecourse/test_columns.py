"""Columns are found, matched and refused, as every measure that reads them shows."""

import numpy as np
import pandas as pd
import pytest

from duecourse import columns, language, risk

# five accounts in the order of their risk; the second good and the first bad are tied
RISK = [0.1, 0.2, 0.2, 0.4, 0.5]
BAD = [0, 0, 1, 0, 1]


def test_a_missing_column_is_named_with_those_that_exist():
    frame = pd.DataFrame({"Bad": [1], "Home": ["rent"]})
    with pytest.raises(columns.ColumnMissing) as error:
        risk.rate_table(frame, "Home")
    assert str(error.value) == (
        "the table has no column 'bad'. It has: Bad, Home. Did you mean 'Bad'?"
    )


@pytest.mark.parametrize(
    "labels",
    [
        np.array([True, False]),
        pd.Series([True, False], dtype="boolean"),
        pd.Series([1, 0], dtype="Int64"),
        pd.Series([1.0, 0.0]),
        pd.Series([True, False], dtype=object),
        pd.Series([1, 0], dtype="category"),
    ],
)
def test_labels_of_every_usual_type_are_read(labels):
    assert risk.bad_rate(labels) == 0.5


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "'bad' is empty"),
        ([1, None, 0], "'bad' has 1 missing values of 3"),
        (pd.Series([True, pd.NA], dtype="boolean"), "'bad' has 1 missing values of 2"),
        (["good", "bad"], "Found: 'good', 'bad'"),
        ([0, 2], "Found: 2"),
        (["1", "0"], "Found: '1', '0'"),
    ],
)
def test_labels_that_are_none_say_so(labels, message):
    with pytest.raises(columns.Unmeasurable, match=message):
        risk.bad_rate(labels)


def test_two_series_are_matched_by_their_index():
    values = pd.Series(RISK, index=list("abcde"))
    labels = pd.Series(BAD, index=list("abcde"))
    assert risk.auc(values, labels.sample(frac=1, random_state=1)) == risk.auc(RISK, BAD)


def test_a_series_and_a_list_are_matched_by_position():
    assert risk.auc(pd.Series(RISK, index=list("edcba")), BAD) == risk.auc(RISK, BAD)


def test_a_repeated_index_is_fine_if_both_repeat_it_alike():
    index = [1, 1, 2, 2, 2]
    assert risk.auc(pd.Series(RISK, index=index), pd.Series(BAD, index=index)) == 0.75


@pytest.mark.parametrize("other", [[1, 2, 3, 4, 9], [0, 0, 1, 2, 3]])
def test_series_of_different_rows_are_refused(other):
    with pytest.raises(
        columns.Unmeasurable, match=r"'risk' and 'bad' carry different index labels"
    ):
        risk.auc(pd.Series(RISK), pd.Series(BAD, index=other))


def test_errors_speak_chinese():
    language.use("zh")
    with pytest.raises(columns.Unmeasurable, match=r"“bad”是空的"):
        risk.bad_rate([])


def test_values_without_labels_are_taken_by_position():
    frame = pd.DataFrame({"a": [1, 2]}, index=[7, 8])
    assert columns.column(frame, np.array([5, 6]), "score").tolist() == [5, 6]
    assert columns.column(frame, [5, 6], "score").tolist() == [5, 6]
    with pytest.raises(columns.Unmeasurable, match="score"):
        columns.column(frame, [5, 6, 7], "score")
