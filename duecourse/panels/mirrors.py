"""Two mirrored cases in one picture: the stem that they share, and the way that each takes."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from babel.dates import format_date
from matplotlib.figure import Figure

from duecourse.cases.case import Event
from duecourse.cases.files import CaseFile
from duecourse.drawing import BAD, GOOD, INK, QUIET, WIDTH, Picture, picture, plot
from duecourse.errors import DuecourseError
from duecourse.language import _, current, pick

_STEM: Final = 0.3
"""How much of the width of both ways the stem takes; its days are not drawn to scale."""
_BEND: Final = 0.06
"""How much of it the bend takes; the day of the parting stands at its end."""
_CLOSE: Final = 0.045
"""Days that lie closer than this share of the width are named once."""


def parted(
    one: CaseFile,
    other: CaseFile,
    days: int,
    marks: Mapping[str, Iterable[Any]] | None = None,
    title: str | None = None,
) -> Picture:
    """Draw what two mirrored cases have in common, and day by day how each goes on after that.

    Args:
        one: a case with its key; its way is drawn above.
        other: the case that mirrors it, with its key.
        days: how many days from the parting on are drawn.
        marks: by slug, moments that are drawn as ticks, such as the calls of a log.
        title: the finding; computed if it is left out.

    Raises:
        DuecourseError: the two are no mirrors of each other, or a key is missing.
    """
    ways = [_way(case, mirror, days) for case, mirror in ((one, other), (other, one))]
    start = min(start for start, _events in ways)
    ticks = [
        [
            after
            for at in (marks or {}).get(case.slug, ())
            if 0 <= (after := (_day(at) - start).days) <= days
        ]
        for case in (one, other)
    ]
    shared = len(one.key.mirror.shared) if one.key and one.key.mirror else 0
    finding = title or _("{count} events in common; from {day} on each goes its own way").format(
        count=shared, day=_named(start)
    )

    def paint(figure: Figure) -> None:
        axes = plot(figure, (16, 26, WIDTH - 32, 190), "")
        stem, bend = _STEM * days, _BEND * days
        axes.plot([-stem, -bend], [0, 0], color=QUIET, linewidth=3)
        axes.plot(
            [-bend - (stem - bend) * (shared - at) / (shared + 1) for at in range(shared)],
            [0] * shared,
            "o",
            color=QUIET,
            markersize=7,
        )
        axes.text(-stem, -0.3, _("in common\n(not to scale)"), color=QUIET, va="top", fontsize=10)
        for case, (_start, events), moments, side in zip(
            (one, other), ways, ticks, (1, -1), strict=True
        ):
            colour = GOOD if case.case.outcome == "success" else BAD
            axes.plot([-bend, 0, days], [0, side, side], color=colour, linewidth=3)
            for x in moments:
                axes.plot([x, x], [side - 0.16, side + 0.16], color=INK)
            places = [(_day(event.at) - start).days for event in events]
            axes.plot(places, [side] * len(places), "o", color=colour, markersize=8)
            axes.text(0, side + 0.28, pick(case.case.title), color=colour, weight="bold")
            last = -float("inf")
            for x, event in zip(places, events, strict=True):
                if x - last >= _CLOSE * days * (1 + _STEM):
                    axes.text(x, side - 0.42, _short(event), ha="center", fontsize=10)
                    last = x
        words = _("dots: {label}").format(label=_("events of the timeline"))
        if any(ticks):
            words += _("; ticks: rows of its log")
        axes.text(days, -1.85, words, ha="right", color=QUIET, fontsize=10)
        axes.set(xlim=(-stem - 0.02 * days, days * 1.02), ylim=(-2, 1.7), xticks=[], yticks=[])
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.grid(visible=False)

    said = "; ".join(
        f"{pick(case.case.title)}: {', '.join(map(_short, events))}"
        for case, (_start, events) in zip((one, other), ways, strict=True)
    )
    alt = _("{title}. {label}: {values}").format(
        title=finding, label=_("events of the timeline"), values=said
    )
    return picture(finding, alt, 230, paint)


def _way(case: CaseFile, mirror: CaseFile, days: int) -> tuple[date, list[Event]]:
    """Return the day of a case's parting and its own events from then on."""
    key = case.key.mirror if case.key else None
    if key is None or case.case.mirror != mirror.slug:
        text = _(
            "The cases '{one}' and '{other}' are no mirrors of each other with their keys here."
        )
        raise DuecourseError(text.format(one=case.slug, other=mirror.slug))
    start = next(_day(one.at) for one in case.case.timeline if one.id == key.parting)
    own = [one for one in case.case.timeline if one.id not in key.shared]
    return start, [one for one in own if 0 <= (_day(one.at) - start).days <= days]


def _day(at: Any) -> date:
    return at.date() if isinstance(at, datetime) else at


def _short(event: Event) -> str:
    return f"{event.at.month}/{event.at.day}"


def _named(day: date) -> str:
    return format_date(day, "long", locale={"en": "en_GB", "zh": "zh_CN"}[current()])
