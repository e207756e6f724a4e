"""What belongs together: a notebook with what lies beside it, sorted by learner and assignment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from nbgrader.utils import parse_utc

from duecourse.language import _
from grader.collecting.opening import Piece, Refused, Way
from grader.collecting.which import Inside, Released, read_inside, which
from grader.collecting.whose import ClassList, plain
from grader.handed_in import TIMESTAMP
from grader.release import digest_of

_NOTEBOOK: Final = ".ipynb"


@dataclass(frozen=True)
class Version:
    """One version of one learner's work on one assignment.

    Attributes:
        learner: the learner's id.
        assignment: the assignment's name.
        notebook: the notebook's file name as it was handed out.
        files: everything of it by its place in the submission; the notebook is one of them.
        path: where the notebook was found.
        time: when it was handed in, in UTC.
        order: what tells it from versions of the same time.
        note: what the instructor should know.
    """

    learner: str
    assignment: str
    notebook: str
    files: Mapping[str, Piece]
    path: Way
    time: datetime
    order: tuple[datetime, int, str]
    note: str = ""


@dataclass
class Sorted:
    """Everything that came back, sorted.

    Attributes:
        versions: what can be placed.
        unplaced: what cannot.
        untouched: how many files are as they were handed out, or belong to lessons.
    """

    versions: list[Version] = field(default_factory=list)
    unplaced: list[Refused] = field(default_factory=list)
    untouched: int = 0


@dataclass(frozen=True)
class Rules:
    """What pieces are sorted by.

    Attributes:
        people: the class list.
        among: what was released.
        given: digests of all files that were handed out.
        lessons: file names of lessons.
        assignment: take only this one; it also counts where a notebook does not say its own.
        learner: whose work it is where nothing says so.
    """

    people: ClassList
    among: list[Released]
    given: Collection[str]
    lessons: Collection[str]
    assignment: str | None = None
    learner: str | None = None


def sort(pieces: list[Piece], rules: Rules) -> Sorted:
    """Sort what came back; everything is in the result, placed or not."""
    done = Sorted()
    notebooks = [one for one in pieces if one.name.lower().endswith(_NOTEBOOK)]
    others = [one for one in pieces if not one.name.lower().endswith(_NOTEBOOK)]
    beside = _by_home(others, notebooks)
    fates: dict[Way, list[Version | Refused | None]] = {}
    for piece in notebooks:
        fates.setdefault(piece.path[:-1], []).append(_fate(piece, rules))
    whose = {
        (home, one.learner if isinstance(one, Version) else "")
        for home, found in fates.items()
        for one in found
        if one is not None
    }
    for home, found in fates.items():
        versions = [one for one in found if isinstance(one, Version)]
        refused = [one for one in found if isinstance(one, Refused)]
        done.unplaced += refused
        done.untouched += found.count(None)
        attached: list[dict[str, Piece]] = [{} for _one in versions]
        alone = len({learner for place, learner in whose if place[: len(home)] == home}) == 1
        for piece in beside.pop(home, []):
            if _given(piece, rules) or not (versions or refused):
                done.untouched += 1
                continue
            owners = _owners(piece, home, versions, rules, alone=alone)
            for number in owners:
                attached[number]["/".join(piece.path[len(home) :])] = piece
            if not owners:
                reason = _why_not(piece, versions, refused, rules)
                done.unplaced.append(Refused(piece.path, reason, piece.file))
        for version, files in zip(versions, attached, strict=True):
            done.versions.append(_with(version, files))
    strays = [piece for alone in beside.values() for piece in alone]
    known = [piece for piece in strays if _given(piece, rules)]
    done.untouched += len(known)
    text = _("there is no notebook beside it")
    done.unplaced += [
        Refused(piece.path, text, piece.file) for piece in strays if piece not in set(known)
    ]
    return done


def _by_home(others: list[Piece], notebooks: list[Piece]) -> dict[Way, list[Piece]]:
    """Return the other files by the nearest folder around them that holds a notebook."""
    homes = {one.path[:-1] for one in notebooks}
    found: dict[Way, list[Piece]] = {}
    for piece in others:
        ups = (piece.path[:length] for length in range(len(piece.path) - 1, -1, -1))
        home = next((up for up in ups if up in homes), ())
        found.setdefault(home, []).append(piece)
    return found


def _fate(piece: Piece, rules: Rules) -> Version | Refused | None:
    """Return what becomes of a notebook; None if it is a lesson or as it was handed out."""
    inside = read_inside(piece.file)
    found = which(inside, piece.path, rules.among)
    of_lessons = plain(piece.name) in rules.lessons
    if _given(piece, rules) or (of_lessons and not _is_graded(inside, rules)):
        return None
    if not found and rules.assignment:
        found = [one for one in rules.among if one.assignment == rules.assignment]
    if len(found) != 1:
        text = _("it is no notebook of a released assignment")
        if found:
            names = sorted({one.assignment for one in found})
            text = _("it may be of several assignments: {names}").format(names=", ".join(names))
        return Refused(piece.path, text, piece.file)
    [ours] = found
    if rules.assignment not in {None, ours.assignment}:
        text = _("it is of '{found}', and only '{wanted}' is taken")
        reason = text.format(found=ours.assignment, wanted=rules.assignment)
        return Refused(piece.path, reason, piece.file)
    whose = rules.people.of(piece.path, inside.learner)
    if not whose.learner and not rules.learner:
        return Refused(piece.path, whose.reason, piece.file)
    return Version(
        learner=whose.learner or str(rules.learner),
        assignment=ours.assignment,
        notebook=ours.notebook,
        files={ours.notebook: piece},
        path=piece.path,
        time=piece.time,
        # "work (2).ipynb" was saved after "work.ipynb".
        order=(piece.inner, len(piece.name), piece.name),
        note=whose.reason if whose.learner else "",
    )


def _is_graded(inside: Inside, rules: Rules) -> bool:
    return bool(inside.tasks) and len(which(inside, (), rules.among)) == 1


def _given(piece: Piece, rules: Rules) -> bool:
    size = piece.file.stat().st_size
    return bool(size) and digest_of(piece.file.read_bytes()) in rules.given


def _owners(
    piece: Piece, home: Way, versions: list[Version], rules: Rules, *, alone: bool
) -> list[int]:
    """Return the versions that a file beside them belongs to; none where that is not clear.

    Args:
        piece: the file.
        home: the folder that holds the notebooks.
        versions: the notebooks there.
        rules: what pieces are sorted by.
        alone: whether everything in the folder and below it is of one learner.
    """
    learners = {one.learner for one in versions}
    if named := rules.people.of(piece.path[len(home) :]).learner:
        learners &= {named}
    elif not alone and (len(learners) > 1 or rules.people.of(home).learner not in learners):
        return []
    ours = [number for number, one in enumerate(versions) if one.learner in learners]
    several = len({versions[number].assignment for number in ours}) > 1
    return [] if several else ours


def _why_not(piece: Piece, versions: list[Version], refused: list[Refused], rules: Rules) -> str:
    """Return why a file beside notebooks belongs to none of them."""
    if not versions:
        return refused[0].reason
    if rules.people.of(piece.path).learner in {"", *(one.learner for one in versions)}:
        return _("it is not clear which notebook beside it belongs to it")
    return _("there is no notebook beside it")


def _with(version: Version, files: Mapping[str, Piece]) -> Version:
    """Return a version with the files beside it; a timestamp that no learner packed is its time."""
    more = dict(files)
    stamp = more.pop(TIMESTAMP, None)
    time = version.time
    if stamp is not None and not stamp.packed:
        time = _stamped(stamp, time)
    return replace(version, files={**more, **version.files}, time=time)


def _stamped(stamp: Piece, otherwise: datetime) -> datetime:

    try:
        text = stamp.file.read_text("utf-8").strip()
        return parse_utc(text).replace(tzinfo=UTC) if text else otherwise
    except (ValueError, OverflowError, OSError):
        return otherwise
