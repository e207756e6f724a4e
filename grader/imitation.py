"""What a learner would have written: code and texts made out of a solved notebook.

Used by the demonstration class. Code is read as syntax, never run.
"""

import ast
import re
import symtable
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from textwrap import dedent
from typing import Final

from nbformat import NotebookNode

from duecourse.errors import DuecourseError

BEGIN: Final = "### BEGIN SOLUTION"
END: Final = "### END SOLUTION"


@dataclass(frozen=True, slots=True)
class Part:
    """One task as it stands in the solved notebook."""

    task: str
    cells: tuple[str, ...]
    """``grade_id`` of the cells that a learner fills in."""
    name: str | None
    """The variable handed in; None where a person marks."""
    answer: str
    """The solution's code; for a written task, its text."""
    mistakes: tuple[str, ...] = ()
    """The code of each mistake cell."""
    written: bool = False


def parts_of(solved: NotebookNode) -> list[Part]:
    """Read the tasks of a solved notebook: what is filled in, handed in, and known as a mistake.

    Raises:
        DuecourseError: a check does not hand in a variable, or a mistake cell does not name a
            task whose check stands above it.
    """
    parts: dict[str, Part] = {}
    waiting: list[NotebookNode] = []
    checked = False
    for cell in solved.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("solution") and marks.get("grade"):
            task, written = marks.grade_id, cell.cell_type == "markdown"
            parts[task] = Part(task, (task,), None, region(cell.source)[1], written=written)
        elif marks.get("solution"):
            # Several checks may follow one solution, and several solutions lead to one check.
            waiting, checked = ([cell] if checked else [*waiting, cell]), False
        elif marks.get("grade"):
            task, name = _handed_in(cell.source)
            answer = "\n".join(completed(filled.source) for filled in waiting)
            ids = tuple(filled.metadata.nbgrader.grade_id for filled in waiting)
            parts[task], checked = Part(task, ids, name, answer), True
        elif "mistake" in cell.metadata.get("tags", []):
            task = _mistaken_task(cell.source, parts)
            parts[task] = replace(parts[task], mistakes=(*parts[task].mistakes, cell.source))
    return list(parts.values())


def _handed_in(source: str) -> tuple[str, str]:
    match ast.parse(_python(source)).body:
        case [ast.Expr(ast.Call(args=[ast.Constant(value=str(task)), ast.Name(id=name), *_rest]))]:
            return task, name
    raise DuecourseError(
        f'A check cell hands in a variable, as in check("task", name), but this one says: {source}'
    )


def _mistaken_task(source: str, parts: Mapping[str, Part]) -> str:
    for statement in ast.parse(_python(source)).body:
        match statement:
            case ast.Expr(ast.Call(func=ast.Name(id="mistake"), args=[first, _value, *_rest])):
                task = ast.unparse(first).strip("\"'")
                if task in parts:
                    return task
                raise DuecourseError(
                    f"A mistake cell names the task '{task}', but no check of it stands above. "
                    f"Above it are: {', '.join(parts)}."
                )
    raise DuecourseError(
        'A mistake cell calls mistake("task", value, share=..., en="...", zh="..."), '
        f"but this one does not: {source}"
    )


def region(source: str) -> tuple[str, str, str]:
    """Split a solved cell into what stands before, in and after its solution."""
    lines = source.split("\n")
    marks = [number for number, line in enumerate(lines) if line.strip() in (BEGIN, END)]
    if not marks:
        return "", source, ""
    kept = [line for line in lines[marks[0] : marks[-1] + 1] if line.strip() not in (BEGIN, END)]
    return "\n".join(lines[: marks[0]]), "\n".join(kept), "\n".join(lines[marks[-1] + 1 :])


def completed(source: str) -> str:
    """Return a solved cell as a learner leaves it: the solution, without its markers."""
    return _together(region(source))


def mistaken(source: str, part: Part, number: int, parts: Sequence[Part]) -> str:
    """Return a solved cell with a known mistake in the place of the solution.

    Args:
        source: the solved cell that sets the variable which the task hands in; where other tasks
            rest upon it too, as the learner left it, and the mistake is added at its end.
        part: the task.
        number: position among its mistake cells.
        parts: all tasks of the notebook.
    """
    before, inside, after = region(source)
    code = mistake_code(part, number, parts)
    if BEGIN not in source:
        return _together((source, code))
    if inside[:1].isspace():
        # The region lies inside a function, so the mistake takes the whole cell.
        return code
    return _together(("" if code.startswith(before) else before, code, after))


