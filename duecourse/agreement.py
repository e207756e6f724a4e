"""How far two answers of one kind agree.

Pure comparison of plain JSON values, as `duecourse.answers.read` makes them. Practice questions
and marking use the same rules; this room knows no right answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any, Final

from duecourse.coding import compare
from duecourse.language import _
from duecourse.tasks import (
    CallTask,
    ChoicesTask,
    ChoiceTask,
    CodingTask,
    DateTask,
    FunctionTask,
    MessageTask,
    NumberTask,
    OrderingTask,
    PredictionsTask,
    SeriesTask,
    TableTask,
    Task,
    TextTask,
    TreatmentsTask,
    Value,
)

WHOLE: Final = 1 - 1e-9
"""From here on a share counts as everything."""
_ROUNDING: Final = 1e-9
"""Relative distance that two computers may differ by."""


@dataclass(frozen=True)
class Part:
    """One part of an answer: how much of it is right, and what to say about it."""

    name: str
    share: float
    note: str


@dataclass(frozen=True)
class Agreement:
    """How far two answers agree: a share in [0, 1], and the parts that it is made of."""

    share: float
    parts: tuple[Part, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether they agree in everything."""
        return self.share >= WHOLE


def agree(task: Task, given: Any, expected: Any) -> Agreement:
    """Compare two values of the task's kind.

    Number: everything within the tolerance, half within `rough`. Choice: everything or nothing.
    Choices: hits over the right options less wrong ones over the others. Ordering: pairs in the
    right order less pairs in the wrong one, over all pairs (Kendall's tau, not below 0). Table and
    series: for each column the share of rows that are right, weighted by column; a row too many
    counts like a row missing. Date: everything within the tolerance in days, half within `rough`.
    Coding: F1 over turns and labels, where a violation under the wrong rule is half a hit.
    Function: the share of inputs with the right result; where the
    result is an option, only what lies above always giving the commonest one.

    Predictions, treatments and calls are compared here for being the same; how good they are needs
    outcomes or the key of the case, see `grader.marking`. Written answers agree when they are the same.
    """
    match task:
        case NumberTask():
            return Agreement(_value_share(task, given, expected))
        case DateTask():
            return Agreement(_date_share(task, given, expected))
        case ChoiceTask() | TextTask() | CallTask() | MessageTask():
            return Agreement(float(given == expected))
        case CodingTask():
            turns = sorted(given["labels"].keys() | expected["labels"].keys())
            return Agreement(compare(given["labels"], expected["labels"], turns, ()).f1)
        case ChoicesTask():
            return _choices(task, given, expected)
        case OrderingTask():
            return _ordering(given, expected)
        case TableTask():
            return _table(task, given, expected)
        case SeriesTask() | PredictionsTask() | TreatmentsTask():
            return _table(task.as_table(), given, expected)
        case FunctionTask():
            return _function(task, given, expected)


def _value_share(form: Value, given: Any, expected: Any) -> float:
    if given is None or expected is None:
        return float(given is None and expected is None)
    if form.type not in ("number", "integer"):
        return float(given == expected)
    if isinstance(given, str) or isinstance(expected, str):
        return 0.0
    allowed = max(form.tolerance, form.relative * abs(expected)) + _ROUNDING * abs(expected)
    distance = abs(given - expected)
    if distance <= allowed:
        return 1.0
    return 0.5 if form.rough is not None and distance <= form.rough else 0.0


def _date_share(task: DateTask, given: str, expected: str) -> float:
    distance = abs((date.fromisoformat(given) - date.fromisoformat(expected)).days)
    if distance <= task.tolerance:
        return 1.0
    return 0.5 if task.rough is not None and distance <= task.rough else 0.0


