"""The command line: every command explains itself, every error is one clear line."""

import os
import re
import subprocess
import sys
from importlib import metadata
from importlib.metadata import EntryPoint, version

import pytest
import typer
from typer.testing import CliRunner

from duecourse import cli
from duecourse.errors import DuecourseError
from duecourse.language import LANGUAGES


@pytest.fixture(autouse=True)
def in_english(monkeypatch):
    monkeypatch.setenv("DUECOURSE_LANGUAGE", "en")
    monkeypatch.delenv(cli.DEBUG, raising=False)


def commands() -> list[str]:
    return sorted(typer.main.get_command(cli.build()).commands)


def add(monkeypatch, work):
    """Put one more command, `work`, on the command line, as a companion would."""
    app = typer.Typer()
    app.command("work", help="Work.")(work)
    app.command("rest", help="Rest.")(lambda: None)
    monkeypatch.setattr(sys.modules[__name__], "companion", app, raising=False)
    found = EntryPoint("test", f"{__name__}:companion", cli.GROUP)
    monkeypatch.setattr(cli, "companions", lambda _group: [found])


def test_the_checkout_has_the_learners_and_the_instructors_commands():
    assert {"doctor", "workshop", "release", "autograde", "feedback", "report"} <= set(commands())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", commands())
def test_every_command_has_help_and_an_example(name, language, monkeypatch):
    monkeypatch.setenv("DUECOURSE_LANGUAGE", language)
    monkeypatch.setenv("COLUMNS", "100")
    shown = CliRunner().invoke(cli.build(), [name, "--help"])
    assert shown.exit_code == 0
    assert re.search(rf"^\s+duecourse {name}\b", shown.output, re.MULTILINE), shown.output


@pytest.mark.parametrize("name", commands())
def test_every_parameter_is_explained(name):
    command = typer.main.get_command(cli.build()).commands[name]
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{name}: {parameter.name}"


def test_every_command_has_a_line_in_the_list():
    shown = CliRunner().invoke(cli.build(), ["--help"]).output
    for name in commands():
        assert re.search(rf"^\s+{name}\s+\S", shown, re.MULTILINE)


def test_without_a_command_the_list_is_shown(capsys):
    assert cli.main([]) == 0
    assert "doctor" in capsys.readouterr().out


def test_the_version_is_shown(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"duecourse {version('duecourse')}\n"


@pytest.mark.parametrize("call", [["docter"], ["doctor", "--colour"], ["doctor", "again"]])
def test_a_wrong_call_ends_with_2(call, capsys):
    assert cli.main(call) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Error: " in shown.err


def test_done_work_ends_with_0(monkeypatch):
    add(monkeypatch, lambda: None)
    assert cli.main(["work"]) == 0


def test_a_command_chooses_its_exit_code(monkeypatch):
    def work():
        raise typer.Exit(1)

    add(monkeypatch, work)
    assert cli.main(["work"]) == 1


def test_an_expected_problem_is_one_line_and_ends_with_1(monkeypatch, capsys):
    def work():
        raise DuecourseError("There is no assignment 'ps9'. There are: ps1, ps2.")

    add(monkeypatch, work)
    assert cli.main(["work"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "There is no assignment 'ps9'. There are: ps1, ps2.\n"


def test_an_unexpected_problem_is_one_line_that_says_how_to_see_more(monkeypatch, capsys):
    def work():
        raise ValueError("two\nlines.")

    add(monkeypatch, work)
    assert cli.main(["work"]) == 1
    assert capsys.readouterr().err == (
        "Stopped by ValueError: two lines. To see where, set DUECOURSE_DEBUG=1 and run it again.\n"
    )


def test_debugging_shows_the_traceback(monkeypatch):
    def work():
        raise DuecourseError("here")

    add(monkeypatch, work)
    monkeypatch.setenv(cli.DEBUG, "1")
    with pytest.raises(DuecourseError, match="here"):
        cli.main(["work"])


def test_an_unknown_language_is_an_expected_problem(monkeypatch, capsys):
    monkeypatch.setenv("DUECOURSE_LANGUAGE", "fr")
    assert cli.main(["--help"]) == 1
    assert "fr" in capsys.readouterr().err


def test_a_companion_that_is_not_installed_is_passed_over(monkeypatch, capsys):
    absent = EntryPoint("absent", "no_such_package.cli:app", cli.GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda **_group: [absent])
    assert cli.main(["--help"]) == 0
    assert capsys.readouterr().err == ""


def test_a_folder_that_happens_to_have_the_companions_name_is_passed_over(
    monkeypatch, capsys, tmp_path
):
    (tmp_path / "namesake").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    namesake = EntryPoint("namesake", "namesake.cli:app", cli.GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda **_group: [namesake])
    assert cli.main(["--help"]) == 0
    assert capsys.readouterr().err == ""


def test_a_companion_that_is_broken_is_named_and_the_rest_works(monkeypatch, capsys, tmp_path):
    (tmp_path / "broken_companion.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    broken = EntryPoint("broken", "broken_companion:app", cli.GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda **_group: [broken])
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr()
    assert "doctor" in shown.out
    assert "'broken_companion:app'" in shown.err
    assert "No module named 'no_such_package'" in shown.err
    assert shown.err.count("\n") == 1


def test_a_console_that_cannot_show_chinese_does_not_stop_the_work():
    done = subprocess.run(
        [sys.executable, "-m", "duecourse.cli", "doctor", "--help"],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "DUECOURSE_LANGUAGE": "zh"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"duecourse doctor" in done.stdout
