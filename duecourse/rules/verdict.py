"""A single contact judged without tables: may it be made, and if not, when?

The same tests as in `duecourse.rules.auditing`, for one contact with what came before it. Needs no
pandas, so that a dialogue can ask it in a browser.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from duecourse.language import _, pick, tag
from duecourse.rules.book import rules
from duecourse.rules.clock import local
from duecourse.rules.columns import meaning
from duecourse.rules.contact import Contact
from duecourse.rules.kinds import After, AnyTest, Conditions, DayOff, Hours, Limit, Period, Severity
from duecourse.rules.shelf import book
from duecourse.rules.single import judge
from duecourse.rules.standing import Rule
from duecourse.rules.wording import listed, said

_WITH_TIME: Final = (Hours, Limit, After, Period, DayOff)
"""The kinds of tests that waiting can help."""
_FARTHEST: Final = 400
"""Days that are searched for the next lawful moment."""


@dataclass(frozen=True)
class Breach:
    """A rule that a contact would break.

    Attributes:
        rule: id of the rule.
        test: name of the test that shows it.
        why: the reason, with its figures.
        severity: how much it weighs; `advisory` breaks no duty.
        provisional: the rule's own text is still to be read and checked.
    """

    rule: str
    test: str
    why: str
    severity: Severity
    provisional: bool

    def __str__(self) -> str:
        """Return rule and reason."""
        text = _("{rule} (provisional): {why}") if self.provisional else _("{rule}: {why}")
        return text.format(rule=self.rule, why=self.why)


@dataclass(frozen=True)
class Open:
    """A rule that cannot be judged, since something is not known of the contact.

    Attributes:
        rule: id of the rule.
        missing: the columns that are not known.
    """

    rule: str
    missing: tuple[str, ...]

    def __str__(self) -> str:
        """Return the rule, and what it depends on."""
        names = listed([meaning(name) for name in self.missing])
        return _("{rule} depends on: {columns}").format(rule=self.rule, columns=names)


@dataclass(frozen=True)
class Verdict:
    """Whether a contact may be made.

    Attributes:
        allowed: it breaks no duty; advice alone forbids nothing.
        breaches: the duties that it would break.
        advice: what it should better keep to.
        open: what cannot be judged without knowing more.
        next_lawful: the first moment from then on at which it breaks no duty; None where waiting
            does not help.
        note: why none of the rules binds the contact, where that is so.
    """

    allowed: bool
    breaches: tuple[Breach, ...]
    advice: tuple[Breach, ...]
    open: tuple[Open, ...]
    next_lawful: datetime | None
    note: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that would be broken."""
        return tuple(dict.fromkeys(one.rule for one in self.breaches))

    @property
    def lines(self) -> list[str]:
        """Everything there is to say, one line each."""
        found = [_("Allowed.") if self.allowed else _("Not allowed.")]
        found += [self.note] if self.note else []
        found += [str(one) for one in self.breaches]
        found += [_("Advice: {reason}").format(reason=one) for one in self.advice]
        if not self.allowed and self.next_lawful:
            moment = f"{self.next_lawful:%Y-%m-%d %H:%M}"
            found.append(_("The next lawful moment is {moment}.").format(moment=moment))
        elif not self.allowed:
            found.append(_("Waiting does not help: the contact itself has to change."))
        return found + [str(one) for one in self.open]

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        """Return all lines."""
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        """Return the verdict for notebooks and reports."""
        first, *rest = (html.escape(line) for line in self.lines)
        items = "".join(f"<li>{line}</li>" for line in rest)
        return f'<div lang="{tag()}"><strong>{first}</strong><ul>{items}</ul></div>'


