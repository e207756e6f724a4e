"""Pictures of the measures: SVG whose words stay words, so that a browser's fonts draw Chinese.

Every chart takes a table or columns of the measures and returns a `Picture`, the same one for the
same data on every machine. Titles state the finding; pass `title` to say it better.
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
from matplotlib.ticker import FuncFormatter, MaxNLocator
from pandas import DataFrame, Interval, Series, isna

from duecourse import risk as measures
from duecourse.language import _, current

# Okabe and Ito's colours, told apart with any colour vision and in grey
GOOD, BAD, INK, QUIET, GRID = "#0072B2", "#D55E00", "#222222", "#666666", "#E3E3E3"
WIDTH = 640
SMALL = 30
"""accounts below which a group's rate is drawn pale and no finding is built on it"""
_FONTS = (
    "'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans CJK SC', 'Noto Sans SC', 'PingFang SC', "
    "'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif"
)
_DASHED, _DOTTED = (0, (4, 3)), (0, (2, 3))
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


def bad_rates(table: DataFrame, title: str | None = None) -> Picture:
    """Draw the bad rate of every group with its 95% interval and count, from `risk.rate_table`."""
    rates = 100 * table["bad_rate"]
    finding = _compared(
        _("The bad rate runs from {low} in “{best}” to {high} in “{worst}”"),
        rates,
        table["count"],
    )
    words = (_("bad rate"), _("bads / accounts"))
    return _rates(rates, (table["bads"], table["count"]), title or finding, words, BAD)


def gaps(table: DataFrame, measure: str = "approval_rate", title: str | None = None) -> Picture:
    """Draw one rate of every group with its 95% interval, from `fairness.gap_table`.

    Args:
        table: one row per group.
        measure: `approval_rate`, `bad_rate` or `false_refusal_rate`.
        title: the finding; computed if it is left out.
    """
    part, whole, name, counts = {
        "approval_rate": ("approved", "count", _("approval rate"), _("approved / applicants")),
        "bad_rate": (
            "bads_approved",
            "approved",
            _("bad rate among the approved"),
            _("bads / approved"),
        ),
        "false_refusal_rate": (
            "goods_refused",
            "goods",
            _("share of good applicants refused"),
            _("refused / good applicants"),
        ),
    }[measure]
    rates = 100 * table[measure]
    finding = _compared(
        _("The {measure} differs by {gap} points: “{best}” lowest, “{worst}” highest"),
        rates,
        table[whole],
        measure=name,
    )
    return _rates(rates, (table[part], table[whole]), title or finding, (name, counts), GOOD)


def woe(table: DataFrame, title: str | None = None) -> Picture:
    """Draw the weight of evidence of every group, from `risk.woe_table`; smoothed ones are pale."""
    finding = _("Together the groups carry an information value of {iv}").format(
        iv=f"{table['iv'].sum():.2f}"
    )
    values, smoothed = table["woe"], list(table["smoothed"])
    notes = [
        f"{value:+.2f}".replace("-", "−") + (" " + _("smoothed") if pale else "")
        for value, pale in zip(values, smoothed, strict=True)
    ]
    colours = [GOOD if value >= 0 else BAD for value in values]
    label = _("weight of evidence (above 0: safer than average)")
    return _bars(values, title or finding, label, notes, colours, pale=smoothed)


def difficulty(shares: Series, title: str | None = None) -> Picture:
    """Draw the mean share of the points won in every task; below a half stands out.

    Args:
        shares: in [0, 1], one per task; the index holds the tasks' titles.
        title: the finding; computed if it is left out.
    """
    percents = 100 * Series(_some(shares), index=shares.index)
    finding = _("The hardest task is “{task}”: {share} of its points were won").format(
        task=_name(percents.idxmin()), share=_percent(percents.min())
    )
    colours = [BAD if value < 50 else GOOD for value in percents]
    notes = [_percent(value) for value in percents]
    label = _("points won (mean, % of the task's points)")
    return _bars(percents, title or finding, label, notes, colours, reach=100)


