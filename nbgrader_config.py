"""nbgrader's configuration: the repository root is the course root.

Two variables choose the course: DUECOURSE_COURSE (its folder, ``course`` by default) and
DUECOURSE_LANGUAGE (``en`` or ``zh``; by default what the course was released in). A class in both
languages is two courses.
"""

import os
import re
from pathlib import Path

from duecourse.kept import ANSWERS
from duecourse.language import VARIABLE
from grader.course import open_course
from grader.handback import TEMPLATES
from grader.kernels import announce
from grader.rubrics.pages import configure as show_rubrics

c = get_config()

ours = open_course(Path(__file__).resolve().parent)
root, course, language = ours.root, Path(ours.name), ours.language
ours.folder.mkdir(parents=True, exist_ok=True)
# Whatever nbgrader writes or starts from here speaks the course's language.
os.environ[VARIABLE] = language

c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = f"duecourse-{language}"
c.CourseDirectory.source_directory = "assignments"
c.CourseDirectory.release_directory = str(course / "release")
c.CourseDirectory.submitted_directory = str(course / "submitted")
c.CourseDirectory.autograded_directory = str(course / "autograded")
c.CourseDirectory.feedback_directory = str(course / "feedback")
c.CourseDirectory.solution_directory = str(course / "solution")
c.CourseDirectory.db_url = f"sqlite:///{(ours.folder / 'gradebook.db').as_posix()}"
# key/ and key.yaml hold what only the instructor may see: nothing of them is copied anywhere.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "key",
    "unseen",
    "key.yaml",
    # Worlds go out with a release and come back for grading in their own way.
    "worlds",
]

# Release: one language; no solution, mistake or instructor's cell.
c.KeepLanguage.language = language
c.GiveCases.language = language
c.GenerateAssignment.preprocessors = [
    "grader.release.DropInstructorCells",
    "grader.release.KeepLanguage",
    "grader.release.GiveWorlds",
    "grader.release.GiveCases",
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.InstantiateTests",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
]
stub = {"en": "# Your code here", "zh": "# 在此写代码"}[language]
c.ClearSolutions.code_stub = {"python": stub}
c.ClearSolutions.text_stub = {"en": "Your answer here.", "zh": "在此作答。"}[language]

# Grading: a submission is read with care, executed without any key, and marked from its answers.
c.Autograde.exporter_class = "grader.submissions.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "grader.restoring.RestoreAnswers",
    "nbgrader.preprocessors.ClearOutput",
    "grader.submissions.RestoreCells",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "grader.execution.ExecuteToTheEnd",
    "grader.cells.MarkAnswers",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
announce()
# A learner's code sees its own files and nothing else, unless the one who grades says otherwise.
c.ExecuteToTheEnd.isolated = os.environ.get("DUECOURSE_ISOLATION") != "no"
c.ExecuteToTheEnd.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
c.OverwriteCells.add_missing_cells = True
c.MarkAnswers.language = language

# Pages with learners' work, here and in the formgrader: nothing of it runs in them. The formgrader's
# show the rubric beside a written answer.
show_rubrics(c)

# Feedback: pages in the course's language; what a widget showed is there as text.
c.GenerateFeedback.exporter_class = "grader.handback.FeedbackPage"
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "grader.handback.NoteWaiting",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.FeedbackPage.template_name = "duecourse"
c.FeedbackPage.template_file = "page.html.j2"
c.FeedbackPage.extra_template_basedirs = [str(folder) for folder in TEMPLATES]
c.FeedbackPage.filters = {"said": "duecourse.language._"}
c.DataTypeFilter.display_data_priority = [
    "text/html",
    "application/pdf",
    "text/latex",
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "text/markdown",
    "text/plain",
]
c.ExecutePreprocessor.store_widget_state = False

# Learners' own files that come back beside the notebook are kept: no answers that were given in an
# assignment's own folder, by its author, are ever put in their place.
c.Autograde.exclude_overwriting = {
    folder.parent.name: [
        str(file.relative_to(folder.parent)) for file in folder.rglob("*") if file.is_file()
    ]
    for folder in root.glob(f"assignments/*/{ANSWERS}")
}
c.ZipCollectApp.extractor_plugin = "grader.unpacking.CarefulExtractor"
c.ZipCollectApp.collector_plugin = "nbgrader.plugins.zipcollect.FileNameCollectorPlugin"
c.FileNameCollectorPlugin.valid_ext = [".ipynb", ".json", ".jsonl"]
# One archive a learner, named by the learner's id; what lies in answers/ stays there.
c.FileNameCollectorPlugin.named_regexp = (
    rf"{re.escape(str(root))}[/\\]downloaded[/\\][^/\\]+[/\\]extracted[/\\]"
    r"(?P<student_id>[^/\\]+)[/\\](?:.*?[/\\])??"
    rf"(?P<file_id>(?:{ANSWERS}[/\\])?[^/\\]+)$"
)
