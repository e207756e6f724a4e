"""What the key of "early-warning-works" answers, worked out again from the case's own figures."""

from datetime import date, timedelta

import pandas as pd
import pytest

from duecourse.ageing import days_past_due
from duecourse.calls.courses import courses, shortfall, strangers, survey
from duecourse.calls.engine import replay
from duecourse.calls.scoring import score, score_of
from duecourse.cases.files import read
from duecourse.warning import fired, indicators
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "success" / "early-warning-works")
CASE, KEY = FILE.case, FILE.key
TWIN = read(ROOT / "case_studies" / "failure" / "model-that-knew-too-much")
FACTS = {fact.id: fact.value for fact in CASE.facts}
ANSWERS = {answer.id: answer for answer in KEY.answers}
EVENTS = {event.id: event for event in CASE.timeline}
DOCUMENTS = {document.id: document.text for document in CASE.documents}
(SCRIPT,) = CASE.calls
CALL = KEY.calls[SCRIPT.id]
ALERT = date(2026, 5, 6)
LIMITS = {"inflow": 0.20, "bounced": 2, "use": 0.10, "lenders": 2}


def right(name, value):
    """Whether a value worked out here is the key's, within the key's own tolerance."""
    answer = ANSWERS[name]
    return value == pytest.approx(answer.value, abs=answer.tolerance)


def signals(trader):
    """How many of the pilot's four indicators fire, by month of the loan, from month 4 on."""
    table = FILE.table("indicators")
    rows = table[table["trader"] == trader].set_index("month")

    def before(name):
        return rows[name].rolling(3).mean().shift(1)

    hits = pd.DataFrame(
        {
            "inflow": 1 - rows["inflow"] / before("inflow") >= LIMITS["inflow"],
            "bounced": rows["bounced_debits"] >= LIMITS["bounced"],
            "use": rows["other_line_use"] - before("other_line_use") >= LIMITS["use"],
            "lenders": rows["new_lenders"] >= LIMITS["lenders"],
        }
    )
    return hits.loc[4:]


def cash():
    items = FILE.table("cash").set_index("item")["yuan"]
    spent = ["goods", "stall_rent", "assistant", "power_and_transport", "family"]
    return items, items["money_in"] - items[spent].sum()


def pay_off(owed, each, rate):
    """(number of payments, sum paid), interest each month on what is owed."""
    count, paid = 0, 0.0
    while owed > 0.005:
        owed *= 1 + rate / 12
        part = min(each, owed)
        owed, paid, count = owed - part, paid + part, count + 1
    return count, paid


def owed_after(payments):
    owed = float(FACTS["loan"])
    for _month in range(payments):
        owed = owed * (1 + FACTS["rate"] / 100 / 12) - FACTS["instalment"]
    return owed


def test_april_covers_nine_tenths_of_the_debts_and_after_the_restructure_a_quarter_more():
    items, available = cash()
    assert available == 18000
    assert items["instalment_bank"] == FACTS["instalment"]
    assert items["instalment_other"] == FACTS["other-debt"]
    before = FACTS["instalment"] + FACTS["other-debt"]
    after = FACTS["new-instalment"] + FACTS["other-debt"]
    assert (before, after) == (20000, 14400)
    assert right("cover-before", available / before)
    assert right("cover-after", available / after)
    assert (available - after) / available == pytest.approx(0.20)
    assert after * FACTS["least-cover"] <= available < before


def test_the_rule_of_the_desk_allows_8600_at_most():
    _items, available = cash()
    assert right("largest-instalment", available / FACTS["least-cover"] - FACTS["other-debt"])
    assert FACTS["new-instalment"] <= ANSWERS["largest-instalment"].value


def test_february_shows_one_signal_and_april_the_first_two():
    count = signals("treated").sum(axis=1)
    assert count.loc[4:7].to_dict() == {4: 0, 5: 1, 6: 0, 7: 2}
    assert right("lone-signal", count[count == 1].index[0])
    assert right("first-month", count[count >= 2].index[0])
    assert signals("treated").loc[7].to_dict() == {
        "inflow": True, "bounced": True, "use": False, "lenders": False,
    }  # fmt: skip


def test_april_brought_in_22_percent_less_than_the_three_months_before():
    table = FILE.table("indicators")
    rows = table[table["trader"] == "treated"].set_index("month")["inflow"]
    assert 1 - rows[7] / rows.loc[4:6].mean() == pytest.approx(0.22)
    assert 1 - rows[5] / rows.loc[2:4].mean() == pytest.approx(1 / 3, abs=0.001)


def test_the_trader_in_hall_d_shows_two_signals_at_the_same_month_end():
    count = signals("untreated").sum(axis=1)
    assert count[count >= 2].index[0] == ANSWERS["first-month"].value


@pytest.mark.parametrize("trader", ["treated", "untreated"])
def test_the_kit_s_own_indicators_come_to_the_same_month(trader):
    table = FILE.table("indicators").rename(columns={"other_line_use": "utilisation"})
    rows = table[table["trader"] == trader].assign(
        account_id=trader, months_on_book=lambda frame: frame["month"], status="active",
        contact_changed=0,
    )  # fmt: skip
    rows = rows.assign(month=pd.to_datetime(rows["month_end"]))
    none = pd.DataFrame({"account_id": [], "paid_on": pd.to_datetime([]), "amount": []})
    count = {
        row.months_on_book: int(
            fired(
                indicators(rows, none, row.month, up_to_days=120),
                {
                    "inflow_drop": 0.2,
                    "utilisation_rise": 0.1,
                    "bounced_debits": 2,
                    "new_lenders": 2,
                },
            )
            .sum(axis=1)
            .iloc[0]
        )
        for row in rows.itertuples()
        if row.months_on_book >= 4
    }
    assert min(month for month, hits in count.items() if hits >= 2) == 7