def distributions(risk: Any, bad: Any, title: str | None = None) -> Picture:
    """Draw how goods and bads are spread over the risk, and where their KS distance lies."""
    curve = measures.ks_curve(risk, bad)
    values, labels = (
        column.to_numpy(dtype=float) for column in measures.aligned(risk=risk, bad=bad)
    )
    sizes = curve["gap"].abs().to_numpy()
    at, ks = float(curve.index.to_numpy()[sizes.argmax()]), float(sizes.max())
    steps = _thinned(curve)
    finding = _("Goods and bads lie furthest apart at {at}: KS = {ks}").format(
        at=f"{at:.3g}", ks=f"{ks:.2f}"
    )
    edges = np.histogram_bin_edges(values, bins=30)

    def paint(figure: Figure) -> None:
        above = _axes(figure, (56, 28, 480, 130), _("accounts in each slice (% of their kind)"))
        below = _axes(figure, (56, 214, 480, 150), _("accounts up to here (% of their kind)"))
        for kind, colour, name, column in (
            (0, GOOD, _("goods"), "cumulative_good"),
            (1, BAD, _("bads"), "cumulative_bad"),
        ):
            part = values[labels == kind]
            heights = 100 * np.histogram(part, edges)[0] / part.size
            above.stairs(heights, edges, color=colour, fill=True, alpha=0.2)
            above.stairs(heights, edges, color=colour, linewidth=1.5)
            below.step(steps.index, 100 * steps[column], where="post", color=colour, linewidth=2)
            _beside(above, 0.9 - 0.15 * kind, name, color=colour, weight="bold")
        ends = 100 * curve.loc[at, ["cumulative_good", "cumulative_bad"]].to_numpy(dtype=float)
        below.vlines(at, ends.min(), ends.max(), color=INK, linewidth=2.5)
        _beside(below, 0.5, f"KS = {ks:.2f}", weight="bold")
        below.set_ylim(0, 100)
        below.set_xlabel(_("risk score (higher: likelier to go bad)"))
        for axes in (above, below):
            axes.axvline(at, color=INK, linewidth=1, linestyle=_DOTTED)
            axes.set_xlim(edges[0], edges[-1])

    return _picture(title or finding, finding, 414, paint)


def roc(risk: Any, bad: Any, title: str | None = None) -> Picture:
    """Draw the ROC curve: for every cut-off, the bads caught against the goods refused."""
    curve, area = measures.ks_curve(risk, bad), measures.auc(risk, bad)
    finding = _("A bad ranks above a good in {share} of all pairs: AUC = {area}").format(
        share=_percent(100 * area), area=f"{area:.3f}"
    )
    steps = _thinned(curve)
    x, y = ([100, *100 * (1 - steps[f"cumulative_{kind}"])] for kind in ("good", "bad"))

    def paint(figure: Figure) -> None:
        axes = _square(figure, _("bads caught (% of bads)"), 100)
        axes.fill_between(x, y, x, color=GOOD, alpha=0.12, linewidth=0)
        axes.plot(x, y, color=GOOD, linewidth=2)
        axes.set_xlabel(_("goods refused (% of goods)"))
        _beside(axes, 0.95, f"AUC = {area:.3f}", weight="bold")
        _beside(axes, 0.88, f"Gini = {2 * area - 1:.3f}", weight="bold")
        _beside(axes, 0.78, _("dashed: pure chance"))

    return _picture(title or finding, finding, 420, paint)


def calibration(table: DataFrame, title: str | None = None) -> Picture:
    """Draw observed against predicted bad rates, from `risk.calibration_table`."""
    error = float((table["gap"].abs() * table["count"]).sum() / table["count"].sum())
    finding = _("Predicted and observed bad rates differ by {error} points on average").format(
        error=f"{100 * error:.1f}"
    )
    low, high = measures.rate_interval(table["bads"], table["count"])
    x, y = 100 * table["mean_pd"], 100 * table["bad_rate"]

    def paint(figure: Figure) -> None:
        reach = min(100.0, 1.05 * max(x.max(), 100 * high.max()))
        axes = _square(figure, _("observed bad rate (%), with 95% interval"), reach)
        axes.vlines(x, 100 * low, 100 * high, color=GOOD, linewidth=1.5)
        axes.plot(x, y, "o", color=GOOD, markersize=7, clip_on=False)
        axes.set_xlabel(_("mean predicted PD (%)"))
        _beside(axes, 0.95, _("dashed: predicted = observed"))
        _beside(axes, 0.88, _("above it: risk understated"))
        _beside(axes, 0.81, _("below it: risk overstated"))

    return _picture(title or finding, finding, 420, paint)


