"""What the key of "old-law-empty-threat" answers, worked out again from the case's own facts."""

import re
from datetime import date, datetime

import pytest

from duecourse.calls.engine import replay
from duecourse.calls.moments import explore
from duecourse.calls.prospects import Prospects
from duecourse.calls.scoring import score
from duecourse.cases.files import read
from duecourse.rules import Contact, NotInForce, Reset, allowed, limitation, rule
from tests.conftest import ROOT

FILE = read(ROOT / "case_studies" / "failure" / "old-law-empty-threat")
CASE, KEY = FILE.case, FILE.key
FACTS = {fact.id: fact.value for fact in CASE.facts}
EVENTS = {event.id: event for event in CASE.timeline}
ANSWERS = {answer.id: answer for answer in KEY.answers}
DOCUMENTS = {document.id: document.text for document in CASE.documents}
(TRANSCRIPT,) = CASE.transcripts
LABELS = KEY.transcripts[TRANSCRIPT.id].turns
(SCRIPT,) = CASE.calls
CALL = KEY.calls[SCRIPT.id]
SMS = date(2024, 3, 18)
LIST = date(2025, 9, 15)


def day(event):
    at = EVENTS[event].at
    return at.date() if isinstance(at, datetime) else at


def three_years_after(start):
    return start.replace(year=start.year + 3)


def last_day():
    """The last day of Ms Tang's three years, by what the file knows."""
    return three_years_after(max(FACTS["whole-balance-due"], FACTS["last-payment"]))


def report():
    """Desk B's line of the carrier's report: sent, delivered, not in service, switched off."""
    (line,) = [one for one in DOCUMENTS["sms-report"]["zh"].splitlines() if one.startswith("| B")]
    return [int(cell) for cell in line.split("|")[2:6]]


def first_breaches():
    """The rules in the order in which the transcript first breaks them."""
    broken = [
        code.removeprefix("violation:")
        for turn in TRANSCRIPT.turns
        if turn.id in LABELS
        for code in LABELS[turn.id].codes
        if code.startswith("violation:")
    ]
    return list(dict.fromkeys(broken))


def past():
    """The rows of the list whose three years were over on its day, worked out step by step."""
    found = []
    for row in FILE.rows("september-list"):
        ends = three_years_after(date.fromisoformat(row["last_payment"]))
        demands = [SMS] if row["sms_2024_03_18"] == "delivered" else []
        if row["letter_delivered"]:
            demands.append(date.fromisoformat(row["letter_delivered"]))
        for demand in sorted(demands):
            ends = three_years_after(demand) if demand <= ends else ends
        if ends < LIST:
            found.append(row)
    return found


def test_every_answer_is_worked_out_here():
    assert set(ANSWERS) == {
        "last-day",
        "days-left",
        "letters-cost",
        "text-effect",
        "untrue-turns",
        "rules-in-order",
        "days-over",
        "list-past",
        "list-sum",
        "court",
        "promise-now",
        "american-twin",
    }


def test_the_three_years_run_from_the_last_payment_to_15_april_2024():
    assert day("called-due") < FACTS["whole-balance-due"] < FACTS["last-payment"]
    assert FACTS["last-payment"] == day("last-payment") == date(2021, 4, 15)
    assert ANSWERS["last-day"].value == last_day() == date(2024, 4, 15)
    assert last_day().strftime("%A") == "Monday"


def test_the_rule_base_counts_the_same_day():
    found = limitation(
        [
            Reset(FACTS["whole-balance-due"], "due"),
            Reset(FACTS["last-payment"], "part_payment"),
            Reset(day("bulk-sms"), "demand", arrived=False),
        ]
    )
    assert found.expires == ANSWERS["last-day"].value
    assert found.has_run_out(day("the-call"))
    assert not found.has_run_out(day("review-memo"))


def test_had_the_text_message_arrived_it_would_have_been_as_desk_b_entered():
    found = limitation(
        [
            Reset(FACTS["whole-balance-due"], "due"),
            Reset(FACTS["last-payment"], "part_payment"),
            Reset(day("bulk-sms"), "demand"),
        ]
    )
    assert found.expires == date(2027, 3, 18)
    assert "18 March 2027" in EVENTS["desk-b-enters"].text["en"]


def test_the_text_message_went_to_a_number_known_to_be_dead_while_time_was_left():
    assert day("number-dead") < day("bulk-sms") <= last_day()
    assert FACTS["sms-line"]["en"].startswith("not delivered")
    assert ANSWERS["text-effect"].value == "not-arrived"


def test_35_days_were_left_when_the_memo_went_out():
    assert ANSWERS["days-left"].value == (last_day() - day("review-memo")).days == 35


def test_desk_b_decided_one_week_before_the_last_day():
    assert (last_day() - day("desk-b-enters")).days == 7


def test_letters_to_those_whom_the_text_did_not_reach_would_have_cost_1606():
    sent, delivered, dead, off = report()
    assert sent == delivered + dead + off == 224
    assert ANSWERS["letters-cost"].value == (dead + off) * FACTS["letter-price"] == 1_606
    assert sent * FACTS["letter-price"] == 4_928


