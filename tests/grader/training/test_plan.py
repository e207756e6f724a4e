"""A team's year: who learns what, in which stage, by when."""

from datetime import date

import pytest

from duecourse.errors import DuecourseError
from duecourse.language import use
from grader.training.phases import stages
from grader.training.plan import Wish, make_plan
from grader.training.programme import programme
from grader.training.workdays import Workdays

from .conftest import MONDAY, member


@pytest.fixture
def made(small, material):
    """Return a function that makes a plan of the small matrix."""

    def make(*team, shown=None, **wish):
        return make_plan(team, Wish(MONDAY, **wish), small, material, programme(), shown)

    return make


def learnt(plan, group):
    """Return kind and name of a group's sittings in their order, each once."""
    own = (one.timed.sitting for one in plan.sessions if one.group == group)
    return list(dict.fromkeys((one.kind, one.name) for one in own if one.name))


def days_of(plan, kind, group=None):
    return [
        one.day
        for one in plan.sessions
        if one.timed.sitting.kind == kind and group in {None, one.group}
    ]


def test_the_four_stages_take_two_weeks_a_month_a_month_and_what_is_left_of_three():
    found = [(one.id, one.first, one.last) for one in stages(MONDAY, programme())]
    assert found == [
        ("mentor", date(2027, 1, 4), date(2027, 1, 17)),
        ("theory", date(2027, 1, 18), date(2027, 2, 17)),
        ("practice", date(2027, 2, 18), date(2027, 3, 17)),
        ("certification", date(2027, 3, 18), date(2027, 4, 3)),
    ]


def test_stages_from_the_last_day_of_a_month_stay_in_order():
    found = stages(date(2027, 1, 31), programme())
    assert [one.last for one in found][-1] == date(2027, 4, 29)
    assert all(one.first <= one.last for one in found)


def test_who_is_new_hears_lessons_first_then_practises_and_then_is_examined(made):
    plan = made(member("amy", "new-collector"))
    [group] = plan.groups
    phases = {}
    for one in plan.sessions:
        phases.setdefault(one.phase.id, set()).add(one.timed.sitting.kind)
    assert phases["mentor"] == {"mentor", "diagnosis"}
    assert phases["theory"] == {"lesson", "test"}
    assert phases["practice"] == {"case", "assignment", "roleplay"}
    assert phases["certification"] == {"exam", "repeat"}
    assert group.title == "new-collector, from 2027-01-04"
    assert max(days_of(plan, "exam")) == date(2027, 3, 18)
    assert days_of(plan, "repeat") == [date(2027, 3, 25)]


def test_the_mentor_is_there_every_working_day_and_a_test_every_week(made):
    plan = made(member("amy", "new-collector"))
    assert len(days_of(plan, "mentor")) == 10
    # Fridays, and the Wednesday that ends the stage
    assert days_of(plan, "test") == [
        date(2027, 1, 22), date(2027, 1, 29), date(2027, 2, 5), date(2027, 2, 12), date(2027, 2, 17)
    ]  # fmt: skip


def test_a_role_learns_what_its_levels_ask_for(made):
    plan = made(member("ann", "analyst"), member("wu", "working-collector"))
    # level 1 of the law: the lesson alone; nothing of talks
    assert learnt(plan, "analyst-20270104") == [("diagnosis", "diagnosis"), ("lesson", "01-law")]
    assert learnt(plan, "working-collector-20270104") == [
        ("diagnosis", "diagnosis"),
        ("lesson", "01-law"),
        ("case", "old-law"),
        ("assignment", "audit"),
        ("lesson", "02-talk"),
        ("case", "wrong-person"),
        ("assignment", "calls"),
    ]


def test_a_lead_teaches_what_a_lead_has_to_teach(made):
    plan = made(member("liu", "team-lead"))
    assert learnt(plan, "team-lead-20270104")[-1] == ("teach", "law")


