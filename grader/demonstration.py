"""A class that never was: submissions of an assignment, made from its solved notebooks.

Nothing here knows an assignment. What the invented learners write is taken from the solution and
from the cells tagged ``mistake``, so an assignment that is added later has its class at once.
The result depends on the notebooks, the language, the due date and the seed alone.
"""

import random
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

import nbformat
from nbformat import NotebookNode

from duecourse.cases.files import CaseFile
from duecourse.errors import DuecourseError
from duecourse.language import Language, _
from grader import imitation
from grader.imitation import Part, parts_of, prerequisites
from grader.players import plainly
from grader.prose import written_answer

TIMESTAMP: Final = "timestamp.txt"


class Shows(StrEnum):
    """What a submission of the demonstration class is there to show."""

    RIGHT = "right"
    PARTLY = "partly"
    MISTAKES = "mistakes"
    BLANK = "blank"
    RAISING = "raising"
    LATE = "late"
    DAMAGED = "damaged"
    MISSING = "missing"


ROLES: Final[Mapping[Shows, int]] = {
    Shows.RIGHT: 3,
    Shows.PARTLY: 6,
    Shows.MISTAKES: 8,
    Shows.BLANK: 2,
    Shows.RAISING: 1,
    Shows.LATE: 2,
    Shows.DAMAGED: 1,
    Shows.MISSING: 1,
}
"""How many of the 24 learners show what."""
_MAKERS: Final = (Shows.MISTAKES, Shows.PARTLY, Shows.LATE)
"""Who makes the known mistakes: all of them work, and have their own way."""


@dataclass(frozen=True, slots=True)
class Learner:
    """An invented learner; the id is safe as a folder's name everywhere."""

    id: str
    first_name: str
    last_name: str


LEARNERS: Final[tuple[Learner, ...]] = tuple(
    Learner(*names.split("/"))
    for names in (
        "li-ming/明/李", "wang-yutong/雨桐/王", "zhang-haoran/浩然/张", "chen-sijia/思佳/陈",
        "liu-zihan/子涵/刘", "yang-xiaofeng/晓峰/杨", "zhao-minghui/明慧/赵", "ouyang-qing/晴/欧阳",
        "zhou-wenbo/文博/周", "wu-ruoxi/若溪/吴", "xu-jianguo/建国/徐", "sun-lele/乐乐/孙",
        "amara-okoye/Amara/Okoye", "tomas-novotny/Tomáš/Novotný", "ines-carvalho/Inês/Carvalho",
        "ravi-menon/Ravi/Menon", "hannah-lindqvist/Hannah/Lindqvist", "yusuf-demir/Yusuf/Demir",
        "siobhan-oreilly/Siobhán/O’Reilly", "mateo-quiroga/Mateo/Quiroga",
        "leila-haddad/Leila/Haddad", "kofi-mensah/Kofi/Mensah", "emma-brandt/Emma/Brandt",
        "daniel-price/Daniel/Price",
    )
)  # fmt: skip
"""Invented people, half of them with Chinese names."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What one learner handed in."""

    learner: Learner
    files: Mapping[str, bytes]
    """Content by path inside the submission's folder, ``timestamp.txt`` included."""
    timestamp: datetime
    """When it was handed in, in UTC."""
    shows: Shows
    mistakes: tuple[tuple[str, int], ...] = ()
    """The known mistakes in it: task, and position among the task's mistake cells."""


@dataclass(slots=True)
class _Plan:
    """What one learner does."""

    blank: set[str] = field(default_factory=set)
    mistakes: dict[str, int] = field(default_factory=dict)
    raising: str | None = None
    writing: int = 3
    """Quality of the written answers, as in `written_answer`, and of calls and codings."""


def make_class(
    solved: Mapping[str, NotebookNode],
    released: Mapping[str, NotebookNode],
    *,
    language: Language,
    due: datetime,
    seed: int = 24,
    cases: Mapping[str, CaseFile] | None = None,
) -> list[Submission]:
    """Make 24 submissions in which everything occurs that an instructor should have seen once.

    Args:
        solved: the assignment's solved notebooks by name (without ``.ipynb``).
        released: the same notebooks as learners receive them.
        language: the language in which the learners write.
        due: the due date, aware of its time zone; two learners are late.
        seed: another seed is another class.
        cases: the instructor's own cases by slug, if the solved notebooks take answers from them.

    Returns:
        One submission a learner, in the order of their ids.

    Raises:
        DuecourseError: a released notebook lacks a cell of its solution, a mistake cell is not as
            the authors' guide has it, or a task has more mistakes than there are learners.
    """
    keys = cases or {}
    plain = {name: plainly(notebook, keys) for name, notebook in solved.items()}
    parts = [part for notebook in plain.values() for part in parts_of(notebook)]
    rng = random.Random(seed)  # noqa: S311 - a class is drawn, not a secret
    roles = [shows for shows, count in ROLES.items() for _number in range(count)]
    plans = [
        _plan(shows, number / max(1, count - 1), parts, rng)
        for shows, count in ROLES.items()
        for number in range(count)
    ]
    _spread_mistakes(roles, plans, parts, rng)
    made: list[Submission] = []
    for learner, shows, plan in zip(rng.sample(LEARNERS, len(roles)), roles, plans, strict=True):
        moment = _moment(shows, due, rng)
        own = {
            name: plainly(notebook, keys, plan.writing, f"{seed} {learner.id}")
            for name, notebook in solved.items()
        }
        files = {**_files(own, released, shows, plan, language, rng), **_stamp(moment)}
        mistakes = tuple(sorted(plan.mistakes.items()))
        made.append(Submission(learner, files, moment, shows, mistakes))
    return sorted(made, key=lambda submission: submission.learner.id)


