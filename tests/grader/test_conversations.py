"""Marks of calls and codings, worked out by hand."""

import pytest

from duecourse.calls.engine import digest
from duecourse.cases.case import Case
from duecourse.cases.files import CaseFile
from duecourse.cases.key import CaseKey
from duecourse.codings import digest as digest_of_transcript
from duecourse.errors import DuecourseError
from duecourse.language import speaking
from duecourse.tasks import CallTask, CodingTask
from grader.conversations import basis_of, proven_call
from grader.key import KeyedTask, Mistake
from grader.marking import Marked, Unreadable, mark
from tests.grader.spoken import BEST, CASE, KEY, LABELS

SLUG = "unpaid-parcel"
TITLE = {"en": "T"}
CALL = CallTask(id="c", kind="call", title=TITLE, case=SLUG, call="ring")
CODING = CodingTask(id="l", kind="coding", title=TITLE, case=SLUG, transcript="talk")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases") / SLUG
    return CaseFile(folder, Case.model_validate(CASE), CaseKey.model_validate(KEY))


@pytest.fixture(scope="module")
def ring(case):
    """Mark a course of the call."""
    right = KeyedTask({**call_of(case, BEST)}, case=basis_of(CALL, case))

    def marked(*choices, **changes):
        value = {**call_of(case, list(choices)), **changes}
        return mark(CALL, {"version": 1, "task": "c", "kind": "call", "value": value}, right)

    return marked


@pytest.fixture(scope="module")
def talk(case):
    """Mark labels of the transcript."""
    right = KeyedTask(labels_of(case, LABELS), case=basis_of(CODING, case))

    def marked(given, **changes):
        value = {**labels_of(case, given), **changes}
        return mark(CODING, {"version": 1, "task": "l", "kind": "coding", "value": value}, right)

    return marked


def call_of(case, choices):
    script = case.case.calls[0]
    return {"case": SLUG, "call": "ring", "digest": digest(script), "choices": choices}


def labels_of(case, labels):
    mark_ = digest_of_transcript(case.case.transcripts[0])
    return {"case": SLUG, "transcript": "talk", "digest": mark_, "labels": labels}


@pytest.mark.parametrize(
    ("choices", "share"),
    [
        (BEST, 1.0),
        # outcome 0.4; empathy: greet 1 of 1, listen 1 of 1, wait 0 of 1
        (["greet", "listen", "wait"], 0.4 * 0.4 + 0.35 + 0.25 * 2 / 3),
        # lawfulness 0.5 for a serious rule; empathy: pose 0, listen 1, plan 1
        (["pose", "sorry", "listen", "plan"], 0.4 + 0.35 / 2 + 0.25 * 2 / 3),
        # she hangs up, and both choices were the least kind
        (["pose", "insist"], 0.0 + 0.35 / 2 + 0.0),
        # 45 - 5 = 40 of trust is enough to go on; pushing lies half way between scolding and
        # listening; without the job disclosed the options of `offer` do not differ
        (["greet", "push", "demand"], 0.4 * 0.4 + 0.35 + 0.25 * (1 + 0.5) / 2),
        (["greet", "scold"], 0.0),
    ],
)
def test_a_course_earns_what_its_four_parts_say(ring, choices, share):
    outcome = ring(*choices)
    assert isinstance(outcome, Marked)
    assert outcome.share == pytest.approx(share)


def test_a_missed_critical_step_takes_everything_and_says_why(ring):
    parts = {part.name: part for part in ring("greet", "scold").parts}
    assert parts["Critical step"].share == 0
    assert "must not be scolded" in parts["Critical step"].note
    assert parts["Lawfulness"].share == 1


def test_every_choice_is_explained_and_the_better_one_named(ring):
    parts = [part for part in ring("greet", "listen", "wait").parts if "Choice" in part.name]
    assert [part.share for part in parts] == [1, 1, 0.5]
    assert parts[0].note == "An expert explains at length what greet has done to this very call"
    assert parts[2].note.endswith("Better at this moment: “I say plan.”")


def test_explanations_are_in_the_language_of_the_course(ring):
    with speaking("zh"):
        notes = [part.note for part in ring("greet", "listen", "wait").parts]
    assert any(note.endswith("此时更好的说法：“「I say plan.」之中文”") for note in notes)
    assert "没有违反规则" in notes


