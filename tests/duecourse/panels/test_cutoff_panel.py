"""The panel of cut-offs is drawn once and marked where the cut-off stands."""

import subprocess
import sys

import numpy as np
import pandas as pd

from duecourse.cutoffs import cutoff_table
from duecourse.panels.cutoff import cutoff_panel

PD = pd.Series(np.linspace(0.02, 0.95, 80))
BAD = pd.Series(([0] * 7 + [1]) * 4 + ([0, 1, 1] * 16))
CUTOFFS = cutoff_table(PD, BAD, np.arange(101) / 100, loss=900, profit=100)


def test_the_marker_of_the_panel_stands_on_the_curve():
    panel = cutoff_panel(PD, BAD, CUTOFFS)
    left, middle = panel.at(0.0), panel.at(0.5)
    # the plot is 424 pixels wide and begins at 76: 0.5 lies at 76 + 212
    assert '<circle cx="76.0"' in left.svg
    assert '<circle cx="288.0"' in middle.svg
    # the axis ends at 1.05 times the highest cost, 28 + 180 pixels above which lies 0
    share = CUTOFFS.loc[0.5, "cost"] / (1.05 * CUTOFFS["cost"].max())
    assert f'cy="{28 + 180 * (1 - share):.1f}"' in middle.svg
    assert "Approved: 0 of 80" in left.alt


def test_the_panel_needs_no_widgets():
    code = "import sys, duecourse.panels.cutoff; sys.exit('ipywidgets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
