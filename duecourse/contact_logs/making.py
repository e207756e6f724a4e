"""A contact log made column by column, in the order in which a day's work decides them."""

from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame

from duecourse.contact_logs.rates import Rates, Shares

FIRST_DAY: Final = np.datetime64("2024-07-01")
DAYS: Final = 730
"""July 2024 to June 2026."""
STANDARD: Final = np.datetime64("2025-02-28")
"""From this day on habits are milder: the first day of the national standard."""
LENDER: Final = tuple(f"L{number:02}" for number in range(1, 9))
AGENCY: Final = tuple(f"A{number:02}" for number in range(1, 7))
MACHINES: Final = ("L-auto", "A-auto")
"""Who sends messages, letters and announcements."""
_HABITS: Final = ("hours", "third", "words", "visits", "law")
_OPENS, _CLOSES = 8 * 60, 22 * 60
_LAWS: Final = {
    "old": ("合同法第二百零六条", "合同法", "《合同法》第一百零七条"),
    "other": ("劳动合同法",),
    "right": ("民法典第六百七十五条", "民法典", "《民法典》第五百七十九条"),
}
_Ints: TypeAlias = NDArray[np.int64]
_Bools: TypeAlias = NDArray[np.bool_]
_Floats: TypeAlias = NDArray[np.float64]


