"""Grading: many submissions at once, each executed apart, all written by one hand."""

from grader.grading.run import Graded, autograde, submitted

__all__ = ["Graded", "autograde", "submitted"]