def costs(
    table: DataFrame, chosen: float | None = None, unit: str | None = None, title: str | None = None
) -> Picture:
    """Draw the cost of every cut-off with the cheapest one marked, from `risk.cutoff_table`.

    Args:
        table: one row per cut-off.
        chosen: a cut-off to be marked too, within the range of the table.
        unit: what the money is counted in.
        title: the finding; computed if it is left out.
    """
    table = table.sort_index()
    best, lowest = _cheapest(table), float(table["cost"].min())
    finding = _("The cost is lowest at a cut-off of {best}").format(best=_percent(100 * best))
    ends = float(table.index[0]), float(table.index[-1])
    marks = [(best, _("cheapest: {cutoff}"), GOOD)]
    if chosen is not None:
        measures.numbers(Series([chosen]), "chosen", *ends)
        marks.append((chosen, _("chosen: {cutoff}"), INK))
        extra = _cost(table, chosen) - lowest
        if extra > 0:
            finding = _(
                "A cut-off of {cutoff} costs {extra} more than the cheapest, {best}"
            ).format(
                cutoff=_percent(100 * chosen), extra=f"{extra:,.0f}", best=_percent(100 * best)
            )

    def paint(figure: Figure) -> None:
        axes = _axes(figure, (76, 28, 424, 240), _money(unit))
        _cost_lines(axes, table)
        for row, (cutoff, text, colour) in enumerate(marks):
            cost = _cost(table, cutoff)
            axes.vlines(100 * cutoff, 0, cost, color=colour, linestyle=_DOTTED)
            axes.plot(100 * cutoff, cost, "o", color=colour, markersize=8, clip_on=False)
            words = text.format(cutoff=_percent(100 * cutoff))
            _beside(axes, 0.5 - 0.09 * row, words, color=colour)
        axes.set_xlabel(_("cut-off: the highest PD that is approved (%)"))

    return _picture(title or finding, finding, 320, paint)


def points(scores: Series, maximum: float, title: str | None = None) -> Picture:
    """Draw how many learners have how many points.

    Args:
        scores: points, one per learner.
        maximum: points of the whole assignment.
        title: the finding; computed if it is left out.
    """
    given = _some(scores)
    middle = float(np.median(given))
    finding = _("Half of the class has {points} points or more").format(points=f"{middle:g}")

    def paint(figure: Figure) -> None:
        axes = _axes(figure, (56, 28, 560, 190), _("learners"))
        axes.hist(given, bins=list(np.linspace(0, maximum, 13)), color=GOOD, edgecolor="white")
        axes.axvline(middle, color=INK, linewidth=1.5, linestyle=_DASHED)
        axes.set_xlim(0, maximum)
        axes.set_xticks(np.linspace(0, maximum, 7))
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        label = _("points (of {maximum}); dashed: the learner in the middle")
        axes.set_xlabel(label.format(maximum=f"{maximum:g}"))

    return _picture(title or finding, finding, 270, paint)


@dataclass(frozen=True)
class CutoffPanel:
    """The costs of all cut-offs above the spread of the applicants, drawn once to be marked often."""

    svg: str
    table: DataFrame

    def at(self, cutoff: float) -> Picture:
        """Return the picture with a line at a cut-off of the table and the refused shaded."""
        cutoffs = self.table.index.to_numpy(dtype=float)
        row, best = self.table.iloc[np.abs(cutoffs - cutoff).argmin()], _cheapest(self.table)
        x = _PANEL.left + cutoff / cutoffs[-1] * _PANEL.width
        y = _PANEL.top + _PANEL.height * (1 - row["cost"] / _ceiling(self.table))
        refused = _PANEL.left + _PANEL.width - x
        mark = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{INK}"/>'
        for top, height in (
            (_PANEL.top, _PANEL.height),
            (_PANEL.lower_top, _PANEL.lower_height),
        ):
            mark += (
                f'<rect x="{x:.1f}" y="{top}" width="{refused:.1f}" height="{height}" '
                f'opacity="0.07"/><path d="M{x:.1f} {top}v{height}" stroke="{INK}" '
                'stroke-width="1.5"/>'
            )
        title = _("Cut-off {cutoff}: wrong decisions cost {cost}").format(
            cutoff=_percent(100 * cutoff), cost=f"{row['cost']:,.0f}"
        )
        alt = _(
            "{title}. Approved: {approved} of {applicants}. The cheapest cut-off is {best}."
        ).format(
            title=title,
            approved=f"{row['approved']:,.0f}",
            applicants=f"{row['applicants']:,.0f}",
            best=_percent(100 * best),
        )
        return Picture(self.svg.replace("</svg>", mark + "</svg>"), title, alt)


