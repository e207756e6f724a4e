"""A contact judged alone and the same contact in an audited log: one verdict, one reason."""

from dataclasses import fields
from datetime import date, datetime, timedelta
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duecourse.rules import Contact, allowed, audit
from duecourse.rules.book import entries
from duecourse.rules.columns import columns

OWN = {"at", "account_id", "debtor_id", "timezone", "number", "channel", "outcome", "cites"}
CITES = [None, "合同法", "民法典; 《中华人民共和国合同法》第八条", "劳动合同法"]
# of these a missing day says that it never came
NEVER = {"certified_on": date.min, "reviewed_on": date.min, "validation_sent_on": date.max}


def held(chance, name, test, on):
    """What a column may hold: most of the time what the test looks for, sometimes nothing."""
    column = columns()[name]
    if name in test.when and chance.random() < 0.85:
        match = test.when[name]
        return match if isinstance(match, bool) else chance.choice(match)
    if chance.random() < (0.6 if name in test.unless else 0.15):
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
    return "; ".join(chance.sample(words, 2)) if column.type == "labels" else chance.choice(words)


@st.composite
def logs(draw, version, test):
    """A dense log around the first day of a test, with the columns of a few others beside its own."""
    chance = Random(draw(st.integers(0, 2**32)))
    others = chance.sample(
        [one for entry in entries() for v in entry.versions for one in v.tests], 2
    )
    wanted = {name for one in (test, *others) for name in (*one.columns, *one.assume)}
    names = (wanted | {"role", "purpose"}) & {one.name for one in fields(Contact)} - OWN
    on = version.start + timedelta(chance.randint(-1, 2))
    rows, runs, crowd = [], chance.choice([0, 0.5, 0.9]), chance.choice([[1], [1, 2, 3]])
    for _row in range(chance.randint(1, 24)):
        day = on + timedelta(chance.choice([0, 0, 0, 1, 6, 7]))
        minute = chance.choice([0, 479, 480, 600, 601, 602, 1260, 1261, 1319, 1320])
        row = {
            "at": datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute),
            "account_id": f"账户{chance.choice(crowd)}",
            "debtor_id": chance.choice([None, "丙"]),
            "number": f"000-0000-010{chance.choice(crowd)}" if chance.random() < 0.9 else None,
            "cites": chance.choice(CITES),
            "channel": held(chance, "channel", test, day) or "call",
            "outcome": held(chance, "outcome", test, day) or "no_answer",
            **{name: held(chance, name, test, day) for name in sorted(names)},
        }
        # calls come in runs of the same kind
        rows.append(rows[-1] | {"at": row["at"]} if rows and chance.random() < runs else row)
    return rows


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


def every_test():
    return [
        pytest.param(
            entry.jurisdiction, version, test, id=f"{entry.id}-{version.start}-{test.name}"
        )
        for entry in entries()
        for version in entry.versions
        for test in version.tests
        if test.of == "contacts"
    ]


@pytest.mark.parametrize(("jurisdiction", "version", "test"), every_test())
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_a_contact_alone_and_in_a_log_gets_the_same_findings(jurisdiction, version, test, data):
    rows = data.draw(logs(version, test))
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
