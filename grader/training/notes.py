"""What is to be known of a plan: what was not given, and what found no place."""

from collections.abc import Sequence
from datetime import date
from math import ceil

from duecourse.language import _, pick
from grader.training.curriculum import Curriculum
from grader.training.groups import Group, Shown
from grader.training.programme import Programme
from grader.training.sittings import Sitting


def general(
    material: Curriculum,
    programme: Programme,
    groups: Sequence[Group],
    shown: Shown | None,
    *,
    holidays: bool,
) -> list[str]:
    """Return what is to be known of a whole plan: what was not given, and what was taken for granted.

    Args:
        material: what there is to teach.
        programme: stages, blocks and occasions.
        groups: who learns together.
        shown: what was shown already, where it is known.
        holidays: whether public holidays were given.
    """
    notes = []
    if not holidays:
        notes.append(
            _("No public holidays were given, so none are kept free. Give them with --holidays.")
        )
    members = [member for group in groups for member in group.members]
    known = [member for member in members if member.learner in (shown or {})]
    if known:
        text = _(
            "Results of {count} people out of {all} are known: what they have shown they do not repeat."
        )
        notes.append(text.format(count=len(known), all=len(members)))
    else:
        notes.append(
            _("There are no results of a diagnosis: everybody learns all that the role needs.")
        )
    if any(group.staged for group in groups):
        notes.append(pick(programme.stage_note))
    if material.missing:
        text = _("This checkout lacks what the competency matrix names: {names}.")
        notes.append(text.format(names=", ".join(material.missing)))
    lost = [
        member.name
        for group in groups
        if not group.staged
        for member in group.members
        if not member.certified
    ]
    if lost:
        text = _(
            "The list does not name the day of the last exam (column certified) of: {names}. Their "
            "yearly exam is put at the end of the year; it must not be later than a year after the "
            "last one (CN-35, provisional)."
        )
        more = [_("and {count} more").format(count=len(lost) - 8)] if len(lost) > 8 else []
        notes.append(text.format(names=", ".join([*lost[:8], *more])))
    return notes


def no_place(group: Group, left: Sequence[Sitting], end: date) -> list[str]:
    """Return how much of a group found no place before the end, and what would be enough."""
    minutes = sum(one.minutes for one in left)
    if not minutes:
        return []
    weeks = max(1.0, ((end - group.start).days + 1) / 7)
    more = ceil(2 * minutes / 60 / weeks) / 2
    text = _(
        "{group}: {hours} hours found no place before {end}. They stay for the next plan, or plan "
        "{more} hours a week more."
    )
    return [text.format(group=group.title, hours=f"{minutes / 60:.1f}", end=end, more=f"{more:g}")]