def allowed(contact: Contact, history: Iterable[Contact] = (), jurisdiction: str = "CN") -> Verdict:
    """Return whether a contact may be made, by the rules in force at its own moment.

    Args:
        contact: the contact, planned or made. Of a planned one the outcome is not known; then it is
            judged as it may turn out: a call that may be the fourth to connect is not allowed.
        history: earlier contacts, in any order; at the same moment they count as earlier. Later
            ones are left out.
        jurisdiction: CN, US or UK.

    Returns:
        the verdict: duties and advice apart, and the next lawful moment.

    Raises:
        UnknownRule: there are no rules for the jurisdiction.
        DuecourseError: the moment is in universal time, and the debtor's time zone is not known.
    """
    at, there = local(contact.at, jurisdiction, contact.timezone)
    known = (_here(one, jurisdiction) for one in history)
    past = sorted((one for one in known if one.at <= at), key=lambda one: one.at)
    here = _here(contact, jurisdiction)
    found: list[Breach] = []
    unknown: dict[str, dict[str, None]] = {}
    waiting = True
    for rule, test in _tests(jurisdiction, at.date()):
        judgement = judge(test, here, past, book(jurisdiction).laws)
        if judgement.breach:
            found.append(_breach(rule, test, judgement.figures))
            helps = isinstance(test, _WITH_TIME) and not (isinstance(test, Limit) and not test.days)
            waiting = waiting and (helps or rule.severity_of(test) == "advisory")
        elif judgement.missing:
            unknown.setdefault(rule.id, {}).update(dict.fromkeys(judgement.missing))
    for one in found:
        unknown.pop(one.rule, None)
    duties = tuple(one for one in found if one.severity != "advisory")
    moment: datetime | None = contact.at
    if duties:
        moment = _next(here, past, jurisdiction) if waiting else None
        moment = moment and moment.replace(tzinfo=there)
    advice = tuple(one for one in found if one.severity == "advisory")
    undecided = tuple(Open(name, tuple(missing)) for name, missing in unknown.items())
    note = _outside(here, jurisdiction)
    return Verdict(not duties, duties, advice, undecided, moment, note)


def _outside(contact: Contact, jurisdiction: str) -> str:
    """Return why none of the rules binds a contact; empty where they do."""
    everywhere = book(jurisdiction).everywhere
    free = any(getattr(contact, name) in words for name, words in _words(everywhere.unless))
    return pick(everywhere.why) if free and everywhere.why else ""


def _words(conditions: Conditions) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, match in conditions.items():
        if isinstance(match, tuple):
            yield name, match


def _here(contact: Contact, jurisdiction: str) -> Contact:
    """Return a contact at the debtor's own time."""
    if contact.at.tzinfo is None:
        return contact
    return replace(contact, at=local(contact.at, jurisdiction, contact.timezone)[0])


def _breach(rule: Rule, test: AnyTest, figures: dict[str, object]) -> Breach:
    return Breach(
        rule.id,
        test.name,
        said(test, figures),
        rule.severity_of(test),
        rule.provisional_by(test),
    )


def _tests(jurisdiction: str, on: date) -> Iterator[tuple[Rule, AnyTest]]:
    """Yield the tests on contacts in force on a day, with their rules."""
    for rule in rules(jurisdiction, on):
        for test in rule.tests:
            if test.of == "contacts":
                yield rule, test


def _next(contact: Contact, past: Sequence[Contact], jurisdiction: str) -> datetime | None:
    """Return the first moment after the contact's at which it breaks no duty."""
    for moment in _moments(contact.at, jurisdiction):
        later = replace(contact, at=moment)
        duties = (
            test
            for rule, test in _tests(jurisdiction, moment.date())
            if rule.severity_of(test) != "advisory"
        )
        laws = book(jurisdiction).laws
        if not any(judge(test, later, past, laws).breach for test in duties):
            return moment
    return None


def _moments(at: datetime, jurisdiction: str) -> Iterator[datetime]:
    """Yield the moments worth trying: when hours open, or the same time on the days that follow."""
    for days in range(_FARTHEST):
        on = at.date() + timedelta(days=days)
        opens = [test.opens for _rule, test in _tests(jurisdiction, on) if isinstance(test, Hours)]
        moment = datetime.combine(on, max(opens, default=at.time()))
        if moment > at:
            yield moment
