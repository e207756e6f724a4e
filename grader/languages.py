"""Keeping one language of what the kit's authors write in two: notebooks, texts, data."""

import re
from typing import Any, Final

import yaml
from nbformat import NotebookNode

from duecourse.language import LANGUAGES, Language

INSTRUCTORS: Final = frozenset({"mistake", "instructor"})
"""Tags of cells that never leave the instructor's side."""
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""Those of the C library where it is there: a case is long."""
_KEPT: Final = {"lang", "nbgrader", "slideshow", "jupyter"}
_BLOCK: Final = re.compile(r"<!-- lang:(\w+) -->\n?(.*?)<!-- /lang -->\n?", re.DOTALL)


def one_language(notebook: NotebookNode, language: Language) -> NotebookNode:
    """Drop the cells of other languages and every cell for instructors, in place."""
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("lang", language) == language
        and not INSTRUCTORS & set(cell.metadata.get("tags", []))
    ]
    for cell in notebook.cells:
        for name in set(cell.metadata) - _KEPT:
            del cell.metadata[name]
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata = NotebookNode(
        {
            name: notebook.metadata[name]
            for name in ("kernelspec", "language_info")
            if name in notebook.metadata
        }
    )
    notebook.metadata["lang"] = language
    return notebook


def one_language_of_text(text: str, language: Language) -> str:
    """Keep the blocks of one language of a Markdown text (``<!-- lang:en --> ... <!-- /lang -->``)."""
    return _BLOCK.sub(lambda found: found[2] if found[1] == language else "", text)


def one_language_of_data(data: Any, language: Language) -> Any:
    """Keep one language of every ``{"en": ..., "zh": ...}`` in YAML data."""
    if isinstance(data, list):
        return [one_language_of_data(one, language) for one in data]
    if not isinstance(data, dict):
        return data
    if data and set(data) <= set(LANGUAGES) and language in data:
        return {language: data[language]}
    return {name: one_language_of_data(value, language) for name, value in data.items()}


def one_language_of_yaml(text: str, language: Language) -> str:
    """Return tasks, a case or a key in one language, and with that language's name in it."""
    data = yaml.load(text, Loader=_LOADER)  # noqa: S506  # a safe loader
    data = {"language": language, **one_language_of_data(data, language)}
    return str(yaml.dump(data, Dumper=_DUMPER, allow_unicode=True, sort_keys=False))
