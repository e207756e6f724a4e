"""The picture of a policy: accounts by ability and willingness, drawn once, cut and coloured often."""

import html
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from duecourse.drawing import INK, QUIET, Picture, picture, plot
from duecourse.language import _
from duecourse.policies import Policy, PolicyBook, PolicyOutcome
from duecourse.segments import QUADRANTS
from duecourse.treatments import TREATMENTS, treatment_name

COLOURS: Final = {
    "none": "#8C8C8C",
    "reminder": "#56B4E9",
    "call": "#0072B2",
    "plan": "#009E73",
    "letter": "#E69F00",
}
"""Okabe and Ito's colours, told apart with any colour vision; each is named beside its bar, too"""

_LEFT, _TOP, _SIDE, _CELLS = 46, 30, 320, 16
_BARS, _REACH, _HEIGHT = 392, 225, 392


@dataclass(frozen=True)
class PolicyPanel:
    """The map of a book, drawn once to be cut and coloured often."""

    svg: str
    largest: int
    """accounts at the end of the bars' scale"""

    def at(self, policy: Policy, outcome: PolicyOutcome) -> Picture:
        """Return the picture of one policy and of what it is expected to do."""
        x = _LEFT + _SIDE * policy.cut_ability
        y = _TOP + _SIDE * (1 - policy.cut_willingness)
        right, low = _LEFT + _SIDE, _TOP + _SIDE
        boxes = {
            "able_willing": (x, _TOP, right - x, y - _TOP),
            "able_reluctant": (x, y, right - x, low - y),
            "unable_willing": (_LEFT, _TOP, x - _LEFT, y - _TOP),
            "unable_reluctant": (_LEFT, y, x - _LEFT, low - y),
        }
        marks = [_quadrant(policy.treatments.get(name, "none"), boxes[name]) for name in QUADRANTS]
        marks.append(
            f'<path d="M{x:.1f} {_TOP}v{_SIDE}M{_LEFT} {y:.1f}h{_SIDE}" stroke="{INK}" '
            'stroke-width="1.5" fill="none"/>'
        )
        for name in QUADRANTS:
            count = int(outcome.segments["accounts"][name])
            marks.append(_caption(policy.treatments.get(name, "none"), count, boxes[name]))
        for row, kind in enumerate(TREATMENTS):
            marks.append(self._bar(row, kind, outcome))
        treated = sum(count for kind, count in outcome.treatments.items() if kind != "none")
        extra = float(outcome.segments["extra_cures"].sum())
        title = _(
            "{treated} accounts treated: {cures} more cures than without, net {net} yuan"
        ).format(treated=f"{treated:,}", cures=f"{extra:,.0f}", net=f"{outcome.net:,.0f}")
        used = ", ".join(
            f"{treatment_name(kind)} {count:,}" for kind, count in outcome.treatments.items()
        )
        alt = _("{title}. Cut-offs: ability {ability}, willingness {willingness}. {used}.").format(
            title=title,
            ability=f"{policy.cut_ability:.2f}",
            willingness=f"{policy.cut_willingness:.2f}",
            used=used,
        )
        return Picture(self.svg.replace("</svg>", "".join(marks) + "</svg>"), title, alt)

    def _bar(self, row: int, kind: str, outcome: PolicyOutcome) -> str:
        """Draw how many accounts get a treatment, those beyond the capacity in a dashed box."""
        count, top = outcome.treatments[kind], _TOP + 14 + 62 * row
        over = outcome.over.get(kind, 0)
        words = f"{count:,}"
        if over:
            words += " " + _("({over} over capacity)").format(over=f"{over:,}")
        within, beyond = (_REACH * part / self.largest for part in (count - over, over))
        return (
            f'<rect x="{_BARS}" y="{top + 8}" width="{within:.1f}" height="16" fill="{COLOURS[kind]}"/>'
            f'<rect x="{_BARS + within:.1f}" y="{top + 8}" width="{beyond:.1f}" height="16" '
            f'fill="none" stroke="{COLOURS[kind]}" stroke-dasharray="3 2"/>'
            f'<text x="{_BARS}" y="{top + 40}" font-size="12" fill="{INK}">{html.escape(words)}</text>'
        )


def policy_panel(book: PolicyBook) -> PolicyPanel:
    """Draw the map of a book: a dot for each cell of ability by willingness, as large as its accounts."""
    known = ~(np.isnan(book.ability) | np.isnan(book.willingness))
    edges = np.linspace(0, 1, _CELLS + 1)
    counts = np.histogram2d(book.ability[known], book.willingness[known], [edges, edges])[0]
    cell = _SIDE / _CELLS
    dots = "".join(
        f'<circle cx="{_LEFT + cell * (column + 0.5):.0f}" cy="{_TOP + _SIDE - cell * (row + 0.5):.0f}" '
        f'r="{0.48 * cell * np.sqrt(counts[column, row] / counts.max()):.1f}"/>'
        for column, row in zip(*np.nonzero(counts), strict=True)
    )

    def paint(figure: Figure) -> None:
        axes = plot(figure, (_LEFT, _TOP, _SIDE, _SIDE), _("willingness (score)"))
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.grid(visible=False)
        axes.set_xlabel(_("ability (score); dots: accounts"))

    names = "".join(
        f'<text x="{_BARS}" y="{_TOP + 14 + 62 * row}" font-size="12" font-weight="bold" fill="{INK}">'
        f"{html.escape(treatment_name(kind))}</text>"
        for row, kind in enumerate(TREATMENTS)
    )
    head = (
        f'<text x="{_BARS}" y="{_TOP - 8}" font-size="12" fill="{QUIET}">'
        f"{html.escape(_('accounts by treatment carried out'))}</text>"
    )
    still = f'<g fill="{QUIET}" opacity="0.55">{dots}</g>{head}{names}'
    svg = picture("", "", _HEIGHT, paint).svg.replace("</svg>", still + "</svg>")
    return PolicyPanel(svg, max(len(book.ability), 1))


def _quadrant(treatment: str, box: tuple[float, float, float, float]) -> str:
    left, top, width, height = box
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{COLOURS[treatment]}" opacity="0.22"/>'
    )


def _caption(treatment: str, count: int, box: tuple[float, float, float, float]) -> str:
    """Name a quadrant's treatment and accounts in its middle, if there is room."""
    left, top, width, height = box
    if width < 70 or height < 40:
        return ""
    x, y = left + width / 2, top + height / 2
    halo = 'stroke="white" stroke-width="4" paint-order="stroke"'
    look = f'text-anchor="middle" font-size="13" fill="{INK}" {halo}'
    return (
        f'<text x="{x:.1f}" y="{y - 3:.1f}" font-weight="bold" {look}>'
        f"{html.escape(treatment_name(treatment))}</text>"
        f'<text x="{x:.1f}" y="{y + 14:.1f}" {look}>{count:,}</text>'
    )
