"""environment.yml says the same as pyproject.toml, in conda-forge's names."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]

# Where conda-forge's name differs: matplotlib-base leaves out a desktop toolkit that nobody needs
# here, and conda-forge kept the underscore of jupyter_client.
CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "jupyter-client": "jupyter_client",
    "jupyterlab-language-pack-zh-CN": "jupyterlab-language-pack-zh-cn",
}
# Of what only the kit's makers need, what pytest cannot start without goes along.
FROM_DEV = {"pytest", "pytest-timeout", "hypothesis"}


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def conda(environment):
    """The range of every package by its conda name."""
    specs = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    parts = [re.fullmatch(r"([a-z0-9_.-]+?)\s*([=<>!~].*)?", spec) for spec in specs]
    assert all(parts), "every entry is a name and a range"
    assert len({part[1] for part in parts}) == len(specs), "no package is named twice"
    return {part[1]: part[2] or "" for part in parts}


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    dev = [Requirement(text) for text in groups["dev"]]
    return [
        *map(Requirement, project["project"]["dependencies"]),
        *map(Requirement, groups["grader"]),
        *(requirement for requirement in dev if requirement.name in FROM_DEV),
    ]


@pytest.mark.parametrize("requirement", wanted(), ids=lambda requirement: requirement.name)
def test_every_dependency_has_the_same_range_under_its_conda_name(requirement, conda):
    name = CONDA_NAMES.get(requirement.name, requirement.name)
    assert name in conda
    assert SpecifierSet(conda[name]) == requirement.specifier


def test_nothing_else_is_asked_for(conda):
    names = {CONDA_NAMES.get(requirement.name, requirement.name) for requirement in wanted()}
    assert set(conda) == names | {"python", "pip"}


def test_python_is_a_version_that_the_package_allows(conda):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = conda["python"].removeprefix("=")
    assert re.fullmatch(r"3\.\d+", pinned), "conda's `=3.11` means 3.11 with any patch level"
    assert SpecifierSet(project["requires-python"]).contains(f"{pinned}.0")


def test_only_conda_forge_is_used(environment):
    assert environment["channels"] == ["conda-forge", "nodefaults"]


def test_the_checkout_itself_is_installed_last_by_pip(environment):
    assert environment["dependencies"][-1] == {"pip": ["-e ."]}


def test_binder_reads_these_files_and_no_folder_hides_them():
    assert not (ROOT / "binder").exists()
    assert not (ROOT / ".binder").exists()
    assert (ROOT / "apt.txt").read_text("utf-8").split() == ["fonts-noto-cjk"]
    assert os.access(ROOT / "postBuild", os.X_OK)