def test_after_the_stages_follows_what_the_next_role_needs_on_top(made):
    plan = made(member("amy", "new-collector"))
    before = [("diagnosis", "diagnosis"), ("lesson", "01-law"), ("lesson", "02-talk"),
              ("case", "wrong-person"), ("assignment", "calls")]  # fmt: skip
    assert learnt(plan, plan.groups[0].id) == [
        *before,
        ("case", "old-law"),
        ("assignment", "audit"),
    ]
    service = [one.day for one in plan.sessions if one.timed.sitting.name == "audit"]
    assert min(service) > date(2027, 4, 3)


def test_what_somebody_has_shown_is_not_learnt_again(made):
    shown = {"wu": {"law": 2, "talk": 1}, "xu": {"law": 1, "talk": 2}}
    plan = made(member("wu", "working-collector"), member("xu", "working-collector"), shown=shown)
    who = {one.timed.sitting.name: one.attendees for one in plan.sessions}
    assert who["01-law"] == ("xu",)
    assert who["02-talk"] == ("wu",)
    assert who[""] == ("wu", "xu")
    assert "diagnosis" not in who
    assert "Results of 2 people out of 2 are known" in "\n".join(plan.notes)


def test_what_all_have_shown_takes_no_time(made):
    plan = made(member("wu", "working-collector"), shown={"wu": {"law": 2, "talk": 0}})
    assert not [one for one in plan.sessions if one.timed.sitting.competencies == ("law",)]


def test_who_is_not_among_the_results_learns_everything_and_is_diagnosed(made):
    shown = {"wu": {"law": 2, "talk": 2}}
    plan = made(member("wu", "working-collector"), member("xu", "working-collector"), shown=shown)
    who = {one.timed.sitting.name: one.attendees for one in plan.sessions}
    assert who["01-law"] == ("xu",)
    assert who["diagnosis"] == ("xu",)


def test_a_competency_without_a_result_counts_as_not_shown(made):
    plan = made(member("wu", "working-collector"), shown={"wu": {"law": 2}})
    names = {one.timed.sitting.name for one in plan.sessions}
    assert {"02-talk", "diagnosis"} <= names
    assert "01-law" not in names


def test_after_the_stages_the_needs_of_the_next_role_count(made):
    # level 1 of the law is enough for somebody new, not for the work that follows
    plan = made(member("amy", "new-collector"), shown={"amy": {"law": 1, "talk": 2}})
    names = [one.timed.sitting.name for one in plan.sessions if one.timed.sitting.name]
    assert "02-talk" not in names
    audit = [one for one in plan.sessions if one.timed.sitting.name == "audit"]
    assert {one.phase.id for one in audit} == {"service"}
    assert {one.attendees for one in audit} == {("amy",)}


def test_who_joins_later_begins_later_and_in_a_group_of_their_own(made):
    joined = date(2027, 6, 15)
    plan = made(member("amy", "new-collector"), member("ben", "new-collector", joined))
    first, second = plan.groups
    assert [one.learner for one in second.members] == ["ben"]
    assert min(one.day for one in plan.sessions if one.group == second.id) == joined
    assert min(one.day for one in plan.sessions if one.group == first.id) == MONDAY


def test_who_joins_after_the_year_is_not_planned_for(made):
    with pytest.raises(DuecourseError, match="between 2027-01-04 and 2028-01-03"):
        made(member("amy", "new-collector", date(2028, 1, 4)))


def test_stages_that_the_year_cuts_off_are_planned_as_far_as_it_goes(made):
    plan = made(member("amy", "new-collector", date(2027, 12, 20)))
    # two weeks with the mentor, and the Monday on which theory begins
    assert {one.phase.id for one in plan.sessions} == {"mentor", "theory"}
    assert max(one.day for one in plan.sessions) == date(2028, 1, 3)
    # the first lesson is held; 2 sessions, a case of 40 and an assignment of 150 minutes are not
    [note] = [one for one in plan.notes if "found no place" in one]
    assert f"{(240 + 40 + 150) / 60:.1f} hours" in note


