"""Release: what learners get, in one language, without anything that only an instructor may see."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import nbformat
import yaml
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum

from duecourse.errors import DuecourseError
from duecourse.language import LANGUAGES, Language, declared
from duecourse.tasks import FILE, load
from grader.assignments import Assignment
from grader.course import Course, reason_of
from grader.dealing import handout, known_learners
from grader.rubric import insert_rubrics
from grader.worlds import worlds_of

INSTRUCTORS: Final = frozenset({"mistake", "instructor"})
"""Tags of cells that never leave the instructor's side."""
GIVEN: Final = ".given.json"
"""File of a learner's folder that says what was laid out, by content."""
_KEPT: Final = {"lang", "nbgrader", "slideshow", "jupyter"}
_BLOCK: Final = re.compile(r"<!-- lang:(\w+) -->\n?(.*?)<!-- /lang -->\n?", re.DOTALL)


def one_language(notebook: NotebookNode, language: Language) -> NotebookNode:
    """Drop the cells of other languages and every cell for instructors, in place."""
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("lang", language) == language
        and not INSTRUCTORS & set(cell.metadata.get("tags", []))
    ]
    for cell in notebook.cells:
        for name in set(cell.metadata) - _KEPT:
            del cell.metadata[name]
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata = NotebookNode(
        {
            name: notebook.metadata[name]
            for name in ("kernelspec", "language_info")
            if name in notebook.metadata
        }
    )
    notebook.metadata["lang"] = language
    return notebook


def one_language_of_text(text: str, language: Language) -> str:
    """Keep the blocks of one language of a Markdown text (``<!-- lang:en --> ... <!-- /lang -->``)."""
    return _BLOCK.sub(lambda found: found[2] if found[1] == language else "", text)


def one_language_of_data(data: Any, language: Language) -> Any:
    """Keep one language of every ``{"en": ..., "zh": ...}`` in YAML data."""
    if isinstance(data, list):
        return [one_language_of_data(one, language) for one in data]
    if not isinstance(data, dict):
        return data
    if data and set(data) <= set(LANGUAGES) and language in data:
        return {language: data[language]}
    return {name: one_language_of_data(value, language) for name, value in data.items()}


def one_language_of_tasks(text: str, language: Language) -> str:
    """Return ``tasks.yaml`` in one language, and with that language's name in it."""
    data = {"language": language, **one_language_of_data(yaml.safe_load(text), language)}
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


class DropInstructorCells(NbGraderPreprocessor):
    """Drops known mistakes and whatever else is tagged for instructors."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Drop them from one notebook."""
        nb.cells = [
            cell for cell in nb.cells if not INSTRUCTORS & set(cell.metadata.get("tags", []))
        ]
        return nb, resources


