"""A contact log audited against the rules in force at the date of each event."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series
from pandas.api.types import is_datetime64_any_dtype

from duecourse.columns import Unmeasurable, column
from duecourse.language import _, current, pick, speaking
from duecourse.rules.clock import UNIVERSAL, ZONES, unknown_zone, zone
from duecourse.rules.counts import Bools
from duecourse.rules.judging import Judgement, judge
from duecourse.rules.kinds import AnyTest
from duecourse.rules.models import Entry, Version
from duecourse.rules.sheet import Sheet
from duecourse.rules.shelf import book
from duecourse.rules.standing import Rule
from duecourse.rules.values import days_of
from duecourse.rules.wording import fields, reasons

_FINDINGS: Final = [
    "event_id",
    "account_id",
    "at",
    "agent",
    "rule",
    "test",
    "why",
    "severity",
    "provisional",
]


class Findings(DataFrame):
    """What an audit found: one row a finding; and what it could not test.

    Attributes:
        not_tested: `rule`, `test`, `events`, `why`: tests that were not carried out, or not for
            all events, since something that they need is missing.
        tested: `rule`, `test`, `events`: how many events each test looked at.
        assumed: `rule`, `test`, `column`, `value`: what was taken for granted of missing columns.
        notes: what else there is to know, such as events that were left out.
    """

    _metadata = ["not_tested", "tested", "assumed", "notes"]  # noqa: RUF012 - as pandas wants it
    not_tested: DataFrame
    tested: DataFrame
    assumed: DataFrame
    notes: tuple[str, ...]


def audit(
    log: DataFrame,
    jurisdiction: str = "CN",
    accounts: DataFrame | None = None,
    *,
    agents: DataFrame | None = None,
    resets: DataFrame | None = None,
    timezone: str | None = None,
) -> Findings:
    """Return what a contact log breaks of the rules that were in force on each event's own day.

    A test is carried out where all its columns are there, in the log, the accounts or the agents;
    `columns.yaml` says what each column holds. What is missing is listed, never silently passed.
    Contacts for `service` do not count as collection.

    Args:
        log: one row a contact: `account_id`, `at`, `channel` and any other column that the tests
            know. `at` is the debtor's own time; stamps with a time zone are converted to it.
        jurisdiction: CN, US or UK.
        accounts: what is known of accounts, one row each by `account_id`; some tests look at them.
        agents: what is known of agents, one row each by `agent`.
        resets: what can start a limitation period: `account_id`, `on`, `kind` (due, demand,
            part_payment, promise, suit), `arrived` (bool); from it `time_barred` is worked out.
        timezone: the debtors' time zone where the log has no column `timezone`.

    Returns:
        one row a finding in the order of the log: `event_id` (or the row's label), `account_id`,
        `at` (the debtor's own time), `agent`, `rule`, `test`, `why`, `severity`, `provisional`;
        with the attributes of `Findings`.

    Raises:
        ColumnMissing: the log lacks account_id, at or channel.
        Unmeasurable: a column holds what it cannot hold.
        UnknownZone: stamps are in universal time, and the debtor's time zone is not known.
        UnknownRule: there are no rules for the jurisdiction.
    """
    rules = book(jurisdiction)
    for name in ("account_id", "at", "channel"):
        column(log, name, name)
    # the language is looked up once, not for each of a million findings
    with speaking(current()):
        work = _Audit(jurisdiction)
        sheet = work.contacts(log, accounts, agents, resets, timezone)
        for entry in rules.rules:
            for versions, test in _distinct(entry):
                if test.of == "contacts":
                    work.carry_out(entry, versions, test, sheet)
                else:
                    work.accounts(entry, versions, test, accounts)
        return work.findings()


def _distinct(entry: Entry) -> Iterator[tuple[list[Version], AnyTest]]:
    """Yield each test of a rule once, with all versions that hold it."""
    tests: list[tuple[list[Version], AnyTest]] = []
    for version in entry.versions:
        for test in version.tests:
            same = [versions for versions, known in tests if known == test]
            if same:
                same[0].append(version)
            else:
                tests.append(([version], test))
    yield from tests


class _Audit:
    """Collects what the tests find."""

    def __init__(self, jurisdiction: str) -> None:
        self.jurisdiction = jurisdiction
        self.laws = book(jurisdiction).laws
        self.found: list[DataFrame] = []
        self.tested: list[tuple[str, str, int]] = []
        self.missing: list[tuple[str, str, int, str]] = []
        self.assumed: list[tuple[str, str, str, str]] = []
        self.notes: list[str] = []

    def contacts(
        self,
        log: DataFrame,
        accounts: DataFrame | None,
        agents: DataFrame | None,
        resets: DataFrame | None,
        timezone: str | None,
    ) -> Sheet:
        """Return the contacts that can be judged, and note which cannot."""
        labels = log.index
        log = log.reset_index(drop=True)
        if "event_id" not in log.columns:
            log = log.assign(event_id=labels)
        elif twice := int((log["event_id"].duplicated() & log["event_id"].notna()).sum()):
            log = log[~(log["event_id"].duplicated() & log["event_id"].notna())]
            text = _("{count} rows repeat the event_id of an earlier one and were left out.")
            self.notes.append(text.format(count=twice))
        log = log.reset_index(drop=True)
        local = _local(log, self.jurisdiction, timezone)
        for what, gone in (("at", np.isnat(local)), ("account_id", log["account_id"].isna())):
            if count := int(gone.sum()):
                text = _("{count} rows have no '{column}' and were left out.")
                self.notes.append(text.format(count=count, column=what))
        kept = ~np.isnat(local) & log["account_id"].notna().to_numpy()
        others = {"account_id": accounts, "agent": agents}
        given = {key: table for key, table in others.items() if table is not None}
        sheet = Sheet(log[kept], local[kept], given, resets)
        self._outside(sheet)
        return sheet

    def _outside(self, sheet: Sheet) -> None:
        """Note how many contacts none of the rules binds."""
        everywhere = book(self.jurisdiction).everywhere
        if everywhere.why and all(sheet.has(name) for name in everywhere.unless):
            outside = sheet.meets(everywhere.unless, everywhere.assume)
            if count := int(outside.sum()):
                text = _("{count} contacts are not bound: {why}")
                self.notes.append(text.format(count=count, why=pick(everywhere.why)))

    def accounts(
        self, entry: Entry, versions: list[Version], test: AnyTest, accounts: DataFrame | None
    ) -> None:
        """Carry out a test that looks at accounts."""
        assert test.at is not None
        if accounts is None or test.at not in accounts.columns:
            why = _("there is no table of accounts with a column '{column}'")
            self.missing.append((entry.id, test.name, 0, why.format(column=test.at)))
            return
        given = accounts[accounts[test.at].notna()]
        at = days_of(given[test.at], test.at).astype("datetime64[s]")
        named = {} if "account_id" in given.columns else {"account_id": given.index}
        table = given.assign(event_id=None, **named)
        self.carry_out(entry, versions, test, Sheet(table, at, {}))

    def carry_out(self, entry: Entry, versions: list[Version], test: AnyTest, sheet: Sheet) -> None:
        """Carry out a test on all events of its versions' days."""
        held = [(version, _in_force(entry, version, sheet)) for version in versions]
        if not any(mask.any() for _version, mask in held):
            return
        concerned = sheet.concerned(test)
        events = sum(int((mask & concerned).sum()) for _version, mask in held)
        if not events:
            self.tested.append((entry.id, test.name, 0))
            return
        if lacking := [name for name in test.columns if not sheet.has(name)]:
            why = _("there is no column {columns}")
            why = why.format(columns=", ".join(f"'{name}'" for name in lacking))
            self.missing.append((entry.id, test.name, events, why))
            return
        judgement = judge(test, sheet, self.laws)
        self.tested.append((entry.id, test.name, events))
        for name, value in test.assume.items():
            if not sheet.has(name):
                self.assumed.append((entry.id, test.name, name, str(value)))
        unknown = 0
        for version, mask in held:
            unknown += int((judgement.undecided & mask).sum())
            self._found(Rule(entry, version), test, sheet, judgement, judgement.breach & mask)
        if unknown:
            why = _("something that the test needs is missing for these events")
            self.missing.append((entry.id, test.name, unknown, why))

    def _found(
        self, rule: Rule, test: AnyTest, sheet: Sheet, judgement: Judgement, where: Bools
    ) -> None:
        rows = np.flatnonzero(where)
        if not len(rows):
            return
        figures = {name: judgement.figures[name](rows) for name in fields(test)}
        taken = sheet.table.iloc[rows]
        self.found.append(
            DataFrame(
                {
                    "event_id": taken["event_id"].to_numpy(),
                    "account_id": taken["account_id"].to_numpy(),
                    "at": sheet.clock[rows],
                    "agent": taken["agent"].to_numpy() if "agent" in taken.columns else None,
                    "rule": rule.id,
                    "test": test.name,
                    "why": reasons(test, len(rows), figures),
                    "severity": rule.severity_of(test),
                    "provisional": rule.provisional_by(test),
                    "_place": sheet.rows[rows],
                }
            )
        )

    def findings(self) -> Findings:
        """Return everything as tables, in the order of the log."""
        if self.found:
            order = ["_account", "_place", "rule"]
            parts = [one.assign(_account=one["event_id"].isna()) for one in self.found]
            table = pd.concat(parts, ignore_index=True).sort_values(order, kind="stable")
            table = table[_FINDINGS].reset_index(drop=True)
        else:
            types: dict[str, Any] = {"at": "datetime64[s]", "provisional": bool}
            table = DataFrame({name: Series(dtype=types.get(name, object)) for name in _FINDINGS})
        found = Findings(table)
        found.tested = DataFrame(self.tested, columns=["rule", "test", "events"])
        found.not_tested = DataFrame(self.missing, columns=["rule", "test", "events", "why"])
        found.assumed = DataFrame(self.assumed, columns=["rule", "test", "column", "value"])
        found.notes = tuple(self.notes)
        return found


def _in_force(entry: Entry, version: Version, sheet: Sheet) -> Bools:
    """Return which events lie on a version's days."""
    last = entry.last_day(version)
    found: Bools = sheet.day >= np.datetime64(version.start, "D").astype(np.int64)
    if last:
        found = found & (sheet.day <= np.datetime64(last, "D").astype(np.int64))
    return found


def _local(log: DataFrame, jurisdiction: str, timezone: str | None) -> NDArray[np.datetime64]:
    """Return the time of each contact where the debtor is."""
    at = log["at"]
    if not len(at) or at.isna().all():
        return np.full(len(at), np.datetime64("NaT"), dtype="datetime64[s]")
    if not is_datetime64_any_dtype(at):
        raise Unmeasurable(
            _(
                "'{name}' must hold dates. Found: {found}. Turn the column into dates first: "
                "pandas.to_datetime(table['{name}'])."
            ).format(name="at", found=repr(at.dropna().iloc[0]))
        )
    if at.dt.tz is None:
        return at.to_numpy().astype("datetime64[s]")
    named = Series(timezone, index=log.index, dtype=object)
    if "timezone" in log.columns:
        named = log["timezone"].astype(object).where(log["timezone"].notna(), timezone)
    zones = named.where(named.notna(), _own_zone(at, jurisdiction))
    if zones.isna().any():
        raise unknown_zone()
    found = np.empty(len(log), dtype="datetime64[s]")
    for one in zones.unique():
        rows = (zones == one).to_numpy()
        there = zone(one) if isinstance(one, str) else one
        moved = at[rows].dt.tz_convert(there).dt.tz_localize(None)
        found[rows] = moved.to_numpy().astype("datetime64[s]")
    return found


def _own_zone(at: Series, jurisdiction: str) -> tzinfo | str | None:
    """Return the zone of stamps without another one: their own, or the jurisdiction's."""
    own: tzinfo = at.dt.tz
    return ZONES.get(jurisdiction) if str(own) in UNIVERSAL else own
