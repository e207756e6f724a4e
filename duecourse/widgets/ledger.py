"""Choose an account and a day: what fell due, what was paid, and how late the account is."""

import html
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
from pandas import DataFrame, Timestamp

from duecourse.ageing import bucket, bucket_names, day_by_day
from duecourse.classification import classify, rule, tier_name
from duecourse.columns import Unmeasurable, column, complete
from duecourse.days import Day, day
from duecourse.language import _, tag
from duecourse.ledger import Ledger, read_ledger
from duecourse.markup import html_table
from duecourse.panels.ledger import LedgerPanel, ledger_panel
from duecourse.widgets.explorer import Explorer

SUGGESTED = 500
"""accounts that the field suggests while one types"""
ENTRIES = 8
"""entries of the ledger that are listed up to the chosen day"""


@dataclass(frozen=True, eq=False)
class LedgerView:
    """Where one account stands at the end of one day; no widget in it."""

    account: Any
    on: Timestamp
    due_so_far: float
    paid_so_far: float
    unpaid: float
    days_past_due: int
    entries: DataFrame
    """up to this day: `day`, `due`, `paid` (yuan), `unpaid` and `days_past_due` at its end"""
    tier: str | None
    """tier of China's classification by days alone; None if no product is known or no rule holds"""
    source: str
    """the rule, or why there is none"""

    def html(self) -> str:
        """Return the numbers and the latest entries as tables."""
        rows = [
            (_("Fallen due so far (yuan)"), f"{self.due_so_far:,.2f}"),
            (_("Paid so far (yuan)"), f"{self.paid_so_far:,.2f}"),
            (_("Unpaid (yuan)"), f"{self.unpaid:,.2f}"),
            (_("Days past due"), f"{self.days_past_due}"),
            (_("Bucket"), bucket_names()[bucket(self.days_past_due)]),
        ]
        if self.tier:
            rows.append((_("Tier by days past due"), tier_name(self.tier)))
        caption = _("Account {account} on {day}").format(
            account=self.account, day=f"{self.on:%Y-%m-%d}"
        )
        parts = [html_table(rows, caption=caption)]
        if self.source:
            parts.append(f'<p style="color:#666666;margin:0.2em 0">{html.escape(self.source)}</p>')
        head = (_("Day"), _("Fell due"), _("Paid"), _("Unpaid"), _("Days past due"))
        lines = [
            (f"{on:%Y-%m-%d}", _yuan(due), _yuan(paid), f"{unpaid:,.2f}", f"{late:.0f}")
            for on, due, paid, unpaid, late in self.entries.tail(ENTRIES).itertuples(index=False)
        ]
        if lines:
            parts.append(html_table(lines, head, _("The latest entries; below 0: taken back")))
        return f'<div lang="{tag()}" style="line-height:1.5">{"".join(parts)}</div>'


def ledger_view(table: DataFrame, on: Day, account: Any, product: str | None = None) -> LedgerView:
    """Return where an account stands at the end of a day of its timeline.

    Args:
        table: the account's `ageing.timeline`.
        on: a day of it.
        account: what the account is called.
        product: what the classification asks for; without it there is no tier.
    """
    at = Timestamp(day(on, "on"))
    if at not in table.index:
        raise Unmeasurable(
            _("{day} lies outside of the timeline: {first} to {last}.").format(
                day=f"{at:%Y-%m-%d}",
                first=f"{table.index[0]:%Y-%m-%d}",
                last=f"{table.index[-1]:%Y-%m-%d}",
            )
        )
    upto = table.loc[:at]
    row = upto.iloc[-1]
    entries = upto[(upto["due"] != 0) | (upto["paid"] != 0)].reset_index()
    tier, source = None, ""
    if product is not None:
        try:
            source = str(rule(product, at))
            tier = classify(int(row["days_past_due"]), product, at)
        except Unmeasurable as none:
            source = str(none)
    return LedgerView(
        account,
        at,
        float(row["due_so_far"]),
        float(row["paid_so_far"]),
        float(row["unpaid"]),
        int(row["days_past_due"]),
        entries[["day", "due", "paid", "unpaid", "days_past_due"]],
        str(tier) if tier else None,
        source,
    )


