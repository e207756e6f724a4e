"""The dated rules of each jurisdiction, and their tests on contacts.

`rule`, `rules`, `explain` and `changes` read the rule base, `allowed` judges a single contact and
`audit` a whole contact log. Only `audit` needs pandas, so it is loaded when it is asked for.
"""

from typing import TYPE_CHECKING, Any

from duecourse.rules.book import (
    Change,
    changes,
    penalty,
    rule,
    rules,
    severity,
)
from duecourse.rules.contact import Contact
from duecourse.rules.explanation import Explanation, explain
from duecourse.rules.periods import (
    Limitation,
    Reset,
    crisis_moratorium_end,
    guarantee_end,
    limitation,
    moratorium_end,
)
from duecourse.rules.shelf import UnknownRule
from duecourse.rules.standing import NotInForce, Rule
from duecourse.rules.verdict import Verdict, allowed

if TYPE_CHECKING:
    from duecourse.rules.auditing import Findings, audit

__all__ = [
    "Change",
    "Contact",
    "Explanation",
    "Findings",
    "Limitation",
    "NotInForce",
    "Reset",
    "Rule",
    "UnknownRule",
    "Verdict",
    "allowed",
    "audit",
    "changes",
    "crisis_moratorium_end",
    "explain",
    "guarantee_end",
    "limitation",
    "moratorium_end",
    "penalty",
    "rule",
    "rules",
    "severity",
]


def __getattr__(name: str) -> Any:
    if name in {"audit", "Findings"}:
        from duecourse.rules import auditing

        return getattr(auditing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
