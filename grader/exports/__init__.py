"""Marks as tables that leave the house: for spreadsheets, learning platforms and nbgrader itself."""

from grader.exports.files import FORMATS, Exported, write
from grader.exports.table import of_assignment, of_course, of_tasks

__all__ = ["FORMATS", "Exported", "of_assignment", "of_course", "of_tasks", "write"]
