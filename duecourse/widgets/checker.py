"""A contact that is still to be made, put together by hand: may it be made, and if not, when?"""

import html
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import ipywidgets as widgets

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.panels.contacts import day_html, verdict_html
from duecourse.rules.book import rules
from duecourse.rules.columns import columns, meaning, word
from duecourse.rules.contact import Contact
from duecourse.rules.kinds import AnyTest
from duecourse.rules.verdict import Verdict, allowed
from duecourse.tasks import did_you_mean
from duecourse.widgets.explorer import Explorer
from duecourse.widgets.looks import dressed, look

_CHOSEN: Final = ("channel", "role", "purpose", "party")
"""What is always asked; the rest is asked for when it matters."""
_GIVEN: Final = {*_CHOSEN, "outcome", "mode", "number", "posted"}
_UNKNOWN: Final = ""
"""What a list holds where nothing is known: with None it would show an empty line."""
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
        self.jurisdiction = _list(
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
            name: _words(name, title, name != "channel") for name, title in names.items()
        }
        self.fields |= {name: _field(name) for name in _asked()}
        self._start()
        self.connected = _count(_("Conversations today, before this call"))
        self.attempts = _count(_("Unanswered calls today to this number"))
        self.calls = _count(_("Unanswered calls in the six days before"))
        self.spoken = _list(_("Last conversation"), _days_ago(), _UNKNOWN)
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
                _put(name, self.fields[name], value)
        finally:
            self._quiet = False
            self._show()

    @property
    def contact(self) -> Contact:
        """The contact that is judged."""
        said = {name: _value(control) for name, control in self.fields.items()}
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
            if self.spoken.value != _UNKNOWN:
                found.append(_past(at - timedelta(days=self.spoken.value), "right_party"))
        return found

    @property
    def verdict(self) -> Verdict:
        """Whether the contact may be made, by which rules, and when it may."""
        return allowed(self.contact, self.history, self.jurisdiction.value)

    def still(self) -> str:
        """Return the contact and the verdict as HTML."""
        known = (
            f"<li>{html.escape(f'{control.description}: {_shown(name, control)}')}</li>"
            for name, control in self.fields.items()
            if _value(control) is not None
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
                _appear(control, name in asked or _value(control) is not None)
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


def _field(name: str) -> Any:
    """Return a control for a property of a contact."""
    kind, title = columns()[name].type, _title(meaning(name))
    if name.endswith("_shown") and name != "id_shown":
        title = _("The letter shows: {what}").format(what=meaning(name))
    match kind:
        case "flag":
            return _list(
                title, [(_("not known"), _UNKNOWN), (_("yes"), True), (_("no"), False)], _UNKNOWN
            )
        case "word":
            return _words(name, title, True)
        case "labels":
            words = columns()[name].words or {}
            title = _("What is said (several: hold Ctrl)")
            return widgets.SelectMultiple(
                description=title,
                options=[(pick(text), one) for one, text in words.items()],
                rows=6,
            )
        case "day":
            return widgets.DatePicker(description=title)
        case "number":
            text = _("{title} (0: not known)").format(title=title)
            return widgets.BoundedFloatText(description=text, min=0, max=1e9)
    if name == "product":
        kinds = ("credit_card", "card_instalment", "cash_loan")
        return _list(
            title, [(_("not known"), _UNKNOWN), *((_product(one), one) for one in kinds)], _UNKNOWN
        )
    return widgets.Text(description=title)


def _product(name: str) -> str:
    return {
        "credit_card": _("credit card"),
        "card_instalment": _("card instalments"),
        "cash_loan": _("cash loan"),
    }[name]


def _words(name: str, title: str, may_lack: bool) -> Any:
    words = columns()[name].words or {}
    options: list[tuple[str, Any]] = [(pick(text), one) for one, text in words.items()]
    unknown = [(_("not known"), _UNKNOWN)] if may_lack else []
    return _list(title, [*unknown, *options], _UNKNOWN)


def _list(title: str, options: list[tuple[str, Any]], value: Any) -> Any:
    there = any(one == value and type(one) is type(value) for _text, one in options)
    return widgets.Dropdown(
        description=title, options=options, value=value if there else options[0][1]
    )


def _count(title: str) -> Any:
    return widgets.BoundedIntText(description=title, min=0, max=50)


def _days_ago() -> list[tuple[str, int | str]]:
    text = _("{days} days ago")
    days = [(text.format(days=count), count) for count in range(2, 15)]
    return [(_("none, or longer ago"), _UNKNOWN), (_("today"), 0), (_("yesterday"), 1), *days]


def _past(at: datetime, outcome: str) -> Contact:
    return Contact(at=at, account_id=_ACCOUNT, number=_NUMBER, outcome=outcome)


def _value(control: Any) -> Any:
    """Return what a control says; None where it is not known."""
    value = control.value
    if isinstance(control, widgets.SelectMultiple):
        return "; ".join(value) or None
    if isinstance(control, widgets.BoundedFloatText | widgets.Text):
        return value or None
    return None if isinstance(value, str) and value == _UNKNOWN else value


def _put(name: str, control: Any, value: Any) -> None:
    """Set a control."""
    if isinstance(control, widgets.SelectMultiple):
        value = tuple(one.strip() for one in (value or "").split(";") if one.strip())
    elif isinstance(control, widgets.BoundedFloatText):
        value = value or 0
    elif value is None and isinstance(control, widgets.Text | widgets.Dropdown):
        value = _UNKNOWN
    try:
        control.value = value
    except Exception as error:
        text = _("'{name}' cannot hold '{found}'.").format(name=name, found=value)
        known = list(columns()[name].words or {})
        raise DuecourseError(text + (did_you_mean(str(value), known) if known else "")) from error


def _shown(name: str, control: Any) -> str:
    """Return what a control says, in words."""
    if isinstance(control, widgets.Dropdown):
        return str(control.label)
    if isinstance(control, widgets.SelectMultiple):
        return ", ".join(word(name, one) for one in control.value)
    return str(control.value)


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]


def _appear(control: Any, there: bool) -> None:
    control.layout.display = None if there else "none"


def _grid(controls: list[Any]) -> Any:
    box = widgets.VBox(controls)
    box.add_class("dc-fields")
    return box
