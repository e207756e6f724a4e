"""A contact that is still to be made, put together by hand: may it be made, and if not, when?"""

import html
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import ipywidgets as widgets

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.panels.contacts import day_html, verdict_html
from duecourse.rules.book import rules
from duecourse.rules.columns import columns
from duecourse.rules.contact import Contact
from duecourse.rules.kinds import AnyTest
from duecourse.rules.verdict import Verdict, allowed
from duecourse.tasks import did_you_mean
from duecourse.widgets.explorer import Explorer
from duecourse.widgets.looks import dressed, look
from duecourse.widgets.questions import (
    UNKNOWN,
    choice,
    count,
    days_ago,
    field,
    put,
    shown,
    value_of,
    words,
)

_CHOSEN: Final = ("channel", "role", "purpose", "party")
"""What is always asked; the rest is asked for when it matters."""
_GIVEN: Final = {*_CHOSEN, "outcome", "mode", "number", "posted"}
_ACCOUNT, _NUMBER = 1, "000-0000-0101"


class ContactChecker(Explorer):
    """A contact by its day, hour, person, channel and history, over what the rules say to it.

    Everything can also be set and read from code: `checker.fill(role="third_party")`,
    `checker.at = datetime(2026, 3, 31, 21, 30)`, `checker.verdict`. What else the verdict depends on
    is asked for as soon as it matters.

    Args:
        jurisdiction: CN, US or UK.
        at: when the contact is to be made, at the debtor's own time; today at half past seven in the
            evening by default.
        known: anything else that is known at first, as in `rules.Contact`.

    Raises:
        DuecourseError: a contact has no such property, or it cannot be this.
    """

    def __init__(self, jurisdiction: str = "CN", at: datetime | None = None, **known: Any) -> None:
        self._quiet = True
        at = at or datetime.combine(datetime.now().astimezone().date(), time(19, 30))
        self._at = at
        self.jurisdiction = choice(
            _("Jurisdiction"),
            [(_("China"), "CN"), (_("United States"), "US"), (_("United Kingdom"), "UK")],
            jurisdiction,
        )
        self.day = widgets.DatePicker(description=_("Day"), value=at.date())
        self.clock = widgets.TimePicker(description=_("Time"), value=at.time())
        names = {
            "channel": _("How"),
            "role": _("With whom"),
            "purpose": _("What for"),
            "party": _("On behalf of"),
        }
        self.fields: dict[str, Any] = {
            name: words(name, title, name != "channel") for name, title in names.items()
        }
        self.fields |= {name: field(name) for name in _asked()}
        self._start()
        self.connected = count(_("Conversations today, before this call"))
        self.attempts = count(_("Unanswered calls today to this number"))
        self.calls = count(_("Unanswered calls in the six days before"))
        self.spoken = choice(_("Last conversation"), days_ago(), UNKNOWN)
        self._strip, self._verdict = widgets.HTML(), widgets.HTML()
        self._asking = widgets.HTML(f"<h4>{_('What else matters here')}</h4>")
        controls = [self.jurisdiction, self.day, self.clock, *self.fields.values()]
        controls += [self.connected, self.attempts, self.calls, self.spoken]
        self.jurisdiction.observe(self._move, "value")
        for control in controls:
            control.observe(self._show, "value")
        super().__init__(self._parts())
        dressed(self, "checker")
        self.fill(**known)

    @property
    def at(self) -> datetime:
        """When the contact is to be made; set it and the controls follow."""
        # a field that is being typed in may be empty for a moment
        return datetime.combine(
            self.day.value or self._at.date(), self.clock.value or self._at.time()
        )

    @at.setter
    def at(self, at: datetime) -> None:
        self._quiet, self._at = True, at
        self.day.value, self.clock.value = at.date(), at.time()
        self._quiet = False
        self._show()

    def fill(self, **known: Any) -> None:
        """Set properties of the contact, as in `rules.Contact`; None is not known.

        Raises:
            DuecourseError: a contact has no such property, or it cannot be this.
        """
        for name in known:
            if name not in self.fields:
                text = _("The checker does not ask for '{name}'.").format(name=name)
                raise DuecourseError(text + did_you_mean(name, list(self.fields)))
        self._quiet = True
        try:
            for name, value in known.items():
                put(name, self.fields[name], value)
        finally:
            self._quiet = False
            self._show()

    @property
    def contact(self) -> Contact:
        """The contact that is judged."""
        said = {name: value_of(control) for name, control in self.fields.items()}
        return Contact(at=self.at, account_id=_ACCOUNT, number=_NUMBER, **said)

    @property
    def history(self) -> list[Contact]:
        """The contacts before it that count, as the numbers say."""
        at = self.at
        found = [_past(at, "right_party")] * self.connected.value
        found += [_past(at, "no_answer")] * self.attempts.value
        if self.jurisdiction.value == "US":
            days = (1 + place % 6 for place in range(self.calls.value))
            found = [_past(at - timedelta(days=back), "no_answer") for back in days]
            if self.spoken.value != UNKNOWN:
                found.append(_past(at - timedelta(days=self.spoken.value), "right_party"))
        return found

    @property
    def verdict(self) -> Verdict:
        """Whether the contact may be made, by which rules, and when it may."""
        return allowed(self.contact, self.history, self.jurisdiction.value)

    def still(self) -> str:
        """Return the contact and the verdict as HTML."""
        known = (
            f"<li>{html.escape(f'{control.description}: {shown(name, control)}')}</li>"
            for name, control in self.fields.items()
            if value_of(control) is not None
        )
        when = f"<p><strong>{self.jurisdiction.value} · {self.at:%Y-%m-%d %H:%M}</strong></p>"
        return f"{when}<ul>{''.join(known)}</ul>{self._verdict.value}"

    def _parts(self) -> list[Any]:
        basic = [self.jurisdiction, self.day, self.clock, *(self.fields[one] for one in _CHOSEN)]
        past = [self.connected, self.attempts, self.calls, self.spoken]
        others = [control for name, control in self.fields.items() if name not in _CHOSEN]
        asked = widgets.VBox(
            [
                widgets.HTML(f"<h4>{_('The contact')}</h4>"),
                _grid(basic),
                widgets.HTML(f"<h4>{_('What went before')}</h4>"),
                _grid(past),
                self._asking,
                _grid(others),
            ]
        )
        answered = widgets.VBox([self._strip, self._verdict])
        sides = widgets.HBox([asked, answered])
        sides.add_class("dc-sides")
        title = widgets.HTML(f"<h3>{_('May this contact be made?')}</h3>")
        return [look(), title, sides]

    def _start(self) -> None:
        usual = {"channel": "call", "role": "debtor", "purpose": "collect"}
        for name, value in usual.items():
            self.fields[name].value = value
        self._move()

    def _move(self, _change: object = None) -> None:
        # The American rules bind third-party collectors, hardly the lender itself.
        self.fields["party"].value = "agency" if self.jurisdiction.value == "US" else "lender"

    def _show(self, _change: object = None) -> None:
        if self._quiet:
            return
        self._at = self.at
        verdict, contact, where = self.verdict, self.contact, self.jurisdiction.value
        self._strip.value = day_html(contact, where)
        self._verdict.value = verdict_html(verdict, contact)
        american, chinese = where == "US", where == "CN"
        for control, there in (
            (self.connected, chinese),
            (self.attempts, chinese),
            (self.calls, american),
            (self.spoken, american),
        ):
            _appear(control, there)
        asked = self._matters(verdict)
        for name, control in self.fields.items():
            if name not in _CHOSEN:
                _appear(control, name in asked or value_of(control) is not None)
        _appear(self._asking, bool(asked))

    def _matters(self, verdict: Verdict) -> set[str]:
        """Return what the verdict depends on: what is not known, and what would excuse a breach."""
        found = {name for one in verdict.open for name in one.missing}
        broken = {(one.rule, one.test) for one in (*verdict.breaches, *verdict.advice)}
        for name, test in _tests(self.jurisdiction.value, self.at.date()):
            if (name, test.name) in broken:
                found |= {*test.when, *test.unless}
        # what is said can break a rule in any contact, and a refusal in any with somebody else
        found.add("content")
        if self.fields["role"].value == "third_party":
            found.add("opted_out")
        return (found - _GIVEN) & self.fields.keys()


def _tests(jurisdiction: str | None, on: date | None) -> Iterator[tuple[str, AnyTest]]:
    """Yield the tests on contacts with the ids of their rules."""
    for found in rules(jurisdiction, on):
        for test in found.tests:
            if test.of == "contacts":
                yield found.id, test


def _asked() -> list[str]:
    """Return what can be asked for besides, in the order of the columns."""
    needed = {name for _rule, test in _tests(None, None) for name in (*test.columns, *test.unless)}
    needed |= {"opted_out"}
    return [name for name in columns() if name in needed - _GIVEN and hasattr(Contact, name)]


def _past(at: datetime, outcome: str) -> Contact:
    return Contact(at=at, account_id=_ACCOUNT, number=_NUMBER, outcome=outcome)


def _appear(control: Any, there: bool) -> None:
    control.layout.display = None if there else "none"


def _grid(controls: list[Any]) -> Any:
    box = widgets.VBox(controls)
    box.add_class("dc-fields")
    return box
