"""The rubric of a written task beside its answer: for who writes it and for who marks it."""

from typing import Final

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from duecourse.language import Language, _, pick, speaking
from duecourse.tasks import Tasks, TextTask

CELL: Final = "rubric"


def insert_rubrics(notebook: NotebookNode, tasks: Tasks, language: Language) -> None:
    """Put the rubric of every written task before the cell of its answer, in place.

    It goes out with the release, so the learner sees it while writing, and it comes back with the
    submission, so the formgrader and the feedback show it too.
    """
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in tasks and isinstance(task := tasks[name], TextTask):
            with speaking(language):
                text = as_markdown(task)
            # nbformat draws an id by chance; a release is the same whenever it is built.
            cells.append(new_markdown_cell(text, id=f"{CELL}-{name}"[:64]))
        cells.append(cell)
    notebook.cells = cells


def as_markdown(task: TextTask) -> str:
    """Return a rubric as a Markdown table in the current language: a row a criterion."""
    levels = max(len(criterion.levels) for criterion in task.rubric)
    least, most = task.words
    lines = [
        f"**{_('How it is marked')}**",
        "",
        "| " + " | ".join([_("criterion"), *[""] * levels]) + " |",
        "|" + "---|" * (levels + 1),
    ]
    for criterion in task.rubric:
        cells = [f"**{level.points:g}**: {_cell(pick(level.text))}" for level in criterion.levels]
        cells += [""] * (levels - len(cells))
        lines.append("| " + " | ".join([_cell(pick(criterion.title)), *cells]) + " |")
    lines += ["", _("Length: {least} to {most} words.").format(least=least, most=most)]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.strip().replace("|", "\\|").replace("\n", " ")
