"""Coding a conversation: giving each turn of a transcript the labels that fit it."""

import hashlib
import html
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duecourse.cases.case import Transcript
from duecourse.cases.codebook import name_of
from duecourse.cases.files import CaseFile, find
from duecourse.cases.key import TranscriptKey
from duecourse.errors import DuecourseError
from duecourse.keeping import GRADING, Store
from duecourse.language import _, pick, tag
from duecourse.tasks import did_you_mean

if TYPE_CHECKING:
    from pandas import DataFrame


def code(slug: str, transcript: str, folder: Path | None = None) -> "Coding":
    """Open a transcript of a case to code it, with the labels that were given before.

    Args:
        slug: the name of the case's folder.
        transcript: the id of the transcript.
        folder: where the notebook lies; the current folder by default.

    Raises:
        DuecourseError: there is no such case or transcript.
    """
    case = find(slug, folder)
    return Coding(case, transcript_of(case, transcript), folder)


def transcript_of(case: CaseFile, name: str) -> Transcript:
    """Return a transcript of a case by its id.

    Raises:
        DuecourseError: there is none.
    """
    known = {one.id: one for one in case.case.transcripts}
    if name not in known:
        text = _("There is no transcript '{name}' in the case '{case}'.")
        raise DuecourseError(
            text.format(name=name, case=case.slug) + did_you_mean(name, list(known))
        )
    return known[name]


def digest(transcript: Transcript) -> str:
    """Return what tells one transcript from another: 16 hexadecimal digits.

    Texts do not count, so that both languages, and a release that kept one of them, give the same.
    """
    turns = [[turn.id, turn.who] for turn in transcript.turns]
    shape = {"id": transcript.id, "turns": turns, "codes": sorted(transcript.codes)}
    return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()[:16]


