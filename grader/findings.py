"""What the results of a class say: which tasks were hard, which mistakes were made, what to notice."""

from typing import Any

import pandas as pd

from duecourse.language import _
from grader.results import READ, Results, Status


def difficulty(results: Results) -> pd.DataFrame:
    """Return how every task went for those whose submission could be read.

    Returns:
        One row a task: task, title, max, by_hand, share (mean share of the points; missing while
        an answer waits for a person), and counts of learners: right, partly,
        wrong, unanswered, unreadable, waiting. They add up to the number of learners.
    """
    marks = results.marks[results.marks["learner"].isin(results.read["learner"])]
    judged = marks[~marks["outcome"].isin(("waiting", "not-answered", "unreadable"))]
    whole = judged["points"] >= judged["max"]
    none = judged["points"] <= 0
    counts = {
        "right": judged[whole],
        "partly": judged[~whole & ~none],
        "wrong": judged[none & ~whole],
        "unanswered": marks[marks["outcome"] == "not-answered"],
        "unreadable": marks[marks["outcome"] == "unreadable"],
        "waiting": marks[marks["outcome"] == "waiting"],
    }
    # While some answers wait, the blank ones alone would make a task look hard.
    unsettled = marks.loc[marks["outcome"] == "waiting", "task"].unique()
    known = marks[~marks["task"].isin(unsettled)]
    shares = (known["points"] / known["max"]).groupby(known["task"]).mean()
    table = results.tasks.set_index("task")
    table["share"] = shares.reindex(table.index).astype(float)
    for name, rows in counts.items():
        table[name] = rows["task"].value_counts().reindex(table.index).fillna(0).astype(int)
    return table.reset_index()


def mistakes(results: Results) -> pd.DataFrame:
    """Return which known mistakes were made, the commonest first.

    Returns:
        One row a mistake: task, title, text, count (of learners), names.
    """
    names = dict(zip(results.learners["learner"], results.learners["name"], strict=True))
    titles = dict(zip(results.tasks["task"], results.tasks["title"], strict=True))
    made = results.marks[results.marks["mistake"].notna()]
    rows = [
        {
            "task": task,
            "title": titles[str(task)],
            "text": group["mistake_text"].iloc[0],
            "count": len(group),
            "names": [names[learner] for learner in group["learner"]],
        }
        for (task, _number), group in made.groupby(["task", "mistake"], sort=False)
    ]
    table = pd.DataFrame(rows, columns=["task", "title", "text", "count", "names"])
    return table.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def elsewhere(results: Results) -> pd.DataFrame:
    """Return whose answers are not right in the own world, but are in another one that is in use.

    It is worth a look and no verdict: small whole numbers meet by chance.

    Returns:
        One row a learner and other world, the most answers first: learner, name, world (the own),
        other_world, count, titles (of the tasks), names (of those who work in the other world).
    """
    people = dict(zip(results.learners["learner"], results.learners["name"], strict=True))
    titles = dict(zip(results.tasks["task"], results.tasks["title"], strict=True))
    worlds = results.marks.dropna(subset="world").groupby("learner", sort=False)["world"].first()
    found = results.marks[results.marks["other_world"].notna()]
    found = found.assign(other_world=found["other_world"].astype(int))
    rows = [
        {
            "learner": learner,
            "name": people[str(learner)],
            "world": int(worlds[str(learner)]),
            "other_world": other,
            "count": len(group),
            "titles": [titles[task] for task in group["task"]],
            "names": [people[one] for one in worlds.index[worlds == other]],
        }
        for (learner, other), group in found.groupby(["learner", "other_world"], sort=False)
    ]
    columns = ["learner", "name", "world", "other_world", "count", "titles", "names"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("count", ascending=False, kind="stable", ignore_index=True)


def noticed(learner: Any) -> str:
    """Say in a line what is worth noticing about a row of `Results.learners`."""
    parts = [str(learner["reason"])] if learner["reason"] else []
    if learner["status"] == Status.LATE:
        parts.append(_("late by {hours} h").format(hours=f"{learner['hours_late']:.0f}"))
    if learner["status"] in READ:
        for column, text in (
            ("mistakes", _("typical mistakes: {count}")),
            ("unanswered", _("not answered: {count}")),
            ("unreadable", _("not readable: {count}")),
            ("waiting", _("to be marked by hand: {count}")),
            ("critical", _("calls with a critical step missed: {count}")),
            ("elsewhere", _("worth a look, right in another world: {count}")),
        ):
            if learner[column]:
                parts.append(text.format(count=learner[column]))
    return _("; ").join(parts)