@pytest.mark.parametrize(
    ("choices", "changes", "reason"),
    [
        (["greet"], {}, "choices so far: 1"),
        ([], {}, "choices so far: 0"),
        (["greet", "plan"], {}, "choice 2: there is no 'plan'"),
        (["greet", "push", "plan"], {}, "'plan' at 'offer' is not offered"),
        ([*BEST, "greet"], {}, "the call had ended before"),
        (BEST, {"digest": "0" * 16}, "another version of this case"),
        (BEST, {"call": "second"}, "not an answer to this task"),
        (BEST, {"case": "open-door"}, "not an answer to this task"),
        (BEST, {"choices": "greet"}, "not an answer to this task"),
        (BEST, {"choices": [["greet"]]}, "not an answer to this task"),
        (BEST, {"choices": ["greet"] * 20_000}, "not an answer to this task"),
        (BEST, {"score": 1.0}, "not an answer to this task"),
    ],
)
def test_what_is_no_whole_course_is_unreadable_and_says_why(ring, choices, changes, reason):
    outcome = ring(*choices, **changes)
    assert isinstance(outcome, Unreadable)
    assert reason in outcome.reason


def test_a_known_mistake_earns_its_share(case):
    wrong = call_of(case, ["greet", "listen", "demand"])
    known = Mistake(wrong, 0.25, {"en": "You demanded."})
    right = KeyedTask(call_of(case, BEST), (known,), case=basis_of(CALL, case))
    record = {"version": 1, "task": "c", "kind": "call", "value": wrong}
    outcome = mark(CALL, record, right)
    assert (outcome.share, outcome.mistake) == (0.25, known)


def test_a_solution_that_does_not_earn_everything_is_refused(case):
    basis = basis_of(CALL, case)
    proven_call(CALL, call_of(case, BEST), basis)
    with pytest.raises(DuecourseError, match=r"'c' does not earn everything: 0\.677"):
        proven_call(CALL, call_of(case, ["greet", "listen", "wait"]), basis)
    with pytest.raises(DuecourseError, match="has not come to its end"):
        proven_call(CALL, call_of(case, ["greet"]), basis)


@pytest.mark.parametrize(
    ("labels", "share"),
    [
        (LABELS, 1.0),
        # 3 of 4 found, nothing else: 2 * 3 / (3 + 4)
        ({turn: LABELS[turn] for turn in ("t01", "t03", "t04")}, 6 / 7),
        # the rule under another name is half a hit: 2 * 3.5 / 8
        (LABELS | {"t07": ["violation:CN-12"]}, 7 / 8),
        # a violation where there is none is no hit: 2 * 4 / (5 + 4)
        (LABELS | {"t08": ["violation:CN-12"]}, 8 / 9),
        ({"t02": ["disclosure"]}, 0.0),
        # what does not exist counts like what does not belong
        (LABELS | {"t08": ["skill:magic"]}, 8 / 9),
        (LABELS | {"t99": ["disclosure"]}, 8 / 9),
        (LABELS | {"t02": []}, 1.0),
    ],
)
def test_labels_earn_f1_with_half_hits(talk, labels, share):
    assert talk(labels).share == pytest.approx(share)


def test_a_coding_names_turns_and_gives_no_label_away(talk):
    outcome = talk({f"t0{number}": ["violation:CN-12"] for number in range(1, 9)})
    text = " ".join(f"{part.name} {part.note}" for part in outcome.parts)
    assert "something more in t01, t03, t04, t07" in text
    assert "you gave in t01, t02, t03, t04, t05 and 3 more" in text
    assert not any(code in text for codes in LABELS.values() for code in codes)


def test_kappa_stands_beside_the_share(talk):
    # 40 decisions; 4 against 3 labels with 3 in common: observed 39/40, by chance (3 * 4 + 37 * 36) / 1600 = 0.84
    parts = {part.name: part for part in talk({t: LABELS[t] for t in ("t01", "t03", "t04")}).parts}
    assert parts["Agreement"].share == pytest.approx((0.975 - 0.84) / (1 - 0.84))
    assert parts["Agreement"].note.startswith("Cohen's kappa 0.84")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"digest": "0" * 16}, "another version of this case"),
        ({"transcript": "other"}, "not an answer to this task"),
        ({"labels": {"t01": "disclosure"}}, "not an answer to this task"),
        ({"labels": ["disclosure"]}, "not an answer to this task"),
    ],
)
def test_what_is_no_coding_of_this_transcript_is_unreadable(talk, changes, reason):
    outcome = talk(LABELS, **changes)
    assert isinstance(outcome, Unreadable)
    assert reason in outcome.reason
