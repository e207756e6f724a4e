"""What a bank sees of a customer each month besides the account itself."""

import numpy as np
from numpy.typing import NDArray

from duecourse.portfolio.month import Month
from duecourse.portfolio.parameters import Parameters
from duecourse.portfolio.people import Rng
from duecourse.portfolio.state import State, sigmoid


def indicators(
    state: State, done: Month, rng: Rng, p: Parameters
) -> dict[str, NDArray[np.generic]]:
    """Return the month's indicators by column name, one entry an account.

    They react in the month in which a shock begins; payments suffer only when the household's
    reserve is used up. So they can warn, and only for a while.
    """
    people, count = state.people, len(state.people)
    left = np.array([p.hardship_inflow[cause] for cause in p.hardship_causes])
    shocked = state.hardship > 0
    usual = np.where(shocked, left[state.cause], 1.0)
    inflow = people.income * usual * np.exp(p.inflow_noise * rng.standard_normal(count))
    strain = people.ability + p.hardship_effect * shocked
    base, slope, chance = p.utilisation
    # part of the use of other lines is a habit and stays the same from month to month
    habit = np.sin(people.principal) * chance
    used = sigmoid(base + slope * strain + habit + chance * rng.standard_normal(count))
    rate, by_ability = p.new_lenders
    quiet, moving = p.contact_changed
    return {
        "inflow": np.round(inflow, 0),
        "utilisation": np.round(used, 3),
        "new_lenders": rng.poisson(np.exp(rate + by_ability * strain)),
        "contact_changed": rng.random(count) < np.where(done.reach > 0, moving, quiet),
    }
