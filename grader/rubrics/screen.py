"""What a marker sees in a terminal: an answer, the levels of a criterion, and the keys."""

from collections.abc import Iterator
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from duecourse.language import _, pick
from grader.rubrics.comparing import Agreement, agreement, disagreements
from grader.rubrics.desk import Desk
from grader.rubrics.kappa import FEW, Kappa
from grader.rubrics.marking import Marking

LEAST: Final = 3
"""Lines of the answer that are always in view."""


def screen(
    desk: Desk, title: str, marking: Marking, console: Console, message: str = ""
) -> list[Text]:
    """Return the lines of the whole screen; they fit into the terminal from 80 by 24 on.

    Args:
        desk: the answer that is being marked; its first line in view is put right if need be.
        title: the assignment's title.
        marking: for how far the work is.
        console: the terminal.
        message: one line about what happened.
    """
    width, height = console.width, console.height - 1
    head = Text(f"{title} · {pick(desk.task.title)}", style="bold")
    place = _("marked {done}, left {left}").format(done=marking.done(), left=len(marking.queue()))
    foot = _wrapped(_keys(desk), width, console)
    foot = [*foot, _cut(Text(message, style="yellow"), width)] if message else foot
    note = _notice(desk)
    above = [_between(head, Text(place), width), *_wrapped(note, width, console), _rule(width)]
    below: list[Text] = []
    for most in (4, 2, 1):
        below = [_rule(width), *_levels(desk, width, console, most), _rule(width), *foot]
        if len(above) + LEAST + len(below) <= height:
            break
    answer = _wrapped(Text(plain(desk.due.answer.text)), width, console) or [Text("")]
    rows = max(LEAST, height - len(above) - len(below))
    desk.top = max(0, min(desk.top, len(answer) - rows))
    shown = answer[desk.top : desk.top + rows]
    if len(answer) > rows:
        above[-1] = _rule(
            width,
            _("lines {first} to {last} of {all}").format(
                first=desk.top + 1, last=desk.top + len(shown), all=len(answer)
            ),
        )
    return [*above, *shown, *below]


def plain(text: str) -> str:
    """Return a learner's text without anything that would steer a terminal."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return "".join(one if one == "\n" or one.isprintable() else " " for one in text)


def _levels(desk: Desk, width: int, console: Console, most: int) -> Iterator[Text]:
    if desk.choosing:
        for key, comment in desk.bank:
            taken = comment.id in desk.comments
            text = Text(f"{'●' if taken else '○'} {key}  {pick(comment.text)}")
            text.stylize("bold" if taken else "")
            yield from _wrapped(text, width, console)[: min(most, 2)]
        return
    overview = Text()
    for place, criterion in enumerate(desk.task.rubric):
        chosen = desk.levels.get(criterion.id)
        points = "–" if chosen is None else f"{criterion.levels[chosen].points:g}"
        here = place == desk.place
        overview.append(
            f"{'▶' if here else ' '}{pick(criterion.title)} {points}  ", "bold" if here else ""
        )
    overview.append(
        _("= {points} of {max}").format(points=f"{desk.points:g}", max=f"{desk.task.points:g}")
    )
    yield from _wrapped(overview, width, console)
    criterion = desk.criterion
    for number, level in enumerate(criterion.levels):
        example = desk.guide.example(criterion.id, number) if desk.examples else None
        said = _("“{example}”").format(example=pick(example)) if example else pick(level.text)
        given = [
            _("marker {number}").format(number=place)
            for place, mark in enumerate(desk.due.others, 1)
            if mark.levels.get(criterion.id) == number
        ]
        who = f" ← {', '.join(given)}" if given else ""
        line = Text(f"{number}  [{level.points:g}] {said}{who}")
        if desk.levels.get(criterion.id) == number:
            line.stylize("reverse")
        yield from _wrapped(line, width, console)[:most]


def _notice(desk: Desk) -> Text:
    if desk.due.before is not None:
        text = _("This answer changed after it was marked; it had {points} points.")
        return Text(text.format(points=f"{desk.due.before.points:g}"), style="yellow")
    if desk.due.others:
        return Text(_("Two markers differ here; what they agree on is filled in."), style="yellow")
    return Text("")


def _keys(desk: Desk) -> Text:
    if desk.choosing:
        return Text(_("letter: choose or drop a comment · Enter: back"), style="dim")
    chosen = len(desk.comments) + bool(desk.note)
    text = _(
        "0-9 level · ↑↓ criterion · space/b read on/back · e examples · c comments ({chosen}) · "
        "t text · Enter keep · s skip · u undo · q end"
    )
    return Text(text.format(chosen=chosen), style="dim")


def _wrapped(text: Text, width: int, console: Console) -> list[Text]:
    return list(text.wrap(console, width)) if text.plain else []


def _rule(width: int, said: str = "") -> Text:
    return _cut(Text(f"── {said} " + "─" * width if said else "─" * width, style="dim"), width)


def _cut(text: Text, width: int) -> Text:
    text = text.copy()
    text.truncate(width, overflow="ellipsis" if "─" not in text.plain else "crop")
    return text


def _between(left: Text, right: Text, width: int) -> Text:
    left = _cut(left, max(1, width - right.cell_len - 2))
    return Text.assemble(left, " " * max(2, width - left.cell_len - right.cell_len), right)


def comparison(marking: Marking) -> list[RenderableType]:
    """Return how far two markers agree on a task, as tables for a terminal."""
    pairs = marking.pairs()
    if not pairs:
        return [_("No answer has two marks yet. The second marker: --second")]
    table = Table(title=_("Agreement of two markers, {count} answers").format(count=len(pairs)))
    for name in (_("criterion"), _("same level"), _("kappa"), _("weighted kappa")):
        table.add_column(name)
    for one in agreement(marking.task, pairs):
        table.add_row(*_row(one))
    parts: list[RenderableType] = [table]
    if len(pairs) < FEW:
        text = _("With fewer than {few} answers, the intervals (95 %) are rough.")
        parts.append(text.format(few=FEW))
    found = disagreements(marking.task, pairs)
    if found.empty:
        return parts
    differ = Table(title=_("Where they differ; to settle it: --moderate"))
    for name in (_("answer"), _("criterion"), _("first"), _("second")):
        differ.add_column(name)
    for _place, row in found.iterrows():
        differ.add_row(row["answer"], row["criterion"], f"{row['first']:g}", f"{row['second']:g}")
    return [*parts, differ]


def _row(one: Agreement) -> tuple[str, str, str, str]:
    return (
        one.title,
        f"{one.same}/{one.count}",
        _shown(one.plain),
        _shown(one.weighted),
    )


def _shown(kappa: Kappa | None) -> str:
    if kappa is None:
        return _("cannot be said")
    if kappa.interval is None:
        return f"{kappa.value:.2f}"
    low, high = kappa.interval
    return f"{kappa.value:.2f} ({low:.2f} … {high:.2f})".replace("-", "−")
