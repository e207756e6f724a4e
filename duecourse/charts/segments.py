"""Pictures of segments, reach, effects of treatments, gaps at equal risk and worth of policies."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame, Series

from duecourse.columns import Unmeasurable
from duecourse.contactability import REACH
from duecourse.drawing import (
    BAD,
    DASHED,
    GOOD,
    INK,
    QUIET,
    WIDTH,
    Picture,
    lying_bars,
    name_of,
    percent,
    picture,
    plot,
    shortened,
    width_of,
)
from duecourse.language import _
from duecourse.panels.policies import COLOURS
from duecourse.segments import segment_name
from duecourse.treatments import treatment_name

_SMALL: Final = 30
"""accounts below which a rate is drawn pale"""


def segment_shares(table: DataFrame, title: str | None = None) -> Picture:
    """Draw each segment's share of the accounts and of the balance, from `segments.segment_table`."""
    _some(table)
    shares = 100 * table["balance_share"]
    top: Any = shares.idxmax()
    finding = _(
        "“{segment}” holds {balance} of the balance with {accounts} of the accounts"
    ).format(
        segment=_segment(top),
        balance=percent(shares[top]),
        accounts=percent(100 * table.loc[top, "share"]),
    )
    rows = [
        (_segment(name), ((100 * one["share"], None), (100 * one["balance_share"], None)))
        for name, one in zip(table.index, table.to_dict("records"), strict=True)
    ]
    kinds = ((_("accounts"), GOOD), (_("balance"), BAD))
    return _dots(
        rows, kinds, title or finding, _("share of all accounts and of the whole balance (%)")
    )


def reach(states: Series, title: str | None = None) -> Picture:
    """Draw how many accounts can be reached lawfully, from `contactability.reach`."""
    if states.empty:
        raise Unmeasurable(
            _("'{name}' is empty: there is nothing to measure.").format(name="reach")
        )
    counts = states.value_counts().reindex(REACH, fill_value=0)
    names = {
        "reachable": _("reachable"),
        "partly": _("partly lost"),
        "lost": _("lost"),
        "unknown": _("too little tried"),
    }
    finding = _("{count} of {accounts} accounts were reached in a lawful conversation").format(
        count=f"{counts['reachable']:,}", accounts=f"{len(states):,}"
    )
    shares = (100 * counts / len(states)).rename(index=names)
    notes = [f"{count:,}" for count in counts]
    colours = [GOOD, COLOURS["reminder"], BAD, COLOURS["none"]]
    head = _("accounts")
    return lying_bars(
        shares, title or finding, _("share of the accounts (%)"), notes, colours, head=head
    )


def effects(table: DataFrame, title: str | None = None) -> Picture:
    """Draw how many more accounts each treatment cures, with its 95% interval, from `trials.effects`.

    Of twenty such intervals one misses zero by chance alone: a finding in one of many rows wants a second trial.
    """
    known = table[table["effect"].notna()]
    _some(known)
    sure = known[known["low"] > 0]
    finding = _("No treatment cures more than chance could explain")
    if len(sure):
        best: Any = sure["effect"].idxmax()
        segment, treatment = best
        finding = _(
            "“{treatment}” for “{segment}” cures {points} more in 100 than no contact"
        ).format(
            treatment=treatment_name(treatment),
            segment=_segment(segment),
            points=f"{100 * sure['effect'].max():.0f}",
        )
    rows: list[tuple[str, tuple[_Point, ...], str]] = []
    of = None
    for (segment, treatment), one in zip(known.index, known.to_dict("records"), strict=True):
        if of is None or name_of(segment) != of:
            of = name_of(segment)
            rows.append((_segment(segment), (), INK))
        point = (100 * one["effect"], (100 * one["low"], 100 * one["high"]))
        rows.append((treatment_name(treatment), (point,), COLOURS[treatment]))
    label = _("more cures than without contact (percentage points)")
    drawn = [row[:2] for row in rows]
    return _dots(drawn, (("", GOOD),), title or finding, label, [row[2] for row in rows])


def self_cures(table: DataFrame, title: str | None = None) -> Picture:
    """Draw how many accounts cure though nobody does anything, from `segments.self_cure`."""
    _some(table)
    named = (lambda bucket: f"M{bucket}") if table.index.name == "bucket" else _segment
    rates = 100 * table["rate"].rename(index=named)
    finding = _("In “{group}”, {share} cure though nobody does anything").format(
        group=name_of(rates.idxmax()), share=percent(rates.max())
    )
    small = list(table["accounts"] < _SMALL)
    label = (
        _("{measure} (%), with 95% interval; pale: fewer than {small}")
        if any(small)
        else _("{measure} (%), with 95% interval")
    ).format(measure=_("cured by themselves"), small=_SMALL)
    notes = [
        f"{k:,.0f} / {n:,.0f}" for k, n in zip(table["successes"], table["accounts"], strict=True)
    ]
    ends = tuple(100 * table[name].to_numpy(dtype=float) for name in ("low", "high"))
    return lying_bars(
        rates,
        title or finding,
        label,
        notes,
        [GOOD] * len(rates),
        pale=small,
        ends=(ends[0], ends[1]),
        head=_("cured / accounts"),
    )


