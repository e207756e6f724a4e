"""Marking what was said: the course of a call, and the labels of a transcript."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from duecourse.agreement import WHOLE, Agreement, Part
from duecourse.calls.outcomes import outcome_name
from duecourse.calls.scoring import Note, Score, score
from duecourse.cases.case import Transcript
from duecourse.cases.files import CaseFile
from duecourse.cases.key import CallKey
from duecourse.cases.scripts import CallScript
from duecourse.coding import Compared, compare
from duecourse.codings import digest, transcript_of
from duecourse.conversations import changed, lacks_of_call, script_of
from duecourse.errors import DuecourseError
from duecourse.language import _, pick
from duecourse.tasks import CallTask, CodingTask, Task
from grader.cases import best_of, key_of

_NAMED: Final = 5
"""Turns that are named in the feedback of a coding: enough to read again, not the whole key."""


def basis_for(task: Task, value: Any, cases: Mapping[str, CaseFile]) -> dict[str, Any] | None:
    """Return what a task with this solution is marked by; None if it is no call and no coding.

    Raises:
        DuecourseError: as `basis_of` and `proven_call`.
    """
    if not isinstance(task, CallTask | CodingTask):
        return None
    basis = basis_of(task, cases[task.case])
    if isinstance(task, CallTask):
        proven_call(task, value, basis)
    return basis


def basis_of(task: CallTask | CodingTask, case: CaseFile) -> dict[str, Any]:
    """Return what a call or a coding is marked by, as plain JSON: all of it from the case's files.

    Raises:
        DuecourseError: the case or its key has no such call or transcript.
    """
    if isinstance(task, CodingTask):
        return {"transcript": transcript_of(case, task.transcript).model_dump(mode="json")}
    best_of(case, task.call)
    script, key = script_of(case.case.calls, task), key_of(case).calls[task.call]
    return {"script": script.model_dump(mode="json"), "key": key.model_dump(mode="json")}


def proven_call(task: CallTask, value: Any, basis: dict[str, Any]) -> None:
    """Make sure that a solution's course earns everything.

    Raises:
        DuecourseError: it does not; the message says what it earns.
    """
    found = judge_call(value, basis)
    share = found if isinstance(found, str) else f"{found.share:.3f}"
    if isinstance(found, str) or found.share < WHOLE:
        raise DuecourseError(f"the solution of '{task.id}' does not earn everything: {share}")


def judge_call(value: Any, basis: dict[str, Any]) -> Agreement | str:
    """Judge a course by playing it again.

    Args:
        value: the choices, with the digest of the script that they were made in.
        basis: the script and its key, from `basis_of`.

    Returns:
        What it is worth, with what each choice did and what would have been better; or why it
        cannot be marked: it was not played to its end, is impossible, or is of another version.
    """
    script = CallScript.model_validate(basis["script"])
    for problem in lacks_of_call(script, value):
        return problem
    key = CallKey.model_validate(basis["key"])
    found = score(script, key, value["choices"])
    return Agreement(found.total, (*_shares(found, key), *_steps(found.notes)))


def _shares(found: Score, key: CallKey) -> Iterator[Part]:
    assert found.end
    ended = _("The call ended: {how}.").format(how=outcome_name(found.end))
    yield Part(_("Outcome"), found.outcome, ended)
    broken = [one for note in found.notes for one in note.worth.breaches]
    lawful = _("no rule was broken")
    if broken:
        rules = {one.rule: pick(one.title) for one in broken}
        named = _("; ").join(f"{rule} {title}" for rule, title in rules.items())
        lawful = _("rules that were broken: {rules}").format(rules=named)
    if any(one.provisional for one in broken):
        lawful += _(" (a rule among them is provisional: its wording is not verified yet)")
    yield Part(_("Lawfulness"), found.lawfulness, lawful)
    felt = [note.worth.empathy for note in found.notes if note.worth.empathy is not None]
    text = _("in {count} of {all} moments nothing on offer would have answered the person better")
    best = sum(one >= 1 for one in felt)
    yield Part(_("Empathy"), found.empathy, text.format(count=best, all=len(felt)))
    for step in found.missed:
        text = _("it was missed, so the call earns nothing: {why}")
        yield Part(_("Critical step"), 0.0, text.format(why=pick(step.why)))
    if key.critical and not found.missed:
        yield Part(_("Critical step"), 1.0, _("nothing was missed that must not be missed"))


def _steps(notes: Sequence[Note]) -> Iterator[Part]:
    for number, note in enumerate(notes, 1):
        grave = note.worth.breaches or note.worth.missed
        share = 0.0 if grave else (0.5 if note.better else 1.0)
        text = pick(note.worth.key.why) if note.worth.key else ""
        if note.better:
            quoted = _("“{text}”").format(text=pick(note.better.text))
            text += " " + _("Better at this moment: {text}").format(text=quoted)
        name = _("Choice {number}, “{option}”")
        option = pick(note.step.chosen.text)
        yield Part(name.format(number=number, option=option), share, text.strip())


def missed_steps(parts: Sequence[Part]) -> int:
    """Return how many critical steps of a call were missed, from the parts of its mark."""
    return sum(part.name == _("Critical step") and part.share < 1 for part in parts)


def judge_coding(value: Any, expected: Any, basis: dict[str, Any]) -> Agreement | str:
    """Judge labels by those of the key: F1, where a violation under the wrong rule is half a hit.

    Args:
        value: the labels, with the digest of the transcript that they were given in.
        expected: those of the key.
        basis: the transcript, from `basis_of`.

    Returns:
        How far they agree, with a few turns to read again; or why it cannot be marked.
    """
    transcript = Transcript.model_validate(basis["transcript"])
    if value["digest"] != digest(transcript):
        return changed()
    turns = [turn.id for turn in transcript.turns]
    ours, theirs = value["labels"], expected["labels"]
    known = {turn: [one for one in ours.get(turn, ()) if one in transcript.codes] for turn in turns}
    stray = sum(map(len, ours.values())) - sum(map(len, known.values()))
    found = compare(known, theirs, turns, transcript.codes)
    # A label that does not exist counts like one that does not belong.
    share = 2 * found.hits / max(1, found.given + stray + found.expected)
    exact = sum(len(set(known[turn]) & set(theirs.get(turn, ()))) for turn in turns)
    return Agreement(share, tuple(_labels(found, exact, stray)))


def _labels(found: Compared, exact: int, stray: int) -> Iterator[Part]:
    text = _("{found} of {all} labels are there, and {others} others")
    share = exact / found.expected if found.expected else 1.0
    others = found.given + stray - exact
    yield Part(_("Labels"), share, text.format(found=exact, all=found.expected, others=others))
    if halves := round(2 * (found.hits - exact)):
        text = _(
            "broken rules heard at the right turn, but under another name (half each): {count}"
        )
        yield Part(_("Rules"), 0.5, text.format(count=halves))
    if found.kappa is not None:
        text = _("Cohen's kappa {kappa}; 0 is what chance gives, 1 is everything")
        kappa = Part(_("Agreement"), max(0.0, found.kappa), text.format(kappa=f"{found.kappa:.2f}"))
        yield kappa
    for turns, text in (
        (found.missed, _("an expert hears something more in {turns}")),
        (found.extra, _("an expert would not give every label that you gave in {turns}")),
    ):
        if turns:
            yield Part(_("Worth reading again"), 0.5, text.format(turns=_some(turns)))


def _some(turns: Sequence[str]) -> str:
    named = ", ".join(turns[:_NAMED])
    if len(turns) <= _NAMED:
        return named
    return _("{turns} and {count} more").format(turns=named, count=len(turns) - _NAMED)