class KeepLanguage(NbGraderPreprocessor):
    """Keeps one language of the notebook, of ``tasks.yaml`` and of the Markdown files beside it.

    The rubrics of written tasks are put into the notebook.
    """

    language = Enum(LANGUAGES, default_value="en", help="The language that is kept.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Keep one language of one notebook; the other files go out with it."""
        course = CourseDirectory(config=self.config)
        name = resources["nbgrader"]["assignment"]
        source = Path(course.root, course.format_path(course.source_directory, ".", name))
        outputs = dict(resources.get("outputs") or {})
        for file, text in texts_of(source, self.language):
            outputs[file] = text.encode()
        resources["outputs"] = outputs
        one_language(nb, self.language)
        if (source / FILE).is_file():
            insert_rubrics(nb, load(source), self.language)
        return nb, resources


class GiveWorlds(NbGraderPreprocessor):
    """Gives out the worlds of an assignment beside its notebook, and who works in which.

    The worlds are made if they are missing, and dealt evenly to everybody who is known.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Add them to what goes out with one notebook, which stays as it is."""
        course = CourseDirectory(config=self.config)
        name = resources["nbgrader"]["assignment"]
        source = Path(course.root, course.format_path(course.source_directory, ".", name))
        folder = Path(course.root, course.format_path(course.release_directory, ".", name))
        ours = folder.parents[1]
        if worlds := worlds_of(Assignment(source), ours / "keys"):
            with Gradebook(course.db_url, course.course_id) as gradebook:
                learners = known_learners(ours, [one.id for one in gradebook.students])
            given = handout(ours, worlds, learners)
            resources["outputs"] = {**(resources.get("outputs") or {}), **given}
        return nb, resources


def texts_of(folder: Path, language: Language) -> Iterator[tuple[str, str]]:
    """Yield the name and the one-language text of ``tasks.yaml`` and every Markdown file."""
    if (folder / FILE).is_file():
        yield FILE, one_language_of_tasks((folder / FILE).read_text("utf-8"), language)
    for file in sorted(folder.glob("*.md")):
        yield file.name, one_language_of_text(file.read_text("utf-8"), language)


def release(course: Course, assignment: str) -> Path:
    """Release one assignment: build it into the course's release folder and the gradebook.

    Returns:
        the folder that was built.

    Raises:
        DuecourseError: there is no such assignment, the course was released in another language,
            or nbgrader refuses; the message says why.
    """
    course.assignment(assignment)
    before = declared(course.folder) if (course.folder / "course.yaml").is_file() else None
    if before not in (None, course.language):
        raise DuecourseError(
            f"{course.folder} is a course in '{before}'. A course has one language: choose another "
            f"folder, such as --course {course.name}-{course.language}."
        )
    _declare(course.folder, course.language)
    with course.environment():
        done = course.api().generate_assignment(assignment, force=True, create=True)
    if not done["success"]:
        raise DuecourseError(f"'{assignment}' could not be released: {reason_of(done)}")
    return course.folder / "release" / assignment


def _declare(folder: Path, language: Language) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "course.yaml").write_text(f"language: {language}\n", "utf-8")


def lay_out(course: Course, folder: Path) -> list[Path]:
    """Build a learner's folder: the lessons in the course's language, the released assignments.

    A file that somebody changed since it was laid out is somebody's work and stays as it is; so
    does every file of a learner's own. Everything else is written anew.

    Args:
        course: the course; its release folder is copied.
        folder: the learner's folder, made if it is missing.

    Returns:
        the changed files that were left alone.
    """
    _declare(folder, course.language)
    note = folder / GIVEN
    given = json.loads(note.read_text("utf-8")) if note.is_file() else {}
    kept = []
    for name, content in _handout(course):
        to = folder / name
        if to.is_file() and digest_of(to.read_bytes()) not in (given.get(name), digest_of(content)):
            kept.append(to)
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)
        given[name] = digest_of(content)
    note.write_text(json.dumps(given, indent=0, sort_keys=True), "utf-8")
    return kept


def digest_of(content: bytes) -> str:
    """Return what tells one file's content from another's."""
    return hashlib.sha256(content).hexdigest()[:20]


def _handout(course: Course) -> Iterator[tuple[str, bytes]]:
    """Yield everything that a learner gets, by its path in the learner's folder."""
    lessons, released = course.root / "notebooks", course.folder / "release"
    for file in sorted(lessons.rglob("*")):
        if not file.is_file() or {"__pycache__", ".ipynb_checkpoints"} & set(file.parts):
            continue
        content = file.read_bytes()
        if file.suffix == ".ipynb":
            notebook = one_language(nbformat.read(file, as_version=4), course.language)
            content = nbformat.writes(notebook).encode()
        elif file.suffix == ".md":
            content = one_language_of_text(content.decode(), course.language).encode()
        yield f"notebooks/{file.relative_to(lessons).as_posix()}", content
    for file in sorted(released.rglob("*")):
        if file.is_file():
            yield f"assignments/{file.relative_to(released).as_posix()}", file.read_bytes()