def equal_risk(table: DataFrame, title: str | None = None) -> Picture:
    """Draw each group's gap as it is and at equal risk, from `fairness.equal_risk_gaps`."""
    _some(table)
    gaps = 100 * table["equal_risk_gap"]
    # the group whose gap is surest, in units of its interval's width
    surest = (gaps / (table["high"] - table["low"])).abs().where(table["high"] > table["low"])
    wide: Any = surest.idxmax() if surest.notna().any() else None
    finding = _("At equal risk no group differs by more than chance could explain")
    if wide is None:
        finding = _("No group can be compared at equal risk")
    elif table.loc[wide, "low"] > 0 or table.loc[wide, "high"] < 0:
        finding = _("At equal risk “{group}” differs by {gap} points, as it is by {raw}").format(
            group=name_of(wide), gap=_signed(gaps[wide]), raw=_signed(100 * table.loc[wide, "gap"])
        )
    rows = []
    for name, one in zip(table.index, table.to_dict("records"), strict=True):
        ends = (100 * one["low"], 100 * one["high"])
        points = ((100 * one["gap"], None), (100 * one["equal_risk_gap"], ends))
        rows.append((shortened(name_of(name)), points))
    label = _("gap to the reference (percentage points), with 95% interval")
    kinds = ((_("as it is"), COLOURS["letter"]), (_("at equal risk"), GOOD))
    return _dots(rows, kinds, title or finding, label)


def policies(values: Series, title: str | None = None) -> Picture:
    """Draw what policies are worth.

    Args:
        values: yuan over doing nothing, as `strategy.net_benefit` gives them; the index names the policies.
        title: the finding; computed if it is left out.
    """
    if values.empty:
        raise Unmeasurable(
            _("'{name}' is empty: there is nothing to measure.").format(name="values")
        )
    worth = values.astype(float)
    finding = _("“{policy}” is worth most: {net} yuan over doing nothing").format(
        policy=name_of(worth.idxmax()), net=f"{worth.max():,.0f}"
    )
    notes = [f"{value:,.0f}".replace("-", "−") for value in worth]
    colours = [GOOD if value >= 0 else BAD for value in worth]
    label = _("net benefit over doing nothing (thousand yuan)")
    return lying_bars(worth / 1000, title or finding, label, notes, colours, head=_("yuan"))


_Point = tuple[float, tuple[float, float] | None]


def _dots(
    rows: Sequence[tuple[str, tuple[_Point, ...]]],
    kinds: tuple[tuple[str, str], ...],
    title: str,
    label: str,
    colours: list[str] | None = None,
) -> Picture:
    """Draw one or two dots a row, with their intervals where they have one."""
    left = 16 + max(width_of(name) for name, _points in rows)
    named = [name for name, _colour in kinds if name]
    height = 30 * len(rows)
    top = 34 if named else 14

    def paint(figure: Figure) -> None:
        axes = plot(figure, (left, top, WIDTH - left - 24, height), "")
        for row, (name, points) in enumerate(rows):
            weight = "normal" if points else "bold"
            axes.text(
                *(-0.02, row),
                name,
                ha="right",
                va="center",
                transform=axes.get_yaxis_transform(),
                weight=weight,
            )
            for at, (value, ends) in enumerate(points):
                shift = 0 if len(kinds) == 1 else 0.22 * (2 * at - 1)
                shown = colours[row] if colours else kinds[at][1]
                if ends and np.isfinite(ends).all():
                    axes.hlines(row + shift, *ends, color=shown, linewidth=1.5)
                axes.plot(value, row + shift, "os"[at], color=shown, markersize=7)
        for at, (kind, colour) in enumerate(kinds):
            if kind:
                words, place = "●■"[at] + " " + kind, (0.02 + 0.28 * at, 1 + 12 / height)
                axes.text(*place, words, color=colour, transform=axes.transAxes, weight="bold")
        axes.set_yticks([])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.axvline(0, color=QUIET, linewidth=1, linestyle=DASHED)
        axes.grid(visible=True, axis="x")
        axes.set_xlabel(label, color=INK)

    said = "; ".join(
        f"{name} " + ", ".join(_said(kind, value) for (value, _ends), (kind, _c) in pairs)
        for name, points in rows
        if (pairs := list(zip(points, kinds, strict=False)))
    )
    alt = _("{title}. {label}: {values}").format(title=title, label=label, values=said)
    return picture(title, alt, height + top + 52, paint)


def _said(kind: str, value: float) -> str:
    return f"{kind} {_signed(value)}".strip()


def _segment(name: object) -> str:
    return segment_name(name) if isinstance(name, str) else name_of(name)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _some(table: DataFrame) -> None:
    if table.empty:
        raise Unmeasurable(
            _("'{name}' is empty: there is nothing to measure.").format(name=_("the table"))
        )