class Coding:
    """A transcript and the labels that a learner gave its turns; each is kept at once.

    Attributes:
        case: the case with its files.
        transcript: what is coded.
    """

    def __init__(self, case: CaseFile, transcript: Transcript, folder: Path | None = None) -> None:
        self.case, self.transcript = case, transcript
        self.digest = digest(transcript)
        self._store = Store(f"{case.slug}.{transcript.id}", "coding", self.digest, folder)
        self._turns = [turn.id for turn in transcript.turns]
        kept = self._store.read() or {}
        self._labels: dict[str, list[str]] = {
            turn: [one for one in transcript.codes if one in kept[turn]]
            for turn in self._turns
            if turn in kept
        }
        self._watching: list[Callable[[], None]] = []
        self._view: Any = None

    @property
    def key(self) -> TranscriptKey | None:
        """How an expert labels the transcript; None where it is graded."""
        return self.case.key.transcripts.get(self.transcript.id) if self.case.key else None

    @property
    def notice(self) -> str:
        """What the learner must know of how the labels are kept; empty if nothing."""
        return self._store.notice

    @property
    def labels(self) -> dict[str, list[str]]:
        """The labels by turn; an empty list where the learner found that none fits."""
        return {turn: list(codes) for turn, codes in self._labels.items()}

    @property
    def codes(self) -> dict[str, str]:
        """The labels that can be given here, with their names in the current language."""
        return {one: name_of(one) for one in self.transcript.codes}

    @property
    def progress(self) -> tuple[int, int]:
        """How many turns are decided upon, and how many there are."""
        return len(self._labels), len(self._turns)

    def label(self, turn: str, *codes: str) -> None:
        """Give a turn these labels in place of those it had; without any, none fits it.

        Args:
            turn: the id of the turn, such as ``t03``.
            codes: the labels, such as ``skill:listening``.

        Raises:
            DuecourseError: there is no such turn or no such label here.
        """
        self._known_turn(turn)
        for one in codes:
            if one not in self.transcript.codes:
                text = _("There is no label '{code}' for this transcript.").format(code=one)
                raise DuecourseError(text + did_you_mean(str(one), list(self.transcript.codes)))
        wanted = [one for one in self.transcript.codes if one in codes]
        if self._labels.get(turn) != wanted:
            labels = {**self._labels, turn: wanted}
            self._labels = {one: labels[one] for one in self._turns if one in labels}
            self._keep()

    def forget(self, turn: str) -> None:
        """Take back what was decided about a turn.

        Raises:
            DuecourseError: there is no such turn.
        """
        self._known_turn(turn)
        if self._labels.pop(turn, None) is not None:
            self._keep()

    def again(self) -> None:
        """Take all labels back and begin anew; the log keeps what was there."""
        if self._labels:
            self._store.note("again")
            self._labels = {}
            self._keep()

    def table(self) -> "DataFrame":
        """Return one row a turn: turn, who, text, labels (a text, separated by semicolons).

        Names and texts are in the current language.
        """
        import pandas as pd

        rows = [
            (
                turn.id,
                self.speaker(turn.who),
                pick(turn.text),
                "; ".join(self._labels.get(turn.id, [])),
            )
            for turn in self.transcript.turns
        ]
        return pd.DataFrame(rows, columns=["turn", "who", "text", "labels"])

    def as_answer(self) -> dict[str, Any]:
        """Return what is handed in, as plain JSON."""
        return {
            "case": self.case.slug,
            "transcript": self.transcript.id,
            "digest": self.digest,
            "labels": self.labels,
        }

    def speaker(self, person: str) -> str:
        """Return the name of a person of the case, in the current language."""
        return pick(self.case.case.person(person).name)

    def watch(self, changed: Callable[[], None]) -> None:
        """Let a view know of every change."""
        self._watching.append(changed)

    def _keep(self) -> None:
        self._store.write(self.labels)
        for changed in self._watching:
            changed()

    def _known_turn(self, turn: str) -> None:
        if turn not in self._turns:
            text = _("There is no turn '{turn}' in this transcript.").format(turn=turn)
            raise DuecourseError(text + did_you_mean(str(turn), self._turns))

    def __repr__(self) -> str:
        lines = [pick(self.transcript.title), *self._said()]
        for turn in self.transcript.turns:
            lines.append(f"{turn.id} {self.speaker(turn.who)}: {pick(turn.text)}")
            if given := self._labels.get(turn.id):
                lines.append("    " + "; ".join(map(name_of, given)))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(turn.id)}</td>"
            f"<td>{html.escape(self.speaker(turn.who))}</td>"
            f'<td style="text-align:left">{html.escape(pick(turn.text))}</td>'
            f'<td style="text-align:left">{html.escape(self._given(turn.id))}</td></tr>'
            for turn in self.transcript.turns
        )
        head = "".join(
            f'<th scope="col" style="text-align:left">{html.escape(name)}</th>'
            for name in (_("turn"), _("who"), _("said"), _("labels"))
        )
        said = "".join(f"<p>{html.escape(line)}</p>" for line in self._said())
        return (
            f'<section lang="{tag()}"><p><strong>{html.escape(pick(self.transcript.title))}</strong>'
            f"</p>{said}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
        )

    def _given(self, turn: str) -> str:
        """Return the labels of a turn in words; empty where it is not decided upon."""
        given = self._labels.get(turn)
        if given is None:
            return ""
        return "; ".join(map(name_of, given)) if given else _("no label fits")

    def _ipython_display_(self) -> None:
        """Show nothing while a submission is marked, else leave it to `_repr_mimebundle_`."""
        if not os.environ.get(GRADING):
            raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Return the live view and, for pages without a kernel, the labels so far."""
        if self._view is None:
            from duecourse.widgets.coder import TranscriptCoder

            self._view = TranscriptCoder(self)
        return {**self._view._repr_mimebundle_(**kwargs), "text/plain": repr(self)}

    def _said(self) -> list[str]:
        decided, turns = self.progress
        text = _("{decided} of {turns} turns are decided upon.")
        lines = [text.format(decided=decided, turns=turns)]
        return [*lines, self.notice] if self.notice else lines
