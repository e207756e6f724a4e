"""What a class is given to take home."""

from typing import Final

HANDOUT: Final = "handout"
"""Folder of the archives inside a course's folder."""
