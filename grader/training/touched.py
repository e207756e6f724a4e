"""What of the course a rule touches: the lessons, cases and tasks that name it, and what is near it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from duecourse.competencies import Matrix
from duecourse.tasks import FILE, Text, load
from grader.course import Course

Kind = Literal["lesson", "case", "assignment"]
_RULE: Final = re.compile(
    r"\b(CN|US|UK)-(\d\d)(?!\d)(?:\s*(?:to|and|–|至|到|、|和)\s*(?:\1-)?(\d\d)(?![\d:年月日%.]))?"
)
_RANGE: Final = re.compile(r"to|–|至|到")


@dataclass(frozen=True)
class Place:
    """A lesson, case or assignment.

    Attributes:
        name: stem of the notebook, or name of the folder.
        tasks: of an assignment, the ids of the tasks that name the rule.
    """

    kind: Kind
    name: str
    title: Text
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Touched:
    """What a rule touches.

    Attributes:
        competencies: ids of the competencies that rest on it.
        named: what names the rule.
        near: what belongs to one of those competencies and does not name it.
    """

    competencies: tuple[str, ...]
    named: tuple[Place, ...]
    near: tuple[Place, ...]


@dataclass(frozen=True)
class Material:
    """The lessons, cases and assignments of a checkout, searched for rules once."""

    course: Course
    matrix: Matrix

    def touched(self, rule: str) -> Touched:
        """Return what a rule touches."""
        own = [one for one in self.matrix.competencies if rule in one.rules]
        named: list[Place] = []
        near: list[Place] = []
        for kind, titles, places in (
            ("lesson", self.matrix.lessons, [name for one in own for name in one.lessons]),
            ("case", self.matrix.cases, [name for one in own for name in one.cases]),
            ("assignment", self.matrix.assignments, [n for one in own for n in one.assignments]),
        ):
            found = self._named[kind]  # type: ignore[index]
            for name in sorted(found):
                if rule in found[name]:
                    tasks = tuple(task for task in found[name][rule] if task)
                    title = titles.get(name, {"en": name, "zh": name})
                    named.append(Place(kind, name, title, tasks))  # type: ignore[arg-type]
            near += [
                Place(kind, name, titles[name])  # type: ignore[arg-type]
                for name in sorted(set(places))
                if rule not in found.get(name, {}) and self._exists(kind, name)
            ]
        return Touched(tuple(one.id for one in own), tuple(named), tuple(near))

    def _exists(self, kind: str, name: str) -> bool:
        root = self.course.root
        if kind == "lesson":
            return (root / "notebooks" / f"{name}.ipynb").is_file()
        if kind == "case":
            return any(root.glob(f"case_studies/*/{name}/case.yaml"))
        return (root / "assignments" / name / FILE).is_file()

    @cached_property
    def _named(self) -> dict[Kind, dict[str, dict[str, list[str]]]]:
        """The rules that each lesson, case and assignment names, with the tasks that do."""
        root = self.course.root
        return {
            "lesson": {
                file.stem: {rule: [] for rule in rules_in(_texts(file))}
                for file in sorted(root.glob("notebooks/*.ipynb"))
            },
            "case": {
                file.parent.name: {
                    rule: []
                    for part in ("case.yaml", "key.yaml")
                    if (file.parent / part).is_file()
                    for rule in rules_in((file.parent / part).read_text("utf-8"))
                }
                for file in sorted(root.glob("case_studies/*/*/case.yaml"))
            },
            "assignment": {
                file.parent.name: _of_tasks(file.parent)
                for file in sorted(root.glob(f"assignments/*/{FILE}"))
            },
        }


def rules_in(text: str) -> set[str]:
    """Return the ids of the rules that a text names; "CN-05 to 09" names five."""
    found = set()
    for one in _RULE.finditer(text):
        place, first, last = one.groups()
        found.add(f"{place}-{first}")
        if last:
            between = one[0][one[0].index(first) + 2 :]
            low = int(first) if _RANGE.search(between) else int(last)
            if low <= int(last):
                found |= {f"{place}-{number:02}" for number in range(low, int(last) + 1)}
    return found


def _of_tasks(folder: Path) -> dict[str, list[str]]:
    """Return the rules that an assignment names, each with the tasks that do."""
    found: dict[str, list[str]] = {}
    for task in load(folder):
        for rule in rules_in(task.model_dump_json()):
            found.setdefault(rule, []).append(task.id)
    for file in sorted(folder.glob("*.ipynb")):
        for task_id, text in _before_tasks(file):
            for rule in rules_in(text):
                tasks = found.setdefault(rule, [])
                if task_id and task_id not in tasks:
                    tasks.append(task_id)
    return found


def _before_tasks(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each graded cell's id with the text that leads to it; at last the rest without an id."""
    gathered: list[str] = []
    for cell in _cells(file):
        gathered.append("".join(cell.get("source", "")))
        about = cell.get("metadata", {}).get("nbgrader", {})
        if about.get("grade"):
            yield about.get("grade_id", ""), "\n".join(gathered)
            gathered = []
    yield "", "\n".join(gathered)


def _texts(file: Path) -> str:
    return "\n".join("".join(cell.get("source", "")) for cell in _cells(file))


def _cells(file: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(file.read_text("utf-8")).get("cells", [])
    except (ValueError, AttributeError):
        return []  # a broken notebook is the linter's matter
    return [one for one in found if isinstance(one, dict)]
