"""A single contact: allowed or not, by which rules, and when it would be."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from duecourse import language
from duecourse.rules import Contact, UnknownRule, allowed
from duecourse.rules.clock import UnknownZone
from tests.conftest import ROOT

OWN = "000-0000-0101"


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute)  # noqa: DTZ001 - the debtor's own time


def call(day, hour, minute=0, **known):
    return Contact(at=at(day, hour, minute), account_id="A1", number=OWN, **known)


def test_a_call_by_day_is_allowed_at_once():
    verdict = allowed(call(2, 10))
    assert verdict
    assert verdict.allowed
    assert verdict.breaches == verdict.advice == ()
    assert verdict.next_lawful == at(2, 10)
    assert verdict.lines[0] == "Allowed."


@pytest.mark.parametrize(
    ("moment", "opens"),
    [((2, 22, 0), (3, 8)), ((2, 23, 59), (3, 8)), ((2, 0, 30), (2, 8)), ((2, 7, 59), (2, 8))],
)
def test_a_call_at_night_waits_for_the_morning(moment, opens):
    verdict = allowed(call(*moment))
    assert not verdict.allowed
    assert verdict.rules == ("CN-05",)
    assert verdict.breaches[0].provisional
    assert verdict.next_lawful == at(*opens)


def test_who_agreed_to_the_hour_may_be_called():
    assert allowed(call(2, 22, hours_agreed=True))
    assert allowed(call(2, 22, purpose="service"))


def test_the_fourth_conversation_of_a_day_waits_for_the_next():
    talks = [call(2, hour, outcome="right_party", party="agency") for hour in (9, 10, 11)]
    verdict = allowed(call(2, 15), talks)
    assert verdict.rules == ("CN-06",)
    assert verdict.next_lawful == at(3, 8)
    # a call that nobody answered was no fourth conversation
    assert allowed(call(2, 15, outcome="no_answer"), talks)
    assert allowed(call(2, 15), talks[:2])
    assert allowed(call(2, 15, mode="notification"), talks)
    assert allowed(call(2, 15), [call(2, 9, outcome="no_answer"), *talks[1:]])


def test_advice_forbids_nothing():
    missed = [call(2, 9, minute, outcome="no_answer") for minute in range(6)]
    verdict = allowed(call(2, 10), missed)
    assert verdict.allowed
    assert [(one.rule, one.test, one.severity) for one in verdict.advice] == [
        ("CN-06", "unanswered_attempts", "advisory")
    ]
    assert verdict.lines[:2] == [
        "Allowed.",
        (
            "Advice: CN-06 (provisional): unanswered attempt number 7 on the number 000-0000-0101 on "
            "2026-03-02; more than 6 a day should not be made"
        ),
    ]
    assert not allowed(call(2, 10), missed[:5]).advice


def test_what_came_later_does_not_count():
    talks = [call(2, hour, outcome="right_party") for hour in (11, 12, 13)]
    assert allowed(call(2, 10), talks)


def test_waiting_does_not_help_against_what_is_said():
    verdict = allowed(call(2, 22, content="threat"))
    assert {"CN-05", "CN-27"} <= set(verdict.rules)
    assert verdict.next_lawful is None
    assert "Waiting does not help: the contact itself has to change." in verdict.lines


def test_a_third_person_may_be_asked_where_the_debtor_is_and_not_again_after_no():
    asks = {"role": "third_party", "purpose": "locate", "disclosed": False}
    sister = call(2, 10, **asks, debtor_unreachable=True)
    assert allowed(sister)
    assert allowed(call(2, 10, **asks, debtor_unreachable=False)).rules == ("CN-08",)
    refused = call(1, 10, **asks, debtor_unreachable=True, outcome="refused")
    assert allowed(sister, [refused]).rules == ("CN-08",)
    elsewhere = Contact(
        at=at(2, 10), account_id="A1", number="000-0000-0102", **asks, debtor_unreachable=True
    )
    assert allowed(elsewhere, [refused])


def test_only_the_first_contact_has_to_say_who_is_calling():
    unnamed = call(2, 10, outcome="right_party", identified=False)
    assert allowed(unnamed).rules == ("CN-11",)
    before = call(1, 10, outcome="right_party", identified=True)
    assert allowed(unnamed, [before])
    missed = call(1, 10, outcome="no_answer")
    assert allowed(unnamed, [missed]).rules == ("CN-11",)


def test_what_is_not_known_is_named():
    verdict = allowed(Contact(at=at(2, 10), channel="visit", staff=2))
    visit = next(one for one in verdict.open if one.rule == "CN-09")
    assert visit.missing == ("recorded", "id_shown", "entered")
    assert str(visit).startswith("CN-09 depends on: recorded throughout; a visit in sound")
    full = Contact(
        at=at(2, 10), channel="visit", staff=2, recorded=True, id_shown=True, entered=False
    )
    assert "CN-09" not in {one.rule for one in allowed(full).open}


def test_the_rules_of_the_contacts_own_day_count():
    night = datetime(2025, 2, 27, 23)  # noqa: DTZ001 - the debtor's own time
    assert "CN-05" not in allowed(Contact(at=night)).rules
    assert "CN-05" in allowed(Contact(at=night + timedelta(days=1))).rules


def test_eight_calls_in_seven_days_wait_until_the_first_is_a_week_ago():
    # one a day from the 1st to the 7th; on the 7th an eighth would be one too many
    week = [call(day, 9, outcome="no_answer") for day in range(1, 8)]
    verdict = allowed(call(7, 15), week, "US")
    assert verdict.rules == ("US-01",)
    assert verdict.next_lawful == at(8, 8)
    assert allowed(call(8, 15), week, "US")


def test_after_a_conversation_its_own_day_is_the_first_of_seven():
    talk = call(2, 9, outcome="right_party")
    for day in (2, 5, 8):
        verdict = allowed(call(day, 15), [talk], "US")
        assert verdict.rules == ("US-01",)
        assert verdict.next_lawful == at(9, 8)
    assert allowed(call(9, 8), [talk], "US")
    assert allowed(call(5, 15, call_agreed=True), [talk], "US")
    assert "US-01" not in allowed(Contact(at=at(5, 15), channel="letter"), [talk], "US").rules


def test_nine_in_the_evening_is_the_last_minute_in_the_united_states():
    assert allowed(call(2, 21, 0), (), "US")
    assert allowed(call(2, 21, 1), (), "US").rules == ("US-02",)
    assert allowed(call(2, 21, 1), (), "CN")


def test_creditors_who_collect_their_own_debts_are_not_bound_in_the_united_states():
    late = {"outcome": "right_party", "content": "threat"}
    assert {"US-02", "US-06"} <= set(allowed(call(2, 22, **late), (), "US").rules)
    free = allowed(call(2, 22, **late, party="lender"), (), "US")
    assert free.allowed
    assert free.lines[1].startswith("These rules bind third-party debt collectors;")
    assert allowed(call(2, 10, party="agency"), (), "US").note == ""
    own = [call(2, 9, party="lender", outcome="right_party")]
    assert allowed(call(3, 9, party="agency", outcome="no_answer"), own, "US")


def test_validation_is_due_within_five_days_of_the_first_contact_that_reached_the_consumer():
    talk = call(5, 10, outcome="right_party", validation_sent_on=date(2026, 3, 11))
    missed = [call(2, 10, outcome="no_answer")]
    assert allowed(talk, missed, "US").rules == ("US-08",)
    assert allowed(talk, [call(2, 10, outcome="delivered")], "US").rules == ()
    never = call(5, 10, outcome="right_party", validation_sent_on=date.max)
    (breach,) = allowed(never, missed, "US").breaches
    assert breach.why == (
        "first contact on 2026-03-05, validation information: none on record; "
        "it is due within 5 days"
    )


def test_a_moratorium_protects_for_sixty_days():
    debt = {"moratorium_from": date(2026, 1, 2), "moratorium_crisis": False}
    # 30 days of January from the 2nd on, 28 of February, two of March
    assert allowed(call(2, 10, **debt), (), "UK").rules == ("UK-11",)
    assert allowed(call(2, 10, **debt), (), "UK").next_lawful == at(3, 10)
    assert allowed(call(3, 10, **debt), (), "UK")
    assert allowed(call(2, 10, **debt, purpose="service"), (), "UK")
    crisis = {**debt, "moratorium_crisis": True}
    open_end = allowed(call(20, 10, **crisis), (), "UK")
    assert open_end.rules == ("UK-11",)
    assert open_end.next_lawful is None
    ended = allowed(call(20, 10, **crisis, moratorium_until=date(2026, 3, 24)), (), "UK")
    assert ended.next_lawful == at(25, 10)


def test_a_moment_with_a_zone_is_turned_into_the_debtors_time():
    late = Contact(at=datetime(2026, 3, 2, 14, tzinfo=UTC))  # 22:00 in Shanghai
    verdict = allowed(late)
    assert verdict.rules == ("CN-05",)
    assert verdict.next_lawful == datetime(2026, 3, 3, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
    with pytest.raises(UnknownZone):
        allowed(late, (), "US")
    west = Contact(at=late.at, timezone="America/Los_Angeles")  # 6:00 there
    assert allowed(west, (), "US").rules == ("US-02",)
    own = Contact(at=datetime(2026, 3, 2, 22, tzinfo=ZoneInfo("America/New_York")))
    assert allowed(own, (), "US").rules == ("US-02",)


def test_the_verdict_speaks_both_languages():
    verdict = allowed(call(2, 22, 30))
    assert str(verdict).splitlines()[:3] == [
        "Not allowed.",
        "CN-05 (provisional): 22:30 lies outside 08:00 to 22:00, and no other hour was agreed",
        "The next lawful moment is 2026-03-03 08:00.",
    ]
    language.use("zh")
    assert str(allowed(call(2, 22, 30))).splitlines()[:3] == [
        "不可以联系。",
        "CN-05（暂定）：22:30 不在 08:00 至 22:00 之间，且未另行约定时间",
        "下一个合规时间为 2026-03-03 08:00。",
    ]


def test_it_shows_itself_in_a_notebook():
    shown = allowed(call(2, 22, 30))._repr_html_()
    assert shown.startswith('<div lang="en"><strong>Not allowed.</strong>')
    assert "<li>CN-05 (provisional)" in shown
    named = Contact(at=at(2, 10), number="<b>", outcome="no_answer")
    assert "<b>" not in allowed(named, [named] * 6)._repr_html_()


def test_a_contact_shows_what_is_known_of_it():
    shown = repr(Contact(at=at(2, 10), identified=False))
    assert shown.startswith("Contact(at=datetime.datetime(2026, 3, 2, 10, 0), channel='call'")
    assert shown.endswith("purpose='collect', identified=False)")


def test_an_unknown_jurisdiction_is_refused():
    with pytest.raises(UnknownRule):
        allowed(call(2, 10), (), "EU")


def test_single_contacts_and_the_book_need_no_tables():
    code = (
        "from datetime import datetime\n"
        "from duecourse.rules import Contact, allowed, explain, penalty, rules\n"
        "from duecourse.rules.book import severity\n"
        "allowed(Contact(at=datetime(2026, 3, 2, 23)))._repr_html_()\n"
        "explain('CN-05')._repr_html_(); rules(); penalty(severity('CN-05'))\n"
        "import sys; print(*sorted({'pandas', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == ""


def test_the_audit_is_loaded_when_it_is_asked_for():
    import duecourse.rules

    assert callable(duecourse.rules.audit)
    assert duecourse.rules.Findings.__name__ == "Findings"
    with pytest.raises(AttributeError, match="audits"):
        _ = duecourse.rules.audits
