"""The annual plan as a document: who, what is needed, what when, how it is assessed."""

from collections.abc import Iterator

from duecourse.competencies import Matrix
from duecourse.language import _, current, pick
from grader.training.paper import Heading, Paper, Paragraph, Piece, Points, Table
from grader.training.phases import stages
from grader.training.plan import Plan
from grader.training.programme import Programme
from grader.training.wording import hours, listed, month_name, named


def annual(plan: Plan, matrix: Matrix, programme: Programme) -> Paper:
    """Return the annual plan as a document, in the language spoken now."""
    title = _("Annual training plan, {start} to {end}")
    pieces = (
        Paragraph(
            _(
                "People who owe money have reasons. This plan trains people to find out what is true, "
                "to keep the law, and to agree what a household can really keep to."
            )
        ),
        *_who(plan),
        *_needed(plan, matrix),
        *_stages(plan, programme),
        *_months(plan),
        *_form(programme),
        *_assessed(),
        *_notes(plan),
    )
    return Paper(
        title.format(start=plan.wish.start, end=plan.wish.end), current(), tuple(pieces), foot()
    )


def foot() -> str:
    """Return the line at the end of every document."""
    return _(
        "Training material, no legal advice. Rules marked provisional were not read in their own text: "
        "check them before real use."
    )


def _who(plan: Plan) -> Iterator[Piece]:
    yield Heading(_("Who takes part"))
    rows = []
    for group in plan.groups:
        sessions = [one for one in plan.sessions if one.group == group.id]
        minutes = sum(one.timed.sitting.minutes for one in sessions)
        rows.append(
            (
                group.title,
                str(len(group.members)),
                listed([member.name for member in group.members]),
                str(len(sessions)),
                hours(minutes),
            )
        )
    head = (
        _("Group"),
        _("Number of people"),
        _("Names of the members"),
        _("Sessions"),
        _("Hours planned"),
    )
    yield Table(_("Groups"), head, tuple(rows), (3, 1, 5, 1, 1))
    text = _(
        "Planned with {hours:g} hours a week in service and {stage_hours:g} hours a week in the first "
        "months of those who are new; a week with holidays has fewer."
    )
    yield Paragraph(text.format(hours=plan.wish.hours, stage_hours=plan.wish.stage_hours))


def _needed(plan: Plan, matrix: Matrix) -> Iterator[Piece]:
    yield Heading(_("What each role needs"))
    yield Paragraph(
        _(
            "0 nothing yet, 1 knows, 2 applies, 3 teaches and judges. A convention of the kit, no standard."
        )
    )
    roles = {role.id: role for group in plan.groups for role in (group.role, group.later)}
    titles = [pick(role.title) for role in roles.values()]
    rows = [
        (pick(one.title), *(str(role.needs[one.id]) for role in roles.values()))
        for one in matrix.competencies
    ]
    widths = (4.0, *(1.5 for _role in roles))
    yield Table(_("Needs of the roles"), (_("Competency"), *titles), tuple(rows), widths)


def _stages(plan: Plan, programme: Programme) -> Iterator[Piece]:
    staged = [group for group in plan.groups if group.staged]
    if not staged:
        return
    yield Heading(_("The first months of those who are new"))
    about = {one.id: one.about for one in programme.stages}
    rows = [
        (
            group.title,
            pick(phase.title),
            f"{phase.first} – {phase.last}",
            pick(about[phase.id]),
        )
        for group in staged
        for phase in stages(group.start, programme)
    ]
    head = (_("Group"), _("Stage"), _("From and to"), _("What happens in it"))
    yield Table(_("Stages"), head, tuple(rows), (2, 2, 2, 5))


def _months(plan: Plan) -> Iterator[Piece]:
    yield Heading(_("What is learnt in which month"))
    rows = []
    for year, month in plan.months:
        for group in plan.groups:
            own = [one for one in plan.month(year, month) if one.group == group.id]
            if own:
                minutes = sum(one.timed.sitting.minutes for one in own)
                counted: dict[str, int] = {}
                for one in own:
                    text = named(one.timed.sitting)
                    counted[text] = counted.get(text, 0) + 1
                what = [
                    f"{text} × {count}" if count > 1 else text for text, count in counted.items()
                ]
                rows.append((month_name(year, month), group.title, "\n".join(what), hours(minutes)))
    head = (_("Month"), _("Group"), _("What is learnt"), _("Hours planned"))
    yield Table(_("Months"), head, tuple(rows), (1.5, 2, 6, 1))


def _form(programme: Programme) -> Iterator[Piece]:
    yield Heading(_("How a session with a lesson runs"))
    rows = tuple((str(one.minutes), pick(one.title)) for one in programme.lesson)
    yield Table(_("Session"), (_("Minutes"), _("What is done")), rows, (1, 6))


def _assessed() -> Iterator[Piece]:
    yield Heading(_("How it is assessed"))
    yield Points(
        (
            _(
                "Before: a diagnosis shows where somebody stands. It decides what is learnt, and is no mark."
            ),
            _(
                "Meanwhile: weekly tests for those who are new, assignments with feedback for everybody."
            ),
            _("At the end: the exam. Critical points must all be right; otherwise it is repeated."),
            _(
                "Afterwards: each quarter looks at complaints and audited calls, never at sums recovered alone."
            ),
            _(
                "Training, exam and pledge come before real work, and every year again (CN-35, provisional)."
            ),
        )
    )


def _notes(plan: Plan) -> Iterator[Piece]:
    if plan.notes:
        yield Heading(_("What to know about this plan"))
        yield Points(plan.notes)
