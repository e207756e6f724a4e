"""What a treatment table does in its world: marking by outcome, inside the rules and the capacity.

`truth_of` says once, when a world is made, what each treatment of each account is worth there and
which rules it would break. `judge` adds that up for a table that was handed in.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from duecourse.agreement import Agreement, Part
from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.strategy import benefit_table, breaches
from duecourse.tables import asked_accounts
from duecourse.tasks import TreatmentsTask
from duecourse.treatments import terms

Truth = dict[str, dict[str, Any]]
"""By account, in the order in which places are given, and by treatment: net benefit over doing
nothing (yuan), the same where the treatment does no good, and the kinds of rules that it breaks."""


@dataclass(frozen=True)
class Effect:
    """What becomes of a table of treatments.

    Attributes:
        net: net benefit over treating nobody, in yuan.
        broken: how many accounts break a rule, by its kind in ``treatments.yaml``.
        beyond: how many accounts found no place, by treatment; they count as not treated.
    """

    net: float
    broken: Counter[str] = field(default_factory=Counter)
    beyond: Counter[str] = field(default_factory=Counter)


def truth_of(
    task: TreatmentsTask,
    tables: Mapping[str, pd.DataFrame],
    prospects: pd.DataFrame,
    as_of: dt.date,
) -> Truth:
    """Return what each treatment of each account that is asked for does in a world.

    Args:
        task: what is asked.
        tables: the whole world: all tables by name, with all columns.
        prospects: what the model expects by account and treatment (see `benefit_table`).
        as_of: the day of the decision; rules are tested as of this day.
    """
    table = tables[task.of]
    named = {str(one): one for one in table[task.key].tolist()}
    accounts = [named[name] for name in asked_accounts(task, table)]
    truth: Truth = {str(one): {} for one in accounts}
    price = terms().complaint.cost
    for treatment in task.options:
        everybody = pd.DataFrame({"account_id": accounts, "treatment": treatment})
        broken: dict[str, list[str]] = {}
        against = breaches(everybody, tables, pd.Timestamp(as_of), task.buffer, accounts)
        for account, kind in zip(against["account_id"], against["kind"], strict=True):
            broken.setdefault(str(account), []).append(str(kind))
        worth = benefit_table(prospects, everybody)
        spoiled = -worth["cost"] - price * worth["complaints"]
        for account, good, bad in zip(worth["account_id"], worth["net"], spoiled, strict=True):
            name = str(account)
            truth[name][treatment] = [round(good, 2), round(bad, 2), broken.get(name, [])]
    return truth


def effect(task: TreatmentsTask, chosen: Mapping[str, str], truth: Truth) -> Effect:
    """Return what becomes of the treatments chosen, by account.

    An account without a treatment, or beyond the capacity in the order of the world's own table,
    is not treated. A treatment that breaks a rule does no good; its cost and its complaints remain.
    """
    net, used = 0.0, Counter[str]()
    broken, beyond = Counter[str](), Counter[str]()
    for account, ways in truth.items():
        treatment = chosen.get(account, "none")
        if treatment not in ways:
            treatment = "none"
        used[treatment] += 1
        if used[treatment] > task.capacity.get(treatment, len(truth)):
            beyond[treatment] += 1
            treatment = "none"
        good, spoiled, kinds = ways[treatment]
        net += spoiled if kinds else good
        broken.update(kinds)
    return Effect(net, broken, beyond)


def flat(task: TreatmentsTask, truth: Truth) -> float:
    """Return the net benefit of one treatment for everybody: the task's ``flat``, or the best."""
    ways = [task.flat] if task.flat else list(task.options)
    return max(effect(task, dict.fromkeys(truth, one), truth).net for one in ways)


def judge(
    task: TreatmentsTask, given: Mapping[str, Any], key: Mapping[str, Any], truth: Truth
) -> Agreement:
    """Mark a table by its outcome: nothing for one treatment for all, everything for the key's own.

    Each kind of broken rule takes the task's ``breach`` off, and is named with its count.
    """
    ours, theirs = (
        effect(task, by_account(task, key), truth),
        effect(task, by_account(task, given), truth),
    )
    base = flat(task, truth)
    reached = min(1.0, max(0.0, (theirs.net - base) / (ours.net - base)))
    note = _(
        "{net} yuan in the model over {months} months; one treatment for everybody brings {base}"
    ).format(net=f"{theirs.net:,.0f}", months=task.months, base=f"{base:,.0f}")
    parts = [Part(_("net benefit"), reached, note)]
    for treatment, count in sorted(theirs.beyond.items()):
        text = _("places: {most}; accounts that found none and count as not treated: {count}")
        most = task.capacity[treatment]
        parts.append(Part(pick(task.options[treatment]), 0.0, text.format(count=count, most=most)))
    parts += [_of_breach(kind, count) for kind, count in sorted(theirs.broken.items())]
    share = max(0.0, reached - task.breach * len(theirs.broken))
    return Agreement(share, tuple(parts))


def proven(task: TreatmentsTask, key: Mapping[str, Any], truth: Truth) -> None:
    """Raise a DuecourseError unless the key's own table keeps the rules and beats a flat treatment."""
    ours, base = effect(task, by_account(task, key), truth), flat(task, truth)
    wrong = [f"{count} times {kind}" for kind, count in sorted(ours.broken.items())]
    wrong += [f"{count} beyond the capacity of {one}" for one, count in sorted(ours.beyond.items())]
    if ours.net <= base:
        wrong.append(
            f"its net benefit of {ours.net:,.0f} yuan is not above the {base:,.0f} yuan "
            f"of {task.flat or 'the best single treatment'} for everybody"
        )
    if wrong:
        raise DuecourseError(f"the solution of '{task.id}': {'; '.join(wrong)}")


def by_account(task: TreatmentsTask, table: Mapping[str, Any]) -> dict[str, str]:
    """Return the treatment of every account of a recorded table; the first row of an account counts."""
    columns = table["columns"]
    if task.key not in columns or task.treatment not in columns:
        return {}
    account, treatment = columns.index(task.key), columns.index(task.treatment)
    found: dict[str, str] = {}
    for row in table["rows"]:
        found.setdefault(str(row[account]), str(row[treatment]))
    return found


def _of_breach(kind: str, count: int) -> Part:
    rule = terms().rules[kind]
    text = (
        _("accounts: {count}. {why} ({rule}, provisional)")
        if rule.provisional
        else _("accounts: {count}. {why} ({rule})")
    )
    said = text.format(count=count, why=pick(dict(rule.why)), rule=rule.rule)
    return Part(pick(dict(rule.name)), 0.0, said)
