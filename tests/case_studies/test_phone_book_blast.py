"""What the key of "phone-book-blast" answers, counted again from the log: by pandas and by the rules."""

from datetime import date, timedelta

import pandas as pd
import pytest

from duecourse.calls.courses import courses, shortfall
from duecourse.calls.scoring import score, score_of
from duecourse.cases.files import read
from duecourse.rules import Contact, NotInForce, allowed, audit, rule
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "failure" / "phone-book-blast")
CASE, KEY = FILE.case, FILE.key
TWIN = read(ROOT / "case_studies" / "success" / "fewer-calls")
FACTS = {fact.id: fact.value for fact in CASE.facts}
EVENTS = {event.id: event for event in CASE.timeline}
ANSWERS = {answer.id: answer for answer in KEY.answers}
DOCUMENTS = {document.id: document.text for document in CASE.documents}
OWN = "000-0000-0301"
SISTER = "000-0000-0312"
(RECORDING,) = CASE.transcripts
(SCRIPT,) = CASE.calls
CALL = KEY.calls[SCRIPT.id]


@pytest.fixture(scope="module")
def log():
    return FILE.table("contact_log")


def events(rows):
    return list(rows["event_id"])


def lost_before(log, at):
    """Whether the debtor was out of reach at a moment, as the question of the key words it."""
    before = log[(log["number"] == OWN) & (log["channel"] == "call") & (log["at"] < at)]
    answered = before.loc[before["outcome"] == "right_party", "at"]
    failed = before[before["at"] > answered.max()] if len(answered) else before
    days = {moment.date() for moment in failed["at"]}
    third = failed["at"].iloc[2].date() if len(failed) >= 3 else date.max
    in_a_row = any({day, day + timedelta(1), day + timedelta(2)} <= days for day in days)
    return in_a_row or third < at.date()


@pytest.fixture(scope="module")
def known(log):
    """The log with what its reader works out: loss of contact, and who had refused before."""
    refused_at = log.loc[log["event_id"] == "E08", "at"].iloc[0]
    return log.assign(
        debtor_unreachable=[lost_before(log, at) for at in log["at"]],
        opted_out=(log["number"] == SISTER) & (log["at"] > refused_at),
    )


def test_the_log_has_thirty_entries_on_nine_days_in_their_order(log):
    assert len(log) == FACTS["events"] == 30
    assert events(log) == [f"E{number:02}" for number in range(1, 31)]
    assert log["at"].is_monotonic_increasing
    assert (log["at"].min().date(), log["at"].max().date()) == (date(2026, 3, 3), date(2026, 3, 11))
    assert set(log["account_id"]) == {"ZT-0417"}


def test_nine_days_lie_between_first_call_and_complaint(log):
    complaint, first = EVENTS["complaint"].at, log["at"].iloc[0]
    assert (complaint.date() - first.date()).days == ANSWERS["days"].value == 9
    assert EVENTS["sim-card"].at.date() == complaint.date()


def test_three_calls_lie_after_ten_at_night(log):
    hour = log["at"].dt.hour
    assert events(log[(hour >= 22) | (hour < 8)]) == ANSWERS["night"].value == ["E16", "E27", "E30"]


def test_five_conversations_on_one_day_are_two_over_the_limit(log):
    spoken = log[log["outcome"] == "right_party"]
    by_day = spoken.groupby(spoken["at"].dt.date).size()
    assert by_day.to_dict() == {date(2026, 3, 7): 1, date(2026, 3, 9): 5}
    over = spoken[spoken.groupby(spoken["at"].dt.date).cumcount() >= 3]
    assert events(over) == ANSWERS["over-the-limit"].value == ["E14", "E15"]


def test_neither_firm_sees_the_limit_passed_in_its_own_log(log):
    spoken = log[(log["outcome"] == "right_party") & (log["at"].dt.date == date(2026, 3, 9))]
    assert spoken["party"].value_counts().to_dict() == {"agency": 3, "lender": 2}
    over = (spoken["party"].value_counts() - 3).clip(lower=0).sum()
    assert over == ANSWERS["each-by-itself"].value == 0


def test_eight_unanswered_attempts_on_one_number_are_two_over_the_advice(log):
    failed = log[log["outcome"] == "no_answer"]
    failed = failed.assign(nth=failed.groupby(["number", failed["at"].dt.date]).cumcount() + 1)
    most = failed.loc[failed["nth"].idxmax()]
    assert (most["nth"], most["number"], most["at"].date()) == (8, OWN, date(2026, 3, 10))
    assert events(failed[failed["nth"] > 6]) == ANSWERS["attempts"].value == ["E25", "E26"]


def test_four_of_six_calls_to_third_persons_disclose_the_debt(log):
    third = log[(log["role"] == "third_party") & (log["channel"] == "call")]
    assert len(third) == 6
    assert set(events(third)) == set(ANSWERS["disclosures"].options)
    found = events(third[third["disclosed"]])
    assert found == ANSWERS["disclosures"].value == ["E19", "E23", "E27", "E28"]
    assert not log.loc[log["role"] != "third_party", "disclosed"].any()


def test_loss_of_contact_was_shown_before_three_calls_to_third_persons(known):
    third = known[known["role"] == "third_party"]
    shown = events(third[third["debtor_unreachable"]])
    assert shown == ANSWERS["lost-contact"].value == ["E07", "E08", "E28"]


def test_two_calls_to_third_persons_were_permitted(known):
    third = known[known["role"] == "third_party"]
    fine = (
        third["debtor_unreachable"]
        & ~third["disclosed"]
        & ~third["opted_out"]
        & (third["purpose"] == "locate")
    )
    assert events(third[fine]) == ANSWERS["permitted"].value == ["E07", "E08"]


