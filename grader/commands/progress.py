"""A bar on a terminal: how far the work is, how fast it goes, and how long it will still take."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from duecourse.language import _

T = TypeVar("T")


class Rate(ProgressColumn):
    """How much is finished in a second or a minute."""

    def render(self, task: Task) -> Text:
        """Return the rate; nothing as long as it is not known."""
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        if speed >= 1:
            return Text(_("{count} a second").format(count=f"{speed:.1f}"))
        return Text(_("{count} a minute").format(count=f"{60 * speed:.1f}"))


def bars(steps: Iterable[T], place: Callable[[int, T], tuple[str, str, int, int]]) -> Iterator[T]:
    """Yield the steps and show a bar for every stage of them; see `shared.followed`."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[item]}", markup=False),
    )
    shown: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for number, step in enumerate(steps, 1):
            stage, item, done, total = place(number, step)
            if stage not in shown:
                shown[stage] = progress.add_task(stage, total=total, item="")
            progress.update(shown[stage], completed=done, item=item if done < total else "")
            yield step
