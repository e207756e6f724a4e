"""Checking lessons: their notebooks, their practice questions, and the map of the course."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import nbformat
import yaml
from nbformat import NotebookNode

from duecourse.language import LANGUAGES, _
from grader.assignments import Assignment
from grader.authoring.findings import Finding, found
from grader.authoring.notebooks import lint_notebook
from grader.cases import case_files

START: Final = "00-start-here.ipynb"
CALL: Final = re.compile(r'practice\("([a-z0-9-]+)"\)\.check\(answer\)')
_MINUTES: Final = {
    "en": re.compile(r"[Aa]bout (\d+) minutes"),
    "zh": re.compile(r"大约 ?(\d+) ?分钟"),
}
_USE: Final = re.compile(r"^use: *(\w+)", re.MULTILINE)
_POINTS: Final = {"en": r"\b{points:g} points", "zh": r"{points:g} ?分"}


def lint_lesson(file: Path) -> Iterator[Finding]:
    """Yield what is wrong with one lesson."""
    notebook, findings = lint_notebook(file)
    yield from findings
    if notebook is None:
        return
    yield from _questions(file, notebook)
    yield from _cases(file, notebook)
    yield from _on_the_map(file, notebook)


def _questions(file: Path, notebook: NotebookNode) -> Iterator[Finding]:
    there = file.parent / "practice" / f"{file.stem}.yaml"
    data = yaml.safe_load(there.read_text("utf-8")) if there.is_file() else {}
    known = [question["id"] for question in data.get("questions", [])]
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    asked = CALL.findall(code)
    for name in sorted(set(asked) - set(known)):
        yield found("L302", file, name, name=name)
    for name in known:
        if asked.count(name) != 1:
            yield found("L301", there, name, name=name, count=asked.count(name))


def _cases(file: Path, notebook: NotebookNode) -> Iterator[Finding]:
    exam = [one.parent.name for one in case_files(file.parents[1]) if use_of(one) == "exam"]
    for cell in notebook.cells:
        for slug in exam:
            if cell.cell_type == "code" and f'"{slug}"' in cell.source:
                why = _("a lesson opens the exam case '{case}'").format(case=slug)
                yield found("C114", file, cell.get("id", ""), why=why)


def use_of(file: Path) -> str:
    """Return what the case file says the case is used for, whatever else is wrong with it."""
    said = _USE.search(file.read_text("utf-8"))
    return said[1] if said else ""


def _on_the_map(file: Path, notebook: NotebookNode) -> Iterator[Finding]:
    rows = _map(file.parent)
    for language in LANGUAGES:
        told = "\n".join(
            cell.source for cell in notebook.cells if cell.metadata.get("lang") == language
        )
        stated = _MINUTES[language].search(told)
        if stated is None:
            yield found("L304", file, language)
        elif file.name != START:
            title = told.splitlines()[0].removeprefix("# ").strip()
            wanted = (file.name, title, f"| {stated[1]} |")
            if not any(all(one in row for one in wanted) for row in rows[language]):
                yield found("L303", file.parent / START, f"map-{language}", name=file.stem)


def lint_place_on_the_map(assignment: Assignment, notebooks: Path) -> Iterator[Finding]:
    """Yield where the map of the course says something else of an assignment than it says itself."""
    rows, minutes = _map(notebooks), f"| {assignment.tasks.minutes} |"
    for language in LANGUAGES:
        points = re.compile(_POINTS[language].format(points=assignment.points))
        there = (
            f"*{assignment.name}*" in row and minutes in row and points.search(row)
            for row in rows[language]
        )
        if not any(there):
            yield found("L303", notebooks / START, f"map-{language}", name=assignment.name)


def _map(notebooks: Path) -> dict[str, list[str]]:
    start = nbformat.read(notebooks / START, as_version=4)
    texts = {cell.id: cell.source for cell in start.cells}
    return {language: texts.get(f"map-{language}", "").splitlines() for language in LANGUAGES}