def test_the_carriers_report_adds_up():
    rows = [
        [int(cell) for cell in line.split("|")[2:6]]
        for line in DOCUMENTS["sms-report"]["en"].splitlines()
        if re.match(r"\| (A|B|Both)", line)
    ]
    desk_a, desk_b, both = rows
    assert [one + other for one, other in zip(desk_a, desk_b, strict=True)] == both
    assert [both[0], desk_a[0], desk_b[0]] == [412, 188, 224]


def test_the_balance_is_principal_and_interest_after_the_last_payment():
    assert FACTS["principal"] + FACTS["interest-and-fees"] == 18_460 == 18_960 - 500
    assert int(FILE.rows("september-list")[0]["balance"]) == 18_460


def test_the_call_has_twenty_turns_and_five_of_them_are_untrue():
    assert len(TRANSCRIPT.turns) == 20
    untrue = [
        turn.id
        for turn in TRANSCRIPT.turns
        if turn.id in LABELS and any("violation:" in code for code in LABELS[turn.id].codes)
    ]
    assert ANSWERS["untrue-turns"].value == untrue
    assert len(untrue) == 5
    spoken = {turn.id for turn in TRANSCRIPT.turns if turn.who == "gao"}
    assert set(ANSWERS["untrue-turns"].options) == spoken
    assert set(untrue) <= spoken


def test_each_untrue_turn_breaks_one_rule_that_was_in_force():
    for turn in ANSWERS["untrue-turns"].value:
        (code,) = LABELS[turn].codes
        assert not isinstance(rule(code.removeprefix("violation:"), day("the-call")), NotInForce)


def test_what_the_five_turns_say_is_contradicted_by_the_file():
    said = {turn.id: turn.text["en"] for turn in TRANSCRIPT.turns}
    assert "Contract Law is in force" in said["t07"]
    assert "among them the Contract Law, are repealed" in EVENTS["code-note"].text["en"]
    assert "18 March 2027" in said["t09"]
    assert last_day() < day("the-call")
    assert "no defence" in said["t13"]
    assert "prison" in said["t15"]
    assert "police opened a case" in said["t17"]
    assert FACTS["police"] == FACTS["suits"] == 0


def test_what_the_agent_says_of_the_account_is_true():
    said = {turn.id: turn.text["en"] for turn in TRANSCRIPT.turns}
    for figure in ("18,460", "14,900", "3,560", "15 April 2021"):
        assert figure in said["t05"]
    assert "000-0000-0147" in said["t11"]
    assert "000-0000-0147" in FACTS["number"]["en"]
    assert day("the-text") == day("the-call")


def test_the_rules_are_ordered_by_their_first_breach():
    assert ANSWERS["rules-in-order"].value == first_breaches()
    assert set(ANSWERS["rules-in-order"].options) == set(first_breaches())


def test_the_call_came_519_days_too_late():
    assert ANSWERS["days-over"].value == (day("the-call") - last_day()).days == 519


def test_four_accounts_of_the_list_were_past_limitation():
    assert day("the-list") == LIST
    assert len(FILE.rows("september-list")) == 8
    assert [row["account_id"] for row in past()] == ["C-0417", "C-0539", "C-0608", "C-0701"]
    assert ANSWERS["list-past"].value == len(past())


def test_the_rule_base_finds_the_same_four():
    found = []
    for row in FILE.rows("september-list"):
        resets = [
            Reset(date.fromisoformat(row["last_payment"]), "part_payment"),
            Reset(SMS, "demand", arrived=row["sms_2024_03_18"] == "delivered"),
        ]
        if row["letter_delivered"]:
            resets.append(Reset(date.fromisoformat(row["letter_delivered"]), "demand"))
        if limitation(resets).has_run_out(LIST):
            found.append(row)
    assert found == past()


def test_their_balances_come_to_55860():
    assert ANSWERS["list-sum"].value == sum(int(row["balance"]) for row in past()) == 55_860


def test_after_the_three_years_only_a_promise_counts():
    events = [
        Reset(FACTS["whole-balance-due"], "due"),
        Reset(FACTS["last-payment"], "part_payment"),
    ]
    late = day("the-call")
    assert limitation([*events, Reset(late, "demand")]).has_run_out(late)
    assert not limitation([*events, Reset(late, "promise")]).has_run_out(late)
    assert ANSWERS["promise-now"].value == "gives-up"


def test_the_court_does_not_raise_limitation_itself_and_the_rule_says_so():
    assert "may not raise the point itself" in rule("CN-02", day("the-call")).duty["en"]
    assert ANSWERS["court"].value == "if-raised"


def test_the_american_twin_is_the_rule_on_time_barred_debt():
    assert "time-barred" in rule("US-09", day("the-call")).duty["en"]
    assert ANSWERS["american-twin"].value == "US-09"
    assert "US-09" in KEY.rules


