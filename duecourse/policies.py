"""A policy by segment, tried on a book: two cut-offs, two limits and a treatment for every segment.

What an account gets follows from the policy; what that changes follows from the cures expected of each
treatment, which the policy does not touch. A treatment that breaks a rule for an account is not
carried out: the account is left alone and counted as held back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from pandas import DataFrame, Series

from duecourse.columns import Flags, Floats, Unmeasurable, column, flags, numbers
from duecourse.contactability import REACH
from duecourse.fairness import standardised_gap
from duecourse.language import _
from duecourse.segments import QUADRANTS
from duecourse.treatments import TREATMENTS, known_treatments, once, terms

SEGMENTS: Final = (*QUADRANTS, "unknown", "out_of_reach", "small")
"""the quadrants, and what comes before them: a score is missing, out of reach, little at risk"""

START: Final = {
    "able_willing": "reminder",
    "able_reluctant": "call",
    "unable_willing": "plan",
    "unable_reluctant": "call",
    "unknown": "reminder",
    "out_of_reach": "letter",
    "small": "none",
}


@dataclass(frozen=True)
class Policy:
    """Which account falls into which segment, and what is done about each segment."""

    cut_ability: float = 0.5
    """able from this score on"""
    cut_willingness: float = 0.5
    """willing from this score on"""
    least_reach: Literal["any", "partly", "reachable"] = "any"
    """`partly`: only the lost are out of reach; `reachable`: all others are, too"""
    least_value: float = 0.0
    """yuan at risk below which an account is small"""
    treatments: Mapping[str, str] = field(default_factory=lambda: dict(START))
    """the treatment of every segment; one that is not named is left alone"""

    def __post_init__(self) -> None:
        """Raise Unmeasurable if a cut-off, a limit, a segment or a treatment does not exist."""
        for name in ("cut_ability", "cut_willingness"):
            numbers(Series([getattr(self, name)]), name, 0, 1)
        numbers(Series([self.least_value]), "least_value", 0)
        known_treatments(self.treatments.values())
        for name, found, there in (
            ("treatments", list(self.treatments), SEGMENTS),
            ("least_reach", [self.least_reach], ("any", "partly", "reachable")),
        ):
            if strange := [one for one in found if one not in there]:
                raise Unmeasurable(
                    _("'{name}' knows no '{found}'. There are: {options}.").format(
                        name=name, found=strange[0], options=", ".join(there)
                    )
                )


@dataclass(frozen=True)
class PolicyOutcome:
    """What a policy does to a book, as expected."""

    segments: DataFrame
    """index `segment`; `treatment`, `accounts`, `balance`, `value_at_risk`, `held_back` (accounts that a rule
    protects from the treatment), `extra_cures` (over no treatment), `complaints` (upheld), `cost`, `net`"""
    treatments: dict[str, int]
    """accounts by treatment that is carried out"""
    over: dict[str, int]
    """accounts beyond the capacity, by treatment"""
    groups: DataFrame | None
    """index: the group; `accounts`, a share per treatment, `extra_cures` and `complaints` per 1,000
    accounts, `gap` in extra cures to the reference, and `equal_risk_gap`"""
    cures: float
    """cures expected in all, with those that come by themselves"""

    @property
    def net(self) -> float:
        """Yuan gained over treating nobody."""
        return float(self.segments["net"].sum())


class PolicyBook:
    """A book on which policies are tried quickly: read and checked once, added up at each trial.

    Args:
        accounts: one row per account: `account_id`, `ability`, `willingness` (in [0, 1], may be missing),
            `reach`, `balance`, `value_at_risk` (yuan), and columns of groups.
        cures: chance of a cure by account and treatment, index account_id, as
            `allocation.expected_cures` gives it.
        allowed: True where a treatment breaks no rule, index account_id, as `strategy.allowed` gives it;
            without it everything is carried out.
        groups: columns of `accounts` to be compared; missing values are a group.
        capacity: accounts that can be treated, by treatment.
        bands: bands of equal risk (chance of no cure by itself) for the comparison of groups.

    Raises:
        ColumnMissing, Unmeasurable: a column or a row is missing, twice or not measurable.
    """

    def __init__(
        self,
        accounts: DataFrame,
        cures: DataFrame,
        allowed: DataFrame | None = None,
        groups: Sequence[str] = (),
        capacity: Mapping[str, int] | None = None,
        bands: int = 5,
    ) -> None:
        self.ids = column(accounts, "account_id", "account_id")
        once(self.ids, "accounts")
        self.ability, self.willingness = (
            _scores(column(accounts, name, name), name) for name in ("ability", "willingness")
        )
        self.balance, self.value = (
            numbers(column(accounts, name, name), name, low=0)
            for name in ("balance", "value_at_risk")
        )
        self.reach = _codes(column(accounts, "reach", "reach"), REACH)
        chances = _matched(cures, self.ids, "cures")
        self.chances = np.column_stack(
            [numbers(chances[kind], f"cures: {kind}", 0, 1) for kind in TREATMENTS]
        )
        self._gain = self.chances - self.chances[:, :1]
        self._allowed = np.ones(self._gain.shape, dtype=bool)
        if allowed is not None:
            rules = _matched(allowed, self.ids, "allowed")
            self._allowed = np.column_stack(
                [flags(rules[kind], f"allowed: {kind}") == 1 for kind in TREATMENTS]
            )
        self.capacity = dict(capacity or {})
        known_treatments(self.capacity)
        risk = 1 - self.chances[:, 0]
        edges = np.unique(np.quantile(risk, np.arange(1, bands) / bands, method="lower"))
        self._band, self._bands = np.searchsorted(edges, risk, side="left"), len(edges) + 1
        self.groups = {name: _Groups.of(column(accounts, name, name)) for name in groups}
        known = [terms().treatments[kind] for kind in TREATMENTS]
        self._cost = np.array([one.cost for one in known])
        self._complaints = np.array([one.complaints for one in known])

    def segment(self, policy: Policy) -> Flags:
        """Return the segment of every account, as its place in SEGMENTS."""
        unable, reluctant = (
            self.ability < policy.cut_ability,
            self.willingness < policy.cut_willingness,
        )
        found: Flags = 2 * unable.astype(np.int64) + reluctant
        found[np.isnan(self.ability) | np.isnan(self.willingness)] = 4
        if policy.least_reach == "partly":
            found[self.reach == REACH.index("lost")] = 5
        elif policy.least_reach == "reachable":
            found[self.reach != REACH.index("reachable")] = 5
        found[self.value < policy.least_value] = 6
        return found

    def table(self, policy: Policy) -> DataFrame:
        """Return the treatment table that the policy makes, without what a rule forbids."""
        carried_out = self._carried_out(self._meant(policy, self.segment(policy)))
        names = np.array(TREATMENTS, dtype=object)[carried_out]
        return DataFrame({"account_id": self.ids, "treatment": names})

    def outcome(self, policy: Policy, group: str | None = None) -> PolicyOutcome:
        """Return what the policy is expected to do, and to the groups of one column if it is named."""
        segment = self.segment(policy)
        meant = self._meant(policy, segment)
        done = self._carried_out(meant)
        gain = self._gain[np.arange(len(done)), done]
        cost, complaints = self._cost[done], self._complaints[done]
        net = gain * self.value - cost - terms().complaint.cost * complaints
        amounts: dict[str, Any] = {
            "accounts": None,
            "balance": self.balance,
            "value_at_risk": self.value,
            "held_back": meant != done,
            "extra_cures": gain,
            "complaints": complaints,
            "cost": cost,
            "net": net,
        }
        table = DataFrame(
            {
                name: np.bincount(segment, weights=values, minlength=len(SEGMENTS))
                for name, values in amounts.items()
            },
            index=list(SEGMENTS),
        ).astype({"accounts": int, "held_back": int})
        table.insert(0, "treatment", [policy.treatments.get(one, "none") for one in SEGMENTS])
        counts = np.bincount(done, minlength=len(TREATMENTS))
        used = dict(zip(TREATMENTS, counts.tolist(), strict=True))
        over = {
            kind: used[kind] - room for kind, room in self.capacity.items() if used[kind] > room
        }
        people = None if group is None else self._compared(self.groups[group], done, gain)
        cured = float(self.chances[np.arange(len(done)), done].sum())
        return PolicyOutcome(table.rename_axis("segment"), used, over, people, cured)

    def _meant(self, policy: Policy, segment: Flags) -> Flags:
        places = [TREATMENTS.index(policy.treatments.get(one, "none")) for one in SEGMENTS]
        return np.array(places, dtype=np.int64)[segment]

    def _carried_out(self, meant: Flags) -> Flags:
        return np.where(self._allowed[np.arange(len(meant)), meant], meant, 0)

    def _compared(self, groups: "_Groups", done: Flags, gain: Floats) -> DataFrame:
        """Return shares of treatments, extra cures and complaints by group."""
        size = len(groups.names)
        count = np.bincount(groups.code, minlength=size)
        kinds = np.bincount(groups.code * len(TREATMENTS) + done, minlength=size * len(TREATMENTS))
        table = DataFrame(
            kinds.reshape(size, -1) / count[:, None], columns=list(TREATMENTS), index=groups.names
        )
        table.insert(0, "accounts", count)
        for name, values in (("extra_cures", gain), ("complaints", self._complaints[done])):
            table[name] = 1000 * np.bincount(groups.code, values, minlength=size) / count
        at = int(count.argmax())
        table["gap"] = table["extra_cures"] - table["extra_cures"].iloc[at]
        cell, cells = groups.code * self._bands + self._band, size * self._bands
        sums, counts = (
            np.bincount(cell, weights, minlength=cells).reshape(size, -1).astype(float)
            for weights in (gain, None)
        )
        table["equal_risk_gap"] = 1000 * standardised_gap(sums, counts, at)[0]
        return table


@dataclass(frozen=True)
class _Groups:
    """The groups of one column, in the order of their names, and which account is in which."""

    names: list[Any]
    code: Flags

    @classmethod
    def of(cls, values: Series) -> "_Groups":
        code, names = values.factorize(sort=True, use_na_sentinel=False)
        return cls(list(names), np.asarray(code, dtype=np.int64))


def _scores(values: Series, name: str) -> Floats:
    """Return scores in [0, 1]; a missing one stays missing."""
    if values.notna().any():
        numbers(values.dropna(), name, 0, 1)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _codes(values: Series, known: Sequence[str]) -> Flags:
    """Return the place of every value among those that are known."""
    if not values.isin(known).all():
        raise Unmeasurable(
            _("'{name}' knows no '{found}'. There are: {options}.").format(
                name=values.name,
                found=values[~values.isin(known)].iloc[0],
                options=", ".join(known),
            )
        )
    places = {name: at for at, name in enumerate(known)}
    return np.asarray(values.map(places), dtype=np.int64)


def _matched(table: DataFrame, ids: Series, name: str) -> DataFrame:
    """Return the rows of a table of treatments by account_id, in the order of the accounts."""
    for kind in TREATMENTS:
        column(table, kind, kind)
    once(table.index.to_series(), name)
    if absent := int((~ids.isin(table.index)).sum()):
        raise Unmeasurable(
            _(
                "'{name}' has no row for {count} of the accounts. Its index holds the account_id."
            ).format(name=name, count=absent)
        )
    return table.loc[ids, list(TREATMENTS)].reset_index(drop=True)
