"""What an answer is, and how a notebook records it.

`check` tells a learner whether an answer has the right form, never whether it is right, and
publishes it as plain JSON in the cell's output. Marks are made elsewhere, from that JSON alone.

No pandas is imported until a table comes along, so that dialogue work runs where pandas does not.
"""

import copy
import hashlib
import html
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from duecourse.contents import forbidden
from duecourse.conversations import read_call, read_coding
from duecourse.errors import DuecourseError
from duecourse.language import _, pick, tag
from duecourse.tables import (
    asked_accounts,
    read_predictions,
    read_series,
    read_table,
    read_treatments,
)
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
    did_you_mean,
    load,
)
from duecourse.values import LARGEST, Answer, Unfit, plain, shown
from duecourse.worlds import NoWorld, current

MIME: Final = "application/vnd.duecourse.answer+json"
UNSEEN: Final = "unseen"
"""Folder beside the notebook where the grader places the inputs of function tasks."""


class FormError(DuecourseError):
    """An answer is missing or has the wrong form; raised only while nbgrader validates."""

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this: who validates wants the sentence, not the way through our code.
        return [str(self)]


def check(task: str, answer: Any) -> None:
    """Look at the form of an answer, say what is wrong with it, and record it in the output.

    The form is checked at once; whether the answer is right is found out when it is marked.

    Args:
        task: the id of the task, as in the cell that came with the assignment.
        answer: the answer; None means that there is none yet.

    Raises:
        DuecourseError: there is no such task in this folder's ``tasks.yaml``.
        FormError: under ``nbgrader validate``, if the answer is missing or its form is wrong.
    """
    asked = load(Path.cwd())[task]
    found, name = read(asked, answer), pick(asked.title).rstrip("?？。.")
    if found.blank:
        _show({}, _("No answer yet: {task}").format(task=name), found.notes, "open")
        _complain(task, [_("there is no answer yet")])
        return
    record = {"version": 1, "task": task, "kind": asked.kind, "value": found.value}
    if found.problems:
        record["problems"] = list(found.problems)
        title = _("The form of this answer is not right yet: {task}").format(task=name)
        _show({MIME: record}, title, [*found.problems, *found.notes], "form")
        _complain(task, found.problems)
    else:
        title = _("Recorded: {task}. The form is right; it is marked after you hand in.")
        _show({MIME: record}, title.format(task=name), found.notes, "recorded")


def _complain(task: str, problems: Iterable[str]) -> None:
    if os.environ.get("NBGRADER_EXECUTION") == "validate":
        raise FormError(f"{task}: {'; '.join(problems)}")


_COLOURS: Final = {"open": "#6b7280", "form": "#b45309", "recorded": "#0f766e"}


def _show(record: dict[str, Any], title: str, lines: Iterable[str], state: str) -> None:
    from IPython.display import publish_display_data

    lines = list(lines)
    listed = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    colour = _COLOURS[state]
    page = (
        f'<div role="status" lang="{tag()}" style="border-left:4px solid {colour};padding:.3em .8em">'
        f"<strong>{html.escape(title)}</strong>"
        + (f"<ul>{listed}</ul>" if lines else "")
        + "</div>"
    )
    text = "\n".join([title, *(f"- {line}" for line in lines)])
    publish_display_data({"text/plain": text, "text/html": page, **record})


