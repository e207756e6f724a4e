"""The pack for changed rules: texts, what they touch, and half a day of training."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from duecourse.competencies import matrix
from duecourse.language import _, current, pick
from duecourse.rules.names import force_name, severity_name
from grader.training.events import Event, as_calendar
from grader.training.files import CALENDAR, save, write
from grader.training.paper import Heading, Paper, Paragraph, Piece, Points, Table
from grader.training.programme import programme
from grader.training.rule_changes import Changed, RuleChange
from grader.training.wording import listed
from grader.training.yearly import foot

if TYPE_CHECKING:
    from grader.training.touched import Place


def pack(found: Changed, opens: time) -> Paper:
    """Return the pack as a document, in the language spoken now.

    Args:
        found: what happened to the rules.
        opens: when the half day begins.
    """
    title = _("Changed rules, {first} to {last}").format(first=found.first, last=found.last)
    pieces = (
        Paragraph(
            _(
                "For instructors: this pack names tasks of assignments. A rule marked provisional was not "
                "read in its own text. Read the text before any way of working is changed because of it."
            )
        ),
        *_overview(found),
        *(piece for one in found.changes for piece in _change(one)),
        *_touched(found),
        *_certificates(found),
        *_half_day(found, opens),
        *_to_fill_in(),
    )
    return Paper(title, current(), tuple(pieces), foot())


def publish(
    found: Changed,
    folder: Path,
    formats: Sequence[str],
    written: datetime,
    opens: time,
    begins: datetime | None = None,
    zone: tzinfo | None = None,
) -> Iterator[Path]:
    """Write the pack; yields its files.

    Args:
        found: what happened to the rules.
        folder: where the files are put.
        formats: md, docx, xlsx, ics.
        written: when it is written.
        opens: when the half day begins.
        begins: day and hour of the half day; without it there is no calendar.
        zone: the time zone of the place.
    """
    stem = f"changes-{found.first}-{found.last}"
    paper = pack(found, opens)
    yield from write(folder, stem, paper, formats, written)
    if CALENDAR in formats and begins:
        length = sum(block.minutes for block in programme().half_day)
        event = Event(
            stem,
            begins,
            begins + timedelta(minutes=length),
            paper.title,
            "\n".join(str(one) for one in found.changes),
        )
        yield save(folder / f"{stem}.{CALENDAR}", as_calendar(paper.title, [event], written, zone))


def _overview(found: Changed) -> Iterator[Piece]:
    kinds = {"begins": _("new rule"), "changes": _("changed rule"), "ends": _("no longer in force")}
    yield Heading(_("What came, changed and ended"))
    rows = tuple(
        (
            str(one.change.on),
            one.change.id,
            one.now.name,
            kinds[one.change.kind],
            force_name(one.now.force),
            severity_name(one.now.severity),
            one.evidence,
        )
        for one in found.changes
    )
    head = (
        _("From day on"), _("Rule"), _("What it is called"), _("What happens"), _("Force"), _("Weight of a breach"),
        _("Evidence"),
    )  # fmt: skip
    yield Table(_("Changes of rules"), head, rows, (1.5, 1, 3, 1.5, 2, 1.5, 4))


def _change(one: RuleChange) -> Iterator[Piece]:
    yield Heading(f"{one.change.id} {one.now.name}", 2)
    yield Paragraph(str(one))
    rows = tuple(one.differences())
    if one.change.before and not any(name == _("Duty") for name, *_rest in rows):
        yield Paragraph(_("What has to be done is worded as before; what it rests on is not."))
    head = (_("Part of the rule"), _("Text before"), _("From {day}").format(day=one.change.on))
    if rows:
        yield Table(one.change.id, head, rows, (1.2, 4, 4))
    binds = _("Binds: {binds}. Applies to: {applies}.")
    yield Paragraph(binds.format(binds=pick(one.now.binds), applies=pick(one.now.applies_to)))


def _touched(found: Changed) -> Iterator[Piece]:
    yield Heading(_("What of the course is touched"))
    kinds = {"lesson": _("Lesson"), "case": _("Case"), "assignment": _("Assignment")}
    named: dict[tuple[str, str], tuple[Place, list[str], list[str]]] = {}
    near: dict[tuple[str, str], tuple[Place, list[str]]] = {}
    for one in found.changes:
        for place in one.touched.named:
            known = named.setdefault((place.kind, place.name), (place, [], []))
            known[1].append(one.change.id)
            known[2].extend(task for task in place.tasks if task not in known[2])
        for place in one.touched.near:
            near.setdefault((place.kind, place.name), (place, []))[1].append(one.change.id)
    rows = [
        (kinds[place.kind], pick(place.title), listed(_once(rules)), listed(tasks) or "–")
        for place, rules, tasks in named.values()
    ]
    head = (_("Kind of material"), _("What it is called"), _("Names the rules"), _("Tasks touched"))
    if rows:
        yield Table(_("Touched material"), head, tuple(sorted(rows)), (1.2, 4, 2.5, 4))
    else:
        yield Paragraph(_("No lesson, case or assignment names these rules."))
    also = [
        (kinds[place.kind], pick(place.title), listed(_once(rules)))
        for key, (place, rules) in near.items()
        if key not in named
    ]
    if also:
        yield Paragraph(
            _(
                "These do not name the rules, but belong to a competency that rests on them: look at them too."
            )
        )
        through = (_("Kind of material"), _("What it is called"), _("Through the rules"))
        yield Table(_("Near the rules"), through, tuple(sorted(also)), (1.2, 4, 3))
    names = {name for one in found.changes for name in one.touched.competencies}
    if names:
        titles = [pick(one.title) for one in matrix().competencies if one.id in names]
        yield Paragraph(_("Competencies: {names}.").format(names=listed(titles)))


def _certificates(found: Changed) -> Iterator[Piece]:
    yield Heading(_("Certificates"))
    text = _(
        "A certificate attests what was examined on its day. Whoever holds one from before {day} was not "
        "examined on these changes: the half day and its closing test are to be recorded beside it."
    )
    yield Paragraph(text.format(day=found.changes[-1].change.on))
    if found.certificates:
        rows = tuple(
            (one.number, str(one.issued), str(one.expires), listed(list(one.rules)))
            for one in found.certificates
        )
        head = (_("Number"), _("Issued on"), _("Valid until"), _("Older than the changes of"))
        yield Table(_("Certificates"), head, rows, (2, 1.2, 1.2, 5))
    else:
        yield Paragraph(_("This course has no valid certificate that is older."))


def _half_day(found: Changed, opens: time) -> Iterator[Piece]:
    yield Heading(_("Half a day"))
    rows = []
    clock = datetime.combine(found.first, opens)
    material = {
        "texts": listed(_once([one.change.id for one in found.changes])),
        "cases": listed(_titles(found, {"lesson", "case"})),
        "tasks": listed(_titles(found, {"assignment"})),
    }
    for block in programme().half_day:
        ends = clock + timedelta(minutes=block.minutes)
        span = f"{clock:%H:%M}–{ends:%H:%M}"
        rows.append((span, str(block.minutes), pick(block.title), material.get(block.id) or "–"))
        clock = ends
    head = (_("Time"), _("Minutes"), _("What is done"), _("Worked with"))
    yield Table(_("Half a day"), head, tuple(rows), (1.3, 0.8, 4, 4))


def _to_fill_in() -> Iterator[Piece]:
    yield Heading(_("To be filled in"))
    head = (_("What of ours changes"), _("Who does it"), _("By when"), _("Done?"))
    things = (
        _("Scripts and prompts"), _("Letters and messages"), _("Settings of the dialler and the system"),
        _("Agencies: told, and confirmed"), _("Checks and samples of calls"),
    )  # fmt: skip
    yield Table(_("Our own work"), head, tuple((one, "", "", "☐") for one in things), (4, 2, 2, 1))
    signed = (_("Name of the person"), _("Closing test"), _("Date and signature"))
    yield Table(_("Attendance"), signed, tuple(("", "", "") for _line in range(12)), (3, 2, 3))
    yield Points(
        (
            _(
                "Who was missing gets the half day within two weeks, and before the next call that the change concerns."
            ),
        )
    )


def _titles(found: Changed, kinds: set[str]) -> list[str]:
    """Return the titles of what names the changed rules, those that name most of them first."""
    counted: dict[str, int] = {}
    for one in found.changes:
        for place in one.touched.named:
            if place.kind in kinds:
                counted[pick(place.title)] = counted.get(pick(place.title), 0) + 1
    return sorted(counted, key=lambda name: (-counted[name], name))[:6]


def _once(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))
