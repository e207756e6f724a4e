"""A contact log audited once and counted often: by rule, agent, party, severity, period and hour."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series

from duecourse.language import _
from duecourse.rules.auditing import Findings, audit
from duecourse.rules.book import SEVERITIES
from duecourse.rules.clock import UNIVERSAL, ZONES, zone

Counts = NDArray[np.int64]
ALL: Final = "*"
"""What a filter says where it lets everything through."""
_EXAMPLES: Final = 8
_HOURS: Final = 7 * 24


def per_thousand(rate: float) -> str:
    """Return a rate as it is read: one decimal, more for a small one."""
    return f"{rate:,.1f}" if rate >= 1 or rate == 0 else f"{rate:.2g}"


@dataclass(frozen=True)
class AuditFilter:
    """Which contacts and which findings are looked at; `*` is all.

    Attributes:
        rule: id of a rule.
        agent: who made the contact.
        party: lender or agency.
        severity: how much a breach weighs.
        standing: `verified` or `provisional` rules alone.
        first: the first day that counts, as `YYYY-MM-DD`; empty from the beginning.
        last: the last day that counts; empty to the end.
    """

    rule: str = ALL
    agent: str = ALL
    party: str = ALL
    severity: str = ALL
    standing: str = ALL
    first: str = ""
    last: str = ""


@dataclass(frozen=True, eq=False)
class AuditView:
    """What the board shows for one filter; no widget in it.

    Attributes:
        contacts: how many contacts are looked at.
        found: how many findings there are.
        by_rule: findings by rule, the most first.
        by_agent: `contacts`, `findings` and `rate` (findings per 1,000 contacts) by agent, the
            highest rate first.
        contacts_by_hour: 7 x 24, from Monday and midnight on.
        findings_by_hour: the same.
        examples: the first findings, as `rules.audit` gives them.
    """

    contacts: int
    found: int
    by_rule: Series
    by_agent: DataFrame
    contacts_by_hour: Counts
    findings_by_hour: Counts
    examples: DataFrame

    @property
    def title(self) -> str:
        """The finding in a sentence."""
        rate = per_thousand(1000 * self.found / self.contacts) if self.contacts else "–"
        return _("{found} findings in {contacts} contacts: {rate} per 1,000").format(
            found=f"{self.found:,}", contacts=f"{self.contacts:,}", rate=rate
        )


class AuditBook:
    """A contact log audited once, and counted often.

    Args:
        log: one row a contact, as `rules.audit` takes it; stamps at the debtors' own time.
        jurisdiction: CN, US or UK.
        more: anything else that `rules.audit` takes, such as `accounts`.

    Attributes:
        findings: what the audit found, one row each.
    """

    def __init__(self, log: DataFrame, jurisdiction: str = "CN", **more: Any) -> None:
        log = log.reset_index(drop=True)
        if "event_id" not in log.columns:
            log = log.assign(event_id=log.index)
        self.findings: Findings = audit(log, jurisdiction, **more)
        # the audit leaves out the same rows, and says so
        again = log["event_id"].duplicated() & log["event_id"].notna()
        log = log[~again & log["at"].notna() & log["account_id"].notna()].reset_index(drop=True)
        at = _debtors_time(log["at"], jurisdiction, more.get("timezone"))
        found = DataFrame(self.findings)
        # a finding on an account has no contact: it lies on no hour and with no agent
        self._found = found[found["event_id"].notna()].reset_index(drop=True)
        self._row = pd.Index(log["event_id"]).get_indexer(self._found["event_id"])
        self._day = at.to_numpy().astype("datetime64[D]")
        self._hour = (at.dt.day_of_week * 24 + at.dt.hour).to_numpy()
        self._agent, self.agents = _codes(log, "agent")
        self._party, self.parties = _codes(log, "party")
        self._rule, self.rules = _codes(self._found, "rule")
        self._severity = self._found["severity"].to_numpy(dtype=object)
        self._provisional = self._found["provisional"].to_numpy(dtype=bool)
        self.severities = [one for one in SEVERITIES if (self._severity == one).any()]

    @property
    def days(self) -> list[str]:
        """All days from the first to the last contact."""
        if not len(self._day):
            return []
        whole = np.arange(self._day.min(), self._day.max() + 1)
        return [str(one) for one in whole]

    def view(self, chosen: AuditFilter) -> AuditView:
        """Return what there is to see of the contacts and findings that a filter lets through."""
        there = np.ones(len(self._day), dtype=bool)
        if chosen.first:
            there &= self._day >= np.datetime64(chosen.first)
        if chosen.last:
            there &= self._day <= np.datetime64(chosen.last)
        for codes, names, wanted in (
            (self._agent, self.agents, chosen.agent),
            (self._party, self.parties, chosen.party),
        ):
            if wanted != ALL:
                there &= codes == (names.index(wanted) if wanted in names else -2)
        found = there[self._row]
        if chosen.rule != ALL:
            found = found & (self._rule == self.rules.index(chosen.rule))
        if chosen.severity != ALL:
            found = found & (self._severity == chosen.severity)
        if chosen.standing != ALL:
            found = found & (self._provisional == (chosen.standing == "provisional"))
        places = np.flatnonzero(found)
        rows = self._row[places]
        by_rule = Series(
            np.bincount(self._rule[places], minlength=len(self.rules)), index=self.rules
        )
        return AuditView(
            contacts=int(there.sum()),
            found=len(places),
            by_rule=by_rule[by_rule > 0].sort_values(ascending=False, kind="stable"),
            by_agent=self._rates(there, rows),
            contacts_by_hour=np.bincount(self._hour[there], minlength=_HOURS).reshape(7, 24),
            findings_by_hour=np.bincount(self._hour[rows], minlength=_HOURS).reshape(7, 24),
            examples=self._found.iloc[places[:_EXAMPLES]],
        )

    def _rates(self, there: NDArray[np.bool_], rows: NDArray[Any]) -> DataFrame:
        named, broken = self._agent[there], self._agent[rows]
        size = len(self.agents)
        contacts = np.bincount(named[named >= 0], minlength=size)
        findings = np.bincount(broken[broken >= 0], minlength=size)
        table = DataFrame({"contacts": contacts, "findings": findings}, index=self.agents)
        table = table[table["contacts"] > 0]
        rates = 1000 * table["findings"] / table["contacts"]
        return table.assign(rate=rates).sort_values("rate", ascending=False, kind="stable")


def _debtors_time(at: Series, jurisdiction: str, timezone: str | None) -> Series:
    """Return stamps as the audit reads them: the debtor's own time."""
    if at.dt.tz is None:
        return at
    own = None if str(at.dt.tz) in UNIVERSAL else str(at.dt.tz)
    there = zone(timezone or own or ZONES[jurisdiction])
    local: Series = at.dt.tz_convert(there).dt.tz_localize(None)
    return local


def _codes(table: DataFrame, name: str) -> tuple[NDArray[Any], list[str]]:
    """Return a column as numbers and the texts they stand for; -1 is missing."""
    if name not in table.columns:
        return np.full(len(table), -1), []
    codes, names = pd.factorize(table[name].astype(object))
    return codes, [str(one) for one in names]
