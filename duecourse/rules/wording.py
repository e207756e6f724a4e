"""The reason of a finding in words, with its figures."""

import string
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

from duecourse.language import _, current, pick
from duecourse.rules.columns import meaning, word
from duecourse.rules.kinds import Complete, Number, PrimeRate, Test


def fields(test: Test) -> tuple[str, ...]:
    """Return the figures that a test's reason names."""
    parts = string.Formatter().parse(test.why["en"])
    return tuple(dict.fromkeys(name for _text, name, *_rest in parts if name))


def said(test: Test, figures: dict[str, Any]) -> str:
    """Return why a test found a breach, in the language spoken now.

    Args:
        test: the test.
        figures: the figures that `fields` names, as they are: days, times, numbers, names.
    """
    return pick(test.why).format_map({name: _shown(test, name, figures[name]) for name in figures})


def reasons(test: Test, rows: int, figures: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return the reasons of many rows; equal figures are put into words once.

    Args:
        test: the test.
        rows: how many there are.
        figures: the figures that `fields` names, one value a row.
    """
    if not figures:
        return [said(test, {})] * rows
    known: dict[tuple[Any, ...], str] = {}
    found = []
    for each in zip(*figures.values(), strict=True):
        if each not in known:
            known[each] = said(test, dict(zip(figures, each, strict=True)))
        found.append(known[each])
    return found


def listed(names: Sequence[str]) -> str:
    """Return names in a row."""
    return ("、" if current() == "zh" else ", ").join(names)


def _shown(test: Test, name: str, value: Any) -> str:
    if name == "labels":
        return listed([word("content", one) for one in sorted(value)])
    if name == "missing" and isinstance(test, Complete):
        return listed([meaning(one) for one in value])
    if value in (None, date.min, date.max):
        return _("none on record")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, float):
        rate = isinstance(test, Number | PrimeRate) and test.column.endswith("_rate")
        return f"{value:.4g}" if not rate and value < 1000 else _amount(value, rate=rate)
    return str(value)


def _amount(value: float, *, rate: bool) -> str:
    return f"{100 * value:.4g}%" if rate else f"{value:,.2f}".removesuffix(".00")
