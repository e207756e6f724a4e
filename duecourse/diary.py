"""The follow-up diary of promises: who is reminded or asked when, within the contact rules.

A promise that nobody watches is soon forgotten on both sides. The diary holds a friendly reminder
before the due day and a call once the days of grace are over, never a contact that the rules or
the customer's own wishes forbid.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas import DataFrame, Series, Timestamp

from duecourse.columns import Unmeasurable, column, complete, flags
from duecourse.days import Day, day, days
from duecourse.language import _
from duecourse.promises import KEPT, outcome, unique
from duecourse.rules.book import rule
from duecourse.rules.kinds import Hours, Limit

REMINDER, CALL = STEPS = ("reminder", "call")
MOVED, LETTERS_ONLY, REASSIGNED = "moved", "letters_only", "number_reassigned"
NO_TIME, DISPUTED = "no_time", "balance_disputed"


def _hours() -> Hours:
    test = rule("CN-05").test("hours")
    assert isinstance(test, Hours)
    return test


def _limit(name: str) -> int:
    test = rule("CN-06").test(name)
    assert isinstance(test, Limit)
    return test.most


@dataclass(frozen=True)
class ContactRules:
    """Limits on contacts with one debtor in mainland China, as the rule base has them.

    CN-05: no collection from 22:00 to 08:00 unless agreed. CN-06: at most three calls with a
    connection a day and debtor, lender and agency counted together; unanswered attempts on one
    number at most six a day (advisory). Both texts are known second-hand, so the limits are
    provisional; neither is a statute. `duecourse.rules.explain` says more.
    """

    opens: time = field(default_factory=lambda: _hours().opens)
    closes: time = field(default_factory=lambda: _hours().closes)
    contacts_a_day: int = field(default_factory=lambda: _limit("connected_calls"))
    attempts_a_number: int = field(default_factory=lambda: _limit("unanswered_attempts"))
    since: date = field(default_factory=lambda: rule("CN-05").entry.versions[0].start)
    rules: tuple[str, ...] = ("CN-05", "CN-06")

    @property
    def provisional(self) -> bool:
        """Whether a text behind them is still to be read and checked."""
        return any(rule(name).provisional for name in self.rules)


RULES: Final = ContactRules()
"""The limits of today; the diary keeps to them for earlier days too, as good practice."""


def follow_up(
    promises: DataFrame,
    payments: DataFrame,
    accounts: DataFrame,
    as_of: Day,
    *,
    complaints: DataFrame | None = None,
    contact_log: DataFrame | None = None,
    horizon_days: int = 14,
    remind_before: int = 1,
    letter_days: int = 5,
    grace_days: int = 3,
    at: time = time(10),
    most_a_day: int = 1,
    rules: ContactRules = RULES,
) -> DataFrame:
    """Return the contacts that open promises call for in the days ahead, one row a promise and step.

    The diary is made in the morning of `as_of` from what was known on the evening before, and made anew
    every morning; it holds the days from `as_of` on. A promise whose whole amount has come needs no
    contact, and a call that is still ahead is only made if the money has not come until then.

    1. The reminder stands `remind_before` days before the due day, as a text message; the call on the
       first day after the grace.
    2. Who asked for letters only gets letters, and so does an account whose number belongs to somebody
       else now (CN-07). A letter of reminder leaves `letter_days` before the due day.
    3. A reminder for which there is no time, since the promise was made that day or later, is left out.
    4. While a complaint about the balance is open, nothing is asked of the account (CN-15).
    5. No day holds more than `most_a_day` calls and messages to one account, those of the contact log
       included: of several the promise due first keeps its day, the others move on by a day at a time.
       A reminder that would move beyond its due day is left out. Letters do not count.

    Args:
        promises: as in `promises.outcome`.
        payments: as in `promises.outcome`.
        accounts: `account_id`, `letters_only` (bool), `number_status` (own | reassigned); one row each.
        as_of: the first day of the diary.
        complaints: `account_id`, `received_on`, `cause`, `answered_on` (NaT = still open).
        contact_log: `account_id`, `at` and `channel` of contacts made already.
        horizon_days: how many days the diary holds.
        remind_before: days from reminder to due day, at least 1.
        letter_days: days that a letter takes, at least `remind_before`.
        grace_days: days after the due day before anybody calls.
        at: the hour of calls and messages.
        most_a_day: the house's own limit, at most the rule's three; one is kinder.
        rules: the limits by rule.

    Returns:
        Rows in the order of their days: `on` (day; NaT = left out), `at` (with the hour; NaT for letters),
        `account_id`, `promise_id`, `step` (reminder | call), `channel` (sms | call | letter), `open`
        (yuan of the promise that have not come), `reason`: empty, or why it is not as usual:
        letters_only, number_reassigned, moved, no_time, balance_disputed.

    Raises:
        Unmeasurable: hour or limit lie outside the rules (the message names the rule), or an account
            stands twice in `accounts` or is missing there.
    """
    today = Timestamp(day(as_of, "as_of"))
    _within(rules, at, most_a_day)
    _spans(remind_before, letter_days, grace_days, horizon_days)
    tasks = _tasks(promises, payments, today, remind_before, grace_days)
    letters, elsewhere = _wishes(accounts, tasks["account_id"])
    tasks["reason"] = np.select([letters, elsewhere], [LETTERS_ONLY, REASSIGNED], default="")
    by_letter, reminder = letters | elsewhere, (tasks["step"] == REMINDER).to_numpy()
    tasks["channel"] = np.select([by_letter, reminder], ["letter", "sms"], default="call")
    usual = tasks["on"].copy()
    sooner = pd.Timedelta(days=letter_days - remind_before)
    tasks.loc[by_letter & reminder, "on"] -= sooner
    no_time = reminder & (tasks["on"] <= tasks["made_on"]).to_numpy()
    tasks.loc[no_time, "on"] = usual[no_time]
    last = today + pd.Timedelta(days=horizon_days - 1)
    tasks = tasks.assign(no_time=no_time)[tasks["on"].between(today, last)]
    left_out = tasks.pop("no_time").to_numpy()
    disputed = tasks["account_id"].isin(_disputed(complaints, today)).to_numpy()
    tasks.loc[left_out, "reason"] = NO_TIME
    tasks.loc[disputed, "reason"] = DISPUTED
    tasks.loc[left_out | disputed, "on"] = pd.NaT
    tasks = _spread(tasks, _made(contact_log), most_a_day)
    tasks["at"] = tasks["on"] + pd.Timedelta(hours=at.hour, minutes=at.minute)
    tasks.loc[tasks["channel"] == "letter", "at"] = pd.NaT
    order = ["on", "due_on", "account_id", "promise_id", "step"]
    names = ["on", "at", "account_id", "promise_id", "step", "channel", "open", "reason"]
    tasks["reason"] = tasks["reason"].astype(str)
    return tasks.sort_values(order, kind="stable")[names].reset_index(drop=True)


def _within(rules: ContactRules, at: time, most_a_day: int) -> None:
    """Raise Unmeasurable if the hour or the number of contacts is outside the rules."""
    if not rules.opens <= at < rules.closes:
        raise Unmeasurable(
            _(
                "Contacts are made from {opens} and before {closes} (CN-05, provisional). Found: {found}."
            ).format(
                opens=f"{rules.opens:%H:%M}", closes=f"{rules.closes:%H:%M}", found=f"{at:%H:%M}"
            )
        )
    if not 1 <= most_a_day <= rules.contacts_a_day:
        raise Unmeasurable(
            _(
                "'most_a_day' is 1 to {most}: more contacts a day with one debtor are not allowed "
                "(CN-06, provisional). Found: {found}."
            ).format(most=rules.contacts_a_day, found=most_a_day)
        )


def _spans(remind_before: int, letter_days: int, grace_days: int, horizon_days: int) -> None:
    """Raise Unmeasurable unless the days fit together."""
    if not (1 <= remind_before <= letter_days and grace_days >= 0 and horizon_days >= 1):
        raise Unmeasurable(
            _(
                "A reminder comes at least 1 day before the due day, a letter leaves no later than a "
                "reminder, the grace is 0 days or more and the diary holds at least 1 day."
            )
        )


def _tasks(
    promises: DataFrame, payments: DataFrame, today: Timestamp, remind_before: int, grace_days: int
) -> DataFrame:
    """Return reminder and call of every promise that was not wholly paid on the evening before."""
    if len(promises):
        made_on = days(column(promises, "made_on", "made_on"), "made_on")
        promises = promises[made_on < today.to_datetime64()]
    evening = today - pd.Timedelta(days=1)
    known = outcome(promises, payments, evening, grace_days=grace_days)
    known["open"] = (known["amount"] - known["paid_within_grace"]).round(2)
    # a promise that was kept tolerantly is kept: nobody is called for the rest of it
    known = known[(known["open"] > 0) & (known["tolerant"] != KEPT)]
    base = known[["account_id", "promise_id", "made_on", "due_on", "open"]].copy()
    for name in ("made_on", "due_on"):
        base[name] = pd.to_datetime(base[name]).dt.normalize()
    reminder = base.assign(step=REMINDER, on=base["due_on"] - pd.Timedelta(days=remind_before))
    call = base.assign(step=CALL, on=base["due_on"] + pd.Timedelta(days=grace_days + 1))
    return pd.concat([reminder, call], ignore_index=True)


def _wishes(accounts: DataFrame, of: Series) -> tuple[Any, Any]:
    """Return for each task whether the account wants letters only, and whether its number is reassigned."""
    ids = column(accounts, "account_id", "account_id")
    unique(ids, "account_id")
    if lost := set(of) - set(ids):
        raise Unmeasurable(
            _(
                "{count} accounts with promises are missing from the accounts, such as {found}."
            ).format(count=len(lost), found=min(lost))
        )
    status = column(accounts, "number_status", "number_status")
    wants = column(accounts, "letters_only", "letters_only")
    for values in (status, wants):
        if len(values):
            complete(values, str(values.name))
    letters = Series(flags(wants, "letters_only") if len(wants) else [], ids, dtype="int64")
    elsewhere = Series((status != "own").to_numpy(), ids)
    return of.map(letters).eq(1).to_numpy(), of.map(elsewhere).eq(other=True).to_numpy()


def _disputed(complaints: DataFrame | None, today: Timestamp) -> Series:
    """Return the accounts whose balance is in dispute on a day."""
    if complaints is None or complaints.empty:
        return Series([], dtype="int64")
    received = column(complaints, "received_on", "received_on")
    answered = column(complaints, "answered_on", "answered_on")
    cause = column(complaints, "cause", "cause")
    opened = (received <= today) & (answered.isna() | (answered >= today))
    return column(complaints, "account_id", "account_id")[opened & (cause == DISPUTED)]


def _made(contact_log: DataFrame | None) -> Counter[tuple[Any, Timestamp]]:
    """Return how many calls and messages each account had on each day."""
    if contact_log is None or contact_log.empty:
        return Counter()
    spoken = (column(contact_log, "channel", "channel") != "letter").to_numpy()
    who = column(contact_log, "account_id", "account_id")[spoken].tolist()
    when = days(column(contact_log, "at", "at"), "at")[spoken]
    return Counter(zip(who, map(Timestamp, when), strict=True))


def _spread(tasks: DataFrame, made: Counter[tuple[Any, Timestamp]], most_a_day: int) -> DataFrame:
    """Move what is too much for a day to the next one."""
    tasks = tasks.sort_values(["on", "due_on", "promise_id", "step"], kind="stable")
    on, reason = tasks["on"].tolist(), tasks["reason"].tolist()
    spoken = (tasks["channel"] != "letter").tolist()
    rows = zip(tasks["account_id"], tasks["step"], tasks["due_on"], spoken, strict=True)
    for row, (account, step, due_on, counts) in enumerate(rows):
        if not counts or pd.isna(on[row]):
            continue
        while made[account, on[row]] >= most_a_day:
            on[row], reason[row] = on[row] + pd.Timedelta(days=1), MOVED
        if step == REMINDER and on[row] > due_on:
            on[row], reason[row] = pd.NaT, NO_TIME
        else:
            made[account, on[row]] += 1
    return tasks.assign(on=pd.to_datetime(Series(on, tasks.index)), reason=reason)
