"""A course: where its folders lie, and nbgrader configured for it."""

import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nbformat.warnings import MissingIDFieldWarning
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from duecourse.errors import DuecourseError
from duecourse.language import VARIABLE, Language, declared, known
from grader.assignments import Assignment, find

COURSE: Final = "DUECOURSE_COURSE"
CONFIG: Final = "nbgrader_config.py"

# nbgrader 0.9.6 builds its rows in an order that SQLAlchemy 2.1 remarks upon; they are right.
warnings.filterwarnings("ignore", category=SAWarning, module=r"nbgrader\.")
# It also puts a deleted cell back without an id.
warnings.filterwarnings("ignore", category=MissingIDFieldWarning)


@dataclass(frozen=True)
class Course:
    """A course of this checkout, in one language.

    Attributes:
        root: the course root of nbgrader: it holds ``assignments/`` and ``nbgrader_config.py``.
        name: the course's folder below the root, such as ``course``; everything built lies there.
        language: the language of the course.
    """

    root: Path
    name: str
    language: Language

    @property
    def folder(self) -> Path:
        """Where everything of this course is built."""
        return self.root / self.name

    @property
    def keys(self) -> Path:
        """Where the executed keys of the assignments are kept."""
        return self.folder / "keys"

    def assignments(self) -> list[str]:
        """Return the names of all assignments of the checkout."""
        return sorted(file.parent.name for file in self.root.glob("assignments/*/tasks.yaml"))

    def assignment(self, name: str) -> Assignment:
        """Return an assignment of the checkout by its name.

        Raises:
            DuecourseError: there is none of that name.
        """
        return find(self.root, name)

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Let nbgrader, and every process started meanwhile, work on this course."""
        # nbgrader calls the command `alembic` of its own environment by its bare name.
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        wanted = {COURSE: self.name, VARIABLE: self.language, "PATH": programs}
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    def config(self) -> Config:
        """Return what ``nbgrader_config.py`` says for this course."""
        with self.environment():
            config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        # without a root of its own it would be wherever the command was called
        config.CourseDirectory.setdefault("root", str(self.root))
        return config

    def api(self, **more: Any) -> Any:
        """Return nbgrader's own programming interface, configured for this course.

        Args:
            more: further settings by class, such as ``Autograde={"force": True}``.
        """
        config = self.config()
        config.merge(Config(more))
        return NbGraderAPI(CourseDirectory(config=config), config=config)

    @property
    def db_url(self) -> str:
        """The database of the gradebook, as SQLAlchemy names it."""
        return str(CourseDirectory(config=self.config()).db_url)

    def gradebook(self) -> Any:
        """Return nbgrader's gradebook of this course; use it in a ``with`` statement."""
        settings = CourseDirectory(config=self.config())
        with self.environment():
            return Gradebook(settings.db_url, settings.course_id)


def reason_of(done: dict[str, Any]) -> str:
    """Return the line of nbgrader's log that says best why something failed."""
    lines = [line.strip() for line in (done["log"] or "").splitlines() if line.strip()]
    raised = [line for line in lines if re.match(r"[A-Za-z_.]*(Error|Exception|Entry)\b.*: ", line)]
    told = [line for line in lines if line.startswith("[ERROR]")]
    return next(iter((*reversed(raised), *told, *reversed(lines))), "nbgrader gave no reason")


def open_course(
    root: Path | None = None, name: str | None = None, language: str | None = None
) -> Course:
    """Return a course of the checkout in ``root``.

    Args:
        root: the checkout; the nearest folder upward that holds ``nbgrader_config.py`` by default.
        name: the course's folder; DUECOURSE_COURSE or ``course`` by default.
        language: by default DUECOURSE_LANGUAGE, then the language that the course was released in,
            then ``en``.

    Raises:
        DuecourseError: there is no such folder, or no such language.
    """
    if root is None:
        here = Path.cwd()
        root = next((up for up in (here, *here.parents) if (up / CONFIG).is_file()), None)
        if root is None:
            raise DuecourseError(
                f"There is no {CONFIG} in {here} or above it. "
                "Go to the folder of your checkout of duecourse and try again."
            )
    root = root.resolve()
    name = name or os.environ.get(COURSE) or "course"
    language = language or os.environ.get(VARIABLE) or declared(root / name) or "en"
    return Course(root, name, known(language))
