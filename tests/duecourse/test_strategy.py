"""What a treatment table must not do, how many places it takes, and what it is worth."""

from types import SimpleNamespace

import pandas as pd
import pytest

from duecourse import language, strategy
from duecourse.columns import ColumnMissing, Unmeasurable

DAY = "2024-02-29"


@pytest.fixture
def book():
    """Six accounts; the budget of each but the fourth and fifth leaves 900 yuan a month."""
    accounts = pd.DataFrame(
        {
            "account_id": [1, 2, 3, 4, 5, 6],
            "income": [6200.0, 6200, 6200, None, 5000, 6200],
            "essentials": [4700.0] * 6,
            "priority_debts": [600.0] * 6,
            "number_status": ["own", "reassigned", "own", "own", "own", "own"],
            "letters_only": [False, False, True, False, False, False],
        }
    )
    snapshot = pd.DataFrame(
        {
            # the rows are not in order, and the last one is of a later month
            "account_id": [1, 1, 2, 3, 4, 5, 6, 6],
            "month": pd.to_datetime(
                ["2024-01-31", "2023-12-31"] + ["2024-01-31"] * 5 + ["2024-03-31"]
            ),
            "balance": [36_000.0, 90_000, 1000, 1000, 1000, 1000, 48_601, 0],
        }
    )
    complaints = pd.DataFrame(
        {
            "account_id": [1, 3, 6, 5],
            "received_on": pd.to_datetime(["2024-02-01", "2024-02-29", "2024-03-01", "2024-02-01"]),
            "cause": ["balance_disputed", "balance_disputed", "balance_disputed", "conduct"],
            "answered_on": pd.to_datetime(["2024-02-29", None, None, None]),
        }
    )
    return {"accounts": accounts, "complaints": complaints, "monthly_snapshot": snapshot}


def kinds(found):
    """Return the breaches as (account, kind)."""
    return list(zip(found["account_id"], found["kind"], strict=True))


def table(**treatments):
    """Return a table of the six accounts, left alone unless a treatment is named: a1="call"."""
    chosen = {f"a{number}": "none" for number in range(1, 7)} | treatments
    return pd.DataFrame(
        {"account_id": [int(name[1:]) for name in chosen], "treatment": list(chosen.values())}
    )


# --- breaches ---


def test_leaving_everybody_alone_breaks_no_rule(book):
    found = strategy.breaches(table(), book, DAY)
    assert found.empty
    assert list(found.columns) == [
        "account_id", "treatment", "kind", "rule", "name", "why", "source", "provisional",
    ]  # fmt: skip


@pytest.mark.parametrize("treatment", ["call", "reminder"])
def test_a_number_that_is_now_somebody_elses_is_not_dialled(book, treatment):
    found = strategy.breaches(table(a2=treatment), book, DAY)
    assert kinds(found) == [(2, "reassigned_number")]
    assert found.loc[0, ["rule", "provisional"]].tolist() == ["CN-07", True]
    assert strategy.breaches(table(a2="letter"), book, DAY).empty


def test_who_asked_for_letters_gets_letters(book):
    found = strategy.breaches(table(a3="call"), book, "2024-02-28")
    assert kinds(found) == [(3, "letters_only")]
    assert found.loc[0, ["rule", "provisional"]].tolist() == ["CN-22", False]
    assert strategy.breaches(table(a3="letter"), book, "2024-02-28").empty


@pytest.mark.parametrize("treatment", ["reminder", "letter", "plan"])
def test_nothing_is_demanded_while_the_balance_is_disputed(book, treatment):
    open_on = strategy.breaches(table(a1=treatment), book, "2024-02-28")
    assert (1, "disputed_balance") in kinds(open_on)
    # the answer of 29 February ends it, on that day; a complaint about conduct is no objection
    assert strategy.breaches(table(a1=treatment, a5="letter"), book, DAY).empty


