"""Tables, columns and predictions that a learner hands in, as plain JSON.

pandas is imported when a table comes along, not before.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duecourse.language import _
from duecourse.tasks import PredictionsTask, SeriesTask, TableTask, TreatmentsTask, Value
from duecourse.values import LARGEST, Answer, Unfit, plain

if TYPE_CHECKING:
    import pandas as pd


def read_table(task: TableTask, answer: Any) -> Answer:
    """Turn a DataFrame into its columns and rows, whatever its index, order and types.

    Raises:
        Unfit: it is no table, or one whose columns cannot be told apart.
    """
    frame = _frame(task, answer)
    if twice := sorted({str(name) for name in frame.columns[frame.columns.duplicated()]}):
        raise Unfit(_("these columns stand twice: {names}").format(names=", ".join(twice)))
    have = [str(name) for name in frame.columns]
    problems: list[str] = []
    columns: dict[str, list[Any]] = {}
    for name, form in task.columns.items():
        if name in frame.columns:
            columns[name] = _column(frame[name], form, problems)
        else:
            text = _("column `{name}` is missing; you have {columns}")
            problems.append(text.format(name=name, columns=", ".join(have) or _("none")))
    if not columns.keys() >= set(task.key):
        return Answer(None, tuple(problems))
    rows = sorted(
        (list(row) for row in zip(*columns.values(), strict=True)),
        key=lambda row: json.dumps(row, ensure_ascii=False, default=str),
    )
    keys = {tuple(row[list(columns).index(name)] for name in task.key) for row in rows}
    if len(keys) < len(rows):
        text = _("{count} rows have the same {key} as another row")
        problems.append(text.format(count=len(rows) - len(keys), key=" + ".join(task.key)))
    value = {"columns": list(columns), "rows": rows}
    return Answer(value, tuple(problems), tuple(_notes(task, have, columns)))


def _column(values: "pd.Series[Any]", form: Value, problems: list[str]) -> list[Any]:
    """Return a column's values as plain JSON, and add what is wrong with them to the problems."""
    read, wrong = [], []
    for value in values.tolist():
        try:
            read.append(plain(value, form))
        except Unfit as error:
            read.append(None)
            wrong.append(str(error))
    if wrong:
        text = _("column `{name}`, {count} of {rows} rows: {first}")
        problems.append(
            text.format(name=values.name, count=len(wrong), rows=len(values), first=wrong[0])
        )
    return read


def _notes(task: TableTask, have: list[str], columns: dict[str, list[Any]]) -> Iterator[str]:
    for name in task.key:
        options = task.columns[name].options or []
        if absent := [one for one in options if one not in columns[name]]:
            text = _("there is no row for {names} in `{name}`")
            yield text.format(names=", ".join(absent), name=name)
    if extra := [name for name in have if name not in task.columns]:
        yield _("columns that are not asked for are left out: ") + ", ".join(extra)


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
    elif len(lost) == 1 and not answer.index.equals(pd.RangeIndex(len(answer))):
        answer = answer.rename_axis(lost[0]).reset_index()
    return answer


def read_series(task: SeriesTask, answer: Any) -> Answer:
    """Turn a Series into the table of its index and values; Unfit is raised if it is none."""
    import pandas as pd

    if isinstance(answer, pd.DataFrame) and answer.shape[1] == 1:
        answer = answer.iloc[:, 0]
    if not isinstance(answer, pd.Series):
        found = type(answer).__name__
        raise Unfit(_("a column (pandas Series) is asked for, not a {found}").format(found=found))
    if isinstance(answer.index, pd.MultiIndex):
        raise Unfit(_("the index has several levels; one is asked for"))
    table = pd.DataFrame({"index": answer.index.astype(object), "value": answer.to_numpy(object)})
    return read_table(task.as_table(), table)


def read_predictions(task: PredictionsTask, answer: Any, folder: Path) -> Answer:
    """Turn predictions into a table, and say which rows of the file in ``folder`` have none."""
    import pandas as pd

    found = read_table(task.as_table(), answer)
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


def read_treatments(task: TreatmentsTask, answer: Any, accounts: list[str]) -> Answer:
    """Turn treatments into a table, and say which accounts have none.

    A treatment with more accounts than there is room for is noted, and no mistake of form.

    Args:
        task: what is asked.
        answer: what a learner hands in: a table of two columns, or a Series by account.
        accounts: the accounts that need a treatment, as texts.
    """
    found = read_table(task.as_table(), answer)
    if found.value is None:
        return found
    columns, rows = found.value["columns"], found.value["rows"]
    given = {row[columns.index(task.key)] for row in rows}
    problems, notes = list(found.problems), list(found.notes)
    for text, count in (
        (_("{count} of {all} accounts have no treatment"), len(set(accounts) - given)),
        (_("{count} rows name accounts that are not asked for"), len(given - set(accounts))),
    ):
        if count:
            problems.append(text.format(count=count, all=len(accounts)))
    if task.treatment in columns:
        chosen = Counter(row[columns.index(task.treatment)] for row in rows)
        text = _("`{treatment}`: {count} accounts, but there is room for {most}")
        notes += [
            text.format(treatment=name, count=chosen[name], most=most)
            for name, most in task.capacity.items()
            if chosen[name] > most
        ]
    return Answer(found.value, tuple(problems), tuple(notes))


def asked_accounts(task: TreatmentsTask, table: "pd.DataFrame") -> list[str]:
    """Return the accounts that need a treatment, as texts, in the table's order.

    Args:
        task: what is asked; its ``where`` chooses rows, and of months only the last one counts.
        table: the table of the world that the task names.

    Raises:
        Unfit: the table lacks a column that the task names.
    """
    for name in (task.key, *task.where):
        if name not in table.columns:
            raise Unfit(_("the table has no column `{name}`").format(name=name))
    if "month" in table.columns:
        table = table[table["month"] == table["month"].max()]
    for name, values in task.where.items():
        table = table[table[name].isin(values)]
    return list(dict.fromkeys(str(one) for one in table[task.key].tolist()))
