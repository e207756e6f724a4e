"""The ground that every picture is drawn on: style, plots, bars and words, and the picture itself.

SVG whose words stay words, so that a browser's fonts draw Chinese; the same on every machine.
"""

import html
import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame, Interval, Series, isna

from duecourse.columns import Floats
from duecourse.language import _, current

# Okabe and Ito's colours, told apart with any colour vision and in grey
GOOD, BAD, INK, QUIET, GRID = "#0072B2", "#D55E00", "#222222", "#666666", "#E3E3E3"
WIDTH = 640
_FONTS = (
    "'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', "
    "'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif"
)
DASHED, DOTTED = (0, (4, 3)), (0, (2, 3))
_STYLE: dict[str, Any] = {
    # texts are measured with the font that matplotlib brings along: the same layout everywhere, and
    # no search for a font that a machine may lack
    "font.family": ["DejaVu Sans"],
    "font.size": 12,
    "svg.fonttype": "none",
    "text.parse_math": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}


@dataclass(frozen=True)
class Picture:
    """A chart to be shown in a notebook, a widget or a report, without any file beside it."""

    svg: str
    """one `<svg>` element"""
    title: str
    """the finding, in a sentence"""
    alt: str
    """what somebody who does not see the picture should know"""

    def _repr_html_(self) -> str:
        language = "zh-CN" if current() == "zh" else "en"
        return (
            f'<figure lang="{language}" style="margin:0.5em 0;max-width:{WIDTH}px">'
            f'<figcaption style="font-weight:600">{html.escape(self.title)}</figcaption>'
            f'<div role="img" aria-label="{html.escape(self.alt)}">{self.svg}</div></figure>'
        )


def picture(title: str, alt: str, height: int, paint: Callable[[Figure], None]) -> Picture:
    """Paint on a figure of WIDTH x height pixels and return it as a picture."""
    with style.context(["default", {**_STYLE, "svg.hashsalt": title}]), warnings.catch_warnings():
        # the font that measures has no Chinese; the browser, which draws the words, has
        warnings.filterwarnings(
            "ignore", message=r"Glyph \d+ .* missing from font", category=UserWarning
        )
        figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
        paint(figure)
        stream = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(stream, metadata=nothing)
    svg = stream.getvalue()
    svg = re.sub(
        r"<metadata>.*?</metadata>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.DOTALL
    )
    # every text takes over the fonts of the whole picture
    svg = re.sub(r"font-family: 'DejaVu Sans'(; )?", "", svg)
    look = f"max-width:100%;height:auto;font-family:{_FONTS}"
    svg = re.sub(r"\s*\n\s*", "\n", svg.replace("<svg ", f'<svg style="{look}" ', 1))
    return Picture(svg.strip(), title, alt)


def plot(figure: Figure, place: tuple[float, float, float, float], label: str) -> Axes:
    """Add a plot at (left, top, width, height) in pixels; its upright axis is labelled above it."""
    left, top, width, height = place
    high = figure.get_figheight() * 72
    axes = figure.add_axes((left / WIDTH, 1 - (top + height) / high, width / WIDTH, height / high))
    axes.text(0, 1 + 8 / height, label, color=QUIET, transform=axes.transAxes)
    axes.tick_params(length=0)
    axes.grid(visible=False, axis="x")
    axes.margins(y=0.08)
    return axes


def square(figure: Figure, label: str, reach: float) -> Axes:
    """Add a square plot from 0 to reach in both directions with its diagonal dashed."""
    axes = plot(figure, (56, 28, 340, 340), label)
    axes.plot([0, reach], [0, reach], color=QUIET, linewidth=1, linestyle=DASHED)
    axes.set(xlim=(0, reach), ylim=(0, reach))
    return axes


def beside(axes: Axes, height: float, words: str, **look: Any) -> None:
    """Write to the right of a plot, at a share of its height."""
    axes.text(1.03, height, words, transform=axes.transAxes, va="center", **look)


def thinned(curve: DataFrame) -> DataFrame:
    """Return some 200 rows of a long curve, half of them evenly along the risk: the eye sees no more."""
    last, risks = len(curve) - 1, curve.index.to_numpy(dtype=float)
    along = np.searchsorted(risks, np.linspace(risks[0], risks[-1], 100))
    return curve.iloc[
        np.union1d(along.clip(0, last), np.linspace(0, last, 100).round()).astype(int)
    ]


def lying_bars(
    values: Series,
    title: str,
    label: str,
    notes: Sequence[str],
    colours: Sequence[str],
    *,
    pale: Sequence[bool] = (),
    ends: tuple[Floats, Floats] | None = None,
    reach: float | None = None,
    head: str = "",
) -> Picture:
    """Draw one lying bar a row, its name to the left and its note to the right."""
    names = [shortened(name_of(group)) for group in values.index]
    left = 16 + max(width_of(name) for name in names)
    right = 18 + max(width_of(note) for note in (head, *notes))
    height = 30 * len(names)

    def paint(figure: Figure) -> None:
        axes = plot(figure, (left, 24, WIDTH - left - right, height), "")
        rows = range(len(names))
        bars = axes.barh(rows, values, height=0.62, color=colours)
        for bar, light in zip(bars, pale, strict=False):
            bar.set_alpha(0.35 if light else 1)
        if ends:
            axes.hlines(rows, ends[0], ends[1], color=INK, linewidth=1.5)
        for row, note in zip(rows, notes, strict=True):
            axes.text(1.015, row, note, transform=axes.get_yaxis_transform(), va="center")
        above = 1 + 8 / height
        axes.text(1.015, above, head, color=QUIET, transform=axes.transAxes)
        axes.set_yticks(rows, names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.axvline(0, color=QUIET, linewidth=1)
        axes.spines["left"].set_visible(values.min() >= 0)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        if reach:
            axes.set_xlim(0, reach)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlabel(label)

    said = "; ".join(
        f"{name_of(group)} {value:.3g} ({note})"
        for group, value, note in zip(values.index, values, notes, strict=True)
    )
    alt = _("{title}. {label}: {values}").format(title=title, label=label, values=said)
    return picture(title, alt, height + 74, paint)


def name_of(group: object) -> str:
    """Return a group's name as it is shown; a missing value is called so."""
    if isinstance(group, Interval):
        text = f"{group.left:g}, {group.right:g}"
        return f"[{text})" if group.closed == "left" else f"({text}]"
    return _("missing") if isna(cast("Any", group)) is True else str(group)


def shortened(name: str) -> str:
    """Return a name that leaves room for its bar."""
    while width_of(name) > 250:
        name = name[:-2] + "…"
    return name


def width_of(text: str) -> int:
    """Return about how many pixels the text takes; a Chinese character is as wide as it is high."""
    return sum(13 if ord(character) > 0x2E7F else 7 for character in text)


def percent(value: float) -> str:
    """Return a percentage as it is shown: 7.5%, 8%."""
    return f"{value:.1f}".removesuffix(".0") + "%"
