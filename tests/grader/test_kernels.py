"""Warm kernels behave like cold ones, and leave nothing behind."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from grader import kernels
from grader.kernels import ISOLATED, WARM, serving
from grader.kernels.warming import LIBRARIES
from tests.isolated import needs_isolation

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone"),
]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", os.environ.get("JUPYTER_PATH", ""))
    kernels.announce()


def executed(*cells, kernel=WARM, folder="/tmp", **more):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook,
        kernel_name=kernel,
        allow_errors=True,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=ERROR"],
        **{"timeout": 60, **more},
    )
    # nbclient would leave a loop of its own open in every thread
    return asyncio.run(client.async_execute())


def text(cell):
    return "".join(output.get("text", "") for output in cell.outputs).strip()


def test_a_warm_kernel_is_a_fork_with_everything_loaded():
    found = executed("import os, sys\nprint(os.getppid(), 'pandas' in sys.modules)")
    parent, loaded = text(found.cells[0]).split()
    assert loaded == "True"
    command = Path(f"/proc/{parent}/cmdline").read_text()
    assert "grader.kernels.server" in command


def test_a_warm_kernel_gives_the_outputs_of_a_cold_one(tmp_path):
    cells = (
        "import pandas as pd\npd.DataFrame({'金额': [1.5, None], 'b': ['x', 'y']})",
        "import matplotlib, ipywidgets\nipywidgets.IntSlider(value=3).value",
        "import sys, os\nprint(os.getcwd(), __name__, sys.path[0] == '')\nprint('e', file=sys.stderr)",
        "def f(x):\n    return 1 / x\nf(0)",
        "%%bash\necho $((6 * 7))",
        "display({'text/plain': 'x', 'application/json': {}}, raw=True)\n_ = [1]\nOut",
    )
    both = [executed(*cells, kernel=kernel, folder=tmp_path) for kernel in (WARM, "python3")]
    for warm, cold in zip(both[0].cells, both[1].cells, strict=True):
        for ours, theirs in zip(warm.outputs, cold.outputs, strict=True):
            ours.pop("traceback", None)
            theirs.pop("traceback", None)
            assert ours == theirs


RAISING = (
    "1 / 0",
    "absent",
    "def f(x):\n    return g(x)\ndef g(x):\n    return x['缺']\nf({})",
    "import pandas as pd\nframe = pd.DataFrame({'a': [1.5], 'b': ['x']})\nframe['absent']",
    "frame.groupby('b').agg(total=('absent', 'sum'))",
    "frame['a'] + frame['b']",
    "frame['b'].astype(float)",
    "pd.to_datetime('x')",
    "frame.mean()",
    "def f(:",
    "    1",
    "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('x') from error",
    "raise ExceptionGroup('several', [ValueError(1), KeyError('k')])",
    "class Own(Exception):\n    def _render_traceback_(self):\n        return ['mine']\nraise Own",
    "exec('1 / 0')",
    "[absent for _ in range(2)]",
    "%no_such_magic",
    "get_ipython().run_line_magic('run', 'absent.py')",
)


@pytest.mark.parametrize("kernel", [WARM, pytest.param(ISOLATED, marks=needs_isolation)])
def test_errors_look_as_in_a_cold_kernel(tmp_path, kernel):
    """However much the server has warmed up meanwhile."""
    for _number in range(8):
        executed("0", kernel=kernel, folder=tmp_path)

    def errors(kernel):
        found = executed(*RAISING, kernel=kernel, folder=tmp_path)
        assert len(found.cells) == len(RAISING)
        return [
            json.loads(re.sub(r"ipykernel_\d+", "", json.dumps(cell.outputs)))
            for cell in found.cells
        ]

    ours, cold = errors(kernel), errors("python3")
    for source, here, there in zip(RAISING, ours, cold, strict=True):
        assert here == there, source
    assert sum(one["output_type"] == "error" for cell in ours for one in cell) >= 15


@needs_isolation
def test_an_isolated_kernel_shows_what_a_warm_one_shows(tmp_path):
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    cells = (
        "import pandas as pd\npd.read_csv('data.csv')",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('chart.svg')\nplt.close()",
        "import ipywidgets\nipywidgets.IntSlider(value=3).value",
        "import json\njson.loads('{')",
        "print(1)\nimport sys\nprint(2, file=sys.stderr)",
    )
    warm = executed(*cells, folder=tmp_path)
    (tmp_path / "chart.svg").unlink()
    isolated = executed(*cells, kernel=ISOLATED, folder=tmp_path)
    for one, other in zip(warm.cells, isolated.cells, strict=True):
        assert outputs(one) == outputs(other)
    assert "<svg" in (tmp_path / "chart.svg").read_text()


def outputs(cell):
    """Return the outputs of a cell without what differs from run to run."""
    return re.sub(r"0x[0-9a-f]+", "0x", json.dumps(cell.outputs))


def test_sockets_lie_in_a_private_folder_that_goes_with_the_kernel(tmp_path, monkeypatch):
    serving.serve(False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    manager = KernelManager(kernel_name=WARM)
    manager.start_kernel()
    try:
        assert manager.transport == "ipc"
        assert Path(manager.ip).is_relative_to(tmp_path)
        assert all(Path(f"{manager.ip}-{port}").is_socket() for port in manager.ports)
        assert Path(manager.ip).parent.stat().st_mode & 0o077 == 0
    finally:
        manager.shutdown_kernel(now=True)
    assert not any(tmp_path.iterdir())


def test_each_kernel_has_its_own_environment_folder_and_luck(tmp_path, monkeypatch):
    draw = "import os, random, numpy as np\nprint(os.environ.get('MARK'), random.random(), np.random.rand())"
    monkeypatch.setenv("MARK", "one")
    first = text(executed(draw, folder=tmp_path).cells[0]).split()
    monkeypatch.setenv("MARK", "two")
    second = text(executed(draw, folder=tmp_path).cells[0]).split()
    assert (first[0], second[0]) == ("one", "two")
    assert first[1] != second[1]
    assert first[2] != second[2]


def test_what_one_kernel_changes_the_next_does_not_see():
    executed("import math, pandas\nmath.pi = 3\npandas.read_csv = None")
    found = executed("import math, pandas\nprint(math.pi, pandas.read_csv)")
    assert text(found.cells[0]).startswith("3.14159")
    assert "None" not in text(found.cells[0])


def test_a_cell_that_runs_too_long_is_interrupted():
    found = executed(
        "import time\ntime.sleep(60)", "print('on')", timeout=2, interrupt_on_timeout=True
    )
    assert found.cells[0].outputs[-1].ename == "KeyboardInterrupt"
    assert text(found.cells[1]) == "on"


def test_a_kernel_that_ends_itself_is_seen_as_dead_at_once():
    begun = time.monotonic()
    with pytest.raises(DeadKernelError):
        executed("import os\nos._exit(3)")
    assert time.monotonic() - begun < 30


def test_processes_left_running_end_with_their_kernel(tmp_path):
    mark = tmp_path / "pid"
    executed(
        "import subprocess\n"
        f"child = subprocess.Popen(['sleep', '600'])\nopen({str(mark)!r}, 'w').write(str(child.pid))"
    )
    child = int(mark.read_text())
    deadline = time.monotonic() + 10
    while running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(child)


def running(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.is_file() and ") Z " not in status.read_text()


def test_the_server_and_its_kernels_die_with_the_process_that_asked(tmp_path):
    code = f"""
        import sys, time
        sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]
        from grader import kernels
        kernels.announce()
        from jupyter_client.manager import KernelManager
        manager = KernelManager(kernel_name="{kernels.WARM}")
        manager.start_kernel()
        from grader.kernels import provisioner
        print(manager.provisioner.pid, flush=True)
        time.sleep(600)
    """
    asked = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    kernel = int(asked.stdout.readline())
    server = int(Path(f"/proc/{kernel}/stat").read_text().rpartition(")")[2].split()[1])
    asked.send_signal(signal.SIGKILL)
    asked.wait()
    asked.stdout.close()
    deadline = time.monotonic() + 20
    while (running(kernel) or running(server)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not running(kernel)
    assert not running(server)


def test_a_server_that_was_ended_is_started_again():
    found = executed("import os\nprint(os.getppid())")
    os.kill(int(text(found.cells[0])), signal.SIGKILL)
    assert text(executed("print(6 * 7)").cells[0]) == "42"


def test_the_server_outlives_the_thread_that_asked_first():
    with ThreadPoolExecutor(1) as pool:
        parents = [text(pool.submit(executed, "import os\nprint(os.getppid())").result().cells[0])]
    parents.append(text(executed("import os\nprint(os.getppid())").cells[0]))
    assert parents[0] == parents[1]


def test_without_forking_a_cold_kernel_gives_the_same_and_says_so(monkeypatch):
    serving._places.clear()
    monkeypatch.setattr(serving.sys, "platform", "darwin")
    with pytest.warns(RuntimeWarning, match="start cold"):
        found = executed("print(6 * 7)")
    assert text(found.cells[0]) == "42"
    serving._places.clear()


def test_a_server_is_started_once_and_ends_with_its_process():
    code = """
        from grader.kernels import serving

        serving.begin(isolated=False)
        serving.begin(isolated=False)
        [begun] = serving._begun.values()
        print(begun.folder, begun.process.pid, flush=True)
        if {wait}:
            assert serving.serve(isolated=False) == begun.folder / "socket"
            serving.begin(isolated=False)
            assert not serving._begun
    """
    for wait in (False, True):
        words = [sys.executable, "-c", textwrap.dedent(code).replace("{wait}", str(wait))]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        folder, pid = done.stdout.split()
        assert done.stderr == ""
        assert not Path(folder).exists()
        assert not Path(f"/proc/{pid}").exists()


def test_what_a_caller_says_of_a_kernel_that_has_just_ended_is_passed_over():
    """Both can be among the same events: the kernel's end comes first then."""
    code = """
        import socket

        from grader.kernels.server import Server

        listener, other = socket.socketpair()
        caller, ours = socket.socketpair()
        caller.send(b"15 ")
        Server(listener, other.fileno(), None)._asked(ours)
        print("still there")
    """
    words = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "still there\n", done.stderr


def test_warming_up_starts_no_thread():
    """A fork of a process with threads would lack them, and what they hold."""
    code = "from grader.kernels.warming import later, warm_up\nimport os\nwarm_up()\n"
    code += "print(len(list(later())), len(os.listdir('/proc/self/task')))"
    words = [sys.executable, "-c", code]
    surroundings = {**os.environ, **serving.NO_THREADS}
    done = subprocess.run(
        words, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True
    )
    steps, threads = done.stdout.split()
    assert int(steps) > 10
    assert threads == "1"


def test_every_library_that_is_loaded_beforehand_exists():
    import importlib

    for name in LIBRARIES:
        assert importlib.import_module(name)
