"""What the key of "pause-first" answers, worked out again from its facts, tables and papers."""

from datetime import date, timedelta

import pytest

from duecourse.calls.courses import courses, shortfall
from duecourse.calls.engine import begin, replay
from duecourse.calls.scoring import score, score_of
from duecourse.cases.files import read
from duecourse.rules import audit, moratorium_end
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "success" / "pause-first")
CASE, KEY = FILE.case, FILE.key
FACTS = {fact.id: fact.value for fact in CASE.facts}
ANSWERS = {answer.id: answer for answer in KEY.answers}
DOCUMENTS = {document.id: document.text for document in CASE.documents}
(SCRIPT,) = CASE.calls
CALL = KEY.calls[SCRIPT.id]
FIRST, LAST = FACTS["moratorium_from"], date(2025, 5, 1)


def answer(name):
    return ANSWERS[name].value


def test_the_last_protected_day_is_the_first_of_may():
    assert answer("last_protected_day") == LAST == moratorium_end(FIRST)
    assert FIRST + timedelta(days=FACTS["moratorium_days"] - 1) == LAST
    # counted month by month: 29 days of March, 30 of April, 1 of May
    assert FACTS["moratorium_days"] == 29 + 30 + 1


def test_the_review_was_in_time():
    assert answer("review_day") == (FACTS["reviewed_on"] - FIRST).days + 1 == 31
    assert 25 <= answer("review_day") <= 35


def test_pause_and_moratorium_leave_no_gap():
    pause_ends = FACTS["hold_from"] + timedelta(days=FACTS["hold_days"] - 1)
    assert pause_ends == date(2025, 3, 19) >= FIRST
    assert answer("quiet_days") == (LAST - FACTS["hold_from"]).days + 1 == 73


def test_three_of_six_contacts_are_allowed():
    contacts = FILE.rows("next_contacts")
    assert len(contacts) == 6
    assert all(FIRST <= date.fromisoformat(one["at"][:10]) <= LAST for one in contacts)
    harmless = [
        one["event_id"] for one in contacts if one["purpose"] != "collect" and not one["content"]
    ]
    assert answer("allowed_contacts") == harmless == ["N2", "N3", "N5"]
    assert {*ANSWERS["allowed_contacts"].options} == {one["event_id"] for one in contacts}


