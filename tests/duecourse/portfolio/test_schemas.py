"""A book that is one passes as it is; one that is none is told apart by table, column, rows and what is allowed."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from duecourse import portfolio
from duecourse.errors import DuecourseError
from duecourse.portfolio.schemas import InvalidBook, schema, validate, validate_table


def spoiled(book, table, **changes):
    """Return the book with a table changed: columns by name from the old table, or rows by `rows`."""
    frame = getattr(book, table).copy()
    for name in frame.select_dtypes("category"):
        frame[name] = frame[name].astype(object)
    for name, change in changes.items():
        frame[name] = change(frame) if callable(change) else change
    return replace(book, **{table: frame})


def at(column, row, value):
    """Return a change of one value of a column."""

    def change(frame):
        values = frame[column].astype(object) if isinstance(value, str) else frame[column].copy()
        values.iloc[row] = value
        return values

    return {column: change}


def said(book):
    with pytest.raises(InvalidBook) as error:
        validate(book)
    return str(error.value)


@pytest.mark.parametrize(("seed", "accounts", "months"), [(1, 1, 2), (2, 40, 3), (3, 900, 30)])
def test_every_simulated_book_passes_and_stays_as_it_is(seed, accounts, months):
    book = portfolio.world(seed, accounts, months)
    assert validate(book) is book
    for name, table in (("instalments", book.instalments), ("accounts", book.accounts)):
        assert validate_table(table, name) is table


def test_categories_plain_texts_and_other_widths_pass_alike(small):
    frames = {}
    for kind in ("string", object, "str"):
        for name, table in small.tables().items():
            texts = table.select_dtypes("category").columns
            frames[name] = table.astype(dict.fromkeys(texts, kind))
        validate(replace(small, **frames))
    wide = small.monthly_snapshot.astype(
        {"bucket": "int8", "new_lenders": "Int64", "arrears": "float32"}
    )
    validate(
        replace(small, monthly_snapshot=wide.assign(arrears=small.monthly_snapshot["arrears"]))
    )


def test_the_order_and_labels_of_rows_do_not_matter(small):
    frames = {
        name: table.sample(frac=1, random_state=1).set_axis(range(7, 7 + len(table)))
        for name, table in small.tables().items()
    }
    validate(replace(small, **frames))


def test_pandera_is_imported_only_when_something_is_validated():
    code = (
        "import sys; from duecourse import portfolio; book = portfolio.world(1, 5, 2); "
        "assert 'pandera' not in sys.modules; portfolio.validate(book); assert 'pandera' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        (
            "accounts",
            at("income", 3, -5.0),
            "Table 'accounts', column 'income', 1 of 300 rows (row 3): found -5.0. Allowed: numbers, 0 or more.",
        ),
        (
            "accounts",
            at("product", 2, "mortgage"),
            "Table 'accounts', column 'product', 1 of 300 rows (row 2): found mortgage. Allowed: cash_loan (cash loan), ",
        ),
        (
            "accounts",
            at("due_day", 0, 31),
            "Table 'accounts', column 'due_day', 1 of 300 rows (row 0): found 31. Allowed: whole numbers, 1 to 28.",
        ),
        (
            "accounts",
            at("account_id", 1, 100_001),
            "Table 'accounts', account_id, 2 of 300 rows (row 0, 1): each stands only once. Found: account_id 100001.",
        ),
        (
            "accounts",
            {"annual_rate": np.inf},
            "column 'annual_rate', 300 of 300 rows (row 0, 1, 2, ...): found inf.",
        ),
        (
            "accounts",
            {"letters_only": 1},
            "column 'letters_only': its type is int64. Allowed: True or False.",
        ),
        ("accounts", {"sex": 1}, "column 'sex': its type is int64. Allowed: f (female), m (male)."),
        (
            "accounts",
            {"willingness": 0.5},
            "Table 'accounts' has a column 'willingness' that does not belong there.",
        ),
        (
            "accounts",
            {"instalment": 1.0},
            "instalment, 300 of 300 rows (row 0, 1, 2, ...): the instalments of the whole term repay at",
        ),
        (
            "monthly_snapshot",
            {"month": lambda t: t["month"] + pd.Timedelta(days=1)},
            "column 'month', ",
        ),
        (
            "monthly_snapshot",
            {"month": lambda t: t["month"].dt.tz_localize("Asia/Shanghai")},
            "column 'month': its type is ",
        ),
        (
            "monthly_snapshot",
            {"month": lambda t: t["month"].astype(str)},
            "Allowed: last days of months.",
        ),
        ("monthly_snapshot", at("balance", 4, np.nan), "column 'balance', 1 of "),
        (
            "monthly_snapshot",
            {"utilisation": lambda t: t["utilisation"] + 1},
            "Allowed: numbers, 0 to 1.",
        ),
        (
            "monthly_snapshot",
            at("bucket", 5, 3),
            "days_past_due + bucket, 1 of ",
        ),
        ("monthly_snapshot", {"arrears": 0.0}, "arrears are above 0 just where days past due are"),
        ("monthly_snapshot", {"reported_bucket": 7}, "the system shows the bucket, or 0"),
        (
            "monthly_snapshot",
            at("status", 0, "written_off"),
            "bucket 7 is written off, and no other",
        ),
        ("monthly_snapshot", at("status", 0, "closed"), "who has wholly paid owes nothing"),
        ("contact_log", {"number": "on_file"}, "calls and messages name a number, letters none"),
        (
            "contact_log",
            {"outcome": "delivered"},
            "messages and letters are delivered or undelivered, calls neither",
        ),
        (
            "contact_log",
            {"role": "third_party"},
            "a conversation with the customer is no contact with somebody else",
        ),
        (
            "contact_log",
            {"disclosed": True},
            "details reach somebody else only where somebody answers",
        ),
        (
            "promises",
            {"due_on": lambda t: t["made_on"] - pd.Timedelta(days=1)},
            "a promise is due on or after the day",
        ),
        ("promises", {"amount": 0.0}, "Allowed: numbers, 0.01 or more."),
        (
            "promises",
            {"made_on": lambda t: t["made_on"] + pd.Timedelta(hours=1)},
            "Allowed: dates without a time of day.",
        ),
        (
            "payments",
            {"amount": lambda t: -t["amount"]},
            "a reversal is below 0, everything else above",
        ),
        ("payments", {"reverses": pd.NA}, "its type is object. Allowed: whole numbers, 1 or more."),
        ("payments", at("kind", 0, "gift"), "found gift. Allowed: payment (payment), reversal"),
        (
            "complaints",
            {"upheld": True, "answered_on": pd.NaT},
            "a complaint is upheld only once it is answered",
        ),
        (
            "complaints",
            {"answered_on": lambda t: t["received_on"] - pd.Timedelta(days=1)},
            "an answer comes on or after the day of the complaint",
        ),
        ("hardship", {"cause": "bad_luck"}, "found bad_luck. Allowed: job_loss (job lost)"),
    ],
)
def test_a_wrong_value_is_told_with_its_place_and_what_is_allowed(
    book, small, table, changes, message
):
    tested = book if table in ("complaints", "hardship") else small
    assert message in said(spoiled(tested, table, **changes))


def test_every_problem_is_told_at_once(small):
    wrong = spoiled(small, "accounts", **at("income", 3, -5.0), **at("due_day", 4, 0))
    wrong = replace(wrong, promises=small.promises.drop(columns="due_on"))
    lines = said(wrong).splitlines()
    assert len(lines) == 3
    assert "Table 'promises' has no column 'due_on'. It has: promise_id, account_id, " in lines[2]


def test_a_table_without_rows_passes_where_a_book_can_do_without(small):
    empty = {
        name: getattr(small, name).iloc[:0]
        for name in ("contact_log", "promises", "hardship", "complaints")
    }
    validate(replace(small, **empty))
    assert "Table 'accounts' has no rows." in said(replace(small, accounts=small.accounts.iloc[:0]))


def test_what_is_no_table_is_told_apart(small):
    assert "Table 'payments': a DataFrame is needed, not a list." in said(
        replace(small, payments=[])
    )
    double = pd.concat([small.promises, small.promises[["amount"]]], axis=1)
    assert "these columns stand twice: amount" in said(replace(small, promises=double))


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        (
            "contact_log",
            at("account_id", 3, 5),
            "1 of {rows} rows (row 3): the value stands in column 'account_id' of table 'accounts'. Found: account_id 5.",
        ),
        (
            "promises",
            {"account_id": 999_999},
            "the value stands in column 'account_id' of table 'accounts'",
        ),
        (
            "payments",
            {"reverses": lambda t: t["reverses"].mask(t["reverses"].notna(), 10**9)},
            "the value stands in column 'payment_id' of table 'payments'",
        ),
        (
            "payments",
            {"amount": lambda t: t["amount"].where(t["kind"] != "reversal", -0.5)},
            "a reversal takes back the whole amount",
        ),
        (
            "payments",
            {"account_id": lambda t: t["account_id"].where(t["kind"] != "reversal", 100_001)},
            "a reversal belongs to the account of its payment",
        ),
        (
            "payments",
            {"reverses": lambda t: t["reverses"].mask(t["reverses"].notna(), t["reverses"].min())},
            "a payment is taken back once",
        ),
        (
            "payments",
            {"paid_on": lambda t: t["paid_on"].where(t["kind"] != "reversal", t["paid_on"].min())},
            "a reversal comes on or after the day of its payment",
        ),
        (
            "payments",
            {"paid_on": lambda t: t["paid_on"] - pd.Timedelta(days=3_000)},
            "it lies between an account's opening and its closing or write-off",
        ),
        (
            "complaints",
            {
                "received_on": lambda t: t["received_on"] + pd.Timedelta(days=3_000),
                "answered_on": pd.NaT,
                "upheld": False,
            },
            "it lies between an account's opening and its closing or write-off",
        ),
        (
            "monthly_snapshot",
            {"months_on_book": lambda t: t["months_on_book"] + 1},
            "months on book are counted from the month of opening",
        ),
    ],
)
def test_tables_that_do_not_fit_together_are_told_apart(book, small, table, changes, message):
    tested = book if table == "complaints" else small
    assert message.format(rows=f"{len(getattr(tested, table)):,}") in said(
        spoiled(tested, table, **changes)
    )


def test_a_month_left_out_is_found(small):
    snapshot = small.monthly_snapshot
    inner = snapshot.index[(snapshot["months_on_book"] == 1)][0]
    gap = replace(small, monthly_snapshot=snapshot.drop(index=inner))
    assert "an account has a row for every month from its opening to its last one" in said(gap)
    last = snapshot.index[(snapshot["month"] == small.until) & (snapshot["status"] == "active")][0]
    cut = replace(small, monthly_snapshot=snapshot.drop(index=last))
    assert "an account that is still active has rows up to the last month of the book" in said(cut)
    gone = replace(small, monthly_snapshot=snapshot[snapshot["account_id"] != 100_001])
    assert "an account has rows in the table 'monthly_snapshot'" in said(gone)


def test_a_closed_account_has_no_later_row(small):
    snapshot = small.monthly_snapshot
    closed = snapshot[snapshot["status"] == "closed"].iloc[[0]]
    later = closed.assign(
        month=(closed["month"] + pd.offsets.MonthEnd(1)).astype(closed["month"].dtype),
        months_on_book=closed["months_on_book"] + 1,
    )
    longer = replace(small, monthly_snapshot=pd.concat([snapshot, later]))
    assert "closed and written off stand in an account's last row" in said(longer)


def test_a_recovery_comes_after_a_write_off(small):
    wrong = spoiled(small, "payments", **at("kind", 0, "recovery"))
    assert "it lies between an account's opening and its closing or write-off" in said(wrong)


def test_messages_speak_chinese(small, monkeypatch):
    monkeypatch.setenv("DUECOURSE_LANGUAGE", "zh")
    assert "表 accounts 的 income 列" in said(spoiled(small, "accounts", **at("income", 3, -5.0)))


def test_an_unknown_table_is_refused(small):
    with pytest.raises(
        DuecourseError, match=r"A book has no table 'payment'\..*Did you mean 'payments'"
    ):
        schema("payment")
    with pytest.raises(DuecourseError, match="A book has no table 'truth'"):
        validate_table(small.accounts, "truth")
