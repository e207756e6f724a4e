"""Who can be reached lawfully: 可联, 半失联, 失联, from the contact log.

Only what was done towards the debtor's own number, letter box and within the permitted hours counts.
Somebody else's telephone is no way to reach a debtor, however often it is answered.
"""

from typing import Final

import numpy as np
from pandas import DataFrame, Series, Timedelta, Timestamp

from duecourse.columns import Unmeasurable, column
from duecourse.days import Day, day
from duecourse.language import _
from duecourse.treatments import once

REACH: Final = ("reachable", "partly", "lost", "unknown")
"""states of `reach`, the best first"""
HOURS: Final = (8, 22)
"""calls and messages from the first hour until before the second (CN-05, provisional: GB/T 45251-2025 and the
guideline of 2026, read in secondary reports)"""


def lawful_contacts(
    contact_log: DataFrame, accounts: DataFrame, as_of: Day, days: int = 90
) -> DataFrame:
    """Return the contacts of the last days that went to the debtor and were within the rules.

    Left out are third persons (CN-07, CN-08), numbers that are now somebody else's, calls and messages between
    22:00 and 08:00 (CN-05) or to somebody who asked for letters only (CN-22), and what came later.

    Args:
        contact_log: columns `account_id`, `at` (local time), `channel`, `role`, `outcome`.
        accounts: columns `account_id`, `number_status`, `letters_only`; contacts of other accounts are left out.
        as_of: the last day that counts.
        days: how many days count, that one included.

    Returns:
        columns `account_id`, `at`, `channel`, `outcome`, in the order of the log.
    """
    if days < 1:
        raise Unmeasurable(_("'{name}' must be above 0.").format(name="days"))
    names = ("account_id", "at", "channel", "role", "outcome")
    log = DataFrame({name: column(contact_log, name, name) for name in names})
    people = _people(accounts)
    end = Timestamp(day(as_of, "as_of")) + Timedelta(days=1)
    when, hour = log["at"], log["at"].dt.hour
    here = people.reindex(log["account_id"]).reset_index(drop=True)
    known = log["account_id"].isin(people.index)
    by_letter = log["channel"].eq("letter")
    open_line = ~here["number_status"].eq("reassigned") & ~here["letters_only"].eq(True)
    kept = (
        known
        & log["role"].eq("debtor")
        & (when >= end - Timedelta(days=days))
        & (when < end)
        & (by_letter | (open_line & (hour >= HOURS[0]) & (hour < HOURS[1])))
    )
    contacts: DataFrame = log.loc[kept, ["account_id", "at", "channel", "outcome"]]
    return contacts.reset_index(drop=True)


def reach(
    contact_log: DataFrame,
    accounts: DataFrame,
    as_of: Day,
    days: int = 90,
    tries: int = 3,
) -> Series:
    """Return how well every account can be reached lawfully, by account_id.

    reachable (可联): a conversation with the debtor; for those who asked for letters only, a letter that arrived.
    partly (半失联): no conversation, but a letter or message arrived, or a voicemail was left.
    lost (失联): nothing arrived although it was tried on `tries` days, or the number is now somebody else's.
    unknown: too little was tried to tell. Whoever was not called is not lost.

    Args:
        contact_log: as in `lawful_contacts`.
        accounts: as in `lawful_contacts`; one row per account.
        as_of: the last day that counts.
        days: how many days count.
        tries: failed days that make an account lost. Three days of failure are a condition of CN-08
            (provisional: guideline of 2026, read in secondary reports).

    Returns:
        one state per account, in the order of `accounts`.
    """
    people = _people(accounts)
    contacts = lawful_contacts(contact_log, accounts, as_of, days)
    channel, outcome = contacts["channel"], contacts["outcome"]
    arrived = outcome.isin(["delivered", "voicemail"]) & channel.isin(["letter", "sms", "call"])
    talked = channel.eq("call") & outcome.eq("right_party")
    letter = channel.eq("letter") & outcome.eq("delivered")
    days_tried = contacts.assign(day=contacts["at"].dt.normalize()).groupby("account_id")["day"]
    failed = days_tried.nunique().reindex(people.index, fill_value=0) >= tries
    had = {
        name: people.index.isin(contacts.loc[mask, "account_id"])
        for name, mask in (("talked", talked), ("letter", letter), ("arrived", arrived))
    }
    by_letter = people["letters_only"].eq(True).to_numpy()
    somebody_elses = people["number_status"].eq("reassigned").to_numpy()
    states = np.select(
        [
            had["talked"] | (had["letter"] & by_letter),
            had["arrived"],
            failed.to_numpy() | (somebody_elses & ~by_letter),
        ],
        list(REACH[:3]),
        REACH[3],
    )
    return Series(states, index=people.index, name="reach", dtype=object)


def _people(accounts: DataFrame) -> DataFrame:
    names = ("account_id", "number_status", "letters_only")
    people = DataFrame({name: column(accounts, name, name) for name in names})
    once(people["account_id"], "accounts")
    return people.set_index("account_id")