def read(task: Task, answer: Any, folder: Path | None = None) -> Answer:
    """Turn an answer of any shape into plain JSON, and say what its form lacks.

    Args:
        task: what is asked.
        answer: what a learner hands in.
        folder: where the assignment's files lie; the current folder by default.
    """
    if answer is None:
        return Answer(None, blank=True)
    try:
        found = _readers(folder or Path.cwd())[type(task)](task, answer)
    except Unfit as error:
        return Answer(None, (str(error),))
    size = len(json.dumps(found.value, ensure_ascii=False).encode())
    if size > LARGEST:
        text = _("the answer is too large: {size} KiB, at most {most} KiB are allowed")
        return Answer(None, (text.format(size=size // 1024, most=LARGEST // 1024),))
    return found


def _readers(folder: Path) -> dict[type, Callable[[Any, Any], Answer]]:
    return {
        NumberTask: lambda task, answer: Answer(plain(_single(answer), task)),
        DateTask: lambda _task, answer: Answer(plain(_single(answer), _DAY)),
        ChoiceTask: lambda task, answer: Answer(_option(task, answer)),
        ChoicesTask: _choices,
        OrderingTask: _ordering,
        TableTask: read_table,
        SeriesTask: read_series,
        FunctionTask: lambda task, answer: _function(task, answer, folder),
        PredictionsTask: lambda task, answer: read_predictions(task, answer, folder),
        TreatmentsTask: lambda task, answer: _treatments(task, answer, folder),
        CallTask: lambda task, answer: read_call(task, answer, folder),
        CodingTask: lambda task, answer: read_coding(task, answer, folder),
        MessageTask: _message,
        TextTask: _written,
    }


_DAY: Final = Value(type="date")


def _single(answer: Any) -> Any:
    if getattr(answer, "size", None) == 1 and getattr(answer, "ndim", 0) > 0:
        return answer.to_numpy().item() if hasattr(answer, "to_numpy") else answer.item()
    return answer


def _option(task: ChoiceTask | ChoicesTask | OrderingTask, answer: Any) -> str:
    if not isinstance(answer, str):
        raise Unfit(_("{found} is not the name of an option").format(found=shown(answer)))
    if answer.strip() not in task.options:
        text = _("there is no option {found}.").format(found=shown(answer))
        raise Unfit(text + did_you_mean(answer.strip(), list(task.options)))
    return answer.strip()


def _several(task: ChoicesTask | OrderingTask, answer: Any) -> list[str]:
    if isinstance(answer, str | bytes | dict) or not isinstance(answer, Iterable):
        raise Unfit(_("{found} is not a list of options").format(found=shown(answer)))
    return [_option(task, one) for one in answer]


def _choices(task: ChoicesTask, answer: Any) -> Answer:
    return Answer(sorted(set(_several(task, answer))))


def _ordering(task: OrderingTask, answer: Any) -> Answer:
    if isinstance(answer, set | frozenset):
        raise Unfit(_("a set has no order; hand in a list"))
    order = _several(task, answer)
    problems = []
    if twice := sorted({name for name in order if order.count(name) > 1}):
        problems.append(_("these stand twice: {names}").format(names=", ".join(twice)))
    if lost := [name for name in task.options if name not in order]:
        problems.append(_("these are missing: {names}").format(names=", ".join(lost)))
    return Answer(list(dict.fromkeys(order)), tuple(problems))


def _written(task: TextTask | MessageTask, answer: Any) -> Answer:
    if not isinstance(answer, str):
        raise Unfit(_("{found} is not a text").format(found=shown(answer)))
    count, (least, most) = length(answer), task.words
    if least <= count <= most:
        return Answer(answer)
    text = _("the text has {count} words or characters; {least} to {most} are asked for")
    return Answer(answer, (text.format(count=count, least=least, most=most),))


def _message(task: MessageTask, answer: Any) -> Answer:
    if isinstance(answer, str) and not answer.strip():
        return Answer(None, blank=True)
    found = _written(task, answer)
    said = _("'{phrase}' sounds like content that a message must not have: {kind}")
    sounds = (said.format(phrase=one.phrase, kind=one.name) for one in forbidden(answer))
    return Answer(found.value, found.problems, tuple(sounds))


def length(text: str) -> int:
    """Return the length of a text: its words, and each Chinese character as one."""
    chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in text)
    spaced = "".join(" " if "\u4e00" <= sign <= "\u9fff" else sign for sign in text)
    return chinese + sum(any(sign.isalnum() for sign in word) for word in spaced.split())


def unseen_file(task: str) -> str:
    """Return the name of the file that holds the unseen inputs of a function task."""
    return f"{UNSEEN}-{task}.json"


def digest(inputs: list[dict[str, Any]]) -> str:
    """Return what tells one list of inputs from another."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]


def _function(task: FunctionTask, answer: Any, folder: Path) -> Answer:
    if not callable(answer):
        raise Unfit(_("{found} is not a function").format(found=shown(answer)))
    unseen = folder / UNSEEN / unseen_file(task.id)
    inputs = json.loads(unseen.read_text("utf-8")) if unseen.is_file() else task.examples
    results: list[dict[str, Any]] = []
    blank = True
    for one in inputs:
        try:
            result = answer(**copy.deepcopy(one))
            blank = blank and result is None
            results.append({"value": plain(result, task.result)})
        except Unfit as error:
            results.append({"error": str(error)})
        except Exception as error:  # noqa: BLE001  # a learner's function may raise anything
            blank = False
            results.append({"error": f"{type(error).__name__}: {error}"[:300]})
    if blank and not task.result.null:
        note = _("your function returns nothing yet: its last line is `return ...`")
        return Answer(None, notes=(note,), blank=True)
    problems = [
        _("called with {inputs}: {error}").format(inputs=shown(one, 300), error=result["error"])
        for one, result in zip(inputs, results, strict=True)
        if "error" in result
    ]
    return Answer({"inputs": digest(inputs), "results": results}, tuple(problems[:3]))


def _treatments(task: TreatmentsTask, answer: Any, folder: Path) -> Answer:
    import pandas as pd

    try:
        world = current(folder)
    except NoWorld as error:
        raise Unfit(str(error)) from error
    table = pd.read_parquet(world / f"{task.of}.parquet")
    return read_treatments(task, answer, asked_accounts(task, table))
