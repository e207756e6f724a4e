"""The two notebooks of the classic course, cell by cell.

They know nothing of this kit: asserts, hidden tests, partial credit by the number that a cell
returns, cells and tasks that a person marks, tables, widgets, warnings.
"""  # noqa: INP001 - beside a script, no package

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Cell:
    """A cell of a source notebook.

    Attributes:
        source: its text, with nbgrader's marks.
        grade_id: nbgrader's name of it; "" for a cell that nbgrader does not know.
        points: what it is worth; None where nothing is given for it.
        kind: text or code, as people see it; read-only; an answer; a test; a text or code that a
            person marks; a task, which a person marks by what stands around it.
    """

    source: str
    grade_id: str = ""
    points: int | None = None
    kind: str = "code"


def text(source: str) -> Cell:
    """Return a cell of prose."""
    return Cell(source, kind="text")


def fixed(name: str, source: str) -> Cell:
    """Return a code cell that learners cannot change."""
    return Cell(source, name, kind="fixed")


def answer(name: str, given: str, solution: str) -> Cell:
    """Return a cell whose solution learners write between what is given."""
    return Cell(f"{given}### BEGIN SOLUTION\n{solution}\n### END SOLUTION", name, kind="answer")


def test(name: str, points: int, source: str) -> Cell:
    """Return a cell that gives points when it raises nothing, or as many as it returns."""
    return Cell(source, name, points, "test")


IMPORTS: Final = """\
import warnings

import ipywidgets as widgets
import numpy as np
import pandas as pd
from IPython.display import HTML, display"""

