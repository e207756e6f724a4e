"""The handout: one archive in one language that a learner needs nothing else for."""

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

import nbformat
from packaging.requirements import Requirement

from duecourse.cases.files import CASE, KEY, CaseFile, read
from duecourse.errors import DuecourseError
from duecourse.language import Language, _, declared, speaking
from grader.cases import case_files
from grader.course import Course
from grader.handouts import HANDOUT
from grader.languages import INSTRUCTORS
from grader.release import GIVEN, digest_of, lay_out

FILES: Final = Path(__file__).parent / "files"

_EXECUTABLE: Final = (".sh", ".command")
_SECRET: Final = re.compile(r"BEGIN SOLUTION|BEGIN HIDDEN TESTS|BEGIN MARK SCHEME|\bgrader\.key\b")
_INSTRUCTORS: Final = {"key", "keys", "grader", "unseen", "worlds.yaml", "learners.txt", "backups"}


@dataclass(frozen=True)
class Handout:
    """An archive for learners.

    Attributes:
        file: the archive.
        assignments: the names of the assignments in it, in order.
        lessons: how many lessons it holds.
        wheels: how many libraries it brings along, besides the kit's own.
    """

    file: Path
    assignments: tuple[str, ...]
    lessons: int
    wheels: int


def handout(course: Course, wheels: Path | None = None) -> Handout:
    """Build the archive of a course: lessons, practice cases, released assignments, the programs.

    Args:
        course: the course; its language is the archive's.
        wheels: a folder of wheels that come along, so that no network is needed.

    Returns:
        the archive, in ``handout/`` of the course.

    Raises:
        DuecourseError: nothing is released yet, or in another language; the wheel cannot be built;
            a file of the folder is no wheel; or something that only an instructor may see is among
            the files.
    """
    released = course.folder / "release"
    assignments = sorted({file.parent.name for file in released.glob("*/*.ipynb")})
    if not assignments:
        raise DuecourseError(_("Nothing is released yet. First: duecourse release"))
    for name in assignments:
        if (found_in := declared(released / name)) not in {None, course.language}:
            text = _(
                "'{name}' is released in '{found}' and the handout would be in '{language}'. "
                "Add --language {found}, or release it again."
            )
            raise DuecourseError(text.format(name=name, found=found_in, language=course.language))
    more = _wheels(wheels)
    top = f"duecourse-{course.language}"
    with TemporaryDirectory(prefix="duecourse-") as place:
        folder = Path(place, top)
        lay_out(course, folder)
        (folder / "wheels").mkdir()
        own = _own_wheel(course.root, folder / "wheels")
        for name, text in _programs(folder / "wheels" / own, course).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode())
        files = {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }
        files |= {f"wheels/{name}": file.read_bytes() for name, file in more.items()}
    if found := sorted(secrets_in(files, _exams(course))):
        text = _("This must not reach learners, so nothing was built: {found}")
        raise DuecourseError(text.format(found="; ".join(found[:5])))
    _remember(course, files)
    to = course.folder / HANDOUT / f"{top}.zip"
    _pack(to, top, files)
    lessons = sum(bool(re.fullmatch(r"notebooks/[^/]+\.ipynb", name)) for name in files)
    return Handout(to, tuple(assignments), lessons, len(more))


def secrets_in(files: Mapping[str, bytes], exams: Mapping[str, CaseFile]) -> Iterator[str]:
    """Yield what only an instructor may see among files that are going out.

    Args:
        files: what goes out, by its place.
        exams: the cases whose keys stay here, by slug.
    """
    for name, content in files.items():
        path = PurePosixPath(name)
        if _INSTRUCTORS & set(path.parts) or path.suffix in {".db", ".pem"}:
            yield name
        if path.name == KEY and path.parent.name in exams:
            yield name
        if path.suffix == ".ipynb":
            for cell in nbformat.reads(content.decode(), as_version=4).cells:
                tags = INSTRUCTORS & set(cell.metadata.get("tags", []))
                if tags or _SECRET.search(cell.source):
                    yield f"{name}, {cell.get('id', '?')}"


def _exams(course: Course) -> dict[str, CaseFile]:
    cases = (read(file.parent) for file in case_files(course.root) if file.name == CASE)
    return {one.slug: one for one in cases if one.case.use != "practice"}


