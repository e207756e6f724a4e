"""What the early-warning assignment says is true in all of its worlds, and its tasks can be told apart there.

The notebook's cells are run here without a kernel, in every world; figures are compared with the
package's own measures.
"""

import json
import re

import numpy as np
import pandas as pd
import pytest

from duecourse import foresight, monitoring, warning
from duecourse.risk import psi
from duecourse.tasks import FunctionTask
from tests.assignments.conftest import Written

WRITTEN = Written("early-warning")
FOLDER, TASKS = WRITTEN.folder, WRITTEN.tasks
texts, states = WRITTEN.texts, WRITTEN.states


def together(worlds, name):
    """Return the lift of each signal and the share it fires in, over the accounts of all worlds."""
    signals, events = [], []
    for world in worlds:
        day = getattr(world, name)
        ids = world.watch(day)
        steep = world.measure(day, ids)["utilisation_rise"] >= 0.15
        signals.append(world.fires(day).assign(steep_rise=steep))
        events.append(world.fell_behind(day, ids).notna())
    fired, event = pd.concat(signals, ignore_index=True), pd.concat(events, ignore_index=True)
    return fired[event].sum() / fired.sum() / event.mean(), fired.mean()


# The form of the assignment.


def test_there_are_sixty_points_and_every_heading_states_its_own():
    WRITTEN.states_its_points("part-5")
    assert WRITTEN.assignment.points == 60
    states("start", ("60 points", "60分"), (f"{TASKS.minutes} minutes", f"{TASKS.minutes}分钟"))
    states("part-5", ("(15 points)", "（15分）"), ("150 to 600", "150到600"))


def test_every_text_for_learners_has_both_languages():
    WRITTEN.has_both_languages()


def test_the_model_answer_keeps_to_the_length_that_is_asked_for():
    WRITTEN.keeps_to_the_length("committee")


def test_the_data_card_describes_every_column_in_both_languages(worlds):
    card = (FOLDER / "data-card.md").read_text("utf-8")
    assert re.findall(r"<!-- lang:(en|zh) -->", card) == ["en", "zh"]
    for table in worlds[0].tables.glob("*.parquet"):
        assert card.count(f"**`{table.stem}`**") == 2
        for column in pd.read_parquet(table).columns:
            assert card.count(f"| `{column}` |") in (2, 6), column


def test_the_unseen_customers_hold_every_edge_and_none_of_the_public_examples(worlds):
    [task] = [task for task in TASKS if isinstance(task, FunctionTask)]
    file = FOLDER / "key" / "unseen-inflow-signal.json"
    unseen = json.loads(file.read_text("utf-8"))
    assert all(list(one) == task.parameters for one in unseen)
    assert not [one for one in unseen if one in task.examples]
    assert any(one["months"] != sorted(one["months"]) for one in unseen)
    assert any(max(one["months"]) > one["as_of"] for one in unseen)
    assert any(sum(one["inflow"][:3]) == 0 for one in unseen)
    results = [worlds[0].inflow_signal(**one) for one in unseen]
    assert {results.count(kind) >= 4 for kind in task.result.options} == {True}


# All worlds.


def test_a_world_is_small_enough_to_be_handed_out(worlds):
    for world in worlds:
        assert sum(file.stat().st_size for file in world.tables.iterdir()) < 1_000_000


def test_the_key_is_whole_and_each_mistake_told_apart_in_every_world(worlds):
    for world in worlds:
        world.is_marked_as_it_should_be()
        assert sum(len(right.mistakes) for right in world.key.values()) >= 25


def test_choices_rest_on_the_same_reasons_in_every_world(worlds):
    for name in ("leaks", "shift", "fair-test"):
        assert len({json.dumps(world.key[name].value) for world in worlds}) == 1
    assert len({world.key["best-budget"].value for world in worlds}) > 1


def test_no_answer_hangs_on_the_last_digit(worlds):
    for world in worlds:
        lift = world.rates["lift"]
        assert lift.is_unique
        assert (lift.sub(np.floor(lift)) - 0.5).abs().min() > 0.001
        assert (lift - 1.5).abs().min() > 0.001
        net = world.budgets["net"]
        assert (net == net.max()).sum() == 1
        assert not world.psi["psi"].between(0.09, 0.11).any()
        assert not world.psi["psi"].between(0.24, 0.26).any()


def test_the_answers_agree_with_the_package(worlds):
    for world in worlds:
        snapshot, payments, day = world.snapshot, world.payments, world.ALERT_DAY
        ids = warning.watched(snapshot, day)
        assert world.watched == len(ids)
        theirs = warning.indicators(snapshot, payments, day).round(4)
        limits = {name: limit for name, limit in world.LIMITS.items() if name in theirs}
        assert len(limits) == 5
        ours = world.fires(day)
        for name, hits in warning.fired(theirs, limits).items():
            assert ours[name].tolist() == hits.tolist(), name
        score = world.fires(day).astype(int).dot(world.points)
        chosen = warning.alerts(score, world.BUDGET, least=-1)
        assert chosen.index.tolist() == world.alerts["account_id"].tolist()
        outcomes = monitoring.outcomes(snapshot, day, 6)
        quality = monitoring.alert_quality(chosen, outcomes)
        for name in ("precision", "recall", "lift"):
            assert world.quality[name] == pytest.approx(getattr(quality, name))
        lead = outcomes.loc[chosen.index, "lead_days"].mean()
        assert world.lead_time == pytest.approx(lead)
        first, now = world.first, world.now
        for _row, what, value, _reading in world.psi.itertuples():
            assert value == pytest.approx(psi(first[what], now[what]))
        found = foresight.leaks(world.candidates, snapshot, payments, day)
        assert sorted(found) == sorted(world.leaking)


