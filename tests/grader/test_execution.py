"""Notebooks come out as from nbgrader's own Execute, and no kernel keeps the rest from being told."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from grader.execution import NOT_EXECUTED, ExecuteToTheEnd
from grader.kernels import client as clients
from grader.kernels.ending import KernelNotStarted
from grader.kernels.jail import NotIsolated
from tests.isolated import needs_isolation

pytestmark = pytest.mark.kernel
QUIET = ["--IPKernelApp.log_level=ERROR"]
STOCK = f"""
import sys, nbformat
from nbgrader.preprocessors import Execute
notebook = nbformat.read(sys.argv[1], 4)
# a timeout stops the kernel less often than a busy machine would let it, with more than 4 seconds
more = {{"kernel_name": "python3", "extra_arguments": {QUIET}, "timeout": 10, "iopub_timeout": 30}}
execute = Execute(**more)
notebook, _resources = execute.preprocess(notebook, {{"metadata": {{"path": sys.argv[2]}}}})
nbformat.write(notebook, sys.argv[1])
"""
VARIED = {
    "streams": "import sys\nprint('a', flush=True)\nprint('b', file=sys.stderr, flush=True)\nprint('c')",
    "value": "x = 40 + 2\nx",
    "silent": "x;",
    "unicode": "print('催收 😀')\n'还款'",
    "returns": "for i in range(3):\n    print(f'{i} %\\r', end='', flush=True)\nprint('done\\b!')",
    "clear": "from IPython.display import *\nfor i in range(3):\n    clear_output(wait=True)\n    print(i, flush=True)",
    "clear at once": "print('gone')\nclear_output()\ndisplay('here')",
    "clear at the end": "print('stays')\nclear_output(wait=True)",
    "display": "handle = display('first', display_id='mine')\ndisplay('second', display_id='mine')",
    "update": "handle.update('third')\nupdate_display(HTML('<b>fourth</b>'), display_id='mine')",
    "update of nothing": "update_display('x', display_id='nobody')\ndisplay('after')",
    "rich": "display(Latex('$x$'), Markdown('*y*'), JSON({'a': [1, {'b': None}]}), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))",
    "metadata": "display(Image(b'\\x89PNG\\r\\n\\x1a\\n', format='png', width=3))",
    "own type": "display({'text/plain': 'x', 'application/vnd.duecourse.answer+json': {'task': 'a', 'value': [1.5, None]}}, raw=True)",
    "error": "def f(x):\n    return 1 / x\nf(0)",
    "error in error": "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('坏') from e",
    "syntax": "1 +",
    "assert": "assert x == 41, 'wrong'",
    "exit": "raise SystemExit(3)",
    "interrupt": "raise KeyboardInterrupt",
    "input": "input('your name? ')",
    "await": "import asyncio\nawait asyncio.sleep(0.01)\nprint('awaited')",
    "bash": "%%bash\necho out\necho err >&2\nexit 3",
    "shell": "!echo $((6 * 7))",
    "descriptor": "import os, time\nos.system('echo low')\ntime.sleep(0.5)",
    "capture": "%%capture caught\nprint('hidden')\n1",
    "captured": "print(caught.stdout)",
    "magic": "%who_ls int",
    "unknown magic": "%no_such_magic",
    "history": "print(In[2], Out[2], _i)",
    "warning": "import warnings\nwarnings.warn('careful')",
    "logging": "import logging\nlogging.warning('logged')",
    "thread": "import threading\nt = threading.Thread(target=lambda: print('thread'))\nt.start()\nt.join()",
    "table": "import pandas as pd\ntable = pd.DataFrame({'金额': [1.5, None], 'b': ['<x>', 'y']})\ntable",
    "styled": "table.describe()",
    "figure": "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);",
    "slider": "import ipywidgets\nslider = ipywidgets.IntSlider(value=3)\nslider",
    "output widget": "out = ipywidgets.Output()\nwith out:\n    print('inside')\n    print('still inside')\n    display(HTML('<i>in</i>'))\nprint('outside')\nout",
    "output widget later": "print(len(out.outputs))\nout.clear_output()\nwith out:\n    1 / 0",
    "interact": "ipywidgets.interact(lambda a: a * 2, a=4);",
    "nested": "other = ipywidgets.Output()\nwith other:\n    with out:\n        print('inner')\n    print('outer')",
    "many": "for i in range(300):\n    display(i)",
    "large": "print('x' * 300_000)",
    "page": "len?",
    "next": "get_ipython().set_next_input('print(1)')",
    "folder": "print(os.path.exists('beside.txt'), open('beside.txt').read())",
    "graded": "print(os.environ.get('NBGRADER_EXECUTION'), __name__)",
    "too long": "import time\nprint('before', flush=True)\ntime.sleep(600)",
    "after": "print('after')",
    "empty": "   ",
}


def varied():
    cells = [new_code_cell(source, id=f"c{i}") for i, source in enumerate(VARIED.values())]
    cells.insert(3, new_markdown_cell("# Text", id="text"))
    cells.insert(5, new_raw_cell("raw", id="raw"))
    cells[1].metadata["tags"] = ["raises-exception", "another"]
    return new_notebook(cells=cells)


def executed(notebook, folder, **more):
    more = {"isolated": False, "extra_arguments": QUIET, **more}
    with pytest.MonkeyPatch.context() as patch:
        # with it ipykernel does not catch what programs print
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        execute = ExecuteToTheEnd(**more)
        found, _resources = execute.preprocess(notebook, {"metadata": {"path": str(folder)}})
    assert found is notebook
    # whatever came out can be written, read and is a notebook
    again = nbformat.reads(nbformat.writes(notebook), 4)
    nbformat.validate(again)
    return notebook


def cells(*sources):
    return new_notebook(cells=[new_code_cell(source) for source in sources])


def run(*sources, folder="/tmp", **more):
    return executed(cells(*sources), folder, **more).cells


def text(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def reason(cell):
    """Return why a cell was not executed to its end."""
    last = cell.outputs[-1]
    assert (last.output_type, last.ename) == ("error", NOT_EXECUTED)
    return last.evalue


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("beside")
    (folder / "beside.txt").write_text("here")
    return folder


@pytest.fixture(scope="module")
def stock(folder, tmp_path_factory):
    """Execute the varied notebook with nbgrader's own Execute and a cold kernel."""
    file = tmp_path_factory.mktemp("stock") / "varied.ipynb"
    nbformat.write(varied(), file)
    surroundings = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
    done = subprocess.run(
        [sys.executable, "-c", STOCK, str(file), str(folder)],
        env={**surroundings, "NBGRADER_EXECUTION": "autograde"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return comparable(nbformat.read(file, 4))


@pytest.fixture(scope="module")
def ours(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NBGRADER_EXECUTION", "autograde")
        return comparable(executed(varied(), folder, timeout=5, iopub_timeout=30))


def comparable(notebook):
    """Return a notebook without what differs between any two executions."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:
            cell.outputs = joined(cell.outputs)
    told = re.sub(
        r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", "id", nbformat.writes(notebook, sort_keys=False)
    )
    return json.loads(re.sub(r"ipykernel_\d+", "ipykernel", told), object_pairs_hook=alike)


def alike(pairs):
    """Return an object of JSON; things with the same name become a sorted list of them."""
    if len({name for name, _value in pairs}) == len(pairs):
        return dict(pairs)
    return sorted(json.dumps(pair, sort_keys=True) for pair in pairs)


def joined(outputs):
    """Join neighbouring parts of a stream: where a kernel cuts it is a matter of time."""
    found = []
    for output in outputs:
        same = found and output.output_type == "stream" and found[-1].get("name") == output.name
        if same:
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def test_the_notebook_and_its_widgets_are_those_of_nbgrader(stock, ours):
    assert ours["metadata"] == stock["metadata"]
    assert (
        len(ours["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]) > 5
    )
    assert [cell["cell_type"] for cell in ours["cells"]] == [
        cell["cell_type"] for cell in stock["cells"]
    ]


@pytest.mark.parametrize("name", VARIED)
def test_a_cell_is_that_of_nbgrader(stock, ours, name):
    number = f"c{list(VARIED).index(name)}"
    theirs, mine = (
        next(cell for cell in one["cells"] if cell["id"] == number) for one in (stock, ours)
    )
    assert mine == theirs


def test_the_varied_notebook_shows_what_it_is_meant_to_show(ours):
    by_name = dict(zip(VARIED, (c for c in ours["cells"] if c["cell_type"] == "code"), strict=True))
    assert [o["name"] for o in by_name["streams"]["outputs"]] == ["stdout", "stderr", "stdout"]
    assert [o["data"]["text/html"] for o in by_name["display"]["outputs"][:2]] == [
        ["<b>fourth</b>"]
    ] * 2
    assert by_name["input"]["outputs"][0]["ename"] == "StdinNotImplementedError"
    assert "image/png" in by_name["figure"]["outputs"][0]["data"]
    assert [o["ename"] for o in by_name["too long"]["outputs"][1:]] == [
        "KeyboardInterrupt",
        "CellTimeoutError",
    ]
    assert by_name["output widget"]["outputs"][0]["text"] == ["outside\n"]
    assert by_name["output widget later"]["outputs"][0]["text"] == ["2\n"]


def test_timing_is_recorded_as_nbclient_does(folder):
    [cell] = run("1", folder=folder)
    assert sorted(cell.metadata.execution) == [
        "iopub.execute_input",
        "iopub.status.busy",
        "iopub.status.idle",
        "shell.execute_reply",
    ]
    assert all(re.fullmatch(r"20..-..-..T.*Z", when) for when in cell.metadata.execution.values())
    [cell] = run("1", folder=folder, record_timing=False)
    assert "execution" not in cell.metadata


def test_a_tag_keeps_nothing_from_being_executed(folder):
    notebook = cells("print('ran')")
    notebook.cells[0].metadata["tags"] = ["skip-execution"]
    assert text(executed(notebook, folder).cells[0]) == "ran\n"
    assert notebook.cells[0].metadata.tags == ["skip-execution"]


def test_outputs_that_were_handed_in_are_gone(folder):
    notebook = cells("pass")
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="mine")]
    assert executed(notebook, folder).cells[0].outputs == []


def test_one_preprocessor_executes_many_notebooks(folder):
    execute = ExecuteToTheEnd(isolated=False, extra_arguments=QUIET, total_seconds=60)
    about = {"metadata": {"path": str(folder)}}
    for code in ("import os; os._exit(1)", "print(2)", "print(3)"):
        found, _resources = execute.preprocess(cells(code), about)
    assert text(found.cells[0]) == "3\n"
    assert found.metadata.language_info["name"] == "python"


def test_widgets_are_not_stored_where_they_are_not_wanted(folder):
    code = "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    print('in')\nprint('on')"
    notebook = executed(cells(code), folder, store_widget_state=False)
    assert "widgets" not in notebook.metadata
    assert text(notebook.cells[0]) == "on\n"


def test_hooks_of_nbclient_are_called(folder):
    told = []

    def hook(name):
        return lambda **about: told.append((name, *sorted(about)))

    names = ("on_notebook_start", "on_cell_start", "on_cell_execute", "on_cell_complete")
    run("1", folder=folder, **{name: hook(name) for name in names})
    assert [one[0] for one in told] == list(names)
    assert told[1] == ("on_cell_start", "cell", "cell_index")


SPEAK = """
import json, time
from IPython.display import display
kernel = get_ipython().kernel
def say(kind, content, **more):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=kernel.get_parent(), **more)
"""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import os\nos._exit(0)", "the kernel ended"),
        ("while True:\n    print('x' * 1000, flush=True)", "more than 2000000 bytes"),
        ("while True:\n    say('comm_msg', {'comm_id': 'a', 'data': {}})", "more than 2000000"),
        ("say('stream', {'name': 'stdout', 'text': 'x' * 3_000_000})", "more than 2000000"),
        (
            (
                "for i in range(300):\n    display('', display_id='a')\n"
                "from IPython.display import update_display\nupdate_display('x' * 20_000, display_id='a')"
            ),
            "more than 2000000 bytes",
        ),
        (
            (
                "kernel.iopub_socket.send_multipart([b'<IDS|MSG>', b'', b'{}', b'{}', b'{}', b'{}'])\n"
                "time.sleep(60)"
            ),
            "cannot be read",
        ),
        ("say('display_data', {'data': json.loads('[' * 200 + ']' * 200)})", "nested too deeply"),
        (
            "while True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass",
            "did not stop when it was interrupted",
        ),
    ],
)
def test_a_hostile_kernel_costs_its_own_notebook_only(folder, code, why):
    found = run(
        "print('before')",
        SPEAK,
        code,
        "print('after')",
        "   ",
        folder=folder,
        timeout=2,
        iopub_timeout=1,
        all_output=2_000_000,
    )
    assert text(found[0]) == "before\n"
    assert [why in reason(cell) for cell in found[2:]] == [True, True, True]


NONSENSE = [
    ("status", {}),
    ("status", {"execution_state": ["idle"]}),
    ("stream", {}),
    ("stream", {"name": 5, "text": []}),
    ("stream", {"name": "stdout", "text": 5}),
    ("display_data", {}),
    ("display_data", {"data": 5, "metadata": {}}),
    ("display_data", {"data": {"text/plain": 5}, "metadata": {}}),
    ("display_data", {"data": {}, "metadata": {}, "transient": {"display_id": ["a"]}}),
    ("display_data", {"data": {}, "metadata": {}, "transient": 5}),
    ("execute_result", {"data": {}, "metadata": {}, "execution_count": "x"}),
    ("execute_input", {"code": "", "execution_count": {"a": 1}}),
    ("execute_input", {"code": "", "execution_count": -1}),
    ("error", {"ename": None, "evalue": 3, "traceback": "x"}),
    ("update_display_data", {"data": None, "transient": {"display_id": "known"}}),
    ("clear_output", {"wait": {}}),
    ("comm_open", {}),
    ("comm_open", {"target_name": "jupyter.widget", "comm_id": "a", "data": {}}),
    ("comm_open", {"target_name": ["a"], "comm_id": "a", "data": {"state": 5}}),
    ("comm_open", {"target_name": "x", "comm_id": ["a"], "data": {"state": {}}}),
    ("comm_msg", {"comm_id": "a", "data": 5}),
    ("comm_msg", {"comm_id": "a", "data": {"state": "x"}}),
    ("comm_msg", {"comm_id": "a", "data": {"state": {}, "buffer_paths": 5}}),
    ("no_such_type\x1b[2J", {"a": 1}),
    ("execute_reply", {"execution_count": "x"}),
]


def test_messages_that_make_no_sense_have_no_effect(folder):
    output = {"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel"}
    nonsense = [
        *NONSENSE,
        ("comm_open", comm("b", {**output, "outputs": 5})),
        ("comm_msg", comm("b", {"msg_id": ["x"]})),
        ("comm_msg", comm("b", {"msg_id": None})),
    ]
    code = f"display('a', display_id='known')\nfor one in {nonsense!r}:\n    say(*one)\nprint('on')"
    found = run(SPEAK, code, "print('after')", folder=folder)
    assert text(found[1]) == "on\n"
    assert found[1].execution_count == 2
    assert all(output.output_type in ("stream", "display_data") for output in found[1].outputs)
    assert text(found[2]) == "after\n"


def comm(name, state):
    return {"target_name": "jupyter.widget", "comm_id": name, "data": {"state": state}}


REPLIES = [
    {},
    {"status": ["error"]},
    {"status": "error"},
    {"status": "error", "ename": 5, "evalue": None, "traceback": 7},
    {"status": "error", "ename": "E", "evalue": "e", "traceback": [1, "x", None]},
    {"status": "error", "ename": "E", "evalue": "e" * 50_000, "traceback": ["x" * 50_000]},
]


@pytest.mark.parametrize("reply", REPLIES, ids=range(len(REPLIES)))
def test_a_forged_reply_is_no_more_than_an_error(folder, reply):
    code = f"async def forge(*_args, **_more):\n    return {reply!r}\nkernel.do_execute = forge"
    found = run(
        SPEAK, code, "1", "2", folder=folder, most_output=10_000, timeout=1, iopub_timeout=1
    )
    for cell in found[2:]:
        assert sum(len(str(output)) for output in cell.outputs) < 20_000
        assert all(output.output_type == "error" for output in cell.outputs)


def test_half_a_character_does_not_keep_a_notebook_from_being_written(folder):
    code = (
        "parts = kernel.session.serialize(kernel.session.msg('stream', {}, kernel.get_parent()))\n"
        'parts[5] = b\'{"name": "stdout", "text": "a\\\\ud800b"}\'\n'
        "parts[1] = kernel.session.sign(parts[2:6])\n"
        "kernel.iopub_socket.send_multipart(parts)"
    )
    assert text(run(SPEAK, code, folder=folder)[1]) == "a?b"


class TestLimits:
    def test_output_of_a_cell_is_cut_and_the_next_cell_runs(self, folder):
        found = run(
            "for i in range(100):\n    print(i, 'x' * 1000, flush=True)",
            "print('y' * 2_000_000)",
            "print('on')",
            folder=folder,
            most_output=20_000,
        )
        assert text(found[0]).startswith("0 xxx")
        for cell in found[:2]:
            assert text(cell).endswith("... more than 20000 bytes of output; the rest was cut ...")
            assert len(text(cell)) < 21_000
        assert text(found[2]) == "on\n"

    def test_what_was_cleared_does_not_count(self, folder):
        code = (
            "from IPython.display import clear_output\nfor i in range(20):\n"
            "    clear_output(wait=True)\n    print(i, 'x' * 3000, flush=True)"
        )
        [cell] = run(code, folder=folder, most_output=10_000)
        assert text(cell) == f"19 {'x' * 3000}\n"

    def test_an_output_that_grows_by_an_update_is_cut(self, folder):
        found = run(
            "from IPython.display import *\nfor i in range(3):\n    display('', display_id=f'{i}')",
            "for i in range(3):\n    update_display('x' * 8000, display_id=f'{i}')",
            folder=folder,
            most_output=10_000,
        )
        assert len(found[0].outputs) == 2
        assert "the rest was cut" in text(found[0])

    def test_the_notebook_as_a_whole_takes_no_longer_than_allowed(self, folder):
        found = run(
            *["import time\ntime.sleep(1)"] * 6, folder=folder, total_seconds=2, iopub_timeout=30
        )
        assert found[0].outputs == []
        assert reason(found[-1]) == "the notebook took longer than 2 seconds"

    def test_what_goes_on_after_a_cell_is_not_the_next_cells_output(self, folder):
        found = run(
            "import threading, time, sys\n"
            "def late():\n    time.sleep(0.3)\n    print('late')\n"
            "thread = threading.Thread(target=late)\nthread.start()",
            "print('mine')\nthread.join()",
            folder=folder,
        )
        assert "late" not in text(found[0])
        assert text(found[1]).startswith("mine\n")


class TestStarting:
    def test_a_failure_to_start_is_raised_and_no_zero(self, folder, monkeypatch):
        def broken(*_args, **_more):
            raise OSError("no room")

        monkeypatch.setattr(clients, "start", broken)
        with pytest.raises(KernelNotStarted):
            run("1", folder=folder)

    def test_impossible_isolation_is_raised_and_no_zero(self, folder, monkeypatch):
        def impossible(*_args, isolated, **_more):
            assert isolated
            raise NotIsolated("bubblewrap is missing")

        monkeypatch.setattr(clients, "start", impossible)
        with pytest.raises(NotIsolated, match="bubblewrap"):
            run("1", folder=folder, isolated=True)

    def test_isolation_is_the_rule(self):
        assert ExecuteToTheEnd().isolated


@needs_isolation
def test_an_isolated_notebook_is_that_of_nbgrader_too(stock, folder, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    found = comparable(executed(varied(), folder, isolated=True, timeout=5, iopub_timeout=30))
    assert found["metadata"] == stock["metadata"]
    for mine, theirs in zip(found["cells"], stock["cells"], strict=True):
        assert mine == theirs


@needs_isolation
def test_files_come_back_from_an_isolated_notebook(tmp_path):
    (tmp_path / "data.csv").write_text("a\n1\n")
    found = run(
        "print(open('data.csv').read())\nopen('result.txt', 'w').write('written')",
        folder=tmp_path,
        isolated=True,
    )
    assert text(found[0]) == "a\n1\n\n"
    assert (tmp_path / "result.txt").read_text() == "written"
    assert sorted(file.name for file in Path(tmp_path).iterdir()) == ["data.csv", "result.txt"]
