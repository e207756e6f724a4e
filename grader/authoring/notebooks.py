"""Checking what lessons and assignments have in common: notebooks in two languages, saved clean."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import nbformat
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from duecourse.language import LANGUAGES
from grader.authoring.findings import Finding, found

EASY: Final = 15
"""Lines of a code cell that are read at a glance."""
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_MARKS: Final = re.compile(r"^#+|`[^`]+`|\$[^$]+\$", re.MULTILINE)
_LINK: Final = re.compile(r"\]\(([^)#]+)\)")
_ENDING: Final = re.compile(rf"-({'|'.join(LANGUAGES)})$")


def lint_notebook(file: Path) -> tuple[NotebookNode | None, list[Finding]]:
    """Return a notebook, if it can be read, and what is wrong with it."""
    try:
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # noqa: BLE001  # nbformat raises whatever the content provokes
        return None, [found("N201", file, why=f"{type(error).__name__}: {error}"[:300])]
    return notebook, [
        *_saved(file, notebook),
        *_languages(file, notebook),
        *_links(file, notebook),
        *_bold(file, notebook),
    ]


def _saved(file: Path, notebook: NotebookNode) -> Iterator[Finding]:
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "-")
    if kernel != "python3":
        yield found("N209", file, kernel=kernel)
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells):
        name = cell.get("id") or f"#{number}"
        if name in seen or "id" not in cell:
            yield found("N205", file, name, name=name)
        seen.add(name)
        if cell.cell_type != "code":
            continue
        if cell.outputs or cell.execution_count is not None:
            yield found("N203", file, name)
        if not cell.source.isascii() and not _for_instructors(cell):
            yield found("N208", file, name)
        lines = len(cell.source.splitlines())
        if lines > EASY and not _for_instructors(cell):
            yield found("N204", file, name, lines=lines)


def _for_instructors(cell: NotebookNode) -> bool:
    """Whether a cell, or the solution that makes it long, is never handed out."""
    return bool({"mistake", "instructor"} & set(cell.metadata.get("tags", []))) or (
        "BEGIN SOLUTION" in cell.source
    )


def _languages(file: Path, notebook: NotebookNode) -> Iterator[Finding]:
    cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "markdown" and not _written(cell) and not _for_instructors(cell)
    ]
    waiting: NotebookNode | None = None
    for cell in cells:
        language, name = cell.metadata.get("lang"), cell.get("id", "")
        if language == "en" and waiting is None:
            waiting = cell
        elif language == "zh" and waiting is not None and _stem(waiting) == _stem(cell):
            if not _CHINESE.search(cell.source) or _CHINESE.search(waiting.source):
                yield found("N202", file, name)
            elif _marks(waiting) != _marks(cell):
                yield found("N207", file, name)
            waiting = None
        else:
            yield found("N202", file, name)
    if waiting is not None:
        yield found("N202", file, waiting.get("id", ""))


def _written(cell: NotebookNode) -> bool:
    """Whether a Markdown cell is a written answer, which serves both languages."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def _stem(cell: NotebookNode) -> str:
    name: str = cell.get("id", "")
    return _ENDING.sub("", name)


def _marks(cell: NotebookNode) -> list[str]:
    marks = _MARKS.findall(cell.source)
    return sorted("$" if mark.startswith("$") else mark for mark in marks)


def _links(file: Path, notebook: NotebookNode) -> Iterator[Finding]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in _LINK.findall(cell.source):
                if "://" not in target and not (file.parent / target).exists():
                    yield found("N206", file, cell.get("id", ""), target=target)


_CODE: Final = re.compile(r"<(code|pre).*?</\1>", re.DOTALL)
_COMMONMARK: Final = MarkdownIt()


def _bold(file: Path, notebook: NotebookNode) -> Iterator[Finding]:
    """Marks of bold that stay visible: in Chinese a closing one must not follow punctuation."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if "**" in _CODE.sub("", _COMMONMARK.render(line.strip())):
                    yield found("N210", file, cell.get("id", ""), line=line.strip()[:60])