# What the texts state.


def test_the_task_names_the_columns_of_the_table_made_in_a_hurry(worlds):
    columns = set(worlds[0].candidates(worlds[0].snapshot, worlds[0].payments))
    assert columns == set(TASKS["leaks"].options)
    for found in texts("leaks-text"):
        assert columns <= set(re.findall(r"`(\w+)`", found))


def test_the_limits_in_the_table_are_those_of_the_code(worlds):
    for name, limit in worlds[0].LIMITS.items():
        shown = f"{limit:.2f}" if isinstance(limit, float) else str(limit)
        for found in texts("signals"):
            assert re.search(rf"\| `{name}` \|.*\| {shown} \|", found), name


def test_no_account_is_opened_after_the_first_list(worlds):
    for world in worlds:
        assert pd.Timestamp("2025-04-01") <= world.accounts["opened_on"].max()
        assert world.accounts["opened_on"].max() < pd.Timestamp("2025-05-01")
        assert len(world.accounts) == 3000


def test_the_model_answer_holds_in_every_world(worlds):
    states("committee", ("2,400", "2400"), "200", "60", "900", "6.7%", ("one in nine", "九分之一"))
    assert f"{60 / 900:.1%}" == "6.7%"
    for world in worlds:
        quality, budgets = world.quality, world.budgets.set_index("budget")
        assert 2350 <= world.watched < 2450
        assert 1 / 12 <= quality["precision"] < 1 / 7
        assert quality["precision"] > 60 / 900
        assert 0.02 <= quality["precision"] / quality["lift"] < 0.04
        assert 0.25 <= quality["recall"] < 0.42
        assert world.lead_time > 92
        assert 17 <= budgets.loc[200, "hits"] < 30
        assert world.pretended > 1.2 * quality["precision"]
        shifted = world.psi.set_index("what")["reading"] == "shifted"
        assert shifted[shifted].index.tolist() == ["months_on_book"]


def test_the_notes_for_the_class_hold_in_every_world(worlds):
    for low, high in (("8%", "15%"), ("3", "5"), ("25%", "40%"), ("95", "130"), ("14%", "22%")):
        states("for-instructors", low, high)
    states("for-instructors", "2%", "10%", "6.7%", "0.70", "0.02")
    for world in worlds:
        quality, drift = world.quality, world.psi.set_index("what")["psi"]
        assert 0.08 < quality["precision"] < 0.15
        assert 3 < quality["lift"] < 5
        assert 0.25 < quality["recall"] < 0.40
        assert 95 < world.lead_time < 130
        assert 0.14 < world.pretended < 0.22
        assert 0.02 < world.budgets["hits"].diff().iloc[-1] / 200 < 0.10
        assert drift["months_on_book"] > 0.70
        assert drift.drop("months_on_book").max() < 0.02
    best = {int(world.best_budget.removeprefix("alerts-")) for world in worlds}
    assert best == {100, 200, 400}
    assert any((world.ranked(world.ALERT_DAY) > 0).sum() < 400 for world in worlds)


def test_the_notes_on_lead_time_hold(worlds):
    states("for-instructors", ("six worlds", "六份"), "123", "92")
    medians = []
    for world in worlds:
        lead = world.first_day[world.alerts["account_id"]].dropna() - world.ALERT_DAY
        medians.append(lead.dt.days.median())
    assert medians.count(123) == 6
    assert medians.count(92) == 1


def test_the_notes_on_the_six_signals_hold(worlds):
    points = pd.DataFrame([world.points for world in worlds])
    assert points["utilisation_level"].min() == 4
    assert (points["utilisation_rise"] == 0).all()
    assert (points > 0).all().sum() == 1
    assert (points["inflow_drop"] > 0).sum() == 1
    others = points.drop(columns=["utilisation_level", "utilisation_rise"])
    assert (others.to_numpy().min(), others.to_numpy().max()) == (0, 6)
    states("for-instructors", "1.0", "1.3", "0.05", "0.15", "4.5", "5", "2.0", "2.7")
    for day, of_rise in (("DEV_DAY", 1.0), ("ALERT_DAY", 1.3)):
        lift, share = together(worlds, day)
        assert round(lift["utilisation_rise"], 1) == of_rise
        assert 4.45 < lift["utilisation_level"] < 5
        assert lift[others.columns].between(2.0, 2.7).all()
        assert 1.9 < lift["steep_rise"] < 2.4
        assert share["steep_rise"] < 0.01
