"""Taking in what learners send back, in whatever shape it comes."""

from grader.collecting.collect import Collected, collect
from grader.collecting.placing import Placed, Unplaced

__all__ = ["Collected", "Placed", "Unplaced", "collect"]
