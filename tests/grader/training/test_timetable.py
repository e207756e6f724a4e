"""Sittings on days and hours, worked out by hand."""

import itertools
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from grader.training.curriculum import Unit
from grader.training.programme import programme
from grader.training.sittings import Sitting, occasion, sittings
from grader.training.timetable import Clock, Placed, on_the_clock, spread
from grader.training.workdays import Workdays

MONDAY = date(2027, 1, 4)
WEEKDAYS = Workdays()


def unit(kind, minutes):
    return Unit(kind, "x", {"en": "X", "zh": "某"}, minutes, (), 1)


def work(name, minutes, *, led=True, rest=False):
    return Sitting("lesson", name, {"en": name}, minutes, led=led, rest=rest)


def days(placed):
    return [(one.day.isoformat()[5:], one.sitting.name) for one in placed]


def hours(timed):
    return [(one.key, f"{one.begins:%H:%M}", f"{one.ends:%H:%M}") for one in timed]


def test_a_lesson_of_45_minutes_is_one_session_of_15_30_45_and_30_minutes():
    [one] = sittings([unit("lesson", 45)], programme())
    assert [block.minutes for block in one.blocks] == [15, 30, 45, 30]
    assert (one.minutes, one.parts, one.led) == (120, 1, True)


def test_a_lesson_that_needs_more_than_75_minutes_takes_two_sessions():
    assert [one.part for one in sittings([unit("lesson", 75)], programme())] == [1]
    two = list(sittings([unit("lesson", 90)], programme()))
    assert [(one.part, one.parts, one.minutes) for one in two] == [(1, 2, 120), (2, 2, 120)]


def test_a_short_notebook_is_done_alone():
    [one] = sittings([unit("lesson", 15)], programme())
    assert (one.minutes, one.led, one.blocks) == (15, False, ())


def test_an_assignment_is_equal_pieces_after_a_night():
    pieces = list(sittings([unit("assignment", 180)], programme()))
    assert [(one.minutes, one.rest, one.led) for one in pieces] == [
        (60, True, False),
        (60, False, False),
        (60, False, False),
    ]


def test_a_case_is_read_and_then_talked_about():
    [one] = sittings([unit("case", 12)], programme())
    assert one.minutes == 12 + 30


def test_a_week_takes_what_its_minutes_allow_and_spreads_it():
    queue = [work(name, 120) for name in "abc"]
    placed, left = spread(queue, MONDAY, date(2027, 1, 17), 240, WEEKDAYS)
    # two a week: Monday and, half a week later, Wednesday
    assert days(placed) == [("01-04", "a"), ("01-06", "b"), ("01-11", "c")]
    assert left == []


def test_minutes_that_a_week_leaves_over_serve_the_next():
    placed, left = spread([work("a", 120)], MONDAY, date(2027, 1, 31), 60, WEEKDAYS)
    assert days(placed) == [("01-11", "a")]
    assert left == []


def test_a_week_with_holidays_has_fewer_minutes():
    off = {date(2027, 1, 4) + timedelta(days=one): "off" for one in range(3)}
    holidays = Workdays(frozenset(range(5)), off)
    placed, _left = spread([work(n, 120) for n in "ab"], MONDAY, date(2027, 1, 17), 240, holidays)
    # two of five days: 96 of 240 minutes, too few for a session
    assert days(placed) == [("01-11", "a"), ("01-13", "b")]


def test_what_has_its_day_takes_from_the_minutes_of_its_week():
    test = Placed(date(2027, 1, 8), occasion("test", programme()))
    placed, left = spread(
        [work("a", 120), work("b", 120)], MONDAY, date(2027, 1, 10), 240, WEEKDAYS, [test]
    )
    assert days(placed) == [("01-04", "a"), ("01-08", "")]
    assert [one.name for one in left] == ["b"]


