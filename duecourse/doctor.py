"""Is everything here that the lessons, and on an instructor's machine the grading, need?

Every check says what it found and what to do about it. Nothing is changed. The instructor's package
brings its own checks as entry points of the group ``duecourse.checks``: functions that take the
course root.
"""

import os
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Final

from duecourse.checkup import Check, Examination
from duecourse.installed import (
    companions,
    declared,
    extension,
    fitting,
    installed,
    installing,
    read_json,
    run,
)
from duecourse.language import _

GROUP: Final = "duecourse.checks"
CONFIGURATION: Final = "nbgrader_config.py"
EXCHANGE: Final = Path("/usr/local/share/nbgrader/exchange")
WIDGETS: Final = "@jupyter-widgets/jupyterlab-manager"
ROOM_NEEDED: Final = 1 << 30


def doctor() -> Examination:
    """Look at this installation and at the folder that you are in.

    Returns:
        The checks; show them by ending a notebook cell with ``doctor()`` or by printing them.
    """
    return Examination(tuple(checks()))


def checks() -> list[Check]:
    """Return the learner's checks, and the instructor's inside an nbgrader course."""
    here = Path.cwd()
    looks: list[Callable[[], Check | list[Check]]] = [
        python,
        packages,
        widgets,
        kernel,
        chinese,
        partial(writing, here),
    ]
    course = course_root(here)
    if course is not None and installed("nbgrader"):
        looks.append(partial(instructor, course))
        looks += [partial(_asked, companion, course) for companion in companions(GROUP)]
    return [check for look in looks for check in _surviving(look)]


def _surviving(look: Callable[[], Check | list[Check]]) -> list[Check]:
    try:
        found = look()
    except ImportError as error:
        # What is missing may be the very package that a check is made with.
        name = (error.name or "?").partition(".")[0]
        return [Check(name, False, _("is missing"), installing(name))]
    return found if isinstance(found, list) else [found]


def _asked(companion: EntryPoint, root: Path) -> list[Check]:
    found: list[Check] = companion.load()(root)
    return found


def python() -> Check:
    """Check the version of Python against the one that the package asks for."""
    from packaging.specifiers import SpecifierSet

    here = ".".join(map(str, sys.version_info[:3]))
    needed = declared("Requires-Python")[:1]
    fits = all(SpecifierSet(text).contains(here, prereleases=True) for text in needed)
    advice = _("Install Python {versions} and set the kit up again with it.")
    return Check("Python", fits, here, "" if fits else advice.format(versions=needed[0]))


def packages() -> list[Check]:
    """Check the packages that a learner needs, and in a checkout those of an instructor."""
    needed = declared("Requires-Dist")
    if not needed:
        advice = _("Set it up: in the kit's folder 'make setup', elsewhere install its wheel.")
        return [Check(_("Packages"), False, _("duecourse is not installed here"), advice)]
    found = [fitting(_("Packages"), needed)]
    project = Path(__file__).parent.parent / "pyproject.toml"
    if project.is_file() and installed("nbgrader"):
        groups = tomllib.loads(project.read_text("utf-8")).get("dependency-groups", {})
        found.append(fitting(_("Instructor's packages"), groups.get("grader", [])))
    return found


def widgets() -> Check:
    """Check that JupyterLab finds the extension which draws sliders and buttons."""
    advice = _("Install it beside JupyterLab: {command}").format(
        command=installing("--force-reinstall", "jupyterlab_widgets")
    )
    return extension(_("Widgets in JupyterLab"), WIDGETS, advice)