def raising(source: str) -> str:
    """Return a solved cell that stops at a misspelt name before it has an answer."""
    before, inside, after = region(source)
    for node in ast.walk(ast.parse(_python(dedent(inside)))):
        if isinstance(node, ast.Call | ast.Subscript | ast.Attribute):
            inner = node.func if isinstance(node, ast.Call) else node.value
            if isinstance(inner, ast.Name):
                slip = re.sub(rf"\b{inner.id}\b", inner.id + inner.id[-1], inside, count=1)
                return _together((before, slip, after))
    return _together((before, "retrun " + inside.lstrip(), after))


def _together(pieces: Iterable[str]) -> str:
    return "\n".join(piece for piece in pieces if piece)


def mistake_code(part: Part, number: int, parts: Sequence[Part]) -> str:
    """Return code that makes a known mistake.

    The right code stands before it where the mistake, or another task, needs more of that than
    the answer itself.
    """
    source = part.mistakes[number]
    pieces = [_as_answer(source, part.name or "")]
    wanted = names(_as_answer(source, "_"))[0]
    for earlier in reversed(part.mistakes[:number]):
        code = _as_answer(earlier, "_")
        needs, gives = names(code)
        if wanted & (gives - {"_"}):
            pieces.insert(0, code)
            wanted |= needs
    given = names(part.answer)[1]
    lost = given - names("\n".join(pieces))[1]
    others = (names(other.answer)[0] for other in parts if not other.written)
    if wanted & given or any(lost & needs for needs in others):
        pieces.insert(0, part.answer)
    return "\n".join(pieces)


def _as_answer(source: str, name: str) -> str:
    """Turn a mistake cell into code that sets ``name`` to the mistake's value."""
    lines = _python(source).split("\n")
    for statement in reversed(ast.parse("\n".join(lines)).body):
        place = slice(statement.lineno - 1, statement.end_lineno)
        match statement:
            case ast.ImportFrom(module="grader.key"):
                lines[place] = []
            case ast.Expr(ast.Call(func=ast.Name(id="mistake"), args=[_task, value, *_rest])):
                lines[place] = [f"{name} = {ast.unparse(value)}"]
    # An author calls it wrong; whoever makes the mistake does not.
    return re.sub(r"\bwrong(?=_|\b)", "my", "\n".join(lines).strip("\n"))


def prerequisites(code: str, part: Part, parts: Sequence[Part]) -> set[str]:
    """Return the earlier tasks on whose results the code rests, directly or through others.

    Args:
        code: what is written for the task.
        part: the task.
        parts: all tasks in their order.
    """
    found: set[str] = set()
    wanted, _given = names(code)
    for other in reversed(parts[: list(parts).index(part)]):
        if not other.written:
            needs, gives = names(other.answer)
            if wanted & gives:
                found.add(other.task)
                wanted |= needs
    return found


@cache
def names(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that the code takes from outside, and those that it sets or changes."""
    needs: set[str] = set()
    gives: set[str] = set()
    bound: set[str] = set()
    for statement in ast.parse(_python(code)).body:
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        loaded = set(_loaded(table))
        stored = {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_assigned() or symbol.is_imported()
        }
        rebinds = isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign)
        needs |= loaded - bound - (set() if rebinds else stored)
        bound |= stored
        gives |= stored | set(_changed(statement))
    return frozenset(needs), frozenset(gives)


def _loaded(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        outer = table.get_type() == "module" or symbol.is_global()
        if outer and symbol.is_referenced():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _loaded(inner)


def _changed(statement: ast.stmt) -> Iterator[str]:
    """Return the tables and objects of which a column, an element or an attribute is set."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            inner: ast.expr = node
            while isinstance(inner, ast.Subscript | ast.Attribute):
                inner = inner.value
            if isinstance(inner, ast.Name):
                yield inner.id


def _python(source: str) -> str:
    """Return the code without notebook magic, its lines where they were."""
    return re.sub(r"^(?=[%!])", "# ", source, flags=re.MULTILINE)
