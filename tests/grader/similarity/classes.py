"""Invented classes: learners who worked alone, and some who did not."""

import numpy as np
import pandas as pd

TASKS = 22
POPULAR = (0.35, 0.2, 0.1)
"""Shares of the wrong answers that are the popular mistakes of a task; the rest are one's own."""


def honest(seed, learners=24, tasks=TASKS, followed=0.0):
    """Return the answers of a class in which everybody worked alone.

    The weak are wrong more often, the tasks differ, and ``followed`` of the learners carry a popular
    mistake of one task on to the next three, as happens where tasks build upon one another.
    """
    random = np.random.default_rng(seed)
    ability, hardness = random.normal(0, 1, learners), random.normal(0, 1, tasks)
    rows = []
    for learner in range(learners):
        carried, left = 0, 0
        for task in range(tasks):
            right = random.random() < 1 / (1 + np.exp(hardness[task] - ability[learner]))
            kind = int(random.choice(len(POPULAR) + 1, p=[*POPULAR, 1 - sum(POPULAR)]))
            if left:
                right, kind, left = False, carried, left - 1
            elif not right and kind < len(POPULAR) and random.random() < followed:
                carried, left = kind, 3
            own = kind == len(POPULAR)
            answer = f"own-{random.integers(200)}" if own else f"popular-{kind}"
            rows.append((f"L{learner:02}", f"t{task:02}", "right" if right else answer, right))
    table = pd.DataFrame(rows, columns=["learner", "task", "answer", "right"])
    table["order"] = table["task"]
    table = table.sort_values(["order", "learner"], ignore_index=True).drop(columns="order")
    return table.assign(world=None, known=table["answer"] == "popular-0")


def copied(answers, source, copier, share, seed=0):
    """Return the same class in which one took a share of the answers from another."""
    random = np.random.default_rng(seed)
    table = answers.set_index(["learner", "task"])
    for task in sorted(set(answers["task"])):
        if random.random() < share:
            for column in ("answer", "right", "known"):
                table.loc[(copier, task), column] = table.loc[(source, task), column]
    return table.reset_index()