def test_the_months_run_from_the_first_month_end():
    table = FILE.table("indicators")
    first = table.loc[table["month"] == 1, "month_end"]
    assert {pd.Timestamp(one).date() for one in first} == {FACTS["first-month"]}


def ledger():
    rows = FILE.table("twin-ledger").assign(account_id="D")
    rows["due_on"] = pd.to_datetime(rows["due_on"])
    rows["paid_on"] = pd.to_datetime(rows["paid_on"])
    paid = rows.dropna(subset=["paid_on"])
    return rows[["account_id", "due_on", "amount"]], paid[["account_id", "paid_on", "amount"]]


def test_thirty_days_past_due_in_hall_d_are_reached_on_25_july():
    due, paid = ledger()
    days = pd.date_range("2026-05-01", "2026-09-30")
    past = {day.date(): int(days_past_due(due, paid, day).iloc[0]) for day in days}
    first = min(day for day, late in past.items() if late >= 30)
    assert first == ANSWERS["day-thirty"].value == date(2026, 6, 25) + timedelta(30)
    assert right("lead-time", (first - ALERT).days)
    assert EVENTS["alert"].at.date() == ALERT
    assert max(late for day, late in past.items() if day < date(2026, 6, 20)) == 17


def test_the_month_ends_of_hall_d_agree_with_its_ledger():
    due, paid = ledger()
    table = FILE.table("indicators")
    rows = table[table["trader"] == "untreated"]
    for end, late in zip(rows["month_end"], rows["days_past_due"], strict=True):
        assert int(days_past_due(due, paid, pd.Timestamp(end)).iloc[0]) == late
    assert table.loc[table["trader"] == "treated", "days_past_due"].eq(0).all()


def test_four_of_the_eight_fields_were_not_known_on_the_morning_of_the_alert():
    rows = FILE.rows("fields")
    late = [row["field"] for row in rows if date.fromisoformat(str(row["known_on"])) > ALERT]
    assert late == ANSWERS["not-yet-known"].value
    assert set(ANSWERS["not-yet-known"].options) == {row["field"] for row in rows}
    assert ANSWERS["leaked"].value == "outcome"


def test_26_of_forty_alerts_were_right_and_38_of_forty_could_not_be_had():
    assert right("precision", 100 * FACTS["confirmed"] / FACTS["budget"])
    assert 100 * FACTS["second-run"] / FACTS["budget"] == 95
    assert FACTS["confirmed"] == 19 + 7


def test_more_time_costs_ten_thousand_yuan_of_interest_and_fourteen_months():
    rate = FACTS["rate"] / 100
    owed = owed_after(FACTS["paid"])
    assert owed == pytest.approx(217473.57, abs=0.005)
    old, new = (pay_off(owed, FACTS[name], rate) for name in ("instalment", "new-instalment"))
    assert (old[0], new[0]) == (24 - FACTS["paid"], 31)
    assert right("price-of-time", new[1] - old[1])
    assert round(new[1] - old[1], 2) == ANSWERS["price-of-time"].value


def test_the_steps_of_the_protocol_stand_in_the_order_of_the_card():
    answer, card = ANSWERS["protocol-order"], DOCUMENTS["crisis-card"]
    assert set(answer.value) == set(answer.options)
    words = [
        "**Hear it.**",
        "**Ask,",
        "**Money rests.**",
        "**Stay.**",
        "**Hand over.**",
        "**Record**",
    ]
    places = [card["en"].index(word) for word in words]
    assert places == sorted(places)
    for language in ("en", "zh"):
        assert "120" in card[language]
        assert "110" in card[language]


def test_the_call_can_be_played_to_the_end_and_the_best_course_hands_over():
    seen = survey(SCRIPT)
    assert (seen.unreachable, seen.dead_ends, seen.circle) == ((), (), ())
    assert (seen.never, seen.idle) == ((), ())
    assert seen.longest <= 10
    assert strangers(SCRIPT, CALL) == ()
    assert shortfall(SCRIPT, CALL) == ""
    found = score(SCRIPT, CALL, CALL.best)
    assert (found.end, found.total) == ("stop_and_refer", 1)
    state = replay(SCRIPT, CALL.best).state
    assert state.vulnerable
    assert state.promise is None


def test_a_miss_can_be_mended_for_the_person_and_still_counts_as_a_miss():
    course = [
        "nothing-owed", "weeks", "lighten", "go-back", "cause", "mend", "on-the-line", "together",
        "introduce", "with-brother",
    ]  # fmt: skip
    found = score(SCRIPT, CALL, course)
    assert found.end == "stop_and_refer"
    assert [step.id for step in found.missed] == ["hear", "money-rests"]
    assert found.total == 0


def test_nobody_gets_marks_who_takes_a_promise_or_leaves_him_alone():
    for course in courses(SCRIPT):
        found = score_of(course, CALL)
        if found.end in {"promise", "no_result", "complaint", "hang_up"}:
            assert found.total == 0


def test_whoever_asks_once_more_when_he_draws_back_can_still_earn_a_good_mark():
    course = [
        "figures", "papers", "stay-with-it", "directly", "ask-again", "on-the-line", "together",
        "introduce", "until-you-say",
    ]  # fmt: skip
    found = score(SCRIPT, CALL, course)
    assert found.end == "stop_and_refer"
    assert found.missed == ()
    assert found.total > 0.9


def test_both_cases_read_the_same_memo():
    theirs = {document.id: document for document in TWIN.case.documents}
    ours = {document.id: document for document in CASE.documents}
    assert ours["memo"] == theirs["memo"]
