"""How invented learners play a call and code a transcript: rightly, nearly, or badly.

Used by the demonstration class. What they do is drawn from the case's own script and key.
"""

import random
from collections.abc import Mapping
from copy import deepcopy
from functools import partial
from typing import Any, Final

from nbformat import NotebookNode

from duecourse.calls.engine import Course, Impossible, begin
from duecourse.calls.prospects import Prospects
from duecourse.cases.files import CaseFile
from duecourse.coding import VIOLATION
from grader.cases import best_of, expert_of, key_of, right_of, written_out

RIGHT: Final = 3
"""The best of four qualities; 0 is the worst."""
_SLIPS: Final = {2: 0.2, 1: 0.45, 0: 1.0}
"""How likely each choice of a call is anything but the best one."""
_LOST: Final = {2: 0.2, 1: 0.5, 0: 0.75}
"""How likely each label of an expert is not given."""


def plainly(
    solved: NotebookNode, cases: Mapping[str, CaseFile], quality: int = RIGHT, seed: str = ""
) -> NotebookNode:
    """Return a solved notebook in which a learner's own values stand for those of a case's key.

    A known mistake stays what it is.

    Args:
        solved: the notebook; it is not changed.
        cases: the instructor's own cases by slug.
        quality: of what the learner plays and codes, from 0 to 3.
        seed: another seed is another learner.
    """
    found = deepcopy(solved)
    for cell in found.cells:
        if cell.cell_type == "code":
            known = RIGHT if "mistake" in cell.metadata.get("tags", []) else quality
            value = partial(taken, cases, quality=known, seed=seed)
            cell.source = written_out(cell.source, value)
    return found


def taken(
    cases: Mapping[str, CaseFile], function: str, slug: str, name: str, quality: int, seed: str
) -> Any:
    """Return what a learner has where a solved notebook takes an answer from a case's key.

    Args:
        cases: the cases by slug.
        function: ``best``, ``expert`` or ``right``.
        slug: the case.
        name: the call, transcript or question.
        quality: from 0 to 3; answers to questions are always right.
        seed: another seed is another learner.
    """
    case, rng = cases[slug], random.Random(f"{seed} {slug} {name}")  # noqa: S311 - no secret
    if function == "best":
        return play_like(case, name, quality, rng)
    if function == "expert":
        return code_like(case, name, quality, rng)
    return right_of(case, name)


def play_like(case: CaseFile, call: str, quality: int, rng: random.Random) -> list[str]:
    """Return the choices of a whole course of a call: the worse, the more slips are among them."""
    best = best_of(case, call)
    if quality == RIGHT:
        return best
    script = next(one for one in case.case.calls if one.id == call)
    prospects = Prospects(script, key_of(case).calls[call])
    course = begin(script)
    # Whoever plays badly slips once at least.
    first = rng.randrange(len(best))
    while course.end is None:
        number, wanted = len(course.steps), _wanted(course, prospects, best)
        others = [one.id for one in course.offered if one.id != wanted]
        slips = number == first or rng.random() < _SLIPS[quality]
        following = course.then(rng.choice(others) if others and slips else wanted)
        assert not isinstance(following, Impossible)
        course = following
    return list(course.choices)


def _wanted(course: Course, prospects: Prospects, best: list[str]) -> str:
    number = len(course.steps)
    if list(course.choices) == best[:number]:
        return best[number]
    ways = prospects.options(course.node, course.state)
    weights = prospects.key.weights
    return max(ways, key=lambda name: ways[name].rank(weights), default=course.offered[0].id)


def code_like(
    case: CaseFile, transcript: str, quality: int, rng: random.Random
) -> dict[str, list[str]]:
    """Return labels of a transcript: the worse, the fewer are an expert's and the more are not."""
    expert = expert_of(case, transcript)
    if quality == RIGHT:
        return expert
    found = next(one for one in case.case.transcripts if one.id == transcript)
    rules = [code for code in found.codes if code.startswith(VIOLATION)]
    labels: dict[str, list[str]] = {}
    for turn in found.turns:
        given = [one for one in expert.get(turn.id, []) if rng.random() >= _LOST[quality]]
        # The classic slip: something is heard to be wrong, and taken for another rule.
        given = [rng.choice(rules) if one in rules and rng.random() < 0.5 else one for one in given]
        if turn.id not in expert and rng.random() < _LOST[quality] / 3:
            given = [rng.choice(found.codes)]
        if given:
            labels[turn.id] = given
    first = found.turns[0].id
    return labels or {first: [next(one for one in found.codes if one not in expert.get(first, []))]}
