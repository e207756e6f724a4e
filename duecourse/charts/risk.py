"""Pictures of the measures.

Every chart takes a table or columns of the measures and returns a `Picture`, the same one for the
same data on every machine. Titles state the finding; pass `title` to say it better.
"""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame, Series

from duecourse import risk as measures
from duecourse.columns import Floats, aligned, numbers
from duecourse.cutoffs import cheapest, cost_at
from duecourse.drawing import (
    BAD,
    DASHED,
    DOTTED,
    GOOD,
    INK,
    Picture,
    beside,
    lying_bars,
    name_of,
    percent,
    picture,
    plot,
    square,
    thinned,
)
from duecourse.language import _
from duecourse.panels.cutoff import cost_plot

SMALL = 30
"""accounts below which a group's rate is drawn pale and no finding is built on it"""


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
    return lying_bars(values, title or finding, label, notes, colours, pale=smoothed)


def difficulty(shares: Series, title: str | None = None) -> Picture:
    """Draw the mean share of the points won in every task; below a half stands out.

    Args:
        shares: in [0, 1], one per task; the index holds the tasks' titles.
        title: the finding; computed if it is left out.
    """
    percents = 100 * Series(_some(shares), index=shares.index)
    finding = _("The hardest task is “{task}”: {share} of its points were won").format(
        task=name_of(percents.idxmin()), share=percent(percents.min())
    )
    colours = [BAD if value < 50 else GOOD for value in percents]
    notes = [percent(value) for value in percents]
    label = _("points won (mean, % of the task's points)")
    return lying_bars(percents, title or finding, label, notes, colours, reach=100)


def distributions(risk: Any, bad: Any, title: str | None = None) -> Picture:
    """Draw how goods and bads are spread over the risk, and where their KS distance lies."""
    curve = measures.ks_curve(risk, bad)
    values, labels = (column.to_numpy(dtype=float) for column in aligned(risk=risk, bad=bad))
    sizes = curve["gap"].abs().to_numpy()
    at, ks = float(curve.index.to_numpy()[sizes.argmax()]), float(sizes.max())
    steps = thinned(curve)
    finding = _("Goods and bads lie furthest apart at {at}: KS = {ks}").format(
        at=f"{at:.3g}", ks=f"{ks:.2f}"
    )
    edges = np.histogram_bin_edges(values, bins=30)

    def paint(figure: Figure) -> None:
        above = plot(figure, (56, 28, 480, 130), _("accounts in each slice (% of their kind)"))
        below = plot(figure, (56, 214, 480, 150), _("accounts up to here (% of their kind)"))
        for kind, colour, name, column in (
            (0, GOOD, _("goods"), "cumulative_good"),
            (1, BAD, _("bads"), "cumulative_bad"),
        ):
            part = values[labels == kind]
            heights = 100 * np.histogram(part, edges)[0] / part.size
            above.stairs(heights, edges, color=colour, fill=True, alpha=0.2)
            above.stairs(heights, edges, color=colour, linewidth=1.5)
            below.step(steps.index, 100 * steps[column], where="post", color=colour, linewidth=2)
            beside(above, 0.9 - 0.15 * kind, name, color=colour, weight="bold")
        ends = 100 * curve.loc[at, ["cumulative_good", "cumulative_bad"]].to_numpy(dtype=float)
        below.vlines(at, ends.min(), ends.max(), color=INK, linewidth=2.5)
        beside(below, 0.5, f"KS = {ks:.2f}", weight="bold")
        below.set_ylim(0, 100)
        below.set_xlabel(_("risk score (higher: likelier to go bad)"))
        for axes in (above, below):
            axes.axvline(at, color=INK, linewidth=1, linestyle=DOTTED)
            axes.set_xlim(edges[0], edges[-1])

    return picture(title or finding, finding, 414, paint)


