"""Every world of the assignment has the same kind of answers, and what its texts state is true there.

The figures are worked out here with the package's measures, not with the notebook's solutions.
"""

import datetime as dt
import json
import re
from itertools import pairwise

import pandas as pd
import pytest
import yaml

from duecourse.ageing import bucket, days_past_due
from duecourse.classification import TIERS, classify, rule
from duecourse.cures import cure_table
from duecourse.rolls import average_flow, forecast, roll_matrix
from duecourse.vintages import vintage_sizes, vintage_table
from duecourse.worlds import open_world
from tests.assignments.conftest import WORLDS, Written

WRITTEN = Written("account-ageing")
FOLDER, SOURCE, TASKS = WRITTEN.folder, WRITTEN.source, WRITTEN.tasks
MONTH_END = "2026-09-30"
LARGEST = 1_000_000


@pytest.fixture(scope="module", params=WORLDS)
def book(request, made, tmp_path_factory):
    beside = tmp_path_factory.mktemp("book")
    made.place(request.param, beside)
    return open_world(beside, request.param)


@pytest.fixture(scope="module")
def every_key(worlds):
    return {world.number: world.key for world in worlds}


def active(book, month=MONTH_END):
    rows = book.monthly_snapshot
    return rows[(rows["month"] == month) & (rows["status"] == "active")]


# What is right, and what is wrong, in every world.


@pytest.mark.timeout(600)
def test_in_every_world_the_key_is_right_and_each_mistake_is_told_apart(worlds):
    for world in worlds:
        world.is_marked_as_it_should_be()


def test_choices_are_the_same_in_every_world_and_figures_are_not(every_key):
    for task in WRITTEN.marked:
        values = [json.dumps(key[task.id].value) for key in every_key.values()]
        alike = task.kind in {"choice", "choices", "function"}
        assert len(set(values)) == 1 if alike else len(set(values)) > 1, task.id
        if task.kind in {"number", "series", "table"}:
            assert len(set(values)) == len(WORLDS), task.id


def test_the_key_counts_as_the_package_does(every_key, made, tmp_path):
    for number, key in every_key.items():
        made.place(number, tmp_path)
        book = open_world(tmp_path, number)
        days = days_past_due(book.instalments, book.payments, "2026-09-18")
        behind = days[days.index.isin(active(book, "2026-08-31")["account_id"]) & (days > 0)]
        friday = dict(key["late-on-friday"].value["rows"])
        assert friday == behind.to_dict()
        rows = key["one-account"].value["rows"]
        mine = owner(book)
        for day, late in rows:
            assert days_past_due(book.instalments, book.payments, day)[mine] == late


def owner(book):
    """Return the account that task 1.2 picks, by other means."""
    rows, payments = book.monthly_snapshot, book.payments
    bounced = set(payments.loc[payments["kind"] == "reversal", "account_id"])
    late = rows[(rows["status"] == "active") & (rows["bucket"] > 0)]
    count = late[late["account_id"].isin(bounced)].groupby("account_id").size()
    return min(count.index[count == count.max()])


def test_the_tiers_of_the_key_are_those_of_the_rules(every_key):
    rows = json.loads((FOLDER / "key" / "unseen-tier.json").read_text("utf-8"))
    results = every_key[1]["tier"].value["results"]
    for one, found in zip(rows, results, strict=True):
        starts = {"card_instalment": "2011-01-13"}.get(one["product"], "2023-07-01")
        expected = (
            "no_rule" if one["on"] < starts else classify(one["days"], one["product"], one["on"])
        )
        assert found["value"] == expected, one
    assert {found["value"] for found in results} == {*TIERS, "no_rule"}


# What the texts state.


def test_the_meeting_is_on_a_friday_and_the_book_ends_with_the_month():
    assert dt.date(2026, 9, 18).strftime("%A") == "Friday"
    plan = yaml.safe_load((FOLDER / "world.yaml").read_text("utf-8"))
    assert plan["until"] == dt.date(2026, 9, 30)
    assert plan["accounts"] == 3000
    assert "3,000" in SOURCE["start-en"]
    assert "3000" in SOURCE["start-zh"]


def test_the_points_and_minutes_in_the_text_are_those_of_the_tasks():
    for text in (SOURCE["start-en"], SOURCE["start-zh"]):
        assert re.search(rf"(?<!\d){WRITTEN.assignment.points:.0f}(?!\d)", text)
        assert re.search(rf"(?<!\d){TASKS.minutes}(?!\d)", text)
    WRITTEN.states_its_points("part-5")


