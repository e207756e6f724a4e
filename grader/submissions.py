"""Submissions as they come: read with care, put back into the form that was handed out.

A notebook that cannot be read is replaced by the released one with a note of the reason, so that
its tasks become explained zeros and nobody else's grading stops.
"""

import json
import stat
from pathlib import Path
from typing import Any, Final

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.handed_in import LARGEST, read

NOTE: Final = "unreadable"
CONTENT: Final = "content"
LOST: Final = "lost"
"""Why calls and codings that were handed in are of no use, by task."""


class UnreadableSubmission(DuecourseError):
    """A submitted notebook cannot be read; the message says why."""


def read_notebook(file: Path) -> NotebookNode:
    """Read a submitted notebook.

    Raises:
        UnreadableSubmission: it is no plain file, too large, no UTF-8, no JSON, or no notebook.
    """
    mode = file.lstat().st_mode
    if not stat.S_ISREG(mode):
        raise UnreadableSubmission(_("it is a link or a special file, not a notebook"))
    if file.stat().st_size > LARGEST:
        text = _("it is larger than {most} MiB")
        raise UnreadableSubmission(text.format(most=LARGEST // 1024**2))
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableSubmission(_("it is not written in UTF-8")) from error
    if not text.strip():
        raise UnreadableSubmission(_("it is empty"))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableSubmission(_("it is damaged: not readable as JSON")) from error
    try:
        # half a character, which JSON can spell, is no text that could be written again
        text = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode()
        notebook = nbformat.reads(text, as_version=4)
        _changes, notebook = nbformat.validator.normalize(notebook)
        for cell in notebook.cells:
            cell.setdefault("metadata", NotebookNode())
        nbformat.validate(notebook, relax_add_props=True)
    except Exception as error:  # nbformat raises whatever the data provoke
        raise UnreadableSubmission(_("it is JSON, but not a notebook")) from error
    return notebook


class SubmissionExporter(NotebookExporter):
    """Reads a submitted notebook for nbgrader's autograde and never fails over its content."""

    def from_filename(
        self, filename: str, resources: Any = None, **more: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Convert a notebook file; an unreadable one becomes the released one with a note."""
        file = Path(filename)
        resources = self._init_resources(resources)
        resources["metadata"]["name"] = file.stem
        resources["metadata"]["path"] = str(file.parent)
        notebook, note = as_submitted(file, self.config, resources)
        if note:
            self.log.warning("%s: %s", filename, note)
        return self.from_notebook_node(notebook, resources=resources, **more)


def as_submitted(file: Path, config: Any, resources: Any) -> tuple[NotebookNode, str]:
    """Read a submitted notebook, or the released one in its place.

    Args:
        file: the submitted notebook.
        config: nbgrader's configuration.
        resources: nbconvert's resources of the notebook; `NOTE` in them says why it is not read.

    Returns:
        the notebook, and why it is not the submitted one; empty if it is.
    """
    try:
        return read_notebook(file), ""
    except UnreadableSubmission as error:
        resources[NOTE] = str(error)
        return released(config, resources), str(error)


def released(config: Any, resources: Any) -> NotebookNode:
    """Return the notebook as it was handed out.

    Raises:
        DuecourseError: it was not released yet.
    """
    course = CourseDirectory(config=config)
    about = resources["nbgrader"]
    folder = course.format_path(course.release_directory, ".", about["assignment"])
    file = Path(course.root) / folder / f"{about['notebook']}.ipynb"
    if not file.is_file():
        raise DuecourseError(
            f"{file} does not exist. Release the assignment first: "
            f"duecourse release {about['assignment']}"
        )
    return nbformat.read(file, as_version=4)


class RestoreCells(NbGraderPreprocessor):
    """Puts a submission's metadata back as they were handed out.

    Of a cell that stands twice the last one counts. Cell tags (one of them skips execution),
    widget state and foreign nbgrader metadata are dropped. What was handed in is noted by its
    content, so that a change is seen even where the timestamp is the same.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Restore one notebook."""
        original = {
            cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader
            for cell in released(self.config, resources).cells
            if "nbgrader" in cell.metadata
        }
        course = CourseDirectory(config=self.config)
        folder = Path(course.root, resources["metadata"]["path"])
        handed_in = read(resources["nbgrader"]["student"], folder, course.ignore)
        nb.metadata.pop("widgets", None)
        nb.metadata["duecourse"] = {CONTENT: handed_in.content}
        for about in (NOTE, LOST):
            if about in resources:
                nb.metadata["duecourse"][about] = resources[about]
        seen: set[str] = set()
        for cell in reversed(nb.cells):
            claimed = cell.metadata.pop("nbgrader", None)
            cell.metadata.pop("tags", None)
            name = claimed.get("grade_id") if isinstance(claimed, dict) else None
            if isinstance(name, str) and name in original and name not in seen:
                seen.add(name)
                cell.metadata["nbgrader"] = NotebookNode(original[name])
        return nb, resources


def about(file: Path) -> Any:
    """Return what grading noted about a graded notebook; empty where it noted nothing."""
    try:
        data = json.loads(file.read_bytes())
        noted = data["metadata"].get("duecourse", {})
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return {}
    return noted if isinstance(noted, dict) else {}
