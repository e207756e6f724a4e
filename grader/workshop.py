"""The workshop: a whole course in a folder of its own, with a class that never was.

Only ``course/demonstration`` (English) and ``course/demonstration-zh`` (Chinese) are ever built or
removed here. A real class in ``course/`` is not touched.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import nbformat
from rich.table import Table
from rich.text import Text
from sqlalchemy.engine import make_url

from duecourse.errors import DuecourseError
from duecourse.language import Language, _, speaking
from grader.course import CONFIG, Course
from grader.demonstration import LEARNERS, Submission, make_class
from grader.findings import noticed
from grader.grading import autograde
from grader.handback import feedback, graded
from grader.integrity import gradebook_file
from grader.release import lay_out, release
from grader.reporting.writing import write as write_report
from grader.results import Results

FOLDERS: Final[dict[Language, str]] = {
    "en": "course/demonstration",
    "zh": "course/demonstration-zh",
}
LEARNER: Final = "learner"
START: Final = "notebooks/00-start-here.ipynb"
_KEPT: Final = {"keys", "settings", LEARNER}


@dataclass(frozen=True)
class Step:
    """How far the work has come.

    Attributes:
        stage: what is being done.
        item: what was just finished, such as a learner; empty at a stage's beginning.
        number: how much of the stage is finished.
        total: how much there is.
    """

    stage: str
    item: str
    number: int
    total: int


def demonstration(root: Path, language: Language) -> Course:
    """Return the demonstration course of a checkout."""
    return Course(root, FOLDERS[language], language)


def build(
    course: Course, now: datetime, *, seed: int = 24, isolated: bool = True
) -> Iterator[Step]:
    """Build a demonstration course anew: release, a class of 24, marks, feedback and reports.

    Args:
        course: from `demonstration`; any other course is refused.
        now: the moment that counts as now; the due date lies four days before it.
        seed: another seed is another class.
        isolated: whether the class's code is kept from everything but its own files.

    Raises:
        DuecourseError: the course is a real one, or a step of the work fails.
    """
    with speaking(course.language):
        yield from _build(course, now, seed, isolated=isolated)


def _build(course: Course, now: datetime, seed: int, *, isolated: bool) -> Iterator[Step]:
    names = course.assignments()
    if not names:
        text = _("There is no assignment in {folder}.")
        raise DuecourseError(text.format(folder=course.root / "assignments"))
    _clear(course)
    due = (now.astimezone(UTC) - timedelta(days=4)).replace(hour=10, minute=0, second=0)
    due = due.replace(microsecond=0)
    stage = _("Releasing the assignments")
    yield Step(stage, "", 0, len(names))
    _enrol(course)
    for number, name in enumerate(names, 1):
        release(course, name)
        _hand_in(course, name, due, _class(course, name, due, seed))
        yield Step(stage, name, number, len(names))
    lay_out(course, course.folder / LEARNER)
    for name in names:
        learners = sorted(file.parent.name for file in course.folder.glob(f"submitted/*/{name}"))
        stage = _("Grading {name}").format(name=name)
        yield Step(stage, "", 0, len(learners))
        for number, done in enumerate(autograde(course, name, isolated=isolated), 1):
            if done.state == "failed":
                text = _("The submission of {learner} could not be graded: {reason}")
                raise DuecourseError(text.format(learner=done.learner, reason=done.reason))
            yield Step(stage, done.learner, number, len(learners))
        stage = _("Writing the feedback of {name}").format(name=name)
        total = len(graded(course, name))
        for number, back in enumerate(feedback(course, name, now=now), 1):
            if not back.pages:
                text = _("The feedback of {learner} could not be written: {reason}")
                raise DuecourseError(text.format(learner=back.learner, reason=back.reason))
            yield Step(stage, back.learner, number, total)
        write_report(course, name)


def _clear(course: Course) -> None:
    """Remove what an earlier workshop built, but not a learner's own files and executed keys."""
    from nbgrader.utils import rmtree

    folder = course.folder
    if course.name not in FOLDERS.values() or folder.is_symlink():
        text = _("{folder} is not a demonstration course; nothing in it was changed.")
        raise DuecourseError(text.format(folder=folder))
    book = gradebook_file(course.db_url)
    if book is None or not book.resolve().is_relative_to(folder.resolve()):
        text = _(
            "The invented class would be written into {gradebook}, which is not the demonstration's "
            "own gradebook; nothing was changed. In {file}, set CourseDirectory.db_url for your "
            "course alone: if ours.name == 'course'."
        )
        place = make_url(course.db_url).render_as_string(hide_password=True)
        raise DuecourseError(text.format(gradebook=place, file=CONFIG))
    try:
        for inner in folder.iterdir() if folder.is_dir() else ():
            if inner.name not in _KEPT:
                if inner.is_dir() and not inner.is_symlink():
                    rmtree(str(inner))
                else:
                    inner.unlink()
    except PermissionError as error:
        text = _("{file} is in use. Close JupyterLab and try again.")
        raise DuecourseError(text.format(file=error.filename)) from error


