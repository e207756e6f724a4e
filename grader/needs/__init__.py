"""What learners have shown, what their role needs, and what closes the gap between the two."""

from grader.needs.gaps import Needs, collect, gaps
from grader.needs.team import roles_of
from grader.needs.writing import write

__all__ = ["Needs", "collect", "gaps", "roles_of", "write"]
