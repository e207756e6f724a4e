"""Pictures of ageing: the buckets of a book, its rolls and flows, vintages, one account's ledger."""

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas import DataFrame

from duecourse.columns import Unmeasurable, column
from duecourse.drawing import BAD, Picture, beside, lying_bars, percent, picture, plot
from duecourse.language import _
from duecourse.panels.ledger import ledger_panel
from duecourse.panels.rolls import forecast_panel, heat_map


def ageing(table: DataFrame, title: str | None = None) -> Picture:
    """Draw the share of the balance in each bucket past due, from `ageing.ageing_table`.

    Without balances the accounts are drawn. Over 90 days is dark, past due up to there pale. What is
    not past due would dwarf the rest: the title says how much that is.
    """
    money = "balance" in table
    shares = 100 * column(table, "balance_share" if money else "account_share", "table").fillna(0)
    shares.index = table["days"]
    finding = (
        _("{late} of the balance is past due, {old} by more than 90 days")
        if money
        else _("{late} of the accounts are past due, {old} by more than 90 days")
    ).format(late=percent(shares.iloc[1:].sum()), old=percent(shares.iloc[4:].sum()))
    head, notes = _("accounts"), [f"{count:,}" for count in table["accounts"]]
    if money:
        head = _("yuan (accounts)")
        notes = [f"{yuan:,.0f} ({n})" for n, yuan in zip(notes, table["balance"], strict=True)]
    label = _("share of the balance (%)") if money else _("share of the accounts (%)")
    late = shares.iloc[1:]
    return lying_bars(
        late,
        title or finding,
        label,
        notes[1:],
        [BAD] * len(late),
        pale=[row < 3 for row in range(len(late))],
        head=head,
        reach=1.05 * float(late.max()) or 1.0,
    )


def roll_matrix(matrix: DataFrame, title: str | None = None) -> Picture:
    """Draw where each bucket is a month later, from `rolls.roll_matrix`."""
    return heat_map(matrix, title)


def forecast(table: DataFrame, title: str | None = None, unit: str | None = None) -> Picture:
    """Draw the charge-offs to come, from `rolls.forecast`.

    Args:
        table: one row per month, the first one is today.
        title: the finding; computed if it is left out.
        unit: what is counted; yuan if it is left out.
    """
    values = column(table, "charge_off", "table").iloc[1:]
    if values.empty:
        raise Unmeasurable(
            _("'{name}' is empty: there is nothing to measure.").format(name="table")
        )
    return forecast_panel(float(values.max()), len(values), unit).at(list(values), title=title)


def vintages(table: DataFrame, measure: str = "ever_90", title: str | None = None) -> Picture:
    """Draw one curve per vintage over its age, from `vintages.vintage_table`; light is old, dark is new.

    Args:
        table: shares; NaN is not drawn.
        measure: the measure of the table, which names the upright axis.
        title: the finding; computed if it is left out.
    """
    shares = 100 * table.dropna(how="all")
    if shares.empty:
        raise Unmeasurable(
            _("'{name}' is empty: there is nothing to measure.").format(name="table")
        )
    finding = _compared(shares)
    shades = colormaps["viridis_r"](np.linspace(0.12, 1, len(shares)))
    every = -(-len(shares) // 14)

    def paint(figure: Figure) -> None:
        axes = plot(figure, (56, 28, 480, 270), _label(measure))
        for place, (shade, (name, row)) in enumerate(zip(shades, shares.iterrows(), strict=True)):
            curve = row.dropna()
            axes.plot(curve.index, curve, color=shade, linewidth=2)
            axes.plot(curve.index[-1], curve.iloc[-1], "o", color=shade, markersize=5)
            if place % every == 0:
                height = 0.97 - place * min(0.075, 0.97 / len(shares))
                beside(axes, height, "●", color=shade)
                axes.text(1.065, height, str(name), transform=axes.transAxes, va="center")
        ages = shares.columns.to_numpy(dtype=float)
        axes.set_xlim(ages[0], ages[-1])
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
        axes.set_xlabel(_("months on book"))

    return picture(title or finding, finding, 350, paint)


def timeline(table: DataFrame, title: str | None = None) -> Picture:
    """Draw one account day by day, from `ageing.timeline`: what fell due, what was paid, how late."""
    panel = ledger_panel(table)
    most = table["days_past_due"]
    finding = title or (
        _("At most {days} days past due, on {day}").format(
            days=int(most.max()), day=f"{most.idxmax():%Y-%m-%d}"
        )
        if most.max() > 0
        else _("Never past due")
    )
    return Picture(panel.svg, finding, panel.alt(finding))


def _compared(shares: DataFrame) -> str:
    """Return the finding of vintages: the best and the worst at the last age that most of them know."""
    known = shares.notna().sum()
    enough = known[known >= max(2, (len(shares) + 1) // 2)]
    if enough.empty:
        return _("Too few vintages of the same age for a comparison")
    age = enough.index[-1]
    there = shares[age].dropna()
    return _("After {age} months vintage {worst} stands at {high}, {best} at {low}").format(
        age=age,
        worst=there.idxmax(),
        high=percent(there.max()),
        best=there.idxmin(),
        low=percent(there.min()),
    )


def _label(measure: str) -> str:
    """Return what a vintage's measure is called on the upright axis."""
    kind, _line, days = measure.partition("_")
    return {
        "ever": _("ever over {days} days past due (% of all accounts)"),
        "balance": _("over {days} days past due or written off (% of principal lent)"),
        "written": _("written off (% of all accounts)"),
        "charge": _("written off (% of principal lent)"),
    }[kind].format(days=days)
