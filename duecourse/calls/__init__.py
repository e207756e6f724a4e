"""Calls to play: a pure state machine, what a course of it is worth, and what to learn from it."""

from duecourse.calls.playing import Call, play

__all__ = ["Call", "play"]
