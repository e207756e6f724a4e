"""The evaluation as one page to be read offline or printed, and the same figures as a workbook."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from duecourse.errors import DuecourseError
from duecourse.language import _, pick, speaking, tag
from grader.course import Course
from grader.evaluation.behaviour import Behaviour, behaviour
from grader.evaluation.changes import Change
from grader.evaluation.figures import Figures, figures
from grader.evaluation.learning import FOLDER, Learning, learning
from grader.evaluation.sources import Sources, read_contacts
from grader.evaluation.survey import FEW, Survey, survey

TEMPLATE: Final = Path(__file__).with_name("page.html.j2")
FEW_LEARNERS: Final = 30
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Evaluation:
    """The four levels; None is a level without data, and `missing` says what it needs.

    Attributes:
        survey: level 1.
        learning: level 2.
        behaviour: level 3.
        figures: level 4.
        missing: by number of the level, what is to be done to have it.
    """

    survey: Survey | None
    learning: Learning | None
    behaviour: Behaviour | None
    figures: Figures | None
    missing: dict[int, str]


def evaluate(course: Course, sources: Sources) -> Evaluation:
    """Work out every level for which there is data.

    Raises:
        DuecourseError: a file that was given is not as it must be.
    """
    missing: dict[int, str] = {}
    if sources.survey is None:
        missing[1] = _("Give the answers to the survey: --survey FILE")
    learned: Learning | None = None
    try:
        learned = learning(course, sources.diagnosis)
    except DuecourseError as error:
        missing[2] = str(error)
    else:
        if learned.gain is None:
            missing[2] = learned.why
    wanted = {3: (sources.contacts, "--contacts FILE"), 4: (sources.figures, "--figures FILE")}
    for level, (file, option) in wanted.items():
        if file is not None and sources.trained is None:
            raise DuecourseError(_("Say when the training ended: --trained 2026-03-01"))
        if file is None:
            text = _("Give the data and the first day after the training: {options}")
            missing[level] = text.format(options=f"{option} --trained DATE")
    acted = reached = None
    if sources.contacts and sources.trained:
        log = read_contacts(sources.contacts)
        acted = behaviour(log, sources.trained, sources.jurisdiction)
    if sources.figures and sources.trained:
        reached = figures(sources.figures, sources.trained)
    asked = survey(sources.survey) if sources.survey else None
    return Evaluation(asked, learned, acted, reached, missing)


def write(course: Course, sources: Sources, now: datetime) -> tuple[Path, Path]:
    """Write the page and the workbook into ``evaluation/`` of the course.

    Returns:
        The page and the workbook.

    Raises:
        DuecourseError: there is no course, or a file that was given is not as it must be.
    """
    if not course.folder.is_dir():
        text = _("There is no course in {folder} yet. First: duecourse release")
        raise DuecourseError(text.format(folder=course.folder))
    with speaking(course.language):
        found = evaluate(course, sources)
        page = render(found, sources, course.name, now)
        folder = course.folder / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        file, book = folder / "evaluation.html", folder / "evaluation.xlsx"
        file.write_text(page, "utf-8")
        _book(found, book)
    return file, book


def render(found: Evaluation, sources: Sources, course: str, now: datetime) -> str:
    """Return the page in the current language, without any file or address beside it."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"_": _, "pick": pick, "percent": _percent, "signed": _signed}
    environment.globals |= {"thousand": _thousand}
    template = environment.from_string(TEMPLATE.read_text("utf-8"))
    return template.render(
        lang=tag(),
        found=found,
        trained=sources.trained,
        course=course,
        now=f"{now:%Y-%m-%d %H:%M %Z}",
        names=figure_names(),
        few=FEW,
        few_learners=FEW_LEARNERS,
        verdict=verdict,
    )


def figure_names() -> dict[str, str]:
    """Return what the business figures are called."""
    return {
        "kept": _("kept promises, of all promises"),
        "complaints": _("complaints, of all contacts"),
        "redefault": _("in arrears again, of cured accounts"),
    }


def verdict(change: Change) -> str:
    """Say in words what an interval says."""
    if math.isnan(change.low):
        return _("one of the two periods is empty")
    if not change.clear:
        return _("no change can be told from chance")
    return _("higher than before") if change.low > 0 else _("lower than before")


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.1f}%"


def _thousand(share: float) -> str:
    return "–" if math.isnan(share) else f"{1000 * share:.1f}"


def _signed(share: float, times: int = 100) -> str:
    return "–" if math.isnan(share) else f"{times * share:+.1f}"


def _book(found: Evaluation, file: Path) -> None:
    book = Workbook()
    book.remove(book.active)
    for title, rows in (
        (_("1 Reaction"), list(_reaction(found.survey))),
        (_("2 Learning"), list(_learned(found.learning))),
        (_("3 Behaviour"), list(_acted(found.behaviour))),
        (_("4 Results"), list(_reached(found.figures))),
    ):
        sheet = book.create_sheet(title)
        for row in rows or [(_("no data"),)]:
            sheet.append([_plain(one) for one in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.freeze_panes = "A2"
        sheet.column_dimensions["A"].width = 46
        # a text is never a formula, however it begins
        for line in sheet.iter_rows():
            for cell in line:
                if isinstance(cell.value, str):
                    cell.data_type = "s"
                    cell.quotePrefix = cell.value.startswith(("=", "+", "-", "@", "\t"))
    part = file.with_name(f"{file.name}.part")
    book.save(part)
    part.replace(file)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, str):
        return "".join(one for one in value if one.isprintable() or one in "\n\t")[:32_000]
    return value


def _reaction(found: Survey | None) -> Iterator[Row]:
    if found is None:
        return
    head = (_("agree (4 or 5)"), _("low"), _("high"))
    yield (_("statement"), "n", "1", "2", "3", "4", "5", _("median"), *head)
    for one in found.items:
        ends = (one.agree.share, *one.agree.interval)
        yield (pick(one.question.text), one.n, *one.counts, one.median, *ends)
    for question, said in found.comments:
        for comment in said:
            yield (pick(question.text), comment)


def _learned(found: Learning | None) -> Iterator[Row]:
    if found is None or found.gain is None:
        return
    yield (_("learner"), _("name"), _("before"), _("after"))
    for row in found.people.itertuples(index=False):
        yield tuple(row)
    gain = found.gain
    yield (_("mean"), None, gain.before, gain.after)
    yield (_("mean difference, low, high"), gain.difference, gain.low, gain.high)
    yield (_("normalised gain"), gain.normalised)


def _change(change: Change) -> Row:
    before, after = change.before, change.after
    ends = (change.difference, change.low, change.high)
    return (before.count, before.of, before.share, after.count, after.of, after.share, *ends)


def _head(first: str) -> Row:
    before = (_("before: count"), _("before: of"), _("before"))
    after = (_("after: count"), _("after: of"), _("after"))
    return (first, *before, *after, _("difference"), _("low"), _("high"))


def _acted(found: Behaviour | None) -> Iterator[Row]:
    if found is None:
        return
    yield _head(_("share"))
    yield (_("contacts that broke a duty"), *_change(found.change))
    yield (_("rule"), _("before, per 1,000"), _("after, per 1,000"), _("not comparable"))
    for row in found.by_rule.itertuples(index=False):
        yield (f"{row.rule} {row.title}", row.before, row.after, bool(row.new))


def _reached(found: Figures | None) -> Iterator[Row]:
    if found is None:
        return
    yield _head(_("share"))
    for name, change in found.changes.items():
        yield (figure_names()[name], *_change(change))
