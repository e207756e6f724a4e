"""Better reasons earn more in every world of the assignment, and what its texts state is true there.

The pilot is made again from its data card, and the policies that are compared are worked out here.
"""

import json
import re

import numpy as np
import pandas as pd
import pytest

from duecourse import portfolio
from duecourse.allocation import assign
from duecourse.evidence import evidence
from duecourse.pilots import pilot_rows
from duecourse.segments import ability, quadrant, willingness
from duecourse.strategy import breaches, over_capacity
from duecourse.treatments import TREATMENTS, treatment_table
from grader.outcome import by_account, effect, flat, judge, proven
from tests.assignments.conftest import WORLDS, Written

WRITTEN = Written("account-segmentation")
FOLDER, SOURCE, TASKS = WRITTEN.folder, WRITTEN.source, WRITTEN.tasks
POLICY = TASKS["policy"]
DAY = "2026-08-31"
LARGEST = 2_000_000
GROUPS = {1: "M1", 2: "M2-3", 3: "M2-3", 4: "M4+", 5: "M4+", 6: "M4+"}


@pytest.fixture(scope="module")
def pilot():
    rows = pd.read_csv(FOLDER / "pilot.csv")
    return rows.assign(
        group=rows["bucket"].map(GROUPS),
        quadrant=quadrant(rows["ability_from"], rows["willingness_from"], 0.6, 0.7),
    )


def truth(world):
    """Return what each treatment does for each account of a world."""
    return world.key["policy"].truth


def net(world, chosen):
    """Return the outcome of a treatment by account, in yuan."""
    return effect(POLICY, {str(one): kind for one, kind in chosen.items()}, truth(world)).net


# The ranking: better reasons earn more.


def policy_by(world, pilot, key):
    """Return the best table by effects that the pilot shows in each group of ``key``."""
    rows = pilot[(pilot["lender"] != world.number) & (pilot["measured"] == "before")]
    counts = rows.pivot_table(
        index=key, columns="treatment", values=["accounts", "held"], aggfunc="sum"
    )
    share = counts["held"] / counts["accounts"]
    gain = share.sub(share["none"], axis=0)[list(TREATMENTS)]
    people = world.people.set_index("account_id")
    worth = people["instalment"] * np.where(people["bucket"] == 1, 2, 5)
    price = treatment_table()["cost"] + 1200 * treatment_table()["complaints"]
    value = gain.reindex(people[key]).set_axis(people.index).mul(worth, axis=0).sub(price)
    return assign(value.where(lawful(world)), POLICY.capacity)


def lawful(world):
    table = {one: {k: not way[2] for k, way in ways.items()} for one, ways in truth(world).items()}
    return pd.DataFrame.from_dict(table, orient="index").set_axis(map(int, table))


def best_of_the_truth(world):
    table = {one: {k: way[0] for k, way in ways.items()} for one, ways in truth(world).items()}
    value = pd.DataFrame.from_dict(table, orient="index").set_axis(map(int, table))
    return assign(value.rename_axis("account_id").where(lawful(world)), POLICY.capacity)


def test_random_is_below_flat_below_buckets_below_segments_below_the_truth(world, pilot):
    rng = np.random.default_rng(0)
    accounts = world.people["account_id"]
    draws = [
        net(world, dict(zip(accounts, rng.choice(TREATMENTS, len(accounts)), strict=True)))
        for _ in range(5)
    ]
    ours = effect(POLICY, by_account(POLICY, world.answers["policy"]), truth(world)).net
    base = flat(POLICY, truth(world))
    by_bucket, best = (
        net(world, one) for one in (policy_by(world, pilot, "bucket"), best_of_the_truth(world))
    )
    assert max(draws) < base < 0.97 * by_bucket
    assert 1.03 * by_bucket < ours
    assert 1.75 * ours < best < 2.5 * ours
    found = judge(
        POLICY, table(policy_by(world, pilot, "bucket")), world.answers["policy"], truth(world)
    )
    assert 0.2 < found.share < 0.95


def table(chosen):
    rows = [[str(one), kind] for one, kind in chosen.items()]
    return {"columns": ["account_id", "treatment"], "rows": rows}


