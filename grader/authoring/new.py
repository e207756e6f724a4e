"""Starting a case, and what every new content has in common: its name, its row on the map."""

import re
import shutil
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from string import Template
from typing import Any, Final

import nbformat
import yaml

from duecourse.cases.files import CASE, KEY, SHELF
from duecourse.cases.key import Answer
from duecourse.errors import DuecourseError
from duecourse.language import Language
from grader.authoring.lessons import START
from grader.cases import case_files

MINUTES: Final = 30
"""What a new lesson or assignment says it takes."""
_STARTS: Final = Path(__file__).parent / "starts"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_case(root: Path, name: str, *, failure: bool = False) -> Path:
    """Start a case that passes every check, and return its folder.

    Args:
        root: the checkout.
        name: the name of the case's folder, such as ``returned-debit``.
        failure: whether it tells of a collection that went badly.

    Raises:
        DuecourseError: the name is not as it should be, or taken.
    """
    proper(name, (file.parent.name for file in case_files(root)))
    outcome = "failure" if failure else "success"
    folder = root / SHELF / outcome / name
    folder.mkdir(parents=True)
    fields = {
        "slug": name,
        "id": _next_id(root),
        "outcome": outcome,
        "illustrates": "knowledge_of_debtor" if failure else "communication",
    }
    for file in (CASE, KEY):
        text = Template((_STARTS / file).read_text("utf-8")).safe_substitute(fields)
        (folder / file).write_text(text, "utf-8")
    shutil.copy(_STARTS / "ledger.csv", folder)
    return folder


def _next_id(root: Path) -> str:
    taken = {yaml.safe_load(file.read_text("utf-8")).get("id") for file in case_files(root)}
    return next(name for name in (f"X{number}" for number in range(1, 1000)) if name not in taken)


def proper(name: str, taken: Iterable[str]) -> None:
    """Make sure that new content can have this name.

    Raises:
        DuecourseError: it cannot; the message says why.
    """
    if not _NAME.fullmatch(name):
        raise DuecourseError(
            f"'{name}' is no name for a folder: lower-case letters, digits and single hyphens, "
            "such as household-budget."
        )
    if name in taken:
        raise DuecourseError(f"'{name}' exists already; choose another name.")


def form_of(answer: Answer) -> dict[str, Any]:
    """Return the form of the task that asks for a case's answer: everything but its id."""
    form: dict[str, Any] = {"kind": _kind(answer), "title": dict(answer.title)}
    if answer.options:
        form["options"] = {name: dict(text) for name, text in answer.options.items()}
    elif form["kind"] == "number":
        form["tolerance"] = answer.tolerance
        if answer.unit:
            form["unit"] = answer.unit if isinstance(answer.unit, str) else dict(answer.unit)
    return form


def _kind(answer: Answer) -> str:
    if isinstance(answer.value, list):
        return "ordering" if answer.ordered else "choices"
    if isinstance(answer.value, str):
        return "choice"
    return "date" if isinstance(answer.value, date) else "number"


def question_of(answer: Answer, language: Language) -> str:
    """Return a case's question with its options, as a learner reads it."""
    lines = [answer.question[language], ""]
    lines += [f"- `{name}`: {text[language]}" for name, text in (answer.options or {}).items()]
    return "\n".join(lines).strip()


def put_on_the_map(root: Path, rows: Mapping[Language, str]) -> None:
    """Add a row at the end of the table on the course's start page, in each language."""
    file = root / "notebooks" / START
    start = nbformat.read(file, as_version=4)
    for cell in start.cells:
        for language, row in rows.items():
            if cell.id == f"map-{language}":
                lines = cell.source.splitlines()
                last = max((n for n, line in enumerate(lines) if line.startswith("|")), default=-1)
                lines.insert(last + 1, row)
                cell.source = "\n".join(lines)
    nbformat.write(start, file)
