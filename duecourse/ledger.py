"""The ledger of a portfolio: what fell due and what was paid, checked once and asked for many days.

Payments settle the oldest unpaid instalment first. A reversal (a bounced payment) takes its money
back on the reversal's own date. `recovery` is money from the customer and settles too; `sale` is
what a buyer of the debt paid and settles nothing. Amounts are counted in fen, so that a ledger that
balances on paper balances here.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Index, Series, factorize

from duecourse.columns import Floats, Unmeasurable, column, complete, numbers
from duecourse.days import Days, days
from duecourse.language import _

KINDS: Final = ("payment", "reversal", "recovery", "sale")
"""Kinds of entries in a table of payments."""
_SETTLING: Final = KINDS[:3]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ledger:
    """Instalments and payments in the order of accounts and days; amounts in fen."""

    accounts: Index
    """every account with an instalment, ascending"""
    due_of: Integers
    """position in `accounts`, one per instalment"""
    due_on: Days
    due: Integers
    paid_of: Integers
    """position in `accounts`, one per payment that settles"""
    paid_on: Days
    paid: Integers

    def settled(self, day: np.datetime64) -> Integers:
        """Return what each account paid up to a day's end, net of reversals, in fen.

        Raises:
            Unmeasurable: more was taken back than had been paid.
        """
        upto = self.paid_on <= day
        net = self._by_account(self.paid_of[upto], self.paid[upto])
        if (net < 0).any():
            raise Unmeasurable(
                _(
                    "More was reversed than paid: account {account}. A reversal must follow its payment in "
                    "the same table."
                ).format(account=self.accounts[int((net < 0).argmax())])
            )
        return net

    def fallen_due(self, day: np.datetime64) -> Integers:
        """Return what fell due for each account up to a day's end, in fen."""
        upto = self.due_on <= day
        return self._by_account(self.due_of[upto], self.due[upto])

    def promised(self) -> Integers:
        """Return all instalments of each account, due or not, in fen."""
        return self._by_account(self.due_of, self.due)

    def unpaid(self, day: np.datetime64) -> tuple[Integers, Integers]:
        """Return the instalments due up to a day's end and not wholly paid, and what each still needs.

        Returns:
            positions in `due_of`, in order; fen, one per position.
        """
        settled = self.settled(day)
        running = np.cumsum(self.due)
        before = np.concatenate([[0], running])[np.searchsorted(self.due_of, self._codes())]
        lacking = running - (before + settled)[self.due_of]
        rows = np.flatnonzero((self.due_on <= day) & (lacking > 0))
        return rows, np.minimum(lacking[rows], self.due[rows])

    def of(self, account: Any) -> "Ledger":
        """Return the ledger of one account.

        Raises:
            Unmeasurable: there is no such account.
        """
        if account not in self.accounts:
            raise Unmeasurable(
                _(
                    "There is no account {account}. There are {count}, from {first} to {last}."
                ).format(
                    account=account,
                    count=f"{len(self.accounts):,}",
                    first=self.accounts[0],
                    last=self.accounts[-1],
                )
            )
        code = int(self.accounts.get_indexer(Index([account]))[0])
        due = slice(*np.searchsorted(self.due_of, [code, code + 1]))
        paid = slice(*np.searchsorted(self.paid_of, [code, code + 1]))
        return Ledger(
            self.accounts[[code]],
            self.due_of[due] - code,
            self.due_on[due],
            self.due[due],
            self.paid_of[paid] - code,
            self.paid_on[paid],
            self.paid[paid],
        )

    def _codes(self) -> Integers:
        return np.arange(len(self.accounts))

    def _by_account(self, of: Integers, fen: Integers) -> Integers:
        # sums of fen stay exact in floats up to 90 trillion yuan
        return np.bincount(of, fen, len(self.accounts)).astype(np.int64)


