"""What was chosen: how a class spread over the options of a question and over the ways of a call."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from duecourse.calls.engine import Course as Played
from duecourse.calls.engine import digest, replay
from duecourse.calls.outcomes import outcome_name
from duecourse.conversations import script_of
from duecourse.language import pick
from duecourse.risk import rate_interval
from duecourse.tasks import CallTask, ChoicesTask, ChoiceTask
from grader.assignments import Assignment

OPTIONS: Final = [
    "task", "title", "option", "text", "chosen", "n", "share", "low", "high", "right", "rest",
]  # fmt: skip
STEPS: Final = ["task", "title", "moment", "says", "option", "text", "chosen", "n", "share"]
ENDS: Final = ["task", "title", "end", "text", "count", "n", "share", "low", "high"]


def options(
    assignment: Assignment, answers: pd.DataFrame, rest: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return how often each option was chosen, with Wilson's interval.

    Args:
        assignment: the assignment.
        answers: what `grader.reporting.answers.answers` reads.
        rest: shares in [0, 1] of the points of all other tasks, a row a learner and a column a task.

    Returns:
        One row an option of each choice, as they stand in the task: task, title, option, text, chosen
        (by how many learners), n (who answered), share, low, high, right (how many of those who chose
        it got all points), rest (mean share of the other points of those who chose it; missing
        if nobody did).
    """
    rows: list[dict[str, Any]] = []
    for task in assignment.tasks:
        if not isinstance(task, ChoiceTask | ChoicesTask):
            continue
        own = answers[answers["task"] == task.id].set_index("learner")
        if own.empty:
            continue
        chosen = {learner: _listed(value) for learner, value in own["value"].items()}
        whole = own["points"] >= own["max"]
        others = rest[task.id] if rest is not None and task.id in rest else None
        for option, text in task.options.items():
            who = [learner for learner, names in chosen.items() if option in names]
            mean = others.reindex(who).mean() if others is not None and who else None
            rows.append(
                {
                    "task": task.id,
                    "title": pick(task.title),
                    "option": option,
                    "text": pick(text),
                    "chosen": len(who),
                    "n": len(own),
                    "right": int(whole.reindex(who).sum()),
                    "rest": mean,
                }
            )
    return _with_shares(pd.DataFrame(rows, columns=OPTIONS), "chosen")


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def steps(assignment: Assignment, answers: pd.DataFrame) -> pd.DataFrame:
    """Return what was chosen at every moment of every call that was played to its end.

    Returns:
        One row an option of a moment that somebody came to, in the order in which most came to it:
        task, title, moment (the node), says (the last line said there), option, text, chosen (how
        often), n (choices made at this moment), share. A moment can come twice in a call.
    """
    rows: list[dict[str, Any]] = []
    for task, played in _calls(assignment, answers):
        made = [step for course in played for step in course.steps]
        at = Counter(step.node for step in made)
        taken = Counter((step.node, step.chosen.id) for step in made)
        for moment in dict.fromkeys(step.node for step in _by_place(played)):
            node = played[0].script.nodes[moment]
            says = pick(node.says[-1].text) if node.says else ""
            rows += [
                {
                    "task": task.id,
                    "title": pick(task.title),
                    "moment": moment,
                    "says": says,
                    "option": option.id,
                    "text": pick(option.text),
                    "chosen": taken[moment, option.id],
                    "n": at[moment],
                    "share": taken[moment, option.id] / at[moment],
                }
                for option in node.options
            ]
    return pd.DataFrame(rows, columns=STEPS)


def _by_place(played: list[Played]) -> list[Any]:
    """Return the steps of several courses, the earliest places first."""
    placed = [(place, step) for course in played for place, step in enumerate(course.steps)]
    return [step for _place, step in sorted(placed, key=lambda one: one[0])]


def ends(assignment: Assignment, answers: pd.DataFrame) -> pd.DataFrame:
    """Return how the calls ended, the commonest end first, with Wilson's interval.

    Returns:
        One row an end that occurred: task, title, end, text, count, n (calls played), share, low, high.
    """
    rows = [
        {
            "task": task.id,
            "title": pick(task.title),
            "end": end,
            "text": outcome_name(end),
            "count": count,
            "n": len(played),
        }
        for task, played in _calls(assignment, answers)
        for end, count in Counter(course.end for course in played).most_common()
        if end is not None
    ]
    return _with_shares(pd.DataFrame(rows, columns=ENDS), "count")


def _calls(
    assignment: Assignment, answers: pd.DataFrame
) -> Iterator[tuple[CallTask, list[Played]]]:
    """Yield every call task with the courses that reach an end in the present version of its case."""
    for task in assignment.tasks:
        if not isinstance(task, CallTask):
            continue
        script = script_of(assignment.cases[task.case].case.calls, task)
        values = answers.loc[answers["task"] == task.id, "value"]
        courses = (
            replay(script, value["choices"])
            for value in values
            if value["digest"] == digest(script)
        )
        played = [one for one in courses if isinstance(one, Played) and one.end is not None]
        if played:
            yield task, played


def _with_shares(table: pd.DataFrame, count: str) -> pd.DataFrame:
    counts, n = table[count].astype(float), table["n"].astype(float)
    low, high = rate_interval(counts, n)
    return table.assign(share=counts / n, low=low, high=high)
