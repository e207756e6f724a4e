"""Every figure that the notebook's text states is true of the data, in both languages.

The figures are worked out here with the package's measures, not with the notebook's solutions.
"""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_predict

from duecourse.affordability import instalment, surplus
from duecourse.risk import information_value, scorecard_points
from tests.assignments.conftest import Written

WRITTEN = Written("risk-assessment")
FOLDER, SOURCE, TASKS = WRITTEN.folder, WRITTEN.source, WRITTEN.tasks
states = WRITTEN.states
KINDS = {
    "number",
    "choice",
    "choices",
    "ordering",
    "table",
    "series",
    "function",
    "predictions",
    "text",
}


def count(number):
    """Return a count as each language writes it."""
    return f"{number:,}", f"{number}"


def percent(share):
    return f"{share:.1%}"


@pytest.fixture(scope="module")
def frame():
    """The applicants with their score, what their household has left, and the instalment."""
    found = pd.read_csv(FOLDER / "applicants.csv")
    found = found.merge(pd.read_csv(FOLDER / "points.csv"), on="applicant")
    found["bad"] = (found["Status"] == "bad").astype(int)
    rows = found[["Income", "Expenses", "Debt"]].itertuples(index=False)
    left = [
        surplus(income, expenses, 0.01 * debt) if income == income and debt == debt else np.nan  # noqa: PLR0124
        for income, expenses, debt in rows
    ]
    found["left"] = left
    loans = found[["Amount", "Time"]].itertuples(index=False)
    found["due"] = [instalment(float(amount), months, 0.12) for amount, months in loans]
    found["verdict"] = np.where(
        found["left"].isna(),
        "unknown",
        np.where(found["due"] <= 0.9 * found["left"], "fits", "too-high"),
    )
    found["high"] = found["points"] >= 520
    return found


@pytest.fixture(scope="module")
def with_and_without(frame):
    """Whom the notebook's model approves out of fold, with and without personal status."""
    names = {}
    exec(SOURCE["model"], names)
    exec(SOURCE["make-model"], names)
    everything = names["NUMBERS"] + names["WORDS"]
    allowed = [name for name in everything if name not in ("Age", "Marital")]
    approved, aucs = [], []
    for columns in (everything, allowed):
        asked = names["make_model"](columns), frame[columns], frame["bad"]
        risk = cross_val_predict(*asked, cv=names["folds"], method="predict_proba")[:, 1]
        safest = np.argsort(risk, kind="stable")[: int(frame["high"].sum())]
        approved.append(pd.Series(np.isin(np.arange(len(frame)), safest)))
        scores = names["cross_val_score"](*asked, cv=names["folds"], scoring="roc_auc")
        aucs.append(scores.mean())
    return approved, aucs


def result_at(frame, cutoff):
    """Return gains less losses at a cut-off, in thousands of pesetas."""
    yes = frame[frame["points"] >= cutoff]
    return (yes["Amount"] * np.where(yes["bad"] == 1, -0.5, 0.15)).sum()


def test_there_are_sixty_points_over_all_kinds_of_answers():
    assert WRITTEN.assignment.points == 60
    assert len(list(TASKS)) >= 14
    assert {task.kind for task in TASKS} == KINDS


def test_every_heading_states_the_points_of_its_task():
    WRITTEN.states_its_points("part-8")
    states("part-8", ("(15 points)", "（15分）"))
    states("start", ("60 points", "60分"), (f"{TASKS.minutes} minutes", "150分钟"))


def test_every_text_for_learners_has_both_languages():
    WRITTEN.has_both_languages()
    assert set(re.findall(r'(?m)^check\("([\w-]+)"', "\n".join(SOURCE.values()))) == {
        task.id for task in TASKS if task.kind != "text"
    }


def test_the_introduction_counts_the_applications(frame):
    held = pd.read_csv(FOLDER / "holdout.csv")
    states("start", count(len(frame)), count(len(held)))


def test_the_case_is_the_applicant_that_the_text_describes(frame):
    case = frame.set_index("applicant").loc["A2116"]
    for column, figure in (
        ("Income", "120"),
        ("Expenses", "45"),
        ("Debt", ("1,100", "1100")),
        ("Amount", ("1,750", "1750")),
        ("Time", "36"),
    ):
        assert case[column] == int(figure if isinstance(figure, str) else figure[1])
        states("surplus-text", figure)


def test_the_twenty_are_eight_bad_and_twelve_good_loans_in_96_pairs():
    bad = pd.read_csv(FOLDER / "twenty.csv")["bad"]
    assert (bad.sum(), (1 - bad).sum(), bad.sum() * (1 - bad).sum()) == (8, 12, 96)
    states("part-4", "8", "12", "96")


def test_the_scale_of_the_scorecard_is_the_one_stated():
    factor = 20 / np.log(2)
    states("points-for-pd-text", f"{factor:.3f}", f"{600 - factor * np.log(50):.3f}")
    assert scorecard_points(50) == pytest.approx(600)


def test_only_the_group_ignore_is_small_by_the_rule_of_five_percent(frame):
    small = frame["Home"].value_counts(normalize=True)
    assert small[small < 0.05].index.tolist() == ["ignore"]
    jobs = frame["Job"].value_counts(normalize=True)
    assert jobs[jobs < 0.05].index.tolist() == ["others"]
    assert frame["Records"].value_counts(normalize=True).min() > 0.05


def test_the_recommended_cut_off_earns_what_the_model_answer_says(frame):
    yes = frame[frame["high"]]
    states("recommendation", count(len(frame)), count(len(yes)), percent(yes["bad"].mean()))
    states("recommendation", percent(frame["bad"].mean()))
    for cutoff, figures in (
        (520, ("123 million", "1.23亿")),
        (500, ("63 million", "6300万")),
        (540, ("117 million", "1.17亿")),
    ):
        assert round(result_at(frame, cutoff) / 1000) == int(figures[0].split()[0])
        states("recommendation", figures)


def test_theory_and_table_agree_on_the_break_even_points(frame):
    assert max(range(480, 561, 20), key=lambda cutoff: result_at(frame, cutoff)) == 520
    points = scorecard_points(0.50 / 0.15)
    milder = scorecard_points(0.35 / 0.15)
    states("for-instructors", f"{points:.2f}", f"{milder:.2f}")
    states("recommendation", f"{points:.0f}", f"{milder:.0f}")


def test_the_working_list_has_the_sizes_that_the_model_answer_names(frame):
    fits = frame[frame["high"] & (frame["verdict"] == "fits")]
    tight = frame[frame["high"] & (frame["verdict"] == "too-high")]
    blank = frame[frame["verdict"] == "unknown"]
    refused = frame[~frame["high"] & (frame["bad"] == 0)]
    longer = [
        instalment(float(amount), 60, 0.12) <= 0.9 * left
        for amount, left in zip(tight["Amount"], tight["left"], strict=True)
    ]
    states("recommendation", count(len(fits)), percent(fits["bad"].mean()))
    states("recommendation", count(len(tight)), percent(tight["bad"].mean()))
    states("recommendation", count(len(blank)), count(int(blank["high"].sum())))
    states("recommendation", count(len(refused)), count(sum(longer)))
    states("recommendation", count(int((tight["left"] <= 0).sum())))


def test_a_blank_costs_as_many_points_as_the_notes_say(frame):
    card = pd.read_csv(FOLDER / "scorecard.csv").set_index(["characteristic", "group"])["points"]
    lost, usual = card["Income", "missing"], card["Income", "101-150"]
    below = frame[(frame["verdict"] == "unknown") & ~frame["high"]]
    blank = below[below["Income"].isna()]
    lifted = blank[blank["points"] + usual - lost >= 520]
    states("for-instructors", str(lost), str(usual), count(len(below)), count(len(blank)))
    states("for-instructors", count(len(lifted)), percent(lifted["bad"].mean()))
    states("recommendation", count(len(lifted)))


def test_leaving_out_personal_status_costs_what_the_texts_say(frame, with_and_without):
    approved, aucs = with_and_without
    bads = [int(frame.loc[yes, "bad"].sum()) for yes in approved]
    young = [yes[frame["Age"] <= 25].mean() for yes in approved]
    states("recommendation", f"{aucs[0] - aucs[1]:.3f}")
    assert bads[1] - bads[0] == 6
    states("recommendation", ("six more bad loans", "多出6笔坏账"))
    states("for-instructors", *(percent(share) for share in young), *(str(n) for n in bads))


def test_the_gap_between_ages_is_the_one_that_the_texts_name(frame):
    young, old = frame[frame["Age"] <= 25], frame[frame["Age"] >= 51]
    states("recommendation", percent(young["high"].mean()), percent(old["high"].mean()))
    states("recommendation", percent(1 - young.loc[young["bad"] == 0, "high"].mean()))
    assert young["Seniority"].max() < 13
    states("for-instructors", percent((old["Seniority"] >= 13).mean()))


def test_the_one_information_value_above_a_half_is_that_of_seniority(frame):
    bands = [-1, 0, 2, 5, 12, np.inf]
    iv = information_value(pd.cut(frame["Seniority"], bands).astype(str), frame["bad"])
    states("for-instructors", f"{iv:.3f}")
    assert iv > 0.5
    income = pd.cut(frame["Income"], [0, 75, 100, 150, 200, np.inf]).astype(str)
    for other in (income, frame["Job"].fillna("-"), frame["Records"], frame["Home"].fillna("-")):
        assert information_value(other, frame["bad"]) < 0.5


def test_the_few_files_without_home_or_job_are_counted_right(frame):
    assert frame["Home"].isna().sum() == 6
    assert frame.loc[frame["Job"].isna(), "bad"].tolist() == [1, 1]
    states("for-instructors", ("Six people have no home", "6个人没有住房记录"))
    states("for-instructors", ("two no job", "2个人没有工作记录"))