def test_the_keys_table_is_lawful_and_within_the_places(world):
    proven(POLICY, world.answers["policy"], truth(world))
    policy = world.policy
    book = world.mine
    assert breaches(policy, book, DAY, accounts=policy["account_id"].tolist()).empty
    assert not over_capacity(policy, POLICY.capacity).any()
    used = policy["treatment"].value_counts()
    assert {kind: used[kind] for kind in POLICY.capacity} == POLICY.capacity


def test_what_is_not_lawful_takes_points_off_by_name(world):
    chosen = by_account(POLICY, world.answers["policy"])
    reassigned = next(
        one for one, ways in truth(world).items() if ways["reminder"][2] == ["reassigned_number"]
    )
    worse = {**chosen, reassigned: "reminder"}
    found = judge(POLICY, table(worse), world.answers["policy"], truth(world))
    assert found.share <= 0.9
    assert any("CN-07" in part.note for part in found.parts)
    people = world.people.set_index("account_id")
    dear = next((one for one, ways in truth(world).items() if ways["plan"][2]), None)
    assert dear is not None
    assert lawful(world).loc[people.index, "plan"].sum() == world.may["plan"].sum()
    planned = next(one for one, kind in chosen.items() if kind == "plan")
    swapped = {**chosen, planned: "none", dear: "plan"}
    found = judge(POLICY, table(swapped), world.answers["policy"], truth(world))
    assert found.share <= 0.9
    assert any("CN-29" in part.note or "CN-15" in part.note for part in found.parts)


def test_who_finds_no_place_is_not_treated(world):
    everybody = dict.fromkeys(truth(world), "plan")
    found = effect(POLICY, everybody, truth(world))
    assert found.beyond == {"plan": len(truth(world)) - 65}
    first = dict.fromkeys(list(truth(world))[:65], "plan")
    assert found.net == effect(POLICY, first, truth(world)).net


def test_the_mistakes_in_the_table_earn_by_their_outcome_what_they_are_given(world):
    for known in world.key["policy"].mistakes:
        found = judge(POLICY, known.value, world.answers["policy"], truth(world))
        assert known.share == 0
        assert found.share < 0.05


# What is right, and what is wrong, in every world.


def test_the_key_is_right_and_each_mistake_is_told_apart(world):
    world.is_marked_as_it_should_be()


def test_choices_are_the_same_in_every_world(world):
    assert world.answers["measured-when"] == "holds-outcome"
    assert sorted(world.answers["may-count"]) == ["kept-promises", "own-answers", "paid-when-able"]


def test_the_function_does_what_the_package_does(world):
    rows = json.loads((FOLDER / "key" / "unseen-quadrant.json").read_text("utf-8"))
    frame = pd.DataFrame(rows, dtype=float)
    expected = quadrant(frame["ability"], frame["willingness"], 0.6, 0.7).tolist()
    found = [one["value"] for one in world.answers["quadrant"]["results"]]
    assert found == expected
    assert len(set(expected)) == 5


# What the texts state.


def test_the_points_minutes_and_places_in_the_text_are_those_of_the_tasks():
    for text in (SOURCE["start-en"], SOURCE["start-zh"]):
        for number in (WRITTEN.assignment.points, TASKS.minutes, *POLICY.capacity.values()):
            assert re.search(rf"(?<!\d){number:.0f}(?!\d)", text), number
    WRITTEN.states_its_points("part-4")


def test_about_650_accounts_are_past_due(world):
    assert 600 < len(world.late) < 725
    assert set(truth(world)) == {str(one) for one in world.late["account_id"]}


def test_what_the_model_answer_says_of_the_pilot_is_true(world):
    found = world.effects.pivot_table(index="segment", columns="treatment", values="effect")
    assert (found.idxmax(axis=1) == "plan").mean() > 0.8
    late = found.index.str.startswith("M2-3")
    assert found.loc[late, "plan"].min() > found.loc[~late, "plan"].max()
    assert found.loc[found.index.str.startswith("M4+")].abs().max().max() < 0.04
    assert found.loc["M2-3 able_reluctant", "letter"] > 0.05
    short = found[found.index.str.contains("unable")]
    assert short["letter"].max() < 0.03
    assert short.loc[short.index.str.startswith("M1"), "letter"].max() < 0.01
    assert 200 < world.answers["extra-price"] < 500


