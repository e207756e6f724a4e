"""Pictures of promises and of the follow-up diary."""

from collections.abc import Hashable
from numbers import Real

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame

from duecourse.charts.risk import SMALL
from duecourse.columns import Unmeasurable, column
from duecourse.drawing import (
    BAD,
    GOOD,
    INK,
    QUIET,
    WIDTH,
    Picture,
    beside,
    lying_bars,
    name_of,
    percent,
    picture,
    plot,
    shortened,
    width_of,
)
from duecourse.language import _
from duecourse.promises import STATES
from duecourse.trials import difference_interval

PALE = 0.35


def kept_promises(table: DataFrame, title: str | None = None) -> Picture:
    """Draw strict and tolerant kept rates of every group with their 95% intervals.

    Args:
        table: from `promises.kept_rates`; groups in which nothing is due are left out.
        title: the finding; computed if it is left out: how far the strict rates of the groups lie
            apart, those with fewer than `SMALL` promises due not counted, or both rates of one group.
    """
    rows = table[table["due"] > 0]
    if rows.empty:
        raise Unmeasurable(_("No promise is due yet: there is nothing to draw."))
    rows = rows.set_axis([_group_name(group, table.index.name) for group in rows.index])
    finding = _difference(rows) if len(rows) > 1 else _both_rates(rows.iloc[0])
    names = [shortened(name) for name in rows.index]
    notes = [
        f"{strict:,.0f} · {tolerant:,.0f} / {due:,.0f}"
        for strict, tolerant, due in zip(
            rows["kept_strict"], rows["kept_tolerant"], rows["due"], strict=True
        )
    ]
    head = _("strict · tolerant / due")
    left = 16 + max(width_of(name) for name in names)
    right = 18 + max(width_of(note) for note in (head, *notes))
    height = 46 * len(names)
    small = rows["due"] < SMALL
    label = (
        _("kept promises (%), with 95% interval; pale: fewer than {small} due")
        if small.any()
        else _("kept promises (%), with 95% interval")
    ).format(small=SMALL)

    def paint(figure: Figure) -> None:
        axes = plot(figure, (left, 46, WIDTH - left - right, height), "")
        for offset, view, colour, name in (
            (-0.19, "strict", INK, _("strict: all of it by the day")),
            (0.19, "tolerant", GOOD, _("tolerant: 90% within three days")),
        ):
            at = np.arange(len(rows)) + offset
            bars = axes.barh(at, 100 * rows[f"{view}_rate"], height=0.34, color=colour)
            for bar, light in zip(bars, small, strict=True):
                bar.set_alpha(PALE if light else 1)
            ends = (100 * rows[f"{view}_low"], 100 * rows[f"{view}_high"])
            axes.hlines(at, *ends, color=BAD, linewidth=1.5)
            above = 1 + (26 if view == "strict" else 8) / height
            axes.text(0, above, name, color=colour, transform=axes.transAxes, weight="bold")
        for row, note in enumerate(notes):
            axes.text(1.015, row, note, transform=axes.get_yaxis_transform(), va="center")
        axes.text(1.015, 1 + 8 / height, head, color=QUIET, transform=axes.transAxes)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlim(0, 100)
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        axes.set_xlabel(label)

    said = "; ".join(
        f"{name} {percent(100 * strict)}, {percent(100 * tolerant)} ({note})"
        for name, strict, tolerant, note in zip(
            names, rows["strict_rate"], rows["tolerant_rate"], notes, strict=True
        )
    )
    alt = _("{title}. {label}: {values}").format(title=finding, label=label, values=said)
    return picture(title or finding, alt, height + 96, paint)


def _group_name(group: object, of: Hashable) -> str:
    """Return a group of promises as it is shown; the number of a bucket says what it counts."""
    if of == "bucket" and isinstance(group, Real) and not pd.isna(float(group)):
        return _("bucket {number}").format(number=f"{float(group):g}")
    return _("all promises") if group == "all" else name_of(group)


