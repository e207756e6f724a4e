"""Workbook kit for debt-collection and credit-risk training."""

from duecourse.answers import check
from duecourse.practice import practice

__all__ = ["check", "practice"]