class Log:
    """A log while it is made, column by column."""

    def __init__(self, count: int, draw: np.random.Generator, p: Rates) -> None:
        self.count, self.draw, self.p = count, draw, p
        self.agents = np.array([*LENDER, *AGENCY, *MACHINES])
        self.habits = self._habits()
        self._when_and_whom()
        self._by_whom()
        self._how()
        self._hour()
        self._outcome()

    def chance(self, share: float | _Floats) -> _Bools:
        """Draw yes or no for every contact."""
        return self.draw.random(self.count) < share

    def habit(self, name: str, share: float) -> _Floats:
        """Return a rate for every contact by its agent's habits and its day."""
        trained = np.where(self.day >= STANDARD, self.p.after_standard, 1.0)
        found: _Floats = np.minimum(share * self.habits[name][self.agent] * trained, 0.95)
        return found

    def one_of(self, shares: Shares, size: int) -> NDArray[Any]:
        """Draw words by their shares."""
        edges = np.cumsum([*shares.values()])
        place = np.searchsorted(edges / edges[-1], self.draw.random(size), side="right")
        return np.array([*shares])[place]

    def _habits(self) -> dict[str, _Floats]:
        spread = self.p.habit_spread
        found = {}
        for name in _HABITS:
            own = self.draw.normal(size=len(self.agents))
            own = np.exp(spread * own - spread**2 / 2)
            own[-len(MACHINES) :] = 1.0
            found[name] = own
        return found

    def _when_and_whom(self) -> None:
        p, draw = self.p, self.draw
        debtors = max(1, round(self.count / p.contacts_per_debtor))
        sizes = np.arange(1, len(p.contacts_a_day) + 1)
        shares = np.array(p.contacts_a_day) / sum(p.contacts_a_day)
        # each of these days holds at least one contact, so there are enough of them
        block = np.repeat(np.arange(self.count), draw.choice(sizes, self.count, p=shares))
        block = block[: self.count]
        of_block = draw.integers(0, debtors, self.count)
        day_of_block = draw.integers(0, DAYS, self.count)
        self.debtor: _Ints = of_block[block]
        self.day = FIRST_DAY + day_of_block[block]
        self.in_block: _Ints = np.bincount(block, minlength=self.count)[block]
        two = draw.random(debtors) < p.second_account
        self.account = 10 * (self.debtor + 1) + 1 + (two[self.debtor] & self.chance(0.4))
        phones = draw.random(debtors) < p.second_number
        self.phone = (phones[self.debtor] & self.chance(0.4)).astype(np.int64)
        given = draw.random(debtors) < p.handed_over
        self.given_on = np.where(given, draw.integers(0, DAYS, debtors), DAYS)
        self.late_by_wish = draw.random(debtors) < p.agreed_nights

    def _by_whom(self) -> None:
        p, draw, debtors = self.p, self.draw, len(self.given_on)
        since = (self.day - FIRST_DAY).astype(np.int64) >= self.given_on[self.debtor]
        self.agency = since & ~self.chance(p.lender_after_hand_over)
        found = np.empty(self.count, dtype=np.int64)
        first = 0
        for names, mask in ((LENDER, ~self.agency), (AGENCY, self.agency)):
            work = draw.dirichlet(np.full(len(names), 12.0))
            home = draw.choice(len(names), debtors, p=work)[self.debtor]
            other = draw.choice(len(names), self.count, p=work)
            usual = self.chance(p.home_agent)
            found[mask] = first + np.where(usual, home, other)[mask]
            first += len(names)
        self.agent: _Ints = found

    def _how(self) -> None:
        p = self.p
        channel = self.one_of(p.channels, self.count)
        busy = (self.in_block >= 4) & self.chance(p.busy_day_calls)
        self.channel = np.where(busy, "call", channel)
        calls = self.channel == "call"
        self.machine = calls & self.chance(p.machine_call)
        self.talk = calls & ~self.machine
        self.visit = self.channel == "visit"
        self.third = self.talk & self.chance(self.habit("third", p.third_party))
        guarantor = self.talk & ~self.third & self.chance(p.guarantor)
        self.role = np.select(
            [self.third, guarantor, self.channel == "posting"],
            ["third_party", "guarantor", "unknown"],
            "debtor",
        )
        self.asked = self.third & self.chance(self.habit("third", p.asks_third_party))
        service = self.talk & (self.role == "debtor") & self.chance(p.service)
        written = self.machine | np.isin(self.channel, ["sms", "email", "letter"])
        self.purpose = np.select(
            [self.third & ~self.asked, service, written & self.chance(0.7)],
            ["locate", "service", "inform"],
            "collect",
        )
        automatic = written & (self.channel != "visit")
        self.agent = np.where(
            automatic, len(LENDER) + len(AGENCY) + self.agency.astype(np.int64), self.agent
        )

    def _hour(self) -> None:
        p, draw = self.p, self.draw
        span = draw.beta(1.6, 1.7, self.count) * (_CLOSES - _OPENS)
        self.minute = np.floor(_OPENS + span).astype(np.int64)
        wish = self.late_by_wish[self.debtor] & self.talk & ~self.third & self.chance(0.4)
        astray = (self.channel != "letter") & self.chance(self.habit("hours", p.night))
        before = _OPENS - 1 - np.floor(75 * draw.random(self.count) ** 1.5)
        after = _CLOSES + np.floor(100 * draw.random(self.count) ** 1.5)
        odd = np.where(self.chance(p.early) & ~wish, before, after).astype(np.int64)
        self.minute = np.where(wish | astray, odd, self.minute)
        # letters are booked when the print run ends, at night
        printed = draw.integers(2 * 60, 5 * 60, self.count)
        self.minute = np.where(self.channel == "letter", printed, self.minute)
        self.agreed = wish

    def _outcome(self) -> None:
        p, size = self.p, self.count
        sent = np.where(self.chance(p.undelivered), "undelivered", "delivered")
        self.outcome = np.select(
            [self.third, self.machine, self.talk, self.visit, self.channel == "posting"],
            [
                self.one_of(p.third_party_call, size),
                self.one_of(p.machine_outcome, size),
                self.one_of(p.debtor_call, size),
                self.one_of(p.visit_outcome, size),
                "delivered",
            ],
            sent,
        )
        answered = np.isin(self.outcome, ["right_party", "connected", "wrong_party", "refused"])
        self.spoken = answered & ~self.machine
        reached = answered | (self.outcome == "delivered")
        self.identified = reached & ~self.chance(self.habit("words", p.unidentified))
        stranger = self.spoken & (self.third | (self.outcome == "wrong_party"))
        self.disclosed = stranger & self.chance(self.habit("third", p.disclosure))
        self.unreachable = self.third & ~self.chance(self.habit("third", p.reachable))

    def table(self) -> DataFrame:
        """Return the log in the order of time."""
        numbers = 10 * self.debtor + np.where(self.third, 5, 0) + self.phone
        digits = np.char.zfill((numbers % 10**8).astype(str), 8)
        phone = np.char.add(np.char.add("000-", [one[:4] for one in digits]), "-")
        phone = np.char.add(phone, [one[4:] for one in digits])
        called = np.isin(self.channel, ["call", "sms"])
        cites, fact_on = self._laws()
        columns = {
            "at": (self.day + self.minute.astype("timedelta64[m]")).astype("datetime64[us]"),
            "debtor_id": self.debtor + 1,
            "account_id": self.account,
            "party": np.where(self.agency, "agency", "lender"),
            "agent": self.agents[self.agent],
            "channel": self.channel,
            "mode": np.where(self.talk | self.visit, "interactive", "notification"),
            "number": _texts(phone, called),
            "role": self.role,
            "purpose": self.purpose,
            "outcome": self.outcome,
            "identified": self.identified,
            "hours_agreed": self.agreed,
            "debtor_unreachable": self.unreachable,
            "disclosed": self.disclosed,
            "content": self._content(),
            "cites": cites,
            "fact_on": fact_on,
            **self._visits(),
        }
        found = DataFrame(columns).sort_values("at", kind="stable", ignore_index=True)
        found.insert(0, "event_id", np.arange(1, self.count + 1))
        return found

    def _content(self) -> Any:
        found = np.full(self.count, "", dtype=object)
        for label, share in self.p.labels.items():
            heard = self.spoken & self.chance(self.habit("words", share))
            found[heard] = [f"{one}; {label}" if one else label for one in found[heard]]
        return _texts(found, found != "")

    def _laws(self) -> tuple[Any, Any]:
        p, draw = self.p, self.draw
        letter = (self.channel == "letter") & (self.outcome == "delivered")
        cited = (self.spoken | letter) & ~self.third & self.chance(p.cites)
        old = self.chance(self.habit("law", p.old_law))
        kind = np.select([old, self.chance(p.other_law)], ["old", "other"], "right")
        text = np.full(self.count, "", dtype=object)
        for name, laws in _LAWS.items():
            rows = cited & (kind == name)
            text[rows] = draw.choice(laws, int(rows.sum()))
        past = np.datetime64("2018-01-01") + draw.integers(0, 1096, self.count)
        recent = self.day - draw.integers(1, 400, self.count)
        facts = np.where(self.chance(p.old_facts), past, recent)
        known = cited & ~self.chance(p.no_fact_day)
        days = np.where(known, facts, np.datetime64("NaT")).astype("datetime64[us]")
        return _texts(text, cited), days

    def _visits(self) -> dict[str, Any]:
        p = self.p
        alone = self.chance(self.habit("visits", p.alone))
        inside = (self.outcome == "right_party") & self.chance(p.entered)
        flags = {
            "recorded": ~self.chance(self.habit("visits", p.unrecorded)),
            "id_shown": ~self.chance(self.habit("visits", p.no_identity_card)),
            "entered": inside,
            "entry_consent": inside & self.chance(p.entry_consent),
        }
        staff = np.where(self.visit, np.where(alone, 1.0, 2.0), np.nan)
        only: dict[str, Any] = {
            name: pd.Series(flag).astype("boolean").where(self.visit)
            for name, flag in flags.items()
        }
        return {"staff": pd.array(staff, dtype="Int64"), **only}


def _texts(values: Any, where: _Bools) -> Any:
    """Return texts as pandas keeps them, missing where there is none."""
    return pd.Series(values).astype("str").where(where)
