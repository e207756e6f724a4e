"""A notebook to mark in: one cell that opens a marker's panel."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from duecourse.language import _
from grader.rubrics.log import FOLDER
from grader.rubrics.session import Session


def write(session: Session) -> Path:
    """Write the notebook of a marker beside the marker's file, unless it is there already.

    Returns:
        The notebook; it holds no answer and no mark.
    """
    marking, course = session.marking, session.course
    folder = course.folder / FOLDER / session.assignment / marking.task.id
    file = folder / f"{marking.marker}-{marking.role}.ipynb"
    if file.exists():
        return file
    source = (
        "from grader.rubrics.panel import panel\n\n"
        f"marking = panel({session.assignment!r}, {marking.task.id!r}, marker={marking.marker!r}, "
        f"role={str(marking.role)!r}, course={course.name!r})\nmarking"
    )
    about = _("Run the cell below. Every mark is kept at once.")
    cells = [new_markdown_cell(about, id="about"), new_code_cell(source, id="panel")]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), file)
    return file
