"""All courses of a call, and what is wrong with a script or its key.

For authors and tests; a learner's call needs none of this.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from duecourse.calls.engine import LONGEST, Course, begin, replay
from duecourse.calls.moments import Moment, Moments, explore
from duecourse.calls.prospects import prospects_of
from duecourse.calls.scoring import score
from duecourse.cases.key import CallKey
from duecourse.cases.scripts import CallScript

MOST_COURSES: Final = 10_000
"""Where there are more, so many are drawn by lot."""


@dataclass(frozen=True)
class Survey:
    """What a look at all courses of a script finds.

    Attributes:
        courses: how many courses there are; None where a call can go on for ever, or where there
            are too many moments to look at.
        longest: choices of the longest one.
        unreachable: nodes that no course comes to.
        dead_ends: nodes at which no option may be left.
        circle: nodes of a way round which a call can go for ever.
        never: options that are never offered, by ``node.option``.
        idle: branches that are never taken, by ``node.option.target``.
    """

    courses: int | None
    longest: int | None
    unreachable: tuple[str, ...]
    dead_ends: tuple[str, ...]
    circle: tuple[str, ...]
    never: tuple[str, ...]
    idle: tuple[str, ...]


def survey(script: CallScript) -> Survey:
    """Look at every moment that a call can come to."""
    moments = explore(script)
    passed = {moment.node for moment in moments.ways}
    ways = [
        (f"{moment.node}.{option.id}", following.node)
        for moment, found in moments.ways.items()
        for option, following in found
    ]
    taken, offered = set(ways), {name for name, _to in ways}
    there = [
        (f"{name}.{option.id}", to)
        for name, node in script.nodes.items()
        for option in node.options
        for to in option.targets
    ]
    stuck = {
        moment.node
        for moment, found in moments.ways.items()
        if not found and script.nodes[moment.node].end is None
    }
    first = next(iter(moments.ways))
    return Survey(
        courses=moments.counts.get(first),
        longest=_longest(moments).get(first),
        unreachable=tuple(name for name in script.nodes if name not in passed),
        dead_ends=tuple(name for name in script.nodes if name in stuck),
        circle=moments.circle,
        never=tuple(dict.fromkeys(name for name, _to in there if name not in offered)),
        idle=tuple(
            f"{name}.{to}" for name, to in there if name in offered and (name, to) not in taken
        ),
    )


def _longest(moments: Moments) -> dict[Moment, int]:
    longest: dict[Moment, int] = {}
    for moment in moments.backwards or ():
        ways = moments.ways[moment]
        longest[moment] = max((1 + longest[to] for _option, to in ways), default=0)
    return longest


def courses(script: CallScript, most: int = MOST_COURSES, seed: int = 1) -> Iterator[Course]:
    """Yield all courses that come to an end, or as many as asked for, drawn by lot.

    Args:
        script: the call.
        most: where there are more, so many are drawn; every option that is offered at a moment is as
            likely as the others.
        seed: of the lot; the same seed draws the same courses.
    """
    found = explore(script)
    count = found.counts.get(next(iter(found.ways)))
    if count is not None and count <= most:
        yield from _all(begin(script))
        return
    draw = random.Random(seed)  # noqa: S311  # nothing is kept secret by it
    for _number in range(most):
        course = _drawn(script, draw)
        if course.end is not None:
            yield course


def _all(course: Course) -> Iterator[Course]:
    if course.end is not None:
        yield course
    for option in course.offered:
        following = course.then(option.id)
        assert isinstance(following, Course)
        yield from _all(following)


def _drawn(script: CallScript, draw: random.Random) -> Course:
    course = begin(script)
    for _number in range(LONGEST):
        if not course.offered:
            break
        following = course.then(draw.choice(course.offered).id)
        assert isinstance(following, Course)
        course = following
    return course


def best(script: CallScript, key: CallKey) -> Course | None:
    """Return the course with the highest total; None where the script cannot be surveyed."""
    found = prospects_of(script, key).best()
    course = replay(script, found.choices) if found else None
    return course if isinstance(course, Course) else None


def shortfall(script: CallScript, key: CallKey) -> str:
    """Return what keeps the key's best course from full marks; nothing where it earns them."""
    found = score(script, key, key.best)
    if found.problem:
        return found.problem
    shares = {
        "outcome": found.outcome,
        "lawfulness": found.lawfulness,
        "empathy": found.empathy,
        "total": found.total,
    }
    lost = [f"{name} {share:.2f}" for name, share in shares.items() if share != 1]
    return ", ".join([*lost, *(f"missed {step.id}" for step in found.missed)])


def strangers(script: CallScript, key: CallKey) -> tuple[str, ...]:
    """Return what stands in only one of script and key.

    Options as ``node.option``, ends as ``ends.node``, critical steps as ``critical.step`` (where their
    node, or an option that they demand, does not exist or may not be offered).
    """
    options = {f"{name}.{one.id}" for name, node in script.nodes.items() for one in node.options}
    lost = [*sorted(options ^ key.choices.keys())]
    lost += [f"ends.{name}" for name in sorted(script.ends.keys() ^ key.ends.keys())]
    offers = [
        (moment.node, {option.id for option, _following in ways})
        for moment, ways in explore(script).ways.items()
    ]
    for step in key.critical:
        here = [names for node, names in offers if node == step.node]
        there = all(f"{step.node}.{name}" in options for name in step.must)
        if not (there and here and all(names & {*step.must} for names in here)):
            lost.append(f"critical.{step.id}")
    return tuple(lost)
