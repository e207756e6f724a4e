"""How large a book can be, and whole numbers that are refused with the reason."""

import operator
from typing import Any, Final

from duecourse.columns import Unmeasurable
from duecourse.language import _

MOST_ACCOUNTS: Final = 10_000_000
MOST_MONTHS: Final = 600
MOST_ACCOUNT_MONTHS: Final = 100_000_000
"""A book of this size needs some tens of gigabytes."""


def whole(value: Any, name: str, least: int, most: int | None = None) -> int:
    """Return a whole number.

    Args:
        value: an integer of Python or numpy; True and 5.0 are none.
        name: what it stands for, for the message.
        least: the smallest that is allowed.
        most: the largest; None: there is none.

    Raises:
        Unmeasurable: it is no whole number, or outside its limits.
    """
    try:
        found = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        found = None
    if found is None or found < least:
        raise Unmeasurable(
            _("'{name}' must be a whole number of at least {least}. Found: {found}.").format(
                name=name, least=least, found=value
            )
        )
    if most is not None and found > most:
        raise Unmeasurable(
            _("'{name}' must be at most {most}. Found: {found}.").format(
                name=name, most=f"{most:,}", found=f"{found:,}"
            )
        )
    return found


def check(accounts: int, months: int) -> None:
    """Raise Unmeasurable if the sizes of a book are none, or too large to be made in one piece."""
    whole(accounts, "accounts", 1, MOST_ACCOUNTS)
    whole(months, "months", 2, MOST_MONTHS)
    if accounts * months > MOST_ACCOUNT_MONTHS:
        raise Unmeasurable(
            _(
                "{accounts} accounts for {months} months are too many to be made at once. Make books of at most "
                "{most} account months, each with a seed of its own."
            ).format(accounts=f"{accounts:,}", months=months, most=f"{MOST_ACCOUNT_MONTHS:,}")
        )