def kernel() -> Check:
    """Check that the notebooks' kernel `python3` starts this Python and no other."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    name = _("Kernel of the notebooks")
    own = _("Make it this Python's: {command}").format(
        command=f'"{sys.executable}" -m ipykernel install --sys-prefix'
    )
    try:
        starts = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Check(name, False, _("no kernel named python3"), own)
    if not Path(starts).is_absolute() or Path(starts).parent == Path(sys.executable).parent:
        return Check(name, True, "python3")
    if not Path(starts).exists():
        return Check(
            name, False, _("python3 starts {path}, which is gone").format(path=starts), own
        )
    return Check(name, None, _("python3 starts another Python: {path}").format(path=starts), own)


def chinese() -> Check:
    """Look for a Chinese font; the browser may run elsewhere, so its absence is only a note."""
    name = _("Chinese font")
    if sys.platform != "linux":
        return Check(name, True, _("comes with the system"))
    lister = shutil.which("fc-list")
    if lister:
        fonts = run([lister, "--format=%{family[0]}\n", ":lang=zh"]).splitlines()
    else:
        fonts = [path.stem for path in Path("/usr/share/fonts").rglob("*CJK*")]
    if fonts:
        return Check(name, True, min(fonts, key=len))
    advice = _("For Chinese texts on this machine: apt-get install fonts-noto-cjk")
    return Check(name, None, _("none found"), advice)


def writing(folder: Path) -> Check:
    """Check that files can be made in the folder, by making one that vanishes at once."""
    name = _("Writing")
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Check(name, True, str(folder))
    except OSError as error:
        advice = _("Work in a folder of your own; answers are saved beside the notebook.")
        return Check(name, False, f"{folder}: {error.strerror}", advice)


def course_root(folder: Path) -> Path | None:
    """Return the folder or the nearest one above it that is an nbgrader course, else None."""
    for place in (folder, *folder.parents):
        if (place / CONFIGURATION).is_file():
            return place
    return None


def instructor(root: Path) -> list[Check]:
    """Return what grading needs.

    Args:
        root: the course root, the folder of ``nbgrader_config.py``.
    """
    course = root / os.environ.get("DUECOURSE_COURSE", "course")
    advice = installing("--force-reinstall", "nbgrader")
    return [
        extension(_("nbgrader in JupyterLab"), "@jupyter/nbgrader", advice),
        server(),
        built(course),
        *exchange(),
        room(root),
    ]


def server() -> Check:
    """Check that the Jupyter server loads the formgrader and the other pages of nbgrader."""
    from jupyter_core.paths import jupyter_config_path

    name = _("nbgrader in the server")
    loaded: dict[str, bool] = {}
    for folder in reversed(jupyter_config_path()):
        for file in sorted(Path(folder, "jupyter_server_config.d").glob("*.json")):
            loaded |= read_json(file).get("ServerApp", {}).get("jpserver_extensions", {})
    pages = [page for page, on in loaded.items() if page.startswith("nbgrader") and on]
    if "nbgrader.server_extensions.formgrader" in pages:
        return Check(name, True, ", ".join(page.rpartition(".")[2] for page in pages))
    command = "jupyter server extension enable --sys-prefix nbgrader"
    return Check(name, False, _("the formgrader is not loaded"), command)


def built(course: Path) -> Check:
    """Check the folder in which everything built lies: that it is there and can be written to."""
    if course.is_dir():
        checked = writing(course)
        return Check(_("Course folder"), checked.ok, checked.found, checked.advice)
    advice = _("'duecourse release' makes it; 'duecourse workshop' shows it with a class.")
    return Check(_("Course folder"), True, _("not built yet"), advice)


def exchange() -> Iterator[Check]:
    """Look for nbgrader's exchange, which is optional and does not exist on Windows."""
    if sys.platform == "win32":
        return
    if os.access(EXCHANGE, os.W_OK | os.X_OK):
        yield Check(_("Exchange"), True, str(EXCHANGE))
    else:
        advice = _("Not needed: folders and zip files are the usual way to hand out and collect.")
        yield Check(_("Exchange"), True, _("not set up"), advice)


def room(folder: Path) -> Check:
    """Check that the disk has room for a class."""
    free = shutil.disk_usage(folder).free
    found = _("{size} GB free").format(size=f"{free / ROOM_NEEDED:.1f}")
    advice = "" if free >= ROOM_NEEDED else _("Free at least 1 GB before you grade a class.")
    return Check(_("Disk"), True if free >= ROOM_NEEDED else None, found, advice)
