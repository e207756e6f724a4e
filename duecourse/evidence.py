"""What is known about every account on a day, gathered from the tables of a book, and nothing later.

It is the ground for scores of ability and willingness. Months in which a household could not pay say
nothing about its willingness: they are counted on the side of ability alone.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from pandas import DataFrame, DateOffset, Series, Timedelta, Timestamp

from duecourse import promises as promised
from duecourse.affordability import surplus
from duecourse.columns import column
from duecourse.contactability import lawful_contacts
from duecourse.days import Day, day
from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.treatments import once

PROTECTED: Final = (
    *("sex", "gender", "age", "age_band", "birth_date", "birthday", "birth_year", "date_of_birth"),
    *("marital_status", "marriage", "married", "children", "pregnant", "disability", "religion"),
    *("ethnicity", "ethnic_group", "race", "nationality", "native_place", "hometown", "birthplace"),
    *("region", "province", "city", "district", "postcode", "zip_code", "address", "dialect"),
    *(
        "性别",
        "年龄",
        "年龄段",
        "出生",
        "婚姻",
        "婚姻状况",
        "民族",
        "宗教",
        "籍贯",
        "地区",
        "省份",
        "城市",
    ),
)
"""columns that no score and no treatment may be built on"""

STEADY: Final = {"employee": 1.0, "self_employed": 0.7, "gig": 0.5}
"""how steady an income usually is, in [0, 1]: an assumption for teaching, replace it by your own figures"""


class ProtectedAttribute(DuecourseError, ValueError):
    """A protected attribute was to decide how somebody is treated; the message says why it must not."""


def refuse_protected(names: Iterable[Any]) -> None:
    """Raise ProtectedAttribute if a column is protected by its name, such as `sex` or `age_band_60+`.

    A proxy has another name and is not found here: look at the gaps between groups all the same.
    """
    for name in names:
        plain = str(name).strip().casefold().replace(" ", "_").replace("-", "_")
        if any(plain == one or plain.startswith(one + "_") for one in PROTECTED):
            raise ProtectedAttribute(
                _(
                    "'{column}' must not decide how somebody is treated: it says who a person is, not what "
                    "they can or want to pay. Judge by budget, payments and conversations, and keep "
                    "'{column}' for checking that groups are treated alike."
                ).format(column=name)
            )


def table_of(book: Any, name: str) -> DataFrame:
    """Return a table of a book, whether it holds its tables as items or as attributes."""
    found: DataFrame = book[name] if isinstance(book, Mapping) else getattr(book, name)
    return found


def evidence(book: Any, as_of: Day, months: int = 6) -> DataFrame:
    """Return what speaks for the ability and the willingness of every account, as known on a day.

    Args:
        book: has the tables `accounts`, `contact_log`, `promises`, `payments`, `monthly_snapshot` and
            `hardship`, as items or attributes.
        as_of: the last day that is known; nothing later is looked at.
        months: how far back it is looked.

    Returns:
        index: `account_id`, in the order of `accounts`. Counts: `promises_due`, `promises_kept` (tolerantly),
        `able_months` (the inflow left room for the instalment), `paid_months` (of those, at least 90% of
        the instalment was paid), `attempts` and `talks` (lawful calls, and conversations among them).
        Shares in [0, 1], missing where nothing is known:
        `kept` = (kept + 1) / (due + 2), `paid` = (paid + 1) / (able + 2) and `answered` = (talks + 1) /
        (attempts + 2), where + 1 and + 2 keep a single event from deciding (Laplace's rule of succession);
        `room` = surplus stated at opening / instalment and `inflow` = mean inflow of the last 3 months less
        essentials and priority debts / instalment, each from 0 (nothing left) to 1 (three times the instalment);
        `spared` = 0 for those who disclosed a hardship in these months, else 1; `steady` by employment.
    """
    end = Timestamp(day(as_of, "as_of"))
    since = end + Timedelta(days=1) - DateOffset(months=months) - Timedelta(days=1)
    accounts = table_of(book, "accounts")
    names = ("account_id", "instalment", "income", "essentials", "priority_debts", "employment")
    read = DataFrame({name: column(accounts, name, name) for name in names})
    once(read["account_id"], "accounts")
    people = read.set_index("account_id")
    found = DataFrame(index=people.index)

    snapshot = table_of(book, "monthly_snapshot")
    month = column(snapshot, "month", "month").to_numpy()
    recent = snapshot[(month > since) & (month <= end)]
    found = found.join(_promises(book, since, end)).join(_months(book, recent, people, end))
    calls = lawful_contacts(
        table_of(book, "contact_log"), accounts, end, days=(end - since).days
    ).query("channel == 'call'")
    found["attempts"] = calls.groupby("account_id").size()
    found["talks"] = calls["outcome"].eq("right_party").groupby(calls["account_id"]).sum()
    counts = ["promises_due", "promises_kept", "able_months", "paid_months", "attempts", "talks"]
    found[counts] = found[counts].fillna(0).astype(int)

    found["kept"] = _share(found["promises_kept"], found["promises_due"])
    found["paid"] = _share(found["paid_months"], found["able_months"])
    found["answered"] = _share(found["talks"], found["attempts"])
    left = surplus(*(people[name].astype(float) for name in names[2:5]))
    last = since + DateOffset(months=max(months - 3, 0))
    inflow = recent[recent["month"] > last].groupby("account_id")["inflow"]
    spare = inflow.mean().reindex(people.index) - people["essentials"] - people["priority_debts"]
    found["room"], found["inflow"] = (
        (value / people["instalment"] / 3).clip(0, 1) for value in (left, spare)
    )
    told = table_of(book, "hardship")
    disclosed = told[(told["disclosed_on"] > since) & (told["disclosed_on"] <= end)]
    found["spared"] = np.where(found.index.isin(disclosed["account_id"]), 0.0, 1.0)
    found["steady"] = people["employment"].map(STEADY).astype(float)
    return found


def _promises(book: Any, since: Timestamp, end: Timestamp) -> DataFrame:
    """Count the promises of the last months that are due, and those of them that were kept."""
    made = table_of(book, "promises")
    known = made[made["made_on"] <= end]
    outcomes = promised.outcome(known, table_of(book, "payments"), end)
    due = outcomes[(outcomes["tolerant"] != "not_due") & (outcomes["made_on"] > since)]
    kept = due["tolerant"].eq("kept")
    return DataFrame(
        {
            "promises_due": due.groupby("account_id").size(),
            "promises_kept": kept.groupby(due["account_id"]).sum(),
        }
    )


def _months(book: Any, recent: DataFrame, people: DataFrame, end: Timestamp) -> DataFrame:
    """Count the months in which an account could have paid its instalment, and did."""
    payments = table_of(book, "payments")
    own = payments[payments["kind"].isin(["payment", "reversal"]) & (payments["paid_on"] <= end)]
    paid = own["amount"].groupby([own["account_id"], _number(own["paid_on"])]).sum()
    active = recent[recent["status"].eq("active") & recent["account_id"].isin(people.index)]
    who = people.loc[active["account_id"]].set_index(active.index)
    able = active["inflow"] - who["essentials"] - who["priority_debts"] >= who["instalment"]
    keys = DataFrame({"account_id": active["account_id"], "month": _number(active["month"])})
    got = paid.reindex(keys.set_index(["account_id", "month"]).index).fillna(0).to_numpy()
    enough = able & (got >= 0.9 * who["instalment"])
    tallies = DataFrame({"able_months": able, "paid_months": enough})
    return tallies.groupby(active["account_id"]).sum()


def _number(dates: Series) -> Series:
    return Series(dates.dt.year * 12 + dates.dt.month)


def _share(part: Series, whole: Series) -> Series:
    return Series((part + 1) / (whole + 2)).where(whole > 0)
