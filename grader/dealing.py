"""Who works in which world: dealt evenly, kept, and told to learners without a name.

The course's folder holds ``worlds.yaml``, which says by id who was dealt which world; it stays with
the instructor. Learners get digests only.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from duecourse.worlds import CLASS, FOLDER, by_chance, cleaned, digest
from grader.assignments import Assignment
from grader.worlds import Worlds, written

DEALT: Final = "worlds.yaml"
ROSTER: Final = "learners.txt"


def dealt(course: Path, assignment: Assignment) -> dict[str, int]:
    """Return which worlds were dealt, by cleaned id."""
    return {
        str(one): int(number) for one, number in _dealt(course).get(assignment.name, {}).items()
    }


def deal(course: Path, worlds: Worlds, learners: Iterable[str]) -> dict[str, int]:
    """Deal a world to every learner, evenly; what was dealt before stays.

    Somebody who handed in before being on the list keeps the world that the id itself led to.

    Args:
        course: the course's folder.
        worlds: the assignment's worlds.
        learners: the ids that are known.

    Returns:
        The numbers of the worlds by cleaned id; also kept in the course's folder.
    """
    assignment = worlds.assignment
    have = dealt(course, assignment)
    everybody = {cleaned(one) for one in learners} - {""} - have.keys()
    begun = {cleaned(one) for one in handed_in(course, assignment.name)}
    used = Counter(have.values())
    # By digest, so that neighbours on the list do not share a world in every assignment.
    for one in sorted(everybody, key=lambda one: (one not in begun, digest(assignment.name, one))):
        mark = digest(assignment.name, one)
        least = min(worlds.numbers, key=lambda number: (used[number], number))
        have[one] = by_chance(mark, worlds.plan.worlds) if one in begun else least
        used[have[one]] += 1
    everything = {**_dealt(course), assignment.name: dict(sorted(have.items()))}
    course.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(everything, allow_unicode=True)
    written(course / DEALT, text)
    return have


def world_of(course: Path, worlds: Worlds, learner: str) -> int:
    """Return the number of the world that a learner works in."""
    return _world(worlds, dealt(course, worlds.assignment), learner)


def _world(worlds: Worlds, have: Mapping[str, int], learner: str) -> int:
    mark = digest(worlds.assignment.name, learner)
    return have.get(cleaned(learner)) or by_chance(mark, worlds.plan.worlds)


def in_use(course: Path, worlds: Worlds) -> list[int]:
    """Return the worlds of those who handed something in, in order."""
    have = dealt(course, worlds.assignment)
    learners = handed_in(course, worlds.assignment.name)
    return sorted({_world(worlds, have, learner) for learner in learners})


def handed_in(course: Path, assignment: str = "*") -> list[str]:
    """Return the ids of all learners with a folder for the assignment, or for any, in order."""
    found = (course / "submitted").glob(f"*/{assignment}/")
    return sorted({folder.parent.name for folder in found})


def known_learners(course: Path, gradebook: Iterable[str]) -> list[str]:
    """Return everybody who is known: in the gradebook, on the roster, or with something handed in."""
    return [*gradebook, *roster(course), *handed_in(course)]


def roster(course: Path) -> list[str]:
    """Return the ids in the course's ``learners.txt``: one a line; what follows a comma is a name."""
    file = course / ROSTER
    if not file.is_file():
        return []
    lines = file.read_text("utf-8-sig").splitlines()
    ids = (line.split(",")[0].strip() for line in lines if not line.lstrip().startswith("#"))
    return [one for one in ids if one]


def class_list(worlds: Worlds, have: Mapping[str, int]) -> str:
    """Return what learners get of it, as YAML: digests of ids, never names."""
    name = worlds.assignment.name
    listed = {digest(name, one): number for one, number in have.items()}
    about = {
        "assignment": name,
        "worlds": worlds.plan.worlds,
        "learners": dict(sorted(listed.items())),
    }
    return yaml.safe_dump(about, sort_keys=False)


def handout(course: Path, worlds: Worlds, learners: Iterable[str]) -> dict[str, bytes]:
    """Return what goes out beside a released notebook: all worlds, and who works in which."""
    worlds.renew()
    have = deal(course, worlds, learners)
    return {**worlds.files(), f"{FOLDER}/{CLASS}": class_list(worlds, have).encode()}


def _dealt(course: Path) -> Mapping[str, Any]:
    file = course / DEALT
    return _listed(file, file.stat().st_mtime_ns) if file.is_file() else {}


@lru_cache(maxsize=4)
def _listed(file: Path, _changed: int) -> Mapping[str, Any]:
    return yaml.safe_load(file.read_text("utf-8")) or {}
