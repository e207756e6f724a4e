"""What an assignment asks: ``tasks.yaml``, checked on load.

The file is public. It says which *form* each answer has (kind, columns, units, limits, options,
rubric) and how exact it must be, never what is right.
"""

from duecourse.tasks.forms import (
    CallTask,
    ChoicesTask,
    ChoiceTask,
    CodingTask,
    Criterion,
    DateTask,
    FunctionTask,
    Level,
    Name,
    NumberTask,
    OrderingTask,
    PredictionsTask,
    SeriesTask,
    TableTask,
    Task,
    Text,
    TextTask,
    TreatmentsTask,
    Value,
    Weights,
)
from duecourse.tasks.reading import FILE, Tasks, complaints, did_you_mean, load, parse

__all__ = [
    "FILE",
    "CallTask",
    "ChoiceTask",
    "ChoicesTask",
    "CodingTask",
    "Criterion",
    "DateTask",
    "FunctionTask",
    "Level",
    "Name",
    "NumberTask",
    "OrderingTask",
    "PredictionsTask",
    "SeriesTask",
    "TableTask",
    "Task",
    "Tasks",
    "Text",
    "TextTask",
    "TreatmentsTask",
    "Value",
    "Weights",
    "complaints",
    "did_you_mean",
    "load",
    "parse",
]
