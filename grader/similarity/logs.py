"""What the logs of calls and codings show: the same log twice, and choices faster than reading.

Logs come back from learners, so anything may stand in them; the times are those of their clocks.
"""

import hashlib
import json
import stat
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from duecourse.kept import ANSWERS

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a log that are read."""
ENDING: Final = ".log.jsonl"
FEWEST: Final = 5
"""Choices below which neither an equal log nor a fast one says anything."""
FASTEST: Final = 1.0
"""Seconds a choice, at the median, in which nobody reads what is chosen from."""


@dataclass(frozen=True)
class Log:
    """The log of one activity of one learner.

    Attributes:
        learner: the learner's id.
        activity: the call or coding.
        moments: when a choice was kept, in order.
        content: what tells the log from any other: moments and choices, whatever the writing.
    """

    learner: str
    activity: str
    moments: tuple[datetime, ...]
    content: str

    @property
    def pace(self) -> float | None:
        """Seconds from choice to choice, at the median; None if there are too few."""
        if len(self.moments) < FEWEST:
            return None
        return median((later - sooner).total_seconds() for sooner, later in pairwise(self.moments))


def logs(folder: Path, learner: str) -> Iterator[Log]:
    """Yield the logs that lie in a submission's folder; links and damaged lines are passed over."""
    place = folder / ANSWERS
    if place.is_symlink() or not place.is_dir():
        return
    for file in sorted(place.glob(f"*{ENDING}")):
        about = file.lstat()
        if stat.S_ISREG(about.st_mode) and about.st_size <= LARGEST:
            entries = list(_entries(file))
            text = json.dumps([(at.timestamp(), what) for at, what in entries])
            content = hashlib.sha256(text.encode()).hexdigest()
            moments = tuple(sorted(at for at, _what in entries))
            yield Log(learner, file.name.removesuffix(ENDING), moments, content)


def equal(found: list[Log]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the activities whose log several learners have to the second, with these learners."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for log in found:
        if len(log.moments) >= FEWEST:
            alike[log.activity, log.content].append(log.learner)
    return [
        (activity, tuple(sorted(learners)))
        for (activity, _content), learners in sorted(alike.items())
        if len(learners) > 1
    ]


def fast(found: list[Log]) -> list[Log]:
    """Return the logs whose choices came faster than anybody can read."""
    return [log for log in found if log.pace is not None and log.pace < FASTEST]


def _entries(file: Path) -> Iterator[tuple[datetime, str]]:
    for line in file.read_bytes().splitlines():
        try:
            data = json.loads(line)
            if data["event"] == "kept":
                at = datetime.fromisoformat(data["at"])
                what = {name: data[name] for name in ("choices", "labels") if name in data}
                yield at.astimezone(), json.dumps(what, sort_keys=True)
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
            continue
