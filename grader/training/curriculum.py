"""What there is to teach, how many minutes each takes, and in which order a role learns it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from duecourse.competencies import Matrix, Role
from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import FILE, Tasks, Text, load
from grader.training.programme import Levels

Kind = Literal["lesson", "case", "assignment"]
DIAGNOSIS: Final = "diagnosis"
_MINUTES: Final = re.compile(r"[Aa]bout (\d+) minutes|大约 ?(\d+) ?分钟")
_LESSONS: Final = re.compile(r"[Ll]essons? (\d+)")
_RANK: Final[dict[Kind, int]] = {"lesson": 0, "case": 1, "assignment": 2}


@dataclass(frozen=True)
class Unit:
    """A lesson, a case or an assignment.

    Attributes:
        name: stem of the notebook, or name of the folder.
        title: in both languages.
        minutes: as its own file says; of a case, the minutes of reading.
        competencies: ids of the competencies that it belongs to.
        after: number of the lesson that it is, or that it comes after.
        exam: a case that is first read in an assignment, and talked about after it.
    """

    kind: Kind
    name: str
    title: Text
    minutes: int
    competencies: tuple[str, ...]
    after: int
    exam: bool = False

    @property
    def place(self) -> tuple[int, int, str]:
        """Its place in the course's order."""
        return self.after, 3 if self.exam else _RANK[self.kind], self.name


@dataclass(frozen=True)
class Curriculum:
    """Everything there is to teach.

    Attributes:
        units: in the course's order.
        missing: lessons, cases and assignments of the matrix that this checkout does not have.
        diagnosis: whether there is an assignment for finding out where somebody stands.
    """

    units: tuple[Unit, ...]
    missing: tuple[str, ...] = ()
    diagnosis: bool = False

    def of_role(self, role: Role, levels: Levels) -> tuple[Unit, ...]:
        """Return what a role has to learn: work of a kind belongs to it from a level of need on."""
        least = {"lesson": levels.lesson, "case": levels.case, "assignment": levels.assignment}
        return tuple(
            unit
            for unit in self.units
            if max((role.needs[one] for one in unit.competencies), default=0) >= least[unit.kind]
        )


def curriculum(root: Path, matrix: Matrix) -> Curriculum:
    """Read what a checkout has of the matrix's lessons, cases and assignments.

    Raises:
        DuecourseError: it has none of the lessons, or one of its files cannot be read.
    """
    sources = {file.stem: file for file in sorted((root / "notebooks").glob("*.ipynb"))}
    texts = {name: sources[name].read_text("utf-8") for name in matrix.lessons if name in sources}
    if not texts:
        text = _("There are no lessons in {folder}.")
        raise DuecourseError(text.format(folder=root / "notebooks"))
    units = [
        Unit("lesson", name, matrix.lessons[name], _minutes(sources[name], text),
             _belonging(matrix, "lessons", name), _number(name))
        for name, text in texts.items()
    ]  # fmt: skip
    tasks = {
        name: load(root / "assignments" / name)
        for name in matrix.assignments
        if name != DIAGNOSIS and (root / "assignments" / name / FILE).is_file()
    }
    units += _assignments(matrix, tasks)
    units += _cases(root, matrix, texts, {one.name: one for one in units}, tasks)
    have = {unit.name for unit in units} | {DIAGNOSIS}
    wanted = (*matrix.lessons, *matrix.cases, *matrix.assignments)
    return Curriculum(
        tuple(sorted(units, key=lambda unit: unit.place)),
        tuple(name for name in wanted if name not in have),
        (root / "assignments" / DIAGNOSIS / FILE).is_file(),
    )


def _assignments(matrix: Matrix, tasks: dict[str, Tasks]) -> Iterator[Unit]:
    for name, asked in tasks.items():
        own = _belonging(matrix, "assignments", name)
        lessons = {_number(lesson) for one in own for lesson in matrix[one].lessons}
        after = _rests_on(asked) or max(lessons, default=0)
        title = matrix.assignments[name]
        yield Unit("assignment", name, title, asked.minutes, own, after)


def _cases(
    root: Path,
    matrix: Matrix,
    lessons: dict[str, str],
    known: dict[str, Unit],
    tasks: dict[str, Tasks],
) -> Iterator[Unit]:
    for name in matrix.cases:
        files = sorted((root / "case_studies").glob(f"*/{name}/case.yaml"))
        if not files:
            continue
        about = _read(files[0])
        own = _belonging(matrix, "cases", name)
        exam = about.get("use") == "exam"
        named = f'"{name}"' if '"' not in name else name
        opened = [_number(lesson) for lesson, text in lessons.items() if _opens(text, named)]
        if exam:
            opened = [known[one].after for one, asked in tasks.items() if name in asked.all_cases]
        rest = [_number(lesson) for one in own for lesson in matrix[one].lessons]
        after = max(opened) if exam and opened else min(opened, default=max(rest, default=0))
        minutes = int(about.get("minutes") or 0)
        yield Unit("case", name, matrix.cases[name], minutes, own, after, exam)


def _opens(notebook: str, named: str) -> bool:
    return named in notebook or named.replace('"', '\\"') in notebook


def _read(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DuecourseError(f"{file} is not readable as YAML: {error}") from error
    return found if isinstance(found, dict) else {}


def _belonging(matrix: Matrix, kind: str, name: str) -> tuple[str, ...]:
    return tuple(one.id for one in matrix.competencies if name in getattr(one, kind))


def _number(lesson: str) -> int:
    return int(re.match(r"\d*", lesson)[0] or 0)  # type: ignore[index]


def _minutes(file: Path, text: str) -> int:
    """Return the minutes that a lesson's head names."""
    try:
        cells = json.loads(text)["cells"][:4]
        head = "\n".join("".join(cell["source"]) for cell in cells)
    except (ValueError, KeyError, TypeError) as error:
        raise DuecourseError(f"{file} is not readable as a notebook: {error}") from error
    found = _MINUTES.search(head)
    if not found:
        text = _("The head of {file} does not say how many minutes the lesson takes.")
        raise DuecourseError(text.format(file=file))
    return int(found[1] or found[2])


def _rests_on(tasks: Tasks) -> int:
    """Return the latest lesson that at least two tasks name as the place to look."""
    counts: dict[int, int] = {}
    for task in tasks:
        text = (task.look or {}).get("en", "")
        for number in {int(one) for one in _LESSONS.findall(text)}:
            counts[number] = counts.get(number, 0) + 1
    often = [number for number, count in counts.items() if count > 1]
    return max(often or counts, default=0)
