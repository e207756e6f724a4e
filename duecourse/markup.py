"""Numbers as HTML, for widgets and reports."""

import html
from collections.abc import Sequence

from pandas import isna


def as_percent(value: float) -> str:
    """Return a share in [0, 1] as percent, and a dash where there is none."""
    return "–" if isna(value) else f"{value:.1%}"


def html_table(
    rows: Sequence[tuple[str, ...]], head: tuple[str, ...] | None = None, caption: str = ""
) -> str:
    """Return an HTML table whose first column names the rows; every text in it is escaped.

    Args:
        rows: the cells of each row, as they are shown.
        head: the columns' names.
        caption: what the table says.
    """
    gap = "padding:0 1em 0 0"
    cell = f'style="text-align:right;{gap}"'
    first = f'scope="row" style="text-align:left;font-weight:normal;{gap}"'
    lines = []
    if caption:
        # a narrow table would break its caption into many short lines
        look = "text-align:left;font-weight:600;white-space:nowrap"
        lines.append(f'<caption style="{look}">{html.escape(caption)}</caption>')
    if head:
        corner, *others = (html.escape(name) for name in head)
        names = "".join(f'<th scope="col" {cell}>{name}</th>' for name in others)
        lines.append(f'<tr><th scope="col" style="text-align:left;{gap}">{corner}</th>{names}</tr>')
    for name, *values in rows:
        row = "".join(f"<td {cell}>{html.escape(value)}</td>" for value in values)
        lines.append(f"<tr><th {first}>{html.escape(name)}</th>{row}</tr>")
    return f'<table style="margin:0.3em 0">{"".join(lines)}</table>'
