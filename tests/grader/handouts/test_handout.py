"""The handout: one archive that is enough, and nothing in it that only an instructor may see."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from packaging.requirements import Requirement

from duecourse.cli import main
from duecourse.errors import DuecourseError
from grader.collecting import collect
from grader.course import Course
from grader.handouts import build
from grader.key import key_of
from grader.release import release
from tests.conftest import ROOT
from tests.grader import spoken
from tests.grader.test_release import all_leaks, public_lines, secrets_of, secrets_of_case

pytestmark = pytest.mark.kernel


def with_a_lesson(course):
    """Give a checkout one lesson that can be run."""
    cells = [
        new_markdown_cell("A lesson", metadata={"lang": "en"}),
        new_markdown_cell("一课", metadata={"lang": "zh"}),
        new_code_cell("from duecourse.ageing import bucket\nbucket(31)"),
    ]
    folder = course.root / "notebooks"
    folder.mkdir(exist_ok=True)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(
        new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "00-start-here.ipynb"
    )
    return course


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    """A course with an exam case and a practice case, and its handout."""
    course = with_a_lesson(spoken.checkout(tmp_path_factory.mktemp("handout") / "checkout"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUECOURSE_LANGUAGE", "en")
        release(course, "spoken")
        return course, build.handout(course)


def unpacked(file, folder):
    """Unpack as a learner's system does, with the permissions that the archive notes."""
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
        for one in archive.infolist():
            (folder / one.filename).chmod(one.external_attr >> 16)
    [top] = folder.iterdir()
    return top


def contents(file):
    with zipfile.ZipFile(file) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_the_archive_holds_all_that_a_learner_needs(english):
    _course, done = english
    assert done.file.name == "duecourse-en.zip"
    assert (done.assignments, done.lessons, done.wheels) == (("spoken",), 1, 0)
    names = set(contents(done.file))
    assert {
        "README.md",
        "start-linux.sh",
        "start-macos.command",
        "start-windows.bat",
        "constraints.txt",
        "environment.yml",
        "course.yaml",
        "notebooks/00-start-here.ipynb",
        "assignments/spoken/spoken.ipynb",
        "case_studies/success/open-door/key.yaml",
    } <= names
    assert len([name for name in names if name.startswith("wheels/duecourse-")]) == 1


def test_nothing_leaks_from_the_handout(english, tmp_path):
    course, done = english
    assignment = course.assignment("spoken")
    secrets = secrets_of(assignment, key_of(assignment, course.keys))
    secrets |= secrets_of_case(assignment.cases["unpaid-parcel"])
    public = public_lines(assignment)
    secrets = {secret: what for secret, what in secrets.items() if secret not in public}
    assert len(secrets) > 10
    folder = unpacked(done.file, tmp_path)
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert all_leaks(files, secrets) == []
    keys = [file.relative_to(folder).as_posix() for file in files if file.name == "key.yaml"]
    assert keys == ["case_studies/success/open-door/key.yaml"]
    assert not [file for file in files if {"grader", "key"} & set(file.relative_to(folder).parts)]


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("case_studies/failure/unpaid-parcel/key.yaml", b"x"),
        ("assignments/spoken/key/labels.csv", b"x"),
        ("gradebook.db", b"x"),
        ("learners.txt", b"li-ming"),
        ("a.ipynb", nbformat.writes(new_notebook(cells=[new_code_cell("### BEGIN SOLUTION")]))),
        (
            "b.ipynb",
            nbformat.writes(
                new_notebook(cells=[new_code_cell("1", metadata={"tags": ["mistake"]})])
            ),
        ),
    ],
)
def test_what_only_an_instructor_may_see_is_found(english, place, content):
    course, _done = english
    exams = build._exams(course)
    assert set(exams) == {"unpaid-parcel"}
    data = content if isinstance(content, bytes) else content.encode()
    assert list(build.secrets_in({place: data}, exams))
    assert not list(build.secrets_in({"notes.md": b"fine"}, exams))


def test_a_secret_stops_the_handout_and_leaves_the_old_one(released, monkeypatch):
    old = build.handout(released).file.read_bytes()
    (released.folder / "release" / "tiny" / "gradebook.db").write_bytes(b"x")
    with pytest.raises(DuecourseError, match=r"nothing was built: assignments/tiny/gradebook\.db"):
        build.handout(released)
    file = released.folder / "handout" / "duecourse-en.zip"
    assert file.read_bytes() == old


def test_scripts_can_be_started_on_their_systems(english):
    _course, done = english
    with zipfile.ZipFile(done.file) as archive:
        modes = {
            one.filename.partition("/")[2]: one.external_attr >> 16 for one in archive.infolist()
        }
    assert modes["start-linux.sh"] == modes["start-macos.command"] == 0o100755
    assert modes["README.md"] == 0o100644
    inside = contents(done.file)
    batch = inside["start-windows.bat"]
    assert batch.count(b"\r\n") == batch.count(b"\n") > 20
    assert b"\r" not in inside["start-linux.sh"]
    for name in ("start-linux.sh", "start-windows.bat"):
        assert not [mark for mark in (b"@needs@", b"@once@", b"@state@") if mark in inside[name]]


