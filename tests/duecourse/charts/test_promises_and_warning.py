"""Pictures of promises, diaries, plans and warnings: readable, the same twice, in both languages."""

import pandas as pd
import pytest

from duecourse import charts, diary, language, monitoring, promises, warning
from duecourse.bad_months import Shock, stress
from duecourse.columns import Unmeasurable
from duecourse.panels.plans import plan_courses
from duecourse.plans import Household, Plan
from tests.duecourse.charts.pictures import words

MADE = pd.DataFrame(
    {
        "promise_id": range(1, 41),
        "account_id": range(1, 41),
        "made_on": pd.Timestamp("2025-03-01"),
        "due_on": pd.Timestamp("2025-03-10"),
        "amount": [100.0] * 39 + [300.0],
        "来源": ["电话"] * 36 + ["App <自助>"] * 4,
    }
)
MONEY = pd.DataFrame(
    {
        "payment_id": range(1, 21),
        "account_id": range(1, 21),
        "paid_on": [pd.Timestamp("2025-03-10")] * 16 + [pd.Timestamp("2025-03-12")] * 4,
        "amount": [100.0] * 18 + [60.0] * 2,
    }
)
PEOPLE = pd.DataFrame(
    {"account_id": range(1, 41), "letters_only": [True] * 4 + [False] * 36, "number_status": "own"}
)
OUTCOMES = promises.outcome(MADE, MONEY, "2025-03-31")
HOME = Household(6200, 4700, 600)
COURSES = [stress(Plan(p, n), 900, Shock(6, 1500)) for p, n in ((3000, 12), (800, 45), (600, 60))]
IDS = pd.RangeIndex(1, 61, name="account_id")
EVENTS = pd.DataFrame({"event": [n % 6 == 0 for n in IDS]}, index=IDS)
EVENTS["lead_days"] = [(30.0 + n) if n % 6 == 0 else None for n in IDS]
SCORES = pd.Series([3.0 if n % 6 == 0 and n > 12 else float(n % 3) for n in IDS], index=IDS)
FIRED = pd.DataFrame(
    {"bounced_debits": SCORES > 2, "inflow_drop": SCORES > 0, "new_lenders": False}
)
MONTHS = pd.DataFrame(
    {"psi": [0.0, 0.05, 0.12], "precision": [0.2, 0.3, None]},
    index=pd.to_datetime(["2025-01-31", "2025-02-28", "2025-03-31"]),
)
FOLLOWED = diary.follow_up(MADE, MONEY[:0], PEOPLE, "2025-03-02")
# bucket 1 is paid by the day for 30 of 40 accounts, bucket 4 for 12 of 40
PAIR = promises.outcome(
    pd.concat([MADE, MADE], ignore_index=True).assign(
        promise_id=range(1, 81), account_id=range(1, 81), bucket=[1] * 40 + [4] * 40
    ),
    pd.DataFrame(
        {
            "payment_id": range(1, 43),
            "account_id": [*range(1, 31), *range(41, 53)],
            "paid_on": pd.Timestamp("2025-03-10"),
            "amount": 100.0,
        }
    ),
    "2025-03-31",
)
CURVE = monitoring.budget_curve(SCORES, EVENTS, 40)

DRAWINGS = {
    "kept": lambda: charts.kept_promises(promises.kept_rates(OUTCOMES)),
    "kept_by": lambda: charts.kept_promises(promises.kept_rates(OUTCOMES, "来源")),
    "cash": lambda: charts.promised_cash(OUTCOMES),
    "kept_by_two": lambda: charts.kept_promises(promises.kept_rates(PAIR, "bucket")),
    "follow_ups": lambda: charts.follow_ups(FOLLOWED),
    "reliabilities": lambda: charts.reliabilities(promises.reliability(OUTCOMES, "来源")),
    "reliable_buckets": lambda: charts.reliabilities(promises.reliability(PAIR, "bucket")),
    "plans": lambda: charts.plan_courses(HOME, COURSES, Shock(6, 1500)),
    "indicators": lambda: charts.indicator_rates(monitoring.indicator_table(FIRED, EVENTS)),
    "budget": lambda: charts.alert_budget(CURVE, EVENTS, 20),
    "ahead": lambda: charts.alert_budget(CURVE, EVENTS, 20, CURVE),
    "lead": lambda: charts.lead_times(warning.alerts(SCORES, 20), EVENTS),
    "drift": lambda: charts.drift(MONTHS),
}


