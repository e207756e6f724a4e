"""The formgrader's page with the rubric in it: a level is clicked, a comment is chosen.

It takes the rubric from the assignment's own files and not from the notebook, which a learner can
change. nbgrader's template is extended, and its own fields keep points and comment.
"""

from pathlib import Path
from typing import Any, Final

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from duecourse.language import _, pick, tag
from duecourse.tasks import FILE, TextTask
from grader.assignments import opened
from grader.handback import TEMPLATES
from grader.rubrics.guides import Guide, guide_of
from grader.rubrics.sheet import CELL

KEY: Final = "duecourse_rubric"
"""Where a cell's metadata hold its rubric for the template; nothing else is read from there."""
CLEANED: Final = "grader.cleaning.CleanPages"


class ShowRubrics(NbGraderPreprocessor):
    """Puts the rubrics of written tasks into the formgrader's page; feedback pages stay as they are."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Prepare one notebook for the template."""
        for cell in nb.cells:
            cell.metadata.pop(KEY, None)
        if "submission_id" not in resources:
            return nb, resources
        course = CourseDirectory(config=self.config)
        name = resources["assignment_id"]
        source = Path(course.root, course.format_path(course.source_directory, ".", name))
        if not (source / FILE).is_file():
            return nb, resources
        assignment = opened(source)
        shown = set()
        for cell in nb.cells:
            about = cell.metadata.get("nbgrader", {})
            task = about.get("grade_id")
            if about.get("grade") and task in assignment.tasks:
                asked = assignment.tasks[task]
                if isinstance(asked, TextTask):
                    cell.metadata[KEY] = _page(asked, guide_of(assignment, asked.id))
                    shown.add(f"{CELL}-{asked.id}"[:64])
        # The table that was handed out says the same, and may have been changed.
        nb.cells = [cell for cell in nb.cells if cell.get("id") not in shown]
        return nb, resources


def configure(config: Any) -> None:
    """Let the formgrader show rubrics: for ``nbgrader_config.py``, after its own settings."""
    page = config.HTMLExporter
    page.template_name = "formgrader"
    page.template_file = "marking.html.j2"
    page.extra_template_basedirs = [str(folder) for folder in TEMPLATES]
    page.preprocessors = [CLEANED, f"{__name__}.{ShowRubrics.__name__}"]


def _page(task: TextTask, guide: Guide) -> dict[str, Any]:
    """Return a rubric as the template shows it, in the current language."""
    return {
        "task": task.id,
        "lang": tag(),
        "heading": _("How it is marked"),
        "bank": _("Comments to choose from"),
        "open": _("{points} points so far, without a level: {open}"),
        "sum": _("{points} points, entered above"),
        "comments": [pick(comment.text) for comment in guide.comments],
        "criteria": [
            {
                "title": pick(criterion.title),
                "max": f"{max(level.points for level in criterion.levels):g}",
                "levels": [
                    {
                        "points": f"{level.points:g}",
                        "text": pick(level.text),
                        "example": pick(guide.example(criterion.id, number) or ""),
                    }
                    for number, level in enumerate(criterion.levels)
                ],
            }
            for criterion in task.rubric
        ],
    }
