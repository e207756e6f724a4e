"""Removing a learner from a course, everywhere, and proving by a search that it is so."""

from grader.forgetting.removing import Plan, forget, plan
from grader.forgetting.step import Step

__all__ = ["Plan", "Step", "forget", "plan"]
