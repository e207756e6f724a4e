"""What must hold between the tables of a book, once each of them is right by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pandas import DataFrame, Series

from duecourse.language import _
from duecourse.portfolio.dictionary import standard

Tables = Mapping[str, DataFrame]


@dataclass(frozen=True)
class Broken:
    """A relation that does not hold.

    Attributes:
        rows: the positions of the wrong rows, from 0.
        text: what must hold, in the language spoken now.
    """

    table: str
    columns: tuple[str, ...]
    rows: list[int]
    text: str


def relations(tables: Tables) -> Iterator[Broken]:
    """Yield what does not hold between the tables.

    What belongs to something that is not there is not looked at any further.
    """
    strangers = list(_foreign_keys(tables))
    yield from strangers
    if strangers:
        return
    yield from _reversals(tables["payments"])
    yield from _months(tables)
    yield from _lifetimes(tables)


def _foreign_keys(tables: Tables) -> Iterator[Broken]:
    for name, frame in tables.items():
        for column, entry in standard().tables[name].columns.items():
            if entry.of is None:
                continue
            other, key = entry.of.split(".")
            known = frame[column].isna() | frame[column].isin(tables[other][key])
            text = _("the value stands in column '{column}' of table '{table}'")
            yield from _broken(name, (column,), ~known, text.format(column=key, table=other))


def _reversals(payments: DataFrame) -> Iterator[Broken]:
    back = payments["kind"].eq("reversal").to_numpy()
    at = np.flatnonzero(back)
    taken = payments["reverses"][back].to_numpy(dtype=np.int64)
    original = payments.set_index("payment_id").loc[taken]
    own = payments.iloc[at]
    # one reversal a payment: another amount, account or kind would break the ledger unseen
    for columns, wrong, text in (
        (
            ("account_id", "reverses"),
            original["account_id"].to_numpy() != own["account_id"].to_numpy(),
            _("a reversal belongs to the account of its payment"),
        ),
        (
            ("amount", "reverses"),
            np.abs(original["amount"].to_numpy() + own["amount"].to_numpy()) > 0.005,
            _("a reversal takes back the whole amount"),
        ),
        (
            ("paid_on", "reverses"),
            original["paid_on"].to_numpy() > own["paid_on"].to_numpy(),
            _("a reversal comes on or after the day of its payment"),
        ),
        (
            ("kind", "reverses"),
            ~original["kind"].eq("payment").to_numpy(),
            _("only payments are taken back"),
        ),
        (("reverses",), own["reverses"].duplicated().to_numpy(), _("a payment is taken back once")),
    ):
        whole = np.zeros(len(payments), dtype=np.bool_)
        whole[at[wrong]] = True
        yield from _broken("payments", columns, whole, text)


def _months(tables: Tables) -> Iterator[Broken]:
    accounts, snapshot = tables["accounts"], tables["monthly_snapshot"]
    opened = _opened(accounts, snapshot)
    age = _month(snapshot["month"]) - _month(opened)
    yield from _broken(
        "monthly_snapshot",
        ("month", "months_on_book"),
        age != snapshot["months_on_book"].to_numpy(),
        _("months on book are counted from the month of opening"),
    )
    by_account = snapshot.groupby("account_id")["months_on_book"]
    until = int(_month(snapshot["month"]).max())
    first, last, count = by_account.min(), by_account.max(), by_account.size()
    gaps = (first != 0) | (last - first + 1 != count)
    yield from _broken(
        "monthly_snapshot",
        ("account_id", "months_on_book"),
        snapshot["account_id"].isin(gaps.index[gaps]),
        _("an account has a row for every month from its opening to its last one"),
    )
    ends = snapshot["account_id"].map(last) == snapshot["months_on_book"]
    over = ~snapshot["status"].eq("active")
    yield from _broken(
        "monthly_snapshot",
        ("account_id", "status"),
        over & ~ends,
        _("closed and written off stand in an account's last row"),
    )
    yield from _broken(
        "monthly_snapshot",
        ("account_id", "month", "status"),
        ends & ~over & (_month(snapshot["month"]) != until),
        _("an account that is still active has rows up to the last month of the book"),
    )
    begun = _month(accounts["opened_on"]) <= until
    yield from _broken(
        "accounts",
        ("account_id", "opened_on"),
        ~(accounts["account_id"].isin(snapshot["account_id"]) & begun),
        _("an account has rows in the table 'monthly_snapshot'"),
    )


_DAYS = {
    "payments": "paid_on",
    "contact_log": "at",
    "promises": "made_on",
    "hardship": "disclosed_on",
    "complaints": "received_on",
}


def _lifetimes(tables: Tables) -> Iterator[Broken]:
    """Yield what happened before the opening, after the closing or write-off, or after the book."""
    snapshot = tables["monthly_snapshot"]
    last = snapshot.loc[snapshot.groupby("account_id")["months_on_book"].idxmax()]
    last = last.set_index("account_id")
    for name, column in _DAYS.items():
        frame = tables[name]
        day = frame[column].dt.normalize()
        ended = frame["account_id"].map(last["month"])
        early = day < _opened(tables["accounts"], frame)
        late = day > ended
        if name == "payments":
            gone = frame["account_id"].map(last["status"]).eq("written_off")
            claim = frame["kind"].isin(("recovery", "sale"))
            # recoveries and the sale come from a claim that was written off, nothing else does
            late = np.where(claim, ~(gone & late) | (day > snapshot["month"].max()), late)
        yield from _broken(
            name,
            ("account_id", column),
            early | late,
            _("it lies between an account's opening and its closing or write-off"),
        )


def _opened(accounts: DataFrame, frame: DataFrame) -> Series:
    return frame["account_id"].map(accounts.set_index("account_id")["opened_on"])


def _month(days: Series) -> Any:
    """Return days as whole numbers of months."""
    return days.to_numpy().astype("datetime64[M]").astype(np.int64)


def _broken(table: str, columns: tuple[str, ...], wrong: Any, text: str) -> Iterator[Broken]:
    if len(rows := np.flatnonzero(np.asarray(wrong, dtype=np.bool_))):
        yield Broken(table, columns, rows.tolist(), text)
