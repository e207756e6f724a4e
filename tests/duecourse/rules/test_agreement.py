"""A contact judged alone and the same contact in an audited log: one verdict, one reason."""

from dataclasses import fields
from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duecourse.rules import Contact, allowed, audit
from duecourse.rules.book import entries
from duecourse.rules.columns import columns

TURNS = [
    date(2021, 1, 1),
    date(2021, 11, 30),
    date(2025, 2, 28),
    date(2026, 1, 30),
    date(2024, 2, 29),
]
OWN = {"at", "account_id", "debtor_id", "timezone", "number", "channel", "outcome", "cites"}
CITES = [None, "合同法", "民法典; 《中华人民共和国合同法》第八条", "劳动合同法"]
# of these a missing day says that it never came
NEVER = {"certified_on": date.min, "reviewed_on": date.min, "validation_sent_on": date.max}


def drawn(chance, name, near, on):
    """What a column may hold: often what a test looks for, sometimes anything, sometimes nothing."""
    column = columns()[name]
    if chance.random() < 0.1:
        return None
    if column.type == "flag":
        return chance.choice([True, False])
    if column.type == "day":
        return on + timedelta(
            chance.choice([-400, -366, -60, -30, -5, -1, 0, 1, 5, 6, 729, 730, 1096])
        )
    if column.type == "number":
        return chance.choice([1, 2, 3])
    words = sorted(column.words) if column.words else ["credit_card", "cash_loan"]
    word = chance.choice(near if near and chance.random() < 0.8 else words)
    return f"insult; {word}" if column.type == "labels" and chance.random() < 0.3 else word


@st.composite
def logs(draw, jurisdiction):
    """A dense log around a day on which rules change, made for a few of the tests."""
    chance = draw(st.randoms(use_true_random=False))
    every = [one for entry in entries(jurisdiction) for v in entry.versions for one in v.tests]
    theme = chance.sample([one for one in every if one.of == "contacts"], 4)
    near = {}
    for test in theme:
        for name, match in {**test.when, **test.unless}.items():
            near.setdefault(name, []).extend([] if isinstance(match, bool) else match)
    wanted = {name for test in theme for name in (*test.columns, *test.assume)}
    names = (wanted | {"role", "purpose"}) - OWN - {"refused_before"}
    on = chance.choice(TURNS) + timedelta(chance.randint(-2, 2))
    rows = []
    for _row in range(chance.randint(1, 24)):
        day = on + timedelta(chance.choice([0, 0, 0, 1, 6, 7]))
        minute = chance.choice([0, 479, 480, 600, 601, 602, 1260, 1261, 1319, 1320])
        row = {
            "at": datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute),
            "account_id": chance.choice(["甲", "甲", "乙"]),
            "debtor_id": chance.choice([None, "丙"]),
            "number": chance.choice([None, "000-0000-0101", "000-0000-0101", "000-0000-0102"]),
            "cites": chance.choice(CITES),
            **{name: drawn(chance, name, near.get(name), day) for name in sorted(names)},
        }
        for name in ("channel", "outcome"):
            row[name] = drawn(chance, name, near.get(name), day) or columns_first(name)
        rows.append(row)
    return rows


def columns_first(name):
    return next(iter(columns()[name].words))


def log_of(rows):
    log = pd.DataFrame(rows)
    for name in log.columns:
        if name in columns() and columns()[name].type in {"day", "time"}:
            log[name] = pd.to_datetime(log[name])
    return log


def contacts_of(rows):
    def known(name, value):
        return NEVER[name] if value is None and name in NEVER else value

    return [Contact(**{name: known(name, value) for name, value in row.items()}) for row in rows]


@pytest.mark.parametrize("jurisdiction", ["CN", "US", "UK"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_contact_alone_and_in_a_log_gets_the_same_findings(jurisdiction, data):
    rows = data.draw(logs(jurisdiction))
    found = audit(log_of(rows), jurisdiction)
    tested = set(zip(found.tested["rule"], found.tested["test"], strict=True))
    order = sorted(range(len(rows)), key=lambda place: rows[place]["at"])
    contacts = contacts_of(rows)
    for nth, place in enumerate(order):
        verdict = allowed(contacts[place], [contacts[one] for one in order[:nth]], jurisdiction)
        alone = {
            (one.rule, one.test, one.why, one.severity, one.provisional)
            for one in (*verdict.breaches, *verdict.advice)
            if (one.rule, one.test) in tested
        }
        together = found[found["event_id"] == place]
        assert alone == set(
            together[["rule", "test", "why", "severity", "provisional"]].itertuples(
                index=False, name=None
            )
        )


def test_a_contact_knows_every_column_of_a_test_on_contacts():
    known = {one.name for one in fields(Contact)} | {"posted", "refused_before"}
    for entry in entries():
        for version in entry.versions:
            for test in version.tests:
                if test.of == "contacts":
                    assert set(test.columns) <= known
    assert known - {"refused_before"} <= columns().keys()
