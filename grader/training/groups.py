"""Who learns together, and who takes part in what: everybody, but in what somebody has shown already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from duecourse.competencies import Role
from duecourse.language import _, pick
from duecourse.tasks import Text
from grader.training.curriculum import Unit
from grader.training.sittings import Sitting
from grader.training.team import Member

Shown: TypeAlias = Mapping[str, Mapping[str, int]]
"""By learner, the level that was shown in each competency; nobody is in it who has shown nothing."""
SERVICE: Final = "service"


@dataclass(frozen=True)
class Phase:
    """A part of a group's year."""

    id: str
    title: Text
    first: date
    last: date


@dataclass(frozen=True)
class Group:
    """People who learn together.

    Attributes:
        id: made of role and first day.
        role: the role that they have.
        later: the role that they have after the stages of those who are new.
        start: their first day.
        staged: whether they pass through those stages.
        members: the people.
    """

    id: str
    role: Role
    later: Role
    start: date
    staged: bool
    members: tuple[Member, ...]

    @property
    def title(self) -> str:
        """Role and first day, in the language spoken now."""
        text = _("{role}, from {day}")
        return text.format(role=pick(self.role.title), day=self.start)

    def in_phase(self, phase: Phase) -> Role:
        """Return the role whose needs count in a phase."""
        return self.later if phase.id == SERVICE else self.role

    def attending(self, sitting: Sitting, phase: Phase, shown: Shown | None) -> tuple[str, ...]:
        """Return who takes part: everybody, but in what somebody has shown already."""
        return tuple(
            member.learner
            for member in self.members
            if self._takes_part(member, sitting, self.in_phase(phase), shown or {})
        )

    def lacking(self, units: Sequence[Unit], role: Role, shown: Shown | None) -> tuple[Unit, ...]:
        """Return the units that somebody of the group needs for a role."""
        return tuple(
            unit
            for unit in units
            if any(
                _lacks(role, (shown or {}).get(member.learner), unit.competencies)
                for member in self.members
            )
        )

    def unknown(self, shown: Shown | None) -> bool:
        """Return whether something that the role needs is not known yet of somebody."""
        return any(not self._known(member, shown or {}) for member in self.members)

    def _known(self, member: Member, shown: Shown) -> bool:
        looked_at = shown.get(member.learner, {})
        return all(one in looked_at for one, level in self.role.needs.items() if level)

    def _takes_part(self, member: Member, sitting: Sitting, role: Role, shown: Shown) -> bool:
        if sitting.kind == "diagnosis":
            return not self._known(member, shown)
        if not sitting.competencies or sitting.kind == "teach":
            return True
        return _lacks(role, shown.get(member.learner), sitting.competencies)


def _lacks(role: Role, shown: Mapping[str, int] | None, competencies: Sequence[str]) -> bool:
    # a competency that nobody has looked at counts as not shown
    return shown is None or any(shown.get(one, 0) < role.needs[one] for one in competencies)
