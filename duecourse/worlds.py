"""The exam worlds of an assignment: eight portfolios of the same kind, one of them for each learner.

Beside the notebook lie ``worlds/1``, ``worlds/2`` and so on, a Parquet file for each table, and
``worlds/class.yaml``, which says by digest, never by name, who works in which.

pandas is imported when a world is opened, not before.
"""

import hashlib
import os
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from duecourse.errors import DuecourseError
from duecourse.language import _, tag
from duecourse.tasks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

VARIABLE: Final = "DUECOURSE_WORLD"
"""Set by the grader: the number of the world that a notebook is executed in."""
HUB: Final = "JUPYTERHUB_USER"
FOLDER: Final = "worlds"
CLASS: Final = "class.yaml"
_opened: dict[Path, int] = {}


class NoWorld(DuecourseError):
    """It cannot be said which world is meant, or it is not there."""

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this: who opens a notebook wants the sentence, not the way through our code.
        return [str(self)]


class TableMissing(DuecourseError, KeyError, AttributeError):
    """A world has no table of this name."""

    __str__ = Exception.__str__


class Book(Mapping[str, "pd.DataFrame"]):
    """The tables of one world, by attribute (``book.payments``) or by item (``book["payments"]``).

    Attributes:
        number: the number of the world, from 1.
    """

    def __init__(self, number: int, tables: Mapping[str, "pd.DataFrame"]) -> None:
        self.number = number
        self._tables = dict(tables)

    def __getitem__(self, name: str) -> "pd.DataFrame":
        if name not in self._tables:
            text = _("This world has no table '{name}'.").format(name=name)
            raise TableMissing(text + did_you_mean(str(name), list(self._tables)))
        return self._tables[name]

    def __getattr__(self, name: str) -> "pd.DataFrame":
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._tables]

    def __repr__(self) -> str:
        rows = [
            _("{table}: {rows} rows").format(table=name, rows=f"{len(table):,}")
            for name, table in self._tables.items()
        ]
        return _("World {number}").format(number=self.number) + "\n" + "\n".join(rows)


def my_world(learner: str = "", folder: Path | None = None) -> Book:
    """Open the world that a learner works in, and remember it for this session.

    While a notebook is graded, the grader says which world it is. Otherwise the learner's id says
    it, and JUPYTERHUB_USER where the id is empty. An id that is not on the class's list works too:
    it always leads to the same world, and a note says so.

    Args:
        learner: the learner's id, as the instructor writes it; case, width and spaces at its ends
            do not matter.
        folder: the assignment's folder; the current one by default.

    Returns:
        The tables, as attributes and items; ``number`` says which world it is.

    Raises:
        NoWorld: the id is empty, or the worlds are not there.
    """
    here = (folder or Path.cwd()).resolve()
    named = os.environ.get(VARIABLE)
    if named:
        number = _number(named, here)
    else:
        number, listed = number_of(str(learner).strip() or os.environ.get(HUB, ""), here)
        if not listed:
            _tell(
                _(
                    "'{learner}' is not on the class's list, so world {number} was chosen by the id "
                    "itself. If you mistyped your id, correct it and run this cell again."
                ).format(learner=str(learner).strip() or os.environ.get(HUB, ""), number=number)
            )
    book = open_world(here, number)
    _opened[here] = number
    return book


def number_of(learner: str, folder: Path) -> tuple[int, bool]:
    """Return the number of a learner's world, and whether the id is on the class's list.

    Raises:
        NoWorld: the id is empty, or the worlds are not there.
    """
    there = numbers(folder)
    file = folder / FOLDER / CLASS
    if not file.is_file():
        if len(there) == 1:
            return there[0], True
        raise _not_there(folder)
    if not cleaned(learner):
        raise NoWorld(
            _(
                "Which world is yours? Write your id into the cell above, between the quotation "
                'marks, as in learner = "li-ming", and run both cells again.'
            )
        )
    listed = yaml.safe_load(file.read_text("utf-8"))
    mark = digest(str(listed["assignment"]), learner)
    if mark in (listed["learners"] or {}):
        return int(listed["learners"][mark]), True
    return by_chance(mark, int(listed["worlds"])), False


def current(folder: Path) -> Path:
    """Return the folder of the world in use: the grader's, the one opened last, or the only one.

    Raises:
        NoWorld: none was opened yet, or it is not there.
    """
    here = folder.resolve()
    named = os.environ.get(VARIABLE)
    number = _number(named, here) if named else _opened.get(here)
    if number is None:
        there = numbers(here)
        if len(there) != 1:
            raise NoWorld(_("No world is open yet. Run the cell with my_world(...) first."))
        number = there[0]
    return here / FOLDER / str(number)


def open_world(folder: Path, number: int) -> Book:
    """Read the tables of one world of the assignment in ``folder``; texts are plain ``str``.

    Raises:
        NoWorld: it is not there.
    """
    import pandas as pd

    files = sorted((folder / FOLDER / str(number)).glob("*.parquet"))
    if not files:
        raise _not_there(folder, number)
    return Book(number, {file.stem: pd.read_parquet(file) for file in files})


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the worlds that lie beside a notebook, in order."""
    found = (folder / FOLDER).glob("*/")
    return sorted(int(one.name) for one in found if one.name.isdecimal())


def cleaned(learner: str) -> str:
    """Return an id as ids are compared: NFKC, case-folded, without spaces at its ends."""
    return unicodedata.normalize("NFKC", learner).casefold().strip()


def digest(assignment: str, learner: str) -> str:
    """Return what stands for a learner in the list of one assignment."""
    return hashlib.sha256(f"{assignment}\n{cleaned(learner)}".encode()).hexdigest()[:16]


def by_chance(mark: str, worlds: int) -> int:
    """Return the world, from 1 to ``worlds``, of a digest that is on no list."""
    return int(mark, 16) % worlds + 1


def _number(named: str, folder: Path) -> int:
    if not named.isdecimal():
        text = _("{variable} is '{value}', which is no number of a world.")
        raise NoWorld(text.format(variable=VARIABLE, value=named))
    if int(named) not in numbers(folder):
        raise _not_there(folder, int(named))
    return int(named)


def _not_there(folder: Path, number: int | None = None) -> NoWorld:
    there = ", ".join(str(one) for one in numbers(folder)) or _("none")
    text = _(
        "World {number} is not in {folder}; the worlds there: {there}. "
        "Open the notebook from the folder that it was handed out in, with everything beside it."
    )
    place = folder / FOLDER
    return NoWorld(text.format(number=number or "?", folder=place, there=there))


def _tell(text: str) -> None:
    import html

    from IPython.display import publish_display_data

    page = (
        f'<div role="status" lang="{tag()}" style="border-left:4px solid #b45309;padding:.3em .8em">'
        f"{html.escape(text)}</div>"
    )
    data: dict[str, Any] = {"text/plain": text, "text/html": page}
    publish_display_data(data)
