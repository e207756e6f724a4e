"""A small assignment with three exam worlds, and a task of each kind that is told apart by them."""

import shutil

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_notebook

from grader.course import Course
from tests.conftest import ROOT, mistake_cell, nbgrader, task_cells

SEEDS = [918_273_645_546, 192_837_465_564, 564_738_291_918]
PAST_DUE = {"status": ["active"], "bucket": [1, 2, 3, 4, 5, 6, 7]}
WAYS = ("none", "reminder", "call", "plan", "letter")
PLAN = {
    "accounts": 600,
    "months": 12,
    "until": "2025-12-31",
    "worlds": 3,
    "tables": {
        "accounts": "all",
        "monthly_snapshot": [
            "account_id",
            "month",
            "balance",
            "days_past_due",
            "bucket",
            "status",
        ],
        "complaints": "all",
        "instalments": ["account_id", "number", "due_on", "amount"],
    },
}
BANDS = {f"b{number}": {"en": f"band {number}", "zh": f"第{number}档"} for number in range(1, 6)}
TASKS = {
    "title": {"en": "Many worlds", "zh": "多个世界"},
    "minutes": 5,
    "tasks": [
        {"id": "late", "kind": "number", "type": "integer", "tolerance": 0},
        {"id": "owed", "kind": "number", "unit": "yuan", "tolerance": 0.5},
        {
            "id": "buckets",
            "kind": "table",
            "key": ["bucket"],
            "columns": {"bucket": {"type": "integer"}, "balance": {"type": "number"}},
        },
        {"id": "order", "kind": "ordering", "options": BANDS},
        {"id": "most", "kind": "choice", "options": BANDS},
        {
            "id": "policy",
            "kind": "treatments",
            "of": "monthly_snapshot",
            "where": PAST_DUE,
            "options": {name: {"en": name, "zh": f"办法{name}"} for name in WAYS},
            "capacity": {"plan": 15, "call": 10},
            "flat": "reminder",
            "months": 6,
        },
    ],
}
for _task in TASKS["tasks"]:
    _task["title"] = {"en": f"Title of {_task['id']}", "zh": f"题目 {_task['id']}"}

SETUP = (
    "from duecourse import check\nfrom duecourse.strategy import allowed\n"
    "from duecourse.worlds import my_world"
)
OPENED = (
    "book = my_world(learner)\n"
    "last = book.monthly_snapshot.query('month == month.max() and status == \"active\"')\n"
    "behind = last[last.bucket > 0]"
)
POLICY = """may = allowed(book, "2025-12-31")
policy, left = {}, {"plan": 15}
for account in behind.sort_values("days_past_due").account_id:
    for way in ("plan", "reminder", "letter", "none"):
        if may.loc[account, way] and left.get(way, 1):
            left[way] = left.get(way, 10**9) - 1
            policy[account] = way
            break
policy = pd.Series(policy, name="treatment").rename_axis("account_id")"""
SOLUTIONS = {
    "late": "late = len(behind)",
    "owed": 'owed = round(float(behind["balance"].sum()), 2)',
    "buckets": 'buckets = last.groupby("bucket", as_index=False)["balance"].sum().round(2)',
    "order": (
        'sizes = [last["balance"].iloc[start::5].sum() for start in range(5)]\n'
        "order = [f'b{n + 1}' for n in sorted(range(5), key=lambda n: sizes[n])]"
    ),
    "most": "most = order[-1]",
    "policy": POLICY,
}
POINTS = {"late": 4, "owed": 4, "buckets": 4, "order": 4, "most": 4, "policy": 10}


def solved_notebook():
    """Return the solved notebook."""
    cells = [
        new_code_cell(
            f"import pandas as pd\n{SETUP}",
            metadata={"nbgrader": nbgrader("setup", locked=True)},
        ),
        new_code_cell('learner = ""'),
        new_code_cell(OPENED, metadata={"nbgrader": nbgrader("open", locked=True)}),
    ]
    for name, solution in SOLUTIONS.items():
        cells += task_cells(name, name, solution, POINTS[name])
        if name == "owed":
            wrong = 'float(last["balance"].sum())'
            cells.append(mistake_cell("owed", wrong, 0.25, "These are all accounts."))
        if name == "policy":
            wrong = 'policy.map(lambda way: "reminder")'
            cells.append(mistake_cell("policy", wrong, 0.2, "Everybody gets the same."))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return notebook


def write_assignment(folder):
    """Write the assignment into a folder."""
    (folder / "key").mkdir(parents=True)
    nbformat.write(solved_notebook(), folder / "many.ipynb")
    for name, data in (("tasks", TASKS), ("world", PLAN), ("key/worlds", {"seeds": SEEDS})):
        text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, "utf-8")


def checkout(root):
    """Return the course of a checkout that holds only this assignment."""
    root.mkdir(exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    write_assignment(root / "assignments" / "many")
    return Course(root, "course", "en")


def answered(course, learner="", **changes):
    """Return the released notebook answered rightly, but for the changed answers."""
    file = course.folder / "release" / "many" / "many.ipynb"
    notebook = nbformat.read(file, 4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removesuffix("-answer")
        if cell.source == 'learner = ""':
            cell.source = f"learner = {learner!r}"
        if name in SOLUTIONS and cell.metadata.nbgrader.solution:
            cell.source = changes.get(name, SOLUTIONS[name]) or cell.source
    return notebook
