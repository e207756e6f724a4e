"""Level 3, behaviour: contacts of the time before and after the training, audited by the rules."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.rules.auditing import audit
from grader.evaluation.changes import Change, change_by_agents


@dataclass(frozen=True)
class Behaviour:
    """Contacts that broke a duty, before and after.

    Attributes:
        change: share of contacts with at least one breach of a duty; advice does not count, and a
            rule that changed on the way does not either: the law would look like behaviour.
        by_rule: one row a rule: rule, title, before, after (contacts that broke it per 1,000), new (the
            rule began, ended or changed on the way, so the two cannot be compared).
        provisional: contacts whose breaches rest on provisional rules alone.
        notes: what the audit left out or could not test.
    """

    change: Change
    by_rule: DataFrame
    provisional: int
    notes: tuple[str, ...]


def behaviour(log: DataFrame, trained: date, jurisdiction: str = "CN") -> Behaviour:
    """Compare the contacts before a day with those from it on.

    Args:
        log: one row a contact, as `duecourse.rules.audit` takes it.
        trained: the first day after the training.
        jurisdiction: CN, US or UK.

    Raises:
        DuecourseError: one of the two periods has no contact, or the log cannot be audited.
    """
    log = log.reset_index(drop=True)
    if "event_id" not in log.columns:
        log = log.assign(event_id=log.index.astype(str))
    log = log[log["at"].notna() & log["account_id"].notna()]
    log = log.drop_duplicates("event_id")
    after = (log["at"].dt.tz_localize(None) >= pd.Timestamp(trained)).to_numpy()
    for there, text in (
        (~after, _("There is no contact before {day}.")),
        (after, _("There is no contact from {day} on.")),
    ):
        if not there.any():
            raise DuecourseError(text.format(day=trained))
    found = audit(log, jurisdiction)
    duties = DataFrame(found)[(found["severity"] != "advisory") & found["event_id"].notna()]
    changed = _changed(jurisdiction, log["at"].dt.date.min(), log["at"].dt.date.max())
    same = duties[~duties["rule"].isin(changed)]
    broken = log["event_id"].isin(same["event_id"]).to_numpy()
    firm = log["event_id"].isin(same.loc[~same["provisional"], "event_id"]).to_numpy()
    who = log["agent"].fillna("?") if "agent" in log.columns else pd.Series("?", index=log.index)
    counts = DataFrame(
        {"k0": broken & ~after, "n0": ~after, "k1": broken & after, "n1": after}, index=log.index
    )
    by_agent = counts.groupby(who.to_numpy()).sum()
    return Behaviour(
        change_by_agents(by_agent.to_numpy()),
        _by_rule(duties, log, after, changed, jurisdiction),
        int((broken & ~firm).sum()),
        (*found.notes, *_untested(found.not_tested)),
    )


def _changed(jurisdiction: str, first: date, last: date) -> set[str]:
    """Return the rules that began, ended or changed between two days."""
    from duecourse.rules.book import rules

    early, late = (
        {rule.id: rule.start for rule in rules(jurisdiction, day)} for day in (first, last)
    )
    return {name for name in {*early, *late} if early.get(name) != late.get(name)}


def _by_rule(
    duties: DataFrame, log: DataFrame, after: Any, changed: set[str], jurisdiction: str
) -> DataFrame:
    from duecourse.rules.book import entries

    titles = {one.id: pick(one.title) for one in entries(jurisdiction)}
    late = dict(zip(log["event_id"], after, strict=True))
    once = duties.drop_duplicates(["event_id", "rule"])
    once = once.assign(late=once["event_id"].map(late).astype(bool))
    rows = [
        {
            "rule": rule,
            "title": titles.get(str(rule), ""),
            "before": 1000 * int((~group["late"]).sum()) / int(np.sum(~after)),
            "after": 1000 * int(group["late"].sum()) / int(np.sum(after)),
            "new": rule in changed,
        }
        for rule, group in once.groupby("rule")
    ]
    return DataFrame(rows, columns=["rule", "title", "before", "after", "new"])


def _untested(table: DataFrame) -> list[str]:
    if table.empty:
        return []
    text = _("not tested, since something that they need is missing: {rules}")
    return [text.format(rules=", ".join(sorted(set(table["rule"]))))]