def test_the_text_message_breaks_the_rules_that_the_model_answer_names():
    at = EVENTS["the-text"].at
    message = Contact(
        at=at,
        channel="sms",
        cites="Contract Law",
        content="court_threat;false_authority;threat",
        time_barred=True,
    )
    assert {"CN-01", "CN-02", "CN-11", "CN-27"} <= set(allowed(message).rules)
    for text in KEY.write_ups[0].answer.values():
        assert all(name in text for name in ("CN-01", "CN-02", "CN-11", "CN-27"))


def test_the_message_to_be_rewritten_stands_in_the_file_in_both_languages():
    assert "Under the Contract Law you owe ¥18,460.00" in DOCUMENTS["texts"]["en"]
    assert "依据《合同法》，您欠款18460.00元" in DOCUMENTS["texts"]["zh"]


def test_rules_that_are_not_verified_are_called_provisional():
    for name in ("CN-15", "CN-35"):
        assert rule(name, day("the-call")).provisional
        assert KEY.rules[name]["en"].startswith("(provisional)")
        assert KEY.rules[name]["zh"].startswith("（暂定）")
    for name in ("CN-01", "CN-02", "CN-11", "CN-22", "CN-27", "US-09"):
        assert not rule(name, day("the-call")).provisional


@pytest.mark.parametrize(("name", "points"), [("lawful-notice", 13), ("corrective-action", 12)])
def test_the_written_tasks_are_worth_ten_to_fifteen_points(name, points):
    (task,) = [one for one in KEY.write_ups if one.id == name]
    assert sum(max(level.points for level in one.levels) for one in task.rubric) == points


def test_the_best_course_of_the_call_earns_everything():
    found = score(SCRIPT, CALL, list(CALL.best))
    assert (found.outcome, found.lawfulness, found.empathy, found.total) == (1, 1, 1, 1)
    assert found.end == "complaint_recorded"
    assert Prospects(SCRIPT, CALL).best().choices == tuple(CALL.best)


def test_no_course_of_the_call_goes_on_for_ever_and_none_is_longer_than_ten():
    moments = explore(SCRIPT)
    assert moments.circle == ()
    longest = {}
    for moment in moments.backwards:
        longest[moment] = max((1 + longest[to] for _option, to in moments.ways[moment]), default=0)
    assert max(longest.values()) == 10


@pytest.mark.parametrize(
    ("choice", "instead", "missed"),
    [
        ("what-the-file-shows", "it-runs", "nothing-untrue"),
        ("not-for-peace", "good-sign", "no-bait"),
        ("both-noted", "paper-first", "her-wishes"),
        ("record-it", "quietly", "on-record"),
    ],
)
def test_a_critical_step_that_is_missed_costs_everything(choice, instead, missed):
    choices = [instead if one == choice else one for one in CALL.best]
    if missed in {"her-wishes", "on-record"}:
        choices[-1] = "in-good-hands"
    found = score(SCRIPT, CALL, choices)
    assert found.problem == ""
    assert [step.id for step in found.missed] == [missed]
    assert found.total == 0


def test_a_kind_untruth_about_limitation_is_an_untruth():
    choices = [
        "listen-first",
        "say-back",
        "plain-no",
        "gone",
        "both-noted",
        "record-it",
        "read-back",
    ]
    found = score(SCRIPT, CALL, choices)
    assert [step.id for step in found.missed] == ["nothing-untrue"]
    assert found.lawfulness == 0.5


def test_passing_the_question_of_law_on_is_allowed():
    choices = ["legal-department" if one == "what-the-file-shows" else one for one in CALL.best]
    found = score(SCRIPT, CALL, choices)
    assert found.missed == ()
    assert 0.9 < found.total < 1


def test_she_is_asked_how_she_is_only_by_somebody_who_listened():
    deaf = ["listen-first", "hear-recording", "stay-neutral", *CALL.best[2:-1]]
    course = replay(SCRIPT, deaf)
    assert "read-back-and-ask" not in {option.id for option in course.offered}
    listened = replay(SCRIPT, list(CALL.best[:-1]))
    assert "read-back-and-ask" in {option.id for option in listened.offered}


def test_she_says_yes_to_the_hundred_yuan_before_anything_is_promised():
    (said,) = SCRIPT.nodes["wish-after"].says
    assert said.text["en"].startswith("Then I will do that")
    before = list(CALL.best[: CALL.best.index("not-for-peace")])
    course = replay(SCRIPT, [*before, "good-sign", "both-noted", "record-it", "in-good-hands"])
    assert course.end == "promise"
    missed = score(SCRIPT, CALL, [*before, "good-sign", "paper-first", "record-it", "by-post"])
    assert {step.id for step in missed.missed} == {"no-bait", "her-wishes-after"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_best_option_is_not_known_by_its_length(language):
    shortest, longest = 0, 0
    best = set(CALL.best) | {"as-you-say", "withdraw"}
    asked = [node for node in SCRIPT.nodes.values() if node.options]
    for node in asked:
        lengths = {option.id: len(option.text[language]) for option in node.options}
        (ours,) = [size for name, size in lengths.items() if name in best]
        shortest += ours == min(lengths.values())
        longest += ours == max(lengths.values())
    assert shortest >= len(asked) / 3
    assert longest <= len(asked) / 3
