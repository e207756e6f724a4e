"""A snapshot of an assignment: all that a worker needs to grade a submission of it, as plain data.

A worker reads neither the course nor its gradebook. It unpacks the snapshot into a folder of its
own, which looks like a course root that holds this assignment alone.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from duecourse.cases.files import SHELF
from duecourse.errors import DuecourseError
from duecourse.language import Language, _
from duecourse.tasks import FILE
from grader.assignments import Assignment, opened
from grader.cases import files_of
from grader.course import Course
from grader.dealing import DEALT, in_use
from grader.grading.definition import (
    Definition,
    NamedCell,
    NotebookDefinition,
    PointsCell,
    SourceCell,
)
from grader.handed_in import plain
from grader.key import Key, key_of, keys_of
from grader.worlds import worlds_of

_DIRECTORIES: Final = {
    "source_directory": "assignments",
    "release_directory": "course/release",
    "submitted_directory": "course/submitted",
    "autograded_directory": "course/autograded",
}
_HOOKS: Final = ("pre_convert_hook", "post_convert_hook")


@dataclass(frozen=True)
class Snapshot:
    """All that grading an assignment needs, without submissions.

    Attributes:
        assignment: the assignment's name.
        language: the language of marks and messages.
        config: nbgrader's configuration of the course; its root is put in by `unpack`.
        definition: what the gradebook says of the assignment.
        keys: the executed keys by world; None for a course without answers of ours.
        files: files by their place below the course root.
        given: names of the assignment's own files that lie beside every notebook while it runs.
        isolated: whether learners' code runs in isolation.
    """

    assignment: str
    language: Language
    config: Config
    definition: Definition
    keys: Mapping[int | None, Key] | None
    files: Mapping[str, bytes]
    given: tuple[str, ...]
    isolated: bool

    @cached_property
    def digest(self) -> str:
        """What tells this snapshot from any other."""
        taken = hashlib.sha256(repr((self.definition, self.isolated)).encode())
        for name in sorted(self.files):
            taken.update(name.encode() + b"\0" + hashlib.sha256(self.files[name]).digest())
        taken.update(json.dumps(self.config, sort_keys=True, default=str).encode())
        taken.update(repr(self.keys).encode())
        return taken.hexdigest()[:20]

    def unpack(self, root: Path) -> Config:
        """Write the files below ``root`` and return the configuration of a course there."""
        for name, content in self.files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return placed(self.config, root)

    def beside(self) -> dict[str, bytes]:
        """Return the assignment's own files that lie beside every notebook, by their place there."""
        source = f"{_DIRECTORIES['source_directory']}/{self.assignment}"
        return {name: self.files[f"{source}/{name}"] for name in self.given}


def placed(config: Config, root: Path) -> Config:
    """Return the configuration with the folders of an unpacked snapshot."""
    config = Config(config)
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.directory_structure = "{nbgrader_step}/{student_id}/{assignment_id}"
    for name, folder in _DIRECTORIES.items():
        config.CourseDirectory[name] = folder
    return config


def take(course: Course, coursedir: CourseDirectory, name: str, *, isolated: bool) -> Snapshot:
    """Take the snapshot of an assignment.

    Raises:
        DuecourseError: there is no such assignment, it was not released, or its solved notebook
            fails.
    """
    source = Path(coursedir.format_path(coursedir.source_directory, ".", name)).resolve()
    release = Path(coursedir.format_path(coursedir.release_directory, ".", name)).resolve()
    definition = defined(coursedir, name)
    if not source.is_dir():
        raise DuecourseError(_("There is no folder {folder}.").format(folder=source))
    if definition is None or not release.is_dir():
        text = _("'{name}' is not released yet. First: duecourse release {name}")
        raise DuecourseError(text.format(name=name))
    config = course.config()
    for hook in _HOOKS:
        config.BaseConverter.pop(hook, None)
        config.Autograde.pop(hook, None)
    config.ExecuteToTheEnd.isolated = isolated
    files = {f"{_DIRECTORIES['release_directory']}/{name}": release}
    files[f"{_DIRECTORIES['source_directory']}/{name}"] = source
    keys: Mapping[int | None, Key] | None = None
    found = dict(_files(files))
    if (source / FILE).is_file():
        assignment = opened(source)
        keys = _keys(course, assignment)
        found |= dict(_beside(course, assignment))
    given = tuple(_given(config, coursedir, name, source))
    return Snapshot(name, course.language, config, definition, keys, found, given, isolated)


def _given(config: Config, coursedir: CourseDirectory, name: str, source: Path) -> Iterator[str]:
    """Yield the names of the source's files that nbgrader lays over a submission's own."""
    excluded = set(Autograde(coursedir=coursedir, config=config).exclude_overwriting.get(name, ()))
    for file in plain(source, [*coursedir.ignore, "*.ipynb"]):
        if file.is_file() and (place := file.relative_to(source).as_posix()) not in excluded:
            yield place


def defined(coursedir: CourseDirectory, name: str) -> Definition | None:
    """Return what the gradebook says of an assignment; None where it says nothing."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            entry = gradebook.find_assignment(name)
        except MissingEntry:
            return None
        found = {one.name: _notebook(one) for one in entry.notebooks}
        return Definition(name, found) if found else None


def _notebook(row: Any) -> NotebookDefinition:
    solved = {cell.name for cell in row.solution_cells}
    return NotebookDefinition(
        name=row.name,
        kernelspec=json.loads(row.kernelspec) if row.kernelspec else None,
        source_cells=tuple(
            SourceCell(cell.name, cell.cell_type, cell.locked, cell.source, cell.checksum)
            for cell in row.source_cells
        ),
        grade_cells=tuple(
            PointsCell(
                cell.name, cell.max_score, cell.cell_type == "code" and cell.name not in solved
            )
            for cell in row.grade_cells
        ),
        solution_cells=tuple(NamedCell(cell.name) for cell in row.solution_cells),
        task_cells=tuple(PointsCell(cell.name, cell.max_score, False) for cell in row.task_cells),
    )


def _keys(course: Course, assignment: Assignment) -> Mapping[int | None, Key]:
    worlds = worlds_of(assignment, course.keys)
    if worlds is None:
        return {None: key_of(assignment, course.keys)}
    executed = keys_of(assignment, course.keys, in_use(course.folder, worlds))
    return {key.world: key for key in executed.values()}


def _files(places: Mapping[str, Path]) -> Iterator[tuple[str, bytes]]:
    for place, folder in places.items():
        for file in plain(folder, [".ipynb_checkpoints", "__pycache__"]):
            if file.is_file():
                yield f"{place}/{file.relative_to(folder).as_posix()}", file.read_bytes()


def _beside(course: Course, assignment: Assignment) -> Iterator[tuple[str, bytes]]:
    """Yield what an assignment of ours reads beyond its own folder: its cases and worlds."""
    for case in assignment.cases.values():
        for file in files_of(case, key=True):
            yield f"{SHELF}/{file.relative_to(course.root / SHELF).as_posix()}", file.read_bytes()
    if worlds := worlds_of(assignment, course.keys):
        if (listed := course.folder / DEALT).is_file():
            yield f"course/{DEALT}", listed.read_bytes()
        for number in in_use(course.folder, worlds):
            worlds.folder(number)
        store = worlds.store.relative_to(course.folder).as_posix()
        yield from _files({f"course/{store}": worlds.store})
