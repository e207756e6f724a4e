"""Case F2, Wrong person: every figure of the key follows from the tables and the facts."""

from datetime import timedelta

import pytest

from duecourse.calls.courses import courses, shortfall, strangers, survey
from duecourse.calls.scoring import score
from duecourse.cases.files import read
from duecourse.rules import audit
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "failure" / "wrong-person")
CASE, KEY = FILE.case, FILE.key
FACTS = {fact.id: fact.value for fact in CASE.facts}
EVENTS = {event.id: event for event in CASE.timeline}
DOCUMENTS = {document.id: document.text for document in CASE.documents}
ANSWERS = {answer.id: answer for answer in KEY.answers}
(RECORDING,) = CASE.transcripts
(SCRIPT,) = CASE.calls
CALL = KEY.calls[SCRIPT.id]


@pytest.fixture(scope="module")
def log():
    return FILE.table("calls")


@pytest.fixture(scope="module")
def loans():
    return FILE.table("applications")


def right(answer, value):
    """Whether a value counts as the key's answer."""
    return abs(value - ANSWERS[answer].value) <= ANSWERS[answer].tolerance


@pytest.mark.parametrize(
    ("name", "flag", "flagged", "hits"),
    [
        ("device", "shared_device", 8, 6),
        ("number", "number_mismatch", 16, 8),
        ("night", "night", 20, 4),
    ],
)
def test_precision_and_recall_of_a_flag(loans, name, flag, flagged, hits):
    fraud = loans["fraud_confirmed"]
    assert fraud.sum() == 10
    assert loans[flag].sum() == flagged
    assert (loans[flag] & fraud).sum() == hits
    assert right(f"precision-{name}", 100 * hits / flagged)
    assert right(f"recall-{name}", 100 * hits / fraud.sum())


def test_the_wrong_party_rate_counts_only_telephones_that_somebody_answered(loans):
    first = loans["first_contact"].value_counts()
    assert first.to_dict() == {"right_party": 51, "none": 20, "wrong_party": 9}
    assert len(loans) == FACTS["campaign"] == 80
    assert right("wrong-party-rate", 100 * 9 / (51 + 9))


def test_a_wrong_party_is_as_good_a_flag_as_the_shared_device(loans):
    wrong = loans["first_contact"] == "wrong_party"
    assert (wrong & loans["fraud_confirmed"]).sum() == 6


def test_the_flag_of_the_night_agrees_with_the_hour(loans):
    assert (loans["night"] == (loans["applied_at"].dt.hour < 5)).all()


def test_the_loan_in_the_name_of_xu_is_among_them(loans):
    row = loans.set_index("application_id").loc["A-1037"]
    assert row["applied_at"] == EVENTS["application"].at
    assert row["amount"] == FACTS["loan"]
    assert (row["number_mismatch"], row["shared_device"]) == (True, False)
    assert row["fraud_confirmed"]


def test_step_5_of_the_check_sheet_is_the_one_that_was_left_out():
    rows = [line.split("|")[1:3] for line in DOCUMENTS["application-check"]["en"].splitlines()]
    left_out = [cells[0].strip() for cells in rows if len(cells) == 2 and cells[1].strip() == "–"]
    assert [step[:2] for step in left_out] == ["5 "]
    assert ANSWERS["skipped-step"].value == "call_back"


def test_there_are_eleven_calls_in_three_weeks(log):
    assert len(log) == 11
    assert log["at"].is_monotonic_increasing
    assert log["at"].iloc[0].date() == FACTS["first_call"] == EVENTS["first-call"].at.date()
    assert log["at"].iloc[-1] == EVENTS["eleventh-call"].at == RECORDING.at
    assert (FACTS["last_call"] - FACTS["first_call"]).days + 1 == 21


def test_two_denials_came_before_the_last_call_and_were_coded_as_refusals(log):
    denials = log[log["denied"]]
    assert denials["event_id"].tolist() == ["C03", "C07", "C11"]
    assert denials["at"].iloc[0] == EVENTS["first-denial"].at == SCRIPT.at
    assert denials["at"].iloc[1] == EVENTS["second-denial"].at
    assert set(denials["coded_as"]) == {"refuses_to_pay"}


def test_it_went_on_for_eighteen_days_and_eight_calls_after_the_first_denial(log):
    days = (FACTS["last_call"] - FACTS["first_denial"]).days
    assert days == ANSWERS["days-of-going-on"].value == 18
    assert (log["at"] > EVENTS["first-denial"].at).sum() == 8
    assert (log["at"] > EVENTS["second-denial"].at).sum() == log["opted_out"].sum() == 4


def test_five_of_seven_answered_calls_told_him_and_none_asked_first(log):
    answered = log[log["outcome"] == "wrong_party"]
    assert len(answered) == 7
    assert answered["disclosed"].sum() == log["disclosed"].sum() == 5
    assert ANSWERS["calls-that-told"].value == 5
    assert not answered["verified"].any()


