"""What a course of a call is worth, and what each choice had to do with it."""

from dataclasses import dataclass

from duecourse.calls.engine import Course, Impossible, Step, replay
from duecourse.calls.prospects import Prospects, prospects_of
from duecourse.calls.worth import Worth, lawfulness, weighted, worth_of
from duecourse.cases.key import CallKey, CriticalStep
from duecourse.cases.scripts import CallScript, Option, Outcome
from duecourse.language import _


@dataclass(frozen=True)
class Note:
    """What is to be said of one choice.

    Attributes:
        step: the choice.
        worth: what it is worth.
        better: what would have been better at that moment: no critical step missed, no rule broken,
            and more still within reach; None where nothing was.
    """

    step: Step
    worth: Worth
    better: Option | None


@dataclass(frozen=True)
class Score:
    """What a course is worth; all shares lie in [0, 1].

    Attributes:
        outcome: what its end is worth.
        lawfulness: 1 less the penalties of the rules that were broken, and not below 0.
        empathy: mean over the choices at which the options differed in empathy.
        total: weighted mean of the three; 0 where a critical step was missed.
        end: how the call ended.
        missed: the critical steps that were missed.
        notes: on each choice.
        problem: why there is no score; then everything is 0.
    """

    outcome: float = 0.0
    lawfulness: float = 0.0
    empathy: float = 0.0
    total: float = 0.0
    end: Outcome | None = None
    missed: tuple[CriticalStep, ...] = ()
    notes: tuple[Note, ...] = ()
    problem: str = ""


def score(script: CallScript, key: CallKey, choices: object) -> Score:
    """Return what a course is worth.

    Args:
        script: the call.
        key: what its choices and ends are worth.
        choices: option names in order. What is no course, or none that has ended, is worth nothing,
            and the score says why.
    """
    course = replay(script, choices)
    if isinstance(course, Impossible):
        return Score(problem=_("This call cannot be played: {why}.").format(why=course))
    if course.end is None:
        text = _("The call has not come to its end: {count} choices were made.")
        return Score(problem=text.format(count=len(course.steps)))
    return score_of(course, key)


def score_of(course: Course, key: CallKey) -> Score:
    """Return what a course that has ended is worth."""
    on = course.script.at.date()
    worths = [worth_of(key, one.node, one.offered, one.chosen, on) for one in course.steps]
    felt = [worth.empathy for worth in worths if worth.empathy is not None]
    outcome = key.ends.get(course.node, 0.0)
    lawful = lawfulness(sum(worth.penalty for worth in worths))
    empathy = sum(felt) / len(felt) if felt else 1.0
    missed = tuple(step for worth in worths for step in worth.missed)
    prospects = prospects_of(course.script, key)
    return Score(
        outcome=outcome,
        lawfulness=lawful,
        empathy=empathy,
        total=0.0 if missed else weighted(key.weights, outcome, lawful, empathy),
        end=course.end,
        missed=missed,
        notes=tuple(
            Note(step, worth, _better(step, key, prospects))
            for step, worth in zip(course.steps, worths, strict=True)
        ),
    )


def _better(step: Step, key: CallKey, prospects: Prospects) -> Option | None:
    ways = prospects.options(step.node, step.before)
    if step.chosen.id not in ways:
        return None
    ranks = {name: prospect.rank(key.weights) for name, prospect in ways.items()}
    highest = max(ranks.values())
    if ranks[step.chosen.id] == highest:
        return None
    # of two that are as good, the one on the author's own course
    equals = [option for option in step.offered if ranks.get(option.id) == highest]
    return next((option for option in equals if option.id in key.best), equals[0])
