"""requirements.lock holds every dependency, in a version that fits, and names no place."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
ENTRIES = [
    [line.rstrip(" \\") for line in block.splitlines()]
    for block in re.split(r"\n(?=\S)", LOCK.strip())
]
PYTHONS = ["3.11", "3.12", "3.13"]
SYSTEMS = ["linux", "darwin", "win32"]


def asked_for() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    return [
        Requirement(text)
        for text in [*project["project"]["dependencies"], *groups["grader"], *groups["dev"]]
    ]


def applies(marker: Marker | None, python: str, system: str) -> bool:
    surroundings = default_environment() | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
    }
    return marker is None or marker.evaluate(surroundings)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_is_locked_once_and_within_its_range(python, system):
    locked: dict[str, list[str]] = {}
    for entry in ENTRIES:
        one = Requirement(entry[0])
        if applies(one.marker, python, system):
            pinned = [exact.version for exact in one.specifier if exact.operator == "=="]
            locked.setdefault(canonicalize_name(one.name), []).extend(pinned)
    for requirement in asked_for():
        if applies(requirement.marker, python, system):
            versions = locked.get(canonicalize_name(requirement.name), [])
            assert len(versions) == 1, f"{requirement.name}: {versions}; run 'make lock'"
            assert requirement.specifier.contains(versions[0]), f"{requirement}; run 'make lock'"


def test_every_entry_is_pinned_exactly_and_has_hashes():
    assert len(ENTRIES) > len(asked_for())
    for first, *rest in ENTRIES:
        assert [exact.operator for exact in Requirement(first).specifier] == ["=="], first
        assert rest, first
        for line in rest:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", line), f"{first}: {line}"


def test_the_lock_names_no_place_to_download_from():
    assert "://" not in LOCK
    assert not re.search(r"^\s*(--?(extra-)?index|-i |--find-links)", LOCK, re.MULTILINE)
    assert " @ " not in LOCK
