"""Taking in what came back: taken apart, sorted, put into its place."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from duecourse.errors import DuecourseError
from duecourse.language import _
from grader.collecting.opening import Refused, gather
from grader.collecting.placing import REASONS, UNPLACED, Placed, Unplaced, place, set_aside
from grader.collecting.sorting import Rules, Version, sort
from grader.collecting.which import released
from grader.collecting.whose import ClassList, plain
from grader.course import Course
from grader.dealing import ROSTER, known_learners
from grader.handouts import HANDOUT
from grader.integrity import begun
from grader.release import GIVEN, digest_of
from grader.safekeeping import sole_run


@dataclass(frozen=True)
class Collected:
    """What became of everything that came back.

    Attributes:
        placed: every version of somebody's work.
        unplaced: what could not be placed, with the reason.
        untouched: how many files are lessons', or as they were handed out.
        folder: where lies what could not be placed.
    """

    placed: tuple[Placed, ...]
    unplaced: tuple[Unplaced, ...]
    untouched: int
    folder: Path


def collect(
    course: Course,
    source: Path,
    *,
    assignment: str | None = None,
    learner: str | None = None,
    now: datetime | None = None,
) -> Collected:
    """Take in an archive, a folder or a file.

    Everything goes into ``submitted/`` of the course, an older version into ``earlier/``, and what
    cannot be placed into ``unplaced/`` with its reason. The source stays as it is. Doing it again
    changes nothing.

    Args:
        course: the course; its release folder says what can come back.
        source: what came back.
        assignment: take only this assignment; it also counts where a file does not say its own.
        learner: whose work it is, where nothing says so.
        now: the moment that counts as now, aware of its time zone.

    Raises:
        DuecourseError: the source is not there, or is refused as a whole; nothing is released; the
            class list is empty, or does not know the learner; or somebody grades meanwhile.
    """
    among = released(course)
    if assignment not in {None, *(one.assignment for one in among)}:
        names = ", ".join(sorted({one.assignment for one in among}))
        text = _("'{name}' is not released in this course. Released are: {names}.")
        raise DuecourseError(text.format(name=assignment, names=names))
    people = class_of(course, [title for one in among for title in one.titles])
    if learner is not None:
        learner = _on_the_list(learner, people, course)
    source, path = _source(course, source)
    lessons = {plain(file.name) for file in (course.root / "notebooks").rglob("*.ipynb")}
    rules = Rules(people, among, _given(course), lessons, assignment, learner)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    with sole_run(course.folder), TemporaryDirectory(prefix="duecourse-") as room:
        found = gather(source, Path(room), path)
        if found.refused and path and found.refused[0].path == path:
            raise DuecourseError(f"{source}: {found.refused[0].reason}")
        pieces = [one for one in found.pieces if one.path != (REASONS,)]
        done = sort(pieces, rules)
        placed: list[Placed] = []
        lost: list[Refused] = []
        there: list[Version] = []
        groups: dict[tuple[str, str], list[Version]] = {}
        for version in done.versions:
            groups.setdefault((version.learner, version.assignment), []).append(version)
        for _name, versions in sorted(groups.items()):
            try:
                placed += place(course.folder, versions, moment)
                there += versions
            except OSError as error:
                text = _("it cannot be written: {why}").format(why=error.strerror or error)
                files = [piece for one in versions for piece in one.files.values()]
                lost += [Refused(piece.path, text, piece.file) for piece in files]
        unplaced = set_aside(
            course.folder,
            [*found.refused, *done.unplaced, *lost],
            [(piece.path, piece.file) for one in there for piece in one.files.values()],
            source,
        )
    folder = course.folder / UNPLACED
    return Collected(tuple(placed), tuple(unplaced), done.untouched, folder)


def class_of(course: Course, titles: list[str]) -> ClassList:
    """Return the class list: the gradebook, ``learners.txt``, and whoever handed something in.

    Args:
        course: the course.
        titles: what its assignments are called.

    Raises:
        DuecourseError: there is nobody on it.
    """
    names: dict[str, list[str]] = {}
    if begun(course.db_url):
        with course.gradebook() as book:
            for one in book.students:
                full = " ".join(filter(None, [one.first_name, one.last_name]))
                names.setdefault(str(one.id), []).append(full)
    for one in known_learners(course.folder, list(names)):
        names.setdefault(one, [])
    file = course.folder / ROSTER
    for line in file.read_text("utf-8-sig").splitlines() if file.is_file() else []:
        one, _comma, name = line.partition(",")
        if one.strip() in names:
            names[one.strip()].append(name.strip())
    # an id becomes the name of a folder
    names = {one: said for one, said in names.items() if PurePath(one).name == one}
    if not names:
        text = _(
            "Nobody is on the class list. Write ids into {file}, one a line, a name after a comma."
        )
        raise DuecourseError(text.format(file=file))
    return ClassList(names, titles)


def _on_the_list(learner: str, people: ClassList, course: Course) -> str:
    found = people.by_id(learner)
    if not found:
        text = _("'{learner}' is not on the class list. Write the id into {file} first.")
        raise DuecourseError(text.format(learner=learner, file=course.folder / ROSTER))
    return found


def _source(course: Course, source: Path) -> tuple[Path, tuple[str, ...]]:
    """Return what came back and what it is called; things in ``unplaced/`` keep their names."""
    here = source.expanduser().resolve()
    if not (here.is_dir() or here.is_file()):
        text = _("There is no file or folder {source}.")
        raise DuecourseError(text.format(source=source))
    ours = course.folder.resolve()
    unplaced = ours / UNPLACED
    if here == unplaced or unplaced in here.parents:
        return here, here.relative_to(unplaced).parts
    if here == ours or here in ours.parents or ours in here.parents:
        text = _("{source} belongs to the course itself. Name what came back from learners.")
        raise DuecourseError(text.format(source=source))
    return here, (here.name,)


def _given(course: Course) -> set[str]:
    """Return the digests of everything that was handed out."""
    folder = course.folder / "release"
    files = [*folder.rglob("*"), course.folder / "course.yaml"]
    given = {digest_of(file.read_bytes()) for file in files if file.is_file()}
    for way in ("learner", HANDOUT):
        note = course.folder / way / GIVEN
        if note.is_file():
            data: Any = json.loads(note.read_text("utf-8"))
            given |= set(data.values()) | set(data)
    return given
