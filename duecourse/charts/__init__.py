"""Pictures of the measures, one module for each room that they belong to.

Every chart takes a table or columns of the measures and returns a `Picture`, the same one for the
same data on every machine. Titles state the finding; pass `title` to say it better.
"""

from duecourse.charts.ageing import ageing, forecast, roll_matrix, timeline, vintages
from duecourse.charts.promises import follow_ups, kept_promises, promised_cash, reliabilities
from duecourse.charts.risk import (
    bad_rates,
    calibration,
    costs,
    difficulty,
    distributions,
    gaps,
    points,
    roc,
    woe,
)
from duecourse.charts.segments import (
    effects,
    equal_risk,
    policies,
    reach,
    segment_shares,
    self_cures,
)
from duecourse.charts.warning import alert_budget, drift, indicator_rates, lead_times
from duecourse.panels.plans import plan_courses

__all__ = [
    "ageing",
    "alert_budget",
    "bad_rates",
    "calibration",
    "costs",
    "difficulty",
    "distributions",
    "drift",
    "effects",
    "equal_risk",
    "follow_ups",
    "forecast",
    "gaps",
    "indicator_rates",
    "kept_promises",
    "lead_times",
    "plan_courses",
    "points",
    "policies",
    "promised_cash",
    "reach",
    "reliabilities",
    "roc",
    "roll_matrix",
    "segment_shares",
    "self_cures",
    "timeline",
    "vintages",
    "woe",
]
