"""The whole repository passes its own checks; what is found is documented and can be chosen."""

import shutil

import pytest
from typer.testing import CliRunner

from duecourse.errors import DuecourseError
from duecourse.language import LANGUAGES
from grader.authoring.cli import app
from grader.authoring.findings import codes
from grader.authoring.lint import lint
from grader.authoring.schema import MODELS, write_schemas
from tests.conftest import ROOT


def test_the_kits_own_content_has_nothing_to_mend():
    found = [(one.code, str(one.file), one.place, one.text) for one in lint(ROOT) if one.error]
    assert found == []


def test_every_code_is_documented_in_both_languages():
    page = (ROOT / "docs" / "authoring.md").read_text("utf-8")
    for name, code in codes().items():
        assert f"| {name} | {code.level} |" in page
        assert {*code.text} == {*code.mend} == {*LANGUAGES}


def test_every_code_is_used_and_every_used_one_exists():
    sources = [file.read_text("utf-8") for file in (ROOT / "grader" / "authoring").glob("*.py")]
    for name in codes():
        assert any(f'"{name}"' in source for source in sources), name


def test_the_schemas_of_the_repository_are_those_of_the_models(tmp_path):
    for file in write_schemas(tmp_path):
        ours = ROOT / "case_studies" / file.name
        assert ours.read_text("utf-8") == file.read_text("utf-8"), "run: duecourse schema"
    assert len(MODELS) == 2


def test_one_thing_is_checked_by_name_or_by_path(root, case):
    (case / "key.yaml").unlink()
    for name in ("returned-debit", str(case), str(case.parent)):
        assert [one.code for one in lint(root, [name])] == ["C103"]


def test_what_does_not_exist_is_named_with_what_does(root, case):
    with pytest.raises(DuecourseError, match="returned-debit"):
        lint(root, ["nothing"])


def test_the_command_ends_with_1_where_something_must_be_mended(root, case, monkeypatch):
    shutil.copy(ROOT / "nbgrader_config.py", root)
    monkeypatch.chdir(root)
    good = CliRunner().invoke(app, ["lint", "returned-debit"])
    assert (good.exit_code, good.stdout) == (0, "")
    text = (case / "case.yaml").read_text("utf-8")
    (case / "case.yaml").write_text(text.replace("minutes: 1", "minutes: 90", 1), "utf-8")
    assert CliRunner().invoke(app, ["lint", "returned-debit"]).exit_code == 0
    assert CliRunner().invoke(app, ["lint", "--strict", "returned-debit"]).exit_code == 1
    (case / "key.yaml").unlink()
    bad = CliRunner().invoke(app, ["lint", "returned-debit"])
    assert bad.exit_code == 1
    assert "C103" in bad.stdout
