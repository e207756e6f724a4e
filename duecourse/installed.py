"""What is installed here: packages, programs and the extensions of JupyterLab."""

import importlib.util
import json
import shlex
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from duecourse.checkup import Check
from duecourse.language import _


def fitting(name: str, needed: Iterable[str]) -> Check:
    """Check that packages are installed in versions that fit.

    Args:
        name: what to call the check.
        needed: requirements such as ``pandas>=2.2,<4``.
    """
    from packaging.requirements import Requirement

    wanted = [Requirement(text) for text in needed]
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    lacking = []
    for one in wanted:
        here = installed(one.name)
        if here is None or not one.specifier.contains(here, prereleases=True):
            lacking.append((one, here))
    if not lacking:
        return Check(name, True, _("{number}, all suitable").format(number=len(wanted)))
    found = ", ".join(
        _("{name} {version} (needed: {range})").format(
            name=one.name, version=here or _("is missing"), range=one.specifier
        )
        for one, here in lacking
    )
    return Check(
        name, False, found, installing(*(f"{one.name}{one.specifier}" for one, _v in lacking))
    )


def installing(*names: str) -> str:
    """Return the command that installs packages for this Python."""
    return " ".join([f'"{sys.executable}" -m pip install', *(shlex.quote(name) for name in names)])


def extension(name: str, full_name: str, advice: str) -> Check:
    """Check that JupyterLab finds an extension and that it is not switched off.

    Args:
        name: what to call the check.
        full_name: the extension's name, such as ``@jupyter/nbgrader``.
        advice: what to do when it is missing.
    """
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    for folder in jupyter_path("labextensions"):
        described = read_json(Path(folder, full_name, "package.json"))
        if described:
            break
    else:
        return Check(
            name, False, _("the extension {name} is missing").format(name=full_name), advice
        )
    for folder in jupyter_config_path():
        disabled = read_json(Path(folder, "labconfig", "page_config.json")).get(
            "disabledExtensions", {}
        )
        if full_name in disabled and (isinstance(disabled, list) or disabled[full_name]):
            command = f"jupyter labextension enable {full_name}"
            return Check(name, False, _("the extension is switched off"), command)
    return Check(name, True, f"{full_name} {described.get('version', '')}")


def installed(name: str) -> str | None:
    """Return a package's version, None if it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def declared(field: str) -> list[str]:
    """Return what duecourse's own metadata say, such as its ``Requires-Dist``."""
    try:
        return metadata.metadata("duecourse").get_all(field) or []
    except metadata.PackageNotFoundError:
        return []


def read_json(file: Path) -> dict[str, Any]:
    """Return a JSON file's object; a file that is missing or damaged counts as empty."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def run(command: list[str]) -> str:
    """Return what a program prints; one that fails counts as silent."""
    try:
        return subprocess.run(  # noqa: S603 - the commands are this package's own
            command, capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def companions(group: str) -> list[metadata.EntryPoint]:
    """Return the entry points of a group whose package is here, by name.

    A learner's installation names the instructor's package and does not have it.
    """

    def is_here(companion: metadata.EntryPoint) -> bool:
        found = importlib.util.find_spec(companion.module.partition(".")[0])
        # A mere folder of that name in the learner's directory has no file of its own.
        return found is not None and found.origin is not None

    named = sorted(metadata.entry_points(group=group), key=lambda found: found.name)
    return [companion for companion in named if is_here(companion)]
