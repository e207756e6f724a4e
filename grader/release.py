"""Release: what learners get, in one language, without anything that only an instructor may see."""

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

import nbformat
import yaml
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Enum

from duecourse.cases.files import BESIDE, CASE, SHELF, CaseFile, read
from duecourse.errors import DuecourseError
from duecourse.kept import ANSWERS
from duecourse.language import LANGUAGES, Language, declared
from duecourse.tasks import FILE, CallTask, CodingTask, load
from grader.assignments import Assignment
from grader.cases import case_files, files_of
from grader.course import Course, reason_of
from grader.dealing import handout, known_learners
from grader.languages import (
    INSTRUCTORS,
    one_language,
    one_language_of_text,
    one_language_of_yaml,
)
from grader.rubrics.sheet import insert_rubrics
from grader.worlds import remove, worlds_of

GIVEN: Final = ".given.json"
"""File of a learner's folder that says what was laid out, by content."""


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


class GiveCases(NbGraderPreprocessor):
    """Gives out the cases that an assignment names, in one language and without their keys.

    Whatever lies in the source folder under their place, or under that of learners' own answers,
    stays where it is.
    """

    language = Enum(LANGUAGES, default_value="en", help="The language that is kept.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Add them to what goes out with one notebook, which stays as it is."""
        course = CourseDirectory(config=self.config)
        name = resources["nbgrader"]["assignment"]
        source = Path(course.root, course.format_path(course.source_directory, ".", name))
        folder = Path(course.root, course.format_path(course.release_directory, ".", name))
        for own in (BESIDE, ANSWERS):
            remove(folder / own)
        if (source / FILE).is_file():
            assignment = Assignment(source)
            _unknown_to_learners(assignment)
            given = {
                f"{BESIDE}/{slug}/{file}": content
                for slug, case in assignment.cases.items()
                for file, content in contents_of(
                    case, self.language, key=False, calls=_asked(assignment, slug)
                )
            }
            resources["outputs"] = {**(resources.get("outputs") or {}), **given}
        return nb, resources


def _unknown_to_learners(assignment: Assignment) -> None:
    """Make sure that no task is marked by a key that every learner has."""
    marked = [task for task in assignment.tasks if isinstance(task, CallTask | CodingTask)]
    for task in marked:
        if assignment.cases[task.case].case.use != "exam":
            raise DuecourseError(
                f"{assignment.name}: '{task.id}' is marked by the key of '{task.case}', which is "
                "for practice: every learner gets that key. Take a case whose use is exam."
            )


def _asked(assignment: Assignment, slug: str) -> set[str]:
    """Return the calls of a case that an assignment asks for; what others say there gives answers."""
    calls = (task for task in assignment.tasks if isinstance(task, CallTask))
    return {task.call for task in calls if task.case == slug}


def contents_of(
    case: CaseFile, language: Language, *, key: bool, calls: Collection[str] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield the names of a case's files and what they hold in one language.

    Args:
        case: the case.
        language: the language to keep.
        key: whether its key is among them.
        calls: the calls that stay in the file; all by default.
    """
    for file in files_of(case, key=key):
        content = file.read_bytes()
        if file.suffix == ".yaml":
            text = one_language_of_yaml(content.decode("utf-8-sig"), language)
            if file.name == CASE and calls is not None:
                data = yaml.safe_load(text)
                data["calls"] = [one for one in data.get("calls", []) if one["id"] in calls]
                text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
            content = text.encode()
        yield file.name, content


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
        yield FILE, one_language_of_yaml((folder / FILE).read_text("utf-8"), language)
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
    """Build a learner's folder: lessons, practice cases, and the released assignments.

    All of it is in the course's language. The exam cases of released assignments come with them.
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
    old = {name for name in given if name.startswith(f"{SHELF}/")}
    kept = []
    for name, content in _handout(course):
        to = folder / name
        old.discard(name)
        if to.is_file() and digest_of(to.read_bytes()) not in (given.get(name), digest_of(content)):
            kept.append(to)
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)
        given[name] = digest_of(content)
    for name in old:
        # A case that was taken back, such as for an exam, must not stay there with its key.
        if (folder / name).is_file() and digest_of((folder / name).read_bytes()) == given[name]:
            (folder / name).unlink()
        del given[name]
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
    for file in case_files(course.root):
        case = read(file.parent)
        if case.case.use == "practice":
            place = file.parent.relative_to(course.root).as_posix()
            for name, content in contents_of(case, course.language, key=True):
                yield f"{place}/{name}", content
    for file in sorted(released.rglob("*")):
        if file.is_file():
            yield f"assignments/{file.relative_to(released).as_posix()}", file.read_bytes()
