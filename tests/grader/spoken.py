"""A small exam case with a call and a transcript, a practice case, and an assignment about them."""

import copy
import datetime as dt
import shutil

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_notebook

from grader.course import Course
from tests.conftest import ROOT, mistake_cell, nbgrader, task_cells


def both(text):
    """Return a text in both languages."""
    return {"en": text, "zh": f"「{text}」之中文"}


def option(name, to, **more):
    return {"id": name, "text": both(f"I say {name}."), "to": to, **more}


CALL = {
    "id": "ring",
    "title": both("A call in the morning"),
    "brief": both("You call about a parcel that was not paid for."),
    "at": "2026-03-02T09:30:00",
    "player": "agent",
    "partner": "debtor",
    "facts": {"job": both("She lost her job.")},
    "trust": 40,
    "stress": 50,
    "start": "door",
    "nodes": {
        "door": {
            "says": [{"who": "debtor", "text": both("Yes?")}],
            "options": [option("greet", "ask", trust=5), option("pose", "angry", trust=-20)],
        },
        "ask": {
            "says": [{"who": "debtor", "text": both("I cannot pay.")}],
            "options": [
                option("listen", "offer", trust=20, disclose=["job"]),
                option("push", [{"to": "offer", "when": {"trust": 40}}, {"to": "gone"}], trust=-5),
                option("scold", "gone", trust=-30),
            ],
        },
        "offer": {
            "says": [{"who": "debtor", "text": both("And now?")}],
            "options": [
                option("demand", "poor"),
                option("plan", "good", when={"disclosed": ["job"]}),
                option("wait", "poor"),
            ],
        },
        "angry": {"options": [option("sorry", "ask", trust=5), option("insist", "gone")]},
        "good": {"says": [{"text": both("She writes it down.")}], "end": "affordable_promise"},
        "poor": {"end": "promise"},
        "gone": {"end": "hang_up"},
    },
}
BEST = ["greet", "listen", "plan"]
TURNS = ["agent", "debtor", "agent", "debtor", "agent", "debtor", "agent", "debtor"]
CODES = [
    "skill:listening",
    "skill:introduction",
    "disclosure",
    "violation:CN-11",
    "violation:CN-12",
]
LABELS = {
    "t01": ["skill:introduction"],
    "t03": ["skill:listening"],
    "t04": ["disclosure"],
    "t07": ["violation:CN-11"],
}
CASE = {
    "id": "F9",
    "outcome": "failure",
    "use": "exam",
    "title": both("The unpaid parcel"),
    "summary": both("A parcel, and a call about it."),
    "jurisdiction": "CN",
    "timezone": "Asia/Shanghai",
    "currency": both("yuan"),
    "product": both("a parcel"),
    "minutes": 1,
    "people": [
        {"id": "agent", "role": "collector", "name": both("Wen Ya")},
        {"id": "debtor", "role": "debtor", "name": both("Qiu Lan")},
    ],
    "facts": [{"id": "owed", "name": both("owed"), "value": 80.5, "unit": "yuan"}],
    "timeline": [
        {"id": "sent", "at": "2026-02-20", "kind": "contract", "text": both("The parcel leaves.")},
        {"id": "late", "at": "2026-03-05", "kind": "decision", "text": both("The file is closed.")},
    ],
    "tables": [
        {
            "id": "payments",
            "title": both("Payments"),
            "file": "payments.csv",
            "columns": {"paid_on": {"name": both("day")}, "amount": {"name": both("amount")}},
        }
    ],
    "transcripts": [
        {
            "id": "talk",
            "title": both("A talk"),
            "at": "2026-03-03T10:00:00",
            "codes": CODES,
            "turns": [
                {"id": f"t{number:02}", "who": who, "text": both(f"Turn {number}.")}
                for number, who in enumerate(TURNS, 1)
            ],
        }
    ],
    "calls": [CALL],
}


def why(name):
    return both(f"An expert explains at length what {name} has done to this very call")


