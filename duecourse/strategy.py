"""A treatment for every account: what breaks a rule, what is over capacity, what it is worth.

A treatment table has the columns `account_id` and `treatment`, one row per account, or is a Series
of treatments by account_id. Treatments, prices and limits lie in ``treatments.yaml``.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import numpy as np
from pandas import DataFrame, MultiIndex, Series, Timedelta, Timestamp, concat

from duecourse.affordability import fits, instalment, surplus
from duecourse.columns import Unmeasurable, column, numbers
from duecourse.days import Day, day
from duecourse.evidence import table_of
from duecourse.language import _, pick
from duecourse.treatments import TREATMENTS, chosen, known_treatments, once, places, terms

_NEEDED: Final = (
    "account_id",
    "income",
    "essentials",
    "priority_debts",
    "number_status",
    "letters_only",
)


def breaches(
    table: DataFrame | Series,
    book: Any,
    as_of: Day,
    buffer: float = 0.1,
    accounts: Collection[Any] | None = None,
) -> DataFrame:
    """Return what a treatment table must not do, one row a breach; an empty table if there is none.

    Checked are the table's form (unknown treatments and accounts, accounts twice or missing), calls and
    reminders to a number that is now somebody else's (CN-07, CN-08) or to those who asked for letters only
    (CN-22), any demand while an objection to the balance is open (CN-15), and plans that the household
    cannot afford over 60 months without interest, or whose budget nobody knows (CN-29).

    Args:
        table: the treatment of every account.
        book: has the tables `accounts`, `complaints` and `monthly_snapshot`, as items or attributes.
        as_of: the day of the decision; nothing later is looked at.
        buffer: share of the surplus that a plan leaves to the household, in [0, 1).
        accounts: the account_ids that are to be treated; all of `book.accounts` by default.

    Returns:
        columns `account_id`, `treatment` (missing for an account that is missing), `kind` (a key of the
        rules in ``treatments.yaml``), `rule` (its legal id, or "form"), `name` and `why` in the language spoken now,
        `source`, `provisional` (the rule's own text is still to be checked).
    """
    facts = _facts(book, Timestamp(day(as_of, "as_of")), buffer)
    wanted = Series(
        list(facts.index if accounts is None else dict.fromkeys(accounts)), dtype=object
    )
    rows = chosen(table)
    here = facts.reindex(rows["account_id"]).reset_index(drop=True)
    treatment, meant = rows["treatment"], rows["account_id"].isin(wanted)
    by_number, demand = (
        treatment.isin([kind for kind in TREATMENTS if getattr(terms().treatments[kind], limit)])
        for limit in ("by_number", "demand")
    )
    plan = treatment.eq("plan")
    found: dict[str, Any] = {
        "unknown_treatment": ~treatment.isin(TREATMENTS),
        "unknown_account": ~meant,
        "account_twice": rows["account_id"].duplicated(keep=False),
        "reassigned_number": by_number & here["reassigned"].eq(1),
        "letters_only": by_number & here["letters_only"].eq(1),
        "disputed_balance": demand & here["disputed"].eq(1),
        "plan_without_budget": plan & here["no_budget"].eq(1),
        "plan_too_dear": plan & here["too_dear"].eq(1),
    }
    parts = [rows[mask].assign(kind=kind) for kind, mask in found.items()]
    absent = wanted[~wanted.isin(rows["account_id"])]
    parts.append(DataFrame({"account_id": absent, "treatment": None, "kind": "account_missing"}))
    every = concat([part.astype(object) for part in parts]).drop_duplicates()
    limits = [terms().rules[kind] for kind in every["kind"]]
    broken: DataFrame = every.assign(
        rule=[one.rule for one in limits],
        name=[pick(dict(one.name)) for one in limits],
        why=[pick(dict(one.why)) for one in limits],
        source=[one.source for one in limits],
        provisional=[one.provisional for one in limits],
    )
    return broken.reset_index(drop=True)


def allowed(book: Any, as_of: Day, buffer: float = 0.1) -> DataFrame:
    """Return which treatments break no rule, one row per account of the book.

    Args:
        book: the tables, as in `breaches`.
        as_of: the day of the decision.
        buffer: share of the surplus that a plan leaves to the household, in [0, 1).

    Returns:
        index: `account_id`; one column of True and False per treatment.
    """
    facts = _facts(book, Timestamp(day(as_of, "as_of")), buffer) == 1
    table = DataFrame(True, index=facts.index, columns=list(TREATMENTS))
    for kind, one in terms().treatments.items():
        if one.by_number:
            table[kind] &= ~(facts["reassigned"] | facts["letters_only"])
        if one.demand:
            table[kind] &= ~facts["disputed"]
    table["plan"] &= ~(facts["no_budget"] | facts["too_dear"])
    return table


def over_capacity(table: DataFrame | Series, capacity: Mapping[str, int]) -> Series:
    """Return which rows of a treatment table find no place left, in the order of the rows.

    Args:
        table: the treatment of every account; the first rows are served first.
        capacity: accounts that can be treated, by treatment; one that is not named has no limit.

    Returns:
        True and False, one per row, with the index of the table.
    """
    limits = places(capacity)
    treatment = chosen(table)["treatment"]
    place = treatment.groupby(treatment).cumcount()
    over = place >= treatment.map(limits).astype(float).fillna(np.inf)
    return Series(over.to_numpy(dtype=bool), index=table.index, name="over_capacity")


def capacity_table(table: DataFrame | Series, capacity: Mapping[str, int]) -> DataFrame:
    """Return how far a treatment table uses the capacity.

    Returns:
        index: `treatment`; columns `accounts`, `capacity` (missing = no limit), `over` = accounts without
        a place, and `left` = places without an account (missing = no limit).
    """
    limits = places(capacity)
    known_treatments(kinds := chosen(table)["treatment"])
    found = DataFrame({"accounts": kinds.value_counts().reindex(TREATMENTS, fill_value=0)})
    found["capacity"] = Series(limits, dtype=float).reindex(found.index)
    found["over"] = (found["accounts"] - found["capacity"]).clip(lower=0).fillna(0).astype(int)
    found["left"] = (found["capacity"] - found["accounts"]).clip(lower=0)
    return found.rename_axis("treatment")


def benefit_table(prospects: DataFrame, table: DataFrame | Series) -> DataFrame:
    """Return what the treatments of a table are worth in a model world, one row per row of the table.

    Args:
        prospects: one row per account and treatment: `account_id`, `treatment`, `cash` (yuan expected), `cost`
            (yuan spent) and `complaints` (upheld ones expected), as `portfolio.prospects` gives them.
        table: the treatment of every account; accounts that it leaves out are left alone.

    Returns:
        columns `account_id`, `treatment`, `cash`, `cost`, `complaints`, each less that of no treatment,
        and `net` = cash - cost - complaints * the price of an upheld complaint, in yuan.

    Raises:
        Unmeasurable: an account stands twice, or there is no prospect for an account or a treatment.
    """
    names = ["cash", "cost", "complaints"]
    read = DataFrame(
        {name: column(prospects, name, name) for name in ("account_id", "treatment", *names)}
    )
    for name in names:
        numbers(read[name], name)
    known = read.set_index(["account_id", "treatment"])
    rows = chosen(table)
    known_treatments(rows["treatment"])
    if not known.index.is_unique:
        raise Unmeasurable(_("'prospects' has several rows for one account and treatment."))
    once(rows["account_id"], _("the treatment table"))
    untreated = rows.assign(treatment="none")
    ways = [MultiIndex.from_frame(one) for one in (rows, untreated)]
    if absent := [pair for way in ways for pair in way[~way.isin(known.index)]]:
        raise Unmeasurable(
            _("'prospects' has no row for account {account} with treatment '{treatment}'.").format(
                account=absent[0][0], treatment=absent[0][1]
            )
        )
    gained, without = (known.loc[way].to_numpy(dtype=float) for way in ways)
    rows[names] = gained - without
    rows["net"] = rows["cash"] - rows["cost"] - terms().complaint.cost * rows["complaints"]
    return rows


def net_benefit(prospects: DataFrame, table: DataFrame | Series) -> float:
    """Return the sum of `net` in the `benefit_table`: yuan gained over treating nobody."""
    return float(benefit_table(prospects, table)["net"].sum())


def _facts(book: Any, now: Timestamp, buffer: float) -> DataFrame:
    """Return what limits the treatment of each account on that day, True and False by account_id."""
    accounts, complaints, snapshot = (
        table_of(book, name) for name in ("accounts", "complaints", "monthly_snapshot")
    )
    read = DataFrame({name: column(accounts, name, name) for name in _NEEDED})
    once(read["account_id"], "accounts")
    read = read.set_index("account_id")
    received, answered = (column(complaints, name, name) for name in ("received_on", "answered_on"))
    open_then = (received < now + Timedelta(days=1)) & ~(answered < now + Timedelta(days=1))
    disputes = open_then & column(complaints, "cause", "cause").eq("balance_disputed")
    disputed = column(complaints, "account_id", "account_id")[disputes]
    past = snapshot[column(snapshot, "month", "month").to_numpy() <= now]
    balance = past.sort_values("month", kind="stable").groupby("account_id")["balance"].last()
    owed = balance.reindex(read.index).astype(float)
    left = surplus(
        *(read[name].astype(float) for name in ("income", "essentials", "priority_debts"))
    )
    least = instalment(owed, terms().rules["plan_too_dear"].most_months or 60, 0)
    unknown = left.isna() | owed.isna()
    return DataFrame(
        {
            "reassigned": read["number_status"].eq("reassigned"),
            "letters_only": read["letters_only"].eq(True),
            "disputed": read.index.isin(disputed),
            "no_budget": unknown,
            "too_dear": ~unknown & ~fits(least, left, buffer),
        }
    )