LEDGER: Final = (
    text("# The ledger\n\nWho is behind, since when, and with how much?"),
    fixed("ledger-setup", IMPORTS),
    Cell(
        'accounts = pd.read_csv("data/accounts.csv", parse_dates=["due", "paid"])\naccounts.head(8)'
    ),
    text("## 1. Days past due\n\nA day before the due date, and a paid account, count as 0."),
    answer(
        "days-answer",
        "def days_past_due(due, paid, today):\n",
        "    if pd.notna(paid) and paid <= today:\n"
        "        return 0\n"
        "    return max(0, (today - due).days)",
    ),
    test(
        "days",
        2,
        'today = pd.Timestamp("2026-03-31")\n'
        'assert days_past_due(pd.Timestamp("2026-03-01"), pd.NaT, today) == 30\n'
        'assert days_past_due(pd.Timestamp("2026-04-02"), pd.NaT, today) == 0',
    ),
    test(
        "days-paid",
        2,
        'assert days_past_due(pd.Timestamp("2026-03-30"), pd.NaT, today) == 1\n'
        "### BEGIN HIDDEN TESTS\n"
        'assert days_past_due(pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01"), today) == 0\n'
        'assert days_past_due(pd.Timestamp("2026-03-01"), pd.Timestamp("2026-05-01"), today) == 30\n'
        "### END HIDDEN TESTS",
    ),
    text("## 2. Buckets\n\n`current`, `1-30`, `31-60`, `61-90`, `over 90`."),
    answer(
        "bucket-answer",
        "def bucket(days):\n",
        '    names = ["current", "1-30", "31-60", "61-90", "over 90"]\n'
        "    return names[int(np.searchsorted([0, 30, 60, 90], days))]",
    ),
    test(
        "bucket",
        3,
        "### BEGIN HIDDEN TESTS\n"
        "expected = {0: 'current', 1: '1-30', 30: '1-30', 31: '31-60', 90: '61-90', 91: 'over 90'}\n"
        "for days, name in expected.items():\n"
        "    assert bucket(days) == name, f'{days} days are {name}, not {bucket(days)}'\n"
        "### END HIDDEN TESTS\n"
        "assert isinstance(bucket(5), str)",
    ),
    Cell(
        "days = widgets.IntSlider(value=45, min=0, max=120, description='days')\n"
        "shown = widgets.Output()\n\n\n"
        "def show(change):\n"
        "    with shown:\n"
        "        print(change['new'], bucket(change['new']))\n\n\n"
        "days.observe(show, 'value')\n"
        "days.value = 61\n"
        "widgets.VBox([days, shown])"
    ),
    text("## 3. The book by bucket\n\nA table `by_bucket` with `accounts` and `balance`."),
    answer(
        "table-answer",
        "accounts['days'] = [\n"
        "    days_past_due(due, paid, today)\n"
        "    for due, paid in zip(accounts['due'], accounts['paid'], strict=True)\n"
        "]\n",
        "accounts['bucket'] = accounts['days'].map(bucket)\n"
        "by_bucket = accounts.groupby('bucket').agg(\n"
        "    accounts=('account_id', 'size'), balance=('balance', 'sum')\n"
        ")",
    ),
    Cell("display(by_bucket.round(2))\nby_bucket['accounts'].sum()"),
    test(
        "table",
        3,
        "assert list(by_bucket.columns) == ['accounts', 'balance']\n"
        "### BEGIN HIDDEN TESTS\n"
        "own = accounts.assign(bucket=accounts['days'].map(\n"
        "    lambda d: 'current' if d <= 0 else '1-30' if d <= 30 else '31-60' if d <= 60\n"
        "    else '61-90' if d <= 90 else 'over 90'))\n"
        "right = own.groupby('bucket').agg(\n"
        "    accounts=('account_id', 'size'), balance=('balance', 'sum'))\n"
        "pd.testing.assert_frame_equal(by_bucket, right)\n"
        "### END HIDDEN TESTS",
    ),
    test(
        "table-parts",
        4,
        "points = 0\n"
        "points += int(by_bucket['accounts'].sum() == len(accounts))\n"
        "### BEGIN HIDDEN TESTS\n"
        "points += int(abs(by_bucket['balance'].sum() - accounts['balance'].sum()) < 0.01)\n"
        "points += int('over 90' in by_bucket.index) + int(len(by_bucket) == 5)\n"
        "### END HIDDEN TESTS\n"
        "points",
    ),
    text("## 4. What is at risk\n\nThe share of the balance that is more than 60 days behind."),
    answer(
        "risk-answer",
        "",
        "at_risk = by_bucket.loc[['61-90', 'over 90'], 'balance'].sum() / by_bucket['balance'].sum()",
    ),
    test(
        "risk",
        2,
        "assert 0 < at_risk < 1\n"
        "### BEGIN HIDDEN TESTS\n"
        "late = accounts.loc[accounts['days'] > 60, 'balance'].sum()\n"
        "assert abs(at_risk - late / accounts['balance'].sum()) < 1e-6\n"
        "### END HIDDEN TESTS",
    ),
    Cell(
        "with warnings.catch_warnings():\n"
        "    warnings.simplefilter('always')\n"
        "    warnings.warn('balances are in yuan', stacklevel=1)\n"
        "print(f'{at_risk:.2%} of the balance is at risk')"
    ),
    Cell(
        "### BEGIN SOLUTION\n"
        "Old balances are lent longest ago and paid back least.\n"
        "### END SOLUTION",
        "why",
        3,
        "written",
    ),
    Cell(
        "### BEGIN SOLUTION\n"
        "accounts.nlargest(5, 'balance')[['account_id', 'balance', 'bucket']]\n"
        "### END SOLUTION",
        "largest",
        2,
        "written code",
    ),
    text("## 5. A note for the team"),
    Cell(
        "display(HTML('<b>' + str(round(accounts['balance'].mean(), 2)) + '</b> yuan on average'))"
    ),
    Cell(
        "Write a note of five lines for the team, in cells of your own below.\n\n"
        "=== BEGIN MARK SCHEME ===\nOne point for each bucket that is named.\n"
        "=== END MARK SCHEME ===",
        "note",
        5,
        "task",
    ),
)

