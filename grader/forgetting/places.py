"""The places of a course that are made for learners: work, the exchange, lists, dealt worlds."""

import json
from collections.abc import Iterator
from functools import partial
from glob import escape, glob
from pathlib import Path
from typing import Any, Final

import yaml
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import notebook_hash

from duecourse.language import _
from duecourse.worlds import CLASS, FOLDER, cleaned, digest
from grader.course import Course
from grader.dealing import DEALT, ROSTER
from grader.forgetting.person import Person
from grader.forgetting.step import Kind, Step, remove, rewrite
from grader.release import GIVEN, digest_of

_WORK: Final = (
    "submitted_directory",
    "autograded_directory",
    "feedback_directory",
    "solution_directory",
)
_EXCHANGE: Final = "/usr/local/share/nbgrader/exchange"
"""nbgrader's own default."""
_SECRET: Final = "submission_secret.txt"  # noqa: S105  # the name of nbgrader's file


def work(course: Course, person: Person) -> Iterator[Step]:
    """Yield the learner's folders, the exchange's first: their secrets name pages of the exchange."""
    config = course.config()
    coursedir = CourseDirectory(config=config)
    folders = list(_folders(coursedir, person))
    root = Path(config.Exchange.get("root", _EXCHANGE)) / coursedir.course_id
    for place in sorted({*_inbound(root, person), *_pages(root, folders)}):
        yield Step(place, Kind.REMOVED, _amount(place), partial(remove, place))
    for list_ in sorted(root.glob(f"outbound/*/{FOLDER}/{CLASS}")):
        yield from _class_list(list_, person)
    for folder in folders:
        yield Step(folder, Kind.REMOVED, _amount(folder), partial(remove, folder))


def lists(course: Course, person: Person) -> Iterator[Step]:
    """Yield the class list, the dealt worlds, and the lists of digests that learners were given."""
    yield from _roster(course.folder / ROSTER, person)
    yield from _dealt(course.folder / DEALT, person)
    for pattern in ("release", "learner/assignments"):
        for file in sorted(course.folder.glob(f"{pattern}/*/{FOLDER}/{CLASS}")):
            yield from _class_list(file, person, course.folder / "learner")


def _folders(coursedir: Any, person: Person) -> Iterator[Path]:
    for name in _WORK:
        step = getattr(coursedir, name)
        above = Path(coursedir.format_path(step, person.id, "-")).parent
        if above.name == person.id:
            if above.is_symlink() or above.exists():
                yield above
            continue
        pattern = coursedir.format_path(step, escape(person.id), "*")
        yield from (Path(one) for one in sorted(glob(pattern)))  # noqa: PTH207  # absolute


def _inbound(root: Path, person: Person) -> Iterator[Path]:
    for place in root.glob(f"inbound/{escape(person.id)}+*"):
        # nbgrader takes the last three parts as assignment, time and a random word.
        if place.name.rsplit("+", 3)[0] == person.id or place.name.rsplit("+", 2)[0] == person.id:
            yield place


def _pages(root: Path, folders: list[Path]) -> Iterator[Path]:
    """Yield the feedback pages in the exchange, whose names only the submission's secret tells."""
    for secret in (file for folder in folders for file in folder.rglob(_SECRET)):
        names = {
            file.stem for file in secret.parent.iterdir() if file.suffix in {".ipynb", ".html"}
        }
        for name in names:
            key = notebook_hash(secret=secret.read_text("utf-8", "replace"), notebook_id=name)
            page = root / "feedback" / f"{key}.html"
            if page.is_file():
                yield page


def _amount(place: Path) -> str:
    if place.is_symlink() or not place.is_dir():
        return ""
    count = sum(1 for file in place.rglob("*") if not file.is_dir() or file.is_symlink())
    return _("files: {count}").format(count=count)


def _roster(file: Path, person: Person) -> Iterator[Step]:
    if not file.is_file():
        return
    lines = file.read_bytes().splitlines(keepends=True)
    wanted = person.id.encode()
    kept = [
        line
        for line in lines
        if line.removeprefix(b"\xef\xbb\xbf").split(b",")[0].strip() != wanted
    ]
    if len(kept) < len(lines):
        yield Step(file, Kind.REWRITTEN, _("a line"), partial(rewrite, file, b"".join(kept)))


def _dealt(file: Path, person: Person) -> Iterator[Step]:
    if not file.is_file():
        return
    mark = cleaned(person.id)
    listed = yaml.safe_load(file.read_text("utf-8")) or {}
    if not any(mark in have for have in listed.values()):
        return
    left = {
        name: {one: number for one, number in have.items() if one != mark}
        for name, have in listed.items()
    }
    text = yaml.safe_dump(left, allow_unicode=True)
    yield Step(file, Kind.REWRITTEN, _("dealt worlds"), partial(rewrite, file, text.encode()))


def _class_list(file: Path, person: Person, learner: Path | None = None) -> Iterator[Step]:
    listed = yaml.safe_load(file.read_text("utf-8")) or {}
    mark = digest(str(listed.get("assignment")), person.id)
    if mark not in (listed.get("learners") or {}):
        return
    listed["learners"] = {one: world for one, world in listed["learners"].items() if one != mark}
    content = yaml.safe_dump(listed, sort_keys=False).encode()

    def act() -> None:
        before = file.read_bytes()
        rewrite(file, content)
        if learner:
            _still_given(learner, file, before, content)

    yield Step(file, Kind.REWRITTEN, _("the digest of the id"), act)


def _still_given(learner: Path, file: Path, before: bytes, after: bytes) -> None:
    """Note the new content as handed out, so that the next release does not take it for somebody's."""
    note = learner / GIVEN
    if not (note.is_file() and file.is_relative_to(learner)):
        return
    given = json.loads(note.read_text("utf-8"))
    name = file.relative_to(learner).as_posix()
    if given.get(name) == digest_of(before):
        given[name] = digest_of(after)
        rewrite(note, json.dumps(given, indent=0, sort_keys=True).encode())
