"""One answer on a marker's desk: what is chosen so far, and what each key does. Pure."""

from dataclasses import dataclass, field
from enum import Enum, auto
from string import ascii_lowercase
from typing import Final

from duecourse.tasks import Criterion, TextTask
from grader.rubrics.guides import Comment, Guide
from grader.rubrics.marking import Due
from grader.rubrics.totals import points_of

UP: Final = ("\x1b[A", "\x1bOA", "\xe0H", "\x00H", "k")
DOWN: Final = ("\x1b[B", "\x1bOB", "\xe0P", "\x00P", "j", "\t")
PAGE_UP: Final = ("\x1b[5~", "\xe0I", "\x00I", "b")
PAGE_DOWN: Final = ("\x1b[6~", "\xe0Q", "\x00Q", " ")
ENTER: Final = ("\r", "\n")
ESCAPE: Final = "\x1b"


class Act(Enum):
    """What a key asks for that the desk cannot do itself."""

    STAY = auto()
    SAVE = auto()
    SKIP = auto()
    UNDO = auto()
    NOTE = auto()
    QUIT = auto()


_ACTS: Final = {"s": Act.SKIP, "u": Act.UNDO, "t": Act.NOTE, "q": Act.QUIT}


@dataclass
class Desk:
    """An answer that is being marked.

    Attributes:
        task: the task.
        guide: examples and comments.
        due: the answer.
        levels: the levels chosen so far, by criterion.
        comments: the ids of the comments chosen so far.
        note: what the marker wrote.
        place: the number of the criterion that a digit goes to, from 0.
        top: the first line of the answer that is shown.
        choosing: whether comments are being chosen.
        examples: whether examples are shown in the place of the levels' texts.
    """

    task: TextTask
    guide: Guide
    due: Due
    levels: dict[str, int] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    note: str = ""
    place: int = 0
    top: int = 0
    choosing: bool = False
    examples: bool = False

    def __post_init__(self) -> None:
        """Give a moderator what both markers agree on."""
        if len(self.due.others) == 2:
            one, other = (mark.levels for mark in self.due.others)
            self.levels = {name: level for name, level in one.items() if other.get(name) == level}
            self._to_open()

    @property
    def criterion(self) -> Criterion:
        """The criterion that a digit goes to."""
        return self.task.rubric[self.place]

    @property
    def points(self) -> float:
        """The points of what is chosen so far."""
        return points_of(self.task, self.levels)

    @property
    def whole(self) -> bool:
        """Whether every criterion has its level."""
        return all(criterion.id in self.levels for criterion in self.task.rubric)

    @property
    def bank(self) -> list[tuple[str, Comment]]:
        """The comments with their keys: those on this criterion first, then on the whole, then others."""
        here = self.guide.comments_on(self.criterion.id) + self.guide.comments_on(None)
        others = [one for one in self.guide.comments if one not in here]
        # q ends and must stay out of reach of a finger that means a comment.
        keys = [key for key in ascii_lowercase if key != "q"]
        return list(zip(keys, [*here, *others], strict=False))

    def press(self, key: str, page: int = 1) -> Act:
        """Do what a key says, and return what is left to be done by somebody else.

        Args:
            key: a character, or the sequence that a terminal sends for a key.
            page: how many lines of the answer are in view.
        """
        if self.choosing:
            return self._choose(key)
        if self._moved(key, max(1, page - 1)):
            return Act.STAY
        if key in ENTER and self.whole:
            return Act.SAVE
        if key in ENTER:
            self._to_open()
        elif key == "e":
            self.examples = not self.examples
        elif key == "c":
            self.choosing = bool(self.guide.comments)
        elif len(key) == 1 and key in "0123456789":
            self._level(int(key))
        return _ACTS.get(key, Act.STAY)

    def _moved(self, key: str, lines: int) -> bool:
        """Read on or go to another criterion, if the key says so."""
        last = len(self.task.rubric) - 1
        if key in PAGE_DOWN or key in PAGE_UP:
            self.top = max(0, self.top + (lines if key in PAGE_DOWN else -lines))
        elif key in UP or key in DOWN:
            self.place = min(last, max(0, self.place + (1 if key in DOWN else -1)))
        else:
            return False
        return True

    def _choose(self, key: str) -> Act:
        if key in {*ENTER, ESCAPE, "q"}:
            self.choosing = False
        for ours, comment in self.bank:
            if key == ours and comment.id in self.comments:
                self.comments.remove(comment.id)
            elif key == ours:
                self.comments.append(comment.id)
        return Act.STAY

    def _level(self, level: int) -> None:
        if level < len(self.criterion.levels):
            self.levels[self.criterion.id] = level
            self._to_open()

    def _to_open(self) -> None:
        """Go to the next criterion without a level; stay where there is none."""
        count = len(self.task.rubric)
        for step in range(count):
            place = (self.place + step) % count
            if self.task.rubric[place].id not in self.levels:
                self.place = place
                return
