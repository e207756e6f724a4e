"""One account's ledger is drawn once and marked at the day that is read."""

import pandas as pd

from duecourse import ageing, language
from duecourse.panels.ledger import ledger_panel
from tests.duecourse.test_ageing import MONTHLY, paid

PAYMENTS = paid((1, "2024-01-10", 100), (1, "2024-03-01", 40))
TABLE = ageing.timeline(MONTHLY, PAYMENTS, "2024-01-01", "2024-04-30")


def test_the_mark_stands_at_its_day():
    panel = ledger_panel(TABLE)
    first, last = panel.at(TABLE.index[0]), panel.at(TABLE.index[-1])
    # the plots are 440 pixels wide and begin at 70
    assert '<circle cx="70.0" cy="328.0"' in first.svg
    assert '<circle cx="510.0"' in last.svg
    # 80 days at the end; the axis of 110 pixels from 218 on ends at 1.08 times the most, which are these 80
    assert f'cy="{218 + 110 * (1 - 1 / 1.08):.1f}"' in last.svg


def test_the_title_reads_the_day_and_the_alt_the_whole_account():
    picture = ledger_panel(TABLE).at(pd.Timestamp("2024-03-31"))
    assert picture.title == "2024-03-31: 50 days past due, 160.00 yuan unpaid"
    assert "400.00 yuan fell due, 140.00 were paid; at most 80 days past due" in picture.alt


def test_it_speaks_chinese():
    language.use("zh")
    picture = ledger_panel(TABLE).at(pd.Timestamp("2024-03-31"))
    assert picture.title == "2024-03-31：逾期 50 天，到期未还 160.00 元"
    assert "累计已还" in picture.svg


def test_a_ledger_of_one_day_can_be_drawn():
    table = ageing.timeline(MONTHLY, PAYMENTS, "2024-01-10", "2024-01-10")
    assert '<circle cx="70.0"' in ledger_panel(table).at(table.index[0]).svg


def test_three_years_stay_small():
    table = ageing.timeline(MONTHLY, PAYMENTS, "2024-01-01", "2026-12-31")
    assert len(ledger_panel(table).svg) < 30_000
