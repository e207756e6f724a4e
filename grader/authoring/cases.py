"""Checking a case: its files, its key, and what both say of one another."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from duecourse.cases.case import Case, Event, Transcript
from duecourse.cases.codebook import codebook
from duecourse.cases.files import CASE, KEY, CaseFile, read
from duecourse.coding import VIOLATION
from duecourse.errors import DuecourseError
from duecourse.language import LANGUAGES, _
from duecourse.rules import UnknownRule, rule
from grader.authoring.calls import lint_call
from grader.authoring.findings import Finding, found
from grader.authoring.privacy import personal
from grader.authoring.texts import lint_languages, texts_of

WORDS_A_MINUTE: Final = 200
"""English; careful reading of prose."""
CHARACTERS_A_MINUTE: Final = 250
"""Chinese; about as fast as the English."""
_FACTOR: Final = 2.0
"""Between stated and measured minutes, before it is worth a word."""


def lint_case(folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with the case in a folder, or could be better."""
    file = folder / CASE
    for name in (CASE, KEY):
        yield from lint_languages(folder / name)
    yield from _privacy(folder)
    try:
        case = read(folder)
    except DuecourseError as error:
        yield found("C101", file, why=str(error))
        return
    yield from _timeline(case)
    yield from _tables(case)
    yield from _reading(case)
    if case.key is None:
        yield found("C103", file, what=KEY)
        return
    yield from _key(case)
    for transcript in case.case.transcripts:
        yield from _transcript(case, transcript)
    yield from _calls(case)
    yield from _mirror(case)


def _privacy(folder: Path) -> Iterator[Finding]:
    for file in sorted(folder.iterdir()):
        if file.suffix in (".yaml", ".csv", ".md"):
            for number, line in enumerate(file.read_text("utf-8-sig").splitlines(), 1):
                for kind, shown in personal(line):
                    yield found(
                        "C112",
                        file,
                        _("line {number}").format(number=number),
                        kind=kind,
                        shown=shown,
                    )


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _timeline(case: CaseFile) -> Iterator[Finding]:
    file, events = case.folder / CASE, case.case.timeline
    for before, after in pairwise(events):
        if _earlier(after.at, before.at):
            yield found("C109", file, f"timeline.{after.id}", before=before.id)
    days = [_day(event.at) for event in events]
    for place, at in _dated(case.case):
        if not min(days) <= _day(at) <= max(days):
            yield found("C108", file, place, day=_day(at), first=min(days), last=max(days))


def _earlier(one: date | datetime, other: date | datetime) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    return _day(one) < _day(other)


def _dated(case: Case) -> Iterator[tuple[str, datetime]]:
    for transcript in case.transcripts:
        yield f"transcripts.{transcript.id}", transcript.at
    for call in case.calls:
        yield f"calls.{call.id}", call.at


def _tables(case: CaseFile) -> Iterator[Finding]:
    for table in case.case.tables:
        file = case.folder / table.file
        if not file.is_file():
            why = _("it does not exist")
        else:
            rows = case.rows(table.id)
            names = list(rows[0]) if rows else []
            if names == list(table.columns):
                continue
            why = _("it has the columns {found}; described are {stated}").format(
                found=", ".join(names) or "-", stated=", ".join(table.columns)
            )
        yield found("C110", case.folder / CASE, f"tables.{table.id}", file=table.file, why=why)


def _reading(case: CaseFile) -> Iterator[Finding]:
    told = case.case.model_dump(
        mode="json", include={"summary", "facts", "timeline", "documents", "transcripts"}
    )
    stated = case.case.minutes
    for language in LANGUAGES:
        text = " ".join(str(texts.get(language, "")) for _place, texts in texts_of(told, ""))
        chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
        words = len(re.findall(r"[^\W\d_\u4e00-\u9fff]+", text))
        minutes = chinese / CHARACTERS_A_MINUTE + words / WORDS_A_MINUTE
        if not stated / _FACTOR <= minutes <= stated * _FACTOR:
            yield found(
                "C113", case.folder / CASE, "minutes",
                measured=round(minutes), stated=stated, language=language,
            )  # fmt: skip


def _key(case: CaseFile) -> Iterator[Finding]:
    assert case.key is not None
    file = case.folder / KEY
    last = max(_day(event.at) for event in case.case.timeline)
    for name in case.key.rules:
        yield from rules_in_force([name], last, file, f"rules.{name}")
    places = set(_places(case.case))
    for place in case.key.lesson.evidence:
        if place not in places:
            yield found("C104", file, "lesson.evidence", name=place)
    for kind, there in (
        ("answers", case.key.answers),
        ("transcripts", case.case.transcripts),
        ("write_ups", case.key.write_ups),
    ):
        if not there:
            yield found("C115", file, what=kind)
    for name in case.key.transcripts.keys() - {one.id for one in case.case.transcripts}:
        yield found("C104", file, "transcripts", name=name)


