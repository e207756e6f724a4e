"""What marks come to: points, the mark that counts, and what the learner reads of it."""

from collections.abc import Mapping, Sequence

from duecourse.language import pick
from duecourse.tasks import TextTask
from grader.rubrics.guides import Guide
from grader.rubrics.log import Event, Role


def points_of(task: TextTask, levels: Mapping[str, int]) -> float:
    """Return the points of some levels; a criterion without a level gives none."""
    return float(
        sum(
            criterion.levels[levels[criterion.id]].points
            for criterion in task.rubric
            if criterion.id in levels
        )
    )


def final(marks: Sequence[Event]) -> dict[str, Event]:
    """Return the mark that counts, by learner: a moderator's, or else the first marker's.

    Of several of one kind the newest counts. A moderator's mark counts only for the answer that
    the newest first mark was given for: an answer that changed is marked anew.
    """
    chosen: dict[str, Event] = {}
    for role in (Role.FIRST, Role.MODERATOR):
        ours = sorted((one for one in marks if one.role is role), key=lambda one: one.time)
        for mark in ours:
            first = chosen.get(mark.learner)
            if role is Role.FIRST or first is None or first.answer == mark.answer:
                chosen[mark.learner] = mark
    return chosen


def comment_of(task: TextTask, guide: Guide, mark: Event) -> str:
    """Return what the learner reads beside the points, in the current language.

    Its first line says the points of every criterion; the chosen comments and the note follow.
    """
    texts = {comment.id: pick(comment.text) for comment in guide.comments}
    lines = [breakdown(task, mark.levels)]
    lines += [texts[name] for name in mark.comments if name in texts]
    return "\n\n".join([*lines, mark.note] if mark.note else lines)


def breakdown(task: TextTask, levels: Mapping[str, int]) -> str:
    """Return the points of every criterion in a line, such as ``Evidence 2/3 · Limits 1/3``."""
    return " · ".join(
        f"{pick(criterion.title)} {criterion.levels[levels[criterion.id]].points:g}"
        f"/{max(level.points for level in criterion.levels):g}"
        for criterion in task.rubric
        if criterion.id in levels
    )
