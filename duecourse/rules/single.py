"""The tests of the rules carried out on one contact, each kind in its own way."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from duecourse.language import pick
from duecourse.rules.columns import labels
from duecourse.rules.contact import Contact
from duecourse.rules.kinds import (
    After,
    AnyTest,
    Cited,
    Complete,
    Conditions,
    DayOff,
    First,
    Hours,
    Limit,
    Number,
    Period,
    Test,
)
from duecourse.rules.models import Law
from duecourse.rules.periods import months_later
from duecourse.rules.statements import named, shown
from duecourse.rules.wording import fields


@dataclass(frozen=True)
class Judgement:
    """What a test finds on one contact.

    Attributes:
        breach: whether it finds a breach.
        missing: what it needs and does not know, where that decides.
        figures: what its reason names.
    """

    breach: bool
    missing: tuple[str, ...] = ()
    figures: dict[str, Any] = field(default_factory=dict)


def judge(
    test: AnyTest, contact: Contact, past: Sequence[Contact], laws: Mapping[str, Law]
) -> Judgement:
    """Return what a test finds on a contact.

    Args:
        test: a test on contacts.
        contact: the contact, at the debtor's own time.
        past: the contacts before it, in their order.
        laws: the laws of the jurisdiction, by id.
    """
    states = {name: _holds(contact, name, test.when, test, past, True) for name in test.when}
    excuses = [_holds(contact, name, test.unless, test, past) for name in test.unless]
    if False in states.values() or True in excuses:
        return Judgement(breach=False)
    unknown = tuple(name for name, state in states.items() if state is None)
    bad, lacking, figures = _asked(test, contact, past, laws)
    if lacking or unknown:
        return Judgement(breach=False, missing=(*unknown, *lacking) if bad or lacking else ())
    if not bad:
        return Judgement(breach=False)
    every = {
        "at": contact.at.time(),
        "day": contact.at.date(),
        "number": contact.number,
        "labels": shown(test, contact.content),
        **figures,
    }
    return Judgement(breach=True, figures={name: every[name] for name in fields(test)})


def _holds(
    contact: Contact,
    name: str,
    conditions: Conditions,
    test: Test,
    past: Sequence[Contact],
    planned: bool = False,
) -> bool | None:
    """Return whether a condition holds; None where that is not known.

    Of a planned contact the outcome is not known; what it may turn out to be counts then.
    """
    match, value = conditions[name], _value(contact, name, past)
    if value is None:
        value = test.assume.get(name)
    if isinstance(match, bool):
        return None if value is None else value == match
    if name == "content":
        return bool(labels(value or "") & set(match))
    if value is None:
        return True if planned and name == "outcome" else None
    return value in match


def _value(contact: Contact, name: str, past: Sequence[Contact]) -> Any:
    """Return what is known of a contact, worked out where that can be."""
    if name == "posted":
        return contact.channel == "posting" or bool(contact.posted)
    if name != "refused_before":
        return getattr(contact, name)
    mine = (contact.account_id, contact.number)
    third = contact.role == "third_party" and contact.number is not None
    return bool(contact.opted_out) or any(
        third
        and one.role == "third_party"
        and one.outcome == "refused"
        and (one.account_id, one.number) == mine
        for one in past
    )


def _meets(
    contact: Contact,
    conditions: Conditions,
    test: Test,
    past: Sequence[Contact],
    planned: bool = False,
) -> bool:
    """Return whether all conditions are known to hold."""
    return all(_holds(contact, name, conditions, test, past, planned) for name in conditions)


def _sure(contact: Contact, test: Test) -> bool:
    """Return whether a test is known to be about an earlier contact."""
    excused = any(_holds(contact, name, test.unless, test, ()) for name in test.unless)
    return not excused and _meets(contact, test.when, test, ())


def _key(contact: Contact, by: Sequence[str], test: Test) -> tuple[Hashable, ...] | None:
    """Return the group of a contact; None where a part of it is missing."""
    parts: list[Hashable] = []
    for name in by:
        match name:
            case "account":
                parts.append(contact.account_id)
            case "debtor":
                alone = contact.debtor_id is None
                parts.append((alone, contact.account_id if alone else contact.debtor_id))
            case _:
                value = getattr(contact, name)
                parts.append(test.assume.get(name) if value is None else value)
                if parts[-1] is None:
                    return None
    return tuple(parts)


def _group(
    contact: Contact, by: Sequence[str], test: Test, past: Sequence[Contact]
) -> list[Contact]:
    """Return the earlier contacts of the same group."""
    mine = _key(contact, by, test)
    return [] if mine is None else [one for one in past if _key(one, by, test) == mine]


def _leads(
    contact: Contact,
    by: Sequence[str],
    among: Conditions,
    test: Test,
    past: Sequence[Contact],
) -> bool:
    """Return whether a contact is the first of its group among some."""
    if _key(contact, by, test) is None or not _meets(contact, among, test, past, planned=True):
        return False
    return not any(_meets(one, among, test, ()) for one in _group(contact, by, test, past))


def _asked(
    test: AnyTest, contact: Contact, past: Sequence[Contact], laws: Mapping[str, Law]
) -> tuple[bool, tuple[str, ...], dict[str, Any]]:
    """Return what the kind of a test asks of the figures: broken or not, what is missing, figures."""
    match test:
        case Hours():
            return _hours(test, contact)
        case Limit():
            return _limit(test, contact, past)
        case After():
            return _after(test, contact, past)
        case First():
            return _leads(contact, test.by, test.among, test, past), (), {}
        case Complete():
            lacks = tuple(name for name in test.flags if getattr(contact, name) is False)
            unknown = tuple(name for name in test.flags if getattr(contact, name) is None)
            return bool(lacks), () if lacks else unknown, {"missing": lacks}
        case DayOff():
            return _day(test, contact, past)
        case Period():
            return _period(test, contact)
        case Number():
            return _number(test, contact)
        case Cited():
            return _cited(test, contact, laws)
    return True, (), {}


_Asked = tuple[bool, tuple[str, ...], dict[str, Any]]


def _hours(test: Hours, contact: Contact) -> _Asked:
    clock = contact.at.time().replace(second=0, microsecond=0)
    late = clock >= test.before if test.before else clock > test.closes
    return clock < test.opens or late, (), {"opens": test.opens, "closes": test.closes}


def _limit(test: Limit, contact: Contact, past: Sequence[Contact]) -> _Asked:
    if _key(contact, test.by, test) is None:
        return False, (), {}
    on = contact.at.date()
    since = date.min if test.days is None else on - timedelta(days=test.days - 1)
    group = (one for one in _group(contact, test.by, test, past) if one.at.date() >= since)
    count = 1 + sum(_sure(one, test) for one in group)
    return count > test.most, (), {"count": count, "most": test.most}


def _after(test: After, contact: Contact, past: Sequence[Contact]) -> _Asked:
    group = _group(contact, test.by, test, past)
    marked = [one.at.date() for one in group if _meets(one, test.earlier, test, ())]
    if not marked:
        return False, (), {}
    free = marked[-1] + timedelta(days=test.days)
    return contact.at.date() < free, (), {"earlier": marked[-1], "free": free}


def _day(test: DayOff, contact: Contact, past: Sequence[Contact]) -> _Asked:
    if test.first_of and not _leads(contact, ("account",), test.first_of, test, past):
        return False, (), {}
    found, on = getattr(contact, test.column), contact.at.date()
    if found is None:
        return False, (test.column,), {}
    away = (found - on).days
    wrong = (test.low is not None and away < test.low) or (
        test.high is not None and away > test.high
    )
    if test.years is not None:
        wrong = wrong or found < months_later(on, 12 * test.years)
    return wrong, (), {"value": found, "low": abs(test.low or 0), "high": test.high}


def _period(test: Period, contact: Contact) -> _Asked:
    begins, on = getattr(contact, test.begins), contact.at.date()
    if begins is None:
        return False, (), {}
    last = date.max if test.days is None else begins + timedelta(days=test.days - 1)
    ends = getattr(contact, test.before or test.through or "", None)
    if ends is not None:
        last = ends - timedelta(days=1) if test.before else ends
    return begins <= on <= last, (), {"begins": begins, "last": last}


def _number(test: Number, contact: Contact) -> _Asked:
    found = getattr(contact, test.column)
    high = getattr(contact, test.other) if test.other else test.high
    lacking = [test.column] if found is None else []
    lacking += [test.other] if test.other and high is None else []
    if lacking:
        return False, tuple(lacking), {}
    low = test.low
    wrong = (high is not None and found > high) or (low is not None and found < low)
    return wrong, (), {"value": found, "high": high, "low": low}


def _cited(test: Cited, contact: Contact, laws: Mapping[str, Law]) -> _Asked:
    facts = getattr(contact, test.facts_on) or contact.at.date()
    for law in (laws[name] for name in test.laws):
        if law.end and facts > law.end and named(contact.cites or "", law):
            return True, (), {"day": facts, "law": pick(law.name), "ended": law.end}
    return False, (), {}