def read_ledger(instalments: DataFrame, payments: DataFrame) -> Ledger:
    """Check instalments and payments and return them as a ledger.

    Args:
        instalments: `account_id`, `due_on`, `amount` (yuan, at least 0), in any order; every account has
            its whole schedule here, paid or not.
        payments: `account_id`, `paid_on`, `amount` (yuan, below 0 for reversals), `kind` (without this
            column all rows are payments or reversals); may be empty.

    Raises:
        ColumnMissing: a column does not exist.
        Unmeasurable: a value is missing, an entry stands twice, a kind is unknown, an amount has the
            wrong sign, or a payment belongs to an account without instalments.
    """
    ids = column(instalments, "account_id", "instalments")
    complete(ids, "account_id")
    codes, accounts = factorize(ids, sort=True)
    due_on = days(column(instalments, "due_on", "instalments"), "due_on")
    due = fen(numbers(column(instalments, "amount", "instalments"), "amount", low=0))
    due_of, due_on, due = _in_order(codes, due_on, due)
    twice = (due_of[1:] == due_of[:-1]) & (due_on[1:] == due_on[:-1])
    if twice.any():
        row = int(twice.argmax())
        raise Unmeasurable(
            _("Account {account} has two instalments due on {day}. Does a row stand twice?").format(
                account=accounts[due_of[row]], day=due_on[row]
            )
        )
    settling = _settling(payments)
    paid_of = Index(accounts).get_indexer(Index(settling["account_id"]))
    if (paid_of < 0).any():
        strangers = settling.loc[paid_of < 0, "account_id"]
        raise Unmeasurable(
            _(
                "{count} payments belong to accounts without an instalment, such as {account}. Give the "
                "whole schedule and the payments of the same accounts."
            ).format(count=len(strangers), account=strangers.iloc[0])
        )
    paid_on = settling["paid_on"].to_numpy().astype("datetime64[D]")
    paid = _in_order(paid_of, paid_on, fen(settling["amount"].to_numpy(dtype=float)))
    return Ledger(Index(accounts, name="account_id"), due_of, due_on, due, *paid)


def fen(yuan: Floats) -> Integers:
    """Return yuan as whole fen."""
    return np.rint(yuan * 100).astype(np.int64)


def yuan(fen: Integers) -> Floats:
    """Return fen as yuan with two decimals."""
    return fen / 100


def _settling(payments: DataFrame) -> DataFrame:
    """Return account, day and amount of the payments that settle, all of them checked."""
    names = ("account_id", "paid_on", "amount")
    given = DataFrame({name: column(payments, name, "payments") for name in names})
    if given.empty:
        return given.astype({"paid_on": "datetime64[ns]", "amount": float})
    complete(given["account_id"], "account_id")
    days(given["paid_on"], "paid_on")
    amounts = Series(numbers(given["amount"], "amount"))
    if "payment_id" in payments and (twice := payments["payment_id"].duplicated()).any():
        raise Unmeasurable(
            _("Payment {payment} stands twice. Leave one of the rows out.").format(
                payment=payments.loc[twice, "payment_id"].iloc[0]
            )
        )
    if "kind" not in payments:
        return given
    kinds = column(payments, "kind", "payments")
    complete(kinds, "kind")
    if not (known := kinds.isin(KINDS)).all():
        raise Unmeasurable(
            _("There is no kind of payment '{found}'. There are: {known}.").format(
                found=kinds[~known].iloc[0], known=", ".join(KINDS)
            )
        )
    wrong = (amounts < 0) != (kinds == "reversal")
    if (wrong & (amounts != 0)).any():
        row = int(np.flatnonzero(wrong & (amounts != 0))[0])
        raise Unmeasurable(
            _(
                "A reversal has an amount below 0, everything else one above. Found: {kind} of {amount} in "
                "account {account}."
            ).format(
                kind=kinds.iloc[row],
                amount=f"{amounts.iloc[row]:,.2f}",
                account=given["account_id"].iloc[row],
            )
        )
    return given[kinds.isin(_SETTLING)]


def _in_order(of: Integers, on: Days, amounts: Integers) -> tuple[Integers, Days, Integers]:
    """Return the entries in the order of accounts and days."""
    same = of[1:] == of[:-1]
    if not ((of[1:] > of[:-1]) | (same & (on[1:] >= on[:-1]))).all():
        order = np.lexsort((on, of))
        of, on, amounts = of[order], on[order], amounts[order]
    return of, on, amounts
