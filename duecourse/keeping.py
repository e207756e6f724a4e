"""Answers that last: what a learner chose, kept beside the notebook at once, choice by choice.

While a notebook is graded nothing is written. What the files hold stands in `duecourse.kept`.
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from duecourse.kept import (
    ANSWERS,
    VALUES,
    Kept,
    Kind,
    Unusable,
    as_text,
    file_of,
    from_log,
    log_of,
    look,
    proper,
)
from duecourse.language import _

GRADING: Final = "NBGRADER_EXECUTION"
"""Set while nbgrader runs a notebook; then nothing is written."""


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Where one activity is kept.

    Attributes:
        activity: its name: a case and a call or transcript of it, with a dot between.
        kind: ``call`` or ``coding``.
        digest: what tells this version of the case from others.
        folder: where the notebook lies.
        notice: what went wrong with keeping or reading, in words for the learner; empty if nothing.
    """

    def __init__(
        self,
        activity: str,
        kind: Kind,
        digest: str,
        folder: Path | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.activity, self.kind, self.digest = proper(activity), kind, digest
        self.folder = folder or Path.cwd()
        self.notice = ""
        self._clock = clock
        self._kept = Kept([] if kind == "call" else {}, digest)

    @property
    def file(self) -> Path:
        """The file that holds what was kept."""
        return file_of(self.folder, self.activity)

    @property
    def log(self) -> Path:
        """The file that holds every attempt."""
        return log_of(self.folder, self.activity)

    def read(self) -> Any:
        """Return the choices (a list) or labels (lists by turn) that were kept, or None.

        What cannot be used, such as a damaged file or one of an earlier version of the case, is set
        aside under another name; `notice` says so. A damaged file is made anew from the log.
        """
        self.notice = ""
        try:
            kept = look(self.file, self.activity, self.kind)
        except Unusable as error:
            kept = from_log(self.folder, self.activity, self.kind, self.digest)
            self._set_aside(str(error))
            if kept is not None:
                self.notice += " " + _("Your work was taken from the log, so nothing is lost.")
                self._keep(kept)
        if kept is not None and kept.digest != self.digest:
            self._set_aside(_("the case has changed since"))
            kept = None
        if kept is None:
            return None
        self._kept = kept
        return kept.value

    def write(self, value: Any) -> None:
        """Keep the choices or labels, at once and as a whole, and add them to the log.

        Where it is not possible, as on a full disk, `notice` says so and the work goes on. Nothing
        is written while a notebook is graded.

        Args:
            value: all choices so far (a list), or all labels (lists by turn).
        """
        self.notice = ""
        now = self._clock().isoformat(timespec="seconds")
        kept = Kept(value, self.digest, _times(self._kept, value, now))
        self._kept = kept
        self._keep(kept)
        self.note("kept", **{VALUES[self.kind]: value})

    def note(self, event: str, **about: Any) -> None:
        """Add a line to the log: the moment, what happened, and whatever is to be said about it.

        Args:
            event: one word, such as ``again``.
            about: anything that JSON can hold.
        """
        moment = self._clock().isoformat(timespec="seconds")
        line = {"at": moment, "event": event, "digest": self.digest, **about}

        def add() -> None:
            if self.log.is_symlink():
                self.log.replace(_free(self.log))
            with self.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line, ensure_ascii=False) + "\n")

        self._try(add)

    def _keep(self, kept: Kept) -> None:
        text = as_text(kept, self.activity, self.kind)

        def put() -> None:
            part = self.file.with_name(f".{self.activity}.{os.getpid()}.part")
            with part.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                # Without it a power failure could leave an empty file under the right name.
                os.fsync(file.fileno())
            part.replace(self.file)

        self._try(put)

    def _try(self, action: Callable[[], None]) -> None:
        if os.environ.get(GRADING):
            return
        try:
            if self.file.parent.is_symlink():
                self.file.parent.replace(_free(self.file.parent))
            self.file.parent.mkdir(parents=True, exist_ok=True)
            action()
        except OSError as error:
            text = _(
                "Your choices cannot be kept in {folder}: {why}. They last until this notebook is "
                "closed; run the check cell and save the notebook to keep them."
            )
            self.notice = text.format(folder=self.file.parent, why=error.strerror or error)

    def _set_aside(self, why: str) -> None:
        """Give the file another name; nothing of it is lost."""
        text = _("{file} cannot be used: {why}.").format(
            file=f"{ANSWERS}/{self.file.name}", why=why
        )
        if os.environ.get(GRADING):
            self.notice = text
            return
        linked = self.file.parent.is_symlink()
        old = self.file.parent if linked else self.file
        new = _free(old)
        try:
            old.replace(new)
        except OSError as error:
            self.notice = f"{text} {error}"
            return
        aside = new.name if linked else f"{ANSWERS}/{new.name}"
        self.notice = f"{text} " + _("It was set aside as {aside}.").format(aside=aside)


def _free(path: Path) -> Path:
    """Return a name beside ``path`` that nothing has yet."""
    names = (path.with_name(f"{path.stem}.aside-{n}{path.suffix}") for n in range(1, 10_000))
    return next(name for name in names if not os.path.lexists(name))


def _times(before: Kept, value: Any, now: str) -> tuple[str, ...]:
    """Return the times of a new value: what has not changed keeps its time."""
    old = before.value
    if isinstance(value, dict):
        known = dict(zip(old, before.times, strict=False))
        return tuple(
            known.get(turn, now) if old.get(turn) == value[turn] else now for turn in value
        )
    same = next(
        (place for place, pair in enumerate(zip(old, value, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(value)),
    )
    kept = before.times[:same]
    return (*kept, *([now] * (len(value) - len(kept))))
