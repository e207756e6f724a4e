"""Attacks on the marks: the learner's code against checks, displays, messages and other answers."""

import json

import nbformat
from nbformat.v4 import new_output

from tests.grader.attacks.attack import (
    FULL_POINTS,
    IN_VAIN,
    NOT_GRADED,
    Attack,
    Here,
    Stock,
    stopped,
    unsafe,
)
from tests.grader.attacks.reaching import PROCESSES

FORGES = "forging marks"
MESSAGES = "the kernel's messages"
NOTHING_TO_FORGE = Stock("nothing to forge", succeeds=None)
RECORD = {"version": 1, "task": "total", "kind": "number", "value": 4712.25}
NO_ANSWER = stopped("published no answer")


def _with_outputs_of_another(notebook):
    """Save an honest learner's outputs in the attacker's notebook."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "total":
            data = {
                "text/plain": "4.0",
                "application/vnd.duecourse.answer+json": RECORD,
                "application/vnd.duecourse.mark+json": {"points": 4.0, "task": "total"},
            }
            cell.outputs = [new_output("execute_result", data=data, execution_count=1)]
            cell.execution_count = 1
    return notebook


def _with_answer_in_metadata(notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "total":
            cell.metadata["score"] = cell.metadata["auto_score"] = 4.0
            cell.metadata.nbgrader.update(score=4.0, auto_score=4.0, max_score=400)
    notebook.metadata["duecourse"] = {"content": "0" * 20, "unreadable": None, "world": 7}
    return nbformat.from_dict(notebook)


PUBLISH = """
from IPython.display import publish_display_data
publish_display_data({"text/plain": "x", "application/vnd.duecourse.answer+json": %s})
"""

ATTACKS = (
    Attack(
        "patches-check",
        FORGES,
        "replace the function that records answers, or the value that is tested",
        code='def check(task, answer):\n    print("4.0")',
        after="total-answer",
        here=Here("its own zeros", "all", "nothing was handed in"),
        stock_code="class Any:\n    __eq__ = __gt__ = __ge__ = lambda *_: True\n"
        "def total():\n    return Any()",
        stock=FULL_POINTS,
    ),
    Attack(
        "transforms-code",
        FORGES,
        "rewrite the cells that test it before they run",
        code="""
import ast
class Tame(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(Tame())
""",
        stock=FULL_POINTS,
    ),
    Attack(
        "hides-errors",
        FORGES,
        "keep errors from being shown",
        code="get_ipython().showtraceback = get_ipython()._showtraceback = lambda *_, **__: None",
        stock=IN_VAIN,
    ),
    Attack(
        "patches-displays",
        FORGES,
        "replace the hooks that display results",
        code="""
import sys
shell = get_ipython()
mark = {"text/plain": "4.0", "application/vnd.duecourse.mark+json": {"points": 4.0, "max": 4.0}}
before = type(shell.display_pub).publish
def publish(self, data, *more, **others):
    before(self, {**data, **mark}, *more, **others)
type(shell.display_pub).publish = publish
def shown(self, value=None):
    publish(shell.display_pub, mark)
type(shell.displayhook).__call__ = shown
""",
        stock=IN_VAIN,
    ),
    Attack(
        "patches-builtins",
        FORGES,
        "replace Python's own functions under the checks",
        code="""
import builtins, math
builtins.abs = lambda _value: 0
builtins.isinstance = builtins.isinstance
math.isclose = lambda *_, **__: True
builtins.AssertionError = type("Fine", (Exception,), {})
""",
        stock=IN_VAIN,
    ),
    Attack(
        "patches-json",
        FORGES,
        "change answers where they are turned into text",
        code="""
import json
before = json.dumps
def dumps(value, *more, **others):
    if type(value) is dict and value.get("task") == "total":
        value = {**value, "share": 1.0, "points": 4.0, "outcome": "marked"}
    return before(value, *more, **others)
json.dumps = dumps
""",
        stock=IN_VAIN,
    ),
    Attack(
        "answers-for-others",
        FORGES,
        "publish the right answer to a task in another task's cell",
        code=PUBLISH % json.dumps(RECORD),
        stock=NOTHING_TO_FORGE,
    ),
    Attack(
        "publishes-absurd-answers",
        FORGES,
        "publish an answer that breaks whoever reads it",
        code="""
import duecourse.answers, sys
sys.set_int_max_str_digits(0)
deep = []
for _ in range(50):
    deep = [deep]
values = iter([{"value": deep}, {"value": {"inputs": 1, "results": None}}, {"value": "\\ud800"}])
def check(task, answer):
    from IPython.display import publish_display_data
    record = {"version": 1, "task": task, "kind": "number", **next(values, {"value": 10**400})}
    publish_display_data({"text/plain": "", duecourse.answers.MIME: record})
""",
        here=Here("its own zeros", "all", ""),
        stock=NOTHING_TO_FORGE,
    ),
    Attack(
        "replays-outputs",
        FORGES,
        "hand in the saved outputs of another learner's notebook",
        shape=_with_outputs_of_another,
        stock=IN_VAIN,
    ),
    Attack(
        "forges-metadata",
        FORGES,
        "write its score into the notebook's metadata",
        shape=_with_answer_in_metadata,
        stock=NOT_GRADED,
    ),
    Attack(
        "replaces-execution",
        MESSAGES,
        "answer every request without executing anything",
        code="""
kernel = get_ipython().kernel
async def do_execute(*_, **__):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
kernel.do_execute = do_execute
""",
        here=Here("its own zeros", "all", "nothing was handed in"),
        stock=FULL_POINTS,
    ),
    Attack(
        "filters-messages",
        MESSAGES,
        "keep error messages from leaving its kernel",
        code="""
session = get_ipython().kernel.session
before = session.send
def send(stream, kind, content=None, *more, **others):
    name = kind if isinstance(kind, str) else kind.get("msg_type")
    if name == "error":
        return None
    if name == "execute_reply" and isinstance(content, dict):
        content = {**content, "status": "ok"}
    return before(stream, kind, content, *more, **others)
session.send = send
type(session).send = lambda self, *more, **others: send(*more, **others)
""",
        stock=FULL_POINTS,
    ),
    Attack(
        "finishes-early",
        MESSAGES,
        "say that its cells are done before they are",
        code="""
kernel = get_ipython().kernel
for _ in range(3):
    parent = kernel.get_parent()
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=parent)
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "dead"}, parent=parent)
    kernel.session.send(kernel.iopub_socket, "execute_reply", {"status": "ok"}, parent=parent)
