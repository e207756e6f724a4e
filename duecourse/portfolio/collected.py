"""What the months leave behind, collected into tables."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import Categorical, CategoricalDtype, DataFrame

from duecourse.columns import Flags
from duecourse.portfolio import people as who
from duecourse.portfolio.book import Book
from duecourse.portfolio.calendar import Calendar, dates
from duecourse.portfolio.contacts import CHANNELS, NUMBERS, OUTCOMES, ROLES, Contacts
from duecourse.portfolio.indicators import indicators
from duecourse.portfolio.ledger import KINDS, REVERSAL, Entries
from duecourse.portfolio.month import Month
from duecourse.portfolio.parameters import TREATMENTS, Parameters
from duecourse.portfolio.people import FIRST_ID, People
from duecourse.portfolio.state import State

STATUS = ("active", "closed", "written_off")
CAUSES = ("conduct", "balance_disputed", "wrong_person")
_MINUTE = 60_000

Columns = dict[str, NDArray[Any]]


class Collected:
    """Takes what every month leaves behind and gives the book at the end."""

    def __init__(self, people: People, span: Calendar, p: Parameters) -> None:
        self.people, self.span, self.p = people, span, p
        self.pages: dict[str, list[Columns]] = {}
        self.payments = 0

    def add(self, state: State, done: Month, paid: Entries, made: Contacts, rng: who.Rng) -> None:
        """Take one month's results."""
        start = int(self.span.first[done.number])
        self._keep("payments", self._payments(paid, start))
        bounced = np.bincount(paid.account[paid.kind == REVERSAL], minlength=len(self.people))
        self._keep("monthly_snapshot", self._snapshot(state, done, bounced, rng))
        self._keep("contact_log", _log(made, start))
        at = np.flatnonzero(done.promise_due > 0)
        self._keep(
            "promises",
            {
                "account_id": at + FIRST_ID,
                "made_on": dates(start + done.talk_day[at] - 1),
                "due_on": dates(start + done.promise_due[at] - 1),
                "amount": done.promise_cents[at] / 100,
                "bucket": done.before[at],
            },
        )
        told = np.flatnonzero(done.disclosed)
        self._keep(
            "hardship",
            {
                "account_id": told + FIRST_ID,
                "disclosed_on": dates(start + done.talk_day[told] - 1),
                "cause": state.cause[told],
            },
        )
        self._keep("complaints", self._complaints(state, done, made, start, rng))

    def _keep(self, table: str, columns: Columns) -> None:
        self.pages.setdefault(table, []).append(columns)

    def _payments(self, paid: Entries, start: int) -> Columns:
        number = self.payments + 1 + np.arange(len(paid.day))
        back = np.where(paid.reverses >= 0, self.payments + 1 + paid.reverses, 0)
        self.payments += len(paid.day)
        return {
            "payment_id": number,
            "account_id": paid.account + FIRST_ID,
            "paid_on": dates(start + paid.day - 1),
            "amount": paid.cents / 100,
            "kind": paid.kind.astype(np.int8),
            "reverses": back,
        }

    def _snapshot(self, state: State, done: Month, bounced: Flags, rng: who.Rng) -> Columns:
        month, who_ = done.number, self.people
        at = np.flatnonzero(done.exists)
        bucket = state.bucket(month)
        gone = state.written_off == month
        status = np.where(gone, 2, np.where(state.paid >= who_.term, 1, 0))
        first = self.span.first
        oldest = np.clip(who_.opened + state.paid + 1, 0, self.span.months)
        late = self.span.end(month) - (first[oldest] + who_.due_day - 1)
        owed = (state.due(month) - state.paid) * who_.instalment - state.credit
        seen = indicators(state, done, rng, self.p)
        columns: Columns = {
            "account_id": np.arange(len(who_)) + FIRST_ID,
            "month": np.full(len(who_), dates(np.array([self.span.end(month)]))[0]),
            "months_on_book": month - who_.opened,
            "balance": who_.balance(state.paid),
            "arrears": np.where(bucket > 0, owed / 100, 0.0),
            "days_past_due": np.where(bucket > 0, late, 0),
            "bucket": bucket,
            "status": status.astype(np.int8),
            "reported_bucket": np.where((state.shown > 0) & ~gone, 0, bucket),
            "treatment": done.treatment.astype(np.int8),
            "trial": done.by_lot & (done.before > 0),
            "bounced_debits": bounced,
            **seen,
        }
        return {name: values[at] for name, values in columns.items()}

    def _complaints(
        self, state: State, done: Month, made: Contacts, start: int, rng: who.Rng
    ) -> Columns:
        at = np.flatnonzero(done.complains)
        last = np.zeros(len(self.people), dtype=np.int64)
        # contacts are in the order of time, so that an account's last one stays
        last[made.account] = made.minute // (24 * 60)
        day = start + np.minimum(last[at] + rng.integers(0, 6, len(at)), 27)
        disputed = rng.random(len(at)) < self.p.complaint_disputed
        cause = np.where(state.people.reassigned[at], 2, np.where(disputed, 1, 0))
        first, latest = self.p.complaint_answer
        answered = day + first + rng.integers(0, latest - first + 1, len(at))
        return {
            "account_id": at + FIRST_ID,
            "received_on": dates(day),
            "cause": cause.astype(np.int8),
            "upheld": done.upheld[at],
            "answered_on": dates(answered),
        }

    def book(self) -> Book:
        """Return the tables."""
        tables = {name: self._table(name) for name in self.pages}
        tables["payments"]["reverses"] = (
            tables["payments"]["reverses"].astype("Int64").mask(lambda found: found == 0)
        )
        snapshot, log = tables["monthly_snapshot"], tables["contact_log"]
        _name(tables["payments"], "kind", KINDS)
        _name(snapshot, "status", STATUS)
        _name(snapshot, "treatment", TREATMENTS)
        for column, names in (
            ("channel", CHANNELS), ("number", NUMBERS), ("role", ROLES), ("outcome", OUTCOMES),
        ):  # fmt: skip
            _name(log, column, names)
        _name(tables["hardship"], "cause", tuple(self.p.hardship_causes))
        complaints = tables["complaints"]
        _name(complaints, "cause", CAUSES)
        end = dates(np.array([self.span.end(self.span.months - 1)]))[0]
        complaints["answered_on"] = complaints["answered_on"].where(
            complaints["answered_on"] <= end
        )
        # a complaint that is still open is not decided either
        complaints["upheld"] &= complaints["answered_on"].notna()
        for table, key in (
            ("contact_log", "contact_id"), ("promises", "promise_id"),
            ("complaints", "complaint_id"),
        ):  # fmt: skip
            tables[table].insert(0, key, np.arange(len(tables[table])) + 1)
        return Book(accounts=self._accounts(), **tables)

    def _table(self, name: str) -> DataFrame:
        pages = self.pages[name]
        columns = {}
        for column in list(pages[0]):
            columns[column] = np.concatenate([page.pop(column) for page in pages])
        # a copy would need the memory of the largest table twice
        return pd.DataFrame(columns, copy=False)

    def _accounts(self) -> DataFrame:
        people = self.people
        opened = self.span.first[people.opened] + people.opening_day
        table = pd.DataFrame(
            {
                "account_id": np.arange(len(people)) + FIRST_ID,
                "product": people.product,
                "opened_on": dates(opened),
                "principal": people.principal,
                "term_months": people.term,
                "annual_rate": people.annual_rate,
                "instalment": people.instalment / 100,
                "due_day": people.due_day,
                "income": np.where(people.income_known, people.income, np.nan),
                "essentials": people.essentials,
                "priority_debts": people.priority_debts,
                "employment": people.employment,
                "sex": people.sex,
                "age_band": people.age_band,
                "number_status": people.reassigned.astype(np.int8),
                "letters_only": people.letters_only,
            }
        )
        _name(table, "product", tuple(self.p.products))
        _name(table, "employment", who.EMPLOYMENT)
        _name(table, "sex", who.SEX)
        _name(table, "age_band", who.AGE_BANDS)
        _name(table, "number_status", who.NUMBER_STATUS)
        return table


def _log(made: Contacts, start: int) -> Columns:
    midnight = np.int64(start) * 24 * 60
    return {
        "account_id": made.account + FIRST_ID,
        "at": ((midnight + made.minute) * _MINUTE).astype("datetime64[ms]"),
        "channel": made.channel.astype(np.int8),
        "number": made.number.astype(np.int8),
        "role": made.role.astype(np.int8),
        "outcome": made.outcome.astype(np.int8),
        "disclosed": made.disclosed,
    }


def _name(table: DataFrame, column: str, names: tuple[str, ...]) -> None:
    """Put names for the numbers of a column, in place."""
    table[column] = Categorical.from_codes(
        table[column].to_numpy(dtype=np.int64), dtype=CategoricalDtype(list(names))
    )