def test_the_single_verdict_on_each_call_agrees(known):
    third = known[known["role"] == "third_party"]
    permitted = [
        row.event_id
        for row in third.itertuples()
        if allowed(
            Contact(
                at=row.at.to_pydatetime(),
                account_id=row.account_id,
                role=row.role,
                outcome=row.outcome,
                party=row.party,
                purpose=row.purpose,
                identified=row.identified,
                disclosed=row.disclosed,
                debtor_unreachable=row.debtor_unreachable,
                opted_out=row.opted_out,
            ),
            jurisdiction="CN",
        ).allowed
    ]
    assert permitted == ANSWERS["permitted"].value


def test_one_call_goes_to_somebody_who_had_refused(known):
    assert events(known[known["opted_out"]]) == [ANSWERS["after-refusal"].value] == ["E27"]
    assert "Asks us not to ring her again; promised" in DOCUMENTS["call-notes"]["en"]
    assert "请我们别再打给她，已答应" in DOCUMENTS["call-notes"]["zh"]


def test_one_sheet_is_posted_under_a_rule_of_this_year(log):
    assert events(log[log["posted"]]) == ["E29"]
    name = ANSWERS["posting"].value
    assert rule(name, on=date(2026, 3, 11)).id == "CN-09"
    assert isinstance(rule(name, on=date(2026, 1, 29)), NotInForce)
    for other in set(ANSWERS["posting"].options) - {name}:
        assert rule(other, on=date(2026, 1, 29)).id == other


def test_twelve_breaches_lie_in_eleven_entries(log):
    named = ["night", "over-the-limit", "attempts", "disclosures"]
    found = [event for name in named for event in ANSWERS[name].value] + events(log[log["posted"]])
    assert len(found) == 12
    assert len(set(found)) == ANSWERS["entries"].value == 11
    for event in set(found):
        assert event in ANSWERS["entries"].how["en"]
    by_lender = log[log["event_id"].isin(found) & (log["party"] == "lender")]
    assert events(by_lender) == ["E14"]


def test_the_audit_finds_the_same_breaches(known):
    findings = audit(known, "CN")
    counted = findings.groupby(["rule", "test"])["event_id"].agg(list).to_dict()
    assert counted == {
        ("CN-05", "hours"): ["E16", "E27", "E30"],
        ("CN-06", "connected_calls"): ["E14", "E15"],
        ("CN-06", "unanswered_attempts"): ["E25", "E26"],
        ("CN-07", "third_party_asked_to_pay"): ["E19", "E23", "E27", "E28"],
        ("CN-08", "disclosure"): ["E19", "E23", "E27", "E28"],
        ("CN-08", "third_party_while_reachable"): ["E19", "E23", "E27"],
        ("CN-08", "third_party_refused"): ["E27"],
        ("CN-09", "posting"): ["E29"],
    }
    assert findings["provisional"].all()
    advisory = findings.loc[findings["severity"] == "advisory", "test"]
    assert set(advisory) == {"unanswered_attempts"}
    assert ANSWERS["advisory"].value == "attempts"


def test_the_log_alone_does_not_say_whether_contact_was_lost(log):
    missing = audit(log, "CN").not_tested
    row = missing[missing["test"] == "third_party_while_reachable"]
    assert list(row["rule"]) == ["CN-08"]


def test_every_answer_that_names_rules_or_entries_names_real_ones(log):
    known = set(log["event_id"])
    for answer in KEY.answers:
        assert set(pd.Series(answer.how["en"]).str.findall(r"\bE\d\d\b")[0]) <= known
        for name in pd.Series(answer.how["en"]).str.findall(r"\bCN-\d\d\b")[0]:
            assert rule(name, on=date(2026, 3, 11)).id == name


def test_the_agreed_halves_make_one_instalment():
    assert pytest.approx(2 * 825.12) == FACTS["instalment"]
    assert FACTS["agreed"]["en"].count("825.12") == 2


def test_both_cases_share_their_first_days_word_by_word():
    ours = {event.id: event for event in CASE.timeline}
    theirs = {event.id: event for event in TWIN.case.timeline}
    for name in KEY.mirror.shared:
        assert ours[name] == theirs[name]
    assert EVENTS[KEY.mirror.parting].at == theirs[TWIN.key.mirror.parting].at
    shared = {"early-stage-policy", "two-proposals"}
    for document in TWIN.case.documents:
        if document.id in shared:
            assert DOCUMENTS[document.id] == document.text


def test_the_sheet_and_the_recording_lie_in_the_log(log):
    at = log.set_index("event_id")["at"]
    assert at["E27"] == RECORDING.at == EVENTS["sister-again"].at
    assert at["E29"] == EVENTS["notice"].at
    assert at["E08"] == SCRIPT.at


def test_the_best_course_leaves_a_message_and_earns_full_marks():
    assert shortfall(SCRIPT, CALL) == ""
    assert score(SCRIPT, CALL, CALL.best).end == "message_left"


def test_no_course_on_which_she_learns_of_the_debt_earns_more_than_half():
    told = [one for one in courses(SCRIPT) if "debt" in one.state.disclosed]
    assert told
    assert max(score_of(one, CALL).total for one in told) < 0.5


def test_a_refusal_that_is_passed_over_earns_nothing():
    for choice in ("if-he-rings", "wish"):
        found = score(SCRIPT, CALL, ["name", "only-himself", "no-accident", "message", choice])
        assert found.total == 0
        assert [step.id for step in found.missed] == ["the-refusal-is-kept"]
