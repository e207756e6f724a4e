"""Level 1, reaction: the survey, answered without names.

It is no assignment of nbgrader: there every submission stands under its learner's name, and nobody
who is marked by the one who reads it answers freely. Any form that gives a CSV file will do.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import Text
from grader.evaluation.changes import Rate
from grader.evaluation.sources import numbers, read_csv

FEW: Final = 5
"""Below this number of answers a comment can tell who wrote it: comments are not shown."""
_QUESTIONS: Final = Path(__file__).with_suffix(".yaml")


class Question(BaseModel):
    """A question of the survey."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: Literal["agree", "comment"]
    text: Text


@dataclass(frozen=True)
class Item:
    """What was answered to a statement.

    Attributes:
        question: the statement.
        counts: how many chose 1, 2, 3, 4 and 5.
    """

    question: Question
    counts: tuple[int, ...]

    @property
    def n(self) -> int:
        """How many answered."""
        return sum(self.counts)

    @property
    def agree(self) -> Rate:
        """How many chose 4 or 5."""
        return Rate(sum(self.counts[3:]), self.n)

    @property
    def median(self) -> float:
        """The middle answer; steps of agreement have an order and no distance, so no mean."""
        answers = [step for step, count in enumerate(self.counts, 1) for _one in range(count)]
        half = len(answers) // 2
        middle = answers[half] if len(answers) % 2 else (answers[half - 1] + answers[half]) / 2
        return float(middle)


@dataclass(frozen=True)
class Survey:
    """All answers.

    Attributes:
        n: how many people answered.
        items: the statements that anybody answered.
        comments: by question, in alphabetical order, so that they cannot be put together by row;
            none where fewer than five people answered.
        hidden: how many comments are not shown for that reason.
    """

    n: int
    items: tuple[Item, ...]
    comments: tuple[tuple[Question, tuple[str, ...]], ...]
    hidden: int = 0


@cache
def questions() -> tuple[Question, ...]:
    """Return the questions of the survey in their order."""
    return tuple(map(Question.model_validate, yaml.safe_load(_QUESTIONS.read_text("utf-8"))))


def survey(file: Path) -> Survey:
    """Read the answers to the survey.

    Args:
        file: CSV with one row a person; columns named by the ids of the questions, or by their
            texts in one of the languages. Other columns are not read.

    Raises:
        DuecourseError: no column is a question, or an answer is none of 1 to 5.
    """
    table = read_csv(file)
    names = {
        name: one
        for one in questions()
        for name in (one.id, *one.text.values())
        if name in table.columns
    }
    if not names:
        text = _("{file} holds none of the survey's questions as columns: {ids}")
        ids = ", ".join(one.id for one in questions())
        raise DuecourseError(text.format(file=file, ids=ids))
    table = table[list(names)].dropna(how="all")
    items, comments, hidden = [], [], 0
    for name, question in names.items():
        values = table[name].dropna()
        if question.kind == "comment":
            said = tuple(sorted(one.strip() for one in values if one.strip()))
            if len(table) < FEW:
                hidden += len(said)
            elif said:
                comments.append((question, said))
            continue
        steps = numbers(values, file)
        wrong = steps[~steps.isin(range(1, 6))]
        if len(wrong):
            text = _(
                "{file}, column '{column}', row {row}: an answer is a whole number from 1 to 5."
            )
            raise DuecourseError(text.format(file=file, column=name, row=int(wrong.index[0]) + 2))
        if len(steps):
            counts = tuple(int((steps == step).sum()) for step in range(1, 6))
            items.append(Item(question, counts))
    return Survey(len(table), tuple(items), tuple(comments), hidden)