MEASURES: Final = (
    text("# Measures\n\nWhat comes back, how soon, and what a plan is worth."),
    fixed("measures-setup", IMPORTS),
    Cell(
        'payments = pd.read_csv("data/payments.csv", parse_dates=["day"])\n'
        "display(payments.describe().round(2))\n"
        "payments.dtypes"
    ),
    text("## 1. Payments by month"),
    answer(
        "month-answer",
        "",
        "by_month = payments.groupby(payments['day'].dt.to_period('M'))['amount'].sum()",
    ),
    test(
        "month",
        2,
        "assert len(by_month) == 12\n"
        "### BEGIN HIDDEN TESTS\n"
        "assert abs(by_month.sum() - payments['amount'].sum()) < 0.01\n"
        "assert str(by_month.index[0]) == '2025-01'\n"
        "### END HIDDEN TESTS",
    ),
    Cell("by_month.to_frame().style.format('{:,.2f}').set_uuid('months')"),
    text(
        "## 2. The cure rate\n\nThe share of the accounts in `rolls` that are current afterwards."
    ),
    fixed(
        "rolls",
        "rolls = pd.DataFrame(\n"
        "    np.random.default_rng(7).integers(0, 5, size=(3000, 2)), columns=['before', 'after']\n"
        ")\n"
        "pd.crosstab(rolls['before'], rolls['after'])",
    ),
    answer(
        "cure-answer",
        "def cure_rate(rolls):\n",
        "    behind = rolls[rolls['before'] > 0]\n    return float((behind['after'] == 0).mean())",
    ),
    test(
        "cure",
        3,
        "assert cure_rate(pd.DataFrame({'before': [1, 2], 'after': [0, 2]})) == 0.5\n"
        "### BEGIN HIDDEN TESTS\n"
        "behind = rolls.query('before > 0')\n"
        "assert np.isclose(cure_rate(rolls), (behind['after'] == 0).mean())\n"
        "### END HIDDEN TESTS",
    ),
    Cell(
        "choice = widgets.Dropdown(options=[('one', 1), ('two', 2), ('three', 3)], description='from')\n"
        "label = widgets.HTML()\n\n\n"
        "def rate(change):\n"
        "    label.value = f\"{cure_rate(rolls[rolls['before'] == change['new']]):.1%}\"\n\n\n"
        "choice.observe(rate, 'value')\n"
        "choice.value = 3\n"
        "display(widgets.HBox([choice, label]))"
    ),
    text("## 3. What a plan is worth\n\n`present_value(payment, months, rate)`, paid in arrears."),
    answer(
        "value-answer",
        "def present_value(payment, months, rate):\n",
        "    return sum(payment / (1 + rate) ** month for month in range(1, months + 1))",
    ),
    test("value", 2, "assert np.isclose(present_value(100, 2, 0), 200)"),
    test(
        "value-parts",
        4,
        "points = 0.0\n"
        "### BEGIN HIDDEN TESTS\n"
        "for months in (1, 6, 12, 24):\n"
        "    right = 100 * (1 - 1.01**-months) / 0.01\n"
        "    points += 1.0 if np.isclose(present_value(100, months, 0.01), right) else 0.25\n"
        "### END HIDDEN TESTS\n"
        "points",
    ),
    text("## 4. A schedule\n\nA table of what is left after each month, until nothing is left."),
    answer(
        "schedule-answer",
        "def schedule(balance, payment, rate):\n",
        "    left, rows = balance, []\n"
        "    while left > 0.005:\n"
        "        left = left * (1 + rate)\n"
        "        paid = min(payment, left)\n"
        "        left -= paid\n"
        "        rows.append({'month': len(rows) + 1, 'paid': round(paid, 2), 'left': round(left, 2)})\n"
        "    return pd.DataFrame(rows)",
    ),
    Cell("plan = schedule(1000, 300, 0.01)\nplan"),
    test(
        "schedule",
        3,
        "assert len(plan) == 4\n"
        "### BEGIN HIDDEN TESTS\n"
        "assert plan['left'].iloc[-1] == 0\n"
        "assert np.isclose(plan['paid'].sum(), 1022.48, atol=0.05)\n"
        "assert schedule(100, 100, 0)['month'].tolist() == [1]\n"
        "### END HIDDEN TESTS",
    ),
    Cell(
        "spread = np.random.default_rng(11).normal(0.2, 0.05, size=(200, 500))\n"
        "pd.Series(spread.mean(axis=0)).quantile([0.05, 0.5, 0.95]).round(4)"
    ),
    text("## 5. In your own words"),
    Cell(
        "### BEGIN SOLUTION\nA plan that holds is worth more than a promise that breaks.\n### END SOLUTION",
        "plan-or-promise",
        4,
        "written",
    ),
    answer("best-answer", "", "best = by_month.idxmax()"),
    test(
        "best",
        1,
        "### BEGIN HIDDEN TESTS\nassert best == by_month.idxmax()\n### END HIDDEN TESTS\nprint(best)",
    ),
)

NOTEBOOKS: Final = {"ledger": LEDGER, "measures": MEASURES}
