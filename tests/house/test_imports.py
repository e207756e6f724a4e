"""The learner's package stands alone, and what must start quickly or in a browser stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEARNER = sorted((ROOT / "duecourse").rglob("*.py"))
INSTRUCTOR = {"grader", "nbgrader"}
HEAVY = {"pandas", "matplotlib", "scipy", "sklearn", "IPython", "nbgrader", "nbconvert"}
LIGHT = ["answers", "tasks", "agreement", "language", "errors"]


def imported(file: Path) -> set[str]:
    """The top-level names of all modules that a file imports, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after running the code."""
    code += "\nimport sys; print('LOADED', *sorted({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_the_proof_sees_imports_inside_functions(tmp_path):
    file = tmp_path / "example.py"
    file.write_text("def f():\n    from grader.key import mistake\n    import nbgrader.api\n")
    assert imported(file) == INSTRUCTOR


@pytest.mark.parametrize("file", LEARNER, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_learners_package_imports_nothing_of_the_instructors(file):
    assert not imported(file) & INSTRUCTOR


@pytest.mark.parametrize("module", LIGHT)
def test_answers_and_tasks_need_no_tables(module):
    assert not loaded_by(f"import duecourse.{module}") & {"pandas", *INSTRUCTOR}


def test_the_command_line_starts_without_anything_heavy():
    assert not loaded_by("import duecourse.cli") & HEAVY


def test_help_with_all_commands_is_shown_without_anything_heavy():
    code = "from duecourse.cli import main\nassert main(['--help']) == 0"
    assert not loaded_by(code) & HEAVY
