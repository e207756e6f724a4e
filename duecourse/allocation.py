"""Which account gets which treatment: what each is expected to be worth, and the best that capacity allows."""

from collections.abc import Mapping

import numpy as np
from pandas import DataFrame, Series

from duecourse.columns import Floats, aligned, column, numbers
from duecourse.treatments import TREATMENTS, known_treatments, once, places, terms


def expected_cures(segment: Series, effects: DataFrame) -> DataFrame:
    """Return the chance of a cure of every account under every treatment, as trials saw it in its segment.

    Args:
        segment: the segment of every account, by account_id.
        effects: a `trials.effects` table: index (segment, treatment), columns `rate` and `control_rate`.

    Returns:
        index: `account_id`; one column per treatment, in [0, 1]; missing where nothing was tried by lot.
    """
    once(segment.index.to_series(), "segment")
    known = segment.astype(object)
    found = DataFrame(index=segment.index.rename("account_id"))
    control = effects["control_rate"].groupby(level="segment", dropna=False).first()
    found["none"] = known.map(control).astype(float)
    for kind in TREATMENTS[1:]:
        found[kind] = known.map(_of(effects, kind, "rate")).astype(float)
    return found


def expected_net_benefit(
    segment: Series, effects: DataFrame, value: Series, allowed: DataFrame | None = None
) -> DataFrame:
    """Return what every treatment is expected to be worth for every account, in yuan over no treatment.

    effect of the account's segment * value - cost - complaints * the price of an upheld complaint.

    Args:
        segment: the segment of every account, by account_id.
        effects: a `trials.effects` table: index (segment, treatment), column `effect`, the extra
            share of cures. A pair that no trial has tried stays missing.
        value: what a cure keeps from being lost, yuan, by account_id.
        allowed: True where a treatment breaks no rule, as `allowed` gives it; what is not is missing.

    Returns:
        index: `account_id`; one column per treatment; `none` is worth 0.
    """
    once(segment.index.to_series(), "segment")
    people, worth = aligned(segment=segment, value=value)
    amounts = numbers(worth, "value", low=0)
    gains = DataFrame(0.0, index=segment.index.rename("account_id"), columns=list(TREATMENTS))
    for kind in TREATMENTS[1:]:
        one = terms().treatments[kind]
        price = one.cost + terms().complaint.cost * one.complaints
        gains[kind] = (
            people.map(_of(effects, kind, "effect")).to_numpy(dtype=float) * amounts - price
        )
    return gains if allowed is None else gains.where(allowed.reindex(gains.index)[gains.columns])


def assign(value: DataFrame, capacity: Mapping[str, int]) -> Series:
    """Return the treatments of the highest total value within the capacity.

    A transport problem, solved exactly by linear programming (its corners are whole numbers: Dantzig, 1951).
    Of equally good tables one is returned, the same for the same input.

    Args:
        value: yuan over no treatment, index `account_id`, one column per treatment; a missing value is
            not allowed. No treatment is always allowed, and worth 0 if there is no such column.
        capacity: accounts that can be treated, by treatment; one that is not named has no limit.

    Returns:
        the treatment by `account_id`, as a treatment table.
    """
    limits = places(capacity)
    known_treatments(value.columns)
    once(value.index.to_series(), "value")
    kinds = [kind for kind in TREATMENTS if kind == "none" or kind in value.columns]
    worth = value.reindex(columns=kinds)
    worth["none"] = worth["none"].fillna(0.0)
    free = [kind for kind in kinds if kind not in limits]
    # what has no limit needs no solver: only the best of it competes for the places elsewhere
    found = worth[free].idxmax(axis=1).to_numpy(dtype=object)
    scarce = [kind for kind in kinds if kind in limits]
    gain = worth[scarce].sub(worth[free].max(axis=1), axis=0)
    for row, kind in _transported(gain.to_numpy(dtype=float), [limits[kind] for kind in scarce]):
        found[row] = scarce[kind]
    return Series(found, index=worth.index.rename("account_id"), name="treatment", dtype=object)


def _of(effects: DataFrame, treatment: str, name: str) -> Series:
    """Return one column of the effects of one treatment, by segment; empty if nobody got it by lot."""
    column(effects.reset_index(), name, name)
    tried = effects.index.get_level_values("treatment") == treatment
    return effects.loc[tried, name].droplevel("treatment").astype(float)


def _transported(gain: Floats, room: list[int]) -> list[tuple[int, int]]:
    """Return (row, column) pairs of the highest total gain, each row once, each column as often as it has room.

    A row that gains nothing takes no place; a missing gain is no way.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, vstack

    rows, columns = np.nonzero(np.nan_to_num(gain, nan=-1.0) > 0)
    if not len(rows):
        return []
    ways = np.arange(len(rows))
    single = coo_array((np.ones(len(rows)), (np.unique(rows, return_inverse=True)[1], ways)))
    whole = coo_array((np.ones(len(rows)), (columns, ways)), shape=(len(room), len(rows)))
    limits = np.concatenate([np.ones(single.shape[0]), np.asarray(room, dtype=float)])
    solved = linprog(
        -gain[rows, columns],
        A_ub=vstack([single, whole]).tocsr(),
        b_ub=limits,
        bounds=(0, 1),
        method="highs-ds",
    )
    taken = solved.x > 0.5
    return list(zip(rows[taken].tolist(), columns[taken].tolist(), strict=True))
