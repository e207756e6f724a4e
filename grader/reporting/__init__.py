"""Reports for the instructor: of an assignment, and of a whole course; as pages and as tables.

The tables are DataFrames first: `gather` reads what is known of an assignment, and `items` measures
its tasks from `grader.results.Results` alone.
"""

from grader.reporting.evidence import Evidence, gather
from grader.reporting.tasks import items

__all__ = ["Evidence", "gather", "items"]
