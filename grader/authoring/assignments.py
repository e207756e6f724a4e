"""Checking assignments: tasks, graded cells, solutions, known mistakes and both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nbformat import NotebookNode

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import FILE, CallTask, CodingTask, Task, TextTask
from grader.assignments import Assignment, GradedCell
from grader.authoring.findings import Finding, found
from grader.authoring.lessons import START, lint_place_on_the_map, use_of
from grader.authoring.notebooks import lint_notebook
from grader.authoring.texts import lint_languages
from grader.cases import case_files

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_NBGRADER: Final = {"grade_id", "grade", "solution", "locked", "task", "schema_version"}
_MISTAKE: Final = re.compile(r"\bmistake\(\s*[\"']([A-Za-z0-9_-]+)[\"']")


def lint_assignment(folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with the assignment in a folder, or could be better."""
    assignment, file = Assignment(folder), folder / FILE
    notebooks = []
    for path in sorted(folder.glob("*.ipynb")):
        notebook, findings = lint_notebook(path)
        yield from findings
        if notebook is not None:
            yield from _metadata(path, notebook)
            notebooks.append(notebook)
    try:
        tasks = list(assignment.tasks)
        graded = {cell.task: cell for cell in assignment.graded}
    except (DuecourseError, AttributeError) as error:
        yield found("A401", file, why=str(error))
        return
    yield from lint_languages(file)
    for name in sorted(graded.keys() ^ {task.id for task in tasks}):
        yield found("A402", file, name, task=name)
    yield from _tasks(file, tasks, graded, notebooks)
    lessons = folder.parents[1] / "notebooks"
    if (lessons / START).is_file():
        yield from lint_place_on_the_map(assignment, lessons)


def _tasks(
    file: Path, tasks: list[Task], graded: dict[str, GradedCell], notebooks: list[NotebookNode]
) -> Iterator[Finding]:
    solved, mistaken = _solved(notebooks), _mistaken(notebooks)
    for task in tasks:
        if isinstance(task, CallTask | CodingTask):
            yield from _with_open_key(file, task)
        cell = graded.get(task.id)
        if cell is None:
            continue
        if isinstance(task, TextTask) and cell.points != task.points:
            yield found("A403", file, task.id, task=task.id, points=cell.points, rubric=task.points)
        if cell.points <= 0:
            yield found("A406", file, task.id, task=task.id, points=cell.points)
        if task.id not in solved:
            yield found("A404", file, task.id, task=task.id)
        if not isinstance(task, TextTask) and task.id not in mistaken:
            yield found("A405", file, task.id, task=task.id)


def _with_open_key(file: Path, task: CallTask | CodingTask) -> Iterator[Finding]:
    for case in case_files(file.parents[2]):
        if case.parent.name == task.case and use_of(case) == "practice":
            why = _("the key of the practice case '{case}' is in every learner's hands")
            yield found("C114", file, task.id, why=why.format(case=task.case))


def _metadata(file: Path, notebook: NotebookNode) -> Iterator[Finding]:
    seen: set[str] = set()
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader")
        if about is None:
            continue
        name = str(about.get("grade_id", cell.get("id", "")))
        why = []
        if lost := _NBGRADER - about.keys():
            why.append(f"{', '.join(sorted(lost))} missing")
        if about.get("schema_version") != 3:
            why.append(f"schema_version {about.get('schema_version')}, not 3")
        if not _ID.fullmatch(name):
            why.append(f"grade_id {name!r} is not ASCII without spaces")
        if name in seen:
            why.append(f"grade_id {name!r} stands twice")
        if about.get("grade") and "points" not in about:
            why.append("points missing")
        seen.add(name)
        if why:
            yield found("A407", file, name, task=name, why="; ".join(why))


def _solved(notebooks: list[NotebookNode]) -> set[str]:
    """Return the tasks whose solution stands in the cells above their graded one, or in it."""
    tasks, solution = set(), False
    for notebook in notebooks:
        for cell in notebook.cells:
            solution = solution or "BEGIN SOLUTION" in cell.source
            about = cell.metadata.get("nbgrader", {})
            if about.get("grade"):
                if solution:
                    tasks.add(str(about.get("grade_id")))
                solution = False
    return tasks


def _mistaken(notebooks: list[NotebookNode]) -> set[str]:
    return {
        name
        for notebook in notebooks
        for cell in notebook.cells
        if "mistake" in cell.metadata.get("tags", [])
        for name in _MISTAKE.findall(cell.source)
    }