def test_an_audit_that_believes_the_label_misses_the_fee():
    log = FILE.table("next_contacts").assign(moratorium_from=FIRST)
    found = audit(log, jurisdiction="UK", timezone=CASE.timezone)
    assert set(found.loc[found["rule"] == "UK-11", "event_id"]) == {"N1", "N6"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_contact_has_its_draft(language):
    for one in FILE.rows("next_contacts"):
        assert f"**{one['event_id']}" in DOCUMENTS["drafts"][language]


def test_the_refund_is_what_was_posted_since_the_death():
    posted = FILE.table("charges")
    since = posted[posted["posted_on"] >= str(FACTS["refund_from"])]
    assert FACTS["refund_from"] == FACTS["died_on"]
    assert since.groupby("kind")["amount"].sum().to_dict() == pytest.approx(
        {"interest": 120.0, "refused_payment_fee": 20.0}
    )
    assert answer("refund") == pytest.approx(since["amount"].sum())
    assert answer("refund") != pytest.approx(posted["amount"].sum())
    assert posted.loc[posted["posted_on"] >= str(FACTS["hold_from"]), "amount"].sum() == 0


def test_four_payments_had_been_refused_before_the_letter():
    posted = FILE.table("charges")
    fees = posted[posted["kind"] == "refused_payment_fee"]
    assert len(fees) == 4
    letter = next(one.at for one in CASE.documents if one.id == "letter_feb")
    assert fees["posted_on"].max().date() < letter


def test_what_is_owed():
    assert answer("over_limit") == FACTS["owed"] - FACTS["limit"] == 440
    assert answer("owed_after") == FACTS["owed"] - answer("refund") == 1800


def test_the_plan_fits_the_budget_and_ends_after_45_months():
    income = FACTS["wage"] + FACTS["benefit"]
    surplus = income - FACTS["essentials"] - FACTS["priority_debts"]
    assert answer("surplus") == surplus == 60
    assert FACTS["offer"] < surplus
    assert surplus - FACTS["benefit"] == -40
    assert answer("months") == answer("owed_after") / FACTS["offer"] == 45
    first_interest = answer("owed_after") * FACTS["interest_rate"] / 100 / 12
    assert first_interest > 50 > FACTS["offer"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_budget_form_adds_up_to_the_facts(language):
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in DOCUMENTS["budget"][language].splitlines()
        if line.startswith("|")
    ]
    sums = [int(row[1].replace(",", "")) for row in rows if row[1].replace(",", "").isdigit()]
    assert sums[:2] == [FACTS["wage"], FACTS["benefit"]]
    assert sum(sums[2:-2]) == FACTS["essentials"]
    assert sum(sums[-2:]) == FACTS["priority_debts"]


def test_she_is_not_in_crisis_treatment():
    assert answer("kind_of_moratorium") == "not_in_treatment"
    assert "not in crisis treatment" in DOCUMENTS["budget"]["en"]
    assert "没有在接受危机治疗" in DOCUMENTS["budget"]["zh"]


def test_the_record_holds_what_serves_her_and_nothing_else():
    assert set(answer("record_fields")) == {"own_words", "contact", "consent", "access", "review"}
    left_empty = DOCUMENTS["record"]["en"].rsplit("Left empty on purpose:", 1)[1]
    assert "diagnosis" in left_empty
    assert "expected payment" in left_empty


def test_the_steps_stand_in_the_transcript_in_this_order():
    turns = {
        "let_speak": "t05",
        "ask": "t13",
        "stop": "t17",
        "safe": "t19",
        "company": "t29",
        "contact": "t35",
    }
    assert answer("order_of_steps") == sorted(turns, key=turns.__getitem__)
    said = {turn.id: turn.text["en"] for turn in CASE.transcripts[0].turns}
    assert "thoughts of suicide" in said["t13"]
    assert "stopped everything" in said["t17"]
    assert "Are you safe" in said["t19"]


def test_the_best_course_hands_daniel_over_and_earns_full_marks():
    assert shortfall(SCRIPT, CALL) == ""
    state = replay(SCRIPT, CALL.best).state
    assert state.vulnerable
    assert {"thoughts", "safe_now", "sister"} <= state.disclosed
    assert state.promise is None


def test_the_six_steps_and_the_second_question_are_critical():
    assert [step.id for step in CALL.critical] == [
        "hear",
        "ask",
        "ask_again",
        "stop",
        "stay",
        "hand_over",
        "agree",
    ]


@pytest.mark.parametrize("step", CALL.critical, ids=lambda step: step.id)
def test_a_missed_step_fails_the_call_wherever_it_leads(step):
    """Leave the best course at the step by each other option, then make the best of it."""
    passed = [one.node for one in replay(SCRIPT, CALL.best).steps]
    if step.node in passed:
        start = replay(SCRIPT, CALL.best[: passed.index(step.node)])
    else:
        start = replay(SCRIPT, ["amount", "sympathy", "stay_with_it", "directly"])
    assert start.node == step.node
    for option in start.offered:
        if option.id in step.must:
            continue
        found = score_of(finished(start.then(option.id)), CALL)
        assert step in found.missed
        assert found.total == 0


def finished(course):
    """Play on with what answers the person best, up to an end."""
    while course.end is None:
        worth = {one.id: CALL.choices[f"{course.node}.{one.id}"].empathy for one in course.offered}
        course = course.then(max(worth, key=worth.__getitem__))
    return course


def test_money_is_never_part_of_a_good_course():
    for course in courses(SCRIPT, most=300):
        found = score_of(course, CALL)
        if course.state.promise is not None or found.lawfulness < 1:
            assert found.total == 0


def test_two_cold_answers_and_he_hangs_up():
    course = replay(SCRIPT, ["amount", "work"])
    assert course.end == "hang_up"
    assert score(SCRIPT, CALL, ["amount", "work"]).total < 0.5
    assert replay(SCRIPT, ["welcome", "work"]).node == "hear"


def test_with_little_trust_he_has_to_be_asked_twice():
    course = replay(SCRIPT, ["amount", "sympathy", "stay_with_it", "directly"])
    assert course.node == "deflect"
    found = score_of(finished(course), CALL)
    assert found.missed == ()
    assert found.end == "stop_and_refer"
    assert found.total > 0.7


@pytest.mark.parametrize(
    ("language", "help_"),
    [("en", ("safe", "help", "surgery")), ("zh", ("平安", "帮助", "诊所"))],
)
def test_every_end_tells_that_help_was_found(language, help_):
    for name in SCRIPT.ends:
        told = " ".join(line.text[language] for line in SCRIPT.nodes[name].says)
        assert any(word in told for word in help_)


def test_the_first_line_of_the_call_is_daniels():
    assert begin(SCRIPT).node == SCRIPT.start
    assert next(begin(SCRIPT).said()).who == SCRIPT.partner