def _choices(task: ChoicesTask, given: Sequence[str], expected: Sequence[str]) -> Agreement:
    chosen, right = set(given), set(expected)
    others = len(task.options) - len(right)
    hits, wrong = len(chosen & right), len(chosen - right)
    found = hits / len(right) if right else float(not wrong)
    share = max(0.0, found - (wrong / others if others else 0.0))
    note = _("{hits} of {right} that belong are chosen, and {wrong} that do not").format(
        hits=hits, right=len(right), wrong=wrong
    )
    return Agreement(share, (Part(_("options"), share, note),))


def _ordering(given: Sequence[str], expected: Sequence[str]) -> Agreement:
    place = {name: rank for rank, name in enumerate(given)}
    pairs = list(combinations(expected, 2))
    kept = sum(place.get(a, 0) < place.get(b, 0) for a, b in pairs)
    share = max(0.0, (2 * kept - len(pairs)) / len(pairs))
    note = _("{kept} of {pairs} pairs stand in the right order").format(kept=kept, pairs=len(pairs))
    return Agreement(share, (Part(_("order"), share, note),))


def _table(task: TableTask, given: dict[str, Any], expected: dict[str, Any]) -> Agreement:
    ours, theirs = _by_key(task, expected), _by_key(task, given)
    repeated = len(given["rows"]) - len(theirs)
    rows = max(1, len(ours.keys() | theirs.keys()) + repeated)
    parts = []
    for name, form in task.values.items():
        shares = [
            _value_share(form, theirs[key].get(name, _MISSING), ours[key].get(name))
            for key in ours.keys() & theirs.keys()
            if name in theirs[key]
        ]
        share = 1.0 if not ours and not theirs else sum(shares) / rows
        note = _("{right} of {rows} rows are right").format(
            right=sum(one == 1.0 for one in shares), rows=rows
        )
        if close := sum(one == 0.5 for one in shares):
            note += _(", {count} are close: check the rounding").format(count=close)
        parts.append(Part(name, share, note))
    weights = [form.weight for form in task.values.values()]
    total = sum(part.share * weight for part, weight in zip(parts, weights, strict=True)) / sum(
        weights
    )
    notes = [
        Part(_("rows"), len(ours.keys() & theirs.keys()) / rows, text)
        for text, count in (
            (_("{count} rows are missing"), len(ours.keys() - theirs.keys())),
            (_("{count} rows do not belong"), len(theirs.keys() - ours.keys())),
            (_("{count} rows stand twice"), repeated),
        )
        if count
        for text in [text.format(count=count)]
    ]
    return Agreement(total, (*parts, *notes))


_MISSING: Final = object()


def _by_key(task: TableTask, table: dict[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in table["rows"]:
        named = dict(zip(table["columns"], row, strict=True))
        found.setdefault(tuple(named.get(name) for name in task.key), named)
    return found


def _function(task: FunctionTask, given: dict[str, Any], expected: dict[str, Any]) -> Agreement:
    results, wanted = given["results"], expected["results"]
    if given["inputs"] != expected["inputs"] or len(results) != len(wanted):
        note = _("the function was called on other inputs than those of the marking")
        return Agreement(0.0, (Part(_("inputs"), 0.0, note),))
    shares = [
        _value_share(task.result, ours["value"], right["value"]) if "value" in ours else 0.0
        for ours, right in zip(results, wanted, strict=True)
    ]
    share = sum(shares) / len(shares)
    if task.result.options is not None:
        share = _above_chance(share, [right["value"] for right in wanted])
    parts = [
        Part(
            _("inputs"),
            share,
            _("{right} of {all} unseen inputs give the right result").format(
                right=sum(one == 1.0 for one in shares), all=len(shares)
            ),
        )
    ]
    if failed := sum("error" in result for result in results):
        parts.append(
            Part(_("errors"), 0.0, _("{count} inputs raise an error").format(count=failed))
        )
    return Agreement(share, tuple(parts))


def _above_chance(share: float, wanted: Sequence[Any]) -> float:
    """Return a share of right options, with nothing for what one constant option would earn."""
    constant = max(wanted.count(value) for value in wanted) / len(wanted)
    return max(0.0, (share - constant) / (1 - constant)) if constant < 1 else share
