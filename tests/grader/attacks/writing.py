"""Attacks that write where nothing may be written, or leave something behind."""

from tests.grader.attacks import probes
from tests.grader.attacks.attack import FULL_POINTS, IN_VAIN, Attack, Here, Stock, unsafe

WRITES = "writing outside"
LEAVES = "leaving things in the folder"
TRY = """
import os
def attempt(what):
    try:
        return what()
    except Exception as error:
        print("refused:", type(error).__name__)
"""

ATTACKS = (
    Attack(
        "writes-gradebook",
        WRITES,
        "give itself points in the gradebook",
        code=TRY
        + """
import sqlite3
def write():
    with sqlite3.connect("file:$gradebook?mode=rw", uri=True, timeout=1) as gradebook:
        gradebook.execute(
            "UPDATE grade SET manual_score = 4 WHERE notebook_id IN (SELECT n.id FROM submitted_notebook n JOIN "
            "submitted_assignment a ON n.assignment_id = a.id WHERE a.student_id = '$learner')"
        )
attempt(write)
""",
        stock=FULL_POINTS,
    ),
    Attack(
        "locks-gradebook",
        WRITES,
        "lock the gradebook for everybody after it",
        code=TRY
        + """
import sqlite3
def lock():
    global held
    held = sqlite3.connect("file:$gradebook?mode=rw", uri=True, timeout=1, isolation_level=None)
    held.execute("BEGIN EXCLUSIVE")
    print("LO" + "OT")
attempt(lock)
""",
        probe=probes.loot,
        stock=unsafe("the class stops there"),
    ),
    Attack(
        "changes-others",
        WRITES,
        "change what another learner handed in",
        code=TRY + 'attempt(lambda: open("$spare", "a").write("changed"))',
        probe=probes.spare_changed,
    ),
    Attack(
        "deletes-others",
        WRITES,
        "delete what another learner handed in",
        code=TRY + 'attempt(lambda: os.remove("$disposable"))',
        probe=probes.disposable_gone,
    ),
    Attack(
        "writes-everywhere",
        WRITES,
        "leave a file in folders that others see",
        code=TRY
        + """
for place in $places:
    attempt(lambda: open(os.path.join(place, "$token-$learner"), "w").close())
""",
        probe=probes.marks_left,
    ),
    Attack(
        "poisons-libraries",
        WRITES,
        "change the libraries that everybody's kernel loads",
        # opening for writing is enough to know; nothing is changed where it works
        code=TRY
        + """
import json, nbformat, IPython
for module in (json, nbformat, IPython):
    def write():
        with open(module.__file__, "a"):
            print("LO" + "OT", module.__file__)
    attempt(write)
""",
        probe=probes.loot,
    ),
    Attack(
        "plants-startup",
        WRITES,
        "leave code that later kernels run when they start",
        code=TRY
        + """
def plant():
    folder = os.path.join(get_ipython().profile_dir.startup_dir)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "00-more.py"), "w") as file:
        file.write(f'import os\\nopen("$marks/$token-$learner", "w").close()\\nos.remove(__file__)\\n')
attempt(plant)
""",
        probe=probes.marks_left,
    ),
    Attack(
        "poisons-process",
        WRITES,
        "change the libraries in memory for the kernels after it",
        code=TRY
        + """
import json, pandas
pandas.read_csv = lambda *_, **__: 1 / 0
json.load = lambda *_, **__: 1 / 0
""",
        here=Here("its own loss", ("forecast",)),
        stock_code="import json\njson.load = lambda *_, **__: 1 / 0",
        stock=IN_VAIN,
    ),
    Attack(
        "rewrites-notebook",
        LEAVES,
        "put a notebook with full marks in place of its own",
        code=TRY
        + """
import glob, json
output = {"output_type": "execute_result", "execution_count": 1, "metadata": {},
          "data": {"text/plain": "4.0", "application/vnd.duecourse.mark+json": {"points": 4.0}}}
for name in {*glob.glob("*.ipynb"), "tiny.ipynb"}:
    def write():
        cell = {"cell_type": "code", "source": "", "metadata": {}, "outputs": [output],
                "execution_count": 1, "id": "forged-$token"}
        with open(name, "w") as file:
            json.dump({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, file)
    attempt(write)
""",
        probe=probes.token_in_notebook,
        stock=IN_VAIN,
    ),
    Attack(
        "rewrites-tasks",
        LEAVES,
        "change what the tasks ask for and tolerate",
        code=TRY
        + """
def write():
    with open("tasks.yaml") as file:
        text = file.read()
    os.chmod("tasks.yaml", 0o644)
    with open("tasks.yaml", "w") as file:
        file.write(text.replace("tolerance: 0.5", "tolerance: 1000000"))
attempt(write)
""",
        stock=Stock("there are none", succeeds=None),
    ),
    Attack(
        "leaves-links",
        LEAVES,
        "leave links that whoever tidies up will follow",
        code=TRY
        + """
for number, target in enumerate(("$gradebook", "$source", "$other")):
    attempt(lambda: os.symlink(target, f"file-{number}.txt"))
    attempt(lambda: os.link(target, f"hard-{number}.txt"))
attempt(lambda: os.symlink("$root", "folder"))
""",
        probe=probes.links_left,
    ),
    Attack(
        "leaves-specials",
        LEAVES,
        "leave pipes, sockets and programs that run as their owner",
        code=TRY
        + """
import socket
attempt(lambda: os.mkfifo("pipe"))
attempt(lambda: socket.socket(socket.AF_UNIX).bind("socket"))
def program():
    with open("program", "w") as file:
        file.write("#!/bin/sh\\n")
    os.chmod("program", 0o4777)
attempt(program)
""",
        probe=probes.specials_left,
    ),
    Attack(
        "leaves-odd-names",
        LEAVES,
        "leave names that programs stumble over",
        code=TRY
        + """
for name in (b"\\xff\\xfe.txt", b"two\\nlines.txt", b"-rf", b"$$(touch x).txt", b"n" * 255):
    attempt(lambda: open(name, "w").close())
attempt(lambda: os.mkdir("tiny.ipynb.d"))
""",
        stock=IN_VAIN,
    ),
    Attack(
        "leaves-deep-folders",
        LEAVES,
        "leave folders too deep to be removed",
        code=TRY
        + """
home = os.getcwd()
def dig():
    for _ in range(1500):
        os.mkdir("d")
        os.chdir("d")
attempt(dig)
os.chdir(home)
""",
        probe=probes.depth_left,
        stock=unsafe("the folder would stay for good"),
    ),
    Attack(
        "leaves-many-files",
        LEAVES,
        "leave more files than anybody wants to copy",
        code=TRY
        + """
os.mkdir("many")
def fill():
    for number in range($files):
        open(f"many/{number}.txt", "w").close()
attempt(fill)
""",
        probe=probes.files_left,
    ),
)
