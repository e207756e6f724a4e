"""The doctor names what is missing and what to do, and is quiet about what is fine."""

import json
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import jupyter_client.kernelspec
import jupyter_core.paths
import pytest

from duecourse import doctor, installed
from duecourse.checkup import Check, Examination
from duecourse.cli import main


@pytest.fixture(autouse=True)
def in_english(monkeypatch):
    monkeypatch.setenv("DUECOURSE_LANGUAGE", "en")


@pytest.fixture
def jupyter(tmp_path, monkeypatch):
    """An empty Jupyter installation: folders of data and of configuration."""
    data, configuration = tmp_path / "data", tmp_path / "configuration"
    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *more: [str(Path(data, *more))])
    monkeypatch.setattr(jupyter_core.paths, "jupyter_config_path", lambda: [str(configuration)])
    return SimpleNamespace(data=data, configuration=configuration)


def write(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def test_this_installation_is_in_order():
    broken = [check for check in doctor.checks() if check.ok is False]
    assert broken == []


def test_python_is_compared_with_what_the_package_asks_for(monkeypatch):
    monkeypatch.setattr(doctor, "declared", lambda _field: [">=4.1"])
    check = doctor.python()
    assert check.ok is False
    assert "Install Python >=4.1" in check.advice


def test_packages_that_are_missing_or_too_old_are_named_with_the_command_to_install():
    needed = ["pandas>=99", "no-such-package>=1,<2", "pyyaml>=1", "gone>=1; sys_platform == 'x'"]
    check = installed.fitting("Packages", needed)
    assert check.ok is False
    assert check.found == (
        f"pandas {metadata.version('pandas')} (needed: >=99), "
        "no-such-package is missing (needed: <2,>=1)"
    )
    assert check.advice.endswith("-m pip install 'pandas>=99' 'no-such-package<2,>=1'")


def test_a_package_that_is_only_a_folder_counts_as_not_installed(monkeypatch):
    monkeypatch.setattr(doctor, "declared", lambda _field: [])
    (check,) = doctor.packages()
    assert check.ok is False
    assert "make setup" in check.advice


def test_a_check_whose_own_tool_is_missing_says_so(monkeypatch):
    def widgets():
        raise ModuleNotFoundError("No module named 'jupyter_core.paths'", name="jupyter_core.paths")

    monkeypatch.setattr(doctor, "widgets", widgets)
    check = next(check for check in doctor.checks() if check.name == "jupyter_core")
    assert check.ok is False
    assert check.advice.endswith("-m pip install jupyter_core")


def test_a_missing_widget_extension_is_broken(jupyter):
    check = doctor.widgets()
    assert check.ok is False
    assert "jupyterlab_widgets" in check.advice


@pytest.mark.parametrize("disabled", [{doctor.WIDGETS: True}, [doctor.WIDGETS]])
def test_a_widget_extension_that_is_switched_off_is_broken(jupyter, disabled):
    write(jupyter.data / "labextensions" / doctor.WIDGETS / "package.json", {"version": "5"})
    page = jupyter.configuration / "labconfig" / "page_config.json"
    write(page, {"disabledExtensions": disabled})
    check = doctor.widgets()
    assert check.ok is False
    assert check.advice == f"jupyter labextension enable {doctor.WIDGETS}"
    write(page, {"disabledExtensions": {doctor.WIDGETS: False}})
    assert doctor.widgets() == Check("Widgets in JupyterLab", True, f"{doctor.WIDGETS} 5")


@pytest.mark.parametrize(
    ("starts", "ok"),
    [
        ("python", True),
        (sys.executable, True),
        ("/no/such/python", False),
        ("/bin/sh", None),
    ],
)
def test_the_kernel_must_start_a_python_that_exists(monkeypatch, starts, ok):
    manager = SimpleNamespace(get_kernel_spec=lambda _name: SimpleNamespace(argv=[starts]))
    monkeypatch.setattr(jupyter_client.kernelspec, "KernelSpecManager", lambda: manager)
    check = doctor.kernel()
    assert check.ok is ok
    assert bool(check.advice) is (ok is not True)


def test_a_missing_kernel_is_broken(monkeypatch):
    def get_kernel_spec(name):
        raise jupyter_client.kernelspec.NoSuchKernel(name)

    manager = SimpleNamespace(get_kernel_spec=get_kernel_spec)
    monkeypatch.setattr(jupyter_client.kernelspec, "KernelSpecManager", lambda: manager)
    assert doctor.kernel().ok is False


def test_a_missing_chinese_font_is_only_a_note(monkeypatch):
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    monkeypatch.setattr(doctor.shutil, "which", lambda _name: "/usr/bin/fc-list")
    monkeypatch.setattr(doctor, "run", lambda _command: "")
    assert doctor.chinese().ok is None


def test_a_folder_in_which_nothing_can_be_written_is_broken(tmp_path):
    check = doctor.writing(tmp_path / "gone")
    assert check.ok is False
    assert str(tmp_path / "gone") in check.found


def test_writing_leaves_nothing_behind(tmp_path):
    assert doctor.writing(tmp_path).ok is True
    assert list(tmp_path.iterdir()) == []


def test_outside_a_course_there_are_no_instructors_checks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not {"Isolation", "Gradebook"} & {check.name for check in doctor.checks()}


def test_a_course_is_found_from_a_folder_inside_it(tmp_path):
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert doctor.course_root(tmp_path / "a" / "b") == tmp_path


def test_inside_a_course_grading_is_checked_too(tmp_path, monkeypatch):
    (tmp_path / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path)
    found = {check.name: check for check in doctor.checks()}
    assert found["nbgrader in JupyterLab"].ok is True
    assert found["nbgrader in the server"].ok is True
    assert found["Course folder"].found == "not built yet"
    assert "Isolation" in found
    assert "Gradebook" not in found
    assert [file.name for file in tmp_path.iterdir()] == ["nbgrader_config.py"]


def test_a_server_without_the_formgrader_is_broken(jupyter):
    assert doctor.server().ok is False
    page = {"nbgrader.server_extensions.formgrader": True}
    file = jupyter.configuration / "jupyter_server_config.d" / "nbgrader.json"
    write(file, {"ServerApp": {"jpserver_extensions": page}})
    assert doctor.server().found == "formgrader"


def test_a_missing_exchange_is_no_fault(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "EXCHANGE", tmp_path / "exchange")
    (check,) = doctor.exchange()
    assert check.ok is True
    assert "folders and zip files" in check.advice


@pytest.mark.parametrize(("free", "ok"), [(1 << 40, True), (1 << 20, None)])
def test_little_room_on_the_disk_is_noted(monkeypatch, tmp_path, free, ok):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    assert doctor.room(tmp_path).ok is ok


def test_a_companion_adds_its_checks_and_a_broken_one_is_named(tmp_path, monkeypatch):
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "doctors_companion.py").write_text(
        "from duecourse.checkup import Check\n"
        "def checks(root):\n    return [Check('Extra', True, root.name)]\n"
    )
    (tmp_path / "doctors_enemy.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    named = [
        metadata.EntryPoint(name, f"{name}:checks", doctor.GROUP)
        for name in ("doctors_companion", "doctors_enemy", "no_such_module")
    ]
    monkeypatch.setattr(metadata, "entry_points", lambda **_group: named)
    found = {check.name: check for check in doctor.checks()}
    assert found["Extra"] == Check("Extra", True, tmp_path.name)
    assert found["no_such_package"].ok is False
    assert "no_such_module" not in found


def test_a_program_that_is_missing_or_fails_counts_as_silent():
    assert installed.run(["/no/such/program"]) == ""
    assert installed.run([sys.executable, "-c", "print('x'); exit(3)"]) == ""


def test_the_lines_of_a_report_are_aligned_with_chinese_names_too():
    checks = (Check("中文", True, "here"), Check("abcdef", None, "there", "do this"))
    lines = repr(Examination(checks)).splitlines()
    assert lines == [
        "ok      中文    here",
        "note    abcdef  there",
        " " * 16 + "do this",
        "",
        "All is ready.",
    ]


def test_a_notebook_shows_a_table_whose_texts_are_escaped():
    shown = Examination((Check("<b>", False, "a & b"),))._repr_html_()
    assert "<td" in shown
    assert "&lt;b&gt;" in shown
    assert "a &amp; b" in shown
    assert "To be mended: 1." in shown


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (None, 0), (False, 1)])
def test_the_command_ends_with_1_when_something_needed_is_broken(monkeypatch, capsys, ok, code):
    monkeypatch.setattr(doctor, "checks", lambda: [Check("Something", ok, "found")])
    assert main(["doctor"]) == code
    assert "Something" in capsys.readouterr().out
