"""What an instructor can do about a task, in plain words: from its measures to one sentence.

Limits of discrimination: R. L. Ebel and D. A. Frisbie, *Essentials of Educational Measurement*, 5th
edition, 1991: 0.40 and more is very good, below 0.20 a task is to be revised. Those of difficulty are a
convention of this kit, and hold only where the whole interval lies beyond them.
"""

from enum import StrEnum
from typing import Any, Final

import pandas as pd

from duecourse.language import _

FEW: Final = 30
"""Below this number of learners nothing is advised but what holds all the same."""
POOR: Final = 0.20
GOOD: Final = 0.40
HARD: Final = 0.30
EASY: Final = 0.90


class Verdict(StrEnum):
    """What the measures of a task say."""

    CRITICAL = "critical"
    WAITING = "waiting"
    NOBODY = "nobody"
    SAME = "same"
    AGAINST = "against"
    HARD = "hard"
    REVISE = "revise"
    EASY = "easy"
    FEW = "few"
    WATCH = "watch"
    KEEP = "keep"


def verdict(row: Any) -> Verdict:
    """Return what to make of a task.

    Args:
        row: a row of `grader.reporting.items`.
    """
    if not row["n"]:
        return Verdict.WAITING if row["waiting"] else Verdict.NOBODY
    if row["critical"]:
        return Verdict.CRITICAL
    if row["waiting"]:
        return Verdict.WAITING
    if row["r_high"] < 0:
        return Verdict.AGAINST
    if row["facility_high"] < HARD:
        return Verdict.HARD
    if row["n"] < FEW:
        return Verdict.FEW
    if row["facility_low"] > EASY:
        return Verdict.EASY
    if pd.isna(row["r"]):
        return Verdict.SAME
    if row["r"] < POOR:
        return Verdict.REVISE
    return Verdict.KEEP if row["r"] >= GOOD else Verdict.WATCH


def advice(row: Any) -> str:
    """Return the advice on a task in the current language; empty where there are too few learners."""
    found = verdict(row)
    missed = int(row["missed"])
    return {
        Verdict.CRITICAL: (
            _("Everybody must master this, and {count} did not yet. Practise it again with them.")
            if missed
            else _("Everybody must master this, and everybody does.")
        ).format(count=missed),
        Verdict.WAITING: _("Mark the open answers first."),
        Verdict.NOBODY: _("Nobody has a mark for it yet."),
        Verdict.SAME: _("Nothing can be said: everybody has the same points, here or in the rest."),
        Verdict.AGAINST: _(
            "Check the key and the wording first: those who are better in the rest do worse here."
        ),
        Verdict.HARD: _(
            "Too hard as it stands: look at the key, at the wording, and whether it was taught."
        ),
        Verdict.REVISE: _("Revise it: the best learners fail it about as often as the others."),
        Verdict.EASY: _(
            "Nearly everybody has it: good as a first step, but it tells nobody apart."
        ),
        Verdict.FEW: "",
        Verdict.WATCH: _("Usable; a clearer wording may tell learners apart better."),
        Verdict.KEEP: _("Keep it."),
    }[found]