def roc(risk: Any, bad: Any, title: str | None = None) -> Picture:
    """Draw the ROC curve: for every cut-off, the bads caught against the goods refused."""
    curve, area = measures.ks_curve(risk, bad), measures.auc(risk, bad)
    finding = _("A bad ranks above a good in {share} of all pairs: AUC = {area}").format(
        share=percent(100 * area), area=f"{area:.3f}"
    )
    steps = thinned(curve)
    x, y = ([100, *100 * (1 - steps[f"cumulative_{kind}"])] for kind in ("good", "bad"))

    def paint(figure: Figure) -> None:
        axes = square(figure, _("bads caught (% of bads)"), 100)
        axes.fill_between(x, y, x, color=GOOD, alpha=0.12, linewidth=0)
        axes.plot(x, y, color=GOOD, linewidth=2)
        axes.set_xlabel(_("goods refused (% of goods)"))
        beside(axes, 0.95, f"AUC = {area:.3f}", weight="bold")
        beside(axes, 0.88, f"Gini = {2 * area - 1:.3f}", weight="bold")
        beside(axes, 0.78, _("dashed: pure chance"))

    return picture(title or finding, finding, 420, paint)


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
        axes = square(figure, _("observed bad rate (%), with 95% interval"), reach)
        axes.vlines(x, 100 * low, 100 * high, color=GOOD, linewidth=1.5)
        axes.plot(x, y, "o", color=GOOD, markersize=7, clip_on=False)
        axes.set_xlabel(_("mean predicted PD (%)"))
        beside(axes, 0.95, _("dashed: predicted = observed"))
        beside(axes, 0.88, _("above it: risk understated"))
        beside(axes, 0.81, _("below it: risk overstated"))

    return picture(title or finding, finding, 420, paint)


def costs(
    table: DataFrame, chosen: float | None = None, unit: str | None = None, title: str | None = None
) -> Picture:
    """Draw the cost of every cut-off with the cheapest one marked, from `cutoffs.cutoff_table`.

    Args:
        table: one row per cut-off.
        chosen: a cut-off to be marked too, within the range of the table.
        unit: what the money is counted in.
        title: the finding; computed if it is left out.
    """
    table = table.sort_index()
    best, lowest = cheapest(table), float(table["cost"].min())
    finding = _("The cost is lowest at a cut-off of {best}").format(best=percent(100 * best))
    ends = float(table.index[0]), float(table.index[-1])
    marks = [(best, _("cheapest: {cutoff}"), GOOD)]
    if chosen is not None:
        numbers(Series([chosen]), "chosen", *ends)
        marks.append((chosen, _("chosen: {cutoff}"), INK))
        extra = cost_at(table, chosen) - lowest
        if extra > 0:
            finding = _(
                "A cut-off of {cutoff} costs {extra} more than the cheapest, {best}"
            ).format(cutoff=percent(100 * chosen), extra=f"{extra:,.0f}", best=percent(100 * best))

    def paint(figure: Figure) -> None:
        axes = cost_plot(figure, (76, 28, 424, 240), table, unit)
        for row, (cutoff, text, colour) in enumerate(marks):
            cost = cost_at(table, cutoff)
            axes.vlines(100 * cutoff, 0, cost, color=colour, linestyle=DOTTED)
            axes.plot(100 * cutoff, cost, "o", color=colour, markersize=8, clip_on=False)
            words = text.format(cutoff=percent(100 * cutoff))
            beside(axes, 0.5 - 0.09 * row, words, color=colour)
        axes.set_xlabel(_("cut-off: the highest PD that is approved (%)"))

    return picture(title or finding, finding, 320, paint)


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
        axes = plot(figure, (56, 28, 560, 190), _("learners"))
        axes.hist(given, bins=list(np.linspace(0, maximum, 13)), color=GOOD, edgecolor="white")
        axes.axvline(middle, color=INK, linewidth=1.5, linestyle=DASHED)
        axes.set_xlim(0, maximum)
        axes.set_xticks(np.linspace(0, maximum, 7))
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        label = _("points (of {maximum}); dashed: the learner in the middle")
        axes.set_xlabel(label.format(maximum=f"{maximum:g}"))

    return picture(title or finding, finding, 270, paint)


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
    return lying_bars(
        rates, title, label, notes, colours, pale=small, ends=(100 * low, 100 * high), head=words[1]
    )


def _compared(finding: str, rates: Series, whole: Series, **more: str) -> str:
    """Complete a finding about the lowest and the highest rate, if two groups are large enough."""
    _some(whole[whole > 0])
    large = rates[(whole >= SMALL).to_numpy()]
    if len(large) < 2:
        return _("Too few cases for a comparison of the groups")
    return finding.format(
        low=percent(large.min()),
        best=name_of(large.idxmin()),
        high=percent(large.max()),
        worst=name_of(large.idxmax()),
        gap=f"{large.max() - large.min():.1f}",
        **more,
    )


def _some(values: Series) -> Floats:
    return numbers(aligned(values=values)[0], _("the table"))
