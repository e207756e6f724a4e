"""A table of contacts or accounts, read for the tests of the rules.

A column is looked for in the table itself, then among its accounts (by account_id) and its agents
(by agent). What a column may hold stands in `columns.yaml`; anything else is refused by name.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Index, Series
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from duecourse.columns import Unmeasurable
from duecourse.language import _
from duecourse.rules.columns import columns, labels
from duecourse.rules.counts import Bools, Ints, before, together
from duecourse.rules.kinds import Conditions, Match, Test
from duecourse.rules.lapses import time_barred
from duecourse.rules.values import days_of, wrong
from duecourse.tasks import did_you_mean

NONE: Final = -1


class Sheet:
    """Rows in the order of time, with every column read once.

    Args:
        table: the rows; `at` holds local times without a zone and no missing one.
        others: tables that go with it, each with the column by which it is joined.
        resets: what can start a limitation period: `account_id`, `on`, `kind`, `arrived`.
    """

    def __init__(
        self,
        table: DataFrame,
        at: NDArray[np.datetime64],
        others: dict[str, DataFrame],
        resets: DataFrame | None = None,
    ) -> None:
        order = np.argsort(at, kind="stable")
        self.rows: Ints = order
        known = table[[name for name in table.columns if name in columns()]]
        sorted_already = bool((order == np.arange(len(order))).all())
        self.table = (known if sorted_already else known.iloc[order]).reset_index(drop=True)
        self.clock = at[order]
        self.day: Ints = self.clock.astype("datetime64[D]").astype(np.int64)
        self.minute: Ints = (
            (self.clock - self.clock.astype("datetime64[D]"))
            .astype("timedelta64[m]")
            .astype(np.int64)
        )
        self.size = len(at)
        self._others = others
        self._resets = resets
        self._joined: dict[str, Ints] = {}
        self._kept: dict[Any, Any] = {}

    def has(self, name: str) -> bool:
        """Return whether the column is there, or can be worked out."""
        if name == "posted":
            return True
        if name == "refused_before":
            return self._there("opted_out") or self._told_who_refused()
        if name == "time_barred" and not self._there(name):
            return self._resets is not None
        return self._there(name)

    def column(self, name: str) -> Series:
        """Return a column as it stands, one value a row."""
        if name in self.table.columns:
            return self.table[name]
        key, other = next(
            (key, other) for key, other in self._others.items() if self._joins(key, other, name)
        )
        if key not in self._joined:
            ids = Index(other[key])
            if not ids.is_unique:
                raise Unmeasurable(
                    _("'{name}' stands twice in its own table, such as {found}.").format(
                        name=key, found=repr(ids[ids.duplicated()][0])
                    )
                )
            self._joined[key] = ids.get_indexer(Index(self.table[key])).astype(np.int64)
        values = other[name].reset_index(drop=True)
        return values.reindex(Index(self._joined[key])).reset_index(drop=True)

    def meets(self, conditions: Conditions, assume: dict[str, Any]) -> Bools:
        """Return where all conditions are known to hold."""
        found = np.ones(self.size, dtype=bool)
        for name, match in conditions.items():
            found &= self._match(name, match, assume.get(name))[0]
        return found

    def where(self, test: Test) -> tuple[Bools, Bools]:
        """Return where a test's conditions hold, and where that cannot be told."""
        sure = np.ones(self.size, dtype=bool)
        perhaps = np.ones(self.size, dtype=bool)
        for name, match in test.when.items():
            yes, missing = self._match(name, match, test.assume.get(name))
            sure &= yes
            perhaps &= yes | missing
        for name, match in test.unless.items():
            yes, _missing = self._match(name, match, test.assume.get(name))
            sure &= ~yes
            perhaps &= ~yes
        return sure, perhaps & ~sure

    def concerned(self, test: Test) -> Bools:
        """Return which rows a test may be about, by those of its conditions that can be read."""
        found = np.ones(self.size, dtype=bool)
        for name, match in test.when.items():
            if self.has(name):
                yes, missing = self._match(name, match, test.assume.get(name))
                found &= yes | missing
        return found

    def group(self, by: tuple[str, ...], assume: dict[str, Any]) -> Ints:
        """Return the group of each row; below 0 where a part of it is missing."""
        return together(*(self._codes(name, assume.get(name)) for name in by))

    def days(self, name: str) -> Ints:
        """Return a column of days as numbers; the smallest number there is stands for none."""
        key = ("days", name)
        if key not in self._kept:
            self._kept[key] = days_of(self.column(name), name).astype(np.int64)
        found: Ints = self._kept[key]
        return found

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers, nan where there is none."""
        values = self.column(name).infer_objects()
        if values.isna().all():
            return np.full(self.size, np.nan)
        if not is_numeric_dtype(values):
            raise wrong(name, _("numbers"), values.dropna().iloc[0])
        return values.to_numpy(dtype=np.float64, na_value=np.nan)

    def texts(self, name: str) -> tuple[Ints, list[str]]:
        """Return a column of words as numbers with the words; below 0 is missing."""
        key = ("texts", name)
        if key not in self._kept:
            codes, words = pd.factorize(self.column(name))
            self._kept[key] = codes.astype(np.int64), [str(one) for one in words]
            self._known(name, self._kept[key][1])
        codes, words = self._kept[key]
        return codes, words

    def _there(self, name: str) -> bool:
        if name in self.table.columns:
            return True
        return any(self._joins(key, other, name) for key, other in self._others.items())

    def _joins(self, key: str, other: DataFrame, name: str) -> bool:
        return name in other.columns and key in other.columns and key in self.table.columns

    def _match(self, name: str, match: Match, assumed: Any) -> tuple[Bools, Bools]:
        key = ("match", name, match, assumed)
        if key not in self._kept:
            self._kept[key] = self._matched(name, match, assumed)
        found: tuple[Bools, Bools] = self._kept[key]
        return found

    def _matched(self, name: str, match: Match, assumed: Any) -> tuple[Bools, Bools]:
        nobody = np.zeros(self.size, dtype=bool)
        if not self.has(name):
            fits = assumed == match if isinstance(match, bool) else assumed in match
            return np.full(self.size, fits), nobody
        if isinstance(match, bool):
            flags = self._flags(name)
            if assumed is not None:
                flags = np.where(flags == NONE, int(assumed), flags)
            return flags == int(match), flags == NONE
        codes, words = self.texts(name)
        if columns()[name].type == "labels":
            fit = [bool(labels(one) & set(match)) for one in words]
            return np.array([*fit, False])[codes], nobody
        fit = [one in match for one in words]
        missing = codes < 0
        if assumed is not None:
            return np.array([*fit, assumed in match])[codes], nobody
        return np.array([*fit, False])[codes], missing

    def _flags(self, name: str) -> Ints:
        key = ("flags", name)
        if key not in self._kept:
            match name:
                case "posted":
                    self._kept[key] = self._posted()
                case "refused_before":
                    self._kept[key] = self._refused_before()
                case "time_barred" if not self._there(name):
                    self._kept[key] = self._time_barred()
                case _:
                    self._kept[key] = self._given(name)
        found: Ints = self._kept[key]
        return found

    def _given(self, name: str) -> Ints:
        values = self.column(name)
        if is_bool_dtype(values) and not values.hasnans:
            return values.to_numpy(dtype=np.int64)
        codes, words = pd.factorize(values)
        for word in words:
            if isinstance(word, str) or word not in (0, 1):
                raise wrong(name, _("True and False"), word)
        return np.array([*(int(word) for word in words), NONE], dtype=np.int64)[codes]

    def _posted(self) -> Ints:
        """A posting is posted, whatever the flag says; without a flag nothing else is."""
        rest = self._given("posted") if self._there("posted") else np.zeros(self.size, np.int64)
        return np.where(self.meets({"channel": ("posting",)}, {}), 1, rest)

    def _told_who_refused(self) -> bool:
        return all(self._there(one) for one in ("role", "number", "outcome"))

    def _refused_before(self) -> Ints:
        """A third person who refused once has opted out of what follows on the same number."""
        rest = np.zeros(self.size, dtype=np.int64)
        if self._there("opted_out"):
            rest = self._flags("opted_out")
        if not self._told_who_refused():
            return rest
        third = self.meets({"role": ("third_party",)}, {})
        refused = third & self.meets({"outcome": ("refused",)}, {})
        earlier = before(self.group(("account", "number"), {}), refused)
        return np.where((earlier >= 0) & third, 1, rest)

    def _time_barred(self) -> Ints:
        """Where it is not given, it follows from what can start a limitation period."""
        assert self._resets is not None
        return time_barred(self.table["account_id"], self.day, self._resets)

    def _codes(self, name: str, assumed: Any) -> Ints:
        key = ("codes", name, assumed)
        if key not in self._kept:
            self._kept[key] = self._coded(name, assumed)
        found: Ints = self._kept[key]
        return found

    def _coded(self, name: str, assumed: Any) -> Ints:
        if name == "account" or (name == "debtor" and not self._there("debtor_id")):
            return pd.factorize(self.table["account_id"])[0].astype(np.int64)
        if name == "debtor":
            codes: Ints = pd.factorize(self.column("debtor_id"))[0].astype(np.int64)
            alone = self._codes("account", None) + int(codes.max(initial=0)) + 1
            return np.where(codes < 0, alone, codes)
        if not self._there(name):
            return np.zeros(self.size, dtype=np.int64)
        if name == "number":
            return pd.factorize(self.column(name))[0].astype(np.int64)
        codes, words = self.texts(name)
        if assumed is None:
            return codes
        return np.where(codes < 0, words.index(assumed) if assumed in words else len(words), codes)

    def _known(self, name: str, words: list[str]) -> None:
        """Raise Unmeasurable if a word or a label is none of those that the column can hold."""
        allowed = columns()[name].words if name in columns() else None
        if allowed is None:
            return
        several = columns()[name].type == "labels"
        for word in words:
            for one in labels(word) if several else [word]:
                if one not in allowed:
                    text = _("'{name}' cannot hold '{found}'.").format(name=name, found=one)
                    raise Unmeasurable(text + did_you_mean(one, list(allowed)))
