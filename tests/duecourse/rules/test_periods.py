"""Limitation, guarantee and moratorium, counted by hand."""

from datetime import date

import pytest

from duecourse.rules import (
    Reset,
    crisis_moratorium_end,
    guarantee_end,
    limitation,
    moratorium_end,
)
from duecourse.rules.periods import months_later

LAST_INSTALMENT = Reset(date(2022, 6, 20), "due")
LETTER = Reset(date(2024, 5, 10), "demand")
PAYMENT = Reset(date(2025, 1, 15), "part_payment")


def test_a_letter_and_then_a_payment_start_the_period_anew():
    assert limitation([LAST_INSTALMENT]).expires == date(2025, 6, 20)
    assert limitation([LAST_INSTALMENT, LETTER]).expires == date(2027, 5, 10)
    found = limitation([PAYMENT, LETTER, LAST_INSTALMENT])
    assert found.expires == date(2028, 1, 15)
    assert found.started == PAYMENT
    assert found.counted == (LAST_INSTALMENT, LETTER, PAYMENT)


def test_it_has_run_out_when_its_last_day_is_over():
    found = limitation([LAST_INSTALMENT])
    assert not found.has_run_out(date(2025, 6, 20))
    assert found.has_run_out(date(2025, 6, 21))


def test_instalments_run_from_the_last_due_date():
    dues = [Reset(date(2022, month, 20), "due") for month in (6, 1, 3)]
    assert limitation(dues).expires == date(2025, 6, 20)
    early = Reset(date(2022, 4, 1), "demand")
    found = limitation([*dues, early])
    assert found.expires == date(2025, 6, 20)
    assert early in found.without_effect


def test_a_message_that_could_not_arrive_restarts_nothing():
    dead = Reset(date(2024, 5, 10), "demand", arrived=False)
    found = limitation([LAST_INSTALMENT, dead])
    assert found.expires == date(2025, 6, 20)
    assert found.without_effect == (dead,)


@pytest.mark.parametrize(
    ("kind", "counts"), [("demand", False), ("suit", False), ("promise", True)]
)
def test_after_its_end_only_a_promise_counts(kind, counts):
    late = Reset(date(2025, 6, 21), kind)
    expected = date(2028, 6, 21) if counts else date(2025, 6, 20)
    assert limitation([LAST_INSTALMENT, late]).expires == expected


def test_a_payment_after_its_end_is_not_taken_as_a_promise():
    late = Reset(date(2025, 6, 21), "part_payment")
    assert limitation([LAST_INSTALMENT, late]).expires == date(2025, 6, 20)


def test_on_its_last_day_a_demand_still_counts():
    last = Reset(date(2025, 6, 20), "demand")
    assert limitation([LAST_INSTALMENT, last]).expires == date(2028, 6, 20)


def test_without_a_due_date_it_runs_from_the_first_event_that_counts():
    assert limitation([Reset(date(2021, 4, 12), "part_payment")]).expires == date(2024, 4, 12)
    assert limitation([]).expires is None
    assert not limitation([]).has_run_out(date(2100, 1, 1))


def test_another_country_has_another_length():
    assert limitation([LAST_INSTALMENT], years=6).expires == date(2028, 6, 20)


def test_a_leap_day_has_no_twin_three_years_later():
    assert limitation([Reset(date(2024, 2, 29), "due")]).expires == date(2027, 2, 28)
    assert months_later(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert months_later(date(2025, 12, 15), 1) == date(2026, 1, 15)


def test_a_guarantee_without_agreement_lasts_six_months_from_the_due_date():
    due = date(2025, 8, 31)
    assert guarantee_end(due) == date(2026, 2, 28)
    assert guarantee_end(due, date(2027, 1, 1)) == date(2027, 1, 1)
    # agreed for a day on which nothing was due yet: no agreement
    assert guarantee_end(due, date(2025, 8, 31)) == date(2026, 2, 28)


def test_a_moratorium_lasts_sixty_days_and_its_first_day_counts():
    # 29 days of March from the 3rd on, 30 of April, and the 1st of May
    assert moratorium_end(date(2025, 3, 3)) == date(2025, 5, 1)
    assert moratorium_end(date(2024, 2, 1)) == date(2024, 3, 31)


def test_a_crisis_moratorium_lasts_thirty_days_longer_than_the_treatment():
    assert crisis_moratorium_end(None) is None
    assert crisis_moratorium_end(date(2025, 3, 3)) == date(2025, 4, 2)