def _places(case: Case) -> Iterator[str]:
    for event in case.timeline:
        yield f"timeline.{event.id}"
    for document in case.documents:
        yield f"documents.{document.id}"
    for table in case.tables:
        yield f"tables.{table.id}"
    for fact in case.facts:
        yield f"facts.{fact.id}"
    for transcript in case.transcripts:
        for turn in transcript.turns:
            yield f"{transcript.id}.{turn.id}"


def rules_in_force(names: Iterable[str], day: date, file: Path, place: str) -> Iterator[Finding]:
    """Yield rules that do not exist, or were not in force on a day."""
    for name in names:
        try:
            if not rule(name, on=day):
                yield found("C107", file, place, rule=name, day=day)
        except UnknownRule:
            yield found("C106", file, place, rule=name)


def _transcript(case: CaseFile, transcript: Transcript) -> Iterator[Finding]:
    assert case.key is not None
    file, place = case.folder / CASE, f"transcripts.{transcript.id}"
    broken = [
        code.removeprefix(VIOLATION) for code in transcript.codes if code.startswith(VIOLATION)
    ]
    for code in transcript.codes:
        if not code.startswith(VIOLATION) and code not in codebook():
            yield found("C105", file, place, code=code)
    yield from (
        one
        for one in rules_in_force(broken, transcript.at.date(), file, place)
        if one.code == "C106"
    )
    key = case.key.transcripts.get(transcript.id)
    if key is None:
        yield found("C103", file, place, what=place)
        return
    turns = {turn.id for turn in transcript.turns}
    for turn, labels in key.turns.items():
        where = f"{place}.{turn}"
        if turn not in turns:
            yield found("C104", case.folder / KEY, where, name=turn)
        for code in labels.codes:
            if code not in transcript.codes:
                yield found("C105", case.folder / KEY, where, code=code)
            elif code.startswith(VIOLATION):
                broken = [code.removeprefix(VIOLATION)]
                yield from rules_in_force(broken, transcript.at.date(), case.folder / KEY, where)


def _calls(case: CaseFile) -> Iterator[Finding]:
    assert case.key is not None
    for script in case.case.calls:
        place, file = f"calls.{script.id}", case.folder / KEY
        key = case.key.calls.get(script.id)
        if key is None:
            yield found("C103", case.folder / CASE, place, what=place)
            continue
        yield from lint_call(script, key, case.folder)
        for name, choice in key.choices.items():
            yield from rules_in_force(choice.breaks, script.at.date(), file, f"{place}.{name}")
        for step in key.critical:
            yield from rules_in_force(step.rules, script.at.date(), file, f"{place}.{step.id}")
    for name in case.key.calls.keys() - {one.id for one in case.case.calls}:
        yield found("C104", case.folder / KEY, "calls", name=name)


def _mirror(case: CaseFile) -> Iterator[Finding]:
    assert case.key is not None
    file, other = case.folder / CASE, case.case.mirror
    if (other is None) != (case.key.mirror is None):
        why = _("mirror stands in one of the two files only")
        yield found("C111", file, "mirror", case=other, why=why)
    if other is None or case.key.mirror is None:
        return
    folders = [one for one in case.folder.parents[1].glob(f"*/{other}") if (one / CASE).is_file()]
    if not folders:
        yield found("C111", file, "mirror", case=other, why=_("it does not exist"))
        return
    theirs = read(folders[0])
    if theirs.case.mirror != case.slug:
        yield found("C111", file, "mirror", case=other, why=_("it does not name this one"))
    ours = {event.id: event for event in case.case.timeline}
    others = {event.id: event for event in theirs.case.timeline}
    for name in case.key.mirror.shared:
        if not _same(ours.get(name), others.get(name)):
            why = _("the event {name} differs").format(name=name)
            yield found("C111", file, f"timeline.{name}", case=other, why=why)
    if case.key.mirror.parting not in ours:
        yield found("C104", case.folder / KEY, "mirror.parting", name=case.key.mirror.parting)


def _same(one: Event | None, other: Event | None) -> bool:
    if one is None or other is None:
        return False
    return (one.at, one.kind, one.text) == (other.at, other.kind, other.text)
