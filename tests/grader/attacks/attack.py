"""What an attack is: data, the same on both sides, with what comes of it here and on stock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from string import Template
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

ATTEMPTED = "the attack was tried to its end"
"""Printed by every attack that goes on after it was refused, so that no test passes by accident."""


@dataclass(frozen=True)
class Here:
    """What comes of an attack under `duecourse autograde`.

    Attributes:
        text: how the table says it.
        lost: the tasks whose points it costs the attacker; "all" for every graded answer, "either"
            for none to all, "some" for one at least, "readable" for none or a whole file unread.
        why: words of the explanation that stands in the marks of what is lost.
        state: what grading says about the submission.
        ends: whether the attack comes to its last line, and the notebook goes on.
    """

    text: str
    lost: tuple[str, ...] | str = ()
    why: str = ""
    state: str = "graded"
    ends: bool = True


NOTHING_GAINED = Here("nothing gained")


def stopped(why: str) -> Here:
    """Return the outcome of an attack that costs the attacker's own kernel."""
    return Here("its own zeros, explained", "all", why, ends=False)


def unread(why: str) -> Here:
    """Return the outcome of a submission that is not even executed."""
    return Here("explained zeros", "all", why, "explained", ends=False)


@dataclass(frozen=True)
class Stock:
    """What comes of an attack under plain nbgrader.

    Attributes:
        text: how the table says it.
        succeeds: whether the probe shows something or points are gained; None if it is not run.
        graded: whether nbgrader grades the submission at all.
    """

    text: str
    succeeds: bool | None
    graded: bool = True


SUCCEEDS = Stock("succeeds", succeeds=True)
FULL_POINTS = Stock("full points", succeeds=True)
IN_VAIN = Stock("in vain", succeeds=False)
NOT_GRADED = Stock("not graded", succeeds=False, graded=False)


def unsafe(why: str) -> Stock:
    """Return that an attack is not run on stock, and why."""
    return Stock(f"not run: {why}", succeeds=None)


Shape = Callable[[NotebookNode], "NotebookNode | bytes | None"]


@dataclass(frozen=True)
class Attack:
    """One attack; whoever makes it is named after it.

    Attributes:
        name: its name, and the learner's.
        covers: the part of the list of threats that it belongs to.
        tries: what it tries, for the table.
        code: a cell of the notebook that makes it; ``$word`` stands for something of the scene.
        here: what comes of it here.
        stock: what comes of it on stock.
        probe: shows what it achieved, as texts; nothing if it failed.
        after: the cell that ``code`` stands behind; behind the first one by default.
        shape: changes the notebook as a whole.
        place: puts more into the submission's folder.
        stock_code: replaces ``code`` where plain nbgrader has another thing to attack.
        learner: the learner's id, where that is the attack.
        root: whether only the superuser can make it.
    """

    name: str
    covers: str
    tries: str
    here: Here = NOTHING_GAINED
    stock: Stock = SUCCEEDS
    code: str = ""
    probe: Callable[[Any, str], list[str]] | None = None
    after: str = ""
    shape: Shape | None = None
    place: Callable[[Any, Any], None] | None = None
    stock_code: str | None = None
    learner: str = field(default="")
    root: bool = False

    @property
    def who(self) -> str:
        """Return the attacker's id."""
        return self.learner or self.name

    def notebook(self, scene: Any) -> "NotebookNode | bytes | None":
        """Return what the attacker hands in: right answers but for one, and the attack."""
        notebook = scene.honest()
        code = self.code
        if scene.stock and self.stock_code is not None:
            code = self.stock_code
        if code:
            source = Template(code).substitute(scene.words(self.who)).strip()
            ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
            behind = ids.index(self.after) if self.after else 0
            cell = new_code_cell(f'{source}\nprint("{ATTEMPTED}")')
            notebook.cells.insert(behind + 1, cell)
        return self.shape(notebook) if self.shape else notebook