def test_what_the_model_answer_says_of_the_table_is_true(world):
    people = world.people.merge(world.policy, on="account_id")
    share = people.groupby("treatment")["segment"].agg(
        late=lambda one: one.str.startswith("M2-3").mean(),
        able=lambda one: one.str.contains(" able_").mean(),
    )
    assert share.loc["plan", "late"] > 0.8
    assert share.loc[["call", "letter"], "able"].min() > 0.5
    mean = people.groupby("treatment")["instalment"].mean()
    assert mean["plan"] > people["instalment"].mean()
    best = world.benefit.set_index("account_id").dropna(how="all").idxmax(axis=1)
    assert (best == "plan").sum() > 400


def test_the_intervals_of_the_fairness_check_are_wide(world):
    gaps = world.gaps.drop(index="30-44")
    assert (gaps["high"] - gaps["low"] > 0.1).all()


def test_the_model_answer_keeps_within_the_length_that_is_asked_for():
    WRITTEN.keeps_to_the_length("defence")


def test_a_world_is_small(made):
    for number in WORLDS:
        assert sum(file.stat().st_size for file in made.folder(number).iterdir()) < LARGEST


def test_the_data_card_names_every_column(world):
    text = (FOLDER / "data-card.md").read_text("utf-8")
    for card in re.findall(r"<!-- lang:\w+ -->(.*?)<!-- /lang -->", text, re.DOTALL):
        tables = [*world.book.values(), pd.read_csv(FOLDER / "pilot.csv", nrows=1)]
        assert all(f"`{name}`" in card for one in tables for name in one.columns)
    opened = world.snapshot.groupby("account_id")["month"].min()
    assert f"{opened.min():%Y-%m} {opened.max():%Y-%m}" == "2025-09 2026-04"
    assert len(world.book.accounts) == 9000


def test_no_seed_stands_in_what_is_handed_out():
    WRITTEN.hides_its_seeds()


# The pilot is what its data card says.


def rounded_down(scores):
    return (np.floor(scores * 10 + 1e-9) / 10).round(1)


def counted(rows):
    keys = ["measured", "bucket", "treatment", "ability_from", "willingness_from"]
    tally = rows.groupby(keys, dropna=False).agg(
        accounts=("held", "size"), held=("held", "sum"), cured=("cured", "sum")
    )
    return tally.reset_index().sort_values(keys, ignore_index=True)


@pytest.mark.timeout(300)
def test_the_eighth_lender_is_made_again_from_the_data_card():
    book = portfolio.simulate(29, 25_000, 18, "2026-06-30").book
    rows = pilot_rows(book, 8)
    after = []
    for month, drawn in rows.groupby("month"):
        people = {
            name: one[one["account_id"].isin(drawn["account_id"])]
            for name, one in book.tables().items()
        }
        known = evidence(people, month)
        scores = {"ability": ability(known), "willingness": willingness(known)}
        after.append(drawn.assign(**{k: drawn["account_id"].map(v) for k, v in scores.items()}))
    both = pd.concat([rows.assign(measured="before"), *(a.assign(measured="after") for a in after)])
    for name in ("ability", "willingness"):
        both[f"{name}_from"] = rounded_down(both[name])
    shipped = pd.read_csv(FOLDER / "pilot.csv")
    eighth = shipped[shipped["lender"] == 8].drop(columns="lender")
    made = counted(both)
    again = eighth.sort_values(list(made.columns[:5]), ignore_index=True)
    pd.testing.assert_frame_equal(made, again, check_dtype=False)


def test_the_pilot_counts_everybody_once_before_and_once_after(pilot):
    counts = pilot.groupby(["measured", "lender", "bucket", "treatment"])[
        ["accounts", "held", "cured"]
    ].sum()
    assert counts.loc["before"].equals(counts.loc["after"])
    total = counts.loc["before", "accounts"].sum()
    assert total == 147_396
    card = (FOLDER / "data-card.md").read_text("utf-8")
    assert f"{total:,}" in card
    assert str(total) in card
    assert (pilot["cured"] <= pilot["held"]).all()
    assert (pilot["held"] <= pilot["accounts"]).all()
    assert set(pilot["lender"]) == set(WORLDS)
    assert (FOLDER / "pilot.csv").stat().st_size < 1_000_000
