"""Names that stand for learners where a report leaves the house.

A name is made from the learner's id with a secret of the course, so it is the same in every report of
the course, and nobody without the secret can find out whose it is by trying ids. It is a pseudonym:
who knows the class may still recognise somebody by what was done.
"""

import base64
import hmac
import os
import secrets
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Final

import pandas as pd

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.course import Course
from grader.reporting.evidence import Evidence
from grader.results import Results

FILE: Final = "pseudonyms.key"
"""The secret, in the course's folder; whoever has it and the class list can name everybody."""
_BYTES: Final = 32


def secret(course: Course) -> bytes:
    """Return the course's secret; it is made on first use, for its owner's eyes alone.

    Raises:
        DuecourseError: the file is damaged; nothing is written over it.
    """
    file = course.folder / FILE
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    with os.fdopen(handle, "wb") as new:
        new.write(secrets.token_bytes(_BYTES))
    return _read(file)


def _read(file: Path) -> bytes:
    found = file.read_bytes()
    if len(found) != _BYTES:
        text = _(
            "{file} is damaged: it has {count} bytes instead of {wanted}. Put a copy of it back, or "
            "delete it: then everybody gets a new pseudonym."
        )
        raise DuecourseError(text.format(file=file, count=len(found), wanted=_BYTES))
    return found


def pseudonym(learner: str, key: bytes) -> str:
    """Return the name that stands for a learner, such as ``K3QF-7M2A``."""
    text = base64.b32encode(hmac.digest(key, learner.encode("utf-8", "replace"), "sha256")).decode()
    return f"{text[:4]}-{text[4:8]}"


def without_names(evidence: Evidence, key: bytes) -> Evidence:
    """Return the same evidence with pseudonyms, and without what learners wrote or when they came.

    Rows are put in the order of the pseudonyms: the old order would give the names away.
    """
    return replace(
        evidence,
        results=_results(evidence.results, key),
        answers=_renamed(evidence.answers, key),
        worktime=_renamed(evidence.worktime, key),
    )


def _results(results: Results, key: bytes) -> Results:
    learners = _renamed(results.learners, key)
    learners["name"] = learners["learner"]
    # Reasons quote names of files, and messages of errors quote whatever was typed.
    learners["reason"] = ""
    # The minute tells who it was as well as a name does; the day will do.
    learners["handed_in"] = pd.to_datetime(learners["handed_in"]).dt.normalize()
    learners["hours_late"] = 24.0 * (learners["hours_late"] / 24).map(ceil)
    marks = _renamed(results.marks, key)
    marks["reason"] = None
    return replace(results, learners=learners, marks=marks)


def _renamed(table: pd.DataFrame, key: bytes) -> pd.DataFrame:
    named = table.assign(learner=[pseudonym(str(one), key) for one in table["learner"]])
    return named.sort_values("learner", kind="stable", ignore_index=True)