def _plan(shows: Shows, step: float, parts: Sequence[Part], rng: random.Random) -> _Plan:
    """Draw what a learner does; ``step`` goes from 0 to 1 among those who show the same."""
    plan = _Plan()
    coded = [part for part in parts if not part.written]
    match shows:
        case Shows.PARTLY | Shows.LATE:
            plan.writing = 3 - round(3 * step)
            share = 0.95 - 0.65 * step
            for part in rng.sample(coded, len(coded)):
                if len(coded) - len(plan.blank) > ceil(share * len(coded)):
                    plan.blank |= {part.task, *_dependents(part, coded)}
        case Shows.MISTAKES:
            plan.writing = rng.choice((1, 2, 2, 3))
        case Shows.BLANK:
            plan.blank = {part.task for part in parts}
        case Shows.RAISING if coded:
            # A cell that nothing rests upon, so that the error is seen where it was made.
            plain = [part for part in coded if not part.answer.startswith("def ")] or coded
            plan.raising = min(plain, key=lambda part: len(_dependents(part, coded))).task
            plan.writing = 1
    return plan


def _dependents(part: Part, parts: Sequence[Part]) -> set[str]:
    return {
        other.task
        for other in parts
        if part.task in prerequisites(other.answer, other, parts) and other.task != part.task
    }


def _spread_mistakes(
    roles: Sequence[Shows], plans: Sequence[_Plan], parts: Sequence[Part], rng: random.Random
) -> None:
    """Give every known mistake to somebody, and the common ones to several."""
    known = [(part, number) for part in parts for number in range(len(part.mistakes))]
    again = [one for one in known for _more in range(rng.choice((0, 0, 0, 1, 2)))]
    for turn, (part, number) in enumerate([*known, *again]):
        able = [
            (len(plan.mistakes), rng.random(), plan)
            for shows, plan in zip(roles, plans, strict=True)
            if shows in _MAKERS and _can_make(plan, part, number, parts)
        ]
        if able:
            min(able, key=lambda one: one[:2])[2].mistakes[part.task] = number
        elif turn < len(known):
            raise DuecourseError(
                f"The task '{part.task}' has more known mistakes, or tasks resting upon it, than "
                "the demonstration class has learners. Join mistakes that teach the same."
            )


def _can_make(plan: _Plan, part: Part, number: int, parts: Sequence[Part]) -> bool:
    """Whether this mistake and those already made would each be seen as what they are."""
    if part.task in plan.blank or part.task in plan.mistakes:
        return False
    made = {**plan.mistakes, part.task: number}
    return not any(
        prerequisites(imitation.mistake_code(other, made[other.task], parts), other, parts)
        & (plan.blank | made.keys())
        for other in parts
        if other.task in made
    )


def _moment(shows: Shows, due: datetime, rng: random.Random) -> datetime:
    hours = rng.uniform(3, 50) if shows is Shows.LATE else rng.uniform(-6 * 24, -1)
    return (due + timedelta(hours=hours)).astimezone(UTC).replace(microsecond=0)


def _stamp(moment: datetime) -> dict[str, bytes]:
    return {TIMESTAMP: f"{moment:%Y-%m-%d %H:%M:%S} UTC\n".encode()}


def _files(
    solved: Mapping[str, NotebookNode],
    released: Mapping[str, NotebookNode],
    shows: Shows,
    plan: _Plan,
    language: Language,
    rng: random.Random,
) -> dict[str, bytes]:
    if shows is Shows.MISSING:
        return {_("my notes.txt"): _("I could not find the right file.").encode()}
    notebooks = {
        f"{name}.ipynb": nbformat.writes(_fill(solved[name], released[name], plan, language, rng))
        for name in solved
    }
    cut = 0.6 if shows is Shows.DAMAGED else 1
    return {name: text[: int(len(text) * cut)].encode() for name, text in notebooks.items()}


def _fill(
    solved: NotebookNode,
    released: NotebookNode,
    plan: _Plan,
    language: Language,
    rng: random.Random,
) -> NotebookNode:
    """Return the released notebook as the learner of the plan fills it in."""
    filled = deepcopy(released)
    cells, keys = _by_grade_id(filled), _by_grade_id(solved)
    parts = parts_of(solved)
    if lost := [name for part in parts for name in part.cells if name not in cells]:
        raise DuecourseError(
            f"The released notebook has no cell '{lost[0]}'. Release the assignment again."
        )
    done = [part for part in parts if part.task not in plan.blank]
    for part in done:
        if part.written:
            cells[part.task].source = written_answer(part.answer, language, plan.writing, rng)
        else:
            for name in part.cells:
                cells[name].source = imitation.completed(keys[name].source)
    for part in done:
        if not part.written and part.cells:
            last = cells[part.cells[-1]]
            shared = sum(other.cells == part.cells for other in parts) > 1
            source = last.source if shared else keys[part.cells[-1]].source
            if part.task in plan.mistakes:
                last.source = imitation.mistaken(source, part, plan.mistakes[part.task], parts)
            elif part.task == plan.raising:
                last.source = imitation.raising(source)
    return filled


def _by_grade_id(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }
