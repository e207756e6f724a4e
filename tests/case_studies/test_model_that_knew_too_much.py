"""What the key of "model-that-knew-too-much" answers, worked out again from the case's own figures."""

from datetime import timedelta

import pytest

from duecourse.cases.files import read
from duecourse.risk import auc, psi
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "failure" / "model-that-knew-too-much")
CASE, KEY = FILE.case, FILE.key
FACTS = {fact.id: fact.value for fact in CASE.facts}
ANSWERS = {answer.id: answer for answer in KEY.answers}
EVENTS = {event.id: event for event in CASE.timeline}
VISITED = FACTS["first-score"] + timedelta(29)


def right(name, value):
    """Whether a value worked out here is the key's, within the key's own tolerance."""
    answer = ANSWERS[name]
    return value == pytest.approx(answer.value, abs=answer.tolerance)


@pytest.fixture
def groups():
    table = FILE.table("groups").set_index("group")
    return table.assign(
        visited=table["sent_to_visit"] / table["accounts"],
        worse=table["worse_60d"] / table["accounts"],
    )


def test_one_field_alone_was_not_known_on_the_day_of_scoring():
    late = {
        row["field"]: int(row["known_after_days"])
        for row in FILE.rows("fields")
        if int(row["known_after_days"]) > 0
    }
    assert late == {ANSWERS["leaking-field"].value: FACTS["window"]}


def test_its_value_was_complete_only_after_the_visit_to_ms_hu():
    assert FACTS["first-score"] + timedelta(FACTS["window"]) == ANSWERS["known-from"].value
    assert EVENTS["hu-visit"].at.date() == VISITED < ANSWERS["known-from"].value
    assert EVENTS["hu-assigned"].at.date() < VISITED


def test_the_leak_separates_twenty_accounts_almost_perfectly_and_the_past_does_not():
    sample = FILE.table("sample")
    assert (len(sample), int(sample["worse_60d"].sum())) == (20, 6)
    assert right("leak-alone", auc(sample["calls_next_30d"], sample["worse_60d"]))
    assert right("honest-alone", auc(sample["calls_last_30d"], sample["worse_60d"]))


@pytest.mark.parametrize(
    ("field", "more", "even"), [("calls_next_30d", 83, 1), ("calls_last_30d", 50, 14)]
)
def test_the_pairs_are_those_of_the_worked_answer(field, more, even):
    sample = FILE.table("sample")
    worse = sample.loc[sample["worse_60d"] == 1, field]
    others = sample.loc[sample["worse_60d"] == 0, field]
    pairs = [(one, other) for one in worse for other in others]
    assert len(pairs) == 84
    assert sum(one > other for one, other in pairs) == more
    assert sum(one == other for one, other in pairs) == even


def test_the_model_lost_0_35_between_paper_and_life():
    assert right("drop", FACTS["auc-development"] - FACTS["auc-live"])


def test_leaving_out_the_three_fields_costs_one_hundredth():
    models = FILE.table("models").set_index("model")
    assert models.loc["A", ["auc_development", "auc_later"]].tolist() == [0.97, 0.62]
    later = models["auc_later"]
    assert right("price-of-fairness", later["B"] - later["C"])
    left_out = set(models.loc["C", "left_out"].split(";"))
    assert left_out == {ANSWERS["leaking-field"].value, *ANSWERS["not-levers"].value}


def test_the_index_is_0_135_and_moderate_by_the_guide():
    bands = FILE.table("score-bands")
    assert bands["development"].sum() == FACTS["development"]
    assert bands["live"].sum() == FACTS["live"]
    assert (bands["live"] / FACTS["live"]).tolist() == pytest.approx([0.10, 0.15, 0.20, 0.25, 0.30])
    index = psi(bands["development"], bands["live"])
    assert right("psi", index)
    assert 0.10 < index < 0.25
    assert ANSWERS["psi-means"].value == "ask-why"


def test_those_who_had_told_of_hardship_were_sent_a_visit_twice_as_often():
    routing = FILE.table("routing").set_index("hardship_note")
    assert (routing[["message", "call", "visit"]].sum(axis=1) == routing["accounts"]).all()
    share = routing["visit"] / routing["accounts"]
    assert share["yes"] == pytest.approx(0.60)
    assert right("hardship-ratio", share["yes"] / share["no"])


def test_the_treatments_are_those_of_the_bands():
    live = FILE.table("score-bands").set_index("band")["live"]
    routing = FILE.table("routing")
    assert routing["message"].sum() == live[1] + live[2]
    assert routing["call"].sum() == live[3] + live[4]
    assert routing["visit"].sum() == live[5]
    assert routing["accounts"].sum() == FACTS["live"]


def test_each_attribute_divides_all_accounts_and_all_visits(groups):
    for _attribute, rows in groups.groupby("attribute"):
        assert rows["accounts"].sum() == FACTS["live"]
        assert rows["sent_to_visit"].sum() == 2400
        assert rows["worse_60d"].sum() == 720


def test_equal_risk_was_treated_unequally(groups):
    assert groups["worse"].tolist() == pytest.approx([0.09] * 6)
    gap = groups.loc["55 and over", "visited"] - groups.loc["under 35", "visited"]
    assert right("age-gap", 100 * gap)
    assert groups.loc["divorced or widowed", "visited"] == pytest.approx(0.51)
    assert groups.loc["married", "visited"] == pytest.approx(0.25)


def test_one_visit_in_four_was_made_by_one_person_alone():
    assert FACTS["visits-alone"] / FACTS["visits"] == 0.25
    assert FACTS["visits-hardship"] < FACTS["visits"]
    assert FACTS["looked-at"] == FACTS["answered"] == 0


def test_the_mending_names_every_step_once():
    answer = ANSWERS["mending-order"]
    assert answer.ordered
    assert set(answer.value) == set(answer.options)


def test_the_write_up_gives_twelve_points():
    (write_up,) = KEY.write_ups
    assert sum(max(level.points for level in one.levels) for one in write_up.rubric) == 12