def test_a_dispute_counts_from_its_own_day_and_not_before(book):
    assert kinds(strategy.breaches(table(a3="letter"), book, DAY)) == [(3, "disputed_balance")]
    assert strategy.breaches(table(a6="call"), book, DAY).empty
    assert kinds(strategy.breaches(table(a6="call"), book, "2024-03-01")) == [
        (6, "disputed_balance")
    ]


def test_a_plan_must_fit_within_sixty_months_and_the_buffer(book):
    # 36,000 / 60 = 600 <= 810; 48,601 / 60 = 810.02 > 810; 5,000 leaves nothing
    found = strategy.breaches(table(a1="plan", a5="plan", a6="plan"), book, DAY)
    assert kinds(found) == [(5, "plan_too_dear"), (6, "plan_too_dear")]
    assert set(found["rule"]) == {"CN-29"}
    assert kinds(strategy.breaches(table(a6="plan"), book, DAY, buffer=0)) == []
    # 600 > 900 * 0.3
    assert kinds(strategy.breaches(table(a1="plan"), book, DAY, buffer=0.7)) == [
        (1, "plan_too_dear")
    ]


def test_a_plan_needs_a_budget_that_is_known(book):
    found = strategy.breaches(table(a4="plan"), book, DAY)
    assert kinds(found) == [(4, "plan_without_budget")]
    # without a snapshot until that day nobody knows the balance
    assert kinds(strategy.breaches(table(a1="plan"), book, "2023-11-30")) == [
        (1, "plan_without_budget")
    ]


def test_the_form_of_the_table_is_checked_too(book):
    rows = table(a1="visit", a6=None)
    rows.loc[1, "account_id"] = 9
    rows = pd.concat([rows, rows[rows["account_id"] == 4]])
    found = strategy.breaches(rows, book, DAY)
    assert kinds(found) == [
        (1, "unknown_treatment"),
        (6, "unknown_treatment"),
        (9, "unknown_account"),
        (4, "account_twice"),
        (2, "account_missing"),
    ]
    assert set(found["rule"]) == {"form"}


def test_only_the_accounts_that_are_asked_for_can_be_missing(book):
    found = strategy.breaches(pd.Series({1: "none", 2: "none"}), book, DAY, accounts=[1, 3])
    assert kinds(found) == [(2, "unknown_account"), (3, "account_missing")]
    assert (
        strategy.breaches(table().iloc[:0], book, DAY)["kind"].tolist() == ["account_missing"] * 6
    )


def test_a_book_may_hold_its_tables_as_attributes_and_speak_chinese(book):
    language.use("zh")
    found = strategy.breaches(table(a2="call"), SimpleNamespace(**book), DAY)
    assert found["name"].tolist() == ["号码已归他人使用"]
    assert "核实" in found["why"].iloc[0]


def test_a_book_with_an_account_twice_is_refused(book):
    book["accounts"] = pd.concat([book["accounts"]] * 2)
    with pytest.raises(Unmeasurable, match="Account 1 stands more than once in accounts"):
        strategy.breaches(table(), book, DAY)


def test_what_is_allowed_is_what_breaks_no_rule(book):
    allowed = strategy.allowed(book, DAY)
    for treatment in allowed.columns:
        everybody = pd.Series(treatment, index=range(1, 7))
        broken = strategy.breaches(everybody, book, DAY)["account_id"]
        assert sorted(set(broken)) == allowed.index[~allowed[treatment]].tolist()
    assert allowed["none"].all()


# --- capacity ---


def test_the_first_rows_get_the_places():
    rows = pd.Series({11: "call", 12: "plan", 13: "call", 14: "call"})
    over = strategy.over_capacity(rows, {"call": 1, "letter": 0})
    assert over.to_dict() == {11: False, 12: False, 13: True, 14: True}
    assert not strategy.over_capacity(rows, {}).any()
    assert strategy.over_capacity(rows.iloc[:0], {"call": 1}).empty


def test_rows_of_an_unknown_treatment_take_nobodys_place():
    rows = pd.DataFrame({"account_id": [1, 2], "treatment": ["visit", None]}, index=[7, 3])
    assert strategy.over_capacity(rows, {"call": 0}).to_dict() == {7: False, 3: False}


