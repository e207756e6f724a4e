"""Controls that ask for one property of a contact each; what is not known stays so."""

from typing import Any, Final

import ipywidgets as widgets

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.rules.columns import columns, meaning, word
from duecourse.tasks import did_you_mean

UNKNOWN: Final = ""
"""What a list holds where nothing is known: with None it would show an empty line."""


def field(name: str) -> Any:
    """Return a control for a property of a contact."""
    kind, title = columns()[name].type, _title(meaning(name))
    if name.endswith("_shown") and name != "id_shown":
        title = _("The letter shows: {what}").format(what=meaning(name))
    match kind:
        case "flag":
            return choice(
                title, [(_("not known"), UNKNOWN), (_("yes"), True), (_("no"), False)], UNKNOWN
            )
        case "word":
            return words(name, title, True)
        case "labels":
            known = columns()[name].words or {}
            title = _("What is said (several: hold Ctrl)")
            return widgets.SelectMultiple(
                description=title,
                options=[(pick(text), one) for one, text in known.items()],
                rows=6,
            )
        case "day":
            return widgets.DatePicker(description=title)
        case "number":
            text = _("{title} (0: not known)").format(title=title)
            return widgets.BoundedFloatText(description=text, min=0, max=1e9)
    if name == "product":
        kinds = ("credit_card", "card_instalment", "cash_loan")
        return choice(
            title, [(_("not known"), UNKNOWN), *((_product(one), one) for one in kinds)], UNKNOWN
        )
    return widgets.Text(description=title)


def _product(name: str) -> str:
    return {
        "credit_card": _("credit card"),
        "card_instalment": _("card instalments"),
        "cash_loan": _("cash loan"),
    }[name]


def words(name: str, title: str, may_lack: bool) -> Any:
    """Return a list of the words that a column can hold."""
    known = columns()[name].words or {}
    options: list[tuple[str, Any]] = [(pick(text), one) for one, text in known.items()]
    unknown = [(_("not known"), UNKNOWN)] if may_lack else []
    return choice(title, [*unknown, *options], UNKNOWN)


def choice(title: str, options: list[tuple[str, Any]], value: Any) -> Any:
    """Return a list that begins with a value, or with its first entry where it has no such value."""
    there = any(one == value and type(one) is type(value) for _text, one in options)
    return widgets.Dropdown(
        description=title, options=options, value=value if there else options[0][1]
    )


def count(title: str) -> Any:
    """Return a field for a number of contacts."""
    return widgets.BoundedIntText(description=title, min=0, max=50)


def days_ago() -> list[tuple[str, int | str]]:
    """Return the entries of a list that asks how long ago something was."""
    text = _("{days} days ago")
    days = [(text.format(days=count), count) for count in range(2, 15)]
    return [(_("none, or longer ago"), UNKNOWN), (_("today"), 0), (_("yesterday"), 1), *days]


def value_of(control: Any) -> Any:
    """Return what a control says; None where it is not known."""
    value = control.value
    if isinstance(control, widgets.SelectMultiple):
        return "; ".join(value) or None
    if isinstance(control, widgets.BoundedFloatText | widgets.Text):
        return value or None
    return None if isinstance(value, str) and value == UNKNOWN else value


def put(name: str, control: Any, value: Any) -> None:
    """Set a control."""
    if isinstance(control, widgets.SelectMultiple):
        value = tuple(one.strip() for one in (value or "").split(";") if one.strip())
    elif isinstance(control, widgets.BoundedFloatText):
        value = value or 0
    elif value is None and isinstance(control, widgets.Text | widgets.Dropdown):
        value = UNKNOWN
    try:
        control.value = value
    except Exception as error:
        text = _("'{name}' cannot hold '{found}'.").format(name=name, found=value)
        known = list(columns()[name].words or {})
        raise DuecourseError(text + (did_you_mean(str(value), known) if known else "")) from error


def shown(name: str, control: Any) -> str:
    """Return what a control says, in words."""
    if isinstance(control, widgets.Dropdown):
        return str(control.label)
    if isinstance(control, widgets.SelectMultiple):
        return ", ".join(word(name, one) for one in control.value)
    return str(control.value)


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]