def cutoff_panel(pd: Any, bad: Any, table: DataFrame, unit: str | None = None) -> CutoffPanel:
    """Draw the costs of a `risk.cutoff_table` above the PDs of its applicants.

    The cut-offs of the table ascend from 0.
    """
    values, labels = (column.to_numpy(dtype=float) for column in measures.aligned(pd=pd, bad=bad))

    reach = 100 * float(table.index[-1])
    edges = np.linspace(0, reach, 26)
    all_of, bads = (np.histogram(100 * part, edges)[0] for part in (values, values[labels == 1]))

    def paint(figure: Figure) -> None:
        box = _PANEL
        above = _axes(figure, (box.left, box.top, box.width, box.height), _money(unit))
        lower = (box.left, box.lower_top, box.width, box.lower_height)
        below = _axes(figure, lower, _("applicants"))
        _cost_lines(above, table)
        below.stairs(all_of, edges, baseline=bads, color=GOOD, fill=True)
        below.stairs(bads, edges, color=BAD, fill=True)
        _beside(below, 0.82, _("goods"), color=GOOD, weight="bold")
        _beside(below, 0.60, _("bads"), color=BAD, weight="bold")
        _beside(below, 0.38, _("shaded: refused"))
        below.set_xlim(0, reach)
        below.yaxis.set_major_locator(MaxNLocator(3))
        below.set_xlabel(_("predicted PD (%)"))

    return CutoffPanel(_picture("", "", 400, paint).svg, table)


@dataclass(frozen=True)
class _Panel:
    """Pixels of the two plots of a cut-off panel."""

    left: int = 76
    top: int = 28
    width: int = 424
    height: int = 180
    lower_top: int = 256
    lower_height: int = 94


_PANEL = _Panel()


def _picture(title: str, alt: str, height: int, paint: Callable[[Figure], None]) -> Picture:
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


def _axes(figure: Figure, place: tuple[float, float, float, float], label: str) -> Axes:
    """Add a plot at (left, top, width, height) in pixels; its upright axis is labelled above it."""
    left, top, width, height = place
    high = figure.get_figheight() * 72
    axes = figure.add_axes((left / WIDTH, 1 - (top + height) / high, width / WIDTH, height / high))
    axes.text(0, 1 + 8 / height, label, color=QUIET, transform=axes.transAxes)
    axes.tick_params(length=0)
    axes.grid(visible=False, axis="x")
    axes.margins(y=0.08)
    return axes


def _square(figure: Figure, label: str, reach: float) -> Axes:
    """Add a square plot from 0 to reach in both directions with its diagonal dashed."""
    axes = _axes(figure, (56, 28, 340, 340), label)
    axes.plot([0, reach], [0, reach], color=QUIET, linewidth=1, linestyle=_DASHED)
    axes.set(xlim=(0, reach), ylim=(0, reach))
    return axes


def _beside(axes: Axes, height: float, words: str, **look: Any) -> None:
    """Write to the right of a plot, at a share of its height."""
    axes.text(1.03, height, words, transform=axes.transAxes, va="center", **look)


def _thinned(curve: DataFrame) -> DataFrame:
    """Return some 200 rows of a long curve, half of them evenly along the risk: the eye sees no more."""
    last, risks = len(curve) - 1, curve.index.to_numpy(dtype=float)
    along = np.searchsorted(risks, np.linspace(risks[0], risks[-1], 100))
    return curve.iloc[
        np.union1d(along.clip(0, last), np.linspace(0, last, 100).round()).astype(int)
    ]


def _cost_lines(axes: Axes, table: DataFrame) -> None:
    """Draw the cost of every cut-off and the two parts that it is made of."""
    x = 100 * table.index.to_numpy(dtype=float)
    axes.plot(x, table["loss"], color=BAD, linewidth=1.2, linestyle=_DASHED)
    axes.plot(x, table["forgone"], color=GOOD, linewidth=1.2, linestyle=_DASHED)
    axes.plot(x, table["cost"], color=INK, linewidth=2)
    axes.set(xlim=(x[0], x[-1]), ylim=(0, _ceiling(table)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _at: f"{value:,.0f}"))
    _beside(axes, 0.95, _("cost = sum of both"), weight="bold")
    _beside(axes, 0.85, _("lost on bads"), color=BAD)
    _beside(axes, 0.75, _("forgone on goods"), color=GOOD)


