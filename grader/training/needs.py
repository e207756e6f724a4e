"""What the team has shown already, so that nobody has to learn it again."""

from collections.abc import Sequence

from duecourse.tasks import FILE
from grader.course import Course
from grader.needs import collect
from grader.training.groups import Shown
from grader.training.team import Member


def shown_by(course: Course, members: Sequence[Member]) -> Shown:
    """Return the level that each member has shown in each competency; nobody without results.

    Args:
        course: the course whose marks are looked at; nothing in it is changed.
        members: the team.
    """
    if not any((course.folder / "release").glob(f"*/{FILE}")):
        return {}
    table = collect(course, None, {one.learner: one.role for one in members}).gaps
    found: dict[str, dict[str, int]] = {}
    for row in table[table["shown"].notna()].to_dict("records"):
        found.setdefault(str(row["learner"]), {})[str(row["competency"])] = int(row["shown"])
    return found