def _own_wheel(root: Path, folder: Path) -> str:
    """Build the learner's package into a folder; return the wheel's name."""
    source = root if (root / "pyproject.toml").is_file() else Path(__file__).parents[2]
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)  # noqa: S603  # our own
    built = sorted(folder.glob("duecourse-*.whl"))
    if done.returncode or not built:
        lines = done.stderr.strip().splitlines()
        text = _("The wheel could not be built: {why}. What it needs: pip install hatchling")
        raise DuecourseError(text.format(why=lines[-1] if lines else done.returncode))
    return built[0].name


def _wheels(folder: Path | None) -> dict[str, Path]:
    if folder is None:
        return {}
    if not folder.is_dir():
        raise DuecourseError(_("There is no folder {folder}.").format(folder=folder))
    files = {file.name: file for file in sorted(folder.iterdir()) if file.is_file()}
    if strange := [name for name in files if not name.endswith(".whl")]:
        text = _("{folder} holds files that are no wheels: {names}")
        raise DuecourseError(text.format(folder=folder, names=", ".join(strange[:5])))
    # the kit's own comes fresh
    return {name: file for name, file in files.items() if not name.startswith("duecourse-")}


def _programs(wheel: Path, course: Course) -> dict[str, str]:
    """Return the start scripts and what they read, by their place."""
    versions = constraints(course.root)
    with speaking(course.language):
        said = {
            # another state of the kit is set up anew, whatever its version is called
            "@state@": digest_of(wheel.read_bytes() + versions.encode()),
            "@needs@": _(
                "Python 3.11 or newer is needed. Install it from python.org and try again."
            ),
            "@once@": _("Setting the course up, once; this takes some minutes."),
        }

    def filled(name: str) -> str:
        text = (FILES / name).read_text("utf-8")
        for mark, words in said.items():
            text = text.replace(mark, words)
        return text

    shell = filled("start.sh")
    return {
        "README.md": (FILES / f"README.{course.language}.md").read_text("utf-8"),
        "start-linux.sh": shell,
        "start-macos.command": shell,
        "start-windows.bat": filled("start.bat").replace("\n", "\r\n"),
        "constraints.txt": versions,
        "environment.yml": environment(wheel.name, course.language),
        # JupyterLab's menus speak the course's language.
        "settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings": json.dumps(
            {"locale": {"en": "default", "zh": "zh_CN"}[course.language]}
        ),
        "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings": json.dumps(
            {"fetchNews": "false"}
        ),
    }


def constraints(root: Path) -> str:
    """Return the versions that the kit was tested with, one a line, for ``pip --constraint``."""
    lock = next(
        file
        for file in (root / "requirements.lock", Path(__file__).parents[2] / "requirements.lock")
        if file.is_file()
    )
    lines = (line.rstrip(" \\") for line in lock.read_text("utf-8").splitlines())
    kept = (line for line in lines if line and not line.startswith((" ", "#")))
    return "".join(f"{Requirement(line)}\n" for line in kept)


def environment(wheel: str, language: Language) -> str:
    """Return the conda environment of a learner."""
    return (
        "name: duecourse\n"
        "channels: [conda-forge, nodefaults]\n"
        "dependencies:\n"
        "  - python=3.11\n"
        "  - pip\n"
        "  - pip:\n"
        "      - --constraint constraints.txt\n"
        f"      - ./wheels/{wheel}\n"
        "variables:\n"
        f"  DUECOURSE_LANGUAGE: {language}\n"
    )


def _remember(course: Course, files: Mapping[str, bytes]) -> None:
    """Note what went out, so that it is known when it comes back unchanged."""
    note = course.folder / HANDOUT / GIVEN
    given: dict[str, Any] = json.loads(note.read_text("utf-8")) if note.is_file() else {}
    given |= {digest_of(content): name for name, content in files.items()}
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(given, indent=0, sort_keys=True, ensure_ascii=False), "utf-8")


def _pack(to: Path, top: str, files: Mapping[str, bytes]) -> None:
    part = to.with_name(f".{to.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            about = zipfile.ZipInfo(f"{top}/{name}", time.localtime()[:6])
            about.create_system = 3
            executable = name.endswith(_EXECUTABLE)
            about.external_attr = (0o100755 if executable else 0o100644) << 16
            about.compress_type = (
                zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
            )
            archive.writestr(about, content)
    os.replace(part, to)  # noqa: PTH105  # on Windows too
