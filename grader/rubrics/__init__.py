"""Marking written answers by hand, along the rubric of their task."""