def test_the_rules_find_in_the_log_what_the_key_says(log):
    found = audit(log, jurisdiction="CN").groupby("rule")["event_id"]
    assert found.nunique()["CN-07"] == 7
    told = audit(log[log["disclosed"]].assign(role="debtor", opted_out=False), jurisdiction="CN")
    assert told.loc[told["rule"] == "CN-08", "event_id"].tolist() == [
        *log.loc[log["disclosed"], "event_id"]
    ]


def test_in_the_log_as_it_was_kept_at_the_time_no_audit_finds_a_third_person(log):
    kept = log.assign(role="debtor", disclosed=False, opted_out=False)
    kept["outcome"] = kept["outcome"].replace("wrong_party", "connected")
    rules = set(audit(kept, jurisdiction="CN")["rule"])
    assert not rules & {"CN-07", "CN-08"}


def test_ms_xu_was_to_be_answered_by_8_april():
    last = FACTS["xu_dispute"] + timedelta(days=FACTS["reply_limit"])
    assert last == ANSWERS["answer-to-xu"].value
    assert EVENTS["xu-hotline"].at.date() == FACTS["xu_dispute"]
    assert (last - EVENTS["remedies"].at).days == 5


def test_the_answer_comes_last_and_stopping_comes_first():
    memo = DOCUMENTS["memo-cp12"]["en"]
    words = {"stop": "**Stop.**", "record": "**Write down.**", "verify": "**Verify.**"}
    places = [memo.index(word) for word in words.values()]
    assert places == sorted(places)
    order = ANSWERS["first-things-first"].value
    assert order == [*words, "correct", "tell"]
    assert set(order) == set(ANSWERS["first-things-first"].options)


def test_no_answer_is_left_without_a_proof_here():
    assert sorted(ANSWERS) == [
        "answer-to-xu",
        "calls-that-told",
        "days-of-going-on",
        "first-things-first",
        "precision-device",
        "precision-night",
        "precision-number",
        "recall-device",
        "recall-night",
        "recall-number",
        "skipped-step",
        "wrong-party-rate",
    ]


def test_the_sums_that_are_named_on_the_telephone_are_the_instalments_due():
    def open_on(day):
        months = (day.year - FACTS["first_due"].year) * 12 + day.month - FACTS["first_due"].month
        return FACTS["instalment"] * (months + (day.day >= FACTS["first_due"].day))

    assert open_on(FACTS["first_denial"]) == 4400
    assert open_on(FACTS["last_call"]) == 5500
    for language in ("en", "zh"):
        assert "4,400" in SCRIPT.brief[language]
        said = " ".join(turn.text[language] for turn in RECORDING.turns)
        assert "5,500" in said


def test_the_days_that_the_timeline_counts():
    assert (FACTS["first_call"] - FACTS["first_due"]).days == 104
    silent = EVENTS["delivered-again"].at - timedelta(days=105)
    assert (silent.year, silent.month, silent.day) == (2025, 10, 29)
    assert EVENTS["number-given-out"].at == FACTS["number_since"]


def test_the_call_always_ends_and_its_best_course_earns_everything():
    found = survey(SCRIPT)
    assert found.courses
    assert found.longest == 8
    assert not found.unreachable + found.dead_ends + found.circle + found.never + found.idle
    assert not strangers(SCRIPT, CALL)
    assert not shortfall(SCRIPT, CALL)
    assert {course.node for course in courses(SCRIPT)} == set(SCRIPT.ends)


@pytest.mark.parametrize(
    ("slip", "said", "total"),
    [
        # the debt is named first and that is owned up to: CN-08 takes a quarter, empathy 5 / 6
        (
            "ask-for-her only-for-her",
            "debt-at-once should-not-have",
            0.4 + 0.35 * 0.75 + 0.25 * 5 / 6,
        ),
        # the number is out, but he has nothing in hand: half the outcome, empathy (5 + 1/3) / 6
        ("ticket-and-letter", "it-learns", 0.2 + 0.35 + 0.25 * 16 / 18),
        # her affairs told at the very end: a fifth of the outcome, a quarter of lawfulness, 5 / 6
        ("not-a-word", "between-us", 0.4 * 0.2 + 0.35 * 0.75 + 0.25 * 5 / 6),
    ],
)
def test_what_a_slip_costs_in_a_call_that_is_otherwise_the_best(slip, said, total):
    choices = " ".join(CALL.best).replace(slip, said).split()
    assert score(SCRIPT, CALL, choices).total == pytest.approx(total)


@pytest.mark.parametrize(
    "choices",
    [
        "ask-for-her are-you-her-father everybody-says-that",
        "ask-for-her only-for-her prove-it nothing-i-can-do",
        "ask-for-her only-for-her once-or-twice the-machine-dials",
    ],
)
def test_whoever_goes_on_after_a_second_denial_or_a_refusal_earns_nothing(choices):
    assert score(SCRIPT, CALL, choices.split()).total == 0
