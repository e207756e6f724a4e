"""A pilot knows of each account what was known the evening before."""

from types import SimpleNamespace

import pandas as pd
import pytest

from duecourse import portfolio
from duecourse.columns import Unmeasurable
from duecourse.evidence import evidence
from duecourse.pilots import pilot_rows
from duecourse.segments import ability, willingness
from duecourse.trials import trial_rows


@pytest.fixture(scope="module")
def book():
    return portfolio.world(31, accounts=1500, months=12)


def test_every_account_treated_by_lot_stands_in_it_once_a_month(book):
    rows = pilot_rows(book, months=12)
    drawn = trial_rows(book.monthly_snapshot)
    columns = list(drawn.columns)
    ours = rows[columns].sort_values(["month", "account_id"], ignore_index=True)
    theirs = drawn.sort_values(["month", "account_id"], ignore_index=True)
    pd.testing.assert_frame_equal(ours, theirs)


def test_scores_are_those_of_the_last_day_of_the_month_before(book):
    rows = pilot_rows(book, months=1)
    before = evidence(book, "2026-05-31")
    assert len(rows) > 20
    assert (rows["month"] == pd.Timestamp("2026-06-30")).all()
    expected = ability(before)[rows["account_id"]].to_numpy()
    assert rows["ability"].to_numpy() == pytest.approx(expected)
    expected = willingness(before)[rows["account_id"]].to_numpy()
    assert rows["willingness"].to_numpy() == pytest.approx(expected, nan_ok=True)


def test_what_happens_in_the_month_of_treatment_changes_no_score(book):
    paid = book.payments[book.payments["paid_on"] <= "2026-05-31"]
    called = book.contact_log[book.contact_log["at"] <= "2026-05-31 23:59"]
    without = SimpleNamespace(**{**book.tables(), "payments": paid, "contact_log": called})
    scores = ["account_id", "ability", "willingness"]
    pd.testing.assert_frame_equal(
        pilot_rows(book, months=1)[scores], pilot_rows(without, months=1)[scores]
    )


def test_only_the_last_months_are_taken(book):
    assert pilot_rows(book, months=2)["month"].nunique() == 2


def test_a_book_without_a_trial_is_refused(book):
    usual = book.monthly_snapshot.assign(trial=False)
    with pytest.raises(Unmeasurable, match="by lot"):
        pilot_rows(SimpleNamespace(**{**book.tables(), "monthly_snapshot": usual}))


def test_no_month_at_all_is_refused(book):
    with pytest.raises(Unmeasurable, match="months"):
        pilot_rows(book, months=0)
