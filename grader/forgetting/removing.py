"""Forgetting a learner: what will be done, doing it in an order that survives an interruption."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import did_you_mean
from grader.certificates import register
from grader.certificates.keys import FOLDER
from grader.course import Course
from grader.dealing import ROSTER, dealt, handed_in, roster
from grader.forgetting import books, places, sweep
from grader.forgetting.person import Person, names_of
from grader.forgetting.step import Kind, Step, rewrite
from grader.integrity import begun, gradebook_file
from grader.safekeeping import backups, own_backup, sole_run


@dataclass(frozen=True)
class Plan:
    """What is to be done, or was done, about a learner.

    Attributes:
        person: the learner, as the gradebook, its backups and the class list know them.
        steps: what happens to each place, in the order of doing.
        left: after it was done: files in which the search still found them.
        namesakes: the course's own texts in which the same name stands.
        notes: what no step can reach, in words.
    """

    person: Person
    steps: tuple[Step, ...]
    left: tuple[Path, ...] = ()
    namesakes: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def remains(self) -> list[Step]:
        """The places that nothing is done about."""
        return [step for step in self.steps if step.kind == Kind.REMAINS]


def plan(course: Course, learner: str) -> Plan:
    """Return what forgetting a learner would do; nothing is changed.

    Raises:
        DuecourseError: nobody in this course has this id, or the gradebook cannot be read.
    """
    person = _person(course, learner)
    return Plan(person, tuple(_steps(course, person)), notes=tuple(_notes(course)))


def forget(course: Course, learner: str) -> Plan:
    """Remove a learner from a course, and search all of it afterwards.

    Files go before the gradebook, which knows the names; these are noted until the end, so that an
    interrupted run can be started again and still knows what to look for.

    Raises:
        DuecourseError: nobody here has this id, another run works in this course, or a place cannot
            be changed; the places before it are done, and the same command goes on.
    """
    if not course.folder.is_dir():
        raise _unknown(course, learner, [])
    with sole_run(course.folder):
        person = _person(course, learner)
        steps = tuple(_steps(course, person))
        journal = _journal(course, learner)
        text = json.dumps({"id": person.id, "names": person.names})
        journal.touch(mode=0o600)
        rewrite(journal, text.encode())
        for step in steps:
            if step.act:
                try:
                    step.act()
                except OSError as error:
                    said = _("{place} cannot be changed: {why}. Run the same command again.")
                    why = error.strerror or error
                    raise DuecourseError(said.format(place=step.place, why=why)) from error
        left, namesakes = sweep.found(course.folder, person)
        journal.unlink(missing_ok=True)
    return Plan(person, steps, tuple(left), tuple(namesakes), tuple(_notes(course)))


def _person(course: Course, learner: str) -> Person:
    if not course.folder.is_dir():
        raise _unknown(course, learner, [])
    names: dict[str, set[str]] = {}
    urls = [course.db_url] if begun(course.db_url) else []
    urls += [
        f"sqlite:///{one.as_posix()}" for one in backups(course.folder) if books.holds_learners(one)
    ]
    for url in urls:
        for one, found in books.everybody(url).items():
            names.setdefault(one, set()).update(found)
    for one, name in _listed(course):
        names.setdefault(one, set()).update(names_of(name, None))
    for one in (*roster(course.folder), *handed_in(course.folder)):
        names.setdefault(one, set())
    journal = _journal(course, learner)
    if journal.is_file():
        names.setdefault(learner, set()).update(json.loads(journal.read_text("utf-8"))["names"])
    if learner not in names and not _elsewhere(course, learner):
        raise _unknown(course, learner, sorted(names))
    own = names.pop(learner, set())
    others = frozenset(text for one, more in names.items() for text in (one, *more))
    return Person(learner, tuple(sorted(own)), others)


def _listed(course: Course) -> Iterator[tuple[str, str]]:
    """Yield ids and names of the class list; what follows the first comma of a line is a name."""
    file = course.folder / ROSTER
    for line in file.read_text("utf-8-sig").splitlines() if file.is_file() else ():
        one, _comma, name = line.partition(",")
        if one.strip() and not line.lstrip().startswith("#"):
            yield one.strip(), name.strip()


def _elsewhere(course: Course, learner: str) -> bool:
    """Return whether an id that is in no gradebook and on no list has work or a world."""
    if learner in {"", ".", ".."} or {"/", "\\", "\0"} & set(learner):
        return False
    person = Person(learner)
    if any(True for _step in places.work(course, person)):
        return True
    known = (file.parent.name for file in course.root.glob("assignments/*/world.yaml"))
    return any(learner in dealt(course.folder, course.assignment(name)) for name in known)


def _unknown(course: Course, learner: str, known: list[str]) -> DuecourseError:
    text = _("Nobody in {folder} has the id '{learner}'.")
    there = did_you_mean(learner, known) if known else ""
    return DuecourseError(text.format(folder=course.folder, learner=learner) + there)


def _steps(course: Course, person: Person) -> Iterator[Step]:
    made = [*places.work(course, person), *places.lists(course, person)]
    made += _certificates(course, person)
    book = gradebook_file(course.db_url)
    taken = {step.place for step in made if isinstance(step.place, Path)}
    if book is not None:
        taken |= {book, *(book.with_name(book.name + end) for end in ("-journal", "-wal", "-shm"))}
    elsewhere = Path(CourseDirectory(config=course.config()).root) / "downloaded"
    yield from made
    yield from sweep.rest(course.folder, taken, person, elsewhere)
    # Last of all: without it nobody could say any more whose files these are.
    yield from _gradebook(course, person, book)


def _gradebook(course: Course, person: Person, book: Path | None) -> Iterator[Step]:
    url = course.db_url
    if not begun(url):
        return
    rows = books.count(url, person.id)
    if not rows and not (book and person.is_in(book)):
        return
    listed = ", ".join(f"{table} {number}" for table, number in rows.items())
    detail = _("rows: {tables}").format(tables=listed) if rows else _("its free pages")
    yield Step(
        book or url.split(":")[0], Kind.REWRITTEN, detail, partial(books.erase, url, person.id)
    )


def _certificates(course: Course, person: Person) -> Iterator[Step]:
    held = register.holdings(course, person.id)
    if held:
        detail = _("certificates and their entries: files {count}").format(count=len(held))
        act = partial(_struck_out, course, person.id)
        yield Step(course.folder / FOLDER, Kind.REWRITTEN, detail, act)


def _struck_out(course: Course, learner: str) -> None:
    register.forget(course, learner)


def _notes(course: Course) -> Iterator[str]:
    yield _(
        "Not in reach of this command: mails, learning platforms, accounts and homes of a "
        "classroom, copies on other machines and backups of this disk."
    )
    if gradebook_file(course.db_url) is None:
        yield own_backup(course.db_url)


def _journal(course: Course, learner: str) -> Path:
    mark = hashlib.sha256(learner.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return course.folder / f"{sweep.JOURNAL}{mark}.json"