def test_the_yearly_exam_lies_a_week_before_a_year_is_over(made):
    plan = made(member("wu", "working-collector", None, date(2026, 5, 12)))
    # 365 days later is 12 May 2027, a Wednesday
    assert days_of(plan, "renewal") == [date(2027, 5, 5)]
    assert days_of(plan, "law") == [date(2027, 4, 28)]


def test_an_exam_that_is_overdue_comes_first(made):
    plan = made(member("wu", "working-collector", None, date(2024, 1, 1)))
    assert days_of(plan, "renewal") == [MONDAY]


def test_whose_last_exam_is_not_known_is_named(made):
    plan = made(member("wu", "working-collector"), member("amy", "new-collector"))
    [note] = [one for one in plan.notes if "column certified" in one]
    assert "of: Wu." in note
    assert "provisional" in note


def test_each_quarter_is_reviewed_and_each_month_refreshed(made):
    plan = made(member("wu", "working-collector"))
    assert days_of(plan, "quarter") == [
        date(2027, 3, 31), date(2027, 6, 30), date(2027, 9, 30), date(2027, 12, 31)
    ]  # fmt: skip
    assert [one.month for one in days_of(plan, "refresher")] == [*range(2, 13), 1]


def test_a_holiday_is_never_a_day_of_training(made):
    free = {date(2027, 1, day): "free" for day in range(4, 16)}
    workdays = Workdays(frozenset(range(5)), free)
    plan = made(
        member("amy", "new-collector"), member("wu", "working-collector"), workdays=workdays
    )
    assert not {one.day for one in plan.sessions} & set(free)
    assert days_of(plan, "mentor") == []


def test_too_few_hours_are_said_with_what_would_be_enough(made):
    plan = made(member("liu", "team-lead", date(2027, 11, 15)), hours=0.5)
    [note] = [one for one in plan.notes if "found no place" in one]
    placed = [one.timed.sitting.minutes for one in plan.sessions if one.timed.sitting.name]
    # diagnosis, two lessons, two cases, two assignments, one lesson taught
    left = (40 + 120 + 240 + 42 + 40 + 150 + 150 + 45) - sum(placed)
    assert note.startswith(f"team-lead, from 2027-11-15: {left / 60:.1f} hours found no place")
    weeks = 50 / 7
    assert f"plan {-(-2 * left / 60 / weeks // 1) / 2:g} hours a week more" in note


def test_notes_say_what_was_not_given(made):
    notes = "\n".join(made(member("amy", "new-collector")).notes)
    assert "No public holidays were given" in notes
    assert "no results of a diagnosis" in notes
    assert "two and a half months" in notes


def test_hours_that_nobody_can_mean_are_refused():
    for hours in (0, -1, 41, float("nan")):
        with pytest.raises(DuecourseError, match="Hours a week lie between"):
            Wish(MONDAY, hours)


@pytest.mark.parametrize("start", [date.min, date.max, date(2100, 1, 1)])
def test_a_year_that_nobody_can_mean_is_refused(start):
    with pytest.raises(DuecourseError, match="A plan starts between 1970 and 2099"):
        Wish(start)


def test_the_same_list_gives_the_same_plan(made):
    team = [member("amy", "new-collector"), member("liu", "team-lead")]
    assert made(*team) == made(*team)


def test_a_plan_is_a_table_in_the_language_of_the_course(made):
    plan = made(member("wu", "working-collector"))
    use("zh")
    table = plan.table()
    assert len(table) == len(plan.sessions)
    first = table[table["name"] == "01-law"].iloc[0]
    assert (first["title"], first["minutes"], first["led"], first["attendees"]) == (
        "中Law", 120, True, "wu"
    )  # fmt: skip


def test_a_leap_day_ends_the_year_where_it_should():
    assert Wish(date(2028, 2, 29)).end == date(2029, 2, 27)