def test_the_use_of_the_capacity_by_hand():
    found = strategy.capacity_table(
        pd.Series({1: "call", 2: "call", 3: "plan"}), {"call": 1, "plan": 5}
    )
    assert found.loc["call"].tolist() == [2, 1, 1, 0]
    assert found.loc["plan"].tolist() == [1, 5, 0, 4]
    assert found.loc["none", ["accounts", "over"]].tolist() == [0, 0]
    assert found.loc["letter"].isna().tolist() == [False, True, False, True]


@pytest.mark.parametrize("count", [-1, 1.5, float("nan"), float("inf"), True])
def test_a_capacity_is_a_whole_number(count):
    with pytest.raises(Unmeasurable, match="The capacity of 'call' must be a whole number"):
        strategy.over_capacity(pd.Series({1: "call"}), {"call": count})
    with pytest.raises(Unmeasurable, match="There is no treatment 'visit'"):
        strategy.over_capacity(pd.Series({1: "call"}), {"visit": 1})


# --- net benefit ---

PROSPECTS = pd.DataFrame(
    {
        "account_id": [1, 1, 1, 2, 2],
        "treatment": ["none", "call", "letter", "none", "call"],
        "cash": [100.0, 180, 150, 50, 40],
        "cost": [0.0, 6, 15, 0, 6],
        "complaints": [0.0, 0.01, 0, 0, 0.05],
    }
)


def test_net_benefit_is_cash_less_cost_and_complaints_over_doing_nothing():
    found = strategy.benefit_table(PROSPECTS, pd.Series({1: "call", 2: "call"}))
    # 80 - 6 - 0.01 * 1,200 = 62;  -10 - 6 - 0.05 * 1,200 = -76
    assert found["net"].tolist() == pytest.approx([62, -76])
    assert strategy.net_benefit(PROSPECTS, pd.Series({1: "call", 2: "call"})) == pytest.approx(-14)
    assert strategy.net_benefit(PROSPECTS, pd.Series({2: "none", 1: "letter"})) == pytest.approx(35)


def test_who_is_left_out_is_left_alone():
    assert strategy.net_benefit(PROSPECTS, pd.Series({1: "call"})) == pytest.approx(62)
    assert strategy.net_benefit(PROSPECTS, pd.DataFrame({"account_id": [], "treatment": []})) == 0


def test_a_benefit_that_is_not_defined_says_why():
    with pytest.raises(Unmeasurable, match="no row for account 2 with treatment 'letter'"):
        strategy.net_benefit(PROSPECTS, pd.Series({2: "letter"}))
    with pytest.raises(Unmeasurable, match="no row for account 7 with treatment 'none'"):
        strategy.net_benefit(PROSPECTS, pd.Series({7: "none"}))
    with pytest.raises(
        Unmeasurable, match=r"There is no treatment 'visit'. There are: none, reminder"
    ):
        strategy.net_benefit(PROSPECTS, pd.Series({2: "visit"}))
    with pytest.raises(
        Unmeasurable, match="Account 1 stands more than once in the treatment table"
    ):
        strategy.net_benefit(PROSPECTS, pd.DataFrame({"account_id": [1, 1], "treatment": "none"}))
    with pytest.raises(Unmeasurable, match="several rows for one account and treatment"):
        strategy.net_benefit(pd.concat([PROSPECTS] * 2), pd.Series({1: "none"}))
    with pytest.raises(ColumnMissing, match=r"no column 'treatment'.*Did you mean 'Treatment'"):
        strategy.net_benefit(PROSPECTS, pd.DataFrame({"account_id": [1], "Treatment": ["none"]}))
    with pytest.raises(Unmeasurable, match="1 rows of the treatment table have no account_id"):
        strategy.net_benefit(PROSPECTS, pd.DataFrame({"account_id": [None], "treatment": ["none"]}))
