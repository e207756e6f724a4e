"""Checking content: cases, lessons and assignments, all of it or what is named."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from duecourse.cases.files import CASE, SHELF
from duecourse.errors import DuecourseError
from duecourse.language import _
from duecourse.tasks import FILE
from grader.authoring.assignments import lint_assignment
from grader.authoring.cases import lint_case
from grader.authoring.findings import Finding
from grader.authoring.lessons import lint_lesson


def lint(root: Path, names: Iterable[str] = ()) -> list[Finding]:
    """Return what is wrong with content, or could be better, in the order of the files.

    Args:
        root: the course root, with ``case_studies``, ``notebooks`` and ``assignments``.
        names: what to check: folders or files, or their names without ending; everything by default.

    Raises:
        DuecourseError: there is nothing of a given name.
    """
    there = list(_content(root))
    wanted = [path for name in names for path in _named(name, there)] or there
    return sorted(finding for path in dict.fromkeys(wanted) for finding in _lint(path))


def _content(root: Path) -> Iterator[Path]:
    for file in sorted(root.glob(f"{SHELF}/*/*/{CASE}")):
        yield file.parent
    yield from sorted(root.glob("notebooks/*.ipynb"))
    for file in sorted(root.glob(f"assignments/*/{FILE}")):
        yield file.parent


def _named(name: str, there: list[Path]) -> list[Path]:
    path = Path(name).resolve()
    found = [one for one in there if name in (one.stem, one.name) or path in (one, *one.parents)]
    if not found:
        text = _("There is no case, lesson or assignment '{name}'. There are: {names}.")
        raise DuecourseError(text.format(name=name, names=", ".join(one.stem for one in there)))
    return found


def _lint(path: Path) -> Iterator[Finding]:
    if path.suffix == ".ipynb":
        return lint_lesson(path)
    return lint_case(path) if (path / CASE).is_file() else lint_assignment(path)