KEY = {
    "lesson": {"illustrates": "law", "debrief": both("What to take home of the unpaid parcel")},
    "rules": {"CN-11": both("Nobody poses as an authority in the unpaid parcel")},
    "answers": [
        {
            "id": "limit",
            "title": both("The last day"),
            "question": both("Which day is the last?"),
            "value": dt.date(2029, 2, 20),
            "how": both("Three years from the day on which the unpaid parcel left"),
        },
        {
            "id": "sum",
            "title": both("The sum"),
            "question": both("How much is it?"),
            "value": 80.5,
            "how": both("Eighty and a half, as the invoice of the unpaid parcel says"),
        },
    ],
    "transcripts": {
        "talk": {"turns": {turn: {"codes": LABELS[turn], "why": why(turn)} for turn in LABELS}}
    },
    "calls": {
        "ring": {
            "best": BEST,
            "ends": {"good": 1.0, "poor": 0.4, "gone": 0.0},
            "choices": {
                f"{node}.{one['id']}": {
                    "empathy": {"listen": 2, "greet": 1, "plan": 1, "scold": -2}.get(one["id"], 0),
                    "breaks": ["CN-11"] if one["id"] == "pose" else [],
                    "why": why(one["id"]),
                }
                for node, about in CALL["nodes"].items()
                for one in about.get("options", [])
            },
            "critical": [
                {
                    "id": "no-scolding",
                    "node": "ask",
                    "must": ["listen", "push"],
                    "why": both("Whoever cannot pay must not be scolded in the unpaid parcel"),
                }
            ],
        }
    },
    "write_ups": [
        {
            "id": "letter",
            "question": both("Write to her."),
            "answer": both("A model letter about the unpaid parcel, kind and short"),
            "rubric": [
                {
                    "id": "clear",
                    "title": both("Clear"),
                    "levels": [
                        {"points": 0, "text": both("no")},
                        {"points": 4, "text": both("yes")},
                    ],
                }
            ],
        }
    ],
}
TASKS = {
    "title": {"en": "Spoken", "zh": "口头作业"},
    "minutes": 5,
    "cases": ["open-door"],
    "tasks": [
        {"id": "the-call", "kind": "call", "case": "unpaid-parcel", "call": "ring"},
        {"id": "labels", "kind": "coding", "case": "unpaid-parcel", "transcript": "talk"},
        {"id": "limit", "kind": "date", "tolerance": 1},
        {"id": "sum", "kind": "number", "tolerance": 0.01},
    ],
}
for _task in TASKS["tasks"]:
    _task["title"] = {"en": f"Title of {_task['id']}", "zh": f"题目 {_task['id']}"}

PLAYED = 'for option in best("unpaid-parcel", "ring"):\n    the_call.choose(option)'
CODED = 'for turn, codes in expert("unpaid-parcel", "talk").items():\n    the_labels.label(turn, *codes)'


def solved_notebook():
    """Return the solved notebook: every answer of it comes from the case's key."""
    cells = [
        new_code_cell(
            "from grader.cases import best, expert, right", metadata={"tags": ["instructor"]}
        ),
        new_code_cell(
            "from duecourse import check\nfrom duecourse.calls.playing import play\n"
            "from duecourse.codings import code",
            metadata={"nbgrader": nbgrader("setup", locked=True)},
        ),
        *task_cells("the-call", "the_call", PLAYED, 10),
        new_code_cell(
            "from grader.key import mistake\n"
            'wrong_call = play("unpaid-parcel", "ring")\n'
            'for option in [*best("unpaid-parcel", "ring")[:2], "demand"]:\n'
            "    wrong_call.choose(option)\n"
            'mistake("the-call", wrong_call, share=0.5, en="You demanded.", zh="你催要了。")',
            metadata={"tags": ["mistake"]},
        ),
        *task_cells("labels", "the_labels", CODED, 8),
        *task_cells("limit", "limit", 'limit = right("unpaid-parcel", "limit")', 2),
        mistake_cell("limit", '"2026-02-20"', 0.5, "That is the day it left."),
        *task_cells("sum", "owed", 'owed = right("unpaid-parcel", "sum")', 2),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    opened = {
        "the_call": 'play("unpaid-parcel", "ring")',
        "the_labels": 'code("unpaid-parcel", "talk")',
    }
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        for name, source in opened.items():
            if cell.source.startswith(f"{name} = None"):
                cell.source = cell.source.replace("None", source, 1)
    return notebook


def write_case(folder, case=CASE, key=KEY):
    """Write a case into its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in (("case.yaml", case), ("key.yaml", key)):
        (folder / name).write_text(
            yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8"
        )
    (folder / "payments.csv").write_text("paid_on,amount\n2026-02-28,12.5\n")


def practice():
    """Return the practice case and its key: the same story under another name."""
    text = yaml.safe_dump([CASE, KEY], allow_unicode=True).replace("unpaid parcel", "open door")
    case, key = yaml.safe_load(text.replace("this very call", "the practice call"))
    return case | {"id": "S9", "use": "practice", "outcome": "success"}, key


def checkout(root):
    """Make a checkout that holds nothing but the two cases and the assignment."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    write_case(root / "case_studies" / "failure" / "unpaid-parcel", copy.deepcopy(CASE), KEY)
    write_case(root / "case_studies" / "success" / "open-door", *practice())
    folder = root / "assignments" / "spoken"
    folder.mkdir(parents=True)
    nbformat.write(solved_notebook(), folder / "spoken.ipynb")
    (folder / "tasks.yaml").write_text(yaml.safe_dump(TASKS, allow_unicode=True), "utf-8")
    return Course(root, "course", "en")
