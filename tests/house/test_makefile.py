"""make sets everything up from nothing, mends what was left unfinished and keeps real classes.

The real set-up downloads a few hundred megabytes; here a stand-in for Python notes what it is
asked to do.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ["make", "sh", "cat", "cksum", "rm", "mkdir", "cp", "uname"]
STAND_IN = """#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
*version_info*) [ -z "$OLD" ]; exit;;
*ensurepip*) exit ${NO_VENV:-0};;
--version) echo "Python ${OLD:-3.12.1}";;
"-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python;;
"-m pip config"*) exit 1;;
"-m uv pip sync"*) exit ${NO_NETWORK:-0};;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose path has a space and Chinese characters, with a stand-in for Python."""
    place = tmp_path / "催收 course"
    place.mkdir()
    shutil.copy(ROOT / "Makefile", place)
    (place / "requirements.lock").write_text("a==1\n")
    (place / "pyproject.toml").write_text("[project]\n")
    programs = tmp_path / "programs"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(shutil.which(tool))
    python = programs / "python3"
    python.write_text(STAND_IN)
    python.chmod(0o755)
    return place


def make(checkout: Path, *words: str, **variables: str):
    """Run make; returns its result and what the stand-in for Python was asked to do."""
    log = checkout.parent / "log"
    log.write_text("")
    surroundings = {"PATH": str(checkout.parent / "programs"), "LOG": str(log)}
    done = subprocess.run(
        ["make", *words],
        cwd=checkout,
        env=surroundings | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done, log.read_text()


def test_the_first_run_makes_an_environment_and_installs_the_lock(checkout):
    done, asked = make(checkout, "setup")
    assert done.returncode == 0, done.stderr
    assert "-m venv .venv\n" in asked
    assert "-m uv pip sync" in asked
    assert "--require-hashes requirements.lock" in asked
    assert "--no-deps --no-build-isolation --editable ." in asked


def test_the_second_run_does_nothing(checkout):
    make(checkout, "setup")
    done, asked = make(checkout, "setup")
    assert done.stdout == ""
    assert asked == "-c \n", "it only looks whether Python still starts"


def test_changed_dependencies_renew_the_environment(checkout):
    make(checkout, "setup")
    (checkout / "requirements.lock").write_text("a==2\n")
    done, asked = make(checkout, "setup")
    assert done.returncode == 0
    assert "-m uv pip sync" in asked
    assert "-m venv" not in asked


def test_an_unfinished_set_up_is_started_again(checkout):
    done, _asked = make(checkout, "setup", NO_NETWORK="1")
    assert done.returncode != 0
    done, asked = make(checkout, "setup")
    assert done.returncode == 0
    assert "-m venv .venv\n" in asked


def test_a_checkout_that_was_moved_is_set_up_again(checkout):
    make(checkout, "setup")
    moved = checkout.rename(checkout.with_name("elsewhere"))
    _done, asked = make(moved, "setup")
    assert "-m venv .venv\n" in asked


def test_an_environment_whose_python_is_gone_is_set_up_again(checkout):
    make(checkout, "setup")
    (checkout / ".venv" / "bin" / "python").unlink()
    _done, asked = make(checkout, "setup")
    assert "-m venv .venv\n" in asked


def test_too_old_a_python_is_named_with_what_to_do(checkout):
    done, _asked = make(checkout, "workshop", OLD="3.8.18")
    assert done.returncode == 2
    assert "Python 3.11 or newer is needed; found: Python 3.8.18" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr
    assert "make PYTHON=/path/to/python3 workshop" in done.stderr


def test_no_python_at_all_is_said(checkout):
    (checkout.parent / "programs" / "python3").unlink()
    done, _asked = make(checkout, "workshop")
    assert done.returncode == 2
    assert "found: none" in done.stderr


def test_a_python_without_venv_is_named_with_what_to_install(checkout):
    done, _asked = make(checkout, "workshop", NO_VENV="1")
    assert done.returncode == 2
    assert "has no venv module" in done.stderr
    assert "apt-get install python3-venv" in done.stderr


def test_a_python_of_ones_own_is_used_or_refused(checkout):
    done, _asked = make(checkout, "setup", "PYTHON=/no/such/python")
    assert done.returncode == 2
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("words", "variables", "command"),
    [
        ([], {}, ".venv/bin/duecourse workshop"),
        (["OPEN=no"], {}, ".venv/bin/duecourse workshop --no-open"),
        (["LANGUAGE=zh"], {}, "DUECOURSE_LANGUAGE='zh' .venv/bin/duecourse workshop"),
        ([], {"LANGUAGE": "zh"}, "DUECOURSE_LANGUAGE='zh' .venv/bin/duecourse workshop"),
        # What a Chinese desktop sets for its own programs is no choice made for the kit.
        ([], {"LANGUAGE": "zh_CN:zh"}, ".venv/bin/duecourse workshop"),
    ],
)
def test_the_workshops_options_reach_the_command(checkout, words, variables, command):
    done, _asked = make(checkout, "--dry-run", "workshop", *words, **variables)
    assert done.stdout.splitlines()[-1] == command


def stand_in(checkout: Path, name: str, script: str) -> None:
    program = checkout.parent / "programs" / name
    program.unlink(missing_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def linux_without_programs(checkout: Path, user: int) -> None:
    stand_in(checkout, "uname", "echo Linux")
    stand_in(checkout, "id", f"echo {user}")
    stand_in(checkout, "fc-list", "echo font")
    stand_in(checkout, "initdb", "")
    (checkout.parent / "programs" / "env").symlink_to(shutil.which("env"))


def test_programs_that_tests_need_are_installed_one_by_one(checkout):
    linux_without_programs(checkout, user=0)
    stand_in(
        checkout, "apt-get", 'echo "apt-get $*" >>"$LOG"; case "$*" in *chromium) exit 1; esac'
    )
    done, asked = make(checkout, "system")
    assert done.returncode == 0, "tests that need what is missing are skipped"
    assert asked.splitlines() == [
        "apt-get update -qq",
        "apt-get install -y --no-install-recommends -qq bubblewrap",
        "apt-get install -y --no-install-recommends -qq chromium",
    ]
    assert done.stderr == (
        "Missing: chromium. What needs it is left out. "
        "To install it: sudo apt-get install -y --no-install-recommends chromium\n"
    )


def test_without_the_right_to_install_the_command_is_named(checkout):
    linux_without_programs(checkout, user=1000)
    stand_in(checkout, "apt-get", 'echo "apt-get $*" >>"$LOG"')
    done, asked = make(checkout, "system")
    assert done.returncode == 0
    assert asked == ""
    assert "Missing: bubblewrap chromium. " in done.stderr


def test_programs_that_are_there_are_left_alone(checkout):
    linux_without_programs(checkout, user=0)
    for name in ["chromium", "bwrap"]:
        stand_in(checkout, name, "")
    stand_in(checkout, "apt-get", 'echo "apt-get $*" >>"$LOG"')
    done, asked = make(checkout, "system")
    assert (done.stdout, done.stderr, asked) == ("", "", "")


def test_the_workshop_installs_what_isolates_and_nothing_else(checkout):
    linux_without_programs(checkout, user=0)
    stand_in(checkout, "apt-get", 'echo "apt-get $*" >>"$LOG"')
    make(checkout, "setup")
    duecourse = checkout / ".venv" / "bin" / "duecourse"
    duecourse.write_text("#!/bin/sh\n")
    duecourse.chmod(0o755)
    done, asked = make(checkout, "workshop")
    assert done.returncode == 0, done.stderr
    assert [line for line in asked.splitlines() if line.startswith("apt-get install")] == [
        "apt-get install -y --no-install-recommends -qq bubblewrap"
    ]


def test_the_help_names_every_command(checkout):
    done, _asked = make(checkout)
    for target in ["workshop", "test", "setup", "lock", "clean"]:
        assert f"make {target} " in done.stdout


def test_cleaning_removes_the_demonstration_and_never_a_real_class(checkout):
    for name in ["duecourse", "grader", "tests", "course/submitted", "course/demonstration"]:
        (checkout / name).mkdir(parents=True)
    (checkout / "course" / "gradebook.db").touch()
    (checkout.parent / "programs" / "find").symlink_to(shutil.which("find"))
    make(checkout, "setup")
    done, _asked = make(checkout, "clean")
    assert done.returncode == 0, done.stderr
    assert not (checkout / ".venv").exists()
    assert {kept.name for kept in (checkout / "course").iterdir()} == {"gradebook.db", "submitted"}


def test_continuous_integration_runs_the_tests_of_make():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()