def _both_rates(group: "pd.Series[float]") -> str:
    return _("Of {due} promises due, {strict} were kept strictly and {tolerant} tolerantly").format(
        due=f"{group['due']:,.0f}",
        strict=percent(100 * group["strict_rate"]),
        tolerant=percent(100 * group["tolerant_rate"]),
    )


def _difference(rows: DataFrame) -> str:
    """Say which group kept most and which least, strictly, and whether chance may account for it."""
    rows = rows[rows["due"] >= SMALL].sort_values("strict_rate", kind="stable")
    if len(rows) < 2:
        return _("Too few cases for a comparison of the groups")
    least, most = rows.iloc[0], rows.iloc[-1]
    kept, due = (rows[name].to_numpy(dtype=float) for name in ("kept_strict", "due"))
    low, _high = difference_interval(kept[-1:], due[-1:], kept[:1], due[:1])
    finding = (
        _("Kept strictly: {high} in “{best}”, {low} in “{worst}”; {gap} points apart")
        if low[0] > 0
        else _(
            "Kept strictly: {high} in “{best}”, {low} in “{worst}”; "
            "{gap} points apart, which may be chance"
        )
    )
    return finding.format(
        best=rows.index[-1],
        high=percent(100 * most["strict_rate"]),
        worst=rows.index[0],
        low=percent(100 * least["strict_rate"]),
        gap=f"{100 * (most['strict_rate'] - least['strict_rate']):.1f}",
    )


def promised_cash(outcomes: DataFrame, title: str | None = None) -> Picture:
    """Draw what was promised and what came, by what became of the promises (tolerant view).

    Args:
        outcomes: from `promises.outcome`.
        title: the finding; computed if it is left out.
    """
    states = column(outcomes, "tolerant", "tolerant")
    sums = outcomes[["amount", "paid_within_grace"]].groupby(states.to_numpy()).sum()
    sums = sums.reindex([state for state in STATES if state in sums.index])
    if sums.empty:
        raise Unmeasurable(_("There are no promises: there is nothing to draw."))
    due = sums.drop(index="not_due", errors="ignore").sum()
    finding = (
        _("Of {promised} yuan promised and due, {paid} came: {ratio}").format(
            promised=f"{due['amount']:,.0f}",
            paid=f"{due['paid_within_grace']:,.0f}",
            ratio=percent(100 * due["paid_within_grace"] / due["amount"]),
        )
        if due["amount"]
        else _("No promise is due yet")
    )
    names = {
        "kept": _("kept"),
        "partly": _("partly kept"),
        "broken": _("broken"),
        "not_due": _("not due yet"),
    }
    counts = states.value_counts()
    labels = [f"{names[str(state)]} ({counts[state]:,})" for state in sums.index]
    notes = [
        f"{paid:,.0f} / {amount:,.0f}"
        for amount, paid in zip(sums["amount"], sums["paid_within_grace"], strict=True)
    ]
    left = 16 + max(width_of(name) for name in labels)
    head = _("came / promised")
    right = 18 + max(width_of(note) for note in (head, *notes))
    height = 34 * len(labels)

    def paint(figure: Figure) -> None:
        axes = plot(figure, (left, 28, WIDTH - left - right, height), "")
        rows = range(len(labels))
        axes.barh(rows, sums["amount"], height=0.62, color=GOOD, alpha=0.22)
        axes.barh(rows, sums["paid_within_grace"], height=0.62, color=GOOD)
        for row, note in zip(rows, notes, strict=True):
            axes.text(1.015, row, note, transform=axes.get_yaxis_transform(), va="center")
        axes.text(1.015, 1 + 8 / height, head, color=QUIET, transform=axes.transAxes)
        axes.set_yticks(rows, labels)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set_xlim(0, float(sums["amount"].max()))
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(lambda value, _at: f"{value:,.0f}")
        axes.grid(visible=False, axis="y")
        axes.grid(visible=True, axis="x")
        axes.set_xlabel(_("yuan; pale: promised, full: came within the grace"))

    said = "; ".join(f"{name}: {note}" for name, note in zip(labels, notes, strict=True))
    alt = _("{title}. {label}: {values}").format(title=finding, label=head, values=said)
    return picture(title or finding, alt, height + 76, paint)