def test_titles_state_the_finding():
    # 16 of 40 by the day; within the grace two more in full, and two at 60%; 1,920 of 4,200 yuan
    assert DRAWINGS["kept"]().title == (
        "Of 40 promises due, 40% were kept strictly and 45% tolerantly"
    )
    assert DRAWINGS["cash"]().title == "Of 4,200 yuan promised and due, 1,920 came: 45.7%"
    assert DRAWINGS["plans"]().title == (
        "The shortest plan that fits and holds: 600 yuan for 60 months"
    )
    assert DRAWINGS["budget"]().title == "8 of 20 alerts were right: 40%, against 16.7% by lot"
    assert charts.drift(MONTHS, title="Mine").title == "Mine"
    assert DRAWINGS["drift"]().title == (
        "PSI is at most 0.12 (2025-03); of the alerts 25% were right"
    )


def test_small_groups_are_named_as_such():
    shown = words(DRAWINGS["kept_by"]())
    assert "App <自助>" in shown
    assert "kept promises (%), with 95% interval; pale: fewer than 30 due" in shown
    assert "kept promises (%), with 95% interval" in words(DRAWINGS["kept"]())


def test_the_title_states_the_difference_between_groups():
    # 30 of 40 against 12 of 40; Newcombe's interval of the difference begins above 0
    assert DRAWINGS["kept_by_two"]().title == (
        "Kept strictly: 75% in “bucket 1”, 30% in “bucket 4”; 45.0 points apart"
    )
    language.use("zh")
    assert DRAWINGS["kept_by_two"]().title == (
        "严格履约率：“第1档”75%，“第4档”30%，相差 45.0 个百分点"
    )


def test_a_difference_that_may_be_chance_is_called_so():
    # 16 of 40 and 14 of 40: the interval of the difference holds 0
    half = promises.outcome(MADE, MONEY, "2025-03-31").assign(side="left")
    other = promises.outcome(MADE, MONEY[2:], "2025-03-31").assign(side="right")
    rates = promises.kept_rates(pd.concat([half, other]), "side")
    assert charts.kept_promises(rates).title == (
        "Kept strictly: 40% in “left”, 35% in “right”; 5.0 points apart, which may be chance"
    )
    same = promises.kept_rates(pd.concat([half, half.assign(side="right")]), "side")
    assert "; 0.0 points apart, which may be chance" in charts.kept_promises(same).title


def test_no_finding_is_built_on_a_small_group():
    # 36 and 4 promises due
    assert DRAWINGS["kept_by"]().title == "Too few cases for a comparison of the groups"


def test_one_group_has_both_rates_in_its_title():
    one = promises.kept_rates(OUTCOMES.assign(side="left"), "side")
    assert charts.kept_promises(one).title == DRAWINGS["kept"]().title


def test_numbers_of_buckets_are_called_buckets():
    reliable = DRAWINGS["reliable_buckets"]()
    assert {"bucket 1", "bucket 4"} <= set(words(reliable))
    assert "in “bucket 4” to" in reliable.title
    unknown = PAIR.assign(bucket=PAIR["bucket"].where(PAIR["bucket"] == 4))
    shown = words(charts.reliabilities(promises.reliability(unknown, "bucket")))
    assert {"bucket 4", "missing"} <= set(shown)
    language.use("zh")
    assert {"第1档", "第4档"} <= set(words(DRAWINGS["reliable_buckets"]()))


def test_other_numbers_stay_as_they_are():
    by_account = promises.reliability(OUTCOMES[:3], "account_id")
    assert {"1", "2", "3"} <= set(words(charts.reliabilities(by_account)))


