"""Rules that came, changed or ended: what they touch, and the pack for them."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from icalendar import Calendar

from duecourse.competencies import matrix
from duecourse.errors import DuecourseError
from duecourse.language import speaking
from duecourse.rules import UnknownRule
from grader.certificates import register
from grader.course import Course
from grader.training import rule_changes
from grader.training.markdown import as_markdown
from grader.training.pack import pack, publish
from grader.training.paper import Table
from grader.training.programme import programme
from grader.training.rule_changes import between
from grader.training.touched import Material, rules_in

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def course():
    """The checkout itself; its course folder is not there."""
    return Course(ROOT, "course/no-such-course", "en")


@pytest.fixture(scope="module")
def january(course):
    return between(course, "2026-01-01", "2026-01-31", "CN")


def one(found, rule):
    return next(each for each in found.changes if each.change.id == rule)


def test_both_days_count(course):
    whole = between(course, "2026-01-30", "2026-01-30", "CN")
    assert {each.change.id for each in whole.changes} == {
        "CN-05", "CN-06", "CN-08", "CN-09", "CN-11", "CN-12", "CN-16", "CN-34"
    }  # fmt: skip
    assert between(course, "2026-01-31", "2026-02-28", "CN").changes == ()
    assert between(course, "2026-01-02", "2026-01-29", "CN").changes == ()


def test_days_in_the_wrong_order_and_unknown_jurisdictions_are_named(course):
    with pytest.raises(DuecourseError, match="2026-01-01, is before the first, 2026-02-01"):
        between(course, "2026-02-01", "2026-01-01")
    with pytest.raises(DuecourseError, match="A day is written as 2026-03-31"):
        between(course, "soon", "2026-01-01")
    with pytest.raises(UnknownRule):
        between(course, "2026-01-01", "2026-02-01", "FR")


def test_a_new_rule_has_nothing_before(january):
    visits = one(january, "CN-09")
    assert visits.change.kind == "begins"
    assert visits.before is None
    assert {name: was for name, was, _is in visits.differences()}["Duty"] == "–"


def test_a_changed_rule_shows_only_what_is_not_the_same(january):
    night = {name: (was, is_) for name, was, is_ in one(january, "CN-05").differences()}
    assert set(night) == {"Source", "Note"}
    assert "guideline of 2026" not in night["Source"][0]
    assert "guideline of 2026" in night["Source"][1]
    calls = {name: (was, is_) for name, was, is_ in one(january, "CN-06").differences()}
    assert "six a day (advice, no duty)" in calls["Duty"][1]
    assert calls["Tests of a contact log"][1].splitlines()[-1] == "unanswered_attempts"


def test_a_test_that_works_differently_is_said():
    def rule(*tests):
        return SimpleNamespace(tests=tests)

    def test(name, most):
        return SimpleNamespace(name=name, most=most)

    change = SimpleNamespace(before=rule(test("a", 3), test("b", 3)))
    found = rule_changes.RuleChange(change, None)._tests(
        rule(test("a", 3), test("b", 4), test("c", 1))
    )
    assert found.splitlines() == ["a", "b (works differently)", "c"]


def test_what_is_provisional_is_said_with_every_rule(january):
    assert all("provisional" in str(each) for each in january.changes if each.now.provisional)
    assert {each.change.id for each in january.changes if each.now.provisional} >= {
        "CN-05",
        "CN-09",
    }
    text = as_markdown(pack(january, time(9))).decode()
    assert text.count("(provisional)") == sum(each.now.provisional for each in january.changes)


def test_a_rule_that_was_read_in_its_text_is_not_provisional(course):
    [code] = [
        each
        for each in between(course, "2021-01-01", "2021-01-01", "CN").changes
        if each.change.id == "CN-01"
    ]
    assert str(code) == "2021-01-01: CN-01 Laws that are no longer in force begins"
    assert code.evidence == "read in the text itself"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("see CN-05.", {"CN-05"}),
        ("CN-05 to 09", {"CN-05", "CN-06", "CN-07", "CN-08", "CN-09"}),
        ("CN-08 至 CN-09", {"CN-08", "CN-09"}),
        ("CN-02, CN-11 and US-01", {"CN-02", "CN-11", "US-01"}),
        ("CN-05、08", {"CN-05", "CN-08"}),
        ("CN-123 XCN-05 CN-5", set()),
        ("CN-05 2026-01-30", {"CN-05"}),
        ("violation:CN-11", {"CN-11"}),
    ],
)
def test_rules_are_found_in_a_text(text, rules):
    assert rules_in(text) == rules


def test_lessons_cases_and_tasks_that_name_a_rule_are_touched(january):
    named = {(place.kind, place.name): place for place in one(january, "CN-06").touched.named}
    assert ("lesson", "08-why-lawful-collection") in named
    assert ("case", "phone-book-blast") in named
    assert "over-the-limit" in named["assignment", "compliance-audit"].tasks
    assert ("assignment", "account-ageing") not in named


def test_what_only_shares_a_competency_is_told_apart(january):
    for each in january.changes:
        named = {(place.kind, place.name) for place in each.touched.named}
        near = {(place.kind, place.name) for place in each.touched.near}
        assert not named & near
        own = {each.change.id in matrix()[name].rules for name in each.touched.competencies}
        assert own <= {True}


def test_a_task_is_touched_by_what_stands_before_its_cell(tmp_path):
    folder = tmp_path / "assignments" / "small"
    folder.mkdir(parents=True)
    task = "- {id: %s, kind: number, title: {en: T, zh: 题}}\n"
    tasks = "title: {en: S, zh: 小}\nminutes: 5\ntasks:\n" + task % "one" + task % "two"
    (folder / "tasks.yaml").write_text(tasks, "utf-8")

    def cell(text, grade_id=None):
        about = {"nbgrader": {"grade": True, "grade_id": grade_id}} if grade_id else {}
        return {"cell_type": "markdown", "source": [text], "metadata": about}

    cells = [cell("nothing"), cell("", "one"), cell("by CN-05"), cell("", "two"), cell("CN-07")]
    (folder / "s.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    (folder / "broken.ipynb").write_text("{", "utf-8")
    material = Material(Course(tmp_path, "course", "en"), matrix())
    assert [place.tasks for place in material.touched("CN-05").named] == [("two",)]
    assert [place.tasks for place in material.touched("CN-07").named] == [()]
    assert material.touched("CN-09").named == ()


def certificate(number, issued, expires):
    return SimpleNamespace(
        document=SimpleNamespace(
            certificate=SimpleNamespace(number=number, issued=issued, expires=expires)
        )
    )


def test_certificates_that_are_older_and_still_valid_are_listed(course, monkeypatch):
    held = {
        "a": certificate("OLD", date(2025, 6, 1), date(2026, 5, 31)),
        "b": certificate("NEW", date(2026, 1, 30), date(2027, 1, 29)),
        "c": certificate("OVER", date(2024, 6, 1), date(2025, 5, 31)),
    }
    kept = SimpleNamespace(latest=lambda: held)
    monkeypatch.setattr(rule_changes, "read", lambda _folder: kept)
    found = between(course, "2026-01-01", "2026-01-31", "CN")
    assert [each.number for each in found.certificates] == ["OLD"]
    assert found.certificates[0].rules[0] == "CN-24"
    text = as_markdown(pack(found, time(9))).decode()
    assert "| OLD | 2025-06-01 | 2026-05-31 | CN-24, CN-27" in text


def test_a_course_without_a_register_has_no_certificates(january, tmp_path):
    assert register.read(tmp_path).latest() == {}
    assert january.certificates == ()
    assert "no valid certificate that is older" in as_markdown(pack(january, time(9))).decode()


def test_half_a_day_runs_from_nine_to_a_quarter_past_twelve(january):
    paper = pack(january, time(9))
    day = next(
        each for each in paper.pieces if isinstance(each, Table) and each.name == "Half a day"
    )
    assert day.rows[0][0] == "09:00–09:15"
    assert day.rows[-1][0] == "12:00–12:15"
    assert sum(int(row[1]) for row in day.rows) == 195
    assert "Why lawful collection" in day.rows[2][3]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pack_is_written_in_the_language_of_the_course(january, tmp_path, language):
    begins = datetime(2026, 7, 3, 9)  # noqa: DTZ001 - the clock on the wall
    with speaking(language):
        formats = ("md", "docx", "xlsx", "ics")
        files = list(publish(january, tmp_path, formats, NOW, time(9), begins))
    assert [file.name for file in files] == [
        f"changes-2026-01-01-2026-01-31.{ending}" for ending in formats
    ]
    text = files[0].read_text("utf-8")
    assert {"en": "no legal advice", "zh": "不构成法律意见"}[language] in text
    assert {"en": "For instructors", "zh": "供培训师使用"}[language] in text
    [event] = Calendar.from_ical(files[3].read_bytes()).walk("VEVENT")
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=195)


def test_without_a_day_there_is_no_calendar(january, tmp_path):
    files = list(publish(january, tmp_path, ("md", "ics"), NOW, time(9)))
    assert [file.suffix for file in files] == [".md"]


def test_the_blocks_of_half_a_day_are_of_the_programme():
    assert [block.minutes for block in programme().half_day] == [15, 30, 45, 15, 45, 30, 15]
