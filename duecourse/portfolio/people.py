"""Who the customers are and what they owe: drawn once, before anything happens."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecourse.columns import Flags, Floats
from duecourse.portfolio.parameters import Parameters, matrix

Bools: TypeAlias = NDArray[np.bool_]
Rng: TypeAlias = np.random.Generator

EMPLOYMENT = ("employee", "self_employed", "gig")
SEX = ("f", "m")
AGE_BANDS = ("18-29", "30-44", "45-59", "60+")
NUMBER_STATUS = ("own", "reassigned")
FIRST_ID = 100_001


@dataclass
class People:
    """One entry an account in every array. Traits are standard normal and nobody sees them.

    Attributes:
        opened: the month of opening, from 0.
        instalment: cents a month, the same in every month of the term.
        income: yuan a month.
        surplus: income less essentials and priority debts, yuan a month.
        reassigned: the number on file belongs to somebody else.
    """

    opened: Flags
    opening_day: Flags
    due_day: Flags
    product: Flags
    term: Flags
    annual_rate: Floats
    principal: Floats
    instalment: Flags
    income: Floats
    income_known: Bools
    essentials: Floats
    priority_debts: Floats
    surplus: Floats
    employment: Flags
    sex: Flags
    age_band: Flags
    reassigned: Bools
    letters_only: Bools
    ability: Floats
    willingness: Floats
    contact: Floats

    def __len__(self) -> int:
        return len(self.opened)

    def balance(self, paid: Flags) -> Floats:
        """Return the principal outstanding, yuan, after so many instalments paid."""
        rate = self.annual_rate / 12
        whole = (1 + rate) ** self.term
        share = (whole - (1 + rate) ** np.minimum(paid, self.term)) / (whole - 1)
        return np.asarray(np.round(self.principal * share, 2), dtype=np.float64)


def draw(count: int, months: int, rng: Rng, p: Parameters) -> People:
    """Draw the accounts of a book.

    Sex and age have no effect on paying here; they are there so that treatment can be checked for
    fairness. Their incomes differ a little, so a careless rule can still treat them unequally.
    """
    traits = _traits(count, rng, p)
    ability, willingness, contact = traits
    sex = rng.integers(0, 2, count)
    age = rng.choice(len(AGE_BANDS), count, p=list(p.age_bands.values()))
    by_sex, by_age = (np.array(list(one.values())) for one in (p.income_by_sex, p.income_by_age))
    lean = by_sex[sex] + by_age[age]
    spread, chance = p.income_spread
    income = p.income_median * np.exp(spread * ability + chance * rng.standard_normal(count) + lean)
    income = np.round(income, -1)
    essentials = income * _share(p.essentials_share, p.essentials_limits, ability, rng)
    priority = income * _share(p.priority_share, p.priority_limits, ability, rng)
    essentials, priority = np.round(essentials, -1), np.round(priority, -1)
    product = rng.choice(len(p.products), count, p=list(p.products.values()))
    term = rng.choice(list(p.terms), count, p=list(p.terms.values()))
    annual_rate = np.array([p.annual_rates[name] for name in p.products])[product]
    low, high = p.instalment_share
    monthly = annual_rate / 12
    wanted = income * rng.uniform(low, high, count)
    factor = monthly / (1 - (1 + monthly) ** -term)
    principal = np.maximum(np.round(wanted / factor, -2), 1000.0)
    base, slope = p.reassigned_number
    moved = rng.random(count) < 1 / (1 + np.exp(-(base + slope * contact)))
    span = max(1, round(p.opening_span * months))
    return People(
        opened=np.sort(rng.integers(0, span, count)),
        opening_day=rng.integers(0, 28, count),
        due_day=rng.integers(p.due_days[0], p.due_days[1] + 1, count),
        product=product,
        term=term,
        annual_rate=annual_rate,
        principal=principal,
        instalment=np.round(principal * factor * 100).astype(np.int64),
        income=income,
        income_known=rng.random(count) >= p.income_unknown,
        essentials=essentials,
        priority_debts=priority,
        surplus=income - essentials - priority,
        employment=_employment(ability, rng, p),
        sex=sex,
        age_band=age,
        reassigned=moved,
        letters_only=rng.random(count) < p.letters_only,
        ability=ability,
        willingness=willingness,
        contact=contact,
    )


def _traits(count: int, rng: Rng, p: Parameters) -> Any:
    return np.linalg.cholesky(matrix(p.correlations)) @ rng.standard_normal((3, count))


def _share(
    shape: tuple[float, float, float], limits: tuple[float, float], ability: Floats, rng: Rng
) -> Floats:
    base, slope, chance = shape
    return np.clip(base + slope * ability + chance * rng.standard_normal(len(ability)), *limits)


def _employment(ability: Floats, rng: Rng, p: Parameters) -> Flags:
    """Draw employment; gig work is commoner where ability is low."""
    base, slope = p.gig_work
    gig = 1 / (1 + np.exp(-(base + slope * ability)))
    u = rng.random(len(ability))
    return np.where(u < gig, 2, np.where(u < gig + p.self_employed, 1, 0)).astype(np.int64)