def test_every_library_of_a_learner_has_its_version(english):
    _course, done = english
    lines = contents(done.file)["constraints.txt"].decode().splitlines()
    pinned = {Requirement(line).name.lower() for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {Requirement(text).name.lower() for text in project["dependencies"]}
    assert asked <= pinned
    environment = yaml.safe_load(contents(done.file)["environment.yml"])
    [wheel] = [name for name in contents(done.file) if name.endswith(".whl")]
    assert {"pip": ["--constraint constraints.txt", f"./{wheel}"]} in environment["dependencies"]


def test_a_chinese_course_gives_a_chinese_handout(tiny):
    course = with_a_lesson(Course(tiny.root, "course-zh", "zh"))
    release(course, "tiny")
    done = build.handout(course)
    assert done.file.name == "duecourse-zh.zip"
    inside = {
        name: text.decode() for name, text in contents(done.file).items() if "whl" not in name
    }
    assert inside["README.md"].startswith("# 课程资料")
    assert "正在安装课程" in inside["start-linux.sh"]
    assert "正在安装课程" in inside["start-windows.bat"]
    assert inside["course.yaml"] == "language: zh\n"
    lesson = nbformat.reads(inside["notebooks/00-start-here.ipynb"], 4)
    assert lesson.cells[0].source == "一课"


def test_wheels_come_along_and_nothing_else(released, tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "numpy-2.0-py3-none-any.whl").write_bytes(b"x")
    (folder / "duecourse-0.0.1-py3-none-any.whl").write_bytes(b"old")
    done = build.handout(released, folder)
    wheels = [name for name in contents(done.file) if name.startswith("wheels/")]
    assert done.wheels == 1
    assert len(wheels) == 2
    assert "wheels/duecourse-0.0.1-py3-none-any.whl" not in wheels
    (folder / "numpy.tar.gz").write_bytes(b"x")
    with pytest.raises(DuecourseError, match=r"no wheels: numpy\.tar\.gz"):
        build.handout(released, folder)
    with pytest.raises(DuecourseError, match="There is no folder"):
        build.handout(released, tmp_path / "nowhere")


def test_a_handout_that_comes_back_untouched_is_no_submission(released, tmp_path):
    (released.folder / "learners.txt").write_text("li-ming\n")
    done = build.handout(with_a_lesson(released))
    came = shutil.copy(done.file, tmp_path / "back.zip")
    back = collect(released, came, learner="li-ming")
    assert (back.placed, back.unplaced) == ((), ())
    assert back.untouched == len(contents(done.file)) - 1  # the note of what was handed out


def test_without_a_release_there_is_nothing_to_hand_out(tiny):
    with pytest.raises(DuecourseError, match="First: duecourse release"):
        build.handout(tiny)


def test_a_handout_is_in_one_language(released):
    other = Course(released.root, "course", "zh")
    with pytest.raises(DuecourseError, match=r"'tiny' is released in 'en'.*in 'zh'"):
        build.handout(other)


def test_the_command_names_the_archive(released, monkeypatch, capsys):
    monkeypatch.chdir(released.root)
    assert main(["handout"]) == 0
    said = capsys.readouterr().out
    assert str(released.folder / "handout" / "duecourse-en.zip") in said
    assert "assignments: tiny" in said


@pytest.mark.skipif(sys.platform != "linux", reason="it starts the script for Linux")
@pytest.mark.timeout(600)
def test_the_start_script_sets_up_a_new_environment_in_which_a_lesson_runs(english, tmp_path):
    _course, done = english
    folder = unpacked(done.file, tmp_path / "a folder of mine 我的")
    # The libraries are borrowed from here; the kit itself comes from the archive alone.
    surroundings = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | {
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PYTHONPATH": os.pathsep.join(
            [
                str(
                    folder / ".venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
                ),
                sysconfig.get_path("purelib"),
            ]
        ),
        "JUPYTER_PATH": str(Path(sysconfig.get_path("data"), "share", "jupyter")),
        "PATH": os.pathsep.join([str(only_python(tmp_path)), os.environ["PATH"]]),
    }
    surroundings.pop("DUECOURSE_LANGUAGE", None)

    def run(*command):
        return subprocess.run(
            command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
        )

    first = run(folder / "start-linux.sh", "check")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Setting the course up, once" in first.stdout
    assert "All is ready." in first.stdout
    again = run(folder / "start-linux.sh", "check")
    assert (again.returncode, "Setting" in again.stdout) == (0, False)
    lab = run(folder / "start-linux.sh", "--version")
    assert lab.stdout.strip().endswith(metadata.version("jupyterlab")), lab.stderr
    python = folder / ".venv" / "bin" / "python"
    where = run(python, "-c", "import duecourse; print(duecourse.__file__)").stdout
    assert str(folder / ".venv") in where
    lesson = folder / "notebooks" / "00-start-here.ipynb"
    ran = run(python, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", lesson)
    assert ran.returncode == 0, ran.stderr
    [output] = nbformat.read(lesson, 4).cells[-1].outputs
    assert output.output_type == "execute_result"


def only_python(folder):
    """Return a folder with this Python under the name that is looked for first."""
    place = folder / "bin"
    place.mkdir()
    (place / "python3.13").symlink_to(sys.executable)
    return place


def test_without_a_python_the_start_script_says_what_is_needed(english, tmp_path):
    _course, done = english
    folder = unpacked(done.file, tmp_path / "handout")
    (tmp_path / "bin").mkdir()
    for name in ("sh", "dirname", "cat", "echo"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    ran = subprocess.run(
        ["sh", folder / "start-linux.sh"],
        env={"PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "Python 3.11 or newer is needed" in ran.stderr
    assert not (folder / ".venv").exists()
