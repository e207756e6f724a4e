"""The forms that an answer can have: one model for each kind of task."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[dict[Literal["en", "zh"], str], Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=100)]


class Part(BaseModel):
    """A part of the file: nothing that is not asked for, and never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Value(Part):
    """The form of one value: its type, unit and limits, and how exact it must be."""

    type: Literal["number", "integer", "text", "date", "boolean"] = "number"
    unit: Text | str | None = None
    low: float | None = None
    high: float | None = None
    options: list[str] | None = None
    """Texts that are allowed; None allows every text."""
    null: bool = False
    """Whether a value may be missing."""
    tolerance: float = Field(default=0.0, ge=0)
    """Absolute distance from the right value that still counts as right, in the value's unit."""
    relative: float = Field(default=0.0, ge=0)
    """The same as a share of the right value; the larger of both counts."""
    rough: float | None = Field(default=None, gt=0)
    """Absolute distance that earns half: right in kind, not exact enough."""
    weight: float = Field(default=1.0, gt=0)
    """Share of a table's points, relative to its other columns."""


class _Task(Part):
    id: Name
    title: Text
    topics: list[Name] = []
    look: Text | None = None
    """Where to look when it went wrong."""


class NumberTask(_Task, Value):
    """One number."""

    kind: Literal["number"]
    type: Literal["number", "integer"] = "number"


class DateTask(_Task):
    """A day."""

    kind: Literal["date"]
    tolerance: int = Field(default=0, ge=0)
    """Days from the right day that still count as right."""
    rough: int | None = Field(default=None, gt=0)
    """Days from it that earn half: the right way to count, one step amiss."""


class _Options(_Task):
    options: Annotated[dict[Name, Text], Field(min_length=2)]


class ChoiceTask(_Options):
    """One of several options."""

    kind: Literal["choice"]


class ChoicesTask(_Options):
    """A set of options."""

    kind: Literal["choices"]


class OrderingTask(_Options):
    """All options in their order."""

    kind: Literal["ordering"]


class TableTask(_Task):
    """A DataFrame whose rows are told apart by their key."""

    kind: Literal["table"]
    key: Annotated[list[str], Field(min_length=1)]
    columns: Annotated[dict[str, Value], Field(min_length=2)]

    @model_validator(mode="after")
    def _the_key_is_among_the_columns(self) -> "TableTask":
        if lost := [name for name in self.key if name not in self.columns]:
            raise ValueError(f"key {lost} is not among the columns {list(self.columns)}")
        if not self.values:
            raise ValueError("there is no column besides the key")
        return self

    @property
    def values(self) -> dict[str, Value]:
        """The columns that are marked, without the key."""
        return {name: form for name, form in self.columns.items() if name not in self.key}


class SeriesTask(_Task):
    """A Series whose index says what each value belongs to."""

    kind: Literal["series"]
    index: Value = Value(type="text")
    values: Value

    def as_table(self) -> TableTask:
        """Return the same task as a table of two columns."""
        return TableTask(
            kind="table",
            id=self.id,
            title=self.title,
            key=["index"],
            columns={"index": self.index, "value": self.values},
        )


class FunctionTask(_Task):
    """A function, called by keyword on inputs that its author has not seen."""

    kind: Literal["function"]
    parameters: Annotated[list[str], Field(min_length=1)]
    examples: Annotated[list[dict[str, Any]], Field(min_length=1)]
    result: Value


class Weights(Part):
    """What counts how much in a prediction."""

    auc: float = Field(default=0.6, ge=0)
    calibration: float = Field(default=0.4, ge=0)


class PredictionsTask(_Task):
    """A probability for every row of a file whose outcomes the learner does not see."""

    kind: Literal["predictions"]
    of: str
    key: str
    probability: str = "probability"
    weights: Weights = Weights()

    def as_table(self) -> TableTask:
        """Return the same task as a table of two columns."""
        return TableTask(
            kind="table",
            id=self.id,
            title=self.title,
            key=[self.key],
            columns={
                self.key: Value(type="text"),
                self.probability: Value(type="number", low=0, high=1),
            },
        )


class TreatmentsTask(_Task):
    """A treatment for every account of the learner's world, marked by what becomes of it."""

    kind: Literal["treatments"]
    of: str
    """The table of the world that names the accounts; of a table by month, the last month counts."""
    where: dict[str, list[str | int | float | bool]] = {}
    """Only the rows with one of these values in the column."""
    key: str = "account_id"
    treatment: str = "treatment"
    options: Annotated[dict[Name, Text], Field(min_length=2)]
    capacity: dict[Name, Annotated[int, Field(ge=0)]] = {}
    """How many accounts a treatment has room for; no limit for the others."""
    flat: Name | None = None
    """The treatment that earns nothing if everybody gets it; by default the best one for that."""
    months: int = Field(default=6, gt=0)
    """How many months ahead the outcome is counted."""
    buffer: float = Field(default=0.1, ge=0, lt=1)
    """Share of the surplus that a plan must leave to the household."""
    breach: float = Field(default=0.1, ge=0, le=1)
    """Share of the points that each kind of broken rule takes off."""

    @model_validator(mode="after")
    def _the_options_hold_none_and_all_that_is_limited(self) -> "TreatmentsTask":
        if "none" not in self.options:
            raise ValueError(f"options {list(self.options)} lack 'none'")
        named = [*self.capacity, *([self.flat] if self.flat else [])]
        if lost := [name for name in named if name not in self.options]:
            raise ValueError(f"{lost} are not among the options {list(self.options)}")
        return self

    def as_table(self) -> TableTask:
        """Return the same task as a table of two columns."""
        return TableTask(
            kind="table",
            id=self.id,
            title=self.title,
            key=[self.key],
            columns={
                self.key: Value(type="text"),
                self.treatment: Value(type="text", options=list(self.options)),
            },
        )


class CallTask(_Task):
    """A call of a case, played to its end; it is played again when it is marked."""

    kind: Literal["call"]
    case: Name
    """The case: the name of its folder."""
    call: Name


class CodingTask(_Task):
    """The labels of a transcript of a case, turn by turn."""

    kind: Literal["coding"]
    case: Name
    """The case: the name of its folder."""
    transcript: Name


class MessageTask(_Task):
    """A message to a debtor, searched for content that it must not have; the rest is read by a person."""

    kind: Literal["message"]
    words: tuple[int, int] = (1, 1000)
    breach: float = Field(default=0.5, gt=0, le=1)
    """Share of the points that each kind of forbidden content takes off."""


class Level(Part):
    """One level of a rubric's criterion."""

    points: float = Field(ge=0)
    text: Text


class Criterion(Part):
    """One criterion of a rubric, from nothing upward."""

    id: Name
    title: Text
    levels: Annotated[list[Level], Field(min_length=2)]


class TextTask(_Task):
    """A written answer, marked by a person along a rubric."""

    kind: Literal["text"]
    words: tuple[int, int] = (1, 1000)
    rubric: Annotated[list[Criterion], Field(min_length=1)]

    @property
    def points(self) -> float:
        """The sum of the best levels."""
        return sum(max(level.points for level in criterion.levels) for criterion in self.rubric)


Task = Annotated[
    NumberTask
    | ChoiceTask
    | ChoicesTask
    | OrderingTask
    | DateTask
    | TableTask
    | SeriesTask
    | FunctionTask
    | PredictionsTask
    | TreatmentsTask
    | CallTask
    | CodingTask
    | MessageTask
    | TextTask,
    Field(discriminator="kind"),
]
