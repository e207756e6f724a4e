"""A call as a state machine: what is said, what can be answered, and what follows.

Pure: the same choices always give the same course, here, in a browser and where it is marked.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from duecourse.cases.scripts import (
    LEAST,
    MOST,
    CallScript,
    Condition,
    Line,
    Node,
    Option,
    Outcome,
    Promise,
)
from duecourse.language import _

LONGEST: Final = 200
"""Choices that a call may take. None takes nearly so many; what does goes round in a circle."""


@dataclass(frozen=True)
class State:
    """How a call stands.

    Attributes:
        trust: from 0 to 100.
        stress: from 0 to 100.
        disclosed: the facts that have come out.
        vulnerable: whether a sign of vulnerability has come up; it stays.
        promise: what was promised last.
        minutes: how many have passed.
    """

    trust: int
    stress: int
    disclosed: frozenset[str] = frozenset()
    vulnerable: bool = False
    promise: Promise | None = None
    minutes: int = 0

    def meets(self, condition: Condition) -> bool:
        """Whether everything that the condition names holds."""
        return (
            (condition.trust is None or self.trust >= condition.trust)
            and (condition.calm is None or self.stress <= condition.calm)
            and self.disclosed.issuperset(condition.disclosed)
            and self.disclosed.isdisjoint(condition.hidden)
            and condition.vulnerable in (None, self.vulnerable)
            and condition.promised in (None, self.promise is not None)
            and (condition.minutes is None or self.minutes <= condition.minutes)
        )

    def after(self, option: Option) -> "State":
        """Return the state that an option leads to."""
        return State(
            trust=_clipped(self.trust + option.trust),
            stress=_clipped(self.stress + option.stress),
            disclosed=self.disclosed.union(option.disclose),
            vulnerable=self.vulnerable or option.vulnerable,
            promise=option.promise or self.promise,
            minutes=self.minutes + option.minutes,
        )


def _clipped(value: int) -> int:
    return max(LEAST, min(MOST, value))


@dataclass(frozen=True)
class Step:
    """One choice.

    Attributes:
        node: where it was made.
        offered: what could be chosen there, in the script's order.
        chosen: what was.
        before: the state that it was made in.
        after: the state that it led to.
    """

    node: str
    offered: tuple[Option, ...]
    chosen: Option
    before: State
    after: State


@dataclass(frozen=True)
class Course:
    """A call as far as it has gone.

    Attributes:
        script: what is played.
        steps: the choices so far.
        node: where it stands.
        state: how it stands.
    """

    script: CallScript
    steps: tuple[Step, ...]
    node: str
    state: State

    @property
    def choices(self) -> tuple[str, ...]:
        """The chosen options, in order."""
        return tuple(step.chosen.id for step in self.steps)

    @property
    def offered(self) -> tuple[Option, ...]:
        """What can be chosen now."""
        return offered(self._now, self.state)

    @property
    def end(self) -> Outcome | None:
        """How it ended; None while it goes on."""
        return self._now.end

    def said(self) -> Iterator[Line]:
        """Yield everything that was said, the player's choices among it."""
        for step in self.steps:
            yield from self.script.nodes[step.node].says
            yield Line(who=self.script.player, text=step.chosen.text)
        yield from self._now.says

    def then(self, choice: object) -> "Course | Impossible":
        """Return the course with one choice more, or why that is not possible."""
        if not isinstance(choice, str):
            return Impossible(self, choice, "no name")
        if self.end is not None:
            return Impossible(self, choice, "ended")
        if len(self.steps) >= LONGEST:
            return Impossible(self, choice, "too long")
        options = self.offered
        for option in options:
            if option.id == choice:
                after = self.state.after(option)
                step = Step(self.node, options, option, self.state, after)
                to = leads_to(option, after)
                return replace(self, steps=(*self.steps, step), node=to, state=after)
        known = any(option.id == choice for option in self._now.options)
        return Impossible(self, choice, "not offered" if known else "unknown")

    @property
    def _now(self) -> Node:
        return self.script.nodes[self.node]


@dataclass(frozen=True)
class Impossible:
    """A choice that cannot be made.

    Attributes:
        course: the call up to there.
        choice: what was to be chosen.
        reason: why it cannot be.
    """

    course: Course
    choice: object
    reason: Literal["no list", "no name", "ended", "too long", "unknown", "not offered"]

    def __str__(self) -> str:
        number = len(self.course.steps) + 1
        found = self.choice if isinstance(self.choice, str) else type(self.choice).__name__
        possible = ", ".join(option.id for option in self.course.offered)
        match self.reason:
            case "no list":
                text = _("the choices must be a list of option names; found {found}")
            case "no name":
                text = _("choice {number} must be the name of an option; found {found}")
            case "ended":
                text = _("choice {number}, '{found}': the call had ended before")
            case "too long":
                text = _("choice {number}, '{found}': no call has so many")
            case "unknown":
                text = _("choice {number}: there is no '{found}' at '{node}'; possible: {possible}")
            case "not offered":
                text = _(
                    "choice {number}: '{found}' at '{node}' is not offered as this call stands; "
                    "possible: {possible}"
                )
        short = found if len(found) <= 60 else f"{found[:57]}..."
        return text.format(number=number, found=short, node=self.course.node, possible=possible)


def begin(script: CallScript) -> Course:
    """Return the call before the first choice."""
    return Course(script, (), script.start, State(script.trust, script.stress))


def replay(script: CallScript, choices: object) -> Course | Impossible:
    """Play choices again.

    Args:
        script: the call.
        choices: option names in order. Anything else that JSON can hold is answered too: with what
            is wrong about it.

    Returns:
        The course, which may not have ended yet, or the first choice that cannot be made.
    """
    course = begin(script)
    if not isinstance(choices, list | tuple):
        return Impossible(course, choices, "no list")
    for choice in choices:
        following = course.then(choice)
        if isinstance(following, Impossible):
            return following
        course = following
    return course


def offered(node: Node, state: State) -> tuple[Option, ...]:
    """Return the options of a node that are offered in a state."""
    return tuple(option for option in node.options if state.meets(option.when))


def leads_to(option: Option, after: State) -> str:
    """Return the node that follows an option.

    Args:
        option: what was chosen.
        after: the state that it led to; its branches look at this one.
    """
    if isinstance(option.to, str):
        return option.to
    return next(branch.to for branch in option.to if after.meets(branch.when))


def digest(script: CallScript) -> str:
    """Return what tells one script from another: 16 hexadecimal digits.

    Texts do not count, so that both languages, and a release that kept one of them, give the same.
    """
    shape = script.model_dump(
        mode="json", exclude={"title", "brief", "facts", "nodes"}, exclude_defaults=True
    )
    shape["facts"] = sorted(script.facts)
    shape["nodes"] = {name: _without_texts(node) for name, node in script.nodes.items()}
    return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()[:16]


def _without_texts(node: Node) -> dict[str, object]:
    texts = {"says": {"__all__": {"text"}}, "options": {"__all__": {"text"}}}
    return node.model_dump(mode="json", exclude=texts, exclude_defaults=True)
