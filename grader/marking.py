"""Marking: from an answer and what is right to an outcome. Pure, and outside any learner's process.

Whatever a learner's code printed, patched or defined, only the value handed in arrives here, as
plain JSON that is checked once more before it is compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError as Invalid

from duecourse.agreement import WHOLE, Agreement, Part, agree
from duecourse.contents import forbidden
from duecourse.language import _
from duecourse.risk import auc, calibration_error
from duecourse.tasks import (
    CallTask,
    CodingTask,
    MessageTask,
    NumberTask,
    OrderingTask,
    PredictionsTask,
    SeriesTask,
    TableTask,
    Task,
    TreatmentsTask,
)
from grader.conversations import judge_call, judge_coding
from grader.key import KeyedTask, Mistake
from grader.outcome import judge
from grader.shapes import value_of


@dataclass(frozen=True)
class NotAnswered:
    """There is no answer, for this reason."""

    reason: str


@dataclass(frozen=True)
class Unreadable:
    """There is something, but it cannot be read as an answer, for this reason."""

    reason: str


@dataclass(frozen=True)
class Marked:
    """An answer was compared with what is right.

    Attributes:
        share: the share of the points, in [0, 1].
        parts: what it is made of.
        mistake: the known mistake that the answer is, if it is one.
    """

    share: float
    parts: tuple[Part, ...] = ()
    mistake: Mistake | None = None

    @property
    def whole(self) -> bool:
        """Whether everything is right."""
        return self.share >= WHOLE


Outcome = NotAnswered | Unreadable | Marked


def mark(task: Task, record: Any, right: KeyedTask) -> Outcome:
    """Mark one recorded answer.

    Args:
        task: what is asked, with its tolerances and weights.
        record: what the cell published, or None; anything at all may stand here.
        right: what the key holds for the task.
    """
    if record is None:
        return NotAnswered(_("the cell published no answer"))
    try:
        value = value_of(task, record)
    except (Invalid, ValueError, TypeError, RecursionError):
        return Unreadable(_("what the cell published is not an answer to this task"))
    if value is None:
        return Unreadable(_("the answer has not the form that is asked for"))
    try:
        return _compared(task, value, right)
    except OverflowError:
        return Unreadable(_("the answer holds a number that is too large to compare"))


def _compared(task: Task, value: Any, right: KeyedTask) -> Marked | Unreadable:
    agreement: Agreement | str
    if isinstance(task, CallTask):
        assert right.case is not None
        agreement = judge_call(value, right.case)
    elif isinstance(task, MessageTask):
        agreement = _message(task, value)
    elif isinstance(task, CodingTask):
        assert right.case is not None
        agreement = judge_coding(value, right.value, right.case)
    elif isinstance(task, PredictionsTask):
        agreement = _predictions(task, value, right)
    elif isinstance(task, TreatmentsTask):
        assert right.truth is not None
        agreement = judge(task, value, right.value, right.truth)
    else:
        agreement = agree(task, value, right.value)
    if isinstance(agreement, str):
        return Unreadable(agreement)
    outcome = Marked(min(1.0, max(0.0, agreement.share)), agreement.parts)
    if outcome.whole:
        return outcome
    for known in right.mistakes:
        if agree(task, value, known.value).whole:
            return replace(outcome, share=known.share, mistake=known)
    return _slip(task, value, right, outcome)


_TOLD_APART: Final = 5
"""From so many options on, an order is hardly hit by chance."""


def other_world(
    task: Task, record: Any, outcome: Outcome, others: Iterable[tuple[int, KeyedTask]]
) -> int | None:
    """Return the world in which an answer is wholly right that is not right in the learner's own.

    It may be chance, a number copied from somebody else, or an id mistyped while working: worth a
    look, and no verdict. Choices are never compared, and neither is a known mistake.

    Args:
        task: what is asked.
        record: what the cell published.
        outcome: what it earned in the learner's own world.
        others: the numbers of other worlds with their keys; read only if they are needed.
    """
    comparable = isinstance(
        task, NumberTask | TableTask | SeriesTask | PredictionsTask | TreatmentsTask
    ) or (isinstance(task, OrderingTask) and len(task.options) >= _TOLD_APART)
    if not comparable or not isinstance(outcome, Marked) or outcome.whole or outcome.mistake:
        return None
    value = value_of(task, record)
    alike = (number for number, right in others if agree(task, value, right.value).whole)
    return next(alike, None)


def _message(task: MessageTask, text: str) -> Agreement:
    """Judge a message by the forbidden content that its words give away, kind by kind."""
    found = forbidden(text)
    said = _("'{phrase}' stands for content that a message must not have")
    parts = [Part(one.name, 0.0, said.format(phrase=one.phrase)) for one in found]
    return Agreement(max(0.0, 1 - task.breach * len(found)), tuple(parts))


def _slip(task: Task, value: Any, right: KeyedTask, outcome: Marked) -> Marked:
    """Give half for a number that is right but for percent instead of a share, or the reverse."""
    if not isinstance(task, NumberTask) or outcome.share > 0 or not right.value:
        return outcome
    if task.unit == "share" and agree(task, value / 100, right.value).whole:
        text = _("this looks like percent where a share is asked for")
    elif task.unit == "percent" and agree(task, value * 100, right.value).whole:
        text = _("this looks like a share where percent is asked for")
    else:
        return outcome
    return Marked(0.5, (Part(_("unit"), 0.5, text),))


_SLACK_AUC: Final = 0.01
_SLACK_CALIBRATION: Final = 0.02
_SPAN_CALIBRATION: Final = 0.10


def _predictions(task: PredictionsTask, value: dict[str, Any], right: KeyedTask) -> Agreement:
    """Judge predictions by outcomes, measured against the key's own predictions.

    Ranking: the AUC's distance from 0.5 as a share of the key's, everything from 0.01 below the
    key on. Calibration: mean absolute gap of predicted and observed rate over tenths; everything
    up to 0.02 above the key's gap, nothing from 0.12 above it on, and only as far as the ranking is
    half right: one rate for everybody is no prediction. A row without a probability counts as
    none of both.
    """
    assert right.labels is not None
    theirs, ours = _by_id(task, value), _by_id(task, right.value)
    ids = [name for name in right.labels if isinstance(theirs.get(name), int | float)]
    bad = [right.labels[name] for name in ids]
    covered = len(ids) / len(right.labels)
    if len(set(bad)) < 2:
        return Agreement(0.0, (Part(_("rows"), covered, _("too few rows have a probability")),))
    given = [min(1.0, max(0.0, float(theirs[name]))) for name in ids]
    wanted = [float(ours[name]) for name in ids]
    got, best = auc(given, bad), auc(wanted, bad)
    ranking = min(1.0, max(0.0, (got - 0.5) / (best - _SLACK_AUC - 0.5)))
    gap, least = calibration_error(given, bad), calibration_error(wanted, bad)
    most = least + _SLACK_CALIBRATION + _SPAN_CALIBRATION
    calibrated = min(1.0, max(0.0, (most - gap) / _SPAN_CALIBRATION))
    ranks = _("AUC {got} on applicants whose outcome you did not see").format(got=f"{got:.3f}")
    if got < 0.45:
        ranks = _("the order is reversed: a high probability must mean that default is likely")
    note = _("predicted and observed rates differ by {gap} on average").format(gap=f"{gap:.3f}")
    parts = [Part(_("ranking"), ranking, ranks), Part(_("calibration"), calibrated, note)]
    if covered < 1:
        lost = _("{count} rows have no probability").format(count=len(right.labels) - len(ids))
        parts.append(Part(_("rows"), covered, lost))
    weights = task.weights
    # A constant is well calibrated too: calibration counts as far as the ranking is half right.
    counted = calibrated * min(1.0, 2 * ranking)
    share = (ranking * weights.auc + counted * weights.calibration) / (
        weights.auc + weights.calibration
    )
    return Agreement(share * covered, tuple(parts))


def _by_id(task: PredictionsTask, table: dict[str, Any]) -> dict[str, Any]:
    columns = table["columns"]
    if task.key not in columns or task.probability not in columns:
        return {}
    name, value = columns.index(task.key), columns.index(task.probability)
    return {str(row[name]): row[value] for row in table["rows"]}