def test_look_ahead_is_named_only_where_it_is_drawn():
    assert "with look-ahead" not in words(DRAWINGS["budget"]())
    assert "with look-ahead" in words(DRAWINGS["ahead"]())
    language.use("zh")
    assert "偷看未来" not in words(DRAWINGS["budget"]())
    assert "偷看未来" in words(DRAWINGS["ahead"]())


def test_a_diary_counts_messages_calls_letters_and_what_is_left_out():
    letters = int((FOLLOWED["channel"] == "letter").sum())
    assert letters == 8
    assert DRAWINGS["follow_ups"]().title == "80 contacts on 3 days, 8 of them letters"
    assert {"reminders by message", "calls", "letters"} <= set(words(DRAWINGS["follow_ups"]()))
    unplanned = FOLLOWED.assign(on=FOLLOWED["on"].where(FOLLOWED["channel"] != "letter"))
    assert charts.follow_ups(unplanned).title == "72 contacts on 2 days; 8 left out"


def test_a_diary_without_letters_does_not_name_them():
    picture = charts.follow_ups(FOLLOWED[FOLLOWED["channel"] != "letter"])
    assert picture.title == "72 contacts on 2 days"
    assert "letters" not in words(picture)
    assert {"reminders by message", "calls"} <= set(words(picture))
    language.use("zh")
    picture = charts.follow_ups(FOLLOWED[FOLLOWED["channel"] != "letter"])
    assert picture.title == "2 天共 72 次联系"
    assert "信函" not in words(picture)


def test_an_indicator_that_never_fired_is_not_drawn():
    shown = words(DRAWINGS["indicators"]())
    assert "bounced debits" in shown
    assert "new lenders" not in shown


def test_what_became_of_each_plan_is_said_in_words():
    shown = words(DRAWINGS["plans"]())
    assert {"fits and holds", "never behind", "fits, but breaks", "does not fit"} <= set(shown)
    assert "from month 6, for 8 months" in shown
    assert "3,000 × 12: does not fit from month 1, for 40 months" in DRAWINGS["plans"]().alt


def test_a_household_without_a_surplus_is_told_kindly_and_plainly():
    home = Household(5000, 4700, 600)
    picture = plan_courses(home, [stress(Plan(600, 60), home.surplus)])
    assert picture.title == "Nothing is left at the end of the month: no plan fits"
    assert {"300 missing", "cannot be caught up"} <= set(words(picture))


def test_findings_about_plans_say_which_limit_is_hit():
    home = Household(6200, 4700, 600)
    tight = plan_courses(home, [stress(Plan(900, 40), 900)])
    assert tight.title == "At most 810 yuan a month fit, and none of these plans does"
    assert "holds, without a buffer" in words(tight)
    broken = plan_courses(home, [stress(Plan(800, 45), 900, Shock(1, 900))])
    assert broken.title == "1 of 1 plans fit a usual month, none holds in the bad ones"


@pytest.mark.parametrize(
    "draw",
    [
        lambda: charts.kept_promises(promises.kept_rates(OUTCOMES[:0])),
        lambda: charts.promised_cash(OUTCOMES[:0]),
        lambda: charts.follow_ups(FOLLOWED[:0]),
        lambda: charts.indicator_rates(monitoring.indicator_table(FIRED & False, EVENTS)),
        lambda: charts.lead_times(warning.alerts(SCORES, 3), EVENTS.assign(event=False)),
        lambda: charts.reliabilities(promises.reliability(OUTCOMES, "来源")[:0]),
        lambda: plan_courses(HOME, []),
        lambda: charts.drift(MONTHS[:0]),
        lambda: charts.alert_budget(CURVE[:0], EVENTS, 20),
    ],
)
def test_nothing_to_draw_says_so(draw):
    with pytest.raises(Unmeasurable, match=r"nothing to draw|no lead time|no plan|no month"):
        draw()