def follow_ups(table: DataFrame, title: str | None = None) -> Picture:
    """Draw how many messages, calls and letters each day of a diary holds.

    Args:
        table: from `diary.follow_up`.
        title: the finding; computed if it is left out.
    """
    there = table[table["on"].notna()]
    if there.empty:
        raise Unmeasurable(_("The diary holds no contact: there is nothing to draw."))
    days = pd.date_range(there["on"].min(), there["on"].max())
    finding = _("{contacts} contacts on {days} days").format(
        contacts=f"{len(there):,}", days=there["on"].nunique()
    )
    if letters := int((there["channel"] == "letter").sum()):
        finding += _(", {letters} of them letters").format(letters=f"{letters:,}")
    if left_out := len(table) - len(there):
        finding += _("; {left_out} left out").format(left_out=f"{left_out:,}")
    kinds = [
        (kind, name, colour)
        for kind, name, colour in (
            ("sms", _("reminders by message"), GOOD),
            ("call", _("calls"), INK),
            ("letter", _("letters"), BAD),
        )
        if (there["channel"] == kind).any()
    ]
    counts = there.pivot_table(
        index="on", columns="channel", values="promise_id", aggfunc="count", fill_value=0
    )
    counts = counts.reindex(index=days, columns=[kind for kind, *_rest in kinds], fill_value=0)

    def paint(figure: Figure) -> None:
        axes = plot(figure, (56, 28, 420, 180), _("contacts planned"))
        base, at = np.zeros(len(days)), range(len(days))
        for row, (kind, name, colour) in enumerate(kinds):
            axes.bar(at, counts[kind], bottom=base, color=colour, width=0.7)
            base += counts[kind].to_numpy()
            beside(axes, 0.95 - 0.12 * row, name, color=colour, weight="bold")
        step = max(1, round(len(days) / 7))
        axes.set_xticks(at[::step], [f"{day.month}/{day.day}" for day in days[::step]])
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.set_xlabel(_("day (month/day)"))

    said = "; ".join(
        f"{day:%Y-%m-%d}: {int(row.sum())}" for day, row in counts.iterrows() if row.sum()
    )
    alt = _("{title}. {label}: {values}").format(
        title=finding, label=_("contacts planned"), values=said
    )
    return picture(title or finding, alt, 262, paint)


def reliabilities(table: DataFrame, title: str | None = None) -> Picture:
    """Draw the reliability of every group's promises beside its bare kept rate.

    Args:
        table: from `promises.reliability`; at most thirty groups can be read.
        title: the finding; computed if it is left out.
    """
    groups = [_group_name(group, table.index.name) for group in table.index]
    values = 100 * table["reliability"].set_axis(groups)
    if values.empty:
        raise Unmeasurable(_("There are no promises: there is nothing to draw."))
    finding = _("Reliability runs from {low} in “{worst}” to {high} in “{best}”").format(
        low=percent(values.min()),
        worst=values.idxmin(),
        high=percent(values.max()),
        best=values.idxmax(),
    )
    notes = [
        f"{kept:,.0f} / {due:,.0f}" for kept, due in zip(table["kept"], table["due"], strict=True)
    ]
    label = _("reliability of a promise (%), drawn towards that of all")
    pale = list(table["due"] < SMALL)
    return lying_bars(
        values,
        title or finding,
        label,
        notes,
        [GOOD] * len(values),
        pale=pale,
        head=_("kept / due"),
    )