class LedgerExplorer(Explorer):
    """An account's ledger day by day: type or step to an account, move the day.

    Account and day can also be read and set from code: `explorer.account = 100003`,
    `explorer.day = "2024-05-31"`.

    Args:
        accounts: `account_id` and, where it is known, `product` and `opened_on`; in the order in which
            "next" goes through them. Accounts without an instalment yet are passed over.
        instalments: whole schedule of these accounts, as in `ageing.days_past_due`.
        payments: their payments, as in `ageing.days_past_due`.
        until: the last day shown; without one, the day of the last payment in the table.
    """

    def __init__(
        self,
        accounts: DataFrame,
        instalments: DataFrame,
        payments: DataFrame,
        until: Day | None = None,
    ) -> None:
        self._ledger: Ledger = read_ledger(instalments, payments)
        self._accounts = _by_id(accounts)
        self._ids = self._accounts.index.tolist()
        begun = self._accounts.index[self._accounts.index.isin(self._ledger.accounts)]
        complete(begun.to_series(), "account_id")
        self._named = {str(one): one for one in begun}
        self._until = self._last() if until is None else day(until, "until")
        self._name = next(iter(self._named))
        self.names = widgets.Combobox(
            value=self._name,
            options=list(self._named)[:SUGGESTED],
            description=_("Account"),
            continuous_update=False,
            style={"description_width": "initial"},
        )
        self.before = widgets.Button(description=_("Previous account"))
        self.after = widgets.Button(description=_("Next account"))
        self.days = widgets.SelectionSlider(
            options=[("", 0)],
            description=_("Day"),
            layout={"width": "90%", "max_width": "600px"},
            style={"description_width": "initial"},
        )
        self.note, self.picture, self.numbers = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.names.observe(self._change, names="value")
        self.days.observe(self._show, names="value")
        self.before.on_click(lambda _button: self._step(-1))
        self.after.on_click(lambda _button: self._step(1))
        self._open()
        chooser = widgets.HBox([self.names, self.before, self.after])
        super().__init__([chooser, self.note, self.days, self.picture, self.numbers])

    @property
    def account(self) -> Any:
        """The account that is shown."""
        return self._named[self._name]

    @account.setter
    def account(self, account: Any) -> None:
        if str(account) not in self._named:
            raise Unmeasurable(self._unknown(str(account)))
        self.names.value = str(account)

    @property
    def day(self) -> Timestamp:
        """The day that is read."""
        return self._panel.table.index[self.days.value]

    @day.setter
    def day(self, on: Day) -> None:
        view = ledger_view(self._panel.table, on, self.account)
        self.days.value = int(self._panel.table.index.searchsorted(view.on))

    def view(self) -> LedgerView:
        """Return the numbers that are shown now."""
        product = self._of("product")
        return ledger_view(self._panel.table, self.day, self.account, product)

    def _of(self, name: str) -> Any:
        """Return what the table of accounts says of the account, None without such a column."""
        return self._accounts.loc[self.account, name] if name in self._accounts else None

    def _last(self) -> Any:
        paid = self._ledger.paid_on
        return paid.max() if paid.size else self._ledger.due_on.max()

    def _step(self, by: int) -> None:
        names = list(self._named)
        self.names.value = names[(names.index(self._name) + by) % len(names)]

    def _change(self, _change: object = None) -> None:
        typed = self.names.value.strip()
        if typed not in self._named:
            self.note.value = f'<p role="status">{html.escape(self._unknown(typed))}</p>'
            return
        self._name = typed
        self._open()

    def _unknown(self, typed: str) -> str:
        if typed in map(str, self._ids):
            return _("Nothing has fallen due in account {account} yet.").format(account=typed)
        return _(
            "There is no account {account}. There are {count}, from {first} to {last}."
        ).format(account=typed, count=f"{len(self._ids):,}", first=self._ids[0], last=self._ids[-1])

    def _open(self) -> None:
        """Draw the account's ledger and read it at its last day."""
        own = self._ledger.of(self.account)
        opened = self._of("opened_on")
        start = own.due_on[0] if opened is None else day(opened, "opened_on")
        table = day_by_day(own, min(start, self._until), self._until)
        self._panel: LedgerPanel = ledger_panel(table)
        self.days.unobserve(self._show, names="value")
        self.days.options = [(f"{on:%Y-%m-%d}", place) for place, on in enumerate(table.index)]
        self.days.value = len(table) - 1
        self.days.observe(self._show, names="value")
        self.note.value = ""
        self._show()

    def _show(self, _change: object = None) -> None:
        self.picture.value = self._panel.at(self.day)._repr_html_()
        self.numbers.value = self.view().html()

    def still(self) -> str:
        """Return what is shown now, as HTML."""
        return str(self.picture.value + self.numbers.value)


def _by_id(accounts: DataFrame) -> DataFrame:
    """Return the accounts by their id, each of them once."""
    ids = column(accounts, "account_id", "accounts")
    complete(ids, "account_id")
    if ids.duplicated().any():
        raise Unmeasurable(
            _("Account {account} stands twice in the table of accounts.").format(
                account=ids[ids.duplicated()].iloc[0]
            )
        )
    return accounts.set_index("account_id")


def _yuan(amount: float) -> str:
    return f"{amount:,.2f}" if amount else ""
