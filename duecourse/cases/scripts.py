"""The script of a call: a graph of what is said, what can be answered, and what follows.

A script is data (the part ``calls`` of a ``case.yaml``). What a choice is worth stands in
``key.yaml`` alone; how a call goes is worked out by `duecourse.calls`.
"""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from duecourse.tasks import Name, Text

Outcome = Literal[
    "affordable_promise",
    "promise",
    "dispute_recorded",
    "complaint_recorded",
    "stop_and_refer",
    "message_left",
    "agreed_next_step",
    "complaint",
    "hang_up",
    "no_result",
]
"""How a call can end. `promise` is one that nobody checked against the household's budget;
`complaint` one that goes to the regulator because of this call."""
LEAST: Final = 0
MOST: Final = 100
"""Trust and stress lie between these two."""


class Part(BaseModel):
    """A part of a case's files: nothing that is not asked for, and never changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(Part):
    """What the call's state must be like; everything that is named must hold."""

    trust: Annotated[int, Field(ge=LEAST, le=MOST)] | None = None
    """At least so much trust."""
    calm: Annotated[int, Field(ge=LEAST, le=MOST)] | None = None
    """At most so much stress."""
    disclosed: tuple[Name, ...] = ()
    """These facts have been disclosed."""
    hidden: tuple[Name, ...] = ()
    """None of these facts has been disclosed."""
    vulnerable: bool | None = None
    """A sign of vulnerability has come up, or none has."""
    promised: bool | None = None
    """Something has been promised, or nothing has."""
    minutes: Annotated[int, Field(ge=0)] | None = None
    """At most so many minutes have passed."""


class Promise(Part):
    """What the customer promised: money on a day, or a monthly plan."""

    amount: float = Field(gt=0)
    """Money of one payment, in the case's currency."""
    payments: int = Field(default=1, ge=1)
    first_on: str
    """Day of the first payment, as in 2026-03-25."""


class Branch(Part):
    """Where an option leads if its condition holds; the first branch that holds is taken."""

    to: Name
    when: Condition = Condition()


class Option(Part):
    """Something that the player can say or do."""

    id: Name
    text: Text
    to: Name | Annotated[list[Branch], Field(min_length=2)]
    """The node that follows; with several, the last one has no condition."""
    when: Condition = Condition()
    """Only offered under this condition."""
    trust: int = 0
    """How much trust it adds or takes."""
    stress: int = 0
    disclose: tuple[Name, ...] = ()
    """Facts that come out through it, said by either side."""
    vulnerable: bool = False
    """Whether the answer to it signals vulnerability."""
    promise: Promise | None = None
    minutes: int = Field(default=1, ge=0)

    @property
    def targets(self) -> tuple[str, ...]:
        """All nodes that it can lead to."""
        return (self.to,) if isinstance(self.to, str) else tuple(one.to for one in self.to)

    @model_validator(mode="after")
    def _the_last_branch_always_holds(self) -> "Option":
        if not isinstance(self.to, str) and self.to[-1].when != Condition():
            raise ValueError(f"option '{self.id}': the last branch must have no condition")
        return self


class Line(Part):
    """What somebody says, or (without `who`) what happens."""

    who: Name | None = None
    text: Text


class Node(Part):
    """A moment of the call: what is said, and then either options or the end."""

    says: tuple[Line, ...] = ()
    options: tuple[Option, ...] = ()
    end: Outcome | None = None

    @model_validator(mode="after")
    def _it_ends_or_goes_on(self) -> "Node":
        if bool(self.options) == (self.end is not None):
            raise ValueError("a node has either options or an end")
        ids = [option.id for option in self.options]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"these options stand twice: {twice}")
        return self


class CallScript(Part):
    """A call that can be played.

    Attributes:
        player: whom the learner plays, a person of the case.
        partner: who is at the other end.
        facts: what can be disclosed, by name; shown in the debrief.
        brief: what the player knows before the call.
    """

    id: Name
    title: Text
    brief: Text
    at: datetime
    player: Name
    partner: Name
    facts: Annotated[dict[Name, Text], Field(default_factory=dict)]
    trust: Annotated[int, Field(ge=LEAST, le=MOST)] = 40
    stress: Annotated[int, Field(ge=LEAST, le=MOST)] = 50
    start: Name
    nodes: Annotated[dict[Name, Node], Field(min_length=2)]

    @model_validator(mode="after")
    def _every_way_leads_somewhere(self) -> "CallScript":
        if self.start not in self.nodes:
            raise ValueError(f"start '{self.start}' is not among the nodes {list(self.nodes)}")
        for name, node in self.nodes.items():
            for option in node.options:
                if lost := [to for to in option.targets if to not in self.nodes]:
                    raise ValueError(f"option '{name}.{option.id}' leads to {lost}: no such node")
                named = {*option.disclose, *option.when.disclosed, *option.when.hidden}
                if unknown := sorted(named - self.facts.keys()):
                    raise ValueError(
                        f"option '{name}.{option.id}' names {unknown}, which are not among the "
                        f"facts {list(self.facts)}"
                    )
        return self

    @property
    def ends(self) -> dict[str, Outcome]:
        """The nodes where it ends, and how."""
        return {name: node.end for name, node in self.nodes.items() if node.end is not None}
