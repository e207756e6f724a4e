"""What a recorded answer must look like before it is compared: anything at all may stand there."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    TypeAdapter,
)

from duecourse.tasks import CallTask, CodingTask, Task
from duecourse.values import LARGEST

_Number = StrictInt | StrictFloat
_Scalar = _Number | bool | str | None


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Table(_Shape):
    columns: list[str]
    rows: list[list[_Scalar]]


class _Result(_Shape):
    value: _Scalar = None
    error: str | None = None


class _Results(_Shape):
    inputs: str
    results: Annotated[list[_Result], Field(max_length=10_000)]


class _Call(_Shape):
    case: str
    call: str
    digest: str
    choices: Annotated[list[str], Field(max_length=10_000)]


class _Coding(_Shape):
    case: str
    transcript: str
    digest: str
    labels: dict[str, list[str]]


def _a_day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


_SHAPES: Final[Mapping[str, TypeAdapter[Any]]] = {
    "number": TypeAdapter(_Number),
    "choice": TypeAdapter(str),
    "choices": TypeAdapter(list[str]),
    "ordering": TypeAdapter(list[str]),
    "table": TypeAdapter(_Table),
    "series": TypeAdapter(_Table),
    "predictions": TypeAdapter(_Table),
    "treatments": TypeAdapter(_Table),
    "function": TypeAdapter(_Results),
    "date": TypeAdapter(Annotated[str, AfterValidator(_a_day)]),
    "call": TypeAdapter(_Call),
    "coding": TypeAdapter(_Coding),
    "message": TypeAdapter(str),
}


def value_of(task: Task, record: Any) -> Any:
    """Return the value of a record of this task; None if it holds none.

    Raises:
        ValueError: it is no record, one of another task, or of another shape.
    """
    if not isinstance(record, dict) or record.get("version") != 1:
        raise ValueError("no record")
    if record.get("task") != task.id or record.get("kind") != task.kind:
        raise ValueError("a record of another task")
    value = record.get("value")
    if value is None:
        return None
    if len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) > LARGEST:
        raise ValueError("too large")
    shape = _SHAPES[task.kind]
    found = shape.validate_python(value)
    if isinstance(found, _Table) and (
        any(len(row) != len(found.columns) for row in found.rows)
        or len(set(found.columns)) < len(found.columns)
    ):
        raise ValueError("rows of another length than the columns")
    if isinstance(task, CallTask) and (found.case, found.call) != (task.case, task.call):
        raise ValueError("another call")
    if isinstance(task, CodingTask) and (found.case, found.transcript) != (
        task.case,
        task.transcript,
    ):
        raise ValueError("another transcript")
    return found.model_dump(exclude_unset=True) if isinstance(found, BaseModel) else found
