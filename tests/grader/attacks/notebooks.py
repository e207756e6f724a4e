"""Attacks by the notebook file itself: what it says about its cells, and what it is made of."""

import json

import nbformat
from nbformat.v4 import new_code_cell

from tests.conftest import cell_of
from tests.grader.attacks.attack import (
    FULL_POINTS,
    IN_VAIN,
    NOT_GRADED,
    Attack,
    Here,
    Stock,
    unread,
    unsafe,
)

METADATA = "tampered metadata"
FILES = "broken notebooks"
HONEST_ANYWAY = Here("nothing gained", ends=False)


def _text(notebook):
    return nbformat.writes(notebook)


def _skips(notebook):
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "nbval-skip"]
    return notebook


def _with(name, **changes):
    def change(notebook):
        cell_of(notebook, name).metadata.nbgrader.update(changes)
        return notebook

    return change


def _as_markdown(notebook):
    cell = cell_of(notebook, "total")
    cell.cell_type = "markdown"
    for name in ("outputs", "execution_count"):
        cell.pop(name, None)
    return notebook


def _edited(notebook):
    cell_of(notebook, "total").source = "4.0"
    return notebook


def _deleted(notebook):
    notebook.cells.remove(cell_of(notebook, "total"))
    return notebook


def _twice(notebook):
    copy = nbformat.from_dict(cell_of(notebook, "total"))
    copy.source, copy.id = "4.0", "again"
    notebook.cells.append(copy)
    return notebook


def _same_ids(notebook):
    for cell in notebook.cells:
        cell["id"] = "same"
    return json.dumps(notebook).encode()


def _odd_metadata(notebook):
    notebook.metadata["language_info"] = {"name": ["python"], "pygments_lexer": 7}
    notebook.metadata["kernelspec"] = {
        "name": "../../../bin/sh",
        "display_name": "",
        "argv": ["sh"],
    }
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": 1}
    cell_of(notebook, "best").metadata["nbgrader"]["points"] = "inf"
    notebook.cells[0].metadata["nbgrader"] = {"grade_id": "../../../gradebook", "schema_version": 3}
    return notebook


def _many_cells(notebook):
    notebook.cells += [new_code_cell("") for _ in range(20_000)]
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"id-{number}"
    return notebook


def _surrogates(notebook):
    cell = new_code_cell("")
    cell.source = "print('SURROGATE')"
    notebook.cells.insert(1, cell)
    return _text(notebook).replace("SURROGATE", "\\ud800").encode()


def _absurd_numbers(notebook):
    data = json.loads(_text(notebook))
    data["nbformat_minor"] = "NUMBER"
    return json.dumps(data).replace('"NUMBER"', "9" * 5000).encode()


ATTACKS = (
    Attack(
        "skips-execution",
        METADATA,
        "tag its cells so that nothing is executed",
        shape=_skips,
        here=HONEST_ANYWAY,
        stock=FULL_POINTS,
    ),
    Attack(
        "raises-points",
        METADATA,
        "say that a cell is worth a hundred times its points",
        shape=_with("best", points=200),
        here=HONEST_ANYWAY,
        stock=IN_VAIN,
    ),
    Attack(
        "unlocks-tests",
        METADATA,
        "say that a test is an answer, to be kept as it is",
        shape=lambda notebook: _with("total", solution=True, locked=False)(_edited(notebook)),
        here=HONEST_ANYWAY,
        stock=NOT_GRADED,
    ),
    Attack(
        "changes-cell-type",
        METADATA,
        "turn a test into text",
        shape=_as_markdown,
        here=HONEST_ANYWAY,
        stock=IN_VAIN,
    ),
    Attack(
        "edits-tests",
        METADATA,
        "write its points into the test",
        shape=_edited,
        here=HONEST_ANYWAY,
        stock=IN_VAIN,
    ),
    Attack(
        "deletes-tests",
        METADATA,
        "delete the test",
        shape=_deleted,
        here=HONEST_ANYWAY,
        stock=Stock("waits for a person", succeeds=False),
    ),
    Attack(
        "doubles-tests",
        METADATA,
        "add a test of its own under the same name",
        shape=_twice,
        here=HONEST_ANYWAY,
        stock=NOT_GRADED,
    ),
    Attack(
        "repeats-ids",
        METADATA,
        "give all its cells one id",
        shape=_same_ids,
        here=HONEST_ANYWAY,
        stock=IN_VAIN,
    ),
    Attack(
        "changes-schema",
        METADATA,
        "claim another version of nbgrader's metadata",
        shape=_with("total", schema_version=99),
        here=HONEST_ANYWAY,
        stock=NOT_GRADED,
    ),
    Attack(
        "odd-metadata",
        METADATA,
        "fill metadata with values of the wrong kind",
        shape=_odd_metadata,
        here=unread("not a notebook"),
        stock=NOT_GRADED,
    ),
    Attack(
        "truncated",
        FILES,
        "hand in half a file",
        shape=lambda notebook: _text(notebook)[:2000].encode(),
        here=unread("not readable as JSON"),
        stock=NOT_GRADED,
    ),
    Attack(
        "utf-16",
        FILES,
        "hand in a file in another encoding",
        shape=lambda notebook: _text(notebook).encode("utf-16"),
        here=unread("not written in UTF-8"),
        stock=NOT_GRADED,
    ),
    Attack(
        "nested-json",
        FILES,
        "hand in JSON nested so deeply that reading it fails",
        shape=lambda _notebook: b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        here=unread("not readable as JSON"),
        stock=NOT_GRADED,
    ),
    Attack(
        "absurd-numbers",
        FILES,
        "hand in numbers of thousands of digits",
        shape=_absurd_numbers,
        here=unread(""),
        stock=NOT_GRADED,
    ),
    Attack(
        "half-characters",
        FILES,
        "hand in text that cannot be written again",
        shape=_surrogates,
        here=Here("read, or explained zeros", "readable", ends=False),
        stock=NOT_GRADED,
    ),
    Attack(
        "no-cells",
        FILES,
        "hand in a notebook whose cells are none",
        shape=lambda _notebook: (
            b'{"cells": {"a": 1}, "metadata": [], "nbformat": 4, "nbformat_minor": 5}'
        ),
        here=unread("not a notebook"),
        stock=NOT_GRADED,
    ),
    Attack(
        "old-format",
        FILES,
        "hand in a notebook of a format that does not exist",
        shape=lambda notebook: _text(notebook).replace('"nbformat": 4', '"nbformat": 99').encode(),
        here=unread("not a notebook"),
        stock=NOT_GRADED,
    ),
    Attack(
        "hundred-megabytes",
        FILES,
        "hand in a notebook of 100 MB",
        shape=lambda _notebook: (
            b'{"cells": [], "metadata": {"x": "'
            + b"x" * 100_000_000
            + b'"}, "nbformat": 4, "nbformat_minor": 5}'
        ),
        here=unread("larger than"),
        stock=unsafe("memory and time of the whole class"),
    ),
    Attack(
        "many-cells",
        FILES,
        "hand in twenty thousand cells",
        shape=_many_cells,
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=unsafe("the class would wait for hours"),
    ),
)