""",
        here=Here("nothing gained", ends=False),
        stock=IN_VAIN,
    ),
    Attack(
        "signs-wrongly",
        MESSAGES,
        "send messages that are unsigned or cannot be decoded",
        code="""
socket = get_ipython().kernel.iopub_socket
for parts in ([b"x"], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"0" * 64, b"{", b"{", b"{", b"{"],
              [b"t", b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"\\xff\\xfe"]):
    socket.send_multipart(parts)
""",
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=NOT_GRADED,
    ),
    Attack(
        "nests-deeply",
        MESSAGES,
        "send signed messages nested so deeply that reading them fails",
        code="""
session, socket = get_ipython().kernel.session, get_ipython().kernel.iopub_socket
def send(content):
    parent = get_ipython().kernel.get_parent()["header"]
    header = session.msg_header("display_data")
    parts = [session.pack(header), session.pack(parent), b"{}", content]
    socket.send_multipart([b"x", b"<IDS|MSG>", session.sign(parts), *parts])
send(b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b', "metadata": {}}')
send(b'{"data": {"text/plain": 1' + b"0" * 5000 + b'}, "metadata": {}}')
send(b'{"data": {"text/plain": NaN, "image/png": {"a": 1e999}}, "metadata": {}}')
send(b'[1, 2, 3]')
send(b'"text"')
""",
        here=Here("nothing gained, or its own zeros", "either", ends=False),
        stock=NOT_GRADED,
    ),
    Attack(
        "impersonates-kernel",
        PROCESSES,
        "put a program in its kernel's place that says yes to everything",
        code='''
import os, sys
from pathlib import Path
app = get_ipython().kernel.parent
Path("false_kernel.py").write_text("""
import json, sys, zmq
from jupyter_client.session import Session
about = json.loads(sys.argv[1])
session = Session(key=about["key"].encode())
context = zmq.Context()
def bound(kind, port):
    socket = context.socket(kind)
    between = "-" if about["transport"] == "ipc" else ":"
    socket.bind(about["transport"] + "://" + about["ip"] + between + str(port))
    return socket
public = bound(zmq.PUB, about["iopub"])
shells = [bound(zmq.ROUTER, about[name]) for name in ("shell", "control")]
poller = zmq.Poller()
for one in shells:
    poller.register(one, zmq.POLLIN)
while True:
    for socket, _ in poller.poll():
        names, message = session.recv(socket, 0)
        kind = message["header"]["msg_type"].replace("_request", "_reply")
        data = {"text/plain": "4.0", "application/vnd.duecourse.mark+json": {"points": 4}}
        content = {"status": "ok", "execution_count": 1, "data": data, "metadata": {}}
        for what, said in (("status", {"execution_state": "busy"}), ("execute_result", content),
                           ("status", {"execution_state": "idle"})):
            session.send(public, what, said, parent=message)
        session.send(socket, kind, content, parent=message, ident=names)
""")
about = {"key": app.session.key.decode(), "transport": app.transport, "ip": app.ip,
         "iopub": app.iopub_port, "shell": app.shell_port, "control": app.control_port}
import json
os.execv(sys.executable, [sys.executable, "false_kernel.py", json.dumps(about)])
''',
        here=stopped(""),
        stock=unsafe("the run would wait for minutes"),
    ),
)
