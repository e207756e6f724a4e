"""Marking one task across a class: blind, in an own order, by several people, with a way back."""

import pytest

from duecourse.errors import DuecourseError
from duecourse.language import use
from duecourse.tasks import TextTask
from grader.rubrics.answers import Answer, Answers
from grader.rubrics.comparing import agreement, code_of, disagreements
from grader.rubrics.guides import Guide
from grader.rubrics.log import Role, digest_of, log_of, logs_of
from grader.rubrics.marking import Marking
from grader.rubrics.totals import comment_of, final
from tests.grader.rubrics.classroom import GUIDE, RUBRIC, two

TASK = TextTask.model_validate(
    {"id": "why", "kind": "text", "title": two("Why", "为什么"), "rubric": RUBRIC}
)
GUIDE = Guide.model_validate(GUIDE["tasks"]["why"])
LEARNERS = [f"learner-{number}" for number in range(12)]


def answers(learners=LEARNERS, **changes):
    """Return an answer of each learner; a change is another text of one of them."""
    texts = {
        learner: changes.get(learner.replace("-", "_"), f"answer of {n}")
        for n, learner in enumerate(learners)
    }
    found = tuple(Answer(one, text, digest_of(text)) for one, text in texts.items())
    return Answers(TASK, found, ())


@pytest.fixture
def marking(tmp_path):
    """Return what opens the marking of a marker anew, from the files alone."""

    def opened(marker="wang", role=Role.FIRST, found=None):
        own = log_of(tmp_path, "tiny", "why", marker)
        return Marking(found or answers(), GUIDE, own, logs_of(tmp_path, "tiny", "why"), role)

    return opened


def order(marking):
    return [due.answer.learner for due in marking.queue()]


def mark_all(marking, levels):
    """Mark everything that is due; levels by learner, or the same for all."""
    for due in marking.queue():
        ours = levels.get(due.answer.learner, (1, 1)) if isinstance(levels, dict) else levels
        marking.save(due, dict(zip(("reason", "people"), ours, strict=True)))


def test_the_order_is_its_own_for_every_marker_and_the_same_every_time(marking):
    assert order(marking()) == order(marking())
    assert sorted(order(marking())) == sorted(LEARNERS)
    assert order(marking()) != LEARNERS
    assert order(marking()) != order(marking("chen"))


def test_somebody_who_hands_in_later_changes_the_place_of_nobody_else(marking):
    later = answers([*LEARNERS, "newcomer"])
    with_them = order(marking(found=later))
    with_them.remove("newcomer")
    assert with_them == order(marking())


def test_a_mark_is_kept_at_once_and_the_session_goes_on_where_it_ended(marking):
    first = marking()
    due = first.queue()[0]
    mark = first.save(due, {"reason": 2, "people": 1}, ["good"], " 很好 ")
    assert (mark.points, mark.comments, mark.note) == (3, ("good",), "很好")
    again = marking()
    assert order(again) == order(first)
    assert due.answer.learner not in order(again)
    assert (again.done(), len(again.queue())) == (1, 11)
    assert again.marks == [mark]


def test_what_was_skipped_comes_last(marking):
    first = marking()
    skipped = first.queue()[0]
    first.skip(skipped)
    assert order(marking())[-1] == skipped.answer.learner
    first.undo()
    assert order(marking())[0] == skipped.answer.learner


def test_undo_brings_answers_back_one_by_one_across_sessions(marking):
    before = order(marking())
    one = marking()
    for _ in range(2):
        one.save(one.queue()[0], {"reason": 0, "people": 0})
    again = marking()
    assert again.undo().learner == before[1]
    assert again.undo().learner == before[0]
    assert again.undo() is None
    assert order(marking()) == before


@pytest.mark.parametrize(
    "levels", [{}, {"reason": 1}, {"reason": 1, "people": 3}, {"reason": -1, "people": 0}]
)
def test_a_mark_without_every_level_is_refused_and_nothing_is_kept(marking, levels):
    one = marking()
    with pytest.raises(DuecourseError, match="has no level yet"):
        one.save(one.queue()[0], levels)
    assert marking().marks == []


def test_an_unknown_comment_is_refused(marking):
    one = marking()
    with pytest.raises(DuecourseError, match="no comment 'rude'"):
        one.save(one.queue()[0], {"reason": 1, "people": 1}, ["rude"])


