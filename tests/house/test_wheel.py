"""The wheel holds the learner's package and nothing else, and works where nothing else is."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = {
    str(file.relative_to(ROOT))
    for file in (ROOT / "duecourse").rglob("*")
    if file.is_file() and "__pycache__" not in file.parts
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("duecourse-*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel):
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A new environment with the wheel; the libraries are borrowed, the checkout is not."""
    place = tmp_path_factory.mktemp("learner") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install, wheel], check=True)
    (own,) = (place / "lib").glob("python*/site-packages")
    # A folder on PYTHONPATH is searched, but its .pth files, one of which names the checkout, are
    # not read.
    surroundings = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(own), sysconfig.get_path("purelib")]),
        "JUPYTER_PATH": str(Path(sysconfig.get_path("data"), "share", "jupyter")),
        "DUECOURSE_LANGUAGE": "en",
    }

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [place / "bin" / command[0], *command[1:]],
            capture_output=True,
            text=True,
            cwd=place.parent,
            env=surroundings,
            check=False,
        )

    return run


def test_the_wheel_holds_the_package_and_its_metadata_only(contents):
    inside = {name for name in contents if not name.partition("/")[0].endswith(".dist-info")}
    assert inside == PACKAGE


def test_the_texts_and_the_licence_are_in_the_wheel(contents):
    assert "duecourse/locale/zh/LC_MESSAGES/duecourse.po" in contents
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in contents)


def test_no_notebook_and_no_key_is_in_the_wheel(contents):
    for name in contents:
        assert not name.endswith((".ipynb", ".db"))
        assert not {"grader", "key", "key.yaml", "unseen"} & set(name.split("/")), name


def test_a_learners_installation_has_no_instructors_package(installed):
    done = installed("python", "-c", "import duecourse; print(duecourse.__file__); import grader")
    assert "venv" in Path(done.stdout.strip()).parts
    assert "No module named 'grader'" in done.stderr


def test_the_command_of_a_learners_installation_knows_the_learners_commands(installed):
    done = installed("duecourse", "--help")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "doctor" in done.stdout
    assert "autograde" not in done.stdout


def test_the_doctor_finds_a_learners_installation_in_order(installed):
    done = installed("duecourse", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All is ready." in done.stdout


def test_check_and_practice_can_be_imported_from_the_wheel(installed):
    done = installed("python", "-W", "error", "-c", "from duecourse import check, practice")
    assert done.returncode == 0, done.stderr
