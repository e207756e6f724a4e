"""What the instructor's side knows of cases: their keys, for solved notebooks and for marking.

A solved notebook takes its answers from the case's key, so that no answer is written down twice::

    from grader.cases import best, expert, right
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from duecourse.cases.files import BESIDE, CASE, KEY, SHELF, CaseFile, find, read
from duecourse.cases.key import CaseKey
from duecourse.errors import DuecourseError
from duecourse.tasks import did_you_mean

TAKEN: Final = ("best", "expert", "right")
"""The functions with which a solved notebook takes an answer from a case's key."""


def best(slug: str, call: str) -> list[str]:
    """Return the choices of a best course of a call, for a solved notebook.

    Raises:
        DuecourseError: there is no such case, or its key has no such call.
    """
    return best_of(find(slug), call)


def expert(slug: str, transcript: str) -> dict[str, list[str]]:
    """Return an expert's labels of a transcript by turn, for a solved notebook.

    Raises:
        DuecourseError: there is no such case, or its key has no such transcript.
    """
    return expert_of(find(slug), transcript)


def right(slug: str, answer: str) -> Any:
    """Return the right answer to a question of a case, for a solved notebook.

    Returns:
        a number; a day as text; the name of an option, or a list of such names.

    Raises:
        DuecourseError: there is no such case, or its key has no such question.
    """
    return right_of(find(slug), answer)


def best_of(case: CaseFile, call: str) -> list[str]:
    """Return the choices of a best course of a case's call."""
    return list(_named(case, "calls", key_of(case).calls, call).best)


def expert_of(case: CaseFile, transcript: str) -> dict[str, list[str]]:
    """Return an expert's labels of a case's transcript, in the order of its turns."""
    known = _named(case, "transcripts", key_of(case).transcripts, transcript).turns
    turns = [one.turns for one in case.case.transcripts if one.id == transcript]
    return {turn.id: list(known[turn.id].codes) for turn in turns[0] if turn.id in known}


def right_of(case: CaseFile, answer: str) -> Any:
    """Return the right answer to a question of a case."""
    known = {one.id: one.value for one in key_of(case).answers}
    value = _named(case, "answers", known, answer)
    return value.isoformat() if isinstance(value, date) else value


def key_of(case: CaseFile) -> CaseKey:
    """Return the key of a case.

    Raises:
        DuecourseError: it has none here.
    """
    if case.key is None:
        raise DuecourseError(f"There is no {case.folder / KEY}.")
    return case.key


def _named(case: CaseFile, part: str, known: Mapping[str, Any], name: str) -> Any:
    if name not in known:
        text = f"{case.folder / KEY}: {part}: there is no '{name}'."
        raise DuecourseError(text + did_you_mean(name, list(known)))
    return known[name]


def cases_of(root: Path, slugs: Iterable[str]) -> dict[str, CaseFile]:
    """Return the instructor's own files of some cases by slug.

    Args:
        root: the checkout.
        slugs: the names of their folders.

    Raises:
        DuecourseError: there is no such case, or its files are not as they should be.
    """
    folders = {file.parent.name: file.parent for file in case_files(root)}
    found = {}
    for slug in slugs:
        if slug not in folders:
            text = f"There is no case '{slug}' in {root / SHELF}."
            raise DuecourseError(text + did_you_mean(slug, sorted(folders)))
        found[slug] = read(folders[slug])
    return found


def case_files(root: Path) -> list[Path]:
    """Return the ``case.yaml`` of every case of the checkout, in order."""
    return sorted((root / SHELF).glob(f"*/*/{CASE}"))


def files_of(case: CaseFile, *, key: bool) -> Iterator[Path]:
    """Yield the files of a case: the facts, its tables, and the key if it is asked for."""
    yield case.folder / CASE
    if key and case.key is not None:
        yield case.folder / KEY
    for table in case.case.tables:
        yield case.folder / table.file


def place(cases: Iterable[CaseFile], beside: Path, *, key: bool) -> None:
    """Lay cases beside a notebook, in both languages.

    Args:
        cases: the cases.
        beside: the notebook's folder.
        key: whether their keys lie there too; never where a learner's code runs.
    """
    for case in cases:
        to = beside / BESIDE / case.slug
        to.mkdir(parents=True, exist_ok=True)
        for file in files_of(case, key=key):
            (to / file.name).write_bytes(file.read_bytes())


def written_out(source: str, value: Callable[[str, str, str], Any]) -> str:
    """Return code in which everything taken from a key is written out as a plain value.

    Args:
        source: the code of a cell; what is no Python comes back as it is.
        value: from a function of `TAKEN`, a slug and a name to the value.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    lines = source.encode().split(b"\n")
    taken = [found for node in ast.walk(tree) for found in _taken(node)]
    for node, what in sorted(taken, key=lambda one: (one[0].lineno, one[0].col_offset))[::-1]:
        text = repr(value(*what)) if what else ""
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        rest = lines[last][node.end_col_offset :]
        lines[first : last + 1] = [lines[first][: node.col_offset] + text.encode() + rest]
    return b"\n".join(lines).decode().lstrip("\n") if taken else source


def _taken(node: ast.AST) -> Iterator[tuple[Any, tuple[str, str, str] | None]]:
    match node:
        case ast.ImportFrom(module="grader.cases"):
            yield node, None
        case ast.Call(
            func=ast.Name(id=name),
            args=[ast.Constant(value=str(slug)), ast.Constant(value=str(of))],
        ) if name in TAKEN:
            yield node, (name, slug, of)