def test_the_table_of_tiers_is_that_of_the_rules():
    text = SOURCE["tiers-en"]
    rows = {cells[0].strip(" `"): cells[1:] for cells in map(table_row, text.splitlines()) if cells}
    for column, product in enumerate(("cash_loan", "card_instalment")):
        held = rule(product, MONTH_END)
        assert held.provisional
        first = list(held.days.values())
        spans = [f"{a} to {b - 1}" for a, b in pairwise(first)]
        spans.append(f"over {first[-1] - 1}")
        found = [rows[tier][column].strip() for tier in TIERS[1:]]
        assert found == spans
        start = f"{held.start.day} {held.start:%B %Y}"
        assert rows["holds from"][column].strip() == start
    assert "provisional" in text
    assert "暂定" in SOURCE["tiers-zh"]


def table_row(line):
    return line.strip("|").split("|") if line.startswith("|") and "---" not in line else []


def test_accounts_are_opened_when_the_data_card_says(book):
    opened, months = book.accounts["opened_on"], book.monthly_snapshot["month"]
    assert len(book.accounts) == 3000
    assert f"{opened.min():%Y-%m} {opened.max():%Y-%m}" == "2024-10 2026-01"
    assert f"{months.min():%F} {months.max():%F}" == "2024-10-31 2026-09-30"
    assert set(book.payments["kind"]) == {"payment", "reversal", "recovery", "sale"}
    assert all(f"`{name}`" in card for name in columns(book) for card in cards())


def columns(book):
    return {str(name) for table in book.values() for name in table.columns}


def cards():
    text = (FOLDER / "data-card.md").read_text("utf-8")
    return re.findall(r"<!-- lang:\w+ -->(.*?)<!-- /lang -->", text, re.DOTALL)


def test_a_world_is_small(made):
    for number in WORLDS:
        assert sum(file.stat().st_size for file in made.folder(number).iterdir()) < LARGEST


def test_buckets_of_the_snapshot_are_those_of_the_ledger(book):
    last = active(book).set_index("account_id")["bucket"]
    days = days_past_due(book.instalments, book.payments, MONTH_END)
    assert (bucket(days.reindex(last.index, fill_value=0)) == last).all()
    assert last.max() < 7


def test_the_system_shows_less_past_due_than_the_contracts_do(book):
    rows = active(book)
    contract, shown = (
        rows.loc[rows[name] > 0, "balance"].sum() for name in ("bucket", "reported_bucket")
    )
    assert shown < contract < rows["balance"].sum() / 2
    assert set(rows.loc[rows["bucket"] != rows["reported_bucket"], "reported_bucket"]) == {0}


def test_what_the_model_answer_says_of_rolls_and_cures_is_true(book):
    matrix = roll_matrix(book.monthly_snapshot)
    assert matrix.loc[1, [0, "closed"]].sum() > 0.75
    for k in range(2, 7):
        assert matrix.loc[k, [*range(k + 1, 8), "written_off"]].sum() > 0.5
    assert matrix.loc[6, "written_off"] > 0.75
    first = cure_table(book.monthly_snapshot, 3, 90).loc[1]
    assert 0.2 < first["redefaulted"] / first["cured"] < 0.3


def test_six_months_of_charge_offs_are_in_todays_book(book):
    held = active(book).groupby("bucket")["balance"].sum().reindex(range(7), fill_value=0.0)
    flows = average_flow(book.monthly_snapshot, 6)
    six = [forecast(held, flows, 8, growth)["cumulative"] for growth in (0.0, -1.0)]
    assert six[0][6] == pytest.approx(six[1][6])
    assert six[0][7] == pytest.approx(six[1][7])
    assert six[0][8] > six[1][8]


def test_two_vintages_are_not_ripe_at_ten_months(book):
    curves = vintage_table(book.monthly_snapshot, book.accounts, "ever_30")
    assert curves.index[curves[10].isna()].tolist() == ["2025Q4", "2026Q1"]
    assert len(vintage_sizes(book.accounts)) == 6
    ends = curves.ffill(axis=1).iloc[:, -1]
    assert ends["2026Q1"] < 0.75 * ends["2024Q4"]
    assert curves[10].dropna().is_unique


def test_a_date_in_quotation_marks_finds_nothing_inside_a_query():
    rows = pd.DataFrame({"month": pd.to_datetime([MONTH_END])})
    day = pd.Timestamp(MONTH_END)
    assert rows.query("month == '2026-09-30'").empty
    assert len(rows.query("month == @day")) == 1
    assert (rows["month"] == day).all()


def test_the_model_answer_keeps_within_the_length_that_is_asked_for():
    WRITTEN.keeps_to_the_length("team-lead")


def test_no_seed_stands_in_what_is_handed_out():
    WRITTEN.hides_its_seeds()
