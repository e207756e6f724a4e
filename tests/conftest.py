"""A small assignment with one task of every kind, and courses to put it into."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from duecourse import language
from grader.course import Course

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    """Start every test in English, wherever the machine stands."""
    monkeypatch.setenv("DUECOURSE_LANGUAGE", "en")
    language.use(None)
    yield
    language.use(None)


def nbgrader(grade_id, *, points=None, solution=False, locked=False):
    """Return nbgrader's metadata of a cell."""
    about = {
        "grade": points is not None,
        "solution": solution,
        "locked": locked or (points is not None and not solution),
        "task": False,
        "schema_version": 3,
        "grade_id": grade_id,
    }
    return about if points is None else {**about, "points": points}


def task_cells(name, variable, solution, points):
    """Return the cells of one task: both texts, the solution, the check."""
    return [
        new_markdown_cell(f"Question {name}", metadata={"lang": "en"}),
        new_markdown_cell(f"问题 {name}", metadata={"lang": "zh"}),
        new_code_cell(
            f"{variable} = None\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION",
            metadata={"nbgrader": nbgrader(f"{name}-answer", solution=True)},
        ),
        new_code_cell(
            f'check("{name}", {variable})',
            metadata={"nbgrader": nbgrader(name, points=points)},
        ),
    ]


def mistake_cell(name, expression, share, text):
    """Return a cell that computes a known mistake."""
    return new_code_cell(
        "from grader.key import mistake\n"
        f'mistake("{name}", {expression}, share={share}, en="{text}", zh="错误：{text}")',
        metadata={"tags": ["mistake"]},
    )


TITLE = {"en": "Title", "zh": "题目"}
FRUITS = {name: {"en": name, "zh": f"选项{name}"} for name in ("a", "b", "c", "d")}
TASKS = {
    "title": {"en": "Tiny", "zh": "小作业"},
    "minutes": 5,
    "tasks": [
        {
            "id": "total",
            "kind": "number",
            "unit": "yuan",
            "tolerance": 0.5,
            "rough": 5,
            "look": {"en": "Lesson 9", "zh": "第9课"},
        },
        {"id": "best", "kind": "choice", "options": FRUITS},
        {"id": "several", "kind": "choices", "options": FRUITS},
        {"id": "order", "kind": "ordering", "options": FRUITS},
        {
            "id": "bands",
            "kind": "table",
            "key": ["band"],
            "columns": {
                "band": {"type": "text"},
                "count": {"type": "integer"},
                "rate": {"type": "number", "low": 0, "high": 1, "tolerance": 0.001, "weight": 3},
            },
        },
        {"id": "line", "kind": "series", "values": {"type": "number", "tolerance": 0.01}},
        {
            "id": "doubler",
            "kind": "function",
            "parameters": ["amount"],
            "examples": [{"amount": 1}],
            "result": {"type": "number", "tolerance": 0.001},
        },
        {"id": "forecast", "kind": "predictions", "of": "holdout.csv", "key": "account"},
        {
            "id": "why",
            "kind": "text",
            "rubric": [
                {
                    "id": "clear",
                    "title": TITLE,
                    "levels": [{"points": 0, "text": TITLE}, {"points": 4, "text": TITLE}],
                }
            ],
        },
    ],
}
for _task in TASKS["tasks"]:
    _task["title"] = {"en": f"Title of {_task['id']}", "zh": f"题目 {_task['id']}"}

OUTCOMES = [int(i % 3 == 0) for i in range(60)]
PREDICTIONS = [round(0.15 + 0.45 * bad + 0.003 * (i % 7), 4) for i, bad in enumerate(OUTCOMES)]


