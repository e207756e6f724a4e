"""Calls and codings as they come back: from their files, or from what the notebook itself recorded.

A file counts as long as it holds a whole answer. Where it is missing, damaged or of no use, what
`check` left in the saved notebook takes its place, so that a single ``.ipynb`` is enough. What the
notebook will find when it is executed is written anew; nothing of a learner's links is followed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from duecourse.answers import MIME
from duecourse.codings import transcript_of
from duecourse.conversations import lacks_of_call, lacks_of_coding, script_of
from duecourse.kept import (
    ANSWERS,
    VALUES,
    Kept,
    Kind,
    Unusable,
    as_text,
    file_of,
    from_log,
    log_of,
    look,
    understood,
)
from duecourse.language import _
from duecourse.tasks import FILE, CallTask, CodingTask
from grader.assignments import Assignment, opened
from grader.submissions import LOST
from grader.worlds import remove

Spoken = CallTask | CodingTask


@dataclass(frozen=True)
class Found:
    """Something that was handed in for an activity, and what keeps it from being marked."""

    kept: Kept
    lacks: tuple[str, ...]


class RestoreAnswers(NbGraderPreprocessor):
    """Puts the learner's calls and codings beside the notebook before its outputs are cleared."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Restore those of one notebook, which stays as it is."""
        course = CourseDirectory(config=self.config)
        about = resources["nbgrader"]
        name = about["assignment"]
        source = Path(course.root, course.format_path(course.source_directory, ".", name))
        if not (source / FILE).is_file():
            return nb, resources
        assignment = opened(source)
        submitted = Path(course.root, resources["metadata"]["path"])
        graded = course.format_path(course.autograded_directory, about["student"], name)
        here = {one.task for one in assignment.graded if one.notebook == about["notebook"]}
        resources[LOST] = {}
        for task in assignment.tasks:
            if isinstance(task, Spoken) and task.id in here:
                why = restore(task, assignment, nb, submitted, Path(course.root, graded))
                if why:
                    resources[LOST][task.id] = why
        return nb, resources


def restore(
    task: Spoken, assignment: Assignment, nb: NotebookNode, submitted: Path, beside: Path
) -> str:
    """Put one activity beside the notebook that is going to be executed.

    Args:
        task: the call or coding.
        assignment: its assignment, with the instructor's own cases.
        nb: the notebook as it was handed in, with its outputs.
        submitted: the folder of what was handed in.
        beside: the folder where the notebook is going to be executed.

    Returns:
        Why what was handed in is of no use; empty if it is, or if nothing was.
    """
    activity, kind = activity_of(task)
    trouble = ""
    try:
        kept = look(file_of(submitted, activity), activity, kind)
    except Unusable as error:
        trouble = str(error)
        kept = from_log(submitted, activity, kind)
    found = [
        Found(one, tuple(lacks_of(task, assignment, one)))
        for one in (kept, recorded_in(nb, task))
        if one is not None and one.value
    ]
    remove(file_of(beside, activity))
    if log_of(submitted, activity).is_symlink():
        remove(log_of(beside, activity))
    whole = [one for one in found if not one.lacks]
    for best in (whole or found)[:1]:
        to = file_of(beside, activity)
        if not to.parent.is_dir():
            remove(to.parent)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(as_text(best.kept, activity, kind), "utf-8")
    if whole:
        return ""
    if found:
        return found[0].lacks[0]
    if trouble:
        text = _("{file} cannot be used: {why}. The notebook holds no record of it either.")
        return text.format(file=f"{ANSWERS}/{activity}.json", why=trouble)
    return ""


def activity_of(task: Spoken) -> tuple[str, Kind]:
    """Return the activity that a task asks for, and its kind."""
    name = task.call if isinstance(task, CallTask) else task.transcript
    return f"{task.case}.{name}", task.kind


def lacks_of(task: Spoken, assignment: Assignment, kept: Kept) -> Iterator[str]:
    """Yield what keeps something handed in from being marked; nothing if it is whole."""
    value = {"digest": kept.digest, VALUES[task.kind]: kept.value}
    case = assignment.cases[task.case]
    if isinstance(task, CallTask):
        yield from lacks_of_call(script_of(case.case.calls, task), value)
    else:
        yield from lacks_of_coding(transcript_of(case, task.transcript), value)


def recorded_in(nb: NotebookNode, task: Spoken) -> Kept | None:
    """Return what `check` left last of a task in a saved notebook, or None."""
    activity, kind = activity_of(task)
    for cell in reversed(nb.cells):
        for output in reversed(_outputs(cell)):
            record = (output.get("data") or {}).get(MIME)
            if isinstance(record, dict) and record.get("task") == task.id:
                value = record.get("value")
                data = value if isinstance(value, dict) else {}
                try:
                    return understood(
                        {**data, "version": 1, "activity": activity, "kind": kind}, activity, kind
                    )
                except Unusable:
                    continue
    return None


def _outputs(cell: NotebookNode) -> list[Any]:
    return [one for one in cell.get("outputs", []) if isinstance(one, dict)]
