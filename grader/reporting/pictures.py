"""Pictures of how the tasks of an assignment did their work."""

import pandas as pd

from duecourse.columns import Floats
from duecourse.drawing import BAD, GOOD, Picture, lying_bars, name_of, percent
from duecourse.language import _
from grader.reporting.advice import POOR


def facilities(items: pd.DataFrame) -> Picture | None:
    """Draw the mean share of the points of every task with its interval, the hardest first.

    Returns:
        None where no task has a mark.
    """
    known = items.dropna(subset="facility").sort_values("facility", kind="stable")
    if known.empty:
        return None
    values, ends = _of(known, "facility", 100)
    finding = _("The hardest task is “{task}”: {share} of its points were won").format(
        task=name_of(values.index[0]), share=percent(float(values.iloc[0]))
    )
    notes = [f"{percent(value)} · {n}" for value, n in zip(values, known["n"], strict=True)]
    return lying_bars(
        values,
        finding,
        _("points won (mean, % of the task's points), with 95% interval"),
        notes,
        [BAD if value < 50 else GOOD for value in values],
        ends=ends,
        reach=100,
        head=_("mean · n"),
    )


def discriminations(items: pd.DataFrame) -> Picture | None:
    """Draw how well every task tells learners apart, with its interval, the worst first.

    Returns:
        None where it is known of no task.
    """
    known = items.dropna(subset=["r", "r_low", "r_high"]).sort_values("r", kind="stable")
    if known.empty:
        return None
    values, ends = _of(known, "r", 1)
    finding = _("“{task}” goes together least with the rest: r = {r}").format(
        task=name_of(values.index[0]), r=f"{values.iloc[0]:.2f}"
    )
    notes = [f"{value:.2f} · {n}" for value, n in zip(values, known["n"], strict=True)]
    return lying_bars(
        values,
        finding,
        _("correlation with the rest of the points (r), with 95% interval"),
        notes,
        [BAD if value < POOR else GOOD for value in values],
        ends=ends,
        head=_("r · n"),
    )


def _of(items: pd.DataFrame, name: str, times: float) -> tuple[pd.Series, tuple[Floats, Floats]]:
    values = times * items.set_index("title")[name].astype(float)
    low, high = (times * items[f"{name}_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
    return values, (low, high)
