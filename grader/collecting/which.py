"""Which assignment a notebook is of: by its tasks, and where it cannot be read by its name."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import FILE, load
from grader.collecting.whose import plain
from grader.course import Course
from grader.handed_in import LARGEST

_CHECKED: Final = re.compile(r"\bcheck\(\s*[\"']([A-Za-z0-9_-]+)[\"']")
_LEARNER: Final = re.compile(r"^\s*learner\s*=\s*[\"']([^\"'\n]{1,80})[\"']", re.MULTILINE)
_SHARE: Final = 0.5
"""The share of a notebook's tasks that must be an assignment's own."""


@dataclass(frozen=True)
class Released:
    """A notebook that was handed out.

    Attributes:
        assignment: the assignment's name.
        notebook: the notebook's file name, with ending.
        tasks: the ids of its tasks.
        titles: what people call the assignment.
    """

    assignment: str
    notebook: str
    tasks: frozenset[str]
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Inside:
    """What a notebook says of itself: its tasks, and a learner's id if one stands there."""

    tasks: frozenset[str] = frozenset()
    learner: str = ""


def released(course: Course) -> list[Released]:
    """Return the notebooks that were released in a course.

    Raises:
        DuecourseError: there is none, so nothing can come back.
    """
    found = []
    for file in sorted((course.folder / "release").glob("*/*.ipynb")):
        name = file.parent.name
        titles = [name, file.stem]
        if (file.parent / FILE).is_file():
            titles += load(file.parent).title.values()
        source = course.root / "assignments" / name
        if (source / FILE).is_file():
            titles += load(source).title.values()
        tasks = look_inside(file.read_bytes()).tasks
        found.append(Released(name, file.name, tasks, tuple(dict.fromkeys(titles))))
    if not found:
        raise DuecourseError(_("Nothing is released yet. First: duecourse release"))
    return found


def read_inside(file: Path) -> Inside:
    """Return what a notebook file says of itself; nothing where it cannot be read."""
    return look_inside(file.read_bytes()) if file.stat().st_size <= LARGEST else Inside()


def look_inside(content: bytes) -> Inside:
    """Return what a notebook says of itself; whatever stands in it, this does not fail."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Inside()
    cells = data.get("cells") if isinstance(data, dict) else None
    tasks: set[str] = set()
    learner = _text(data, "metadata", "duecourse", "learner") if isinstance(data, dict) else ""
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict):
            continue
        if name := _text(cell, "metadata", "nbgrader", "grade_id"):
            tasks.add(name.removesuffix("-answer"))
        source = cell.get("source")
        lines = source if isinstance(source, list) else [source]
        code = "".join(line for line in lines if isinstance(line, str))
        if cell.get("cell_type") == "code":
            tasks.update(_CHECKED.findall(code))
            said = _LEARNER.search(code)
            learner = learner or (said[1].strip() if said else "")
    return Inside(frozenset(tasks), learner)


def which(inside: Inside, path: tuple[str, ...], among: Sequence[Released]) -> list[Released]:
    """Return the released notebooks that a notebook may be; one where it is clear, none where not.

    Args:
        inside: what it says of itself.
        path: where it was found, from the outside in.
        among: what was released.
    """
    shares = {one: _share(inside.tasks, one.tasks) for one in among}
    best = max(shares.values(), default=0.0)
    if best >= _SHARE:
        found = [one for one, share in shares.items() if share == best]
        if len(found) == 1:
            return found
        among = found
    named = []
    for part in reversed(path):
        lengths = {
            one: max((len(title) for title in one.titles if _stands_in(title, part)), default=0)
            for one in among
        }
        longest = max(lengths.values(), default=0)
        named = [one for one, length in lengths.items() if length == longest and longest]
        if named:
            break
    own = [one for one in named if plain(one.notebook) == plain(path[-1])]
    return own if len(own) == 1 else named


def _share(tasks: frozenset[str], ours: frozenset[str]) -> float:
    """Return which share of both notebooks' tasks is in both."""
    return len(tasks & ours) / len(tasks | ours) if tasks and ours else 0.0


def _stands_in(title: str, part: str) -> bool:
    loose = re.escape(plain(title)).replace(r"\-", "[-_ ]?").replace(r"\ ", "[-_ ]?")
    return bool(re.search(rf"(?<![a-z0-9]){loose}(?![a-z0-9])", plain(part)))


def _text(data: Any, *way: str) -> str:
    for step in way:
        data = data.get(step) if isinstance(data, dict) else None
    return data.strip()[:80] if isinstance(data, str) else ""