def test_an_assignment_begins_on_a_later_day_than_its_lesson():
    one_day = Workdays(frozenset({0}))
    queue = [work("lesson", 60), work("assignment", 60, rest=True)]
    placed, left = spread(queue, MONDAY, date(2027, 1, 17), 240, one_day)
    assert days(placed) == [("01-04", "lesson"), ("01-11", "assignment")]
    assert left == []


def test_what_finds_no_place_is_left_over_and_not_lost():
    queue = [work(str(number), 120) for number in range(9)]
    placed, left = spread(queue, MONDAY, date(2027, 1, 10), 240, WEEKDAYS)
    assert [one.sitting for one in placed] + left == queue
    assert len(placed) == 2


def test_without_a_working_day_everything_is_left_over():
    queue = [work("a", 30)]
    assert spread(queue, MONDAY, date(2027, 3, 1), 240, Workdays(frozenset())) == ([], queue)


@settings(max_examples=60, deadline=None)
@given(
    minutes=st.lists(st.integers(10, 240), max_size=25),
    week=st.integers(30, 2400),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    rests=st.integers(0, 2**25),
    length=st.integers(0, 120),
)
def test_order_minutes_and_days_are_always_kept(minutes, week, weekdays, rests, length):
    queue = [work(str(n), m, rest=bool(rests >> n & 1)) for n, m in enumerate(minutes)]
    last = MONDAY + timedelta(days=length)
    workdays = Workdays(frozenset(weekdays))
    placed, left = spread(queue, MONDAY, last, week, workdays)
    assert [one.sitting for one in placed] + left == queue
    assert all(one.day in workdays and MONDAY <= one.day <= last for one in placed)
    for before, after in itertools.pairwise(placed):
        assert before.day <= after.day
        assert not after.sitting.rest or before.day < after.day
    spent = sum(one.sitting.minutes for one in placed)
    assert spent <= week * (length // 7 + 2)


def test_sessions_follow_one_another_at_quarters_and_leave_noon_free():
    placed = [
        Placed(MONDAY, work("a", 75)),
        Placed(MONDAY, work("b", 43)),
        Placed(MONDAY, work("c", 60)),
    ]
    assert hours(on_the_clock({"g": placed}, Clock())) == [
        ("g", "09:30", "10:45"),
        ("g", "11:00", "11:43"),
        ("g", "13:30", "14:30"),
    ]


def test_the_same_session_is_held_once_for_all_groups():
    plans = {key: [Placed(MONDAY, work("a", 120))] for key in ("one", "two", "three")}
    assert {
        hour
        for _key, *hour in map(list, hours(on_the_clock(plans, Clock())))
        for hour in [tuple(hour)]
    } == {("09:30", "11:30")}


def test_different_sessions_that_somebody_leads_never_overlap():
    plans = {"one": [Placed(MONDAY, work("a", 120))], "two": [Placed(MONDAY, work("b", 120))]}
    assert hours(on_the_clock(plans, Clock())) == [
        ("one", "09:30", "11:30"),
        ("two", "13:30", "15:30"),
    ]


def test_work_done_alone_waits_for_nobody():
    plans = {
        "one": [Placed(MONDAY, work("a", 120))],
        "two": [Placed(MONDAY, work("b", 75, led=False))],
    }
    assert hours(on_the_clock(plans, Clock(opens=time(8)))) == [
        ("one", "08:00", "10:00"),
        ("two", "08:00", "09:15"),
    ]


def test_nobody_is_in_two_places_at_once():
    names = "abcd"
    plans = {
        key: [
            Placed(MONDAY, work(name, 60, led=number % 2 == 0)) for number, name in enumerate(names)
        ]
        for key in ("one", "two")
    }
    timed = on_the_clock(plans, Clock())
    for key in plans:
        own = sorted((one.begins, one.ends) for one in timed if one.key == key)
        assert all(a[1] < b[0] for a, b in itertools.pairwise(own))
        assert own[0][0] == datetime(2027, 1, 4, 9, 30)  # noqa: DTZ001 - the clock on the wall
