"""A pilot: who was treated by lot, what was known of them the day before, and what came of it."""

from types import SimpleNamespace
from typing import Any, Final

from pandas import DataFrame, Timestamp, concat
from pandas.tseries.offsets import MonthEnd

from duecourse.columns import Unmeasurable, column
from duecourse.evidence import evidence, table_of
from duecourse.language import _
from duecourse.segments import ability, willingness
from duecourse.trials import trial_rows

_TABLES: Final = (
    "accounts", "contact_log", "promises", "payments", "monthly_snapshot", "hardship",
)  # fmt: skip


def pilot_rows(book: Any, months: int = 6) -> DataFrame:
    """Return the accounts treated by lot, each with its scores of the evening before the month.

    Segments made of these scores cannot be the treatment's own work: whoever measures willingness
    after a call measures the call as well.

    Args:
        book: the tables of a portfolio, as items or attributes.
        months: the last so many months of the book in which treatments were drawn by lot.

    Returns:
        columns ``account_id``, ``month`` (of treatment, its end), ``bucket`` (at its beginning),
        ``treatment``, ``cured``, ``held`` (see `trials.trial_rows`), ``ability`` and
        ``willingness`` (see `segments`; missing where nothing was known).

    Raises:
        Unmeasurable: nobody was treated by lot in these months, or months is below 1.
    """
    if months < 1:
        raise Unmeasurable(_("'{name}' must be above 0.").format(name="months"))
    snapshot = table_of(book, "monthly_snapshot")
    rows = trial_rows(snapshot)
    last = Timestamp(column(snapshot, "month", "month").max())
    rows = rows[rows["month"] > last - MonthEnd(months)]
    if rows.empty:
        raise Unmeasurable(_("No account was treated by lot, so no effect can be measured."))
    parts = []
    for month, drawn in rows.groupby("month"):
        before = Timestamp(str(month)) - MonthEnd(1)
        known = evidence(_only(book, drawn["account_id"]), before)
        parts.append(
            drawn.assign(
                ability=drawn["account_id"].map(ability(known)),
                willingness=drawn["account_id"].map(willingness(known)),
            )
        )
    return concat(parts, ignore_index=True)


def _only(book: Any, accounts: Any) -> SimpleNamespace:
    """Return the tables of a book for some of its accounts."""
    tables = {name: table_of(book, name) for name in _TABLES}
    return SimpleNamespace(
        **{name: table[table["account_id"].isin(accounts)] for name, table in tables.items()}
    )
