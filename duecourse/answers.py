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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.tasks import (
    ChoicesTask,
    ChoiceTask,
    FunctionTask,
    NumberTask,
    OrderingTask,
    PredictionsTask,
    SeriesTask,
    TableTask,
    Task,
    TextTask,
    did_you_mean,
    load,
)
from duecourse.values import Unfit, plain, shown

if TYPE_CHECKING:
    import pandas as pd

MIME: Final = "application/vnd.duecourse.answer+json"
LARGEST: Final = 1024 * 1024
"""Bytes of JSON that an answer may have."""
UNSEEN: Final = "unseen"
"""Folder beside the notebook where the grader places the inputs of function tasks."""


@dataclass(frozen=True)
class Answer:
    """An answer as plain JSON, and what is wrong with its form.

    The value is None where nothing of the answer can be read. With problems but a value, what can
    be read is marked.
    """

    value: Any
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    blank: bool = False
    """Whether nothing was answered at all, which is no mistake of form."""


class FormError(DuecourseError):
    """An answer is missing or has the wrong form; raised only while nbgrader validates."""


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
    found, name = read(asked, answer), pick(asked.title)
    if found.blank:
        _show({}, _("No answer yet: {task}").format(task=name), [], "open")
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
        f'<div role="status" style="border-left:4px solid {colour};padding:.3em .8em">'
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
        ChoiceTask: lambda task, answer: Answer(_option(task, answer)),
        ChoicesTask: _choices,
        OrderingTask: _ordering,
        TableTask: _table,
        SeriesTask: _series,
        FunctionTask: lambda task, answer: _function(task, answer, folder),
        PredictionsTask: lambda task, answer: _predictions(task, answer, folder),
        TextTask: _written,
    }


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


def _written(task: TextTask, answer: Any) -> Answer:
    if not isinstance(answer, str):
        raise Unfit(_("{found} is not a text").format(found=shown(answer)))
    count, (least, most) = length(answer), task.words
    if least <= count <= most:
        return Answer(answer)
    text = _("the text has {count} words or characters; {least} to {most} are asked for")
    return Answer(answer, (text.format(count=count, least=least, most=most),))


def length(text: str) -> int:
    """Return the length of a text: its words, and each Chinese character as one."""
    chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in text)
    spaced = "".join(" " if "\u4e00" <= sign <= "\u9fff" else sign for sign in text)
    return chinese + sum(any(sign.isalnum() for sign in word) for word in spaced.split())


def _table(task: TableTask, answer: Any) -> Answer:
    frame = _frame(task, answer)
    if twice := sorted({str(name) for name in frame.columns[frame.columns.duplicated()]}):
        raise Unfit(_("these columns stand twice: {names}").format(names=", ".join(twice)))
    problems, notes, columns = [], [], {}
    have = [str(name) for name in frame.columns]
    for name, form in task.columns.items():
        if name not in frame.columns:
            text = _("column `{name}` is missing; you have {columns}")
            problems.append(text.format(name=name, columns=", ".join(have) or _("none")))
            if name in task.key:
                return Answer(None, tuple(problems))
            continue
        values, wrong = [], []
        for value in frame[name].tolist():
            try:
                values.append(plain(value, form))
            except Unfit as error:
                values.append(None)
                wrong.append(str(error))
        columns[name] = values
        if wrong:
            text = _("column `{name}`, {count} of {rows} rows: {first}")
            problems.append(
                text.format(name=name, count=len(wrong), rows=len(frame), first=wrong[0])
            )
    if extra := [name for name in have if name not in task.columns]:
        notes.append(_("columns that are not asked for are left out: ") + ", ".join(extra))
    rows = sorted(
        (list(row) for row in zip(*columns.values(), strict=True)),
        key=lambda row: json.dumps(row, ensure_ascii=False, default=str),
    )
    keys = [tuple(row[list(columns).index(name)] for name in task.key) for row in rows]
    if len(set(keys)) < len(keys):
        text = _("{count} rows have the same {key} as another row")
        problems.append(text.format(count=len(keys) - len(set(keys)), key=" + ".join(task.key)))
    return Answer({"columns": list(columns), "rows": rows}, tuple(problems), tuple(notes))


def _frame(task: TableTask, given: Any) -> "pd.DataFrame":
    import pandas as pd

    answer = given
    if isinstance(given, pd.Series) and len(task.values) == 1:
        answer = given.to_frame(next(iter(task.values)))
    if not isinstance(answer, pd.DataFrame):
        found = type(answer).__name__
        raise Unfit(_("a table (pandas DataFrame) is asked for, not a {found}").format(found=found))
    if len(answer) * max(1, answer.shape[1]) > LARGEST:
        raise Unfit(_("the table is too large: {rows} rows").format(rows=len(answer)))
    if isinstance(answer.columns, pd.MultiIndex):
        raise Unfit(_("the table has columns of several levels; give each column one name"))
    named = [name for name in answer.index.names if name in task.columns]
    lost = [name for name in task.key if name not in answer.columns and name not in named]
    if named:
        taken = [name for name in named if name in answer.columns]
        answer = answer.drop(columns=taken).reset_index(level=named)
    elif len(lost) == 1 and not isinstance(answer.index, pd.RangeIndex):
        answer = answer.rename_axis(lost[0]).reset_index()
    return answer


def _series(task: SeriesTask, answer: Any) -> Answer:
    import pandas as pd

    if isinstance(answer, pd.DataFrame) and answer.shape[1] == 1:
        answer = answer.iloc[:, 0]
    if not isinstance(answer, pd.Series):
        found = type(answer).__name__
        raise Unfit(_("a column (pandas Series) is asked for, not a {found}").format(found=found))
    if isinstance(answer.index, pd.MultiIndex):
        raise Unfit(_("the index has several levels; one is asked for"))
    table = pd.DataFrame({"index": answer.index.astype(object), "value": answer.to_numpy(object)})
    return _table(task.as_table(), table)


def _predictions(task: PredictionsTask, answer: Any, folder: Path) -> Answer:
    import pandas as pd

    found = _table(task.as_table(), answer)
    if found.value is None:
        return found
    asked = set(pd.read_csv(folder / task.of, dtype={task.key: str})[task.key])
    given = {row[found.value["columns"].index(task.key)] for row in found.value["rows"]}
    problems = list(found.problems)
    for text, count in (
        (_("{count} of {all} rows of {file} have no probability"), len(asked - given)),
        (_("{count} rows are not in {file}"), len(given - asked)),
    ):
        if count:
            problems.append(text.format(count=count, all=len(asked), file=task.of))
    return Answer(found.value, tuple(problems), found.notes)


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
        return Answer(None, blank=True)
    problems = [
        _("called with {inputs}: {error}").format(inputs=shown(one), error=result["error"])
        for one, result in zip(inputs, results, strict=True)
        if "error" in result
    ]
    return Answer({"inputs": digest(inputs), "results": results}, tuple(problems[:3]))
