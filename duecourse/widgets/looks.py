"""The look that the boards of cases and rules share: a style sheet for stock widgets."""

from functools import cache
from pathlib import Path

import ipywidgets as widgets

from duecourse.language import tag

_FILE = Path(__file__).with_suffix(".css")


def look() -> widgets.HTML:
    """Return a widget that shows nothing and brings the style sheet; give it to the board's box."""
    return widgets.HTML(f"<style>{_sheet()}</style>", layout=widgets.Layout(display="none"))


def dressed(board: widgets.Box, name: str) -> None:
    """Let the style sheet reach a board.

    Args:
        board: the outermost box.
        name: what the style sheet calls it.
    """
    for one in ("dc-board", f"dc-{name}", f"dc-{tag()}"):
        board.add_class(one)


@cache
def _sheet() -> str:
    return _FILE.read_text("utf-8")