def _cheapest(table: DataFrame) -> float:
    """Return the cut-off of the lowest cost; of equals the lowest."""
    return float(table.index.to_numpy()[table["cost"].to_numpy().argmin()])


def _cost(table: DataFrame, cutoff: float) -> float:
    """Return the cost of a cut-off, on a straight line between those of the table."""
    return float(np.interp(cutoff, table.index.to_numpy(dtype=float), table["cost"].to_numpy()))


def _ceiling(table: DataFrame) -> float:
    """Return the upper end of the cost axis."""
    return 1.05 * float(table["cost"].max()) or 1.0


def _rates(
    rates: Series, counts: tuple[Series, Series], title: str, words: tuple[str, str], colour: str
) -> Picture:
    """Draw rates in percent with their intervals and counts; groups without members are left out."""
    there = (counts[1] > 0).to_numpy()
    rates, part, whole = rates[there], counts[0][there], counts[1][there]
    low, high = measures.rate_interval(part, whole)
    small = list(whole < SMALL)
    label = (
        _("{measure} (%), with 95% interval; pale: fewer than {small}")
        if any(small)
        else _("{measure} (%), with 95% interval")
    ).format(measure=words[0], small=SMALL)
    notes = [f"{n:,.0f} / {of:,.0f}" for n, of in zip(part, whole, strict=True)]
    colours = [colour] * len(rates)
    return _bars(
        rates, title, label, notes, colours, pale=small, ends=(100 * low, 100 * high), head=words[1]
    )


def _bars(
    values: Series,
    title: str,
    label: str,
    notes: Sequence[str],
    colours: Sequence[str],
    *,
    pale: Sequence[bool] = (),
    ends: tuple[measures.Floats, measures.Floats] | None = None,
    reach: float | None = None,
    head: str = "",
) -> Picture:
    """Draw one lying bar a row, its name to the left and its note to the right."""
    names = [_short(_name(group)) for group in values.index]
    left = 16 + max(_width(name) for name in names)
    right = 18 + max(_width(note) for note in (head, *notes))
    height = 30 * len(names)

    def paint(figure: Figure) -> None:
        axes = _axes(figure, (left, 24, WIDTH - left - right, height), "")
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
        f"{_name(group)} {value:.3g} ({note})"
        for group, value, note in zip(values.index, values, notes, strict=True)
    )
    alt = _("{title}. {label}: {values}").format(title=title, label=label, values=said)
    return _picture(title, alt, height + 74, paint)


def _compared(finding: str, rates: Series, whole: Series, **more: str) -> str:
    """Complete a finding about the lowest and the highest rate, if two groups are large enough."""
    _some(whole[whole > 0])
    large = rates[(whole >= SMALL).to_numpy()]
    if len(large) < 2:
        return _("Too few cases for a comparison of the groups")
    return finding.format(
        low=_percent(large.min()),
        best=_name(large.idxmin()),
        high=_percent(large.max()),
        worst=_name(large.idxmax()),
        gap=f"{large.max() - large.min():.1f}",
        **more,
    )


def _some(values: Series) -> measures.Floats:
    return measures.numbers(measures.aligned(values=values)[0], _("the table"))


def _name(group: object) -> str:
    """Return a group's name as it is shown; a missing value is called so."""
    if isinstance(group, Interval):
        text = f"{group.left:g}, {group.right:g}"
        return f"[{text})" if group.closed == "left" else f"({text}]"
    return _("missing") if isna(cast("Any", group)) is True else str(group)


def _short(name: str) -> str:
    """Return a name that leaves room for its bar."""
    while _width(name) > 250:
        name = name[:-2] + "…"
    return name


def _width(text: str) -> int:
    """Return about how many pixels the text takes; a Chinese character is as wide as it is high."""
    return sum(13 if ord(character) > 0x2E7F else 7 for character in text)


def _percent(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") + "%"


def _money(unit: str | None) -> str:
    return _("cost of wrong decisions ({unit})").format(unit=unit or _("currency units"))