def solved_notebook():
    """Return the solved notebook of the small assignment."""
    cells = [
        new_code_cell(
            "import pandas as pd\nfrom duecourse import check",
            metadata={"nbgrader": nbgrader("setup", locked=True)},
        ),
        new_markdown_cell("For instructors: secret-hint", metadata={"tags": ["instructor"]}),
        *task_cells("total", "total", "total = 4711.25 + 1", 4),
        mistake_cell("total", "4711.25", 0.25, "You forgot the last item."),
        *task_cells("best", "best", 'best = "b"', 2),
        mistake_cell("best", '"c"', 0.5, "That one costs more."),
        *task_cells("several", "several", 'several = ["d", "a"]', 4),
        *task_cells("order", "order", 'order = list("dcba")', 3),
        *task_cells(
            "bands",
            "bands",
            'bands = pd.DataFrame({"band": ["low", "high"], "count": [31, 17], '
            '"rate": [0.125, 0.875]})',
            8,
        ),
        mistake_cell("bands", "bands.assign(rate=1 - bands.rate)", 0.4, "These are the goods."),
        *task_cells("line", "line", "line = pd.Series([1.5, 2.5], index=['x', 'y'])", 2),
        *task_cells("doubler", "doubler", "def doubler(amount):\n    return 2 * amount", 4),
        mistake_cell("doubler", "lambda amount: amount ** 2", 0.25, "You squared it."),
        *task_cells(
            "forecast",
            "forecast",
            'held = pd.read_csv("holdout.csv", index_col="account")\n'
            "forecast = held['score'].rename('probability')",
            5,
        ),
        new_markdown_cell(
            "### BEGIN SOLUTION\nA model answer / 参考答案 xyzzy\n### END SOLUTION",
            metadata={"nbgrader": nbgrader("why", points=4, solution=True)},
        ),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return notebook


def write_assignment(folder):
    """Write the small assignment into a folder."""
    (folder / "key").mkdir(parents=True)
    nbformat.write(solved_notebook(), folder / "tiny.ipynb")
    (folder / "tasks.yaml").write_text(yaml.safe_dump(TASKS, allow_unicode=True), "utf-8")
    (folder / "notes.md").write_text(
        "<!-- lang:en -->\nEnglish notes\n<!-- /lang -->\n<!-- lang:zh -->\n中文说明\n<!-- /lang -->\n",
        "utf-8",
    )
    ids = [f"A{i:02}" for i in range(60)]
    rows = [f"{name},{score}" for name, score in zip(ids, PREDICTIONS, strict=True)]
    (folder / "holdout.csv").write_text("account,score\n" + "\n".join(rows) + "\n")
    labels = [f"{name},{bad}" for name, bad in zip(ids, OUTCOMES, strict=True)]
    (folder / "key" / "labels.csv").write_text("account,bad\n" + "\n".join(labels) + "\n")
    (folder / "key" / "unseen-doubler.json").write_text(
        json.dumps([{"amount": 3.5}, {"amount": 0}, {"amount": -12}, {"amount": 1e6}])
    )


@pytest.fixture
def tiny(tmp_path):
    """A checkout that holds only the small assignment."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    write_assignment(tmp_path / "assignments" / "tiny")
    return Course(tmp_path, "course", "en")


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """The folder where the keys of the kit's own assignments are executed once for all tests."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def _released(tmp_path_factory):
    from grader.key import key_of
    from grader.release import release

    root = tmp_path_factory.mktemp("released")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    write_assignment(root / "assignments" / "tiny")
    course = Course(root, "course", "en")
    release(course, "tiny")
    key_of(course.assignment("tiny"), course.keys)
    return root


@pytest.fixture
def released(_released, tmp_path):
    """A checkout whose small assignment is released and whose key is executed."""
    root = tmp_path / "checkout"
    shutil.copytree(_released, root)
    return Course(root, "course", "en")


def handed_out(course, assignment="tiny"):
    """Return the released notebook."""
    return nbformat.read(course.folder / "release" / assignment / f"{assignment}.ipynb", 4)


def answered(course, **changes):
    """Return the released notebook answered rightly, but for the changed answers.

    A change is the new source of the solution cell of that task; None leaves it untouched.
    """
    right = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in solved_notebook().cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    notebook = handed_out(course)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in right:
            task = name.removesuffix("-answer")
            source = changes.get(task, right[name])
            cell.source = cell.source if source is None else source
    return notebook


def cell_of(notebook, grade_id):
    """Return the cell of a notebook with this grade_id."""
    return next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def submit(course, learner, content, assignment="tiny", **files):
    """Put a submission where nbgrader looks for it; content is a notebook, bytes, or None."""
    folder = course.folder / "submitted" / learner / assignment
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        (folder / f"{assignment}.ipynb").write_bytes(content)
    elif content is not None:
        nbformat.write(content, folder / f"{assignment}.ipynb")
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def scores(course, assignment="tiny"):
    """Return the scores of an assignment by learner and task, with what waits for a person."""
    with course.gradebook() as gradebook:
        return {
            submission.student.id: {
                grade.name: "by hand" if grade.needs_manual_grade else grade.score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in gradebook.assignment_submissions(assignment)
        }


def mark_of(course, learner, task, assignment="tiny"):
    """Return the mark that stands in a learner's autograded notebook."""
    file = course.folder / "autograded" / learner / assignment / f"{assignment}.ipynb"
    [output] = cell_of(nbformat.read(file, 4), task).outputs
    return output.data["application/vnd.duecourse.mark+json"]