def _class(course: Course, name: str, due: datetime, seed: int) -> list[Submission]:
    assignment = course.assignment(name)
    solved = assignment.notebooks
    folder = course.folder / "release" / name
    released = {
        notebook: nbformat.read(folder / f"{notebook}.ipynb", as_version=4) for notebook in solved
    }
    return make_class(
        solved,
        released,
        language=course.language,
        due=due,
        seed=seed,
        cases=assignment.cases,
    )


def _enrol(course: Course) -> None:
    """Put the class on the list, so that the exam worlds are dealt evenly."""
    with course.gradebook() as gradebook:
        for learner in LEARNERS:
            gradebook.update_or_create_student(
                learner.id, first_name=learner.first_name, last_name=learner.last_name
            )


def _hand_in(course: Course, name: str, due: datetime, submissions: Sequence[Submission]) -> None:
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(name, duedate=due.replace(tzinfo=None))
    for submission in submissions:
        folder = course.folder / "submitted" / submission.learner.id / name
        for file, content in submission.files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)


def class_table(results: Results) -> Table:
    """Return the class as a table for a terminal, in the current language."""
    table = Table(title=results.title, title_justify="left", show_edge=False, pad_edge=False)
    table.add_column(_("learner"), no_wrap=True)
    table.add_column(_("name"), no_wrap=True)
    table.add_column(_("points of {max}").format(max=f"{results.max:g}"), justify="right")
    table.add_column(_("what was noticed"))
    for row in results.learners.to_dict("records"):
        points = "-" if row["points"] is None else f"{row['points']:.3g}"
        # Text, not a string: a learner's name is no markup.
        table.add_row(Text(row["learner"]), Text(row["name"]), points, Text(noticed(row)))
    return table


def what_to_click(course: Course) -> str:
    """Say where a learner and an instructor find what was built, in the current language."""
    return "\n".join(
        [
            _("As a learner: open {file}").format(file=f"{course.name}/{LEARNER}/{START}"),
            _(
                "As an instructor: menu Nbgrader, Formgrader, then Manual Grading or Manage Students"
            ),
            *(
                _("Report: {file}").format(file=f"{course.name}/report/{name}.html")
                for name in course.assignments()
            ),
            _("Feedback: {folder}").format(folder=f"{course.name}/feedback/"),
        ]
    )


def lab(course: Course) -> int:
    """Open JupyterLab on the learner's start page and wait until it is closed.

    It listens on this machine alone and works on the given course.

    Returns:
        JupyterLab's exit code.
    """
    page = f"/lab/tree/{course.name}/{LEARNER}"
    if (course.folder / LEARNER / START).is_file():
        page += f"/{START}"
    command = [sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1", "--ServerApp.root_dir=."]
    command.append(f"--LabApp.default_url={page}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root; without this JupyterLab would not start.
        command.append("--allow-root")
    with course.environment():
        os.environ["JUPYTERLAB_SETTINGS_DIR"] = str(_settings(course))
        server = subprocess.Popen(command, cwd=course.root)  # noqa: S603 - our own words only
        while True:
            try:
                return server.wait()
            except KeyboardInterrupt:
                # It asks its own question about closing; only its end is ours.
                continue


def _settings(course: Course) -> Path:
    """Write JupyterLab's settings for the workshop alone: its menus speak the course's language."""
    folder = course.folder / "settings"
    said = {"en": "default", "zh": "zh_CN"}[course.language]
    for plugin, settings in (
        ("translation-extension/plugin", {"locale": said}),
        ("apputils-extension/notification", {"fetchNews": "false"}),
    ):
        file = folder / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        if not file.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings), "utf-8")
    return folder