def test_an_answer_that_changed_is_to_be_marked_again_and_shows_its_old_mark(marking):
    mark_all(marking(), (1, 2))
    after = marking(found=answers(learner_3="something else"))
    [due] = after.queue()
    assert (due.answer.learner, due.before.points) == ("learner-3", 3)
    assert [mark.learner for mark in after.changed()] == ["learner-3"]
    after.save(due, {"reason": 0, "people": 0})
    assert marking(found=answers(learner_3="something else")).queue() == []
    assert after.changed() == []


def test_two_first_markers_share_a_class(marking):
    wang = marking()
    for _ in range(5):
        wang.save(wang.queue()[0], {"reason": 1, "people": 1})
    assert len(marking("chen").queue()) == 7


def test_what_was_marked_in_the_formgrader_is_left_alone(marking):
    there = Answer("ann", "text", digest_of("text"), score=3.0, waits=False)
    waits = Answer("bo", "text", digest_of("text"), score=3.0, waits=True)
    assert order(marking(found=Answers(TASK, (there, waits), ()))) == ["bo"]


def test_a_second_marker_sees_only_what_somebody_else_marked_and_not_how(marking):
    assert marking("chen", Role.SECOND).queue() == []
    wang = marking()
    for _ in range(5):
        wang.save(wang.queue()[0], {"reason": 1, "people": 1})
    second = marking("chen", Role.SECOND)
    assert {due.answer.learner for due in second.queue()} == {mark.learner for mark in wang.marks}
    assert all((due.before, due.others) == (None, ()) for due in second.queue())
    assert marking("wang", Role.SECOND).queue() == []


def two_markers(marking):
    """Let two people mark everything; they differ on two learners."""
    mark_all(marking(), (2, 2))
    mark_all(
        marking("chen", Role.SECOND),
        {**dict.fromkeys(LEARNERS, (2, 2)), "learner-1": (0, 2), "learner-5": (1, 1)},
    )


def test_the_second_mark_changes_nothing_and_the_moderated_one_counts(marking):
    two_markers(marking)
    assert {mark.points for mark in final(marking().marks).values()} == {4}
    judge = marking("zhao", Role.MODERATOR)
    assert sorted(order(judge)) == ["learner-1", "learner-5"]
    due = next(due for due in judge.queue() if due.answer.learner == "learner-5")
    assert [mark.points for mark in due.others] == [4, 2]
    judge.save(due, {"reason": 1, "people": 2})
    assert order(marking("zhao", Role.MODERATOR)) == ["learner-1"]
    chosen = final(marking().marks)
    assert chosen["learner-5"].points == 3
    assert chosen["learner-1"].points == 4


def test_a_moderated_mark_ends_with_the_answer_that_it_was_for(marking):
    two_markers(marking)
    judge = marking("zhao", Role.MODERATOR)
    mark_all(judge, (0, 0))
    changed = answers(learner_5="something else")
    mark_all(marking(found=changed), (1, 1))
    assert final(marking(found=changed).marks)["learner-5"].points == 2
    assert final(marking(found=changed).marks)["learner-1"].points == 0


def test_agreement_is_counted_by_criterion_and_differences_name_nobody(marking):
    two_markers(marking)
    pairs = marking().pairs()
    reason, people = agreement(TASK, pairs)
    assert (reason.title, reason.count, reason.same, people.same) == ("Reason", 12, 10, 11)
    # One marker gave one level to all: chance explains every agreement.
    assert reason.plain.value == pytest.approx(0)
    table = disagreements(TASK, pairs)
    assert list(table["criterion"]) == ["Reason", *table["criterion"][1:]]
    assert table.iloc[0][["first", "second", "apart"]].tolist() == [2, 0, 2]
    assert set(table["answer"]) == {code_of("why", "learner-1"), code_of("why", "learner-5")}
    assert "learner" not in table.to_string()
    use("zh")
    assert agreement(TASK, pairs)[0].title == "理由"


def test_without_pairs_the_tables_are_empty(marking):
    assert disagreements(TASK, marking().pairs()).empty
    assert [one.plain for one in agreement(TASK, {})] == [None, None]


def test_the_comment_says_the_points_of_every_criterion_in_the_courses_language(marking):
    one = marking()
    mark = one.save(one.queue()[0], {"reason": 2, "people": 0}, ["ask", "good"], "=SUM(A1)")
    assert (
        comment_of(TASK, GUIDE, mark)
        == "Reason 2/2 · People 0/2\n\nAsk first.\n\nWell done.\n\n=SUM(A1)"
    )
    use("zh")
    assert comment_of(TASK, GUIDE, mark).startswith("理由 2/2 · 待人 0/2\n\n请先问。")
