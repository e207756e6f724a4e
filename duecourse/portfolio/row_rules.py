"""What must hold between the columns of one row, beyond what each column may hold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pandas import DataFrame, Series

from duecourse.ageing import bucket
from duecourse.language import _

_REACHED: Final = ("delivered", "undelivered")


@dataclass(frozen=True)
class Rule:
    """One rule within a row.

    Attributes:
        name: its identifier.
        columns: what it looks at.
        holds: from a table with these columns to a boolean for each row.
        text: what must hold, in the language spoken now.
    """

    name: str
    columns: tuple[str, ...]
    holds: Callable[[DataFrame], Series]
    text: Callable[[], str]


def rules(table: str) -> tuple[Rule, ...]:
    """Return the rules of a table."""
    return _RULES.get(table, ())


def _one_way(if_: Series, then: Series) -> Series:
    return ~if_ | then


_RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "accounts": (
        Rule(
            "instalments_repay_principal",
            ("principal", "term_months", "instalment"),
            # each instalment is rounded to the cent
            lambda t: (
                t["instalment"] * t["term_months"] >= t["principal"] - 0.01 * t["term_months"]
            ),
            lambda: _("the instalments of the whole term repay at least the principal"),
        ),
    ),
    "monthly_snapshot": (
        Rule(
            "bucket_of_days",
            ("days_past_due", "bucket"),
            lambda t: bucket(t["days_past_due"]) == t["bucket"],
            lambda: _("the bucket is that of the days past due"),
        ),
        Rule(
            "arrears_with_days",
            ("days_past_due", "arrears"),
            lambda t: (t["days_past_due"] > 0) == (t["arrears"] > 0),
            lambda: _("arrears are above 0 just where days past due are"),
        ),
        Rule(
            "reported_is_bucket_or_zero",
            ("bucket", "reported_bucket"),
            lambda t: (t["reported_bucket"] == 0) | (t["reported_bucket"] == t["bucket"]),
            lambda: _("the system shows the bucket, or 0"),
        ),
        Rule(
            "written_off_over_180",
            ("bucket", "status"),
            lambda t: t["status"].eq("written_off") == (t["bucket"] == 7),
            lambda: _("bucket 7 is written off, and no other"),
        ),
        Rule(
            "closed_owes_nothing",
            ("balance", "arrears", "status"),
            lambda t: _one_way(t["status"].eq("closed"), (t["balance"] == 0) & (t["arrears"] == 0)),
            lambda: _("who has wholly paid owes nothing"),
        ),
    ),
    "contact_log": (
        Rule(
            "letters_have_no_number",
            ("channel", "number"),
            lambda t: t["channel"].eq("letter") == t["number"].isna(),
            lambda: _("calls and messages name a number, letters none"),
        ),
        Rule(
            "outcome_of_channel",
            ("channel", "outcome"),
            lambda t: t["channel"].eq("call") != t["outcome"].isin(_REACHED),
            lambda: _("messages and letters are delivered or undelivered, calls neither"),
        ),
        Rule(
            "conversation_with_debtor",
            ("role", "outcome"),
            lambda t: _one_way(t["outcome"].eq("right_party"), t["role"].eq("debtor")),
            lambda: _("a conversation with the customer is no contact with somebody else"),
        ),
        Rule(
            "disclosed_to_somebody",
            ("outcome", "disclosed"),
            lambda t: _one_way(t["disclosed"], t["outcome"].isin(("wrong_party", "delivered"))),
            lambda: _("details reach somebody else only where somebody answers or receives"),
        ),
    ),
    "promises": (
        Rule(
            "due_after_made",
            ("made_on", "due_on"),
            lambda t: t["due_on"] >= t["made_on"],
            lambda: _("a promise is due on or after the day on which it was made"),
        ),
    ),
    "payments": (
        Rule(
            "sign_of_kind",
            ("amount", "kind"),
            lambda t: (t["amount"] != 0) & (t["kind"].eq("reversal") == (t["amount"] < 0)),
            lambda: _("a reversal is below 0, everything else above"),
        ),
        Rule(
            "reversal_names_payment",
            ("kind", "reverses"),
            lambda t: t["kind"].eq("reversal") == t["reverses"].notna(),
            lambda: _("a reversal names the payment that it takes back, and nothing else does"),
        ),
    ),
    "complaints": (
        Rule(
            "answered_after_received",
            ("received_on", "answered_on"),
            lambda t: t["answered_on"].isna() | (t["answered_on"] >= t["received_on"]),
            lambda: _("an answer comes on or after the day of the complaint"),
        ),
        Rule(
            "upheld_when_answered",
            ("upheld", "answered_on"),
            lambda t: _one_way(t["upheld"], t["answered_on"].notna()),
            lambda: _("a complaint is upheld only once it is answered"),
        ),
    ),
    "prospects": (
        Rule(
            "cured_or_lost",
            ("cured", "written_off"),
            lambda t: t["cured"] + t["written_off"] <= 1 + 1e-9,
            lambda: _("nobody is both up to date and written off"),
        ),
    ),
}
